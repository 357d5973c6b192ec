/** A household that is not there, asked by two rounds that do not run. */

import type { Ask, Door, Head, Label, Person, Question, Target } from "../../contract";
import { t } from "../../i18n";

const DAY_MS = 86_400_000;
const AREA = 1;
export const PRACTICE_DOOR = 1;

function question(key: string, about: Question["about"], zh: string, en: string, more: Partial<Question> = {}): Question {
  const label: Label = { "zh-Hans": zh, en };
  return { key, version: 1, about, type: "boolean", privacy: "plain", label, proxy_allowed: true, ...more };
}

const QUESTIONS = [
  question("practice_guests", "household", "家里有外地回来的人吗", "Has anybody come back from elsewhere?"),
  question("practice_count", "household", "回来几个人", "How many came back?", { type: "integer", range: [1, 20] }),
  question("practice_help", "person", "要人帮忙买药、买菜吗", "Is help needed with medicine or food?"),
];

export function practice_head(now: Date): Head {
  const [yesterday, tomorrow] = [-DAY_MS, DAY_MS].map((by) => new Date(now.getTime() + by).toISOString()) as [string, string];
  const round = (id: number, title: string, department: string) => ({
    id, title, short: title, department, number: 1, opens_at: yesterday, due_at: tomorrow, purpose: "", base: "living" as const, proxy_allowed: true,
  });
  const ask = (key: string, rounds: number[], departments: string[], show_if = "true"): Ask => ({
    q: `${key}@1`, required: true, conditions: [[show_if, "true"]], rounds, departments, since: yesterday,
  });
  const [health, civil] = [t("卫健"), t("民政")];
  return {
    me: { user: 0, worker: null, name: t("您"), title: "", duty_phone: "", works_until: null },
    server_key: { id: "", spki: "" },
    areas: [{ id: AREA, parent: null, name: t("练习楼"), level: "building", order: 1, full_name: t("练习楼") }],
    chain: [],
    rounds: [round(1, t("练习表一"), health), round(2, t("练习表二"), civil)],
    asks: {
      household: [ask("practice_guests", [1, 2], [health, civil]), ask("practice_count", [1], [health], "practice_guests == true")],
      person: [ask("practice_help", [2], [civil])],
    },
    questions: Object.fromEntries(QUESTIONS.map((one) => [`${one.key}@1`, one])),
    rules: { attempts: 3, late_hour: "21:00", night: [22, 7], measures: [] },
  };
}

export function practice_door(now: Date): Door {
  const due_at = new Date(now.getTime() + DAY_MS).toISOString();
  const person = (id: number, name: string, relation: string, sex: string, birth_on: string): Person => ({
    id, name, initials: "", relation, sex, birth_on, id_masked: "", phone: null, registered: true, living: true, tonight: true,
    asks: "person", facts: {}, presence: null,
  });
  const target = (round: number, about: number): Target => ({ round, person: about, state: "open", due_at, reason: "", is_found: false });
  return {
    id: PRACTICE_DOOR, v: 0, area: AREA, label: t("1单元101"), unit: "1", floor: "1", room: "101", order: 1, kind: "family",
    head: t("练习甲"), is_unnamed: false, phone: null, expected: 3, targets: [0, 11, 12, 13].flatMap((about) => [target(1, about), target(2, about)]),
    asks: "household", facts: {},
    people: [
      person(11, t("练习甲"), "head", "male", "1961-03-05"),
      person(12, t("练习乙"), "spouse", "female", "1963-09-12"),
      person(13, t("练习丙"), "grandchild", "female", "2015-05-20"),
    ],
    attempts: [], conflicts: [],
  };
}
