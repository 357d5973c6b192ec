/** What lies on this phone. Only `plain` is readable without the PIN: no name, no door, no answer stands there. */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { ServerKey } from "../contract";
import type { Envelope } from "../crypto/envelope";
import type { Lock } from "../crypto/lock";
import type { Sealed } from "../crypto/records";
import type { Outbox } from "../outbox/reduce";

/** The few records that are read before a PIN is given, or together with others in one transaction. */
export interface Plain {
  lock: Lock;
  device: { id: string; server_key: ServerKey };
  outbox: Outbox;
  clock: { run: number; offsets: Record<number, number> }; // of the phone's clock; server time − phone time, by run
  lease: { tab: string; until: number }; // which tab talks to the server, where there are no Web Locks
  reserve: Uint8Array; // reserve.ts
  ending: { code: string; message: string }; // why this device was ended
  // Of an ended device: what became of what it had sent and somebody had to look at, by op_id (sync/asking.ts).
  asking: { key?: string; fates: Record<string, "waiting" | "taken" | "given_back"> };
}

export interface Phone extends DBSchema {
  plain: { key: keyof Plain; value: Plain[keyof Plain] };
  sealed: { key: string; value: Sealed }; // secret, head, pack, ticket, host, draft:<door>
  doors: { key: number; value: Sealed };
  ops: { key: string; value: Sealed }; // what was done, by op_id
  receipts: { key: string; value: Sealed };
  envelopes: { key: string; value: Envelope }; // of what is not confirmed: outlives PIN and keys
}

export type Database = IDBPDatabase<Phone>;
export const NAME = "lianfang";
const STORES = ["plain", "sealed", "doors", "ops", "receipts", "envelopes"] as const;

export function open_database(on_closed: () => void): Promise<Database> {
  return openDB<Phone>(NAME, 1, {
    upgrade(database) {
      for (const name of STORES) database.createObjectStore(name);
    },
    blocking(_current, _wanted, event) {
      (event.target as IDBDatabase).close(); // a newer version of the app wants in
      on_closed();
    },
    terminated: on_closed, // dropped by the browser while we run
  });
}

export async function get_plain<K extends keyof Plain>(database: Database, key: K): Promise<Plain[K] | undefined> {
  return (await database.get("plain", key)) as Plain[K] | undefined;
}
