"""A list goes back as it came, with what was found out, and its counts balance."""

from __future__ import annotations

import datetime as dt
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from lianfang.core.clock import at
from lianfang.core.problems import Problem
from lianfang.register.tests.sheets_made import an_id, xlsx
from lianfang.verification.models import AnswerCode
from lianfang.verification.reading import PASTED, ListFile, read
from lianfang.verification.returning import (
    RESULTS,
    TITLES,
    About,
    Answered,
    fill,
    write_letter,
    write_summary,
)
from lianfang.verification.returning.separated import Separated

EVENING = at(dt.date(2026, 8, 7), 21, 5)
TODAY = dt.date(2022, 11, 23)
CODES = list(AnswerCode.values)


def answers_for(listed: ListFile) -> dict[tuple[str, int], Answered]:
    return {
        (row.sheet, row.row): Answered(
            CODES[n % len(CODES)],
            place="司马冲镇杨梅村3组",
            measure="居家健康监测",
            test="阴性",
            checker="某网格员",
            checked_at=at(TODAY, 22, n % 60),
            remark="电话核实",
            held_by="杨梅村 某支书",
            town=("司马冲镇", "火车站乡", "")[n % 3],
        )
        for n, row in enumerate(listed.rows)
    }


def a_workbook(path: Path, *, own: bool) -> Path:
    """As a sender makes one: a title over all columns, colours, widths, a hidden column, a formula, two sheets."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "推送名单"
    header = ["序号", "姓名", "身份证号", "手机号", "户籍地详址", "车次", "密级", "轨迹时间"]
    header += ["核查结果", "现住址", "核查人", "备注"] if own else []
    page.append(["关于核查G6031次同车人员的名单"])
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
    page.append(header)
    for n in range(1, 13):
        page.append(
            [
                n,
                f"某{'甲乙丙丁戊己庚辛壬癸子丑'[n - 1]}",
                an_id("19870312", 400 + n),
                f"138123420{n:02}",
                "武冈市司马冲镇",
                "G6031",
                "内部",
                dt.datetime(2022, 11, 20, 9, 30),  # noqa: DTZ001
            ]
        )
        page.cell(page.max_row, 3).number_format = "@"
    page.append(["合计", None, None, "=COUNTA(D3:D14)"])
    page["A2"].font = Font(bold=True)
    page["B5"].fill = PatternFill("solid", fgColor="FFFF00")
    page["B6"].comment = Comment("请先查", "来单")
    page.column_dimensions["E"].width = 33
    page.column_dimensions["G"].hidden = True
    page.freeze_panes = "A3"
    page.auto_filter.ref = "A2:H14"
    rule = DataValidation(type="list", formula1='"是,否"')
    page.add_data_validation(rule)
    rule.add("F3:F14")
    other = book.create_sheet("填报说明")
    other["A1"] = "请于21:00前反馈"
    book.save(path)
    return path


def cells(path: Path | io.BytesIO) -> dict[str, dict[tuple[int, int], object]]:
    book = openpyxl.load_workbook(path)
    return {
        page.title: {
            (cell.row, cell.column): (cell.value, cell.number_format, cell.fill.fgColor.rgb, cell.font.b)
            for row in page.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for page in book
    }


@pytest.mark.parametrize("own", [False, True])
def test_every_other_cell_stays_and_the_answers_stand_in_their_rows(tmp_path: Path, own: bool) -> None:
    path = a_workbook(tmp_path / "来单.xlsx", own=own)
    listed = read(path, today=TODAY)
    answers = answers_for(listed)
    out = tmp_path / "反馈.xlsx"
    returned = fill(path, answers, out, listed=listed)
    before, after = cells(path), cells(out)
    assert {
        place: cell for place, cell in after["推送名单"].items() if place in before["推送名单"]
    } == before["推送名单"]
    assert after["填报说明"] == before["填报说明"]
    again = read(out, today=TODAY)
    own_cells = [
        {k: v for k, v in row.cells.items() if k in old.cells}
        for row, old in zip(again.rows, listed.rows, strict=True)
    ]
    assert own_cells == [row.cells for row in listed.rows]
    header = [column.header for column in again.sheets[0].columns]
    assert header[:8] == ["序号", "姓名", "身份证号", "手机号", "户籍地详址", "车次", "密级", "轨迹时间"]
    assert header[8:] == (
        ["核查结果", "现住址", "核查人", "备注", "管控措施", "核酸", "核查时间"]
        if own
        else list(TITLES.values())
    )
    assert [row.cells["核查结果"] for row in again.rows] == [
        answers[row.sheet, row.row].result for row in listed.rows
    ]
    assert returned.counts.row_count == 12 == sum(returned.counts.by_code.values())
    assert [row.row for row in again.rows] == [row.row for row in listed.rows]
    page = openpyxl.load_workbook(out)["推送名单"]
    assert page.column_dimensions["G"].hidden
    assert page.column_dimensions["E"].width == 33
    assert page["D15"].value == "=COUNTA(D3:D14)"
    assert page.freeze_panes == "A3"
    assert page["B6"].comment is not None


def test_parts_that_are_not_the_sheet_stay_byte_for_byte_and_twice_gives_the_same(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "来单.xlsx", own=False)
    answers = answers_for(read(path, today=TODAY))
    first, second = io.BytesIO(), io.BytesIO()
    fill(path, answers, first)
    fill(path.read_bytes(), answers, second, name="来单.xlsx")
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(first) as new:
        assert old.namelist() == new.namelist()
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert changed == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}  # its sum is reckoned anew


def test_a_row_without_an_answer_is_not_returned(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "来单.xlsx", own=False)
    answers = answers_for(read(path, today=TODAY))
    for wrong in (dict(list(answers.items())[1:]), {**answers, ("推送名单", 99): Answered("refused")}):
        out = tmp_path / "没有.xlsx"
        with pytest.raises(Problem) as refused:
            fill(path, wrong, out)
        assert refused.value.code == "verification.return_unbalanced"
        assert not out.exists()


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8-sig", "utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_csv_keeps_its_encoding_its_separator_and_every_byte_of_its_cells(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    rows = [
        ["姓名", "身份证号", "手机", "核查结果", "说明"],
        ["某甲", an_id(), "13812342076", "", '"第一行\n第二行"'],
        [" 某乙 ", an_id("19900101", 122), "13812342077", "", '"他说""好"""'],
        ["某丙", "", "13812342078", ""],
    ]
    text = "\r\n".join(separator.join(row) for row in rows) + "\r\n"
    path = tmp_path / "来单.csv"
    path.write_bytes((b"\xfe\xff" if encoding == "utf-16-be" else b"") + text.encode(encoding))
    listed = read(path, today=TODAY)
    out = tmp_path / "反馈.csv"
    returned = fill(path, answers_for(listed), out, listed=listed)
    assert returned.note == ""
    new = out.read_bytes().decode("utf-16" if encoding == "utf-16-be" else encoding)
    assert RESULTS["controlled"] in new
    for line in text.split("\r\n")[1:-1]:
        start, _, end = line.partition(separator * 2)
        assert start in new
        assert end in new
    again = read(out, today=TODAY)
    assert [(row.name, row.id_number, row.phones) for row in again.rows] == [
        (row.name, row.id_number, row.phones) for row in listed.rows
    ]
    assert [row.cells["核查结果"] for row in again.rows] == [RESULTS[code] for code in CODES[:3]]


