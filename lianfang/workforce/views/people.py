"""值班与人员: who answers for what, who works here, and the number to ring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import area_in
from lianfang.core.clock import now
from lianfang.core.desk_format import table_time
from lianfang.core.downloads import xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.register.queries import PlaceNames
from lianfang.workforce.models import Assignment
from lianfang.workforce.operations import (
    WorkerDetails,
    add_worker,
    assign_area,
    end_assignment,
    reveal_phone,
)
from lianfang.workforce.queries import choosable, duties, grid_duty, held_by, workers_in

EXPORT_ROWS = 20_000


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Who answers: an area, the way up, and what lies directly below."""
    area = _area(request)
    found = duties(area)
    lacking = grid_duty(area.path).without_worker
    may_manage = request.actor.may("worker.manage") and request.actor.scope_for("worker.manage").covers(
        area.path
    )
    context = {
        "nav_key": "people",
        "area": area,
        "duties": found,
        "path": _path(request, found.path),
        "lines": [
            {"duty": duty, "lacking": sum(path.startswith(duty.area.path) for path in lacking)}
            for duty in found.below
        ],
        "lacking_count": len(lacking),
        "parts": Assignment.Part.choices,
        "may_manage": may_manage,
        "may_dial": request.actor.may("worker.dial"),
        "workers": choosable(area.path) if may_manage else [],
    }
    return render(request, "workforce/people.html", context)


@require_GET
def workers(request: HttpRequest) -> HttpResponse:
    """Everybody who works in an area, with what they answer for."""
    area, text = _area(request), request.GET.get("q", "").strip()
    idle = request.GET.get("show") == "idle"
    page = Paginator(workers_in(request.scope.within(area.path), text=text, only_idle=idle), PAGE).get_page(
        request.GET.get("page")
    )
    held = held_by(worker.pk for worker in page)
    paths = [worker.area_path for worker in page] + [one.area_path for some in held.values() for one in some]
    places = PlaceNames(paths, below=area.path)
    context = {
        "nav_key": "people",
        "area": area,
        "page": page,
        "rows": [
            {
                "worker": worker,
                "place": places.of(worker.area_path) or worker.area.name,
                "held": [
                    {
                        "code": one.area_code,
                        "part": one.part,
                        "place": places.of(one.area_path) or one.area_name,
                    }
                    for one in held.get(worker.pk, [])
                ],
            }
            for worker in page
        ],
        "q": text,
        "idle": idle,
        "may_manage": request.actor.may("worker.manage"),
        "may_dial": request.actor.may("worker.dial"),
        "said": {},
    }
    return render(request, "workforce/workers.html", context)


@require_GET
def workers_sheet(request: HttpRequest) -> HttpResponse:
    """The same list as a file: duty names and what they answer for, no phone."""
    area, text = _area(request), request.GET.get("q", "").strip()
    found = list(
        workers_in(request.scope.within(area.path), text=text, only_idle=request.GET.get("show") == "idle")[
            :EXPORT_ROWS
        ]
    )
    held = held_by(worker.pk for worker in found)
    paths = [worker.area_path for worker in found] + [one.area_path for some in held.values() for one in some]
    places = PlaceNames(paths)
    rows = (
        (
            worker.name,
            worker.title,
            worker.unit.name if worker.unit else "",
            places.of(worker.area_path) or worker.area.name,
            _("、").join(
                f"{places.of(one.area_path) or one.area_name}（{Assignment.Part(one.part).label}）"
                for one in held.get(worker.pk, [])
            ),
        )
        for worker in found
    )
    header = [_("姓名"), _("职务"), _("单位"), _("所在辖区"), _("负责")]
    return xlsx_response(f"{area.name}{_('人员')}{table_time(now())[:10]}", header, rows)


@require_POST
def worker_new(request: HttpRequest) -> HttpResponse:
    said, area = request.POST, _area(request)

    def act() -> str:
        details = WorkerDetails(
            said.get("name", "").strip(),
            said.get("title", "").strip(),
            said.get("phone", "").strip(),
            said.get("unit", "").strip(),
        )
        worker = add_worker(details=details, area=area, scope=request.scope, by=request.actor.id)
        return _("已添加%(name)s") % {"name": worker.name}

    _attempt(request, act)
    return redirect(f"{reverse('workers')}?area={area.code}")


@require_POST
def duty_new(request: HttpRequest) -> HttpResponse:
    """Name who answers for an area."""
    said, area = request.POST, _area(request)

    def act() -> str:
        target = area_in(request.scope, said.get("for", ""))
        made = assign_area(
            area=target,
            worker_id=int(worker) if (worker := said.get("worker", "")).isdecimal() else 0,
            part=Assignment.Part.B if said.get("part") == Assignment.Part.B else Assignment.Part.A,
            scope=request.scope,
            by=request.actor.id,
            reason=said.get("reason", "").strip(),
        )
        return _("%(area)s由%(name)s负责") % {"area": target.name, "name": made.worker.name}

    _attempt(request, act)
    return redirect(f"{reverse('people')}?area={area.code}")


@require_POST
def duty_end(request: HttpRequest, assignment_id: int) -> HttpResponse:
    area = _area(request)

    def act() -> str:
        ended = end_assignment(
            assignment_id=assignment_id,
            reason=request.POST.get("reason", "").strip(),
            scope=request.scope,
            by=request.actor.id,
        )
        return _("%(area)s的责任人已撤下") % {"area": ended.area.name}

    _attempt(request, act)
    return redirect(f"{reverse('people')}?area={area.code}")


@require_GET
def dial(request: HttpRequest, worker_id: int) -> HttpResponse:
    """The number of somebody on duty, shown once; that it was asked for is written down first."""
    worker, phone = reveal_phone(
        worker_id=worker_id,
        scope=request.scope,
        by=request.actor.id,
        reason=request.GET.get("reason", "")[:200],
    )
    context = {
        "nav_key": "people",
        "worker": worker,
        "phone": phone,
        "back": request.headers.get("Referer", ""),
    }
    return render(request, "workforce/dial.html", context)


def _area(request: HttpRequest) -> Area:
    code = request.GET.get("area") or request.POST.get("area")
    if code:
        return area_in(request.scope, code)
    home = request.actor.home.area
    return home if request.scope.covers(home.path) else Area.objects.get(path=request.scope.ranges[0][0])


def _path(request: HttpRequest, areas: tuple[Area, ...]) -> list[dict[str, Any]]:
    return [
        {"name": above.name, "url": f"{reverse('people')}?area={above.code}"}
        for above in areas
        if request.scope.covers(above.path)
    ]


def _attempt(request: HttpRequest, act: Callable[[], str]) -> None:
    """Do what a button asks; a refusal is said on the page one came from."""
    try:
        messages.success(request, act())
    except Problem as problem:
        if problem.status >= 500 or problem.status == 403:
            raise
        messages.error(request, problem.message)
