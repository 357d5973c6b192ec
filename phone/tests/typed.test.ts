import { describe, expect, test } from "vitest";
import type { DoorView } from "../src/field";
import { view_of } from "../src/pack/views";
import { all_home, as_last, body_of, completes, empty, missing } from "../src/screens/door/typed";
import { next_door, staircases } from "../src/words/doors";
import { day_words, next_at } from "../src/words/time";
import { a_door, a_head } from "./server";

const NOW = new Date("2026-11-22T13:05:00Z"); // 21:05 at the county
const HEAD = a_head({ id: "k", spki: "" });

function a_view(given: Partial<DoorView["door"]> = {}): DoorView {
  const targets = [{ round: 1, person: 0, state: "open" as const, due_at: "2026-11-22T15:00:00Z", reason: "", is_found: false }];
  return view_of({ ...a_door(), targets, ...given }, [], NOW);
}

test("a staircase is walked from the bottom up, and the next door is the next one owed, then round again", () => {
  const doors = [a_view({ id: 3, order: 30 }), a_view({ id: 1, order: 10 }), a_view({ id: 2, order: 20, targets: [] })];
  expect(staircases(doors, HEAD)[0]!.doors.map((one) => one.door.id)).toEqual([1, 2, 3]);
  expect([next_door(1, doors, HEAD)?.door.id, next_door(3, doors, HEAD)?.door.id]).toEqual([3, 1]);
  expect(next_door(1, [doors[1]!], HEAD)).toBe(null);
});

test("the small hours are 次日 in the evening, and an hour that has passed is tomorrow's", () => {
  const days = ["2026-11-22T17:30:00Z", "2026-11-23T02:00:00Z", "2026-11-22T01:00:00Z"].map((at) => day_words(at, NOW));
  expect(days).toEqual(["次日", "明天", "今天"]);
  expect([next_at(19, 30, NOW), next_at(21, 30, NOW)]).toEqual(["2026-11-23T11:30:00.000Z", "2026-11-22T13:30:00.000Z"]);
});

describe("what is typed at a door", () => {
  test("completes nothing while somebody is not said or something required is not answered", () => {
    const [view, typed] = [a_view(), empty()];
    expect(completes(view, HEAD, typed)).toEqual([]);
    all_home(view, typed);
    expect(missing(view, HEAD, typed)).toContainEqual({ who: 0, key: "rooms" });
    expect(completes(view, HEAD, typed)).toEqual([]);
  });

  test("同上次 never copies an answer that is not told, and a correction keeps the line of who left", () => {
    const [view, typed] = [a_view({ facts: { rooms: [null, "2025-01-01T00:00:00Z", "door", "王"] } }), empty()];
    as_last(view, HEAD, typed);
    expect([typed.household, typed.as_before]).toEqual([{}, []]);
    all_home(view, typed);
    const before = { household: 1, channel: "door", outcome: "met", lines: [{ person: 99, presence: "moved" }] };
    expect(body_of(view, HEAD, typed, before).lines?.map((one) => one.person)).toContain(99);
  });
});
