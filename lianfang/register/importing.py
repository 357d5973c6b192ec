"""`load`: a sheet of people into the register. All errors at once, good rows taken, the same file twice changes nothing.

Rows go from the reading process through the check into staging tables in pieces, so a county's sheet never lies in
memory whole. What a file goes through at the desk (stored, checked, taken, stopped, put aside) is filing.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from lianfang.areas.changes.queries import merged_villages
from lianfang.areas.holding import be_alone
from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors, below, by_path, prefixes
from lianfang.areas.reading import gazetteer_of
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.memory import all_stays
from lianfang.core.problems import Problem
from lianfang.core.sealing import seal_bytes, unseal_bytes
from lianfang.core.sheets import Chunk, chunks
from lianfang.register import staging
from lianfang.register.checking import Checked, Checker, Entry, MergedVillage, Village, VillageIndex
from lianfang.register.columns import Choices, Columns
from lianfang.register.doubles.jobs import search_loaded
from lianfang.register.findings import RowError
from lianfang.register.layouts import SheetsSeen, choices_of, remembered_layouts, seal_views
from lianfang.register.models import NEXT, ImportFile
from lianfang.register.raws import RawReader
from lianfang.register.recognising import SheetView
from lianfang.register.stored import Stored
from lianfang.register.storing import Raw, Storing
from lianfang.register.unread.operations import Unread, mark_taken, note_unread
from lianfang.register.unread.queries import village_answers
from lianfang.register.unread.surroundings import Surroundings

PURPOSE = "import_file.content"
LARGEST_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What a file came to. `rows` = `taken` + `rejected`; `stored` is None when nothing was stored."""

    rows: int
    taken: int
    rejected: int
    errors: tuple[RowError, ...]
    mapping: dict[str, dict[str, str]]
    refused_columns: tuple[tuple[str, str], ...] = ()  # (sheet, header) of subjects that must not be asked
    unknown_columns: tuple[tuple[str, str], ...] = ()
    unread_sheets: tuple[str, ...] = ()
    sheets: tuple[SheetView, ...] = ()  # all of them, read or not
    columns: Mapping[str, Columns] = field(default_factory=dict)  # of the sheets that were read
    placed: Mapping[Village, int] = field(default_factory=dict)  # rows by village
    unread_count: int = 0  # rows whose address nobody could place
    stored: Stored | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """The contract of `lianfang register load --json`."""
        return {
            "rows": self.rows,
            "taken": self.taken,
            "rejected": self.rejected,
            "errors": [error.as_json() for error in self.errors],
        }

    def kept(self) -> dict[str, Any]:
        """For ImportFile.outcome: counts and headers, never a value of the sheet. The errors are rows of RowFinding."""
        counts: dict[str, int] = {}
        for error in self.errors:
            counts[error.code] = counts.get(error.code, 0) + 1
        kept = {
            "error_count": len(self.errors),
            "by_code": counts,
            "refused_columns": [list(pair) for pair in self.refused_columns],
            "unknown_columns": [list(pair) for pair in self.unknown_columns],
            "unread_sheets": list(self.unread_sheets),
            "placed": [
                [village.code, village.township, village.name, count]
                for village, count in self.placed.items()
            ],
            "unread_count": self.unread_count,
        }
        if self.stored:
            kept |= {"stored": self.stored.counts(), "person_count": self.stored.person_count}
        return kept


def check(
    path: Path,
    *,
    county: Area,
    choices: Choices | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Checked, Outcome]:
    """Read and check a file without storing anything. `progress` hears how many rows were looked at, and may raise
    to stop. Raises `register.file_unreadable`, `register.no_header`."""
    reading = Reading(path, county=county, choices=choices, progress=progress)
    outcome = run_check(reading)
    return reading.checker.checked, outcome


def run_check(reading: Reading) -> Outcome:
    for _chunk in reading.chunks():
        pass
    return reading.outcome(len(reading.checker.checked.entries))


