"""What a figure was when an evening was signed, and what later revisions made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lianfang.accounts.models import User
from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation
from lianfang.core.scope import Scope
from lianfang.reports.figures import Value
from lianfang.reports.models import DayClose

LOOKED_AT = 20  # signatures: the last day has a handful of revisions at most


@dataclass(frozen=True, slots=True)
class SignedValue:
    day: dt.date
    revision: int
    value: Value
    as_of: dt.datetime
    signed_at: dt.datetime
    signer: str
    note: str


def signed_values(scope: Scope, round: Round, area: Area, key: str) -> list[SignedValue]:
    """Of the last day that was signed: the first signature, then its revisions. Empty where the figure is not among
    what is signed, or nothing was. Raises `scope.outside`."""
    scope.within(area.path)
    found = DayClose.objects.filter(area=area, round=round).order_by("-closed_on", "-revision")[:LOOKED_AT]
    closes = [close for close in found if is_signed(close.figures, key)]
    last = [close for close in closes if close.closed_on == closes[0].closed_on]
    names = dict(User.objects.filter(pk__in={one.signed_by for one in last}).values_list("pk", "name"))
    return [
        SignedValue(
            close.closed_on,
            close.revision,
            value_in(close.figures, key),
            close.as_of,
            close.signed_at,
            names.get(close.signed_by, ""),
            close.note,
        )
        for close in reversed(last)
    ]


def is_signed(figures: Mapping[str, Any], key: str) -> bool:
    return key in figures.get("equation", {}) or key == "rate" or _work_key(key) in figures.get("work", {})


def _work_key(key: str) -> str:
    return key.removesuffix("_today")


def value_in(figures: Mapping[str, Any], key: str) -> Value:
    """A figure out of what was frozen."""
    equation = figures["equation"]
    if key in equation:
        return int(equation[key])
    if key == "rate":
        return Equation(**equation).rate
    pair = figures["work"][_work_key(key)]
    return int(pair[0] if key.endswith("_today") else pair[1])
