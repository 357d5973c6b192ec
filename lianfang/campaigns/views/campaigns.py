"""专项任务: the list, one campaign with its rounds, and the acts on them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET, require_POST

from lianfang.accounts.queries import names_of
from lianfang.campaigns import jobs
from lianfang.campaigns.models import Round
from lianfang.campaigns.operations import campaigns as operations
from lianfang.campaigns.queries.born import born_count
from lianfang.campaigns.queries.campaigns import campaign_lines, campaigns_for, get_campaign, owing_villages
from lianfang.campaigns.queries.coverage import coverage_of_rounds
from lianfang.campaigns.queries.eligible import eligible_count
from lianfang.campaigns.views.request import attempt, moment_of, number_of, own_area
from lianfang.core.clock import now
from lianfang.core.desk_format import number
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.questions.queries import get_form

MOST_LATE = 8


@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    ended = request.GET.get("show") == "ended"
    found = campaigns_for(request.scope).filter(closed_at__isnull=not ended)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    area = own_area(request)
    context = {
        "nav_key": "campaigns",
        "page": page,
        "lines": sorted(
            campaign_lines(request.scope, list(page), area, now()),
            key=lambda line: line.round.due_at if line.round and not ended else now(),
        ),
        "area": area,
        "ended": ended,
        "may_declare": request.actor.may("campaign.declare"),
    }
    return render(request, "campaigns/campaigns.html", context)


@require_GET
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = get_campaign(request.scope, campaign_id)
    area, moment = own_area(request), now()
    if found.area_path.startswith(area.path):
        area = found.area
    rounds = sorted(found.rounds.all(), key=lambda one: -one.number)
    frozen = [one for one in rounds if one.frozen_at]
    equations = coverage_of_rounds(request.scope, frozen, area, moment) if frozen else {}
    running = [one for one in frozen if one.closed_at is None]
    late, late_count = owing_villages(request.scope, running[0], area, MOST_LATE) if running else ([], 0)
    owns = request.actor.may("campaign.declare") and request.scope.covers(found.area_path)
    waiting = next((one for one in rounds if not one.frozen_at and not one.closed_at), None)
    context: dict[str, Any] = {
        "nav_key": "campaigns",
        "campaign": found,
        "judging": next((one for one in running if one.judged_to is not None), None),
        "area": area,
        "rounds": [{"round": one, "equation": equations.get(one.pk)} for one in rounds],
        "has_frozen": bool(frozen),
        "running": running[0] if running else None,
        "late": late,
        "late_count": late_count,
        "form": get_form(found.form_key, found.form_version),
        "conditions": condition_words(found.eligibility),
        "declared_by": names_of([found.declared_by]).get(found.declared_by, ""),
        "may_change": owns and found.closed_at is None,
        "may_assign": request.actor.may("target.assign"),
        "may_dial": request.actor.may("worker.dial"),
        **(_freeze_context(waiting) if waiting and owns else {}),
    }
    return render(request, "campaigns/campaign.html", context)


def _freeze_context(waiting: Round) -> dict[str, Any]:
    """How many the list would hold now, or how far the freezing is."""
    freezing = jobs.freezing(waiting.pk)
    return {
        "unfrozen": waiting,
        "freezing": freezing if freezing and freezing.state in ("waiting", "doing") else None,
        "freeze_failed": freezing is not None and freezing.state == "failed",
        "eligible": eligible_count(waiting.campaign),
    }


@require_GET
def freeze_progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """What the page of a campaign asks every two seconds while a job freezes its round."""
    found = get_campaign(request.scope, campaign_id)
    waiting = next((one for one in found.rounds.all() if not one.frozen_at and not one.closed_at), None)
    if waiting is None:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    context = {"campaign": found, "freezing": jobs.freezing(waiting.pk), "eligible": eligible_count(found)}
    return render(request, "campaigns/_freezing.html", context)


@require_POST
def campaign_act(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Freeze the waiting round, open the next one, or end the campaign."""
    common = {"scope": request.scope, "by": request.actor.id}
    said = request.POST

    def act() -> str:
        match said.get("act"):
            case "freeze":
                count = operations.start_freeze(round_id=number_of(said.get("round")) or 0, **common)
                return frozen_words(count, _born(request, said.get("round")))
            case "next":
                made = operations.open_next_round(
                    campaign_id=campaign_id, due_at=moment_of(said.get("due_at", "")), **common
                )
                count = operations.start_freeze(round_id=made.pk, **common)
                return _("第%(number)d轮已开。") % {"number": made.number} + frozen_words(count)
            case "close":
                operations.close_campaign(campaign_id=campaign_id, reason=said.get("reason", ""), **common)
                return _("任务已结束，做过的都保留")
        raise Problem("http.bad_request", detail="act")

    attempt(request, act)
    return redirect("campaign", campaign_id)


def _born(request: HttpRequest, round_id: str | None) -> int:
    return born_count(request.scope, Round(pk=number_of(round_id) or 0))


def frozen_words(count: int | None, born: int = 0) -> str:
    if count is None:
        return _("户数较多，正在后台冻结，可以离开这一页")
    words = {"count": number(count), "born": number(born)}
    if born:
        return _("底数已冻结：%(count)s，其中%(born)s已有回答，不用再问") % words
    return _("底数已冻结：%(count)s") % words


_FIELD_WORDS = {
    "age": lazy("年龄"),
    "sex": lazy("性别"),
    "relation": lazy("与户主关系"),
    "household_kind": lazy("户别"),
}
_OP_WORDS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}
_VALUE_WORDS = {
    "male": lazy("男"),
    "female": lazy("女"),
    "family": lazy("家庭户"),
    "collective": lazy("集体户"),
}


def condition_words(conditions: list[dict[str, Any]]) -> list[str]:
    """Conditions as the declaration said them: 年龄 ≥ 60."""
    return [
        f"{_FIELD_WORDS.get(entry['field'], entry['field'])} {_OP_WORDS.get(entry['op'], entry['op'])} "
        f"{_VALUE_WORDS.get(str(entry['value']), entry['value'])}"
        for entry in conditions
    ]
