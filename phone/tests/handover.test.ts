import { inflateRawSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { from_base64url, to_utf8 } from "../src/crypto/bytes";
import type { Envelope } from "../src/crypto/envelope";
import { file_text, frames_of } from "../src/handover/file";
import { send_leftovers } from "../src/handover/send";
import { ask_after, fates_of, keep_asking, may_ask } from "../src/sync/asking";
import type { Answer } from "../src/sync/network";
import { wipe } from "../src/wiping";
import { Phone } from "./phone";
import { Server } from "./server";

let server: Server;
let phone: Phone;

beforeEach(async () => {
  server = await Server.start();
  server.put({ id: 1 });
  phone = await Phone.enrolled(server);
  await phone.client.run();
});

const envelopes = () => phone.database.getAll("envelopes");

/** What only the server can do. */
async function open(envelope: Envelope): Promise<any> {
  const { subtle } = crypto;
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const epk = from_base64url(envelope.epk);
  const theirs = await subtle.importKey("raw", epk, curve, false, []);
  const shared = await subtle.deriveBits({ name: "ECDH", public: theirs }, server.private_key as CryptoKey, 256);
  const key = await subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: epk, info: to_utf8("lianfang handover 1") },
    await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]),
    { name: "AES-GCM", length: 256 },
    false,
    ["decrypt"],
  );
  const how = { name: "AES-GCM", iv: from_base64url(envelope.iv) };
  return JSON.parse(new TextDecoder().decode(await subtle.decrypt(how, key, from_base64url(envelope.ct))));
}

describe("an envelope", () => {
  test("lies beside every operation that waits, and holds it with its number", async () => {
    const op = await phone.visit(1, { note: "家里有人在发烧" });
    const [envelope] = await envelopes();
    expect(JSON.stringify(envelope)).not.toContain("发烧");
    const { ops, device, secret, contract } = await open(envelope!);
    expect([device, secret, contract]).toEqual([phone.session.device.id, phone.session.secret, 1]);
    expect(ops).toMatchObject([{ op_id: op.op_id, seq: 1, body: { household: 1, note: "家里有人在发烧" } }]);
  });

  test("carries the number that the outbox gave, though several are made at once", async () => {
    const made = await Promise.all([phone.visit(1), phone.visit(1), phone.visit(1)]);
    const sealed = (await Promise.all((await envelopes()).map(open))).flatMap((one) => one.ops);
    const numbers = (ops: { op_id: string; seq: number }[]) => Object.fromEntries(ops.map((op) => [op.op_id, op.seq]));
    expect(numbers(sealed)).toEqual(numbers(made));
    expect(Object.values(numbers(made)).sort()).toEqual([1, 2, 3]);
  });

  test("goes when the server has what is in it", async () => {
    await phone.visit(1);
    await phone.client.run();
    expect(await envelopes()).toEqual([]);
  });
});

describe("a hand-over", () => {
  test("is a line that says what it is, and a line an envelope; its pictures give the same file", async () => {
    for (let at = 0; at < 5; at += 1) await phone.visit(1);
    const text = file_text("d", new Date(0), await envelopes());
    const [header, ...rest] = text.trim().split("\n");
    expect(JSON.parse(header!)).toEqual({
      format: "lianfang hand-over",
      v: 1,
      device: "d",
      made_at: "1970-01-01T00:00:00.000Z",
      count: 5,
    });
    expect(rest).toHaveLength(5);
    const frames = await frames_of(text);
    expect(frames.every((frame) => frame.length <= 700)).toBe(true);
    const parts = frames.map((frame) => frame.split("."));
    expect(parts.map(([format, , at, of]) => [format, at, of])).toEqual(
      frames.map((_, at) => ["LF1", String(at + 1), String(frames.length)]),
    );
    expect(new Set(parts.map(([, series]) => series)).size).toBe(1);
    const whole = from_base64url(parts.map((part) => part[4]).join(""));
    expect(inflateRawSync(whole).toString("utf-8")).toBe(text);
  });

  test("works in a browser that cannot deflate", async () => {
    const kept = globalThis.CompressionStream;
    // @ts-expect-error older browsers
    delete globalThis.CompressionStream;
    try {
      const frames = await frames_of("联防".repeat(400));
      const whole = frames.map((frame) => frame.split(".")[4]).join("");
      expect(frames[0]!.startsWith("LF0.")).toBe(true);
      expect(new TextDecoder().decode(from_base64url(whole))).toBe("联防".repeat(400));
    } finally {
      globalThis.CompressionStream = kept;
    }
  });
});

