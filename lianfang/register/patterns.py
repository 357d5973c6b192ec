"""Doors before people: what a few short lines say (1-62栋 2单元 6层 2户), door by door. Pure.

One line for each kind of building or row of houses; a line that begins with 没有 takes doors out again. A number alone
counts from 1 (62栋: 1 to 62), 第3栋 is one. Nothing depends on the order of the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from lianfang.areas.address.tail import folded
from lianfang.areas.naming import NUMERALS, number_of, standard_name
from lianfang.core.problems import Problem
from lianfang.register.doors import DoorName, door_name

MOST_DOORS = 20_000  # a township's town; more in one go is a slip of the keyboard
MOST_LINES = 60
LONGEST_PATTERN = 2000
HIGHEST_FLOOR, MOST_ON_FLOOR = 99, 99

_N = rf"(?:\d{{1,4}}|[A-Za-z]\d{{0,2}}|[{NUMERALS}]{{1,5}})"
_LIST = rf"第?{_N}(?:[-~到至]第?{_N})?(?:[、,和及]第?{_N}(?:[-~到至]第?{_N})?)*"
_SIGNS = {
    "building": "号楼|楼栋|栋楼|栋|幢|座",
    "unit": "单元|门洞",
    "floor": "层楼|层|楼",
    "group": "村民小组|小组|组|社|队",
    "grid": "号?网格",
    "door": "户|室",
    "house": "号",
}
_PART = re.compile(
    rf"(?P<parity>单号|双号)|每?层?(?P<list>{_LIST})(?:"
    + "|".join(f"(?P<{kind}>{signs})" for kind, signs in _SIGNS.items())
    + ")"
)
_GLUE = re.compile(r"[x×X*,、;。:每有各共，]*")
_TAKES_OUT = re.compile(r"(?:没有|没|无|不要|不含|除|除了|除去|缺|跳过)")


@dataclass(frozen=True, slots=True)
class PlannedDoor:
    """A door as it will be made. `level` and `area_name`: of the area below the place, '' for the place itself."""

    level: str
    area_name: str
    name: DoorName

    @property
    def said(self) -> str:
        return f"{self.area_name}{self.name.label}"


@dataclass(frozen=True, slots=True)
class _Line:
    level: str
    areas: tuple[str, ...]
    units: tuple[str, ...] = ("",)
    floors: tuple[int, ...] = ()
    on_floor: tuple[int, ...] = ()
    houses: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        inside = len(self.houses) or len(self.units) * len(self.floors) * len(self.on_floor)
        return len(self.areas) * inside


@dataclass(frozen=True, slots=True)
class _Gap:
    """What is not there. An empty part means: whichever."""

    area: frozenset[str] = frozenset()
    unit: frozenset[str] = frozenset()
    floor: frozenset[str] = frozenset()
    room: frozenset[str] = frozenset()
    house: frozenset[str] = frozenset()

    def takes(self, area: str, unit: str = "", floor: str = "", room: str = "", house: str = "") -> bool:
        said = (
            (self.area, area),
            (self.unit, unit),
            (self.floor, floor),
            (self.room, room),
            (self.house, house),
        )
        return all(value in wanted for wanted, value in said if wanted)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What was typed, read. Reading the same lines again gives the same doors."""

    lines: tuple[_Line, ...]
    gaps: tuple[_Gap, ...] = ()
    text: str = field(default="", compare=False)

    @property
    def most(self) -> int:
        """How many doors there would be without gaps and with no line twice."""
        return sum(line.count for line in self.lines)

    @property
    def levels(self) -> frozenset[str]:
        return frozenset(line.level for line in self.lines)

    def doors(self) -> list[PlannedDoor]:
        """Each door once, line by line in walking order."""
        return list({(door.level, door.area_name, door.name.label): door for door in self._all()}.values())

    def _all(self) -> Iterator[PlannedDoor]:
        for line in self.lines:
            for area in line.areas:
                yield from self._houses(line, area) if line.houses else self._flats(line, area)

    def _houses(self, line: _Line, area: str) -> Iterator[PlannedDoor]:
        for number in line.houses:
            if not any(gap.takes(area, house=str(number)) for gap in self.gaps):
                yield PlannedDoor(line.level, area, _named("", "", str(number), False))

    def _flats(self, line: _Line, area: str) -> Iterator[PlannedDoor]:
        for unit, floor, number in product(line.units, line.floors, line.on_floor):
            room = f"{floor}{number:02d}"
            if not any(gap.takes(area, unit, str(floor), room) for gap in self.gaps):
                yield PlannedDoor(line.level, area, _named(unit, str(floor), room, True))


