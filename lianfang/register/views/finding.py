"""The find box: a person or a door, inside one's own areas; outside them one person at a time, with a reason."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT
from lianfang.register import operations, rules
from lianfang.register.findings import FINDINGS
from lianfang.register.models import Person
from lianfang.register.queries import FOUND_AT_MOST, Found, PlaceNames
from lianfang.register.queries import find as find_in


@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """The box of the desk posts: what is typed may be a whole id, which must not stand in an address or a log."""
    typed = (request.POST.get("q") or request.GET.get("q", ""))[:80]
    found = find_in(request.scope, typed)
    request.looked_at = {"path": _common(request), "count": found.count}
    return _page(request, typed, found)


@require_POST
def find_outside(request: HttpRequest) -> HttpResponse:
    """Needs whole id, name and reason; says the village and nothing more."""
    try:
        finding = operations.find_outside(
            id_text=request.POST.get("id_number", ""),
            name=request.POST.get("name", ""),
            reason=request.POST.get("reason", ""),
            by=request.actor.id,
        )
    except Problem as problem:
        return _page(request, "", Found("empty"), problem=problem)
    return _page(request, "", Found("empty"), finding=finding)


def _common(request: HttpRequest) -> str:
    return request.scope.ranges[0][0] if request.scope.ranges else ROOT


def _page(
    request: HttpRequest,
    typed: str,
    found: Found,
    *,
    finding: operations.OutsideFinding | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    paths = [p.area_path for p in found.people] + [d.area_path for d in found.doors]
    names = PlaceNames([*paths, *(a.path for a in found.areas)])
    fault = _(FINDINGS[found.fault][1]) if found.fault else ""
    context = {
        "nav_key": "register",
        # A number that was typed whole does not stay on the page.
        "find_text": typed if found.kind in ("name", "initials", "door") else "",
        "found": found,
        "people": [_person_line(person, names) for person in found.people[:FOUND_AT_MOST]],
        "doors": [(names.of(door.area_path), door, list(door.households.all())) for door in found.doors],
        "areas": [(names.of(area.path), area) for area in found.areas],
        "is_cut": len(found.people) > FOUND_AT_MOST,
        "fault": fault,
        "finding": finding,
        "problem": problem,
    }
    response = render(request, "register/find.html", context, status=problem.status if problem else 200)
    response["Cache-Control"] = "no-store"
    return response


def _person_line(person: Person, names: PlaceNames) -> dict[str, object]:
    return {
        "name": person.name,
        "sex": person.get_sex_display(),
        "age": rules.age_on(person.birth_on, operations.clock.today()),
        "relation": person.get_relation_display(),
        "household_id": person.household_id,
        "head_name": person.household.head_name,
        "place": names.of(person.area_path),
        "door": person.household.door.label,
        "is_here_tonight": person.is_here_tonight,
    }
