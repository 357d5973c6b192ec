"""One verdict on two records, after Fellegi and Sunter. Pure.

What the two have in common is weighed against everybody else whom it could fit: the members of the household, the
people of the village, all others. So a shared phone counts for much between strangers and for nothing in a family, and
a name that many bear counts for little.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from lianfang.register.likeness import weights
from lianfang.register.likeness.frequencies import Frequencies
from lianfang.register.likeness.names import OF_TWO, better, compare_names
from lianfang.register.likeness.numbers import cleaned_id, compare_ids, compare_phones, is_valid_id
from lianfang.register.likeness.weights import Odds, odds
from lianfang.register.rules import id_birth, id_sex

AGREES, NEAR, DIFFERS = "agrees", "near", "differs"
Finding = tuple[str, str, Odds]  # of what, which level, how probable


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of somebody; what is not known stays empty. `village` is its area path, `door` and `household`
    anything that is equal when the door or household is the same."""

    name: str = ""
    former_names: tuple[str, ...] = ()
    sex: str = ""
    birth_on: dt.date | None = None
    birth_year: int | None = None  # when the day is not known
    id_number: str = ""  # as written: valid, damaged or masked
    phones: tuple[str, ...] = ()
    village: str = ""
    door: str = ""
    household: str = ""
    household_names: frozenset[str] = frozenset()  # of the other members
    household_phones: frozenset[str] = frozenset()  # theirs too: a parent's stands in a child's row


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding: of what (`about`), how it stands (`kind`: agrees, near, differs) and which (`level`). No values."""

    about: str
    level: str
    kind: str
    weight: float = 0.0

    @property
    def code(self) -> str:
        return f"{self.about}.{self.level}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Odds as powers of two (5 is 32 to 1), against everybody else whom it could be. A county may set them otherwise."""

    probably: float = 2.5
    same: float = 10.0
    rare_in_village: float = 6.5  # nothing but a name and its village agree: the name has to be a rare one
    unlike: float = -4.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """`verdict`: same, probably, unlike, unknown. `weight`: the odds that both are one person, as a power of two."""

    verdict: str
    weight: float
    findings: tuple[Finding, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The findings that led there, those that weigh most first."""
        found = (
            Reason(about, level, _KINDS[about].get(level, DIFFERS), round(shares.same - shares.strangers, 1))
            for about, level, shares in self.findings
        )
        return tuple(sorted(found, key=lambda reason: -abs(reason.weight)))


_USUAL = Frequencies()
_LIMITS = Thresholds()
_KINDS = {
    "id": {"equal": AGREES, "slip": NEAR, "wreck": NEAR, "masked": NEAR, "near": DIFFERS},
    "phone": {"equal": AGREES, "slip": NEAR, "masked": NEAR, "household": NEAR},
    "name": {
        "equal": AGREES,
        "variant": AGREES,
        "homophone": NEAR,
        "alike": NEAR,
        "dropped": NEAR,
        "swapped": NEAR,
        "hidden": NEAR,
    },
    "birth": {"equal": AGREES, "swapped": NEAR, "digit": NEAR, "year": NEAR},
    "birth_year": {"equal": NEAR, "next": NEAR},
    "sex": {"equal": AGREES},
    "place": {"door": AGREES, "village": AGREES, "other_door": NEAR, "township": NEAR},
    "members": {"several": AGREES, "one": NEAR},
}


def compare(
    a: Subject,
    b: Subject,
    *,
    frequencies: Frequencies = _USUAL,
    limits: Thresholds = _LIMITS,
) -> Likeness:
    """Are `a` and `b` one person? Symmetric."""
    found = _findings(a, b, frequencies)
    if not found:
        return Likeness("unknown", 0.0)
    same = kin = neighbours = strangers = 0.0
    for _about, _level, shares in found:
        same += shares.same
        kin += shares.kin
        neighbours += shares.neighbours
        strangers += shares.strangers
    others = (
        frequencies.household_people * 2.0**kin
        + frequencies.village_people * 2.0**neighbours
        + frequencies.people * 2.0**strangers
    )
    weight = same - log2(others)
    levels = {about: level for about, level, _shares in found}
    return Likeness(_verdict(weight, levels, limits), round(weight, 2), tuple(found))


# ---------- findings ----------


def _findings(a: Subject, b: Subject, frequencies: Frequencies) -> list[Finding]:
    found: list[Finding] = []
    id_a, id_b = cleaned_id(a.id_number), cleaned_id(b.id_number)
    id_level = ""
    if id_a and id_b:
        id_level, chance = compare_ids(id_a, id_b)
        found.append(("id", id_level, _id_odds(id_level, chance)))
    name = _name_level(a, b)
    if name:
        found.append(("name", name, _name_odds(name, a, b, frequencies)))
    if phone := _phone_level(a, b):
        found.append(("phone", phone, weights.PHONE[phone]))
    # An id says when somebody was born: what agrees in the one agrees in the other.
    if id_level not in ("slip", "wreck", "masked", "near"):
        born_a, born_b = _born(a, id_a), _born(b, id_b)
        if not (id_level == "equal" and (born_a is None or born_b is None or born_a == born_b)):
            found += _birth(a, b, born_a, born_b)
    sex_a, sex_b = a.sex or _sex(id_a), b.sex or _sex(id_b)
    if sex_a and sex_b and not (id_level in ("equal", "slip", "near") and sex_a == sex_b):
        level = "equal" if sex_a == sex_b else "other"
        found.append(("sex", level, weights.SEX[level]))
    found += _place(a, b)
    return found


@lru_cache(maxsize=4096)
def _id_odds(level: str, chance: float) -> Odds:
    return odds(weights.ID_SAME[level], weights.ID_KIN[level], chance, chance)


def _born(one: Subject, number: str) -> dt.date | None:
    if one.birth_on or one.birth_year:
        return one.birth_on
    return id_birth(number) if number and is_valid_id(number) else None


def _sex(number: str) -> str:
    return id_sex(number) if number and is_valid_id(number) else ""


def _name_level(a: Subject, b: Subject) -> str:
    level = compare_names(a.name, b.name)
    if level in ("equal", "variant") or not (a.former_names or b.former_names):
        return level
    for mine in (a.name, *a.former_names):
        for theirs in (b.name, *b.former_names):
            level = better(level, compare_names(mine, theirs))
    return level


def _phone_level(a: Subject, b: Subject) -> str:
    level = compare_phones(a.phones, b.phones)
    if level in ("", "other") and not (
        b.household_phones.isdisjoint(a.phones) and a.household_phones.isdisjoint(b.phones)
    ):
        return "household"
    return level


def _name_odds(level: str, a: Subject, b: Subject, frequencies: Frequencies) -> Odds:
    # Which longer names are this one with a character more is told by the longer one.
    of = min if level == "dropped" else max
    whole = of(frequencies.name(a.name), frequencies.name(b.name))
    if level in weights.NAME_COMMONER:
        given = of(frequencies.given(a.name), frequencies.given(b.name))
        far = whole * weights.NAME_COMMONER[level]
        near = max(far, given * weights.SURNAME_IN_VILLAGE * weights.NAME_COMMONER[level])
    elif level == "other":
        far = near = 1.0
    elif level == "given":
        far = near = max(frequencies.given(a.name), frequencies.given(b.name))
    else:
        far, near = max(frequencies.surname(a.name), frequencies.surname(b.name)), weights.SURNAME_IN_VILLAGE
        if level == "one_other":
            far, near = far * weights.ONE_OTHER, near * weights.ONE_OTHER_IN_VILLAGE
    kin = max(weights.NAME_KIN[level], whole)
    return odds(weights.NAME_SAME[level], min(kin, 1.0), min(near, 1.0), min(far, 1.0))


def _birth(a: Subject, b: Subject, born_a: dt.date | None, born_b: dt.date | None) -> list[Finding]:
    if born_a and born_b:
        level = _birth_level(born_a, born_b)
        return [("birth", level, weights.BIRTH[level])]
    year_a = born_a.year if born_a else a.birth_year
    year_b = born_b.year if born_b else b.birth_year
    if year_a and year_b:
        apart = abs(year_a - year_b)
        level = "equal" if not apart else "next" if apart == 1 else "other"
        return [("birth_year", level, weights.BIRTH_YEAR[level])]
    return []


def _birth_level(a: dt.date, b: dt.date) -> str:
    if a == b:
        return "equal"
    if a.year == b.year and (a.month, a.day) == (b.day, b.month):
        return "swapped"
    wrong = sum(x != y for x, y in zip(f"{a:%Y%m%d}", f"{b:%Y%m%d}", strict=True))
    if wrong == 1:
        return "digit"
    return "year" if a.year == b.year else "other"


def _place(a: Subject, b: Subject) -> list[Finding]:
    if a.household and a.household == b.household:
        level = "door"
    elif not a.village or not b.village:
        level = ""
    elif a.village == b.village:
        level = "door" if a.door and a.door == b.door else "other_door" if a.door and b.door else "village"
    else:
        level = "township" if _above(a.village) == _above(b.village) else "other"
    found: list[Finding] = [("place", level, weights.PLACE[level])] if level else []
    if level != "door" and a.household_names and b.household_names:
        shared = len(a.household_names & b.household_names)
        members = "several" if shared > 1 else "one" if shared else "none"
        found.append(("members", members, weights.MEMBERS[members]))
    return found


def _above(path: str) -> str:
    return path[: path.rstrip(".").rfind(".") + 1]


# ---------- the verdict ----------


def choose(found: Sequence[Likeness], *, limits: Thresholds = _LIMITS) -> int | None:
    """Of several people who could be meant, the one who is; None when two are about as likely."""
    if not found:
        return None
    order = sorted(range(len(found)), key=lambda n: -found[n].weight)
    best = found[order[0]]
    if best.verdict not in ("same", "probably"):
        return None
    if len(order) > 1 and best.weight - found[order[1]].weight < limits.probably:
        return None
    return order[0]


_SURE_NAMES = ("equal", "variant")
_CLOSE_NAMES = (*_SURE_NAMES, "homophone", "alike", "dropped", "swapped")


def _verdict(weight: float, levels: dict[str, str], limits: Thresholds) -> str:
    """The weight decides within what the findings allow: never on a name alone, never against two good ids."""
    if levels.get("id") in ("other", "near"):
        return "probably" if _is_typed_wrong(levels) and weight >= 0 else "unlike"
    if weight >= limits.same and _may_be_same(levels):
        return "same"
    if weight >= limits.probably and _has_more_than_a_name(levels):
        return "probably"
    if (
        weight >= limits.rare_in_village
        and levels.get("place") in ("village", "other_door")
        and _is_calm(levels)
    ):
        return "probably"
    return "unlike" if weight <= limits.unlike else "unknown"


def _is_calm(levels: dict[str, str]) -> bool:
    """The name agrees and nothing speaks against it."""
    return levels.get("name") in _SURE_NAMES and not any(
        level in ("other", "unlike", "masked_other") for about, level in levels.items() if about != "phone"
    )


def _is_typed_wrong(levels: dict[str, str]) -> bool:
    return (
        levels["id"] == "near"
        and levels.get("name") in _CLOSE_NAMES
        and levels.get("birth", "equal") == "equal"
    )


def _may_be_same(levels: dict[str, str]) -> bool:
    """An id that agrees and a name that does not speak against it; or several that agree and none that differs."""
    if levels.get("sex") == "other" or levels.get("birth") == "other" or levels.get("birth_year") == "other":
        return False
    name = levels.get("name", "")
    if levels.get("id") == "equal":
        return name not in OF_TWO
    if levels.get("id") in ("masked_other", "unlike") or name not in _SURE_NAMES:
        return False
    agreeing = (
        levels.get("birth") == "equal" or levels.get("id") in ("slip", "wreck", "masked"),
        levels.get("phone") == "equal",
        levels.get("place") in ("door", "village", "other_door") or levels.get("members") == "several",
    )
    return sum(agreeing) >= 2


def _has_more_than_a_name(levels: dict[str, str]) -> bool:
    return (
        levels.get("id") in ("equal", "slip", "wreck", "masked")
        or levels.get("phone") in ("equal", "slip", "masked", "household")
        or levels.get("birth") in ("equal", "swapped", "digit")
        or levels.get("birth_year") == "equal"
        or levels.get("place") == "door"
        or levels.get("members") == "several"
    )
