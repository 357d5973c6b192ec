"""One filled worksheet, written row by row: rows of the template with what is known put in, added rows in their look."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from lianfang.reports.tables.added_rows import AddedRows
from lianfang.reports.tables.computed import summed_rows, total_formula
from lianfang.reports.tables.elements import moved_element
from lianfang.reports.tables.merged_cells import merges_written
from lianfang.reports.tables.references import Copy, rewritten
from lianfang.reports.tables.template_rows import TemplateRows
from lianfang.reports.tables.values import Value
from lianfang.reports.tables.written_columns import WrittenColumns

_FLUSH = 2000  # rows
Put = Callable[[bytes], object]


class SheetWriter:
    def __init__(self, sheet: TemplateRows) -> None:
        self.sheet = sheet
        self.columns = WrittenColumns(sheet)
        self.row_count = 0

    # ---------- the whole ----------

    def write(self, put: Put) -> None:
        sheet, part = self.sheet, self.sheet.part
        start = part.before[0].start if part.before else part.data[0]
        put(part.raw[:start])
        for element in part.before:
            put(moved_element(element.name, part.bytes_of(element), sheet.name, sheet.maps))
        put(f"<{sheet.prefix}sheetData>".encode())
        self._write_rows(put)
        put(f"</{sheet.prefix}sheetData>".encode())
        end = part.data[1]
        for element in part.after:
            if element.name == "mergeCells":
                for piece in merges_written(part, sheet.map, sheet.plan):
                    put(piece)
            else:
                put(moved_element(element.name, part.bytes_of(element), sheet.name, sheet.maps))
            end = element.end
        put(part.raw[end:])

    def _write_rows(self, put: Put) -> None:
        buffer: list[str] = []
        for row in self._output():
            buffer.append(row)
            if len(buffer) == _FLUSH:
                put("".join(buffer).encode("utf-8", "replace"))
                buffer = []
        put("".join(buffer).encode("utf-8", "replace"))

    def _output(self) -> Iterator[str]:
        sheet, plan = self.sheet, self.sheet.plan
        numbers = set(sheet.rows) | {row for row, _ in sheet.texts}
        if plan is None or sheet.filling is None:
            for number in sorted(numbers):
                yield sheet.kept(number, {})
            return
        values = iter(plan.rows)
        single = self._single(values) if plan.layout.row_kind == "single" else {}
        slots = {row: place for place, row in enumerate(plan.slots)}
        totals = {total.row: total for total in plan.layout.totals}
        numbers |= set(plan.slots) | set(single)
        after = sheet.map.after if plan.added else 0
        if after:
            numbers.add(after)
        for number in sorted(numbers):
            if number in slots:
                yield self._slot_row(number, slots[number], next(values, None))
            elif number in totals:
                yield sheet.kept(number, self._total_cells(number))
            elif sheet.map.moved(number) is not None:
                yield sheet.kept(number, single.get(number, {}))
            if number == after:
                for row in AddedRows(sheet, self.columns).written(values):
                    self.row_count += 1
                    yield row

    # ---------- filled rows ----------

    def _slot_row(self, number: int, place: int, values: Sequence[Value] | None) -> str:
        target = self.sheet.map.moved(number)
        if number > self.sheet.map.after:
            place += self.sheet.map.added  # below a last line that stays the last
        if target is None or self.sheet.plan is None:
            return ""
        if not values:
            if self.sheet.plan.layout.listed:
                self.columns.tell_all_empty(place, target)
            return self.sheet.kept(number, {})
        self.row_count += 1
        return self.sheet.kept(number, self._values_in(number, place, target, values))

    def _values_in(self, number: int, place: int, target: int, values: Sequence[Value]) -> dict[int, str]:
        layout, filling = self.sheet.layout_and_filling()
        row = self.sheet.rows.get(number)
        there = {cell.column: cell for cell in row.cells} if row else {}
        listed = layout.listed[place] if layout.listed else None
        is_named = [
            bool(listed and at < len(listed.cells) and listed.cells[at]) for at in range(len(layout.columns))
        ]
        found: dict[int, str] = {}
        for at, (column, meaning) in enumerate(zip(layout.columns, filling.meanings, strict=True)):
            cell = there.get(column.index)
            value = values[at] if at < len(values) else None
            style = cell.style if cell else self.sheet.column_style(column.index)
            is_written = cell is not None and bool(cell.value or cell.formula is not None)
            if meaning.kind == "number":
                if listed is None or not is_written:
                    found[column.index] = self.columns.writer(at, style)(place + 1, target)
            elif meaning.kind == "text":
                if meaning.text:
                    found[column.index] = self.columns.writer(at, style)(meaning.text, target)
            elif meaning.kind == "formula":
                if meaning.text:
                    found[column.index] = self.columns.computed(at, style, target)
            elif is_named[at] and (meaning.kind in ("place", "unknown") or meaning.measure == "value"):
                continue  # given by whoever sent the table
            elif meaning.kind in ("place", "unknown") and value is None:
                self.columns.tell_empty(at, target)
            else:
                found[column.index] = self.columns.writer(at, style)(value, target)
                self.columns.count(at, value, target)
        return found

    def _single(self, values: Iterator[Sequence[Value]]) -> dict[int, dict[int, str]]:
        layout, filling = self.sheet.layout_and_filling()
        given = next(values, None)
        if given is None:
            return {}
        self.row_count += 1
        found: dict[int, dict[int, str]] = defaultdict(dict)
        for at, (column, meaning) in enumerate(zip(layout.columns, filling.meanings, strict=True)):
            row = self.sheet.rows.get(column.row)
            cell = next((one for one in row.cells if one.column == column.index), None) if row else None
            style = cell.style if cell else self.sheet.column_style(column.index)
            value = given[at] if at < len(given) else None
            if meaning.kind == "formula":
                if meaning.text:
                    found[column.row][column.index] = self.columns.computed(at, style, column.row)
                continue
            if meaning.kind == "number":
                value = 1
            elif meaning.kind == "text":
                value = meaning.text or None
            if value is None and meaning.kind in ("place", "unknown", "text"):
                self.columns.tell_empty(at, column.row)
                continue
            if column.choices and isinstance(value, str) and value in column.choices:
                said = self._ticked(column.row, column.index, value)
                value = said or value
            found[column.row][column.index] = self.columns.writer(at, style)(value, column.row)
            self.columns.count(at, value, column.row)
        return found

    def _ticked(self, row: int, column: int, choice: str) -> str:
        """□男 □女 with the right one ticked; '' where the cell has no boxes."""
        said = self.sheet.boxes.get((row, column), "")
        return re.sub(rf"[□☐○◯](\s*){re.escape(choice)}(?![^\s□☐○◯])", rf"☑\1{choice}", said)

    # ---------- totals ----------

    def _total_cells(self, number: int) -> dict[int, str]:
        """Sums where the template has none; what it says itself stays."""
        layout, filling = self.sheet.layout_and_filling()
        plan = self.sheet.plan
        target = self.sheet.map.moved(number)
        total = next(one for one in layout.totals if one.row == number)
        row = self.sheet.rows.get(number)
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
                formula = rewritten(column.formula, self.sheet.name, self.sheet.maps, copy)
            if formula is not None:
                style = cell.style if cell else ""
                found[column.index] = self.sheet.formula_cell(column.index, target, style, formula)
        return found
