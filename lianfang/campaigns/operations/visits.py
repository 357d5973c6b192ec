"""Recording what happened at doors, a batch at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from lianfang.campaigns.models import Campaign, Round, Visit, VisitLine
from lianfang.campaigns.models.visits import Channel, Outcome, Presence
from lianfang.campaigns.operations.exemptions import request_exemptions
from lianfang.campaigns.operations.settling import settle
from lianfang.campaigns.rules import ASKS_EXEMPTION
from lianfang.core import audit, keys, sealing
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.questions.queries import dictionary
from lianfang.questions.rules import QuestionDefinition, fault_of
from lianfang.register.models import Household, Person

CLOCK_TOLERANCE = dt.timedelta(minutes=10)  # phones run a little ahead


@dataclass(frozen=True, slots=True)
class LineInput:
    person_id: int
    presence: str
    answered_by: int | None = None
    away_place: str = ""
    away_since_on: dt.date | None = None
    back_on: dt.date | None = None
    reason: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VisitInput:
    """One attempt at one household, as phone, desk or file give it. Answers are JSON values by question key."""

    visit_id: UUID
    household_id: int
    channel: str
    outcome: str
    happened_at: dt.datetime
    worker_id: int | None = None
    lines: tuple[LineInput, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    back_at: dt.datetime | None = None
    note: str = ""
    supersedes: UUID | None = None


@transaction.atomic
def record_visits(visits: Sequence[VisitInput], *, scope: Scope, by: int) -> None:
    """File a batch, all or nothing. Never refused for scope: what was done is kept and credited, and marked.

    Raises a Problem for the first visit that cannot be taken; `intake` then tries one by one.
    """
    questions = {question.key: question for question in dictionary()}
    for visit in visits:
        _check(visit, questions)
    with crossing("record_visits", actor_id=by):
        paths = _lock_households([visit.household_id for visit in visits])
        fresh = _unknown(visits)
        if not fresh:
            return
        _check_members(fresh)
        rounds = _rounds_of(fresh)
        key = _key_of(rounds)
        _write_visits(fresh, paths, scope=scope, by=by, questions=questions, key=key)
        _write_facts(fresh, paths, questions, key)
        settle({visit.household_id for visit in fresh}, rounds)
        _ask_exemptions(fresh, rounds, by=by)
        for path in sorted({paths[visit.household_id] for visit in fresh}):
            count = sum(paths[visit.household_id] == path for visit in fresh)
            audit.record("visit.record", "visit", fresh[0].visit_id, by=by, path=path, count=count)


def _check(visit: VisitInput, questions: Mapping[str, QuestionDefinition]) -> None:
    if visit.outcome not in Outcome.values or visit.channel not in Channel.values:
        raise Problem("visits.bad_outcome", value=f"{visit.channel} {visit.outcome}")
    if visit.happened_at > now() + CLOCK_TOLERANCE:
        raise Problem("visits.future")
    if visit.answers:
        _check_answers(visit.answers, "household", questions)
    for line in visit.lines:
        if line.presence not in Presence.values:
            raise Problem("visits.bad_presence", value=line.presence)
        if line.answers:
            _check_answers(line.answers, "person", questions)


def _check_answers(
    answers: Mapping[str, Any], about: str, questions: Mapping[str, QuestionDefinition]
) -> None:
    for key, value in answers.items():
        question = questions.get(key)
        if question is None or question.about != about:
            raise Problem("visits.unknown_question", question=key)
        if value is not None and (detail := fault_of(question, value)):
            raise Problem("visits.bad_answer", question=question.label, detail=detail)


def _lock_households(ids: Sequence[int]) -> dict[int, str]:
    """Two reports about one household are filed one after the other. Sorted, so that nobody waits in a circle."""
    locked = Household.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    paths = dict(locked.values_list("pk", "area_path"))
    if missing := set(ids) - set(paths):
        raise Problem("register.unknown_household", id=min(missing))
    return paths


def _unknown(visits: Sequence[VisitInput]) -> list[VisitInput]:
    """Those not filed before. A visit filed twice is one visit."""
    known = set(
        Visit.objects.filter(pk__in=[visit.visit_id for visit in visits]).values_list("pk", flat=True)
    )
    return [visit for visit in visits if visit.visit_id not in known]


def _check_members(visits: Sequence[VisitInput]) -> None:
    named = {line.person_id for visit in visits for line in visit.lines}
    lives = dict(Person.objects.filter(pk__in=named).values_list("pk", "household_id"))
    for visit in visits:
        if any(lives.get(line.person_id) != visit.household_id for line in visit.lines):
            raise Problem("visits.not_of_household")
    corrected = {visit.supersedes: visit for visit in visits if visit.supersedes}
    if not corrected:
        return
    homes = dict(Visit.objects.filter(pk__in=corrected).values_list("pk", "household_id"))
    if any(homes.get(old) != visit.household_id for old, visit in corrected.items()):
        raise Problem("visits.unknown_visit")
    if Visit.objects.filter(supersedes__in=corrected).exists():
        raise Problem("visits.already_superseded")


def _rounds_of(visits: Sequence[VisitInput]) -> list[Round]:
    """Rounds in whose window some of these visits happened. One that was closed since still counts what was done in time."""
    happened = [visit.happened_at for visit in visits]
    return list(
        Round.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=min(happened)))
        .filter(frozen_at__isnull=False, opens_at__lte=max(happened))
        .select_related("campaign")
        .order_by("pk")
    )


def _key_of(rounds: Sequence[Round]) -> str:
    """Sensitive answers die with their emergency: they are sealed with its key."""
    campaigns: list[Campaign] = [found.campaign for found in rounds]
    return keys.emergency(max(c.emergency_id for c in campaigns)) if campaigns else "register"


def _write_visits(
    visits: Sequence[VisitInput],
    paths: Mapping[int, str],
    *,
    scope: Scope,
    by: int,
    questions: Mapping[str, QuestionDefinition],
    key: str,
) -> None:
    received_at = now()
    Visit.objects.bulk_create(
        Visit(
            id=visit.visit_id,
            household_id=visit.household_id,
            area_path=paths[visit.household_id],
            channel=visit.channel,
            outcome=visit.outcome,
            worker_id=visit.worker_id,
            recorded_by=by,
            happened_at=visit.happened_at,
            received_at=received_at,
            back_at=visit.back_at,
            answers=_open_answers(visit.answers, questions),
            sealed_answers=_sealed_answers(visit, questions, key),
            note=visit.note or None,
            supersedes=visit.supersedes,
            is_out_of_scope=not scope.covers(paths[visit.household_id]),
        )
        for visit in visits
    )
    VisitLine.objects.bulk_create(
        VisitLine(
            visit_id=visit.visit_id,
            person_id=line.person_id,
            area_path=paths[visit.household_id],
            presence=line.presence,
            answered_by=line.answered_by,
            away_place=line.away_place or None,
            away_since_on=line.away_since_on,
            back_on=line.back_on,
            reason=line.reason,
            answers=_open_answers(line.answers, questions),
        )
        for visit in visits
        for line in visit.lines
    )


def _open_answers(answers: Mapping[str, Any], questions: Mapping[str, QuestionDefinition]) -> dict[str, Any]:
    return {key: value for key, value in answers.items() if questions[key].privacy != "sensitive"}


def _sealed_answers(visit: VisitInput, questions: Mapping[str, QuestionDefinition], key: str) -> bytes | None:
    """All sensitive answers of a visit in one sealed piece: {person id or "0": {question: value}}."""
    found = {
        str(person): kept
        for person, answers in ((0, visit.answers), *((line.person_id, line.answers) for line in visit.lines))
        if (kept := {k: v for k, v in answers.items() if questions[k].privacy == "sensitive"})
    }
    return sealing.seal(json.dumps(found), key=key, purpose="visit.answers") if found else None


def _write_facts(
    visits: Sequence[VisitInput],
    paths: Mapping[int, str],
    questions: Mapping[str, QuestionDefinition],
    key: str,
) -> None:
    """The newest answer of each question of each subject. What a corrected visit had said is withdrawn first."""
    corrected = [visit.supersedes for visit in visits if visit.supersedes]
    newest: dict[tuple[int, int, str], tuple[Any, ...]] = {}
    for visit in sorted(visits, key=lambda v: (v.happened_at, v.visit_id.bytes)):
        for person, answers in (
            (0, visit.answers),
            *((line.person_id, line.answers) for line in visit.lines),
        ):
            for question, value in answers.items():
                if value is None:
                    continue
                text = json.dumps(value, ensure_ascii=False)
                is_sealed = questions[question].privacy == "sensitive"
                newest[visit.household_id, person, question] = (
                    paths[visit.household_id],
                    None if is_sealed else text,
                    sealing.seal(text, key=key, purpose="fact") if is_sealed else None,
                    visit.happened_at,
                    visit.visit_id,
                )
    rows = [(*about, *said) for about, said in sorted(newest.items())]
    with connection.cursor() as cursor:
        if corrected:
            cursor.execute("delete from campaigns_fact where visit_id = any(%s)", [corrected])
        if rows:
            cursor.execute(_FACTS, [list(column) for column in zip(*rows, strict=True)])
        if corrected:
            cursor.execute(
                _RESTORE_FACTS, {"ids": sorted({visit.household_id for visit in visits if visit.supersedes})}
            )


_FACTS = """
insert into campaigns_fact as f (household_id, person_id, question, area_path, value, sealed_value, happened_at,
  visit_id)
