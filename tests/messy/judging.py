"""What the importer made of a file, held against its truth. The only module here that knows the importer."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lianfang.core import sheets
from lianfang.core.reading import files
from lianfang.core.sheets import Chunk
from lianfang.register.checking import Checked, Checker, Entry, Village, VillageIndex
from lianfang.register.findings import RowError
from tests.messy import people
from tests.messy.truth import REFUSE, SILENT, TAKE, UNSAID, Row, Truth, Want

COUNTY = "武冈市"
# What the importer may say of a row that is rejected for this reason.
WORDS = {
    "name_missing": ("name_missing",),
    "name_too_long": ("name_too_long",),
    "village_unknown": ("village_unknown", "village_ambiguous", "address", "outside"),
    "township_unknown": ("township_unknown", "village_unknown", "village_ambiguous", "address", "outside"),
    "village_ambiguous": ("village_ambiguous", "address"),
    "twice": ("person_twice",),
    "struck": ("struck",),
}
_FIELDS = {"id": "id_number", "phone": "phone", "birth": "birth_on", "sex": "sex", "relation": "relation"}
_BASES = {"registered": "is_registered_here", "living": "is_living_here", "tonight": "is_here_tonight"}


@dataclass
class Fault:
    """One thing that is wrong. `kind` is what the table counts."""

    seed: int
    kind: str
    sheet: str
    row: int
    said: str

    def __str__(self) -> str:
        return f"seed {self.seed} {self.kind}: {self.sheet} row {self.row}: {self.said}"


@dataclass
class Score:
    """Sums over sheets. By trap: how many cells or rows met it, and how many came out right."""

    sheets: int = 0
    people: int = 0
    good_rows: int = 0  # with good name and place
    good_rows_taken: int = 0
    good_cells: Counter[str] = field(default_factory=Counter)
    good_cells_taken: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def count(self, kind: str) -> int:
        return sum(fault.kind == kind for fault in self.faults)

    def of_trap(self, trap: str, is_right: bool) -> None:
        self.met[trap] += 1
        self.right[trap] += is_right


def villages() -> VillageIndex:
    """The county's villages as the importer wants them."""
    return VillageIndex((Village(v.code, v.name, v.township, v.code) for v in people.villages()), COUNTY)


def check(path: Path, index: VillageIndex, *, in_child: bool) -> Checked:
    checker = Checker(index, people.AS_OF)
    for chunk in sheets.chunks(path) if in_child else _here(path):
        checker.take(chunk)
    finish = getattr(checker, "finish", None)
    if finish:
        finish()
    return checker.checked


def _here(path: Path) -> Iterator[Chunk]:
    """As the child reads it, without a child: starting one takes longer than reading so small a file."""
    for message in files.messages(path):
        yield Chunk(*message)


