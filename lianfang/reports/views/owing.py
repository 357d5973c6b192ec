"""本村还差什么: said plainly, with the page where each is mended. Counts only, so that it can be sent on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lianfang.areas.queries import area_in
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation
from lianfang.campaigns.queries.rounds import running_rounds
from lianfang.core import clock
from lianfang.reports import wording
from lianfang.reports.queries.owing import owing_of, villages_owing
from lianfang.reports.views.coverage import page_number


@require_GET
def owed(request: HttpRequest) -> HttpResponse:
    return redirect("owed_of", request.actor.home.area.code)


@require_GET
def owed_of(request: HttpRequest, code: str) -> HttpResponse:
    area, now = area_in(request.scope, code), clock.now()
    rounds = list(running_rounds(request.scope, now))
    owing = owing_of(request.scope, area, rounds, now)
    context: dict[str, Any] = {
        "area": area,
        "owing": owing,
        "rounds": [_round(request, found, counts, code) for found, counts in owing.rounds],
        "entry_url": f"{reverse('entry')}?area={code}" if request.actor.may("visit.record") else "",
        "may_assign": request.actor.may("target.assign"),
        "may_read_names": request.actor.may("target.read"),
        "nav_key": "today",
        "now": now,
        "data_as_of": now,
    }
    if RANK[area.level] < RANK["village"]:
        context["villages"] = villages_owing(
            request.scope, area, [found for found, _counts in owing.rounds], now, number=page_number(request)
        )
    return render(request, "reports/owing.html", context)


def _round(request: HttpRequest, found: Round, counts: Equation, code: str) -> dict[str, Any]:
    may_read_names = request.actor.may("target.read")
    route = "coverage_names" if may_read_names else "coverage"
    query = "?show=missing" if may_read_names else ""
    return {
        "round": found,
        "work": wording.work_name(found.campaign.name, found.number),
        "unit": wording.unit(found.campaign),
        "counts": counts,
        "url": reverse(route, args=[found.pk, code]) + query,
        "said": _("应%(due)s = 已%(done)s + 核减%(exempt)s")
        % {"due": f"{counts.due:,}", "done": f"{counts.done:,}", "exempt": f"{counts.exempt:,}"},
    }
