/** Doors in the order in which one walks, and what stands in a line about one. Pure. */

import type { Area, Head } from "../contract";
import type { DoorView } from "../field";
import { t } from "../i18n";
import { outcome_word } from "./codes";
import { clock_words, day_words, moment_words } from "./time";

export interface Staircase {
  key: string;
  area: number; // what the filter is by: the building, the group
  title: string; // 3栋2单元, 1组
  doors: DoorView[];
  left: number; // doors where somebody has to go
}

export const TO_DO: ReadonlySet<DoorView["status"]> = new Set(["open", "late", "not_met"]);

/** Staircase by staircase in the order of the areas, in each from the bottom up. */
export function staircases(doors: Iterable<DoorView>, head: Head | null): Staircase[] {
  const areas = new Map(head?.areas.map((area) => [area.id, area]));
  const found = new Map<string, Staircase>();
  for (const view of doors) {
    const { area, unit } = view.door;
    const key = `${area}/${unit}`;
    let stairs = found.get(key);
    if (!stairs) {
      stairs = { key, area, title: (areas.get(area)?.name ?? "") + unit_words(unit), doors: [], left: 0 };
      found.set(key, stairs);
    }
    stairs.doors.push(view);
    if (TO_DO.has(view.status)) stairs.left += 1;
  }
  const place = (stairs: Staircase) => place_of(areas, stairs.area);
  const sorted = [...found.values()].sort(
    (one, other) => compare(place(one), place(other)) || by_number(one.title, other.title),
  );
  for (const stairs of sorted) {
    stairs.doors.sort((one, other) => one.door.order - other.door.order || by_number(one.door.label, other.door.label));
  }
  return sorted;
}

/** Where to go next after a door: the next in walking order where something is owed, then round again. */
export function next_door(after: number, doors: Iterable<DoorView>, head: Head | null): DoorView | null {
  const all = staircases(doors, head).flatMap((stairs) => stairs.doors);
  const at = all.findIndex((one) => one.door.id === after);
  const in_turn = [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0))];
  return in_turn.find((one) => TO_DO.has(one.status)) ?? null;
}

function place_of(areas: Map<number, Area>, id: number): number[] {
  const place: number[] = [];
  for (let area = areas.get(id); area; area = area.parent === null ? undefined : areas.get(area.parent)) {
    place.unshift(area.order, area.id);
  }
  return place;
}

function compare(one: number[], other: number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? -1) - (other[at] ?? -1);
    if (difference) return difference;
  }
  return 0;
}

const NUMBERS = new Intl.Collator("zh-Hans", { numeric: true }); // made once: it is asked thousands of times a list
function by_number(one: string, other: string): number {
  return NUMBERS.compare(one, other);
}

function unit_words(unit: string): string {
  return /^\d+$/.test(unit) ? t("{unit}单元", { unit }) : unit;
}

/** The largest thing in a line: 402 of 1单元402, 12号, 老学堂. */
export function number_of(view: DoorView): string {
  const { room, label, unit } = view.door;
  return room || (unit && label.startsWith(unit) ? label.slice(unit.length) : label);
}

export function place_words(view: DoorView, head: Head | null): string {
  const area = head?.areas.find((one) => one.id === view.door.area)?.name ?? "";
  return area + view.door.label;
}

export function family_words(view: DoorView): string {
  const { door } = view;
  if (door.is_unnamed && !door.people.length) return t("新门，还没有登记");
  if (door.kind === "collective") return t("{name} {n}人", { name: door.head || t("集体户"), n: door.people.length });
  const name = door.head || door.people[0]?.name || "";
  return t("{name}家 {n}人", { name, n: door.people.filter((one) => !GONE.has(one.presence?.[0] ?? "")).length });
}

const GONE = new Set(["moved", "dead"]);

export interface Status {
  kind: "done" | "open" | "miss" | "off" | "late" | "hold" | "send";
  word: string;
  note: string; // the second line: since when, or what was tried
}

export function status_words(view: DoorView, now: Date): Status {
  const knocks = view.door.attempts.filter((one) => !one.superseded && one.outcome !== "met");
  switch (view.status) {
    case "late":
      return { kind: "late", word: t("逾期"), note: tried_words(view, knocks.length, now) };
    case "not_met":
      return { kind: "miss", word: t("未见到"), note: tried_words(view, knocks.length, now) };
    case "waiting":
      return { kind: "send", word: t("待传"), note: view.last ? clock_words(view.last.at) : "" };
    case "done":
      // Nobody needs to go there, but it is not settled until the village has said which record stands.
      if (view.door.conflicts.length) return { kind: "hold", word: t("两处不一致"), note: "" };
      return { kind: "done", word: t("已排查"), note: "" };
    case "exempt":
      return { kind: "off", word: t("核减"), note: view.last ? outcome_word(view.last.outcome) : "" };
    default:
      return { kind: "open", word: t("待排查"), note: due_words(view, now) };
  }
}

function tried_words(view: DoorView, count: number, now: Date): string {
  const last = view.last;
  if (!last || last.outcome === "met") return due_words(view, now);
  if (last.back_at && Date.parse(last.back_at) > now.getTime() - 3_600_000) {
    return t("{time}后在家", { time: moment_words(last.back_at, now) });
  }
  const word = last.channel === "phone" ? t("电话未接") : outcome_word(last.outcome);
  if (count > 1) return last.channel === "phone" ? t("电话未接{n}次", { n: count }) : t("去过{n}次", { n: count });
  const day = day_words(last.at, now);
  return t("{when}{how}", { when: day === t("今天") ? clock_words(last.at) : day, how: word });
}

function due_words(view: DoorView, now: Date): string {
  return view.due_at ? t("{time}前", { time: moment_words(view.due_at, now) }) : "";
}

/** By name, pinyin initials, or number of the door. */
export function matches(view: DoorView, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return true;
  const { door } = view;
  const has = (words: string) => words.toLowerCase().includes(wanted);
  return has(door.label) || has(door.head) || door.people.some((one) => has(one.name) || one.initials.toLowerCase().startsWith(wanted));
}
