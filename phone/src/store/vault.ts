/** The store while it is open: records sealed with the key, and every change in one transaction with the outbox. */

import type { StoreNames } from "idb";
import { seal, type Sealed, unseal } from "../crypto/records";
import { EMPTY, type Outbox } from "../outbox/reduce";
import { type Database, get_plain, type Phone, type Plain } from "./database";

type Place = "sealed" | "doors" | "ops" | "receipts";
type Store = StoreNames<Phone>;

export type Write =
  | { store: Store; key: string | number; value: unknown }
  | { store: Store; drop: string | number }
  | { store: Store; clear: true };

export class StorageFull extends Error {}

export class Vault {
  constructor(
    readonly database: Database,
    private readonly key: CryptoKey,
  ) {}

  async read<T>(store: Place, key: string | number): Promise<T | null> {
    const sealed = await this.database.get(store, key as never);
    return sealed ? unseal<T>(this.key, `${store}/${key}`, sealed) : null;
  }

  /** All records of a store that can be opened; one that was spoilt is left out. */
  async read_all<T>(store: Place): Promise<Map<string | number, T>> {
    const transaction = this.database.transaction(store);
    const [keys, values] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
    const opened = await Promise.all(
      values.map((sealed, at) => unseal<T>(this.key, `${store}/${keys[at]}`, sealed as Sealed).catch(() => null)),
    );
    const found = new Map<string | number, T>();
    opened.forEach((value, at) => value !== null && found.set(keys[at]!, value));
    return found;
  }

  /** The write of a sealed record, to be done with others by `change`. */
  async sealed(store: Place, key: string | number, value: unknown): Promise<Write> {
    return { store, key, value: await seal(this.key, `${store}/${key}`, value) };
  }

  async outbox(): Promise<Outbox> {
    return (await get_plain(this.database, "outbox")) ?? EMPTY;
  }

  change(step: (outbox: Outbox) => Outbox | null, writes: Write[] | ((after: Outbox) => Write[]) = []) {
    return change(this.database, step, writes);
  }
}

/** The outbox makes its step and the writes are done, all or nothing. `step` returns null to do nothing.
 * Raises StorageFull when there is no room. */
export async function change(
  database: Database,
  step: (outbox: Outbox) => Outbox | null,
  writes: Write[] | ((after: Outbox) => Write[]) = [],
): Promise<Outbox | null> {
  const transaction = database.transaction([...database.objectStoreNames], "readwrite", { durability: "strict" });
  const plain = transaction.objectStore("plain");
  const before = ((await plain.get("outbox")) as Outbox | undefined) ?? EMPTY;
  const after = step(before);
  if (after !== null) {
    const quietly = (request: Promise<unknown>) => void request.catch(() => {}); // `done` tells what went wrong
    if (after !== before) quietly(plain.put(after, "outbox"));
    for (const write of typeof writes === "function" ? writes(after) : writes) {
      const store = transaction.objectStore(write.store);
      if ("clear" in write) quietly(store.clear());
      else if ("drop" in write) quietly(store.delete(write.drop as never));
      else quietly(store.put(write.value as never, write.key as never));
    }
  }
  try {
    await transaction.done;
  } catch (error) {
    if ((error as DOMException | null)?.name === "QuotaExceededError") throw new StorageFull();
    throw error;
  }
  return after;
}

/** A number in `plain` that only counts up. */
export async function count_up(database: Database, key: "clock"): Promise<number> {
  const transaction = database.transaction("plain", "readwrite", { durability: "strict" });
  const before = (await transaction.store.get(key)) as Plain["clock"] | undefined;
  const next = { run: (before?.run ?? 0) + 1, offsets: before?.offsets ?? {} };
  await transaction.store.put(next, key);
  await transaction.done;
  return next.run;
}
