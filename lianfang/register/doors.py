"""Doors as they are said on the spot: 2单元402, 12号, 老学堂; and a whole address as typed into the find box. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lianfang.areas.address.tail import house_name, read_tail
from lianfang.areas.naming import fold, number_in

_ROOM = re.compile(r"(\d{1,5}[A-Za-z]?)(?:室|号房|房|号)?")
_UNIT = re.compile(r"第?([\dA-Za-z一二三四五六七八九十]{1,4})(?:单元|门洞)?")
_HOUSE = re.compile(r"(?:门牌)?(?:第)?(\d{1,5})(?:[-之](\d{1,4}))?号?(?:附(\d{1,4}))?号?(?:门牌|院)?")
_MAX = {"unit": 12, "floor": 8, "room": 12, "label": 60}


@dataclass(frozen=True, slots=True)
class DoorName:
    """What is said of a door below its area, and its parts where it is a flat."""

    unit: str
    floor: str
    room: str
    label: str
    number: int | None  # to walk by: staircase by staircase, from the bottom up


@lru_cache(maxsize=200_000)
def door_name(unit: str, floor: str, room: str, full: str, in_building: bool) -> DoorName | None:
    """None when the cells name no door. `full` is the whole label as a file of our own gives it; it wins."""
    unit, floor, room, full = (fold(part) for part in (unit, floor, room, full))
    if (match := _UNIT.fullmatch(unit)) and not full:
        unit = str(number_in(match[1]) or match[1])
    label = full or _label(unit, room, in_building)
    if not label:
        return None
    if not full and in_building and (match := _ROOM.fullmatch(room)):
        room = match[1]
        if not floor and room.isdecimal() and len(room) > 2:
            floor = room[:-2]
    elif not in_building and not full:
        room = label if _HOUSE.fullmatch(room) else ""
    parts = {"unit": unit, "floor": floor, "room": room, "label": label}
    cut = {key: value[: _MAX[key]] for key, value in parts.items()}
    return DoorName(**cut, number=_walking_number(unit, room or label))


def _label(unit: str, room: str, in_building: bool) -> str:
    if in_building or unit:
        match = _ROOM.fullmatch(room)
        own = match[1] if match else room
        return f"{unit}单元{own}" if unit else own
    match = _HOUSE.fullmatch(room)
    if match is None:
        return room
    return house_name(f"{match[1]}-{match[2]}" if match[2] else match[1], match[3] or "")


def _walking_number(unit: str, own: str) -> int | None:
    match = re.match(r"\d{1,5}", own)
    if match is None:
        return None
    stair = int(unit) if unit.isdecimal() and len(unit) <= 3 else 0
    return stair * 100_000 + int(match[0])


@dataclass(frozen=True, slots=True)
class DoorText:
    """An address typed to find a door: names of areas from the outside in, then the label."""

    areas: tuple[str, ...]
    label: str


def read_door_text(typed: str) -> DoorText | None:
    """3栋2单元501 → 3栋, 2单元501; 3-2-501 the same; 杨梅村3组12号 → 杨梅村, 3组, 12号. None: it is no door."""
    tail = read_tail(typed)
    areas = [*tail.rest.split(), tail.estate, tail.grid, tail.group, tail.building]
    if not (tail.grid or tail.group or tail.building or tail.unit or tail.room or tail.house):
        return None
    in_building = bool(tail.building)
    # 3单元 alone is no door; 3组 alone is an area.
    name = (
        door_name(tail.unit, "", tail.room or tail.house, "", in_building)
        if tail.room or tail.house
        else None
    )
    return DoorText(tuple(area for area in areas if area), name.label if name else "")
