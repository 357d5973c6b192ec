/** What an answer must look like, and how conditions read it. The same as lianfang/questions/rules.py; both are held
 * equal by contract/vectors. Pure. */

import type { Answers, Question } from "../contract";

/** What an answer is checked against. */
export type Answerable = Pick<Question, "type"> &
  Partial<Pick<Question, "choices" | "exclusive">> & { range?: readonly [number | null, number | null] | number[] };

/** Why a value is no answer; the words stand in the screens. */
export type Fault =
  | { code: "boolean" | "integer" | "decimal" | "choice" | "no_choice" | "choices" | "date" | "text" | "type" }
  | { code: "alone"; choice: string } // stands beside others and may not
  | { code: "range"; low: number | null; high: number | null };

/** Values as CEL reads them: integer and date → BigInt, decimal → number. Every question is present. */
export type TypedAnswers = Record<string, boolean | bigint | number | string | string[] | null>;

const LONGEST_TEXT = 400;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_MS = 86_400_000;

export function fault_of(question: Answerable, value: unknown): Fault | null {
  switch (question.type) {
    case "boolean":
      return typeof value === "boolean" ? null : { code: "boolean" };
    case "integer":
      return Number.isSafeInteger(value) ? range_fault(question, value as number) : { code: "integer" };
    case "decimal":
      return is_number(value) ? range_fault(question, value) : { code: "decimal" };
    case "choice":
      return typeof value === "string" && codes_of(question).has(value) ? null : { code: "choice" };
    case "choices":
      return choices_fault(question, value);
    case "date":
      return days_of(value) === null ? { code: "date" } : null;
    case "text":
      return typeof value === "string" && value.trim() !== "" && [...value].length <= LONGEST_TEXT
        ? null
        : { code: "text" };
    default:
      return { code: "type" };
  }
}

export function typed(questions: Iterable<Pick<Question, "key" | "type">>, answers: Answers): TypedAnswers {
  const all: TypedAnswers = {};
  for (const { key, type } of questions) all[key] = typed_value(type, answers[key]);
  return all;
}

/** By type alone: a choice or a range may come with a later version. What does not fit is null. */
function typed_value(type: Question["type"], value: unknown): TypedAnswers[string] {
  switch (type) {
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "integer":
      return Number.isSafeInteger(value) ? BigInt(value as number) : null;
    case "decimal":
      return is_number(value) ? value : null;
    case "date": {
      const days = days_of(value);
      return days === null ? null : BigInt(days);
    }
    case "choices":
      return is_codes(value) ? value : null;
    default:
      return typeof value === "string" ? value : null;
  }
}

function choices_fault(question: Answerable, value: unknown): Fault | null {
  if (!Array.isArray(value) || value.length === 0) return { code: "no_choice" };
  const known = codes_of(question);
  if (!is_codes(value) || !value.every((code) => known.has(code))) return { code: "choices" };
  const alone = question.exclusive?.find((code) => value.includes(code));
  return alone !== undefined && new Set(value).size > 1 ? { code: "alone", choice: alone } : null;
}

function range_fault(question: Answerable, value: number): Fault | null {
  const [low = null, high = null] = question.range ?? [];
  if ((low === null || value >= low) && (high === null || value <= high)) return null;
  return { code: "range", low, high };
}

/** Days since 1970-01-01 of "YYYY-MM-DD"; null for anything else. */
export function days_of(value: unknown): number | null {
  const parts = typeof value === "string" ? DATE.exec(value) : null;
  if (!parts) return null;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const is_real = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return is_real ? date.getTime() / DAY_MS : null;
}

function codes_of(question: Answerable): Set<string> {
  return new Set(question.choices?.map(([code]) => code));
}

function is_codes(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((code) => typeof code === "string");
}

function is_number(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}
