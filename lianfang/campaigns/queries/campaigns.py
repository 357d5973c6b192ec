"""Campaigns as a list and as a page, and what a declaration would reach."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Prefetch, QuerySet, Sum

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path
from lianfang.campaigns.models import Campaign, Coverage, Emergency, Round
from lianfang.campaigns.queries.coverage import Equation, coverage_of_rounds
from lianfang.campaigns.queries.eligible import eligible_count
from lianfang.campaigns.queries.orders import reaching
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.workforce.queries import Answering, grid_duty, who_answers


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign as a list shows it: its newest round, and that round's equation in one area."""

    campaign: Campaign
    round: Round | None
    equation: Equation

    @property
    def is_running(self) -> bool:
        return self.campaign.closed_at is None


def campaigns_for(scope: Scope) -> QuerySet[Campaign]:
    """Campaigns in which these areas take part, newest first."""
    return (
        Campaign.objects.filter(reaching(scope))
        .select_related("area", "emergency", "order")
        .prefetch_related(Prefetch("rounds", Round.objects.order_by("number")))
        .order_by("-declared_at", "-pk")
    )


def get_campaign(scope: Scope, campaign_id: int) -> Campaign:
    campaign = campaigns_for(scope).filter(pk=campaign_id).first()
    if campaign is None:
        raise Problem("campaigns.unknown")
    return campaign


def campaign_lines(
    scope: Scope, campaigns: list[Campaign], area: Area, now: dt.datetime
) -> list[CampaignLine]:
    """The list with equations: two statements, however many campaigns."""
    newest = {campaign.pk: max(campaign.rounds.all(), key=_number, default=None) for campaign in campaigns}
    frozen = [found for found in newest.values() if found and found.frozen_at]
    equations = coverage_of_rounds(scope, frozen, area, now) if frozen else {}
    return [
        CampaignLine(
            campaign,
            found := newest[campaign.pk],
            equations.get(found.pk, Equation()) if found else Equation(),
        )
        for campaign in campaigns
    ]


def _number(found: Round) -> int:
    return found.number


@dataclass(frozen=True, slots=True)
class Reach:
    """What a declaration would reach: the live count of its page."""

    household_count: int
    unnamed_count: int  # of the households, doors of whom nobody knows yet who lives there
    person_count: int
    grid_count: int
    without_worker_count: int


def reach(scope: Scope, area: Area, base: str, conditions: list[dict[str, Any]]) -> Reach:
    """Raises `scope.outside`, `campaigns.bad_eligibility`."""
    scope.within(area.path)
    counts = eligible_count(Campaign(area=area, area_path=area.path, base=base, eligibility=conditions))
    duty = grid_duty(area.path)
    return Reach(
        counts["households"], counts["unnamed"], counts["people"], len(duty.paths), len(duty.without_worker)
    )


def running_emergencies(scope: Scope, now: dt.datetime) -> list[Emergency]:
    """Those under which something can be declared now, newest first."""
    running = Emergency.objects.filter(
        reaching(scope), opened_at__lte=now, ends_at__gt=now, ended_at__isnull=True
    )
    return list(running.order_by("-opened_at"))


@dataclass(frozen=True, slots=True)
class Owing:
    """A village in which somebody is still to be met in a round."""

    area: Area
    owed_count: int
    answering: Answering | None


def owing_villages(scope: Scope, round: Round, area: Area, most: int) -> tuple[list[Owing], int]:
    """The villages that will be late first: those with most left to do; and how many villages there are with anything."""
    inside = scope.within(area.path)
    owing = (
        Coverage.objects.filter(inside.q("village_path"), round=round)
        .values("village_path")
        .annotate(owed=Sum(F("open") + F("not_met")))
        .filter(owed__gt=0)
        .order_by("-owed", "village_path")
    )
    counts = dict(owing.values_list("village_path", "owed"))
    shown = list(counts)[:most]
    areas, answering = by_path(shown), who_answers(shown)
    return [Owing(areas[path], counts[path], answering.get(path)) for path in shown], len(counts)
