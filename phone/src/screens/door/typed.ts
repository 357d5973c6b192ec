/** What is being typed at a door, and the visit it becomes. Pure: every button of the screen is one function here. */

import type { Answers, Head, NewMember, Person, VisitBody, VisitLine } from "../../contract";
import type { DoorView } from "../../field";
import { fault_of } from "../../rules/answers";
import { type AskView, type DoorQuestions, questions_of, questions_of_new } from "../../rules/asks";

export type Who = number | string; // a person's id; of somebody new, the key

export interface Line {
  presence: string;
  answered_by?: number;
  away_place?: string;
  back_on?: string;
}

export interface New {
  key: string;
  name: string;
  relation: string;
  sex: string;
  birth_on: string;
  phone: string;
  id_number: string;
  registered: boolean;
}

export interface Typed {
  channel: "door" | "phone" | "chat";
  lines: Record<Who, Line>;
  household: Answers;
  people: Record<Who, Answers>;
  members: New[];
  opened: string[]; // 有变: pointers of known answers that are asked again
  as_before: string[]; // said by 同上次
  note: string;
  corrects: string | null; // the visit that this one supersedes
}

export const HOUSEHOLD = 0; // in pointers: 0.returned_count
const MET = new Set(["seen", "answered_for"]);
const SETTLED = new Set(["seen", "answered_for", "away", "moved", "dead", "exempt"]);
const GONE = new Set(["moved", "dead"]);

export function empty(): Typed {
  return { channel: "door", lines: {}, household: {}, people: {}, members: [], opened: [], as_before: [], note: "", corrects: null };
}

export function is_empty(typed: Typed): boolean {
  const answered = Object.keys(typed.household).length + Object.values(typed.people).reduce((sum, one) => sum + Object.keys(one).length, 0);
  return !Object.keys(typed.lines).length && !answered && !typed.members.length && !typed.note;
}

/** Whoever lives here as far as is known: the moved and the dead need no tap. */
export function roster(view: DoorView): Person[] {
  return view.door.people.filter((one) => !GONE.has(one.presence?.[0] ?? ""));
}

export function everybody(view: DoorView, typed: Typed): Who[] {
  return [...roster(view).map((one) => one.id), ...typed.members.map((one) => one.key)];
}

export function all_home(view: DoorView, typed: Typed): void {
  for (const who of everybody(view, typed)) typed.lines[who] = { presence: "seen" };
}

export function set_presence(typed: Typed, who: Who, presence: string): void {
  if (typed.lines[who]?.presence === presence) delete typed.lines[who];
  else typed.lines[who] = { presence };
  drop_pointer(typed, `${who}.presence`);
}

/** As it was said last: who was met how, and what was answered. An answer that is known and not told stays unsaid. */
export function as_last(view: DoorView, head: Head, typed: Typed): void {
  for (const person of roster(view)) {
    const last = person.presence;
    if (!last || last[0] === "not_met") continue;
    const by = last[4] ?? undefined;
    typed.lines[person.id] = clean({ presence: last[0], away_place: last[2], back_on: last[3] ?? undefined, answered_by: by });
    add_pointer(typed, `${person.id}.presence`);
  }
  const asked = asks(view, head, typed);
  copy(asked.household, view.door.facts, typed.household, typed, HOUSEHOLD);
  for (const person of roster(view)) {
    copy(asked.people.get(person.id) ?? [], person.facts, (typed.people[person.id] ??= {}), typed, person.id);
  }
}

function copy(open: AskView[], facts: Person["facts"], into: Answers, typed: Typed, who: Who): void {
  for (const ask of open) {
    const value = facts[ask.key]?.[0];
    if (ask.known || value === undefined || into[ask.key] !== undefined) continue;
    if (fault_of(ask.question, value)) continue; // null, too: known, and not told
    into[ask.key] = value;
    add_pointer(typed, `${who}.${ask.key}`);
  }
}

export function has_last(view: DoorView): boolean {
  return roster(view).some((one) => one.presence && one.presence[0] !== "not_met") || Object.keys(view.door.facts).length > 0;
}

export function answer(typed: Typed, who: Who, key: string, value: unknown): void {
  const into = who === HOUSEHOLD ? typed.household : (typed.people[who] ??= {});
  if (value === undefined) delete into[key];
  else into[key] = value;
  drop_pointer(typed, `${who}.${key}`);
}

/** What is asked here now, conditions and all. People of no round are not in it, new members by their key. */
export function asks(view: DoorView, head: Head, typed: Typed): { household: AskView[]; people: Map<Who, AskView[]> } {
  const given: DoorQuestions = questions_of(view.door, head, { household: typed.household, people: typed.people });
  const people = new Map<Who, AskView[]>(given.people);
  for (const member of typed.members) {
    people.set(member.key, questions_of_new(view.door, head, typed.people[member.key] ?? {}));
  }
  return { household: given.household, people };
}

