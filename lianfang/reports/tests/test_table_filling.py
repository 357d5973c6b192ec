"""A filled template: every value in its cell, everything else as it was, and what stands below has moved along."""

import datetime as dt
import io
import shutil
import subprocess
import zipfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from python_calamine import CalamineWorkbook

from lianfang.reports.tables import Meaning, SheetFilling, fill, fill_into, propose, read_template
from lianfang.reports.tables.headings import filled_runs
from lianfang.reports.tests.templates_made import CATALOGUE, MAKERS, Paper

TEMPLATES = [maker() for maker in MAKERS]
HEADING = {
    "unit": "杨梅村",
    "reporter": "王某",
    "reviewer": "李某",
    "phone": "13800001111",
    "filled_on": "2026-11-22",
    "as_of": "2026-11-22 17:00",
    "head": "赵某",
}
each = pytest.mark.parametrize("made", TEMPLATES, ids=lambda made: made.name)
counts = pytest.mark.parametrize("count", [0, 1, 7, 40])


def value_of(meaning, row, place):
    """Something that fits, different in each cell."""
    if meaning.kind == "place":
        return f"某村{row}"
    if meaning.kind == "figure":
        return Fraction(row + 1, 997) if meaning.key == "rate" else row * 100 + place
    if meaning.kind == "question":
        return f"答{row}" if meaning.measure == "value" else row * 100 + place
    if meaning.kind == "register":
        if meaning.measure == "count":
            return row * 100 + place
        return {"birth_on": dt.date(1990, 1, 1 + row % 28), "id_number": f"4305811990010{row:05d}"}.get(
            meaning.key, f"值{row}-{place}"
        )
    return None


class Run:
    """A template filled: its sheet before and after."""

    def __init__(self, made, count):
        self.made = made
        self.layout = read_template(made.data).sheet(made.sheet)
        self.meanings = tuple(one.meaning for one in propose(self.layout, CATALOGUE))
        if self.layout.row_kind == "single":
            count = 1
        elif self.layout.listed:
            count = len(self.layout.listed)
        self.rows = [
            [value_of(meaning, row, place) for place, meaning in enumerate(self.meanings)]
            for row in range(1, count + 1)
        ]
        out = io.BytesIO()
        filling = SheetFilling(self.layout, self.meanings, iter(self.rows), HEADING)
        self.told = fill_into(made.data, {made.sheet: filling}, out)
        self.data = out.getvalue()
        self.before = load_workbook(io.BytesIO(made.data))[made.sheet]
        self.after = load_workbook(io.BytesIO(self.data))[made.sheet]
        self.slots = [row.row for row in self.layout.listed] or [
            row for row in self.layout.body_rows if row not in {one.row for one in self.layout.totals}
        ]
        self.added = 0 if self.layout.row_kind == "single" else max(0, count - len(self.slots))

    def target(self, row):
        """Where a row of the template stands now."""
        gone = sum(1 for one in self.layout.example_rows if one < row)
        last = self.slots[-1] if self.slots else self.layout.body_row - 1
        return row - gone + (self.added if row > last else 0)

    def kept_rows(self):
        return [row for row in range(1, self.before.max_row + 1) if row not in self.layout.example_rows]


def look(cell):
    return tuple(repr(part) for part in (cell.font, cell.fill, cell.border, cell.alignment))


# ---------- every layout ----------


@each
@counts
def test_every_value_stands_in_its_cell(made, count):
    run = Run(made, count)
    first = run.target(run.slots[0]) if run.slots else run.layout.body_row - len(run.layout.example_rows)
    for number, row in enumerate(run.rows):
        for column, meaning, value in zip(run.layout.columns, run.meanings, row, strict=True):
            at = column.row or (
                run.target(run.layout.listed[number].row) if run.layout.listed else first + number
            )
            cell = run.after.cell(at, column.index)
            listed = run.layout.listed[number].cells if run.layout.listed else ()
            if value is None or (
                listed and listed[run.layout.columns.index(column)] and meaning.kind != "figure"
            ):
                continue
            said = cell.value.date() if isinstance(cell.value, dt.datetime) else cell.value
            if isinstance(value, Fraction):
                assert said == pytest.approx(
                    float(value) * (100 if column.unit == "%" and "%" not in cell.number_format else 1),
                    abs=0.006,
                )
            else:
                assert said == value, (cell.coordinate, column.label)


