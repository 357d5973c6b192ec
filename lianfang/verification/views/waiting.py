"""我要核的, and who objects: rows across the lists that wait for somebody, with their sheets."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lianfang.campaigns.views.request import own_area, page_of
from lianfang.core import clock
from lianfang.core.desk_format import table_time
from lianfang.core.downloads import LARGEST_ROWS, xlsx_response
from lianfang.core.paging import PAGE
from lianfang.verification.models import PushedRow
from lianfang.verification.queries.desk import OWED
from lianfang.verification.queries.waiting import DONE, OPEN, Owed, objections, owed_rows, words_of
from lianfang.verification.views.many import workers_below
from lianfang.verification.views.rows import shown
from lianfang.workforce.queries import worker_of

State = PushedRow.State


# ---------- 我要核的 ----------


def _mine(request: HttpRequest) -> tuple[Owed, QuerySet[PushedRow], dict[str, str]]:
    """What is owed here, those of it that are shown, and how they were chosen. A worker who has none sees all of the
    area: somebody has to take them."""
    said, worker = request.GET, worker_of(request.actor.id)
    picked = {
        "state": said.get("state", ""),
        "late": "1" if said.get("late") else "",
        "text": said.get("q", "").strip(),
    }
    worker_id = worker.pk if worker else None
    owed = owed_rows(request.scope, worker_id, picked, sort=said.get("sort", "due"), moment=clock.now())
    who = "all" if said.get("who") == "all" else "mine"
    if who == "mine" and not owed.mine_count and owed.all_count:
        who = "all"
    listed = owed.rows if who == "all" else owed.rows.filter(worker_id=worker_id or -1)
    return owed, listed, {**picked, "who": who}


@require_GET
def list_mine(request: HttpRequest) -> HttpResponse:
    """我要核的: open rows that this worker has, or that wait in one's areas for somebody to take them."""
    owed, listed, picked = _mine(request)
    page = Paginator(listed, PAGE)
    page.count = owed.mine_count if picked["who"] == "mine" else owed.all_count
    current = page.get_page(page_of(request))
    rows = shown(list(current.object_list))
    request.looked_at = {"path": own_area(request).path, "count": len(rows)}
    gives = rows and picked["who"] == "all" and request.actor.may("list.confirm")
    context = {
        "nav_key": "lists",
        "page": current,
        "rows": rows,
        "who": picked["who"],
        "picked": picked,
        "is_filtered": any(picked[key] for key in ("state", "late", "text")),
        "states": [(one.value, one.label) for one in OWED],
        "mine_count": owed.mine_count,
        "all_count": owed.all_count,
        "workers": workers_below(request.scope) if gives else [],
        "now": clock.now(),
    }
    return render(request, "verification/mine.html", context)


@require_GET
def list_mine_sheet(request: HttpRequest) -> HttpResponse:
    """The same rows as a file, masked as on the page."""
    _owed, listed, _picked = _mine(request)
    rows = shown(list(listed[:LARGEST_ROWS]))
    request.looked_at = {"path": own_area(request).path, "count": len(rows), "reason": "xlsx"}
    header = [*_head(), _("到期"), _("打过"), _("谁来核"), _("状态")]
    lines = (
        (
            *_start(one),
            table_time(one["row"].due_at),
            one["row"].attempt_count,
            one["worker"],
            one["row"].get_state_display(),
        )
        for one in rows
    )
    return xlsx_response(_("我要核的"), header, lines)


def _head() -> list[str]:
    return [_("名单"), _("姓名"), _("证件号"), _("电话"), _("在哪里")]


def _start(one: dict[str, Any]) -> tuple[str, ...]:
    row = one["row"]
    return row.list.number, row.name, one["id_number"], one["phones"], one["place"]


# ---------- 有异议的 ----------


def _objections(request: HttpRequest) -> tuple[QuerySet[PushedRow], dict[str, str]]:
    said = request.GET
    show = said.get("show", OPEN)
    wanted = {"show": show if show in (OPEN, DONE, "all") else OPEN, "text": said.get("q", "").strip()}
    return objections(request.scope, **wanted, sort=said.get("sort", "said")), wanted


def _told(request: HttpRequest, rows: list[PushedRow]) -> list[dict[str, Any]]:
    words = words_of(request.scope, [row.pk for row in rows])
    return [{**one, "words": words.get(one["row"].pk, "")} for one in shown(rows)]


@require_GET
def list_objections(request: HttpRequest) -> HttpResponse:
    """Who says that the list is wrong about them, on any list, until somebody has answered."""
    listed, wanted = _objections(request)
    page = Paginator(listed, PAGE).get_page(page_of(request))
    rows = _told(request, list(page.object_list))
    request.looked_at = {"path": own_area(request).path, "count": len(rows)}
    context = {
        "nav_key": "lists",
        "page": page,
        "rows": rows,
        "wanted": wanted,
        "shows": [(OPEN, _("还没处理")), (DONE, _("已处理")), ("all", _("全部"))],
        "now": clock.now(),
    }
    return render(request, "verification/objections.html", context)


@require_GET
def list_objections_sheet(request: HttpRequest) -> HttpResponse:
    """The same as a file, masked as on the page."""
    listed, _wanted = _objections(request)
    rows = _told(request, list(listed[:LARGEST_ROWS]))
    request.looked_at = {"path": own_area(request).path, "count": len(rows), "reason": "xlsx"}
    header = [*_head(), _("他怎么说"), _("什么时候说的"), _("状态"), _("核查结果"), _("答复时间")]
    lines = (
        (
            *_start(one),
            one["words"],
            table_time(one["row"].objected_at),
            one["row"].get_state_display(),
            one["row"].get_answer_display(),
            table_time(one["row"].answered_at) if one["row"].answered_at else "",
        )
        for one in rows
    )
    return xlsx_response(_("有异议的"), header, lines)
