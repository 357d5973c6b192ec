/** The one object that screens use. Everything else in src/ stands behind it. */

import type { InjectionKey } from "vue";
import { inject } from "vue";
import type { Attempt, Door, Head, Kind, Receipt, Settled } from "./contract";
import type { OpStatus } from "./outbox/reduce";
import type { RowView } from "./pack/rows";

export type Phase =
  | "starting"
  | "no_crypto" // no WebCrypto (no https): nothing is stored
  | "no_storage" // this browser keeps nothing: nothing is stored
  | "invited" // not enrolled; `invitation` holds the code of the link, if one was followed
  | "newcomer" // the code is for newcomers: who are you? (`host` says where and whose)
  | "waiting" // the leader has not yet said yes
  | "set_pin"
  | "locked"
  | "open"
  | "wiped" // five wrong PINs: only sealed operations are left
  | "revoked"; // the server ended this device: only sealed operations are left

export interface Field {
  phase: Phase;
  keeps: "yes" | "unsure" | "no"; // unsure inside the browsers of chat apps
  browser: string;
  invitation: string | null;
  host: { area: string; leader: string } | null; // while phase is "newcomer" or "waiting"
  ending: { code: string; message: string } | null; // why phase is "revoked"
  fates: { waiting: number; taken: number; given_back: number } | null; // of an ended phone: what became of its work
  tries: number; // PINs that may still be tried before all is wiped; below 5 after wrong ones, restarts in between or not
  online: boolean;
  syncing: boolean;
  last_contact: string | null;
  trouble: Trouble | null; // why the last sync did not go through
  version: { running: string; waiting: string | null };
  head: Head | null;
  doors: Map<number, DoorView>;
  /** The door of this number; of one found here also after the register has given it another. */
  door(id: number): DoorView | null;
  counts: { confirmed: number; waiting: number; refused: number };
  /** The server's clock as far as it is known: what is late, and what "今天" is, does not hang on this phone's. */
  now(): Date;
  rows: RowView[]; // of pushed lists, one's own first
  rows_left_out: number; // more than a phone holds
  areas: AreaChoice[]; // with trouble "sync.too_many_doors": one of these is to be chosen

  enrol(code: string): Promise<void>;
  join(person: { name: string; last4: string }): Promise<void>;
  set_pin(pin: string): Promise<void>;
  unlock(pin: string): Promise<{ ok: boolean; left: number }>;
  lock(): void;
  /** Resolves only when stored; the door's view changes at once. Raises FieldError and then nothing is stored. */
  record(op: { kind: Kind; body: unknown; door?: number; title?: string }): Promise<OpView>;
  ops(which: "confirmed" | "waiting" | "refused"): OpView[]; // newest first
  read(op_id: string): Promise<void>; // why it was given back has been seen: it is done with
  sync(): Promise<void>;
  choose_area(area: number): Promise<void>; // whose doors this phone holds
  dial(door: number, person?: number): void;
  dial_worker(worker: number): void;
  /** Nobody else rings meanwhile. Raises FieldError where somebody is ahead; without a network it is left to the pack. */
  claim(row: number): Promise<void>;
  dial_row(row: number, number: string): void;
  /** What was typed at a door and not yet recorded: kept encrypted, found again after a restart. null drops it. */
  draft(door: number): unknown;
  keep_draft(door: number, typed: unknown): Promise<void>;
  handover_file(): Promise<Blob>;
  handover_frames(): Promise<string[]>; // texts of QR pictures, at most 700 bytes each
  /** A screen on which something is being typed holds the new version off until it calls what it got. */
  hold_update(): () => void;
  update(): void;
}

export interface DoorView {
  door: Door; // with what was done here; `door.id` below 0: found here, on no list yet
  found: string | null; // then its op_id: `household` of the visits made there
  status: "open" | "late" | "not_met" | "done" | "exempt" | "waiting"; // waiting: answered here, not yet confirmed
  due_at: string | null;
  last: Attempt | null;
  is_pending: boolean; // something of this door waits to be sent
  rounds: number[]; // due here
}

export interface OpView {
  op_id: string;
  seq: number;
  kind: Kind;
  door: number | null;
  title: string; // the door or the person, as people say it
  text: string; // what the server said about it, or the note
  made_at: string;
  status: OpStatus;
  receipt?: Receipt | Settled;
  body: unknown;
}

export interface AreaChoice {
  id: number;
  name: string;
  doors: number;
}

export interface Trouble {
  code: string; // offline, busy, server, revoked, too_many_doors …
  message: string;
  until: string | null; // when it is tried again
}

/** What a screen must tell the worker. `code` is looked up in the words of the screen. */
export class FieldError extends Error {
  constructor(
    readonly code: "storage_full" | "storage_failed" | "locked" | "bad_pin" | "offline" | "too_large" | string,
    message = "",
    readonly retry_after: number | null = null, // seconds
  ) {
    super(message || code);
    this.name = "FieldError";
  }
}

export const FIELD: InjectionKey<Field> = Symbol("field");

export function use_field(): Field {
  const field = inject(FIELD);
  if (!field) throw new Error("no field was provided");
  return field;
}
