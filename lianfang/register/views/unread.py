"""The queue of unread addresses: one at a time, with a map of where its neighbours lie, by keyboard."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.queries import named_in
from lianfang.core.downloads import xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.register.models import UnreadAddress
from lianfang.register.unread import operations, queries

State = UnreadAddress.State


@require_GET
def unread_addresses(request: HttpRequest) -> HttpResponse:
    state, sort = _state(request.GET.get("show", "")), request.GET.get("sort", "rows")
    listed = queries.addresses(request.scope, state=state, sort=sort)
    counted = queries.counts(request.scope)
    paginator = Paginator(listed, PAGE)
    paginator.count = counted[state][0]  # counted already
    page = paginator.get_page(request.GET.get("page"))
    rows = list(page.object_list)
    at = request.GET.get("at", "")
    current = queries.get_address(request.scope, int(at)) if at.isdecimal() else rows[0] if rows else None
    request.looked_at = {"path": request.scope.ranges[0][0], "count": len(rows)}
    context = _context(request, page, rows, current)
    tabs = [(key, State(key).label, *counted[key]) for key in State.values]
    return render(request, "register/unread.html", {**context, "tabs": tabs, "show": state})


def _state(asked: str) -> str:
    return asked if asked in State.values else State.WAITING


def _context(
    request: HttpRequest, page: Any, rows: list[UnreadAddress], current: UnreadAddress | None
) -> dict[str, Any]:
    around = queries.neighbourhood(current) if current else None
    last = request.GET.get("last", "")
    said = queries.places_of(request.scope, current) if current else []
    return {
        "nav_key": "register",
        "page": page,
        "rows": rows,
        "current": current,
        "around": around,
        "places": [
            {"file": file, "sheet": sheet, "rows": _("、").join(str(each.row) for each in rows)}
            for (file, sheet), rows in groupby(said, lambda each: (each.file.name, each.sheet))
        ],
        "is_more": current is not None and current.row_count > len(said),
        "picked": request.GET.get("pick", ""),
        "last": int(last) if last.isdecimal() else None,
        "files": queries.files_to_take(request.scope),
        "map_width": queries.WIDTH,
        "map_height": queries.HEIGHT,
        "is_open": bool(current and current.state in queries.OPEN),
    }


@require_POST
def unread_settle(request: HttpRequest, address_id: int) -> HttpResponse:
    """What was decided about one text; the next one follows."""
    common: dict[str, Any] = {"address_id": address_id, "scope": request.scope, "by": request.actor.id}
    following = request.POST.get("following", "")
    words = {"outside": _("已记为不在本辖区。"), "aside": _("已先放着。"), "reopen": _("已放回待认。")}
    decision = request.POST.get("decision", "")
    if decision == "read":
        area = named_in(request.scope, request.POST.get("area", ""))
        learn = request.POST.get("name", "") if request.POST.get("learn") else ""
        settled = operations.settle(area=area, learn=learn, **common)
        messages.success(request, _("已认到%(name)s。") % {"name": area.name})
        if settled.learned is not None:
            messages.success(request, _("以后“%(text)s”都认作它。") % {"text": settled.learned.text})
    elif decision in words:
        act = {
            "outside": operations.mark_outside,
            "aside": operations.set_aside,
            "reopen": operations.reopen,
        }[decision]
        act(**common)
        messages.success(request, words[decision])
    else:
        raise Problem("http.bad_request", detail=decision[:20])
    step: dict[str, Any] = {"show": _state(request.POST.get("show", ""))}
    if decision == "reopen":
        step["at"] = address_id
    else:
        step["last"] = address_id
        if following.isdecimal():
            step["at"] = following
    return redirect(f"{reverse('unread_addresses')}?{urlencode(step)}")


@require_GET
def unread_sheet(request: HttpRequest) -> HttpResponse:
    """The texts of one state as a file, to ask around with. Doors stand in them: it is recorded."""
    state = _state(request.GET.get("show", ""))
    rows = list(queries.addresses(request.scope, state=state)[:20_000])
    request.looked_at = {"path": request.scope.ranges[0][0], "count": len(rows)}
    header = (_("地址"), _("行数"), _("送来的"), _("状态"), _("认作"))
    lines = (
        (each.text, each.row_count, each.sent_for.name, each.get_state_display(), str(each.answer or ""))
        for each in rows
    )
    return xlsx_response(_("待认地址"), header, lines)
