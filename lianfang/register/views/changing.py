"""人口变动: who came to an area and who left it, and what other villages have recorded of its people."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from lianfang.areas.models import Area
from lianfang.areas.queries import ancestors
from lianfang.core.downloads import xlsx_response
from lianfang.core.problems import Problem
from lianfang.register.lived import Line, Wanted, changes_in, life_of
from lianfang.register.models import Household, LifeEvent, Person
from lianfang.register.queries import PlaceNames
from lianfang.register.views.browsing import area_here, path_to

MOST_ROWS = 20_000
SHOWS = (
    ("all", gettext_lazy("全部")),
    ("came", gettext_lazy("来的")),
    ("left", gettext_lazy("走的")),
    ("awaited", gettext_lazy("待落户")),
    ("outside", gettext_lazy("外辖区办理的")),
)


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _wanted(request: HttpRequest) -> Wanted:
    given = request.GET
    return Wanted(
        show=given.get("show", "all"),
        kind=given.get("kind", "") if given.get("kind") in LifeEvent.Kind.values else "",
        since_on=_day(given.get("since", "")),
        until_on=_day(given.get("until", "")),
        text=given.get("q", "").strip()[:40],
        sort=given.get("sort", "-day"),
    )


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    here, wanted = area_here(request), _wanted(request)
    number = request.GET.get("page", "1")
    scope = request.scope.within(here.path)
    page = changes_in(scope, wanted, number=int(number) if number.isdecimal() and len(number) < 6 else 1)
    request.looked_at = {"path": here.path, "count": page.shown_count}
    context = {
        "nav_key": "register",
        "area": here,
        "path": path_to(request, ancestors(here)),
        "page": page,
        "rows": _rows(here, page.rows),
        "wanted": wanted,
        "since": request.GET.get("since", ""),
        "until": request.GET.get("until", ""),
        "shows": SHOWS,
        "kinds": LifeEvent.Kind.choices,
        "is_filtered": bool(
            wanted.kind or wanted.text or wanted.since_on or wanted.until_on or wanted.show != "all"
        ),
        "may_print": request.actor.may("print.own_area"),
    }
    return render(request, "register/changes.html", context)


def _rows(here: Area, lines: list[Line]) -> list[dict[str, Any]]:
    """Each line with the door it happened at, and the one at the other end where the reader may know it."""
    names = PlaceNames(
        {line.area_path for line in lines} | {line.other.area_path for line in lines if line.other},
        below=here.path,
    )

    def door(home: Household | None) -> str:
        return f"{names.of(home.area_path)} {home.door.label}" if home else ""

    return [
        {
            "line": line,
            "name": line.people[0][1],
            "door": door(line.home) or names.of(line.area_path),
            "other": door(line.other),
        }
        for line in lines
    ]


@require_GET
def changes_sheet(request: HttpRequest) -> HttpResponse:
    """The list as a file, as it was filtered: names, no number of anybody."""
    here = area_here(request)
    page = changes_in(request.scope.within(here.path), _wanted(request), size=MOST_ROWS)
    request.looked_at = {"path": here.path, "count": page.shown_count}
    header = (_("日期"), _("变动"), _("来去"), _("姓名"), _("门户"), _("另一头"), _("说明"), _("登记人"))
    sides = dict(LifeEvent.Side.choices)
    rows = (
        (
            row["line"].happened_on.isoformat(),
            row["line"].kind_word,
            str(sides[row["line"].side]),
            row["name"],
            row["door"],
            row["other"] or (_("县内别的辖区") if row["line"].is_elsewhere else ""),
            row["line"].note,
            row["line"].recorder,
        )
        for row in _rows(here, page.rows)
    )
    return xlsx_response(f"{here.name}-{_('人口变动')}", header, rows)


@require_GET
def person_life(request: HttpRequest, person_id: int) -> HttpResponse:
    """Where somebody has lived, as far as the reader's areas know: they may live elsewhere by now."""
    person = (
        Person.objects.filter(request.scope.q(), pk=person_id)
        .only("name", "household_id", "is_current")
        .first()
    )
    lines = life_of(request.scope, person_id)
    if person is None and not lines:
        raise Problem("register.unknown_person")
    names = PlaceNames(line.area_path for line in lines)
    request.looked_at = {"path": lines[-1].area_path if lines else request.scope.ranges[0][0], "count": 1}
    rows = [
        {
            "line": line,
            "door": f"{names.of(line.area_path)} {line.home.door.label if line.home else ''}".strip(),
        }
        for line in lines
    ]
    name = person.name if person else lines[-1].people[0][1]
    context = {"nav_key": "register", "name": name, "person": person, "lines": rows}
    return render(request, "register/person.html", context)
