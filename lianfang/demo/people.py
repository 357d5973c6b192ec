"""Invented people, village by village, as rows ready for COPY.

Everything follows from the seed: the same seed and size give the same people. Keys are
whole numbers from 1, unique over the population, in order of yielding.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files

from lianfang.demo import families, movement, names, officers, places
from lianfang.demo.identity import Issuer
from lianfang.demo.officers import Officer
from lianfang.demo.places import AreaRow, Door, VillagePlan

AS_OF = date(2026, 8, 7)  # the day of the demo clock; ages are as of it
SEED = "wugang"
SAMPLE_HOUSEHOLDS = 10
MEAN_SIZE = 3.12  # persons a household, to turn people wanted into households
COUNTY_TOWNSHIPS = tuple(
    "430581" + t for t in ["001", "002", "003", "004", "100", "101", "102", "106", "110", "204"]
)
YEAR_DAYS = 365.2425


@dataclass(slots=True)
class Household:
    """`kind` is family or collective; `head_name` of a collective is its contact."""

    key: int
    door_key: int
    kind: str
    reference: str
    head_name: str


@dataclass(slots=True)
class Person:
    """`phone` is None where none is known; places are "" where they are here."""

    key: int
    household_key: int
    name: str
    sex: str
    birth_on: date
    id_number: str
    phone: str | None
    relation: str
    is_registered_here: bool
    is_living_here: bool
    is_here_tonight: bool
    away_place: str
    registered_place: str
    reference: str


@dataclass(slots=True)
class Batch:
    """All rows of one village. `areas` are those below the village, parents first.

    `officers` are its lead and its workers, with the areas each answers for.
    """

    village: VillagePlan
    areas: list[AreaRow]
    doors: list[Door]
    households: list[Household]
    persons: list[Person]
    officers: list[Officer]


def plan(target_people: int | None = None, seed: str = SEED) -> list[VillagePlan]:
    """Return how each village is to be made, those made whole first.

    With a target the other villages get shares of 1000 as `household_count`, to be scaled.
    """
    rng = names.seeded(f"{seed}/plan")
    whole, others = [], []
    for code, name, _, _ in places.villages():
        weight = rng.uniform(0.6, 1.5)
        township = places.whole_township().get(code)
        if township:
            style = "mixed" if code == places.ESTATE_VILLAGE else "groups"
            whole.append(VillagePlan(code, name, style, int(township["household_count"]), False))
        elif code == places.ESTATE_COMMUNITY:
            whole.append(VillagePlan(code, name, "one_estate", 2292, False))
        else:
            is_urban = places.is_urban_community(code)
            is_seat = not is_urban and code[9:] < "200"  # the market town of a township
            share = round(1000 * weight * (4.5 if is_urban else 1.8 if is_seat else 1))
            count = SAMPLE_HOUSEHOLDS if target_people is None else share
            style = "estates" if is_urban else "groups"
            others.append(VillagePlan(code, name, style, count, target_people is None))
    return whole + others


def population(
    target_people: int | None = None, seed: str = SEED, weaver: "Weaver | None" = None
) -> Iterator[Batch]:
    """Yield the county's people by village. A weaver of one's own has the issuer for further phones.

    Without a target: one estate and one township whole, ten households in every other
    village. With a target: every village, adding up to that many people within 1 %. A
    target too small for the two whole places raises ValueError.
    """
    weaver = weaver or Weaver(seed)
    plans = plan(target_people, seed)
    left = target_people
    shares_left = sum(village.household_count for village in plans if _is_open(village))
    shares = shares_left
    for village in plans:
        if left is not None and _is_open(village):
            if shares_left == shares and left <= 0:
                raise ValueError(f"{target_people} people are fewer than the whole places need")
            # Each village takes its share of what is left, so errors do not add up.
            share = village.household_count
            wanted = max(1, round(left * share / shares_left / MEAN_SIZE))
            shares_left -= share
            village = replace(village, household_count=wanted)
        batch = weaver.weave(village)
        if left is not None:
            left -= len(batch.persons)
        yield batch


def _is_open(village: VillagePlan) -> bool:
    """Tell whether the village's size follows the target."""
    return village.code not in places.whole_township() and village.code != places.ESTATE_COMMUNITY


