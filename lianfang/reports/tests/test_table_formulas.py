"""Formulas of a filled template: they follow the rows that were added, and say nothing of what nobody knows."""

import io
import zipfile

import pytest
from openpyxl import load_workbook

from lianfang.reports.tables import Meaning, SheetFilling, fill, fill_into, propose, read_template
from lianfang.reports.tables.references import Copy, RowMap, rewritten, shifted
from lianfang.reports.tests.templates_made import CATALOGUE, VILLAGES, Paper, figure
from lianfang.reports.tests.test_table_filling import fill_rows, village_rows, village_table


def test_sums_grow_with_the_body():
    sheet = fill_rows(village_table(), village_rows(50))
    assert [sheet[f"{column}52"].value for column in "CDE"] == [
        "=SUM(C2:C51)",
        "=SUM(D2:D51)",
        '=IF(COUNT(E2:E51)=0,"",SUM(E2:E51))',  # a column of the last row only
    ]


def test_formulas_of_a_row_go_on_in_added_rows():
    sheet = fill_rows(village_table(), village_rows(50))
    assert [sheet[f"E{row}"].value for row in (2, 5, 6, 51)] == ["=C2-D2", "=C5-D5", "=C6-D6", "=C51-D51"]


def test_a_share_of_the_whole_finds_the_total_where_it_now_stands():
    paper = village_table()
    for row in range(2, 6):
        paper.sheet[f"E{row}"] = f"=C{row}/C$6"
    sheet = fill_rows(paper, village_rows(9))
    assert [sheet[f"E{row}"].value for row in (2, 10)] == ["=C2/C$11", "=C10/C$11"]


def test_a_total_written_over_one_row_grows():
    sheet = fill_rows(village_table(body=1), village_rows(3))
    assert sheet["C5"].value == "=SUM(C2:C4)"


def test_totals_without_formulas_are_summed():
    paper = Paper()
    paper.put(1, 1, "村", "应排查", "已排查", "排查率")
    paper.put(4, 1, "合计")
    paper.frame(1, 1, 4, 4)
    meanings = (
        Meaning("place", "village"),
        Meaning("figure", "due"),
        Meaning("figure", "done"),
        Meaning("formula", text="quotient:2,1"),
    )
    sheet = fill_rows(paper, [[f"某村{row}", 4, row, None] for row in range(1, 5)], meanings=meanings)
    assert sheet["B6"].value == '=IF(COUNT(B2:B5)=0,"",SUM(B2:B5))'
    assert sheet["D6"].value == '=IF(OR(N(B6)=0,COUNT(C6)=0),"",C6/B6)'
    assert sheet["D5"].value == '=IF(OR(N(B5)=0,COUNT(C5)=0),"",C5/B5)'
    assert "%" in sheet["D5"].number_format


def test_everything_is_calculated_anew_when_it_is_opened():
    data = village_table().bytes()
    layout = read_template(data).sheet("Sheet")
    meanings = tuple(one.meaning for one in propose(layout, CATALOGUE))
    with zipfile.ZipFile(
        io.BytesIO(fill(data, {"Sheet": SheetFilling(layout, meanings, village_rows(3))}))
    ) as archive:
        assert 'fullCalcOnLoad="1"' in archive.read("xl/workbook.xml").decode()


B = RowMap(first=5, last=20, after=20, added=10)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(C5:C20)", "SUM(C5:C30)"),
        ("SUM($C$5:$C$20)", "SUM($C$5:$C$30)"),
        ("SUM(C5:C19)", "SUM(C5:C19)"),
        ("C21+C4", "C31+C4"),
        ('COUNTIF(B5:B20,"C5:C20")', 'COUNTIF(B5:B30,"C5:C20")'),
        ("LOG10(C21)+ATAN2(A5,B21)", "LOG10(C31)+ATAN2(A5,B31)"),
        ("'汇总 表'!C5:C20+Sheet2!A21", "'汇总 表'!C5:C20+Sheet2!A21"),
        ("SUM(表!C5:C20)", "SUM(表!C5:C30)"),
        ("SUM(20:20)", "SUM(20:30)"),
        ("SUM(C:C)", "SUM(C:C)"),
        ("[1]表!C21", "[1]表!C21"),
        ("Table1[合计]+T20X", "Table1[合计]+T20X"),
        ('IF(A1="a""C21",C21,0)', 'IF(A1="a""C21",C31,0)'),
        ("SUBTOTAL(9,C5:C20)/C$21", "SUBTOTAL(9,C5:C30)/C$31"),
        ("SUM(C20:C5)", "SUM(C5:C30)"),
    ],
)
def test_a_formula_outside_follows_the_rows(formula, expected):
    assert rewritten(formula, "表", {"表": B}) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("C20+D20", "C25+D25"),
        ("SUM(D20:H20)", "SUM(D25:H25)"),
        ("RANK(C20,C$5:C$20)", "RANK(C25,C$5:C$30)"),
        ("SUM(C$5:C20)", "SUM(C$5:C25)"),
        ("C20/C21", "C25/C31"),
        ("VLOOKUP(A20,字典!A:B,2,0)", "VLOOKUP(A25,字典!A:B,2,0)"),
        ("A19+1", "A24+1"),
        ("C20/C$4", "C25/C$4"),
    ],
)
def test_a_formula_of_the_last_row_copied_down(formula, expected):
    assert rewritten(formula, "表", {"表": B}, Copy(20, 25)) == expected


def test_rows_that_are_gone():
    gone = RowMap(first=5, last=20, after=20, removed=(4, 18, 19, 20))
    assert rewritten("SUM(C4:C20)+C18+C21", "表", {"表": gone}) == "SUM(C4:C16)+#REF!+C17"


def test_shared_formulas_read_as_in_each_cell():
    assert shifted("SUM(C5:$D5)+$A$1+Sheet2!B5", 2, 1) == "SUM(D7:$D7)+$A$1+Sheet2!C7"


# ---------- over what nobody was asked ----------


def with_a_share_of(total: str):
    paper = Paper()
    paper.put(1, 1, "村", "应排查", "已排查", "率")
    for row in (2, 3):
        paper.put(row, 1, VILLAGES[row - 2])
    paper.put(4, 1, "合计", "=SUM(B2:B3)", "=SUM(C2:C3)", total)
    paper.frame(1, 1, 4, 4)
    return paper


def filled_with(paper, *rows):
    data = paper.bytes()
    layout = read_template(data).sheet("Sheet")
    meanings = (Meaning("place", "village"), figure("due"), figure("households", "total"), Meaning("unknown"))
    out = io.BytesIO()
    fill_into(data, {"Sheet": SheetFilling(layout, meanings, [list(row) for row in rows], {})}, out)
    return load_workbook(out)["Sheet"]


def test_a_sum_of_the_templates_own_over_what_nobody_was_asked_stays_empty():
    sheet = filled_with(with_a_share_of(""), ("杨梅村", 3, None, None), ("石羊村", 4, None, None))
    assert sheet["B4"].value == "=SUM(B2:B3)"  # all known: as it came
    assert sheet["C4"].value == '=IF(COUNT(C2:C3)=0,"",SUM(C2:C3))'


def test_a_sum_that_another_formula_reckons_with_is_left_as_it_came():
    sheet = filled_with(with_a_share_of("=C4/B4"), ("杨梅村", 3, None, None), ("石羊村", 4, None, None))
    assert sheet["C4"].value == "=SUM(C2:C3)"
