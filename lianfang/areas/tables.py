"""A county's own list of areas or of changes, as it is sent: CSV, or a workbook that a child process reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from itertools import chain, islice

from lianfang.core.problems import Problem
from lianfang.core.scratch import scratch
from lianfang.core.sheets import Chunk, chunks

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx and .xls begin
LARGEST_BYTES = 512 * 1024 * 1024  # unpacked; the national file has 31 MB
TITLE_ROWS = 20  # a title, a unit and a date stand above the header at most
Line = tuple[int, list[str]]  # number of the row as the file counts, its cells


def lines_of(content: bytes, known: Collection[str]) -> Iterator[Line]:
    """The header, then the rows below it, empty ones left out. The header is the first row with two of the `known`
    words, else the first row; of a workbook the first sheet that has such a row. Raises `areas.file_unreadable`."""
    if len(content) > LARGEST_BYTES:
        raise Problem("areas.file_unreadable", detail=f"> {LARGEST_BYTES >> 20} MB")
    if content[:4] in WORKBOOKS:
        return _of_workbook(content, known)
    return _below_title(_of_text(content), known)[0]


def _of_text(content: bytes) -> Iterator[Line]:
    try:
        yield from enumerate(csv.reader(io.StringIO(_text(content), newline="")), 1)
    except csv.Error as error:
        raise Problem("areas.file_unreadable", detail=error) from error


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Problem("areas.file_unreadable", detail="UTF-8 / GB18030") from error


def _of_workbook(content: bytes, known: Collection[str]) -> Iterator[Line]:
    sheets: dict[str, list[Line]] = {}
    for chunk in _chunks(content):
        if not chunk.is_hidden:
            lines = sheets.setdefault(chunk.sheet, [])
            lines += [
                (chunk.first_row + at, [_cell(cell) for cell in row]) for at, row in enumerate(chunk.rows)
            ]
    found = [_below_title(iter(lines), known) for lines in sheets.values() if lines]
    best = next((lines for lines, has_header in found if has_header), None)
    return best or (found[0][0] if found else iter(()))


def _chunks(content: bytes) -> Iterator[Chunk]:
    with scratch() as folder:
        path = folder / "areas"
        path.write_bytes(content)
        try:
            yield from chunks(path)
        except Problem as problem:
            raise Problem("areas.file_unreadable", detail=problem.payload.get("detail", "")) from problem


def _cell(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _below_title(lines: Iterator[Line], known: Collection[str]) -> tuple[Iterator[Line], bool]:
    filled = (line for line in lines if any(cell.strip() for cell in line[1]))
    first = list(islice(filled, TITLE_ROWS))
    headers = (at for at, (_, cells) in enumerate(first) if sum(word(cell) in known for cell in cells) > 1)
    at = next(headers, None)
    return chain(first[at or 0 :], filled), at is not None


def word(header: str) -> str:
    """A header's cell as it is compared: 原代码 (12位) and 原 代码 are written by some."""
    return "".join(header.split()).split("(")[0].split("（")[0].lower()
