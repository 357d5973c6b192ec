import { beforeEach, describe, expect, test } from "vitest";
import { counts } from "../src/outbox/reduce";
import { Ended, Interrupted } from "../src/sync/client";
import { Phone } from "./phone";
import { lost_answer, said, Server, silence } from "./server";

let server: Server;
let phone: Phone;

beforeEach(async () => {
  server = await Server.start();
  server.put({ id: 1 });
  server.put({ id: 2, label: "503" });
  phone = await Phone.enrolled(server);
  await phone.client.run();
  server.asked = [];
});

const numbers = () => counts(phone.session.outbox);
const sealed = () => phone.database.count("envelopes");

describe("what was done is kept until the server has said that it has it", () => {
  test("recorded without a network, the app ended, opened again: it still waits, and then it is confirmed once", async () => {
    const op = await phone.visit(1);
    server.instead = [silence];
    await expect(phone.client.run()).rejects.toThrow(Interrupted);
    await phone.start();
    expect(numbers()).toEqual({ confirmed: 0, waiting: 1, refused: 0 });
    await phone.client.run();
    expect(numbers()).toEqual({ confirmed: 1, waiting: 0, refused: 0 });
    expect([...server.stored.keys()]).toEqual([op.op_id]);
  });

  test("the answer is lost: it is sent again and counted once", async () => {
    await phone.visit(1);
    server.instead = [lost_answer(server)];
    await expect(phone.client.run()).rejects.toThrow("offline");
    await phone.client.run();
    expect(phone.session.ops("confirmed").map((op) => op.status)).toEqual(["already_filed"]);
    expect(server.stored.size).toBe(1);
  });

  test("numbers count from 1 without holes, though two taps come at once", async () => {
    const made = await Promise.all([phone.visit(1), phone.visit(2), phone.visit(1)]);
    expect(made.map((op) => op.seq).sort()).toEqual([1, 2, 3]);
    await phone.client.run();
    expect(server.pushes[0]!.ops.map((op) => op.seq)).toEqual([1, 2, 3]);
  });

  test("a photo goes alone", async () => {
    await phone.visit(1);
    await phone.session.record({ kind: "photo", body: { visit: "x", media_type: "image/jpeg", data: "A".repeat(200_000) }, door: 1 });
    await phone.visit(2);
    await phone.client.run();
    expect(server.pushes.map((push) => push.ops.map((op) => op.kind))).toEqual([["visit"], ["photo"], ["visit"]]);
  });

  test("what no request could carry is refused at once", async () => {
    await expect(phone.visit(1, { note: "x".repeat(260_000) })).rejects.toMatchObject({ code: "too_large" });
    expect(numbers().waiting).toBe(0);
  });

  test("one operation that the server cannot read holds up no other", async () => {
    for (let at = 0; at < 8; at += 1) await phone.visit(1, { note: at === 3 ? "bad" : "" });
    const refuse = (_path: string, request: { body?: any }) =>
      request.body?.ops?.some((op: any) => op.body.note === "bad") ? said(400, { code: "intake.malformed" })() : null;
    server.instead = Array(40).fill(refuse);
    await phone.client.run();
    expect(numbers()).toEqual({ confirmed: 7, waiting: 1, refused: 0 });
  });

  test("too busy: it waits as long as it was told, and nothing is lost", async () => {
    await phone.visit(1);
    server.instead = [said(429, { code: "sync.busy" }, 30)];
    await expect(phone.client.run()).rejects.toMatchObject({ code: "busy", retry_after: 30 });
    expect(numbers().waiting).toBe(1);
  });

  test("a portal's page is no receipt", async () => {
    await phone.visit(1);
    server.instead = [said(200, null)];
    await expect(phone.client.run()).rejects.toThrow(Interrupted);
    expect(numbers().waiting).toBe(1);
  });
});

describe("what the village settled", () => {
  test("falls from 待处理 with the next pull; what was given back stays with its reason until it is read", async () => {
    server.status = () => "held";
    const [one, other] = [await phone.visit(1), await phone.visit(2)];
    await phone.client.run();
    expect(numbers()).toEqual({ confirmed: 0, waiting: 0, refused: 2 });
    server.settled.set(one.op_id, { op_id: one.op_id, status: "already_filed" });
    server.settled.set(other.op_id, { op_id: other.op_id, status: "set_aside", detail: { reason: "重复登记" } });
    await phone.client.run();
    await phone.start();
    expect(numbers()).toEqual({ confirmed: 1, waiting: 0, refused: 1 });
    expect(phone.session.ops("refused").map(({ op_id, receipt }) => [op_id, receipt?.detail])).toEqual([
      [other.op_id, { reason: "重复登记" }],
    ]);
    await phone.session.read(other.op_id);
    await phone.start();
    expect(numbers()).toEqual({ confirmed: 2, waiting: 0, refused: 0 });
  });

  test("is not asked after when nothing waits there", async () => {
    await phone.visit(1);
    let asked = "";
    server.instead = [null, null].map(() => (path: string) => (asked += path, null));
    await phone.client.run();
    expect(asked).not.toContain("unsettled");
  });
});

