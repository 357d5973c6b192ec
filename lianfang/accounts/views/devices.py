"""手机: which phones there are, which of them owe something; inviting one, ending one, bringing it back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.accounts.devices import inviting, operations
from lianfang.accounts.devices.queries import (
    ALL,
    BEHIND,
    ENDED,
    DeviceFilter,
    can_carry,
    devices_in,
    get_invitation,
)
from lianfang.accounts.devices.rules import (
    EMPTYING,
    EXPIRED,
    FORGOTTEN,
    INVITATION_MINUTES,
    REVOKED,
    RUNNING,
    is_quiet,
    state_of,
)
from lianfang.accounts.devices.scanning import can_install, phone_link, qr
from lianfang.accounts.models import Device, Invitation
from lianfang.accounts.queries import get_account
from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors, area_in
from lianfang.areas.rules import OWN_LEVELS
from lianfang.core.clock import now
from lianfang.core.desk_format import night, table_time
from lianfang.core.downloads import LARGEST_ROWS, xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem

STATES = (RUNNING, BEHIND, ENDED, ALL)


@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """The phones of one's areas, those first that were not heard of for longest."""
    wanted, area = _filter(request), _area(request)
    scope = request.scope.within(area.path)
    found = devices_in(scope, wanted)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    moment = now()
    context = {
        "nav_key": "devices",
        "area": area,
        "path": [
            {"name": each.name, "url": f"?area={each.code}"}
            for each in ancestors(area)
            if request.scope.covers(each.path)
        ],
        "page": page,
        "rows": [_row(device, moment) for device in page.object_list],
        "wanted": wanted,
        "states": _state_words(),
        "behind_count": devices_in(scope, DeviceFilter(state=BEHIND)).count(),
        "is_empty": not page.object_list and not wanted.text and wanted.state == RUNNING,
        "now": moment,
    }
    return render(request, "accounts/devices.html", context)


@require_GET
def devices_sheet(request: HttpRequest) -> HttpResponse:
    """The same list as Excel."""
    scope = request.scope.within(_area(request).path)
    found = devices_in(scope, _filter(request))[:LARGEST_ROWS]
    moment = now()
    header = [
        _("姓名"),
        _("职务"),
        _("辖区"),
        _("手机"),
        _("最近联系"),
        _("待传"),
        _("待处理"),
        _("没到"),
        _("版本"),
        _("登记"),
        _("用到"),
        _("状态"),
    ]
    rows = (
        (
            row["device"].user.name,
            row["device"].title or "",
            row["place"],
            row["device"].name,
            table_time(row["device"].last_contact_at) if row["device"].last_contact_at else "",
            row["device"].waiting_count,
            row["device"].refused_count,
            row["device"].gap,
            row["device"].app,
            table_time(row["device"].enrolled_at),
            table_time(row["device"].until) if row["device"].until else "",
            row["word"],
        )
        for row in (_row(device, moment) for device in found)
    )
    return xlsx_response(_("手机"), header, rows)


