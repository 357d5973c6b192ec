"""Leaving the denominator: asked for by one, decided by another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from lianfang.campaigns.models import Exemption, Round, Target
from lianfang.campaigns.operations.settling import settle
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope


@transaction.atomic
def request_exemptions(
    asked: Sequence[tuple[int, str, UUID | None]],
    *,
    rounds: Sequence[Round],
    by: int,
    note: str = "",
    person_id: int = 0,
) -> int:
    """Ask for households (household, reason, visit), or one person of them, to leave these rounds. Where one is asked
    already, nothing is added."""
    reasons = {household: (reason, visit) for household, reason, visit in asked}
    targets = Target.objects.filter(
        round__in=rounds, household_id__in=reasons, person_id=person_id, state__in=["open", "not_met"]
    ).exclude(
        Exists(
            Exemption.objects.filter(
                round_id=OuterRef("round_id"),
                household_id=OuterRef("household_id"),
                person_id=person_id,
                decision=Exemption.Decision.PENDING,
            )
        )
    )
    moment = now()
    made = Exemption.objects.bulk_create(
        (
            Exemption(
                round_id=target.round_id,
                household_id=target.household_id,
                person_id=person_id,
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
    path = Exemption.objects.filter(pk=exemption_id).values_list("area_path", flat=True).first()
    if path is None:
        raise Problem("register.unknown_household")
    scope = Scope.over([path], actor_id=by)
    decide_exemptions(exemption_ids=[exemption_id], approve=approve, note=note, scope=scope, by=by)
    return Exemption.objects.get(pk=exemption_id)


@transaction.atomic
def decide_exemptions(
    *, exemption_ids: Sequence[int], approve: bool, note: str, scope: Scope, by: int
) -> int:
    """Decide many with one note, all or nothing. Raises `campaigns.second_person` when one's own is among them.

    What lies outside the scope is not there to be decided.
    """
    asked = Exemption.objects.select_for_update().filter(scope.q(), pk__in=exemption_ids)
    found = list(asked.order_by("pk"))
    if not found:
        raise Problem("campaigns.nothing_selected")
    if any(exemption.decision != Exemption.Decision.PENDING for exemption in found):
        raise Problem("campaigns.already_decided")
    if any(exemption.requested_by == by for exemption in found):
        raise Problem("campaigns.second_person")
    decision, moment = Exemption.Decision.APPROVED if approve else Exemption.Decision.DENIED, now()
    Exemption.objects.filter(pk__in=[exemption.pk for exemption in found]).update(
        decision=decision, decided_at=moment, decided_by=by, decision_note=note
    )
    for exemption in found:
        audit.record(
            "exemption.decide",
            "household",
            exemption.household_id,
            by=by,
            path=exemption.area_path,
            reason=note,
            decision=decision,
        )
    # What an ended emergency counted has been counted: a late decision is kept and moves no number any more.
    rounds = Round.objects.filter(
        pk__in={exemption.round_id for exemption in found},
        campaign__emergency__ended_at__isnull=True,
    )
    settle({exemption.household_id for exemption in found}, rounds.select_related("campaign"))
    return len(found)


def withdraw_requests(corrected: Sequence[UUID], household_ids: Iterable[int], *, by: int) -> None:
    """What a corrected visit had asked for, and nobody has decided yet, is no longer asked."""
    asked = Exemption.objects.filter(
        household_id__in=list(household_ids), visit_id__in=corrected, decision=Exemption.Decision.PENDING
    )
    gone = list(asked.values_list("household_id", "area_path"))
    if gone:
        asked.delete()
        audit.record_each("exemption.withdraw", "household", gone, by=by)
