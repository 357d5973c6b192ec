"""Recording what happened at doors, a batch at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from lianfang.campaigns.models import Emergency, Round, Visit
from lianfang.campaigns.models.visits import Channel, Outcome, Presence
from lianfang.campaigns.operations.carrying import Elsewhere, VisitInput, carried_on, taken_back
from lianfang.campaigns.operations.exemptions import request_exemptions, withdraw_requests
from lianfang.campaigns.operations.facts import Said, keep_facts, withdraw_facts
from lianfang.campaigns.operations.members import Bases, Member, bases_of, read_members
from lianfang.campaigns.operations.settling import settle
from lianfang.campaigns.queries.windows import taken_by, with_forms
from lianfang.campaigns.rules import ASKS_EXEMPTION, GONE_DEAD, GONE_MOVED, RECORDED, Attempt, Line
from lianfang.core import audit, keys, sealing
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import local, now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.questions.queries import questions_by_key
from lianfang.questions.rules import QuestionDefinition, fault_of
from lianfang.register.doubles.rows import kept_of
from lianfang.register.life import note_lines, withdraw_lines
from lianfang.register.models import LifeEvent, Person
from lianfang.workforce.models import Worker

_CHANNELS, _OUTCOMES = frozenset(Channel.values), frozenset(Outcome.values)
_PRESENCES = frozenset(Presence.values)
CLOCK_TOLERANCE = dt.timedelta(minutes=10)  # phones run a little ahead


@dataclass(frozen=True, slots=True)
class _Batch:
    """What filing needs to know besides the visits themselves."""

    by: int
    scope: Scope
    own_workers: frozenset[int]
    paths: Mapping[int, str]  # household → area path
    questions: Mapping[str, QuestionDefinition]
    sealing_keys: Mapping[int, str]  # household → key for its sensitive answers
    bases: Bases | None  # who lives at these doors, unless the batch itself changes that


def record_visits(
    visits: Sequence[VisitInput],
    *,
    scope: Scope,
    by: int,
    others: Scope | None = None,
    is_carried: bool = False,
) -> None:
    """File a batch, all or nothing. Never refused for scope: what was done is kept and credited, and marked.

    `others`: the areas in which `by` may also enter what somebody else did. `is_carried`: these are what was known of
    people at the door where they lived before. Raises a Problem for the first visit that cannot be taken; `intake`
    then tries one by one.
    """
    questions = questions_by_key()
    for visit in visits:
        if is_carried != (visit.outcome == RECORDED):
            raise Problem("visits.bad_outcome", value=f"{visit.channel} {visit.outcome}")
        _check(visit, questions)
    with crossing("record_visits", actor_id=by) as everywhere:  # a transaction of its own
        paths = _lock_households({visit.household_id for visit in visits})
        fresh = _unknown(visits)
        if not fresh:
            return
        members = read_members(paths)
        moved = _check_members(fresh, members)
        own = frozenset(Worker.objects.filter(user_id=by).values_list("pk", flat=True))
        originals = _check_corrections(fresh, paths, scope=scope, by=by, own_workers=own)
        _check_workers(fresh, paths, own_workers=own, others=others)
        changes_register = originals or _leaving(fresh)
        bases = None if changes_register else bases_of(members)
        batch = _Batch(by, scope, own, paths, questions, _sealing_keys(fresh, paths, questions), bases)
        for wave in _waves(fresh):
            _file_wave(wave, originals, batch)
        audit.record_each(
            "visit.record", "visit", [(visit.visit_id, paths[visit.household_id]) for visit in fresh], by=by
        )
        if moved:
            carried = [copy for visit in fresh for copy in carried_on(visit, moved)]
            carried += taken_back(fresh, moved)
            record_visits(carried, scope=everywhere, by=by, others=everywhere, is_carried=True)


def _file_wave(visits: Sequence[VisitInput], originals: Mapping[UUID, dt.datetime], batch: _Batch) -> None:
    """Visits of different households, set-wise."""
    rounds = _rounds_of(visits, originals)
    _write_visits(visits, batch)
    corrected = [visit.supersedes for visit in visits if visit.supersedes]
    if corrected:
        households = {visit.household_id for visit in visits if visit.supersedes}
        withdraw_requests(corrected, households, by=batch.by)
        withdraw_facts(corrected, households, batch.paths, batch.questions, batch.sealing_keys)
        withdraw_lines(corrected, by=batch.by)
    note_lines(_leaving(visits), by=batch.by)
    keep_facts(_said(visits), batch.paths, batch.questions, batch.sealing_keys)
    just_made = [_attempt(visit) for visit in visits]
    settle({visit.household_id for visit in visits}, rounds, just_made=just_made, bases=batch.bases)
    _ask_exemptions(visits, rounds, by=batch.by)


def _leaving(visits: Sequence[VisitInput]) -> list[tuple[UUID, int, int, str, dt.date]]:
    """Who was found moved away or dead: from that day on they live there no more."""
    return [
        (visit.visit_id, visit.household_id, line.person_id, line.presence, local(visit.happened_at).date())
        for visit in visits
        for line in visit.lines
        if line.presence in (GONE_MOVED, GONE_DEAD)
    ]


def _attempt(visit: VisitInput) -> tuple[int, Attempt]:
    """A visit as the rules see it, with its household."""
    lines = tuple(Line(line.person_id, line.presence, line.answers, line.back_on) for line in visit.lines)
    return visit.household_id, Attempt(visit.visit_id, visit.happened_at, visit.outcome, lines, visit.answers)


def _waves(visits: Sequence[VisitInput]) -> list[list[VisitInput]]:
    """Each household's visits one after the other, a corrected one before its correction: what a batch does is what
    its visits would have done one by one."""
    waiting: dict[UUID, list[VisitInput]] = {}
    ids = {visit.visit_id for visit in visits}
    placed: set[UUID] = set()
    ordered: list[VisitInput] = []

    def place(visit: VisitInput) -> None:
        placed.add(visit.visit_id)
        ordered.append(visit)
        for correction in waiting.pop(visit.visit_id, ()):
            place(correction)

    for visit in visits:
        original = visit.supersedes
        if original is not None and original in ids and original not in placed:
            waiting.setdefault(original, []).append(visit)
        else:
            place(visit)
    waves: list[list[VisitInput]] = []
    turn: dict[int, int] = {}
    for visit in ordered:
        at = turn.get(visit.household_id, 0)
        turn[visit.household_id] = at + 1
        if at == len(waves):
            waves.append([])
        waves[at].append(visit)
    return waves


def _check(visit: VisitInput, questions: Mapping[str, QuestionDefinition]) -> None:
    if visit.outcome not in _OUTCOMES or visit.channel not in _CHANNELS:
        raise Problem("visits.bad_outcome", value=f"{visit.channel} {visit.outcome}")
    if visit.happened_at > now() + CLOCK_TOLERANCE:
        raise Problem("visits.future")
    _check_answers(visit.answers, "household", questions)
    people = [line.person_id for line in visit.lines]
    if len(set(people)) < len(people):
        raise Problem("visits.member_twice")
    for line in visit.lines:
        if line.presence not in _PRESENCES:
            raise Problem("visits.bad_presence", value=line.presence)
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


def _lock_households(ids: Iterable[int]) -> dict[int, str]:
    """Two reports about one household are filed one after the other. Sorted, so that nobody waits in a circle."""
    wanted = sorted(ids)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [literal(wanted)])
        paths = dict(cursor.fetchall())
    if missing := set(wanted) - set(paths):
        raise Problem("register.unknown_household", id=min(missing))
    return paths


_LOCK = """
select id, area_path from register_household where id = any(%s::bigint[]) order by id for no key update
"""


def _unknown(visits: Sequence[VisitInput]) -> list[VisitInput]:
    """Those not filed before, each once. A visit filed twice is one visit."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [literal(visit.visit_id for visit in visits)])
        known = {row[0] for row in cursor.fetchall()}
    once: dict[UUID, VisitInput] = {}
    for visit in visits:
        if visit.visit_id not in known:
            once.setdefault(visit.visit_id, visit)
    return list(once.values())


