"""Workbooks that are really markup: an .xls that is a web page, the XML workbook of 2003, a saved page (.mht)."""

from __future__ import annotations

import email
import email.policy
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from lianfang.core.reading import texts
from lianfang.core.reading.rows import COLUMNS, Cell, Gathered, Message, number

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
_SHEET_NAME = re.compile(r"<x:Name>([^<]+)</x:Name>")
_SPAN_LIMIT = 2000


def form_of(start: bytes) -> str | None:
    """What the first bytes of a file say: "xml", "html", "mhtml" or None."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.decode("utf-16", "ignore").encode()
    low = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if low.startswith(b"<?xml") and (_SPREADSHEET in low or b"excel.sheet" in low):
        return "xml"
    if low.startswith(b"mime-version:"):
        return "mhtml"
    if low.startswith(
        (b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<body", b"<div", b"<style")
    ):
        return "html"
    return "html" if low.startswith((b"<", b"<?xml")) and (b"<html" in low or b"<table" in low) else None


def messages(path: Path, form: str) -> Iterator[Message]:
    content = path.read_bytes()
    if form == "xml":
        yield from _xml(content)
        return
    if form == "mhtml":
        content = _page_of(content)
    page = _Page()
    text = _text(content)
    page.feed(text)
    page.close()
    names = _SHEET_NAME.findall(text)
    tables = [table for table in page.tables if table.rows]
    if not tables:
        raise ValueError("not_a_sheet")
    for order, table in enumerate(tables):
        name = (
            names[order]
            if order < len(names)
            else path.stem
            if len(tables) == 1
            else f"{path.stem} {order + 1}"
        )
        yield from table.messages(name)


def _text(content: bytes) -> str:
    match = _CHARSET.search(content[:4096])
    if match and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        said = match[1].decode().lower()
        try:
            return content.decode("gb18030" if said.startswith("gb") else said)
        except (LookupError, UnicodeDecodeError):
            pass
    return texts.decoded(content)


def _page_of(content: bytes) -> bytes:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    pages = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "text/html"]
    with_table = [page for page in pages if isinstance(page, bytes) and b"<t" in page.lower()]
    return max(with_table, key=len, default=b"")


# ---------- web pages ----------


class _Table:
    def __init__(self) -> None:
        self.rows: list[list[Cell]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden: list[int] = []
        self.struck: dict[int, list[int]] = {}
        self._covered: dict[tuple[int, int], bool] = {}

    def put(self, text: Cell, across: int, down: int, is_struck: bool) -> None:
        """A cell into the last row, behind what is there and what hangs down into it."""
        row, at = self.rows[-1], len(self.rows)
        while (at, len(row)) in self._covered:
            row.append(None)
        place = len(row)
        if place + across > COLUMNS:
            return
        row.append(text)
        row.extend([None] * (across - 1))
        if across > 1 or down > 1:
            self.merged.append((at, place, at + down - 1, place + across - 1))
            for below in range(1, down):
                for beside in range(across):
                    self._covered[at + below, place + beside] = True
        if is_struck and text:
            self.struck.setdefault(at, []).append(place)

    def messages(self, name: str) -> Iterator[Message]:
        gathered = Gathered(name, False, {"merged": self.merged})
        hidden = set(self.hidden)
        for at, row in enumerate(self.rows, 1):
            if at in hidden:
                gathered.note("hidden_rows", at)
            note_struck(gathered, at, row, self.struck.get(at, []))
            yield from gathered.add(at, row)
        yield from gathered.rest()


def note_struck(gathered: Gathered, at: int, row: list[Cell], struck: list[int]) -> None:
    """Most of what a row holds is struck: somebody deleted the row. Else the cells alone."""
    written = sum(1 for cell in row if cell not in (None, ""))
    if struck and len(struck) * 3 >= written * 2:
        gathered.note("struck_rows", at)
    else:
        for place in struck:
            gathered.note("struck_cells", (at, place))


class _Page(HTMLParser):
    """Every table of a page; of nested ones each gives its own rows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._struck_depth = 0
        self._is_struck = False
        self._outer: list[list[str] | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "table":
            self._outer.append(self._cell)
            self._cell = None
            self._open.append(_Table())
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].rows.append([])
            style = given.get("style", "").replace(" ", "").lower()
            if "display:none" in style or "hidden" in given:
                self._open[-1].hidden.append(len(self._open[-1].rows))
        elif tag in ("td", "th") and self._open:
            self._end_cell()
            if not self._open[-1].rows:
                self._open[-1].rows.append([])
            self._cell = []
            self._spans = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self._is_struck = "line-through" in given.get("style", "")
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")
        elif tag in ("s", "strike", "del") or "line-through" in given.get("style", ""):
            self._is_struck = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()
            self._cell = self._outer.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        text = "".join(self._cell).replace("\xa0", " ").strip()
        self._open[-1].put(text or None, *self._spans, self._is_struck)
        self._cell, self._is_struck = None, False


def _span(written: str | None) -> int:
    return min(max(int(written), 1), _SPAN_LIMIT) if written and written.strip().isdigit() else 1


# ---------- the XML workbook ----------


def _xml(content: bytes) -> Iterator[Message]:
    root = ET.fromstring(content)  # noqa: S314 - in a child process with limits
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    struck = {
        style.get("ID", "")
        for style in root.iter("Style")
        if any(font.get("StrikeThrough") == "1" for font in style.iter("Font"))
    }
    for sheet in root.iter("Worksheet"):
        yield from _xml_sheet(sheet, struck)


def _xml_sheet(sheet: ET.Element, struck_styles: set[str]) -> Iterator[Message]:
    is_hidden = any(each.text != "SheetVisible" for each in sheet.iter("Visible"))
    merged: list[tuple[int, int, int, int]] = []
    read: list[tuple[int, list[Cell], list[int], bool]] = []
    at = 0
    for row in sheet.iter("Row"):
        at = int(row.get("Index", at + 1))
        cells: list[Cell] = []
        struck: list[int] = []
        for cell in row.iter("Cell"):
            place = int(cell.get("Index", len(cells) + 1)) - 1
            across, down = int(cell.get("MergeAcross", 0)), int(cell.get("MergeDown", 0))
            if place + across >= COLUMNS:
                break
            cells.extend([None] * (place + across + 1 - len(cells)))
            cells[place] = _xml_value(cell.find("Data"))
            if across or down:
                merged.append((at, place, at + down, place + across))
            if cell.get("StyleID", row.get("StyleID", "")) in struck_styles and cells[place]:
                struck.append(place)
        read.append((at, cells, struck, row.get("Hidden") == "1"))
    gathered = Gathered(sheet.get("Name", ""), is_hidden, {"merged": merged})
    for at, cells, struck, is_row_hidden in read:
        if is_row_hidden:
            gathered.note("hidden_rows", at)
        note_struck(gathered, at, cells, struck)
        yield from gathered.add(at, cells)
    yield from gathered.rest()


def _xml_value(data: ET.Element | None) -> Cell:
    if data is None:
        return None
    text = "".join(data.itertext())
    kind = data.get("Type", "String")
    if kind == "Number":
        return number(text.strip())
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "DateTime":
        return text.split(".")[0].removesuffix("T00:00:00")
    return text or None