@each
@counts
def test_it_looks_as_it_did(made, count):
    run = Run(made, count)
    for row in run.kept_rows():
        target = run.target(row)
        for column in range(1, run.before.max_column + 1):
            assert look(run.after.cell(target, column)) == look(run.before.cell(row, column)), (row, column)
        assert run.after.row_dimensions[target].height == run.before.row_dimensions[row].height
    for name, dimension in run.before.column_dimensions.items():
        assert run.after.column_dimensions[name].width == dimension.width
    merged = {
        (run.target(one.min_row), one.min_col, run.target(one.max_row), one.max_col)
        for one in run.before.merged_cells.ranges
        if one.min_row not in run.layout.example_rows
    }
    now = {(one.min_row, one.min_col, one.max_row, one.max_col) for one in run.after.merged_cells.ranges}
    assert merged <= now
    assert all(height == 0 for height in (last - first for first, _, last, _ in now - merged))


@each
def test_added_rows_look_like_the_rows_above_them(made):
    run = Run(made, 40)
    if not run.added or not run.slots:
        pytest.skip("this template needs no more rows")
    source = run.target(run.slots[-1])
    for row in range(source + 1, source + run.added + 1):
        for column in range(1, run.before.max_column + 1):
            assert look(run.after.cell(row, column)) == look(run.after.cell(source, column)), (row, column)


@each
@counts
def test_what_stands_around_the_table_is_filled_and_nothing_else_there_changes(made, count):
    run = Run(made, count)
    blanks = {(blank.row, blank.column) for blank in run.layout.blanks}
    for blank in run.layout.blanks:
        said = str(run.after.cell(run.target(blank.row), blank.column).value)
        if blank.key in ("filled_on", "as_of"):
            assert "22日" in said
            assert "  年" not in said
        else:
            assert HEADING[blank.key] in said
        if blank.is_inside:
            assert blank.label.split("(")[0] in said or blank.key in ("as_of", "unit") or "年" not in said
    for row in [
        *range(1, run.layout.header_rows.start),
        *range(run.layout.footer_row or 999, run.before.max_row + 1),
    ]:
        for column in range(1, run.before.max_column + 1):
            if (row, column) not in blanks and run.layout.header_rows:
                assert run.after.cell(run.target(row), column).value == run.before.cell(row, column).value


@each
def test_other_parts_go_out_byte_for_byte(made):
    run = Run(made, 40)
    with zipfile.ZipFile(io.BytesIO(made.data)) as old, zipfile.ZipFile(io.BytesIO(run.data)) as new:
        assert set(new.namelist()) == set(old.namelist())
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert changed <= {"xl/workbook.xml", "xl/styles.xml", f"xl/worksheets/{_sheet_file(made)}"}


def _sheet_file(made):
    names = [sheet.name for sheet in read_template(made.data).sheets]
    return f"sheet{names.index(made.sheet) + 1}.xml"


@each
def test_other_readers_open_it(made):
    run = Run(made, 7)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(run.data)).get_sheet_by_name(made.sheet).to_python()
    assert rows


@each
def test_what_is_unknown_is_told_and_stays_empty(made):
    run = Run(made, 7)
    for empty in run.told.empty:
        column = run.layout.columns[empty.column]
        assert empty.count >= len(empty.first) > 0
        for name in empty.first:
            assert name.startswith(column.letter)
            assert run.after[name].value is None
    assert run.told.row_counts[made.sheet] == len(run.rows)


def test_zero_is_written_and_unknown_is_not_zero():
    paper = Paper()
    paper.put(1, 1, "村", "应排查", "已排查")
    paper.frame(1, 1, 3, 3)
    filled = fill_rows(paper, [["甲村", 0, None]])
    assert [filled["A2"].value, filled["B2"].value, filled["C2"].value] == ["甲村", 0, None]


def fill_rows(paper, rows, name="Sheet", heading=None, meanings=None):
    data = paper.bytes()
    layout = read_template(data).sheet(name)
    meanings = meanings or tuple(one.meaning for one in propose(layout, CATALOGUE))
    return load_workbook(io.BytesIO(fill(data, {name: SheetFilling(layout, meanings, rows, heading or {})})))[
        name
    ]


def village_rows(count):
    return [[None, f"某村{row}", row, row] for row in range(1, count + 1)]


def village_table(body=4):
    """序号 村 应排查 已排查 率, sums below, a line of notes."""
    paper = Paper()
    paper.put(1, 1, "序号", "村", "应排查", "已排查", "未排查")
    for row in range(2, 2 + body):
        paper.put(row, 5, f"=C{row}-D{row}")
    total = 2 + body
    paper.put(total, 1, "合计", None, *(f"=SUM({c}2:{c}{total - 1})" for c in "CDE"))
    paper.frame(1, 1, total, 5)
    paper.put(total + 1, 1, "填报人：")
    return paper


