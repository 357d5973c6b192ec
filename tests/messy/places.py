"""Villages, townships, groups and doors as people write them."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

from tests.messy.people import House, Village, townships, villages
from tests.messy.spoiling import FULL_WIDTH

DIGITS = "零一二三四五六七八九"
UNKNOWN_VILLAGES = ("桃花源村", "磨盘石村", "胜利新村", "外县大塘村", "二龙山社区")
UNKNOWN_TOWNSHIPS = ("桃源镇", "黑石乡", "东风街道")
DITTO = ("同上", "〃", "''", "″", "同 上")


@cache
def _full_names() -> Counter[str]:
    return Counter(village.name for village in villages())


@cache
def _bare_names() -> Counter[str]:
    return Counter(village.bare for village in villages())


def is_twin(village: Village) -> bool:
    """Another township has a village of this name."""
    return _full_names()[village.name] > 1


def _is_bare_unique(village: Village, in_township: bool) -> bool:
    same = [v for v in villages() if v.bare == village.bare]
    if in_township:
        same = [v for v in same if v.township == village.township]
    short = {township_short(name) for name in townships()}
    return len(same) == 1 and len(village.bare) > 1 and village.bare not in short


def township_short(name: str) -> str:
    return name.removesuffix("街道").removesuffix("镇").removesuffix("乡")


@cache
def twins() -> tuple[Village, ...]:
    return tuple(village for village in villages() if is_twin(village))


def village_forms(village: Village, in_township: bool) -> dict[str, str]:
    """Trap → how the village may be written so that it is still this one. `in_township`: the township is known."""
    name, bare, town = village.name, village.bare, village.township
    forms = {
        "village.with_township": f"{town}{name}",
        "village.with_county": f"武冈市{town}{name}",
        "village.with_all": f"湖南省邵阳市武冈市{town}{name}",
        "village.short_township": f"{township_short(town)}{name}",
    }
    if in_township or not is_twin(village):
        forms |= {"village.plain": name, "village.spaced": f" {name[0]} {name[1:]}"}
        if name.endswith("村"):
            forms |= {
                "village.committee": f"{bare}村委会",
                "village.committee_long": f"{name}村民委员会",
                "village.committee_doubled": f"{name}村委会",
            }
        elif name.endswith("社区"):
            forms |= {
                "village.community": f"{name}居委会",
                "village.community_long": f"{name}居民委员会",
            }
    if _is_bare_unique(village, in_township):
        forms["village.bare"] = bare
        forms["village.bare_township"] = f"{town}{bare}"
    return forms


def township_forms(name: str) -> dict[str, str]:
    return {
        "township.plain": name,
        "township.short": township_short(name),
        "township.county": f"武冈市{name}",
        "township.office": f"{name}办事处" if name.endswith("街道") else f"{name}人民政府",
        "township.spaced": f"{name} ",
    }


def chinese(number: int) -> str:
    if number < 10:
        return DIGITS[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def group_text(rng: random.Random, number: int) -> str | int:
    forms = (
        *(f"{number}组", f"{chinese(number)}组", f"第{chinese(number)}村民小组", f"{number}"),
        *(f"第{number}组", f"{number}组".translate(FULL_WIDTH), number, f"{number} 组", f"{number}小组"),
    )
    return rng.choice(forms)


def house_text(rng: random.Random, house: House) -> str | int:
    number = house.number
    return rng.choice((f"{number}号", str(number), number or 0, f"门牌{number}号", f"{number} 号"))


def building_text(rng: random.Random, number: int) -> str | int:
    forms = (
        f"{number}栋",
        f"{chinese(number)}栋",
        f"{number}幢",
        f"{number}#",
        f"{number}号楼",
        str(number),
        number,
    )
    return rng.choice(forms)


def unit_text(rng: random.Random, number: int) -> str | int:
    return rng.choice((f"{number}单元", f"{chinese(number)}单元", str(number), number))


def room_text(rng: random.Random, number: int) -> str | int:
    return rng.choice((str(number), f"{number}室", f"{number}房", number))
