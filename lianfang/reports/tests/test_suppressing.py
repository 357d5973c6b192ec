"""Small counts: hidden from a department for whose purpose nobody was asked, true for the purpose's own table."""

import io
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from lianfang.reports.queries.table_values.suppressing import FLOOR, suppress
from lianfang.reports.tables import FEW, Meaning, SheetFilling, fill_into, read_template
from lianfang.reports.tests.templates_made import VILLAGES, Paper
from lianfang.reports.tests.test_table_values import VILLAGE, asked, rows, say

LEFT = Meaning("question", "standing_water", measure="count", choice="left")
ASKED = Meaning("question", "standing_water", measure="count")
SHARE = Meaning("question", "standing_water", measure="share", choice="left")


def hidden(counts, *, meaning=LEFT, foreign=True, asked=()):
    """By village of one township: what a department reads."""
    found = {f"cn.1.{at:03}.": [count] for at, count in enumerate(counts)}
    suppress([meaning], [foreign], found, {(f"cn.1.{at:03}.", 0): one for at, one in enumerate(asked)})
    return [row[0] for row in found.values()]


# ---------- who may not ----------


def test_one_household_is_not_shown_to_a_department_that_did_not_ask(world):
    say(world, "杨梅村/1组/1", "standing_water", "left")
    with world.acting("邓永福") as scope:
        for meaning in (LEFT, ASKED, SHARE):
            other = asked(world, scope, "杨梅村", "village", VILLAGE, meaning, purpose="school")
            assert rows(other) == [["杨梅村", FEW]], meaning


def test_the_purposes_own_table_says_what_was_counted(world):
    say(world, "杨梅村/1组/1", "standing_water", "left")
    with world.acting("邓永福") as scope:
        own = asked(world, scope, "杨梅村", "village", VILLAGE, LEFT, ASKED, SHARE, purpose="vector_control")
        assert rows(own) == [["杨梅村", 1, 1, Fraction(1, 1)]]


def test_what_nobody_was_asked_stays_empty_and_none_is_none():
    assert hidden([None, 0, 12]) == [None, 0, 12]


def test_a_hidden_row_takes_a_neighbour_along_so_that_the_total_gives_nothing_back():
    assert hidden([3, 9, 30]) == [FEW, FEW, 30]
    assert hidden([1, 1, 30]) == [FEW, FEW, FEW]  # 32 less 30 would be two rows of one
    assert hidden([3, 0]) == [FEW, FEW]
    assert hidden([3]) == [FEW]


def test_villages_of_another_township_are_no_neighbours():
    found = {"cn.1.1.": [3], "cn.1.2.": [20], "cn.2.1.": [7]}
    suppress([LEFT], [True], found, {})
    assert [row[0] for row in found.values()] == [FEW, FEW, 7]


def test_of_a_hidden_choice_the_number_asked_and_the_share_are_hidden_too():
    found = {"cn.1.": [2, 40, Fraction(1, 20)]}
    suppress([LEFT, ASKED, SHARE], [True] * 3, found, {("cn.1.", 2): 40})
    assert found["cn.1."] == [FEW, FEW, FEW]


def test_a_share_of_few_or_that_is_few_is_hidden():
    assert hidden([Fraction(1, 3), Fraction(1, 2)], meaning=SHARE, asked=[300, 4]) == [Fraction(1, 3), FEW]
    assert hidden([Fraction(2, 300)], meaning=SHARE, asked=[300]) == [FEW]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_no_total_less_what_is_shown_is_a_small_number(counts):
    found = hidden(counts)
    assert not any(isinstance(one, int) and 0 < one < FLOOR for one in found)
    rest = [true for true, said in zip(counts, found, strict=True) if said == FEW]
    assert not rest or len(rest) == len(counts) or (len(rest) > 1 and sum(rest) >= FLOOR)


# ---------- on the sheet ----------


def test_a_total_over_what_may_not_be_told_says_so_and_adds_nothing_up():
    paper = Paper()
    paper.put(1, 1, "村", "积水", "应排查")
    for row in (2, 3):
        paper.put(row, 1, VILLAGES[row - 2])
    paper.put(4, 1, "合计", "=SUM(B2:B3)")
    paper.frame(1, 1, 4, 3)
    data, out = paper.bytes(), io.BytesIO()
    meanings = (Meaning("place", "village"), LEFT, Meaning("figure", "due"))
    given_rows = [["杨梅村", FEW, 7], ["石羊村", FEW, 8]]
    fill_into(data, {"Sheet": SheetFilling(read_template(data).sheet("Sheet"), meanings, given_rows)}, out)
    sheet = load_workbook(out)["Sheet"]
    assert [sheet["B2"].value, sheet["B3"].value] == [FEW, FEW]
    for cell in ("B4", "C4"):
        assert sheet[cell].value.startswith("=IF(COUNTIF(")
        assert "不合计" in sheet[cell].value
