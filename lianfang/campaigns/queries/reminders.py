"""Who has been reminded, and who has not answered. Areas, counts and duty names; no resident."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Sum

from lianfang.accounts.queries import names_of
from lianfang.areas.models import Area
from lianfang.campaigns.models import Coverage, Reminder, Round
from lianfang.core.scope import Scope
from lianfang.workforce.models import Worker


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the call-down list: an area of a round, its newest reminder, and whether anybody answered."""

    reminder: Reminder
    area: Area
    round: Round
    worker: Worker | None
    owed_count: int  # now, not when the reminder was raised
    times: tuple[dt.datetime, ...]  # of the reminders that nobody answered
    acknowledged_by: str

    @property
    def is_answered(self) -> bool:
        return self.reminder.acknowledged_at is not None

    @property
    def is_late(self) -> bool:
        return self.reminder.threshold >= 100


def calls(scope: Scope, *, round_id: int | None = None, only_running: bool = True) -> list[Call]:
    """The call-down list: silence first, then what is latest, then the largest number. One line an area and round;
    where nothing is owed any more there is nobody to ring."""
    found = Reminder.objects.filter(scope.q()).select_related("area", "round__campaign")
    if only_running:
        found = found.filter(round__closed_at__isnull=True, round__campaign__closed_at__isnull=True)
    if round_id:
        found = found.filter(round_id=round_id)
    grouped: dict[tuple[int, int], list[Reminder]] = {}
    for reminder in found.order_by("round_id", "area_path", "threshold"):
        grouped.setdefault((reminder.round_id, reminder.area_id), []).append(reminder)
    newest = [group[-1] for group in grouped.values()]
    workers = Worker.objects.in_bulk({reminder.worker_id for reminder in newest if reminder.worker_id})
    names = names_of(_answerers(newest))
    owed = _owed(scope, {reminder.round_id for reminder in newest})
    lines = [
        Call(
            last := group[-1],
            last.area,
            last.round,
            workers.get(last.worker_id) if last.worker_id else None,
            owed[last.round_id, last.area_path],
            tuple(reminder.raised_at for reminder in group if reminder.acknowledged_at is None),
            names.get(last.acknowledged_by, "") if last.acknowledged_by else "",
        )
        for group in grouped.values()
        if (group[-1].round_id, group[-1].area_path) in owed
    ]
    return sorted(
        lines,
        key=lambda call: (
            call.is_answered,
            -call.reminder.threshold,
            -call.owed_count,
            call.area.path,
        ),
    )


def _answerers(reminders: Iterable[Reminder]) -> set[int]:
    return {reminder.acknowledged_by for reminder in reminders if reminder.acknowledged_by}


def _owed(scope: Scope, round_ids: set[int]) -> dict[tuple[int, str], int]:
    """How many are still to be met now, by round and village; villages with nobody left are missing."""
    counted = (
        Coverage.objects.filter(scope.q("village_path"), round__in=round_ids)
        .values("round_id", "village_path")
        .annotate(owed=Sum(F("open") + F("not_met")))
        .filter(owed__gt=0)
    )
    return {(row["round_id"], row["village_path"]): row["owed"] for row in counted}
