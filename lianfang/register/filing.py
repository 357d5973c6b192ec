"""The life of a file at the desk: received, checked, taken, stopped, put aside. Every step is in the audit trail.

A step is one conditional UPDATE by state and run, so that of two people, or of a person and a job, one is first and the
other is told. Nothing of a run stays unless its last step finds the file as the run left it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction

from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing, scoped
from lianfang.core.scratch import scratch
from lianfang.core.sealing import unseal_json
from lianfang.register import importing
from lianfang.register.columns import Choices
from lianfang.register.file_queries import get_file, get_raw_row
from lianfang.register.importing import Outcome
from lianfang.register.layouts import choices_as_json, choices_of, remember_layout, seal_views
from lianfang.register.marking import write_marked
from lianfang.register.models import NEXT, ImportFile
from lianfang.register.storing import RAW_PURPOSE
from lianfang.register.unread.queries import waits_for_rows

log = logging.getLogger(__name__)
State = ImportFile.State
LARGEST_UPLOAD = 64 * 1024 * 1024  # more goes by `lianfang register load`
LARGEST_TEXT = 500_000  # characters of a pasted text: some thousand lines
KEPT_DAYS = 30  # a file put aside can be brought back so long; then its content goes
Progress = Callable[[int], None]


@transaction.atomic
def receive_file(
    *, content: bytes, name: str, area: Area, scope: Scope, by: int, is_pasted: bool = False
) -> ImportFile:
    """Store what was sent. Raises `scope.outside`, `register.file_too_large`, `register.file_empty`."""
    scope.within(area.path)
    if not content.strip():
        raise Problem("register.file_empty")
    if len(content) > LARGEST_UPLOAD:
        raise Problem("register.file_too_large", size=LARGEST_UPLOAD >> 20)
    file = importing.keep_file(content=content, name=name, county=area, by=by, is_pasted=is_pasted)
    audit.record("register.receive", "import_file", file.pk, by=by, path=area.path, bytes=len(content))
    return file


def receive_text(*, text: str, area: Area, scope: Scope, by: int) -> ImportFile:
    """What was pasted out of a chat is a file like any other."""
    if len(text) > LARGEST_TEXT:
        raise Problem("register.file_too_large", size=1)
    name = f"粘贴-{today().isoformat()}.txt"
    lines = text.replace("\r\n", "\n").strip("\n")
    return receive_file(content=lines.encode(), name=name, area=area, scope=scope, by=by, is_pasted=True)


# ---------- steps ----------


@transaction.atomic
def begin(*, file_id: int, state: str, scope: Scope, by: int) -> ImportFile:
    """Into `checking` or `taking`, as a new run. Raises `register.unknown_file`, `register.file_moved_on`."""
    file = get_file(scope, file_id)
    if state == State.TAKING and file.checked_at is None:
        raise Problem("register.file_moved_on")
    is_done = file.state == State.TAKEN and not file.rejected_count
    if state == State.TAKING and is_done and not waits_for_rows(scope, file):
        raise Problem("register.already_taken")
    _step(
        file, state, run=file.run + 1, rows_done=0, rows_known=file.row_count, fault_code="", fault_detail=""
    )
    return file


@transaction.atomic
def stop(*, file_id: int, scope: Scope, by: int) -> None:
    """Stop what is going on. What was committed stays: then `register.file_moved_on` is raised."""
    file = get_file(scope, file_id)
    going_on = file.state
    _step(file, State.CANCELLED, fault_code="", fault_detail="")
    audit.record("register.stop", "import_file", file.pk, by=by, path=file.area_path, was=going_on)


@transaction.atomic
def remove(*, file_id: int, scope: Scope, by: int) -> None:
    """Put a file aside. One whose rows were taken stays, because people open to it."""
    file = get_file(scope, file_id)
    if file.is_busy or file.taken_at or file.removed_at:
        raise Problem("register.file_moved_on")
    changed = ImportFile.objects.filter(scope.q(), pk=file.pk, state=file.state).update(
        removed_at=now(), removed_by=by
    )
    if not changed:
        raise Problem("register.file_moved_on")
    audit.record("register.remove_file", "import_file", file.pk, by=by, path=file.area_path)


@transaction.atomic
def bring_back(*, file_id: int, scope: Scope, by: int) -> None:
    file = get_file(scope, file_id)
    if file.removed_at is None:
        return
    ImportFile.objects.filter(scope.q(), pk=file.pk).update(removed_at=None, removed_by=None)
    audit.record("register.bring_back_file", "import_file", file.pk, by=by, path=file.area_path)


def _step(file: ImportFile, state: str, **fields: Any) -> None:
    before = [name for name, following in NEXT.items() if state in following]
    values = {"state": state, "state_at": now(), **fields}
    found = ImportFile.objects.filter(
        pk=file.pk, run=file.run, state__in=before, area_path=file.area_path, removed_at__isnull=True
    )
    if not found.update(**values):
        raise Problem("register.file_moved_on")
    for name, value in values.items():
        setattr(file, name, value)


@transaction.atomic
def choose_columns(
    *, file_id: int, choices: Choices, layouts: Mapping[str, Mapping[int, str]], scope: Scope, by: int
) -> None:
    """Keep what a person said about a file's columns. `layouts`: to be remembered for sheets of the same headers."""
    file = get_file(scope, file_id)
    if file.is_busy or file.taken_at or file.removed_at:
        raise Problem("register.file_moved_on")
    ImportFile.objects.filter(scope.q(), pk=file.pk).update(choices=choices_as_json(choices))
    for layout, columns in layouts.items():
        remember_layout(area_path=file.area_path, layout=layout, columns=columns, by=by)
    audit.record(
        "register.choose_columns",
        "import_file",
        file.pk,
        by=by,
        path=file.area_path,
        sheets=len(choices.taken_sheets or ()),
        remembered=len(layouts),
    )


