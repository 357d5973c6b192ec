"""今晚临时来的人: one code for a shift, who asks to join, accepted or not in one tap."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.accounts.devices import inviting
from lianfang.accounts.devices.queries import get_invitation, newcomers_of, shifts_in
from lianfang.accounts.devices.rules import LONGEST_SHIFT_HOURS
from lianfang.accounts.devices.scanning import can_install, phone_link, qr
from lianfang.accounts.models import Invitation, Newcomer
from lianfang.areas.models import Area
from lianfang.areas.queries import named_in
from lianfang.areas.rules import OWN_LEVELS
from lianfang.core.clock import at, local, now
from lianfang.core.problems import Problem
from lianfang.workforce.operations import accept_newcomer, refuse_newcomer
from lianfang.workforce.queries import offered_for_a_shift

MORNING = 8  # o'clock: when a night's shift is handed over
MOST_ASKING = 200  # on one page: who waits comes first


@require_GET
def shifts(request: HttpRequest) -> HttpResponse:
    return _list(request)


@require_POST
def shift_open(request: HttpRequest) -> HttpResponse:
    try:
        opened = inviting.open_shift(
            area=named_in(request.scope, request.POST.get("area", "")),
            works_until=_until(request.POST.get("until", "")),
            giver=request.actor,
        )
    except Problem as problem:
        return _list(request, problem)
    return redirect("shift", opened.pk)


@require_GET
def shift(request: HttpRequest, shift_id: int) -> HttpResponse:
    """The code, and who asks to join."""
    found = _shift(request, shift_id)
    moment = now()
    is_open = found.withdrawn_at is None and found.expires_at > moment
    link = phone_link(request, str(found.code)) if is_open else ""
    context = {
        **_asking(request, found, moment),
        "nav_key": "devices",
        "place": _place(found.area),
        "is_open": is_open,
        "is_over": found.expires_at <= moment,
        "link": link,
        "qr": qr(link) if link else "",
        "can_install": can_install(link),
    }
    return render(request, "workforce/shift.html", context)


@require_GET
def shift_asking(request: HttpRequest, shift_id: int) -> HttpResponse:
    """The list alone: fetched when there is something new."""
    found = _shift(request, shift_id)
    return render(request, "workforce/_asking.html", _asking(request, found, now()))


@require_GET
def shift_news(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Asked for every two seconds: has anything changed since `seen`? Says nothing of anybody, so no look is written
    down for asking."""
    mark = _mark(newcomers_of(request.scope, _shift(request, shift_id)))
    response = HttpResponse(status=204)
    if mark != request.GET.get("seen"):
        response["HX-Trigger"] = "asking-changed"
    return response


@require_POST
def shift_decide(request: HttpRequest, shift_id: int) -> HttpResponse:
    found = _shift(request, shift_id)
    try:
        newcomer_id = int(request.POST.get("newcomer", ""))
    except ValueError:
        raise Problem("devices.unknown_newcomer") from None
    try:
        if request.POST.get("do") == "accept":
            newcomer = accept_newcomer(newcomer_id=newcomer_id, giver=request.actor)
            said = _("%(name)s 已加入，手机马上就能用。点错了可以撤回。") % {"name": newcomer.name}
        else:
            newcomer = refuse_newcomer(newcomer_id=newcomer_id, giver=request.actor)
            said = _("没有让 %(name)s 加入。点错了可以再点同意。") % {"name": newcomer.name}
        messages.success(request, said)
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        messages.error(request, problem.message)
    return redirect("shift", found.pk)


@require_POST
def shift_act(request: HttpRequest, shift_id: int) -> HttpResponse:
    """No more newcomers, or newcomers again. Who has joined works on until the end."""
    found = _shift(request, shift_id)
    if request.POST.get("do") == "close":
        inviting.withdraw(invitation=found, by=request.actor.id)
        messages.success(request, _("不再收人，二维码扫不开了。已加入的照常到下班。"))
    else:
        inviting.reopen_shift(shift=found, giver=request.actor)
        messages.success(request, _("又可以扫码加入了。"))
    return redirect("shift", found.pk)


def _list(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    moment = now()
    context = {
        "nav_key": "devices",
        "shifts": [
            {
                "shift": one,
                "place": _place(one.area),
                "is_over": one.expires_at <= moment,
                "is_open": one.expires_at > moment and one.withdrawn_at is None,
            }
            for one in shifts_in(request.scope)[:50]
        ],
        "areas": offered_for_a_shift(request.scope),
        "usual": _usual_end(moment),
        "values": request.POST,
        "problem": problem,
        "hours": LONGEST_SHIFT_HOURS,
        "now": moment,
    }
    return render(request, "workforce/shifts.html", context, status=problem.status if problem else 200)


def _asking(request: HttpRequest, found: Invitation, moment: dt.datetime) -> dict[str, Any]:
    rows = newcomers_of(request.scope, found)
    asking = list(rows[:MOST_ASKING])
    request.looked_at = {"path": found.area_path, "count": len(asking), "reason": "shift"}
    return {
        "shift": found,
        "waiting": [one for one in asking if one.state == Newcomer.State.WAITING],
        "decided": [one for one in asking if one.state != Newcomer.State.WAITING],
        "accepted_count": sum(one.state == Newcomer.State.ACCEPTED for one in asking),
        "seen": _mark(rows),
        "is_over": found.expires_at <= moment,
        "now": moment,
    }


def _mark(rows: Any) -> str:
    """Changes whenever somebody asks, is decided about, or has the phone."""
    found = rows.values_list("pk", "state", "device_id").order_by("pk")
    return f"{len(found)}-{zlib.crc32(repr(list(found)).encode()):x}"


def _shift(request: HttpRequest, shift_id: int) -> Invitation:
    found = get_invitation(request.scope, shift_id)
    if found.user_id is not None:
        raise Problem("devices.unknown_invitation")
    return found


def _usual_end(moment: dt.datetime) -> dt.datetime:
    """Tomorrow's morning, or today's when it is night still; in daylight, this evening."""
    here = local(moment)
    if here.hour < MORNING - 2:
        return at(here.date(), MORNING)
    if here.hour < 16:
        return at(here.date(), 20)
    return at(here.date() + dt.timedelta(days=1), MORNING)


def _until(text: str) -> dt.datetime:
    """As a field for day and hour gives it, on the county's clock."""
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Problem("devices.bad_shift") from None
    return at(read.date(), read.hour, read.minute)


def _place(area: Area) -> str:
    above = area.parent.name if area.parent and area.level in OWN_LEVELS else ""
    return f"{above} {area.name}".strip()
