/** The real Field: the phases of this phone, what the screens see of an open session, and when the server is asked. */

import { reactive, shallowReactive, watch } from "vue";
import { ask_to_keep, browser_of, has_crypto } from "./browser";
import { is_pin, TRIES } from "./crypto/lock";
import { type Came, Enrolling, put_behind_pin } from "./enrolling";
import { type AreaChoice, type DoorView, type Field, FieldError } from "./field";
import { is_cut_off, tell_around } from "./frame";
import { frames_of, outbox_text } from "./handover/file";
import { send_leftovers } from "./handover/send";
import { spread } from "./outbox/reduce";
import { Session } from "./session";
import { show_session } from "./showing";
import { type Database, get_plain, open_database, type Plain } from "./store/database";
import { hold_reserve } from "./store/reserve";
import { next_run, Vault } from "./store/vault";
import { ask_after, fates_of, may_ask } from "./sync/asking";
import { Client, Ended, Interrupted } from "./sync/client";
import { Clock } from "./sync/clock";
import { watch_outside } from "./outside";
import { call, Silence } from "./sync/network";
import { in_turn } from "./sync/turn";
import { watch_updates } from "./updating";
import { try_pin, wipe } from "./wiping";

const EVERY_MS = 60_000;
const TICKET_MS = 5_000;
const AFTER_RECORD_MS = 300; // several taps of one door go together
const CLAIM_MS = 3_000; // longer nobody waits with the phone in the hand
const LEFT_ALONE_MS = 15 * 60_000; // then the PIN is asked again

const after = (delay_ms: number) => new Promise<null>((told) => setTimeout(told, delay_ms, null));

