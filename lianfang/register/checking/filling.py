"""Cells that say "as above": merged down, 同上, or left empty below a household's first row. Pure.

Only what says where somebody lives and who heads the household is filled; never a name, an id or a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from lianfang.register import rules
from lianfang.register.checking.context import is_example
from lianfang.register.columns import Columns
from lianfang.register.rules import Cell

PLACE_FIELDS = ("township", "village", "village_code")
FILLED = (
    *PLACE_FIELDS,
    *("section", "estate", "grid", "group", "building", "unit", "floor", "room", "label"),
    *("household_reference", "household_kind", "head_name", "present_place", "registered_place"),
)
_NOBODY = object()
_OFTEN = 0.1  # of the rows leave the village out: it is written once for many
_HEADS = 0.1  # of the rows below a household's first at most may be heads: else the empty cells mean nothing


class Filler:
    """Gives each row of a sheet what it takes from above."""

    def __init__(
        self,
        columns: Columns,
        merged: Sequence[Sequence[int]],
        first_column: int,
        sample: Sequence[Sequence[Cell]],
    ) -> None:
        is_own = {
            "village_code",
            "label",
            "walk_order",
        } <= columns.at.keys()  # our export says all of everybody
        self.places = () if is_own else tuple(columns.at[name] for name in FILLED if name in columns.at)
        self.village_places = frozenset(columns.at[name] for name in PLACE_FIELDS if name in columns.at)
        self._key: Any = itemgetter(*self.places) if len(self.places) > 1 else None
        self._merged = {
            place: sorted(
                (top, bottom)
                for top, left, bottom, _ in merged
                if left - first_column == place and bottom > top
            )
            for place in self.places
        }
        self._merged = {place: ranges for place, ranges in self._merged.items() if ranges}
        self._at = dict.fromkeys(self._merged, 0)
        self.follows, self.says_village_once = self._habit(columns, sample)
        self.fills_blanks = bool(self._merged) or self.follows or self.says_village_once
        self._whole: set[int] = set()  # digests: the cells of a county's households would take 40 MB
        self._last: Any = _NOBODY  # people of one household stand together
        self.above: Sequence[Cell] = ()

    def _habit(self, columns: Columns, sample: Sequence[Sequence[Cell]]) -> tuple[bool, bool]:
        """Whether rows without any address follow the row above, and whether the village is said once for many."""
        name, relation = columns.at["name"], columns.at.get("relation")
        # What stands above the first address has nothing to follow. The row with it may be no person itself: its name
        # is missing, or it was crossed out.
        start = next(
            (n for n, row in enumerate(sample) if any(not _is_empty(row, p) for p in self.places)), 0
        )
        sample = sample[start:]
        people = [
            row
            for row in sample
            if name < len(row) and rules.person_name(row[name])[0] and not any(map(is_example, row[:2]))
        ]
        if len(people) < 2 or not self.places:
            return False, False
        empty = [row for row in people if all(_is_empty(row, place) for place in self.places)]
        heads = [
            row
            for row in empty
            if relation is not None and relation < len(row) and rules.relation(row[relation])[0] == "head"
        ]
        # Who heads which household tells whether the empty cells are a household's; else there must be many.
        shows_household = relation is not None or len(empty) > _OFTEN * len(people)
        follows = bool(empty) and shows_household and len(heads) <= _HEADS * len(empty)
        villages = self.village_places
        without = [row for row in people if all(_is_empty(row, place) for place in villages)]
        says_once = (
            bool(villages)
            and len(without) > _OFTEN * len(people)
            and any(not _is_empty(row, p) for row in sample[: sample.index(without[0])] for p in villages)
        )
        return follows, says_once

    def fill(self, number: int, row: list[Cell]) -> list[Cell]:
        """The row itself, or a copy with what it takes from above."""
        if not self.places:
            return row
        cells: Any = self._key(row) if self._key else row[self.places[0]]
        if cells == self._last or hash(cells) in self._whole:
            return row
        has_ditto = any(rules.is_ditto(row[place]) for place in self.places)
        if not has_ditto and not self.fills_blanks:
            self._whole.add(hash(cells))
            self._last = cells
            return row
        return self._filled(number, row)

    def _filled(self, number: int, row: list[Cell]) -> list[Cell]:
        is_empty = self.follows and all(_is_empty(row, place) for place in self.places)
        no_village = self.says_village_once and all(_is_empty(row, place) for place in self.village_places)
        filled = row
        for place in self.places:
            if rules.is_ditto(row[place]):
                takes = True
            elif not _is_empty(row, place):
                takes = False
            else:
                takes = (
                    is_empty
                    or (no_village and place in self.village_places)
                    or self._is_covered(place, number)
                )
            if takes:
                if filled is row:
                    filled = row.copy()
                filled[place] = self.above[place] if place < len(self.above) else None
        return filled

    def _is_covered(self, place: int, number: int) -> bool:
        """The cell lies in a merged one that begins further up. Rows come in order."""
        ranges = self._merged.get(place)
        if not ranges:
            return False
        at = self._at[place]
        while at < len(ranges) and ranges[at][1] < number:
            at += 1
        self._at[place] = at
        return at < len(ranges) and ranges[at][0] < number


def _is_empty(row: Sequence[Cell], place: int) -> bool:
    cell = row[place] if place < len(row) else None
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())
