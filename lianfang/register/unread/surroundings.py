"""Which villages the rows around an unread one lie in: people of one sheet mostly stand by their neighbours. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

REACH = 10  # rows up and down


class Surroundings:
    """The village of each row that was read, in six bytes a row; rows of a sheet come in order."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._rows: dict[str, array[int]] = defaultdict(lambda: array("i"))
        self._villages: dict[str, array[int]] = defaultdict(lambda: array("H"))

    def add(self, sheet: str, row: int, village: str) -> None:
        self._rows[sheet].append(row)
        self._villages[sheet].append(self._codes.setdefault(village, len(self._codes)))

    def of(self, places: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Mapping[str, int]]:
        """(sheet, row) → village code → how many of the nearest rows lie there."""
        codes = list(self._codes)
        found = {}
        for sheet, row in places:
            rows, villages = self._rows.get(sheet), self._villages.get(sheet)
            if rows is None or villages is None:
                continue
            at = bisect_left(rows, row)
            near = villages[max(at - REACH, 0) : at + REACH]
            found[sheet, row] = {codes[index]: count for index, count in Counter(near).items()}
        return found
