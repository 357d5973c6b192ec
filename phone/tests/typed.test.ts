/** What is typed at a door: each button is one rule of screens/door/typed.ts. */

import { describe, expect, test } from "vitest";
import type { Ask, Door, Head, Person, Question, VisitBody } from "../src/contract";
import type { DoorView } from "../src/field";
import { view_of } from "../src/pack/views";
import * as typing from "../src/screens/door/typed";
import { answer, all_home, as_last, body_of, completes, empty, missing, put_now, set_presence } from "../src/screens/door/typed";
import { a_door, a_head } from "./server";

const NOW = new Date("2026-11-22T13:05:00Z"); // 21:05 at the county
const SINCE = "2026-11-20T00:00:00Z"; // an answer from then on is known
const OLD = "2026-11-01T00:00:00Z";
const TODAY = "2026-11-22T10:00:00Z";
const HEAD = a_head_of_two_rounds();
const [QIN, BO] = [11, 12];

/** Round 1 (since this morning) wants rooms and doses, round 2 (since yesterday) rooms, animals and fever. */
function a_head_of_two_rounds(): Head {
  const question = (key: string, about: Question["about"], type: Question["type"], more: Partial<Question> = {}): Question => ({
    key, version: 1, about, type, privacy: "plain", proxy_allowed: true, label: { "zh-Hans": key, en: key }, ...more,
  });
  const ask = (key: string, rounds: number[], required: boolean, conditions: Ask["conditions"] = [["", ""]]): Ask => ({
    q: `${key}@1`, required, conditions, rounds, departments: [], since: SINCE,
  });
  const round = (id: number, opens_at: string) => ({
    id, title: "", short: "", department: "", number: 1, opens_at, due_at: "2026-11-22T15:00:00Z", purpose: "", base: "registered" as const, proxy_allowed: true,
  });
  const all = [
    question("rooms", "household", "integer", { range: [1, 20] }),
    question("animals", "household", "choices", { choices: [["none", "没有", "none"], ["dog", "狗", "dog"], ["hen", "鸡", "hen"]], exclusive: ["none"] }),
    question("doses", "person", "integer"),
    question("why", "person", "text"),
    question("fever", "person", "boolean"),
  ];
  return {
    ...a_head({ id: "k", spki: "" }),
    rounds: [round(1, "2026-11-22T00:00:00Z"), round(2, "2026-11-21T00:00:00Z")],
    asks: {
      "h1.2": [ask("rooms", [1, 2], true), ask("animals", [2], false)],
      "p1.2": [ask("doses", [1], true), ask("why", [1], false, [["doses == 0", "doses == 0"]]), ask("fever", [2], true)],
    },
    questions: Object.fromEntries(all.map((one) => [`${one.key}@1`, one])),
  };
}

function a_person(id: number, given: Partial<Person> = {}): Person {
  return { ...a_door().people[0]!, id, name: `${id}`, asks: "p1.2", ...given };
}

function a_view(given: Partial<Door> = {}, people = [a_person(QIN), a_person(BO)]): DoorView {
  const target = (round: number) => ({ round, person: 0, state: "open" as const, due_at: "2026-11-22T15:00:00Z", reason: "", is_found: false });
  return view_of({ ...a_door(), asks: "h1.2", targets: [target(1), target(2)], people, ...given }, [], NOW);
}

/** Both at home and everything answered. */
function answered(view: DoorView) {
  const typed = empty();
  all_home(view, typed);
  answer(typed, 0, "rooms", 3);
  for (const who of [QIN, BO]) {
    answer(typed, who, "doses", 2);
    answer(typed, who, "fever", false);
  }
  return typed;
}

const keys = (view: DoorView, typed: typing.Typed) => put_now(view, HEAD, typed).map((put) => [put.key, put.subjects.map((one) => one.who)]);

