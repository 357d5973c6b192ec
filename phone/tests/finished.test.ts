/** When a door is done: the cases on which phone and server must agree (contract/vectors/README.md). */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Answers, Ask, FactValue, Head, Person, Question } from "../src/contract";
import { view_of } from "../src/pack/views";
import { completes, empty } from "../src/screens/door/typed";
import { a_door, a_head } from "./server";

interface Case {
  about: string;
  lines: Record<string, string>;
  answers: Record<string, Answers>;
  proxy_allowed?: boolean;
  before?: { lines: Record<string, string>; answers: Record<string, Answers> };
  done: boolean;
}

const file = JSON.parse(readFileSync(new URL("../../contract/vectors/finished.json", import.meta.url), "utf-8"));
const OPENS = "2026-11-22T00:00:00Z";
const BEFORE = "2026-11-22T01:00:00Z";
const NOW = new Date("2026-11-22T02:00:00Z");

function head(proxy_allowed: boolean): Head {
  const questions: Question[] = file.questions.map((raw: Pick<Question, "key" | "about" | "type">) => ({
    ...raw, version: 1, privacy: "plain", proxy_allowed: true, label: { "zh-Hans": raw.key, en: raw.key },
  }));
  const asks = (about: string): Ask[] =>
    file.items
      .filter((item: { question: string }) => questions.find((one) => one.key === item.question)!.about === about)
      .map((item: { question: string; required: boolean; show_if?: string; require_if?: string }) => ({
        q: `${item.question}@1`, required: item.required, conditions: [[item.show_if ?? "", item.require_if ?? ""]], rounds: [1], departments: [], since: OPENS,
      }));
  return {
    ...a_head({ id: "k", spki: "" }),
    rounds: [{ id: 1, title: "", short: "", department: "", number: 1, opens_at: OPENS, due_at: "2026-11-22T15:00:00Z", purpose: "", base: "registered", proxy_allowed }],
    asks: { h1: asks("household"), p1: asks("person") },
    questions: Object.fromEntries(questions.map((one) => [`${one.key}@1`, one])),
  };
}

const facts = (answers: Answers = {}): Record<string, FactValue> =>
  Object.fromEntries(Object.entries(answers).map(([key, value]) => [key, [value, BEFORE, "door", ""] as FactValue]));

describe("a door is done or not", () => {
  test.each<Case>(file.cases)("$about", ({ lines, answers, proxy_allowed = true, before, done }) => {
    const people = (file.people as number[]).map((id): Person => ({
      ...a_door().people[0]!, id, asks: "p1", facts: facts(before?.answers[id]),
      presence: before?.lines[id] ? [before.lines[id]!, BEFORE, "", null, null] : null,
    }));
    const target = { round: 1, person: 0, state: "open" as const, due_at: "2026-11-22T15:00:00Z", reason: "", is_found: false };
    const view = view_of({ ...a_door(), asks: "h1", targets: [target], people, facts: facts(before?.answers[0]) }, [], NOW);
    const typed = empty();
    for (const [who, presence] of Object.entries(lines)) typed.lines[Number(who)] = { presence };
    for (const [who, given] of Object.entries(answers)) {
      const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
      if (who === "0") typed.household = told;
      else typed.people[Number(who)] = told;
    }
    expect(completes(view, head(proxy_allowed), typed).includes(1)).toBe(done);
  });
});
