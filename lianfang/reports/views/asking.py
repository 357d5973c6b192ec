"""Of which day and round an address asks."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.reports.queries.day import Day

_EARLIEST = dt.date(2000, 1, 1)  # nothing was recorded before; the first of all days has no day before it


def asked_round_id(request: HttpRequest) -> int | None:
    given = request.GET.get("round", "")
    return int(given) if given.isdecimal() else None


def asked_day(text: str) -> Day:
    now = clock.now()
    try:
        date = dt.date.fromisoformat(text) if text else clock.local(now).date()
    except ValueError:
        raise Problem("http.bad_request", detail="day") from None
    return Day(max(_EARLIEST, min(date, clock.local(now).date())), now)
