/** The phone while it is open: what was read from the store into memory, and every way to change it. */

import { CONTRACT, type Door, type Head, type Kind, type Lists, type Receipt, type Settled } from "./contract";
import { enclose } from "./crypto/envelope";
import { new_uuid } from "./crypto/random";
import { FieldError, type OpView } from "./field";
import { as_operation, as_view, type Made } from "./outbox/made";
import { CONFIRMED, EMPTY, MOST_BYTES, type Op, type Outbox, reduce, REFUSED } from "./outbox/reduce";
import type { PackState } from "./pack/apply";
import { get_plain, type Plain } from "./store/database";
import { is_full } from "./store/reserve";
import type { Vault, Write } from "./store/vault";
import type { Clock } from "./sync/clock";

interface NewOp {
  kind: Kind;
  body: unknown;
  door?: number | null;
  title?: string; // of what is no door
}

export class Session {
  head: Head | null = null;
  pack: PackState | null = null;
  lists: { id: string; told: Lists } | null = null;
  doors = new Map<number, Door>();
  made = new Map<string, Made>();
  receipts = new Map<string, Receipt | Settled>();
  drafts = new Map<number, unknown>();
  outbox: Outbox = EMPTY;
  offsets: Record<number, number> = {};
  area: number | null = null; // chosen, where a user has more doors than a phone holds
  leftovers = 0; // sealed operations of a device that this phone was before

  private constructor(
    readonly vault: Vault,
    readonly clock: Clock,
    readonly device: Plain["device"],
    readonly secret: string,
    /** After memory has changed: which door, or null for all. */
    readonly changed: (door: number | null) => void,
  ) {}

  static async open(vault: Vault, clock: Clock, changed: (door: number | null) => void): Promise<Session> {
    const device = await get_plain(vault.database, "device");
    const secret = await vault.read<string>("sealed", "secret");
    if (!device || !secret) throw new Error("this phone was not enrolled");
    const session = new Session(vault, clock, device, secret, changed);
    await session.load();
    return session;
  }

  get key(): string {
    return `Lianfang ${this.device.id}.${this.secret}`;
  }

  /** This phone's clock, set right by what was last learnt of the server's. */
  server_now(): Date {
    return new Date(this.clock.now().getTime() + this.offset_of(this.clock.run));
  }

  /** Server time − phone time in a run; of a run without contact, what the nearest one before it showed. */
  private offset_of(run: number): number {
    const known = Object.keys(this.offsets).map(Number).filter((each) => each <= run);
    return this.offsets[Math.max(...known)] ?? 0;
  }

  /** Everything from the store; again when another tab has changed it. */
  async load(): Promise<void> {
    const { vault } = this;
    const all = <T>(store: "doors" | "ops" | "receipts" | "sealed") => vault.read_all<T>(store);
    const [doors, made, receipts, sealed, outbox, clock, envelopes] = await Promise.all([
      all<Door>("doors"),
      all<Made>("ops"),
      all<Receipt | Settled>("receipts"),
      all<unknown>("sealed"),
      vault.outbox(),
      get_plain(vault.database, "clock"),
      vault.database.getAllKeys("envelopes"),
    ]);
    this.doors = doors as Map<number, Door>;
    this.made = made as Map<string, Made>;
    this.receipts = receipts as Map<string, Receipt | Settled>;
    this.head = (sealed.get("head") as Head | undefined) ?? null;
    this.pack = (sealed.get("pack") as PackState | undefined) ?? null;
    this.lists = (sealed.get("lists") as Session["lists"] | undefined) ?? null;
    this.area = (sealed.get("area") as number | undefined) ?? null;
    this.drafts.clear();
    for (const [key, value] of sealed) {
      if (String(key).startsWith("draft:")) this.drafts.set(Number(String(key).slice(6)), value);
    }
    this.outbox = outbox;
    this.offsets = clock?.offsets ?? {};
    this.leftovers = envelopes.filter((op_id) => !this.made.has(op_id)).length;
    this.changed(null);
  }

  /** Resolves when it is stored, with its envelope; raises FieldError, and then nothing is. */
  async record({ kind, body, door: given = null, title }: NewOp): Promise<OpView> {
    const door = given === null ? null : this.place_of(given);
    const bytes = new TextEncoder().encode(JSON.stringify(body)).length + 400; // and what stands around it
    if (bytes > MOST_BYTES) throw new FieldError("too_large");
    await this.clock.check();
    const op_id = new_uuid();
    const known = door === null ? undefined : this.doors.get(door);
    const happened_at = this.clock.now().toISOString();
    const base = { op_id, kind, happened_at, clock: this.clock.run, body };
    for (;;) {
      const before = await this.vault.outbox();
      const seq = before.last_seq + 1;
      const made: Made = {
        ...base,
        offset_ms: this.offsets[this.clock.run] ?? null,
        base_version: known?.v ?? this.last_seen(door),
        epoch: this.pack?.epoch ?? null,
        door: kind === "household" ? -seq : door,
        title: title ?? this.title_of(kind === "household" ? (body as { label: string }) : (known ?? null), door),
      };
      const writes: Write[] = [
        await this.vault.sealed("ops", op_id, made),
        { store: "envelopes", key: op_id, value: await this.envelope(made, seq, before.epoch) },
      ];
      const ended = given !== null && (kind === "visit" || kind === "household") ? this.places_of(given) : [];
      for (const one of ended) writes.push({ store: "sealed", drop: `draft:${one}` });
      // Another tab may have taken the number meanwhile.
      const step = (now: Outbox) =>
        now.last_seq === before.last_seq ? reduce(now, { type: "made", op_id, bytes, is_alone: kind === "photo" }) : null;
      const after = await this.stored(step, writes);
      if (!after) continue;
      this.outbox = after;
      this.made.set(op_id, made);
      for (const one of ended) this.drafts.delete(one);
      this.changed(made.door);
      return this.view(op_id)!;
    }
  }

