"""Asking at a door for its household to leave the list; somebody else decides."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.campaigns.models.visits import Outcome
from lianfang.campaigns.operations.exemptions import request_exemptions
from lianfang.campaigns.rules import not_reached
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.intake.queries import get_door

EXEMPTION_REASONS = (*sorted(("moved_away", "vacant", "demolished", "duplicate")), "not_reached")


def exemption_reasons() -> list[tuple[str, str]]:
    return [
        (reason, _("三次未遇") if reason == "not_reached" else str(Outcome(reason).label))
        for reason in EXEMPTION_REASONS
    ]


@require_POST
def ask_exemption(request: HttpRequest, household_id: int) -> HttpResponse:
    """A request, decided by somebody else. 'Not reached' needs three attempts at different hours first."""
    now, said = clock.now(), request.POST.get("round", "")
    round_id = int(said) if said.isdecimal() and len(said) < 18 else None
    door = get_door(request.scope, household_id, now, round_id)
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "").strip()
    if door.target is None:
        raise Problem("campaigns.not_a_target")
    if reason not in EXEMPTION_REASONS or not note:
        raise Problem("campaigns.reason_required")
    tries = [
        attempt.visit.happened_at
        for attempt in door.standing
        if attempt.visit.happened_at >= door.target.round.opens_at
    ]
    if reason == "not_reached" and not not_reached(tries):
        raise Problem("visits.too_few_attempts", count=len(tries))
    made = request_exemptions(
        [(household_id, reason, None)], rounds=[door.target.round], by=request.actor.id, note=note[:200]
    )
    if made:
        messages.success(request, _("%(door)s 已申请核减，等另一个人审。") % {"door": door.where})
    else:
        messages.warning(request, _("这一户已经排查、已核减，或已有申请在等审。"))
    return redirect(f"{reverse('visit', args=[household_id])}?round={door.target.round_id}")
