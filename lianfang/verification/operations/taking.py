"""A list comes in: kept as it is, read, matched, sorted. Nobody has been called yet."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Emergency, Round
from lianfang.core import audit, keys
from lianfang.core.arrays import columns
from lianfang.core.clock import now
from lianfang.core.ids import next_ids
from lianfang.core.memory import all_stays
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.core.sealing import Sealer, seal_bytes, unseal_bytes
from lianfang.register.columns import Choices
from lianfang.register.layouts import choices_as_json, choices_said
from lianfang.verification import rules
from lianfang.verification.checking import check_rows
from lianfang.verification.models import ANSWERED_BY, NEXT, STATE_OF, ListFile, PushedList, PushedRow
from lianfang.verification.queries import get_list, known_of, must_run
from lianfang.verification.queries.known import Asker
from lianfang.verification.reading import FIELDS, PASTED, read
from lianfang.verification.reading import ListFile as Read
from lianfang.verification.rows import Checked, ListRow
from lianfang.verification.tokens import tokens_of

CONTENT, SAID = "pushed_list.content", "pushed_row.said"
LARGEST = 64 * 1024 * 1024
AT_ONCE = 5_000  # rows in one statement


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
    name, content = content_of(found)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name_to_read(name)
        path.write_bytes(content)
        return read(path, chosen=choices_said(found.file.choices))


def read_list(found: PushedList) -> Sequence[ListRow]:
    """The rows of a list as it was sent. Raises `register.file_unreadable`."""
    return read_file(found).rows


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


@transaction.atomic
def sort(*, list_id: int, scope: Scope, by: int) -> PushedList:
    """分拣: match every row, answer what the register can answer, place the rest. Again as long as nothing has gone out;
    then a row that somebody has decided, placed, rung or answered stays as it is.

    Raises `verification.unknown_list`, `campaigns.emergency_ended`, `verification.already_out`,
    `register.file_unreadable`."""
    found = get_list(scope, list_id, lock=True)
    scope.within(found.area_path)
    must_run(found)
    if PushedList.State.SORTED not in NEXT[found.state]:
        raise Problem("verification.already_out")
    with all_stays():
        rows = read_list(found)
        checked = check_rows(
            rows, county=found.county, known=lambda people: known_of(Asker.of(found), people, rows), by=by
        )
        kept = _forget_untouched(found, scope)
        _store(found, checked, kept)
    moment = now()
    found.state, found.sorted_at = PushedList.State.SORTED, moment
    found.row_count = PushedRow.objects.filter(
        scope.q(), list=found
    ).count()  # one that is kept may stand in no sheet
    found.save(update_fields=["state", "sorted_at", "row_count"])
    audit.record("list.sort", "pushed_list", found.pk, by=by, path=found.area_path, rows=len(checked))
    return found


# ---------- storing ----------


def _forget_untouched(found: PushedList, scope: Scope) -> dict[tuple[str, int], int]:
    """Rows that nobody has touched, and on which no other list rests, go, to be sorted again. Returns those that stay by sheet and row."""
    condition, values = scope.sql("area_path")
    with connection.cursor() as cursor:
        cursor.execute(_FORGET.format(range=condition), [found.pk, *values, found.pk])
        cursor.execute(_KEPT.format(range=condition), [found.pk, *values])
        return {(sheet, row): row_id for sheet, row, row_id in cursor.fetchall()}


_FORGET = """
delete from verification_pushedrow r where list_id = %s and {range} and decided_by is null and taken_at is null
  and attempt_count = 0 and answer_id is null and placed_by <> 'person'
  and id not in (select same_as_id from verification_pushedrow d where same_as_id is not null and list_id <> %s)
