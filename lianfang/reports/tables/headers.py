"""Where the header of a table stands, and the path of each column from its group down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lianfang.reports.tables.grid import Grid
from lianfang.reports.tables.labels import (
    UNIT,
    UNIT_AT_END,
    blank_key,
    is_footer,
    is_number_row,
    is_total,
    is_unit_row,
)

SEARCHED_ROWS = 40
DEEPEST = 4
_NUMBER = re.compile(r"[-+]?[\d,.]+%?")
_HEADING = re.compile(r"[::]|_{2,}|年.{0,6}月.{0,6}日")
_ATTACHMENT = re.compile(r"附件?\d*[::]?|附表\d*[::]?|表\d+|.{1,8}表号?.{0,10}")


@dataclass
class Head:
    """`last` is the last row that belongs to the header, units and numbers included."""

    first: int
    last: int
    label_last: int
    first_column: int
    last_column: int
    paths: dict[int, tuple[str, ...]] = field(default_factory=dict)  # by column, in order
    units: dict[int, str] = field(default_factory=dict)
    letters: dict[int, str] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)  # columns that a leaf covers, when more than one


def anchors(grid: Grid, row: int) -> list[tuple[int, str]]:
    """The cells of a row that can be seen, with text or without; of a merged cell only where it begins."""
    found = []
    for column in range(1, max(grid.last_column, grid.last_framed) + 1):
        merge = grid.merge(row, column)
        if merge is None or (merge.first_row, merge.first_column) == (row, column):
            found.append((column, grid.text(row, column)))
    return found


def find_head(grid: Grid) -> Head | None:
    for row in range(1, min(grid.last_row, SEARCHED_ROWS) + 1):
        if is_header_start(grid, row):
            return _head_from(grid, row)
    return None


def is_header_start(grid: Grid, row: int) -> bool:
    texts = grid.texts(row)
    if len(texts) < 2 or is_heading(grid, row):
        return False
    words = [text for _, text in texts if not _NUMBER.fullmatch(text)]
    return len(words) >= 2 and len(words) * 2 > len(texts)


def is_heading(grid: Grid, row: int) -> bool:
    """A title or a line such as 填报单位：… above the table."""
    texts = grid.texts(row)
    if len(texts) <= 1:
        return True
    if all(_ATTACHMENT.fullmatch(text) and len(text) <= 12 and ":" in text for _, text in texts):
        return True
    marked = [
        column
        for column, text in texts
        if _HEADING.search(text) or (blank_key(text) and _is_alone(grid, row, column))
    ]
    # 填报单位： in one cell and 杨梅村 in the next: the value counts with its label.
    values = [
        column
        for place, (column, _) in enumerate(texts)
        if column not in marked and place and texts[place - 1][0] in marked
    ]
    return len(marked) + len(values) >= len(texts) and len(marked) * 2 >= len(texts)


def _is_alone(grid: Grid, row: int, column: int) -> bool:
    """A label of the heading has an empty cell beside it, and no rows of its own below."""
    merge = grid.merge(row, column)
    beside = (merge.last_column if merge else column) + 1
    return not grid.text(row, beside) and not grid.is_covered(row, beside) and len(grid.texts(row)) <= 4


def _head_from(grid: Grid, first: int) -> Head:
    label_last = _label_depth(grid, first)
    columns = [
        column
        for row in range(first, label_last + 1)
        for column in range(1, grid.last_column + 1)
        if grid.shown(row, column)
    ]
    head = Head(first, label_last, label_last, min(columns), max(columns))
    _read_paths(grid, head)
    _read_unit_and_number_rows(grid, head)
    _add_unnamed_columns(grid, head)
    for column, path in head.paths.items():
        match = UNIT_AT_END.fullmatch(path[-1])
        if match:
            head.paths[column] = (*path[:-1], match[1])
            head.units.setdefault(column, match[2])
    for column, path in head.paths.items():  # 入户检查（户） over 今日 and 累计: the unit of both
        groups = tuple(UNIT_AT_END.fullmatch(part) for part in path[:-1])
        if any(groups):
            kept = tuple(match[1] if match else part for match, part in zip(groups, path, strict=False))
            head.paths[column] = (*kept, path[-1])
            head.units.setdefault(column, next(match[2] for match in reversed(groups) if match))
    return head


def _label_depth(grid: Grid, first: int) -> int:
    last = first
    while last - first + 1 < DEEPEST:
        deeper = max(
            (
                merge.last_row
                for merge in grid.merges
                if first <= merge.first_row <= last
                and merge.height <= DEEPEST
                and grid.text(merge.first_row, merge.first_column)
            ),
            default=last,
        )
        if deeper > last:
            last = min(deeper, first + DEEPEST - 1)
        elif _goes_on(grid, first, last):
            last += 1
        else:
            break
    return last


def _goes_on(grid: Grid, first: int, last: int) -> bool:
    """Is the next row leaves of the groups above?"""
    below = [(column, text) for column, text in grid.texts(last + 1) if not grid.is_covered(last + 1, column)]
    texts = [text for _, text in below]
    if len(texts) < 2 or any(_NUMBER.fullmatch(text) for text in texts):
        return False
    if is_number_row(texts, len(below)) or is_unit_row(texts) or is_total(texts[0]) or is_footer(texts[0]):
        return False
    under_group = under_nothing = under_label = 0
    for column, _ in below:
        merge = grid.merge(last, column)
        if merge is not None and merge.width > 1 and grid.text(merge.first_row, merge.first_column):
            under_group += 1
        elif any(grid.shown(row, column) for row in range(first, last + 1)):
            under_label += 1
        else:
            under_nothing += 1
    if under_group and _is_label_group(grid, first, last, below):
        return False
    if under_group >= 2:
        return under_label <= under_group + under_nothing
    # No merges: 今日 _ 累计 _ above 户数 人数 户数 人数, or the leaves alone below their groups.
    return (
        under_nothing >= 1
        and under_label <= under_nothing + 1 + len(texts) // 2
        and _is_spread(grid, last, below)
    )


def _is_label_group(grid: Grid, first: int, last: int, below: list[tuple[int, str]]) -> bool:
    """项目 merged over two columns that name the rows (入户排查 | 户数): what stands below it is no header."""
    merge = grid.merge(last, below[0][0])
    if merge is None or any(grid.merge(last, column) is not merge for column, _ in below):
        return False
    header = [column for column, _ in grid.texts(first)]
    others = [column for column in header if column != merge.first_column]
    is_leftmost = merge.first_column == min(header)
    return is_leftmost and not any((one := grid.merge(first, column)) and one.height > 1 for column in others)


def _is_spread(grid: Grid, last: int, below: list[tuple[int, str]]) -> bool:
    """Every gap of the row above that has a leaf below stands to the right of a group with a leaf, or left of all."""
    columns = [column for column, _ in below]
    above = {column for column, _ in grid.texts(last)}
    gaps = [column for column in columns if column not in above]
    groups = [column for column in columns if column in above]
    return bool(gaps) and (bool(groups) or min(gaps) < min(above, default=0))


# ---------- paths ----------


def _read_paths(grid: Grid, head: Head) -> None:
    rows = range(head.first, head.label_last + 1)
    seen_leaf: tuple[int, int] | None = None
    previous = 0
    for column in range(head.first_column, head.last_column + 1):
        parts: list[str] = []
        leaf: tuple[int, int] | None = None
        for row in rows:
            merge = grid.merge(row, column)
            at = (merge.first_row, merge.first_column) if merge else (row, column)
            text = grid.text(*at) or _group_to_the_left(grid, head, row, column)
            if text and (not parts or parts[-1] != text):
                parts.append(text)
            if grid.text(*at):
                leaf = at
        if not parts or leaf is None:
            continue
        if leaf == seen_leaf and leaf[1] != column:
            head.widths[previous] = head.widths.get(previous, 1) + 1
            continue
        seen_leaf, previous = leaf, column
        head.paths[column] = tuple(parts)


def _add_unnamed_columns(grid: Grid, head: Head) -> None:
    """Columns of names without a header of their own: an empty corner, or one header over two of them."""
    rows = range(head.last + 1, min(grid.last_row, head.last + 12) + 1)

    def names(column: int) -> int:
        found = [grid.text(row, column) for row in rows if not grid.is_covered(row, column)]
        return sum(bool(text) and not _NUMBER.fullmatch(text) for text in found)

    corner = head.first_column - 1
    if corner >= 1 and names(corner) >= 2:
        head.paths = {corner: ("名称",), **head.paths}
        head.first_column = corner
    for column, width in list(head.widths.items()):
        for beside in range(column + 1, column + width):
            if names(beside) >= 2 and names(column) >= 1:
                head.paths[beside] = head.paths[column]
                head.widths[column] = 1
    head.paths = dict(sorted(head.paths.items()))


def _group_to_the_left(grid: Grid, head: Head, row: int, column: int) -> str:
    """Merges that nobody made: the label of a group stands in its first column only."""
    if row >= head.label_last or not _has_leaf(grid, head, row, column):
        return ""
    for left in range(column - 1, head.first_column - 1, -1):
        merge = grid.merge(row, left)
        if merge is not None and (merge.width > 1 or merge.height > 1):
            return ""
        if not _has_leaf(grid, head, row, left):
            return ""
        if text := grid.text(row, left):
            return text
    return ""


def _has_leaf(grid: Grid, head: Head, row: int, column: int) -> bool:
    return any(
        grid.text(below, column) and not grid.is_covered(below, column)
        for below in range(row + 1, head.label_last + 1)
    )


def _read_unit_and_number_rows(grid: Grid, head: Head) -> None:
    for _ in range(2):
        row = head.last + 1
        texts = grid.texts(row)
        said = [text for _, text in texts]
        if is_number_row(said, len(head.paths)):
            if head.letters:
                return
            head.letters = dict(texts)
        elif is_unit_row(said) and not head.units:
            head.units = {column: text.strip("()") for column, text in texts if UNIT.fullmatch(text)}
        else:
            return
        head.last = row