export function phone_field(language: () => string): Field {
  const tab = String(Math.random());
  const updating = watch_updates((version) => {
    field.version.waiting = version;
    if (field.phase !== "open") updating.wanted();
  });
  const other_tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("lianfang");
  let database: Database;
  let enrolling: Enrolling;
  let session: Session | null = null;
  let client: Client | null = null;
  let running: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const browser = browser_of(navigator.userAgent);
  const field: Field = reactive<Field>({
    phase: "starting",
    keeps: browser.is_in_chat ? "unsure" : "yes",
    browser: browser.name,
    invitation: null,
    host: null,
    ending: null,
    fates: null,
    tries: TRIES,
    online: navigator.onLine && !is_cut_off(),
    syncing: false,
    last_contact: null,
    trouble: null,
    version: { running: __VERSION__, waiting: null },
    head: null,
    doors: shallowReactive(new Map<number, DoorView>()),
    counts: { confirmed: 0, waiting: 0, refused: 0 },
    rows: [],
    rows_left_out: 0,
    areas: [],

    now: () => session?.server_now() ?? new Date(),
    door: (id) => field.doors.get(id) ?? (session && field.doors.get(session.place_of(id))) ?? null,
    async enrol(code) {
      await came(await enrolling.enrol(code));
    },
    async join(person) {
      await came(await enrolling.join(person));
    },
    async set_pin(pin) {
      if (!is_pin(pin)) throw new FieldError("bad_pin");
      await put_behind_pin(database, pin);
      await field.unlock(pin);
    },
    async unlock(pin) {
      const { key, left } = await try_pin(database, pin);
      field.tries = left;
      if (key) await open(key);
      else if (left <= 0) {
        await rest();
        other_tabs?.postMessage("ended");
      }
      return { ok: key !== null, left };
    },
    lock() {
      if (field.phase !== "open") return;
      close();
      field.phase = "locked";
    },
    async record(op) {
      const view = await opened().record(op);
      plan(AFTER_RECORD_MS);
      return view;
    },
    ops: (which) => session?.ops(which) ?? [],
    async read(op_id) {
      await opened().read(op_id);
    },
    sync() {
      running ??= round().finally(() => {
        running = null;
      });
      return running;
    },
    async choose_area(area) {
      await opened().choose_area(area);
      await field.sync();
    },
    dial(id, person) {
      const door = field.door(id)?.door;
      const phone = person ? door?.people.find((one) => one.id === person)?.phone : door?.phone;
      ring(phone, { household: id, ...(person && { person }) }, id);
    },
    dial_worker(worker) {
      ring(field.head?.chain.find((one) => one.worker === worker)?.phone, { worker });
    },
    async claim(row) {
      const key = opened().key;
      const asked = call("/api/v1/lists/claim", { method: "POST", key, body: { row }, language: language() });
      const answer = await Promise.race([asked, after(CLAIM_MS)]).catch(() => null);
      if (answer && [401, 403, 404, 409].includes(answer.http) && answer.json) {
        const told = (answer.json.error ?? answer.json) as { code?: string; message?: string };
        throw new FieldError(told.code ?? "failed", told.message ?? "");
      }
    },
    dial_row(row, number) {
      const name = field.rows.find((one) => one.row.id === row)?.row.name ?? "";
      ring(number, { row }, undefined, name);
    },
    draft: (door) => session?.draft(door) ?? null,
    keep_draft: (door, typed) => opened().keep_draft(door, typed),
    async handover_file() {
      return new Blob([await outbox_text(database, () => true)], { type: "application/octet-stream" });
    },
    async handover_frames() {
      // A photo would be hundreds of pictures: it goes by file.
      const photos = new Set(session?.outbox.ops.filter((op) => op.is_alone).map((op) => op.op_id));
      return frames_of(await outbox_text(database, (op_id) => !photos.has(op_id)));
    },
    hold_update: () => updating.hold(),
    update: () => updating.wanted(),
  }) as Field;

  // ---------- phases ----------

  async function start(): Promise<void> {
    if (!has_crypto()) {
      field.phase = "no_crypto";
      field.keeps = "no";
      return;
    }
    try {
      database = await open_database(() => location.reload());
      enrolling = new Enrolling(database, call, language);
      await rest();
    } catch {
      field.phase = "no_storage";
      field.keeps = "no";
    }
  }

  /** The phase of a phone on which nothing is open. */
  async function rest(): Promise<void> {
    close();
    const [lock, device, ending] = await Promise.all(
      (["lock", "device", "ending"] as const).map((key) => get_plain(database, key)),
    ) as [Plain["lock"] | undefined, Plain["device"] | undefined, Plain["ending"] | undefined];
    field.tries = lock?.left ?? TRIES;
    field.ending = ending ?? null;
    field.fates = ending ? await fates_of(database) : null;
    // Before the screen of its phase: nobody is to read for a moment that nothing waits.
    if (ending || device) field.counts.waiting = (await database.getAllKeys("envelopes")).length;
    if (ending) field.phase = ending.code === "wiped" ? "wiped" : "revoked";
    else if (lock?.pin) field.phase = "locked";
    else if (lock && (await database.getKey("sealed", "secret"))) field.phase = "set_pin";
    else if (lock && (await database.getKey("sealed", "ticket"))) field.phase = "waiting";
    else field.phase = "invited";
    if (field.phase === "waiting") field.host = await enrolling.host();
    if (field.phase === "waiting" || ending) plan(0);
  }

  async function came(how: Came): Promise<void> {
    field.invitation = null;
    field.host = how.is === "newcomer" ? how.host : field.host;
    if (how.is === "newcomer") field.phase = "newcomer";
    else await rest();
    field.trouble = how.is === "refused" ? { code: "devices.refused", message: "", until: null } : null;
    if (how.is === "waiting") plan(TICKET_MS);
    if (how.is !== "enrolled") return;
    tell_around("enrolled");
    void ask_to_keep();
  }

  async function open(key: CryptoKey): Promise<void> {
    const clock = new Clock(await next_run(database), () => next_run(database));
    session = await Session.open(new Vault(database, key), clock, show);
    client = new Client(session, call, language);
    field.phase = "open";
    show(null);
    void hold_reserve(database);
    void field.sync();
  }

  function close(): void {
    session = client = null;
    field.head = null;
    field.rows = [];
    field.rows_left_out = 0;
    field.doors.clear();
  }

  function opened(): Session {
    if (!session) throw new FieldError("locked");
    return session;
  }

  function show(door: number | null): void {
    if (session) show_session(field, session, door);
    if (door !== null) other_tabs?.postMessage("changed");
  }

  // ---------- when the server is asked ----------

  function plan(delay_ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void field.sync(), delay_ms);
  }

  async function round(): Promise<void> {
    let next_ms = EVERY_MS;
    field.syncing = true;
    try {
      if (field.phase === "waiting") await came(await enrolling.ask());
      if (is_over()) throw new Ended("devices.expired", "");
      if (client && session) await in_turn(database, tab, talk);
      if (field.ending) await wind_up();
      else if (session?.leftovers) session.leftovers = await send_leftovers(database, call);
      const refused = field.trouble?.code === "devices.refused" ? field.trouble : null; // by the leader: it stays said
      Object.assign(field, { online: true, trouble: refused, areas: [] });
      // Recorded while we were talking.
      if (session?.outbox.ops.some((op) => op.status === "waiting" && !op.refusals)) next_ms = AFTER_RECORD_MS;
    } catch (error) {
      next_ms = await troubled(error);
    } finally {
      field.syncing = false;
      show(null);
    }
    if (field.phase === "open" || field.phase === "waiting" || field.ending) {
      plan(field.phase === "waiting" ? TICKET_MS : next_ms);
    }
  }

  /** A shift that is over ends here too, network or not: what was done is sent or stays sealed. */
  function is_over(): boolean {
    const until = session?.head?.me.works_until;
    return Boolean(until && session && session.server_now().getTime() > Date.parse(until));
  }

  async function talk(): Promise<void> {
    const stored = () => session!.ops("confirmed").length + session!.ops("refused").length;
    const before = stored();
    await client!.run();
    if (stored() !== before) tell_around("receipts");
    field.last_contact = field.now().toISOString();
    other_tabs?.postMessage("changed");
  }

  async function troubled(error: unknown): Promise<number> {
    if (error instanceof Ended) {
      await end(error);
      return 1_000;
    }
    const told = error instanceof Interrupted || error instanceof FieldError ? error : null;
    const code = told?.code ?? (error instanceof Silence ? "offline" : "failed");
    if (code === "other_tab") return EVERY_MS;
    if (error instanceof Interrupted) field.areas = (error.detail as { areas?: AreaChoice[] } | null)?.areas ?? [];
    if (code === "failed") console.error(error);
    if (code === "offline") field.online = false;
    const failures = Math.max(session?.outbox.failures ?? 1, 1);
    const wait_ms = spread(failures, told?.retry_after ?? null, Math.random()) * 1_000;
    field.trouble = { code, message: told?.message ?? "", until: new Date(Date.now() + wait_ms).toISOString() };
    return wait_ms;
  }

  /** Of a phone that has ended: what is left goes, and what became of the rest is asked. */
  async function wind_up(): Promise<void> {
    field.counts.waiting = await send_leftovers(database, call);
    await ask_after(database, call);
    field.fates = await fates_of(database);
  }

  /** What waits is still taken from a device that was ended; then all that was synced goes. */
  async function end(ended: Ended): Promise<void> {
    await client?.push_all().catch(() => {});
    const key = session?.key;
    const kept = await wipe(database, { code: ended.code, message: ended.message });
    const told = await call("/api/v1/devices/forgotten", { method: "POST", key, body: { kept } }).catch(() => null);
    if (key && told?.http === 200) await may_ask(database, key);
    await rest();
    other_tabs?.postMessage("ended");
  }

  function ring(phone: string | null | undefined, body: unknown, door?: number, title?: string): void {
    if (!phone) return;
    void field.record({ kind: "dial", body, door, title }).catch(() => {});
    location.href = `tel:${phone}`;
  }

  other_tabs?.addEventListener("message", ({ data }) => void (data === "ended" ? rest() : session?.load()));
  watch_outside({
    link: (code) => {
      field.invitation = code;
    },
    online: (is_online) => {
      field.online = is_online;
      if (is_online) plan(Math.random() * 1_000);
    },
    seen: (left_alone_ms) => {
      if (left_alone_ms > LEFT_ALONE_MS) field.lock();
      else if (field.phase === "open") plan(0);
    },
  });
  watch(
    () => field.phase,
    (phase) => phase !== "open" && field.version.waiting && updating.wanted(),
  );
  void start();
  return field;
}
