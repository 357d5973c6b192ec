/** What is said about a row of a pushed list. Pure. */

import { t } from "../i18n";
import { bar_of, type Night, type RowView } from "../pack/rows";
import { call_word, list_answer_word } from "./codes";
import type { Status } from "./doors";
import { clock_words, date_words, moment_words } from "./time";

export function row_status(view: RowView, now: Date, night: Night): Status {
  const { row, status } = view;
  const note = known_words(view, now, night);
  switch (status) {
    case "late":
      return { kind: "late", word: t("逾期"), note };
    case "waiting":
      return { kind: "send", word: t("待传"), note: row.answer ? list_answer_word(row.answer.code) : "" };
    case "done":
      return { kind: "done", word: t("已核"), note: row.answer ? list_answer_word(row.answer.code) : "" };
    case "in_progress":
      return { kind: "hold", word: t("在核"), note };
    default:
      return { kind: "open", word: t("应核"), note };
  }
}

/** What is known before one rings: 已问过, 别人在打, 打过2次. */
function known_words({ row }: RowView, now: Date, night: Night): string {
  if (row.spoken_to) return t("已问过，不用再打");
  if (bar_of(row, now, night) === "taken") return t("{who}在打", { who: row.worker_name || t("别人") });
  if (row.worker === "other") return t("{who}在核", { who: row.worker_name });
  const last = row.calls[0];
  if (!last) return t("{time}前", { time: moment_words(row.due_at, now) });
  return row.calls.length > 1 ? t("打过{n}次", { n: row.calls.length }) : `${clock_words(last.at)} ${call_word(last.outcome)}`;
}

export function came_words(view: RowView, now: Date): string {
  const { came_from, came_on } = view.row;
  const day = came_on ? t("{day}到", { day: date_words(came_on, now) }) : "";
  return [came_from, day].filter(Boolean).join(" ");
}

export function bar_words(view: RowView, now: Date, night: Night): string {
  const { row } = view;
  switch (bar_of(row, now, night)) {
    case "spoken_to":
      return t("{time}已经为另一份名单打通过，直接用那次的结果，不再打扰。", { time: moment_words(row.spoken_to!, now) });
    case "taken":
      return t("{who}正在打，{time}后再看。", { who: row.worker_name || t("别人"), time: clock_words(row.taken_until!) });
    case "night":
      return t("{from}:00到次日{to}:00不打电话，先报“在核”。", { from: night[0], to: night[1] });
    default:
      return "";
  }
}
