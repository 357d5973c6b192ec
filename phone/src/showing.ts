/** What the screens see of an open session. */

import { markRaw } from "vue";
import type { HouseholdBody } from "./contract";
import type { DoorView, Field, OpView } from "./field";
import { counts } from "./outbox/reduce";
import { row_views } from "./pack/rows";
import { found_view, view_of } from "./pack/views";
import type { Session } from "./session";

/** `door`: the only one that changed; null: any may have. */
export function show_session(field: Field, session: Session, door: number | null): void {
  field.head = session.head && markRaw(session.head);
  const { confirmed, waiting, refused } = counts(session.outbox);
  Object.assign(field.counts, { confirmed, waiting: waiting + session.leftovers, refused });
  if (door === null) {
    const told = session.lists?.told ?? null;
    field.rows = markRaw(row_views(told, session.unseen(), session.server_now(), session.head?.me.name ?? ""));
    field.rows_left_out = told?.more ?? 0;
  }
  const views = views_of(session, door);
  if (door === null) for (const id of [...field.doors.keys()]) if (!views.has(id)) field.doors.delete(id);
  for (const [id, view] of views) if (!is_same(field.doors.get(id), view)) field.doors.set(id, view);
}

function views_of(session: Session, only: number | null): Map<number, DoorView> {
  const [now, me] = [session.server_now(), session.head?.me.name ?? ""];
  const unseen = session.unseen();
  const by_door = new Map<number, OpView[]>();
  for (const op of unseen) if (op.door !== null) by_door.set(op.door, [...(by_door.get(op.door) ?? []), op]);
  const views = new Map<number, DoorView>();
  for (const door of session.doors.values()) {
    if (only === null || door.id === only) views.set(door.id, view_of(door, by_door.get(door.id) ?? [], now, me));
  }
  for (const op of unseen) {
    if (op.kind !== "household" || session.doors.has(op.door!)) continue; // on the list by now
    views.set(op.door!, found_view(op, by_door.get(op.door!) ?? [], session.head, asked_near(session, op), now, me));
  }
  return views;
}

/** What a found door will be asked: as the door in the same place of which most is asked. */
function asked_near(session: Session, op: OpView): string {
  const { area } = op.body as HouseholdBody;
  const all = [...session.doors.values()];
  const near = all.filter((door) => door.area === area);
  const rounds = (asks: string) => asks.split(".").length;
  return (near.length ? near : all).map((door) => door.asks).reduce((most, one) => (one.length > 1 && (most.length < 2 || rounds(one) > rounds(most)) ? one : most), "");
}

function is_same(one: DoorView | undefined, other: DoorView): boolean {
  return (
    one?.door === other.door &&
    one.status === other.status &&
    one.is_pending === other.is_pending &&
    one.due_at === other.due_at
  );
}
