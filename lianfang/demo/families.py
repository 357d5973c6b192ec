"""Who lives under one roof: relations and ages that fit each other.

A draft is a tuple (relation, is_male, age, line): age in years with fraction, line "own"
for the surname of the house and "married_in" for a surname from elsewhere. The head stands
first. Mothers are 19 to 38 at a birth and fathers at least 17, so every parent is at least
fifteen years older than the child.
"""

import random
from collections.abc import Callable

Draft = tuple[str, bool, float, str]
LARGEST = 7  # larger households exist and are rare enough to leave out
TWIN_SHARE = 0.012


def _husband_age(rng: random.Random, wife_age: float) -> float:
    return wife_age + rng.triangular(-2.5, 8, 2)


def _wife_age(rng: random.Random, husband_age: float) -> float:
    return max(20.0, husband_age - rng.triangular(-2.5, 8, 2))


def _is_dead(rng: random.Random, age: float, is_male: bool) -> bool:
    chance = ((age - 45) / 55) ** 3 if age > 45 else 0.0
    return rng.random() < chance * (1.5 if is_male else 0.8)


def _children(rng: random.Random, mother_age: float, most: int) -> list[tuple[bool, float]]:
    """Return (is_male, age) of the children still at home, oldest first."""
    born: list[tuple[bool, float]] = []
    mother_then = 19.5 + 10 * rng.random()
    for _ in range(rng.choices((1, 2, 3), (34, 50, 16))[0]):
        age = mother_age - mother_then
        if age < 0 or mother_then > 38:
            break
        born.append((rng.random() < 0.53, age))
        if rng.random() < TWIN_SHARE:
            born.append((rng.random() < 0.53, age))
        mother_then += 1.5 + 5 * rng.random()
    # Grown children set up a house of their own, daughters sooner.
    home = [(boy, age) for boy, age in born if age < 22 or rng.random() < (0.45 if boy else 0.2)]
    return [child for child in home if child[1] < 36][:most]


def _elder_alone(rng: random.Random) -> list[Draft]:
    is_male = rng.random() < 0.38
    return [("head", is_male, 60 + 34 * rng.random() ** 1.3, "own" if is_male else "married_in")]


def _elder_couple(rng: random.Random) -> list[Draft]:
    husband = 56 + 30 * rng.random() ** 1.2
    return [
        ("head", True, husband, "own"),
        ("spouse", False, _wife_age(rng, husband), "married_in"),
    ]


def _couple(rng: random.Random) -> list[Draft]:
    wife = 22 + 34 * rng.random()
    return [("head", True, _husband_age(rng, wife), "own"), ("spouse", False, wife, "married_in")]


def _single(rng: random.Random) -> list[Draft]:
    is_male = rng.random() < 0.75
    return [("head", is_male, 20 + 42 * rng.random(), "own")]


def _nuclear(rng: random.Random) -> list[Draft]:
    mother = 24 + 33 * rng.random()
    father = _husband_age(rng, mother)
    house: list[Draft] = [("head", True, father, "own"), ("spouse", False, mother, "married_in")]
    roll = rng.random()
    if roll < 0.04:
        house = house[:1]
    elif roll < 0.10:
        house = [("head", False, mother, "married_in")]
    return house + [("child", boy, age, "own") for boy, age in _children(rng, mother, LARGEST - 2)]


def _three_generations(rng: random.Random) -> list[Draft]:
    mother = 24 + 25 * rng.random()
    father = _husband_age(rng, mother)
    grandmother = father + 19.5 + 12 * rng.random()
    grandfather = _husband_age(rng, grandmother)
    has_grandfather = not _is_dead(rng, grandfather, True)
    has_grandmother = not _is_dead(rng, grandmother, False) or not has_grandfather
    grandchildren = _children(rng, mother, 3)
    if has_grandfather and (grandfather < 70 or rng.random() < 0.5):
        house: list[Draft] = [("head", True, grandfather, "own")]
        if has_grandmother:
            house.append(("spouse", False, grandmother, "married_in"))
        # In the register a son's wife is under "child" too (GB/T 4761 counts her there).
        house += [("child", True, father, "own"), ("child", False, mother, "married_in")]
        return house + [("grandchild", boy, age, "own") for boy, age in grandchildren]
    house = [("head", True, father, "own"), ("spouse", False, mother, "married_in")]
    house += [("child", boy, age, "own") for boy, age in grandchildren]
    if has_grandfather:
        house.append(("parent", True, grandfather, "own"))
    if has_grandmother:
        house.append(("parent", False, grandmother, "married_in"))
    return house


def _skipped_generation(rng: random.Random) -> list[Draft]:
    """Draw grandparents with grandchildren whose parents are registered elsewhere."""
    husband = 54 + 20 * rng.random()
    wife = max(50.0, _wife_age(rng, husband))
    eldest = 1 + min(15.0, wife - 44) * rng.random()
    house: list[Draft] = [("head", True, husband, "own"), ("spouse", False, wife, "married_in")]
    if _is_dead(rng, husband, True):
        house = [("head", False, wife, "married_in")]
    house.append(("grandchild", rng.random() < 0.53, eldest, "own"))
    if eldest > 3 and rng.random() < 0.5:
        house.append(("grandchild", rng.random() < 0.53, eldest - 1.5 - rng.random(), "own"))
    return house


def _elders_with_child(rng: random.Random) -> list[Draft]:
    child = 24 + 22 * rng.random()
    mother = child + 20 + 12 * rng.random()
    house: list[Draft] = [("head", True, _husband_age(rng, mother), "own")]
    if not _is_dead(rng, mother, False):
        house.append(("spouse", False, mother, "married_in"))
    return [*house, ("child", rng.random() < 0.85, child, "own")]


Draw = Callable[[random.Random], list[Draft]]
SHAPES: tuple[tuple[Draw, int, int], ...] = (  # shape, weight in villages, weight in town
    (_elder_alone, 9, 5),
    (_elder_couple, 13, 11),
    (_couple, 7, 10),
    (_single, 6, 6),
    (_nuclear, 31, 50),
    (_three_generations, 26, 18),
    (_skipped_generation, 3, 2),
    (_elders_with_child, 5, 3),
)
RURAL = tuple(draw for draw, rural, _ in SHAPES for _ in range(rural))
URBAN = tuple(draw for draw, _, urban in SHAPES for _ in range(urban))


def draw_family(rng: random.Random, is_urban: bool) -> list[Draft]:
    """Draw one household of 1 to 7."""
    mix = URBAN if is_urban else RURAL
    return mix[int(rng.random() * len(mix))](rng)[:LARGEST]


def draw_collective(rng: random.Random, use: str) -> list[Draft]:
    """Draw a household that is no family; the head is the contact who answers for it."""
    if use == "nursing_home":
        house: list[Draft] = [("head", rng.random() < 0.4, 34 + 20 * rng.random(), "other")]
        return house + [
            ("other", rng.random() < 0.55, 66 + 28 * rng.random(), "other")
            for _ in range(rng.randint(14, 36))
        ]
    if use == "site":
        house = [("head", True, 32 + 22 * rng.random(), "other")]
        return house + [
            ("other", rng.random() < 0.93, 19 + 39 * rng.random(), "other") for _ in range(rng.randint(7, 26))
        ]
    house = [("head", rng.random() < 0.5, 28 + 24 * rng.random(), "other")]
    return house + [
        ("other", rng.random() < 0.45, 19 + 26 * rng.random(), "other") for _ in range(rng.randint(4, 15))
    ]
