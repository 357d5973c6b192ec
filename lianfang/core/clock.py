"""The one clock. Domain time always comes from `now()`, never from SQL's now(), so that a
demonstration (or a test) can stand at 21:05 of a given evening."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_offset = dt.timedelta(seconds=float(os.environ.get("LIANFANG_CLOCK_OFFSET", "0")))
_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return _frozen.get() or dt.datetime.now(dt.UTC) + _offset


def today() -> dt.date:
    """The present day as the county counts it (Asia/Shanghai)."""
    return local(now()).date()


def local(instant: dt.datetime) -> dt.datetime:
    return instant.astimezone(SHANGHAI)


def at(day: dt.date, hour: int = 0, minute: int = 0) -> dt.datetime:
    """An instant given by the county's wall clock."""
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


@contextmanager
def frozen(instant: dt.datetime) -> Iterator[None]:
    """Stand still at an instant (tests and the loading of a demonstration)."""
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)
