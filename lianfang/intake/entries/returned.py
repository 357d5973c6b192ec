"""A file that is given back, filled in: its sheets as rows of text, as a pasted block would be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lianfang.core.problems import Problem
from lianfang.core.scratch import scratch
from lianfang.core.sheets import chunks
from lianfang.intake.entries.pasted import MOST_ROWS
from lianfang.register.rules import text

LARGEST_BYTES = 8 * 1024 * 1024  # a village's list takes some dozen kilobytes


def sheets_of(name: str, pieces: Iterable[bytes]) -> list[list[list[str]]]:
    """The rows of each sheet that is not hidden, read by a process of its own. Raises `intake.sheet_too_large`,
    `intake.sheet_too_many_rows`, `register.file_unreadable`."""
    found: dict[str, list[list[str]]] = {}
    with scratch() as folder:
        path = folder / f"sheet{Path(name).suffix[:8]}"
        size = 0
        with path.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > LARGEST_BYTES:
                    raise Problem("intake.sheet_too_large", limit=LARGEST_BYTES // 1024 // 1024)
                file.write(piece)
        for chunk in chunks(path):
            if chunk.is_hidden:
                continue
            rows = found.setdefault(chunk.sheet, [])
            rows += [[] for _ in range(chunk.first_row - 1 - len(rows))]
            for cells in chunk.rows:
                rows.append([""] * chunk.first_column + [text(cell) for cell in cells])
            if sum(map(len, found.values())) > MOST_ROWS:
                raise Problem("intake.sheet_too_many_rows", most=MOST_ROWS)
    return list(found.values())
