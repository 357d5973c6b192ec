import { describe, expect, test } from "vitest";
import type { Answers, Door } from "../src/contract";
import type { OpView } from "../src/field";
import { found_view, view_of } from "../src/pack/views";
import { questions_of, questions_of_new } from "../src/rules/asks";
import { a_door, a_head } from "./server";

const NOW = new Date("2026-11-22T13:00:00Z");

function an_op(given: Partial<OpView> = {}): OpView {
  const body = { household: 1, channel: "door", outcome: "met" };
  const made_at = "2026-11-22T12:00:00Z";
  return { op_id: "o1", seq: 1, kind: "visit", door: 1, title: "", text: "", made_at, status: "waiting", body, ...given };
}

function due(state: "open" | "done" | "not_met" | "exempt", due_at = "2026-11-22T15:00:00Z") {
  return { round: 1, person: 0, state, due_at, reason: "", is_found: false };
}

describe("how a door stands", () => {
  const status = (targets: Door["targets"], ops: OpView[] = []) => view_of({ ...a_door(), targets }, ops, NOW).status;

  test("by what the server says of its targets and by the clock", () => {
    expect(status([due("open")])).toBe("open");
    expect(status([due("open", "2026-11-22T12:59:00Z")])).toBe("late");
    expect(status([due("not_met")])).toBe("not_met");
    expect(status([due("done")])).toBe("done");
    expect(status([due("exempt"), due("done")])).toBe("done");
    expect(status([due("exempt")])).toBe("exempt");
  });

  test("answered here, it waits for the receipt; tried in vain, it stays due", () => {
    expect(status([due("open", "2026-11-22T12:59:00Z")], [an_op()])).toBe("waiting");
    const nobody = an_op({ body: { household: 1, channel: "door", outcome: "nobody_home", back_at: "2026-11-22T14:00:00Z" } });
    expect(status([due("open")], [nobody])).toBe("not_met");
    expect(status([due("open", "2026-11-22T12:59:00Z")], [nobody])).toBe("late");
    expect(status([due("open")], [an_op({ kind: "dial" })])).toBe("open");
  });

  test("asked to leave the list here, it says so until the village has decided; for one person it does not", () => {
    const asked = (person?: number) => an_op({ kind: "exemption", body: { household: 1, reason: "vacant", note: "邻居说", person } });
    expect(view_of(a_door(), [asked()], NOW).door.is_asked_off).toBe(true);
    expect(view_of(a_door(), [asked(11)], NOW).door.is_asked_off).toBeUndefined();
    expect(view_of(a_door(), [asked()], NOW).status).toBe(view_of(a_door(), [], NOW).status);
  });

  test("shows the answers and people of what was done here, as if the server had sent them", () => {
    const body = {
      household: 1,
      channel: "door",
      outcome: "met",
      answers: { rooms: 4 },
      lines: [{ person: 11, presence: "away", away_place: "东莞", answers: { doses: 2 } }],
      members: [{ key: "k", name: "陈小军", presence: "seen" }],
    };
    const view = view_of(a_door(), [an_op({ body })], NOW, "王小红");
    expect(view.door.facts.rooms).toEqual([4, "2026-11-22T12:00:00Z", "door", "王小红"]);
    const [known, added] = view.door.people;
    expect([known!.presence?.slice(0, 3), known!.facts.doses?.[0]]).toEqual([["away", "2026-11-22T12:00:00Z", "东莞"], 2]);
    expect([added!.name, added!.key, added!.id < 0]).toEqual(["陈小军", "k", true]);
    expect([view.last?.mine, view.is_pending]).toEqual([true, true]);
    expect(a_door().facts).toEqual({});
  });

  test("a second visit names the member whom the first one brought", () => {
    const first = an_op({ body: { household: 1, channel: "door", outcome: "met", members: [{ key: "k", name: "陈小军", presence: "seen" }] } });
    const second = an_op({
      op_id: "o2",
      seq: 2,
      body: { household: 1, channel: "phone", outcome: "met", supersedes: "o1", lines: [{ person: "k", presence: "away" }] },
    });
    const { door, last } = view_of(a_door(), [second, first], NOW);
    expect(door.people[1]!.presence?.[0]).toBe("away");
    expect(door.attempts.map((one) => one.superseded)).toEqual([false, true]);
    expect(last?.visit).toBe("o2");
  });

  test("one that was found here is a door too", () => {
    const op = an_op({ kind: "household", door: -1, body: { area: 7, label: "车库", head_name: "向前", visit: { channel: "door", outcome: "met" } } });
    const round = { id: 1, title: "", short: "", department: "", number: 1, opens_at: "2026-11-22T00:00:00Z", due_at: "2026-11-22T15:00:00Z", purpose: "", base: "living" as const, proxy_allowed: true };
    const head = { ...a_head({ id: "k", spki: "" }), rounds: [round] };
    const view = found_view(op, [op], head, "h1", NOW);
    expect([view.door.id, view.door.head, view.found, view.status]).toEqual([-1, "向前", "o1", "waiting"]);
    const silent = { ...op, body: { area: 7, label: "车库" } };
    const before = found_view(silent, [silent], head, "h1", NOW);
    expect([before.status, before.rounds]).toEqual(["open", [1]]); // nobody has asked there yet
  });
});

describe("what is asked at a door", () => {
  const head = a_head({ id: "k", spki: "" });
  const nothing = { household: {}, people: {} };

  test("each question once, what is known is not asked, and conditions follow what is typed", () => {
    const asked = questions_of(a_door(), head, nothing);
    expect(asked.household.map((one) => [one.key, one.required, one.known])).toEqual([["rooms", true, null]]);
    const why = (doses: unknown) => questions_of(a_door(), head, { household: {}, people: { 11: { doses } } }).people.get(11)![1]!;
    expect([why(0).shown, why(0).required]).toEqual([true, true]);
    expect([why(1).shown, why(null).shown]).toEqual([false, false]);
  });

  test("an answer counts from the moment that the rounds say", () => {
    const fact = (at: string) => ({ ...a_door(), facts: { rooms: [3, at, "door", "王"] as [unknown, string, string, string] } });
    expect(questions_of(fact("2026-01-01T07:59:59+08:00"), head, nothing).household[0]!.known).toBe(null);
    expect(questions_of(fact("2026-01-01T08:00:00+08:00"), head, nothing).household[0]!.known?.[0]).toBe(3);
  });

  test("a known answer counts in conditions, and one typed now goes before it", () => {
    const door = a_door();
    door.people[0]!.facts = { doses: [0, "2026-06-01T00:00:00Z", "door", "王"] };
    const why = (typed: Answers) => questions_of(door, head, { household: {}, people: { 11: typed } }).people.get(11)![1]!.shown;
    expect([why({}), why({ doses: 3 })]).toEqual([true, false]);
  });

  test("somebody new is asked what the door's rounds ask of a person", () => {
    const sets = { ...head, asks: { h1: head.asks.a!, p1: head.asks.b! } };
    expect(questions_of_new({ ...a_door(), asks: "h1" }, sets, {}).map((one) => one.key)).toEqual(["doses", "why"]);
  });
});
