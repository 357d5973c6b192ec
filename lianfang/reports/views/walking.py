"""走访单 for those who walk with paper, and the same as Excel for typing in later."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lianfang.areas.models import Area
from lianfang.areas.queries import get_chain
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.rounds import get_round, running_rounds
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.core import clock
from lianfang.core.downloads import XLSX, attachment
from lianfang.core.problems import Problem
from lianfang.reports import wording
from lianfang.reports.queries.walk import homes
from lianfang.reports.walk_sheet import walk_file
from lianfang.reports.walking import Sheet, Walk, sheets

MOST_DOORS = 1_200  # a village; more paper than that is no walk


@require_GET
def walk_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Prints names and doors of one's own area, without ids and phones. Each print is recorded."""
    chain, found, pages = _sheets(request, code)
    request.looked_at = {
        "path": chain[-1].path,
        "count": sum(len(page.doors) for page in pages),
        "reason": f"print round {found.pk if found else 0}",
    }
    above = [area.name for area in chain if area.level in ("county", "township", "village")]
    context = {
        "area": chain[-1],
        "place": "".join(above),
        "round": found,
        "work": wording.work_name(found.campaign.name, found.number) if found else "",
        "base": found.campaign.get_base_display() if found else "",
        "sheets": pages,
        "door_count": sum(len(page.doors) for page in pages),
        "duty_phone": settings.DUTY_PHONE,
        "now": clock.now(),
        "nav_key": "close",
    }
    return render(request, "reports/walk.html", context)


@require_GET
def walk_excel(request: HttpRequest, code: str) -> HttpResponse:
    chain, found, pages = _sheets(request, code)
    if found is None:
        raise Problem("reports.nothing_to_close", area=chain[-1].name)
    count = sum(len(page.doors) for page in pages)
    request.looked_at = {"path": chain[-1].path, "count": count, "reason": f"xlsx round {found.pk}"}
    content = walk_file(found, pages, clock.now())
    return attachment(content, f"{chain[-1].name}-走访单-{clock.local(clock.now()):%m%d}.xlsx", XLSX)


def _sheets(request: HttpRequest, code: str) -> tuple[Sequence[Area], Round | None, list[Sheet]]:
    chain = get_chain(code)
    area = chain[-1]
    inside = request.scope.within(area.path)
    now = clock.now()
    given = request.GET.get("round", "")
    found = get_round(inside, int(given)) if given.isdecimal() else running_rounds(inside, now).first()
    if found is None:
        return chain, None, []
    # One more than fits, so that too many are noticed without being counted.
    pick = Pick("missing", size=MOST_DOORS + 1, total_count=MOST_DOORS)
    listed = targets_in(inside, found, area, now, pick)
    if len(listed.rows) > MOST_DOORS:
        raise Problem("reports.sheet_too_long", most=MOST_DOORS, count=f"{MOST_DOORS}+")
    doors = [row.household_id for row in listed.rows]
    at_home = homes(inside, found, area, doors, now)
    return chain, found, sheets(Walk(found, chain, now), listed.rows, at_home)