_KNOWN = "select id from campaigns_visit where id = any(%s::uuid[])"


def _check_members(visits: Sequence[VisitInput], members: Iterable[Member]) -> dict[int, Elsewhere]:
    """Everybody named lives, or has lived, in the household: a record may come after they moved. Returns where those
    who do not live there any more live now, and as whom those go on whose row was merged into another."""
    named = {line.person_id for visit in visits for line in visit.lines}
    named |= {line.answered_by for visit in visits for line in visit.lines if line.answered_by}
    people = [(one.person_id, one.household_id, one.is_current, one.merged_into) for one in members]
    if elsewhere := named - {person for person, *_ in people}:
        people += Person.objects.filter(pk__in=elsewhere).values_list(
            "pk", "household_id", "is_current", "merged_into_id"
        )
    lives = {pk: (household, is_current) for pk, household, is_current, _ in people}
    merged = [pk for pk, *_, merged_into in people if merged_into and pk in named]
    strange = {
        (person, visit.household_id)
        for visit in visits
        for line in visit.lines
        for person in (line.person_id, line.answered_by)
        if person and lives.get(person, (None,))[0] != visit.household_id
    }
    if strange:
        lived = LifeEvent.objects.filter(person_id__in={person for person, _ in strange})
        if strange - set(lived.values_list("person_id", "household_id")):
            raise Problem("visits.not_of_household")
    moved = {person: Elsewhere(lives[person][0], person) for person, _ in strange if lives[person][1]}
    return moved | _joined(merged) if merged else moved


