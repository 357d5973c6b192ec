/** Push, then pull. Whatever is not a receipt leaves the operation where it is. */

import { CONTRACT, type Door, type PullAnswer, type Push, type PushAnswer, type Receipt, type Settled } from "../contract";
import { as_operation } from "../outbox/made";
import { counts, type Event, next_batch, type Outbox, reduce, unsettled } from "../outbox/reduce";
import { applied, type PackState } from "../pack/apply";
import { digest_of } from "../pack/digest";
import type { Session } from "../session";
import { update, type Write } from "../store/vault";
import { type Answer, type Call, Silence } from "./network";

/** Why this round of talking ended early. */
export class Interrupted extends Error {
  constructor(
    readonly code: string,
    message = "",
    readonly retry_after: number | null = null,
    readonly detail: unknown = null,
  ) {
    super(message || code);
  }
}

/** The server has ended this device: what was synced is to be forgotten. */
export class Ended extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export class Client {
  constructor(
    private readonly session: Session,
    private readonly call: Call,
    private readonly language: () => string,
  ) {}

  /** One whole round; only ever one at a time (`in_turn`). */
  async run(): Promise<void> {
    const { session } = this;
    await session.clock.check();
    // Whoever waited for an answer had the turn before us, and is gone.
    if (session.outbox.in_flight) await this.step((now) => reduce(now, { type: "started" }));
    // Times can be set right only in a run in which the server's clock was seen: it is asked before it is told.
    const knew_clock = session.offsets[session.clock.run] !== undefined;
    const trouble = knew_clock ? null : await this.trouble_of_pull();
    const has_pushed = await this.push_all();
    if (trouble) throw trouble;
    if (knew_clock || has_pushed) await this.pull();
  }

  /** Doors that cannot be fetched are no reason to keep what was done from the server. */
  private async trouble_of_pull(): Promise<Interrupted | null> {
    try {
      await this.pull();
      return null;
    } catch (error) {
      if (error instanceof Interrupted && error.code !== "offline" && error.code !== "busy") return error;
      throw error;
    }
  }

  /** All that waits. False: there was nothing. */
  async push_all(): Promise<boolean> {
    const refused = new Set<string>(); // alone, in this round: once is enough
    let has_pushed = false;
    for (;;) {
      const batch = next_batch(this.session.outbox);
      if (!batch.length || (batch.length === 1 && refused.has(batch[0]!))) return has_pushed;
      await this.push(batch);
      has_pushed = true;
      for (const op of this.session.outbox.ops) if (op.refusals > 0) refused.add(op.op_id);
    }
  }

  private async push(op_ids: string[]): Promise<void> {
    const { session } = this;
    await session.clock.check();
    const request = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const taken = await this.step((now) => (now.in_flight ? null : reduce(now, { type: "sent", request, op_ids })));
    if (!taken) throw new Interrupted("other_tab");
    const by_id = new Map(taken.ops.map((op) => [op.op_id, op]));
    const ops = op_ids.flatMap((op_id) => {
      const made = session.made.get(op_id);
      return made ? [as_operation(made, by_id.get(op_id)!.seq, taken.epoch, session.offsets)] : [];
    });
    const body: Push = {
      device: session.device.id,
      contract: CONTRACT,
      app: __VERSION__,
      epoch: taken.epoch,
      sent_at: session.clock.now().toISOString(),
      clock: session.clock.run,
      offset_ms: session.offsets[session.clock.run] ?? null,
      reported: this.reported(taken),
      ops,
    };
    const answer = await this.ask("/api/v1/sync/push", request, { method: "POST", body });
    const json = answer.json as (PushAnswer & Record<string, unknown>) | null;
    const receipts: Receipt[] = answer.http === 200 && Array.isArray(json?.receipts) ? json.receipts : [];
    const epoch_before = session.outbox.epoch;
    const sealed = await Promise.all(receipts.map((one) => session.vault.sealed("receipts", one.op_id, one)));
    await this.step(
      (now) =>
        reduce(now, {
          type: "answered",
          request,
          http: answer.http,
          receipts,
          epoch: answer.http === 200 && typeof json?.epoch === "string" ? json.epoch : null,
          now: json?.now ?? "",
          backed_up_through: json?.backed_up_through ?? null,
        }),
      (before, after) => {
        const stored = new Set(after.ops.filter((op) => op.status !== "waiting").map((op) => op.op_id));
        const kept = sealed.filter((write) => "key" in write && stored.has(String(write.key)));
        const unneeded = op_ids.filter((op_id) => stored.has(op_id) || !after.ops.some((op) => op.op_id === op_id));
        return [...kept, ...unneeded.map((drop): Write => ({ store: "envelopes", drop })), ...forgotten(before, after)];
      },
    );
    for (const receipt of receipts) session.receipts.set(receipt.op_id, receipt);
    if (epoch_before !== null && session.outbox.epoch !== epoch_before) await session.seal_again();
    session.changed(null);
    this.judge(answer, true);
  }

