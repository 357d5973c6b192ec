/** The outbox by the vectors that the simulator's phone passes too. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { counts, EMPTY, type Event, next_batch, type Outbox, pause, reduce, spread, unsettled } from "../src/outbox/reduce";

const vectors = JSON.parse(readFileSync(new URL("../../contract/vectors/outbox.json", import.meta.url), "utf-8"));
interface Case {
  about: string;
  events: Event[];
  state: Outbox;
  next: string[];
  counts: ReturnType<typeof counts>;
  unsettled?: string[];
}

test("it begins empty", () => expect(EMPTY).toEqual(vectors.empty));

test.each<Case>(vectors.cases)("$about", (one) => {
  const state = one.events.reduce(reduce, EMPTY);
  expect(state).toEqual(one.state);
  expect(next_batch(state)).toEqual(one.next);
  expect(counts(state)).toEqual(one.counts);
  if (one.unsettled) expect(unsettled(state)).toEqual(one.unsettled);
});

test.each<{ failures: number; retry_after: number | null; seconds: number }>(vectors.pauses)(
  "after $failures failures, told $retry_after: $seconds seconds",
  ({ failures, retry_after, seconds }) => expect(pause(failures, retry_after)).toBe(seconds),
);

test("of very many each is asked after in turn", () => {
  const ops = Array.from({ length: 150 }, (_, at) => ({ op_id: String(at), status: "held" }));
  const state = { ...EMPTY, ops } as unknown as Outbox;
  expect(unsettled(state).length).toBe(100);
  expect(new Set([...unsettled(state), ...unsettled(state, 100)]).size).toBe(150);
});

test("phones spread their tries, and none comes before it was told to", () => {
  expect([0, 0.5, 1].map((random) => spread(1, null, random))).toEqual([2.5, 5, 7.5]);
  expect([0, 1].map((random) => spread(1, 30, random))).toEqual([30, 45]);
});
