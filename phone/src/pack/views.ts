/** How a door stands: what the server said, and what was done here since. Pure. */

import type { Attempt, Door, Target, VisitBody } from "../contract";
import type { DoorView, OpView } from "../field";

/** `ops`: operations of this door that wait or were stored, newest first. */
export function view_of(door: Door, ops: OpView[], now: Date): DoorView {
  const waiting = ops.filter((op) => op.status === "waiting");
  const attempts = [...waiting.map(attempt_of).filter((one) => one !== null), ...door.attempts];
  const due = door.targets.filter((one) => one.state === "open" || one.state === "not_met");
  const dates = due.map((one) => one.due_at).sort();
  return {
    door: attempts.length === door.attempts.length ? door : { ...door, attempts },
    status: status_of(door.targets, waiting, now),
    due_at: dates[0] ?? null,
    last: attempts[0] ?? null,
    is_pending: waiting.length > 0,
    rounds: [...new Set(due.map((one) => one.round))],
  };
}

function status_of(targets: Target[], waiting: OpView[], now: Date): DoorView["status"] {
  if (waiting.some((op) => op.kind !== "dial")) return "waiting";
  const open = targets.filter((one) => one.state === "open" || one.state === "not_met");
  if (open.some((one) => Date.parse(one.due_at) < now.getTime())) return "late";
  if (open.some((one) => one.state === "open")) return "open";
  if (open.length) return "not_met";
  return targets.length > 0 && targets.every((one) => one.state === "exempt") ? "exempt" : "done";
}

function attempt_of(op: OpView): Attempt | null {
  if (op.kind !== "visit") return null;
  const body = op.body as VisitBody;
  return {
    visit: op.op_id,
    channel: body.channel,
    outcome: body.outcome,
    at: op.made_at,
    by: "",
    mine: true,
    back_at: body.back_at ?? null,
    note: body.note ?? "",
    superseded: false,
  };
}
