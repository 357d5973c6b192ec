"""Whom a list found and the sweep had missed: added to the round, and asked to leave it when the list was wrong."""

from __future__ import annotations

from django.db import transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Campaign, Exemption, Round
from lianfang.campaigns.operations.exemptions import request_exemptions
from lianfang.campaigns.operations.settling import settle
from lianfang.campaigns.operations.targets import add_targets
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.register.models import Household

LIST_CORRECTED = "list_corrected"


@transaction.atomic
def add_found_target(
    *, round_id: int, household_id: int, person_id: int | None, by: int
) -> tuple[int, int] | None:
    """A household, or somebody of it where the campaign asks persons, of whom another list told becomes a target of this
    round, if the round runs there and has not got it. Counted apart. Returns household and person (0: the household itself) of the
    target; None where nothing was added, as a second time."""
    moment = now()
    found = (
        Round.objects.filter(
            pk=round_id,
            frozen_at__isnull=False,
            closed_at__isnull=True,
            opens_at__lte=moment,
            campaign__emergency__ended_at__isnull=True,
            campaign__emergency__ends_at__gt=moment,
        )
        .select_related("campaign")
        .first()
    )
    household = Household.objects.filter(pk=household_id).select_for_update(no_key=True).first()
    if found is None or household is None or not household.area_path.startswith(found.campaign.area_path):
        return None
    is_of_persons = found.campaign.subject == Campaign.Subject.PERSON
    if is_of_persons and person_id is None:
        return None
    village = Area.objects.filter(level=Area.Level.VILLAGE, path__in=prefixes(household.area_path)).first()
    people = [person_id] if is_of_persons and person_id else None
    added = add_targets(found, household, village.path if village else household.area_path, people=people)
    if not added:
        return None
    audit.record("target.found", "household", household.pk, by=by, path=household.area_path, rounds=1)
    return household.pk, person_id or 0 if is_of_persons else 0


@transaction.atomic
def take_back_found_target(*, round_id: int, household_id: int, person_id: int, by: int) -> int:
    """The list that added this target was wrong. It is asked to leave the round (核减), as with any other: the target
    stays, with its reason, and somebody else approves. One that was visited meanwhile is done and stays so. Returns how
    many were asked for."""
    running = Round.objects.filter(
        pk=round_id, closed_at__isnull=True, campaign__emergency__ended_at__isnull=True
    )
    asked = [(household_id, LIST_CORRECTED, None)]
    return request_exemptions(asked, rounds=list(running), person_id=person_id, by=by)


@transaction.atomic
def keep_found_target(*, round_id: int, household_id: int, person_id: int, by: int) -> int:
    """The list was right after all: what was asked of the target is no longer asked, and where somebody had approved it
    already, the ground for that is gone: the target is open again. To look at one more door needs no second person."""
    asked = Exemption.objects.filter(
        round_id=round_id,
        household_id=household_id,
        person_id=person_id,
        reason=LIST_CORRECTED,
        decision__in=(Exemption.Decision.PENDING, Exemption.Decision.APPROVED),
    )
    gone = list(asked.values_list("household_id", "area_path"))
    if gone:
        asked.delete()
        audit.record_each("exemption.withdraw", "household", gone, by=by)
        running = Round.objects.filter(pk=round_id, campaign__emergency__ended_at__isnull=True)
        settle({household_id}, running.select_related("campaign"))
    return len(gone)
