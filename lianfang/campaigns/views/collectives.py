"""集体户 at the desk: made with its contact, its roster typed or pasted, its contact changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import area_in, below
from lianfang.areas.rules import OWN_LEVELS, RANK
from lianfang.campaigns.operations.targets import add_found_household
from lianfang.campaigns.views.request import attempt, done, picked_area
from lianfang.core.desk_format import number
from lianfang.core.problems import Problem
from lianfang.register.collectives import (
    MOST_EXPECTED,
    CollectiveDetails,
    Contact,
    add_collective,
    change_contact,
    read_roster,
)
from lianfang.register.models import Household
from lianfang.register.operations import enter_members

MOST_PLACES = 400


@require_http_methods(["GET", "POST"])
def collective_new(request: HttpRequest) -> HttpResponse:
    """Place, kind, contact, expected number, and whoever of the roster is known."""
    problem, area = None, picked_area(request)
    if request.method == "POST":
        try:
            household = add_collective(
                details=_details(request.POST),
                area=area_in(request.scope, request.POST.get("place", "")),
                scope=request.scope,
                by=request.actor.id,
            )
            add_found_household(household_id=household.pk, scope=request.scope, by=request.actor.id)
            return done(request, _("集体户已建，联系人答得上的，电话问一遍就行。"), "household", household.pk)
        except Problem as refused:
            if refused.status == 403:
                raise
            problem = refused
    context = {
        "nav_key": "register",
        "area": area,
        "places": _places(area),
        "places_are_many": RANK[area.level] < RANK["village"],
        "kinds": Household.CollectiveKind.choices,
        "said": request.POST,
        "problem": problem,
    }
    return render(request, "campaigns/collective.html", context, status=problem.status if problem else 200)


@require_POST
def roster_add(request: HttpRequest, household_id: int) -> HttpResponse:
    """More people of a collective, pasted a line each. Those who are there already are found, not doubled."""

    def act() -> str:
        members = read_roster(request.POST.get("roster", ""))
        if not members:
            raise Problem("register.line_unread", line=1)
        made = enter_members(
            household_id=household_id, members=members, scope=request.scope, by=request.actor.id
        )
        count = sum(is_new for _person, is_new in made)
        if count:
            add_found_household(household_id=household_id, scope=request.scope, by=request.actor.id)
        return _("新登记%(count)s人，名册上原有%(same)s人不变") % {
            "count": number(count),
            "same": number(len(made) - count),
        }

    attempt(request, act)
    return redirect("household", household_id)


@require_POST
def contact_change(request: HttpRequest, household_id: int) -> HttpResponse:
    def act() -> str:
        change_contact(
            household_id=household_id,
            contact=Contact(request.POST.get("contact", ""), request.POST.get("phone", "")),
            expected_count=_count(request.POST),
            scope=request.scope,
            by=request.actor.id,
        )
        return _("联系人已改")

    attempt(request, act)
    return redirect("household", household_id)


def _details(said: QueryDict) -> CollectiveDetails:
    return CollectiveDetails(
        place=said.get("door", ""),
        kind=said.get("kind", ""),
        contact=Contact(said.get("contact", ""), said.get("phone", "")),
        expected_count=_count(said),
        members=read_roster(said.get("roster", "")),
    )


def _count(said: QueryDict) -> int | None:
    text = said.get("expected", "").strip()
    return min(int(text), MOST_EXPECTED) if text.isdecimal() and len(text) < 10 else None


def _places(area: Area) -> list[tuple[str, str]]:
    """Villages and what they arrange below them."""
    if RANK[area.level] >= RANK["village"]:
        own: Any = [(area.code, area.name)]
        return own + [
            (each.code, each.name) for each in below(area, OWN_LEVELS).order_by("path")[:MOST_PLACES]
        ]
    villages = below(area, ["village"]).select_related("parent").order_by("path")[:MOST_PLACES]
    return [
        (each.code, f"{each.parent.name if each.parent else ''} {each.name}".strip()) for each in villages
    ]