class Judge:
    """Judges one file into the score."""

    def __init__(self, truth: Truth, checked: Checked, score: Score) -> None:
        self.truth, self.checked, self.score = truth, checked, score
        self.is_plain = truth.path.suffix in (".csv", ".txt") or len({r.sheet for r in truth.rows}) == 1
        self.entries: dict[tuple[str, int], Entry] = {self._key(e.sheet, e.row): e for e in checked.entries}
        self.errors: dict[tuple[str, int], list[RowError]] = defaultdict(list)
        for error in checked.errors:
            self.errors[self._key(error.sheet, error.row)].append(error)

    def _key(self, sheet: str, row: int) -> tuple[str, int]:
        return ("" if self.is_plain and sheet not in self.truth.hidden else sheet), row

    def _fault(self, kind: str, row: Row, said: str) -> None:
        self.score.faults.append(Fault(self.truth.seed, kind, row.sheet, row.row, said))

    def judge(self) -> None:
        score, checked = self.score, self.checked
        score.sheets += 1
        expected: set[tuple[str, int]] = set()
        if checked.row_count != len(checked.entries) + checked.rejected_count:
            score.faults.append(Fault(self.truth.seed, "sum", "", 0, f"{checked.row_count} rows"))
        for row in self.truth.rows:
            expected.add(self._key(row.sheet, row.row))
            self._row(row)
        for key in self.entries.keys() - expected:
            score.faults.append(
                Fault(self.truth.seed, "nobody taken", key[0], key[1], self.entries[key].name)
            )
        for sheet in self.truth.hidden:
            if any(entry.sheet == sheet for entry in checked.entries):
                score.faults.append(Fault(self.truth.seed, "hidden sheet taken", sheet, 0, ""))
        self._layout()

    def _layout(self) -> None:
        bad = any(fault.seed == self.truth.seed for fault in self.score.faults)
        for trap in self.truth.traps:
            self.score.of_trap(trap, not bad)
        refused = {header for columns in self.checked.columns.values() for header in columns.refused}
        for headers in self.truth.refused_headers.values():
            is_right = all(any(said.endswith(header) for said in refused) for header in headers)
            self.score.of_trap("layout.refused_column", is_right)
            if not is_right:
                self.score.faults.append(
                    Fault(self.truth.seed, "refused column not told", "", 0, f"{headers} {refused}")
                )

    def _row(self, row: Row) -> None:
        key = self._key(row.sheet, row.row)
        entry, errors = self.entries.get(key), self.errors.get(key, [])
        if row.kind == "nobody":
            if entry is not None:
                self._fault("nobody taken", row, entry.name)
            elif any(not error.is_taken for error in errors):
                self._fault("nobody rejected", row, _codes(errors))
            return
        self.score.people += 1
        before = len(self.score.faults)
        if entry is None:
            self._not_taken(row, errors)
        else:
            self._taken(row, entry, errors)
        self._count(row, entry, len(self.score.faults) == before)

    def _not_taken(self, row: Row, errors: list[RowError]) -> None:
        final = [error for error in errors if not error.is_taken]
        if not final and not (row.kind == "struck" and errors):
            self._fault("lost", row, f"no word about it: {_codes(errors)}")
            return
        if row.fate == "taken":
            self._fault("rejected wrongly", row, f"{_codes(final)} {sorted(row.traps)}")
        elif row.fate == "rejected":
            words = WORDS[row.why]
            if not any(word in error.code for word in words for error in final):
                self._fault("explained wrongly", row, f"{row.why}: {_codes(final)}")
        for error in final:
            self._column(row, error)

    def _column(self, row: Row, error: RowError) -> None:
        """A word about a cell names a column that the sheet has."""
        headers = self.truth.headers.get(row.sheet) or next(iter(self.truth.headers.values()))
        plain = "".join(error.column.split())
        if plain and not any(text and "".join(text.split()) in plain for text in headers.values()):
            self._fault("column unknown", row, f"{error.code} at {error.column!r}, of {headers}")

    def _taken(self, row: Row, entry: Entry, errors: list[RowError]) -> None:
        if row.fate == "rejected":
            self._fault(
                "taken wrongly", row, f"{row.why}: {entry.name} {entry.village.name} {sorted(row.traps)}"
            )
            return
        if row.kind == "struck" and not errors:
            self._fault("struck taken unsaid", row, entry.name)
        for name, want in row.wants.items():
            self._want(row, entry, errors, name, want)

    def _want(self, row: Row, entry: Entry, errors: list[RowError], name: str, want: Want) -> None:
        got = _got(entry, name)
        header = self._header(row, name)
        if name == "village":
            if got not in want.values:
                self._fault(
                    "wrong village", row, f"{entry.village.name} for {want.values} {sorted(row.traps)}"
                )
            return
        if name == "name":
            if got not in want.values:
                self._fault("wrong name", row, f"{got} for {want.values} ({want.trap})")
            return
        if name in ("birth", "sex") and entry.id_number:
            return  # they follow from the number, which is judged itself
        is_empty = got in (None, "")
        if (not is_empty and got not in want.values) or (
            want.must in (REFUSE, SILENT, UNSAID) and not is_empty
        ):
            self._fault(f"wrong {name}", row, f"{got} for {want.values} ({want.trap}, {want.must})")
        elif want.must == TAKE and is_empty:
            self._fault(f"{name} left out", row, f"{want.values} ({want.trap}) {_codes(errors)}")
        elif want.must == REFUSE and not any(_is_about(error, header) for error in errors):
            self._fault(f"{name} unexplained", row, f"{want.values} ({want.trap}) {_codes(errors)}")

    def _header(self, row: Row, name: str) -> str:
        return self.truth.headers.get(row.sheet, {}).get(name, "")

    def _count(self, row: Row, entry: Entry | None, is_right: bool) -> None:
        score = self.score
        for trap in row.traps | {want.trap for want in row.wants.values()}:
            score.of_trap(trap, is_right)
        if row.fate == "taken" and row.kind in ("person", "vacant"):
            score.good_rows += 1
            score.good_rows_taken += entry is not None
        if entry is None or row.fate != "taken":
            return
        for name, want in row.wants.items():
            if want.must == TAKE and name in (
                "id",
                "phone",
                "birth",
                "sex",
                "relation",
                "group",
                "door",
                *_BASES,
            ):
                score.good_cells[name] += 1
                score.good_cells_taken[name] += _got(entry, name) in want.values


def _is_about(error: RowError, header: str) -> bool:
    return not header or "".join(header.split()) in "".join(error.column.split())


def _codes(errors: Iterable[RowError]) -> str:
    return ", ".join(f"{error.column}: {error.code}" for error in errors)


def _got(entry: Entry, name: str) -> Any:
    if name == "name":
        return entry.name
    if name == "village":
        return entry.village.code
    if name == "group":
        return next((text for level, text in entry.chain if level == "group"), None)
    if name == "door":
        return entry.door.label if entry.door else None
    if name in _BASES:
        return getattr(entry, _BASES[name])
    value: dt.date | str | None = getattr(entry, _FIELDS[name])
    return value
