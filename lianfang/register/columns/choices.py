"""What a person said about the sheets and columns of a file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choices:
    """What a person said about a file. Sheets that are not named are read as they are recognised.

    `sheets`: sheet → place of a column (from 0 at column A) → field, or "" for a column that is not read.
    `taken_sheets`: None takes every sheet that is not hidden; else exactly these, hidden or not.
    `reason`: "remembered" when the layout was met before, "chosen" when a person says it now.
    """

    sheets: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    taken_sheets: frozenset[str] | None = None
    takes_hidden_rows: bool = False
    reason: str = "chosen"

    def is_taken(self, sheet: str, is_hidden: bool) -> bool:
        return not is_hidden if self.taken_sheets is None else sheet in self.taken_sheets
