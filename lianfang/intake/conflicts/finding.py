"""Seeing that somebody else has told the same otherwise, and opening it for the village. Set-wise, after a batch was
recorded: its households are locked then, so whoever came first is there to be seen."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from lianfang.accounts.queries import names_of
from lianfang.campaigns.operations.carrying import VisitInput
from lianfang.core import sealing
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now
from lianfang.core.scope import Scope
from lianfang.intake.corrections import hidden_answers
from lianfang.intake.differing import PRESENCE, SAW_NOTHING, Difference, Said, differences, newest
from lianfang.intake.doubts import TWO_ANSWERS, Doubt
from lianfang.questions.queries import questions_by_key
from lianfang.register.models import Household, Person

FIELD = "person."  # before the name of a field of the register
SAID = "conflict.said"


@dataclass(frozen=True, slots=True)
class Told:
    """What one visit told."""

    household_id: int
    said: tuple[Said, ...]


def note_differences(
    told: Sequence[tuple[VisitInput, int | None]], *, scope: Scope, by: int
) -> dict[UUID, Doubt]:
    """For visits that were recorded just now, each with the version of the door that its sender had seen: what others
    had told otherwise and the sender could not know. Opens it for the village; returns what receipts say. Of doors
    outside `scope` they say nothing: else whoever names a door and guesses learns what was answered there."""
    least = min(version for _, version in told if version is not None)
    others = _told_by_others({visit.household_id for visit, _ in told}, least, by)
    if not others:
        return {}
    since = _since(
        [visit for visit, version in told if version == SAW_NOTHING and visit.household_id in others]
    )
    found: list[tuple[int, Difference]] = []
    for visit, version in told:
        standing: dict[tuple[int, str], Said] = {}
        for other in others.get(visit.household_id, ()):
            is_old = visit.visit_id in since and other.at < since[visit.visit_id]
            if version is not None and other.version > version and not is_old:
                key = (other.person, other.question)
                standing[key] = newest(other, standing[key]) if key in standing else other
        found += [(visit.household_id, one) for one in differences(_said(visit, by), standing, version)]
    _open([(household, difference, "", None) for household, difference in found])
    if not found:
        return {}
    within = _within(scope, found)
    return _doubts([difference for household, difference in found if household in within])


def _within(scope: Scope, found: Sequence[tuple[int, Difference]]) -> set[int]:
    wanted = {household for household, _ in found}
    return set(Household.objects.filter(scope.q(), pk__in=wanted).values_list("pk", flat=True))


def open_field_conflicts(person: Person, found: Sequence[Difference]) -> dict[UUID, Doubt]:
    """The same for fields of somebody in the register: the values are kept, sealed, as the register keeps only one."""
    rows = []
    for one in found:
        values = json.dumps({"first": _plain(one.other.value), "second": _plain(one.mine.value)})
        rows.append((person.household_id, one, FIELD, sealing.seal(values, key="register", purpose=SAID)))
    _open(rows)
    return _doubts(found, FIELD)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _said(visit: VisitInput, by: int) -> list[Said]:
    said = [(0, key, value) for key, value in visit.answers.items()]
    for line in visit.lines:
        said.append((line.person_id, PRESENCE, line.presence))
        said += [(line.person_id, key, value) for key, value in line.answers.items()]
    return [
        Said(person, key, value, visit.happened_at, by, visit.visit_id)
        for person, key, value in said
        if value is not None
    ]


def _told_by_others(household_ids: Iterable[int], version: int, by: int) -> dict[int, list[Said]]:
    """What standing visits of other people told that were filed after `version`, by household. One statement; nearly
    always there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [literal(household_ids), version, by])
        rows = cursor.fetchall()
    found: dict[int, list[Said]] = {}
    for household, visit, recorded_by, at, filed_in, answers, sealed, lines in rows:
        hidden = hidden_answers(sealed)
        everything = [(0, {**json.loads(answers), **hidden.get("0", {})}, None)]
        everything += [
            (person, {**given, **hidden.get(str(person), {})}, presence)
            for person, presence, given in json.loads(lines or "[]")
        ]
        for person, given, presence in everything:
            told = {**given, **({PRESENCE: presence} if presence else {})}
            found.setdefault(household, []).extend(
                Said(person, key, value, at, recorded_by, visit, filed_in)
                for key, value in told.items()
                if value is not None
            )
    return found


