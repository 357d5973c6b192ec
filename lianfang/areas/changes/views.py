"""区划调整 at the desk: what a file asks for, what hangs on it, confirm, take back; and villages to be divided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.changes import dividing, operations
from lianfang.areas.changes.applying import GOING, steps_of
from lianfang.areas.changes.notices import Notice, notices
from lianfang.areas.changes.plan import Step
from lianfang.areas.changes.queries import adjustments, get_adjustment, undivided, undivided_of
from lianfang.areas.loading import table_of
from lianfang.areas.models import Adjustment, Area, AreaChange, AreaMove
from lianfang.areas.queries import area_in
from lianfang.core.clock import now, today
from lianfang.core.downloads import xlsx_response
from lianfang.core.following import hanging
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem

SORTS = ("old", "new", "kind", "households", "people")
STATUS = {
    Adjustment.State.PLANNED: "hold",
    Adjustment.State.CONFIRMED: "soon",
    Adjustment.State.APPLIED: "done",
    Adjustment.State.UNDONE: "off",
    Adjustment.State.DROPPED: "off",
}


@dataclass(frozen=True)
class Row:
    """One step with what hangs on its old area."""

    step: Step
    word: str
    counts: Mapping[str, int]
    path: str = ""  # of the old area, where something hangs on it

    @property
    def households(self) -> int:
        return self.counts.get("register.Household", 0)

    @property
    def people(self) -> int:
        return self.counts.get("register.Person", 0)

    @property
    def targets(self) -> int:
        return self.counts.get("campaigns.Target", 0)

    @property
    def duties(self) -> int:
        return self.counts.get("workforce.Assignment", 0) + self.counts.get("accounts.Grant", 0)

    @property
    def is_waiting(self) -> bool:
        """Will a person have to say where these people belong?"""
        return self.step.level == "village" and self.step.kind in ("split", "end") and self.households > 0


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    return _list(request)


@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Problem("areas.file_unreadable", detail="—")
        name = file.name or "—"
        planned = operations.plan_file(
            rows=table_of(file.read()),
            document=request.POST.get("document", "").strip() or name,
            effective_on=_day(request),
            scope=request.scope,
            by=request.actor.id,
        )
        count = operations.remember(formers=planned.formers, source=name, by=request.actor.id)
    except Problem as problem:
        return _list(request, problem)
    if count:
        messages.success(request, _("记下了%(count)d个旧代码、旧名称，写旧的也找得到了。") % {"count": count})
    if len(planned.adjustments) == 1:
        return redirect("area_change", planned.adjustments[0].pk)
    return redirect("area_changes")


@require_GET
def change(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    return _one(request, get_adjustment(request.scope, adjustment_id))


@require_POST
def change_act(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    adjustment = get_adjustment(request.scope, adjustment_id)
    own = {"adjustment_id": adjustment_id, "scope": request.scope, "by": request.actor.id}
    try:
        match request.POST.get("do"):
            case "confirm":
                done = operations.confirm(effective_on=_day(request), **own)
                messages.success(
                    request,
                    _said_applied(done)
                    if done.state == Adjustment.State.APPLIED
                    else _("已确认，到%(day)s自动生效。") % {"day": done.effective_on.isoformat()},
                )
            case "drop":
                operations.drop(**own)
                messages.success(request, _("已作废，什么都没有动。"))
            case "undo":
                dividing.undo(**own)
                messages.success(request, _("已撤回，都回到原来的辖区。撤回前新登记的也在。"))
    except Problem as problem:
        adjustment.refresh_from_db()
        return _one(request, adjustment, problem)
    return redirect("area_change", adjustment_id)


@require_GET
def change_sheet(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    adjustment = get_adjustment(request.scope, adjustment_id)
    header = [
        _("变更"),
        _("级别"),
        _("原代码"),
        _("原名称"),
        _("新代码"),
        _("新名称"),
        _("户"),
        _("人"),
        _("在办户"),
    ]
    rows = (
        (
            row.word,
            Area.Level(row.step.level).label,
            row.step.old,
            row.step.old_name,
            row.step.new,
            row.step.new_name,
            row.households,
            row.people,
            row.targets,
        )
        for row in _rows(adjustment)
    )
    return xlsx_response(f"{adjustment.area.name}-{_('区划调整')}-{adjustment.effective_on}", header, rows)


@require_GET
def divide(request: HttpRequest, code: str) -> HttpResponse:
    return _divide_page(request, area_in(request.scope, code))


@require_POST
def divide_act(request: HttpRequest, code: str) -> HttpResponse:
    area = area_in(request.scope, code)
    parts = {
        key.removeprefix("to_"): str(value)
        for key, value in request.POST.items()
        if key.startswith("to_") and value
    }
    try:
        dividing.divide(
            area=area,
            parts=parts,
            rest=request.POST.get("rest", ""),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        return _divide_page(request, area, problem)
    messages.success(request, _("%(name)s已划分完。") % {"name": area.name})
    return redirect("area_changes")


def _day(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get("effective_on", ""))
    except ValueError:
        return today()


def _rows(adjustment: Adjustment) -> list[Row]:
    """Every step; what hangs on the areas only while nothing has been moved yet."""
    steps = steps_of(adjustment)
    codes = {step.old for step in steps if step.kind in (*GOING, "move")}
    paths = dict(Area.objects.filter(code__in=codes).values_list("code", "path"))
    is_open = adjustment.state in (Adjustment.State.PLANNED, Adjustment.State.CONFIRMED)
    counts = hanging(set(paths.values()), {"now": now()}) if is_open else {}
    words = {**dict(AreaChange.Kind.choices), "begin": _("新设")}
    return [
        Row(step, str(words[step.kind]), counts.get(paths.get(step.old, ""), {}), paths.get(step.old, ""))
        for step in steps
    ]


def _state(adjustment: Adjustment) -> dict[str, str]:
    """What is said of it. One of whose villages nobody has divided yet has not done all that it says."""
    if adjustment.undivided_count:
        return {"state_kind": "hold", "state_word": _("待划分")}
    return {
        "state_kind": STATUS[Adjustment.State(adjustment.state)],
        "state_word": str(adjustment.get_state_display()),
    }


def _said_applied(adjustment: Adjustment) -> str:
    waiting = undivided_of(adjustment)
    if waiting:
        return _("区划调整已生效；%(count)d个村的人归哪里还要划分。") % {"count": waiting}
    return _("区划调整已生效，挂在上面的都跟过去了。")


def _sorted(rows: Iterable[Row], sort: str) -> list[Row]:
    key = sort.removeprefix("-")
    if key not in SORTS:  # what a person has to look at first: where somebody lives
        return sorted(rows, key=lambda row: (not row.is_waiting, row.step.kind == "begin", -row.households))
    value = {
        "old": lambda row: row.step.old,
        "new": lambda row: row.step.new,
        "kind": lambda row: row.step.kind,
        "households": lambda row: row.households,
        "people": lambda row: row.people,
    }[key]
    return sorted(rows, key=value, reverse=sort.startswith("-"))


def _list(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    found = adjustments(request.scope)
    state = request.GET.get("state", "")
    if state in Adjustment.State.values:
        found = found.filter(state=state)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "nav_key": "administration",
        "page": page,
        "rows": [{"one": one, **_state(one)} for one in page],
        "states": Adjustment.State.choices,
        "state": state,
        "waiting": undivided(request.scope),
        "today": today(),
        "problem": problem,
    }
    return render(request, "areas/changes.html", context, status=problem.status if problem else 200)


def _one(request: HttpRequest, adjustment: Adjustment, problem: Problem | None = None) -> HttpResponse:
    rows = _rows(adjustment)
    text, kind = request.GET.get("q", "").strip()[:40], request.GET.get("kind", "")
    shown = [
        row
        for row in _sorted(rows, request.GET.get("sort", ""))
        if kind in ("", row.step.kind)
        and (
            not text
            or any(
                text in cell for cell in (row.step.old_name, row.step.new_name, row.step.old, row.step.new)
            )
        )
    ]
    villages = list({row.step.old: row for row in rows if row.step.level == "village"}.values())
    is_applied = adjustment.state == Adjustment.State.APPLIED
    moves = list(AreaMove.objects.filter(change__adjustment=adjustment)) if is_applied else []
    is_open = adjustment.state in (Adjustment.State.PLANNED, Adjustment.State.CONFIRMED)
    context = {
        "nav_key": "administration",
        "one": adjustment,
        "notices": _notices(request, adjustment, rows) if is_open else [],
        **_state(adjustment),
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "text": text,
        "kind": kind,
        "kinds": [("begin", _("新设")), *AreaChange.Kind.choices],
        "totals": {
            "steps": len(rows),
            "households": sum(row.households for row in villages),
            "people": sum(row.people for row in villages),
            "targets": sum(row.targets for row in villages),
            "waiting": sum(row.is_waiting for row in villages),
        },
        "is_open": is_open,
        "is_applied": is_applied,
        "why_not": dividing.why_not_undone(adjustment, moves) if is_applied else "",
        "problem": problem,
    }
    return render(request, "areas/change.html", context, status=problem.status if problem else 200)


def _notices(request: HttpRequest, adjustment: Adjustment, rows: Iterable[Row]) -> list[Notice]:
    return notices(request.scope, adjustment.area, {row.path for row in rows if row.path})


def _divide_page(request: HttpRequest, area: Area, problem: Problem | None = None) -> HttpResponse:
    waiting = AreaChange.objects.filter(old=area, applied_at__isnull=True)
    named = set(waiting.values_list("new_id", flat=True))
    nearby = AreaChange.objects.filter(
        old=area.parent_id, new__isnull=False
    )  # of a township cut in two: both
    around = Area.objects.filter(
        Q(parent=area)
        | Q(parent=area.parent_id)
        | Q(parent__in=nearby.values("new"))
        | Q(pk__in=[pk for pk in named if pk]),
        valid_to__isnull=True,
    )
    found = list(around.select_related("parent").order_by("walk_order", "code"))
    below = [one for one in found if one.parent_id == area.pk]
    villages = [one for one in found if one.level == Area.Level.VILLAGE and one.pk != area.pk]
    likely = [one for one in villages if one.pk in named]
    town = next((one.parent for one in villages if one.parent_id == area.parent_id), None) or area.parent
    counts = hanging([one.path for one in below] + [area.path], {"now": now()})
    chosen = {key.removeprefix("to_"): value for key, value in request.POST.items() if key.startswith("to_")}
    whole = counts[area.path].get("register.Household", 0)
    told = [(one, counts[one.path].get("register.Household", 0), chosen.get(one.code, "")) for one in below]
    context = {
        "nav_key": "administration",
        "area": area,
        "town": town,
        "likely": likely,
        "others": [one for one in villages if one.pk not in named],
        "rows": told,
        "rest_count": whole - sum(count for _one, count, _chosen in told),
        "rest": request.POST.get("rest", ""),
        "is_waiting": bool(named),
        "back_url": reverse("area_changes"),
        "problem": problem,
    }
    return render(request, "areas/divide.html", context, status=problem.status if problem else 200)
