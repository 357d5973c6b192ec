/** The outbox as a file or as QR pictures, for when a phone has no network or dies. The server opens both. */

import { random_bytes, to_base64url, to_utf8 } from "../crypto/bytes";
import type { Envelope } from "../crypto/envelope";
import { type Database, get_plain } from "../store/database";

const FRAME_BYTES = 700; // what the cheapest camera still reads
const SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/** Everything that waits here, from whichever device this phone was; `takes` leaves some out. */
export async function outbox_text(database: Database, takes: (op_id: string) => boolean): Promise<string> {
  const device = await get_plain(database, "device");
  const transaction = database.transaction("envelopes");
  const [keys, values] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
  return file_text(device?.id ?? "", new Date(), values.filter((_, at) => takes(keys[at]!)));
}

export function file_text(device: string, made_at: Date, envelopes: Envelope[]): string {
  const format = "lianfang hand-over";
  const header = { format, v: 1, device, made_at: made_at.toISOString(), count: envelopes.length };
  return [header, ...envelopes].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** `LF1.<series>.<i>.<n>.<part>`, i from 1; parts are base64url of the deflated file (LF0: of the file as it is). */
export async function frames_of(text: string): Promise<string[]> {
  const deflated = await deflate(text);
  const whole = to_base64url(deflated ?? to_utf8(text));
  const series = Array.from(random_bytes(4), (byte) => SIGNS[byte % SIGNS.length]).join("");
  const room = FRAME_BYTES - `LF1.${series}.9999.9999.`.length;
  const count = Math.ceil(whole.length / room);
  return Array.from({ length: count }, (_, at) => {
    const part = whole.slice(at * room, (at + 1) * room);
    return `${deflated ? "LF1" : "LF0"}.${series}.${at + 1}.${count}.${part}`;
  });
}

async function deflate(text: string): Promise<Uint8Array | null> {
  try {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    return null; // not in this browser
  }
}
