/** One thing that was done here, as it is kept (sealed); how far it has come stands in the outbox. */

import type { Kind, Operation, Receipt, Settled } from "../contract";
import type { OpView } from "../field";
import type { Op } from "./reduce";

export interface Made {
  op_id: string;
  kind: Kind;
  happened_at: string;
  clock: number;
  offset_ms: number | null;
  base_version: number | null;
  epoch: string | null; // of the server whose doors were here
  body: unknown;
  door: number | null; // as the screens number it: below 0 for one found here
  title: string; // the door, as people say it
}

/** `epoch`: of the server as it is known now; versions of an earlier one say nothing: 0, nothing was seen. */
export function as_operation(
  made: Made,
  seq: number,
  epoch: string | null,
  offsets: Record<number, number>,
): Operation {
  const { op_id, kind, happened_at, clock, body } = made;
  const base_version = made.base_version !== null && made.epoch !== epoch ? 0 : made.base_version;
  const offset_ms = made.offset_ms ?? offsets[clock] ?? null;
  return { op_id, seq, kind, happened_at, clock, offset_ms, base_version, body };
}

/** `offset_ms`: what this phone's clock was behind the server's when it was made. */
export function as_view(made: Made, op: Op, receipt: Receipt | Settled | undefined, offset_ms: number): OpView {
  const note = (made.body as { note?: unknown } | null)?.note;
  return {
    op_id: made.op_id,
    seq: op.seq,
    kind: made.kind,
    door: made.door,
    title: made.title,
    text: receipt?.message ?? (typeof note === "string" ? note : ""),
    made_at: new Date(Date.parse(made.happened_at) + offset_ms).toISOString(),
    status: op.status,
    receipt,
    body: made.body,
  };
}
