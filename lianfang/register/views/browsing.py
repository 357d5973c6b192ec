"""The register area by area, a household with its people, and the full number of one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors, area_in, children, get_chain
from lianfang.areas.rules import RANK
from lianfang.core.clock import today
from lianfang.core.downloads import xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.register import operations
from lianfang.register.collectives import reveal_contact
from lianfang.register.lived import Line, life_of_household
from lianfang.register.models import Household, Person
from lianfang.register.queries import (
    DoorRow,
    PlaceNames,
    counts_of,
    doors_of,
    get_household,
    get_person,
    roster,
)
from lianfang.register.waiting import Waiting, waiting


@require_GET
def area(request: HttpRequest) -> HttpResponse:
    """An area: what lies below it with counts, and in a village its doors in walking order."""
    chain = get_chain(area_code(request))
    here = chain[-1]
    request.scope.within(here.path)
    text, sort = request.GET.get("q", "").strip()[:40], request.GET.get("sort", "walk")
    path = path_to(request, chain)
    context = {
        "nav_key": "register",
        "area": here,
        "path": path,
        "text": text,
        "below": counts_of(request.scope, list(children(here))),
        "may_load": request.actor.may("register.load"),
        "may_build": request.actor.may("register.build"),
        "waiting": _waiting(request) if len(path) == 1 else None,
        "may_print": request.actor.may("print.own_area"),
        "is_village": _has_doors(here),
    }
    if context["is_village"]:
        page, rows = _doors(request, here, text, sort)
        context |= {"page": page, "rows": rows}
        request.looked_at = {"path": here.path, "count": len(rows)}
    else:
        request.looked_at = {"path": here.path, "count": 0}
    return render(request, "register/area.html", context)


def _waiting(request: HttpRequest) -> Waiting:
    load, merge = (
        request.actor.scope_for(right) if request.actor.may(right) else None
        for right in ("register.load", "register.merge")
    )
    return waiting(load=load, merge=merge)


def area_code(request: HttpRequest) -> str:
    """Of the area asked for; else of the one the actor answers for."""
    if code := request.GET.get("area") or request.POST.get("area"):
        return code
    for grant in sorted(request.actor.grants, key=lambda grant: (len(grant.area_path), grant.pk)):
        if request.scope.covers(grant.area_path):
            return grant.area.code
    raise Problem("scope.outside")


def area_here(request: HttpRequest) -> Area:
    return area_in(request.scope, area_code(request))


def path_to(request: HttpRequest, chain: list[Area]) -> list[dict[str, str]]:
    return [
        {"name": each.name, "url": f"{reverse('register')}?area={each.code}"}
        for each in chain
        if request.scope.covers(each.path)
    ]


def _has_doors(here: Area) -> bool:
    return RANK[here.level] >= RANK["village"]


class _Counted(list):
    """Rows that were cut out already, for Django's Paginator, which asks for a count and a slice."""

    def __init__(self, rows: list[DoorRow], total: int) -> None:
        super().__init__(rows)
        self.total = total

    def count(self) -> int:  # type: ignore[override]
        return self.total

    def __getitem__(self, part: Any) -> Any:
        return list(self)


def _doors(request: HttpRequest, here: Area, text: str, sort: str) -> tuple[Page, list[tuple[str, DoorRow]]]:
    wanted = request.GET.get("page", "1")
    number = int(wanted) if wanted.isdecimal() and 0 < int(wanted) < 100_000 else 1
    found, total = doors_of(request.scope, here, text=text, sort=sort, offset=(number - 1) * PAGE, limit=PAGE)
    names = PlaceNames((row.area_path for row in found), below=here.path)
    page = Paginator(_Counted(found, total), PAGE, allow_empty_first_page=True).get_page(number)
    return page, [(names.of(row.area_path), row) for row in found]


