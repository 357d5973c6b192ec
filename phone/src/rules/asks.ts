/** Which questions a door is asked: what the server worked out (Head.asks), with what is known and what was typed now.
 * Pure. */

import type { Answers, Ask, Door, FactValue, Head, Question } from "../contract";
import { typed, type TypedAnswers } from "./answers";
import { holds } from "./conditions";

export interface AskView {
  key: string;
  question: Question;
  required: boolean; // now, given the other answers
  known: FactValue | null; // still counts: not asked again
  shown: boolean;
  departments: string[];
  rounds: number[];
}

/** What was typed at a door, by person; `new` members stand under their own key. */
export interface Typed {
  household: Answers;
  people: Record<number | string, Answers>;
}

export interface DoorQuestions {
  household: AskView[];
  people: Map<number, AskView[]>; // by id; whom no round asks is not in it
}

export function questions_of(door: Door, head: Head, given: Typed): DoorQuestions {
  const people = new Map<number, AskView[]>();
  for (const person of door.people) {
    const asks = about(head, head.asks[person.asks], "person");
    if (asks.length) people.set(person.id, views(asks, person.facts, given.people[person.id] ?? {}));
  }
  const asks = about(head, head.asks[door.asks], "household");
  return { household: views(asks, door.facts, given.household), people };
}

/** What somebody is asked who is met here and on no list: the door's own set, said of a person (`h12.15` → `p12.15`). */
export function questions_of_new(door: Door, head: Head, given: Answers): AskView[] {
  return views(about(head, head.asks[`p${door.asks.slice(1)}`], "person"), {}, given);
}

export function is_owed(ask: Pick<Ask, "required" | "conditions">, answers: TypedAnswers): boolean {
  return pairs(ask).some(
    ([show_if, require_if]) =>
      (!show_if || holds(show_if, answers)) && (ask.required || (require_if !== "" && holds(require_if, answers))),
  );
}

export function is_shown(ask: Pick<Ask, "conditions">, answers: TypedAnswers): boolean {
  return pairs(ask).some(([show_if]) => !show_if || holds(show_if, answers));
}

interface Asked {
  ask: Ask;
  question: Question;
}

function about(head: Head, asks: Ask[] | undefined, subject: Question["about"]): Asked[] {
  const found: Asked[] = [];
  for (const ask of asks ?? []) {
    const question = head.questions[ask.q];
    if (question?.about === subject) found.push({ ask, question });
  }
  return found;
}

function views(asks: Asked[], facts: Record<string, FactValue>, given: Answers): AskView[] {
  const known = new Map<string, FactValue>();
  for (const { ask, question } of asks) {
    const fact = facts[question.key];
    if (fact && Date.parse(fact[1]) >= Date.parse(ask.since)) known.set(question.key, fact);
  }
  const counted: Answers = { ...given };
  for (const [key, fact] of known) counted[key] ??= fact[0];
  const answers = typed(asks.map((one) => one.question), counted);
  return asks.map(({ ask, question }) => ({
    key: question.key,
    question,
    required: is_owed(ask, answers),
    known: known.get(question.key) ?? null,
    shown: is_shown(ask, answers),
    departments: ask.departments,
    rounds: ask.rounds,
  }));
}

function pairs(ask: Pick<Ask, "conditions">): [string, string][] {
  return ask.conditions.length ? ask.conditions : [["", ""]];
}
