"""What filing a batch leaves behind besides its records: what the village must be asked, and which names of the
phone's own are known from now on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

TWO_ANSWERS = "visits.two_answers"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Filed, and somebody else has told it otherwise: what the receipt says of it."""

    code: str
    detail: Mapping[str, Any]


@dataclass(slots=True)
class Filed:
    doubts: dict[UUID, Doubt] = field(default_factory=dict)  # by operation; the first of each
    keys: list[UUID] = field(
        default_factory=list
    )  # names of households and people that phones made themselves

    def add(self, other: Filed | None) -> None:
        if other is not None:
            self.doubts = {**other.doubts, **self.doubts}
            self.keys += other.keys
