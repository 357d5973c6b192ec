/** Why an answer is none, in words. */

import type { Question } from "../../contract";
import { label, t } from "../../i18n";
import type { Fault } from "../../rules/answers";

const WORDS: Record<string, string> = {
  boolean: "要答“是”或“否”",
  integer: "要填整数",
  decimal: "要填数",
  choice: "不是可选的一项",
  no_choice: "至少选一项",
  choices: "有不是可选的项",
  date: "要填日期，如2026-08-07",
  text: "要填1到400个字",
  type: "题型不认识，请更新手机端",
};
export const ALL_ANSWER_FAULTS = Object.values(WORDS);

export function answer_fault(question: Question, fault: Fault | null): string {
  if (!fault) return "";
  if (fault.code === "alone") {
    const found = question.choices?.find(([code]) => code === fault.choice);
    return t("“{choice}”不能和别的一起选", { choice: found ? label({ "zh-Hans": found[1], en: found[2] }) : fault.choice });
  }
  if (fault.code === "range") {
    if (fault.low === null) return t("最多{high}", { high: fault.high! });
    if (fault.high === null) return t("最少{low}", { low: fault.low });
    return t("要在{low}到{high}之间", { low: fault.low, high: fault.high });
  }
  return t(WORDS[fault.code]!);
}
