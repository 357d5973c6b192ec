"""Leaving the denominator: asked for by one, decided by another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from lianfang.campaigns.models import Exemption, Round, Target
from lianfang.campaigns.operations.settling import settle
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem


@transaction.atomic
def request_exemptions(
    asked: Sequence[tuple[int, str, UUID | None]], *, rounds: Sequence[Round], by: int, note: str = ""
) -> int:
    """Ask for households (household, reason, visit) to leave these rounds. Where one is asked already, nothing is added."""
    reasons = {household: (reason, visit) for household, reason, visit in asked}
    targets = Target.objects.filter(
        round__in=rounds, household_id__in=reasons, person_id=0, state__in=["open", "not_met"]
    )
    moment = now()
    made = Exemption.objects.bulk_create(
        (
            Exemption(
                round_id=target.round_id,
                household_id=target.household_id,
                area_path=target.area_path,
                reason=reasons[target.household_id][0],
                visit_id=reasons[target.household_id][1],
                note=note or None,
                requested_at=moment,
                requested_by=by,
            )
            for target in targets.order_by("household_id", "round_id")
        ),
        ignore_conflicts=True,
    )
    for exemption in made:
        audit.record(
            "exemption.request", "household", exemption.household_id, by=by, path=exemption.area_path
        )
    return len(made)


@transaction.atomic
def decide_exemption(*, exemption_id: int, approve: bool, note: str, by: int) -> Exemption:
    """Approve or deny. Never by the one who asked: the database holds to that as well."""
    exemption = Exemption.objects.select_for_update().filter(pk=exemption_id).first()
    if exemption is None:
        raise Problem("register.unknown_household")
    if exemption.decision != Exemption.Decision.PENDING:
        raise Problem("campaigns.already_decided")
    if exemption.requested_by == by:
        raise Problem("campaigns.second_person")
    exemption.decision = Exemption.Decision.APPROVED if approve else Exemption.Decision.DENIED
    exemption.decided_at, exemption.decided_by, exemption.decision_note = now(), by, note
    exemption.save(update_fields=["decision", "decided_at", "decided_by", "decision_note"])
    audit.record(
        "exemption.decide",
        "household",
        exemption.household_id,
        by=by,
        path=exemption.area_path,
        reason=note,
        decision=exemption.decision,
    )
    settle([exemption.household_id], Round.objects.filter(pk=exemption.round_id).select_related("campaign"))
    return exemption
