"""Coverage: tree map, table and names are one selection seen three ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.queries.targets import SHOWS, Names, Pick, TargetRow, names_behind, targets_in
from lianfang.campaigns.rules import chase_text
from lianfang.core import clock
from lianfang.core.desk_format import left, night
from lianfang.core.downloads import XLSX, attachment
from lianfang.core.problems import Problem
from lianfang.reports import wording
from lianfang.reports.coverage_sheet import names_sheet, table_sheet
from lianfang.reports.queries.coverage import AreaCoverage, Part, area_coverage
from lianfang.workforce.queries import who_answers

FIGURES = ("due", "done", "exempt", "not_met", "open")
MOST_COUNTED = 30_000  # above it nobody reads who has how many, and counting would take longer than the page


@require_GET
def coverage(request: HttpRequest, round_id: int, code: str) -> HttpResponse:
    """Numbers only. An area with nothing below it shows its households, if the actor may see names."""
    page = _page(request, round_id, code)
    if page.is_leaf and page.parts and _may_see_names(request, page.area):
        return redirect(_names_url(page, page.area, "due"))
    page = page.answered(who_answers(page.paths, page.as_of))
    return render(request, "reports/coverage.html", _context(request, page))


@require_GET
def coverage_numbers(request: HttpRequest, round_id: int, code: str) -> HttpResponse:
    """The left column again, while the page is open; 204 when nothing has changed since `seen`."""
    page = _page(request, round_id, code)
    if request.GET.get("seen") == page.digest:
        return HttpResponse(status=204)
    page = page.answered(who_answers(page.paths, page.as_of))
    context = {**_context(request, page), "is_poll": True}
    return render(request, "reports/_coverage_numbers.html", context)


@require_GET
def coverage_names(request: HttpRequest, round_id: int, code: str) -> HttpResponse:
    """The same page with the names behind one number beside it. The look is recorded."""
    page = _page(request, round_id, code)
    picked, show = _picked(request, page)
    found = _names(request, page, picked, show)
    page = page.answered(found.answering)
    context = {**_context(request, page), **_names_context(request, page, picked, show, found)}
    request.looked_at = {"path": picked.area.path, "count": found.page.total_count, "reason": show}
    return render(request, "reports/coverage.html", context)


@require_GET
def coverage_sheet(request: HttpRequest, round_id: int, code: str) -> HttpResponse:
    """The table as it stands, as Excel: areas and counts, nobody's name."""
    page = _page(request, round_id, code)
    page = page.answered(who_answers(page.paths, page.as_of))
    name = f"{page.area.name}-{_work(page)}-{clock.local(page.as_of):%m%d}.xlsx"
    return attachment(table_sheet(page, work=_work(page)), name, XLSX)


@require_GET
def coverage_names_sheet(request: HttpRequest, round_id: int, code: str) -> HttpResponse:
    """The names behind one number, as Excel; recorded like a look at them."""
    page = _page(request, round_id, code)
    picked, show = _picked(request, page)
    most = 5_000  # a sheet for one's own area; more than this is an export, with a second person
    pick = Pick(show=show, direct=picked.is_rest, size=most)
    listed = targets_in(request.scope, page.round, picked.area, page.as_of, pick)
    request.looked_at = {"path": picked.area.path, "count": len(listed.rows), "reason": f"xlsx {show}"}
    name = f"{picked.area.name}-{wording.show_word(show)}-{clock.local(page.as_of):%m%d}.xlsx"
    return attachment(names_sheet(listed.rows, page.as_of), name, XLSX)


def _page(request: HttpRequest, round_id: int, code: str) -> AreaCoverage:
    return area_coverage(request.scope, round_id, code, clock.now(), sort=request.GET.get("sort", ""))


def _picked(request: HttpRequest, page: AreaCoverage) -> tuple[Part, str]:
    """Which area's number was pressed: a row of the table, else the page's area."""
    show = request.GET.get("show", "due")
    if show not in SHOWS:
        raise Problem("http.bad_request", detail="show")
    whole = Part(page.area, page.counts)
    code = request.GET.get("of", page.area.code)
    is_rest = request.GET.get("rest") == "1"
    if code == page.area.code and not is_rest:
        return whole, show
    for part in page.parts:
        if part.area.code == code and part.is_rest == is_rest:
            return part, show
    raise Problem("areas.unknown", code=code)


