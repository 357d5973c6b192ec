"""How the clerk of one sheet writes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.messy.writing import TYPED


@dataclass
class Habits:
    """How the clerk of one sheet writes. Each trap of `cells` befalls its share of the rows."""

    form: str
    place: str
    merged: str = ""  # "", "merged", "blank", "ditto"
    cells: dict[str, dict[str, float]] = field(default_factory=dict)  # field → trap → share
    rows: dict[str, float] = field(default_factory=dict)  # trap of a whole row → share
    village_form: str = ""
    is_placed_above: bool = False  # the title or the line of the unit names a township or a village
    has_title: bool = False
    has_unit_line: bool = False
    has_sums: bool = False
    has_footer: bool = False
    has_blank_lines: bool = False
    page_length: int = 0  # the header again after so many rows
    has_example: bool = False

    @property
    def is_typed(self) -> bool:
        return self.form in TYPED

    def drawn(self, rng: random.Random, name: str, plain: str) -> str:
        """The trap that befalls this cell of the field; mostly `plain`."""
        roll = rng.random()
        for trap, share in self.cells.get(name, {}).items():
            if roll < share:
                return trap
            roll -= share
        return plain
