"""Where the people of a row live: the village, the areas below it, the door. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any, NamedTuple

from lianfang.areas.naming import fold, standard_name, village_stem
from lianfang.core.letters import column_letter
from lianfang.register import rules
from lianfang.register.checking.context import Context, of_title
from lianfang.register.checking.entries import Checked, UnreadPlace, Village
from lianfang.register.checking.filling import FILLED
from lianfang.register.checking.villages import VillageIndex
from lianfang.register.columns import Columns
from lianfang.register.doors import DoorName, door_name
from lianfang.register.findings import RowError
from lianfang.register.rules import Cell

_PARTS = {
    "village": ("village_code", "township", "village", "group", "present_place", "registered_place"),
    "chain": ("section", "estate", "grid", "group", "building"),
    "door": ("unit", "floor", "room", "label"),
}
_LEVELS = ("section", "estate", "grid", "group", "building")
_LONGEST_AREA = 30  # a group, grid, estate or building; more is an address in the wrong column


class Where(NamedTuple):
    """The village of a row, or what is wrong; `parts`: what an address says below the village."""

    village: Village | None
    parts: Mapping[str, str]
    field: str = ""
    code: str = ""
    unread: str = ""  # the text of an address that nobody could place
    candidates: tuple[str, ...] = ()


class Place(NamedTuple):
    """All that is known of where a person lives."""

    village: Village
    chain: tuple[tuple[str, str], ...]
    door: DoorName | None


_NO_PARTS: Mapping[str, str] = {}


class PlaceReader:
    """The places of the rows of one sheet."""

    def __init__(
        self, villages: VillageIndex, checked: Checked, columns: Columns, sheet: str, context: Context
    ) -> None:
        self.villages, self.checked, self.columns, self.sheet = villages, checked, columns, sheet
        self.context = context.copy()
        self.first_column = 0
        self.at: Mapping[str, int] = columns.at
        # Our own export: nothing in it went through a spreadsheet's numbers.
        self.is_own = {"village_code", "label", "walk_order"} <= columns.at.keys()
        # An address is read only where no columns of its own say the same.
        self.address = "present_place" if "present_place" in self.at else "registered_place"
        self.reads_address = self.address in self.at and not self.is_own
        self.needs_parts = not ({*_PARTS["chain"], "room", "unit", "label"} & columns.at.keys())
        # Neighbours write the same cells: what they mean is worked out once.
        self._pickers = {
            part: tuple(self.at[name] for name in names if name in self.at) for part, names in _PARTS.items()
        }
        if not self.reads_address:
            self._pickers["village"] = tuple(self.at[n] for n in _PARTS["village"][:4] if n in self.at)
        self._known: dict[str, dict[Any, Any]] = {part: {} for part in _PARTS}
        # People of a household stand together: a row that says the same as the one above lies in the same place.
        told = {place for picked in self._pickers.values() for place in picked}
        told |= {self.at[name] for name in FILLED if name in self.at}
        self._place_cells = itemgetter(*sorted(told or {self.at["name"]}))
        self._above: Any = None
        self._above_place: Place | None = None

    def hear_title(self, text: str) -> None:
        said = of_title(text, self.villages)
        if said.village or said.township:
            # A title with a township alone stands above more of the same village.
            self._enter(said if said.village else replace(self.context, township=said.township, group=""))

    def _enter(self, context: Context) -> None:
        self.context = context
        self._above_place = None
        self._known["village"].clear()
        self._known["chain"].clear()

    def _report(self, row: int, name: str, code: str, **payload: Any) -> None:
        place = self.at.get(name)
        at = None if place is None else place + self.first_column
        header = self.columns.header(name) or (column_letter(at) + "列" if at is not None else "")
        self.checked.errors.append(RowError(self.sheet, row, header, code, tuple(payload.items()), at))

    def _text(self, row: list[Cell], name: str) -> str:
        at = self.at.get(name)
        if at is None:
            return ""
        cell = row[at]
        if cell is None or cell == "":
            return ""
        return rules.text(cell)

    def _said(self, row: list[Cell], name: str) -> str:
        """The text of a place, "" also for 无 and — ."""
        text = self._text(row, name)
        return "" if text in rules.NOTHING or rules.is_error(text) else text

    def _place(self, number: int, row: list[Cell]) -> Place | None:
        """None when the row has no village, which is said then."""
        self._above_place = None
        where = self._where(number, row)
        if where.village is None:
            return None
        before = len(self.checked.errors)
        chain = self._chain(number, row, where)
        place = Place(
            where.village, chain, self._door(row, where, bool(chain) and chain[-1][0] == "building")
        )
        is_clean = len(self.checked.errors) == before  # each row with a fault is told, not the first alone
        if is_clean:
            self._above, self._above_place = self._place_cells(row), place
        return place

    def _where(self, number: int, row: list[Cell]) -> Where:
        cells = tuple([row[place] for place in self._pickers["village"]])
        where = self._known["village"].get(cells)
        if where is None:
            where = self._known["village"][cells] = self._find_where(row)
        if where.village is None:
            self._report_where(number, where)
        return where

    def _report_where(self, number: int, where: Where) -> None:
        payload: dict[str, Any] = {}
        if where.code in ("register.village_unknown", "register.township_unknown"):
            payload = {"county": self.villages.county}
        elif where.code == "register.village_ambiguous":
            payload = {"count": len(where.candidates) or 2}
        self._report(number, where.field, where.code, **payload)
        if where.unread:
            self.checked.unread.append(UnreadPlace(self.sheet, number, where.unread, where.candidates))

    def _find_where(self, row: list[Cell]) -> Where:
        villages, context = self.villages, self.context
        village_code, name = self._said(row, "village_code"), self._said(row, "village")
        township = self._said(row, "township")
        if village_code or name:
            if merged := villages.find_merged(village_code, township or context.township, name):
                where = self._with_address(row, merged.village)
                return Where(merged.village, {**where.parts, "section": merged.section})
            found = villages.find(village_code, township or context.township, name)
            if not isinstance(found, Village) and not township and context.township:
                found = villages.find(village_code, "", name)
            if isinstance(found, Village):
                return self._with_address(row, found)
            return self._read_name(township, name, found)
        group = self._said(row, "group")
        if group and len(group) > 3 and (located := villages.read(township + group, context.village)).village:
            return Where(located.village, {"group": "", **_with_group(located.parts)})
        if self.reads_address and (text := self._said(row, self.address)):
            return self._read_address(township, text)
        if context.village is not None:
            return Where(context.village, self._of_context)
        field = "village" if "village" in self.at else "name"
        return (
            Where(None, _NO_PARTS, "village" if "village" in self.at else "", "register.village_missing")
            if field
            else Where(None, _NO_PARTS)
        )

    @property
    def _of_context(self) -> Mapping[str, str]:
        return {"section": self.context.section} if self.context.section else _NO_PARTS

    def _read_name(self, township: str, name: str, found: tuple[str, str]) -> Where:
        """The village's cell says more than a village, or less: 杨梅村3组, 3组, 桂花园小区."""
        villages, context = self.villages, self.context
        if found[1] != "register.township_unknown":
            located = villages.read(township + name, context.village)
            if located.village is not None:
                return Where(located.village, _with_group(located.parts))
        same = villages.by_name.get(name, ())
        # A name that is nowhere can be said to be a place once for all rows; one that two villages bear cannot.
        unread = township + name if found[1] == "register.village_unknown" else ""
        return Where(None, _NO_PARTS, found[0], found[1], unread, tuple(village.code for village in same))

    def _read_address(self, township: str, text: str) -> Where:
        villages, context = self.villages, self.context
        whole = text if not township or township in text else township + text
        located = villages.read(whole, context.village)
        if located.village is not None:
            is_here = located.village == context.village
            if is_here and village_stem(located.village.name) not in fold(
                whole
            ):  # 1组5号 under 杨梅村, which is gone
                return Where(located.village, {**self._of_context, **located.parts})
            return Where(located.village, located.parts)
        if context.village is not None:  # lives elsewhere, and is on this village's list
            return Where(context.village, self._of_context)
        return Where(None, _NO_PARTS, self.address, "register.place_unread", text, located.candidates)

    def _with_address(self, row: list[Cell], village: Village) -> Where:
        """The village is known; an address may still say the group and the door."""
        if self.reads_address and self.needs_parts and (text := self._said(row, self.address)):
            located = self.villages.read(text, village)
            if located.village == village:
                return Where(village, located.parts)
        return Where(village, _NO_PARTS)

    def _chain(self, number: int, row: list[Cell], where: Where) -> tuple[tuple[str, str], ...]:
        known = self._known["chain"]
        cells = (*[row[place] for place in self._pickers["chain"]], *where.parts.items())
        if cells not in known:
            before = len(self.checked.errors)
            chain = self._find_chain(number, row, where.parts)
            if len(self.checked.errors) > before:  # each such row is told, not the first alone
                return chain
            known[cells] = chain
        return known[cells]

    def _find_chain(
        self, number: int, row: list[Cell], parts: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        said = {level: self._said(row, level) for level in _LEVELS}
        if "group" in parts and (not said["group"] or len(said["group"]) > 3):
            said["group"] = parts["group"]
        for level in ("section", "estate", "building"):
            said[level] = said[level] or parts.get(level, "")
        said["group"] = said["group"] or ("" if said["grid"] else self.context.group)
        chain = []
        for level in _LEVELS:
            if not said[level] or (level == "grid" and said["group"]):
                continue  # a door hangs on a grid or a group, and the group is the finer
            name = standard_name(level, said[level])
            if len(name) > _LONGEST_AREA and not self.is_own:
                self._report(number, level, "register.area_name_bad")
                continue
            chain.append((level, name))
        return tuple(chain)

    def _door(self, row: list[Cell], where: Where, in_building: bool) -> DoorName | None:
        known = self._known["door"]
        cells = (in_building, *[row[place] for place in self._pickers["door"]], *where.parts.items())
        if cells not in known:
            unit, floor, room, label = (self._said(row, name) for name in _PARTS["door"])
            parts = where.parts
            if parts and not (unit or room or label):
                unit, floor = parts.get("unit", ""), parts.get("floor", "") or floor
                room = parts.get("room", "") or parts.get("house", "")
            known[cells] = door_name(unit, floor, room, label, in_building)
        return known[cells]


def _with_group(parts: Mapping[str, str]) -> Mapping[str, str]:
    """杨梅村3 in a column of villages and groups: the number is the group's."""
    rest = parts.get("rest", "").strip()
    return (
        {"group": standard_name("group", rest)}
        if rest and len(rest) < 4 and set(parts) == {"rest"}
        else parts
    )
