"""Invented residents: households of real villages, with names that nobody needs to have and ids that pass the check."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from functools import cache

from lianfang.demo import families, movement, names, places
from lianfang.demo.identity import check_character

AS_OF = dt.date(2026, 8, 7)
ODD_NAMES = ("阿依古丽·买买提", "买买提·吐尔逊", "古丽娜尔·艾力", "迪里夏提·玉素甫")
RARE_CHARACTERS = ("䶮", "㛃", "堃", "喆", "𠮷", "𬭎", "𣲗", "囍")
# Blocks given to machines and test lines, so that nobody is rung; 16, 17 and 19 are as good as 13.
PHONE_STARTS = (
    "1380000",
    "1390000",
    "1500000",
    "1660000",
    "1700000",
    "1770000",
    "1880000",
    "1990000",
    "1980000",
)
AWAY = ("广东东莞", "广东省深圳市宝安区", "浙江义乌", "长沙市雨花区")


@dataclass(frozen=True, slots=True)
class Village:
    code: str
    name: str
    township: str

    @property
    def bare(self) -> str:
        """杨梅村 → 杨梅; 鳌山社区 → 鳌山."""
        return self.name.removesuffix("社区").removesuffix("村")


@dataclass(slots=True)
class Resident:
    name: str
    sex: str  # male, female
    birth_on: dt.date
    id_number: str
    phone: str | None
    relation: str  # head, spouse, child, grandchild, parent, tenant, other
    away_place: str = ""


@dataclass(slots=True)
class House:
    """Where: a group with a house number, or an estate with building, unit and room."""

    village: Village
    group: int | None
    number: int | None
    estate: str = ""
    building: int | None = None
    unit: int | None = None
    room: int | None = None
    reference: str = ""
    residents: list[Resident] = field(default_factory=list)

    @property
    def door(self) -> str:
        if self.estate:
            return f"{self.unit}单元{self.room}"
        return f"{self.number}号"


@cache
def villages() -> tuple[Village, ...]:
    townships = {code: name for code, name, level, _ in places.county() if level == "township"}
    return tuple(Village(code, name, townships[parent]) for code, name, _, parent in places.villages())


@cache
def townships() -> frozenset[str]:
    return frozenset(village.township for village in villages())


class Maker:
    """Makes residents, each id and phone once."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._ids: set[str] = set()
        self._phones: set[str] = set()

    def house(self, village: Village, group: int | None, number: int) -> House:
        house = House(village, group, number)
        self._fill(house)
        return house

    def flat(self, village: Village, estate: str, building: int, unit: int, room: int) -> House:
        house = House(village, None, None, estate, building, unit, room)
        self._fill(house)
        return house

    def _fill(self, house: House) -> None:
        rng = self.rng
        house.reference = f"H{rng.randrange(10**6):06}"
        surname = names.surname(rng)
        for relation, is_male, age, line in families.draw_family(rng, bool(house.estate))[:5]:
            born = AS_OF - dt.timedelta(days=int(age * 365.2425) + rng.randrange(300))
            family = surname if line == "own" else names.surname(rng)
            name = names.full_name(rng, family, is_male, born.year, "")
            roll = rng.random()
            if roll < 0.01:
                name = rng.choice(ODD_NAMES)
            elif roll < 0.03:
                name = name[:1] + rng.choice(RARE_CHARACTERS)
            has_phone = age > 14 and rng.random() < 0.85
            house.residents.append(
                Resident(
                    name,
                    "male" if is_male else "female",
                    born,
                    self.id_number(born, is_male),
                    self.phone() if has_phone else None,
                    relation,
                    rng.choice(AWAY) if 18 < age < 55 and rng.random() < 0.2 else "",
                )
            )
        if rng.random() < 0.04:
            house.residents = [house.residents[0]]
            house.residents[0].relation = "tenant" if rng.random() < 0.5 else "head"

    def id_number(self, born: dt.date, is_male: bool) -> str:
        while True:
            prefix = movement.id_prefix(self.rng, born.year, not is_male)
            order = self.rng.randrange(1, 499) * 2 + (1 if is_male else 0)
            first = f"{prefix}{born:%Y%m%d}{order:03}"
            number = first + check_character(first)
            if number not in self._ids:
                self._ids.add(number)
                return number

    def phone(self) -> str:
        while True:
            number = f"{self.rng.choice(PHONE_STARTS)}{self.rng.randrange(10_000):04}"
            if number not in self._phones:
                self._phones.add(number)
                return number
