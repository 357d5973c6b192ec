"""One page of coverage: an area, its equation, its parts. Three statements, whatever the level."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lianfang.areas.models import Area
from lianfang.areas.queries import get_chain
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation, Unnamed, coverage_and_unnamed, total
from lianfang.campaigns.queries.rounds import rounds_in
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.workforce.queries import Answering

ROUNDS_TO_PICK = 12
SORTS = ("area", "due", "done", "exempt", "not_met", "open", "overdue", "rate")


@dataclass(frozen=True, slots=True)
class Part:
    """One row of the table: an area below, or the area itself for what hangs on none of them."""

    area: Area
    counts: Equation
    answering: Answering | None = None
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class AreaCoverage:
    round: Round
    rounds: Sequence[Round]
    chain: Sequence[Area]  # from the top down to the area itself
    parts: Sequence[Part]
    counts: Equation
    as_of: dt.datetime
    unnamed: Unnamed = field(default_factory=Unnamed)

    @property
    def area(self) -> Area:
        return self.chain[-1]

    @property
    def is_leaf(self) -> bool:
        """Nothing below it holds a target: its households are the next thing to see."""
        return all(part.is_rest for part in self.parts)

    @property
    def paths(self) -> set[str]:
        return {part.area.path for part in self.parts}

    def answered(self, answering: Mapping[str, Answering]) -> AreaCoverage:
        """With who answers for each part, which the caller reads together with what else it has to ask."""
        parts = [replace(part, answering=answering.get(part.area.path)) for part in self.parts]
        return replace(self, parts=parts)

    @property
    def digest(self) -> str:
        """Changes when a number on the page does; past a deadline the overdue ones change by themselves."""
        numbers = repr([(part.area.pk, part.counts) for part in self.parts])
        return hashlib.blake2b(numbers.encode(), digest_size=8).hexdigest()


def area_coverage(
    scope: Scope, round_id: int, code: str, now: dt.datetime, *, sort: str = ""
) -> AreaCoverage:
    """Raises `campaigns.unknown`, `areas.unknown`, `scope.outside`."""
    rounds = list(rounds_in(scope))
    found = next((one for one in rounds if one.pk == round_id), None)
    if found is None:
        raise Problem("campaigns.unknown")
    chain = get_chain(code)
    area = chain[-1]
    children, unnamed = coverage_and_unnamed(scope, found, area, now)
    parts = [
        Part(child, counts, is_rest=child.pk == area.pk)
        for child, counts in children
        if counts != Equation() or child.pk == area.pk
    ]
    picks = [one for one in rounds if _meets(one, area)]
    counts = total(counted for _, counted in children)
    shown = sorted_parts(parts, sort)
    return AreaCoverage(found, picks[:ROUNDS_TO_PICK], chain, shown, counts, now, unnamed)


def _meets(found: Round, area: Area) -> bool:
    """Does the round run in this area, in a part of it or in one that holds it?"""
    theirs = found.campaign.area_path
    return area.path.startswith(theirs) or theirs.startswith(area.path)


def sorted_parts(parts: Sequence[Part], sort: str) -> list[Part]:
    """Lowest coverage first unless asked otherwise; `-key` the other way round. What hangs on the area itself is last."""
    key, is_down = sort.removeprefix("-"), sort.startswith("-")
    if key not in SORTS:
        key, is_down = "rate", False

    def value(part: Part) -> tuple[float, ...]:
        if key == "rate":
            return (float(part.counts.rate) if part.counts.rate is not None else 2.0,)
        return (float(getattr(part.counts, key)),)

    inside = [part for part in parts if not part.is_rest]
    if key != "area":  # areas come in walking order already
        inside.sort(key=value, reverse=is_down)
    elif is_down:
        inside.reverse()
    return inside + [part for part in parts if part.is_rest]
