"""The doors of a pack, as a phone shows them: any number in a fixed number of statements.

Everything here follows from rows whose change moves the version of the door (register/versions.py), and from which
rounds run: never from the clock, or a door would change and no phone would be told. What only the clock changes stands
in the head (head.py).
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Func, TextField

from lianfang.campaigns.models import Visit, VisitLine
from lianfang.campaigns.queries.asking import AskingSets, asking_sets, targets_asking
from lianfang.campaigns.queries.windows import Taken
from lianfang.core.arrays import columns, literal
from lianfang.core.scope import Scope
from lianfang.core.sealing import Unsealer
from lianfang.intake.conflicts.queries import conflicts_on_phones
from lianfang.register.models import Household, Person
from lianfang.register.rules.identity import masked_id

MOST_ATTEMPTS = 6  # of a door: who has knocked more often looks at the desk


class Target(NamedTuple):
    """Named as `AskingTarget`, with what a phone shows."""

    round_id: int
    household_id: int
    person_id: int
    state: str
    due_at: str
    reason: str
    origin: str
    freed: Sequence[int]

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "round": self.round_id,
            "person": self.person_id,
            "state": self.state,
            "due_at": self.due_at,
            "reason": self.reason,
            "is_found": self.origin == "found_in_field",
        }


class Member(NamedTuple):
    """Somebody who lives there now; numbers are still sealed."""

    pk: int
    household_id: int
    name: str
    initials: str
    relation: str
    sex: str
    birth_on: dt.date | None
    id_number: bytes | None
    phone: bytes | None
    is_registered_here: bool
    is_living_here: bool
    is_here_tonight: bool


class Mark(NamedTuple):
    """Of somebody only what says which rounds ask them (`AskedPerson`)."""

    pk: int
    household_id: int
    is_registered_here: bool
    is_living_here: bool
    is_here_tonight: bool
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Doors:
    """As JSON, the lowest id first."""

    rows: list[dict[str, Any]]
    phone_count: int  # numbers opened


# The same as `instant`, written by the database: reading ten thousand moments costs more than all the rest.
_INSTANT = """to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


class _Written(Func):
    template = _INSTANT.format("%(expressions)s")
    output_field = TextField()


def instant(moment: dt.datetime) -> str:
    """To the second: on both sides of a comparison the same is cut off."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def set_id(about: str, rounds: Iterable[int]) -> str:
    """`h12.15`: what rounds 12 and 15 ask a household; `p`: a person. What that is, the head says."""
    return about[0] + ".".join(map(str, sorted(rounds)))


def read_targets(
    scope: Scope, ids: Iterable[int], running: Mapping[int, Taken], now: dt.datetime
) -> list[Target]:
    """Of the rounds that ran when the pull began, though one may have closed since."""
    found = targets_asking(scope, list(ids), now).filter(round_id__in=list(running)).select_related(None)
    columns_of: list[Any] = [_Written(F(name)) if name == "due_at" else name for name in Target._fields]
    return [Target(*row) for row in found.values_list(*columns_of)]


def read_sets(
    scope: Scope, ids: Collection[int], targets: Iterable[Target], running: Mapping[int, Taken]
) -> AskingSets:
    """What the doors of a whole pack are asked, whether or not they changed."""
    return asking_sets(ids, targets, _Reading(scope, ids).marks(), running)


def read_doors(
    scope: Scope,
    versions: Mapping[int, int],
    targets: Iterable[Target],
    sets: AskingSets,
    running: Mapping[int, Taken],
    *,
    user: int,
) -> Doors:
    """These households, with their versions and with those of the targets that are theirs. Six statements, or none."""
    if not versions:
        return Doors([], 0)
    reading = _Reading(scope, versions)
    own = [target for target in targets if target.household_id in versions]
    since: dict[int, dt.datetime] = {}  # what was tried in any round that runs there
    for target in own:
        opens_at = running[target.round_id].round.opens_at
        since[target.household_id] = min(since.get(target.household_id, opens_at), opens_at)
    told = _Told(
        group(own),
        group(reading.members()),
        reading.facts(),
        reading.presences(),
        reading.attempts(since, user),
        conflicts_on_phones(scope, versions),
    )
    opened = _Opened()
    rows = [_door(row, versions[row[0]], told, sets, opened) for row in reading.households(running)]
    return Doors(rows, opened.phone_count)


def group(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.household_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known, by household; facts and presences by person too."""

    targets: Mapping[int, list[Target]]
    members: Mapping[int, list[Member]]
    facts: Mapping[tuple[int, int], dict[str, list[Any]]]
    presences: Mapping[int, tuple[Any, ...]]
    attempts: Mapping[int, list[dict[str, Any]]]
    conflicts: Mapping[int, list[dict[str, Any]]]


