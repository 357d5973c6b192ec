"""What the columns of a filling write into cells, and what is told of the cells that stay empty."""

from __future__ import annotations

from collections import Counter, defaultdict

from lianfang.reports.tables.cell_values import CellWriter, Write
from lianfang.reports.tables.computed import computed
from lianfang.reports.tables.style_book import PERCENT
from lianfang.reports.tables.template_rows import TemplateRows
from lianfang.reports.tables.values import EmptyCells, Value

FIRST_NAMES = 20  # of empty cells are told
WRITTEN_HERE = ("number", "text", "formula")  # meanings that need no value


class WrittenColumns:
    def __init__(self, sheet: TemplateRows) -> None:
        self.sheet = sheet
        self.cell_count = 0
        self.empty_counts: Counter[int] = Counter()
        self.empty_names: dict[int, list[str]] = defaultdict(list)
        self._writers: dict[tuple[int, str], Write] = {}

    def writer(self, at: int, style: str) -> Write:
        layout, filling = self.sheet.layout_and_filling()
        key = (at, style)
        if key not in self._writers:
            column = layout.columns[at]
            self._writers[key] = CellWriter(
                self.sheet.prefix, column.letter, style, self.sheet.styles, column, filling.meanings[at]
            ).write
        return self._writers[key]

    def computed(self, at: int, style: str, target: int) -> str:
        layout, filling = self.sheet.layout_and_filling()
        formula = computed(layout.columns, filling.meanings[at].text, layout.columns[at], target)
        if filling.meanings[at].text.startswith("quotient") and not layout.columns[at].unit:
            known = self.sheet.styles.format_of(style)
            style = self.sheet.styles.with_format(style, PERCENT) if not known else style
        return self.sheet.formula_cell(layout.columns[at].index, target, style, formula)

    def count(self, at: int, value: Value, row: int) -> None:
        if value is None:
            self.tell_empty(at, row)
        else:
            self.cell_count += 1

    def tell_empty(self, at: int, row: int) -> None:
        self.empty_counts[at] += 1
        if self.empty_counts[at] <= FIRST_NAMES:
            layout, _ = self.sheet.layout_and_filling()
            self.empty_names[at].append(f"{layout.columns[at].letter}{row}")

    def tell_all_empty(self, place: int, row: int) -> None:
        layout, filling = self.sheet.layout_and_filling()
        for at, meaning in enumerate(filling.meanings):
            cells = layout.listed[place].cells
            if meaning.kind not in WRITTEN_HERE and not (at < len(cells) and cells[at]):
                self.tell_empty(at, row)

    def empty(self) -> list[EmptyCells]:
        return [
            EmptyCells(self.sheet.name, at, self.empty_counts[at], tuple(self.empty_names[at]))
            for at in sorted(self.empty_counts)
        ]
