"""Doors before people: typed as a few short lines, looked at, made, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors, area_in, below
from lianfang.areas.rules import RANK
from lianfang.core.desk_format import number
from lianfang.core.problems import Problem
from lianfang.core.scope import subtree
from lianfang.register.making import Preview, make_doors, preview, runs_of
from lianfang.register.models import DoorRun
from lianfang.register.patterns import Pattern, read_pattern
from lianfang.register.views.browsing import area_here, path_to

MOST_PLACES = 400
RUNS_SHOWN = 20
_HOSTS = ("estate", "grid", "group")


@dataclass(frozen=True, slots=True)
class _Typed:
    """The form as it stands: what it says, or why it says nothing yet."""

    place: Area | None
    estate: str
    text: str
    pattern: Pattern | None = None
    preview: Preview | None = None
    problem: Problem | None = None


@require_http_methods(["GET", "POST"])
def doors_new(request: HttpRequest) -> HttpResponse:
    """The form with what it would make; a POST makes it, if it is still what was seen."""
    area = area_here(request)
    typed = _typed(request, request.POST if request.method == "POST" else request.GET, area)
    if request.method == "POST" and typed.preview and typed.pattern and typed.place:
        if request.POST.get("confirm_count") == str(typed.preview.new_count):
            run = make_doors(
                pattern=typed.pattern,
                place=typed.place,
                estate=typed.estate,
                scope=request.scope,
                by=request.actor.id,
            )
            _say(request, run)
            return redirect(f"{reverse('doors_new')}?area={area.code}")
        messages.warning(request, _("门的个数和刚才看到的不一样，请再看一眼再造。"))
    request.looked_at = {"path": area.path, "count": 0}
    return render(request, "register/doors_new.html", _context(request, area, typed), status=_status(typed))


@require_GET
def doors_preview(request: HttpRequest) -> HttpResponse:
    """The right column alone, while somebody types."""
    area = area_here(request)
    return render(request, "register/_doors_preview.html", {"typed": _typed(request, request.GET, area)})


def _status(typed: _Typed) -> int:
    return typed.problem.status if typed.problem and typed.problem.code != "register.pattern_empty" else 200


def _say(request: HttpRequest, run: DoorRun | None) -> None:
    if run is None:
        messages.warning(request, _("这些门都有了，没有新造。"))
    else:
        messages.success(
            request,
            _("已造%(count)s个门，都还未登记；下一次排查会列进底数。") % {"count": number(run.door_count)},
        )


def _typed(request: HttpRequest, said: QueryDict, area: Area) -> _Typed:
    """Never raises for what was typed; somebody else's area does raise."""
    text, estate = said.get("pattern", "").strip(), " ".join(said.get("estate", "").split())[:80]
    code = said.get("place", "")
    place = area_in(request.scope, code) if code else area
    if RANK[place.level] < RANK["village"]:
        return _Typed(None, estate, text)
    try:
        pattern = read_pattern(text)
        found = preview(pattern=pattern, place=place, estate=estate, scope=request.scope)
    except Problem as problem:
        if problem.status == 403:
            raise
        return _Typed(place, estate, text, problem=problem if text else None)
    return _Typed(place, estate, text, pattern, found)


def _context(request: HttpRequest, area: Area, typed: _Typed) -> dict[str, Any]:
    text, show = request.GET.get("q", "").strip()[:40], request.GET.get("show", "")
    found = runs_of(request.scope, area, text=text, show=show)
    runs = [(run, f"undo-{run.pk}") for run in found[:RUNS_SHOWN]]
    return {
        "nav_key": "register",
        "area": area,
        "path": [*path_to(request, ancestors(area)), {"name": _("按楼栋造门"), "url": ""}],
        "places": _places(area),
        "places_are_many": RANK[area.level] < RANK["village"],
        "typed": typed,
        "runs": runs,
        "wanted": {"text": text, "show": show},
        "shows": [("", _("全部")), ("standing", _("还在")), ("undone", _("已撤"))],
    }


def _places(area: Area) -> list[tuple[str, str]]:
    """Where doors may be put: the village and what it arranges below it; above it, its villages."""
    if RANK[area.level] >= RANK["village"]:
        inside = Area.objects.filter(path__gt=area.path, path__lt=subtree(area.path)[1], level__in=_HOSTS)
        own = [(area.code, area.name)]
        return own + [(each.code, each.name) for each in inside.order_by("path")[:MOST_PLACES]]
    villages = below(area, ["village"]).select_related("parent").order_by("path")[:MOST_PLACES]
    return [
        (each.code, f"{each.parent.name if each.parent else ''} {each.name}".strip()) for each in villages
    ]