class Reading:
    """A file on its way through the check, with what a person chose or chose before about its columns."""

    def __init__(
        self, path: Path, *, county: Area, choices: Choices | None, progress: Callable[[int], None] | None
    ) -> None:
        self.path, self.progress = path, progress
        self.placed: Counter[Village] = Counter()
        villages = villages_of(county)
        villages.answers = village_answers(county)
        self.checker = Checker(villages, today(), choices)
        self.seen = SheetsSeen(self.checker, villages, remembered_layouts(county.path))

    def chunks(self) -> Iterator[Chunk]:
        """The chunks of the file, each after it was checked."""
        if self.path.stat().st_size > LARGEST_BYTES:
            raise Problem("register.file_unreadable", detail=f"> {LARGEST_BYTES >> 20} MB")
        done = 0
        with all_stays():
            for chunk in chunks(self.path):
                self.seen.before(chunk)
                before = len(self.checker.checked.entries)
                self.checker.take(chunk)
                self.placed.update(
                    entry.village for entry in islice(self.checker.checked.entries, before, None)
                )
                done += len(chunk.rows)
                if self.progress is not None:
                    self.progress(done)
                yield chunk
        if not self.checker.checked.columns:
            raise Problem("register.no_header")

    def outcome(self, taken: int) -> Outcome:
        outcome = _outcome(self.checker.checked, taken, self.seen.views)
        return replace(outcome, placed=self.placed, unread_count=len(self.checker.checked.unread))