select * from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::bytea[],
  %s::timestamptz[], %s::uuid[])
on conflict (household_id, person_id, question) do update set value = excluded.value,
  sealed_value = excluded.sealed_value, happened_at = excluded.happened_at, visit_id = excluded.visit_id
where (excluded.happened_at, excluded.visit_id) >= (f.happened_at, f.visit_id)
"""
# After a correction: where no newer fact stands, the newest answer of the visits that still stand comes back.
_RESTORE_FACTS = """
insert into campaigns_fact (household_id, person_id, question, area_path, value, happened_at, visit_id)
select distinct on (household_id, person_id, question) * from (
  select v.household_id, 0::bigint person_id, a.key question, v.area_path, a.value, v.happened_at, v.id
  from campaigns_visit v, jsonb_each(v.answers) a
  where v.household_id = any(%(ids)s) and a.value <> 'null'::jsonb
    and not exists (select from campaigns_visit n where n.supersedes = v.id)
  union all
  select v.household_id, l.person_id, a.key, v.area_path, a.value, v.happened_at, v.id
  from campaigns_visit v join campaigns_visitline l on l.visit_id = v.id, jsonb_each(l.answers) a
  where v.household_id = any(%(ids)s) and a.value <> 'null'::jsonb
    and not exists (select from campaigns_visit n where n.supersedes = v.id)) said
order by household_id, person_id, question, happened_at desc, id desc
on conflict (household_id, person_id, question) do nothing
"""


def _ask_exemptions(visits: Sequence[VisitInput], rounds: Sequence[Round], *, by: int) -> None:
    """'Vacant' or 'demolished' at the door becomes a request that somebody else decides."""
    asked = [visit for visit in visits if visit.outcome in ASKS_EXEMPTION]
    if asked:
        request_exemptions(
            [(visit.household_id, visit.outcome, visit.visit_id) for visit in asked], rounds=rounds, by=by
        )
