"""The visits that stand at doors, as the rules see them."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection

from lianfang.campaigns.rules import Attempt, Line
from lianfang.core import sealing
from lianfang.core.arrays import literal


def standing_attempts(
    household_ids: Collection[int], since: dt.datetime, *, but: Sequence[UUID] = ()
) -> defaultdict[int, list[Attempt]]:
    """The visits since then that nobody corrected, by household, oldest first, with lines and answers."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [literal(household_ids), since, literal(but)])
        visits = cursor.fetchall()
        if not visits:
            return defaultdict(list)
        cursor.execute(_LINES, [literal(visit[0] for visit in visits)])
        rows = cursor.fetchall()
    lines: dict[UUID, list[Line]] = defaultdict(list)
    hidden = {
        visit[0]: sealing.unseal_json_left(visit[5], purpose="visit.answers") or {}
        for visit in visits
        if visit[5] is not None
    }
    for visit_id, person_id, presence, answers, back_on in rows:
        more = hidden.get(visit_id, {}).get(str(person_id), {})
        lines[visit_id].append(Line(person_id, presence, {**json.loads(answers), **more}, back_on))
    found: defaultdict[int, list[Attempt]] = defaultdict(list)
    for visit_id, household_id, happened_at, outcome, answers, _ in visits:
        more = hidden.get(visit_id, {}).get("0", {})
        found[household_id].append(
            Attempt(visit_id, happened_at, outcome, tuple(lines[visit_id]), {**json.loads(answers), **more})
        )
    return found


_STANDING = """
select v.id, v.household_id, v.happened_at, v.outcome, v.answers, v.sealed_answers
from campaigns_visit v where v.household_id = any(%s::bigint[]) and v.happened_at >= %s and v.id <> all(%s::uuid[])
  and not exists (select from campaigns_visit n where n.supersedes = v.id)
order by v.household_id, v.happened_at, v.id
"""
_LINES = """
select visit_id, person_id, presence, answers, back_on from campaigns_visitline where visit_id = any(%s::uuid[])
order by visit_id, person_id
"""