def _names(request: HttpRequest, page: AreaCoverage, picked: Part, show: str) -> Names:
    pick = Pick(
        show=show,
        q=request.GET.get("q", "").strip(),
        sort=request.GET.get("order", ""),
        page=page_number(request),
        direct=picked.is_rest,
        total_count=picked.counts.number(show),
    )
    is_counted = picked.counts.due <= MOST_COUNTED and RANK[picked.area.level] >= RANK["township"]
    return names_behind(
        request.scope, page.round, picked.area, page.as_of, pick, with_loads=is_counted, also=page.paths
    )


def page_number(request: HttpRequest) -> int:
    """`?page=`, or 1; nobody turns a hundred thousand pages."""
    number = request.GET.get("page", "1")
    return min(int(number), 100_000) if number.isdecimal() and len(number) < 7 else 1


def _may_see_names(request: HttpRequest, area: Area) -> bool:
    return request.actor.may("target.read") and request.actor.scope_for("target.read").covers(area.path)


def _names_url(page: AreaCoverage, area: Area, show: str, *, is_rest: bool = False, **more: str) -> str:
    values = {"of": area.code, "show": show, **({"rest": "1"} if is_rest else {}), **more}
    if area.pk == page.area.pk and not is_rest:
        del values["of"]
    address = reverse("coverage_names", args=[page.round.pk, page.area.code])
    return f"{address}?{urlencode(values)}"


def _page_url(page: AreaCoverage, area: Area) -> str:
    return reverse("coverage", args=[page.round.pk, area.code])


def _work(page: AreaCoverage) -> str:
    return wording.work_name(page.round.campaign.name, page.round.number)


def _context(request: HttpRequest, page: AreaCoverage) -> dict[str, Any]:
    """What the left column needs. `selected` is (area code, number, is rest) of the names beside it."""
    sort = request.GET.get("sort", "")
    more = {"sort": sort} if sort else {}
    see_names = _may_see_names(request, page.area)
    selected = (
        request.GET.get("of", page.area.code),
        request.GET.get("show", ""),
        request.GET.get("rest", ""),
    )
    rows = [_row(page, part, selected, see_names=see_names, more=more) for part in page.parts]
    numbers_url = reverse("coverage_numbers", args=[page.round.pk, page.area.code])
    kept = {key: request.GET[key] for key in ("of", "show", "rest", "sort") if key in request.GET}
    tops = [
        area for area in page.chain if area.path.startswith(request.actor.home.area_path) or area is page.area
    ]
    return {
        "page": page,
        "area": page.area,
        "round": page.round,
        "work": _work(page),
        "unit": wording.unit(page.round.campaign),
        "base": page.round.campaign.get_base_display(),
        "path": [{"name": area.name, "url": _page_url(page, area)} for area in tops],
        "rounds": _rounds(page),
        "rows": rows,
        "tiles": [row for row in rows if row["value"]],
        "kind": wording.children_word(part.area for part in page.parts if not part.is_rest),
        "part_count": sum(not part.is_rest for part in page.parts),
        "counts": page.counts,
        "unnamed": page.unnamed,
        "urls": _figure_urls(page, Part(page.area, page.counts), see_names, more),
        "map_width": 820
        if selected[1]
        else 1240,  # beside the names, or the whole page: words keep their size
        "selected_key": next((row["key"] for row in rows if row["is_selected"]), None),
        "poll_url": f"{numbers_url}?{urlencode({**kept, 'seen': page.digest})}"
        if page.round.closed_at is None
        else "",
        "sheet_url": reverse("coverage_sheet", args=[page.round.pk, page.area.code]),
        "may_dial": request.actor.may("worker.dial"),
        "may_assign": request.actor.may("target.assign"),
        "nav_key": "campaigns",
        "data_as_of": page.as_of,
        "now": page.as_of,
    }


def _rounds(page: AreaCoverage) -> list[dict[str, Any]]:
    return [
        {
            "name": wording.work_name(one.campaign.name, one.number),
            "url": reverse("coverage", args=[one.pk, page.area.code]),
            "is_here": one.pk == page.round.pk,
        }
        for one in page.rounds
    ]


def _figure_urls(page: AreaCoverage, part: Part, see_names: bool, more: Mapping[str, str]) -> dict[str, str]:
    if not see_names:
        return {}
    return {
        show: _names_url(page, part.area, show, is_rest=part.is_rest, **more)
        for show in (*FIGURES, "overdue", "found")
    }