@require_GET
def device(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """One phone: what is known of it, and what can be done about it."""
    found = devices_in(request.scope, DeviceFilter(state=ALL)).filter(pk=device_id).first()
    if found is None:
        raise Problem("devices.unknown_device")
    return _device_page(request, found)


@require_POST
def device_act(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    act, own = (
        request.POST.get("act"),
        {"device_id": device_id, "scope": request.scope, "by": request.actor.id},
    )
    try:
        match act:
            case "revoke":
                operations.revoke(reason=request.POST.get("reason", ""), **own)
                messages.success(request, _("已停用。它下次联系时会清空；没交的封存着，还能交。"))
            case "forget":
                operations.ask_forget(**own)
                messages.success(request, _("等它交齐就清空。这之前照常能用。"))
            case "restore":
                operations.restore(**own)
                messages.success(request, _("已恢复，照常能用。"))
            case _:
                raise Problem("http.bad_request", detail="act")
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        messages.error(request, problem.message)
    return redirect("device", device_id)


@require_http_methods(["GET", "POST"])
def device_invite(request: HttpRequest) -> HttpResponse:
    """Whose phone? One tap gives the code."""
    text = request.GET.get("q", "").strip()[:40]
    if request.method == "POST":
        try:
            user_id = int(request.POST.get("user", ""))
        except ValueError:
            raise Problem("access.unknown_account") from None
        own = request.actor.user if user_id == request.actor.id else get_account(request.scope, user_id)
        return redirect("invitation", inviting.invite(user=own, giver=request.actor).pk)
    people = can_carry(request.scope, request.actor, text)
    context = {
        "nav_key": "devices",
        "people": [
            {
                "actor": actor,
                "phones": phones,
                "is_own": actor.id == request.actor.id,
                "place": _place(actor.home.area),
            }
            for actor, phones in people
        ],
        "text": text,
        "minutes": INVITATION_MINUTES,
    }
    return render(request, "accounts/device_invite.html", context)


@require_GET
def invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """The code to be scanned, as large as the page is."""
    found = _named(request, invitation_id)
    link = phone_link(request, str(found.code)) if found.code and _left(found) else ""
    context = {
        "nav_key": "devices",
        "invitation": found,
        "link": link,
        "qr": qr(link) if link else "",
        "can_install": can_install(link),
        "minutes": INVITATION_MINUTES,
        "place": _place(found.area),
        **_invitation_state(found),
    }
    return render(request, "accounts/invitation.html", context)


@require_GET
def invitation_state(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """How it stands: asked for every two seconds by the page. Once it is used or over, the whole page comes anew."""
    found = _named(request, invitation_id)
    state = _invitation_state(found)
    response = render(request, "accounts/_invitation_state.html", {"invitation": found, **state})
    if state["state"] != "open":
        response["HX-Refresh"] = "true"
    return response


@require_POST
def invitation_withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    inviting.withdraw(invitation=_named(request, invitation_id), by=request.actor.id)
    messages.success(request, _("邀请码已收回，扫不开了。"))
    return redirect("device_invite")


def _named(request: HttpRequest, invitation_id: int) -> Invitation:
    """Codes are shown to who may give a phone to that person, and to nobody else."""
    found = get_invitation(request.scope, invitation_id)
    if found.user is None or found.made_by_id != request.actor.id:
        raise Problem("devices.unknown_invitation")
    return found


def _invitation_state(found: Invitation) -> dict[str, Any]:
    left = _left(found)
    if found.used_at:
        state = "used"
    elif found.withdrawn_at:
        state = "withdrawn"
    else:
        state = "open" if left else "over"
    return {"state": state, "left": left, "minutes_left": left // 60, "seconds_left": f"{left % 60:02}"}


def _left(found: Invitation) -> int:
    """Seconds for which the code is still good."""
    if found.used_at or found.withdrawn_at:
        return 0
    return max(int((found.expires_at - now()).total_seconds()), 0)


def _device_page(request: HttpRequest, found: Device) -> HttpResponse:
    moment = now()
    state = state_of(found, moment)
    context = {
        "nav_key": "devices",
        "row": _row(found, moment),
        "device": found,
        "state": state,
        "may_end": state in (RUNNING, EMPTYING, EXPIRED),
        "may_empty": state == RUNNING,
        "may_restore": state in (REVOKED, EMPTYING),
        "now": moment,
    }
    return render(request, "accounts/device.html", context)


def _row(device: Any, moment: Any) -> dict[str, Any]:
    kind, word = _status(device, moment)
    heard = device.last_contact_at
    above = f"{device.above_name} " if device.area_level in OWN_LEVELS else ""
    return {
        "device": device,
        "kind": kind,
        "word": word,
        "place": f"{above}{device.area_name or ''}",
        "heard": _("%(time)s最后一次联系") % {"time": night(heard, moment)}
        if heard
        else _("登记后还没联系过"),
        "is_quiet": is_quiet(device, moment),
    }


def _status(device: Any, moment: Any) -> tuple[str, str]:
    """Kind of the mark and its word: what somebody has to do something about comes first."""
    state = state_of(device, moment)
    if state == FORGOTTEN:
        kept = device.kept_count and device.gap
        return (
            ("hold", _("已清空，%(count)s条封存没交") % {"count": device.gap})
            if kept
            else ("off", _("已清空"))
        )
    if state == REVOKED:
        return ("late", _("已停用，清空了没有还不知道")) if not device.told_at else ("off", _("已停用"))
    if state == EXPIRED:
        return ("hold", _("到点停了，还有没交的")) if device.gap else ("off", _("到点停了"))
    if state == EMPTYING:
        return "now", _("等交齐就清空")
    if device.gap:
        return "hold", _("没交齐")
    return ("soon", _("久没联系")) if is_quiet(device, moment) else ("done", _("在用"))


def _state_words() -> list[tuple[str, str]]:
    return [
        (RUNNING, _("在用")),
        (BEHIND, _("没交齐或久没联系")),
        (ENDED, _("已停用、到点")),
        (ALL, _("全部")),
    ]


def _filter(request: HttpRequest) -> DeviceFilter:
    state = request.GET.get("state", RUNNING)
    return DeviceFilter(
        text=request.GET.get("q", "").strip()[:40],
        state=state if state in STATES else RUNNING,
        sort=request.GET.get("sort", "contact"),
    )


def _area(request: HttpRequest) -> Area:
    code = request.GET.get("area", "")
    if code:
        return area_in(request.scope, code)
    home = request.actor.home.area
    return home if request.scope.covers(home.path) else Area.objects.get(path=request.scope.ranges[0][0])


def _place(area: Area) -> str:
    above = area.parent.name if area.parent and area.level in OWN_LEVELS else ""
    return f"{above} {area.name}".strip()
