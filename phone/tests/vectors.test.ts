/** The vectors that server and phone share: the server's tests read the same files. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Question } from "../src/contract";
import { type Answerable, fault_of, typed } from "../src/rules/answers";
import { is_owed, is_shown } from "../src/rules/asks";
import { holds, result_of } from "../src/rules/conditions";

type Raw = Omit<Question, "choices"> & { choices?: string[] };
interface Case {
  [key: string]: any;
}

function read(name: string): Case {
  return JSON.parse(readFileSync(new URL(`../../contract/vectors/${name}.json`, import.meta.url), "utf-8"));
}

function question(raw: Raw): Question {
  return { ...raw, choices: raw.choices?.map((code) => [code, code, code]) };
}

const [conditions, refused, answers, forms] = ["conditions", "refused", "answers", "forms"].map(read) as Case[];
const all: Question[] = conditions!.questions.map(question);

test("there are enough of them", () => {
  const cases = [conditions, refused, answers, forms].reduce((sum, one) => sum + one!.cases.length, 0);
  expect(cases).toBeGreaterThanOrEqual(300);
});

describe("a condition and what comes of it", () => {
  test.each<Case>(conditions!.cases)("$condition $answers", ({ condition, answers: given, result }) => {
    expect(result_of(condition, typed(all, given))).toBe(result === "raises" ? null : result);
  });
});

describe("a condition that the server refuses does no harm where it was stored unseen", () => {
  test.each<Case>(refused!.cases)("$code $condition", (one) => {
    const text = one.condition ?? one.parts.map(([piece, times]: [string, number]) => piece.repeat(times)).join("");
    expect([true, false]).toContain(holds(text, typed(all, {})));
  });
});

describe("an answer fits its question or not", () => {
  test.each<Case>(answers!.cases)("$question $value", ({ question: raw, value, accepted }) => {
    expect(fault_of(question(raw) as Answerable, value) === null).toBe(accepted);
  });
});

describe("what is shown and owed", () => {
  const by_key = new Map<string, Question>(forms!.questions.map((raw: Raw) => [raw.key, question(raw)]));
  test.each<Case>(forms!.cases)("$about $answers", ({ about, answers: given, owed, shown }) => {
    const items = forms!.items.filter((item: Case) => by_key.get(item.question)!.about === about);
    const full = typed(items.map((item: Case) => by_key.get(item.question)!), given);
    const asks = items.map((item: Case) => ({
      key: item.question,
      required: item.required,
      conditions: [[item.show_if ?? "", item.require_if ?? ""]] as [string, string][],
    }));
    const keys = (which: Case[]) => which.map((one) => one.key);
    expect(keys(asks.filter((one: any) => is_shown(one, full)))).toEqual(shown);
    expect(keys(asks.filter((one: any) => (given[one.key] ?? null) === null && is_owed(one, full)))).toEqual(owed);
  });
});