def _named(unit: str, floor: str, room: str, in_building: bool) -> DoorName:
    """Spelled by the same hand that spells a sheet's doors, so that the sheet finds them."""
    made = door_name(unit, floor, room, "", in_building)
    if made is None:  # pragma: no cover - a room always names a door
        raise Problem("register.door_required")
    return made


def read_pattern(text: str) -> Pattern:
    """Raises `register.pattern_empty`, `register.pattern_unread` with the line, `register.pattern_too_large`."""
    if len(text) > LONGEST_PATTERN:
        raise Problem("register.pattern_too_long", most=LONGEST_PATTERN)
    said = [(n, line) for n, line in enumerate(re.split(r"[\n；;]", text), 1) if line.strip()]
    lines, gaps = [], []
    for number, written in said[:MOST_LINES]:
        plain = folded(written)
        if match := _TAKES_OUT.match(plain):
            gaps += _gaps(plain[match.end() :], number)
        else:
            lines.append(_line(plain, number))
    if not lines:
        raise Problem("register.pattern_empty")
    pattern = Pattern(tuple(lines), tuple(gaps), "\n".join(line.strip() for _, line in said))
    if pattern.most > MOST_DOORS:
        raise Problem("register.pattern_too_large", count=pattern.most, most=MOST_DOORS)
    return pattern


def _line(plain: str, number: int) -> _Line:
    parts = _parts(plain, number)
    if "floor" in parts or "building" in parts or "unit" in parts:
        return _flats_line(parts, plain, number)
    return _houses_line(parts, plain, number)


def _flats_line(parts: dict[str, str], plain: str, number: int) -> _Line:
    if "floor" not in parts or "door" not in parts or parts.keys() & {"group", "grid", "house", "parity"}:
        raise _unread(number, plain)
    floors, on_floor = _numbers(parts["floor"], number), _numbers(parts["door"], number)
    if max(floors) > HIGHEST_FLOOR or max(on_floor) > MOST_ON_FLOOR:
        raise _unread(number, plain)
    names = _items(parts["building"], number) if "building" in parts else ("",)
    return _Line(
        "building" if names != ("",) else "",
        tuple(standard_name("building", f"{name}栋") if name else "" for name in names),
        _items(parts["unit"], number) if "unit" in parts else ("",),
        floors,
        on_floor,
    )


def _houses_line(parts: dict[str, str], plain: str, number: int) -> _Line:
    said = parts.get("house") or parts.get("door")
    if not said or ("house" in parts and "door" in parts):
        raise _unread(number, plain)
    houses = _numbers(said, number)
    if parity := parts.get("parity"):
        houses = tuple(one for one in houses if one % 2 == (parity == "单号"))
    level = next((level for level in ("group", "grid") if level in parts), "")
    names = _items(parts[level], number) if level else ("",)
    form = {"group": "{}组", "grid": "第{}网格", "": ""}[level]
    return _Line(level, tuple(form.format(name) for name in names), houses=houses)


def _parts(plain: str, number: int) -> dict[str, str]:
    """The line's numbers by what they count; every sign of the line has to be understood."""
    found: dict[str, str] = {}
    at = _end_of_glue(plain, 0)
    while at < len(plain):
        match = _PART.match(plain, at)
        if match is None:
            raise _unread(number, plain)
        kind = match.lastgroup or ""
        written = match["list"] or match["parity"]
        found[kind] = f"{found[kind]}、{written}" if kind in found else written  # 1-3栋、5栋
        at = _end_of_glue(plain, match.end())
    return found


