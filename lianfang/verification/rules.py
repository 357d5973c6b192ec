"""What holds for a list and its rows. Pure: plain values in, plain values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lianfang.core.problems import N_
from lianfang.register.rules import masked_id, masked_phone

HOURS = dt.timedelta(hours=4, minutes=30)  # 核实并反馈, as Wugang set it in 2021; each list may say otherwise
CHECKED_DAYS = 7  # an answer of so many days ago still answers, unless the list says otherwise
NIGHT_BEGINS, NIGHT_ENDS = 22, 7  # nobody is rung in between, unless the protocol marks the row urgent
# How somebody is watched over, the mildest first; a county may write another.
MEASURES = (N_("居家健康监测"), N_("居家隔离"), N_("集中隔离"), N_("已解除"))
CLAIM = dt.timedelta(minutes=15)  # whoever took a row to ring has it so long


def due_at(received_at: dt.datetime, asked: dt.datetime | None = None) -> dt.datetime:
    """When the answer has to leave. The clock runs through the night: what came at 21:00 is due at 次日1:30."""
    return asked or received_at + HOURS


def may_ring(local: dt.datetime, *, is_urgent: bool) -> bool:
    """`local`: the hour as people there read it."""
    return is_urgent or NIGHT_ENDS <= local.hour < NIGHT_BEGINS


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a list, or a township's part of it, has come. `finishes_at`: at the present pace; None while nothing
    has been answered yet."""

    owed: int
    done: int
    finishes_at: dt.datetime | None


def pace(*, owed: int, done: int, since: dt.datetime, now: dt.datetime) -> Pace:
    """At the pace since it went out, when will the rest be done?"""
    if not owed:
        return Pace(0, done, now)
    passed = now - since
    if not done or passed <= dt.timedelta():
        return Pace(owed, done, None)
    return Pace(owed, done, now + passed / done * owed)


def difference(row_count: int, counts: Mapping[str, int]) -> int:
    """Rows in less what was answered, 在核 among it: a list that does not balance does not go back."""
    return row_count - sum(counts.values())


def chosen_way(path: str, from_path: str) -> list[str]:
    """The areas that a row passes on its way down, each of which signs for it."""
    way, end = [], len(from_path)
    while end < len(path):
        end = path.index(".", end) + 1
        way.append(path[:end])
    return way


def chase_areas(owed: Iterable[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """Who still owes rows, most first: names of areas and counts, never a person."""
    return sorted((one for one in owed if one[1]), key=lambda one: (-one[1], one[0]))


def hidden_id(text: str) -> str:
    """Any id, damaged ones too: no birthday is left of it."""
    return masked_id(text) if len(text) > 8 else "*" * len(text)


def hidden_phone(text: str) -> str:
    return masked_phone(text) if len(text) > 6 else "*" * len(text)