# ---------- the work ----------


def check_file(*, file: ImportFile, scope: Scope, by: int, progress: Progress | None = None) -> None:
    """Check a file that began to be checked. What is wrong with it as a whole becomes its state, with the reason."""
    with _faults_kept(file, scope) as noted, scoped(scope), _on_disk(file) as path:
        reading = importing.Reading(path, county=file.county, choices=choices_of(file), progress=progress)
        noted.append(reading)
        outcome = importing.run_check(reading)
        importing.note_outcome(file, outcome, state=State.CHECKED)
        audit.record(
            "register.check",
            "import_file",
            file.pk,
            by=by,
            path=file.area_path,
            rows=outcome.rows,
            taken=outcome.taken,
        )


def take_file(*, file: ImportFile, scope: Scope, by: int, progress: Progress | None = None) -> Outcome | None:
    """Take the good rows of a file that began to be taken, all in one transaction. None when it could not be."""
    taken: list[Outcome] = []
    with _faults_kept(file, scope), scoped(scope), _on_disk(file) as path:
        taken.append(importing.load(path, county=file.county, by=by, kept=file, progress=progress))
    return taken[0] if file.state == State.TAKEN else None


@contextmanager
def _faults_kept(file: ImportFile, scope: Scope) -> Iterator[list[importing.Reading]]:
    """After the rollback, the reason is written to the file. Who stopped it has written that already."""
    noted: list[importing.Reading] = []
    try:
        yield noted
    except Problem as problem:
        if problem.code == "register.stopped":
            file.state = State.CANCELLED
            return
        seen = {"views": seal_views(noted[0].seen.views)} if noted else {}
        detail = str(problem.payload.get("detail", ""))[:240]
        with scoped(scope):
            _step(file, State.FAILED, fault_code=problem.code, fault_detail=detail, **seen)


@contextmanager
def _on_disk(file: ImportFile) -> Iterator[Path]:
    """The reader is another process and needs a file; it is this account's alone and gone afterwards."""
    with scratch() as folder:
        path = folder / (Path(file.name).stem[:80] + Path(file.name).suffix[:5])
        path.write_bytes(importing.file_content(file))
        yield path


@transaction.atomic
def marked_copy(*, file: ImportFile) -> bytes:
    """The file's own copy with every error marked, as xlsx."""
    with _on_disk(file) as path:
        outcome = importing.check(path, county=file.county, choices=choices_of(file))[1]
        out = path.with_name("marked.xlsx")
        write_marked(path, outcome.errors, out, columns=outcome.columns)
        return out.read_bytes()


@transaction.atomic
def show_raw_row(*, file_id: int, sheet: str, row: int, reason: str, scope: Scope, by: int) -> dict[str, str]:
    """What one row had written, header → text. The row of the audit comes first. Raises `scope.reason_required`."""
    if not reason.strip():
        raise Problem("scope.reason_required")
    file = get_file(scope, file_id)
    found = get_raw_row(scope, file, sheet, row)
    audit.record(
        "register.show_raw",
        "import_file",
        file.pk,
        by=by,
        path=found.area_path,
        reason=reason.strip(),
        row=row,
    )
    return dict(unseal_json(found.cells, purpose=RAW_PURPOSE))


def purge_removed() -> int:
    """Delete what was put aside long ago, content and all. Runs as the system, once a day."""
    with crossing("register.purge_files", actor_id=None) as scope:
        old = ImportFile.objects.filter(
            scope.q(), removed_at__lt=now() - dt.timedelta(days=KEPT_DAYS), taken_at__isnull=True
        )
        ids = list(old.values_list("pk", "area_path"))
        old.delete()
        audit.record_each("register.purge_file", "import_file", ids, by=None)
    return len(ids)
