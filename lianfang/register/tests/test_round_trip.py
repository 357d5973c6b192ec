"""What goes out comes in again unchanged, whatever is in the register (Hypothesis, on real PostgreSQL).

A county of three villages, two of them of one name, gets any households that the system can hold. Its export, loaded
into an empty copy of the county, gives the same export; loaded where it came from, it changes nothing.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianfang.areas.models import Area
from lianfang.areas.pinyin import name_initials
from lianfang.areas.rules import path_of
from lianfang.core.scope import crossing
from lianfang.register import exporting, importing
from lianfang.register.models import Door, Household, LookupToken, Person
from lianfang.register.tests.sheets_made import an_id
from lianfang.register.tokens import refresh_tokens

pytestmark = pytest.mark.django_db
COUNTY = "431224"
AREAS = (
    ("43", "湖南省", "province", ""),
    ("4312", "怀化市", "prefecture", "43"),
    ("431224", "溆浦县", "county", "4312"),
    ("431224101", "桥江镇", "township", "431224"),
    ("431224102", "龙潭镇", "township", "431224"),
    ("431224101201", "横岩村", "village", "431224101"),
    ("431224101202", "红远村", "village", "431224101"),
    ("431224102201", "横岩村", "village", "431224102"),
)
VILLAGES = tuple(code for code, _, level, _ in AREAS if level == "village")
# Levels below the village, from the outside in; a door hangs on the last.
CHAINS = (
    (),
    (("group", "3组"),),
    (("group", "12组"),),
    (("grid", "第2网格"),),
    (("estate", "桂花园小区"),),
    (("estate", "桂花园小区"), ("building", "3栋")),
    (("estate", "桂花园小区"), ("building", "12栋")),
    (("estate", "水岸·新村"), ("group", "3组"), ("building", "1栋")),
    (("group", "3组"), ("building", "附属楼")),
    (("building", "老粮站")),
    (("section", "原岩脚村片区"), ("group", "3组")),
    (("section", "原岩脚村片区"), ("estate", "桂花园小区"), ("building", "3栋")),
)
CHAINS = tuple(chain if not chain or isinstance(chain[0], tuple) else (chain,) for chain in CHAINS)
HAN = "欧阳单曾区仇解张三李四王五囡䶮㛃𠮷𬭎堃"
names = st.one_of(
    st.text(HAN, min_size=1, max_size=4),
    st.sampled_from(
        (
            "阿依古丽·买买提",
            "=张三",
            "+李四",
            "-王五",
            "@赵六",
            "John Smith",
        )
    ),
)
labels = st.sampled_from(
    (
        "12号",
        "1号",
        "老学堂",
        "2单元402",
        "附1",
        "-3",
        "=7",
        "@工棚",
        "+后屋",
        "'前院",
        "12-3号",
        "张三家",
        "A座B",
        "0007",
        "同上屋",
    )
)
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cn", "Co", "Cc")) | st.sampled_from("=+-@'\n\t,\"；　\u00a0_x"),
    max_size=20,
)
references = st.sampled_from(("", "1", "P-1", "=9", "007", "1234567890123456789", "x y"))


@st.composite
def persons(draw):
    has_id = draw(st.booleans())
    return {
        "name": draw(names),
        "sex": draw(st.sampled_from(("", "male", "female"))),
        "birth_on": draw(st.none() | st.dates(dt.date(1920, 1, 1), dt.date(2026, 1, 1))),
        "relation": draw(st.sampled_from(Person.Relation.values)),
        "id": has_id,
        "phone": draw(st.none() | st.sampled_from(("13800001234", "0739-4222222", "19900001234"))),
        "is_registered_here": draw(st.booleans()),
        "is_living_here": draw(st.booleans()),
        "is_here_tonight": draw(st.booleans()),
        "registered_place": draw(st.none() | texts),
        "present_place": draw(st.none() | texts),
        "reference": draw(references),
    }


households = st.fixed_dictionaries(
    {
        "village": st.sampled_from(VILLAGES),
        "chain": st.sampled_from(CHAINS),
        "label": labels,
        "walk_order": st.integers(0, 5) | st.just(90_000_001),
        "kind": st.sampled_from(Household.Kind.values),
        "has_reference": st.booleans(),
        "head_name": st.just("") | names,
        "people": st.lists(persons(), max_size=3),
        "collective": st.fixed_dictionaries(
            {
                "collective_kind": st.just("") | st.sampled_from(Household.CollectiveKind.values),
                "expected_count": st.none() | st.integers(0, 99_999),
                "contact_phone": st.none() | st.sampled_from(("13800001234", "0739-4222222")),
            }
        ),
        "is_unnamed": st.booleans(),
        "flat": st.sampled_from((("", "", ""), ("2", "4", "402"), ("", "", "12号"), ("A", "", "B"))),
    }
)


def _tree() -> None:
    by_code: dict[str, Area] = {}
    for code, name, level, parent in AREAS:
        above = by_code.get(parent)
        by_code[code] = Area.objects.create(
            code=code,
            name=name,
            level=level,
            parent=above,
            path=path_of(code, parent, above.path if above else None),
        )


LETTERS = {"group": "G", "grid": "G", "estate": "E", "building": "B", "section": "S"}


def _place(village: str, chain) -> Area:
    area = Area.objects.get(code=village)
    for level, name in chain:
        found = Area.objects.filter(parent=area, level=level, name=name).first()
        if found is None:
            letter = LETTERS[level]
            number = 1 + Area.objects.filter(parent=area, code__startswith=area.code + letter).count()
            code = f"{area.code}{letter}{number:02}"
            found = Area.objects.create(
                code=code, name=name, level=level, parent=area, path=path_of(code, area.code, area.path)
            )
        area = found
    return area


def _fill(register) -> None:
    taken: set[tuple[str, str]] = set()
    number = 0
    for each, made in enumerate(register):
        area = _place(made["village"], made["chain"])
        unit, floor, room = made["flat"]
        door, _ = Door.objects.get_or_create(
            area=area,
            label=made["label"],
            defaults={
                "area_path": area.path,
                "walk_order": made["walk_order"],
                "unit": unit,
                "floor": floor,
                "room": room,
            },
        )
        is_collective = made["kind"] == Household.Kind.COLLECTIVE
        if not made["people"] and not is_collective:
            continue
        head = made["head_name"] or (made["people"][0]["name"] if made["people"] else "管理人")
        # Two households of one door and one head would be one, without a number of their own.
        is_known = Household.objects.filter(door=door, head_name=head).exists()
        household = Household.objects.create(
            door=door,
            area_path=area.path,
            kind=made["kind"],
            head_name=head,
            reference=f"H{each}" if made["has_reference"] or is_known else "",
            is_unnamed=is_collective and not made["people"] and made["is_unnamed"],
            **(made["collective"] if is_collective else {}),
        )
        for person in made["people"]:
            number += 1
            _person(household, made["village"], dict(person), number, taken)


def _tokens() -> None:
    refresh_tokens(list(Person.objects.values_list("pk", flat=True)))


def _person(household: Household, village: str, said, number: int, taken: set[tuple[str, str]]) -> None:
    """What no two people of a village share is shared by none: the system would have told them to be one."""
    if (village, said["reference"]) in taken:
        said["reference"] = ""
    taken.add((village, said["reference"]))
    if not household.reference and not said["reference"] and not said["id"]:
        said["name"] = f"{said['name'].replace(' ', '')}{HAN[number % len(HAN)]}"
    id_number = None
    if said.pop("id"):
        said["birth_on"] = said["birth_on"] or dt.date(1987, 3, 12)
        order = 2 * (number % 400) + (1 if said["sex"] != "female" else 0)
        said["sex"] = said["sex"] or "male"
        id_number = an_id(born=f"{said['birth_on']:%Y%m%d}", order=order)
    Person.objects.create(
        household=household,
        area_path=household.area_path,
        initials=name_initials(said["name"])[:20],
        id_number=id_number,
        **said,
    )


def _empty() -> None:
    LookupToken.objects.all().delete()
    Person.objects.all().delete()
    Household.objects.all().delete()
    Door.objects.all().delete()
    for level in ("building", "group", "grid", "estate", "section"):
        Area.objects.filter(level=level).delete()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
@settings(
    max_examples=8,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(register=st.lists(households, min_size=1, max_size=6))
def test_export_is_import(db, suffix, register):
    with crossing("test", actor_id=None), _folder() as folder, transaction.atomic():
        _tree()
        _fill(register)
        _tokens()
        county = Area.objects.get(code=COUNTY)
        first = folder / f"one.{suffix}"
        exporting.export(county=county, out=first, reason="核对", by=None)
        before = list(exporting.rows(county))

        again = importing.load(first, county=county, by=None)
        assert (again.rejected, [str(error) for error in again.errors]) == (0, [])
        assert again.stored is not None
        assert (again.stored.added_count, again.stored.changed_count) == (0, 0)
        assert (again.stored.door_count, again.stored.household_count, again.stored.area_count) == (0, 0, 0)
        assert list(exporting.rows(county)) == before

        _empty()
        importing.load(first, county=county, by=None)
        assert list(exporting.rows(county)) == before
        transaction.set_rollback(True)
