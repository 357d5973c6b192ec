/** The PIN that opens, the fifth wrong one that wipes, and the server's word that ends a device. */

import { is_pin, opened, TRIES } from "./crypto/lock";
import { counts, reduce, WAITS_THERE } from "./outbox/reduce";
import { type Database, get_plain, type Plain } from "./store/database";
import { change, update, type Write } from "./store/vault";

export type Unlocked = { key: CryptoKey; left: number } | { key: null; left: number };

/** A try is counted before it is made: nobody gets another by ending the app in between. */
export async function try_pin(database: Database, pin: string): Promise<Unlocked> {
  const is_one = is_pin(pin);
  const lock = await update(database, "lock", (before) => before && (is_one ? { ...before, left: before.left - 1 } : before));
  if (!lock) return { key: null, left: 0 };
  const key = is_one ? await opened(lock, pin) : null;
  if (key) await change(database, (now) => now, [{ store: "plain", key: "lock", value: { ...lock, left: TRIES } }]);
  else if (lock.left <= 0) await wipe(database, { code: "wiped", message: "" });
  return key ? { key, left: TRIES } : { key: null, left: lock.left };
}

/** What was synced goes, with all keys; what the server has not stays, in its envelopes. Says how many those are. */
export async function wipe(database: Database, ending: Plain["ending"]): Promise<number> {
  const sealed = await database.getAllKeys("envelopes");
  const outbox = await get_plain(database, "outbox");
  const stored = new Set(outbox?.ops.filter((op) => op.status !== "waiting").map((op) => op.op_id));
  const asked = outbox?.ops.filter((op) => WAITS_THERE.has(op.status)).map((op) => op.op_id) ?? [];
  const asking: Plain["asking"] = { fates: Object.fromEntries(asked.map((op_id) => [op_id, "waiting"])) };
  const after = await change(
    database,
    (now) => reduce(now, { type: "wiped" }),
    [
      ...(["sealed", "doors", "ops", "receipts"] as const).map((store): Write => ({ store, clear: true })),
      ...sealed.filter((op_id) => stored.has(op_id)).map((drop): Write => ({ store: "envelopes", drop })),
      { store: "plain", drop: "lock" },
      { store: "plain", key: "ending", value: ending },
      { store: "plain", key: "asking", value: asking }, // ids alone
    ],
  );
  return after ? counts(after).waiting : 0;
}
