"""The rows of pushed lists that a phone holds, as JSON. They change by the minute and are few: sent whole when anything
in them is otherwise, and left out when nothing is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from lianfang.accounts.queries import Actor
from lianfang.core.scope import Scope
from lianfang.sync.packs.doors import instant
from lianfang.sync.packs.places import Place
from lianfang.verification.queries.phone import PhoneLists, PhoneRow, rows_for_phone
from lianfang.verification.rules import hidden_id

PERMISSION = "list.check"


@dataclass(frozen=True, slots=True)
class Lists:
    """`told`: as JSON. `phone_count`: numbers in it."""

    lists_id: str
    told: dict[str, Any]
    phone_count: int


def read_lists(place: Place, now: dt.datetime) -> Lists:
    """Of the areas of the pack those in which the actor may check rows."""
    found = PhoneLists([], [], 0)
    if place.actor.may(PERMISSION):
        worker = place.worker.pk if place.worker else None
        scope = _both(place.scope, place.actor)
        found = rows_for_phone(scope, user=place.actor.id, worker=worker, now=now)
    told = _told(found)
    text = json.dumps(told, sort_keys=True)
    return Lists(hashlib.sha256(text.encode()).hexdigest()[:16], told, found.phone_count)


def _both(scope: Scope, actor: Actor) -> Scope:
    """What of the pack's areas lies where the actor may check rows."""
    may = actor.scope_for(PERMISSION).ranges
    ranges = [
        (max(low, other), min(high, end))
        for low, high in scope.ranges
        for other, end in may
        if max(low, other) < min(high, end)
    ]
    return Scope(tuple(ranges), scope.actor_id, scope.purpose)


def _told(found: PhoneLists) -> dict[str, Any]:
    lists = [
        {
            "id": one.pk,
            "number": one.number,
            "title": one.title,
            "sender": one.sender,
            "received_at": instant(one.received_at),
            "due_at": instant(one.due_at),
            "case_number": one.case_number,
            "call_back": one.call_back,
            "is_closed": one.is_closed,
        }
        for one in found.lists
    ]
    return {"lists": lists, "rows": [_row(row) for row in found.rows], "more": found.more}


def _row(row: PhoneRow) -> dict[str, Any]:
    found = row.found
    return {
        "id": found.pk,
        "list": found.list_id,
        "state": found.state,
        "name": found.name,
        "sex": found.sex,
        "birth_on": _day(found.birth_on),
        "id_masked": hidden_id(row.id_number),
        "phones": [{"number": one.number, "from": one.source} for one in row.phones],
        "address": row.address,
        "came_from": row.came_from,
        "came_on": _day(found.came_on),
        "due_at": instant(found.due_at),
        "is_urgent": found.is_urgent,
        "show_code": found.show_code,
        "person": found.person,
        "household": found.household,
        "worker": "mine" if row.is_mine else "other" if found.worker_id else "",
        "worker_name": found.worker_name,
        "taken_until": _instant(row.taken_until),
        "spoken_to": _instant(row.spoken_to),
        "calls": [{**one._asdict(), "at": instant(one.at)} for one in row.calls],
        "answer": _answer(row),
        "may_confirm_nobody": row.may_confirm_nobody,
    }


def _answer(row: PhoneRow) -> dict[str, Any] | None:
    if row.answer is None:
        return None
    told = asdict(row.answer)
    return {**told, "at": instant(row.answer.at), "tested_on": _day(row.answer.tested_on)}


def _instant(moment: dt.datetime | None) -> str | None:
    return instant(moment) if moment else None


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
