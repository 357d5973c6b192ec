/** Sealed operations that this phone cannot open any more (wiped, ended, enrolled anew) still reach the server. */

import type { Receipt } from "../contract";
import type { Envelope } from "../crypto/envelope";
import { type Database, get_plain } from "../store/database";
import { keep_asking } from "../sync/asking";
import type { Call } from "../sync/network";

const MOST_BYTES = 250_000;

/** How many of them are still here. */
export async function send_leftovers(database: Database, call: Call): Promise<number> {
  const left = await leftovers(database);
  while (left.length) {
    const batch = [left.shift()!];
    let bytes = JSON.stringify(batch[0]![1]).length;
    while (left.length && batch.length < 50 && (bytes += JSON.stringify(left[0]![1]).length) < MOST_BYTES) {
      batch.push(left.shift()!);
    }
    const envelopes = batch.map(([, envelope]) => envelope);
    const answer = await call("/api/v1/sync/handover", { method: "POST", body: { envelopes } });
    const receipts: Receipt[] = answer.http === 200 && Array.isArray(answer.json?.receipts) ? answer.json.receipts : [];
    await keep_asking(database, receipts);
    const taken = new Set(receipts.map((receipt) => receipt.op_id));
    for (const [op_id] of batch) if (taken.has(op_id)) await database.delete("envelopes", op_id);
    if (!taken.size) break; // not now
  }
  return (await leftovers(database)).length;
}

/** Envelopes of operations that are not in the outbox of an open phone. */
async function leftovers(database: Database): Promise<[string, Envelope][]> {
  const outbox = (await get_plain(database, "lock")) ? await get_plain(database, "outbox") : undefined;
  const ours = new Set(outbox?.ops.map((op) => op.op_id));
  const transaction = database.transaction("envelopes");
  const [keys, values] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
  return keys.map((key, at): [string, Envelope] => [key, values[at]!]).filter(([key]) => !ours.has(key));
}
