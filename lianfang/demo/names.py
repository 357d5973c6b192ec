"""Invented personal names that look right for their generation.

The tables are hand-written weights (`data/names.toml`). A table of whole given names is
made once for every generation and sex, so that one draw per person is one list look-up:
760,000 names have to cost seconds.
"""

import random
import tomllib
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

DRAWS = 8192  # given names kept per table; more adds memory and no variety


@dataclass(frozen=True, slots=True)
class GivenTable:
    """Given names of one generation and sex, and the second characters alone (for 字辈)."""

    until: int
    names: tuple[str, ...]
    seconds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameTables:
    surnames: tuple[str, ...]
    male: tuple[GivenTable, ...]
    female: tuple[GivenTable, ...]
    dotted: tuple[tuple[str, str], ...]  # (name, sex)
    never: frozenset[str]


def seeded(text: str) -> random.Random:
    """Return a generator that draws the same for the same text, on every machine."""
    return random.Random(text)  # noqa: S311 - repeatable on purpose; nothing here is secret


def expand(weights: str) -> list[str]:
    """Turn "李:3 王" into ["李", "李", "李", "王"]."""
    drawn: list[str] = []
    for item in weights.split():
        text, _, weight = item.partition(":")
        drawn += [text] * int(weight or 1)
    return drawn


def _given_table(row: dict[str, Any]) -> GivenTable:
    # Seeded by what the table is, never by the county's seed: the tables are constants.
    rng = seeded(f"given/{row['sex']}/{row['until']}")
    first, second = expand(row["first"]), expand(row["second"])
    single, twice = expand(row["single"]), expand(row.get("twice", ""))
    names: list[str] = []
    while len(names) < DRAWS:
        roll = rng.random()
        if roll < row["single_share"]:
            names.append(rng.choice(single))
        elif roll < row["single_share"] + row.get("twice_share", 0):
            names.append(rng.choice(twice) * 2)
        else:
            left, right = rng.choice(first), rng.choice(second)
            if left != right:
                names.append(left + right)
    return GivenTable(row["until"], tuple(names), tuple(second))


@cache
def tables() -> NameTables:
    """Return the shipped tables, read and expanded once."""
    text = files(__package__).joinpath("data/names.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    by_sex = {
        sex: tuple(_given_table(row) for row in raw["given"] if row["sex"] == sex)
        for sex in ("male", "female")
    }
    return NameTables(
        surnames=tuple(expand(raw["surnames"])),
        male=by_sex["male"],
        female=by_sex["female"],
        dotted=tuple((row["name"], row["sex"]) for row in raw["dotted"]),
        never=frozenset(raw["never"]),
    )


@cache
def given_table(is_male: bool, birth_year: int) -> GivenTable:
    """Return the table of given names for somebody born in that year."""
    generations = tables().male if is_male else tables().female
    return generations[bisect_left([table.until for table in generations], birth_year)]


def surname(rng: random.Random) -> str:
    """Draw a surname by weight."""
    surnames = tables().surnames
    return surnames[int(rng.random() * len(surnames))]


def full_name(rng: random.Random, family: str, is_male: bool, birth_year: int, generation: str = "") -> str:
    """Draw a given name and put the surname before it.

    `generation` is the character that men of one line and generation share (字辈); where
    it is given it stands first, as it does in the genealogies of the villages.
    """
    table = given_table(is_male, birth_year)
    never = tables().never
    while True:
        if generation:
            second = table.seconds[int(rng.random() * len(table.seconds))]
            name = family + generation + (second if second != generation else "")
        else:
            name = family + table.names[int(rng.random() * DRAWS)]
        if name not in never:
            return name


def lineages(rng: random.Random) -> tuple[str, ...]:
    """Return the surnames of one village, expanded so that a uniform draw gives its mix.

    A Hunan village has two or three large lines and a scatter of small ones; this is also
    why two people of one name in one village are common and lists must bear it.
    """
    large = [surname(rng) for _ in range(3)]
    small = [surname(rng) for _ in range(24)]
    return tuple([large[0]] * 12 + [large[1]] * 8 + [large[2]] * 5 + small)
