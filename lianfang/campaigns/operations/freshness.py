"""过期重问: in a campaign that is kept fresh, a target is open again once an answer it needs has run out.

Doors are judged whenever something happens there. That an answer grows old is nothing that happens, so the clock
looks for it: only what has run out since it looked last, and only where a target is done.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import F, Q

from lianfang.campaigns.models import Round
from lianfang.campaigns.operations.rounds import HOUSEHOLDS_AT_ONCE
from lianfang.campaigns.operations.settling import settle
from lianfang.campaigns.queries.windows import Taken, taken_by
from lianfang.campaigns.rules import matters
from lianfang.core.arrays import columns
from lianfang.core.clock import now
from lianfang.core.scope import crossing, subtree
from lianfang.core.set_wise import whole_area


def ask_stale_again() -> int:
    """Judge the doors at which a needed answer has run out since the last time. Returns how many there were.

    In transactions of a thousand doors; a run that is killed is done again from where the last one ended.
    """
    moment = now()
    rounds = Round.objects.filter(
        Q(closed_at__isnull=True) | Q(fresh_to__isnull=True) | Q(fresh_to__lt=F("closed_at")),
        campaign__keeps_fresh=True,
        frozen_at__isnull=False,
        opens_at__lte=moment,
        campaign__emergency__ended_at__isnull=True,
        campaign__emergency__ends_at__gt=moment,
    ).select_related("campaign")
    return sum(_open_again(taken, moment) for taken in taken_by(rounds, moment).values())


def _open_again(taken: Taken, moment: dt.datetime) -> int:
    found = taken.round
    until = min(moment, found.closed_at or moment)
    households = _run_out(taken, found.fresh_to or found.opens_at, until)
    for begin in range(0, len(households), HOUSEHOLDS_AT_ONCE):
        with crossing("ask_stale_again", actor_id=None):
            settle(households[begin : begin + HOUSEHOLDS_AT_ONCE], [found])
    with transaction.atomic():
        Round.objects.filter(pk=found.pk).update(fresh_to=until)
    return len(households)


def _run_out(taken: Taken, since: dt.datetime, until: dt.datetime) -> list[int]:
    """Households that are done and have an answer that was fresh at `since` and is not at `until`."""
    spans = [
        (item.question.key, item.question.about == "person", since - fresh, until - fresh)
        for item in taken.form.items
        if matters(item, taken.form)
        for fresh in [dt.timedelta(hours=item.question.fresh_hours)]
    ]
    if not spans:
        return []
    low, high = subtree(taken.round.campaign.area_path)
    bounds = [low, high]
    with crossing("ask_stale_again", actor_id=None), whole_area(), connection.cursor() as cursor:
        cursor.execute(_RUN_OUT, [*columns(spans), *bounds, taken.round.pk, *bounds])
        return [household for (household,) in cursor.fetchall()]


_RUN_OUT = """
select distinct t.household_id
from unnest(%s::text[], %s::boolean[], %s::timestamptz[], %s::timestamptz[]) q(question, is_personal, begin, until)
join campaigns_fact f on f.question = q.question and (f.person_id > 0) = q.is_personal and f.happened_at >= q.begin
  and f.happened_at < q.until and f.area_path >= %s and f.area_path < %s
join campaigns_target t on t.household_id = f.household_id and t.round_id = %s and t.state = 'done'
  and t.settled_by is not null and t.area_path >= %s and t.area_path < %s
order by t.household_id
"""
