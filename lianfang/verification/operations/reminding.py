"""Who is about to be late hears of it, at 50, 75, 90 and 100 % of the list's time; the village lead
too of what its grids have, from 90 % on the township and the county."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Count, Q

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, prefixes
from lianfang.campaigns.rules import passed_thresholds
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.verification.models import ListReminder, PushedList, PushedRow
from lianfang.workforce.queries import who_answers

RUNNING = (PushedList.State.RECEIVED, PushedList.State.SORTED, PushedList.State.OUT)
STILL_OWED = dt.timedelta(days=1)  # what went back as 在核 belongs into the day's close
TOLD_ABOVE = 90  # %: from here on the township and the county hear of it too
ALL_LEADS = (Area.Level.VILLAGE, Area.Level.TOWNSHIP, Area.Level.COUNTY)


@transaction.atomic
def raise_list_reminders(moment: dt.datetime | None = None) -> int:
    """For each list that runs, or went back with rows 在核, and each area that still has rows of it, the highest threshold that has
    passed, once. A list that nobody has sorted or sent down is late as well: the county hears of it."""
    moment = moment or now()
    still = Q(state__in=RUNNING) | Q(state=PushedList.State.RETURNED, due_at__gt=moment - STILL_OWED)
    running = PushedList.objects.filter(
        still, emergency__ended_at__isnull=True, emergency__ends_at__gt=moment
    )
    return sum(_remind(found, moment) for found in running.order_by("pk"))


def _remind(found: PushedList, moment: dt.datetime) -> int:
    passed = passed_thresholds(found.received_at, found.due_at, moment)
    if not passed:
        return 0
    threshold = max(passed)
    owed = _with_leads(
        _owed(found), found.area_path, ALL_LEADS if threshold >= TOLD_ABOVE else (Area.Level.VILLAGE,)
    )
    told = ListReminder.objects.filter(list=found, threshold=threshold, area_path__in=owed)
    for path in told.values_list("area_path", flat=True):
        del owed[path]
    if not owed:
        return 0
    areas, answering = by_path(owed), who_answers(owed, moment)
    made = [
        ListReminder(
            list=found,
            area=areas[path],
            area_path=path,
            threshold=threshold,
            open_count=count,
            worker_id=answering[path].worker_id if path in answering else None,
            raised_at=moment,
        )
        for path, count in sorted(owed.items())
    ]
    ListReminder.objects.bulk_create(made, ignore_conflicts=True)
    audit.record(
        "list.remind",
        "pushed_list",
        found.pk,
        by=None,
        path=found.area_path,
        threshold=threshold,
        count=len(made),
    )
    return len(made)


def _owed(found: PushedList) -> dict[str, int]:
    """Area that has them → rows without an answer; of a list that nobody has sorted, the county and 0."""
    if found.state == PushedList.State.RECEIVED:
        return {found.area_path: 0}
    with crossing("verification.remind", actor_id=None) as everywhere:
        scope = everywhere.within(found.area_path)
        return dict(
            PushedRow.objects.filter(scope.q(), list=found)
            .exclude(state=PushedRow.State.ANSWERED)
            .values_list("area_path")
            .annotate(Count("pk"))
        )


def _with_leads(owed: Mapping[str, int], county_path: str, levels: Collection[str]) -> dict[str, int]:
    """The same with the areas of these levels above, whose leads hear of all that is owed within them: the village lead
    of what its grids have, from the first reminder on."""
    steps = {step for path in owed for step in prefixes(path)}
    leads = {
        path for path, area in by_path(steps).items() if area.level in levels and path.startswith(county_path)
    }
    within = {
        lead: sum(count for path, count in owed.items() if path.startswith(lead)) for lead in sorted(leads)
    }
    return {**owed, **within}


@transaction.atomic
def acknowledge(*, reminder_id: int, note: str, scope: Scope, by: int) -> ListReminder:
    """Somebody answers; earlier reminders of the same list and area are answered with it.
    Raises `verification.unknown_reminder`."""
    reminder = ListReminder.objects.filter(scope.q(), pk=reminder_id).first()
    if reminder is None:
        raise Problem("verification.unknown_reminder")
    waiting = ListReminder.objects.filter(
        list_id=reminder.list_id,
        area_id=reminder.area_id,
        threshold__lte=reminder.threshold,
        acknowledged_at__isnull=True,
    )
    if waiting.update(acknowledged_at=now(), acknowledged_by=by, acknowledged_note=note.strip()[:120]):
        audit.record("list.acknowledge", "pushed_list", reminder.list_id, by=by, path=reminder.area_path)
    reminder.refresh_from_db()
    return reminder
