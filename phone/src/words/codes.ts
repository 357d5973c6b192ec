/** What codes are called on screens. */

import type { Label, Question } from "../contract";
import { label, t } from "../i18n";
import { date_words, day_words, moment_words } from "./time";

const PRESENCE: Record<string, string> = {
  seen: "见到", answered_for: "代答", away: "外出", refused: "拒绝", not_met: "未见到", moved: "搬走", dead: "去世", exempt: "核减",
};
const OUTCOME: Record<string, string> = {
  met: "见到", nobody_home: "没人应门", no_answer: "电话未接", absent: "全家外出", refused: "拒绝", no_access: "进不去",
  moved_away: "已搬走", vacant: "空置", demolished: "已拆除", duplicate: "重复登记", recorded: "原住处已见到",
};
const CHANNEL: Record<string, string> = { door: "上门", phone: "电话", chat: "微信", desk: "补录", record: "凭记录" };
const RELATION: Record<string, string> = {
  head: "户主", spouse: "配偶", child: "子女", grandchild: "孙辈", parent: "父母", other: "其他", tenant: "租客",
};
const SEX: Record<string, string> = { male: "男", female: "女" };
const CALL: Record<string, string> = {
  reached: "接通", no_answer: "没人接", busy: "占线", dead: "空号", not_the_person: "不是本人", objected: "本人有异议",
};
const ANSWER: Record<string, string> = {
  controlled: "属实已管控", not_here: "不在本地", wrong_phone: "号码非本人", dead_number: "空号", ticket_refunded: "退票未乘",
  namesake: "同名", passed_through: "途经未停留", refused: "拒绝", nobody: "查无此人", past_period: "超期",
  already_checked: "已排查重复", in_progress: "在核",
};
const TEST: Record<string, string> = { negative: "阴性", positive: "阳性", waiting: "结果未出" };
export const CALLS = Object.keys(CALL);
export const ANSWERS = Object.keys(ANSWER);
export const TESTS = Object.keys(TEST);
/** Levels of watch, kept in the county's own words. */
const LEVEL: Record<string, string> = {
  county: "县", township: "乡镇", village: "村", section: "片", group: "组", grid: "网格", estate: "小区", building: "楼栋",
};

/** What numbers of questions are counted in. The county writes units itself; one that is not here stands as written. */
const UNITS = (
  "人 户 人次 户次 天 日 小时 分钟 年 岁 次 剂 针 个 只 头 口 台 辆 套 张 份 瓶 箱 袋 件 处 条 棵 间 米 公里 亩 " +
  "公斤 千克 克 吨 升 毫升 厘米 平方米 立方米 元 万元"
).split(" ");

const word = (words: Record<string, string>) => (code: string) => t(words[code] ?? code);
export const presence_word = word(PRESENCE);
export const outcome_word = word(OUTCOME);
export const channel_word = word(CHANNEL);
export const relation_word = word(RELATION);
export const sex_word = word(SEX);
export const level_word = word(LEVEL);
export const call_word = word(CALL);
export const list_answer_word = word(ANSWER);
export const test_word = word(TEST);
export const RELATIONS = Object.keys(RELATION);

/** Every Chinese text above, for the test that English is complete. */
export const ALL_CODES = [PRESENCE, OUTCOME, CHANNEL, RELATION, SEX, LEVEL, CALL, ANSWER, TEST].flatMap((words) => Object.values(words)).concat(UNITS);

export function question_label(question: Pick<Question, "label">): string {
  return label(question.label as Label);
}

export function value_words(question: Pick<Question, "type" | "choices" | "unit">, value: unknown, now: Date): string {
  if (value === null || value === undefined) return t("已答，不显示");
  if (question.type === "boolean") return value ? t("是") : t("否");
  if (question.type === "date") return date_words(String(value), now);
  if (question.type === "choice") return choice_word(question, String(value));
  if (question.type === "choices") return (value as string[]).map((code) => choice_word(question, code)).join(t("、"));
  return question.unit ? t("{n}{unit}", { n: String(value), unit: unit_word(question.unit) }) : String(value);
}

export function unit_word(unit: string): string {
  return UNITS.includes(unit) ? t(unit) : unit;
}

function choice_word(question: Pick<Question, "choices">, code: string): string {
  const found = question.choices?.find(([one]) => one === code);
  return found ? label({ "zh-Hans": found[1], en: found[2] }) : code;
}

/** 7月30日上门; 今天19:40电话 */
export function source_words(at: string, channel: string, now: Date): string {
  const day = day_words(at, now);
  const when = day === t("今天") ? moment_words(at, now) : day;
  return t("{when}{how}", { when, how: channel_word(channel) });
}
