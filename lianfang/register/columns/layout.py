"""The header of a sheet, one to three rows of it, and the field of each column. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lianfang.register.columns import contents
from lianfang.register.columns.contents import PlaceWords
from lianfang.register.columns.headers import (
    PLACES,
    field_of_path,
    is_ignored,
    is_of_another,
    is_refused,
    known_field,
    plain_header,
)
from lianfang.register.rules import Cell

SEARCHED_ROWS = 30  # a header stands below a title or two, never further down
HEADER_DEPTH = 3
LOOKED_AT_ROWS = 400  # below the header, to know columns by what stands in them
_SURE = 0.8  # of the cells fit: known by content
_SURE_OF = {"sex": 0.6}  # has two words that stand in no other column
_WRONG = 0.2  # of the cells fit at most: the header says something else than the cells
_FEW = 3  # cells; fewer prove nothing
# Fields that may be known by content alone, surest first; an address and a name are tried last.
_BY_CONTENT = (
    "id_number",
    "phone",
    "village",
    "township",
    "sex",
    "relation",
    "group",
    "present_place",
    "name",
)
_PLACES_SWAPPED = {"village": "township", "township": "village"}
_CERTAIN = ("id_number", "phone")  # nothing else looks like these
_LOOKS_LIKE = {"contact_phone": "phone"}
_OF_PEOPLE = (("id_number",), ("phone",), ("sex",))  # kinds of a cell that stand in no header
Range = tuple[
    int, int, int, int
]  # first row, first column, last row, last column: rows from 1, columns from 0


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column as a person is shown it. `place` counts from 0 at column A."""

    place: int
    header: str
    field: str | None
    reason: str  # name, content, chosen, remembered, refused, unknown
    samples: tuple[str, ...] = ()  # masked
    confidence: float = 0.0
    note: str = ""  # code of findings.py: what is odd about it


@dataclass(frozen=True)
class Columns:
    """What a header says. `at` and `headers` go by field; numbers count from 0 in the delivered row."""

    row: int  # the last row of the header as the spreadsheet counts; 0 or before the first row: there is none
    at: dict[str, int]
    headers: dict[str, str]
    refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    width: int = 0
    cells: tuple[Cell, ...] = field(default=(), repr=False)
    first_row: int = 0
    views: tuple[ColumnView, ...] = ()
    layout: str = ""
    spare: dict[str, tuple[int, ...]] = field(default_factory=dict)  # further columns of a field
    refused_at: tuple[int, ...] = ()
    words: frozenset[str] = frozenset()  # of the whole header, folded

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def is_header_cell(self, name: str) -> bool:
        return self.headers["name"] == name

    def is_repeated_in(self, row: Sequence[Cell]) -> bool:
        """A header printed again at the top of each page."""
        at = self.at["name"]
        if at >= min(len(row), len(self.cells)) or row[at] != self.cells[at]:
            return False
        own = [cell for cell in self.cells if cell not in (None, "")]
        return (
            sum(a == b for a, b in zip(row, self.cells, strict=False) if b not in (None, "")) * 3
            >= len(own) * 2
        )


@dataclass(frozen=True)
class Header:
    """The rows of a header, counted from 0 in the rows looked at. `paths`: of each column, from the group down to the
    leaf, folded. `fields`: field → the columns that claim it, by name."""

    first: int
    last: int
    paths: tuple[tuple[str, ...], ...]
    fields: dict[str, list[int]]

    @property
    def score(self) -> tuple[int, int, int]:
        """More fields are better, then more columns with a name, then fewer rows."""
        return len(self.fields), sum(map(bool, self.paths)), self.first - self.last


@dataclass(frozen=True)
class HeaderWords:
    """What the headers of a kind of sheet are called. `is_enough`: whether these fields make it a header of that kind."""

    of_path: Callable[[tuple[str, ...]], str | None]
    of_word: Callable[[str], str | None]
    is_enough: Callable[[Mapping[str, list[int]]], bool]


def _names_people(fields: Mapping[str, list[int]]) -> bool:
    return "name" in fields or "head_name" in fields


OF_REGISTERS = HeaderWords(field_of_path, known_field, _names_people)


def find_header(rows: Sequence[Sequence[Cell]], first_row: int = 1) -> Columns | None:
    """By names alone: the rows that name most columns; they must name 姓名 and something of an address."""
    header = best_header(rows, (), first_row, 0)
    if header is None or not _is_register(header.fields):
        return None
    return _columns(header, rows, first_row, 0, None, {}, "chosen")


