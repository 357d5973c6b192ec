/** The outbox: what was done on this phone and how far it has come. One pure step, `reduce(state, event) → state`; the
 * caller reads and stores the state in one transaction with what the event is about. The same rules as
 * tests/faults/outbox.py; contract/vectors/README.md says what fields and events mean. Pure. */

import type { Receipt, ReceiptStatus, Settled } from "../contract";

/** `set_aside`: given back by the village, with the reason; `read`: and the worker has seen it. */
export type OpStatus = "waiting" | ReceiptStatus | "set_aside" | "read";

export interface Op {
  op_id: string;
  seq: number;
  status: OpStatus;
  received_at: string | null; // the server's clock
  bytes: number;
  is_alone: boolean;
  refusals: number;
}

export interface Outbox {
  epoch: string | null;
  last_seq: number;
  forgotten: number;
  most: number;
  failures: number;
  in_flight: { request: number; op_ids: string[] } | null;
  ops: Op[];
}

interface Answered {
  type: "answered";
  request: number | null; // null: the answer to a pull
  http: number;
  receipts: Pick<Receipt, "op_id" | "status">[];
  epoch: string | null; // null: not JSON of ours
  now: string;
  backed_up_through: string | null;
}

export type Event =
  | { type: "made"; op_id: string; bytes: number; is_alone: boolean }
  | { type: "sent"; request: number; op_ids: string[] }
  | Answered
  | { type: "settled"; receipts: Pick<Settled, "op_id" | "status">[]; now: string } // right after the pull that told it
  | { type: "read"; op_id: string }
  | { type: "failed"; request: number | null; reason: "network" | "busy" | "refused" }
  | { type: "restored"; epoch: string }
  | { type: "started" }
  | { type: "wiped" };

export const WAITS_THERE: ReadonlySet<string> = new Set<OpStatus>(["held", "conflict_kept", "quarantined"]); // for a person
const STORED: ReadonlySet<string> = new Set<OpStatus>(["filed", "already_filed", ...WAITS_THERE] as OpStatus[]);
const SETTLED: ReadonlySet<string> = new Set<OpStatus>(["already_filed", "set_aside"]); // what a person may say in the end
export const CONFIRMED: ReadonlySet<string> = new Set<OpStatus>(["filed", "already_filed", "read"]);
export const REFUSED: ReadonlySet<string> = new Set<OpStatus>([...WAITS_THERE, "set_aside"] as OpStatus[]);
export const MOST_UNSETTLED = 100; // asked after in one pull: 3.7 of the 8 kB of address that a gate lets through

export const MOST_OPERATIONS = 50;
export const MOST_BYTES = 250_000; // of 262,144; the rest is the envelope
const DAYS_KEPT = 14; // where nobody says that backups are kept
const DAY_MS = 86_400_000;
const FIRST_PAUSE = 5; // seconds
const LONGEST_PAUSE = 300;
const BUSY = new Set([401, 403, 408, 429, 502, 503, 504]); // what a smaller batch would not change
const PATIENCE = 3; // a fault of the server (500) passes mostly; the third in a row is held against the batch

export const EMPTY: Outbox = Object.freeze({
  epoch: null,
  last_seq: 0,
  forgotten: 0,
  most: MOST_OPERATIONS,
  failures: 0,
  in_flight: null,
  ops: [],
});

export function reduce(state: Outbox, event: Event): Outbox {
  switch (event.type) {
    case "made":
      return made(state, event.op_id, event.bytes, event.is_alone);
    case "sent": // one request at a time: two could overtake each other
      return state.in_flight ? state : { ...state, in_flight: { request: event.request, op_ids: event.op_ids } };
    case "answered":
      return answered(state, event);
    case "settled":
      return settled(state, event.receipts, event.now);
    case "read":
      return { ...state, ops: state.ops.map((op) => (op.op_id === event.op_id && op.status === "set_aside" ? { ...op, status: "read" } : op)) };
    case "failed":
      return is_expected(state, event.request) ? failed(state, event.request, event.reason) : state;
    case "restored":
      return meet_epoch(state, event.epoch);
    case "started": // whoever waited for an answer is gone, and with it the answer
      return { ...state, in_flight: null };
    case "wiped":
      return { ...state, in_flight: null, ops: state.ops.filter((op) => op.status === "waiting") };
  }
}

/** Ids of what to send now, in the order they were made; what was refused by itself comes last, alone. */
export function next_batch(state: Outbox): string[] {
  if (state.in_flight) return [];
  const waiting = state.ops
    .filter((op) => op.status === "waiting")
    .sort((one, other) => one.refusals - other.refusals || one.seq - other.seq);
  const batch: Op[] = [];
  let bytes = 0;
  for (const op of waiting) {
    const is_full = batch.length >= state.most || bytes + op.bytes > MOST_BYTES;
    if (batch.length && (is_full || op.is_alone || batch[0]!.is_alone || op.refusals > 0)) break;
    batch.push(op);
    bytes += op.bytes;
  }
  return batch.map((op) => op.op_id);
}

/** Which to ask after with a pull. Of more than one address holds, those from `start` on, round and round. */
export function unsettled(state: Outbox, start = 0): string[] {
  const waiting = state.ops.filter((op) => WAITS_THERE.has(op.status)).map((op) => op.op_id);
  if (waiting.length <= MOST_UNSETTLED) return waiting;
  const from = start % waiting.length;
  return [...waiting.slice(from), ...waiting.slice(0, from)].slice(0, MOST_UNSETTLED);
}