  /** The number under which a door found here stands on the list since the register took it in; else its own. */
  place_of(id: number): number {
    if (id >= 0) return id;
    const found = [...this.made.values()].find((one) => one.kind === "household" && one.door === id)?.op_id;
    if (found) for (const door of this.doors.values()) if (door.key === found) return door.id;
    return id;
  }

  /** Every number under which this door may have been typed at. */
  private places_of(id: number): number[] {
    const earlier = [...this.drafts.keys()].filter((one) => one < 0 && this.place_of(one) === id);
    return [id, this.place_of(id), ...earlier];
  }

  draft(door: number): unknown {
    return this.places_of(door).map((one) => this.drafts.get(one)).find((one) => one !== undefined) ?? null;
  }

  async keep_draft(door: number, typed: unknown): Promise<void> {
    const key = `draft:${door}`;
    const write: Write = typed === null ? { store: "sealed", drop: key } : await this.vault.sealed("sealed", key, typed);
    await this.stored((now) => now, [write]);
    if (typed === null) this.drafts.delete(door);
    else this.drafts.set(door, typed);
  }

  /** The worker has seen why it was given back. */
  async read(op_id: string): Promise<void> {
    const after = await this.vault.change((now) => reduce(now, { type: "read", op_id }));
    if (after) this.outbox = after;
    this.changed(null);
  }

  async choose_area(area: number): Promise<void> {
    await this.vault.change((now) => now, [await this.vault.sealed("sealed", "area", area)]);
    this.area = area;
  }

  /** What waits and has no envelope gets one: a server put back from a backup has it no more. */
  async seal_again(): Promise<void> {
    const sealed = new Set(await this.vault.database.getAllKeys("envelopes"));
    for (const op of this.outbox.ops) {
      const made = this.made.get(op.op_id);
      if (op.status !== "waiting" || !made || sealed.has(op.op_id)) continue;
      const value = await this.envelope(made, op.seq, this.outbox.epoch);
      const still_waits = (now: Outbox) => now.ops.some((one) => one.op_id === op.op_id && one.status === "waiting");
      await this.vault.change((now) => (still_waits(now) ? now : null), [{ store: "envelopes", key: op.op_id, value }]);
    }
  }

  ops(which: "confirmed" | "waiting" | "refused"): OpView[] {
    const belongs = (op: Op) =>
      which === "waiting" ? op.status === "waiting" : (which === "confirmed" ? CONFIRMED : REFUSED).has(op.status);
    return this.views(belongs);
  }

  /** What the server's picture of its doors does not hold yet, newest first. */
  unseen(): OpView[] {
    const seen = this.pack ? Date.parse(this.pack.pulled_at) : 0;
    return this.views((op) => op.received_at === null || Date.parse(op.received_at) > seen);
  }

  private views(belongs: (op: Op) => boolean): OpView[] {
    const found: OpView[] = [];
    for (const op of this.outbox.ops) {
      const view = belongs(op) ? this.view(op.op_id, op) : null;
      if (view) found.unshift(view);
    }
    return found;
  }

  private view(op_id: string, op = this.outbox.ops.find((one) => one.op_id === op_id)): OpView | null {
    const made = this.made.get(op_id);
    if (!made || !op) return null;
    const placed = made.door === null || made.door >= 0 ? made : { ...made, door: this.place_of(made.door) };
    return as_view(placed, op, this.receipts.get(op_id), made.offset_ms ?? this.offset_of(made.clock));
  }

  /** Of a door that is not here: its version when something was last done at it, as far as that is still here. One that
   * was never here, and one found here, has none: the server takes nothing of it as seen. */
  private last_seen(door: number | null): number | null {
    const epoch = this.pack?.epoch ?? null;
    const known = [...this.made.values()].filter((one) => door !== null && one.door === door && one.epoch === epoch);
    const versions = known.flatMap((one) => one.base_version ?? []);
    return versions.length ? Math.max(...versions) : null;
  }

  private title_of(door: { label: string; head?: string; head_name?: string } | null, id: number | null): string {
    if (door) return [door.label, door.head ?? door.head_name].filter(Boolean).join(" ");
    const found = id === null ? undefined : [...this.made.values()].find((one) => one.door === id);
    return found?.title ?? "";
  }

  private envelope(made: Made, seq: number, epoch: string | null) {
    const ops = [as_operation(made, seq, epoch, this.offsets)];
    const server_key = this.head?.server_key ?? this.device.server_key;
    const { happened_at: sent_at, clock } = made;
    const { secret, device } = this;
    return enclose(server_key, { device: device.id, secret, contract: CONTRACT, epoch, sent_at, clock, ops });
  }

  private async stored(step: (now: Outbox) => Outbox | null, writes: Write[]): Promise<Outbox | null> {
    try {
      return await this.vault.add(step, writes);
    } catch (error) {
      throw new FieldError(is_full(error) ? "storage_full" : "storage_failed", String(error));
    }
  }
}
