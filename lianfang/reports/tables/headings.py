"""What is written around a table: the blanks of 填报单位：____ 填报时间：  年  月  日 filled, the rest of the text kept."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping
from html import escape

from lianfang.core.workbooks.cells import escaped
from lianfang.core.workbooks.package import Package, text_of, tree, unescaped
from lianfang.reports.tables.blanks import Gap, gaps_in
from lianfang.reports.tables.layout import Blank, TemplateSheet
from lianfang.reports.tables.sheet_part import CellPart, SheetPart
from lianfang.reports.tables.values import Value

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{2}))?.*)?")
_GAP = r"[\s_＿×xX*○〇]*"
_OPEN = rf"(?<!\d)(?<!\d\s){_GAP}"  # not behind a figure that is there already
Runs = list[tuple[str, str]]  # (XML of the look, text)


def heading_contents(
    package: Package, part: SheetPart, layout: TemplateSheet, heading: Mapping[str, Value]
) -> dict[tuple[int, int], str]:
    """(row, column) → the XML of the cell behind its style, for each cell of which a blank is filled."""
    by_cell: dict[tuple[int, int], list[Blank]] = defaultdict(list)
    for blank in layout.blanks:
        if _said(blank.label, blank.key, heading) is not None:
            by_cell[blank.row, blank.column].append(blank)
    cells = {(row.number, cell.column): cell for row in part.rows for cell in row.cells}
    found = {}
    for at, blanks in by_cell.items():
        cell = cells.get(at)
        if not blanks[0].is_inside:
            value = _said(blanks[0].label, blanks[0].key, heading)
            found[at] = _content(part.prefix, [("", words_of(value))])
        elif cell is not None:
            runs = _runs(package, part, cell)
            found[at] = _content(part.prefix, filled_runs(runs, heading))
    return found


def _said(label: str, key: str, heading: Mapping[str, Value]) -> Value:
    value = heading.get(label)
    return value if value is not None else heading.get(key) if key else None


def filled_runs(runs: Runs, heading: Mapping[str, Value]) -> Runs:
    text = "".join(said for _, said in runs)
    for gap in reversed(gaps_in(text)):
        value = _said(gap.label, gap.key, heading)
        if value is not None:
            runs = _replaced(runs, gap.start, gap.end, _in_gap(text, gap, value))
    return runs


def words_of(value: Value) -> str:
    parts = _day_of(value)
    if parts is not None:
        year, month, day, hour, _ = parts
        return f"{year}年{month}月{day}日" + (f"{hour}时" if hour is not None else "")
    return str(value)


def _day_of(value: Value) -> tuple[int, int, int, int | None, int | None] | None:
    if isinstance(value, dt.datetime):
        return value.year, value.month, value.day, value.hour, value.minute
    if isinstance(value, dt.date):
        return value.year, value.month, value.day, None, None
    match = _DAY.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    hour = int(match[4]) if match[4] else None
    return int(match[1]), int(match[2]), int(match[3]), hour, int(match[5] or 0) if match[4] else None


def _in_gap(text: str, gap: Gap, value: Value) -> str:
    was = text[gap.start : gap.end]
    parts = _day_of(value)
    if gap.is_date and parts is not None:
        return _dated(was, parts)
    said = words_of(value)
    if gap.end >= len(text) or gap.is_date:
        return said
    if was.strip("_＿ \u3000\u00a0"):
        return said
    # What follows keeps its place on the line, or at least two spaces.
    return said + " " * max(2, _width(was) - _width(said))


def _dated(was: str, parts: tuple[int, int, int, int | None, int | None]) -> str:
    year, month, day, hour, minute = parts
    said = re.sub(rf"(?:20\d\d|20{_GAP}|{_GAP})年", f"{year}年", was, count=1)
    said = re.sub(rf"{_OPEN}月", f"{month}月", said, count=1)
    said = re.sub(rf"{_OPEN}日", f"{day}日", said, count=1)
    if hour is not None:
        said = re.sub(rf"{_OPEN}([时点])", rf"{hour}\1", said, count=1)
        said = re.sub(rf"{_GAP}分", f"{minute or 0}分", said, count=1)
    return said


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


# ---------- text in runs ----------


def _runs(package: Package, part: SheetPart, cell: CellPart) -> Runs:
    if cell.kind == "s":
        return _runs_of(package.strings[int(cell.value)], part.prefix)
    if cell.kind == "inlineStr":
        raw = part.raw[cell.start : cell.end].decode()
        inner = re.search(r"<(?:\w+:)?is>.*</(?:\w+:)?is>", raw, re.DOTALL)
        if inner:
            plain = re.sub(r"<(/?)\w+:", r"<\1", inner[0])
            return _runs_of(tree(re.sub(r"\sxml:space", " space", plain).encode()), part.prefix)
    return [("", cell.value)]


def _runs_of(item: ET.Element, prefix: str) -> Runs:
    runs = []
    for child in item:
        if child.tag == "t":
            runs.append(("", unescaped(child.text or "")))
        elif child.tag == "r":
            look = child.find("rPr")
            text = "".join(unescaped(t.text or "") for t in child if t.tag == "t")
            runs.append((_xml(look, prefix) if look is not None else "", text))
    return runs or [("", text_of(item))]


def _xml(element: ET.Element, prefix: str) -> str:
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in element.attrib.items())
    inner = "".join(_xml(child, prefix) for child in element)
    return f"<{prefix}{element.tag}{attributes}>{inner}</{prefix}{element.tag}>"


def _replaced(runs: Runs, start: int, end: int, said: str) -> Runs:
    """The run in which the blank begins takes what is said."""
    found: Runs = []
    at = 0
    is_placed = False
    for place, (look, text) in enumerate(runs):
        first, last = max(0, start - at), min(len(text), end - at)
        is_here = (at <= start < at + len(text)) or (start == at + len(text) and place == len(runs) - 1)
        if not is_placed and is_here:
            found.append((look, text[:first] + said + text[max(first, last) :]))
            is_placed = True
        elif first < last:
            found.append((look, text[:first] + text[last:]))
        else:
            found.append((look, text))
        at += len(text)
    return found


def _content(prefix: str, runs: Runs) -> str:
    texts = [
        f'<{prefix}t xml:space="preserve">{escaped(text)}</{prefix}t>'
        if not look and len(runs) == 1
        else f'<{prefix}r>{look}<{prefix}t xml:space="preserve">{escaped(text)}</{prefix}t></{prefix}r>'
        for look, text in runs
        if text
    ]
    return f' t="inlineStr"><{prefix}is>{"".join(texts)}</{prefix}is></{prefix}c>'
