// What server and phone say to each other. The server's half: lianfang/sync and lianfang/accounts.

export const CONTRACT = 1;

export type Kind = "visit" | "household" | "person" | "photo" | "dial" | "exemption" | "list_call" | "list_answer";

/** All five mean: stored at the server. Anything else, and the phone keeps the operation and sends it again. */
export type ReceiptStatus = "filed" | "already_filed" | "held" | "conflict_kept" | "quarantined";

export interface Receipt {
  op_id: string;
  status: ReceiptStatus;
  code?: string;
  message?: string; // words for the worker, in the language asked for
  detail?: Record<string, unknown>;
}

/** What became of an operation that waited for a person; told by a pull. */
export interface Settled extends Omit<Receipt, "status"> {
  status: "already_filed" | "set_aside"; // set_aside: given back, `message` says why
}

/** One thing done, as it is sent. Times are the phone's clock. */
export interface Operation {
  op_id: string;
  seq: number; // counts from 1 on one installation, without holes
  kind: Kind;
  happened_at: string;
  clock: number; // run of the phone's clock
  offset_ms: number | null; // server time − phone time, if learnt in that run
  base_version: number | null; // version of the door it was made on; null: nothing of it was seen
  body: unknown;
}

export interface Reported {
  waiting: number;
  refused: number;
  last_seq: number;
}

export interface Push {
  device: string;
  contract: number;
  app: string; // version of this app
  epoch: string | null;
  sent_at: string;
  clock: number;
  offset_ms: number | null; // server time − phone time, if learnt in this run
  reported: Reported;
  ops: Operation[];
}

export interface PushAnswer {
  receipts: Receipt[];
  missing_seq: [number, number][];
  epoch: string;
  backed_up_through: string | null;
  now: string;
}

export interface PullAnswer {
  cursor: string;
  epoch: string;
  now: string;
  backed_up_through: string | null;
  full: boolean;
  head_id: string;
  head?: Head;
  doors: Door[];
  gone: number[];
  digest: string;
  lists_id?: string;
  lists?: Lists; // left out when the phone has them
  settled?: Settled[]; // of the operations the phone asked after (`unsettled`)
}

export interface Enrolled {
  device: string;
  secret: string;
  user: { name: string; title: string };
  server_key: ServerKey;
}

/** P-256 public key (SPKI, base64) to which a hand-over is sealed. */
export interface ServerKey {
  id: string;
  spki: string;
}

/** `night`: the hours from which and until which nobody is rung, unless a row is urgent; `measures`: how somebody may be
 * watched over. What the server counts by: this phone holds no numbers of its own. */
export interface Rules {
  attempts: number;
  late_hour: string;
  night?: [number, number]; // left out of a head that was stored before the server told it
  measures: string[];
}

export interface Head {
  me: {
    user: number;
    worker: number | null;
    name: string;
    title: string;
    duty_phone: string;
    works_until: string | null;
  };
  server_key: ServerKey;
  areas: Area[]; // those doors hang on, and those above up to the village
  chain: ChainLink[]; // who answers for these areas, from grid up to county
  rounds: Round[];
  asks: Record<string, Ask[]>; // by id of a set
  questions: Record<string, Question>; // by "key@version"
  rules: Rules;
}

export interface Area {
  id: number;
  parent: number | null;
  name: string;
  level: string;
  order: number;
  full_name: string;
}

export interface ChainLink {
  area: number;
  name: string;
  title: string;
  level: string;
  part: "a" | "b";
  worker: number;
  phone: string | null; // dialled, never shown
}

export interface Round {
  id: number;
  title: string;
  short: string;
  department: string;
  number: number;
  opens_at: string;
  due_at: string;
  purpose: string;
  base: "registered" | "living" | "tonight";
  proxy_allowed: boolean; // somebody else may answer for who was not seen
}

export interface Ask {
  q: string; // key@version
  required: boolean;
  conditions: [show_if: string, require_if: string][]; // one pair a form; shown if any pair says so
  rounds: number[];
  departments: string[];
  since: string; // an answer that happened since then is known
}

export type QuestionType = "boolean" | "integer" | "decimal" | "text" | "date" | "choice" | "choices";

export interface Question {
  key: string;
  version: number;
  about: "household" | "person";
  type: QuestionType;
  privacy: "plain" | "personal" | "sensitive";
  label: Label;
  choices?: [code: string, zh: string, en: string][];
  exclusive?: string[]; // choices that stand alone (没有)
  range?: [number | null, number | null];
  unit?: string;
  proxy_allowed: boolean;
}

export type Label = { "zh-Hans": string; en: string };

export interface Door {
  id: number;
  v: number;
  area: number;
  label: string;
  unit: string;
  floor: string;
  room: string;
  order: number;
  kind: "family" | "collective";
  head: string;
  is_unnamed: boolean;
  phone: string | null; // dialled, never shown
  expected: number | null;
  targets: Target[];
  asks: string;
  facts: Record<string, FactValue>;
  people: Person[];
  attempts: Attempt[]; // newest 6 of the running rounds
  conflicts: Conflict[];
  is_asked_off?: boolean; // to leave the list: the village has not decided yet
  key?: string; // found in the field: the op_id under which a phone reported it
}

