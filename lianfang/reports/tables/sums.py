"""Columns that follow from others: sums of what stands beside them, shares of two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lianfang.reports.tables.labels import LEGEND
from lianfang.reports.tables.layout import TemplateColumn
from lianfang.reports.tables.meaning import Meaning
from lianfang.reports.tables.phrases import phrase_of, same

_SUM = re.compile(r"(?:全[县市区镇乡村]|各[村镇乡]+|总)?(?:合计|小计|总计|共计|总数|合计数|小计数)")
_SHARE = re.compile(r"(.*?)(?:率|占比|比例|百分比)")
_CIRCLED = {chr(0x2460 + place): str(place + 1) for place in range(20)}


def by_legend(columns: Sequence[TemplateColumn], place: int) -> Meaning | None:
    """3=1+2 under the header, by the numbers of the columns."""
    match = LEGEND.fullmatch(columns[place].letters)
    if not match:
        return None
    at = {_number(column.letters): number for number, column in enumerate(columns) if column.letters}
    said = "".join(_CIRCLED.get(sign, sign) for sign in match[2]).replace("÷", "/").replace("×", "*")
    said = re.sub(r"\*?100%?$|%$", "", said)
    if not re.fullmatch(r"[^()]*/\([^()]*\)", said):
        said = said.strip("()")
    if re.fullmatch(r"[\dA-Z]+(?:\+[\dA-Z]+)+", said):
        parts = [at.get(part) for part in said.split("+")]
        return Meaning("formula", text=f"sum:{_joined(parts)}") if None not in parts else None
    if whole := re.fullmatch(r"([\dA-Z]+)/\(([\dA-Z]+(?:\+[\dA-Z]+)+)\)", said):  # 7=5/(5+6)
        parts = [at.get(part) for part in (whole[1], *whole[2].split("+"))]
        return Meaning("formula", text=f"quotient:{_joined(parts)}") if None not in parts else None
    if re.fullmatch(r"[\dA-Z]+/[\dA-Z]+", said):
        parts = [at.get(part) for part in said.split("/")]
        return Meaning("formula", text=f"quotient:{_joined(parts)}") if None not in parts else None
    return None


def _joined(parts: Sequence[int | None]) -> str:
    return ",".join(str(part) for part in parts)


def _number(letters: str) -> str:
    number = letters.partition("=")[0].strip("()")
    return _CIRCLED.get(number, number)


def sum_of(columns: Sequence[TemplateColumn], place: int, additive: Sequence[bool]) -> Meaning | None:
    """合计 within a group: of its other columns, when all of them are counts."""
    path = columns[place].path
    if len(path) < 2 or not _SUM.fullmatch(path[-1]):
        return None
    siblings = [
        number
        for number, column in enumerate(columns)
        if number != place and column.path[:-1] == path[:-1] and column.row == columns[place].row
    ]
    if len(siblings) < 2 or not all(additive[number] for number in siblings):
        return None
    if any(
        _SHARE.fullmatch(columns[number].path[-1]) or _SUM.fullmatch(columns[number].path[-1])
        for number in siblings
    ):
        return None
    return Meaning("formula", text=f"sum:{_joined(siblings)}")


def share_of(columns: Sequence[TemplateColumn], place: int) -> Meaning | None:
    """接种率 from 已接种 and 应接种, when there is exactly one of each before it."""
    match = _SHARE.fullmatch(same(columns[place].path[-1]))
    if not match:
        return None
    word = match[1].removeprefix("完成").removesuffix("完成")
    span = phrase_of(columns[place].path).span
    done, due = [], []
    for number, column in enumerate(columns):
        if number == place or column.row != columns[place].row:
            continue
        said = phrase_of(column.path)
        if said.span != span and said.span and span:
            continue
        text = same(said.core)
        if not _is_about(text, word):
            continue
        if re.match(r"已|实|完成|实际", text):
            done.append(number)
        elif re.match(r"应|需|目标|计划|任务", text):
            due.append(number)
    if len(done) > 1 or len(due) > 1:  # the pair of its own group
        own = columns[place].path[:-1]
        done = [number for number in done if columns[number].path[:-1] == own]
        due = [number for number in due if columns[number].path[:-1] == own]
    if len(done) == 1 and len(due) == 1:
        return Meaning("formula", text=f"quotient:{done[0]},{due[0]}")
    return None


def _is_about(text: str, word: str) -> bool:
    plain = re.sub(r"^(?:已|实|应|需|目标|计划|任务|完成)+|(?:户数|人数|数|人次)$", "", text)
    return (
        not word
        or plain == word
        or (len(word) > 1 and (plain.startswith(word) or (word.startswith(plain) and bool(plain))))
    )