_OTHERS = """
select v.household_id, v.id, v.recorded_by, v.happened_at, v.version, v.answers::text, v.sealed_answers,
  (select jsonb_agg(jsonb_build_array(l.person_id, l.presence, l.answers))::text
   from campaigns_visitline l where l.visit_id = v.id)
from campaigns_visit v where v.household_id = any(%s::bigint[]) and v.version > %s and v.recorded_by <> %s
  and v.version <= pg_current_xact_id()::text::bigint -- else of before a restore: every phone has pulled since
  and v.outcome <> 'recorded' and not exists (select from campaigns_visit s where s.supersedes = v.id)
"""


def _since(visits: Sequence[VisitInput]) -> dict[UUID, dt.datetime]:
    """Of visits whose sender had seen nothing of the door: since when what others told there is compared. A door that
    was answered year after year differs from what it said then, and nobody wants to be asked about that: the rounds
    count that ran here when it happened or run now; where there is none, the last one. A correction is compared from
    what it corrects on, too. A door that no round ever had is not in it: then everything is compared."""
    if not visits:
        return {}
    rows = [(visit.visit_id, visit.household_id, visit.happened_at, visit.supersedes) for visit in visits]
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [*columns(rows)])
        return {visit: at for visit, at in cursor.fetchall() if at is not None}


_SINCE = """
select w.visit, least(
  coalesce(min(r.opens_at) filter (where r.closed_at is null or r.closed_at > w.at), max(r.opens_at)),
  (select o.happened_at from campaigns_visit o where o.id = w.supersedes))
from unnest(%s::uuid[], %s::bigint[], %s::timestamptz[], %s::uuid[]) w(visit, household, at, supersedes)
join campaigns_round r
  on exists (select from campaigns_target t where t.round_id = r.id and t.household_id = w.household)
group by w.visit, w.supersedes
"""


def _open(found: Sequence[tuple[int, Difference, str, bytes | None]]) -> None:
    """Insert or leave: what is asked already is not asked twice."""
    rows: list[tuple[Any, ...]] = []
    for household, one, prefix, said in found:
        rows.append(
            (
                household,
                one.mine.person,
                prefix + one.mine.question,
                one.other.record if one.other.by else None,
                one.other.by or None,
                one.other.at if one.other.by else None,
                one.mine.record,
                one.mine.by,
                one.mine.at,
                said,
            )
        )
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, [*columns(sorted(rows, key=lambda row: (row[0], row[1], row[2]))), now()])


_OPEN = """
insert into intake_conflict (household_id, person_id, question, area_path, first, first_by, first_at, second,
  second_by, second_at, said, opened_at, settled_as)
select v.household, v.person, v.question, h.area_path, v.first, v.first_by, v.first_at, v.second, v.second_by,
  v.second_at, v.said, m.at, ''
from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::uuid[], %s::bigint[], %s::timestamptz[], %s::uuid[],
  %s::bigint[], %s::timestamptz[], %s::bytea[])
  v(household, person, question, first, first_by, first_at, second, second_by, second_at, said)
join register_household h on h.id = v.household, (select %s::timestamptz at) m
on conflict do nothing
"""


def _doubts(found: Sequence[Difference], prefix: str = "") -> dict[UUID, Doubt]:
    names = names_of(one.other.by for one in found)
    doubts: dict[UUID, Doubt] = {}
    for one in found:
        if one.mine.record not in doubts:
            doubts[one.mine.record] = Doubt(TWO_ANSWERS, _detail(one, prefix, names))
    return doubts


def _detail(one: Difference, prefix: str, names: Mapping[int, str]) -> dict[str, Any]:
    """What the sender's phone may show. Sensitive answers and numbers of people are not told."""
    question = questions_by_key().get(one.mine.question) if not prefix else None
    hides = (question is not None and question.privacy == "sensitive") or one.mine.question in (
        "phone",
        "id_number",
    )
    return {
        "subject": one.mine.person,
        "question": prefix + one.mine.question,
        "mine": None if hides else _plain(one.mine.value),
        "other": None if hides else _plain(one.other.value),
        "other_at": one.other.at.isoformat() if one.other.by else None,
        "other_by": names.get(one.other.by, ""),
    }
