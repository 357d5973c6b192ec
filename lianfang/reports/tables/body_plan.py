"""Which value goes into which row: rows that are there are filled, more are added, examples are taken out."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lianfang.reports.tables.grid import Grid
from lianfang.reports.tables.layout import TemplateSheet
from lianfang.reports.tables.references import RowMap
from lianfang.reports.tables.values import FEW, SheetFilling, Value

_CHUNK = 500
# Empty rows that stay below the filled ones: a printed page of them belongs to the look of a form.
KEPT_EMPTY = 60


class Rows:
    """The rows of a filling, counted before they are written: what stands above them depends on their number.
    `gaps`: the places of columns, of `width`, in which some row knows nothing."""

    def __init__(self, rows: Iterable[Sequence[Value]], width: int = 0) -> None:
        self.gaps: set[int] = set()
        self.few: set[int] = set()  # in which some row may not be told
        self._width = width
        self._given: Sequence[Sequence[Value]] | None = rows if isinstance(rows, list | tuple) else None
        self.count = len(self._given) if self._given is not None else 0
        if self._given is not None:
            self._look_for_gaps(self._given)
        else:
            # Closed by close(); on disk as soon as it is more than a page or two.
            self._file = tempfile.SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115
            chunk: list[Sequence[Value]] = []
            for row in rows:
                chunk.append(row)
                if len(chunk) == _CHUNK:
                    self._put(chunk)
                    chunk = []
            self._put(chunk)

    def _look_for_gaps(self, rows: Sequence[Sequence[Value]]) -> None:
        width, gaps = self._width, self.gaps
        for row in rows if width else ():
            if FEW in row:
                self.few.update(at for at, value in enumerate(row) if value == FEW)
            if len(row) < width or None in row:
                gaps.update(at for at in range(width) if at >= len(row) or row[at] is None)

    def _put(self, chunk: list[Sequence[Value]]) -> None:
        self.count += len(chunk)
        self._look_for_gaps(chunk)
        pickle.dump(chunk, self._file, pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[Sequence[Value]]:
        if self._given is not None:
            yield from self._given
            return
        self._file.seek(0)
        seen = 0
        while seen < self.count:
            chunk = pickle.load(self._file)  # noqa: S301 - written above, by this process
            seen += len(chunk)
            yield from chunk

    def close(self) -> None:
        if self._given is None:
            self._file.close()


@dataclass
class BodyPlan:
    """`slots`: the rows of the template that are filled, in order; `sources`: rows whose look an added row takes, in
    turn; empty when the template has none and the header's frame has to do."""

    layout: TemplateSheet
    slots: list[int]
    sources: list[int]
    rows: Rows
    map: RowMap

    @property
    def added(self) -> int:
        return self.map.added

    @property
    def first_added(self) -> int:
        """The row in which the first added row stands afterwards."""
        before = sum(1 for row in self.map.removed if row <= self.map.after)
        return self.map.after - before + 1


def plan_body(filling: SheetFilling, grid: Grid, styles_of: dict[int, tuple[str, ...]]) -> BodyPlan:
    """`styles_of`: the styles of each row's cells, to see stripes and a thicker last line."""
    layout = filling.layout
    rows = Rows(filling.rows, 0 if layout.row_kind in ("person", "household") else len(layout.columns))
    if layout.row_kind == "single":
        if rows.count > 1:
            raise ValueError(f"{layout.name} is asked once, {rows.count} rows were given")
        return BodyPlan(layout, [], [], rows, RowMap())
    examples = tuple(sorted(layout.example_rows))
    slots = _slots(layout, grid)
    if not layout.listed and not _is_closed(layout, slots):
        slots += _formatted_below(layout, slots, styles_of, rows.count)
    if not slots and _is_closed(layout, slots):
        after = layout.body_row - 1
        return BodyPlan(layout, slots, list(examples[-1:]), rows, RowMap(0, 0, after, rows.count, examples))
    slots = slots or [layout.body_row]
    added = max(0, rows.count - len(slots))
    sources, after = _sources(slots, styles_of, is_listed=bool(layout.listed))
    removed = examples if layout.listed else (*examples, *_surplus(layout, slots, rows.count))
    first = slots[0] if not layout.listed else layout.body_rows.start
    return BodyPlan(
        layout, slots, sources, rows, RowMap(first, slots[-1], after, added, tuple(sorted(removed)))
    )


def _slots(layout: TemplateSheet, grid: Grid) -> list[int]:
    if layout.listed:
        return [listed.row for listed in layout.listed]
    totals = {total.row for total in layout.totals}
    return [row for row in layout.body_rows if row not in totals and row not in layout.example_rows]


def _is_closed(layout: TemplateSheet, slots: list[int]) -> bool:
    """Something stands below the rows."""
    last = slots[-1] if slots else layout.body_row - 1
    return layout.footer_row is not None or any(total.row > last for total in layout.totals)


def _formatted_below(
    layout: TemplateSheet, slots: list[int], styles_of: dict[int, tuple[str, ...]], count: int
) -> list[int]:
    """Rows without a frame that somebody formatted beforehand, ids as text and days as days."""
    found: list[int] = []
    row = (slots[-1] if slots else layout.body_row - 1) + 1
    while row in styles_of and len(slots) + len(found) < count:
        found.append(row)
        row += 1
    return found


def _surplus(layout: TemplateSheet, slots: list[int], count: int) -> tuple[int, ...]:
    """A thousand empty rows above a total are taken out; a page of them stays."""
    return tuple(slots[max(count, KEPT_EMPTY) :]) if _is_closed(layout, slots) else ()


def _sources(
    slots: list[int], styles_of: dict[int, tuple[str, ...]], *, is_listed: bool
) -> tuple[list[int], int]:
    """Rows to copy, and the row after which added rows come."""
    looks = [styles_of.get(row, ()) for row in slots[-4:]]
    if is_listed or len(looks) < 3:
        return [slots[-1]], slots[-1]
    if looks[-1] != looks[-2] and looks[-2] == looks[-3]:
        return [slots[-2]], slots[-2]  # the last line is thicker: it stays the last
    if looks[-1] != looks[-2] and looks[-1] == looks[-3]:
        return [slots[-2], slots[-1]], slots[-1]  # stripes go on
    return [slots[-1]], slots[-1]
