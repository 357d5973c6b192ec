"""`load`: a sheet of people into the register. All errors at once, good rows taken, the same file twice changes nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.db import transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import below, by_path, prefixes
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.problems import Problem
from lianfang.core.sealing import seal_bytes, unseal_bytes
from lianfang.register.checking import Checked, Checker, Village, VillageIndex
from lianfang.register.columns import Choices
from lianfang.register.findings import RowError
from lianfang.register.models import ImportFile
from lianfang.register.sheets import chunks
from lianfang.register.storing import Stored, store

PURPOSE = "import_file.content"
ERRORS_KEPT = 500  # with the stored file, for the page; the marked copy has all
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
        """For ImportFile.outcome. Messages carry rows and codes, never a value of the sheet."""
        counts: dict[str, int] = {}
        for error in self.errors:
            counts[error.code] = counts.get(error.code, 0) + 1
        return {
            "error_count": len(self.errors),
            "by_code": counts,
            "errors": [
                {**error.as_json(), "is_taken": error.is_taken} for error in self.errors[:ERRORS_KEPT]
            ],
            "refused_columns": [list(pair) for pair in self.refused_columns],
            "unknown_columns": [list(pair) for pair in self.unknown_columns],
            "unread_sheets": list(self.unread_sheets),
        }


def check(
    path: Path,
    *,
    county: Area,
    choices: Choices | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Checked, Outcome]:
    """Read and check a file without storing anything. `progress` hears how many rows were looked at, and may raise
    to stop. Raises `register.file_unreadable`, `register.no_header`."""
    if path.stat().st_size > LARGEST_BYTES:
        raise Problem("register.file_unreadable", detail=f"> {LARGEST_BYTES >> 20} MB")
    checker = Checker(villages_of(county), today(), choices)
    done = 0
    with _no_collection():
        for chunk in chunks(path):
            checker.take(chunk)
            done += len(chunk.rows)
            if progress is not None:
                progress(done)
    checked = checker.checked
    if not checked.columns:
        raise Problem("register.no_header")
    return checked, _outcome(checked)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Every row read stays alive: looking for garbage among them takes a quarter of the time (measured)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@transaction.atomic
def load(
    path: Path, *, county: Area, by: int | None, name: str = "", kept: ImportFile | None = None
) -> Outcome:
    """Check and take a file. Needs a scope over the county. `kept`: it was stored before, at upload."""
    checked, outcome = check(path, county=county)
    file = kept or keep_file(content=path.read_bytes(), name=name or path.name, county=county, by=by)
    with _no_collection():
        stored = store(checked.entries, county=county, by=by)
    file.row_count, file.taken_count, file.rejected_count = outcome.rows, outcome.taken, outcome.rejected
    file.mapping, file.outcome, file.taken_at = outcome.mapping, outcome.kept(), now()
    file.save(update_fields=["row_count", "taken_count", "rejected_count", "mapping", "outcome", "taken_at"])
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
    return replace(outcome, stored=stored)


def keep_file(*, content: bytes, name: str, county: Area, by: int | None) -> ImportFile:
    """Store a file as it came, sealed, before anybody judges it."""
    return ImportFile.objects.create(
        name=Path(name).name[:200],
        content=seal_bytes(content, key="register", purpose=PURPOSE),
        county=county,
        area_path=county.path,
        received_at=now(),
        received_by=by,
    )


def note_outcome(file: ImportFile, outcome: Outcome) -> None:
    """Keep with the file what its check said."""
    file.row_count, file.taken_count, file.rejected_count = outcome.rows, outcome.taken, outcome.rejected
    file.mapping, file.outcome = outcome.mapping, outcome.kept()
    file.save(update_fields=["row_count", "taken_count", "rejected_count", "mapping", "outcome", "taken_at"])


def file_content(file: ImportFile) -> bytes:
    return unseal_bytes(file.content, purpose=PURPOSE)


def villages_of(county: Area) -> VillageIndex:
    """Villages of the area, or the one village it is or lies in."""
    areas = list(below(county, ["village"]))
    if not areas:
        areas = [a for a in by_path(prefixes(county.path)).values() if a.level == Area.Level.VILLAGE]
    parents = {a.pk: a.name for a in Area.objects.filter(pk__in={a.parent_id for a in areas})}
    villages = [Village(a.code, a.name, parents.get(a.parent_id or 0, ""), a.path) for a in areas]
    return VillageIndex(villages, county.name)


def _outcome(checked: Checked) -> Outcome:
    order = {sheet: number for number, sheet in enumerate(checked.columns)}
    errors = sorted(checked.errors, key=lambda error: (order.get(error.sheet, 0), error.row))
    return Outcome(
        rows=checked.row_count,
        taken=len(checked.entries),
        rejected=checked.rejected_count,
        errors=tuple(errors),
        mapping={sheet: columns.headers for sheet, columns in checked.columns.items()},
        refused_columns=tuple((s, h) for s, columns in checked.columns.items() for h in columns.refused),
        unknown_columns=tuple((s, h) for s, columns in checked.columns.items() for h in columns.unknown),
        unread_sheets=tuple(checked.unread_sheets),
    )
