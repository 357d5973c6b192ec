"""What the clipboard of a spreadsheet, a table in a document or a chat holds, as rows of cells. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

MOST_ROWS = 2000
_GAPS = re.compile(r"\t|,|，|、|;|；|\||\s{1,}")
_CELL = ("td", "th")


def rows_of(plain: str, html: str = "") -> list[list[str]]:
    """Tab-separated text as spreadsheets copy it, with quoted cells; where there are no tabs, the table in the markup;
    else each line is cut at its gaps. At most MOST_ROWS rows."""
    plain = plain.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if "\t" in plain:
        return _separated(plain)[:MOST_ROWS]
    if "<t" in html.lower() and (rows := _table(html)) and any(len(row) > 1 for row in rows):
        return rows[:MOST_ROWS]
    lines = plain.split("\n")
    if any(re.search(r"\S\s+\S|[,，、;；|]", line) for line in lines) and len(lines) > 1:
        return [[cell for cell in _GAPS.split(line.strip()) if cell] for line in lines][:MOST_ROWS]
    return [[line.strip()] for line in lines][:MOST_ROWS]


def _separated(plain: str) -> list[list[str]]:
    """A cell that begins with a quote goes on to its closing quote, over tabs and lines; "" within is one quote."""
    rows: list[list[str]] = [[]]
    at, end = 0, len(plain)
    while at <= end:
        if at < end and plain[at] == '"' and (closing := _closing(plain, at)) > 0:
            cell, at = plain[at + 1 : closing].replace('""', '"'), closing + 1
        else:
            stop = re.compile(r"[\t\n]").search(plain, at)
            cell, at = plain[at : stop.start() if stop else end], stop.start() if stop else end
        rows[-1].append(" ".join(cell.split()))
        if at < end and plain[at] == "\n":
            rows.append([])
        at += 1
    return rows


def _closing(plain: str, at: int) -> int:
    """Where a quoted cell ends, or -1 when the quote is part of what somebody wrote."""
    place = at + 1
    while (place := plain.find('"', place)) >= 0:
        if plain[place : place + 2] == '""':
            place += 2
            continue
        return place if place + 1 == len(plain) or plain[place + 1] in "\t\n" else -1
    return -1


def _table(html: str) -> list[list[str]]:
    reader = _Table()
    reader.feed(html)
    reader.close()
    return [row for row in reader.rows if row]


class _Table(HTMLParser):
    """The first table. A cell over several rows stands in the first of them, as a spreadsheet copies it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.covered: dict[int, int] = {}  # column → how many rows below are covered by a cell above
        self.cell: list[str] | None = None
        self.spans = (1, 1)
        self.is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.is_over:
            return
        if tag == "tr":
            self.rows.append([])
            self._skip()
        elif tag in _CELL:
            self._end()
            said = dict(attrs)
            self.spans = (_span(said.get("rowspan")), _span(said.get("colspan")))
            self.cell = []
        elif tag == "br" and self.cell is not None:
            self.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _CELL or tag == "tr":
            self._end()
        elif tag == "table" and self.rows:
            self.is_over = True

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        if self.cell is None:
            return
        if not self.rows:
            self.rows.append([])
        row = self.rows[-1]
        down, across = self.spans
        for place in range(len(row), len(row) + across):
            if down > 1:
                self.covered[place] = down
        row += [" ".join("".join(self.cell).split()), *[""] * (across - 1)]
        self.cell = None
        self._skip()

    def _skip(self) -> None:
        """Places that a cell of a row above covers are empty here."""
        row = self.rows[-1]
        while self.covered.get(len(row), 0) > 1:
            self.covered[len(row)] -= 1
            row.append("")


def _span(said: str | None) -> int:
    return min(int(said), 400) if said and said.isdecimal() and int(said) else 1
