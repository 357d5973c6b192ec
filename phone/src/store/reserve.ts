/** Room that is held free for what must go on when the phone is full: to open it, to send, to note what has come.
 *
 * What is newly recorded may fail, and the worker is told. But a full phone that could not even note that an operation
 * was sent would never become empty again. */

import type { Database } from "./database";

const BYTES = 1_000_000; // in one piece: the browser gives the room of a large record back at once
const WAITS_MS = [100, 1_000, 4_000];

export class StorageFull extends Error {}

export function is_full(error: unknown): boolean {
  return error instanceof StorageFull || (error as { name?: string } | null)?.name === "QuotaExceededError";
}

export async function hold_reserve(database: Database): Promise<void> {
  try {
    if (!(await database.getKey("plain", "reserve"))) await database.put("plain", new Uint8Array(BYTES), "reserve");
  } catch (error) {
    if (!is_full(error)) throw error; // it was used up, and there is no room for another yet
  }
}

/** Done even if the reserve is needed for it. */
export async function surely<T>(database: Database, work: () => Promise<T>): Promise<T> {
  for (const wait_ms of WAITS_MS) {
    try {
      return await work();
    } catch (error) {
      if (!is_full(error)) throw error;
      await database.delete("plain", "reserve");
      await new Promise((resolve) => setTimeout(resolve, wait_ms));
    }
  }
  return work();
}