def _end_of_glue(plain: str, at: int) -> int:
    match = _GLUE.match(plain, at)
    return match.end() if match else at


def _unread(number: int, plain: str) -> Problem:
    return Problem("register.pattern_unread", line=number, text=plain[:30])


def _items(said: str, number: int) -> tuple[str, ...]:
    """62 → 1 to 62; 第3 → 3; 1-3、5 → 1, 2, 3, 5; A-C → A, B, C."""
    found: dict[str, None] = {}
    pieces = re.split(r"[、,和及]", said)
    is_count = len(pieces) == 1 and not said.startswith("第") and not re.search(r"[-~到至]", said)
    for piece in pieces:
        low, _, high = (end.strip("第") for end in re.sub(r"[~到至]", "-", piece).partition("-"))
        if not low:
            raise _unread(number, said)
        if number_of(low) is not None:
            first, last = (1, _whole(low, number)) if is_count else _ends(low, high, number)
            found |= dict.fromkeys(str(value) for value in range(first, last + 1))
        elif high and len(low) == len(high) == 1:
            found |= dict.fromkeys(chr(code) for code in range(ord(low.upper()), ord(high.upper()) + 1))
        elif high:
            raise _unread(number, piece)
        else:
            found[low.upper()] = None
    if not found:
        raise _unread(number, said)
    return tuple(found)


def _ends(low: str, high: str, number: int) -> tuple[int, int]:
    first = _whole(low, number)
    last = _whole(high, number) if high else first
    if last < first or last - first > 9999:
        raise _unread(number, f"{low}-{high}")
    return first, last


def _whole(text: str, number: int) -> int:
    value = number_of(text)
    if not value:
        raise _unread(number, text)
    return value


def _numbers(said: str, number: int) -> tuple[int, ...]:
    items = _items(said, number)
    if not all(item.isdecimal() for item in items):
        raise _unread(number, said)
    return tuple(int(item) for item in items)


# ---------- gaps ----------

_GAP = re.compile(
    rf"(?:(?P<building>{_LIST})(?:号楼|栋|幢|座)|(?P<group>{_LIST})(?:村民小组|小组|组|社|队))?"
    rf"(?:(?P<unit>{_LIST})(?:单元|门洞))?(?:(?P<floor>{_LIST})(?:层|楼))?"
    rf"(?:(?P<room>{_LIST})(?:室|户)?|(?P<house>{_LIST})号)?"
)


def _gaps(plain: str, number: int) -> list[_Gap]:
    """没有4栋、13-14栋、3栋2单元501: each taken apart; a bare number takes the sign of what follows (13、14栋)."""
    found = []
    for piece in _pieces(plain):
        match = _GAP.fullmatch(piece)
        if match is None or not piece:
            raise _unread(number, piece or plain)
        said = {kind: value for kind, value in match.groupdict().items() if value}
        area = frozenset(f"{item}栋" for item in _named_items(said.get("building"), number))
        area |= frozenset(f"{item}组" for item in _named_items(said.get("group"), number))
        rest = {
            kind: frozenset(_named_items(said.get(kind), number))
            for kind in ("unit", "floor", "room", "house")
        }
        found.append(_Gap(area, **rest))
    if not found:
        raise _unread(number, plain)
    return found


def _pieces(plain: str) -> list[str]:
    pieces = [piece for piece in re.split(r"[、,;。和及]", plain) if piece]
    sign = ""
    for at in range(len(pieces) - 1, -1, -1):
        ending = re.search(r"(?:号楼|村民小组|小组|单元|[栋幢座组社队层楼室户号])$", pieces[at])
        if ending:
            sign = ending[0]
        elif sign and re.fullmatch(rf"{_N}(?:[-~到至]{_N})?", pieces[at]):
            pieces[at] += sign
        else:
            sign = ""
    return pieces


def _named_items(said: str | None, number: int) -> tuple[str, ...]:
    """In a gap a number is that number, never a count: 没有4栋 is one building."""
    return _items(f"第{said}" if not said.startswith("第") else said, number) if said else ()
