"""Rows of a template as they go out again: moved along, their formulas with them, some of their cells replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lianfang.core.letters import column_letter
from lianfang.core.workbooks.cells import escaped, style_attribute
from lianfang.reports.tables.body_plan import BodyPlan
from lianfang.reports.tables.layout import TemplateSheet
from lianfang.reports.tables.own_sums import not_summed, reckoned_with, staying_empty, summed_columns
from lianfang.reports.tables.references import Copy, RowMap, range_moved, rewritten, shifted
from lianfang.reports.tables.sheet_part import CellPart, RowPart, SheetPart
from lianfang.reports.tables.style_book import StyleBook
from lianfang.reports.tables.values import SheetFilling

_REF = re.compile(rb'\br="[A-Z]{1,3}\d+"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_PAIR = re.compile(rb'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Contents:
    """What is put into a sheet. `texts`: cells of the template (row, column) whose content is another: the XML behind
    their style. `boxes`: what cells with boxes to tick say."""

    plan: BodyPlan | None = None
    filling: SheetFilling | None = None
    texts: Mapping[tuple[int, int], str] = field(default_factory=dict)
    boxes: Mapping[tuple[int, int], str] = field(default_factory=dict)


class TemplateRows:
    """A sheet of a template. `into`: what is put into it; None for one that only speaks of rows that moved."""

    def __init__(
        self,
        part: SheetPart,
        name: str,
        styles: StyleBook,
        maps: Mapping[str, RowMap],
        into: Contents | None = None,
    ) -> None:
        self.part, self.name, self.styles, self.maps = part, name, styles, maps
        into = into or Contents()
        plan = into.plan
        self.plan, self.filling = plan, into.filling
        self.texts, self.boxes = dict(into.texts), dict(into.boxes)
        self.map = maps.get(name, RowMap())
        self.prefix = part.prefix
        self.rows = {row.number: row for row in part.rows}
        self.shared = _shared_formulas(part)
        self.reckoned = reckoned_with(part, self.formula_of) if plan else frozenset()
        for slot in plan.slots if plan else ():
            if slot not in self.rows:
                self.rows[slot] = self.header_look(slot)

    def kept(self, number: int, put_in: Mapping[int, str]) -> str:
        """A row as it was, with some cells replaced; moved when rows were added above it."""
        target = self.map.moved(number)
        if target is None:
            return ""
        row = self.rows.get(number) or RowPart(number, {})
        cells = {cell.column: self._cell(cell, number, target) for cell in row.cells}
        styles = {cell.column: cell.style for cell in row.cells}
        for (at, column), content in self.texts.items():
            if at == number:
                style = style_attribute(styles[column] if column in styles else self.column_style(column))
                cells[column] = f'<{self.prefix}c r="{column_letter(column - 1)}{target}"{style}{content}'
        cells.update(put_in)
        return self._row(row.attributes, target, [cells[column] for column in sorted(cells)])

    def _row(self, attributes: Mapping[str, str], number: int, cells: Sequence[str]) -> str:
        kept = attributes_written(attributes, without=("r", "spans"))
        return f'<{self.prefix}row r="{number}"{kept}>{"".join(cells)}</{self.prefix}row>'

    def _cell(self, cell: CellPart, source: int, target: int) -> str:
        name = f"{column_letter(cell.column - 1)}{target}"
        formula = self.formula_of(cell, source)
        if formula is not None and cell.formula_kind != "dataTable":
            copy = Copy(source, target) if self._is_body(source) else None
            said = rewritten(formula, self.name, self.maps, copy)
            said = escaped(said if cell.formula_kind == "array" else self.sum_of(said, source, cell.column))
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

    def _is_body(self, row: int) -> bool:
        return self.plan is not None and self.map.first <= row <= self.map.last

    def formula_of(self, cell: CellPart, source: int) -> str | None:
        if cell.formula_kind == "shared" and not cell.formula:
            master = self.shared.get(cell.shared_id)
            if master is None:
                return None
            row, column, formula = master
            return shifted(formula, source - row, cell.column - column)
        return cell.formula

    def sum_of(self, formula: str, row: int, column: int) -> str:
        """A sum of the template's own over nothing stays empty, where nothing else reckons with it."""
        if self.plan is None or not summed_columns(formula):
            return formula
        if self.plan.rows.few:
            return not_summed(formula)
        if not self.plan.rows.gaps or (row, column) in self.reckoned:
            return formula
        layout, _ = self.layout_and_filling()
        whole = {one.index for at, one in enumerate(layout.columns) if at not in self.plan.rows.gaps}
        return formula if summed_columns(formula) <= whole else staying_empty(formula)

    def formula_cell(self, column: int, row: int, style: str, formula: str) -> str:
        if self.plan is not None and self.plan.rows.few:
            formula = not_summed(formula)
        name = f"{column_letter(column - 1)}{row}"
        return f'<{self.prefix}c r="{name}"{style_attribute(style)}><{self.prefix}f>{escaped(formula)}</{self.prefix}f></{self.prefix}c>'

    def column_style(self, column: int) -> str:
        """Of a whole column, where its cell is not written."""
        for element in self.part.of("cols"):
            for tag in _COLUMN.findall(self.part.bytes_of(element)):
                found = dict(_PAIR.findall(tag))
                if int(found.get(b"min", 0)) <= column <= int(found.get(b"max", 0)):
                    return found.get(b"style", b"").decode()
        return ""

    def header_look(self, number: int) -> RowPart:
        """No row to copy: frames as the header has them, without its font and colour."""
        layout, _ = self.layout_and_filling()
        header = self.rows.get(layout.header_rows.stop - 1)
        row = RowPart(number, {})
        there = {cell.column: cell.style for cell in header.cells} if header else {}
        for column in layout.columns:
            style = there.get(column.index, "") if not self.column_style(column.index) else ""
            if style:
                row.cells.append(CellPart(column.index, self.styles.plain(style), "", 0, 0))
        return row

    def layout_and_filling(self) -> tuple[TemplateSheet, SheetFilling]:
        if self.filling is None:
            raise AssertionError("only a filled sheet has a layout")
        return self.filling.layout, self.filling


def _shared_formulas(part: SheetPart) -> dict[str, tuple[int, int, str]]:
    """Of formulas that several cells share: where each was written first, and how."""
    return {
        cell.shared_id: (row.number, cell.column, cell.formula)
        for row in part.rows
        for cell in row.cells
        if cell.formula_kind == "shared" and cell.formula
    }


def attributes_written(attributes: Mapping[str, str], without: Sequence[str]) -> str:
    return "".join(f' {key}="{_attribute(value)}"' for key, value in attributes.items() if key not in without)


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