describe("the one list of questions", () => {
  test("puts each question once: the household's first, then each to all of its people", () => {
    expect(keys(a_view(), empty())).toEqual([["rooms", [0]], ["animals", [0]], ["doses", [QIN, BO]], ["fever", [QIN, BO]]]);
  });

  test("asks nobody who is away, has refused or was not met, nor who is not said while others are", () => {
    for (const presence of ["away", "refused", "not_met", "moved", "dead"]) {
      const typed = empty();
      set_presence(typed, QIN, presence);
      expect(keys(a_view(), typed), presence).toEqual([["rooms", [0]], ["animals", [0]]]);
    }
    const typed = empty();
    set_presence(typed, QIN, "answered_for");
    expect(keys(a_view(), typed).at(-1)).toEqual(["fever", [QIN]]);
  });

  test("follows a condition with each answer, of each person alone", () => {
    const [view, typed] = [a_view(), empty()];
    all_home(view, typed);
    answer(typed, BO, "doses", 0);
    expect(keys(view, typed)).toContainEqual(["why", [BO]]);
    expect(missing(view, HEAD, typed)).toContainEqual({ who: BO, key: "why" });
    answer(typed, BO, "doses", 1);
    expect(keys(view, typed).map(([key]) => key)).not.toContain("why");
  });

  test("what is known is not put but listed, until somebody says that it has changed", () => {
    const view = a_view({ facts: { rooms: [4, TODAY, "door", "王"] } }, [a_person(QIN, { facts: { fever: [false, TODAY, "phone", "王"] } })]);
    const known = (typed: typing.Typed) => typing.known_now(view, HEAD, typed).map(({ who, ask }) => [who, ask.key]);
    const typed = empty();
    expect(known(typed)).toEqual([[0, "rooms"], [QIN, "fever"]]);
    expect(keys(view, typed).map(([key]) => key)).toEqual(["animals", "doses"]);
    typed.opened.push("0.rooms");
    expect(known(typed)).toEqual([[QIN, "fever"]]);
    expect(keys(view, typed).map(([key]) => key)).toContain("rooms");
    expect(missing(view, HEAD, typed)).not.toContainEqual({ who: 0, key: "rooms" }); // what is known stays known
  });

  test("a known answer to what is no longer asked is not listed", () => {
    const facts = { why: ["路远", TODAY, "door", "王"] as [unknown, string, string, string] };
    const view = a_view({}, [a_person(QIN, { facts })]);
    const typed = empty();
    expect(typing.known_now(view, HEAD, typed)).toEqual([]);
    answer(typed, QIN, "doses", 0);
    expect(typing.known_now(view, HEAD, typed).map(({ ask }) => ask.key)).toEqual(["why"]);
  });
});

describe("which rounds a visit completes", () => {
  test("names those with nothing required left, and only those", () => {
    const [view, typed] = [a_view(), answered(a_view())];
    expect(completes(view, HEAD, typed)).toEqual([1, 2]);
    answer(typed, BO, "fever", undefined);
    expect(completes(view, HEAD, typed)).toEqual([1]);
    answer(typed, BO, "fever", true);
    answer(typed, 0, "rooms", undefined); // wanted by both
    expect(completes(view, HEAD, typed)).toEqual([]);
  });

  test("what need not be answered holds up none", () => {
    expect(answered(a_view()).household).not.toHaveProperty("animals");
    expect(completes(a_view(), HEAD, answered(a_view()))).toEqual([1, 2]);
  });

  test("none while one person is not said or was not met, new people too", () => {
    const view = a_view();
    for (const change of [(t: typing.Typed) => delete t.lines[BO], (t: typing.Typed) => (t.lines[BO] = { presence: "not_met" }), (t: typing.Typed) => t.members.push(a_member("k"))]) {
      const typed = answered(view);
      change(typed);
      expect(completes(view, HEAD, typed)).toEqual([]);
    }
  });

  test("who is away is settled and owes no answer", () => {
    const typed = answered(a_view());
    typed.people[BO] = {};
    typed.lines[BO] = { presence: "away" };
    expect(completes(a_view(), HEAD, typed)).toEqual([1, 2]);
  });

  test("where all are away nobody is left to ask, for the household neither", () => {
    const typed = empty();
    for (const who of [QIN, BO]) typed.lines[who] = { presence: "away" };
    expect([missing(a_view(), HEAD, typed), completes(a_view(), HEAD, typed)]).toEqual([[], [1, 2]]);
    delete typed.lines[BO];
    expect(missing(a_view(), HEAD, typed)).toContainEqual({ who: 0, key: "rooms" });
  });

  test("none while somebody refuses; one that takes no proxy while somebody was only answered for", () => {
    const typed = answered(a_view());
    typed.lines[BO] = { presence: "refused" };
    expect(completes(a_view(), HEAD, typed)).toEqual([]);
    const strict = { ...HEAD, rounds: HEAD.rounds.map((round) => ({ ...round, proxy_allowed: round.id !== 1 })) };
    typed.lines[BO] = { presence: "answered_for" };
    expect([completes(a_view(), HEAD, typed), completes(a_view(), strict, typed)]).toEqual([[1, 2], [2]]);
  });

  test("only rounds that are due here", () => {
    const view = a_view({ targets: [{ ...a_view().door.targets[1]! }] });
    expect(completes(view, HEAD, answered(view))).toEqual([2]);
  });

  test("who was met earlier in all the rounds that are due stays settled", () => {
    const met = (at: string, code = "seen") => a_view({}, [a_person(QIN), a_person(BO, { presence: [code, at, "", null, null] })]);
    const earlier = (at: string) => typing.earlier(met(at), HEAD, BO);
    expect([earlier(TODAY), earlier("2026-11-21T12:00:00Z")]).toEqual(["seen", undefined]); // before round 1 opened
    expect(typing.earlier(met("2026-11-22T00:00:00Z"), HEAD, BO)).toBe("seen");
    expect(typing.earlier({ ...met(TODAY), rounds: [] }, HEAD, BO)).toBe(undefined);
    expect(typing.earlier({ ...met("2026-11-21T12:00:00Z"), rounds: [2] }, HEAD, BO)).toBe("seen");
    const settles = (view: DoorView) => {
      const typed = answered(view);
      delete typed.lines[BO];
      return completes(view, HEAD, typed);
    };
    expect([settles(met(TODAY)), settles(met(OLD)), settles(met(TODAY, "not_met"))]).toEqual([[1, 2], [], []]);
  });
});

