/** What went wrong, and what to do. */

import { FieldError } from "../field";
import { t } from "../i18n";

const WORDS: Record<string, string> = {
  storage_full: "手机存满了，这一户没有存下。删些照片或视频，再点一次保存。",
  storage_failed: "这台手机没有存下，再点一次保存；还不行就先记在纸上。",
  locked: "锁上了，先输PIN。",
  too_large: "内容太多，一次存不下。照片请单独加。",
  bad_pin: "PIN是六位数字。",
  offline: "现在没有信号，连上再试。",
};
export const ALL_FAULTS = Object.values(WORDS);

export function fault_words(error: unknown): string {
  if (error instanceof FieldError) return WORDS[error.code] ? t(WORDS[error.code]!) : error.message;
  return t("没有存下，再试一次。");
}