  /** The doors: what changed since, or everything. */
  async pull(afresh = false): Promise<void> {
    const { session } = this;
    const pack = afresh ? null : session.pack;
    const known = { epoch: session.outbox.epoch ?? "", app: __VERSION__, contract: String(CONTRACT) };
    const query = new URLSearchParams(known);
    if (pack) query.set("cursor", pack.cursor);
    if (session.area) query.set("area", String(session.area));
    if (session.head && session.pack) query.set("head", session.pack.head_id);
    if (session.lists) query.set("lists", session.lists.id);
    const waiting = unsettled(session.outbox, Math.floor(Math.random() * session.outbox.ops.length));
    if (waiting.length) query.set("unsettled", waiting.join(","));
    for (const [key, value] of Object.entries(this.reported(session.outbox))) query.set(key, String(value));
    const answer = await this.ask(`/api/v1/sync/pull?${query}`, null);
    this.judge(answer, false);
    const given = answer.json as (PullAnswer & Record<string, unknown>) | null;
    if (!given || !Array.isArray(given.doors) || typeof given.epoch !== "string") throw new Interrupted("not_ours");
    const doors = applied(session.doors, given);
    const is_same = (await digest_of(doors.values())) === given.digest;
    if (!is_same && !given.full) return this.pull(true);
    await this.keep(given, doors);
    if (!is_same) throw new Interrupted("digest");
  }

  private async keep(given: PullAnswer, doors: Map<number, Door>): Promise<void> {
    const { session } = this;
    const { cursor, epoch, head_id, now, backed_up_through } = given;
    const pack: PackState = { cursor, epoch, head_id, pulled_at: now };
    const head = given.head ?? session.head;
    const lists = given.lists && given.lists_id ? { id: given.lists_id, told: given.lists } : session.lists;
    const writes: Write[] = [
      ...(given.full ? [{ store: "doors", clear: true } as const] : []),
      ...given.gone.map((drop): Write => ({ store: "doors", drop })),
      ...(await Promise.all(given.doors.map((door) => session.vault.sealed("doors", door.id, door)))),
      await session.vault.sealed("sealed", "pack", pack),
      ...(given.head ? [await session.vault.sealed("sealed", "head", given.head)] : []),
      ...(given.lists ? [await session.vault.sealed("sealed", "lists", lists)] : []),
    ];
    const settled: Settled[] = Array.isArray(given.settled) ? given.settled : [];
    const sealed = new Map(
      await Promise.all(settled.map(async (one) => [one.op_id, await session.vault.sealed("receipts", one.op_id, one)] as const)),
    );
    // Those that the outbox took: another tab may have met another epoch meanwhile.
    const taken = (after: Outbox) =>
      settled.filter(({ op_id, status }) => after.ops.some((op) => op.op_id === op_id && op.status === status));
    const epoch_before = session.outbox.epoch;
    const answered: Event = { type: "answered", request: null, http: 200, receipts: [], epoch, now, backed_up_through };
    await this.step(
      (outbox) => reduce(reduce(outbox, answered), { type: "settled", receipts: settled, now }),
      (before, after) => [...writes, ...taken(after).flatMap((one) => sealed.get(one.op_id) ?? []), ...forgotten(before, after)],
    );
    for (const one of taken(session.outbox)) session.receipts.set(one.op_id, one);
    Object.assign(session, { doors, pack, head, lists });
    if (epoch_before !== null && epoch_before !== epoch) await session.seal_again();
    session.changed(null);
  }

