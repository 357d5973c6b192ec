"""Administration of the tree: look through it, add and rename what the county arranges below its villages."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas import operations
from lianfang.areas.loading import FileRejected, load_rows, read_rows
from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors, area_in, children, rows_below
from lianfang.areas.rules import OWN_LEVELS, may_hold
from lianfang.core.downloads import attachment
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem

SHOWN_FAULTS = 200
SORTS = {"name": "name", "code": "code", "level": "level", "count": "child_count"}


@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    return _page(request, _area(request, request.GET.get("at", "")))


@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """An area and all below it as the CSV that loading takes back unchanged."""
    area = _area(request, request.GET.get("at", ""))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("code", "name", "level", "parent"))
    writer.writerows(rows_below(area))
    return attachment(b"\xef\xbb\xbf" + text.getvalue().encode(), f"{area.name}-{_('辖区')}.csv", "text/csv")


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    parent = _area(request, request.POST.get("at", ""))
    try:
        area = operations.add_area(
            parent=parent,
            level=request.POST.get("level", ""),
            name=request.POST.get("name", ""),
            by=request.actor.id,
        )
    except Problem as problem:
        return _page(request, parent, problem=problem)
    messages.success(request, _("已加上 %(name)s，代码 %(code)s。") % {"name": area.name, "code": area.code})
    return _at(parent)


@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    area = _area(request, request.POST.get("at", ""))
    try:
        operations.rename_area(area=area, name=request.POST.get("name", ""), by=request.actor.id)
    except Problem as problem:
        return _page(request, area, problem=problem)
    messages.success(request, _("名称已改。"))
    return _at(area)


@require_POST
def load(request: HttpRequest) -> HttpResponse:
    """A CSV of own areas, inside the actor's areas only."""
    area = _area(request, request.POST.get("at", ""))
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Problem("areas.file_unreadable", detail="—")
        rows = read_rows(file.read())
        loaded = load_rows(
            rows,
            by=request.actor.id,
            covers=request.scope.covers,
            may_write=lambda level: level in OWN_LEVELS,
        )
    except Problem as problem:
        return _page(request, area, problem=problem)
    messages.success(
        request,
        _("载入 %(count)s 个辖区：新增 %(added)s，改名 %(renamed)s。")
        % {"count": loaded.row_count, "added": loaded.added_count, "renamed": loaded.renamed_count},
    )
    return _at(area)


def _area(request: HttpRequest, code: str) -> Area:
    """The area named, else one's own: where this right is held, which need not be where the desk opens."""
    if code:
        return area_in(request.scope, code)
    home = request.actor.home.area
    return home if request.scope.covers(home.path) else Area.objects.get(path=request.scope.ranges[0][0])


def _at(area: Area) -> HttpResponse:
    return redirect(f"{reverse('area_tree')}?at={area.code}")


def _page(request: HttpRequest, area: Area, problem: Problem | None = None) -> HttpResponse:
    text, sort = request.GET.get("q", "").strip()[:40], request.GET.get("sort", "code")
    key = SORTS.get(sort.removeprefix("-"), "code")
    below = children(area).annotate(child_count=Count("children"))
    if text:
        below = below.filter(
            Q(name__contains=text) | Q(initials__startswith=text.lower()) | Q(code__startswith=text)
        )
    page = Paginator(below.order_by("-" + key if sort.startswith("-") else key, "code"), PAGE).get_page(
        request.GET.get("page")
    )
    faults = problem.errors if isinstance(problem, FileRejected) else ()
    context: dict[str, Any] = {
        "nav_key": "administration",
        "area": area,
        "path": [
            {"name": each.name, "url": f"{reverse('area_tree')}?at={each.code}"}
            for each in ancestors(area)
            if request.scope.covers(each.path)
        ],
        "page": page,
        "text": text,
        "levels": [(key, Area.Level(key).label) for key in OWN_LEVELS if may_hold(area.level, key)],
        "is_own": area.level in OWN_LEVELS,
        "problem": problem,
        "faults": faults[:SHOWN_FAULTS],
        "fault_count": len(faults),
    }
    return render(request, "areas/tree.html", context, status=problem.status if problem else 200)
