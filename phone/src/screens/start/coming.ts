/** Words of becoming a phone. */

import { FieldError } from "../../field";
import { t } from "../../i18n";

/** The code in a pasted link, or the pasted code. */
export function code_in(text: string): string | null {
  const pasted = text.trim();
  const found = /#i=([A-Za-z0-9]+)/.exec(pasted)?.[1] ?? pasted.replace(/[\s-]/g, "");
  return /^[A-Za-z0-9]{20,40}$/.test(found) ? found : null;
}

export function coming_words(error: unknown): string {
  if (!(error instanceof FieldError)) return t("没有成，再点一次。");
  if (error.code === "offline") return t("现在没有信号。头一次要有信号，走到有信号的地方再点。");
  if (error.code.startsWith("storage_")) return t("手机存满了，删些照片或视频再来。");
  if (error.message && error.message !== error.code) return error.message;
  return t("服务器没有应，等一分钟再点。");
}
