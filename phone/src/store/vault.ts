/** The store while it is open: records sealed with the key, and every change in one transaction with the outbox. */

import type { StoreNames } from "idb";
import { seal, type Sealed, unseal } from "../crypto/records";
import { EMPTY, type Outbox } from "../outbox/reduce";
import { type Database, get_plain, type Phone, type Plain } from "./database";
import { is_full, StorageFull, surely } from "./reserve";

type Place = "sealed" | "doors" | "ops" | "receipts";
type Store = StoreNames<Phone>;

export type Write =
  | { store: Store; key: string | number; value: unknown }
  | { store: Store; drop: string | number }
  | { store: Store; clear: true };

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

  /** Something new: not done when the phone is full, and then the reserve stays. */
  add(step: Step, writes: Write[]): Promise<Outbox | null> {
    return transact(this.database, step, writes);
  }

  change(step: Step, writes: Writes = []): Promise<Outbox | null> {
    return change(this.database, step, writes);
  }
}

type Step = (outbox: Outbox) => Outbox | null;
type Writes = Write[] | ((after: Outbox) => Write[]);

/** The outbox makes its step and the writes are done, all or nothing. `step` returns null to do nothing. */
export function change(database: Database, step: Step, writes: Writes = []): Promise<Outbox | null> {
  return surely(database, () => transact(database, step, writes));
}

async function transact(
  database: Database,
  step: Step,
  writes: Writes,
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
    throw is_full(error) ? new StorageFull() : error;
  }
  return after;
}

/** A record of `plain` that is worked out from what it was. */
export function update<K extends keyof Plain>(
  database: Database,
  key: K,
  step: (before: Plain[K] | undefined) => Plain[K] | undefined,
): Promise<Plain[K] | undefined> {
  return surely(database, async () => {
    const transaction = database.transaction("plain", "readwrite", { durability: "strict" });
    const before = (await transaction.store.get(key)) as Plain[K] | undefined;
    const after = step(before);
    if (after !== undefined && after !== before) transaction.store.put(after, key).catch(() => {});
    await transaction.done;
    return after;
  });
}

/** The next run of the phone's clock. */
export async function next_run(database: Database): Promise<number> {
  const after = await update(database, "clock", (before) => ({
    run: (before?.run ?? 0) + 1,
    offsets: before?.offsets ?? {},
  }));
  return after!.run;
}
