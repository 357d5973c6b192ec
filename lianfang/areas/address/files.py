"""A gazetteer from files: the areas as CSV, and what became of areas that are gone.

Not as strict as areas/loading.py: nothing is stored, so a column may be missing (level) and a parent too.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lianfang.areas.address.gazetteer import Gazetteer, Row
from lianfang.areas.succession import Former, read_history
from lianfang.core.problems import Problem

OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}
HEADERS = {
    "代码": "code",
    "区划代码": "code",
    "编码": "code",
    "名称": "name",
    "级别": "level",
    "层级": "level",
    "上级": "parent",
    "上级代码": "parent",
}
NEEDED = ("code", "name", "parent")
LARGEST_BYTES = 512 * 1024 * 1024  # unpacked; the national file has 31 MB


def open_gazetteer(areas: Path, history: Sequence[Path] = ()) -> Gazetteer:
    """Raises `areas.file_unreadable` or `areas.history_unreadable`."""
    rows = list(_rows(areas))
    living = {row[0] for row in rows}
    former: list[Former] = []
    for path in history:
        former += read_history(_records(path), living)
    return Gazetteer.from_rows(rows, former=former)


def _rows(path: Path) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    header = _header(next(reader, []))
    missing = [column for column in NEEDED if column not in header]
    if missing:
        raise Problem("areas.file_unreadable", detail=f"{path.name}: − {','.join(missing)}")
    code, name, parent = (header.index(column) for column in NEEDED)
    level = header.index("level") if "level" in header else -1
    width = max(code, name, parent, level) + 1
    for cells in reader:
        if len(cells) < width:
            cells += [""] * (width - len(cells))
        if cells[code] and cells[name]:
            yield (
                cells[code].strip(),
                cells[name].strip(),
                cells[level] if level >= 0 else "",
                cells[parent].strip(),
            )


def _records(path: Path) -> Iterator[Mapping[str, str]]:
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    for cells in reader:
        yield dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))


def _header(cells: Sequence[str]) -> list[str]:
    return [HEADERS.get(cell, cell) for cell in (cell.strip().lower() for cell in cells)]


def _text(path: Path) -> str:
    """UTF-8 with or without its mark, else GB18030; unpacked."""
    opener = OPENERS.get(path.suffix.lower(), open)
    try:
        with opener(path, "rb") as file:
            content: bytes = file.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise Problem("areas.file_unreadable", detail=error) from error
    if len(content) > LARGEST_BYTES:
        raise Problem("areas.file_unreadable", detail=f"> {LARGEST_BYTES >> 20} MB")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Problem("areas.file_unreadable", detail="UTF-8 / GB18030")
