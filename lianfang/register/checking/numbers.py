"""Id numbers of a whole file: which were met before, and which a program has damaged. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from lianfang.register import rules
from lianfang.register.rules import Cell

# One real number in 64 is by chance what a float can hold, and few of those are mistyped. Of numbers that went
# through a float all are such values, and nine in ten fail their check.
_WRONG_SHARE = 0.1
# That a quarter of the numbers are such values by chance happens in one sheet of ten thousand.
_MANY, _MANY_SHARE = 3, 0.25
_NAME_BITS = 64
_NAME = (1 << _NAME_BITS) - 1


class Numbers:
    def __init__(self, today: dt.date) -> None:
        self.today = today
        self._ids: dict[
            str, int
        ] = {}  # number → row and, of the name, a digest: a county's names would take 40 MB
        self._references: dict[str, dict[str, int]] = {}  # village → reference → row
        # Of the column now read: numbers of 18 digits, those a float can hold, and how many of these fail.
        self._seen = self._floats = self._failed = 0

    def claim_id(self, number: str, row: int, name: str) -> tuple[str, int] | None:
        """None when this row is the first with the number; else what is wrong and the other row."""
        own = row << _NAME_BITS | hash(name) & _NAME
        other = self._ids.setdefault(number, own)
        if other == own:
            return None
        is_same_name = other & _NAME == own & _NAME
        return ("register.person_twice" if is_same_name else "register.id_twice"), other >> _NAME_BITS

    def claim_reference(self, village: str, reference: str, row: int) -> int | None:
        """Each village numbers its people from 1."""
        references = self._references.get(village) or self._references.setdefault(village, {})
        other = references.setdefault(reference, row)
        return None if other == row else other

    def begin(self) -> None:
        """Another sheet, another column."""
        self._seen = self._floats = self._failed = 0

    def look(self, cells: Iterable[Cell]) -> None:
        """The id cells of the rows that come next."""
        for cell in cells:
            if type(cell) is str and len(cell) == 18 and cell.isdecimal():
                self._seen += 1
                if rules.may_be_float(cell):
                    self._floats += 1
                    self._failed += rules.id_number(cell, self.today)[0] is None

    def is_damaged(self, number: str) -> bool:
        """A program read the column as floats and wrote them out again: what passes the check among them is wrong too."""
        is_column = self._failed > 0 and self._failed >= _WRONG_SHARE * self._floats
        are_many = self._floats >= _MANY and self._floats >= _MANY_SHARE * self._seen
        return (is_column or are_many) and rules.may_be_float(number)
