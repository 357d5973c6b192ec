"""Somebody hears of it before it is late. Silence is kept as silence."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Sum

from lianfang.areas.queries import by_path
from lianfang.campaigns.models import Coverage, Reminder, Round
from lianfang.campaigns.rules import passed_thresholds
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.workforce.queries import who_answers


@transaction.atomic
def raise_due_reminders(moment: dt.datetime | None = None) -> int:
    """For every running round and village with somebody still to be met: the reminder of the highest threshold
    that has passed, once. Counters are read, no names; nothing here is personal."""
    moment = moment or now()
    running = Round.objects.filter(
        frozen_at__isnull=False,
        closed_at__isnull=True,
        campaign__closed_at__isnull=True,
        opens_at__lte=moment,
        campaign__emergency__ended_at__isnull=True,
        campaign__emergency__ends_at__gt=moment,
    )
    return sum(_remind(found, moment) for found in running.order_by("pk"))


def _remind(found: Round, moment: dt.datetime) -> int:
    passed = passed_thresholds(found.opens_at, found.due_at, moment)
    if not passed:
        return 0
    threshold = max(passed)
    owing = (
        Coverage.objects.filter(round=found)
        .values("village_path")
        .annotate(owed=Sum(F("open") + F("not_met")))
        .filter(owed__gt=0)
    )
    counts = dict(owing.values_list("village_path", "owed"))
    told = Reminder.objects.filter(round=found, threshold=threshold, area_path__in=counts)
    for path in told.values_list("area_path", flat=True):
        del counts[path]
    if not counts:
        return 0
    areas, answering = by_path(counts), who_answers(counts, moment)
    made = [
        Reminder(
            round=found,
            area=areas[path],
            area_path=path,
            threshold=threshold,
            open_count=count,
            worker_id=answering[path].worker_id if path in answering else None,
            raised_at=moment,
        )
        for path, count in sorted(counts.items())
    ]
    Reminder.objects.bulk_create(made, ignore_conflicts=True)
    audit.record("reminder.raise", "round", found.pk, by=None, threshold=threshold, count=len(made))
    return len(made)


@transaction.atomic
def acknowledge_reminder(*, reminder_id: int, note: str, scope: Scope, by: int) -> Reminder:
    """Somebody answers: 'I have heard, and this is what I do'. The first answer stays; earlier reminders of the same
    round and area are answered with it."""
    reminder = Reminder.objects.filter(scope.q(), pk=reminder_id).first()
    if reminder is None:
        raise Problem("campaigns.unknown_reminder")
    waiting = Reminder.objects.filter(
        round_id=reminder.round_id,
        area_id=reminder.area_id,
        threshold__lte=reminder.threshold,
        acknowledged_at__isnull=True,
    )
    moment = now()
    count = waiting.update(acknowledged_at=moment, acknowledged_by=by, acknowledged_note=note.strip()[:120])
    if count:
        audit.record("reminder.acknowledge", "round", reminder.round_id, by=by, path=reminder.area_path)
    reminder.refresh_from_db()
    return reminder
