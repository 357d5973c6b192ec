import { expect, test, vi } from "vitest";
import { in_turn } from "../src/sync/turn";
import { Phone } from "./phone";
import { Server } from "./server";

/** A browser without Web Locks: the turn is written into the store. */
test("without Web Locks one tab has the turn, and a tab that died holds nobody up for long", async () => {
  vi.stubGlobal("navigator", {});
  const { database } = await Phone.enrolled(await Server.start());
  const done: string[] = [];
  const first = in_turn(database, "one", async () => {
    expect(await in_turn(database, "two", async () => void done.push("two"))).toBe(false);
    done.push("one");
  });
  expect(await first).toBe(true);
  expect(await in_turn(database, "two", async () => void done.push("two again"))).toBe(true);
  expect(done).toEqual(["one", "two again"]);

  await database.put("plain", { tab: "dead", until: Date.now() + 80_000 }, "lease");
  expect(await in_turn(database, "two", async () => {})).toBe(false);
  vi.setSystemTime(Date.now() + 81_000);
  expect(await in_turn(database, "two", async () => {})).toBe(true);
  await database.put("plain", { tab: "dead", until: Date.now() + 86_400_000 }, "lease"); // of a clock set forward
  expect(await in_turn(database, "two", async () => {})).toBe(true);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
