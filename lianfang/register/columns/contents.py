"""What the cells of a column look like, whatever stands above them. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from lianfang.core.refusing import REFUSED_VALUES
from lianfang.register import rules
from lianfang.register.rules import COMPOUND, SURNAMES, Cell

SAMPLED = 120  # cells of a column; enough to tell, and quick at the head of a long sheet
_LATEST = dt.date(2200, 1, 1)
_GROUP = re.compile(r"第?[\d一二三四五六七八九十]{1,4}(?:村民小组|居民小组|小组|组|队)")
_ADDRESS = re.compile(r"[镇乡村组栋幢]|街道|社区|单元|号楼|小区|\d号")
_LIKE_ID = re.compile(r"[1-9]\d{16}|[1-9]\d{16}[\dXx]\d?")  # mistyped, but nothing else looks so
_LIKE_PHONE = re.compile(
    r"1[3-9]\d{8,10}|1\.[3-9]\d?E\+?10", re.IGNORECASE
)  # 1.38E+10: a spreadsheet's short form
_DIGITS = re.compile(r"\d{5,}")
_OF_NAMES = frozenset({"name", "head_name", "former_names", "companions", "other"})
_WORD = re.compile(r"\w+")


class PlaceWords(Protocol):
    """Knows the villages that rows may name."""

    def is_village(self, name: str) -> bool: ...

    def is_township(self, name: str) -> bool: ...


def sample_of(column: Iterable[Cell]) -> list[Cell]:
    """The first cells that hold something."""
    found: list[Cell] = []
    for cell in column:
        if cell is not None and cell != "" and rules.text(cell) not in rules.NOTHING:
            found.append(cell)
            if len(found) == SAMPLED:
                break
    return found


def kinds_of(cell: Cell, places: PlaceWords | None) -> tuple[str, ...]:
    """The fields that a cell could belong to. A cell is certain of its kind for ids and phones only."""
    plain = rules.text(cell)
    number, fault = rules.id_number(cell, _LATEST)
    if number or fault in ("register.id_number_cell", "register.id_masked") or _LIKE_ID.fullmatch(plain):
        return ("id_number",)
    if isinstance(cell, (int, str)):
        number, fault = rules.phone(cell)
        if (
            number
            or fault in ("register.phone_of_relative", "register.phone_masked")
            or _LIKE_PHONE.fullmatch(plain)
        ):
            return ("phone",)
    found: list[str] = []
    if isinstance(cell, str):
        found += _kinds_of_text(plain, places)
    if rules.birth_day(cell, _LATEST)[0]:
        found.append("birth_on")
    return tuple(found)


def _kinds_of_text(plain: str, places: PlaceWords | None) -> list[str]:
    found = []
    if plain in REFUSED_VALUES:
        found.append("refused")
    if plain in ("男", "女", "男性", "女性"):
        found.append("sex")
    if rules.is_relation(plain):
        found.append("relation")
    if places and places.is_village(plain):
        found.append("village")
    if places and places.is_township(plain):
        found.append("township")
    if _GROUP.fullmatch(plain):
        found.append("group")
    elif len(plain) >= 6 and len(_ADDRESS.findall(plain)) >= 2:
        found.append("present_place")
    if looks_like_name(plain):
        found.append("name")
    return found


def looks_like_name(plain: str) -> bool:
    """Two to four characters with a surname in front, or parts with a dot between."""
    if "·" in plain:
        return all(part.isalpha() for part in plain.split("·")) and len(plain) <= 30
    if not (2 <= len(plain) <= 4 and plain.isalpha() and not plain.isascii()):
        return False
    return (plain[0] in SURNAMES or plain.startswith(COMPOUND)) and plain[-1] not in "村镇乡组号栋县市"


def shares(cells: Sequence[Cell], places: PlaceWords | None) -> dict[str, float]:
    """field → which part of the cells could be of it."""
    if not cells:
        return {}
    counts: Counter[str] = Counter()
    for cell in cells:
        counts.update(kinds_of(cell, places))
    return {kind: count / len(cells) for kind, count in counts.items()}


def masked(cell: Cell, field: str | None = None) -> str:
    """A cell to be shown beside its column: enough to see what it is, not whose. `field`: what the column was read as;
    in one of names everything is a name, however rare."""
    plain = rules.text(cell)
    if field in _OF_NAMES:
        return _WORD.sub(lambda word: word[0][0] + "*" * (len(word[0]) - 1), plain)[:16]
    if number := rules.id_number(cell, _LATEST)[0]:
        return rules.masked_id(number)
    if isinstance(cell, (int, str)) and (number := rules.phone(cell)[0]):
        return rules.masked_phone(number)
    plain = _DIGITS.sub(lambda match: match[0][:2] + "*" * (len(match[0]) - 4) + match[0][-2:], plain)
    if looks_like_name(plain):
        return plain[0] + "*" * (len(plain) - 1)
    return plain if len(plain) <= 16 else plain[:15] + "…"
