"""The rows of one sheet, each with the place that it belongs to, and what is counted while they pass by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lianfang.areas.queries import prefixes
from lianfang.reports.queries.table_values.areas import area_rows
from lianfang.reports.queries.table_values.asking import SheetAsk
from lianfang.reports.queries.table_values.names import name_rows
from lianfang.reports.tables import Value

# What Lianfang puts in; 序号, repeated words and formulas are nobody's work either way.
_GIVEN = frozenset({"place", "figure", "question", "register"})


@dataclass(slots=True)
class Row:
    """Cells filled and cells not known, of one area."""

    filled: int = 0
    unknown: int = 0


@dataclass(slots=True)
class Tally:
    """By area path: what passed by. Complete when all rows have been read."""

    rows: int = 0
    by_path: dict[str, Row] = field(default_factory=lambda: defaultdict(Row))
    unknown_rows: list[int] = field(default_factory=list)  # listed rows that are no area of ours, from 0

    @property
    def filled(self) -> int:
        return sum(row.filled for row in self.by_path.values())

    def by_village(self, villages: frozenset[str]) -> dict[str, Row]:
        """Folded to villages; what lies above a village stays where it is."""
        found: dict[str, Row] = {}
        for path, row in self.by_path.items():
            home = next((one for one in prefixes(path) if one in villages), path) if path else ""
            kept = found.setdefault(home, Row())
            kept.filled += row.filled
            kept.unknown += row.unknown
        return found


def rows_of(ask: SheetAsk, tally: Tally) -> Iterator[Sequence[Value]]:
    """Raises `scope.outside` at once, before a row is asked for."""
    ask.table.scope.within(ask.table.area.path)
    counted = [at for at, meaning in enumerate(ask.meanings) if meaning.kind in _GIVEN]
    rows = name_rows(ask) if ask.has_names else area_rows(ask)
    return _tallied(rows, counted, tally)


def _tallied(
    rows: Iterator[tuple[str, Sequence[Value]]], counted: Sequence[int], tally: Tally
) -> Iterator[Sequence[Value]]:
    for path, values in rows:
        if not path:
            tally.unknown_rows.append(tally.rows)
        else:
            filled = sum(1 for at in counted if values[at] is not None)
            row = tally.by_path[path]
            row.filled += filled
            row.unknown += len(counted) - filled
        tally.rows += 1
        yield values
