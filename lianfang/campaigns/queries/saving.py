"""一次上门，填了N张表，少问M个问题: how much of what was wanted came from how few questions.

Counted from the visits themselves, for every form (a round's) and every subject (a household, or one member):

- an answer *serves* a round whose form asks it, if a target of that round stands behind it and it was given within the
  round, or before it opened and was still fresh then, with nothing newer since;
- **forms filled** by a visit: rounds that at least one of its answers serves, or whose target it settled;
- **questions saved** by a visit: over all its answers, the rounds that the answer serves less one. On separate sheets
  each of them would have asked it; it was asked once. A round that opens later and finds a fresh answer adds to the
  visit that brought the answer, for there it is not asked again;
- **questions asked**: the answers it brought, each question of each subject once.

A visit that was corrected brought nothing; the one that corrects it did. An answer that serves no round was asked and
saved nothing. An answer of class sensitive counts as long as no newer one is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round, Target
from lianfang.campaigns.queries.windows import Taken, taken_by
from lianfang.campaigns.rules import FOREVER, counts_from
from lianfang.core.arrays import columns, literal
from lianfang.core.scope import Scope
from lianfang.core.set_wise import whole_area

_EVER = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Saved:
    form_count: int = 0
    question_count: int = 0  # not asked, though another form wanted them too
    asked_count: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(
            self.form_count + other.form_count,
            self.question_count + other.question_count,
            self.asked_count + other.asked_count,
        )


def saved_by(scope: Scope, visit_ids: Collection[UUID]) -> dict[UUID, Saved]:
    """Of each of these visits; nothing of those that were corrected or that lie elsewhere."""
    found = dict.fromkeys(visit_ids, Saved())
    if found:
        own = "v.id = any(%s::uuid[])"
        for visit, *counts in _read(_EACH, scope, own, [literal(found)], _wanted()):
            found[visit] = Saved(*counts)
    return found


Given = tuple[UUID, dt.datetime, Collection[tuple[int, str]]]  # visit, when, (person, question) it answered


def saved_at(
    given: Iterable[Given],
    targets: Collection[Target],
    taken: Mapping[int, Taken],
    newest: Mapping[tuple[int, str], UUID],
) -> dict[UUID, Saved]:
    """The same for one door, from what its page has read: what its standing visits answered, its targets in the
    rounds `taken` that run, and by which visit each answer is known now."""
    subjects: dict[int, set[int]] = {}
    settled: dict[UUID, set[int]] = {}
    for target in targets:
        subjects.setdefault(target.round_id, set()).add(target.person_id)
        if target.settled_by:
            settled.setdefault(target.settled_by, set()).add(target.round_id)
    found = {}
    for visit, at, answers in given:
        forms, saved = set(settled.get(visit, ())), 0
        for person, key in answers:
            serves = {
                pk
                for pk, one in taken.items()
                if (not person or subjects[pk] & {0, person})
                and _serves(one, key, at, is_newest=newest.get((person, key)) == visit)
            }
            forms |= serves
            saved += max(len(serves) - 1, 0)
        found[visit] = Saved(len(forms), saved, len(answers))
    return found


def _serves(taken: Taken, key: str, at: dt.datetime, *, is_newest: bool) -> bool:
    item = taken.form.by_key.get(key)
    if item is None or at < counts_from(item.question, replace(taken.window, keeps_fresh=False)):
        return False
    return at >= taken.window.opens_at or is_newest


def saved_in(scope: Scope, area: Area, since: dt.datetime, until: dt.datetime) -> Saved:
    """Of all visits made in an area between two instants. A county of 240,000 households takes seconds: keep it."""
    inside = scope.within(area.path)
    made = "v.happened_at >= %s and v.happened_at < %s"
    if RANK[area.level] < RANK["township"]:
        with whole_area():
            rows = _read(_TOGETHER, inside, made, [since, until], _wanted(since))
    else:  # few doors: what is of them by an index, where a county's is looked through
        doors, bounds = inside.sql("area_path")
        few = f"household_id = any(array(select id from register_household where {doors}))"
        rows = _read(
            _TOGETHER,
            inside,
            f"{made} and v.{few}",
            [since, until, *bounds, *bounds],
            _wanted(since),
            later=f"n.{few}",  # a correction is of the same door
            lines="l.visit_id = any(array(select id from made))",
        )
    return Saved(*(rows[0] if rows else ()))


def _read(
    statement: str,
    scope: Scope,
    which: str,
    values: Iterable[Any],
    wanted: Sequence[tuple[Any, ...]],
    **narrowed: str,
) -> list[tuple[Any, ...]]:
    """`which` visits, by the questions that were `wanted` of them; `narrowed`: where corrections and lines are, too."""
    inside, bounds = scope.sql("{}.area_path")
    places = {table: inside.format(*[table] * inside.count("{}")) for table in "vltfk"}
    places |= {"later": "true", "lines": "true", **narrowed}
    lists: list[Any] = columns(wanted) if wanted else ["{}"] * 6
    parameters = [*lists, *bounds, *values, *bounds, *bounds, *bounds, *bounds, *bounds]
    with connection.cursor() as cursor:
        cursor.execute((_SERVED + statement).format(which=which, **places), parameters)
        return cursor.fetchall()


def _wanted(since: dt.datetime = _EVER) -> list[tuple[Any, ...]]:
    """(round, question, of a person?, counts from, opens, ends) of all that was asked for since then. What has gone
    stale since had served while it was fresh."""
    rounds = Round.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=since), frozen_at__isnull=False)
    found = []
    for taken in taken_by(rounds.select_related("campaign"), FOREVER).values():
        window = replace(taken.window, keeps_fresh=False)
        for item in taken.form.items:
            question = item.question
            found.append(
                (
                    taken.round.pk,
                    question.key,
                    question.about == "person",
                    counts_from(question, window),
                    window.opens_at,
                    window.ends_at,
                )
            )
    return found


_SERVED = """
with wanted as materialized (
  select * from unnest(%s::bigint[], %s::text[], %s::boolean[], %s::timestamptz[], %s::timestamptz[],
    %s::timestamptz[]) w(round_id, question, is_personal, since, opens_at, ends_at)),
