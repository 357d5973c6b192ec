"""One figure: what it counts and how, whether it balances, what was signed, who uses it, and its parts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lianfang.areas.dividing import Division
from lianfang.areas.models import Area
from lianfang.areas.queries import below, children
from lianfang.areas.rules import RANK
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.reports import wording
from lianfang.reports.figures import (
    BY_KEY,
    HOW,
    SPANNED,
    Figure,
    PlacesReading,
    Reading,
    of_targets,
    read,
    read_places,
)
from lianfang.reports.queries.signed import signed_values
from lianfang.reports.queries.tables import tables_using
from lianfang.reports.views.figures import asked_round, behind, url_of

MOST_PLACES = 2_000


@require_GET
def figure_page(request: HttpRequest, code: str, key: str) -> HttpResponse:
    figure = BY_KEY.get(key)
    if figure is None:
        raise Problem("reports.unknown_figure")
    chain, _rounds, found, day = asked_round(request, code)
    area = chain[-1]
    if found is None:
        raise Problem("campaigns.unknown")
    reading = Reading(request.scope, found, area, day)
    is_equation = figure.source is of_targets
    counts = of_targets(reading) if is_equation else {}
    value = counts[key] if is_equation else read(reading, [figure])[key]
    kept = {name: request.GET[name] for name in ("round", "day") if name in request.GET}
    by = "village" if request.GET.get("by") == "village" and RANK[area.level] < RANK["village"] else ""
    signed = signed_values(request.scope, found, area, key)
    see_names = request.actor.may("target.read") and request.actor.scope_for("target.read").covers(area.path)
    words, statement = HOW[figure.source]
    context = {
        "nav_key": "figures",
        "figure": figure,
        "unit": figure.unit or wording.unit(found.campaign),
        "value": value,
        "is_rate": key == "rate",
        "area": area,
        "day": day,
        "round": found,
        "work": wording.work_name(found.campaign.name, found.number),
        "words": words,
        "statement": statement.strip(),
        "counts": counts,
        "names_url": behind(figure, area, found, day) if see_names else "",
        "signed": signed,
        "has_changed": bool(signed)
        and not day.is_over
        and signed[-1].day == day.date
        and signed[-1].value != value,
        "tables": _tables(request.scope, figure),
        "parts": _parts(reading, figure, by, kept) if not day.is_over else [],
        "by": by,
        "may_villages": RANK[area.level] < RANK["township"],
        "tops": [
            {"name": one.name, "url": _url(one, key, kept)}
            for one in chain
            if one.path.startswith(request.actor.home.area_path) or one is area
        ],
        "back_url": url_of(area, kept),
        "kept": kept,
        "data_as_of": day.end,
    }
    return render(request, "reports/figure.html", context)


def _url(area: Area, key: str, kept: dict[str, str]) -> str:
    return reverse("figure_page", args=[area.code, key]) + (f"?{urlencode(kept)}" if kept else "")


def _tables(scope: Scope, figure: Figure) -> list[dict[str, Any]]:
    """The department tables in use that carry it, by its own key or by that of its pair."""
    using = tables_using(scope)
    keys = {figure.key, *(key for key, spans in SPANNED.items() if figure.key in spans.values())}
    found = {one["pk"]: one for key in keys for one in using.get(("figure", key), ())}
    return list(found.values())


def _parts(reading: Reading, figure: Figure, by: str, kept: dict[str, str]) -> list[dict[str, Any]]:
    """The figure of every area below, in one statement: those directly below, or all villages."""
    areas = below(reading.area, ["village"]).order_by("path") if by else children(reading.area)
    listed = list(areas.select_related("parent")[:MOST_PLACES])
    if not listed:
        return []
    places = Division.of([one.path for one in listed])
    is_fine = any(RANK[one.level] > RANK["village"] for one in listed)
    asked = PlacesReading(
        reading.scope, reading.round, reading.area, reading.day, places=places, is_fine=is_fine
    )
    values = read_places(asked, [figure])
    return [
        {
            "name": one.name,
            "parent": one.parent.name if by and one.parent else "",
            "value": values[one.path][figure.key],
            "url": _url(one, figure.key, kept),
        }
        for one in listed
    ]
