/** How doors and times are said: words/doors.ts, words/time.ts, and values of words/codes.ts. */

import { afterEach, describe, expect, test } from "vitest";
import type { Attempt, Door } from "../src/contract";
import type { DoorView } from "../src/field";
import { language } from "../src/i18n";
import { view_of } from "../src/pack/views";
import { value_words } from "../src/words/codes";
import { family_words, matches, next_door, number_of, place_words, staircases, status_words } from "../src/words/doors";
import { age_on, clock_words, date_words, day_words, moment_words, next_at } from "../src/words/time";
import { a_door, a_head } from "./server";

const NOW = new Date("2026-11-22T13:05:00Z"); // 21:05 at the county
const HEAD = a_head({ id: "k", spki: "" });
const DUE = { round: 1, person: 0, state: "open" as const, due_at: "2026-11-22T15:00:00Z", reason: "", is_found: false };

function a_view(given: Partial<Door> = {}): DoorView {
  return view_of({ ...a_door(), targets: [DUE], ...given }, [], NOW);
}
function a_try(given: Partial<Attempt> = {}): Attempt {
  return { visit: "v", channel: "door", outcome: "nobody_home", at: "2026-11-22T11:40:00Z", by: "王", mine: true, back_at: null, note: "", superseded: false, ...given };
}
const late = { ...DUE, due_at: "2026-11-22T11:00:00Z" };
const status = (given: Partial<Door> = {}, more: Partial<DoorView> = {}) => {
  const { kind, word, note } = status_words({ ...a_view(given), ...more }, NOW);
  return [kind, word, note];
};

afterEach(() => {
  language.value = "zh-Hans";
});

describe("the way from door to door", () => {
  test("a staircase is walked from the bottom up, and the next door is the next one owed, then round again", () => {
    const doors = [a_view({ id: 3, order: 30 }), a_view({ id: 1, order: 10 }), a_view({ id: 2, order: 20, targets: [] })];
    expect(staircases(doors, HEAD)[0]!.doors.map((one) => one.door.id)).toEqual([1, 2, 3]);
    expect([next_door(1, doors, HEAD)?.door.id, next_door(3, doors, HEAD)?.door.id]).toEqual([3, 1]);
    expect(next_door(1, [doors[1]!], HEAD)).toBe(null);
    expect(staircases(doors, HEAD)[0]).toMatchObject({ title: "3栋3单元", left: 2 });
  });

  test("buildings come in the order of their areas, staircases by number, doors of one order by number", () => {
    const area = (id: number, parent: number | null, order: number) => ({ id, parent, order, name: `${id}栋`, level: "building", full_name: "" });
    const head = { ...HEAD, areas: [area(5, null, 1), area(8, 5, 2), area(9, 5, 1)] };
    const doors = [
      a_view({ id: 1, area: 8, unit: "1" }), a_view({ id: 2, area: 9, unit: "10" }), a_view({ id: 3, area: 9, unit: "2", label: "10号" }), a_view({ id: 4, area: 9, unit: "2", label: "9号" }),
    ];
    const found = staircases(doors, head);
    expect(found.map((one) => one.title)).toEqual(["9栋2单元", "9栋10单元", "8栋1单元"]);
    expect(found[0]!.doors.map((one) => one.door.id)).toEqual([4, 3]);
  });

  test("the largest thing in a line is what stands on the door", () => {
    const number = (given: Partial<Door>) => number_of(a_view(given));
    expect([number({ room: "402" }), number({ room: "", unit: "1", label: "1402" }), number({ room: "", unit: "", label: "老学堂" })]).toEqual(["402", "402", "老学堂"]);
    expect(place_words(a_view({ label: "502" }), HEAD)).toBe("3栋502");
  });

  test("a family counts who lives there, a hostel all, a new door is called one", () => {
    const [one] = a_door().people;
    const people = [one!, { ...one!, id: 12, presence: ["moved", "", "", null, null] as never }];
    expect(family_words(a_view({ people }))).toBe("陈秀英家 1人");
    expect(family_words(a_view({ people, kind: "collective", head: "" }))).toBe("集体户 2人");
    expect(family_words(a_view({ people: [], is_unnamed: true, head: "" }))).toBe("新门，还没有登记");
    expect(family_words(a_view({ head: "" }))).toBe("陈秀英家 1人");
  });
});

describe("finding a door", () => {
  const [one] = a_door().people;
  const view = a_view({ label: "3单元502A", head: "Marie Chen", people: [{ ...one!, name: "陈秀英", initials: "cxy" }, { ...one!, id: 2, name: "Li Wei", initials: "LW" }] });

  test.each(["陈秀", "秀英", "cx", "CXY", "lw", "502", "502a", "marie", "li w", "  陈秀英 ", ""])("by %j", (text) => {
    expect(matches(view, text)).toBe(true);
  });
  test.each(["xy", "503", "王", "cxyz"])("not by %j", (text) => {
    expect(matches(view, text)).toBe(false);
  });
});

