"""下达任务: one page, kept by keys alone, with a count that follows what is chosen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.areas.models import Area
from lianfang.areas.queries import area_in
from lianfang.areas.rules import RANK
from lianfang.campaigns.forms.words import purpose_word
from lianfang.campaigns.models import Campaign
from lianfang.campaigns.operations import campaigns as operations
from lianfang.campaigns.operations.campaigns import MOST_QUESTIONS, Declaration
from lianfang.campaigns.queries.born import born_count, would_be_born
from lianfang.campaigns.queries.campaigns import reach, running_emergencies
from lianfang.campaigns.queries.forms import forms_offered, get_offered_form
from lianfang.campaigns.views.campaigns import frozen_words
from lianfang.campaigns.views.request import done, moment_of, number_of, own_area
from lianfang.core.clock import local, now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.questions.queries import dictionary, get_form, known_questions
from lianfang.questions.rules import FormDefinition, Item, QuestionDefinition
from lianfang.register.models import Household, Person

DECLARABLE = (Area.Level.COUNTY, Area.Level.TOWNSHIP, Area.Level.VILLAGE)
USUAL_HOURS = 24


@require_http_methods(["GET", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    said, problem = request.GET, None
    if request.method == "POST":
        said = request.POST
        try:
            campaign = operations.declare_campaign(
                _declaration(request.scope, said), scope=request.scope, by=request.actor.id
            )
            words = _("任务已下达。")
            if "freeze" in said:
                first = campaign.rounds.get()
                count = operations.start_freeze(round_id=first.pk, scope=request.scope, by=request.actor.id)
                words += frozen_words(count, born_count(request.scope, first))
            return done(request, words, "campaign", campaign.pk)
        except Problem as refused:
            if refused.status == 403:
                raise
            problem = refused
    context = {
        **_choices(request, said),
        "said": said,
        "problem": problem,
        **_area(request.scope, said, request),
    }
    # A county is counted person by person, 0.3 s for 760,000: the page does not wait, the count follows it.
    if RANK[context["area"].level] >= RANK["township"]:
        context |= _reach(request.scope, said, request)
    return render(request, "campaigns/new.html", context, status=problem.status if problem else 200)


@require_GET
def campaign_count(request: HttpRequest) -> HttpResponse:
    """The live count: asked for again whenever where, base or who is eligible changes."""
    return render(request, "campaigns/_reach.html", _reach(request.scope, request.GET, request))


def _area(scope: Scope, said: QueryDict, request: HttpRequest) -> dict[str, Any]:
    return {"area": area_in(scope, code) if (code := said.get("area")) else own_area(request)}


def _reach(scope: Scope, said: QueryDict, request: HttpRequest) -> dict[str, Any]:
    area = _area(scope, said, request)["area"]
    base = said.get("base", Campaign.Base.LIVING_HERE)
    if base not in Campaign.Base.values:
        raise Problem("http.bad_request", detail="base")
    return {
        "reach": reach(scope, area, base, conditions_of(said)),
        "area": area,
        "born": _would_be_born(scope, said, area, base),
    }


def _would_be_born(scope: Scope, said: QueryDict, area: Area, base: str) -> int:
    """About how many need not be asked; 0 while it is not chosen what to ask, or all is asked anew."""
    key, _sep, version = said.get("form", "").rpartition("/")
    keys = said.getlist("questions")
    if said.get("asks") == "anew" or not ((key and version.isdecimal()) or keys):
        return 0
    if key:
        offered = get_offered_form(scope, key, int(version))
        form = get_form(offered.key, offered.version)
    else:
        found = known_questions(scope)
        picked = [found[one] for one in keys if one in found]
        shared = set.intersection(*(set(one.purposes) for one in picked)) if picked else set()
        if not shared:
            return 0
        items = tuple(Item(one, is_required=True) for one in picked)
        form = FormDefinition("", 1, "", min(shared), proxy_allowed=True, items=items)
    campaign = Campaign(
        area=area,
        area_path=area.path,
        base=base,
        eligibility=conditions_of(said),
        purpose=form.purpose,
    )
    return would_be_born(scope, campaign, form, now())


def conditions_of(said: QueryDict) -> list[dict[str, Any]]:
    """Who is eligible, as campaigns/eligibility.py reads it. An empty field is no condition."""
    found: list[dict[str, Any]] = []
    for name, op in (("age_from", ">="), ("age_to", "<=")):
        if (age := number_of(said.get(name))) is not None:
            found.append({"field": "age", "op": op, "value": age})
    for name, allowed in (("sex", Person.Sex.values), ("household_kind", Household.Kind.values)):
        if said.get(name) in allowed:
            found.append({"field": name, "op": "==", "value": said[name]})
    return found


def _declaration(scope: Scope, said: QueryDict) -> Declaration:
    key, _sep, version = said.get("form", "").rpartition("/")
    return Declaration(
        name=said.get("name", ""),
        area=area_in(scope, said.get("area", "")),
        emergency_id=number_of(said.get("emergency")) or 0,
        due_at=moment_of(said.get("due_at", "")),
        base=said.get("base", Campaign.Base.LIVING_HERE),
        subject=said.get("subject", Campaign.Subject.HOUSEHOLD),
        conditions=conditions_of(said),
        form=(key, int(version)) if key and version.isdecimal() else None,
        question_keys=() if key else said.getlist("questions"),
        order_id=number_of(said.get("order")),
        department=said.get("department", ""),
        asks_anew=_why_anew(said),
        keeps_fresh="keeps_fresh" in said,
    )


def _why_anew(said: QueryDict) -> str:
    """Why everything is asked anew; empty: what is known and fresh is not asked."""
    why = said.get("asks_anew", "").strip()
    if said.get("asks") != "anew":
        return ""
    if not why:
        raise Problem("campaigns.reason_required")
    return why[:100]


def _choices(request: HttpRequest, said: QueryDict) -> dict[str, Any]:
    """What can be chosen. Forms that a county made of a few questions stay choosable: the next campaign may want one."""
    moment, language = now(), "en" if (get_language() or "").startswith("en") else "zh-Hans"
    usual = local(moment).replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=USUAL_HOURS)
    return {
        "nav_key": "campaigns",
        "emergencies": running_emergencies(request.scope, moment),
        "areas": _areas(request.scope),
        "bases": Campaign.Base.choices,
        "subjects": Campaign.Subject.choices,
        "sexes": Person.Sex.choices,
        "kinds": Household.Kind.choices,
        "forms": [
            {
                "key": one.key,
                "version": one.version,
                "title": one.definition["title"].get(language) or one.title,
                "count": len(one.definition["items"]),
            }
            for one in forms_offered(request.scope)
        ],
        "questions": _by_purpose(dictionary(request.scope, language)),
        "picked_questions": said.getlist("questions"),
        "picked_form": said.get("form", "").rpartition("/")[0],
        "most_questions": MOST_QUESTIONS,
        "due_at": said.get("due_at") or usual.strftime("%Y-%m-%dT%H:%M"),
    }


def _by_purpose(questions: list[QuestionDefinition]) -> list[tuple[str, list[QuestionDefinition]]]:
    """Each under the first purpose that it serves: what is chosen has to serve one together."""
    found: dict[str, list[QuestionDefinition]] = {}
    for question in sorted(questions, key=lambda one: (one.about != "household", one.label)):
        found.setdefault(purpose_word(question.purposes[0]) if question.purposes else "—", []).append(
            question
        )
    return list(found.items())


def _areas(scope: Scope) -> list[dict[str, Any]]:
    """Own areas in walking order, villages set in below their township."""
    found = Area.objects.filter(scope.q("path"), level__in=DECLARABLE).order_by("path")
    return [
        {"code": area.code, "name": f"{'　' * DECLARABLE.index(Area.Level(area.level))}{area.name}"}
        for area in found
    ]