describe("answers that are none", () => {
  const faults = (change: (typed: typing.Typed) => void) => {
    const typed = answered(a_view());
    change(typed);
    return typing.faults(a_view(), HEAD, typed);
  };

  test("没有 stands alone", () => {
    expect(faults((typed) => answer(typed, 0, "animals", ["none", "dog"]))).toEqual([{ who: 0, key: "animals" }]);
    expect(faults((typed) => answer(typed, 0, "animals", ["none"]))).toEqual([]);
    expect(faults((typed) => answer(typed, 0, "animals", ["dog", "hen"]))).toEqual([]);
  });

  test("are found in the household and in each person", () => {
    expect(faults((typed) => answer(typed, 0, "rooms", 21))).toEqual([{ who: 0, key: "rooms" }]);
    expect(faults((typed) => answer(typed, BO, "doses", "两针"))).toEqual([{ who: BO, key: "doses" }]);
    expect(faults(() => {})).toEqual([]);
  });

  test("are no fault where they are not asked: of somebody away, behind a condition", () => {
    expect(faults((typed) => { answer(typed, BO, "doses", "两针"); set_presence(typed, BO, "away"); })).toEqual([]);
    expect(faults((typed) => answer(typed, BO, "why", ""))).toEqual([]);
  });
});

describe("同上次", () => {
  const before = (given: Partial<Person>) => a_view({}, [a_person(QIN, given), a_person(BO)]);

  test("takes how each was met, and says that it was not asked anew", () => {
    const [view, typed] = [before({ presence: ["away", OLD, "东莞", "2026-12-01", null] }), empty()];
    as_last(view, HEAD, typed);
    expect(typed.lines).toEqual({ [QIN]: { presence: "away", away_place: "东莞", back_on: "2026-12-01" } });
    expect(typed.as_before).toEqual([`${QIN}.presence`]);
    as_last(view, HEAD, typed);
    expect(typed.as_before).toEqual([`${QIN}.presence`]);
    expect(typing.has_last(view)).toBe(true);
  });

  test("not met is nothing to repeat", () => {
    const [view, typed] = [before({ presence: ["not_met", OLD, "", null, null] }), empty()];
    as_last(view, HEAD, typed);
    expect([typed.lines, typing.has_last(view)]).toEqual([{}, false]);
  });

  test("copies old answers, but none that is known, not told, typed already, or no answer any more", () => {
    const fact = (value: unknown, at = OLD): [unknown, string, string, string] => [value, at, "door", "王"];
    const view = a_view({ facts: { rooms: fact(4), animals: fact(["cow"]) } }, [
      a_person(QIN, { facts: { doses: fact(2), fever: fact(true, TODAY), why: fact(null) } }),
      a_person(BO, { facts: { doses: fact(1) } }),
    ]);
    const typed = empty();
    answer(typed, BO, "doses", 3);
    as_last(view, HEAD, typed);
    expect([typed.household, typed.people]).toEqual([{ rooms: 4 }, { [QIN]: { doses: 2 }, [BO]: { doses: 3 } }]);
    expect(typed.as_before).toEqual(["0.rooms", `${QIN}.doses`]);
    as_last(view, HEAD, typed);
    expect(typed.as_before).toEqual(["0.rooms", `${QIN}.doses`]);
  });

  test("what is typed afterwards is asked anew", () => {
    const view = a_view({ facts: { rooms: [4, OLD, "door", "王"] } }, [a_person(QIN, { presence: ["seen", OLD, "", null, null] })]);
    const typed = empty();
    as_last(view, HEAD, typed);
    answer(typed, 0, "rooms", 5);
    set_presence(typed, QIN, "away");
    expect(typed.as_before).toEqual([]);
  });

  test("who answered for whom is repeated, and a household's fact alone is something to repeat", () => {
    const typed = empty();
    as_last(before({ presence: ["answered_for", OLD, "", null, BO] }), HEAD, typed);
    expect(typed.lines[QIN]).toEqual({ presence: "answered_for", answered_by: BO });
    expect([typing.has_last(a_view()), typing.has_last(a_view({ facts: { rooms: [4, OLD, "door", "王"] } }))]).toEqual([false, true]);
  });
});

