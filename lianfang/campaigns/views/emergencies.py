"""应急响应: how long it still runs, and the two people who keep it running or end it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.campaigns.operations import emergencies as operations
from lianfang.campaigns.operations.emergencies import EmergencyTerms
from lianfang.campaigns.queries.emergencies import emergency_page
from lianfang.campaigns.views.request import attempt
from lianfang.core.clock import now
from lianfang.core.problems import Problem


@require_POST
def emergency_open(request: HttpRequest, order_id: int) -> HttpResponse:
    said = request.POST
    emergency = operations.open_emergency(
        order_id=order_id,
        terms=EmergencyTerms(
            said.get("name", ""), said.get("pathogen", ""), said.get("legal_basis", ""), said.get("level", "")
        ),
        scope=request.scope,
        by=request.actor.id,
    )
    return redirect("emergency", emergency.pk)


@require_GET
def emergency(request: HttpRequest, emergency_id: int) -> HttpResponse:
    page = emergency_page(request.scope, emergency_id, now())
    context = {
        "nav_key": "campaigns",
        "page": page,
        "may_renew": request.actor.may("emergency.renew") and page.is_running,
        "is_own_renewal": page.waiting and page.waiting.renewal.requested_by == request.actor.id,
        "is_own_end": page.emergency.end_asked_by == request.actor.id,
    }
    return render(request, "campaigns/emergency.html", context)


@require_POST
def emergency_act(request: HttpRequest, emergency_id: int) -> HttpResponse:
    """One of four: ask for a renewal, approve it, ask for the end, approve that."""
    common = {"emergency_id": emergency_id, "scope": request.scope, "by": request.actor.id}
    reason, wanted = request.POST.get("reason", ""), request.POST.get("act")

    def act() -> str:
        match wanted:
            case "ask_renewal":
                operations.request_renewal(reason=reason, **common)
                return _("已提出续期，等另一个人批准")
            case "renew":
                operations.approve_renewal(**common)
                return _("已续期14天")
            case "ask_end":
                operations.ask_end(reason=reason, **common)
                return _("已提出提前终止，等另一个人批准")
            case "end":
                operations.end_emergency(**common)
                return _("应急响应已终止")
        raise Problem("http.bad_request", detail="act")

    attempt(request, act)
    return redirect("emergency", emergency_id)