@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """The doors of one's own village or less as a file: names, no number of anybody."""
    here = area_here(request)
    if not _has_doors(here):
        raise Problem("register.sheet_too_wide")
    rows, total = doors_of(
        request.scope, here, text=request.GET.get("q", "").strip()[:40], sort="walk", limit=None
    )
    names = PlaceNames((row.area_path for row in rows), below=here.path)
    request.looked_at = {"path": here.path, "count": total}
    header = (_("位置"), _("门"), _("户主"), _("人数"), _("户籍"), _("常住"), _("今晚在家"))
    lines = (
        (
            names.of(row.area_path),
            row.label,
            _("未登记") if row.is_unnamed else row.head_name or _("空置"),
            row.person_count,
            row.registered_count,
            row.living_count,
            row.tonight_count,
        )
        for row in rows
    )
    return xlsx_response(f"{here.name}-{_('人口底册')}", header, lines)


@require_GET
def household(request: HttpRequest, household_id: int) -> HttpResponse:
    return household_page(request, get_household(request.scope, household_id))


@require_POST
def reveal(request: HttpRequest, person_id: int) -> HttpResponse:
    """The household again, with one full number on it. It is shown once: the page is not kept anywhere."""
    person = get_person(request.scope, person_id)
    home = get_household(request.scope, person.household_id)
    what = request.POST.get("what", "")
    try:
        value = operations.reveal(
            person_id=person_id,
            what=what,
            reason=request.POST.get("reason", ""),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        if problem.code != "scope.reason_required":
            raise
        return household_page(request, home, problem=problem)
    shown = {"name": person.name, "what": what, "value": value}
    return household_page(request, home, shown=shown)


def _picked_day(request: HttpRequest) -> dt.date | None:
    try:
        return parse_date(request.GET.get("day", ""))
    except ValueError:
        return None


def _doors_at(lines: Sequence[Line]) -> dict[int, str]:
    """The other ends of these events, as doors are said."""
    homes = {line.other.pk: line.other for line in lines if line.other}
    names = PlaceNames(home.area_path for home in homes.values())
    return {pk: f"{names.of(home.area_path)} {home.door.label}" for pk, home in homes.items()}


@require_POST
def contact_reveal(request: HttpRequest, household_id: int) -> HttpResponse:
    """The phone of who answers for a 集体户, once, after its reason."""
    home = get_household(request.scope, household_id)
    try:
        phone = reveal_contact(
            household_id=household_id,
            reason=request.POST.get("reason", ""),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        if problem.code != "scope.reason_required":
            raise
        return household_page(request, home, problem=problem)
    return household_page(request, home, contact_shown=phone)


def household_page(
    request: HttpRequest,
    home: Household,
    *,
    shown: dict[str, str] | None = None,
    contact_shown: str | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    people = roster(request.scope, home)
    request.looked_at = {"path": home.area_path, "count": len(people)}
    may_reveal = request.actor.may("register.reveal") and request.actor.scope_for("register.reveal").covers(
        home.area_path
    )
    day = _picked_day(request)
    members = [(person.id, person.name, person.relation_code) for person in people]
    lived = life_of_household(request.scope, home.pk, members, day)
    context = {
        "nav_key": "register",
        "home": home,
        "events": lived.lines,
        "day": day.isoformat() if day else "",
        "today": today(),
        "lived": lived.residents,
        "words": dict(Person.Relation.choices),
        "elsewhere": _doors_at(lived.lines),
        "has_head": any(person.relation_code == Person.Relation.HEAD for person in people),
        "may_change": request.actor.may("register.life")
        and request.actor.scope_for("register.life").covers(home.area_path),
        "path": path_to(request, ancestors(home.door.area)),
        "people": people,
        "counts": {
            "registered": sum(person.is_registered_here for person in people),
            "living": sum(person.is_living_here for person in people),
            "tonight": sum(person.is_here_tonight for person in people),
        },
        "may_reveal": may_reveal,
        "may_load": request.actor.may("register.load"),
        "may_build": request.actor.may("register.build"),
        "shown": shown,
        "contact_shown": contact_shown,
        "problem": problem,
    }
    response = render(request, "register/household.html", context, status=problem.status if problem else 200)
    response["Cache-Control"] = "no-store"
    return response
