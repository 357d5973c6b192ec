import { describe, expect, test } from "vitest";
import type { ListRow, Lists } from "../src/contract";
import type { OpView } from "../src/field";
import { answer_body, bar_of, row_views, takes, view_of_row } from "../src/pack/rows";

const NOON = new Date("2026-08-05T04:00:00Z");
const HOURS = [22, 7] as const;
const NIGHT = new Date("2026-08-05T15:30:00Z"); // 23:30 in the county

function a_row(more: Partial<ListRow> = {}): ListRow {
  return {
    id: 1, list: 1, state: "out", name: "甲", sex: "", birth_on: null, id_masked: "", phones: [], address: "", came_from: "", came_on: null,
    due_at: "2026-08-05T17:30:00Z", is_urgent: false, show_code: "4821", person: null, household: null, worker: "", worker_name: "",
    taken_until: null, spoken_to: null, calls: [], answer: null, may_confirm_nobody: false, ...more,
  };
}
function an_op(kind: "list_call" | "list_answer", body: object, at = NOON, status: OpView["status"] = "waiting"): OpView {
  return { op_id: String(Math.random()), seq: 1, kind, door: null, title: "", text: "", made_at: at.toISOString(), status, body: { row: 1, ...body } };
}
const told = (...rows: ListRow[]): Lists => ({ lists: [], rows, more: 0 });

describe("who may be rung", () => {
  test("nobody at night, but whom the protocol marks urgent", () => {
    expect(bar_of(a_row(), NOON, HOURS)).toBeNull();
    expect(bar_of(a_row(), NIGHT, HOURS)).toBe("night");
    expect(bar_of(a_row(), new Date("2026-08-04T22:59:00Z"), HOURS)).toBe("night"); // 6:59
    expect(bar_of(a_row(), new Date("2026-08-04T23:00:00Z"), HOURS)).toBeNull();
    expect(bar_of(a_row({ is_urgent: true }), NIGHT, HOURS)).toBeNull();
  });
  test("nobody whom somebody else is ringing just now", () => {
    expect(bar_of(a_row({ taken_until: "2026-08-05T04:10:00Z", worker: "other" }), NOON, HOURS)).toBe("taken");
    expect(bar_of(a_row({ taken_until: "2026-08-05T03:59:00Z", worker: "other" }), NOON, HOURS)).toBeNull();
    expect(bar_of(a_row({ taken_until: "2026-08-05T04:10:00Z", worker: "mine" }), NOON, HOURS)).toBeNull();
  });
  test("nobody who was reached for another list", () => {
    expect(bar_of(a_row({ spoken_to: "2026-08-04T04:00:00Z", is_urgent: true }), NOON, HOURS)).toBe("spoken_to");
  });
});

describe("how a row stands", () => {
  test("answered here it waits, and is done when the server has it", () => {
    const op = an_op("list_answer", { code: "not_here", present_place: "长沙" });
    const view = view_of_row(a_row(), null, [op], NOON, "王小红");
    expect([view.status, view.row.answer?.present_place, view.row.answer?.by, view.is_pending]).toEqual(["waiting", "长沙", "王小红", true]);
    expect(view_of_row(a_row(), null, [{ ...op, status: "filed" }], NOON).status).toBe("done");
  });
  test("在核 is no answer: it stays to be done", () => {
    expect(view_of_row(a_row(), null, [an_op("list_answer", { code: "in_progress", note: "在找" })], NOON).status).toBe("in_progress");
  });
  test("past its hour it is late until it is answered", () => {
    const late = a_row({ due_at: "2026-08-05T03:00:00Z" });
    expect(view_of_row(late, null, [], NOON).status).toBe("late");
    expect(view_of_row({ ...late, state: "answered" }, null, [], NOON).status).toBe("done");
  });
  test("查无此人 needs three tries that are not all within three hours", () => {
    const at = (hours: number) => an_op("list_call", { outcome: "no_answer" }, new Date(NOON.getTime() + hours * 3_600_000));
    expect(view_of_row(a_row(), null, [at(0), at(1), at(2)], NOON).row.may_confirm_nobody).toBe(false);
    expect(view_of_row(a_row(), null, [at(0), at(1), at(3)], NOON).row.may_confirm_nobody).toBe(true);
    expect(view_of_row(a_row(), null, [at(0), at(4)], NOON).row.may_confirm_nobody).toBe(false);
  });
});

describe("the order", () => {
  test("is one's own first, then the soonest due; what is answered comes last", () => {
    const rows = [
      a_row({ id: 1, worker: "other", worker_name: "别人" }),
      a_row({ id: 2 }),
      a_row({ id: 3, worker: "mine", due_at: "2026-08-05T18:00:00Z" }),
      a_row({ id: 4, worker: "mine" }),
      a_row({ id: 5, worker: "mine", state: "answered" }),
    ];
    expect(row_views(told(...rows), [], NOON).map((one) => one.row.id)).toEqual([4, 3, 2, 1, 5]);
  });
  test("an operation counts for its own row alone, newest last", () => {
    const ops = [an_op("list_answer", { code: "controlled" }), an_op("list_answer", { code: "refused" })]; // newest first
    const [one, two] = row_views(told(a_row(), a_row({ id: 2 })), ops, NOON).sort((a, b) => a.row.id - b.row.id);
    expect([one!.row.answer?.code, two!.row.answer]).toEqual(["controlled", null]);
  });
  test("what somebody else has is not among mine", () => {
    const [view] = row_views(told(a_row({ worker: "other", name: "郝新来" })), [], NOON);
    expect([takes(view!, "", "mine"), takes(view!, "新来", "all"), takes(view!, "王", "all")]).toEqual([false, true, false]);
  });
});

describe("what an answer says", () => {
  const typed = { code: "not_here", present_place: " 长沙 ", note: "", measure: "居家隔离", tested_on: "2026-08-04", test_result: "negative" };
  test("only what its code asks for: a correction carries nothing of what was typed for another", () => {
    expect(answer_body(1, typed)).toEqual({ row: 1, code: "not_here", present_place: "长沙" });
    expect(answer_body(1, { ...typed, code: "wrong_phone", note: "机主姓陈" })).toEqual({ row: 1, code: "wrong_phone", note: "机主姓陈" });
    expect(answer_body(1, { ...typed, code: "controlled" })).toEqual({ row: 1, ...typed, code: "controlled", present_place: "长沙", note: undefined });
  });
});
