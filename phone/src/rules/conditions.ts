/** Conditions are CEL over the answers of one subject. One that raises is false. */

import { type ParseResult, parse } from "@marcbachmann/cel-js";
import type { TypedAnswers } from "./answers";

const LONGEST = 400; // as the server's validator takes them; a longer one is not ours
const parsed = new Map<string, ParseResult | null>();

export function holds(condition: string, answers: TypedAnswers): boolean {
  return result_of(condition, answers) === true;
}

/** null: it raises. */
export function result_of(condition: string, answers: TypedAnswers): boolean | null {
  const program = program_of(condition);
  if (!program) return null;
  try {
    return program(answers) === true;
  } catch {
    return null;
  }
}

function program_of(condition: string): ParseResult | null {
  let program = parsed.get(condition);
  if (program === undefined) {
    program = condition.length <= LONGEST ? parsed_or_null(condition) : null;
    parsed.set(condition, program);
  }
  return program;
}

function parsed_or_null(condition: string): ParseResult | null {
  try {
    return parse(condition);
  } catch {
    return null;
  }
}
