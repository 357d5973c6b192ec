/** Nobody who reads English meets a Chinese sentence that was forgotten. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EN } from "../src/i18n/en";
import { ALL_ANSWER_FAULTS } from "../src/screens/door/faults";
import { ALL_FIELDS } from "../src/screens/me/done_words";
import { WEAK_WORDS, weakness_of } from "../src/screens/start/weak_pin";
import { ALL_CODES } from "../src/words/codes";
import { ALL_FAULTS } from "../src/words/faults";
import { ALL_MONTHS } from "../src/words/time";

const SRC = join(import.meta.dirname, "../src");
const LITERAL = /\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/g;
const files = readdirSync(SRC, { recursive: true }).map(String).filter((name) => /\.(ts|vue)$/.test(name) && !name.startsWith("i18n"));
const words_in = (name: string) =>
  [...readFileSync(join(SRC, name), "utf-8").matchAll(LITERAL)].map((found) => found[1] ?? found[2] ?? "").filter((text) => /[\u3000-\u9fff\uff00-\uffef]/.test(text));
const blanks = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();

describe("words", () => {
  it.each(files.filter((name) => words_in(name).length))("%s is said in English too", (name) => {
    expect(words_in(name).filter((text) => !(text in EN))).toEqual([]);
  });

  it("so are the words behind codes", () => {
    const all = [...ALL_CODES, ...ALL_FAULTS, ...ALL_ANSWER_FAULTS, ...ALL_FIELDS, ...ALL_MONTHS, ...Object.values(WEAK_WORDS)];
    expect(all.filter((text) => !(text in EN))).toEqual([]);
  });

  it("so are the measures that come with the pull", () => {
    const rules = readFileSync(join(SRC, "../../lianfang/verification/rules.py"), "utf-8");
    const told = [...rules.match(/^MEASURES = \((.*)\)$/m)![1]!.matchAll(/N_\("(.+?)"\)/g)].map((found) => found[1]!);
    expect(told.length).toBeGreaterThan(3);
    expect(told.filter((text) => !(text in EN))).toEqual([]);
  });

  it("no blank of the Chinese is invented or dropped", () => {
    expect(Object.entries(EN).filter(([zh, en]) => blanks(en).some((one) => !blanks(zh).includes(one)))).toEqual([]);
  });
});

describe("weak PINs", () => {
  it.each(["111111", "123456", "987654", "890123", "135791", "121212", "123123", "112233"])("%s is refused", (pin) => {
    expect(weakness_of(pin)).not.toBeNull();
  });
  it.each(["246813", "704193", "118825"])("%s is taken", (pin) => {
    expect(weakness_of(pin)).toBeNull();
  });
});