def test_a_chat_comes_back_as_a_workbook_and_says_so(tmp_path: Path) -> None:
    text = "#接龙\n返乡登记\n1. 张三 13812342076 武汉\n2. 李四 17912342076 长沙\n收到\n"
    listed = read_chat(tmp_path, text)
    out = io.BytesIO()
    returned = fill(text.encode(), answers_for(listed), out, name=f"{PASTED}.txt", listed=listed)
    page = openpyxl.load_workbook(out).active
    assert returned.name == f"{PASTED}.xlsx"
    assert "xlsx" in returned.note
    assert [page.cell(row, 1).value for row in range(2, 7)] == text.splitlines()
    assert [page.cell(row, 2).value for row in range(2, 7)] == [
        None,
        None,
        RESULTS[CODES[0]],
        RESULTS[CODES[1]],
        None,
    ]


def read_chat(folder: Path, text: str) -> ListFile:
    path = folder / f"{PASTED}.txt"
    path.write_text(text)
    return read(path, today=TODAY)


def test_a_web_page_named_xls_comes_back_with_its_cells(tmp_path: Path) -> None:
    body = "".join(
        f"<tr><td>某{n}</td><td>{an_id(order=400 + n)}</td><td rowspan=1>138123420{n:02}</td></tr>"
        for n in range(10, 14)
    )
    path = tmp_path / "来单.xls"
    path.write_text(
        f"<html><meta charset=utf-8><table><tr><th colspan=3>名单</th></tr><tr><th>姓名</th><th>身份证号</th><th>电话</th></tr>{body}</table></html>"
    )
    listed = read(path, today=TODAY)
    out = tmp_path / "反馈.xlsx"
    returned = fill(path, answers_for(listed), out, listed=listed)
    again = read(out, today=TODAY)
    assert len(again.rows) == 4
    assert returned.note
    assert [row.cells["身份证号"] for row in again.rows] == [row.cells["身份证号"] for row in listed.rows]
    assert [row.cells["核查结果"] for row in again.rows] == [RESULTS[code] for code in CODES[:4]]