def recognise_columns(
    rows: Sequence[Sequence[Cell]],
    first_row: int = 1,
    *,
    first_column: int = 0,
    merged: Iterable[Range] = (),
    places: PlaceWords | None = None,
    chosen: Mapping[int, str] | None = None,
    chosen_as: str = "chosen",
) -> Columns | None:
    """By name, content, and what a person chose (place from column A → field, "" for none). None: this is no list
    of people."""
    header = best_header(rows, tuple(merged), first_row, first_column)
    if header is None:
        header = Header(0, -1, ((),) * max((len(row) for row in rows), default=0), {})
    found = _columns(header, rows, first_row, first_column, places, dict(chosen or {}), chosen_as)
    return found if "name" in found.at and len(found.at) > 1 else None


# ---------- which rows are the header ----------


def best_header(
    rows: Sequence[Sequence[Cell]],
    merged: Sequence[Range],
    first_row: int,
    first_column: int,
    words: HeaderWords = OF_REGISTERS,
) -> Header | None:
    """The rows that name most columns; None when none do. Also for sheets of other rooms, with words of their own."""
    best: Header | None = None
    for first in range(min(len(rows), SEARCHED_ROWS)):
        if not any(isinstance(cell, str) and cell for cell in rows[first]):
            continue
        for depth in range(1, HEADER_DEPTH + 1):
            if first + depth > len(rows):
                break
            inside = _inside(merged, first_row + first, depth, first_column)
            found = _read_header(rows[first : first + depth], first, inside, words)
            if found and (best is None or found.score > best.score):
                best = found
    return best


def _read_header(
    rows: Sequence[Sequence[Cell]], first: int, inside: Sequence[Range], words: HeaderWords
) -> Header | None:
    block = [list(row) for row in rows]
    depth = len(block)
    if any(_is_no_header_line(row, is_first=not n) for n, row in enumerate(block)):
        return None
    if depth > 1 and _is_title(block[0]):
        return None
    width = max(len(row) for row in block)
    for row in block:
        row.extend([None] * (width - len(row)))
    if depth > 1:
        _fill_groups(block, inside)
        if not _is_header_block(block, words, is_merged=len(inside) > 1):
            return None
    paths = tuple(_path(block, place) for place in range(width))
    fields: dict[str, list[int]] = {}
    for place, path in enumerate(paths):
        if (known := words.of_path(path)) and not any(is_refused(part) for part in path):
            fields.setdefault(known, []).append(place)
    if not words.is_enough(fields) or sum(map(bool, paths)) < 2:
        return None
    if "name" not in fields and "head_name" in fields:  # a list of heads of households
        fields["name"] = fields.pop("head_name")
    return Header(first, first + depth - 1, paths, fields)


def _is_no_header_line(row: Sequence[Cell], *, is_first: bool) -> bool:
    """A row of people, or a single word under a header: a line between rows (三组), which names no column."""
    said = [cell for cell in row if cell not in (None, "")]
    if not is_first and len(said) < 2:
        return True
    return any(contents.kinds_of(cell, None)[:1] in _OF_PEOPLE for cell in said)


def _is_title(row: Sequence[Cell]) -> bool:
    """Words at the left edge and nothing else: over the whole sheet, no group of columns."""
    return bool(row) and row[0] not in (None, "") and all(cell in (None, "", row[0]) for cell in row)


def _inside(merged: Sequence[Range], row: int, depth: int, first_column: int) -> list[Range]:
    """Ranges that lie in the block, with rows and columns counted from 0 in it."""
    return [
        (top - row, left - first_column, bottom - row, right - first_column)
        for top, left, bottom, right in merged
        if top >= row and bottom < row + depth and left >= first_column
    ]


def _fill_groups(block: list[list[Cell]], merged: Sequence[Range]) -> None:
    """A group's name over each of its columns: by its merged range, else to the right over empty cells."""
    width = len(block[0])
    covered = set()
    for top, left, bottom, right in merged:
        if left >= width:
            continue
        value = block[top][left]
        for line in range(top, bottom + 1):
            for place in range(left, min(right, width - 1) + 1):
                block[line][place] = value if line == top else None
                covered.add((line, place))
    for number, row in enumerate(block[:-1]):
        for place in range(1, width):
            below = any(block[lower][place] not in (None, "") for lower in range(number + 1, len(block)))
            if row[place] in (None, "") and below and (number, place) not in covered:
                row[place] = row[place - 1]