class _Opened:
    """Sealed values, opened. A number is only ever given to be dialled, so they are counted."""

    def __init__(self) -> None:
        self.phone_count = 0
        self._person_phone = _unsealer(Person, "phone")
        self._contact_phone = _unsealer(Household, "contact_phone")
        self.id_number = _unsealer(Person, "id_number")
        self.place = _unsealer(VisitLine, "away_place")

    def person_phone(self, sealed: bytes | None) -> str | None:
        return self._phone(self._person_phone, sealed)

    def contact_phone(self, sealed: bytes | None) -> str | None:
        return self._phone(self._contact_phone, sealed)

    def _phone(self, unseal: Unsealer, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        self.phone_count += 1
        return unseal(sealed) or None


def _unsealer(model: Any, field: str) -> Unsealer:
    return Unsealer(purpose=model._meta.get_field(field).purpose)


def _door(
    row: tuple[Any, ...], version: int, told: _Told, sets: AskingSets, opened: _Opened
) -> dict[str, Any]:
    pk, area, label, unit, floor, room, order, kind, head, is_unnamed, phone, expected, key, is_asked_off = (
        row
    )
    door = {
        "id": pk,
        "v": version,
        "area": area,
        "label": label,
        "unit": unit,
        "floor": floor,
        "room": room,
        "order": order,
        "kind": kind,
        "head": head,
        "is_unnamed": is_unnamed,
        "phone": opened.contact_phone(phone),
        "expected": expected,
        "targets": [target.as_json for target in told.targets.get(pk, ())],
        "asks": set_id("household", sets.doors[pk]),
        "facts": told.facts.get((pk, 0), {}),
        "people": [
            _person(member, told, sets.people[pk].get(member.pk, ()), opened)
            for member in told.members.get(pk, ())
        ],
        "attempts": told.attempts.get(pk, []),
        "conflicts": told.conflicts.get(pk, []),
    }
    if is_asked_off:
        door["is_asked_off"] = True  # to leave the list: the village has not decided yet
    # Found in the field: the phone that found it knows it by its own name, perhaps with its screen open on it.
    return {**door, "key": key} if key else door


def _person(member: Member, told: _Told, rounds: Iterable[int], opened: _Opened) -> dict[str, Any]:
    return {
        "id": member.pk,
        "name": member.name,
        "initials": member.initials,
        "relation": member.relation,
        "sex": member.sex,
        "birth_on": member.birth_on.isoformat() if member.birth_on else None,
        "id_masked": masked_id(opened.id_number(member.id_number)) if member.id_number else "",
        "phone": opened.person_phone(member.phone),
        "registered": member.is_registered_here,
        "living": member.is_living_here,
        "tonight": member.is_here_tonight,
        "asks": set_id("person", rounds),
        "facts": told.facts.get((member.household_id, member.pk), {}),
        "presence": _presence(told.presences.get(member.pk), opened),
    }


def _presence(row: tuple[Any, ...] | None, opened: _Opened) -> list[Any] | None:
    if row is None:
        return None
    code, at, place, back_on, answered_by = row
    return [
        code,
        at,
        opened.place(place) if place else "",
        back_on.isoformat() if back_on else None,
        answered_by,
    ]


# ---------- rows ----------


class _Within(dict[str, str]):
    """`{f}` in a statement: rows of table `f` within the scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self.bounds = {f"b{at}": bound for at, bound in enumerate(scope.sql("")[1])}

    def __missing__(self, table: str) -> str:
        clause, bounds = self.scope.sql(f"{table}.area_path")
        for at in range(len(bounds)):
            clause = clause.replace("%s", f"%(b{at})s", 1)
        return clause


class _Reading:
    """What is known of some households, statement by statement."""

    def __init__(self, scope: Scope, ids: Iterable[int]) -> None:
        self.within, self.ids = _Within(scope), literal(ids)

    def _read(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                statement.format_map(self.within), {"ids": self.ids, **values, **self.within.bounds}
            )
            return list(cursor.fetchall())

    def households(self, rounds: Iterable[int]) -> list[tuple[Any, ...]]:
        return self._read(_HOUSEHOLDS, rounds=literal(rounds))

    def members(self) -> list[Member]:
        return [Member(*row) for row in self._read(_MEMBERS)]

    def marks(self) -> list[Mark]:
        return [Mark(*row) for row in self._read(_MARKS)]

    def facts(self) -> dict[tuple[int, int], dict[str, list[Any]]]:
        """By household and person. What is of class sensitive is known here, and not told."""
        found: dict[tuple[int, int], dict[str, list[Any]]] = defaultdict(dict)
        for household, person, key, value, at, channel, teller in self._read(_FACTS):
            known = json.loads(value) if value is not None else None
            found[household, person][key] = [known, at, channel, teller]
        return found

    def presences(self) -> dict[int, tuple[Any, ...]]:
        """Of each person, the newest that a standing visit of this household told."""
        return {person: tuple(rest) for person, *rest in self._read(_PRESENCES)}

    def attempts(self, since: Mapping[int, dt.datetime], user: int) -> dict[int, list[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        if not since:
            return found
        doors, moments = columns(list(since.items()))
        rows = self._read(_ATTEMPTS, doors=doors, moments=moments, user=user, most=MOST_ATTEMPTS)
        for household, *rest in rows:
            found[household].append(_attempt(rest))
        return found


def _attempt(row: Sequence[Any]) -> dict[str, Any]:
    """As `_ATTEMPTS` reads it, without its household."""
    visit, channel, outcome, at, by, mine, back_at, note, superseded = row
    return {
        "visit": str(visit),
        "channel": channel,
        "outcome": outcome,
        "at": at,
        "by": by,
        "mine": mine,
        "back_at": back_at,
        "note": _NOTE(note) if note else "",
        "superseded": superseded,
    }


_NOTE = _unsealer(Visit, "note")
# Who stood at the door, else who typed it in.
_BY = """coalesce(
    (select w.name from workforce_worker w where w.id = v.worker_id),
    (select u.name from accounts_user u where u.id = v.recorded_by), '')"""
_HOUSEHOLDS = """
select h.id, d.area_id, d.label, d.unit, d.floor, d.room, d.walk_order, h.kind, h.head_name, h.is_unnamed,
  h.contact_phone, h.expected_count,
  (select k.key::text from intake_phonekey k where k.household_id = h.id and k.person_id = 0 and {k} limit 1),
  exists (select from campaigns_exemption e where e.household_id = h.id and e.person_id = 0 and e.decision = 'pending'
    and e.round_id = any(%(rounds)s::bigint[]) and {e})
from register_household h join register_door d on d.id = h.door_id
where h.id = any(%(ids)s::bigint[]) and h.is_current and {h} order by h.id
"""
_MEMBERS = """
select p.id, p.household_id, p.name, p.initials, p.relation, p.sex, p.birth_on, p.id_number, p.phone,
  p.is_registered_here, p.is_living_here, p.is_here_tonight
from register_person p where p.household_id = any(%(ids)s::bigint[]) and p.is_current and {p} order by p.id
"""
_MARKS = """
select p.id, p.household_id, p.is_registered_here, p.is_living_here, p.is_here_tonight
from register_person p where p.household_id = any(%(ids)s::bigint[]) and p.is_current and {p} order by p.id
"""
_FACTS = f"""
select f.household_id, f.person_id, f.question, f.value::text, {_INSTANT.format("f.happened_at")}, coalesce(v.channel, ''), coalesce(v.teller, '')
from campaigns_fact f left join lateral (
  select v.channel, {_BY} teller from campaigns_visit v where v.id = f.visit_id and {{v}}) v on true
where f.household_id = any(%(ids)s::bigint[]) and {{f}} order by f.household_id, f.person_id, f.question
"""  # noqa: S608 - constants
_PRESENCES = f"""
select distinct on (l.person_id) l.person_id, l.presence, {_INSTANT.format("v.happened_at")}, l.away_place, l.back_on, l.answered_by
from campaigns_visit v join campaigns_visitline l on l.visit_id = v.id and {{l}}
where v.household_id = any(%(ids)s::bigint[]) and {{v}} and l.presence <> ''
  and not exists (select from campaigns_visit n where n.supersedes = v.id)
order by l.person_id, v.happened_at desc, v.id desc
"""  # noqa: S608 - constants
_ATTEMPTS = f"""
select v.household_id, v.id, v.channel, v.outcome, {_INSTANT.format("v.happened_at")}, {_BY},
  v.recorded_by = %(user)s or coalesce((select w.user_id = %(user)s from workforce_worker w where w.id = v.worker_id), false),
  {_INSTANT.format("v.back_at")}, v.note, exists (select from campaigns_visit n where n.supersedes = v.id)
from unnest(%(doors)s::bigint[], %(moments)s::timestamptz[]) s(household_id, since)
cross join lateral (
  select * from campaigns_visit v where v.household_id = s.household_id and v.happened_at >= s.since
    and v.outcome <> 'recorded' and {{v}} order by v.happened_at desc, v.id desc limit %(most)s) v
order by v.household_id, v.happened_at desc, v.id desc
"""  # noqa: S608 - constants
