/** One tab at a time talks to the server. */

import type { Database } from "../store/database";

const NAME = "lianfang-sync";
const LEASE_MS = 90_000; // longer than any request is waited for

interface Locks {
  request<T>(name: string, how: { ifAvailable: true }, work: (lock: unknown) => Promise<T>): Promise<T>;
}

/** Does the work unless another tab is at it; says whether it did. */
export async function in_turn(database: Database, tab: string, work: () => Promise<void>): Promise<boolean> {
  const locks = (navigator as { locks?: Locks }).locks;
  if (locks) {
    return locks.request(NAME, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      return lock !== null;
    });
  }
  if (!(await take(database, tab))) return false;
  try {
    await work();
  } finally {
    await database.delete("plain", "lease");
  }
  return true;
}

async function take(database: Database, tab: string): Promise<boolean> {
  const transaction = database.transaction("plain", "readwrite");
  const held = (await transaction.store.get("lease")) as { tab: string; until: number } | undefined;
  const now = Date.now();
  // A lease from a clock that stood elsewhere counts for nothing.
  const is_free = !held || held.tab === tab || held.until < now || held.until > now + LEASE_MS;
  if (is_free) await transaction.store.put({ tab, until: now + LEASE_MS }, "lease");
  await transaction.done;
  return is_free;
}
