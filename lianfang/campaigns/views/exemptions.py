"""核减申请: asked for by one, decided by another."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.campaigns.models import Exemption
from lianfang.campaigns.models.visits import Outcome
from lianfang.campaigns.operations.exemptions import decide_exemptions
from lianfang.campaigns.queries.exemptions import Wanted, exemptions_in
from lianfang.campaigns.rules import ASKS_EXEMPTION
from lianfang.campaigns.views.request import attempt, numbers_of, page_of, picked_area
from lianfang.core.desk_format import number, table_time
from lianfang.core.downloads import xlsx_response
from lianfang.core.problems import Problem

EXPORT_ROWS = 20_000


@require_GET
def exemptions(request: HttpRequest) -> HttpResponse:
    area, wanted = picked_area(request), _wanted(request)
    page = exemptions_in(request.scope.within(area.path), wanted, page=page_of(request))
    request.looked_at = {"path": area.path, "count": page.shown_count, "reason": ""}
    context = {
        "nav_key": "campaigns",
        "page": page,
        "area": area,
        "decisions": Exemption.Decision.choices,
        "reasons": reasons(),
        "wanted": wanted,
        "may_decide": request.actor.may("exemption.decide"),
        "own_count": sum(row.requested_by == request.actor.id for row in page.rows),
    }
    return render(request, "campaigns/exemptions.html", context)


@require_GET
def exemptions_sheet(request: HttpRequest) -> HttpResponse:
    """The same list as a file."""
    area, wanted = picked_area(request), _wanted(request)
    page = exemptions_in(request.scope.within(area.path), wanted, size=EXPORT_ROWS)
    request.looked_at = {"path": area.path, "count": page.shown_count, "reason": "xlsx"}
    words = dict(reasons())
    header = [
        _("任务"),
        _("村"),
        _("门牌"),
        _("户主"),
        _("人数"),
        _("理由"),
        _("去过几次"),
        _("申请人"),
        _("申请时间"),
        _("结论"),
        _("审批人"),
    ]
    decisions = dict(Exemption.Decision.choices)
    rows = (
        (
            f"{row.work} 第{row.round_number}轮",
            row.village or "",
            row.place,
            row.name,
            row.people_count,
            words.get(row.reason, row.reason),
            row.attempt_count or 0,
            row.requester,
            table_time(row.requested_at),
            str(decisions[row.decision]),
            row.decider,
        )
        for row in page.rows
    )
    return xlsx_response(_("核减申请"), header, rows)


@require_POST
def exemptions_decide(request: HttpRequest) -> HttpResponse:
    said = request.POST
    approve = said.get("decision") == "approve"

    def act() -> str:
        note = said.get("note", "").strip()
        if not approve and not note:
            raise Problem("campaigns.reason_required")
        count = decide_exemptions(
            exemption_ids=numbers_of(said.getlist("exemptions")),
            approve=approve,
            note=note,
            scope=request.scope,
            by=request.actor.id,
        )
        word = _("同意核减%(count)s户") if approve else _("%(count)s户不同意核减，仍要上门")
        return word % {"count": number(count)}

    attempt(request, act)
    return redirect(f"{reverse('exemptions')}?{said.get('back', '')}")


def reasons() -> list[tuple[str, Any]]:
    """Why a household may leave the list, in words."""
    return [(code, Outcome(code).label) for code in Outcome.values if code in ASKS_EXEMPTION]


def _wanted(request: HttpRequest) -> Wanted:
    said = request.GET
    decision = said.get("decision", "pending")
    if decision not in Exemption.Decision.values:
        raise Problem("http.bad_request", detail="decision")
    return Wanted(decision, said.get("reason", ""), said.get("q", "").strip())