/** The three numbers. Together they are every operation the phone ever made (until a wipe). */
export function counts(state: Outbox): { confirmed: number; waiting: number; refused: number } {
  const having = (statuses: ReadonlySet<string>) => state.ops.filter((op) => statuses.has(op.status)).length;
  return {
    confirmed: state.forgotten + having(CONFIRMED),
    waiting: having(new Set(["waiting"])),
    refused: having(REFUSED),
  };
}

/** Seconds until the next try, before the phone spreads them (`spread`). */
export function pause(failures: number, retry_after: number | null): number {
  if (!failures) return 0;
  return Math.max(Math.min(FIRST_PAUSE * 2 ** (Math.min(failures, 10) - 1), LONGEST_PAUSE), retry_after ?? 0);
}

/** Three thousand phones that come back at once do not knock at once: × 0.5 to 1.5, never before `retry_after`. */
export function spread(failures: number, retry_after: number | null, random: number): number {
  const own = pause(failures, null) * (0.5 + random);
  return Math.max(own, (retry_after ?? 0) * (1 + random / 2));
}

function made(state: Outbox, op_id: string, bytes: number, is_alone: boolean): Outbox {
  if (state.ops.some((op) => op.op_id === op_id)) return state;
  const seq = state.last_seq + 1;
  const op: Op = { op_id, seq, status: "waiting", received_at: null, bytes, is_alone, refusals: 0 };
  return { ...state, last_seq: seq, ops: [...state.ops, op] };
}

function answered(state: Outbox, event: Answered): Outbox {
  if (!is_expected(state, event.request)) return state;
  // A receipt counts in a 200 of our server only, whatever a gateway or a portal may send.
  if (event.http !== 200 || event.epoch === null) {
    const is_passing = BUSY.has(event.http) || (event.http >= 500 && state.failures + 1 < PATIENCE);
    return failed(state, event.request, is_passing ? "busy" : "refused");
  }
  const asked = new Set(event.request === null ? [] : state.in_flight!.op_ids);
  const given = new Map<string, ReceiptStatus>();
  for (const { op_id, status } of event.receipts) {
    if (asked.has(op_id) && STORED.has(status)) given.set(op_id, status);
  }
  let after = meet_epoch(state, event.epoch);
  if (event.request !== null) {
    after = { ...after, in_flight: null, failures: 0, most: Math.min(state.most * 2, MOST_OPERATIONS) };
  }
  const ops = after.ops.map((op): Op => {
    const status = given.get(op.op_id);
    if (status) return { ...op, status, received_at: event.now, refusals: 0 };
    // It stood in the batch and has no receipt: the others do not wait for it.
    return asked.has(op.op_id) ? { ...op, refusals: op.refusals + 1 } : op;
  });
  return forget({ ...after, ops }, event);
}

/** A pull told what became of what waited there for a person. `received_at` is of that answer: a backup that began
 * between the first receipt and this does not know that it is settled. */
function settled(state: Outbox, receipts: Pick<Settled, "op_id" | "status">[], now: string): Outbox {
  const told = new Map(receipts.filter((one) => SETTLED.has(one.status)).map((one) => [one.op_id, one.status]));
  const ops = state.ops.map((op): Op => {
    const status = WAITS_THERE.has(op.status) ? told.get(op.op_id) : undefined;
    return status ? { ...op, status, received_at: now } : op;
  });
  return { ...state, ops };
}

/** The answer to the request under way, or to a pull. A late one may be of another epoch. */
function is_expected(state: Outbox, request: number | null): boolean {
  return request === null || state.in_flight?.request === request;
}

/** Another epoch is a server put back from a backup: what it had is in doubt, and is sent again. */
function meet_epoch(state: Outbox, epoch: string): Outbox {
  if (state.epoch === null || state.epoch === epoch) return { ...state, epoch };
  const ops = state.ops.map((op): Op => ({ ...op, status: "waiting", received_at: null }));
  return { ...state, epoch, in_flight: null, ops };
}

/** What is confirmed and in a backup goes; what was refused stays, somebody has to read it. */
function forget(state: Outbox, event: Answered): Outbox {
  const limit = event.backed_up_through
    ? Date.parse(event.backed_up_through)
    : Date.parse(event.now) - DAYS_KEPT * DAY_MS;
  const ops = state.ops.filter((op) => !CONFIRMED.has(op.status) || Date.parse(op.received_at!) >= limit);
  return { ...state, ops, forgotten: state.forgotten + state.ops.length - ops.length };
}

function failed(state: Outbox, request: number | null, reason: "network" | "busy" | "refused"): Outbox {
  const failures = state.failures + 1;
  if (request === null) return { ...state, failures };
  const asked = state.in_flight!.op_ids;
  const after = { ...state, in_flight: null, failures };
  if (reason !== "refused") return after;
  // Something in this batch is refused whole. Halve it until the one is found; that one goes to the end.
  if (asked.length > 1) return { ...after, most: Math.ceil(asked.length / 2) };
  return { ...after, ops: after.ops.map((op) => (asked.includes(op.op_id) ? { ...op, refusals: op.refusals + 1 } : op)) };
}
