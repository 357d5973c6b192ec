/** The digest that phone and server compare: the first 8 bytes of SHA-256 over `id:version` lines, by id. */

export async function digest_of(doors: Iterable<{ id: number; v: number }>): Promise<string> {
  const lines = [...doors].sort((one, other) => one.id - other.id).map((door) => `${door.id}:${door.v}\n`);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.join("")));
  return Array.from(new Uint8Array(hash).subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
