"""What a row had written where it differs from what is stored. Pure.

`differing` compares by field with the words of our own export, so that 男, 是 and 3组 written as such are not kept twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from lianfang.core.letters import column_letter
from lianfang.register import rules
from lianfang.register.checking import Entry
from lianfang.register.columns import Columns
from lianfang.register.rules import Cell

_SEX = {"male": "男", "female": "女", "": ""}
_YES_NO = {True: "是", False: "否", None: ""}
_RELATIONS = {
    "head": "户主",
    "spouse": "配偶",
    "child": "子女",
    "grandchild": "孙辈",
    "parent": "父母",
    "tenant": "租客",
    "other": "其他",
}
_KINDS = {"family": "家庭户", "collective": "集体户", "": ""}
_COLLECTIVES = {
    "dormitory": "宿舍",
    "site": "工地",
    "nursing_home": "养老院",
    "boat": "船上",
    "street": "街面、无固定住处",
    "other": "其他",
    "": "",
}
# Fields whose stored words follow from village, areas below it and door alone.
_OF_PLACE = frozenset(
    (
        "village_code",
        "township",
        "village",
        "estate",
        "grid",
        "group",
        "building",
        "unit",
        "floor",
        "room",
        "label",
    )
)
_LONGEST = 2000  # characters of one cell; more is no cell of a register


def _area(level: str) -> Callable[[Entry], str]:
    return lambda entry: next((name for found, name in entry.chain if found == level), "")


def _of_door(part: str) -> Callable[[Entry], str]:
    return lambda entry: getattr(entry.door, part) if entry.door else ""


# field → what the register now says, in the words of the export
_STORED: dict[str, Callable[[Entry], str | None]] = {
    "reference": attrgetter("reference"),
    "name": attrgetter("name"),
    "relation": lambda e: _RELATIONS.get(e.relation, ""),
    "sex": lambda e: _SEX.get(e.sex, ""),
    "birth_on": lambda e: e.birth_on.isoformat() if e.birth_on else "",
    "id_number": attrgetter("id_number"),
    "phone": attrgetter("phone"),
    "village_code": attrgetter("village.code"),
    "township": attrgetter("village.township"),
    "village": attrgetter("village.name"),
    "estate": _area("estate"),
    "grid": _area("grid"),
    "group": _area("group"),
    "building": _area("building"),
    "unit": _of_door("unit"),
    "floor": _of_door("floor"),
    "room": _of_door("room"),
    "label": _of_door("label"),
    "walk_order": lambda e: "" if e.walk_order is None else str(e.walk_order),
    "household_reference": attrgetter("household_reference"),
    "household_kind": lambda e: _KINDS.get(e.household_kind, ""),
    "head_name": attrgetter("head_name"),
    "collective_kind": lambda e: _COLLECTIVES[e.collective_kind],
    "expected_count": lambda e: "" if e.expected_count is None else str(e.expected_count),
    "contact_phone": attrgetter("contact_phone"),
    "is_registered_here": lambda e: _YES_NO[e.is_registered_here],
    "is_living_here": lambda e: _YES_NO[e.is_living_here],
    "is_here_tonight": lambda e: _YES_NO[e.is_here_tonight],
    "registered_place": attrgetter("registered_place"),
    "present_place": attrgetter("present_place"),
    "away_place": attrgetter("present_place"),
}


def written(cell: Cell) -> str:
    """A cell as text, nothing folded."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else rules.text(cell)


class RawReader:
    """Of the rows of one sheet under its header."""

    def __init__(self, columns: Columns) -> None:
        fields = [
            (at, columns.headers.get(name) or column_letter(at), _STORED.get(name), name in _OF_PLACE)
            for name, at in sorted(columns.at.items(), key=_place)
        ]
        self._all = [(at, header) for at, header, _, _ in fields]
        self._own = [(at, header, stored) for at, header, stored, is_place in fields if not is_place]
        self._places = [(at, header, stored) for at, header, stored, is_place in fields if is_place]
        self._width = max((at for at, _ in self._all), default=0) + 1
        # People of a household stand together and write the same of it.
        self._above: tuple[object, ...] = ()
        self._above_cells: list[Cell] = []
        self._above_differs: dict[str, str] = {}

    def differing(self, row: Sequence[Cell], entry: Entry) -> dict[str, str]:
        if len(row) < self._width:
            row = [*row, *[None] * (self._width - len(row))]
        cells = [row[at] for at, _, _ in self._places]
        above = self._above
        # What is stored of a place is one object for all who live there.
        if not (
            cells == self._above_cells
            and above
            and above[0] is entry.chain
            and above[1] is entry.door
            and above[2] is entry.village
        ):
            self._above_differs = _differing(self._places, row, entry)
            self._above_cells, self._above = cells, (entry.chain, entry.door, entry.village)
        found = _differing(self._own, row, entry)
        return {**self._above_differs, **found} if self._above_differs else found

    def whole(self, row: Sequence[Cell]) -> dict[str, str]:
        """All recognised cells of a row that was not taken. Refused and unknown columns are not kept here either."""
        return {
            header: written(row[at])[:_LONGEST]
            for at, header in self._all
            if at < len(row) and row[at] not in (None, "")
        }


def _differing(
    fields: Sequence[tuple[int, str, Callable[[Entry], str | None] | None]], row: Sequence[Cell], entry: Entry
) -> dict[str, str]:
    found = {}
    for at, header, stored in fields:
        cell = row[at]
        if cell is None or cell == "":
            continue
        known = stored(entry) if stored is not None else None
        if cell == known:
            continue
        text = cell if isinstance(cell, str) else rules.text(cell)
        if text != known:
            found[header] = text[:_LONGEST]
    return found


def _place(item: tuple[str, int]) -> int:
    return item[1]
