"""The first page: what is late and who has it, what waits for this person, what runs. A grid worker sees her doors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lianfang.accounts.models import Role
from lianfang.areas.models import Area
from lianfang.areas.queries import children
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation, coverage_of_rounds
from lianfang.campaigns.queries.rounds import running_rounds
from lianfang.campaigns.queries.targets import SHOWS, Pick, targets_in
from lianfang.campaigns.rules import chase_text
from lianfang.core import clock
from lianfang.core.desk_format import left, night
from lianfang.core.problems import Problem
from lianfang.reports import wording
from lianfang.reports.queries.today import (
    LateVillage,
    late_villages,
    orders_to_sign,
    saved_today,
    waiting,
)
from lianfang.reports.views.coverage import FIGURES, page_number
from lianfang.workforce.queries import Answering, who_answers

ON_DUTY_SHOWN = 5


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Numbers and duty names only. Whoever works at doors is led to them."""
    home: Area = request.actor.home.area
    if request.actor.home.role == Role.GRID_WORKER or RANK[home.level] > RANK["village"]:
        return redirect("doors")
    now = clock.now()
    rounds = list(running_rounds(request.scope, now))
    counts = coverage_of_rounds(request.scope, rounds, home, now)
    late, late_count = late_villages(request.scope, rounds, home, now)
    below = list(children(home))
    answering = who_answers(
        {village.path for village in late} | {area.path for area in below} | {home.path}, now
    )
    midnight = clock.at(clock.local(now).date())
    waits = waiting(request.scope, home, actor_id=request.actor.id, midnight=midnight)
    see_names = request.actor.may("target.read")
    context = {
        "area": home,
        "late": [_late(village, rounds, answering, now) for village in late],
        "late_count": late_count,
        "soon": [
            _soon(found, counts[found.pk], home) for found in rounds if _is_soon(found, counts[found.pk], now)
        ],
        "rounds": [
            _round(found, counts[found.pk], home, see_names=see_names)
            for found in rounds
            if counts[found.pk] != Equation()
        ],
        "waits": waits,
        "reasons": _("、").join(
            f"{wording.reason_word(key)}{count}" for key, count in waits.exemption_reasons.items()
        ),
        "orders": orders_to_sign(home) if request.actor.may("order.sign") else [],
        "duty": _duty(home, below, answering),
        "received_count": sum(waits.received.values()),
        "may_dial": request.actor.may("worker.dial"),
        "may_assign": request.actor.may("target.assign"),
        "may_check": request.actor.may("list.check"),
        "nav_key": "today",
        "now": now,
        "data_as_of": now,
        "last_received_at": waits.last_received_at,
    }
    return render(request, "reports/today.html", context)


@require_GET
def today_saved(request: HttpRequest) -> HttpResponse:
    """一次上门，填了N张表，少问M个问题: fetched by the page when it stands, for it is counted from every answer."""
    now = clock.now()
    area: Area = request.actor.home.area
    midnight = clock.at(clock.local(now).date())
    context = {"saved": saved_today(request.scope, area, midnight, now), "area": area, "now": now}
    return render(request, "reports/_today_saved.html", context)


@require_GET
def doors(request: HttpRequest) -> HttpResponse:
    """A worker's own doors in walking order, one round at a time; the one due first unless another is picked."""
    now = clock.now()
    area = _own_area(request)
    rounds = list(running_rounds(request.scope, now))
    counts = coverage_of_rounds(request.scope, rounds, area, now)
    rounds = [found for found in rounds if counts[found.pk].due or counts[found.pk].found_due]
    wanted = request.GET.get("round", "")
    found = next((one for one in rounds if str(one.pk) == wanted), rounds[0] if rounds else None)
    context: dict[str, Any] = {
        "area": area,
        "areas": [
            {"name": grant.area.name, "url": f"?area={grant.area.code}", "is_here": grant.area_id == area.pk}
            for grant in request.actor.grants
        ],
        "rounds": [
            {
                "name": wording.work_name(one.campaign.name, one.number),
                "url": _doors_url(area, one),
                "is_here": one is found,
                "missing": counts[one.pk].missing,
            }
            for one in rounds
        ],
        "nav_key": "today",
        "now": now,
        "data_as_of": now,
    }
    if found is not None:
        context |= _doors(request, found, area, counts[found.pk], now)
    request.looked_at = {"path": area.path, "count": context.get("shown_count", 0)}
    return render(request, "reports/doors.html", context)


