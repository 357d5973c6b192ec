/** Bytes as text and back. */

const CHUNK = 0x8000; // String.fromCharCode takes only so many arguments

export type Bytes = Uint8Array<ArrayBuffer>;

export function to_base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

export function from_base64(text: string): Bytes {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

export function to_base64url(bytes: Uint8Array): string {
  return to_base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function from_base64url(text: string): Bytes {
  return from_base64(text.replace(/-/g, "+").replace(/_/g, "/"));
}

export function to_utf8(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

export function from_utf8(bytes: BufferSource): string {
  return new TextDecoder().decode(bytes);
}

export function random_bytes(count: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(count));
}
