"""Two names: equal, or how they came to differ. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from lianfang.register.likeness.characters import folded, look_alike, sound_alike, sound_nearly, syllables

# From the surest to the least sure; a person with several names is compared by the best pair.
LEVELS = (
    "equal",
    "variant",
    "homophone",
    "alike",
    "dropped",
    "swapped",
    "hidden",
    "one_other",
    "given",
    "surname",
    "other",
)
# Two names that differ so speak of two people, even where an id is one: it is copied down a column, and children are
# listed with the id of a parent.
OF_TWO = frozenset(("one_other", "given", "surname", "other"))
_RANK = {level: n for n, level in enumerate(LEVELS)}
_COMPOUND_SURNAMES = "欧阳 司马 上官 诸葛 夏侯 东方 皇甫 尉迟 公孙 长孙 慕容 令狐 宇文 司徒 端木 独孤 南宫 万俟 单于 澹台 闻人 轩辕"
_COMPOUND = frozenset(_COMPOUND_SURNAMES.split(" "))
_HIDDEN = frozenset("*＊某×?？")
_TITLE = re.compile(r"(?<=..)(?:先生|女士|小姐|同志|老师)$|[ /](?:mr|mrs|ms|miss|mstr)\.?$", re.IGNORECASE)


@lru_cache(maxsize=100_000)
def split_name(name: str) -> tuple[str, str]:
    """Surname and given name, as a Chinese name is cut; in Latin letters the last word is the surname."""
    if name.isascii():
        given, _, surname = name.rpartition(" ")
        return surname, given
    cut = 2 if len(name) > 2 and name[:2] in _COMPOUND else 1
    return name[:cut], name[cut:]


@lru_cache(maxsize=200_000)
def compare_names(a: str, b: str) -> str:
    """A level of LEVELS; "" when one side has no name."""
    if not a or not b:
        return ""
    if a == b:
        return "equal" if _HIDDEN.isdisjoint(a) else "hidden"
    a, b = folded(a), folded(b)
    if a == b:
        return "variant"
    if not (_HIDDEN.isdisjoint(a) and _HIDDEN.isdisjoint(b)):
        return _hidden(a, b)
    if a.isascii() and b.isascii():
        return _latin(a, b)
    if "·" in a or "·" in b:
        return _long(a, b)
    if len(a) == len(b):
        return _same_length(a, b)
    if abs(len(a) - len(b)) == 1:
        short, long = sorted((a, b), key=len)
        if len(short) >= 2 and _without_one(short, long):
            return "dropped"
    return "surname" if split_name(a)[0] == split_name(b)[0] else "other"


@lru_cache(maxsize=200_000)
def are_of_two(a: str, b: str) -> bool:
    """False where one has no name. A name in Latin letters, as on a ticket, is the one that it spells."""
    a, b = _TITLE.sub("", a).strip(), _TITLE.sub("", b).strip()
    if not a or not b:
        return False
    if a.isascii() and b.isascii():
        return sorted(_letters(a)) != sorted(_letters(b)) and compare_names(a, b) in OF_TWO
    if a.isascii() or b.isascii():
        return not (spells(a, b) if a.isascii() else spells(b, a))
    return compare_names(a, b) in OF_TWO


def spells(latin: str, name: str) -> bool:
    """YI GUOQIANG, GUOQIANG/YI: 易国强, by any reading of its characters, the surname first or last."""
    surname, given = split_name(folded(name).replace("·", ""))
    return any(_spells(_letters(latin), order) for order in (surname + given, given + surname))


def _spells(letters: str, name: str) -> bool:
    rests = {letters}
    for char in name:
        said = {written for each in syllables(char) for written in _written(each)}
        rests = {rest[len(each) :] for rest in rests for each in said if rest.startswith(each)}
    return "" in rests


def _written(syllable: str) -> set[str]:
    """吕 is LU, LV or LYU on a ticket."""
    plain = syllable.replace("v", "u")
    return {plain} | ({plain[0] + u + plain[2:] for u in ("v", "yu")} if plain[:2] in ("lu", "nu") else set())


def _letters(latin: str) -> str:
    return "".join(char for char in latin.lower() if char.isalpha())


@lru_cache(maxsize=500_000)
def _may_begin(x: str, y: str) -> bool:
    return x == y or _nearness(x, y) > 0


def is_surely_other(a: str, b: str) -> bool:
    """Quick, for very many pairs of whom nearly all are strangers: two names of the same length whose first characters
    are neither near nor have changed places are no slip of one another. False where it takes a closer look."""
    return (
        len(a) == len(b)
        and not _may_begin(a[0], b[0])
        and b[0] not in a
        and not a.isascii()
        and "·" not in a
        and _HIDDEN.isdisjoint(b)
        and folded(b) == b
        and folded(a) == a
    )


def better(a: str, b: str) -> str:
    """The surer of two levels."""
    return a if not b or (a and _RANK[a] <= _RANK[b]) else b


def _hidden(a: str, b: str) -> str:
    """张*强, 张某: what is shown agrees or not; the length may have been hidden as well."""
    if len(a) == len(b):
        fits = all(x == y or x in _HIDDEN or y in _HIDDEN for x, y in zip(a, b, strict=True))
        return "hidden" if fits and a[0] == b[0] else "other"
    shown_a, shown_b = ("".join(c for c in name if c not in _HIDDEN) for name in (a, b))
    return "hidden" if shown_a[:1] == shown_b[:1] != "" else "other"


def _same_length(a: str, b: str) -> str:
    apart = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    near = _ONE_SOUND
    for x, y in apart:  # most names are not near from their first character on
        near = min(near, _nearness(x, y))
        if not near:
            break
    if near == _ONE_SOUND:
        return "homophone"
    if near and len(apart) <= 2:
        return "alike"
    if len(a) >= 3 and len(apart) > 1 and sorted(a) == sorted(b):
        return "swapped"
    (family_a, given_a), (family_b, given_b) = split_name(a), split_name(b)
    if len(a) >= 3 and len(apart) == 1:
        return "one_other" if family_a == family_b else "given"
    if given_a == given_b and len(given_a) >= 2:
        return "given"
    return "surname" if family_a == family_b else "other"


_ONE_SOUND = 2


@lru_cache(maxsize=500_000)
def _nearness(x: str, y: str) -> int:
    """Of two characters: 2 with one sound, 1 near in sound or shape, 0 neither."""
    if sound_alike(x, y):
        return _ONE_SOUND
    return int(look_alike(x, y) or sound_nearly(x, y))


def _without_one(short: str, long: str) -> bool:
    n = 0
    while n < len(short) and short[n] == long[n]:
        n += 1
    return short[n:] == long[n + 1 :]


def _long(a: str, b: str) -> str:
    """Names with dots: a part may be missing, or the dots may be."""
    if a.replace("·", "") == b.replace("·", ""):
        return "variant"
    parts_a, parts_b = a.split("·"), b.split("·")
    if set(parts_a) <= set(parts_b) or set(parts_b) <= set(parts_a):
        return "dropped" if parts_a[0] == parts_b[0] else "given"
    if len(parts_a) == len(parts_b):
        apart = [(x, y) for x, y in zip(parts_a, parts_b, strict=True) if x != y]
        if len(apart) == 1 and _one_edit(*apart[0]):
            return "homophone" if len(apart[0][0]) == len(apart[0][1]) else "alike"
    return "surname" if parts_a[0] == parts_b[0] else "other"


def _one_edit(a: str, b: str) -> bool:
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return len(long) == len(short) + 1 and _without_one(short, long)


def _latin(a: str, b: str) -> str:
    """Of passports: parts in any order, letters wrong, a part missing."""
    parts_a, parts_b = a.split(), b.split()
    if sorted(parts_a) == sorted(parts_b):
        return "swapped"
    short, long = sorted((parts_a, parts_b), key=len)
    left = list(long)
    close = 0
    for part in short:
        found = next((other for other in left if part == other), None) or next(
            (other for other in left if _is_close(part, other)), None
        )
        if found is not None:
            left.remove(found)
            close += 1
    if close == len(short):
        return "alike" if len(short) == len(long) else "dropped"
    if "".join(parts_a) == "".join(parts_b):
        return "variant"
    if close:
        return "surname" if _is_close(parts_a[-1], parts_b[-1]) else "given"
    return "other"


def _is_close(a: str, b: str) -> bool:
    """One letter in four may be wrong, and two neighbours may have changed places."""
    if a == b:
        return True
    if min(len(a), len(b)) < 3 or abs(len(a) - len(b)) > 2:
        return False
    return _edits(a, b) <= max(len(a), len(b)) // 4 + (len(a) < 8)


def _edits(a: str, b: str) -> int:
    """Letters replaced, lost, added, or neighbours swapped."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
