"""Files for tests as programs and people make them, and what the check says of them. No database."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from lianfang.core.reading import files
from lianfang.core.sheets import Chunk
from lianfang.register.checking import Checked, Checker, Village, VillageIndex
from lianfang.register.columns import Choices

TODAY = dt.date(2026, 8, 7)
VILLAGES = [
    Village("430581100201", "杨梅村", "司马冲镇", "/a/1/"),
    Village("430581100202", "田心村", "司马冲镇", "/a/2/"),
    Village("430581101201", "石桥村", "湾头桥镇", "/b/1/"),
    Village("430581101202", "田心村", "湾头桥镇", "/b/2/"),
    Village("430581001001", "城南社区", "迎春亭街道", "/c/1/"),
]


def index(*villages: Village) -> VillageIndex:
    return VillageIndex(villages or VILLAGES, "武冈市")


def checked(path: Path, *villages: Village, choices: Choices | None = None) -> Checked:
    """Read in this process: a child for each of so many small files would take minutes."""
    checker = Checker(index(*villages), TODAY, choices)
    for message in files.messages(path):
        checker.take(Chunk(*message))
    found = checker.checked
    assert found.row_count == len(found.entries) + found.rejected_count
    return found


def said(found: Checked) -> list[tuple[int, str, str]]:
    """(row, column, code without its room), sheet-wide findings left out."""
    return [(e.row, e.column, e.code.removeprefix("register.")) for e in found.errors if e.row]


def about_sheet(found: Checked) -> list[str]:
    return [e.code.removeprefix("register.") for e in found.errors if not e.row]


def book(
    path: Path,
    sheets: dict[str, Sequence[Sequence[Any]]],
    *,
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
    hidden_rows: Sequence[int] = (),
    struck: Sequence[int] = (),
) -> Path:
    """An xlsx; `merged` as A1:B2 of every sheet, rows count from 1. A cell beginning with = is a formula without a
    result."""
    made = xlsxwriter.Workbook(str(path))
    out = made.add_format({"font_strikeout": True})
    for name, rows in sheets.items():
        page = made.add_worksheet(name)
        for r, row in enumerate(rows):
            style = out if r + 1 in struck else None
            for c, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    page.write_formula(r, c, cell, style, "")
                elif isinstance(cell, (int, float)):
                    page.write_number(r, c, cell, style)
                elif cell is not None:
                    page.write_string(r, c, cell, style)
        for area in merged:
            first = area.split(":")[0]
            column, line = first.rstrip("0123456789"), int(first.lstrip("ABCDEFGHIJKLMNOP"))
            page.merge_range(area, rows[line - 1][ord(column) - 65])
        for row in hidden_rows:
            page.set_row(row - 1, None, None, {"hidden": True})
        if name in hidden:
            page.hide()
    made.close()
    return path


def rows(path: Path) -> list[list[Any]]:
    """All rows of all sheets as read."""
    return [row for message in files.messages(path) for row in message[4]]


def zipped(path: Path, parts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path