describe("what stands behind a door on the list", () => {
  test("open: until when; late and not met: what was tried", () => {
    expect(status()).toEqual(["open", "待排查", "今天23:00前"]);
    expect(status({ targets: [late] })).toEqual(["late", "逾期", "今天19:00前"]);
    expect(status({ targets: [late], attempts: [a_try()] })).toEqual(["late", "逾期", "19:40没人应门"]);
    expect(status({}, { status: "not_met", last: a_try() })).toEqual(["miss", "未见到", "19:40没人应门"]);
    expect(status({}, { status: "not_met", last: null })).toEqual(["miss", "未见到", "今天23:00前"]);
  });

  test("the evening's calls and knocks are counted; one that was taken back, or met somebody, is none", () => {
    const tried = (...attempts: Attempt[]) => status({ attempts }, { status: "not_met", last: attempts[0]! })[2];
    expect(tried(a_try(), a_try())).toBe("去过2次");
    expect(tried(a_try({ channel: "phone", outcome: "no_answer" }), a_try())).toBe("电话未接2次");
    expect(tried(a_try({ channel: "phone", outcome: "no_answer" }))).toBe("19:40电话未接");
    expect(tried(a_try(), a_try({ superseded: true }), a_try({ outcome: "met" }))).toBe("19:40没人应门");
    expect(tried(a_try({ at: "2026-11-21T11:40:00Z" }))).toBe("昨天没人应门");
    expect(tried(a_try({ outcome: "met" }))).toBe("今天23:00前");
  });

  test("when they said they would be home goes before it, until an hour later", () => {
    const back = (back_at: string) => status({ attempts: [a_try({ back_at })] }, { status: "not_met", last: a_try({ back_at }) })[2];
    expect(back("2026-11-22T13:30:00Z")).toBe("今天21:30后在家");
    expect(back("2026-11-22T12:06:00Z")).toBe("今天20:06后在家");
    expect(back("2026-11-22T12:05:00Z")).toBe("19:40没人应门");
  });

  test("waiting, done and exempt", () => {
    expect(status({}, { status: "waiting", last: a_try() })).toEqual(["send", "待传", "19:40"]);
    expect(status({}, { status: "waiting", last: null })[2]).toBe("");
    expect(status({}, { status: "done" })).toEqual(["done", "已排查", ""]);
    expect(status({}, { status: "exempt", last: a_try({ outcome: "vacant" }) })).toEqual(["off", "核减", "空置"]);
  });
});

describe("a door about which two records differ", () => {
  const conflicts = [{ question: "rooms", person: 0, values: [] }];

  test("is not plainly done: the village has yet to say which stands", () => {
    expect(status({ conflicts }, { status: "done" })).toEqual(["hold", "两处不一致", ""]);
  });

  test("what is still to be done there goes first", () => {
    expect(status({ conflicts, targets: [late] })[0]).toBe("late");
    expect(status({ conflicts })[0]).toBe("open");
  });
});

describe("times", () => {
  test("the small hours are 次日 in the evening, and an hour that has passed is tomorrow's", () => {
    const days = ["2026-11-22T17:30:00Z", "2026-11-23T02:00:00Z", "2026-11-22T01:00:00Z"].map((at) => day_words(at, NOW));
    expect(days).toEqual(["次日", "明天", "今天"]);
    expect([next_at(19, 30, NOW), next_at(21, 30, NOW)]).toEqual(["2026-11-23T11:30:00.000Z", "2026-11-22T13:30:00.000Z"]);
    const noon = new Date("2026-11-22T04:00:00Z");
    expect([day_words("2026-11-22T17:30:00Z", noon), day_words("2026-11-22T21:59:00Z", NOW), day_words("2026-11-22T22:00:00Z", NOW)]).toEqual(["明天", "次日", "明天"]);
  });

  test("are the county's, whatever day it is elsewhere", () => {
    expect(moment_words("2026-11-22T15:59:00Z", NOW)).toBe("今天23:59");
    expect(moment_words("2026-11-22T16:05:00Z", NOW)).toBe("次日0:05");
    expect(moment_words("2026-11-21T15:59:00Z", NOW)).toBe("昨天23:59");
    expect(moment_words("2026-11-20T15:59:00Z", NOW)).toBe("11月20日23:59");
    expect(moment_words("2025-12-31T16:00:00Z", NOW)).toBe("1月1日0:00");
    expect(moment_words("2025-12-31T15:59:00Z", NOW)).toBe("2025年12月31日23:59");
    expect(clock_words("2026-11-22T01:05:00Z")).toBe("9:05");
    expect(["2026-08-05", "2025-08-05", "不详"].map((day) => date_words(day, NOW))).toEqual(["8月5日", "2025年8月5日", "不详"]);
  });

  test.each([
    ["2000-11-22", 26], // today
    ["2000-11-23", 25],
    ["2000-12-01", 25],
    ["2000-10-30", 26],
    ["2026-11-22", 0],
    [null, null],
  ])("born on %s: %s", (birth_on, age) => {
    expect(age_on(birth_on, NOW)).toBe(age);
  });

  test("a birthday begins at the county's midnight", () => {
    expect(age_on("2000-11-23", new Date("2026-11-22T15:59:59Z"))).toBe(25);
    expect(age_on("2000-11-23", new Date("2026-11-22T16:00:00Z"))).toBe(26);
  });
});

describe("in English", () => {
  test("a date is 16 Aug, never two bare numbers", () => {
    language.value = "en";
    expect(["2026-08-16", "2026-01-02", "2026-12-31", "2027-01-02"].map((day) => date_words(day, NOW))).toEqual(["16 Aug", "2 Jan", "31 Dec", "2 Jan 2027"]);
    expect(moment_words("2026-08-16T01:05:00Z", NOW)).toBe("16 Aug 9:05");
  });

  test("what is counted is said in English; a unit that only this county knows stays as it was written", () => {
    const said = (unit: string | undefined, type: "integer" | "decimal" = "integer") => value_words({ type, unit }, 3, NOW);
    expect([said("人"), said("针"), said(undefined), said("℃", "decimal"), said("畦")]).toEqual(["3人", "3针", "3", "3℃", "3畦"]);
    language.value = "en";
    expect([said("人"), said("针"), said(undefined), said("℃", "decimal"), said("畦")]).toEqual(["3 people", "3 doses", "3", "3 ℃", "3 畦"]);
  });
});
