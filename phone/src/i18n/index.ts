/** Words. Chinese is the source; English stands in en.ts under the Chinese. */

import { ref } from "vue";
import type { Label } from "../contract";
import { EN } from "./en";

export type Language = "zh-Hans" | "en";
const KEPT = "lianfang-language";

export const language = ref<Language>(read());

function read(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "zh-Hans" || kept === "en") return kept;
  } catch {
    // it is asked again next time
  }
  return "zh-Hans";
}

export function speak(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen;
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // for this time only
  }
}

/** `t("还有{n}户", { n: 3 })` */
export function t(text: string, blanks: Record<string, string | number> = {}): string {
  const words = language.value === "en" ? (EN[text] ?? text) : text;
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(blanks[name] ?? whole));
}

export function label(of: Label): string {
  return of[language.value] || of["zh-Hans"];
}