/** One question, once, with the subjects it is put to now. */
export interface Put {
  key: string;
  ask: AskView;
  subjects: { who: Who; ask: AskView }[];
}

/** The one list: what the household is asked, then what its people are, each question once. */
export function put_now(view: DoorView, head: Head, typed: Typed): Put[] {
  const asked = asks(view, head, typed);
  const list: Put[] = [];
  for (const ask of asked.household) {
    if (is_put(ask, HOUSEHOLD, typed)) list.push({ key: ask.key, ask, subjects: [{ who: HOUSEHOLD, ask }] });
  }
  const of_people = new Map<string, Put>();
  for (const [who, views] of asked.people) {
    if (!is_asked(who, typed)) continue;
    for (const ask of views) {
      if (!is_put(ask, who, typed)) continue;
      const found = of_people.get(ask.key);
      if (found) found.subjects.push({ who, ask });
      else of_people.set(ask.key, { key: ask.key, ask, subjects: [{ who, ask }] });
    }
  }
  return [...list, ...of_people.values()];
}

function is_put(ask: AskView, who: Who, typed: Typed): boolean {
  return ask.shown && (!ask.known || typed.opened.includes(`${who}.${ask.key}`));
}

/** Nobody is asked about who is away, has refused, or is not said anything about yet but others are. */
function is_asked(who: Who, typed: Typed): boolean {
  const line = typed.lines[who];
  return line ? MET.has(line.presence) : !Object.keys(typed.lines).length;
}

export interface Known {
  who: Who;
  ask: AskView;
}

export function known_now(view: DoorView, head: Head, typed: Typed): Known[] {
  const asked = asks(view, head, typed);
  const of = (who: Who, views: AskView[]) =>
    views.filter((ask) => ask.known && ask.shown && !typed.opened.includes(`${who}.${ask.key}`)).map((ask) => ({ who, ask }));
  return [...of(HOUSEHOLD, asked.household), ...[...asked.people].flatMap(([who, views]) => of(who, views))];
}

/** Required and unanswered, by whoever was met; as the server judges it: where all are away, moved or dead there is
 * nobody left to ask, and what is known and was not said anew stays known. */
export function missing(view: DoorView, head: Head, typed: Typed): { who: Who; key: string }[] {
  const found: { who: Who; key: string }[] = [];
  if (is_nobody_left(view, head, typed)) return found;
  for (const put of put_now(view, head, typed)) {
    for (const { who, ask } of put.subjects) {
      if (ask.required && !ask.known && given(typed, who)[put.key] === undefined) found.push({ who, key: put.key });
    }
  }
  return found;
}

function is_nobody_left(view: DoorView, head: Head, typed: Typed): boolean {
  const base = everybody(view, typed);
  const said = base.map((who) => typed.lines[who]?.presence ?? earlier(view, head, who));
  return base.length > 0 && said.every((presence) => presence !== undefined) && !said.some((presence) => MET.has(presence!));
}

export function given(typed: Typed, who: Who): Answers {
  return (who === HOUSEHOLD ? typed.household : typed.people[who]) ?? {};
}

/** Answers that are none: out of range, 没有 beside others. */
export function faults(view: DoorView, head: Head, typed: Typed): { who: Who; key: string }[] {
  const found: { who: Who; key: string }[] = [];
  for (const put of put_now(view, head, typed)) {
    for (const { who, ask } of put.subjects) {
      const value = given(typed, who)[put.key];
      if (value !== undefined && fault_of(ask.question, value)) found.push({ who, key: put.key });
    }
  }
  return found;
}

/** The rounds due here that this visit completes: everybody settled, nothing required left. */
export function completes(view: DoorView, head: Head, typed: Typed): number[] {
  const settled = (who: Who) => (typed.lines[who]?.presence ?? earlier(view, head, who)) ?? "not_met";
  const said = everybody(view, typed).map(settled);
  if (said.some((presence) => !SETTLED.has(presence))) return [];
  const by_proxy = said.includes("answered_for");
  const lacking = new Set(missing(view, head, typed).map(({ who, key }) => `${who}.${key}`));
  const asked = asks(view, head, typed);
  const open = new Set<number>();
  const note = (who: Who, views: AskView[]) => {
    for (const ask of views) if (lacking.has(`${who}.${ask.key}`)) for (const round of ask.rounds) open.add(round);
  };
  note(HOUSEHOLD, asked.household);
  for (const [who, views] of asked.people) note(who, views);
  const refuses = new Set(head.rounds.filter((round) => round.proxy_allowed === false).map((round) => round.id));
  return view.rounds.filter((round) => !open.has(round) && !(by_proxy && refuses.has(round)));
}