def test_the_summary_adds_up_and_names_nobody(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "来单.xlsx", own=False)
    returned = fill(path, answers_for(read(path, today=TODAY)), tmp_path / "反馈.xlsx")
    page = openpyxl.load_workbook(
        io.BytesIO(write_summary(returned.counts, About("G6031次同车人员", "0807-1", "省大数据专班")))
    ).active
    said = [cell.value for row in page.iter_rows() for cell in row if cell.value is not None]
    assert "合计（与来单条数相等）" in said
    assert "来单12条" in said
    assert not any("某" in str(value) or "13812" in str(value) for value in said)


def test_the_letter_adds_up_and_names_nobody(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "来单.xlsx", own=False)
    returned = fill(path, answers_for(read(path, today=TODAY)), tmp_path / "反馈.xlsx")
    about = About("G6031次<同车>人员", "0807-1", "省大数据专班", "武冈市", EVENING, EVENING, EVENING)
    content = write_letter(returned.counts, about, phone="0739-5000000")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        said = "".join(ET.fromstring(book.read("word/document.xml")).itertext())
    assert "关于《G6031次<同车>人员》核查情况的复函" in said
    assert "共12条" in said
    assert "合计12条，与来单条数相等" in said
    assert sum(map(int, re.findall(r"(\d+)条[、，]", said.partition("核查结果。")[2]))) == 2 * 12
    assert "2026年8月7日" in said
    assert "某" not in said
    assert "13812" not in said
    assert content == write_letter(returned.counts, about, phone="0739-5000000")


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    remarks=st.lists(
        st.tuples(WORDS, st.integers(0, 10**9) | st.floats(-1e6, 1e6) | st.none()), min_size=1, max_size=6
    ),
    own=st.lists(st.sampled_from(["核查结果", "现住址", "管控措施", "核查人", "核查时间"]), unique=True),
)
def test_whatever_stands_in_a_list_stands_in_it_when_it_is_back(
    tmp_path: Path, remarks: list[tuple[str, float | None]], own: list[str]
) -> None:
    rows: list[list[object]] = [["姓名", *own, "身份证号", "旁注", "数"]]
    for n, (said, number) in enumerate(remarks):
        rows.append([f"某{n}", *[None] * len(own), an_id(order=400 + n), said, number])
    out = tmp_path / "随机反馈.xlsx"
    path = xlsx(tmp_path / "随机.xlsx", rows)
    listed = read(path, today=TODAY)
    fill(path, answers_for(listed), out, listed=listed)
    again = read(out, today=TODAY)
    assert len(again.rows) == len(remarks)
    for old, new in zip(listed.rows, again.rows, strict=True):
        assert {key: said for key, said in new.cells.items() if key in old.cells} == old.cells
        assert (new.row, new.name, new.id_number, new.phones) == (
            old.row,
            old.name,
            old.id_number,
            old.phones,
        )
    before, after = cells(path)["人口底册"], cells(out)["人口底册"]
    assert {place: cell for place, cell in after.items() if place in before} == before


def test_a_stray_quote_is_cut_as_the_reader_cuts_it():
    text = "姓名,备注\n" + '甲,"\n' + "乙,\n" * 300 + '丙,"\n'
    assert len(Separated(text.encode()).records) == 303


@pytest.mark.parametrize("said", ["=1+1", "+8613900000000", "-1", "@SUM(A1)"])
def test_what_a_worker_typed_is_no_formula_in_a_csv(said: str):
    from_sender = Separated("姓名,电话\n甲,13900000000\n".encode())
    filled, _is_same = from_sender.filled({2: {2: said}})
    assert f",'{said}" in filled.decode("utf-8-sig")
