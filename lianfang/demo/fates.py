"""What becomes of each door by 21:05: which are done, tried, untouched, off the list, and which are late.

Pure: plain values in, plain values out. Nothing here is a state. A fate only says what is to happen at a door; the
state is what the kernel's rule makes of the visits.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

from lianfang.demo import places

Fate = Literal["done", "exempt", "pending", "tried", "untouched"]
# In the villages that are late: as many doors of each beat as the tour tells, 14 and 9 of two workers.
LATE_IN_ESTATE = 14
# 滨江村: its houses are being pulled down, and the requests wait for a decision.
DEMOLISHED_VILLAGE, PENDING = "430581204220", 9


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    age: int
    is_living: bool
    is_tonight: bool
    away_place: str


@dataclass(frozen=True, slots=True)
class Home:
    """A household as visits see it. `name` is (area, label), as people say it."""

    id: int
    path: str
    area_code: str
    name: tuple[str, str]
    members: tuple[Member, ...]

    @property
    def is_due(self) -> bool:
        return any(member.is_tonight for member in self.members)


@dataclass(frozen=True, slots=True)
class KnownVisit:
    at: str  # month-day hour:minute; "" where nobody has been yet
    channel: str
    outcome: str
    back: str


@dataclass(slots=True)
class VillageFates:
    """`tonight`: households whose deadline was today 20:00 instead of tomorrow noon."""

    fates: dict[int, Fate] = field(default_factory=dict)
    tonight: set[int] = field(default_factory=set)
    known: dict[int, list[KnownVisit]] = field(default_factory=dict)


@cache
def _planned() -> dict[str, dict[str, int]]:
    text = files(__package__).joinpath("data/round_two.csv").read_text(encoding="utf-8")
    return {
        row.pop("code"): {key: int(value) for key, value in row.items()}
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _known() -> dict[tuple[str, str], list[dict[str, str]]]:
    text = files(__package__).joinpath("data/known_visits.csv").read_text(encoding="utf-8")
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault((row["area"], row["label"]), []).append(row)
    return found


def of_village(code: str, homes: Sequence[Home], rng: random.Random) -> VillageFates:
    """The fate of each household that is due, known doors first, the others drawn in fixed numbers."""
    due = [home for home in homes if home.is_due]
    found = VillageFates()
    if code == DEMOLISHED_VILLAGE:
        found.fates = {home.id: "pending" for home in due[:PENDING]}
    if code == places.ESTATE_VILLAGE:
        _tell_known(found, due)
    wanted = _numbers(code, len(due), rng)
    late = _choose_late(code, found, due, wanted.pop("overdue"), rng)
    for index, home_id in enumerate(late):
        found.fates[home_id] = "tried" if index % 5 < 2 else "untouched"
    for fate in found.fates.values():
        wanted[fate] = max(0, wanted.get(fate, 0) - 1)
    rest = [home.id for home in due if home.id not in found.fates]
    rng.shuffle(rest)
    begin = 0
    for fate in ("exempt", "tried", "untouched"):
        chosen = rest[begin : begin + wanted[fate]]
        begin += len(chosen)
        found.fates.update((home_id, fate) for home_id in chosen)
        found.tonight.difference_update(chosen if fate != "exempt" else ())
    found.fates.update((home_id, "done") for home_id in rest[begin:])
    return found


def _numbers(code: str, due: int, rng: random.Random) -> dict[str, int]:
    """How many of each, for a village with that many due."""
    planned = _planned().get(code)
    if planned:
        # The plan counts all households of the village; those of whom nobody is there tonight are not due.
        share = due / int(places.whole_township()[code]["household_count"])
        scaled = {key: round(planned[key] * share) for key in ("exempt", "not_met", "open")}
        return {
            "done": 0,
            "exempt": max(scaled["exempt"], 1),
            "tried": scaled["not_met"],
            "untouched": scaled["open"],
            "overdue": planned["overdue"],
        }
    missing = due * rng.uniform(0.02, 0.14)
    tried = missing * 0.25
    return {
        "done": 0,
        "exempt": _rounded(due * 0.012, rng),
        "tried": _rounded(tried, rng),
        "untouched": _rounded(missing - tried, rng),
        "overdue": 0,
    }


def _rounded(number: float, rng: random.Random) -> int:
    """Up or down by chance, so that ten households with a share of 0.3 add up over three hundred villages."""
    return int(number + rng.random())


def _tell_known(found: VillageFates, due: Sequence[Home]) -> None:
    for home in due:
        rows = _known().get(home.name)
        if rows:
            visits = [KnownVisit(row["at"], row["channel"], row["outcome"], row["back"]) for row in rows]
            found.known[home.id] = visits
            found.fates[home.id] = "tried" if visits[0].at else "untouched"
            if rows[0]["deadline"] == "tonight":
                found.tonight.add(home.id)


def _choose_late(
    code: str, found: VillageFates, due: Sequence[Home], count: int, rng: random.Random
) -> list[int]:
    """Doors that should have been met by 20:00 and were not. Fills `tonight` with all whose deadline that was."""
    if not count:
        return []
    told = set(found.tonight)  # the known ones are late already
    if code == places.ESTATE_VILLAGE:
        parts = [((code + "E",), LATE_IN_ESTATE), ((code + "G03", code + "G04"), count - LATE_IN_ESTATE)]
    else:
        parts = [((code + "G01", code + "G02", code + "G03"), count)]
    late: list[int] = []
    for areas, wanted in parts:
        inside = [home.id for home in due if home.area_code.startswith(areas)]
        free = [home_id for home_id in inside if home_id not in found.fates]
        late += rng.sample(free, max(0, wanted - sum(home_id in told for home_id in inside)))
        found.tonight.update(free)
    return late
