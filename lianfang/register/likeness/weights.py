"""How probable each finding is, if the two records are of one person (m) and if they are of two (u). Plain figures.

Two people who are not the same may still have much in common, so `u` is given three times: for two members of one
household, for two people of one village, for any two people of the register. Figures are shares of pairs; where they
come from stands in docs/algorithms/same-person.md.
"""

from __future__ import annotations

from math import log2
from typing import NamedTuple


class Odds(NamedTuple):
    """Base-2 logarithms of the four shares."""

    same: float
    kin: float
    neighbours: float
    strangers: float


def odds(same: float, kin: float, neighbours: float, strangers: float) -> Odds:
    return Odds(*(log2(max(share, 1e-12)) for share in (same, kin, neighbours, strangers)))


# The chance of agreement by accident is worked out for the ids themselves (numbers.compare_ids), so it stands for
# `neighbours` and `strangers` alike; for members of one household these are the shares: parents' ids stand in
# children's rows.
ID_SAME = {
    "equal": 0.93,
    "slip": 0.03,
    "wreck": 0.02,
    "masked": 0.95,
    "masked_other": 0.01,
    "near": 3e-4,
    "other": 1e-3,
    "unlike": 0.01,
}
ID_KIN = {
    "equal": 3e-3,
    "slip": 3e-4,
    "wreck": 3e-3,
    "masked": 5e-3,
    "masked_other": 1.0,
    "near": 5e-3,
    "other": 0.99,
    "unlike": 0.99,
}

PHONE = {
    "equal": odds(0.60, 0.50, 2e-3, 3e-6),
    "slip": odds(0.04, 0.02, 1e-3, 5e-5),
    "masked": odds(0.70, 0.50, 4e-3, 2e-4),
    "household": odds(0.20, 0.60, 2e-3, 1e-5),  # it is the phone of another member
    "other": odds(0.36, 0.48, 1.0, 1.0),
}

# Among neighbours and strangers it depends on how rare the name is (comparing._name_odds).
NAME_SAME = {
    "equal": 0.90,
    "variant": 0.90,
    "homophone": 0.03,
    "alike": 0.02,
    "dropped": 0.02,
    "swapped": 5e-3,
    "hidden": 0.90,
    "one_other": 0.012,
    "given": 6e-3,
    "surname": 4e-3,
    "other": 3e-3,
}
NAME_KIN = {
    "equal": 1e-4,
    "variant": 1e-4,
    "homophone": 6e-4,
    "alike": 8e-4,
    "dropped": 1e-3,
    "swapped": 5e-4,
    "hidden": 0.5,
    "one_other": 0.12,
    "given": 1e-3,
    "surname": 0.50,
    "other": 0.38,
}
# How many times commoner it is among strangers that two names differ like this than that they are equal.
NAME_COMMONER = {
    "equal": 1.0,
    "variant": 1.0,
    "homophone": 8.0,
    "alike": 12.0,
    "dropped": 40.0,
    "swapped": 2.0,
}
SURNAME_IN_VILLAGE = 0.25  # villages have their families
ONE_OTHER = 0.02  # share of those of one surname whose given names differ in one character
ONE_OTHER_IN_VILLAGE = 0.08  # cousins share a character

BIRTH = {
    "equal": odds(0.93, 8e-3, 4.5e-5, 4.5e-5),
    "swapped": odds(5e-3, 2e-4, 4.5e-5, 4.5e-5),
    "digit": odds(0.02, 5e-3, 1.2e-3, 1.2e-3),
    "year": odds(0.02, 0.03, 0.016, 0.016),
    "other": odds(0.02, 0.95, 0.98, 0.98),
}
BIRTH_YEAR = {  # of one side only the year is known
    "equal": odds(0.93, 0.04, 0.017, 0.017),
    "next": odds(0.05, 0.06, 0.033, 0.033),
    "other": odds(0.02, 0.90, 0.95, 0.95),
}
SEX = {"equal": odds(0.99, 0.5, 0.5, 0.5), "other": odds(8e-3, 0.5, 0.5, 0.5)}
PLACE = {
    "door": odds(0.55, 0.88, 4e-3, 2e-6),
    "village": odds(0.80, 0.95, 0.95, 1e-3),  # of one side no door is told
    "other_door": odds(0.25, 0.07, 0.95, 1e-3),
    "township": odds(0.08, 0.02, 0.02, 0.06),
    "other": odds(0.12, 0.03, 0.026, 0.94),
}
MEMBERS = {
    "several": odds(0.55, 0.80, 1e-4, 1e-6),
    "one": odds(0.25, 0.15, 5e-3, 5e-4),
    "none": odds(0.20, 0.05, 0.99, 1.0),
}