def _is_header_block(block: list[list[Cell]], words: HeaderWords, *, is_merged: bool) -> bool:
    """`is_merged`: cells of these rows were joined, as nobody joins cells of rows of people. Else: each column has a name of its own below a shared one, or none; rows of people do not look like this."""
    for number, row in enumerate(block[:-1]):
        for place, cell in enumerate(row):
            if cell in (None, ""):
                continue
            lower = [block[below][place] for below in range(number + 1, len(block))]
            written = [part for part in lower if part not in (None, "")]
            if not written:
                continue
            if not all(isinstance(part, str) for part in written):
                return False
            is_group = cell in (
                row[place - 1] if place else None,
                row[place + 1] if place + 1 < len(row) else None,
            )
            if (
                not is_merged
                and not is_group
                and not any(words.of_word(plain_header(part)) for part in written)
            ):
                return False
    return True


def _path(block: list[list[Cell]], place: int) -> tuple[str, ...]:
    parts: list[str] = []
    for row in block:
        plain = plain_header(row[place])
        if plain and (not parts or parts[-1] != plain):
            parts.append(plain)
    return tuple(parts)


def _is_register(fields: Mapping[str, object]) -> bool:
    return "name" in fields and bool(PLACES & fields.keys() or len(fields) >= 3)


# ---------- which column is what ----------


def _columns(
    header: Header,
    rows: Sequence[Sequence[Cell]],
    first_row: int,
    first_column: int,
    places: PlaceWords | None,
    chosen: Mapping[int, str],
    chosen_as: str,
) -> Columns:
    below = rows[header.last + 1 : header.last + 1 + LOOKED_AT_ROWS]
    width = max([len(header.paths), *(len(row) for row in below)], default=0)
    paths = header.paths + ((),) * (width - len(header.paths))
    written = [_written(rows, header, place) for place in range(width)]
    finder = _Finder(paths, written, below, places)
    finder.take_chosen({place - first_column: name for place, name in chosen.items()}, chosen_as)
    finder.take_refused()
    finder.take_named(header.fields)
    if places is not None or header.last < 0:
        finder.take_by_content()
    cells = tuple(rows[header.last]) if header.last >= 0 else ()
    ordered = sorted(finder.at.items(), key=lambda item: item[1])
    return Columns(
        row=first_row + header.last,
        at=dict(ordered),
        headers={name: written[place] for name, place in ordered},
        refused=tuple(finder.header(place) for place in finder.refused),
        unknown=tuple(
            written[place]
            for place in range(width)
            if finder.reasons.get(place, "unknown") == "unknown"
            and written[place]
            and not is_ignored(finder.plain(place))
        ),
        width=len(cells),
        cells=cells,
        first_row=first_row + header.first,
        views=tuple(finder.view(place, first_column) for place in range(width)),
        layout=layout_key(paths),
        spare={name: tuple(spare) for name, spare in finder.spare.items()},
        refused_at=tuple(finder.refused),
        words=frozenset(part for path in paths for part in path),
    )


def _written(rows: Sequence[Sequence[Cell]], header: Header, place: int) -> str:
    """The header as it stands in the sheet: of several rows the lowest that is not empty."""
    for number in range(header.last, header.first - 1, -1):
        row = rows[number]
        if place < len(row) and row[place] not in (None, ""):
            return str(row[place]).strip()
    return ""


def layout_key(paths: Sequence[tuple[str, ...]]) -> str:
    """Sheets with the same headers in the same order have the same key."""
    joined = "\x1f".join(".".join(path) for path in paths).rstrip("\x1f")
    return hashlib.sha256(joined.encode()).hexdigest()[:16] if joined else ""


