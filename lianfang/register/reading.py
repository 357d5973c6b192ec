"""A sheet as plain rows, in a process of its own: `python -m lianfang.register.reading FILE`.

A file of 2 KB with one cell at XFD1048576 makes the reader ask for 512 GB and abort the process, so it must not be
the server's. Out come marshalled messages, each after its length in four bytes: (sheet, is_hidden, first row,
first column, rows) or ("", code, detail) for a file that cannot be read. Nothing of Django is loaded here.
"""

from __future__ import annotations

import csv
import io
import marshal
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

MEMORY_BYTES = 4 << 30  # address space; a county of 760,000 with 22 columns needs about half
CPU_SECONDS = 300
CHUNK_ROWS = 2000
EXACT = 10**15  # a spreadsheet keeps 15 digits; a longer whole number has lost its end
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def main(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    try:
        with Path(path).open("rb") as file:
            start = file.read(4)
        for message in _workbook(path) if start in (ZIP, OLE) else _text(Path(path)):
            _send(out, message)
    except MemoryError:
        _send(out, ("", "too_large", ""))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a stranger's file, it is told in one line
        _send(out, ("", "unreadable", f"{type(error).__name__}: {error}"[:200]))


def _send(out: BinaryIO, message: tuple[Any, ...]) -> None:
    body = marshal.dumps(message)
    out.write(len(body).to_bytes(4, "big"))
    out.write(body)
    out.flush()


def _workbook(path: str) -> Iterator[tuple[Any, ...]]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    workbook = CalamineWorkbook.from_path(path)
    for number, about in enumerate(workbook.sheets_metadata):
        sheet = workbook.get_sheet_by_index(number)
        first_column = (sheet.start or (0, 0))[1]
        is_hidden = about.visible != SheetVisibleEnum.Visible
        rows = ([c if type(c) is str else _plain(c) for c in row] for row in sheet.iter_rows())
        yield from _chunks(sheet.name, is_hidden, first_column, rows)


def _plain(cell: Any) -> Any:
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < EXACT else cell
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, int):
        return cell if abs(cell) < EXACT else float(cell)
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _text(path: Path) -> Iterator[tuple[Any, ...]]:
    content = path.read_bytes()
    text = _decoded(content)
    head = text[:4000]
    delimiter = max(",\t;", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    yield from _chunks(path.stem, False, 0, rows)


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    if b"\0" in content[:4096]:
        raise ValueError("not a sheet")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _chunks(
    name: str, is_hidden: bool, first_column: int, rows: Iterable[list[Any]]
) -> Iterator[tuple[Any, ...]]:
    first, chunk = 1, []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK_ROWS:
            yield name, is_hidden, first, first_column, chunk
            first, chunk = first + len(chunk), []
    yield name, is_hidden, first, first_column, chunk


if __name__ == "__main__":
    main(sys.argv[1])