"""
_KEPT = "select sheet, row, id from verification_pushedrow where list_id = %s and {range}"


_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "bigint"),
    ("sheet", "text"),
    ("row", "int"),
    ("state", "text"),
    ("name", "text"),
    ("sex", "text"),
    ("birth_on", "date"),
    ("came_on", "date"),
    ("said", "bytea"),
    ("id_token", "bytea"),
    ("phone_token", "bytea"),
    ("verdict", "text"),
    ("person_id", "bigint"),
    ("candidates", "jsonb"),
    ("bucket", "text"),
    ("bucket_reason", "text"),
    ("town_code", "text"),
    ("village_code", "text"),
    ("placed_by", "text"),
    ("proposed", "text"),
    ("answer", "text"),
    ("answered_at", "timestamptz"),
    ("same_as_id", "bigint"),
)
_NAMES = ", ".join(name for name, _kind in _COLUMNS)
_INSERT = f"""
insert into verification_pushedrow (list_id, area_path, due_at, decided_by, decided_at, household_id,
  is_urgent, worker_id, taken_at, answer_id, village_confirmed_at, village_confirmed_by, town_confirmed_at,
  town_confirmed_by, show_code, attempt_count, {_NAMES})
select %s, %s, %s, null, null, p.household_id, %s, null, null, null, null, null, null, null,
  lpad((abs(hashtextextended(v.sheet || ' ' || v.row, %s)) %% 1000000)::text, 6, '0'), 0,
  {", ".join(f"v.{name}" for name, _kind in _COLUMNS)}
from unnest({", ".join(f"%s::{kind}[]" for _name, kind in _COLUMNS)}) v({_NAMES})
left join register_person p on p.id = v.person_id
"""  # noqa: S608 - constants


def _store(found: PushedList, checked: Sequence[Checked], kept: Mapping[tuple[str, int], int]) -> None:
    """All but the rows that are `kept`. Numbers are taken ahead: a row that is there twice names the first one."""
    moment = now()
    sealer = Sealer(key=keys.emergency(found.emergency_id), purpose=SAID)
    new = [one for one in checked if (one.row.sheet, one.row.row) not in kept]
    numbers = next_ids(PushedRow, len(new))
    ids = {(one.row.sheet, one.row.row): number for one, number in zip(new, numbers, strict=True)} | dict(
        kept
    )
    with connection.cursor() as cursor:
        for start in range(0, len(new), AT_ONCE):
            rows = [_values(one, ids, sealer, moment) for one in new[start : start + AT_ONCE]]
            cursor.execute(
                _INSERT, [found.pk, found.area_path, found.due_at, found.is_urgent, found.pk, *columns(rows)]
            )


def _values(
    one: Checked, ids: Mapping[tuple[str, int], int], sealer: Sealer, moment: dt.datetime
) -> tuple[Any, ...]:
    row, match, triage = one.row, one.match, one.triage
    best = match.best
    answer = ANSWERED_BY.get(triage.bucket)
    id_token, phone_token = tokens_of(row)
    return (
        ids[row.sheet, row.row],
        row.sheet,
        row.row,
        str(STATE_OF[triage.bucket]),
        row.name[:60],
        row.sex,
        row.birth_on,
        row.came_on,
        sealer(json.dumps(said_of(row), ensure_ascii=False)),
        id_token,
        phone_token,
        str(match.verdict),
        best.person_id if best else None,
        json.dumps(
            [
                {
                    "person_id": c.person_id,
                    "verdict": str(c.verdict),
                    "weight": c.weight,
                    "reasons": c.reasons,
                }
                for c in match.candidates
            ]
        ),
        str(triage.bucket),
        triage.reason[:200],
        triage.town,
        triage.village,
        triage.by,
        triage.proposed[:120],
        str(answer) if answer else "",
        moment if answer else None,
        ids[triage.same_as] if triage.same_as else triage.same_as_id,
    )


def said_of(row: ListRow) -> dict[str, Any]:
    """What is sealed of a row: all of it."""
    return {
        "cells": row.cells,
        "id_number": row.id_number,
        "phones": row.phones,
        "address": row.address,
        "registered_place": row.registered_place,
        "phone_origin": row.phone_origin,
        "came_from": row.came_from,
        "town_said": row.town_said,
        "village_said": row.village_said,
        "companions": row.companions,
        "former_names": row.former_names,
        "doubts": row.doubts,
    }
