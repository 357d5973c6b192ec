/** What an operation did, and what became of it, as a worker says it. Pure. */

import type { HouseholdBody, ListAnswerBody, ListCallBody, PersonBody, VisitBody } from "../../contract";
import type { Field, OpView } from "../../field";
import { t } from "../../i18n";
import { call_word, list_answer_word, outcome_word, presence_word, question_label, value_words } from "../../words/codes";
import { moment_words } from "../../words/time";

const SAID_OF = ["seen", "answered_for", "away", "refused", "not_met", "moved", "dead"];
const FIELD_WORDS: Record<string, string> = {
  name: "姓名", sex: "性别", birth_on: "出生日期", relation: "关系", phone: "电话", id_number: "身份证号",
};
export const ALL_FIELDS = Object.values(FIELD_WORDS);

export function done_words(op: OpView, field: Field): string {
  switch (op.kind) {
    case "visit":
      return visit_words(op.body as VisitBody, op, field);
    case "household": {
      const { visit } = op.body as HouseholdBody;
      return visit ? t("名单外的门：{what}", { what: visit_words(visit, op, field) }) : t("名单外的门");
    }
    case "person":
      return t("改资料：{what}", { what: Object.keys((op.body as PersonBody).fields).map((key) => t(FIELD_WORDS[key] ?? key)).join(t("、")) });
    case "photo":
      return t("照片1张");
    case "exemption":
      return t("申请核减");
    case "dial":
      return t("拨打电话");
    case "list_call":
      return t("名单核查，电话{what}", { what: call_word((op.body as ListCallBody).outcome) });
    case "list_answer":
      return t("名单核查：{what}", { what: list_answer_word((op.body as ListAnswerBody).code) });
  }
}

function visit_words(visit: Omit<VisitBody, "household">, op: OpView, field: Field): string {
  const parts: string[] = [];
  if (visit.outcome === "met") {
    for (const code of SAID_OF) {
      const count = visit.lines?.filter((line) => line.presence === code).length;
      if (count) parts.push(t("{n}人{what}", { n: count, what: presence_word(code) }));
    }
    if (visit.members?.length) parts.push(t("新增{n}人", { n: visit.members.length }));
    const forms = forms_of(visit, op, field);
    if (forms) parts.push(t("{n}张表", { n: forms }));
    if (!parts.length) parts.push(outcome_word("met"));
  } else {
    parts.push(outcome_word(visit.outcome));
    if (visit.back_at) parts.push(t("{time}后在家", { time: moment_words(visit.back_at, field.now()) }));
  }
  const words = parts.join(t("，"));
  return visit.supersedes ? t("更正：{what}", { what: words }) : words;
}

/** Rounds that this visit was for: those that ask about somebody it speaks of. */
function forms_of(visit: Omit<VisitBody, "household">, op: OpView, field: Field): number {
  const door = op.door === null ? undefined : field.doors.get(op.door)?.door;
  const met = new Set<number | string>(visit.lines?.filter((one) => one.presence === "seen" || one.presence === "answered_for").map((one) => one.person));
  if (visit.answers && Object.keys(visit.answers).length) met.add(0);
  return new Set(door?.targets.filter((one) => met.has(one.person)).map((one) => one.round)).size;
}

export function fate_words(op: OpView): string {
  switch (op.status) {
    case "waiting":
      return t("待传");
    case "set_aside":
      return t("已退回");
    case "read":
      return t("已退回，看过了");
    case "conflict_kept":
      return t("两处不一致");
    case "held":
      return t("村里要看一下");
    case "quarantined":
      return t("停用后送来，村里先看");
    default:
      return t("已确认");
  }
}

/** 现住址：您填东莞，曾祥林填在家。等村里确认 */
export function asked_words(op: OpView, field: Field): string {
  const { receipt } = op;
  if (op.status === "set_aside") return t("已退回：{reason}", { reason: String(receipt?.detail?.reason ?? receipt?.message ?? "") });
  const detail = receipt?.detail ?? {};
  if (op.status !== "conflict_kept" || !("other" in detail)) return [receipt?.message ?? "", t("等村里确认")].filter(Boolean).join(" ");
  const key = String(detail.question ?? "").replace(/^person\./, "");
  const question = Object.values(field.head?.questions ?? {}).find((one) => one.key === key);
  const said = (value: unknown) =>
    value === null || value === undefined ? t("已答，不显示") : question ? value_words(question, value, field.now()) : key === "presence" ? presence_word(String(value)) : String(value);
  const people = op.door === null ? [] : (field.door(op.door)?.door.people ?? []);
  const name = people.find((one) => one.id === detail.subject)?.name ?? "";
  const asked = question ? question_label(question) : key in FIELD_WORDS ? t(FIELD_WORDS[key]!) : t("见到没有");
  const what = name ? `${name} ${asked}` : asked;
  const who = detail.other_by ? String(detail.other_by) : t("别人");
  return t("{what}：您填{mine}，{who}填{other}。等村里确认", { what, mine: said(detail.mine), who, other: said(detail.other) });
}