made as materialized (
  select v.id, v.household_id, v.happened_at, v.answers, v.sealed_answers is not null is_sealed from campaigns_visit v
  where {v} and {which} and v.outcome <> 'recorded'
    and not exists (select from campaigns_visit n where n.supersedes = v.id and {later})),
given as materialized (
  select m.id, m.household_id, m.happened_at, 0::bigint person_id, a.key question
  from made m, jsonb_each(m.answers) a where a.value <> 'null'
  union all
  select m.id, m.household_id, m.happened_at, l.person_id, a.key
  from made m join campaigns_visitline l on l.visit_id = m.id and {l} and {lines}, jsonb_each(l.answers) a where a.value <> 'null'
  union all
  select m.id, m.household_id, m.happened_at, f.person_id, f.question
  from made m join campaigns_fact f on f.household_id = m.household_id and f.visit_id = m.id and {f}
  where m.is_sealed and f.sealed_value is not null and f.household_id = any(array(
    select household_id from made where is_sealed))),
served as materialized (
  select g.id, g.person_id, g.question, w.round_id
  from given g join wanted w on w.question = g.question and w.is_personal = (g.person_id > 0)
    and g.happened_at >= w.since and g.happened_at < w.ends_at
  where exists (select from campaigns_target t where t.round_id = w.round_id and t.household_id = g.household_id
      and (g.person_id = 0 or t.person_id in (0, g.person_id)) and {t})
    and (g.happened_at >= w.opens_at or exists (select from campaigns_fact k where k.household_id = g.household_id
      and k.person_id = g.person_id and k.question = g.question and k.visit_id = g.id and {k}))),
filled as (
  select id, round_id from served
  union
  select m.id, t.round_id from made m join campaigns_target t on t.household_id = m.household_id
    and t.round_id in (select round_id from wanted) and t.settled_by = m.id and {t})
"""
_EACH = """
select m.id, coalesce(f.forms, 0)::int, coalesce(s.saved, 0)::int, coalesce(g.asked, 0)::int
from made m
left join (select id, count(*) forms from filled group by id) f on f.id = m.id
left join (select id, sum(served - 1) saved from (
  select id, count(*) served from served group by id, person_id, question) o group by id) s on s.id = m.id
left join (select id, count(*) asked from given group by id) g on g.id = m.id
"""
_TOGETHER = """
select (select count(*) from filled)::int,
  (select coalesce(sum(served - 1), 0) from (
    select count(*) served from served where question in (select question from wanted group by 1 having count(*) > 1)
    group by id, person_id, question) o)::int,
  (select count(*) from given)::int
"""
