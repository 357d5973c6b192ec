"""Sheets that are asked once: forms (a label, its empty cell beside it) and tables whose rows are indicators."""

from __future__ import annotations

import re
from itertools import pairwise

from lianfang.reports.tables.bodies import Body
from lianfang.reports.tables.grid import Grid
from lianfang.reports.tables.headers import Head, anchors
from lianfang.reports.tables.labels import (
    INDICATOR_HEADER,
    PLACE_LABEL,
    SERIAL,
    UNIT,
    UNIT_AT_END,
    UNIT_HEADER,
    is_footer,
    is_value_header,
)
from lianfang.reports.tables.layout import TemplateColumn

_BOXES = re.compile(r"[□☐○◯]\s*([^□☐○◯\s]+)")
_PART = re.compile(r"其中|含:|#|\([一二三四五六七八九十\d]{1,2}\)")
_NUMBERING = re.compile(r"^[一二三四五六七八九十\d]{1,3}[、.]")
_LONGEST_LABEL = 30
_NO_PLACE = re.compile(r"^(?:[全各本]|合计)|[今昨当本]日|累计")


def form_cells(grid: Grid) -> list[tuple[int, int, str]]:
    """(row, column, label) of every empty cell that has its label to its left, when the sheet is a form; else []."""
    rows: dict[int, list[tuple[int, int, str]]] = {}
    spoken = 0
    for row in grid.rows():
        visible = anchors(grid, row)
        texts = [text for _, text in visible if text]
        if not texts or (len(texts) == 1 and _is_wide(grid, row)):
            continue
        spoken += 1
        pairs = _pairs(grid, row, visible)
        if pairs:
            rows[row] = pairs
        elif not rows and len(texts) > 2:
            return []  # labels side by side before any pair: a header
    if len(rows) < 3 or len(rows) * 10 < spoken * 6 or _is_list(grid, rows):
        return []
    return [pair for row in sorted(rows) for pair in rows[row]]


def _pairs(grid: Grid, row: int, visible: list[tuple[int, str]]) -> list[tuple[int, int, str]]:
    found = []
    for (column, text), (beside, said) in pairwise(visible):
        if not text or len(text) > _LONGEST_LABEL or text.endswith((":", "：")) or _BOXES.search(text):
            continue
        if said and not _BOXES.search(grid.raw(row, beside)):
            continue
        merge = grid.merge(row, beside)
        if merge is not None and merge.first_row != row:
            continue
        if is_footer(text) and not grid.has_border(row, beside):
            continue
        if grid.has_border(row, beside) or grid.has_border(row, column) or merge is not None or said:
            found.append((row, beside, text))
    return found


def _is_wide(grid: Grid, row: int) -> bool:
    """A title, or a section's line, over most of the sheet."""
    column = grid.texts(row)[0][0]
    merge = grid.merge(row, column)
    return merge is not None and merge.width * 2 > grid.last_column


def _is_list(grid: Grid, rows: dict[int, list[tuple[int, int, str]]]) -> bool:
    """A list of villages with one column of figures has a header above; a form begins with a pair."""
    first = min(rows)
    above = [row for row in range(1, first) if len([text for _, text in anchors(grid, row) if text]) >= 2]
    for row in above:
        texts = [text for _, text in anchors(grid, row) if text]
        if not any(":" in text for text in texts):
            return True
    # Row after row with one label in the same column, and several empty cells behind it: a list of rows.
    single = [pairs for pairs in rows.values() if len(pairs) == 1]
    return len(single) == len(rows) and bool(above)


def form_columns(grid: Grid, cells: list[tuple[int, int, str]]) -> list[TemplateColumn]:
    found = []
    for row, column, label in cells:
        match = UNIT_AT_END.fullmatch(label)
        section = _section(grid, row, column, label)
        boxes = tuple(_BOXES.findall(grid.raw(row, column)))
        said = grid.said(row, column)
        found.append(
            TemplateColumn(
                column,
                (*section, match[1] if match else label),
                unit=match[2] if match else "",
                row=row,
                formula=(said.formula or "") if said else "",
                choices=boxes,
                number_format=said.style.number_format if said else "",
            )
        )
    return found


