"""按门牌: named doors given to somebody, handed back, settled as away; and a household nobody had on the list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors, area_in
from lianfang.campaigns.operations import targets as operations
from lianfang.campaigns.operations.door_runs import undo_doors
from lianfang.campaigns.operations.targets import Away
from lianfang.campaigns.queries.rounds import get_round
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.campaigns.views.request import attempt, done, number_of, numbers_of, page_of, picked_area
from lianfang.core.clock import now
from lianfang.core.desk_format import number
from lianfang.core.problems import Problem
from lianfang.register.making import get_run
from lianfang.register.models import Person
from lianfang.register.operations import HouseholdDetails, MemberDetails, add_household
from lianfang.workforce.queries import choosable, grids

SHOWS = ("missing", "open", "not_met", "overdue", "found")
MEMBERS = 6  # lines of the form; more come with the first visit
MOST_AREAS = 400


@require_GET
def round_doors(request: HttpRequest, round_id: int) -> HttpResponse:
    """What is owed in an area, door by door, to tick."""
    found, area = get_round(request.scope, round_id), picked_area(request)
    show = request.GET.get("show", "missing")
    if show not in SHOWS:
        raise Problem("http.bad_request", detail="show")
    text = request.GET.get("q", "").strip()
    page = targets_in(request.scope, found, area, now(), Pick(show=show, q=text, page=page_of(request)))
    request.looked_at = {"path": area.path, "count": page.shown_count, "reason": show}
    may_assign = request.actor.may("target.assign")
    context = {
        "nav_key": "campaigns",
        "round": found,
        "campaign": found.campaign,
        "area": area,
        "path": [
            {"name": above.name, "url": f"{reverse('round_doors', args=[found.pk])}?area={above.code}"}
            for above in ancestors(area)
            if request.scope.covers(above.path)
        ],
        "page": page,
        "show": show,
        "q": text,
        "may_assign": may_assign,
        "may_hand_back": request.actor.may("target.hand_back"),
        "may_visit": request.actor.may("visit.record"),
        "workers": choosable(area.path) if may_assign else [],
    }
    return render(request, "campaigns/doors.html", context)


@require_POST
def doors_assign(request: HttpRequest, round_id: int) -> HttpResponse:
    def act(common: dict[str, Any], said: QueryDict) -> str:
        count = operations.assign_targets(worker_id=number_of(said.get("worker")), **common)
        return _("已派出%(count)s户") % {"count": number(count)}

    return _act(request, round_id, act)


@require_POST
def doors_back(request: HttpRequest, round_id: int) -> HttpResponse:
    def act(common: dict[str, Any], said: QueryDict) -> str:
        made = operations.hand_back(reason=said.get("reason", ""), **common)
        return _("已交回%(count)s户，等村里改派") % {"count": number(len(made))}

    return _act(request, round_id, act)


@require_POST
def doors_away(request: HttpRequest, round_id: int) -> HttpResponse:
    def act(common: dict[str, Any], said: QueryDict) -> str:
        away = Away(
            place=said.get("place", ""),
            since_on=_day(said.get("since_on")),
            back_on=_day(said.get("back_on")),
            told_by=said.get("told_by", "").strip(),
        )
        count = operations.settle_away(away=away, **common)
        return _("%(count)s户按全家外出落实，会抽查") % {"count": number(count)}

    return _act(request, round_id, act)


def _act(
    request: HttpRequest, round_id: int, act: Callable[[dict[str, Any], QueryDict], str]
) -> HttpResponse:
    found, area = get_round(request.scope, round_id), picked_area(request)
    common = {
        "round_id": found.pk,
        "household_ids": numbers_of(request.POST.getlist("households")),
        "scope": request.scope,
        "by": request.actor.id,
    }
    attempt(request, lambda: act(common, request.POST))
    show = request.POST.get("show", "missing")
    return redirect(f"{reverse('round_doors', args=[found.pk])}?area={area.code}&show={show}")


@require_POST
def doors_undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """A batch of doors made from a pattern goes again, but for those that are used by now."""
    run = get_run(request.scope, run_id)

    def act() -> str:
        count = undo_doors(run_id=run_id, scope=request.scope, by=request.actor.id)
        kept = run.door_count - count
        if kept:
            return _("撤了%(count)s个门，%(kept)s个已经用上，留着") % {
                "count": number(count),
                "kept": number(kept),
            }
        return _("撤了%(count)s个门") % {"count": number(count)}

    attempt(request, act)
    return redirect(f"{reverse('doors_new')}?area={run.area.code}")


@require_http_methods(["GET", "POST"])
def found_new(request: HttpRequest) -> HttpResponse:
    """现场新增: a household that the list does not have. It is counted apart and can be visited at once."""
    problem, area = None, picked_area(request)
    if request.method == "POST":
        try:
            household = add_household(
                details=_details(request.POST),
                area=area_in(request.scope, request.POST.get("grid", "")),
                scope=request.scope,
                by=request.actor.id,
            )
            count = operations.add_found_household(
                household_id=household.pk, scope=request.scope, by=request.actor.id
            )
            words = _("已新增这一户，列入%(count)s项任务（另列，不改底数）") % {"count": number(count)}
            return done(request, words, "visit", household.pk)
        except Problem as refused:
            if refused.status == 403:
                raise
            problem = refused
    context = {
        "nav_key": "register",
        "area": area,
        "grids": _grids(area),
        "members": range(MEMBERS),
        "relations": Person.Relation.choices,
        "sexes": Person.Sex.choices,
        "said": request.POST,
        "lines": _lines(request.POST),
        "problem": problem,
    }
    return render(request, "campaigns/found.html", context, status=problem.status if problem else 200)


def _grids(area: Area) -> list[Area]:
    return list(grids(area.path).select_related("parent")[:MOST_AREAS]) or [area]


def _lines(said: QueryDict) -> list[dict[str, str]]:
    """The member lines of the form, as they were typed."""
    names = ("name", "relation", "sex", "birth_on", "id_text", "phone_text")
    columns = {name: said.getlist(name) for name in names}
    return [
        {name: (values[line] if line < len(values) else "") for name, values in columns.items()}
        for line in range(MEMBERS)
    ]


def _details(said: QueryDict) -> HouseholdDetails:
    members = [
        MemberDetails(
            line["name"],
            line["relation"] or Person.Relation.OTHER,
            line["sex"],
            _day(line["birth_on"]),
            line["id_text"],
            line["phone_text"],
        )
        for line in _lines(said)
        if line["name"].strip()
    ]
    return HouseholdDetails(said.get("door", ""), members, is_registered_here="registered" in said)


def _day(text: str | None) -> dt.date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        raise Problem("http.bad_request", detail=_("日期")) from None