@transaction.atomic
def load(
    path: Path,
    *,
    county: Area,
    by: int | None,
    name: str = "",
    kept: ImportFile | None = None,
    choices: Choices | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Check and take a file. Needs a scope over the county. `kept`: it was stored before, at upload, with what was
    chosen about its columns; `choices`: said now.

    Raises what `check` raises, and `register.stopped`."""
    # Two sheets of one county at once would each find nobody and add everybody; while villages merge, the rows of a
    # sheet would stay behind where nobody looks; and what is added at the desk meanwhile would stand twice.
    be_alone(county)
    file = kept or keep_file(
        content=path.read_bytes(), name=name or path.name, county=county, by=by, state=ImportFile.State.TAKING
    )
    reading = Reading(path, county=county, choices=choices or choices_of(file), progress=progress)
    around = Surroundings()
    with Storing(county=county, by=by, file_id=file.pk) as storing:
        taken = _store_chunks(reading, storing, around)
        stored = storing.finish()
    reading.checker.checked.errors += [
        RowError(sheet, row, "", "register.person_moved") for sheet, row in stored.stayed_rows
    ]
    outcome = replace(reading.outcome(taken), stored=stored)
    note_outcome(file, outcome, state=ImportFile.State.TAKEN, taken_at=now())
    _note_unread(file, reading.checker.checked, around)
    audit.record(
        "register.load",
        "import_file",
        file.pk,
        by=by,
        path=county.path,
        rows=outcome.rows,
        taken=outcome.taken,
        added=stored.added_count,
        changed=stored.changed_count,
    )
    search_loaded(stored, area=county, file_id=file.pk, by=by)
    return outcome


def _note_unread(file: ImportFile, checked: Checked, around: Surroundings) -> None:
    """Rows without a place wait in the queue of unread addresses; those that waited and were taken now are done."""
    unread = [Unread(each.sheet, each.row, each.text, each.candidates) for each in checked.unread]
    mark_taken(file, still_unread={(each.sheet, each.row) for each in unread})
    note_unread(file=file, unread=unread, neighbours=around.of((each.sheet, each.row) for each in unread))


def _store_chunks(reading: Reading, storing: Storing, around: Surroundings) -> int:
    """Stage the entries of each chunk as soon as it is checked. Returns how many there were; `around` learns
    their villages."""
    checked, taken = reading.checker.checked, 0
    readers: dict[str, RawReader] = {}
    told = 0
    for chunk in reading.chunks():
        entries, checked.entries = checked.entries, []
        for entry in entries:
            around.add(entry.sheet, entry.row, entry.village.code)
        columns = checked.columns.get(chunk.sheet)
        raws: dict[tuple[str, int], Raw] = {}
        if columns is not None:
            reader = readers.get(chunk.sheet) or readers.setdefault(chunk.sheet, RawReader(columns))
            raws = _raws_of(chunk, entries, reader)
            rejected = {error.row for error in checked.errors[told:] if not error.is_taken}
            storing.take_rejected(_rejected_raws(chunk, rejected, reader))
        told = len(checked.errors)
        storing.take(entries, raws)
        taken += len(entries)
    return taken


def _raws_of(chunk: Chunk, entries: list[Entry], reader: RawReader) -> dict[tuple[str, int], Raw]:
    found: dict[tuple[str, int], Raw] = {}
    for entry in entries:
        at = entry.row - chunk.first_row
        is_here = entry.sheet == chunk.sheet and 0 <= at < len(chunk.rows)
        if is_here and (differing := reader.differing(chunk.rows[at], entry)):
            found[entry.sheet, entry.row] = differing
    return found


def _rejected_raws(chunk: Chunk, rows: set[int], reader: RawReader) -> Mapping[tuple[str, int], Raw]:
    return {
        (chunk.sheet, row): reader.whole(chunk.rows[row - chunk.first_row])
        for row in rows
        if 0 <= row - chunk.first_row < len(chunk.rows)
    }


def keep_file(
    *,
    content: bytes,
    name: str,
    county: Area,
    by: int | None,
    is_pasted: bool = False,
    state: str = ImportFile.State.RECEIVED,
) -> ImportFile:
    """Store a file as it came, sealed, before anybody judges it."""
    moment = now()
    file = ImportFile.objects.create(
        name=Path(name).name[:200],
        content=seal_bytes(content, key="register", purpose=PURPOSE),
        byte_count=len(content),
        is_pasted=is_pasted,
        county=county,
        area_path=county.path,
        received_at=moment,
        received_by=by,
        state=state,
        state_at=moment,
    )
    del file.content  # a county's sheet is large; it is read again when somebody asks for it
    return file


def note_outcome(file: ImportFile, outcome: Outcome, *, state: str, **fields: Any) -> None:
    """Keep with the file what its check said, and its findings. Raises `register.stopped` when somebody stopped or
    began the file anew in the meantime: then nothing of this run stays."""
    values = {
        "state": state,
        "state_at": now(),
        "row_count": outcome.rows,
        "taken_count": outcome.taken,
        "rejected_count": outcome.rejected,
        "mapping": outcome.mapping,
        "outcome": outcome.kept(),
        "views": seal_views(outcome.sheets),
        "checked_at": now(),
        "fault_code": "",
        "fault_detail": "",
        **fields,
    }
    before = [name for name, following in NEXT.items() if state in following]
    is_ours = ImportFile.objects.filter(pk=file.pk, run=file.run, state__in=before).update(**values)
    if not is_ours:
        raise Problem("register.stopped")
    for field_name, value in values.items():
        setattr(file, field_name, value)
    with connection.cursor() as cursor:
        staging.store_findings(cursor, file.pk, file.area_path, map(_finding_line, outcome.errors))


def _finding_line(error: RowError) -> tuple[Any, ...]:
    return (
        " ".join(error.sheet.split()),
        error.row,
        " ".join(error.column.split())[:200],
        error.code,
        json.dumps(dict(error.payload), ensure_ascii=False),
        error.is_taken,
    )


def file_content(file: ImportFile) -> bytes:
    content = unseal_bytes(file.content, purpose=PURPOSE)
    del file.content  # not kept for as long as the file is worked on
    return content


def villages_of(county: Area) -> VillageIndex:
    """Villages of the area, or the one village it is or lies in."""
    areas = list(below(county, ["village"]))
    if not areas:
        areas = [a for a in by_path(prefixes(county.path)).values() if a.level == Area.Level.VILLAGE]
    parents = {a.pk: a.name for a in Area.objects.filter(pk__in={a.parent_id for a in areas})}
    villages = [Village(a.code, a.name, parents.get(a.parent_id or 0, ""), a.path) for a in areas]
    whole = next((a for a in ancestors(county) if a.level == Area.Level.COUNTY), county)
    return VillageIndex(
        villages,
        county.name,
        gazetteer=partial(gazetteer_of, county),
        county_code=whole.code,
        merged=_merged_into(villages),
    )


def _merged_into(villages: Sequence[Village]) -> list[MergedVillage]:
    """Villages that are gone and live on as a section of one of these. One that was cut in two is none: its name does
    not say which part is meant."""
    by_code = {village.code: village for village in villages}
    return [
        MergedVillage(code, name, township or "", by_code[new], section)
        for code, name, township, new, section in merged_villages()
        if new in by_code
    ]


def _outcome(checked: Checked, taken: int, sheets: tuple[SheetView, ...]) -> Outcome:
    order = {sheet: number for number, sheet in enumerate(checked.columns)}
    errors = sorted(checked.errors, key=lambda error: (order.get(error.sheet, 0), error.row))
    return Outcome(
        rows=checked.row_count,
        taken=taken,
        rejected=checked.rejected_count,
        errors=tuple(errors),
        mapping={sheet: columns.headers for sheet, columns in checked.columns.items()},
        refused_columns=tuple((s, h) for s, columns in checked.columns.items() for h in columns.refused),
        unknown_columns=tuple((s, h) for s, columns in checked.columns.items() for h in columns.unknown),
        unread_sheets=tuple(checked.unread_sheets),
        sheets=sheets,
        columns=dict(checked.columns),
    )
