"""Who is about to be late hears of it, at 50, 75, 90 and 100 % of the list's time; from 90 % on the lead above too."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Count

from lianfang.areas.queries import by_path
from lianfang.campaigns.rules import passed_thresholds
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.verification.models import ListReminder, PushedList, PushedRow
from lianfang.workforce.queries import who_answers

OWING = (PushedRow.State.OUT, PushedRow.State.IN_PROGRESS)


@transaction.atomic
def raise_list_reminders(moment: dt.datetime | None = None) -> int:
    """For each list that is out, and each area that still has rows of it, the highest threshold that has passed, once."""
    moment = moment or now()
    running = PushedList.objects.filter(state=PushedList.State.OUT, emergency__ended_at__isnull=True)
    return sum(_remind(found, moment) for found in running.order_by("pk"))


def _remind(found: PushedList, moment: dt.datetime) -> int:
    passed = passed_thresholds(found.received_at, found.due_at, moment)
    if not passed:
        return 0
    threshold = max(passed)
    with crossing("verification.remind", actor_id=None) as everywhere:
        scope = everywhere.within(found.area_path)
        owed = dict(
            PushedRow.objects.filter(scope.q(), list=found, state__in=OWING)
            .values_list("area_path")
            .annotate(Count("pk"))
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