function a_member(key: string): typing.New {
  return { key, name: "陈小军", relation: "child", sex: "male", birth_on: "", phone: "", id_number: "", registered: true };
}

describe("the visit that is sent", () => {
  test("somebody new is asked the person's questions of this door, and goes by the own key", () => {
    const [view, typed] = [a_view(), empty()];
    typed.members.push(a_member("k1"));
    expect(keys(view, typed).find(([key]) => key === "doses")).toEqual(["doses", [QIN, BO, "k1"]]);
    all_home(view, typed);
    expect(typing.everybody(view, typed)).toEqual([QIN, BO, "k1"]);
    answer(typed, "k1", "doses", 2);
    expect(body_of(view, HEAD, typed).members).toEqual([
      { key: "k1", name: "陈小军", relation: "child", sex: "male", registered: true, presence: "seen", answers: { doses: 2 } },
    ]);
    set_presence(typed, "k1", "away");
    typed.lines.k1!.away_place = "东莞";
    expect(body_of(view, HEAD, typed).members![0]).toMatchObject({ presence: "away", away_place: "东莞" });
    expect(body_of(view, HEAD, typed).members![0]).not.toHaveProperty("answers");
  });

  test("somebody new of whom nothing more is said was there; without any there is no list", () => {
    const typed = empty();
    expect(body_of(a_view(), HEAD, typed)).not.toHaveProperty("members");
    typed.members.push(a_member("k1"));
    expect(body_of(a_view(), HEAD, typed).members![0]!.presence).toBe("seen");
  });

  test("who was new at an earlier visit and is in no pack yet is named by the key", () => {
    const view = a_view({}, [a_person(-1001, { key: "k0", asks: "" }), a_person(BO)]);
    const typed = empty();
    all_home(view, typed);
    expect(body_of(view, HEAD, typed).lines!.map((one) => one.person)).toEqual(["k0", BO]);
  });

  test("carries no answer of who is away, and none whose question is gone", () => {
    const typed = answered(a_view());
    answer(typed, QIN, "why", "路远"); // shown only with no dose
    set_presence(typed, BO, "away");
    expect(body_of(a_view(), HEAD, typed).lines).toEqual([
      { person: QIN, presence: "seen", answers: { doses: 2, fever: false } },
      { person: BO, presence: "away" },
    ]);
  });

  test("says as a whole what all said: refused, away, else met", () => {
    const outcome = (...presences: string[]) => {
      const typed = empty();
      presences.forEach((presence, at) => set_presence(typed, [QIN, BO][at]!, presence));
      return body_of(a_view(), HEAD, typed).outcome;
    };
    expect(outcome("refused", "refused")).toBe("refused");
    expect(outcome("away", "away")).toBe("absent");
    expect([outcome("refused", "away"), outcome("seen", "refused"), outcome()]).toEqual(["met", "met", "met"]);
  });

  test("a door that was found here is named by the operation that brought it", () => {
    expect(body_of({ ...a_view(), found: "op-1" }, HEAD, empty()).household).toBe("op-1");
    expect(body_of(a_view(), HEAD, empty())).toEqual({ household: 1, channel: "door", outcome: "met", lines: [] });
  });

  test("with its note, trimmed, and what was taken over", () => {
    const typed = { ...empty(), note: " 狗凶 ", as_before: ["0.rooms"] };
    expect(body_of(a_view(), HEAD, typed)).toMatchObject({ note: "狗凶", as_before: ["0.rooms"] });
  });
});

