/** A phone that was ended holds nothing any more; it may still ask what became of what somebody had to look at. Of that it
 * keeps the ids, and the key that the server has ended: it opens nothing else. */

import { MOST_UNSETTLED, WAITS_THERE } from "../outbox/reduce";
import type { Database, Plain } from "../store/database";
import { get_plain } from "../store/database";
import { update } from "../store/vault";
import type { Call } from "./network";

type Asking = NonNullable<Plain["asking"]>;
type Fate = Asking["fates"][string];

export interface Fates {
  waiting: number;
  taken: number;
  given_back: number;
}

/** The server has taken its farewell: from now on the key is worth only this. */
export async function may_ask(database: Database, key: string): Promise<void> {
  await update(database, "asking", (before) => ({ fates: {}, ...before, key }));
}

/** Sent, and somebody has to look at it. */
export async function keep_asking(database: Database, receipts: { op_id: string; status: string }[]): Promise<void> {
  const fates: Asking["fates"] = {};
  for (const { op_id, status } of receipts) if (WAITS_THERE.has(status)) fates[op_id] = "waiting";
  if (!Object.keys(fates).length) return;
  await update(database, "asking", (before) => ({ ...before, fates: { ...fates, ...before?.fates } }));
}

export async function ask_after(database: Database, call: Call): Promise<void> {
  const asking = await get_plain(database, "asking");
  const open = Object.entries(asking?.fates ?? {}).filter(([, fate]) => fate === "waiting").map(([op_id]) => op_id);
  if (!asking?.key || !open.length) return;
  const at = Math.floor(Math.random() * open.length); // of more than can be asked at once, each in its turn
  const op_ids = [...open.slice(at), ...open.slice(0, at)].slice(0, MOST_UNSETTLED);
  const answer = await call("/api/v1/sync/settled", { method: "POST", key: asking.key, body: { op_ids } });
  const settled: unknown = answer.http === 200 ? answer.json?.settled : null;
  if (!Array.isArray(settled)) return; // not now
  const fates: Asking["fates"] = {};
  for (const { op_id, status } of settled as { op_id: string; status: string }[]) {
    const fate: Fate | undefined = status === "already_filed" ? "taken" : status === "set_aside" ? "given_back" : undefined;
    if (fate && op_ids.includes(op_id)) fates[op_id] = fate;
  }
  await update(database, "asking", (before) => before && { ...before, fates: { ...before.fates, ...fates } });
}

/** Null where nothing was to be looked at, or nobody could be asked. */
export async function fates_of(database: Database): Promise<Fates | null> {
  const asking = await get_plain(database, "asking");
  const all = Object.values(asking?.fates ?? {});
  if (!asking?.key || !all.length) return null;
  const having = (fate: Fate) => all.filter((one) => one === fate).length;
  return { waiting: having("waiting"), taken: having("taken"), given_back: having("given_back") };
}