def _joined(rows: Collection[int]) -> dict[int, Elsewhere]:
    kept = kept_of(rows)
    living = Person.objects.filter(pk__in=[person for person, _ in kept.values()], is_current=True)
    homes = dict(living.values_list("pk", "household_id"))
    return {
        row: Elsewhere(homes[person], person, merge)
        for row, (person, merge) in kept.items()
        if person in homes
    }


def _check_corrections(
    visits: Sequence[VisitInput],
    paths: Mapping[int, str],
    *,
    scope: Scope,
    by: int,
    own_workers: frozenset[int],
) -> dict[UUID, dt.datetime]:
    """When the corrected visits had happened. One is corrected once, at the same household, and by whoever made it
    or answers for the area: a new visit from outside is never refused, but nobody rewrites a stranger's."""
    corrections = [(visit, visit.supersedes) for visit in visits if visit.supersedes]
    if not corrections:
        return {}
    wanted = [original for _, original in corrections]
    found: dict[UUID, tuple[Any, ...]] = {
        visit.visit_id: (visit.household_id, by, visit.worker_id, visit.happened_at) for visit in visits
    }
    for pk, *rest in Visit.objects.filter(pk__in=wanted).values_list(
        "pk", "household_id", "recorded_by", "worker_id", "happened_at"
    ):
        found[pk] = tuple(rest)
    for visit, original in corrections:
        household, recorded_by, worker, _ = found.get(original, (None, None, None, None))
        if household != visit.household_id or original == visit.visit_id:
            raise Problem("visits.unknown_visit", visit=str(original))
        if not (recorded_by == by or worker in own_workers or scope.covers(paths[visit.household_id])):
            raise Problem("visits.not_yours")
    if len(set(wanted)) < len(wanted) or Visit.objects.filter(supersedes__in=wanted).exists():
        raise Problem("visits.already_superseded")
    return {pk: found[pk][3] for pk in wanted}


def _check_workers(
    visits: Sequence[VisitInput],
    paths: Mapping[int, str],
    *,
    own_workers: frozenset[int],
    others: Scope | None,
) -> None:
    named = {visit.worker_id for visit in visits if visit.worker_id is not None} - own_workers
    if not named:
        return
    known = set(Worker.objects.filter(pk__in=named).values_list("pk", flat=True))
    for visit in visits:
        if visit.worker_id not in named:
            continue
        if visit.worker_id not in known:
            raise Problem("workforce.unknown_worker")
        if others is None or not others.covers(paths[visit.household_id]):
            raise Problem("visits.other_worker")


def _rounds_of(visits: Sequence[VisitInput], originals: Mapping[UUID, dt.datetime]) -> list[Round]:
    """Rounds for which some of these visits, or what they correct, count. One that was closed since still counts what
    was done in time, and one that opened since counts what it looks back on; those of an emergency that has ended are
    over, whether or not the clock's job ran."""
    happened = [visit.happened_at for visit in visits]
    happened += [originals[visit.supersedes] for visit in visits if visit.supersedes]
    earliest, latest = min(happened), max(happened)
    wanted = (
        Round.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=earliest), frozen_at__isnull=False)
        .filter(Q(opens_at__lte=latest) | Q(number=1, campaign__asks_anew=False))
        .filter(campaign__emergency__ended_at__isnull=True, campaign__emergency__ends_at__gt=now())
    )
    found = list(with_forms(wanted).order_by("pk"))
    later = taken_by([one for one in found if one.opens_at > latest], now())
    return [one for one in found if one.pk not in later or later[one.pk].reach <= latest]