describe("a phone that was ended", () => {
  const answers = (json: Record<string, unknown>, http = 200) => async (path: string, request: { body?: any; key?: string } = {}): Promise<Answer> => {
    asked.push({ path, key: request.key, op_ids: request.body?.op_ids });
    return { http, json, retry_after: null };
  };
  let asked: { path: string; key?: string; op_ids?: string[] }[];
  let op_id: string;

  beforeEach(async () => {
    asked = [];
    server.status = () => "quarantined";
    ({ op_id } = await phone.visit(1, { note: "家里有人在发烧" }));
    await phone.client.run();
    await wipe(phone.database, { code: "devices.revoked", message: "" });
  });

  test("keeps the ids of what somebody has to look at, and nothing of what is in it", async () => {
    expect(await phone.database.get("plain", "asking")).toEqual({ fates: { [op_id]: "waiting" } });
    expect(await phone.database.count("ops")).toBe(0);
  });

  test("asks with the key that was ended, and only when the server has said farewell", async () => {
    await ask_after(phone.database, answers({}));
    expect([asked, await fates_of(phone.database)]).toEqual([[], null]);
    await may_ask(phone.database, "Lianfang d.k");
    await ask_after(phone.database, answers({ settled: [] }));
    expect(asked).toEqual([{ path: "/api/v1/sync/settled", key: "Lianfang d.k", op_ids: [op_id] }]);
    expect(await fates_of(phone.database)).toEqual({ waiting: 1, taken: 0, given_back: 0 });
    await ask_after(phone.database, answers({ code: "devices.too_many_tries" }, 429));
    await ask_after(phone.database, answers({ settled: [{ op_id, status: "set_aside" }, { op_id: "another", status: "already_filed" }] }));
    expect(await fates_of(phone.database)).toEqual({ waiting: 0, taken: 0, given_back: 1 });
    asked = [];
    await ask_after(phone.database, answers({}));
    expect(asked).toEqual([]); // nothing is open any more
  });

  test("asks after what it hands over later, too", async () => {
    await may_ask(phone.database, "Lianfang d.k");
    await keep_asking(phone.database, [{ op_id: "late", status: "quarantined" }, { op_id: "filed", status: "filed" }]);
    await ask_after(phone.database, answers({ settled: [{ op_id: "late", status: "already_filed" }] }));
    expect(await fates_of(phone.database)).toEqual({ waiting: 1, taken: 1, given_back: 0 });
  });
});

describe("after five wrong PINs", () => {
  test("only what the server has not is left, and reaches it without a key", async () => {
    await phone.visit(1);
    await phone.client.run();
    const op = await phone.visit(1);
    expect(await wipe(phone.database, { code: "wiped", message: "" })).toBe(1);
    for (const store of ["sealed", "doors", "ops", "receipts"] as const) expect(await phone.database.count(store)).toBe(0);
    expect(await phone.database.get("plain", "lock")).toBe(undefined);

    const seen: unknown[] = [];
    const call = async (path: string, request: { body?: any; key?: string } = {}): Promise<Answer> => {
      seen.push(path, request.key);
      const opened = await Promise.all(request.body.envelopes.map(open));
      const receipts = opened.flatMap((one) => one.ops).map((one) => ({ op_id: one.op_id, status: "filed" }));
      expect(receipts).toEqual([{ op_id: op.op_id, status: "filed" }]);
      return { http: 200, json: { receipts }, retry_after: null };
    };
    expect(await send_leftovers(phone.database, call)).toBe(0);
    expect(seen).toEqual(["/api/v1/sync/handover", undefined]);
  });

  test("what the server does not take stays", async () => {
    await phone.visit(1);
    await wipe(phone.database, { code: "wiped", message: "" });
    const refused = async (): Promise<Answer> => ({ http: 400, json: { code: "x" }, retry_after: null });
    expect(await send_leftovers(phone.database, refused)).toBe(1);
  });
});
