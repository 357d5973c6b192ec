"""A request from the door that a household or a person leave the lists that run there. Somebody else decides."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from lianfang.campaigns.models import Round, Target, Visit
from lianfang.campaigns.operations.exemptions import request_exemptions
from lianfang.campaigns.rules import ASKS_EXEMPTION, not_reached
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.kinds.given import Given
from lianfang.intake.kinds.keys import resolve_one
from lianfang.intake.rules import exemption_values, fault
from lianfang.register.models import Household

NOT_REACHED = "not_reached"
REASONS = frozenset({*ASKS_EXEMPTION, NOT_REACHED})


def file_exemptions(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> None:
    """Raises `scope.outside` for a door elsewhere: whoever leads there may file it as it is, and
    `visits.too_few_attempts` for 'not reached' before the third attempt. Where the door is on no list any
    more, or has a request that waits, nothing is added."""
    for operation in operations:
        values = exemption_values(operation.body)
        resolve_one(values)
        household, person = values["household_id"], values.get("person_id", 0)
        if values["reason"] not in REASONS:
            raise fault("reason")
        path = Household.objects.filter(pk=household).values_list("area_path", flat=True).first()
        if path is None:
            raise Problem("register.unknown_household", id=household)
        if not scope.covers(path):
            raise Problem("scope.outside")
        rounds = _running(household, operation)
        if values["reason"] == NOT_REACHED:
            _check_attempts(household, rounds)
        request_exemptions(
            [(household, values["reason"], None)],
            rounds=rounds,
            by=by,
            note=values.get("note", ""),
            person_id=person,
        )


def _running(household: int, operation: Given) -> list[Round]:
    """Rounds with this door on their list that ran when it was asked for, and run still."""
    moment = now()
    here = Target.objects.filter(household_id=household).values("round_id")
    found = Round.objects.filter(
        Q(closed_at__isnull=True),
        pk__in=here,
        opens_at__lte=operation.happened_at,
        campaign__emergency__ended_at__isnull=True,
        campaign__emergency__ends_at__gt=moment,
    )
    return list(found.select_related("campaign").order_by("pk"))


def _check_attempts(household: int, rounds: Sequence[Round]) -> None:
    since = min((one.opens_at for one in rounds), default=now())
    corrected = Visit.objects.filter(household_id=household, supersedes__isnull=False).values("supersedes")
    tries = Visit.objects.filter(household_id=household, happened_at__gte=since).exclude(pk__in=corrected)
    hours = list(tries.values_list("happened_at", flat=True))
    if not not_reached(hours):
        raise Problem("visits.too_few_attempts", count=len(hours))