class Weaver:
    """Makes villages one after the other, with keys and numbers that never repeat."""

    def __init__(self, seed: str = SEED) -> None:
        self.seed = seed
        self.issuer = Issuer()
        self.doors = self.households = self.persons = 0
        self.today = AS_OF.toordinal()

    def weave(self, village: VillagePlan) -> Batch:
        """Make one village whole: areas, doors, households, persons."""
        rng = names.seeded(f"{self.seed}/{village.code}")
        areas, doors = places.subdivide(village, rng, self.doors + 1)
        self.doors += len(doors)
        known = _known_doors(village, areas, doors)
        staff = officers.village_officers(village, areas, doors, self.issuer, self.seed)
        batch = Batch(village, areas, doors, [], [], staff)
        hand = _Hand(self, batch, rng)
        for door in doors:
            if door.use == "vacant":
                continue
            if door.key in known:
                hand.known(door, known[door.key])
            elif door.use == "family":
                hand.family(door)
            else:
                hand.collective(door)
        return batch


class _Hand:
    """Fills the doors of one village."""

    def __init__(self, weaver: Weaver, batch: Batch, rng: random.Random) -> None:
        self.weaver, self.batch, self.rng = weaver, batch, rng
        self.is_urban = batch.village.style in ("estates", "one_estate")
        self.lineages = names.lineages(rng)
        # 字辈: by surname and twenty years of birth, the character men of one line share.
        self.shared: dict[tuple[str, int], str] = {}

    def family(self, door: Door) -> None:
        """Draw a family and settle it."""
        rng = self.rng
        drafts = families.draw_family(rng, self.is_urban)
        roll = rng.random()
        origin = None
        if roll < (0.10 if self.is_urban else 0.006):
            origin = movement.ORIGINS[int(rng.random() * len(movement.ORIGINS))]
            where = movement.of_incomers(rng, len(drafts), origin[1])
        elif roll < (0.42 if self.is_urban else 0.015):
            where = movement.of_incomers(rng, len(drafts), _other_township(rng, door.area_code))
        else:
            where = movement.of_family(rng, [age for _, _, age, _ in drafts], self.is_urban)
        household = self._open(door, "family")
        own = self._surname()
        for draft, there in zip(drafts, where, strict=True):
            surname = own if draft[3] == "own" else names.surname(rng)
            self._settle(household, draft, surname, there, origin)
        if self.is_urban and rng.random() < 0.03:
            self._add_tenants(household)
        household.head_name = self.batch.persons[-self._count].name
        self._share_phones()

    def collective(self, door: Door) -> None:
        """Draw people who live together and are no family: many come from elsewhere."""
        rng = self.rng
        household = self._open(door, "collective")
        drafts = families.draw_collective(rng, door.use)
        far_share = {"site": 0.12, "dormitory": 0.06}.get(door.use, 0)
        for draft in drafts:
            origin, there = None, movement.HERE
            name = ""
            if rng.random() < far_share:
                origin = movement.FAR_ORIGIN
                name, sex = names.tables().dotted[int(rng.random() * len(names.tables().dotted))]
                draft = (draft[0], sex == "male", draft[2], draft[3])
            elif door.use != "nursing_home" and rng.random() < 0.6:
                origin = movement.ORIGINS[int(rng.random() * len(movement.ORIGINS))]
            if origin:
                there = movement.of_incomers(rng, 1, origin[1])[0]
            self._settle(household, draft, names.surname(rng), there, origin)
            if name:
                self.batch.persons[-1].name = name
        household.head_name = self.batch.persons[-self._count].name

    def known(self, door: Door, rows: list[dict[str, str]]) -> None:
        """Settle a household written down in data/known_households.csv."""
        household = self._open(door, "collective" if len(rows) > families.LARGEST else "family")
        for row in rows:
            is_away = row["where"] != "here"
            there = (True, not is_away, not is_away, row["where"] if is_away else "", "")
            draft = (
                row["relation"],
                row["sex"] == "male",
                int(row["age"]) + self.rng.uniform(0.05, 0.95),
                "own",
            )
            self._settle(household, draft, "", there, None)
            self.batch.persons[-1].name = row["name"]
        household.head_name = rows[0]["name"]
        self._share_phones()

    def _surname(self) -> str:
        if self.is_urban or self.rng.random() < 0.15:
            return names.surname(self.rng)
        return self.lineages[int(self.rng.random() * len(self.lineages))]

    def _open(self, door: Door, kind: str) -> Household:
        weaver, batch = self.weaver, self.batch
        weaver.households += 1
        number = len(batch.households) + 1
        reference = f"{batch.village.code[6:]}-{number:04d}"
        household = Household(weaver.households, door.key, kind, reference, "")
        batch.households.append(household)
        self._count = 0
        return household

    def _settle(
        self,
        household: Household,
        draft: families.Draft,
        surname: str,
        there: movement.Whereabouts,
        origin: tuple[str, str] | None,
    ) -> None:
        """Append one person: name, birth, number, phone."""
        weaver, rng = self.weaver, self.rng
        relation, is_male, age, line = draft
        ordinal = weaver.today - int(age * YEAR_DAYS)
        born = _day(ordinal)
        year = born.year
        prefix = origin[0] if origin else movement.id_prefix(rng, year, line == "married_in")
        weaver.persons += 1
        self._count += 1
        self.batch.persons.append(
            Person(
                weaver.persons,
                household.key,
                names.full_name(rng, surname, is_male, year, self._shared_character(surname, is_male, year)),
                "male" if is_male else "female",
                born,
                weaver.issuer.id_number(prefix, ordinal, is_male),
                self._phone(age),
                relation,
                *there,
                f"{household.reference}-{self._count}",
            )
        )

    def _phone(self, age: float) -> str | None:
        if age < 14:
            return None
        has_phone = 0.55 if age < 17 else 0.97 if age < 66 else 0.72
        return self.weaver.issuer.phone() if self.rng.random() < has_phone else None

    def _shared_character(self, surname: str, is_male: bool, year: int) -> str:
        if not is_male or self.is_urban or not 1930 < year < 1990 or self.rng.random() > 0.3:
            return ""
        key = (surname, year // 20)
        found = self.shared.get(key)
        if found is None:
            given = names.given_table(True, year).names
            found = self.shared[key] = given[int(self.rng.random() * len(given))][0]
        return found

    def _add_tenants(self, household: Household) -> None:
        rng = self.rng
        for _ in range(1 + (rng.random() < 0.3)):
            origin = movement.ORIGINS[int(rng.random() * len(movement.ORIGINS))]
            there = movement.of_incomers(rng, 1, origin[1])[0]
            draft = ("tenant", rng.random() < 0.5, 19 + 22 * rng.random(), "other")
            self._settle(household, draft, names.surname(rng), there, origin)

    def _share_phones(self) -> None:
        """Give children the phone of a parent, or of who looks after them; some have none at all."""
        house = self.batch.persons[-self._count :]
        lent = [p.phone for p in house if p.relation != "tenant" and p.phone and _age(p) >= 20]
        if not lent:
            return
        for person in house:
            if person.phone is None and person.relation != "tenant" and self.rng.random() < 0.85:
                person.phone = lent[-1] if person.relation == "grandchild" else lent[0]


def _age(person: Person) -> int:
    return AS_OF.year - person.birth_on.year


def _other_township(rng: random.Random, area_code: str) -> str:
    others = [code for code in COUNTY_TOWNSHIPS if not area_code.startswith(code)]
    return "湖南省邵阳市武冈市" + _township_names()[others[int(rng.random() * len(others))]]


@cache
def _township_names() -> dict[str, str]:
    return {code: name for code, name, level, _ in places.county() if level == "township"}


@cache
def _day(ordinal: int) -> date:
    return date.fromordinal(ordinal)


@cache
def _known_rows() -> list[dict[str, str]]:
    text = files(__package__).joinpath("data/known_households.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _known_doors(
    village: VillagePlan, areas: list[AreaRow], doors: list[Door]
) -> dict[int, list[dict[str, str]]]:
    """Find the doors of the known households, and make sure somebody lives at each.

    Keeps the number of doors lived in: a vacant door that must be lived in changes places
    with another that then stands vacant, and the other way round.
    """
    if village.code != places.ESTATE_VILLAGE:
        return {}
    names_by_code = {code: name for code, name, _, _ in areas}
    by_place = {(names_by_code[door.area_code], door.label): door for door in doors}
    known: dict[int, list[dict[str, str]]] = {}
    for row in _known_rows():
        known.setdefault(by_place[row["area"], row["label"]].key, []).append(row)
    spare = [door for door in doors if door.key not in known and not door.area_code.endswith(("B03", "B04"))]
    by_key = {door.key: door for door in doors}
    for key, rows in known.items():
        wanted = "vacant" if rows[0]["relation"] == "vacant" else "family"
        door = by_key[key]
        if door.use != wanted:
            # Stay on the same side (estate or groups), where each worker's count is known.
            side = door.area_code[12]
            other = next(d for d in spare if d.use == wanted and d.area_code[12] == side)
            door.use, other.use = wanted, door.use
    return known