  /** The request, and what can be learnt from its answer about the server's clock. */
  private async ask(path: string, request: number | null, how: { method?: "POST"; body?: unknown } = {}): Promise<Answer> {
    const { session } = this;
    const started = session.clock.moment();
    let answer: Answer;
    try {
      answer = await this.call(path, { ...how, key: session.key, language: this.language() });
    } catch (error) {
      if (!(error instanceof Silence)) throw error;
      await this.step((now) => reduce(now, { type: "failed", request, reason: "network" }));
      throw new Interrupted("offline");
    }
    const offset = typeof answer.json?.now === "string" ? session.clock.offset(started, answer.json.now) : null;
    if (offset !== null) await this.learn(offset);
    return answer;
  }

  private async learn(offset: number): Promise<void> {
    const { session } = this;
    const known = session.offsets[session.clock.run];
    if (known !== undefined && Math.abs(known - offset) < 1_000) return;
    session.offsets = { ...session.offsets, [session.clock.run]: offset };
    await update(session.vault.database, "clock", (before) => ({
      run: Math.max(before?.run ?? 0, session.clock.run),
      offsets: { ...before?.offsets, ...session.offsets },
    }));
  }

  private judge(answer: Answer, is_push: boolean): void {
    if (answer.http === 200 && answer.json) return;
    const error = answer.json?.error as { code?: string; message?: string; forget?: boolean } | undefined;
    const code = error?.code ?? answer.json?.code ?? `http_${answer.http}`;
    const message = error?.message ?? answer.json?.message ?? "";
    if (answer.http === 401 && error?.forget === true) throw new Ended(code, message);
    // A batch that is refused whole is tried again smaller, at once; anything else ends this round.
    if (is_push && answer.http >= 400 && answer.http < 500 && ![401, 403, 408, 429].includes(answer.http)) return;
    throw new Interrupted(answer.http === 429 || answer.http === 503 ? "busy" : code, message, answer.retry_after, answer.json?.detail);
  }

  private reported(outbox: Outbox) {
    const { waiting, refused } = counts(outbox);
    return { waiting, refused, last_seq: outbox.last_seq };
  }

  private async step(
    step: (now: Outbox) => Outbox | null,
    writes: (before: Outbox, after: Outbox) => Write[] = () => [],
  ): Promise<Outbox | null> {
    const { session } = this;
    let before = session.outbox;
    const after = await session.vault.change(
      (now) => step((before = now)),
      (reached) => writes(before, reached),
    );
    if (!after) return null;
    session.outbox = after;
    const kept = new Set(after.ops.map((op) => op.op_id));
    for (const op of before.ops) {
      if (!kept.has(op.op_id)) for (const memory of [session.made, session.receipts]) memory.delete(op.op_id);
    }
    return after;
  }
}

/** What the outbox let go goes with it. */
function forgotten(before: Outbox, after: Outbox): Write[] {
  const kept = new Set(after.ops.map((op) => op.op_id));
  return before.ops
    .filter((op) => !kept.has(op.op_id))
    .flatMap(({ op_id: drop }): Write[] => [
      { store: "ops", drop },
      { store: "receipts", drop },
      { store: "envelopes", drop },
    ]);
}
