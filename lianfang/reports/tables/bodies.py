"""What stands below a header: rows to fill, rows named already, examples, totals, and where the table ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lianfang.reports.tables.grid import Grid
from lianfang.reports.tables.headers import Head
from lianfang.reports.tables.labels import (
    EXAMPLE,
    INDICATOR,
    INDICATOR_HEADER,
    KEEP_EXAMPLE,
    PLACE_LABEL,
    SERIAL,
    SUBTOTAL,
    UNIT,
    UNIT_HEADER,
    is_footer,
    is_total,
)
from lianfang.reports.tables.layout import Listed, TotalRow

_NUMBER = re.compile(r"[-+]?[\d,.]+%?")
_OPEN_ROWS = 60  # blank rows without frames that still belong to a table when a total stands below them
_PLACE_HEADER = re.compile(
    r"乡镇|街道|村|社区|镇|居委|组|网格|小区|单位|地区|辖区|区划|区域|县|所属|名称|地点"
)
_SECTION = re.compile(r"[一二三四五六七八九十]{1,3}[、.].*|[(][一二三四五六七八九十]{1,3}[)].*")


@dataclass
class Body:
    first: int = 0
    last: int = 0  # before first: there is no row to fill yet
    totals: list[TotalRow] = field(default_factory=list)
    examples: list[int] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    label_columns: tuple[int, ...] = ()  # that name listed rows, the name itself last
    is_vertical: bool = False  # the rows are indicators
    footer: int | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    kind: str  # total, example, text, blank
    texts: tuple[tuple[int, str], ...]


def find_body(grid: Grid, head: Head) -> Body:
    rows, footer = _rows(grid, head)
    body = Body(footer=footer)
    inner = _without_end(rows, grid, head)
    body.examples = [row.number for row in inner if row.kind == "example"]
    fill = [row for row in inner if row.kind in ("text", "blank")]
    if fill:
        body.first, body.last = fill[0].number, fill[-1].number
    else:
        after = [row.number for row in inner] or [head.last]
        body.first = max(after) + 1
        body.last = body.first - 1
    _find_listed(grid, head, body, [row for row in fill if row.kind == "text"])
    _find_unmarked_examples(head, body, fill)
    _find_totals(body, rows)
    return body


# ---------- which rows belong ----------


def _rows(grid: Grid, head: Head) -> tuple[list[_Row], int | None]:
    """Rows below the header that belong to the table, and the first row that says something below it."""
    is_framed = grid.border_share(head.label_last, head.first_column, head.last_column) >= 0.5
    found: list[_Row] = []
    footer = None
    for number in range(head.last + 1, grid.last_row + 1):
        row = _read_row(grid, head, number)
        if row is None:
            footer = number
            break
        if is_framed and row.kind != "total" and _has_left_frame(grid, head, number):
            footer = _next_text(grid, number)
            break
        found.append(row)
    if not is_framed:
        found = _cut_open(found)
    while found and found[-1].kind == "blank" and not is_framed and len(found) > 1:
        if any(row.kind != "blank" for row in found[:-1]):
            found.pop()
        else:
            break
    return found, footer


def _read_row(grid: Grid, head: Head, number: int) -> _Row | None:
    """None: a footer, the table is over."""
    texts = tuple(
        (column, text) for column, text in grid.texts(number) if not _is_formula(grid, number, column)
    )
    words = [(column, text) for column, text in texts if not _NUMBER.fullmatch(text)]
    starts = [text for _, text in words[:3]]
    if any(is_total(text) for text in starts) and not _is_indicator_total(grid, head, number):
        return _Row(number, "total", texts)
    if starts and len(starts[0]) <= 12 and EXAMPLE.match(starts[0]):
        return _Row(number, "example", texts)
    if starts and is_footer(starts[0]) and _is_outside(grid, head, number, words):
        return None
    return _Row(number, "text" if words else "blank", texts)


def _is_indicator_total(grid: Grid, head: Head, number: int) -> bool:
    """In a table of indicators a row 总人数 is asked like any other."""
    first = next((grid.text(number, column) for column in head.paths if grid.text(number, column)), "")
    is_plain = first.strip("(): ") in ("合计", "总计", "小计", "共计", "汇总", "合计:", "总")
    return (
        not is_plain
        and bool(INDICATOR_HEADER.search("".join(_first_path(head))))
        and not first.endswith("计")
    )


def _is_outside(grid: Grid, head: Head, number: int, words: list[tuple[int, str]]) -> bool:
    """备注 in the row of a table that lists indicators is one of them only when its row looks like the others."""
    column, text = words[0]
    merge = grid.merge(number, column)
    width = merge.width if merge else 1
    is_narrow = width * 2 < head.last_column - head.first_column + 1
    if _SECTION.fullmatch(text) and len(text) <= 20 and is_narrow and grid.has_border(number, column):
        return False  # 一、应排查户数 in the first cell of a row is no note below the table
    if text in ("备注", "说明") and width == 1 and grid.has_border(number, column):
        return width * 2 >= head.last_column - head.first_column + 1
    return True


def _is_formula(grid: Grid, row: int, column: int) -> bool:
    said = grid.said(row, column)
    return said is not None and said.formula is not None


def _has_left_frame(grid: Grid, head: Head, number: int) -> bool:
    """Below the table; not a row between rows with a frame, where somebody forgot it."""
    here, below = (
        grid.border_share(row, head.first_column, head.last_column) for row in (number, number + 1)
    )
    return here < 0.25 and below < 0.5


def _next_text(grid: Grid, number: int) -> int | None:
    return next((row for row in range(number, grid.last_row + 1) if not grid.is_blank_row(row)), None)


def _cut_open(rows: list[_Row]) -> list[_Row]:
    """Without frames a long gap ends the table."""
    gap = 0
    for place, row in enumerate(rows):
        gap = gap + 1 if row.kind == "blank" and not row.texts else 0
        if gap > _OPEN_ROWS:
            return rows[: place - gap + 1]
    return rows


def _without_end(rows: list[_Row], grid: Grid, head: Head) -> list[_Row]:
    """Without the totals that stand above or below everything."""
    inner = list(rows)
    while inner and inner[-1].kind == "total":
        inner.pop()
    while inner and inner[0].kind == "total":
        inner.pop(0)
    return inner


# ---------- rows that are named already ----------


def _find_listed(grid: Grid, head: Head, body: Body, rows: list[_Row]) -> None:
    texts = [
        [
            (column, text)
            for column, text in row.texts
            if not _NUMBER.fullmatch(text) and not SERIAL.fullmatch(text)
        ]
        for row in rows
    ]
    counts = {
        column: sum(any(at == column for at, _ in row) for row in texts)
        for column in head.paths
        if not _is_serial(head, column) and not _is_remark(head, column)
    }
    filled = [column for column, count in counts.items() if count and count * 5 >= len(rows) * 3]
    if not filled and any(counts.values()):
        filled = [min(column for column, count in counts.items() if count)]
    if not filled:
        return
    labels = _label_columns(grid, head, rows, filled)
    name = labels[-1]
    body.label_columns = labels
    within, section = "", ""
    alone = [text for row in rows if len(row.texts) == 1 and _SECTION.fullmatch(text := row.texts[0][1])]
    has_sections = len(alone) * 2 < len(rows)  # else 一、 and 二、 number the rows themselves
    for row in rows:
        here = dict(row.texts)
        if has_sections and len(here) == 1 and _SECTION.fullmatch(next(iter(here.values()))):
            section = next(iter(here.values()))
            continue
        if len(labels) > 1:
            outer = grid.shown(row.number, labels[-2])
            within = outer or within
        label = grid.shown(row.number, name)
        if label:
            cells = tuple(grid.shown(row.number, column) for column in head.paths)
            body.listed.append(Listed(row.number, label, within if len(labels) > 1 else section, cells))
    body.is_vertical = _is_vertical(head, body)


def _label_columns(grid: Grid, head: Head, rows: list[_Row], filled: list[int]) -> tuple[int, ...]:
    """The columns from the left that say what a row is; units and numbers are none."""
    labels: list[int] = []
    for column in head.paths:
        if _is_serial(head, column):
            continue
        says = [grid.shown(row.number, column) for row in rows]
        is_named = sum(bool(text) for text in says) * 2 > len(says)
        if column not in filled and not is_named:
            break
        if _is_unit_column(head, column, says) or all(_NUMBER.fullmatch(text) for text in says if text):
            break
        labels.append(column)
        if len(labels) == 3:
            break
    labels = labels or [filled[0]]
    # Of 乡镇, 村, 负责人 the last place names the row.
    places = [
        column
        for column in labels
        if _PLACE_HEADER.search("".join(head.paths[column])) and _share_of_places(grid, rows, column) >= 0.5
    ]
    if places:
        return tuple(labels[: labels.index(places[-1]) + 1])
    return tuple(labels)


def _share_of_places(grid: Grid, rows: list[_Row], column: int) -> float:
    says = [text for row in rows if (text := grid.shown(row.number, column))]
    return sum(bool(PLACE_LABEL.search(text)) for text in says) / len(says) if says else 0.0


def _is_vertical(head: Head, body: Body) -> bool:
    labels = [listed.label for listed in body.listed]
    places = sum(bool(PLACE_LABEL.search(label)) and not INDICATOR.search(label) for label in labels)
    if places * 2 > len(labels):
        return False
    header = "".join(head.paths[body.label_columns[-1]]) + "".join(head.paths[body.label_columns[0]])
    indicators = sum(bool(INDICATOR.search(label)) for label in labels)
    if INDICATOR_HEADER.search(header):
        return True
    return indicators * 2 > len(labels) and not re.search(r"姓名|单位名称|村|乡镇", header)


def _find_unmarked_examples(head: Head, body: Body, fill: list[_Row]) -> None:
    """One or two rows written full above empty ones: how somebody means it to be filled in."""
    written = [row for row in fill if row.kind == "text"]
    if not written or body.is_vertical or len(written) > 2 or len(fill) < len(written) + 2:
        return
    if written != fill[: len(written)]:
        return
    if all(len(row.texts) * 10 >= len(head.paths) * 6 and len(row.texts) > 2 for row in written):
        body.examples += [row.number for row in written]
        body.listed, body.label_columns = [], ()
        body.first = fill[len(written)].number


def keeps_examples(grid: Grid) -> bool:
    """请勿删除示例行."""
    return any(KEEP_EXAMPLE.search(said.text) for said in grid.cells.values() if said.text)


# ---------- totals ----------


def _find_totals(body: Body, rows: list[_Row]) -> None:
    """小计 sums the rows since the last one, or those up to the next when it stands above them."""
    totals = [row for row in rows if row.kind == "total"]
    if not totals:
        return
    named = [listed.row for listed in body.listed]
    inside = [row for row in totals if body.first <= row.number <= body.last]
    outside = [row for row in totals if row not in inside]
    subtotals = inside + [row for row in outside if SUBTOTAL.search(_label(row)) and named]
    if not [row for row in totals if row not in subtotals] and not any(
        SUBTOTAL.search(_label(row)) for row in subtotals
    ):
        subtotals = []
    stands_above = bool(subtotals and named and min(row.number for row in subtotals) < min(named))
    cuts = sorted(row.number for row in subtotals)
    for row in totals:
        label = _label(row)
        if row not in subtotals:
            body.totals.append(TotalRow(row.number, label))
            continue
        if stands_above:
            end = next((cut for cut in cuts if cut > row.number), body.last + 1)
            sums = tuple(number for number in named if row.number < number < end)
        else:
            start = next((cut for cut in reversed(cuts) if cut < row.number), 0)
            sums = tuple(number for number in named if start < number < row.number)
        body.totals.append(TotalRow(row.number, label, sums))


def _label(row: _Row) -> str:
    return next((text for _, text in row.texts if is_total(text)), "")


# ---------- columns ----------


def _first_path(head: Head) -> tuple[str, ...]:
    return next((path for column, path in head.paths.items() if not _is_serial(head, column)), ())


def _is_serial(head: Head, column: int) -> bool:
    return bool(SERIAL.fullmatch(head.paths[column][-1]))


def _is_remark(head: Head, column: int) -> bool:
    return head.paths[column][-1].startswith(("备注", "说明"))


def _is_unit_column(head: Head, column: int, says: list[str]) -> bool:
    said = [text for text in says if text]
    return bool(said) and bool(
        UNIT_HEADER.fullmatch(head.paths[column][-1])
        and sum(bool(UNIT.fullmatch(text)) for text in said) * 2 > len(said)
    )
