"""Administration of the tree: look through it, add and rename what the county arranges below its villages."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
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
from lianfang.areas.changes.queries import changes_of
from lianfang.areas.loading import FileRejected, load_rows, read_rows
from lianfang.areas.models import Area, AreaChange
from lianfang.areas.queries import ancestors, area_in, children, get_chain, rows_below, successors
from lianfang.areas.rules import OWN_LEVELS, may_hold
from lianfang.core.downloads import attachment
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem

SHOWN_FAULTS = 200
SHOWN_CHANGES = 20
SORTS = {"name": "name", "code": "code", "level": "level", "count": "child_count"}


@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("at", "")
    if not code:
        return _page(request, _area(request, ""))
    chain = get_chain(code)
    request.scope.within(chain[-1].path)
    return _page(request, chain[-1], chain=chain)


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


def _lives_as(area: Area, changes: Sequence[AreaChange]) -> list[Area]:
    """What it became in one step, or in several."""
    found = {change.new.pk: change.new for change in changes if change.old_id == area.pk and change.new}
    return list(found.values()) if all(one.is_living for one in found.values()) else successors(area.code)


def _told(area: Area) -> list[tuple[AreaChange, str]]:
    """What happened to an area, each as a sentence."""
    sentences = []
    for change in changes_of(area)[:SHOWN_CHANGES]:
        names = {"old": change.old_name, "new": change.new_name, "place": ""}
        if change.kind == AreaChange.Kind.RENAME:
            words = _("原名%(old)s，改为%(new)s")
        elif change.kind == AreaChange.Kind.MOVE:
            names["place"] = area.parent.name if area.parent else ""
            words = _("划归%(place)s")
        elif change.new_id is None:
            words = _("%(old)s撤销")
        elif change.kind == AreaChange.Kind.RECODE:
            words = _("%(old)s换了代码，成为%(new)s")
        elif change.kind == AreaChange.Kind.SPLIT:
            words = _("%(old)s拆分，一部分归%(new)s")
        else:
            words = _("%(old)s并入%(new)s")
        sentences.append((change, words % names))
    return sentences


def _page(
    request: HttpRequest,
    area: Area,
    problem: Problem | None = None,
    chain: Sequence[Area] | None = None,
) -> HttpResponse:
    text, sort = request.GET.get("q", "").strip()[:40], request.GET.get("sort", "code")
    key = SORTS.get(sort.removeprefix("-"), "code")
    told = _told(area)
    is_gone = request.GET.get("gone") == "1"
    below = Area.objects.filter(parent=area, valid_to__isnull=False) if is_gone else children(area)
    below = below.annotate(child_count=Count("children", filter=Q(children__valid_to__isnull=True)))
    if text:
        once = AreaChange.objects.filter(old_name__contains=text, applied_at__isnull=False)
        below = below.filter(
            Q(name__contains=text)
            | Q(initials__startswith=text.lower())
            | Q(code__startswith=text)
            | Q(pk__in=once.values("new"))
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
            for each in chain or ancestors(area)
            if request.scope.covers(each.path)
        ],
        "page": page,
        "text": text,
        "levels": [
            (key, Area.Level(key).label) for key in OWN_LEVELS if area.is_living and may_hold(area.level, key)
        ],
        "is_own": area.level in OWN_LEVELS and area.is_living,
        "is_gone": is_gone,
        "changes": told,
        "lives_as": [] if area.is_living else _lives_as(area, [change for change, _words in told]),
        "last_day": area.valid_to - dt.timedelta(days=1) if area.valid_to else None,
        "problem": problem,
        "faults": faults[:SHOWN_FAULTS],
        "fault_count": len(faults),
    }
    return render(request, "areas/tree.html", context, status=problem.status if problem else 200)