def _sealing_keys(
    visits: Sequence[VisitInput], paths: Mapping[int, str], questions: Mapping[str, QuestionDefinition]
) -> dict[int, str]:
    """Sensitive answers die with their emergency: they are sealed with its key, and outside one are not taken.
    A correction may bring back what another visit had said, so it needs the key as well."""
    asking = {
        visit.household_id
        for visit in visits
        if any(questions[key].privacy == "sensitive" for _, key, _ in _answers(visit))
    }
    corrected = {visit.household_id for visit in visits if visit.supersedes}
    if not asking | corrected:
        return {}
    running = list(
        Emergency.objects.filter(ended_at__isnull=True, ends_at__gt=now())
        .order_by("-pk")
        .values_list("pk", "area_path")
    )
    found = {}
    for household in asking | corrected:
        emergency = next((pk for pk, path in running if paths[household].startswith(path)), None)
        if emergency is not None:
            found[household] = keys.emergency(emergency)
        elif household in asking:
            raise Problem("campaigns.emergency_ended")
    return found


def _answers(visit: VisitInput) -> Iterable[tuple[int, str, Any]]:
    """Every answer of a visit: person (0: the household), question, value."""
    for key, value in visit.answers.items():
        yield 0, key, value
    for line in visit.lines:
        for key, value in line.answers.items():
            yield line.person_id, key, value


def _said(visits: Sequence[VisitInput]) -> list[Said]:
    return [
        (visit.household_id, person, question, value, visit.happened_at, visit.visit_id)
        for visit in visits
        for person, question, value in _answers(visit)
    ]


def _write_visits(visits: Sequence[VisitInput], batch: _Batch) -> None:
    received_at = now()
    own = min(batch.own_workers, default=None)
    rows = [
        (
            visit.visit_id,
            visit.household_id,
            batch.paths[visit.household_id],
            visit.channel,
            visit.outcome,
            visit.worker_id if visit.worker_id is not None else own,
            batch.by,
            visit.happened_at,
            received_at,
            visit.back_at,
            json.dumps(_open_answers(visit.answers, batch.questions)),
            _sealed_answers(visit, batch),
            _sealed(visit.note, "visit.note"),
            json.dumps(visit.as_before),
            visit.supersedes,
            not batch.scope.covers(batch.paths[visit.household_id]),
        )
        for visit in visits
    ]
    lines = [
        (
            visit.visit_id,
            line.person_id,
            batch.paths[visit.household_id],
            line.presence,
            line.answered_by,
            _sealed(line.away_place, "line.away_place"),
            line.away_since_on,
            line.back_on,
            line.reason,
            json.dumps(_open_answers(line.answers, batch.questions)),
        )
        for visit in visits
        for line in visit.lines
    ]
    with connection.cursor() as cursor:
        cursor.execute(_VISITS, columns(rows))
        if lines:
            cursor.execute(_LINES, columns(lines))


_VISITS = """
insert into campaigns_visit (id, household_id, area_path, channel, outcome, worker_id, recorded_by, happened_at,
  received_at, back_at, answers, sealed_answers, note, as_before, supersedes, is_out_of_scope)
select * from unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
  %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[], %s::bytea[], %s::bytea[], %s::jsonb[],
  %s::uuid[], %s::boolean[])
"""
_LINES = """
insert into campaigns_visitline (visit_id, person_id, area_path, presence, answered_by, away_place, away_since_on,
  back_on, reason, answers)
select * from unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bytea[], %s::date[],
  %s::date[], %s::text[], %s::jsonb[])
"""


def _sealed(text: str, purpose: str) -> bytes | None:
    return sealing.seal(text, key="register", purpose=purpose) if text else None


def _open_answers(answers: Mapping[str, Any], questions: Mapping[str, QuestionDefinition]) -> dict[str, Any]:
    return {key: value for key, value in answers.items() if questions[key].privacy != "sensitive"}


def _sealed_answers(visit: VisitInput, batch: _Batch) -> bytes | None:
    """All sensitive answers of a visit in one sealed piece: {person id or "0": {question: value}}."""
    found: dict[str, dict[str, Any]] = {}
    for person, key, value in _answers(visit):
        if batch.questions[key].privacy == "sensitive":
            found.setdefault(str(person), {})[key] = value
    if not found:
        return None
    return sealing.seal(
        json.dumps(found), key=batch.sealing_keys[visit.household_id], purpose="visit.answers"
    )


def _ask_exemptions(visits: Sequence[VisitInput], rounds: Sequence[Round], *, by: int) -> None:
    """'Vacant' or 'demolished' at the door becomes a request that somebody else decides."""
    for visit in visits:
        if visit.outcome in ASKS_EXEMPTION:
            within = [
                found
                for found in rounds
                if found.opens_at <= visit.happened_at
                and (found.closed_at is None or visit.happened_at < found.closed_at)
            ]
            request_exemptions([(visit.household_id, visit.outcome, visit.visit_id)], rounds=within, by=by)