describe("a correction", () => {
  const BEFORE: VisitBody = {
    household: 1,
    channel: "phone",
    outcome: "met",
    note: "侧门",
    answers: { rooms: 4 },
    lines: [
      { person: QIN, presence: "seen", answers: { doses: 1 } },
      { person: BO, presence: "answered_for", answered_by: QIN },
      { person: 99, presence: "moved" },
    ],
  };

  test("begins with what was said, and asks it all again though it is known by now", () => {
    const view = a_view({ facts: { rooms: [4, TODAY, "phone", "王"] } });
    const typed = typing.corrected(view, "v1", BEFORE);
    expect([typed.corrects, typed.channel, typed.note]).toEqual(["v1", "phone", "侧门"]);
    expect(typed.lines).toEqual({ [QIN]: { presence: "seen" }, [BO]: { presence: "answered_for", answered_by: QIN } });
    expect([typed.household, typed.people]).toEqual([{ rooms: 4 }, { [QIN]: { doses: 1 } }]);
    expect(keys(view, typed).map(([key]) => key)).toContain("rooms");
    expect(typing.known_now(view, HEAD, typed)).toEqual([]);
  });

  test("takes the earlier one's place, and whoever left the roster since keeps the line", () => {
    const body = body_of(a_view(), HEAD, typing.corrected(a_view(), "v1", BEFORE), BEFORE);
    expect(body.supersedes).toBe("v1");
    expect(body.lines!.map((one) => [one.person, one.presence])).toEqual([[99, "moved"], [QIN, "seen"], [BO, "answered_for"]]);
    expect(body_of(a_view(), HEAD, empty())).not.toHaveProperty("supersedes");
  });

  test("whose words are gone from this phone begins with how each was met", () => {
    const view = a_view({}, [a_person(QIN, { presence: ["away", TODAY, "东莞", "2026-12-01", null] }), a_person(BO)]);
    const typed = typing.corrected(view, "v1", null);
    expect(typed.lines).toEqual({ [QIN]: { presence: "away", away_place: "东莞", back_on: "2026-12-01" } });
    expect(typed.channel).toBe("door");
    expect(typing.corrected(view, "v1", { ...BEFORE, lines: [] }).lines).toEqual({});
  });

  test("finds who was new by the key, and names nobody by key as who answered", () => {
    const view = a_view({}, [a_person(-1001, { key: "k0" })]);
    const before = { ...BEFORE, channel: "desk", lines: [{ person: "k0", presence: "answered_for", answered_by: "k9" }] };
    const typed = typing.corrected(view, "v1", before);
    expect([typed.lines, typed.channel]).toEqual([{ "-1001": { presence: "answered_for" } }, "door"]);
  });
});

describe("who lives here", () => {
  test("the moved and the dead need no tap", () => {
    const gone = (code: string) => a_person(13, { presence: [code, OLD, "", null, null] });
    const view = a_view({}, [a_person(QIN), gone("moved"), { ...gone("dead"), id: 14 }, { ...gone("away"), id: 15 }]);
    const typed = empty();
    all_home(view, typed);
    expect([typing.roster(view).map((one) => one.id), typed.lines]).toEqual([[QIN, 15], { [QIN]: { presence: "seen" }, 15: { presence: "seen" } }]);
  });

  test("the same tap again takes it back", () => {
    const typed = empty();
    set_presence(typed, QIN, "seen");
    set_presence(typed, QIN, "away");
    expect(typed.lines[QIN]).toEqual({ presence: "away" });
    set_presence(typed, QIN, "away");
    expect(typed.lines).toEqual({});
  });

  test("a draft is empty until something of it would be lost", () => {
    const draft = (change: (typed: typing.Typed) => unknown) => {
      const typed = empty();
      change(typed);
      return typing.is_empty(typed);
    };
    expect(draft(() => {})).toBe(true);
    expect(draft((typed) => { answer(typed, QIN, "doses", 1); answer(typed, QIN, "doses", undefined); })).toBe(true);
    for (const change of [
      (typed: typing.Typed) => set_presence(typed, QIN, "seen"),
      (typed: typing.Typed) => answer(typed, 0, "rooms", 3),
      (typed: typing.Typed) => answer(typed, QIN, "doses", 0),
      (typed: typing.Typed) => typed.members.push(a_member("k")),
      (typed: typing.Typed) => (typed.note = "狗凶"),
    ]) expect(draft(change)).toBe(false);
  });
});
