"""When a department's table fills itself. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from lianfang.core.clock import at, local

MOST_HOURS = 8
_HOUR = re.compile(r"(\d{1,2})[:：点时](\d{1,2})?分?")
_BETWEEN = re.compile(r"[\s,，、;；和]+")


def read_hours(text: str) -> tuple[list[str], str]:
    """'7:30、16点 20:00' → (["07:30", "16:00", "20:00"], ""); else the first word that is no hour comes second."""
    found: list[str] = []
    for word in filter(None, _BETWEEN.split(text.strip())):
        match = _HOUR.fullmatch(word)
        hour, minute = (int(match[1]), int(match[2] or 0)) if match else (24, 0)
        if hour > 23 or minute > 59:
            return [], word
        found.append(f"{hour:02}:{minute:02}")
    return sorted(set(found)), ""


def next_hour(hours: Sequence[str], after: dt.datetime) -> dt.datetime | None:
    """The first of these hours of the day, by the county's clock, that is later than `after`."""
    if not hours:
        return None
    today = local(after).date()
    moments = [
        at(today + dt.timedelta(days=days), *map(int, hour.split(":"))) for days in (0, 1) for hour in hours
    ]
    return min(moment for moment in moments if moment > after)


def slot_of(moment: dt.datetime) -> str:
    """How an hour at which a table fills itself is kept."""
    return local(moment).strftime("%Y-%m-%d %H:%M")
