"""What is to be written around a table: 填报单位：____ 填报人：____ 填报时间：  年  月  日."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lianfang.reports.tables.grid import Grid
from lianfang.reports.tables.labels import blank_key
from lianfang.reports.tables.layout import Blank

# A label, its colon, and what stands behind it up to the next label.
_LABEL = re.compile(r"((?:[一-鿿A-Za-z/、（）()][ \u3000]?){0,23}[一-鿿A-Za-z）)])\s*[:：]")
_PLACEHOLDER = re.compile(r"[\s_＿\u00a0.…×xX*＊○〇/-]*")
_GAP = r"[\s_＿×xX*○〇]"
_DATE = re.compile(
    rf"(?:(?:20\d\d|{_GAP}*|20{_GAP}*)年)?(?:\d{{1,2}}|{_GAP}*)月(?:(?:\d{{1,2}}|{_GAP}*)日)?(?:(?:\d{{1,2}}|{_GAP}*)[时点](?:{_GAP}*分)?)?"
    rf"|(?:20\d\d|{_GAP}+|20{_GAP}*)年(?={_GAP}*$)"
)
_SIGNED = re.compile(r"签[名字章]|盖章")
_AS_OF = re.compile(r"(?:数据)?截[至止]到?(?:时间)?[:：]?\s*")
# ____镇 in a title; not XX县, which is who sends the table.
_UNIT_GAP = re.compile(
    r"(?:[_＿×]{2,}|[xX]{2,}|[\s\u00a0]{3,}|_)(?:镇|乡|街道|村|社区)(?:[(（][^)）]{1,6}[)）])?(?!.{0,4}(?:局|委|政府|办公室))"
    # Nor the 村 of 村支部书记签名：, which is a label of its own behind a gap for another.
    r"(?![^\s:：]{1,10}\s*[:：])(?!.{0,8}(?:签[名字章]|盖章))"
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A blank inside a text: `start` to `end` of it is replaced. `is_date`: by the parts of a date."""

    label: str
    key: str
    start: int
    end: int
    is_date: bool = False


def gaps_in(text: str) -> list[Gap]:
    """Every blank of a cell's text."""
    found: list[Gap] = []
    labels = [match for match in _LABEL.finditer(text) if blank_key(_plain(match[1])) is not None]
    for place, match in enumerate(labels):
        end = labels[place + 1].start() if place + 1 < len(labels) else len(text)
        label = _plain(match[1])
        said = text[match.end() : end]
        key = blank_key(label) or ""
        date = _DATE.search(said)
        if date and _is_open_date(date[0]):
            found.append(Gap(label, key, match.end() + date.start(), match.end() + date.end(), True))
        elif _PLACEHOLDER.fullmatch(said):
            found.append(Gap(label, key, match.end(), end))
    taken = [(gap.start, gap.end) for gap in found]
    for match in _DATE.finditer(text):
        if _SIGNED.search(text[: match.start()]):
            continue  # the day of a signature is written by who signs
        if _is_open_date(match[0]) and not any(a < match.end() and match.start() < b for a, b in taken):
            before = _AS_OF.search(text[: match.start()])
            is_as_of = (
                bool(before and before.end() == match.start())
                or "截" in text[max(0, match.start() - 6) : match.start()]
            )
            found.append(
                Gap(
                    "截至时间" if is_as_of else "日期",
                    "as_of" if is_as_of else "filled_on",
                    *match.span(),
                    True,
                )
            )
    taken = [(gap.start, gap.end) for gap in found]
    for match in _UNIT_GAP.finditer(text):
        if not any(a < match.end() and match.start() < b for a, b in taken):
            found.append(Gap("填报单位", "unit", *match.span()))
            break
    return sorted(found, key=lambda gap: gap.start)


def _plain(label: str) -> str:
    return re.sub(r"\s+", "", label).translate({0xFF08: "(", 0xFF09: ")"})


def _is_open_date(text: str) -> bool:
    """At least one of its parts is missing: 2022年  月  日, not the 月 of 每月."""
    return bool(re.search(rf"(?:{_GAP}|^|年|月)(?:年|月|日)", text)) and bool(
        re.search(rf"{_GAP}", text) or "年月" in text
    )


def find_blanks(grid: Grid, rows: range | list[int]) -> list[Blank]:
    """In these rows, which are not of the table."""
    found: list[Blank] = []
    for row in rows:
        for column, text in grid.texts(row):
            if grid.is_covered(row, column):
                continue
            found += _of_cell(grid, row, column, text)
        found += _of_row(grid, row) if row not in {blank.row for blank in found} else []
    return found


def _of_row(grid: Grid, row: int) -> list[Blank]:
    """单位名称 _ 联系人 _ 电话 _: labels without colons or frames, each with an empty cell beside it."""
    labels = [(column, text, blank_key(text)) for column, text in grid.texts(row)]
    if len(labels) < 2 or any(key is None for _, _, key in labels):
        return []
    if any(grid.text(row, column + 1) or grid.is_covered(row, column + 1) for column, _, _ in labels):
        return []
    return [Blank(text, key or "", row, column + 1, False) for column, text, key in labels]


def _of_cell(grid: Grid, row: int, column: int, folded: str) -> list[Blank]:
    raw = grid.raw(row, column)
    inside = gaps_in(raw)
    merge = grid.merge(row, column)
    last = merge.last_column if merge else column
    beside = last + 1
    is_free = not grid.text(row, beside) and not grid.is_covered(row, beside)
    if not inside:
        key = blank_key(folded)
        if (
            key is not None
            and is_free
            and (grid.merge(row, beside) or grid.has_border(row, beside) or folded.endswith(":"))
        ):
            return [Blank(_plain(folded).strip(":"), key, row, beside, False)]
        return []
    blanks = [Blank(gap.label, gap.key, row, column) for gap in inside]
    tail = inside[-1]
    ends_bare = tail.end == len(raw) and not raw[tail.start :].strip()
    if (
        ends_bare
        and len(inside) == 1
        and is_free
        and (merge is None or merge.width == 1)
        and (grid.merge(row, beside) is not None or grid.has_border(row, beside) or _is_narrow(raw))
    ):
        return [Blank(tail.label, tail.key, row, beside, False)]
    return blanks


def _is_narrow(raw: str) -> bool:
    """A label alone, without room for its value behind the colon."""
    return not raw.endswith((" ", "_", "\u3000"))
