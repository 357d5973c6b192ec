/** A pull's answer on the doors that are here. Pure. */

import type { Door, PullAnswer } from "../contract";

/** Where the pack stands; kept beside it. */
export interface PackState {
  cursor: string;
  epoch: string;
  head_id: string;
  pulled_at: string; // the server's clock
}

export function applied(doors: ReadonlyMap<number, Door>, answer: Pick<PullAnswer, "full" | "doors" | "gone">) {
  const after = new Map<number, Door>(answer.full ? [] : doors);
  for (const id of answer.gone) after.delete(id);
  for (const door of answer.doors) after.set(door.id, door);
  return after;
}
