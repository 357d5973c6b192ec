"""纪元: whether this database is still the one that phones have talked to, and up to when backups hold it.

A server that was restored from a backup has forgotten what came after it; phones have not. So a text, the epoch, is
kept in a file outside the database and in the database, and told at every contact: a phone that sees another than its
own pulls everything afresh and sends again what it still keeps. Beside it stands a mark that a job counts up every
minute, in the database first: a database whose mark is lower than the file's has gone back in time, and the server
makes a new epoch by itself, even if nobody runs `lianfang restored`.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.models import CurrentTransaction
from lianfang.core.problems import Problem
from lianfang.core.scope import crossing
from lianfang.intake.models import FieldTold
from lianfang.register.door_versions import renew_versions
from lianfang.register.models import DoorGone
from lianfang.sync.models import DatabaseEpoch
from lianfang.sync.rules import safe_through

log = logging.getLogger(__name__)
_LOCK = 0x6C66_6570  # of the transaction that renews: one at a time


@dataclass(frozen=True, slots=True)
class Epoch:
    value: str
    backed_up_through: dt.datetime | None  # as phones compare it; None: nobody keeps backups


def current() -> Epoch:
    """What is told at every contact. A database that has gone back in time gets a new epoch here."""
    kept = _kept()
    row = DatabaseEpoch.objects.filter(pk=1).first()
    if row is None or not _agree(row, kept):
        row = _renew(by=None)
    return Epoch(row.value, backed_up_through())


def backed_up_through() -> dt.datetime | None:
    try:
        began = dt.datetime.fromisoformat((folder() / "backed-up").read_text().strip())
    except (OSError, ValueError):
        return None
    return safe_through(began) if began.tzinfo else None


def note_backup(at: dt.datetime) -> None:
    """A backup that began at this moment is complete. Raises `sync.backup_in_future`."""
    if at > now():
        raise Problem("sync.backup_in_future")
    _write("backed-up", at.isoformat())


def note_restored(*, by: int | None) -> str:
    """This database was restored: phones must start afresh, and what backups held is not known any more."""
    with transaction.atomic():
        row = _renew(by=by, is_told=True)
    return row.value


def advance_mark() -> int:
    """One step on, in the database first and then in the file: the file never runs ahead of a database that lives."""
    current()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update sync_databaseepoch set mark = mark + 1 where id = 1 returning mark")
        (mark,) = cursor.fetchone()
    _write("mark", str(mark))
    return int(mark)


def folder() -> Path:
    return Path(os.environ["LIANFANG_HOME"]) / "epoch"


def _kept() -> tuple[str, int]:
    """What the files say: epoch and mark; empty for what is not there or not readable."""
    try:
        value = (folder() / "epoch").read_text().strip()
    except OSError:
        return "", 0
    try:
        return value, int((folder() / "mark").read_text())
    except (OSError, ValueError):
        return value, 0


def _agree(row: DatabaseEpoch, kept: tuple[str, int]) -> bool:
    return row.value == kept[0] and row.mark >= kept[1]


@transaction.atomic
def _renew(*, by: int | None, is_told: bool = False) -> DatabaseEpoch:
    """Make a new epoch, in the file and in the database. Should the transaction fail afterwards, the two differ again
    and the next contact makes another: phones start afresh once more than needed, and nothing is lost."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    kept, row = _kept(), DatabaseEpoch.objects.filter(pk=1).first()
    if row is not None and _agree(row, kept) and not is_told:
        return row  # somebody else has just done it
    value, mark = secrets.token_hex(8), max(row.mark if row else 0, kept[1])
    is_first = row is None and not kept[0]
    row, _ = DatabaseEpoch.objects.update_or_create(
        pk=1, defaults={"value": value, "mark": mark, "since": now()}
    )
    _write("epoch", value)
    if not is_first:
        _count_versions_anew()
        renew_versions()  # its transactions are counted anew
        (folder() / "backed-up").unlink(missing_ok=True)
        audit.record("sync.new_epoch", "epoch", value, by=by, told=is_told)
        log.warning("the database is not the one that was here: phones start afresh, epoch %s", value)
    return row


def _count_versions_anew() -> None:
    """Versions are numbers of transactions, and a database that was put back into another cluster counts those from
    the beginning: an old number would stand above every cursor for ever. Every phone pulls afresh anyhow."""
    with crossing("sync.new_epoch", actor_id=None):
        for model in (DoorGone, FieldTold):
            model.objects.update(version=CurrentTransaction())


def _write(name: str, text: str) -> None:
    """Whole or not at all, whatever happens meanwhile."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    new = folder() / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    with new.open("w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, folder() / name)
