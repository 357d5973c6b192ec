"""Whatever a sheet looks like, it gives what it says, and no row of it is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lianfang.intake.entries import Cursor, read_block
from lianfang.intake.rules import visit_values
from lianfang.intake.tests.test_entries import FORM, QUESTIONS, told
from lianfang.questions.rules import fault_of
from lianfang.register.rules import text

_DOOR = {"门": lambda d: f"{d.places[-1]}{d.label}", "户号": lambda d: d.reference}
_SEEN = ("见到", "√", "是", "在家", "见")


@st.composite
def evenings(draw: st.DrawFn) -> tuple[list[list[str]], dict[int, dict[str, str]], bool]:
    """A sheet of the list in any order of columns and rows, with any subset of doors, and what it says."""
    doors = [door for door in FORM.doors if door.members]
    columns = ["姓名", "见到情况", draw(st.sampled_from(sorted(_DOOR)))]
    columns += draw(
        st.lists(st.sampled_from(["疫苗接种几剂", "这几天发热", "屋内外积水", "序号", "备注"]), unique=True)
    )
    columns = draw(st.permutations(columns))
    chosen = draw(st.lists(st.sampled_from(doors), min_size=1, unique_by=lambda d: d.household_id))
    is_merged = draw(st.booleans())
    rows, truth = [], {}
    for each in chosen:
        water = draw(st.sampled_from(["没有", "无", "有，清了", "有,没清", ""]))
        for at, member in enumerate(each.members):
            met = draw(st.sampled_from([*_SEEN, "代答", "外出东莞", "拒绝"]))
            count = draw(st.integers(0, 5))
            cells = {
                "姓名": draw(st.sampled_from([member.name, "　".join(member.name), f" {member.name} "])),
                "见到情况": met,
                "疫苗接种几剂": draw(
                    st.sampled_from([str(count), f"{count}剂", f"{count}针", chr(0xFF10 + count)])
                ),
                "这几天发热": draw(st.sampled_from(["否", "×", "无", "0"])),
                "屋内外积水": water if at == 0 else "",
                "序号": str(len(rows) + 1),
                "备注": "",
            }
            key = next(column for column in columns if column in _DOOR)
            cells[key] = "" if is_merged and at else _DOOR[key](each)
            if met in ("外出东莞", "拒绝"):
                cells["疫苗接种几剂"] = cells["这几天发热"] = ""
            rows.append([cells[column] for column in columns])
            truth[member.person_id] = {"presence": met, "dose_count": count, "water": water}
    blank = [""] * len(columns)
    if draw(st.booleans()):
        rows.insert(draw(st.integers(0, len(rows))) if not is_merged else len(rows), blank)
    top = draw(st.lists(st.just(["杨梅村登记表", *[""] * (len(columns) - 1)]), max_size=2))
    return [*top, list(columns), *rows], truth, "疫苗接种几剂" in columns


@given(evenings())
def test_any_order_of_columns_and_any_doors_give_what_the_sheet_says(evening):
    rows, truth, asks_doses = evening
    found = read_block(rows, FORM)
    assert (told(found), found.unplaced) == ([], ())
    said = {line["person"]: line for entry in found.entries for line in entry.body["lines"]}
    assert set(said) == set(truth)
    for person, line in said.items():
        met = truth[person]["presence"]
        assert line["presence"] == {"代答": "answered_for", "外出东莞": "away", "拒绝": "refused"}.get(
            met, "seen"
        )
        if asks_doses and line["presence"] in ("seen", "answered_for"):
            assert line["answers"]["dose_count"] == truth[person]["dose_count"]
    for entry in found.entries:
        visit_values(entry.body)


_CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "易国强",
            "易桂花",
            "张三",
            "见到",
            "外出东莞",
            "1组1号",
            "2",
            "√",
            "同上",
            "同上轮",
            "=",
            "",
            "8.1",
            "合计",
            "H001",
        ]
    ),
)
_HEADERS = st.lists(
    st.sampled_from(
        [
            "姓名",
            "门",
            "户号",
            "人号",
            "见到情况",
            "外出地",
            "何时回",
            "备注",
            "疫苗接种几剂",
            "屋内外积水",
            "民族",
            "某列",
        ]
    ),
    min_size=1,
    max_size=7,
)


@given(_HEADERS, st.lists(st.lists(_CELLS, max_size=8), max_size=8), st.booleans())
def test_nothing_is_lost_whatever_is_pasted(headers, rows, is_at_cursor):
    """Every row is placed, kept, a row that nobody needs (empty, title, sum), or part of the header."""
    at = (
        Cursor(tuple((1, who) for who in ("11", "12", "13")), ("name", "presence", "place"))
        if is_at_cursor
        else None
    )
    found = read_block([headers, *rows], FORM, at)
    for entry in found.entries:
        body = {key: value for key, value in entry.body.items() if key != "as_before"}
        values = visit_values(body)
        asked = {question.key: question for question in QUESTIONS}
        for line in values["lines"]:
            for key, value in line.get("answers", {}).items():
                assert fault_of(asked[key], value) == ""
    for fault in (*found.faults, *(row.fault for row in found.unplaced)):
        assert fault.detail
        assert fault.remedy
        assert 0 <= int(fault.row) <= len(rows) + 1
    filed = {entry.household_id for entry in found.entries}
    wrong = {household for household in found.texts if household not in filed}
    assert not wrong or found.faults
    # A row with a name of the list in the column of names is at its place or among those that are kept.
    if "name" in found.columns.values() and found.has_header:
        place = next(at for at, column in found.columns.items() if column == "name")
        names = {member.name for each in FORM.doors for member in each.members}
        placed = {row for row, _ in found.came_from.values()} | {row.row for row in found.unplaced}
        placed |= {int(fault.row) for fault in found.faults}
        taken = {at for at, column in found.columns.items() if column[:2] == "q_" or column in _SAYING}
        for number, row in enumerate([headers, *rows], 1):
            says_more = any(at in taken and text(cell) for at, cell in enumerate(row))
            if len(row) > place and row[place] in names and says_more and not _is_passed(row):
                assert number in placed or _is_repeated(row, [headers, *rows][: number - 1]), number


_SAYING = ("presence", "place", "back", "note")


def _is_passed(row: list[str]) -> bool:
    """Sums and their like."""
    first = next((text(cell) for cell in row if text(cell)), "")
    return first in ("合计", "小计")


def _is_repeated(row: list[str], above: list[list[str]]) -> bool:
    """What a row above says of the same person already, a row need not say again."""
    return any(set(row) & set(other) for other in above)