def _row(
    page: AreaCoverage,
    part: Part,
    selected: tuple[str, str, str],
    *,
    see_names: bool,
    more: Mapping[str, str],
) -> dict[str, Any]:
    is_selected = (
        (part.area.code, "1" if part.is_rest else "") == (selected[0], selected[2])
        and selected[1] != ""
        and (part.is_rest or part.area.pk != page.area.pk)
    )
    label = _("%(area)s直属") % {"area": part.area.name} if part.is_rest else part.area.name
    urls = _figure_urls(page, part, see_names, more)
    return {
        "key": f"{part.area.code}-rest" if part.is_rest else part.area.code,
        "label": label,
        "value": part.counts.due,
        "rate": part.counts.rate,
        "overdue_count": part.counts.overdue,
        "url": urls.get("due", "") if part.is_rest else _page_url(page, part.area),
        "counts": part.counts,
        "figures": [
            {
                "value": getattr(part.counts, show),
                "url": urls.get(show, ""),
                "is_on": is_selected and selected[1] == show,
            }
            for show in FIGURES
        ],
        "overdue": {"url": urls.get("overdue", ""), "is_on": is_selected and selected[1] == "overdue"},
        "is_selected": is_selected,
        "answering": part.answering,
        "is_own": part.answering is not None and part.answering.area_path == part.area.path,
        "is_sample": part.area.is_sample,
    }


def _names_context(
    request: HttpRequest, page: AreaCoverage, picked: Part, show: str, found: Names
) -> dict[str, Any]:
    listed = found.page
    deadlines = {row.due_at for row in listed.rows}
    due_at = deadlines.pop() if len(deadlines) == 1 else None  # parts of a round may be due earlier
    is_chased = show in wording.CHASED and listed.total_count > 0
    sheet = reverse("coverage_names_sheet", args=[page.round.pk, page.area.code])
    kept = {key: request.GET[key] for key in ("of", "show", "rest") if key in request.GET}
    return {
        "kept": list(kept.items()),
        "names": {
            "area": picked.area,
            "word": wording.show_word(show),
            "show": show,
            "meaning": wording.meaning(show, due_at, page.as_of),
            "page": listed,
            "groups": _groups(found, page),
            "chase": _chase(page, picked, show, due_at or page.round.due_at) if is_chased else "",
            "close_url": _page_url(page, page.area),
            "sheet_url": f"{sheet}?{urlencode(kept)}",
            "q": request.GET.get("q", ""),
            "with_village": RANK[picked.area.level] < RANK["village"],
        },
        "shows": [
            {
                "word": wording.show_word(key),
                "count": picked.counts.number(key),
                "url": _names_url(page, picked.area, key),
                "is_on": key == show,
            }
            for key in ("due", "missing", "overdue", "open", "not_met", "exempt", "done", "born", "found")
            if key != "born" or picked.counts.born or show == "born"
        ],
        "is_leaf": page.is_leaf,
    }


def _groups(found: Names, page: AreaCoverage) -> list[dict[str, Any]]:
    """Rows by the worker who goes, for the next act is a call to two people, not to twenty-three."""
    by_worker: dict[int, list[TargetRow]] = {}
    for row in found.page.rows:
        by_worker.setdefault(row.worker_id or 0, []).append(row)
    numbers = {load.worker_id: load for load in found.loads}
    order = [load.worker_id for load in found.loads if load.worker_id in by_worker] or list(by_worker)
    order += [worker for worker in by_worker if worker not in order]
    return [
        {
            "worker_id": worker,
            "name": by_worker[worker][0].worker_name,
            "title": by_worker[worker][0].worker_title,
            "load": numbers.get(worker),
            "rest_count": numbers[worker].shown_count - len(by_worker[worker]) if worker in numbers else 0,
            "rows": [_named(row, page) for row in by_worker[worker]],
        }
        for worker in order
    ]


def _named(row: TargetRow, page: AreaCoverage) -> dict[str, Any]:
    return {
        "row": row,
        "where": row.where,
        "size": wording.size_word(row),
        "note": wording.row_note(row, page.as_of),
        "kind": "late" if row.is_overdue else wording.STATE_KIND[row.state],
        "word": wording.show_word("overdue" if row.is_overdue else row.state),
    }


def _chase(page: AreaCoverage, picked: Part, show: str, due_at: dt.datetime) -> str:
    """Areas, counts and the deadline. Of a whole page its parts, else the one area that was pressed."""
    is_whole = picked.area.pk == page.area.pk and not picked.is_rest
    parts = [part for part in page.parts if not part.is_rest] if is_whole else []
    areas = [(part.area.name, part.counts.number(show)) for part in parts]
    return chase_text(
        work=_work(page),
        areas=areas or [(picked.area.name, picked.counts.number(show))],
        due=night(due_at, page.as_of),
        left=left(due_at, page.as_of),
        duty_phone=settings.DUTY_PHONE,
        unit=wording.unit(page.round.campaign),
    )