# ---------- what else a sheet carries ----------


def test_rules_areas_names_and_pictures_follow():
    paper = village_table()
    sheet = paper.sheet
    rule = DataValidation(type="list", formula1='"是,否"')
    rule.add("D2:D5")
    sheet.add_data_validation(rule)
    sheet.conditional_formatting.add(
        "C2:C5",
        CellIsRule(operator="lessThan", formula=["$C$6"], fill=PatternFill("solid", bgColor="FFC7CE")),
    )
    sheet.freeze_panes = "A2"
    sheet.print_area = "A1:E7"
    sheet.print_title_rows = "1:1"
    sheet.oddFooter.center.text = "第&P页"
    sheet.auto_filter.ref = "A1:E5"
    sheet["A7"].comment = Comment("填报人签名", "x")
    paper.book.defined_names["总数"] = DefinedName("总数", attr_text="Sheet!$C$6")
    filled = fill_rows(paper, village_rows(14))
    assert [str(one.sqref) for one in filled.data_validations.dataValidation] == ["D2:D15"]
    (area,) = filled.conditional_formatting
    assert (str(area.sqref), area.rules[0].formula) == ("C2:C15", ["$C$16"])
    assert filled.freeze_panes == "A2"
    assert filled.print_area == "'Sheet'!$A$1:$E$17"
    assert filled.print_title_rows == "$1:$1"
    assert filled.oddFooter.center.text == "第&P页"
    assert filled.auto_filter.ref == "A1:E15"
    assert filled["A17"].comment.text == "填报人签名"
    assert filled.parent.defined_names["总数"].attr_text == "Sheet!$C$16"


def test_another_sheet_that_looks_at_this_one_follows():
    paper = village_table()
    other = paper.book.create_sheet("封面")
    other["A1"] = "=Sheet!C6"
    other["A2"] = "=SUM(Sheet!C2:C5)"
    data = paper.bytes()
    layout = read_template(data).sheet("Sheet")
    meanings = tuple(one.meaning for one in propose(layout, CATALOGUE))
    book = load_workbook(io.BytesIO(fill(data, {"Sheet": SheetFilling(layout, meanings, village_rows(9))})))
    assert [book["封面"]["A1"].value, book["封面"]["A2"].value] == ["=Sheet!C11", "=SUM(Sheet!C2:C10)"]


def test_a_table_object_grows():
    paper = Paper()
    paper.put(1, 1, "村", "应排查", "已排查")
    for row in range(2, 5):
        paper.put(row, 2, 0, 0)
    paper.frame(1, 1, 4, 3)
    paper.sheet.add_table(Table(displayName="表1", ref="A1:C4"))
    filled = fill_rows(paper, [[f"某村{row}", row, row] for row in range(1, 11)])
    assert filled.tables["表1"].ref == "A1:C11"


def test_stripes_go_on_and_a_thick_last_line_stays_last():
    striped, framed = Paper(), Paper()
    for paper in (striped, framed):
        paper.put(1, 1, "村", "应排查", "已排查")
        paper.frame(1, 1, 5, 3)
    for row in (3, 5):
        for column in range(1, 4):
            striped.sheet.cell(row, column).fill = PatternFill("solid", fgColor="EEF3FA")
    thick = Side(style="thick")
    for column in range(1, 4):
        framed.sheet.cell(5, column).border = Border(bottom=thick, left=thick)
    rows = [[f"某村{row}", row, row] for row in range(1, 11)]
    sheet = fill_rows(striped, rows)
    assert [sheet.cell(row, 1).fill.fgColor.rgb for row in range(2, 8)] == ["00000000", "00EEF3FA"] * 3
    sheet = fill_rows(framed, rows)
    assert [sheet.cell(row, 1).border.bottom.style for row in range(2, 12)] == ["thin"] * 9 + ["thick"]
    assert [sheet.cell(row, 1).value for row in range(2, 12)] == [row[0] for row in rows]


def test_a_thousand_empty_rows_above_a_total_are_taken_out():
    sheet = fill_rows(village_table(body=1000), village_rows(3))
    assert sheet["A62"].value == "合计"
    assert sheet["C62"].value == "=SUM(C2:C61)"


def test_an_id_stays_text_and_its_cell_too():
    paper = Paper()
    paper.put(1, 1, "姓名", "身份证号", "联系电话", "出生日期")
    paper.frame(1, 1, 3, 4)
    sheet = fill_rows(paper, [["王某", "430581199001010011", "13800000000", dt.date(1990, 1, 1)]] * 5)
    for row in (2, 6):
        assert [sheet.cell(row, column).data_type for column in (2, 3)] == ["s", "s"]
        assert [sheet.cell(row, column).number_format for column in (2, 3)] == ["@", "@"]
        assert sheet.cell(row, 4).value.date() == dt.date(1990, 1, 1)


