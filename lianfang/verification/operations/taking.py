"""A list comes in, and is kept as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Q

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Emergency, Round
from lianfang.core import audit, keys
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.core.scratch import scratch
from lianfang.core.sealing import seal_bytes, unseal_bytes
from lianfang.register.columns import Choices
from lianfang.register.layouts import choices_as_json, choices_said
from lianfang.verification import rules
from lianfang.verification.models import NEXT, ListFile, PushedList
from lianfang.verification.queries import get_list
from lianfang.verification.reading import FIELDS, PASTED, read
from lianfang.verification.reading import ListFile as Read

CONTENT = "pushed_list.content"
LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    """What the sender says of a list. `received_at`: when it came, if that was before somebody took it in: the clock
    runs from then. `due_at`: when the answer has to leave, unless it is 4.5 hours."""

    title: str
    number: str
    sender: str
    received_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    period_days: int | None = None
    checked_days: int = rules.CHECKED_DAYS
    case_number: str = ""
    call_back: str = ""
    is_urgent: bool = False  # its rows may be rung after 22:00


@transaction.atomic
def take_in(
    *, content: bytes, name: str, sent: Sent, emergency_id: int, county: Area, scope: Scope, by: int
) -> PushedList:
    """Keep the list byte for byte before anybody reads it. `name` "" is text that was pasted.

    Raises `scope.outside`, `campaigns.no_emergency`, `verification.empty`, `verification.too_large`,
    `verification.number_taken`, `verification.due_passed`."""
    scope.within(county.path)
    moment = now()
    emergency = Emergency.objects.filter(
        pk=emergency_id, opened_at__lte=moment, ends_at__gt=moment, ended_at__isnull=True
    ).first()
    if emergency is None:
        raise Problem("campaigns.no_emergency")
    if not content.strip():
        raise Problem("verification.empty")
    if len(content) > LARGEST:
        raise Problem("verification.too_large", size=LARGEST >> 20)
    received_at = min(sent.received_at or moment, moment)
    due_at = rules.due_at(received_at, sent.due_at)
    if due_at <= received_at:
        raise Problem("verification.due_passed")
    if PushedList.objects.filter(county=county, number=sent.number).exists():
        raise Problem("verification.number_taken", number=sent.number)
    made = PushedList(
        number=sent.number,
        title=sent.title,
        sender=sent.sender,
        emergency=emergency,
        round=_round_of(emergency, county, moment),
        county=county,
        area_path=county.path,
        received_at=received_at,
        received_by=by,
        due_at=due_at,
        period_days=sent.period_days,
        checked_days=sent.checked_days,
        case_number=sent.case_number,
        call_back=sent.call_back,
        is_urgent=sent.is_urgent,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # two officers took it in at the same moment
        raise Problem("verification.number_taken", number=sent.number) from None
    sealed = seal_bytes(content, key=keys.emergency(emergency.pk), purpose=CONTENT)
    ListFile.objects.create(
        list=made, area_path=county.path, name=name or f"{PASTED}.txt", content=sealed, is_pasted=not name
    )
    audit.record("list.take", "pushed_list", made.pk, by=by, path=county.path, bytes=len(content))
    return made


def _round_of(emergency: Emergency, county: Area, moment: dt.datetime) -> Round | None:
    """The round that runs in the county for this emergency, if there is just one: whom the list finds and that sweep had
    missed becomes its target."""
    low, high = subtree(county.path)
    below = Q(campaign__area_path__gte=low, campaign__area_path__lt=high)
    running = Round.objects.filter(
        below | Q(campaign__area_path__in=prefixes(county.path)),
        campaign__emergency=emergency,
        frozen_at__isnull=False,
        closed_at__isnull=True,
        opens_at__lte=moment,
    )[:2]
    return running[0] if len(running) == 1 else None


def content_of(found: PushedList) -> tuple[str, bytes]:
    """Name and bytes of a list as it was sent. Raises `verification.file_gone` where its key was destroyed."""
    file = ListFile.objects.get(list=found, area_path=found.area_path)
    try:
        return file.name, unseal_bytes(file.content, purpose=CONTENT)
    except Problem as gone:
        if gone.code != "start.keys_missing":
            raise
        raise Problem("verification.file_gone") from None


def name_to_read(name: str) -> str:
    """Under which a stored list is read, and later filled: of a csv or a text the sheet is called by it."""
    return f"list{Path(name).suffix.lower()}"


def read_file(found: PushedList) -> Read:
    """A list as it was sent, read. Raises `register.file_unreadable`."""
    with as_sent(found) as path:
        return read(path, chosen=choices_said(found.file.choices))


@contextmanager
def as_sent(found: PushedList) -> Iterator[Path]:
    """A file of the list as it was sent, until it has been read."""
    name, content = content_of(found)
    with scratch() as folder:
        path = folder / name_to_read(name)
        path.write_bytes(content)
        yield path


@transaction.atomic
def choose_columns(
    *, list_id: int, sheets: Mapping[str, Mapping[int, str]], scope: Scope, by: int
) -> PushedList:
    """What a person says of columns that were read otherwise: sheet → place → field of `reading.FIELDS`, or "" for one
    that is not read. Said before anything has gone out; the list is sorted anew after it.

    Raises `verification.unknown_list`, `scope.outside`, `verification.already_out`, `http.bad_request`."""
    found = get_list(scope, list_id, lock=True)
    scope.within(found.area_path)
    if PushedList.State.SORTED not in NEXT[found.state]:
        raise Problem("verification.already_out")
    if any(name and name not in FIELDS for columns in sheets.values() for name in columns.values()):
        raise Problem("http.bad_request", detail="columns")
    file = ListFile.objects.get(list=found, area_path=found.area_path)
    before = choices_said(file.choices) or Choices()
    said = {sheet: {**before.sheets.get(sheet, {}), **columns} for sheet, columns in sheets.items()}
    file.choices = choices_as_json(replace(before, sheets={**before.sheets, **said}))
    file.understood = None  # it is read otherwise from here on
    file.save(update_fields=["choices", "understood"])
    count = sum(len(columns) for columns in sheets.values())
    audit.record("list.columns", "pushed_list", found.pk, by=by, path=found.area_path, count=count)
    return found
