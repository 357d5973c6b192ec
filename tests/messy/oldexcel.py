"""The smallest .xls (BIFF8 in a compound file) that old offices and readers open: text, numbers, merges, hidden sheets."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from typing import Any

from tests.messy.grid import Page
from tests.messy.spoiling import Formula

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_ERRORS = {"#REF!": 0x17}


def workbook(pages: Sequence[Page]) -> bytes:
    """The bytes of the file."""
    return _compound(_stream(pages))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _unicode(text: str, count: str) -> bytes:
    body = text.encode("utf-16-le")
    return struct.pack(f"<{count}B", len(body) // 2, 1) + body


def _stream(pages: Sequence[Page]) -> bytes:
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    start += _record(0x0042, struct.pack("<H", 1200))  # text is UTF-16
    start += _record(0x0022, struct.pack("<H", 0))  # days since 1900
    font = struct.pack("<HHHHHBBBB", 220, 0, 0x7FFF, 400, 0, 0, 0, 134, 0) + _unicode("宋体", "B")
    start += _record(0x0031, font) * 5
    # 16 looks: the first for everything, the last for days
    look = struct.pack("<HHHBBBBIIH", 0, 0, 0x0001, 0x20, 0, 0, 0, 0, 0, 0x20C0)
    day = struct.pack("<HHHBBBBIIH", 0, 14, 0x0001, 0x20, 0, 0, 0x04, 0, 0, 0x20C0)
    start += _record(0x00E0, look) * 15 + _record(0x00E0, day)
    end = _record(0x000A)
    sheets = [_sheet(page) for page in pages]
    heads = [struct.pack("<BB", int(page.is_hidden), 0) + _unicode(page.name, "B") for page in pages]
    at = len(start) + sum(8 + len(head) for head in heads) + len(end)
    listed = b""
    for head, sheet in zip(heads, sheets, strict=True):
        listed += _record(0x0085, struct.pack("<I", at) + head)
        at += len(sheet)
    return start + listed + end + b"".join(sheets)


def _sheet(page: Page) -> bytes:
    width = max((len(line.cells) for line in page.lines), default=0)
    out = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))]
    out.append(_record(0x0200, struct.pack("<IIHHH", 0, len(page.lines), 0, width, 0)))
    merges = page.merges() if page.has_merges else []
    for number, line in enumerate(page.lines):
        out.extend(_cell(number, column, cell) for column, cell in enumerate(line.cells) if cell is not None)
    for part in (merges[i : i + 1000] for i in range(0, len(merges), 1000)):
        ranges = b"".join(struct.pack("<HHHH", t, b, le, r) for t, le, b, r in part)
        out.append(_record(0x00E5, struct.pack("<H", len(part)) + ranges))
    out.append(_record(0x000A))
    return b"".join(out)


def _cell(row: int, column: int, cell: Any) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, Formula):
        if cell.shown is None:
            return _record(0x0201, place)
        cell = cell.shown
    if isinstance(cell, str) and cell in _ERRORS:
        return _record(0x0205, place + struct.pack("<BB", _ERRORS[cell], 1))
    if isinstance(cell, dt.date):
        serial = float((cell - dt.date(1899, 12, 30)).days)
        return _record(0x0203, struct.pack("<HHHd", row, column, 15, serial))
    if isinstance(cell, (int, float)):
        return _record(0x0203, place + struct.pack("<d", float(cell)))
    return _record(0x0204, place + _unicode(str(cell)[:4000], "H"))


def _compound(stream: bytes) -> bytes:
    """One stream, Workbook, in a compound file. Below 4096 bytes it would go elsewhere, so it is filled up."""
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % SECTOR)
    sectors = len(stream) // SECTOR
    fat_sectors = 1
    while fat_sectors * (SECTOR // 4) < sectors + 1 + fat_sectors:
        fat_sectors += 1
    chain = [
        *range(1, sectors),
        END,
        END,
        *[FAT] * fat_sectors,
    ]  # the stream, the directory, the table itself
    chain += [FREE] * (fat_sectors * (SECTOR // 4) - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, sectors, 0, 4096, END, 0, END, 0
    )
    difat = [sectors + 1 + i for i in range(fat_sectors)]
    header += struct.pack(f"<{len(difat)}I", *difat) + b"\xff" * (4 * (109 - len(difat)))
    directory = _entry("Root Entry", 5, END, 0, child=1) + _entry("Workbook", 2, 0, len(stream))
    directory += _entry("", 0, 0, 0) * 2
    return header + stream + directory + struct.pack(f"<{len(chain)}I", *chain)


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    return struct.pack(
        "<64sHBBIII16sIQQIQ", text, length, kind, 1, FREE, FREE, child, b"", 0, 0, 0, start, size
    )