def test_words_are_never_formulas():
    paper = Paper()
    paper.put(1, 1, "姓名", "身份证号")
    paper.frame(1, 1, 3, 2)
    sheet = fill_rows(paper, [["=1+1", "<&>\x07'\""]])
    assert [sheet["A2"].value, sheet["A2"].data_type] == ["=1+1", "s"]
    assert sheet["B2"].value == "<&>'\""


def test_text_in_runs_keeps_its_underline():
    data = Run(next(one for one in TEMPLATES if one.name == "roster_with_example"), 1)
    assert "填报单位：杨梅村" in data.after["A2"].value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("____镇日报（11月__日）", "杨梅村日报（11月22日）"),
        (
            "填报单位（盖章）：            填报时间：    年  月  日",
            "填报单位（盖章）：杨梅村      填报时间：2026年11月22日",
        ),
        ("填报单位：填报人：王小某", "填报单位：杨梅村  填报人：王小某"),
        ("统计截止时间：2026年  月  日  时", "统计截止时间：2026年11月22日17时"),
        ("（截至2026年11月20日）", "（截至2026年11月20日）"),
        ("XX县教育局关于____村的统计", "XX县教育局关于杨梅村的统计"),
        ("制表：XX县教育局", "制表：XX县教育局"),
        ("填表人签名：              村支部书记签名：", "填表人签名：              村支部书记签名："),
    ],
)
def test_blanks_within_a_text(text, expected):
    assert "".join(said for _, said in filled_runs([("", text)], HEADING)) == expected


def test_a_filling_of_another_table_is_refused():
    data = village_table().bytes()
    layout = read_template(data).sheet("Sheet")
    with pytest.raises(ValueError, match="columns"):
        fill(data, {"Sheet": SheetFilling(layout, (), [])})
    with pytest.raises(ValueError, match="no table"):
        fill(data, {"别的表": SheetFilling(layout, (), [])})


# ---------- fill, then read ----------

words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12
).filter(lambda text: text.strip() == text)
values = st.one_of(
    words, st.integers(-(10**9), 10**9), st.none(), st.floats(-1e6, 1e6).map(lambda x: round(x, 4))
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(words, values, values), max_size=30),
    body=st.integers(0, 12),
    has_total=st.booleans(),
)
def test_what_was_filled_is_read_again(rows, body, has_total):
    paper = Paper()
    paper.put(1, 1, "村", "甲项", "乙项")
    if has_total:
        paper.put(2 + body, 1, "合计")
    paper.frame(1, 1, 1 + body + has_total, 3)
    meanings = (Meaning("place", "village"), Meaning("figure", "a"), Meaning("figure", "b"))
    sheet = fill_rows(paper, iter(rows), meanings=meanings)
    read = [tuple(sheet.cell(2 + at, column).value for column in (1, 2, 3)) for at in range(len(rows))]
    assert read == [tuple(row) for row in rows]
    if has_total:
        assert sheet.cell(2 + max(body, len(rows)), 1).value == "合计"


# ---------- LibreOffice ----------


def has_calc() -> bool:
    """Writer may be installed without it."""
    return Path(shutil.which("soffice") or "").resolve().with_name("libsclo.so").exists()


@pytest.mark.skipif(not has_calc(), reason="LibreOffice Calc is not here")
def test_libreoffice_opens_them_and_calculates(tmp_path):
    names = (
        "open_villages_with_formulas",
        "townships_merged_down_with_subtotals",
        "daily_with_merged_groups",
    )
    for made in TEMPLATES:
        if made.name in names:
            (tmp_path / f"{made.name}.xlsx").write_bytes(Run(made, 12).data)
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
         "--outdir", tmp_path / "out", *sorted(tmp_path.glob("*.xlsx"))],
        capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    assert len(list((tmp_path / "out").glob("*.xlsx"))) == len(names), done.stderr
    sheet = load_workbook(tmp_path / "out" / "open_villages_with_formulas.xlsx", data_only=True)["Sheet"]
    assert [sheet.cell(15, column).value for column in (1, 3, 4)] == [
        "合计",
        *(sum(row * 100 + at for row in range(1, 13)) for at in (2, 3)),
    ]
    before = load_workbook(tmp_path / "open_villages_with_formulas.xlsx")["Sheet"]
    assert {str(one) for one in sheet.merged_cells.ranges} == {str(one) for one in before.merged_cells.ranges}
