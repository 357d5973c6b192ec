/** Becoming a device: what a newcomer reads while the leader has not answered outlives the page, sealed. */

import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { beforeEach, expect, test, vi } from "vitest";
import { Enrolling } from "../src/enrolling";
import { type Database, open_database } from "../src/store/database";
import type { Answer, Call } from "../src/sync/network";
import { Server } from "./server";

const ME = { name: "林小满", last4: "2044" };
const HOST = { area: "杨梅村", leader: "邓永福" };
let database: Database;
let state: Record<string, unknown>;

const call: Call = async (path, request = {}): Promise<Answer> => {
  const asks = path.endsWith("/ticket") ? state : (request.body as { person?: unknown }).person ? { ticket: "t-1" } : { needs: "newcomer", ...HOST };
  return { http: 200, json: asks, retry_after: null };
};
const opened_anew = () => new Enrolling(database, call, () => "zh-Hans");

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal("navigator", { userAgent: "Chrome/131.0 Mobile" });
  database = await open_database(() => {});
  state = { state: "waiting" };
  const enrolling = opened_anew();
  expect(await enrolling.enrol(" ABC ")).toEqual({ is: "newcomer", host: HOST });
  expect(await enrolling.join(ME)).toEqual({ is: "waiting" });
});

test("where to go and who was asked is known after the app was opened anew, and nobody else reads it", async () => {
  expect(await opened_anew().host()).toEqual(HOST);
  expect(await opened_anew().ask()).toEqual({ is: "waiting" });
  const lying = JSON.stringify(await database.getAll("sealed")) + JSON.stringify(await database.getAll("plain"));
  expect(lying).not.toContain(HOST.leader);
});

test("whoever was refused keeps neither", async () => {
  state = { state: "refused" };
  expect(await opened_anew().ask()).toEqual({ is: "refused" });
  expect([await opened_anew().host(), await opened_anew().ask()]).toEqual([null, { is: "refused" }]);
});

test("whoever was taken in has a device of their own and keeps neither", async () => {
  const { server_key } = await Server.start();
  state = { device: "d-1", secret: "s-1", server_key };
  expect(await opened_anew().ask()).toEqual({ is: "enrolled" });
  expect(await opened_anew().host()).toBe(null);
  expect(await database.getAllKeys("sealed")).toEqual(["secret"]);
});