export interface Target {
  round: number;
  person: number; // 0: the household
  state: "open" | "done" | "not_met" | "exempt";
  due_at: string;
  reason: string;
  is_found: boolean;
}

/** `value` is null for class sensitive: known, not told. */
export type FactValue = [value: unknown, happened_at: string, channel: string, by: string];

export interface Person {
  id: number;
  name: string;
  initials: string;
  relation: string;
  sex: string;
  birth_on: string | null;
  id_masked: string;
  phone: string | null;
  registered: boolean;
  living: boolean;
  tonight: boolean;
  asks: string;
  facts: Record<string, FactValue>;
  presence: Presence | null;
  key?: string; // only here: entered on this phone and not in the pack yet
}

export type Presence = [
  code: string,
  at: string,
  place: string,
  back_on: string | null,
  answered_by: number | null,
];

export interface Attempt {
  visit: string;
  channel: string;
  outcome: string;
  at: string;
  by: string;
  mine: boolean;
  back_at: string | null;
  note: string;
  superseded: boolean;
}

export interface Conflict {
  question: string;
  person: number;
  values: { value: unknown; at: string; by: string }[];
}

// Bodies of operations, as intake/rules.py reads them.

export interface VisitBody {
  household: number | string; // id, or the op_id of a `household` operation
  channel: string;
  outcome: string;
  worker?: number;
  lines?: VisitLine[];
  members?: NewMember[];
  answers?: Answers; // of the household
  back_at?: string;
  note?: string;
  supersedes?: string;
  as_before?: string[]; // what was said by 同上轮: "7.presence", "7.dose", "household.h_n"
}

export type Answers = Record<string, unknown>;

interface Met {
  presence: string;
  away_place?: string;
  away_since?: string;
  back_on?: string;
  reason?: string;
  answers?: Answers;
}

export interface VisitLine extends Met {
  person: number | string; // id, or the key of a member entered earlier
  answered_by?: number | string;
}

export interface NewMember extends Met {
  key?: string; // uuid, so that later visits may name them
  name: string;
  relation?: string;
  sex?: string;
  birth_on?: string;
  id_number?: string;
  phone?: string;
  registered?: boolean;
}

export interface HouseholdBody {
  area: number;
  label: string;
  unit?: string;
  floor?: string;
  room?: string;
  kind?: "family" | "collective";
  head_name?: string;
  visit?: Omit<VisitBody, "household">;
}

export interface PersonBody {
  person: number;
  fields: { name?: string; sex?: string; birth_on?: string; relation?: string; phone?: string; id_number?: string };
}

export interface PhotoBody {
  visit: string;
  media_type: "image/jpeg" | "image/webp";
  data: string; // base64, at most 180 KB decoded
}

export type DialBody = { household: number; person?: number } | { worker: number } | { row: number };

/** Rows of pushed lists that are to be checked here, soonest due first; `more` were left out. */
export interface Lists {
  lists: PushedList[];
  rows: ListRow[];
  more: number;
}

export interface PushedList {
  id: number;
  number: string; // 0807-1
  title: string;
  sender: string;
  received_at: string;
  due_at: string;
  case_number: string; // the proof a caller gives
  call_back: string; // public: the duty phone that says who we are
  is_closed: boolean;
}

export interface ListRow {
  id: number;
  list: number;
  state: "out" | "in_progress" | "answered"; // answered: by this worker, lately
  name: string;
  sex: string;
  birth_on: string | null;
  id_masked: string;
  phones: { number: string; from: "list" | "register" }[]; // dialled, never shown
  address: string;
  came_from: string;
  came_on: string | null;
  due_at: string;
  is_urgent: boolean; // rung at night too
  show_code: string; // what the person tells the next caller
  person: number | null; // of the register
  household: number | null;
  worker: "mine" | "other" | "";
  worker_name: string;
  taken_until: string | null; // somebody else rings until then
  spoken_to: string | null; // reached for another list: not rung again
  calls: ListCall[]; // newest 6
  answer: ListAnswer | null;
  may_confirm_nobody: boolean;
}

export interface ListCall {
  at: string;
  outcome: string;
  by: string;
  mine: boolean;
}

export interface ListAnswer {
  code: string;
  at: string;
  by: string;
  mine: boolean;
  note: string | null;
  present_place: string | null;
  measure: string;
  tested_on: string | null;
  test_result: string;
}

export interface ListCallBody {
  row: number;
  outcome: string;
  note?: string;
}

export interface ListAnswerBody {
  row: number;
  code: string;
  note?: string;
  present_place?: string;
  measure?: string;
  tested_on?: string;
  test_result?: string;
  household?: number | string; // where the person was found: id, or the op_id of a `household` operation
}

export interface ExemptionBody {
  household: number;
  person?: number;
  reason: string;
  note?: string;
}
