"""R2: a department's table of 250,000 people filled into its own template, beside openpyxl doing the same.

Both get the same template and the same rows, and keep the look of its row; ours also moves what stands below. The
result is checked before a time is told: every row in its place, its look, and what the foot says.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

from benches.setting import Installation, in_turns, ratio, report
from benches.sheets import _in_fork

ROWS = 250_000
HEADERS = (
    *("序号", "姓名", "性别", "年龄", "身份证号码", "联系电话", "与户主关系", "户主姓名"),
    *("乡镇", "村（社区）", "组", "家庭住址", "是否常住", "疫苗接种剂次", "备注"),
)
FIRST = 4  # row of the first person
KEYS = (
    *("", "name", "sex", "age", "id_number", "phone", "relation", "head_name"),
    *("township", "village", "group", "door", "is_living_here", "dose_count", ""),
)


def run(installation: Installation) -> None:
    with tempfile.TemporaryDirectory(dir=installation.home) as name:
        ours, rival = Path(name) / "ours.xlsx", Path(name) / "rival.xlsx"
        template = _template()
        a, b = in_turns(lambda: _fill(template, ours), lambda: _fill_with_openpyxl(template, rival), times=2)
        _is_right(ours)
        took, other = min(a), min(b)
        peak = _in_fork(lambda: _fill(template, ours))
        report(
            "R2",
            f"{ROWS:,} rows × {len(HEADERS)} filled into a template",
            f"{took:.1f} s, {peak} MiB more than before; openpyxl {other:.1f} s (×{ratio(a, b):.2f})",
            "≤ 20 s",
            is_met=took <= 20,
        )


def _template() -> bytes:
    """As an office makes it: a title, a line to fill in, a framed header, ten empty rows, sums, signatures."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "花名册"
    width = len(HEADERS)
    sheet["A1"] = "人员花名册"
    sheet["A1"].font = Font(name="黑体", size=18)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet["A2"] = "填报单位：            填报时间：    年  月  日"
    side = Side(style="thin")
    for column, header in enumerate(HEADERS, 1):
        for row in range(3, FIRST + 10):
            cell = sheet.cell(row, column, header if row == 3 else None)
            cell.border = Border(left=side, right=side, top=side, bottom=side)
            cell.font = Font(name="仿宋", size=12, bold=row == 3)
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            if header in ("身份证号码", "联系电话"):
                cell.number_format = "@"
    sheet.cell(FIRST + 10, 1, "填报人：            审核人：")
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "3:3"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows() -> Iterator[list[Any]]:
    for number in range(1, ROWS + 1):
        yield [
            None,
            f"某{number % 977:03d}",
            "男" if number % 2 else "女",
            number % 90,
            f"430581{1940 + number % 80}0101{number % 10000:04d}",
            f"139{number:08d}",
            "户主" if number % 3 else "配偶",
            f"某{number % 311:03d}",
            f"测试镇{number % 18}",
            f"测试村{number % 315}",
            f"{number % 12 + 1}组",
            f"{number % 12 + 1}组{number % 200}号",
            "是",
            number % 4,
            None,
        ]


def _meanings() -> tuple[Any, ...]:
    from lianfang.reports.tables import Meaning

    kinds = {"township": "place", "village": "place", "group": "place", "dose_count": "question"}
    found = [Meaning(kinds.get(key, "register"), key, measure="value") for key in KEYS]
    return (Meaning("number"), *found[1:-1], Meaning("unknown"))


def _fill(template: bytes, out: Path) -> None:
    from lianfang.reports.tables import SheetFilling, fill_into, read_template

    layout = read_template(template).sheets[0]
    assert (layout.row_kind, len(layout.columns), layout.body_row) == ("person", len(HEADERS), FIRST)
    heading = {"unit": "测试县", "filled_on": "2026-11-22", "reporter": "某某"}
    with out.open("wb") as into:
        told = fill_into(template, {layout.name: SheetFilling(layout, _meanings(), _rows(), heading)}, into)
    assert told.row_counts[layout.name] == ROWS


def _fill_with_openpyxl(template: bytes, out: Path) -> None:
    """The whole workbook in memory; the footer written again below, which is the least that must be done."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(template))
    sheet = book.active
    assert sheet is not None
    foot = sheet.cell(FIRST + 10, 1).value
    sheet.cell(FIRST + 10, 1).value = None
    styles = [copy(sheet.cell(FIRST + 9, column)._style) for column in range(1, len(HEADERS) + 1)]
    for number, row in enumerate(_rows(), 1):
        row[0] = number
        for column, value in enumerate(row, 1):
            cell = sheet.cell(FIRST - 1 + number, column)
            cell.value = value
            cell._style = styles[column - 1]
    sheet.cell(FIRST + ROWS, 1).value = foot
    book.save(out)


def _is_right(out: Path) -> None:
    from python_calamine import CalamineWorkbook

    read = CalamineWorkbook.from_path(out).get_sheet_by_name("花名册").to_python()
    assert tuple(read[2]) == HEADERS, read[2]
    assert read[1][0] == "填报单位：测试县      填报时间：2026年11月22日", read[1][0]
    for number, (found, given) in enumerate(zip(read[FIRST - 1 : FIRST - 1 + ROWS], _rows(), strict=True), 1):
        assert found[0] == number
        assert [str(cell) for cell in found[1:14]] == [
            str(float(value)) if isinstance(value, int) else value for value in given[1:14]
        ], (found, given)
    assert str(read[FIRST - 1 + ROWS][0]).startswith("填报人：某某"), read[FIRST - 1 + ROWS]
    _looks_right(out)


def _looks_right(out: Path) -> None:
    """The styles of the last row are those of the template's row."""
    import re
    import zipfile

    with zipfile.ZipFile(out) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    first = re.search(rb'<row r="%d"[^>]*>(.*?)</row>' % FIRST, sheet)
    last = re.search(rb'<row r="%d"[^>]*>(.*?)</row>' % (FIRST + ROWS - 1), sheet)
    assert first is not None
    assert last is not None
    assert re.findall(rb' s="(\d+)"', first[1]) == re.findall(rb' s="(\d+)"', last[1])
    assert b"<pane" in sheet[:3000]
