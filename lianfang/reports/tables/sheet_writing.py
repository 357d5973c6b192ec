"""One filled worksheet, written row by row: rows of the template with what is known put in, added rows in their look."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lianfang.core.letters import column_letter
from lianfang.core.workbooks.cells import escaped, style_attribute
from lianfang.reports.tables.body_plan import BodyPlan
from lianfang.reports.tables.cell_values import Write, writer
from lianfang.reports.tables.computed import computed, summed_rows, total_formula
from lianfang.reports.tables.elements import moved_element
from lianfang.reports.tables.layout import TemplateSheet
from lianfang.reports.tables.merged_cells import merges_written
from lianfang.reports.tables.own_sums import not_summed, reckoned_with, staying_empty, summed_columns
from lianfang.reports.tables.references import Copy, RowMap, range_moved, rewritten, shifted
from lianfang.reports.tables.sheet_part import CellPart, RowPart, SheetPart
from lianfang.reports.tables.style_book import PERCENT, StyleBook
from lianfang.reports.tables.values import EmptyCells, SheetFilling, Value

FIRST_NAMES = 20  # of empty cells are told
_WRITTEN_HERE = ("number", "text", "formula")
_REF = re.compile(rb'\br="[A-Z]{1,3}\d+"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_PAIR = re.compile(rb'(\w+)="([^"]*)"')
_FLUSH = 2000  # rows
Put = Callable[[bytes], object]


@dataclass(frozen=True)
class Contents:
    """What is put into a sheet. `texts`: cells of the template (row, column) whose content is another: the XML behind
    their style. `boxes`: what cells with boxes to tick say."""

    plan: BodyPlan | None = None
    filling: SheetFilling | None = None
    texts: Mapping[tuple[int, int], str] = field(default_factory=dict)
    boxes: Mapping[tuple[int, int], str] = field(default_factory=dict)


class SheetWriter:
    def __init__(
        self,
        part: SheetPart,
        name: str,
        styles: StyleBook,
        maps: Mapping[str, RowMap],
        into: Contents | None = None,
    ) -> None:
        """`into`: what is put into it; None for a sheet that only speaks of rows that moved."""
        self.part, self.name, self.styles, self.maps = part, name, styles, maps
        into = into or Contents()
        plan = into.plan
        self.plan, self.filling = plan, into.filling
        self.texts, self.boxes = dict(into.texts), dict(into.boxes)
        self.map = maps.get(name, RowMap())
        self.prefix = part.prefix
        self.rows = {row.number: row for row in part.rows}
        self.shared = _shared_formulas(part)
        self.reckoned = reckoned_with(part, self._formula) if plan else frozenset()
        self.empty_counts: Counter[int] = Counter()
        self.empty_names: dict[int, list[str]] = defaultdict(list)
        self.cell_count = 0
        self.row_count = 0
        self._writers: dict[tuple[int, str], Write] = {}
        for slot in plan.slots if plan else ():
            if slot not in self.rows:
                self.rows[slot] = self._header_look(slot)

    # ---------- the whole ----------

    def write(self, put: Put) -> None:
        raw = self.part.raw
        start = self.part.before[0].start if self.part.before else self.part.data[0]
        put(raw[:start])
        for element in self.part.before:
            put(moved_element(element.name, self.part.bytes_of(element), self.name, self.maps))
        put(f"<{self.prefix}sheetData>".encode())
        self._write_rows(put)
        put(f"</{self.prefix}sheetData>".encode())
        end = self.part.data[1]
        for element in self.part.after:
            if element.name == "mergeCells":
                for piece in merges_written(self.part, self.map, self.plan):
                    put(piece)
            else:
                put(moved_element(element.name, self.part.bytes_of(element), self.name, self.maps))
            end = element.end
        put(raw[end:])

    def _write_rows(self, put: Put) -> None:
        buffer: list[str] = []
        for row in self._output():
            buffer.append(row)
            if len(buffer) == _FLUSH:
                put("".join(buffer).encode("utf-8", "replace"))
                buffer = []
        put("".join(buffer).encode("utf-8", "replace"))

    def _output(self) -> Iterator[str]:
        plan, filling = self.plan, self.filling
        numbers = set(self.rows) | {row for row, _ in self.texts}
        if plan is None or filling is None:
            for number in sorted(numbers):
                yield self._kept_row(number, {})
            return
        values = iter(plan.rows)
        single = self._single(values) if plan.layout.row_kind == "single" else {}
        slots = {row: place for place, row in enumerate(plan.slots)}
        totals = {total.row: total for total in plan.layout.totals}
        numbers |= set(plan.slots) | set(single)
        after = self.map.after if plan.added else 0
        if after:
            numbers.add(after)
        for number in sorted(numbers):
            if number in slots:
                yield self._slot_row(number, slots[number], next(values, None))
            elif number in totals:
                yield self._kept_row(number, self._total_cells(number))
            elif self.map.moved(number) is not None:
                yield self._kept_row(number, single.get(number, {}))
            if number == after:
                yield from self._added_rows(values)

    # ---------- rows of the template ----------

    def _kept_row(self, number: int, put_in: Mapping[int, str]) -> str:
        """A row as it was, with some cells replaced; moved when rows were added above it."""
        target = self.map.moved(number)
        if target is None:
            return ""
        row = self.rows.get(number) or RowPart(number, {})
        cells = {cell.column: self._cell(cell, number, target) for cell in row.cells}
        styles = {cell.column: cell.style for cell in row.cells}
        for (at, column), content in self.texts.items():
            if at == number:
                style = style_attribute(styles[column] if column in styles else self._column_style(column))
                cells[column] = f'<{self.prefix}c r="{column_letter(column - 1)}{target}"{style}{content}'
        cells.update(put_in)
        return self._row(row.attributes, target, [cells[column] for column in sorted(cells)])

    def _row(self, attributes: Mapping[str, str], number: int, cells: Sequence[str]) -> str:
        kept = "".join(
            f' {key}="{_attribute(value)}"' for key, value in attributes.items() if key not in ("r", "spans")
        )
        return f'<{self.prefix}row r="{number}"{kept}>{"".join(cells)}</{self.prefix}row>'

    def _cell(self, cell: CellPart, source: int, target: int) -> str:
        name = f"{column_letter(cell.column - 1)}{target}"
        formula = self._formula(cell, source)
        if formula is not None and cell.formula_kind != "dataTable":
            copy = Copy(source, target) if self._is_body(source) else None
            said = rewritten(formula, self.name, self.maps, copy)
            said = escaped(said if cell.formula_kind == "array" else self._sum_of(said, source, cell.column))
            extra = ""
            if cell.formula_kind == "array":
                extra = f' t="array" ref="{range_moved(cell.formula_range, self.map) or name}"'
            return f'<{self.prefix}c r="{name}"{style_attribute(cell.style)}><{self.prefix}f{extra}>{said}</{self.prefix}f></{self.prefix}c>'
        raw = self.part.raw[cell.start : cell.end]
        if not raw:  # made here
            return f'<{self.prefix}c r="{name}"{style_attribute(cell.style)}/>'
        if source == target and _REF.search(raw[:80]):
            return raw.decode()
        end = raw.index(b">")
        tag = _REF.sub(b"", raw[:end], count=1)
        at = len(f"<{self.prefix}c")
        return (tag[:at] + f' r="{name}"'.encode() + tag[at:] + raw[end:]).decode()

    def _sum_of(self, formula: str, row: int, column: int) -> str:
        """A sum of the template's own over nothing stays empty, where nothing else reckons with it."""
        if self.plan is None or not summed_columns(formula):
            return formula
        if self.plan.rows.few:
            return not_summed(formula)
        if not self.plan.rows.gaps or (row, column) in self.reckoned:
            return formula
        layout, _ = self._layout_and_filling()
        whole = {one.index for at, one in enumerate(layout.columns) if at not in self.plan.rows.gaps}
        return formula if summed_columns(formula) <= whole else staying_empty(formula)

    def _formula(self, cell: CellPart, source: int) -> str | None:
        if cell.formula_kind == "shared" and not cell.formula:
            master = self.shared.get(cell.shared_id)
            if master is None:
                return None
            row, column, formula = master
            return shifted(formula, source - row, cell.column - column)
        return cell.formula

    def _is_body(self, row: int) -> bool:
        return self.plan is not None and self.map.first <= row <= self.map.last

    # ---------- filled rows ----------

    def _slot_row(self, number: int, place: int, values: Sequence[Value] | None) -> str:
        target = self.map.moved(number)
        if number > self.map.after:
            place += self.map.added  # below a last line that stays the last
        if target is None or self.plan is None:
            return ""
        if not values:
            if self.plan.layout.listed:
                self._tell_all_empty(place, target)
            return self._kept_row(number, {})
        self.row_count += 1
        return self._kept_row(number, self._values_in(number, place, target, values))

    def _values_in(self, number: int, place: int, target: int, values: Sequence[Value]) -> dict[int, str]:
        layout, filling = self._layout_and_filling()
        row = self.rows.get(number)
        there = {cell.column: cell for cell in row.cells} if row else {}
        listed = layout.listed[place] if layout.listed else None
        is_named = [
            bool(listed and at < len(listed.cells) and listed.cells[at]) for at in range(len(layout.columns))
        ]
        found: dict[int, str] = {}
        for at, (column, meaning) in enumerate(zip(layout.columns, filling.meanings, strict=True)):
            cell = there.get(column.index)
            value = values[at] if at < len(values) else None
            style = cell.style if cell else self._column_style(column.index)
            is_written = cell is not None and bool(cell.value or cell.formula is not None)
            if meaning.kind == "number":
                if listed is None or not is_written:
                    found[column.index] = self._writer(at, style)(place + 1, target)
            elif meaning.kind == "text":
                if meaning.text:
                    found[column.index] = self._writer(at, style)(meaning.text, target)
            elif meaning.kind == "formula":
                if meaning.text:
                    found[column.index] = self._computed(at, style, target)
            elif is_named[at] and (meaning.kind in ("place", "unknown") or meaning.measure == "value"):
                continue  # given by whoever sent the table
            elif meaning.kind in ("place", "unknown") and value is None:
                self._tell_empty(at, target)
            else:
                found[column.index] = self._writer(at, style)(value, target)
                self._count(at, value, target)
        return found

    def _single(self, values: Iterator[Sequence[Value]]) -> dict[int, dict[int, str]]:
        layout, filling = self._layout_and_filling()
        given = next(values, None)
        if given is None:
            return {}
        self.row_count += 1
        found: dict[int, dict[int, str]] = defaultdict(dict)
        for at, (column, meaning) in enumerate(zip(layout.columns, filling.meanings, strict=True)):
            row = self.rows.get(column.row)
            cell = next((one for one in row.cells if one.column == column.index), None) if row else None
            style = cell.style if cell else self._column_style(column.index)
            value = given[at] if at < len(given) else None
            if meaning.kind == "formula":
                if meaning.text:
                    found[column.row][column.index] = self._computed(at, style, column.row)
                continue
            if meaning.kind == "number":
                value = 1
            elif meaning.kind == "text":
                value = meaning.text or None
            if value is None and meaning.kind in ("place", "unknown", "text"):
                self._tell_empty(at, column.row)
                continue
            if column.choices and isinstance(value, str) and value in column.choices:
                said = self._ticked(column.row, column.index, value)
                value = said or value
            found[column.row][column.index] = self._writer(at, style)(value, column.row)
            self._count(at, value, column.row)
        return found

    def _ticked(self, row: int, column: int, choice: str) -> str:
        """□男 □女 with the right one ticked; '' where the cell has no boxes."""
        said = self.boxes.get((row, column), "")
        return re.sub(rf"[□☐○◯](\s*){re.escape(choice)}(?![^\s□☐○◯])", rf"☑\1{choice}", said)

    def _added_rows(self, values: Iterator[Sequence[Value]]) -> Iterator[str]:
        plan = self.plan
        if plan is None or not plan.added:
            return
        kept_back = [row for row in plan.slots if row > self.map.after]
        count = plan.added
        layouts = [self._copied(source) for source in plan.sources or [0]]
        target = plan.first_added
        place = len(plan.slots) - len(kept_back)
        for turn in range(count):
            row = next(values, ())
            attributes, writes = layouts[turn % len(layouts)]
            place += 1
            self.row_count += 1
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
        parts = [f'<{self.prefix}row r="{target}"{attributes}>']
        width = len(row)
        for at, write, make in writes:
            if write is None:
                if make is not None:
                    parts.append(make(place, target))
                continue
            value = row[at] if at < width else None
            if value is None:
                self._tell_empty(at, target)
            else:
                self.cell_count += 1
            parts.append(write(value, target))
        parts.append(f"</{self.prefix}row>")
        return "".join(parts)

    def _copied(
        self, source: int
    ) -> tuple[str, list[tuple[int, Write | None, Callable[[int, int], str] | None]]]:
        """The look of a row as a list of what to write, in the order of its columns."""
        layout, filling = self._layout_and_filling()
        row = self.rows.get(source) or self._header_look(0)
        is_example = source in layout.example_rows
        attributes = "".join(
            f' {key}="{_attribute(value)}"'
            for key, value in row.attributes.items()
            if key not in ("r", "spans", "hidden", "outlineLevel", "collapsed")
        )
        places = {column.index: at for at, column in enumerate(layout.columns)}
        there = {cell.column: cell for cell in row.cells}
        writes: list[tuple[int, Write | None, Callable[[int, int], str] | None]] = []
        for column in sorted({*there, *places}):
            cell = there.get(column)
            style = cell.style if cell else self._column_style(column)
            if is_example:
                style = self._without_grey(style)
            at = places.get(column)
            if at is None:
                writes.append((-1, None, self._copy_of(cell, source, column, style)))
                continue
            meaning = filling.meanings[at]
            if meaning.kind in _WRITTEN_HERE:
                writes.append((at, None, self._made(at, cell, source, style)))
            else:
                writes.append((at, self._writer(at, style), None))
        return attributes, writes

    def _made(self, at: int, cell: CellPart | None, source: int, style: str) -> Callable[[int, int], str]:
        """What the filling itself writes into a column: numbers, the same words, formulas."""
        layout, filling = self._layout_and_filling()
        meaning, column = filling.meanings[at], layout.columns[at]
        write = self._writer(at, style)
        if meaning.kind == "number":
            return lambda place, target: write(place, target)
        if meaning.kind == "text":
            return lambda place, target: write(meaning.text or None, target)
        if meaning.text:
            return lambda place, target: self._computed(at, style, target)
        if cell is None or self._formula(cell, source) is None:
            cell, source = self._formula_above(column.index) or (cell, source)
        return self._copy_of(cell, source, column.index, style)

    def _formula_above(self, column: int) -> tuple[CellPart, int] | None:
        """Some templates have the formula in their first row only."""
        plan = self.plan
        for row in plan.slots if plan else ():
            for cell in self.rows[row].cells if row in self.rows else ():
                if cell.column == column and self._formula(cell, row) is not None:
                    return cell, row
        return None

    def _copy_of(
        self, cell: CellPart | None, source: int, column: int, style: str
    ) -> Callable[[int, int], str]:
        """A cell without a meaning: its look, and its formula when it has one; never its words."""
        letter, own = column_letter(column - 1), style_attribute(style)
        formula = self._formula(cell, source) if cell is not None else None
        if formula is None:
            return lambda place, target: f'<{self.prefix}c r="{letter}{target}"{own}/>'

        def make(place: int, target: int) -> str:
            said = rewritten(formula, self.name, self.maps, Copy(source, target))
            said = escaped(self._sum_of(said, source, column))
            return f'<{self.prefix}c r="{letter}{target}"{own}><{self.prefix}f>{said}</{self.prefix}f></{self.prefix}c>'

        return make

    def _header_look(self, number: int) -> RowPart:
        """No row to copy: frames as the header has them, without its font and colour."""
        layout, _ = self._layout_and_filling()
        header = self.rows.get(layout.header_rows.stop - 1)
        row = RowPart(number, {})
        there = {cell.column: cell.style for cell in header.cells} if header else {}
        for column in layout.columns:
            style = there.get(column.index, "") if not self._column_style(column.index) else ""
            if style:
                row.cells.append(CellPart(column.index, self.styles.plain(style), "", 0, 0))
        return row

    def _without_grey(self, style: str) -> str:
        known = self.styles.of(style)
        return self.styles.plain(style) if known is not None and known.is_grey else style

    # ---------- totals and formulas ----------

    def _total_cells(self, number: int) -> dict[int, str]:
        """Sums where the template has none; what it says itself stays."""
        layout, filling = self._layout_and_filling()
        plan = self.plan
        target = self.map.moved(number)
        total = next(one for one in layout.totals if one.row == number)
        row = self.rows.get(number)
        there = {cell.column: cell for cell in row.cells} if row else {}
        found: dict[int, str] = {}
        if target is None or plan is None or layout.row_kind in ("person", "household"):
            return found
        summed = summed_rows(total.sums, plan)
        for at, column in enumerate(layout.columns):
            cell = there.get(column.index)
            if cell is not None and (cell.formula is not None or cell.value):
                continue
            formula = total_formula(layout.columns, filling.meanings, at, target, summed)
            if formula is None and filling.meanings[at].kind == "formula" and column.formula:
                copy = Copy(layout.body_rows.start, target)
                formula = rewritten(column.formula, self.name, self.maps, copy)
            if formula is not None:
                style = cell.style if cell else ""
                found[column.index] = self._formula_cell(column.index, target, style, formula)
        return found

    def _computed(self, at: int, style: str, target: int) -> str:
        layout, filling = self._layout_and_filling()
        formula = computed(layout.columns, filling.meanings[at].text, layout.columns[at], target)
        if filling.meanings[at].text.startswith("quotient") and not layout.columns[at].unit:
            known = self.styles.format_of(style)
            style = self.styles.with_format(style, PERCENT) if not known else style
        return self._formula_cell(layout.columns[at].index, target, style, formula)

    def _formula_cell(self, column: int, row: int, style: str, formula: str) -> str:
        if self.plan is not None and self.plan.rows.few:
            formula = not_summed(formula)
        name = f"{column_letter(column - 1)}{row}"
        return f'<{self.prefix}c r="{name}"{style_attribute(style)}><{self.prefix}f>{escaped(formula)}</{self.prefix}f></{self.prefix}c>'

    # ---------- what is told ----------

    def _writer(self, at: int, style: str) -> Write:
        layout, filling = self._layout_and_filling()
        key = (at, style)
        if key not in self._writers:
            column = layout.columns[at]
            self._writers[key] = writer(
                self.prefix, column.letter, style, self.styles, column, filling.meanings[at]
            )
        return self._writers[key]

    def _count(self, at: int, value: Value, row: int) -> None:
        if value is None:
            self._tell_empty(at, row)
        else:
            self.cell_count += 1

    def _tell_empty(self, at: int, row: int) -> None:
        self.empty_counts[at] += 1
        if self.empty_counts[at] <= FIRST_NAMES:
            layout, _ = self._layout_and_filling()
            self.empty_names[at].append(f"{layout.columns[at].letter}{row}")

    def _tell_all_empty(self, place: int, row: int) -> None:
        layout, filling = self._layout_and_filling()
        for at, meaning in enumerate(filling.meanings):
            cells = layout.listed[place].cells
            if meaning.kind not in _WRITTEN_HERE and not (at < len(cells) and cells[at]):
                self._tell_empty(at, row)

    def empty(self) -> list[EmptyCells]:
        return [
            EmptyCells(self.name, at, self.empty_counts[at], tuple(self.empty_names[at]))
            for at in sorted(self.empty_counts)
        ]

    def _layout_and_filling(self) -> tuple[TemplateSheet, SheetFilling]:
        if self.filling is None:
            raise AssertionError("only a filled sheet has a layout")
        return self.filling.layout, self.filling

    def _column_style(self, column: int) -> str:
        """Of a whole column, where its cell is not written."""
        for element in self.part.of("cols"):
            for tag in _COLUMN.findall(self.part.bytes_of(element)):
                found = dict(_PAIR.findall(tag))
                if int(found.get(b"min", 0)) <= column <= int(found.get(b"max", 0)):
                    return found.get(b"style", b"").decode()
        return ""


def _shared_formulas(part: SheetPart) -> dict[str, tuple[int, int, str]]:
    """Of formulas that several cells share: where each was written first, and how."""
    return {
        cell.shared_id: (row.number, cell.column, cell.formula)
        for row in part.rows
        for cell in row.cells
        if cell.formula_kind == "shared" and cell.formula
    }


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
