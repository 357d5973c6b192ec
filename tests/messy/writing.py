"""A draft as a file of each format that offices send."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.messy import oldexcel
from tests.messy.grid import Page
from tests.messy.spoiling import Formula

TYPED = ("xlsx", "xlsx_rich", "xls", "et", "xml")
ONE_PAGE = ("csv_gbk", "csv_gb18030", "csv_utf8", "csv_utf8_plain", "csv_utf16", "csv_semicolon", "pasted")
FORMATS: dict[str, int] = {
    "xlsx": 30,
    "xlsx_rich": 22,
    "xls": 12,
    "et": 3,
    "html": 8,
    "xml": 5,
    "csv_gbk": 6,
    "csv_gb18030": 4,
    "csv_utf8": 4,
    "csv_utf8_plain": 3,
    "csv_utf16": 3,
    "csv_semicolon": 1,
    "pasted": 4,
}


def write(pages: Sequence[Page], form: str, folder: Path, stem: str, *, is_1904: bool = False) -> Path:
    """The file of these pages. A csv that the encoding cannot hold is written in GB 18030 instead."""
    if form in ("xlsx", "xlsx_rich"):
        return _xlsx(pages, folder / f"{stem}.xlsx", is_rich=form == "xlsx_rich", is_1904=is_1904)
    if form in ("xls", "et"):
        path = folder / f"{stem}.{form}"
        path.write_bytes(oldexcel.workbook(pages))
        return path
    if form == "html":
        return _text(folder / f"{stem}.xls", _html(pages), "gb18030" if len(stem) % 2 else "utf-8")
    if form == "xml":
        return _text(folder / f"{stem}.xls", _xml(pages), "utf-8")
    return _plain(pages[0], form, folder, stem)


def _text(path: Path, content: str, encoding: str) -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def shown(cell: Any) -> str:
    """As a spreadsheet shows it, which is what is left of a cell in a file of plain text."""
    if cell is None:
        return ""
    if isinstance(cell, Formula):
        return shown(cell.shown)
    if isinstance(cell, dt.date):
        return f"{cell.year}/{cell.month}/{cell.day}"
    if isinstance(cell, (int, float)) and abs(cell) >= 10**11:
        return f"{float(cell):.5E}"
    return str(cell)


# ---------- xlsx ----------


def _xlsx(pages: Sequence[Page], path: Path, *, is_rich: bool, is_1904: bool) -> Path:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy/m/d", "date_1904": is_1904})
    looks = _looks(book)
    for page in pages:
        sheet = book.add_worksheet(page.name)
        if page.is_hidden:
            sheet.hide()
        if is_rich:
            sheet.freeze_panes(3, 1)
            sheet.set_column(0, 12, 14)
            sheet.set_landscape()
        covered = _merge(page, sheet, looks["merged"]) if page.has_merges else {}
        for number, line in enumerate(page.lines):
            look = looks["struck"] if line.is_struck else looks["plain"] if is_rich else None
            if line.is_hidden:
                sheet.set_row(number, None, None, {"hidden": True})
            for column, cell in enumerate(line.cells):
                place = covered.get((number, column))
                if place != "below":
                    _cell(sheet, number, column, cell, looks["merged"] if place else look)
    book.close()
    return path


def _looks(book: Any) -> dict[str, Any]:
    border = {"border": 1, "valign": "vcenter", "text_wrap": True}
    return {
        "plain": book.add_format(border),
        "struck": book.add_format({**border, "font_strikeout": True, "font_color": "#FF0000"}),
        "merged": book.add_format({**border, "align": "center", "bold": True}),
    }


def _merge(page: Page, sheet: Any, look: Any) -> dict[tuple[int, int], str]:
    covered: dict[tuple[int, int], str] = {}
    for top, left, bottom, right in page.merges():
        sheet.merge_range(top, left, bottom, right, None, look)
        for r in range(top, bottom + 1):
            for c in range(left, right + 1):
                covered[r, c] = "first" if (r, c) == (top, left) else "below"
    return covered


def _cell(sheet: Any, row: int, column: int, cell: Any, look: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, Formula):
        sheet.write_formula(row, column, cell.text, look, "" if cell.shown is None else cell.shown)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(cell, dt.time()))
    elif isinstance(cell, (int, float)):
        sheet.write_number(row, column, cell, look)
    else:
        sheet.write_string(row, column, cell, look)


# ---------- tables in text that call themselves .xls ----------


def _html(pages: Sequence[Page]) -> str:
    """What an office system gives as 'Excel': a web page. Only the first sheet."""
    page = pages[0]
    covered: set[tuple[int, int]] = set()
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for top, left, bottom, right in page.merges() if page.has_merges else ():
        spans[top, left] = (bottom - top + 1, right - left + 1)
        covered |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)} - {(top, left)}
    rows = []
    for number, line in enumerate(page.lines):
        cells = []
        for column, cell in enumerate(line.cells):
            if (number, column) in covered:
                continue
            height, width = spans.get((number, column), (1, 1))
            more = (f' rowspan="{height}"' if height > 1 else "") + (f" colspan={width}" if width > 1 else "")
            text = html.escape(shown(cell)).replace("\n", "<br>").replace("\u00a0", "&nbsp;")
            cells.append(f"<td{more} style=\"mso-number-format:'\\@'\">{text}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    charset = "gb18030"
    head = f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="{charset}"></head>'
    return f"{head}<body><table border=1>\n" + "\n".join(rows) + "\n</table></body></html>"


def _xml(pages: Sequence[Page]) -> str:
    """An XML spreadsheet of 2003."""
    sheets = []
    for page in pages:
        merges = {(t, le): (b - t, r - le) for t, le, b, r in (page.merges() if page.has_merges else ())}
        covered = {
            (r, c)
            for (t, le), (down, across) in merges.items()
            for r in range(t, t + down + 1)
            for c in range(le, le + across + 1)
        } - merges.keys()
        rows = []
        for number, line in enumerate(page.lines):
            cells = []
            for column, cell in enumerate(line.cells):
                if (number, column) in covered or cell is None:
                    continue
                down, across = merges.get((number, column), (0, 0))
                more = f' ss:MergeDown="{down}"' if down else ""
                more += f' ss:MergeAcross="{across}"' if across else ""
                cells.append(f'<Cell ss:Index="{column + 1}"{more}>{_xml_data(cell)}</Cell>')
            rows.append(f'<Row ss:Index="{number + 1}">{"".join(cells)}</Row>')
        hidden = (
            '<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible>'
            "</WorksheetOptions>"
            if page.is_hidden
            else ""
        )
        name = html.escape(page.name, quote=True)
        sheets.append(f'<Worksheet ss:Name="{name}"><Table>{"".join(rows)}</Table>{hidden}</Worksheet>')
    return (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">' + "".join(sheets) + "</Workbook>"
    )


def _xml_data(cell: Any) -> str:
    if isinstance(cell, Formula):
        cell = cell.shown
        if cell is None:
            return ""
    if isinstance(cell, dt.date):
        return f'<Data ss:Type="DateTime">{cell.isoformat()}T00:00:00.000</Data>'
    if isinstance(cell, (int, float)):
        return f'<Data ss:Type="Number">{cell!r}</Data>'
    kind = "Error" if str(cell).startswith("#REF") else "String"
    text = html.escape(str(cell)).replace("\n", "&#10;").replace("\t", "&#9;")
    return f'<Data ss:Type="{kind}">{text}</Data>'


# ---------- plain text ----------

_ENCODINGS: dict[str, tuple[str, str]] = {
    "csv_gbk": ("gbk", ","),
    "csv_gb18030": ("gb18030", ","),
    "csv_utf8": ("utf-8-sig", ","),
    "csv_utf8_plain": ("utf-8", ","),
    "csv_utf16": ("utf-16", "\t"),
    "csv_semicolon": ("utf-8-sig", ";"),
    "pasted": ("utf-8", "\t"),
}


def _plain(page: Page, form: str, folder: Path, stem: str) -> Path:
    encoding, delimiter = _ENCODINGS[form]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for line in page.lines:
        writer.writerow([shown(cell) for cell in line.cells])
    text = out.getvalue()
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        content = text.encode("gb18030")
    path = folder / f"{stem}.{'txt' if form == 'pasted' else 'csv'}"
    path.write_bytes(content)
    return path
