"""Rows that are added to a template: each a copy of one of its rows, in its look, with values of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lianfang.core.letters import column_letter
from lianfang.core.workbooks.cells import escaped, style_attribute
from lianfang.reports.tables.cell_values import Write
from lianfang.reports.tables.references import Copy, rewritten
from lianfang.reports.tables.sheet_part import CellPart
from lianfang.reports.tables.template_rows import TemplateRows, attributes_written
from lianfang.reports.tables.values import Value
from lianfang.reports.tables.written_columns import WRITTEN_HERE, WrittenColumns


class AddedRows:
    def __init__(self, sheet: TemplateRows, columns: WrittenColumns) -> None:
        self.sheet, self.columns = sheet, columns

    def written(self, values: Iterator[Sequence[Value]]) -> Iterator[str]:
        plan = self.sheet.plan
        if plan is None or not plan.added:
            return
        kept_back = [row for row in plan.slots if row > self.sheet.map.after]
        count = plan.added
        layouts = [self._copied(source) for source in plan.sources or [0]]
        target = plan.first_added
        place = len(plan.slots) - len(kept_back)
        for turn in range(count):
            row = next(values, ())
            attributes, writes = layouts[turn % len(layouts)]
            place += 1
            yield self._added_row(attributes, writes, row, place, target)
            target += 1

    def _added_row(
        self,
        attributes: str,
        writes: Sequence[tuple[int, Write | None, Callable[[int, int], str] | None]],
        row: Sequence[Value],
        place: int,
        target: int,
    ) -> str:
        parts = [f'<{self.sheet.prefix}row r="{target}"{attributes}>']
        width = len(row)
        for at, write, make in writes:
            if write is None:
                if make is not None:
                    parts.append(make(place, target))
                continue
            value = row[at] if at < width else None
            if value is None:
                self.columns.tell_empty(at, target)
            else:
                self.columns.cell_count += 1
            parts.append(write(value, target))
        parts.append(f"</{self.sheet.prefix}row>")
        return "".join(parts)

    def _copied(
        self, source: int
    ) -> tuple[str, list[tuple[int, Write | None, Callable[[int, int], str] | None]]]:
        """The look of a row as a list of what to write, in the order of its columns."""
        layout, filling = self.sheet.layout_and_filling()
        row = self.sheet.rows.get(source) or self.sheet.header_look(0)
        is_example = source in layout.example_rows
        attributes = attributes_written(
            row.attributes, without=("r", "spans", "hidden", "outlineLevel", "collapsed")
        )
        places = {column.index: at for at, column in enumerate(layout.columns)}
        there = {cell.column: cell for cell in row.cells}
        writes: list[tuple[int, Write | None, Callable[[int, int], str] | None]] = []
        for column in sorted({*there, *places}):
            cell = there.get(column)
            style = cell.style if cell else self.sheet.column_style(column)
            if is_example:
                style = self._without_grey(style)
            at = places.get(column)
            if at is None:
                writes.append((-1, None, self._copy_of(cell, source, column, style)))
                continue
            meaning = filling.meanings[at]
            if meaning.kind in WRITTEN_HERE:
                writes.append((at, None, self._made(at, cell, source, style)))
            else:
                writes.append((at, self.columns.writer(at, style), None))
        return attributes, writes

    def _made(self, at: int, cell: CellPart | None, source: int, style: str) -> Callable[[int, int], str]:
        """What the filling itself writes into a column: numbers, the same words, formulas."""
        layout, filling = self.sheet.layout_and_filling()
        meaning, column = filling.meanings[at], layout.columns[at]
        write = self.columns.writer(at, style)
        if meaning.kind == "number":
            return lambda place, target: write(place, target)
        if meaning.kind == "text":
            return lambda place, target: write(meaning.text or None, target)
        if meaning.text:
            return lambda place, target: self.columns.computed(at, style, target)
        if cell is None or self.sheet.formula_of(cell, source) is None:
            cell, source = self._formula_above(column.index) or (cell, source)
        return self._copy_of(cell, source, column.index, style)

    def _formula_above(self, column: int) -> tuple[CellPart, int] | None:
        """Some templates have the formula in their first row only."""
        plan = self.sheet.plan
        for row in plan.slots if plan else ():
            for cell in self.sheet.rows[row].cells if row in self.sheet.rows else ():
                if cell.column == column and self.sheet.formula_of(cell, row) is not None:
                    return cell, row
        return None

    def _copy_of(
        self, cell: CellPart | None, source: int, column: int, style: str
    ) -> Callable[[int, int], str]:
        """A cell without a meaning: its look, and its formula when it has one; never its words."""
        letter, own = column_letter(column - 1), style_attribute(style)
        formula = self.sheet.formula_of(cell, source) if cell is not None else None
        if formula is None:
            return lambda place, target: f'<{self.sheet.prefix}c r="{letter}{target}"{own}/>'

        def make(place: int, target: int) -> str:
            said = rewritten(formula, self.sheet.name, self.sheet.maps, Copy(source, target))
            said = escaped(self.sheet.sum_of(said, source, column))
            return f'<{self.sheet.prefix}c r="{letter}{target}"{own}><{self.sheet.prefix}f>{said}</{self.sheet.prefix}f></{self.sheet.prefix}c>'

        return make

    def _without_grey(self, style: str) -> str:
        known = self.sheet.styles.of(style)
        return self.sheet.styles.plain(style) if known is not None and known.is_grey else style
