"""What is true of a sheet: the answers an importer is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TAKE, REFUSE, SILENT, UNSAID, MAY = "take", "refuse", "silent", "unsaid", "may"


@dataclass(frozen=True, slots=True)
class Want:
    """What may become of one cell.

    `values`: what is right, the best first. `must`: "take" one of the values; "refuse": leave it empty and say so at
    the cell; "silent": leave it empty, there is nothing to say; "unsaid": leave it empty, said or not; "may": one of
    the values or empty.
    """

    values: tuple[Any, ...] = ()
    must: str = SILENT
    trap: str = "plain"


@dataclass(slots=True)
class Row:
    """One row of the sheet that means something. `row` counts from 1 as the spreadsheet shows it.

    `kind`: "person", "vacant" (a door without people), "nobody" (sum, title, header …), "struck" (crossed out).
    `fate`: "taken", "rejected" or "either"; a rejected row must be explained at its place.
    """

    sheet: str
    row: int
    kind: str = "person"
    fate: str = "taken"
    why: str = ""
    wants: dict[str, Want] = field(default_factory=dict)
    traps: set[str] = field(default_factory=set)


@dataclass
class Truth:
    """All of a file. `hidden`: sheets that must not be read unasked. `headers`: field → header as written, by sheet."""

    seed: int
    path: Path
    rows: list[Row] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    refused_headers: dict[str, set[str]] = field(default_factory=dict)
    traps: set[str] = field(default_factory=set)  # of the layout and the format
