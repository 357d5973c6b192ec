from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from lianfang.accounts.queries import names_of
from lianfang.campaigns.models import Campaign, Emergency, EmergencyRenewal
from lianfang.campaigns.queries.orders import reaching
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope


def running_emergencies() -> QuerySet[Emergency]:
    """What runs now, the latest first. One has ended when its time has come, whether or not anybody pressed a button."""
    moment = now()
    running = Emergency.objects.filter(opened_at__lte=moment, ends_at__gt=moment, ended_at__isnull=True)
    return running.order_by("-opened_at")


def running_emergency() -> Emergency | None:
    """The emergency that runs now."""
    return running_emergencies().first()


@dataclass(frozen=True, slots=True)
class RenewalLine:
    """One wish for 14 more days: who asked, who agreed."""

    renewal: EmergencyRenewal
    asker: str
    approver: str


@dataclass(frozen=True, slots=True)
class EmergencyPage:
    """One emergency with its renewals and campaigns."""

    emergency: Emergency
    renewals: tuple[RenewalLine, ...]
    campaigns: tuple[Campaign, ...]
    end_asker: str
    is_running: bool
    days_left: int

    @property
    def waiting(self) -> RenewalLine | None:
        return next((line for line in self.renewals if line.renewal.approved_by is None), None)

    @property
    def granted(self) -> list[RenewalLine]:
        return [line for line in self.renewals if line.renewal.approved_by]


def emergency_page(scope: Scope, emergency_id: int, moment: dt.datetime) -> EmergencyPage:
    """Raises `campaigns.unknown_emergency`, also for one that runs elsewhere."""
    found = Emergency.objects.filter(reaching(scope), pk=emergency_id).select_related("order", "area").first()
    if found is None:
        raise Problem("campaigns.unknown_emergency")
    renewals = tuple(found.renewals.order_by("-requested_at"))
    campaigns = tuple(
        Campaign.objects.filter(reaching(scope), emergency=found)
        .select_related("area")
        .order_by("-declared_at")
    )
    people = {found.end_asked_by}
    people |= {person for renewal in renewals for person in (renewal.requested_by, renewal.approved_by)}
    names = names_of(people)
    lines = tuple(
        RenewalLine(renewal, names.get(renewal.requested_by, ""), names.get(renewal.approved_by or 0, ""))
        for renewal in renewals
    )
    return EmergencyPage(
        found,
        lines,
        campaigns,
        names.get(found.end_asked_by or 0, ""),
        found.ended_at is None and found.ends_at > moment,
        max(0, -((moment - found.ends_at) // dt.timedelta(days=1))),
    )
