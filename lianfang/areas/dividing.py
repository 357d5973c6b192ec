"""Of many areas at once: in which of them does a path lie, decided by SQL by one binary search a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lianfang.core.scope import subtree


@dataclass(frozen=True, slots=True)
class Division:
    """Areas of which none lies inside another. `cuts` are the bounds of their subtrees in byte order, `labels` what
    begins at each: the path of an area, or '' for what lies between them."""

    paths: tuple[str, ...]
    cuts: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, paths: Sequence[str]) -> Division:
        cuts: list[str] = []
        labels: list[str] = []
        for path in sorted(set(paths)):
            low, high = subtree(path)
            if cuts and cuts[-1] == low:  # it begins where the one before ended
                labels[-1] = path
            else:
                cuts.append(low)
                labels.append(path)
            cuts.append(high)
            labels.append("")
        return cls(tuple(dict.fromkeys(paths)), tuple(cuts), tuple(labels))

    @property
    def bounds(self) -> tuple[str, str]:
        """From the first to the last of them."""
        return (self.cuts[0], self.cuts[-1]) if self.cuts else ("", "")

    @property
    def values(self) -> dict[str, list[str]]:
        """The parameters that `place` needs."""
        return {"cuts": list(self.cuts), "labels": list(self.labels)}


def place(column: str) -> str:
    """SQL: the path of the area of a division in which `column` lies; null or '' where in none."""
    return f"(%(labels)s::text[])[width_bucket({column}, %(cuts)s::text[])]"
