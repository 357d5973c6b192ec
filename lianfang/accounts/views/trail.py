"""The auditor's page: who did or looked at what, when and why. Ids and counts, never a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lianfang.accounts.queries import TrailFilter, trail
from lianfang.accounts.trail_words import ACTIONS, KINDS, detail_of, kind_of, word_of
from lianfang.core import audit as audit_trail
from lianfang.core.clock import today
from lianfang.core.desk_format import table_time
from lianfang.core.downloads import LARGEST_ROWS, xlsx_response
from lianfang.core.paging import PAGE

USUAL_DAYS = 7


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    wanted = _filter(request)
    page = Paginator(trail(request.scope, wanted), PAGE).get_page(request.GET.get("page"))
    request.looked_at = {"path": request.actor.home.area_path, "count": len(page.object_list)}
    context = {
        "nav_key": "audit",
        "page": page,
        "rows": list(_lines(page.object_list)),
        "wanted": wanted,
        "actions": sorted(ACTIONS.items()),
        "kinds": sorted(KINDS.items()),
    }
    return render(request, "accounts/audit.html", context)


@require_GET
def audit_sheet(request: HttpRequest) -> HttpResponse:
    """The rows of the filter as Excel. Taking them out is itself a row."""
    rows = list(trail(request.scope, _filter(request))[:LARGEST_ROWS])
    home = request.actor.home.area_path
    audit_trail.record("audit.download", "audit", "", by=request.actor.id, path=home, count=len(rows))
    header = [
        _("时间"),
        _("谁"),
        _("做了什么"),
        _("代码"),
        _("对象"),
        _("编号"),
        _("辖区"),
        _("理由"),
        _("细节"),
    ]
    cells = (
        (
            table_time(line["row"].at),
            line["who"],
            line["word"],
            line["row"].action,
            line["kind"],
            line["row"].object_id,
            line["area"],
            line["row"].reason,
            line["detail"],
        )
        for line in _lines(rows)
    )
    return xlsx_response(_("查看记录"), header, cells)


def _lines(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "row": row,
            "who": row.who or _("系统"),
            "word": word_of(row.action),
            "kind": kind_of(row.object_kind),
            "area": row.area_name or "",
            "detail": detail_of(row.detail),
        }


def _filter(request: HttpRequest) -> TrailFilter:
    until = _day(request.GET.get("until"), today())
    since = min(_day(request.GET.get("since"), until - dt.timedelta(days=USUAL_DAYS - 1)), until)
    return TrailFilter(
        since=since,
        until=until,
        actor=request.GET.get("actor", "")[:60],
        action=request.GET.get("action", "")[:60],
        kind=request.GET.get("kind", "")[:40],
        object_id=request.GET.get("object", "")[:80],
    )


def _day(text: str | None, otherwise: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return otherwise