class _Finder:
    """Gives each field its column: first what a person chose, then names, then content."""

    def __init__(
        self,
        paths: Sequence[tuple[str, ...]],
        written: Sequence[str],
        below: Sequence[Sequence[Cell]],
        places: PlaceWords | None,
    ) -> None:
        self.paths, self.written, self.places = paths, written, places
        self.samples = [
            contents.sample_of(row[place] for row in below if place < len(row)) for place in range(len(paths))
        ]
        self._shares: dict[int, dict[str, float]] = {}
        self.at: dict[str, int] = {}
        self.reasons: dict[int, str] = {}
        self.notes: dict[int, str] = {}
        self.spare: dict[str, list[int]] = {}
        self.refused: list[int] = []

    def plain(self, place: int) -> str:
        return self.paths[place][-1] if self.paths[place] else ""

    def share(self, place: int, name: str) -> float:
        if place not in self._shares:
            self._shares[place] = contents.shares(self.samples[place], self.places)
        return self._shares[place].get(name, 0.0)

    def take_chosen(self, chosen: Mapping[int, str], reason: str) -> None:
        for place, name in chosen.items():
            if 0 <= place < len(self.paths):
                self.reasons[place] = reason
                if name:
                    self.at[name] = place

    def take_refused(self) -> None:
        for place, path in enumerate(self.paths):
            by_name = is_refused(self.written[place]) or any(is_refused(part) for part in path)
            by_content = not by_name and not self.is_known(place) and self.share(place, "refused") >= _SURE
            if by_name or by_content:
                self.refused.append(place)
                self.reasons[place] = "refused"
        for name, place in list(self.at.items()):
            if place in self.refused:  # not even by choice
                del self.at[name]

    def is_known(self, place: int) -> bool:
        return place in self.reasons or field_of_path(self.paths[place]) is not None

    def take_named(self, fields: Mapping[str, list[int]]) -> None:
        for name, claimants in fields.items():
            free = [place for place in claimants if place not in self.reasons]
            if name == "reference" and "village_code" not in fields:
                ordinals = [place for place in free if self._is_ordinal(place)]
                self.reasons.update(dict.fromkeys(ordinals, "unknown"))
                self.notes.update(dict.fromkeys(ordinals, "register.column_ordinal"))
                free = [place for place in free if place not in ordinals]
            if self.places is not None:
                contradicted = [place for place in free if self._is_contradicted(place, name)]
                for place in contradicted:
                    self.notes[place] = "register.column_contradicts"
                free = [place for place in free if place not in contradicted]
            if not free or name in self.at:
                continue
            best = max(free, key=lambda place: (self.share(place, name) if len(free) > 1 else 0, -place))
            self.at[name] = best
            self.reasons[best] = "name"
            self.spare[name] = [place for place in free if place != best]
            for place in self.spare[name]:
                self.notes[place] = "register.column_twice"

    def _is_ordinal(self, place: int) -> bool:
        """1, 2, 3 …: the order of the rows, which says nothing of the person."""
        texts = [str(cell).strip() for cell in self.samples[place]]
        numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 6]
        steps = sum(b - a == 1 for a, b in pairwise(numbers))
        return (
            len(numbers) >= 2 and len(numbers) * 5 >= len(texts) * 4 and steps * 5 >= (len(numbers) - 1) * 4
        )

    def _is_contradicted(self, place: int, name: str) -> bool:
        """A header says phone and the cells are ids. Only what is certain by its look speaks against a name."""
        name = _LOOKS_LIKE.get(name, name)
        if len(self.samples[place]) < _FEW or self.share(place, name) > _WRONG:
            return False
        if name in _PLACES_SWAPPED and self.share(place, _PLACES_SWAPPED[name]) >= _SURE:
            return True
        return any(other != name and self.share(place, other) >= _SURE for other in _CERTAIN)

    def take_by_content(self) -> None:
        has_header = any(self.paths)
        for name in _BY_CONTENT:
            if name in self.at or (name in ("present_place",) and "village" in self.at):
                continue
            best, best_share = None, _SURE_OF.get(name, _SURE)
            for place in range(len(self.paths)):
                if place in self.reasons or not self._may_be(place, name, has_header):
                    continue
                share = self.share(place, name)
                if share > best_share or (share == best_share and best is None):
                    best, best_share = place, share
            if best is not None:
                self.at[name] = best
                self.reasons[best] = "content"
                self.notes.setdefault(best, "register.column_by_content")

    def _may_be(self, place: int, name: str, has_header: bool) -> bool:
        plain = "".join(self.paths[place])
        if plain and (is_of_another(plain) or is_ignored(plain)):
            return False
        if len(self.samples[place]) < (_FEW if has_header else 1):
            return False
        if name == "name" and plain and not has_header:
            return False
        # A header that names another field, and the cells do not speak against it, stays what it says.
        return not (plain and known_field(plain)) or self.notes.get(place) == "register.column_contradicts"

    def header(self, place: int) -> str:
        """As a person finds it: with its groups when there are any."""
        return ".".join(self.paths[place]) if len(self.paths[place]) > 1 else self.written[place]

    def view(self, place: int, first_column: int) -> ColumnView:
        name = next((name for name, at in self.at.items() if at == place), None)
        reason = self.reasons.get(place, "unknown")
        known = self.share(place, name) if name and name in _BY_CONTENT else 0.0
        confidence = {"chosen": 1.0, "remembered": 1.0, "name": max(0.9, known), "content": known}.get(
            reason, 0.0
        )
        samples = (
            ()
            if reason == "refused"
            else tuple(contents.masked(cell, name) for cell in self.samples[place][:3])
        )
        return ColumnView(
            place + first_column,
            self.header(place),
            name,
            reason,
            samples,
            round(confidence, 2),
            self.notes.get(place, ""),
        )
