/** How this browser becomes a device: by a code, or by asking and waiting for the leader's yes. */

import { CONTRACT, type Enrolled } from "./contract";
import { phone_name } from "./browser";
import { new_lock, opened, with_pin } from "./crypto/lock";
import { seal, unseal } from "./crypto/records";
import { type Field, FieldError } from "./field";
import { EMPTY } from "./outbox/reduce";
import { type Database, get_plain } from "./store/database";
import { change, type Write } from "./store/vault";
import { type Answer, type Call, Silence } from "./sync/network";

/** Where a newcomer is wanted, and by whom. */
export type Host = NonNullable<Field["host"]>;

export type Came =
  | { is: "enrolled" }
  | { is: "newcomer"; host: Host }
  | { is: "waiting" }
  | { is: "refused" };

export class Enrolling {
  private code = "";
  private wanted_by: Host | null = null;

  constructor(
    private readonly database: Database,
    private readonly call: Call,
    private readonly language: () => string,
  ) {}

  enrol(code: string): Promise<Came> {
    this.code = code.trim();
    return this.come();
  }

  join(person: { name: string; last4: string }): Promise<Came> {
    return this.come(person);
  }

  /** Asked again and again while the leader has not answered. */
  async ask(): Promise<Came> {
    const ticket = await this.kept<string>("ticket");
    if (!ticket) return { is: "refused" };
    const json = await this.post("ticket", { ticket });
    if (json.state === "waiting") return { is: "waiting" };
    if (json.state === "refused") {
      for (const one of ["ticket", "host"]) await this.database.delete("sealed", one);
      return { is: "refused" };
    }
    return this.adopt(json as unknown as Enrolled);
  }

  private async come(person?: { name: string; last4: string }): Promise<Came> {
    const { code } = this;
    const name = phone_name(navigator.userAgent);
    const json = await this.post("enrol", { code, name, app: __VERSION__, contract: CONTRACT, ...(person && { person }) });
    if (json.needs === "newcomer") {
      this.wanted_by = { area: json.area, leader: json.leader };
      return { is: "newcomer", host: this.wanted_by };
    }
    if (!json.ticket) return this.adopt(json as unknown as Enrolled);
    const { lock, key } = await new_lock();
    const ticket = { store: "sealed", key: "ticket", value: await seal(key, "sealed/ticket", json.ticket) } as const;
    const host = { store: "sealed", key: "host", value: await seal(key, "sealed/host", this.wanted_by) } as const;
    await change(this.database, (now) => now, [...AFRESH, { store: "plain", key: "lock", value: lock }, ticket, host]);
    return { is: "waiting" };
  }

  /** From here on this browser is that device. What an earlier one left sealed stays. */
  private async adopt({ device, secret, server_key }: Enrolled): Promise<Came> {
    if (!device || !secret || !server_key) throw new FieldError("not_ours");
    const { lock, key } = await new_lock();
    await change(this.database, () => EMPTY, [
      ...AFRESH,
      { store: "plain", key: "lock", value: lock },
      { store: "plain", key: "device", value: { id: device, server_key } },
      { store: "sealed", key: "secret", value: await seal(key, "sealed/secret", secret) },
    ]);
    return { is: "enrolled" };
  }

  /** Who was asked and has not said yes; the page may have been opened anew since. */
  host(): Promise<Host | null> {
    return this.kept<Host>("host");
  }

  private async kept<T>(what: "ticket" | "host"): Promise<T | null> {
    const lock = await get_plain(this.database, "lock");
    const sealed = await this.database.get("sealed", what);
    const key = lock && !lock.pin ? await opened(lock, null) : null;
    return key && sealed ? unseal<T>(key, `sealed/${what}`, sealed) : null;
  }

  private async post(what: "enrol" | "ticket", body: unknown): Promise<Record<string, any>> {
    let answer: Answer;
    try {
      answer = await this.call(`/api/v1/devices/${what}`, { method: "POST", body, language: this.language() });
    } catch (error) {
      throw new FieldError(error instanceof Silence ? "offline" : "failed", String(error));
    }
    if (answer.http === 200 && answer.json) return answer.json;
    const said = answer.json?.error ?? answer.json ?? {};
    throw new FieldError(said.code ?? `http_${answer.http}`, said.message ?? "", answer.retry_after);
  }
}

const AFRESH: Write[] = [
  ...(["sealed", "doors", "ops", "receipts"] as const).map((store): Write => ({ store, clear: true })),
  { store: "plain", drop: "ending" },
  { store: "plain", drop: "asking" },
];

export async function put_behind_pin(database: Database, pin: string): Promise<void> {
  const lock = await get_plain(database, "lock");
  if (!lock) throw new FieldError("not_enrolled");
  const behind = await with_pin(lock, pin);
  await change(database, (now) => now, [{ store: "plain", key: "lock", value: behind }]);
}
