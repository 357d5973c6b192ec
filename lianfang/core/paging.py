"""One page of a list, with what `{% pager %}` asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

PAGE = 50  # rows: two screens of a desk


class Paged:
    """Base of a page whose rows were counted and cut by SQL; `number` starts at 1."""

    __slots__ = ()

    rows: Sequence[Any]
    total_count: int
    number: int
    size: int = PAGE

    @property
    def shown_count(self) -> int:
        return len(self.rows)

    @property
    def previous_key(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next_key(self) -> int | None:
        return self.number + 1 if self.number * self.size < self.total_count else None
