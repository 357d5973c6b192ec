/** A field that keeps nothing: screens are developed and tested on it, and the practice door stands on one. */

import { reactive, shallowReactive } from "vue";
import type { Door, Head } from "./contract";
import { new_uuid } from "./crypto/random";
import type { DoorView, Field, OpView, Phase } from "./field";
import { view_of } from "./pack/views";

export function memory_field(given: { phase?: Phase; head?: Head; doors?: Door[]; now?: () => Date } = {}): Field {
  const now = given.now ?? (() => new Date());
  const made: OpView[] = [];
  const doors = shallowReactive(new Map<number, DoorView>());
  for (const door of given.doors ?? []) doors.set(door.id, view_of(door, [], now()));
  const drafts = new Map<number, unknown>();

  const field: Field = reactive({
    phase: given.phase ?? "open",
    keeps: "no",
    browser: "",
    invitation: null,
    host: null,
    ending: null,
    fates: null,
    tries: 5,
    online: true,
    syncing: false,
    last_contact: null,
    trouble: null,
    version: { running: "", waiting: null },
    head: given.head ?? null,
    doors,
    counts: { confirmed: 0, waiting: 0, refused: 0 },
    rows: [],
    rows_left_out: 0,
    areas: [],

    now,
    door: (id) => field.doors.get(id) ?? null,
    async enrol() {
      field.phase = "set_pin";
    },
    async join() {
      field.phase = "waiting";
    },
    async set_pin() {
      field.phase = "open";
    },
    async unlock(pin) {
      const ok = pin === "000000";
      if (ok) field.phase = "open";
      return { ok, left: ok ? 5 : 4 };
    },
    lock() {
      field.phase = "locked";
    },
    async record({ kind, body, door = null }) {
      const title = door === null ? "" : (doors.get(door)?.door.label ?? "");
      const op: OpView = {
        op_id: new_uuid(),
        seq: made.length + 1,
        kind,
        door,
        title,
        text: "",
        made_at: now().toISOString(),
        status: "waiting",
        body,
      };
      made.unshift(op);
      field.counts.waiting += 1;
      const seen = door === null ? undefined : doors.get(door);
      if (seen) doors.set(seen.door.id, view_of(seen.door, made.filter((one) => one.door === door), now()));
      return op;
    },
    ops: (which) => (which === "waiting" ? made : []),
    async read() {},
    async sync() {},
    async choose_area() {},
    dial() {},
    dial_worker() {},
    async claim() {},
    dial_row() {},
    draft: (door) => drafts.get(door) ?? null,
    async keep_draft(door, typed) {
      if (typed === null) drafts.delete(door);
      else drafts.set(door, typed);
    },
    handover_file: async () => new Blob([]),
    handover_frames: async () => [],
    hold_update: () => () => {},
    update() {},
  } satisfies Field) as Field;
  return field;
}
