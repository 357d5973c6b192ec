"""The header of any table: which rows it is, and the path of headings over each column. Pure.

Other than a list of people (register/columns), the table need not name anybody: what is looked for is the row, or two
or three, in which most columns have words of their own, below titles and 填报单位 lines and above the first entries.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lianfang.core.letters import column_letter
from lianfang.register.columns.contents import looks_like_name
from lianfang.register.rules import Cell, text

SEARCHED_ROWS = 40
DEPTH = 3
SAMPLED_ROWS = 300
LONGEST_HEADING = 120
Range = tuple[
    int, int, int, int
]  # first row, first column, last row, last column; rows from 1, columns from 0

_FILED = re.compile(
    r"^(?:填[报表写]|报[送表]|制表|审核|单位|负责人|日期|时间|年度|联系[人电]|报告|截[至止]|乡镇|街道|村|社区|县|区|市|地区|附件|表号|编号|文号|"
    r"密级|主管|分管|盖章|公章).{0,16}[:：_＿]"
)
_BLANK = re.compile(r"[:：]\s*[_＿\s年月日时分/—-]*$")  # 班级：, 填表日期：  年  月  日
_WORD = re.compile(r"[^\W_]")
_NUMBER = re.compile(r"-?[\d,，.]+%?")
_DATELIKE = re.compile(r"\d{2,4}[-./年]\d{1,2}(?:[-./月]\d{1,2}日?)?.*|\d{1,2}月\d{1,2}日")
_LONG_DIGITS = re.compile(r"\d{7,}|\d{3,}\*+\d*")
_ORDINALS = frozenset("甲乙丙丁戊己庚辛壬癸")
_NOTE = re.compile(r"^(?:填[表写报]?说明|说明|备注|注|附注|填表要求|要求)\s*[:：]|^注意")
_TOTAL = re.compile(r"^[合小总共]\s*计$|^累\s*计$")


_NUMBERED_TITLE = re.compile(
    r"^(?:附件|附表|表)[\d一二三四五六七八九十]{1,3}(?:[-—.]\d{1,2})?[:：.、]?|^(?:附件|附表)$"
)


@dataclass(frozen=True)
class HeaderColumn:
    """One column below the header. `place` counts from 0 at column A; `cell` names the heading's own (C4)."""

    place: int
    path: tuple[str, ...]
    cell: str
    samples: tuple[Cell, ...] = ()

    @property
    def leaf(self) -> str:
        return self.path[-1]

    @property
    def group(self) -> str:
        return "".join(self.path[:-1])

    @property
    def header(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class TableHeader:
    """`first` and `last` row of it as the spreadsheet counts; `title` stands above."""

    first: int
    last: int
    columns: tuple[HeaderColumn, ...]
    title: str = ""


def find_header(
    rows: Sequence[Sequence[Cell]], first_row: int = 1, first_column: int = 0, merged: Iterable[Range] = ()
) -> TableHeader | None:
    """None when no row names two columns."""
    grid = _Grid(rows, first_row, first_column, merged)
    best: tuple[float, int, int] | None = None
    for first in range(min(len(grid.rows), SEARCHED_ROWS)):
        if not grid.may_begin(first):
            continue
        depth = grid.depth_of(first)
        score = grid.score(first, depth)
        if best is None or score > best[0]:
            best = (score, first, depth)
    if best is None:
        return grid.card()
    _score, first, depth = best
    columns = grid.columns(first, depth)
    if len(columns) < 2:
        return None
    return TableHeader(first + first_row, first + depth - 1 + first_row, columns, grid.title(first))


class _Grid:
    """A sheet's rows of equal width, with the merged ranges counted from 0 in it."""

    def __init__(
        self, rows: Sequence[Sequence[Cell]], first_row: int, first_column: int, merged: Iterable[Range]
    ) -> None:
        looked_at = rows[: SEARCHED_ROWS + SAMPLED_ROWS]
        width = max((len(row) for row in looked_at), default=0)
        self.rows = [[_said(cell) for cell in row] + [""] * (width - len(row)) for row in looked_at]
        self.cells = [list(row) + [None] * (width - len(row)) for row in looked_at]
        self.width, self.first_row, self.first_column = width, first_row, first_column
        last = len(self.rows) - 1
        self.merged = [
            (
                top - first_row,
                left - first_column,
                min(bottom - first_row, last),
                min(right - first_column, width - 1),
            )
            for top, left, bottom, right in merged
            if first_row <= top <= last + first_row and first_column <= left < width + first_column
        ]
        self.usual = _usual_width(self.rows)

    def filled(self, row: int) -> list[int]:
        return [place for place, said in enumerate(self.rows[row]) if said]

    def covered(self, row: int) -> set[int]:
        """Columns that have a heading in this row, their own or that of a range."""
        found = set(self.filled(row))
        for top, left, bottom, right in self.merged:
            if top <= row <= bottom and self.rows[top][left]:
                found.update(range(left, right + 1))
        return found

    def is_title(self, row: int) -> bool:
        """One text over the whole table, or alone in its row."""
        said = {self.rows[row][place] for place in self.filled(row)}
        return len(said) == 1

    def is_filing(self, row: int) -> bool:
        """填报单位：____ 填报时间：____: blanks to be filled in above the table."""
        said = [self.rows[row][place] for place in self.filled(row)]
        blanks = sum(bool(_FILED.match(each.replace(" ", "")) or _BLANK.search(each)) for each in said)
        return bool(blanks) and (blanks * 2 >= len(said) or len(said) <= max(2, self.usual // 3))

    def may_begin(self, row: int) -> bool:
        filled = self.filled(row)
        if len(filled) < 2 or self.is_title(row) or self.is_filing(row):
            return False
        beside = sum(place + 1 in self.covered(row) for place in filled)
        return beside * 2 >= len(filled) - 1 and all(self.is_heading(row, place) for place in filled)

    def is_heading(self, row: int, place: int) -> bool:
        """Could this cell stand over a column? An entry is a number, a day, an id, a long text."""
        said, cell = self.rows[row][place], self.cells[row][place]
        if (
            isinstance(cell, bool)
            or len(said) > LONGEST_HEADING
            or _NOTE.match(said)
            or not _WORD.search(said)
        ):
            return False
        if isinstance(cell, (int, float)) or _NUMBER.fullmatch(said) or _DATELIKE.fullmatch(said):
            return False
        return not _LONG_DIGITS.search(said) and not (place == self.filled(row)[0] and _TOTAL.match(said))

    def depth_of(self, first: int) -> int:
        """As deep as the ranges that begin in its first row reach down; without ranges, as the rows below go on
        naming what the first left open."""
        if first in self._group_tops() or any(top == first < bottom for top, _l, bottom, _r in self.merged):
            bottoms = [bottom for top, _left, bottom, _right in self.merged if top == first]
            depth = max([bottom - first + 1 for bottom in bottoms if bottom - first < DEPTH], default=1)
            while depth < DEPTH and self._goes_on(first, depth):
                depth += 1
            return depth
        depth = 1
        while depth < DEPTH and self._goes_on(first, depth):
            depth += 1
        return depth

    def _group_tops(self) -> set[int]:
        return {top for top, left, bottom, right in self.merged if right > left and self.rows[top][left]}

    def _goes_on(self, first: int, depth: int) -> bool:
        """Does the row below still belong to the header?"""
        row = first + depth
        if row >= len(self.rows):
            return False
        filled = self.filled(row)
        if not filled or (self.is_title(row) and not self._is_under_group(first, depth, filled)):
            return False
        if not all(self.is_heading(row, place) or self._is_day_number(row, place) for place in filled):
            return False
        above = set().union(*(self.filled(first + n) for n in range(depth)))
        open_above = [place for place in filled if place not in above]
        if self._is_under_group(first, depth, filled):
            return True
        # Without ranges: the row names columns that the rows above left open, and no other.
        lefts = [
            place for place in filled if place in above and place + 1 < self.width and place + 1 not in above
        ]
        return (
            bool(open_above) and len(open_above) + len(lefts) == len(filled) and self._words_only(row, filled)
        )

    def _is_under_group(self, first: int, depth: int, filled: Sequence[int]) -> bool:
        """Every cell stands below a range over several columns: 今日 over 新增 and 在册."""
        grouped: set[int] = set()
        for top, left, bottom, right in self.merged:
            if first <= top and bottom == first + depth - 1 and right > left and self.rows[top][left]:
                grouped.update(range(left, right + 1))
        return bool(grouped) and set(filled) <= grouped

    def _is_day_number(self, row: int, place: int) -> bool:
        """Days of a watch are numbered below their group: 体温 over 1, 2, 3 …"""
        return bool(re.fullmatch(r"\d{1,2}", self.rows[row][place])) and row > 0

    def _words_only(self, row: int, filled: Sequence[int]) -> bool:
        return not any(looks_like_name(self.rows[row][place]) for place in filled)

    def score(self, first: int, depth: int) -> float:
        """Columns named, the leaves distinct; the nearer to the top the better."""
        leaves = [path[-1] for path in self._paths(first, depth) if path]
        if not leaves:
            return -1.0
        distinct = len(set(self._paths(first, depth)) - {()})
        names = sum(looks_like_name(leaf) and leaf[0] in "王李张刘陈杨黄赵吴周" for leaf in leaves)
        wide = sum(len(leaf) > 30 for leaf in leaves)
        return distinct - 0.5 * names - 0.3 * wide - 0.12 * first

    def card(self) -> TableHeader | None:
        """A form for one household or person: a name, a blank beside it, the next name. None when it is not one."""
        found, rows = [], []
        for row in range(min(len(self.rows), SEARCHED_ROWS)):
            names = [place for place in self.filled(row) if self._is_name(row, place)]
            if self.is_title(row) and not any(_BLANK.search(self.rows[row][place]) for place in names):
                continue
            for place in names:
                beside = self._beside(row, place)
                said = _BLANK.sub("", self.rows[row][place]).strip()
                header = f"{said}（{beside}）" if beside else said
                cell = f"{column_letter(place + self.first_column)}{row + self.first_row}"
                found.append(HeaderColumn(place + self.first_column, (header,), cell))
                rows.append(row)
        if len(found) < 2:
            return None
        return TableHeader(
            rows[0] + self.first_row, rows[-1] + self.first_row, tuple(found), self.title(rows[0])
        )

    def _is_name(self, row: int, place: int) -> bool:
        """A short heading with a blank, or choices to tick, behind it."""
        said = self.rows[row][place]
        if not self.is_heading(row, place) or len(said) > 30 or said[0] in "□☐○":
            return False
        after = self.rows[row][place + 1] if place + 1 < self.width else ""
        return bool(_BLANK.search(said)) or not after or after[0] in "□☐○"

    def _beside(self, row: int, place: int) -> str:
        after = next((said for said in self.rows[row][place + 1 :] if said), "")
        return after if after and after[0] in "□☐○" else ""

    def _paths(self, first: int, depth: int) -> list[tuple[str, ...]]:
        block = [list(row) for row in self.rows[first : first + depth]]
        inside = [m for m in self.merged if first <= m[0] and m[2] < first + depth]
        held: set[tuple[int, int]] = set()
        for top, left, bottom, right in inside:
            value = self.rows[top][left]
            for row in range(top, bottom + 1):
                for place in range(left, right + 1):
                    block[row - first][place] = value if row == top else ""
                    held.add((row - first, place))
        for number, row_cells in enumerate(block[:-1]):
            for place in range(1, self.width):
                below = any(block[lower][place] for lower in range(number + 1, depth))
                named = any(block[upper][place] for upper in range(number))
                if not row_cells[place] and below and not named and (number, place) not in held:
                    row_cells[place] = row_cells[place - 1]
        paths = []
        for place in range(self.width):
            parts: list[str] = []
            for row_cells in block:
                if row_cells[place] and (not parts or parts[-1] != row_cells[place]):
                    parts.append(row_cells[place])
            paths.append(tuple(parts))
        return paths

    def columns(self, first: int, depth: int) -> tuple[HeaderColumn, ...]:
        below = self._entries(first + depth)
        spread = self._spread(first, depth)
        found = []
        for place, path in enumerate(self._paths(first, depth)):
            if not path or place in spread:
                continue
            row = next(n for n in range(depth - 1, -1, -1) if n == 0 or self.rows[first + n][place])
            cell = f"{column_letter(place + self.first_column)}{first + row + self.first_row}"
            samples = tuple(row[place] for row in below if row[place] not in (None, ""))
            found.append(HeaderColumn(place + self.first_column, path, cell, samples))
        return tuple(found)

    def _spread(self, first: int, depth: int) -> set[int]:
        """Columns that only continue a heading joined over several and undivided below it."""
        return {
            place
            for top, left, bottom, right in self.merged
            if first <= top and bottom == first + depth - 1
            for place in range(left + 1, right + 1)
        }

    def _entries(self, first: int) -> list[list[Cell]]:
        """Rows of entries: no totals, notes, lines over the whole width, or numbers of columns (甲 乙 1 2)."""
        kept = []
        for number in range(first, min(len(self.rows), first + SAMPLED_ROWS)):
            filled = self.filled(number)
            said = [self.rows[number][place] for place in filled]
            if len(filled) < 2 or _NOTE.match(said[0]) or _TOTAL.match(said[0]) or self.is_filing(number):
                continue
            if number == first and all(
                each in _ORDINALS or re.fullmatch(r"[（(]?\d{1,2}[)）]?", each) for each in said
            ):
                steps = [int(re.sub(r"\D", "", each)) for each in said if re.search(r"\d", each)]
                if len(steps) < 2 or all(b - a == 1 for a, b in itertools.pairwise(steps)):
                    continue
            if said[0].startswith(("例", "示例")):
                continue
            kept.append(self.cells[number])
        return kept

    def title(self, first: int) -> str:
        for row in range(first):
            said = [self.rows[row][place] for place in self.filled(row)]
            if not said or not self.is_title(row) or self.is_filing(row):
                continue
            if title := _NUMBERED_TITLE.sub("", re.sub(r"\s+", "", said[0])):  # 附件2 alone is none
                return title[:60]
        return ""


def _said(cell: Cell) -> str:
    return text(cell) if not isinstance(cell, float) else f"{cell:g}"


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    counts = Counter(sum(map(bool, row)) for row in rows if any(row))
    return max((n for n, _count in counts.most_common(3)), default=0)
