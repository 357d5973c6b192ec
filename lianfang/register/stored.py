"""What storing a sheet came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Stored:
    """How many of each were made; a person is added, changed or as before."""

    area_count: int = 0
    door_count: int = 0
    household_count: int = 0
    person_count: int = 0  # entries with a name; the others are vacant doors
    added_count: int = 0
    changed_count: int = 0
    added_ids: tuple[int, int] | None = None  # first and last: numbers are given in one piece
    changed_ids: Sequence[int] = ()
    stayed_rows: Sequence[tuple[str, int]] = ()  # (sheet, row) of people who moved away since, by an event

    def counts(self) -> dict[str, int]:
        """For ImportFile.outcome."""
        return {
            "areas": self.area_count,
            "doors": self.door_count,
            "households": self.household_count,
            "added": self.added_count,
            "changed": self.changed_count,
        }
