"""What the columns of a pasted block are, by the names over them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lianfang.intake.entries.faults import CellFault
from lianfang.intake.entries.form import QUESTION, EntryForm
from lianfang.questions import recognising
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.columns.headers import is_refused, known_field, plain_header
from lianfang.register.rules import text, words

# column of the sheet → headers over it, besides those that the register knows
_OWN = {
    "presence": "见到情况 见到 情况 见面情况 走访情况 上门情况 入户情况 走访结果 上门结果 排查结果 排查情况 结果 见到没有 是否见到 是否见到本人"
    " 见否 在家情况 人员情况 状态 目前状态 人员状态 是否在家 在家 现是否在家 目前是否在家 今晚是否在家 在家与否",
    "place": "外出地 外出地点 外出去向 外出地址 去向 去哪里 滞留地 务工地 务工地点 外出务工地 外出务工地点 现在何处 在外地点 外出何地",
    "back": "何时回 何时回来 预计返回 预计返回时间 预计返回日期 预计返乡 预计返乡时间 返回时间 返回日期 拟返回时间 返乡时间 预计回来"
    " 回来时间 回家时间 预计回家 预计回家时间 几时回",
    "note": "备注 说明 备注说明 其他说明 情况说明 其他情况",
    "at": "上门时间 走访时间 排查时间 排查日期 走访日期 上门日期 摸排日期 摸排时间 入户时间 入户日期 登记时间 登记日期 填表日期 日期 时间",
    "worker": "谁上的门 上门人 走访人 排查人 摸排人 入户人 登记人 网格员 包保人 责任人 调查人 填表人 上门人员 走访人员 排查人员",
    "same": "同上轮 同上次 与上轮相同 与上次相同 无变化 没有变化",
    "person_reference": "人号 人员号 人员编号 人员ID 编号",
    "door_reference": "户号 户编号 户ID 户编码 家庭编号",
    "door": "门 门牌 门址 门牌号 住址 门号 哪一户 户址",
}  # fmt: skip
_BY_NAME = {name: column for column, names in _OWN.items() for name in names.split()}
# field of the register → column here; the door's parts are joined
_OF_REGISTER = {
    "name": "name",
    "relation": "relation",
    "sex": "sex",
    "id_number": "id_number",
    "phone": "phone",
    "reference": "person_reference",
    "household_reference": "door_reference",
    "head_name": "head_name",
    "village": "village",
    "section": "section",
    "estate": "estate",
    "grid": "grid",
    "group": "group",
    "building": "building",
    "unit": "unit",
    "floor": "floor",
    "room": "room",
    "label": "door",
    "present_place": "door",
    "away_place": "place",
    "is_here_tonight": "presence",
}
DOOR_PARTS = ("village", "section", "estate", "grid", "group", "building", "unit", "room", "door")
OF_ROW = ("name", "person_reference", "door_reference", "door", "room")  # one of them tells who a row is
_PASSED = words(
    "还欠 单号 序号 序 号 行号 no 签名 签字 签名确认 户主签名 户主签字 错误 年龄 出生日期 户主电话"
)
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
MOST_ABOVE = 12  # title, unit, date, notes on how to fill it in


@dataclass(frozen=True, slots=True)
class Columns:
    """`of`: place (from 0) → column; `first`: the row below the header."""

    of: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    first: int = 0
    header: tuple[int, ...] = ()
    faults: tuple[CellFault, ...] = ()


def find_columns(rows: Sequence[Sequence[str]], form: EntryForm) -> Columns | None:
    """The header row and what its cells mean, or None when no row of the first is one."""
    best = _most_known(rows, form, with_below=False)
    if best < 0:
        best = _most_known(rows, form, with_below=True)
    if best < 0:
        return None
    below = rows[best + 1] if best + 1 < len(rows) and _is_second(rows[best], rows[best + 1], form) else ()
    return _columns(rows[best], below, best, form)


def _most_known(rows: Sequence[Sequence[str]], form: EntryForm, *, with_below: bool) -> int:
    """Of the first rows the one with the most names of columns, at least two; -1 when there is none."""
    best, most = -1, 1
    for at, row in enumerate(rows[:MOST_ABOVE]):
        known = [column for column in (_meant(cell, form) for cell in row) if column]
        if with_below and known and at + 1 < len(rows) and _is_second(row, rows[at + 1], form):
            known += [column for column in (_meant(cell, form) for cell in rows[at + 1]) if column]
        # A row of data may hold a word or two that are headers as well (外出, 户主).
        if len(known) > most and (set(known) & set(OF_ROW) or len(known) >= 3):
            best, most = at, len(known)
    return best


def _is_second(above: Sequence[str], below: Sequence[str], form: EntryForm) -> bool:
    """Is the row below part of the header? Only where it names columns that the row above leaves open or groups."""
    named = [at for at, cell in enumerate(below) if text(cell)]
    settled = {at for at, cell in enumerate(above) if _meant(cell, form) in OF_ROW}
    is_path = [
        _meant(f"{_left(above, at)}.{text(below[at])}", form) or _meant(below[at], form) for at in named
    ]
    return len(named) > 1 and not settled & set(named) and any(is_path)


def _left(row: Sequence[str], at: int) -> str:
    """The cell of a merged group: its text stands in its first column."""
    for place in range(min(at, len(row) - 1), -1, -1):
        if text(row[place]):
            return text(row[place])
    return ""


def _columns(above: Sequence[str], below: Sequence[str], at: int, form: EntryForm) -> Columns:
    of: dict[int, str] = {}
    names: dict[int, str] = {}
    faults: list[CellFault] = []
    taken: set[str] = set()
    for place in range(max(len(above), len(below))):
        own = text(above[place]) if place < len(above) else ""
        leaf = text(below[place]) if place < len(below) else ""
        name = f"{own or _left(above, place)}.{leaf}" if leaf else own
        if not name:
            continue
        names[place] = name
        column = (_meant(leaf, form) if leaf else None) or _meant(name, form) or ""
        said = {"text": name[:20]}
        if is_refused(name):
            faults.append(CellFault(0, place + 1, "column_refused", said))
        elif not column:
            if plain_header(name).lower() not in _PASSED and not _is_of_register(name):
                like = _like(name, form.questions)
                code = "column_like" if like else "column_unknown"
                faults.append(CellFault(0, place + 1, code, {**said, "like": like}))
        elif column in taken:
            faults.append(CellFault(0, place + 1, "column_twice", said))
        else:
            of[place] = column
            taken.add(column)
    header = (at, at + 1) if below else (at,)
    return Columns(of, names, header[-1] + 1, header, tuple(faults))


def _like(name: str, asked: Iterable[QuestionDefinition]) -> str:
    """The one question of the sheet in whose label every sign of the header stands: 积水 of 屋内外积水. Said as a
    guess, and never taken for it."""
    signs = Counter(plain_header(name))
    found = [one.label for one in asked if signs.total() > 1 and not signs - Counter(one.label)]
    return found[0] if len(found) == 1 else ""


def _is_of_register(name: str) -> bool:
    """性别, 出生日期 of people who are listed: the register knows them, and this page does not change it."""
    return known_field(plain_header(name)) is not None


def _meant(cell: str, form: EntryForm) -> str | None:
    said = text(cell)
    if not said or len(said) > 60:
        return None
    plain = plain_header(said)
    if own := _BY_NAME.get(plain) or _BY_NAME.get(_BRACKETS.sub("", said).replace(" ", "")):
        return own
    if question := find_question(said, form.questions):
        return QUESTION + question.key
    if plain.lower() in _PASSED:
        return None
    found = known_field(plain)
    return _OF_REGISTER.get(found) if found else None


def find_question(header: str, known: Iterable[QuestionDefinition]) -> QuestionDefinition | None:
    """The question that a header asks: its label, one of the names under which sheets carry it, or its key."""
    found = recognising.find_question(header, known)
    return found.question if found else None