def _doors(
    request: HttpRequest, found: Round, area: Area, counts: Equation, now: dt.datetime
) -> dict[str, Any]:
    show = request.GET.get("show", "due")
    if show not in SHOWS:
        raise Problem("http.bad_request", detail="show")
    pick = Pick(show=show, page=page_number(request), total_count=counts.number(show))
    page = targets_in(request.scope, found, area, now, pick)
    rows = [
        {
            "row": row,
            "note": wording.row_note(row, now),
            "size": wording.size_word(row),
            "kind": "late" if row.is_overdue else wording.STATE_KIND[row.state],
            "word": wording.show_word("overdue" if row.is_overdue else row.state),
        }
        for row in page.rows
    ]
    return {
        "round": found,
        "work": wording.work_name(found.campaign.name, found.number),
        "unit": wording.unit(found.campaign),
        "counts": counts,
        "urls": {key: _doors_url(area, found, show=key) for key in SHOWS},
        "show": show,
        "rows": rows,
        "page": page,
        "shown_count": len(rows),
    }


def _own_area(request: HttpRequest) -> Area:
    code = request.GET.get("area", "")
    if not code:
        return request.actor.home.area
    for grant in request.actor.grants:
        if grant.area.code == code:
            request.scope.within(grant.area_path)
            return grant.area
    raise Problem("scope.outside")


def _doors_url(area: Area, found: Round, **more: str) -> str:
    return f"{reverse('doors')}?{urlencode({'area': area.code, 'round': found.pk, **more})}"


def _late(
    village: LateVillage, rounds: Sequence[Round], answering: dict[str, Answering], now: dt.datetime
) -> dict[str, Any]:
    found = next(one for one in rounds if one.pk == village.round_id)
    work, unit = wording.work_name(found.campaign.name, found.number), wording.unit(found.campaign)
    return {
        "village": village,
        "work": work,
        "unit": unit,
        "answering": answering.get(village.path),
        "url": f"{reverse('coverage_names', args=[found.pk, village.code])}?show=overdue",
        "chase": chase_text(
            work=work,
            areas=[(f"{village.parent_name}{village.name}", village.overdue_count)],
            due=night(village.since, now),
            left=left(village.since, now),
            duty_phone=settings.DUTY_PHONE,
            unit=unit,
        ),
    }


def _is_soon(found: Round, counts: Equation, now: dt.datetime) -> bool:
    """More than half of the time is used and somebody is still to be met."""
    return (
        now < found.due_at
        and (now - found.opens_at) * 2 > found.due_at - found.opens_at
        and counts.missing > 0
    )


def _soon(found: Round, counts: Equation, home: Area) -> dict[str, Any]:
    return {
        "round": found,
        "work": wording.work_name(found.campaign.name, found.number),
        "unit": wording.unit(found.campaign),
        "missing": counts.missing,
        "not_met": counts.not_met,
        "url": reverse("coverage", args=[found.pk, home.code]),
    }


def _round(found: Round, counts: Equation, home: Area, *, see_names: bool) -> dict[str, Any]:
    address = reverse("coverage_names", args=[found.pk, home.code])
    return {
        "round": found,
        "work": wording.work_name(found.campaign.name, found.number),
        "base": found.campaign.get_base_display(),
        "counts": counts,
        "urls": {key: f"{address}?show={key}" for key in FIGURES} if see_names else {},
        "url": reverse("coverage", args=[found.pk, home.code]),
    }


def _duty(home: Area, below: Sequence[Area], answering: dict[str, Answering]) -> dict[str, Any]:
    """Who answers tonight: the area's own, then the areas below; where nobody does comes first. An estate has nobody
    of its own: whoever answers there answers for a grid of it."""
    below = [area for area in below if area.level != Area.Level.ESTATE]
    named = [(area, answering.get(area.path)) for area in below]
    own = [(area, found) for area, found in named if found and found.area_path == area.path]
    missing = [area for area, found in named if found is None or found.area_path != area.path]
    return {
        "home": answering.get(home.path),
        "missing": missing[:3],
        "missing_count": len(missing),
        "own": own[: ON_DUTY_SHOWN - min(len(missing), 3)],
        "own_count": len(own),
        "below_count": len(below),
    }
