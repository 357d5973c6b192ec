"""今天被要了什么: what departments want of an area today, what was merged, and what nobody there had to type."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lianfang.areas.models import Area
from lianfang.areas.queries import children, get_chain
from lianfang.campaigns.forms.words import purpose_word
from lianfang.campaigns.queries.rounds import running_rounds
from lianfang.campaigns.queries.saving import saved_in
from lianfang.core.clock import now
from lianfang.core.scope import Scope
from lianfang.questions.queries import known_questions
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.tables import questions_asked, questions_of_tables, tables_asked
from lianfang.reports.views.asking import asked_day

# What visits spared is counted from them; above a village that takes too long for a page.
_COUNTED_LIVE = ("village", "group", "grid")


@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    return redirect("asked_of", request.actor.home.area.code)


@require_GET
def asked_of(request: HttpRequest, code: str) -> HttpResponse:
    chain = get_chain(code)
    area = chain[-1]
    inside = request.scope.within(area.path)
    day = asked_day(request.GET.get("day", ""))
    wanted = tables_asked(inside, area, day.date)
    campaigns = _campaigns(request, area, day)
    questions = _questions(request.scope, campaigns, [one.table for one in wanted])
    merged = [one for one in questions if len(one["by"]) > 1]
    asks = sum(len(one["by"]) for one in questions)
    context = {
        "nav_key": "tables",
        "area": area,
        "day": day,
        "path": [
            {"name": one.name, "url": reverse("asked_of", args=[one.code])}
            for one in chain
            if one.path.startswith(request.actor.home.area_path) or one is area
        ],
        "children": [
            {"name": one.name, "url": reverse("asked_of", args=[one.code])}
            for one in (children(area) if area.level in ("county", "township") else ())
        ],
        "tables": wanted,
        "campaigns": campaigns,
        "questions": questions,
        "merged": merged,
        "filled_count": sum(one.filled_count for one in wanted),
        "unknown_count": sum(one.unknown_count for one in wanted),
        "saved": saved_in(inside, area, day.begin, day.midnight) if area.level in _COUNTED_LIVE else None,
        "ask_count": asks,
        "spared_count": asks - len(questions),
        "department_count": len(
            {one.table.department for one in wanted} | {one["department"] for one in campaigns}
        ),
        "before": (day.date - dt.timedelta(days=1)).isoformat(),
        "after": (day.date + dt.timedelta(days=1)).isoformat() if day.is_over else "",
    }
    return render(request, "reports/asked.html", context)


def _campaigns(request: HttpRequest, area: Area, day: Day) -> list[dict[str, Any]]:
    """Campaigns that ran over this area on the day, each with the questions of its form."""
    moment = min(day.midnight, now())
    found: dict[int, dict[str, Any]] = {}
    rounds = list(running_rounds(request.scope.within(area.path), moment))
    asked = questions_asked(rounds)
    for one in rounds:
        campaign = one.campaign
        found.setdefault(
            campaign.pk,
            {
                "campaign": campaign,
                "department": campaign.department,
                "purpose": purpose_word(campaign.purpose),
                "keys": asked[campaign.pk],
                "due_at": one.due_at,
                "url": reverse("coverage", args=[one.pk, area.code]),
            },
        )
    return list(found.values())


def _questions(scope: Scope, campaigns: list[dict[str, Any]], tables: list[Any]) -> list[dict[str, Any]]:
    """Each question once, with everybody who wants it: what many want stands first."""
    known = known_questions(scope)
    by: dict[str, list[str]] = {}
    for one in campaigns:
        for key in one["keys"]:
            by.setdefault(key, []).append(one["campaign"].name)
    for key, wanting in questions_of_tables(tables).items():
        by.setdefault(key, []).extend(table.title for table in wanting)
    rows = [
        {"label": known[key].label if key in known else key, "by": list(dict.fromkeys(names))}
        for key, names in by.items()
    ]
    return sorted(rows, key=lambda row: (-len(row["by"]), row["label"]))
