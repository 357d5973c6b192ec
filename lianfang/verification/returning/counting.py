"""How many rows went back with which answer: counted from what was written, never from what should have been. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from lianfang.core.problems import Problem
from lianfang.verification.returning.answered import RESULTS, Answered


@dataclass(frozen=True)
class Counts:
    """`by_code`: every code in its order, 0 included. `by_town`: township ("" the county) → code → rows."""

    row_count: int
    by_code: Mapping[str, int]
    by_town: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Tally:
    """Grows with every row that is written."""

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.towns: dict[str, Counter[str]] = {}

    def take(self, answered: Answered) -> None:
        self.codes[answered.code] += 1
        self.towns.setdefault(answered.town, Counter())[answered.code] += 1

    def clear(self) -> None:
        """What was written goes nowhere: another way is tried."""
        self.codes.clear()
        self.towns.clear()

    def balanced(self, row_count: int, answer_count: int) -> Counts:
        """Raises `verification.return_unbalanced`: a row without an answer, or an answer without a row."""
        written = sum(self.codes.values())
        if not written == row_count == answer_count:
            raise Problem(
                "verification.return_unbalanced", rows=row_count, answers=answer_count, written=written
            )
        towns = {
            town: {code: self.towns[town][code] for code in RESULTS if self.towns[town][code]}
            for town in sorted(self.towns, key=lambda name: (not name, name))
        }
        return Counts(row_count, {code: self.codes[code] for code in RESULTS}, towns)