describe("a server that was put back from a backup", () => {
  test("gets everything again that is still kept, each in an envelope again, and the pack is fetched whole", async () => {
    await phone.visit(1);
    await phone.client.run();
    expect(await sealed()).toBe(0);
    server.stored.clear();
    server.epoch = "e2";
    server.put({ id: 3 });
    server.instead = [];
    await phone.client.pull();
    expect(numbers()).toEqual({ confirmed: 0, waiting: 1, refused: 0 });
    expect(await sealed()).toBe(1);
    await phone.client.run();
    expect([server.stored.size, numbers().confirmed, phone.session.doors.size]).toEqual([1, 1, 3]);
  });

  test("what a backup holds is forgotten here, and counted still", async () => {
    await phone.visit(1);
    await phone.client.run();
    server.backed_up_through = new Date(Date.now() + 1_000).toISOString();
    await phone.client.run();
    expect(numbers().confirmed).toBe(1);
    expect([await phone.database.count("ops"), await phone.database.count("receipts")]).toEqual([0, 0]);
  });
});

describe("the pack", () => {
  test("takes what changed, drops what is gone, and asks for the head once", async () => {
    server.put({ id: 2, label: "504" });
    server.doors.delete(1);
    server.gone = [1];
    await phone.client.run();
    expect([...phone.session.doors.values()].map((door) => door.label)).toEqual(["504"]);
    expect(phone.session.head?.me.name).toBe("王小红");
    await phone.start();
    expect([...phone.session.doors.values()].map((door) => door.label)).toEqual(["504"]);
  });

  test("a door that is gone is corrected on the version that was last worked on, a strange one on none", async () => {
    await phone.visit(1);
    const seen = phone.session.doors.get(1)!.v;
    server.doors.delete(1);
    server.gone = [1];
    await phone.client.run();
    expect(phone.session.doors.has(1)).toBe(false);
    await phone.visit(1);
    await phone.visit(77);
    await phone.client.run();
    expect(server.pushes.at(-1)!.ops.map((op) => op.base_version)).toEqual([seen, null]);
  });

  test("one that does not add up is fetched afresh", async () => {
    server.wrong_digest = true;
    server.doors.delete(1); // and nobody told the phone
    await phone.client.run();
    expect([...phone.session.doors.keys()]).toEqual([2]);
    expect(server.asked).toEqual(["/api/v1/sync/pull", "/api/v1/sync/pull"]);
  });

  test("that cannot be had keeps nothing from the server", async () => {
    await phone.start();
    await phone.visit(1);
    server.instead = [said(409, { code: "sync.too_many_doors", message: "请选一个网格" })];
    await expect(phone.client.run()).rejects.toMatchObject({ code: "sync.too_many_doors", message: "请选一个网格" });
    expect(numbers().confirmed).toBe(1);
  });

  test("a device that was ended is told so", async () => {
    const error = { code: "devices.revoked", message: "已收回", forget: true };
    server.instead = [said(401, { code: error.code, error })];
    await expect(phone.client.run()).rejects.toThrow(Ended);
  });
});

describe("the clock of the phone", () => {
  test("is not known before the first contact: it is asked before anything is sent", async () => {
    await phone.start();
    await phone.visit(1);
    server.asked = [];
    await phone.client.run();
    expect(server.asked).toEqual(["/api/v1/sync/pull", "/api/v1/sync/push", "/api/v1/sync/pull"]);
  });

  test("stands three hours wrong: every operation of that run says so", async () => {
    phone.wrong_by = -3 * 3_600_000;
    await phone.visit(1);
    await phone.client.run();
    const [op] = server.pushes.flatMap((push) => push.ops);
    expect(Math.round(op!.offset_ms! / 60_000)).toBe(180);
    expect(op!.clock).toBeGreaterThan(1);
  });

  test("jumps: what was done before and after is of two runs", async () => {
    const before = await phone.visit(1);
    phone.wrong_by = 86_400_000;
    await phone.visit(1);
    await phone.client.run();
    const [one, other] = server.pushes.flatMap((push) => push.ops);
    expect(one!.op_id).toBe(before.op_id);
    expect(other!.clock).toBe(one!.clock + 1);
    expect(one!.offset_ms! / 60_000).toBeCloseTo(0, 0); // a slow machine may be some milliseconds late
    expect(other!.offset_ms! / 60_000).toBeCloseTo(-1440, 0);
  });
});
