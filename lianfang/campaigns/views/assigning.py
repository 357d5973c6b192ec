"""谁去: a round given out by grid, doors moved, what was handed back."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors
from lianfang.areas.rules import RANK
from lianfang.campaigns.operations.targets import reassign_worker, take_back
from lianfang.campaigns.queries.assigning import grid_table, hand_backs_waiting, places_below
from lianfang.campaigns.queries.rounds import get_round
from lianfang.campaigns.views.request import attempt, number_of, numbers_of, picked_area
from lianfang.core.desk_format import number
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.workforce.models import Worker
from lianfang.workforce.operations import assign_grids_in_bulk
from lianfang.workforce.queries import choosable


@require_GET
def assign(request: HttpRequest, round_id: int) -> HttpResponse:
    """Above a township the way down; from a township on the table of grids."""
    found, area = get_round(request.scope, round_id), picked_area(request)
    context = {
        "nav_key": "campaigns",
        "round": found,
        "campaign": found.campaign,
        "area": area,
    }
    if RANK[area.level] < RANK[Area.Level.TOWNSHIP]:
        context |= {
            "path": _path(request, ancestors(area), round_id),
            "places": places_below(request.scope, area),
        }
        request.looked_at = {"path": area.path, "count": 0}
        return render(request, "campaigns/assign_places.html", context)
    table = grid_table(request.scope, found, area)
    lines = table.lines
    if request.GET.get("show") == "lacking":
        lines = [line for line in lines if not line.has_own]
    workers = choosable(area.path)
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    waiting = hand_backs_waiting(request.scope.within(area.path), found, table)
    request.looked_at = {"path": area.path, "count": len(waiting), "reason": ""}
    context |= {
        "path": _path(request, table.above, round_id),
        "page": page,
        "rows": [{"line": line, "workers": _nearby(workers, line.village_path)} for line in page],
        "lacking_count": sum(not line.has_own for line in table.lines),
        "due_count": sum(line.due_count for line in table.lines),
        "workers": workers,
        "hand_backs": waiting,
    }
    return render(request, "campaigns/assign.html", context)


@require_POST
def assign_act(request: HttpRequest, round_id: int) -> HttpResponse:
    """Apply the chosen workers, move all of one worker, or take what was handed back."""
    found, area = get_round(request.scope, round_id), picked_area(request)
    said, scope, by = request.POST, request.scope.within(area.path), request.actor.id

    def act() -> str:
        match said.get("act"):
            case "grids":
                pairs = [
                    (int(grid), int(str(value)))
                    for name, value in said.items()
                    if (grid := name.removeprefix("grid-")).isdecimal() and str(value).isdecimal()
                ]
                count = assign_grids_in_bulk(pairs=pairs, scope=scope, by=by, reason=said.get("reason", ""))
                return _("已派%(count)s个网格（组）") % {"count": number(count)}
            case "hand_over":
                count = reassign_worker(
                    from_worker_id=number_of(said.get("from")) or 0,
                    to_worker_id=number_of(said.get("to")) or 0,
                    scope=scope,
                    by=by,
                    reason=said.get("reason", ""),
                )
                return _("已移交%(count)s项") % {"count": number(count)}
            case "take":
                count = take_back(
                    hand_back_ids=numbers_of(said.getlist("hand_backs")),
                    worker_id=number_of(said.get("to")) or 0,
                    scope=scope,
                    by=by,
                )
                return _("已派出%(count)s户") % {"count": number(count)}
        raise Problem("http.bad_request", detail="act")

    attempt(request, act)
    return redirect(f"{reverse('assign', args=[found.pk])}?area={area.code}")


def _nearby(workers: list[Worker], village_path: str) -> list[Worker]:
    """Who is offered for a grid: the workers of its village, then those above the villages. Anybody else is reached
    by 'all of one worker'; a select with a whole township in every row would be slow to load and to read."""
    if not village_path:
        return workers
    return [worker for worker in workers if worker.area_path.startswith(village_path)] + [
        worker
        for worker in workers
        if village_path.startswith(worker.area_path) and worker.area_path != village_path
    ]


def _path(request: HttpRequest, above: list[Area], round_id: int) -> list[dict[str, str]]:
    """The areas above, as far as the actor's own."""
    address = reverse("assign", args=[round_id])
    return [
        {"name": area.name, "url": f"{address}?area={area.code}"}
        for area in above
        if request.scope.covers(area.path)
    ]
