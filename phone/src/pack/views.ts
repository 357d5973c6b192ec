/** How a door stands: what the server said, and on top of it what was done here and is not in its answer yet. Pure. */

import type { Answers, Attempt, Door, ExemptionBody, FactValue, Head, HouseholdBody, Person, PersonBody, Target, VisitBody } from "../contract";
import type { DoorView, OpView } from "../field";

const ANSWERED = new Set(["met", "moved_away", "vacant", "demolished", "duplicate"]); // nobody needs to go there again

/** `ops`: of this door, not yet in what the server sent, newest first. */
export function view_of(door: Door, ops: OpView[], now: Date, me = ""): DoorView {
  const in_order = [...ops].reverse().filter((op) => op.kind !== "dial" && op.kind !== "photo");
  const shown = in_order.reduce((before, op) => with_op(before, op, me), door);
  const due = shown.targets.filter((one) => one.state === "open" || one.state === "not_met");
  const corrected = new Set(in_order.map((op) => visit_in(op)?.supersedes));
  const standing = in_order.filter((op) => !corrected.has(op.op_id));
  const outcomes = standing.map((op) => visit_in(op)?.outcome).filter((one) => one !== undefined);
  const is_answered = outcomes.some((outcome) => ANSWERED.has(outcome));
  return {
    door: shown,
    found: null,
    status: is_answered ? "waiting" : status_of(shown, due, outcomes.length > 0, now),
    due_at: due.map((one) => one.due_at).sort()[0] ?? null,
    last: shown.attempts.find((one) => !one.superseded) ?? null,
    is_pending: ops.some((op) => op.status === "waiting"),
    rounds: [...new Set(due.map((one) => one.round))],
  };
}

/** A door that was found here and is on no list yet. */
/** `asks`: the set that such a door is asked (`h12.15`); the register will make it a target of those rounds. */
export function found_view(op: OpView, ops: OpView[], head: Head | null, asks: string, now: Date, me = ""): DoorView {
  const body = op.body as HouseholdBody;
  const asking = new Set(asks.slice(1).split(".").map(Number));
  const targets = (head?.rounds ?? []).filter((one) => asking.has(one.id)).map(
    ({ id: round, due_at }): Target => ({ round, person: 0, state: "open", due_at, reason: "", is_found: true }),
  );
  const door: Door = {
    id: op.door!,
    v: 0,
    area: body.area,
    label: body.label,
    unit: body.unit ?? "",
    floor: body.floor ?? "",
    room: body.room ?? "",
    order: Number.MAX_SAFE_INTEGER,
    kind: body.kind ?? "family",
    head: body.head_name ?? "",
    is_unnamed: !body.head_name,
    phone: null,
    expected: null,
    targets,
    asks,
    facts: {},
    people: [],
    attempts: [],
    conflicts: [],
  };
  return { ...view_of(door, ops, now, me), found: op.op_id };
}

function status_of(door: Door, due: Target[], was_tried: boolean, now: Date): DoorView["status"] {
  if (due.some((one) => Date.parse(one.due_at) < now.getTime())) return "late";
  if (due.length) return was_tried || due.every((one) => one.state === "not_met") ? "not_met" : "open";
  return door.targets.length > 0 && door.targets.every((one) => one.state === "exempt") ? "exempt" : "done";
}

function visit_in(op: OpView): Omit<VisitBody, "household"> | null {
  if (op.kind === "visit") return op.body as VisitBody;
  return op.kind === "household" ? ((op.body as HouseholdBody).visit ?? null) : null;
}

function with_op(door: Door, op: OpView, me: string): Door {
  if (op.kind === "exemption") return (op.body as ExemptionBody).person ? door : { ...door, is_asked_off: true };
  if (op.kind === "person") return with_person(door, op.body as PersonBody);
  const visit = visit_in(op);
  return visit ? with_visit(door, op, visit, me) : door;
}

function with_visit(door: Door, op: OpView, visit: Omit<VisitBody, "household">, me: string): Door {
  const attempt: Attempt = {
    visit: op.op_id,
    channel: visit.channel,
    outcome: visit.outcome,
    at: op.made_at,
    by: me,
    mine: true,
    back_at: visit.back_at ?? null,
    note: visit.note ?? "",
    superseded: false,
  };
  const earlier = door.attempts
    .filter((one) => one.visit !== op.op_id)
    .map((one) => (one.visit === visit.supersedes ? { ...one, superseded: true } : one));
  const lines = new Map(visit.lines?.map((line) => [line.person, line]));
  const told = (answers?: Answers) => facts_of(answers, op.made_at, visit.channel, me);
  const people = door.people.map((person): Person => {
    const line = lines.get(person.id) ?? (person.key ? lines.get(person.key) : undefined);
    if (!line) return person;
    const by = typeof line.answered_by === "number" ? line.answered_by : null;
    return {
      ...person,
      presence: [line.presence, op.made_at, line.away_place ?? "", line.back_on ?? null, by],
      facts: { ...person.facts, ...told(line.answers) },
    };
  });
  const added = (visit.members ?? []).map((member, at): Person => ({
    id: -(op.seq * 1_000 + at + 1),
    key: member.key,
    name: member.name,
    initials: "",
    relation: member.relation ?? "",
    sex: member.sex ?? "",
    birth_on: member.birth_on ?? null,
    id_masked: "",
    phone: null,
    registered: member.registered ?? false,
    living: true,
    tonight: member.presence !== "away",
    asks: "",
    facts: told(member.answers),
    presence: [member.presence, op.made_at, member.away_place ?? "", member.back_on ?? null, null],
  }));
  return {
    ...door,
    attempts: [attempt, ...earlier],
    facts: { ...door.facts, ...told(visit.answers) },
    people: [...people, ...added],
  };
}

function with_person(door: Door, body: PersonBody): Door {
  const { id_number: _kept, phone: _too, ...plain } = body.fields;
  return { ...door, people: door.people.map((one) => (one.id === body.person ? { ...one, ...plain } : one)) };
}

function facts_of(answers: Answers | undefined, at: string, channel: string, by: string): Record<string, FactValue> {
  const facts: Record<string, FactValue> = {};
  for (const [key, value] of Object.entries(answers ?? {})) {
    if (value !== null && value !== undefined) facts[key] = [value, at, channel, by];
  }
  return facts;
}
