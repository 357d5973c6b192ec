/** How a row of a pushed list stands: what the server said, and what was done here on top of it. Pure. */

import type { Head, ListAnswer, ListAnswerBody, ListCall, ListCallBody, ListRow, Lists, PushedList } from "../contract";
import type { OpView } from "../field";

export interface RowView {
  row: ListRow; // with what was done here
  list: PushedList | null;
  status: "open" | "late" | "in_progress" | "waiting" | "done"; // waiting: answered here, not yet confirmed
  is_pending: boolean; // something of it waits to be sent
}

/** Why nobody should ring now. */
export type Night = readonly [number, number];
export const night_of = (head: Head | null): Night => head?.rules.night ?? [22, 7];
export type Bar = "spoken_to" | "taken" | "night" | null;

const ZONE_MS = 8 * 3_600_000; // the county's hours, whatever the phone's zone
const TRIES = 3; // and not all within three hours, before anybody is called 查无此人
const TRIES_APART_MS = 3 * 3_600_000;

const ORDER: Record<RowView["status"], number> = { late: 0, open: 0, in_progress: 0, waiting: 1, done: 2 };
const WORKER: Record<ListRow["worker"], number> = { mine: 0, "": 1, other: 2 };

/** What is to be done first: one's own before what nobody has, the soonest due before later ones. */
export function row_views(told: Lists | null, ops: readonly OpView[], now: Date, me = ""): RowView[] {
  const lists = new Map(told?.lists.map((one) => [one.id, one]));
  const by_row = new Map<number, OpView[]>();
  for (const op of ops) {
    if (op.kind !== "list_call" && op.kind !== "list_answer") continue;
    const { row } = op.body as { row: number };
    by_row.set(row, [op, ...(by_row.get(row) ?? [])]); // oldest first
  }
  const views = (told?.rows ?? []).map((row) => view_of_row(row, lists.get(row.list) ?? null, by_row.get(row.id) ?? [], now, me));
  return views.sort(
    (one, other) =>
      ORDER[one.status] - ORDER[other.status] ||
      WORKER[one.row.worker] - WORKER[other.row.worker] ||
      one.row.due_at.localeCompare(other.row.due_at) ||
      one.row.id - other.row.id,
  );
}

export function view_of_row(row: ListRow, list: PushedList | null, ops: readonly OpView[], now: Date, me = ""): RowView {
  const after = ops.reduce((found, op) => with_op(found, op, me), row);
  const is_pending = ops.some((op) => op.status === "waiting");
  const own = ops.some((op) => op.kind === "list_answer");
  return { row: after, list, status: status_of(after, own && is_pending, now), is_pending };
}

function status_of(row: ListRow, is_waiting: boolean, now: Date): RowView["status"] {
  if (row.state === "answered") return is_waiting ? "waiting" : "done";
  if (Date.parse(row.due_at) <= now.getTime()) return "late";
  return row.state === "in_progress" ? "in_progress" : "open";
}

function with_op(row: ListRow, op: OpView, me: string): ListRow {
  if (op.kind === "list_call") {
    const call: ListCall = { at: op.made_at, outcome: (op.body as ListCallBody).outcome, by: me, mine: true };
    const calls = [call, ...row.calls];
    return { ...row, calls, may_confirm_nobody: row.may_confirm_nobody || is_not_reached(calls) };
  }
  const body = op.body as ListAnswerBody;
  const answer: ListAnswer = {
    code: body.code,
    at: op.made_at,
    by: me,
    mine: true,
    note: body.note ?? null,
    present_place: body.present_place ?? null,
    measure: body.measure ?? "",
    tested_on: body.tested_on ?? null,
    test_result: body.test_result ?? "",
  };
  return { ...row, answer, state: body.code === "in_progress" ? "in_progress" : "answered" };
}

function is_not_reached(calls: readonly ListCall[]): boolean {
  const times = calls.map((one) => Date.parse(one.at));
  return times.length >= TRIES && Math.max(...times) - Math.min(...times) >= TRIES_APART_MS;
}

/** A person is rung once, by one worker, and not at night: as far as this phone knows. */
export function bar_of(row: ListRow, now: Date, [begins, ends]: Night): Bar {
  if (row.spoken_to) return "spoken_to";
  if (row.taken_until && row.worker !== "mine" && Date.parse(row.taken_until) > now.getTime()) return "taken";
  const hour = new Date(now.getTime() + ZONE_MS).getUTCHours();
  return !row.is_urgent && (hour >= begins || hour < ends) ? "night" : null;
}

/** What somebody looks for: a name, as it is written or as far as it was typed. */
export function takes(view: RowView, text: string, whose: "mine" | "all"): boolean {
  if (whose === "mine" && view.row.worker === "other") return false;
  return view.row.name.includes(text.trim());
}

export const is_open = (view: RowView): boolean => view.status !== "done" && view.status !== "waiting";

export type Typed = Record<"code" | "present_place" | "note" | "measure" | "tested_on" | "test_result", string>;

const ASKED: Record<string, readonly (keyof Typed)[]> = {
  controlled: ["measure", "tested_on", "test_result", "present_place"],
  not_here: ["present_place"],
};

/** What is sent: only what this code asks for. What was typed for another code, or stood in the answer before, stays out. */
export function answer_body(row: number, typed: Typed): ListAnswerBody {
  const asked: (keyof Typed)[] = ["code", ...(ASKED[typed.code] ?? []), "note"];
  const given = asked.map((key) => [key, typed[key].trim()] as const).filter(([, value]) => value);
  return { row, ...Object.fromEntries(given) } as ListAnswerBody;
}
