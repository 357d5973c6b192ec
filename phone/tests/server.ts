/** A small server for tests: it stores, answers, forgets and fails as it is told. */

import { createHash, webcrypto } from "node:crypto";
import type { Door, Head, Operation, Push, Receipt, ServerKey, Settled } from "../src/contract";
import type { Answer, Call, Request } from "../src/sync/network";
import { Silence } from "../src/sync/network";

export class Server {
  epoch = "e1";
  doors = new Map<number, Door>();
  settled = new Map<string, Settled>();
  stored = new Map<string, Operation>();
  gone: number[] = [];
  pushes: Push[] = [];
  asked: string[] = [];
  backed_up_through: string | null = null;
  now = () => new Date();
  /** What happens to the next requests instead. */
  instead: ((path: string, request: Request) => Answer | null)[] = [];
  version = 100;
  wrong_digest = false;
  status: (op: Operation) => Receipt["status"] = () => "filed";
  private constructor(
    readonly server_key: ServerKey,
    readonly private_key: webcrypto.CryptoKey,
  ) {}

  static async start(): Promise<Server> {
    const pair = await webcrypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const spki = Buffer.from(await webcrypto.subtle.exportKey("spki", pair.publicKey)).toString("base64");
    return new Server({ id: "k1", spki }, pair.privateKey);
  }

  put(door: Partial<Door> & { id: number }): void {
    this.version += 1;
    this.doors.set(door.id, { ...a_door(), ...door, v: this.version });
  }

  call: Call = async (path, request = {}) => {
    this.asked.push(path.split("?")[0]!);
    const instead = this.instead.shift()?.(path, request);
    if (instead) return instead;
    if (path === "/api/v1/sync/push") return this.push(request.body as Push);
    if (path.startsWith("/api/v1/sync/pull")) return this.pull(new URL(path, "http://x").searchParams);
    return { http: 404, json: null, retry_after: null };
  };

  private push(push: Push): Answer {
    this.pushes.push(structuredClone(push));
    const receipts = push.ops.map((op): Receipt => {
      const known = this.stored.has(op.op_id);
      if (!known) this.stored.set(op.op_id, op);
      return { op_id: op.op_id, status: known ? "already_filed" : this.status(op) };
    });
    return ok({ receipts, missing_seq: [], ...this.common() });
  }

  private pull(query: URLSearchParams): Answer {
    const since = Number(query.get("cursor") ?? Number.NaN);
    const full = Number.isNaN(since) || query.get("epoch") !== this.epoch;
    const doors = [...this.doors.values()].filter((door) => full || door.v > since);
    const lines = [...this.doors.values()].sort((a, b) => a.id - b.id).map((door) => `${door.id}:${door.v}\n`);
    const digest = createHash("sha256").update(lines.join("")).digest("hex").slice(0, 16);
    const head = query.get("head") === "h1" ? {} : { head: a_head(this.server_key) };
    const cursor = String(this.version);
    const told = this.wrong_digest && !full ? "0".repeat(16) : digest;
    const settled = (query.get("unsettled") ?? "").split(",").flatMap((op_id) => this.settled.get(op_id) ?? []);
    return ok({ cursor, full, head_id: "h1", ...head, doors, gone: this.gone, digest: told, settled, ...this.common() });
  }

  private common() {
    return { epoch: this.epoch, backed_up_through: this.backed_up_through, now: this.now().toISOString() };
  }
}

export function silence(): never {
  throw new Silence("no network");
}

/** The request arrives, its answer does not. */
export function lost_answer(server: Server) {
  return (path: string, request: Request): never => {
    void server.call(path, request);
    throw new Silence("lost");
  };
}

export function said(http: number, json: Record<string, unknown> | null = null, retry_after: number | null = null) {
  return (): Answer => ({ http, json, retry_after });
}

function ok(json: Record<string, unknown>): Answer {
  return { http: 200, json: structuredClone(json), retry_after: null };
}

export function a_door(): Door {
  return {
    id: 1,
    v: 1,
    area: 7,
    label: "502",
    unit: "3",
    floor: "5",
    room: "502",
    order: 1,
    kind: "family",
    head: "陈秀英",
    is_unnamed: false,
    phone: "13900000000",
    expected: null,
    targets: [{ round: 1, person: 0, state: "open", due_at: "2030-01-01T00:00:00Z", reason: "", is_found: false }],
    asks: "a",
    facts: {},
    people: [
      {
        id: 11,
        name: "陈秀英",
        initials: "cxy",
        relation: "head",
        sex: "female",
        birth_on: null,
        id_masked: "",
        phone: null,
        registered: true,
        living: true,
        tonight: true,
        asks: "b",
        facts: {},
        presence: null,
      },
    ],
    attempts: [],
    conflicts: [],
  };
}

export function a_head(server_key: ServerKey): Head {
  const question = { version: 1, privacy: "plain", proxy_allowed: true } as const;
  return {
    me: { user: 1, worker: 5, name: "王小红", title: "网格员", duty_phone: "", works_until: null },
    server_key,
    areas: [{ id: 7, parent: null, name: "3栋", level: "building", order: 1, full_name: "3栋" }],
    chain: [],
    rounds: [],
    asks: {
      a: [{ q: "rooms@1", required: true, conditions: [["", ""]], rounds: [1], departments: ["住建"], since: "2026-01-01T00:00:00Z" }],
      b: [
        { q: "doses@1", required: true, conditions: [["", ""]], rounds: [1], departments: ["卫健"], since: "2026-01-01T00:00:00Z" },
        { q: "why@1", required: false, conditions: [["doses == 0", "doses == 0"]], rounds: [1], departments: ["卫健"], since: "2026-01-01T00:00:00Z" },
      ],
    },
    questions: {
      "rooms@1": { ...question, key: "rooms", about: "household", type: "integer", label: { "zh-Hans": "几间房", en: "Rooms" } },
      "doses@1": { ...question, key: "doses", about: "person", type: "integer", label: { "zh-Hans": "几针", en: "Doses" } },
      "why@1": { ...question, key: "why", about: "person", type: "text", label: { "zh-Hans": "为何未接", en: "Why not" } },
    },
    rules: { attempts: 3, late_hour: "21:30", night: [22, 7], measures: ["居家隔离"] },
  };
}
