"""Many rows with one button: given to a worker, confirmed; and the reminders of a list."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.areas.models import Area
from lianfang.campaigns.views.request import attempt, number_of
from lianfang.core.desk_format import number
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.verification.models import ListReminder, PushedList, PushedRow
from lianfang.verification.operations.giving import Done, give_rows
from lianfang.verification.operations.reminding import acknowledge
from lianfang.verification.operations.together import confirm_rows
from lianfang.verification.queries import get_list
from lianfang.verification.queries.desk import OWED
from lianfang.workforce.models import Worker

MOST_WORKERS = 300  # of a township; more are chosen from no list


def workers_below(scope: Scope) -> list[dict[str, Any]]:
    """Who may be given rows here, with what they have already: fewest first. One statement."""
    held = (
        PushedRow.objects.filter(scope.q(), state__in=OWED, worker_id=OuterRef("pk"))
        .order_by()
        .values("worker_id")
        .annotate(count=Count("pk"))
    )
    workers = (
        Worker.objects.filter(scope.q(), is_active=True, user__isnull=False)
        .select_related("area")
        .annotate(held=Coalesce(Subquery(held.values("count")), 0))
        .order_by("held", "name")
    )
    return [
        {"pk": one.pk, "name": one.name, "title": one.title, "area": one.area.name, "count": one.held}
        for one in workers[:MOST_WORKERS]
    ]


def reminders_here(scope: Scope, found: PushedList, here: Area) -> list[ListReminder]:
    """What this area was told about the list and nobody has answered yet, the newest alone."""
    waiting = ListReminder.objects.filter(scope.q(), list=found, area=here, acknowledged_at__isnull=True)
    return list(waiting.order_by("-threshold")[:1])


def levels_of(scope: Scope, here: Area) -> list[tuple[str, str]]:
    """At which levels somebody with this scope stands behind answers."""
    told = {"village": _("村里确认"), "town": _("乡镇确认")}
    if here.level == Area.Level.VILLAGE:
        return [("village", told["village"])]
    return [("town", told["town"])] if here.level == Area.Level.TOWNSHIP else list(told.items())


@require_POST
def list_give(request: HttpRequest) -> HttpResponse:
    """交给: the ticked rows go to a worker below."""
    worker_id = number_of(request.POST.get("worker"))

    def act() -> str:
        ids = _ticked(request)
        if worker_id is None:
            raise Problem("workforce.unknown_worker")
        done = give_rows(row_ids=ids, worker_id=worker_id, scope=request.scope, by=request.actor.id)
        if not done.count and done.why:
            raise done.why
        return _("已交给%(name)s%(count)s条") % {
            "name": Worker.objects.get(pk=worker_id).name,
            "count": number(done.count),
        } + _left(done)

    attempt(request, act)
    list_id = number_of(request.POST.get("list"))
    return redirect("list_rows", list_id) if list_id else redirect(f"{reverse('list_mine')}?who=all")


@require_POST
def list_confirm(request: HttpRequest, list_id: int) -> HttpResponse:
    """确认: the ticked answers of a list."""

    def act() -> str:
        get_list(request.scope, list_id)
        level = request.POST.get("level", "")
        done = confirm_rows(row_ids=_ticked(request), level=level, scope=request.scope, by=request.actor.id)
        return _("已确认%(count)s条") % {"count": number(done.count)} + _left(done)

    attempt(request, act)
    return redirect(f"{reverse('list_rows', args=[list_id])}?state=answered")


@require_POST
def list_reminder(request: HttpRequest, list_id: int) -> HttpResponse:
    """知道了: whoever was reminded says so, and how it stands."""

    def act() -> str:
        get_list(request.scope, list_id)
        reminder_id = number_of(request.POST.get("reminder")) or 0
        note = request.POST.get("note", "")
        acknowledge(reminder_id=reminder_id, note=note, scope=request.scope, by=request.actor.id)
        return _("已回应")

    attempt(request, act)
    return redirect("list_one", list_id)


def _ticked(request: HttpRequest) -> list[int]:
    ids = [
        int(one) for one in request.POST.getlist("rows") if one.isascii() and one.isdigit() and len(one) < 16
    ]
    if not ids:
        raise Problem("verification.none_ticked")
    return ids


def _left(done: Done) -> str:
    if not done.left:
        return ""
    return _("；%(count)s条没有动：%(why)s") % {
        "count": number(done.left),
        "why": done.why.message if done.why else _("自己答复的，或要别的一级先确认"),
    }
