"""The sheets of an XLSForm: found by name, headers by their many spellings, labels by language. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_CHINESE = re.compile(r"中文|汉语|简体|chinese|mandarin|\bzh\b|zh[-_]|\(zh", re.IGNORECASE)
_ENGLISH = re.compile(r"english|英[语文]|\ben\b|\(en", re.IGNORECASE)
HAN = re.compile(r"[一-鿿]")


@dataclass(frozen=True)
class SheetRows:
    """A sheet as it was read: the first row's number (from 1), the first column's (from 0)."""

    name: str
    rows: Sequence[Sequence[Any]]
    first_row: int = 1
    first_column: int = 0


@dataclass
class Table:
    """Rows under a header, each by the names of its columns."""

    sheet: SheetRows
    at: dict[str, list[int]] = field(default_factory=dict)
    header_row: int = 0

    def rows(self) -> Iterator[tuple[int, dict[str, tuple[str, int]]]]:
        """(row number, name → (text, column)) of every row that holds something."""
        for number, row in enumerate(self.sheet.rows[self.header_row + 1 :], self.header_row + 1):
            found: dict[str, tuple[str, int]] = {}
            for name, places in self.at.items():
                for place in places:
                    said = _said(row[place]) if place < len(row) else ""
                    if said and name not in found and said != "NO_LABEL":
                        found[name] = (said, place)
            if found:
                yield number, found

    def cell(self, number: int, place: int) -> str:
        return f"{_letters(place + self.sheet.first_column)}{number + self.sheet.first_row}"


def _said(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:g}"
    return " ".join(str(cell).replace("\u00a0", " ").split())


def _letters(place: int) -> str:
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def unpacked(sheets: Sequence[SheetRows]) -> list[SheetRows]:
    """Of a text file the sheets stand one below the other, each after its name in the first column."""
    if len(sheets) != 1 or sheet_of(sheets, "survey"):
        return list(sheets)
    found: list[SheetRows] = []
    whole = sheets[0]
    for number, row in enumerate(whole.rows):
        said = [_said(cell) for cell in row]
        if said and said[0].lower() in ("survey", "choices", "settings") and not any(said[1:]):
            found.append(SheetRows(said[0].lower(), [], whole.first_row + number + 1, whole.first_column + 1))
        elif found and (not said or not said[0]):
            rows = [*found[-1].rows, list(row)[1:]]
            found[-1] = replace(found[-1], rows=rows)
    return found or list(sheets)


def sheet_of(sheets: Sequence[SheetRows], name: str) -> SheetRows | None:
    return next((sheet for sheet in sheets if sheet.name.strip().lower() == name), None)


_ALIASES = {
    "list name": "list_name",
    "relevance": "relevant",
    "bind:relevant": "relevant",
    "bind::relevant": "relevant",
    "bind:constraint": "constraint",
    "bind::constraint": "constraint",
    "bind:required": "required",
    "bind::required": "required",
    "read_only": "readonly",
    "read only": "readonly",
    "caption": "label",
    "value": "name",
    "title": "form_title",
    "id_string": "form_id",
}


def table_of(sheet: SheetRows, wanted: Sequence[str]) -> Table | None:
    """The header is the first row that names what is wanted."""
    for number, row in enumerate(sheet.rows[:10]):
        at: dict[str, list[int]] = {}
        for place, cell in enumerate(row):
            said = re.sub(r"\s*:+\s*", lambda m: m[0].strip(), _said(cell)).lower()
            if said:
                at.setdefault(_ALIASES.get(said, said), []).append(place)
        if all(name in at for name in wanted):
            return Table(sheet, at, number)
    return None


def labels_of(row: Mapping[str, tuple[str, int]]) -> tuple[str, str]:
    """(Chinese or whatever is there, English) of a row of survey or choices."""
    chinese = english = plain = ""
    for name, (said, _place) in row.items():
        if name == "label":
            plain = plain or said
        elif name.startswith("label:"):
            language = name[6:].lstrip(":")
            if _CHINESE.search(language):
                chinese = chinese or said
            elif _ENGLISH.search(language):
                english = english or said
            else:
                plain = plain or said
    chinese = chinese or (plain if HAN.search(plain) else "")
    english = english or (plain if plain and not HAN.search(plain) else "")
    return chinese or english or plain, english
