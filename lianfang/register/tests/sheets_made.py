"""Sheets for tests: invented people with ids that pass the check."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from lianfang.register.rules import check_digit


def an_id(born: str = "19870312", order: int = 451, region: str = "430581") -> str:
    first = f"{region}{born}{order:03}"
    return first + check_digit(first)


def xlsx(path: Path, rows: Sequence[Sequence[Any]], sheet: str = "人口底册") -> Path:
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet(sheet)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, (int, float)):
                page.write_number(r, c, cell)
            elif cell is not None:
                page.write_string(r, c, cell)
    book.close()
    return path


def csv_file(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path