/** How somebody was met by an earlier visit of the rounds that are due here. */
export function earlier(view: DoorView, head: Head, who: Who): string | undefined {
  const presence = view.door.people.find((one) => one.id === who)?.presence;
  const opened = head.rounds.filter((one) => view.rounds.includes(one.id)).map((one) => Date.parse(one.opens_at));
  return presence && opened.length && Date.parse(presence[1]) >= Math.max(...opened) ? presence[0] : undefined;
}

/** The visit as it is sent. `before`: the body of the visit that is corrected, if it is still here: whoever has left
 * the roster since keeps the line that was said of them. */
export function body_of(view: DoorView, head: Head, typed: Typed, before: VisitBody | null = null): VisitBody {
  const asked = asks(view, head, typed);
  const told = (who: Who, views: AskView[]): Answers | undefined => {
    const shown = new Set(views.filter((ask) => ask.shown).map((ask) => ask.key));
    const answers = Object.entries(given(typed, who)).filter(([key]) => shown.has(key));
    return answers.length ? Object.fromEntries(answers) : undefined;
  };
  const here = new Set<Who>(view.door.people.map((one) => one.key ?? one.id));
  const lines: VisitLine[] = (before?.lines ?? []).filter((line) => !here.has(line.person));
  for (const person of view.door.people) {
    const line = typed.lines[person.id];
    if (!line) continue;
    const answers = MET.has(line.presence) ? told(person.id, asked.people.get(person.id) ?? []) : undefined;
    lines.push(clean({ ...line, person: person.key ?? person.id, answers }));
  }
  const members: NewMember[] = typed.members.map((one) => {
    const { presence, away_place, back_on } = typed.lines[one.key] ?? { presence: "seen" };
    const answers = MET.has(presence) ? told(one.key, asked.people.get(one.key) ?? []) : undefined;
    return clean({ ...one, presence, away_place, back_on, answers });
  });
  return clean({
    household: view.found ?? view.door.id,
    channel: typed.channel,
    outcome: outcome_of(lines, members),
    lines,
    members: members.length ? members : undefined,
    answers: told(HOUSEHOLD, asked.household),
    note: typed.note.trim(),
    supersedes: typed.corrects ?? undefined,
    as_before: typed.as_before.length ? typed.as_before : undefined,
  });
}

function outcome_of(lines: VisitLine[], members: NewMember[]): string {
  const said = [...lines, ...members].map((one) => one.presence);
  if (said.length && said.every((one) => one === "refused")) return "refused";
  if (said.length && said.every((one) => one === "away")) return "absent";
  return "met";
}

/** What this worker said at an earlier visit, to be corrected. */
export function corrected(view: DoorView, visit: string, before: VisitBody | null): Typed {
  const typed = empty();
  typed.corrects = visit;
  typed.channel = before?.channel === "phone" || before?.channel === "chat" ? before.channel : "door";
  typed.note = before?.note ?? "";
  const made_at = view.door.attempts.find((one) => one.visit === visit)?.at;
  for (const person of view.door.people) {
    const line = before?.lines?.find((one) => one.person === (person.key ?? person.id));
    if (line) {
      const by = typeof line.answered_by === "number" ? line.answered_by : undefined;
      typed.lines[person.id] = clean({ presence: line.presence, away_place: line.away_place, back_on: line.back_on, answered_by: by });
      if (line.answers) reopen(typed, person.id, line.answers);
    } else if (person.presence && (!before || person.presence[1] === made_at)) {
      // Entered by that very visit, or `before` is not here any more.
      const answers = before?.members?.find((one) => one.name === person.name)?.answers;
      if (answers) reopen(typed, person.id, answers);
      typed.lines[person.id] = clean({ presence: person.presence[0], away_place: person.presence[2], back_on: person.presence[3] ?? undefined });
    }
  }
  if (before?.answers) reopen(typed, HOUSEHOLD, before.answers);
  return typed;
}

function reopen(typed: Typed, who: Who, answers: Answers): void {
  for (const [key, value] of Object.entries(answers)) {
    typed.opened.push(`${who}.${key}`);
    answer(typed, who, key, value);
  }
}

function add_pointer(typed: Typed, pointer: string): void {
  if (!typed.as_before.includes(pointer)) typed.as_before.push(pointer);
}

function drop_pointer(typed: Typed, pointer: string): void {
  typed.as_before = typed.as_before.filter((one) => one !== pointer);
}

/** Without what is empty: the server takes a key left out and a null alike, and a shorter operation goes sooner. */
function clean<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== "" && value !== null)) as T;
}
