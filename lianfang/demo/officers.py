"""The invented officials: who leads a township or village, who works a grid or group.

Those with a `cast` name stand on the sign-in page of the demo; the others are there to be
rung, to answer for doors and to be found on lists.
"""

import csv
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lianfang.demo import names, places
from lianfang.demo.identity import Issuer
from lianfang.demo.places import AreaRow, Door, VillagePlan

BEAT_HOUSEHOLDS = 170  # households one worker answers for, about
BEAT_AREAS = 4  # an account reaches at most four ranges of areas (core/scope.py)
# The estate village's beats as places in its list of groups: 3组 to 6组 are one worker's.
ESTATE_VILLAGE_BEATS = ((2, 6), (6, 9), (9, 12), (0, 2))


@dataclass(frozen=True, slots=True)
class Officer:
    """`role` is one of accounts.Role, or "" for no account; `area_codes` is what they answer for."""

    name: str
    role: str
    title: str
    area_codes: tuple[str, ...]
    phone: str
    cast: str = ""


@cache
def cast() -> tuple[dict[str, str], ...]:
    """Return the rows of data/cast.csv: cast, name, role, title, area."""
    text = files(__package__).joinpath("data/cast.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _named(issuer: Issuer, role: str, area: str) -> list[Officer]:
    return [
        Officer(row["name"], row["role"], row["title"], (area,), issuer.phone(), row["cast"])
        for row in cast()
        if row["area"] == area and row["role"] == role
    ]


def _invent(rng: random.Random, female_share: float) -> str:
    is_male = rng.random() >= female_share
    return names.full_name(rng, names.surname(rng), is_male, rng.randint(1968, 1992))


def upper_officers(issuer: Issuer, seed: str) -> list[Officer]:
    """Return those of the county, then a lead and an officer on duty for each township."""
    rng = names.seeded(f"{seed}/officers")
    roles = ("county_lead", "data_officer", "inspector", "auditor", "")
    officers = [officer for role in roles for officer in _named(issuer, role, places.COUNTY)]
    for code, name, level, _ in places.county():
        if level != "township":
            continue
        kind = {"镇": ("镇长", "镇值班"), "乡": ("乡长", "乡值班")}.get(name[-1], ("街道主任", "街道值班"))
        named = {officer.title: officer for officer in _named(issuer, "township_lead", code)}
        for title in kind:
            invented = Officer(_invent(rng, 0.25), "township_lead", title, (code,), issuer.phone())
            officers.append(named.get(title, invented))
    return officers


def village_officers(
    village: VillagePlan, areas: Sequence[AreaRow], doors: Sequence[Door], issuer: Issuer, seed: str
) -> list[Officer]:
    """Return the lead of a village and a worker for each of its beats."""
    rng = names.seeded(f"{seed}/officers/{village.code}")
    officers = _named(issuer, "village_lead", village.code)
    if not officers:
        known = places.whole_township().get(village.code)
        if known:
            name, title = known["lead_name"], known["lead_title"]
        else:
            title = "社区书记" if village.name.endswith("社区") else rng.choice(["村支书"] * 3 + ["村主任"])
            name = _invent(rng, 0.3)
        officers = [Officer(name, "village_lead", title, (village.code,), issuer.phone())]
    workers = _named(issuer, "grid_worker", village.code)
    for place, beat in enumerate(beats(village, areas, doors)):
        if place < len(workers):
            one = workers[place]
            officers.append(Officer(one.name, one.role, one.title, beat, one.phone, one.cast))
        else:
            officers.append(Officer(_invent(rng, 0.6), "grid_worker", "网格员", beat, issuer.phone()))
    return officers


def beats(village: VillagePlan, areas: Sequence[AreaRow], doors: Sequence[Door]) -> list[tuple[str, ...]]:
    """Split a village's grids and groups among workers: a grid each, groups by neighbourhood."""
    grids = [code for code, _, level, _ in areas if level == "grid"]
    groups = [code for code, _, level, _ in areas if level == "group"]
    found: list[tuple[str, ...]] = [(grid,) for grid in grids]
    if village.style == "mixed":
        return found + [tuple(groups[begin:end]) for begin, end in ESTATE_VILLAGE_BEATS]
    if not groups:
        return found
    lived_in = Counter(door.area_code for door in doors if door.use != "vacant")
    total = sum(lived_in[group] for group in groups)
    workers = max(1, min(len(groups), round(total / BEAT_HOUSEHOLDS)))
    shares: list[list[str]] = [[] for _ in range(workers)]
    before = 0
    for group in groups:
        middle = before + lived_in[group] / 2
        shares[min(workers - 1, int(middle * workers / total))].append(group)
        before += lived_in[group]
    return found + [
        tuple(share[begin : begin + BEAT_AREAS])
        for share in shares
        for begin in range(0, len(share), BEAT_AREAS)
    ]