def _section(grid: Grid, row: int, column: int, label: str) -> tuple[str, ...]:
    """A label merged down on the left, of which this row is one: 家庭情况 beside 户数, 人数."""
    for left in range(column - 1, 0, -1):
        merge = grid.merge(row, left)
        if merge is not None and merge.height > 1 and merge.first_column == left:
            text = grid.text(merge.first_row, merge.first_column)
            if text and text != label:
                return (text,)
    return ()


# ---------- indicators as rows ----------


def vertical_columns(grid: Grid, head: Head, body: Body) -> list[TemplateColumn]:
    """One for each empty cell of a listed row: path = groups and name of the row, then the header of the cell."""
    names = set(body.label_columns)
    unit_column = next((column for column in head.paths if _is_unit(grid, head, body, column)), 0)
    values = [
        column
        for column in head.paths
        if column not in names
        and column != unit_column
        and not SERIAL.fullmatch(head.paths[column][-1])
        and not head.paths[column][-1].startswith(
            ("备注", "说明", "口径", "指标解释", "代码", "编码", "指标代码")
        )
    ]
    pairs = _value_pairs(head, values)
    places = _place_columns(head, values)
    found: list[TemplateColumn] = []
    parents = _parents(grid, body)
    for listed in body.listed:
        for column in values:
            if column in pairs:
                continue
            said = grid.said(listed.row, column)
            if grid.is_covered(listed.row, column):
                continue
            path = _vertical_path(grid, head, body, listed.row, column, is_only=len(values) == 1)
            path = (*parents.get(listed.row, ()), *path)
            unit = (
                grid.text(listed.row, unit_column).strip("()") if unit_column else head.units.get(column, "")
            )
            at = len(path) - 2 if column in places or (places and len(path) > 1) else len(path) - 1
            leaf = UNIT_AT_END.fullmatch(path[at])
            if leaf:
                path, unit = (*path[:at], leaf[1], *path[at + 1 :]), unit or leaf[2]
            found.append(
                TemplateColumn(
                    column,
                    path,
                    samples=(said.text,) if said and said.text else (),
                    unit=unit,
                    row=listed.row,
                    formula=(said.formula or "") if said else "",
                    number_format=said.style.number_format if said else "",
                    place=places.get(column, ""),
                )
            )
    return found


def _place_columns(head: Head, values: list[int]) -> dict[int, str]:
    """Places side by side, indicators as rows: column → the place it is of. Two at least, and most of the columns."""
    found = {
        column: head.paths[column][-1]
        for column in values
        if PLACE_LABEL.search(head.paths[column][-1]) and not _NO_PLACE.search(head.paths[column][-1])
    }
    return found if len(found) >= 2 and len(found) * 2 >= len(values) else {}


def _parents(grid: Grid, body: Body) -> dict[int, tuple[str]]:
    """Rows that are a part of the one above: 其中：60岁以上 below 排查总人数, or written further in."""
    found: dict[int, tuple[str]] = {}
    parent = ""
    for listed in body.listed:
        raw = grid.raw(listed.row, body.label_columns[-1])
        if parent and (_PART.match(listed.label) or len(raw) - len(raw.lstrip()) >= 2):
            found[listed.row] = (parent,)
        else:
            parent = _NUMBERING.sub("", listed.label)
    return found


def _is_unit(grid: Grid, head: Head, body: Body, column: int) -> bool:
    says = [text for listed in body.listed if (text := grid.shown(listed.row, column))]
    return bool(says) and bool(
        UNIT_HEADER.fullmatch(head.paths[column][-1])
        or (
            column not in body.label_columns
            and sum(bool(UNIT.fullmatch(text)) for text in says) > len(says) * 0.7
        )
    )


def _value_pairs(head: Head, values: list[int]) -> set[int]:
    """Columns of a second block beside the first (指标 数值 指标 数值): their labels are no values."""
    return {column for column in values if INDICATOR_HEADER.fullmatch(head.paths[column][-1])}


def _vertical_path(
    grid: Grid, head: Head, body: Body, row: int, column: int, *, is_only: bool
) -> tuple[str, ...]:
    parts: list[str] = []
    for at in body.label_columns:
        text = grid.shown(row, at)
        if text and (not parts or parts[-1] != text):
            parts.append(text)
    header = head.paths[column]
    if is_only and (is_value_header(header[-1]) or header[-1] in ("填写", "内容")):
        return tuple(parts)
    if header[-1] in ("数值", "数量", "数据", "填报数", "填报数据", "填报", "结果"):
        return tuple(parts)
    return (*parts, *header)
