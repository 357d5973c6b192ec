/** What the screens see of an open session. */

import { markRaw } from "vue";
import type { DoorView, Field, OpView } from "./field";
import { counts } from "./outbox/reduce";
import { found_view, view_of } from "./pack/views";
import type { Session } from "./session";

/** `door`: the only one that changed; null: any may have. */
export function show_session(field: Field, session: Session, door: number | null): void {
  field.head = session.head && markRaw(session.head);
  const { confirmed, waiting, refused } = counts(session.outbox);
  Object.assign(field.counts, { confirmed, waiting: waiting + session.leftovers, refused });
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
    if (op.kind === "household") views.set(op.door!, found_view(op, by_door.get(op.door!) ?? [], now, me));
  }
  return views;
}

function is_same(one: DoorView | undefined, other: DoorView): boolean {
  return (
    one?.door === other.door &&
    one.status === other.status &&
    one.is_pending === other.is_pending &&
    one.due_at === other.due_at
  );
}
