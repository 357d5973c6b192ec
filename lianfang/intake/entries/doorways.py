"""Which doors of a list a text may mean: 3栋2单元402, 3-2-402, 一组5号, 杨梅村1组05号, 402. Pure.

A text and a door are both cut into words and numbers. A text means a door when everything it says stands in the
door's own description in that order, and it ends where the door ends. So 402 may mean several doors, and 田心村1组1号
none of 杨梅村: what is said too much is never overlooked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lianfang.intake.entries.form import ListedDoor
from lianfang.register.rules import text

# Numbers said with these are of a kind; 号 and 室 say no more than the number itself.
_KINDS = {
    **dict.fromkeys(("栋", "幢", "座", "号楼", "#", "＃"), "building"),
    **dict.fromkeys(("单元", "门洞"), "unit"),
    **dict.fromkeys(("村民小组", "居民小组", "小组", "组", "生产队", "队", "社", "屯"), "group"),
    **dict.fromkeys(("层",), "floor"),
    **dict.fromkeys(("楼", "号", "室", "户", "房", "门", ""), ""),
}
_UNITS = "|".join(sorted((unit for unit in _KINDS if unit), key=len, reverse=True))
_HAN = "零〇一二两三四五六七八九十百"
_TOKEN = re.compile(
    rf"第?(?P<number>[0-9]+[A-Za-z]?|[{_HAN}]+(?={_UNITS}))(?P<unit>{_UNITS})?|(?P<sign>[\s\-—－~_/、,，.。;；:：()（）]+)"
    rf"|(?P<letter>[A-Za-z])(?P<of>{_UNITS})"
)
_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))


@dataclass(frozen=True, slots=True)
class Token:
    word: str  # a name; "" for a number
    number: str = ""
    kind: str = ""


@lru_cache(maxsize=20_000)
def tokens(said: str) -> tuple[Token, ...]:
    plain = unicodedata.normalize("NFKC", text(said)).replace(" ", "-")
    found: list[Token] = []
    word = ""
    at = 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            word += plain[at]
            at += 1
            continue
        if word:
            found.append(Token(word))
            word = ""
        if match["number"]:
            found.append(Token("", _number(match["number"]), _KINDS[match["unit"] or ""]))
        elif match["letter"]:
            found.append(Token("", match["letter"].upper(), _KINDS[match["of"]]))
        at = match.end()
    if word:
        found.append(Token(word))
    return tuple(found)


def _number(written: str) -> str:
    if written[0] not in _HAN:
        return written.upper().lstrip("0") or "0"
    if "十" not in written and "百" not in written:
        return "".join(str(_DIGITS[sign]) for sign in written).lstrip("0") or "0"
    total, current = 0, 0
    for sign in written:
        if sign in "十百":
            total, current = total + (current or 1) * (10 if sign == "十" else 100), 0
        else:
            current = _DIGITS[sign]
    return str(total + current)


class Doorways:
    """The doors of one list, by how they end."""

    def __init__(self, doors: Iterable[ListedDoor]) -> None:
        self._ending: dict[str, list[tuple[tuple[Token, ...], ListedDoor]]] = {}
        for door in doors:
            whole = tuple(token for place in door.places for token in tokens(place)) + tokens(door.label)
            if whole:
                self._ending.setdefault(whole[-1].number or whole[-1].word, []).append((whole, door))

    def meant(self, said: str) -> list[ListedDoor]:
        """Every door that the text may mean, in the order of the list."""
        wanted = tokens(said)
        if not wanted:
            return []
        last = wanted[-1]
        found = [
            door for whole, door in self._ending.get(last.number or last.word, ()) if _fits(wanted, whole)
        ]
        if not found and last.word:  # 司马冲镇杨梅村老学堂 in one word: the door's own name ends it
            found = [
                door
                for ending, doors in self._ending.items()
                if last.word.endswith(ending) and not ending.isascii()
                for whole, door in doors
                if _fits(wanted, whole)
            ]
        return found


def _fits(wanted: Sequence[Token], whole: Sequence[Token]) -> bool:
    """Does each thing that is said stand in the description, in order, the last at its end?"""
    at = 0
    for place, token in enumerate(wanted):
        is_last = place == len(wanted) - 1
        if token.word:
            at = _word_at(token.word, whole, at)
        else:
            at = _number_at(token, whole, at, is_last=is_last)
        if at < 0:
            return False
    return at == len(whole)


def _number_at(token: Token, whole: Sequence[Token], at: int, *, is_last: bool) -> int:
    for place in range(len(whole) - 1 if is_last else at, len(whole)):
        other = whole[place]
        alike = not token.kind or not other.kind or token.kind == other.kind
        if place >= at and other.number == token.number and alike:
            return place + 1
    return -1


def _word_at(word: str, whole: Sequence[Token], at: int) -> int:
    """One run of signs may name several places: 武冈市司马冲镇杨梅村. Names may be said without their last sign."""
    place = at
    while word and place < len(whole):
        name = whole[place].word
        place += 1
        if not name:
            continue
        for said in (name, name[:-1]):
            if len(said) >= 2 and word.startswith(said):
                word = word[len(said) :].removeprefix("委会") if said == name else word[len(said) :]
                break
            if word == name:
                word = ""
                break
    return place if not word else -1
