"""The rows of one sheet, each with the place that it belongs to, and what is counted while they pass by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lianfang.areas.queries import prefixes
from lianfang.reports.queries.table_values.areas import ELSEWHERE, area_rows
from lianfang.reports.queries.table_values.asking import SheetAsk
from lianfang.reports.queries.table_values.names import name_rows
from lianfang.reports.tables import Meaning, Value

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
    unknown_rows: list[int] = field(default_factory=list)  # listed rows that are no area, from 0
    elsewhere_rows: list[int] = field(default_factory=list)  # listed rows that somebody else answers for
    unknown_by_column: dict[int, int] = field(default_factory=lambda: defaultdict(int))

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
    counted = [at for at, meaning in enumerate(ask.meanings) if _is_counted(meaning)]
    rows = name_rows(ask) if ask.has_names else area_rows(ask)
    return _tallied(rows, counted, tally)


def _is_counted(meaning: Meaning) -> bool:
    """A column that asks for something; 备注 and 签名 are unknown too, but nobody could ever know them."""
    return meaning.kind in _GIVEN or (meaning.kind == "unknown" and bool(meaning.text))


def _tallied(
    rows: Iterator[tuple[str, Sequence[Value]]], counted: Sequence[int], tally: Tally
) -> Iterator[Sequence[Value]]:
    unknown = tally.unknown_by_column
    for path, values in rows:
        if not path:
            tally.unknown_rows.append(tally.rows)
        elif path == ELSEWHERE:
            tally.elsewhere_rows.append(tally.rows)
        else:
            row = tally.by_path[path]
            for at in counted:
                if values[at] is None:
                    row.unknown += 1
                    unknown[at] += 1
                else:
                    row.filled += 1
        tally.rows += 1
        yield values
