"""The first sheet of a county goes in piece by piece while it is read: nobody can tell afterwards in how many."""

from __future__ import annotations

import time

import psycopg
import pytest
from django.db import DataError, connection

from lianfang.areas.models import Area
from lianfang.core.problems import Problem
from lianfang.core.sealing import unseal, unseal_json
from lianfang.register import founding, importing, storing
from lianfang.register.models import Door, Household, ImportFile, LookupToken, Person, RawRow
from lianfang.register.storing import RAW_PURPOSE
from lianfang.register.tests.sheets_made import an_id, xlsx
from tests import world as cast

pytestmark = pytest.mark.django_db
HEADER = [
    "编号",
    "姓名",
    "与户主关系",
    "身份证号码",
    "手机号码",
    "乡镇",
    "村",
    "组",
    "门牌",
    "户编号",
    "性别",
]


def row(ref, name, *, relation="", number="", phone="", village="杨梅村", group="9组", door="", household=""):
    return [ref, name, relation, number, phone, "司马冲镇", village, group, door, household, "男"]


# 户主 of H1 stands far below the family; one id is wrong; one row names no village we know; one door is empty.
ROWS = [
    row("1", "欧阳小明", relation="长子", number=an_id(born="20100203", order=11), door="7", household="H1"),
    row("2", "单雄", relation="户主", phone="13900001111", group="10组", door="1"),
    row("3", "单小雄", relation="子", number="123", group="10组", door="1"),
    row("4", "曾巧", relation="户主", number=an_id(order=31), village="田心村", group="2组", door="3"),
    row("5", "覃敏", relation="户主", village="没有的村", door="3"),
    row("6", "解放", relation="户主", village="田心村", group="1组", door="4"),
    row("", "", village="田心村", group="1组", door="5"),
    row(
        "8", "欧阳明", relation="户主", number=an_id(order=451), phone="13812342076", door="7", household="H1"
    ),
    row("9", "仇和", relation="户主", group="第9组", door="8"),
]


@pytest.fixture
def world():
    """The county before its first sheet."""
    world = cast.build()
    with world.as_root():
        for table in (Person, Household, Door):
            table.objects.all().delete()
    return world


@pytest.fixture
def small_pieces(monkeypatch):
    """A piece for each row of the sheet that begins another village."""
    monkeypatch.setattr(storing, "PIECE_ROWS", 1)
    monkeypatch.setattr(founding.Founding, "is_busy", False)


@pytest.fixture
def load(world, tmp_path):
    def run(rows=ROWS, *, progress=None):
        path = xlsx(tmp_path / "表.xlsx", [HEADER, *rows])
        with world.acting("周敏"):
            return importing.load(
                path, county=world.areas["武冈市"], by=world.users["周敏"].pk, progress=progress
            )

    return run


def register(world):
    """All that a load leaves, with numbers counted from the first and sealed values opened."""
    with world.as_root():
        people = list(Person.objects.order_by("id").select_related("household__door"))
        households, doors = Household.objects.order_by("id"), Door.objects.order_by("id")
        first = people[0].pk
        tokens = LookupToken.objects.values_list("token", "area_path", "person_id")
        raws = RawRow.objects.order_by("row").values_list("row", "area_path", "person_id", "cells")
        return (
            [
                (
                    *(
                        p.pk - first,
                        p.area_path,
                        p.name,
                        p.initials,
                        p.sex,
                        p.birth_on,
                        p.relation,
                        p.id_number,
                    ),
                    *(p.phone, p.reference, p.source_row, p.household.reference, p.household.door.label),
                )
                for p in people
            ],
            [(h.door.label, h.area_path, h.head_name, h.reference, h.kind, h.is_unnamed) for h in households],
            [(d.area.name, d.area_path, d.label, d.walk_order) for d in doors.select_related("area")],
            sorted((bytes(token), path, person - first) for token, path, person in tokens),
            [(r, path, p and p - first, unseal_json(c, purpose=RAW_PURPOSE)) for r, path, p, c in raws],
        )


def counts(outcome):
    return outcome.stored.counts(), outcome.stored.person_count


def test_of_a_load_that_is_stopped_in_the_middle_nothing_stays(world, load, small_pieces):
    """A piece is on its way to the database when somebody presses 停止."""
    begun = []

    def stopped(done):
        if begun:
            raise Problem("register.stopped")
        begun.append(done)

    rows = [row(str(n), "欧阳明", village=v, door=str(n)) for v in ("杨梅村", "田心村") for n in range(2100)]
    with pytest.raises(Problem, match="停下"):
        load(rows, progress=stopped)
    with world.as_root():
        assert not Person.objects.exists()
        assert not Door.objects.exists()
        assert not ImportFile.objects.exists()


def test_what_goes_wrong_with_a_piece_stops_the_load(world, load, small_pieces, monkeypatch):
    monkeypatch.setattr(founding, "_TOKENS", "select 1 / (select count(*) from staged_line where n is null)")
    with pytest.raises(DataError, match="zero"):
        load()
    with world.as_root():
        assert not Person.objects.exists()


def test_what_goes_wrong_while_the_rest_is_being_sent_stops_the_load_alike(
    world, load, small_pieces, monkeypatch
):
    """The server answers while the next statements are on their way: then sending is what fails."""
    execute = psycopg.Cursor.execute

    def slowly(cursor, statement, values=None):
        time.sleep(0.05)
        return execute(cursor, statement, values)

    monkeypatch.setattr(founding, "_TOKENS", "select 1 / (select count(*) from staged_line where n is null)")
    monkeypatch.setattr(founding.psycopg.Cursor, "execute", slowly)
    with pytest.raises(DataError, match="zero"):
        load()


def test_pieces_come_to_the_same_as_one(world, load, monkeypatch, request):
    pieces = []
    store = founding.Founding.store
    monkeypatch.setattr(
        founding.Founding, "store", lambda self, *rows: pieces.append(1) or store(self, *rows)
    )
    sid = connection.savepoint()
    whole = counts(load())
    expected = register(world)
    assert len(pieces) == 1
    connection.savepoint_rollback(sid)
    request.getfixturevalue("small_pieces")
    assert counts(load()) == whole
    assert len(pieces) == 1 + 3
    assert register(world) == expected
    assert {name for _, _, name, *_ in expected[0]} >= {"欧阳明", "欧阳小明", "单小雄"}


def test_a_household_that_stands_in_two_places_has_its_head(world, load, small_pieces):
    load()
    with world.as_root():
        household = Household.objects.get(reference="H1")
        assert (household.head_name, household.people.count()) == ("欧阳明", 2)


def test_groups_of_a_village_are_in_order_also_when_pieces_end_near_it(world, load, small_pieces):
    """10组 stands before 2组 in the sheet, and a piece would end between them."""
    rows = [row(str(n), "欧阳明", group=f"{n}组", door=str(n)) for n in (10, 2, 1)]
    load(rows)
    groups = Area.objects.filter(parent=world.areas["杨梅村"], level="group").order_by("path")
    wanted = [name for name in groups.values_list("name", flat=True) if name in ("1组", "2组", "10组")]
    assert wanted == ["1组", "2组", "10组"]


def test_a_group_written_in_two_ways_is_one(world, load):
    load()
    with world.as_root():
        ninth = {
            person.household.door.area_id for person in Person.objects.filter(name__in=("欧阳明", "仇和"))
        }
    assert len(ninth) == 1


def test_the_same_sheet_again_changes_nothing(world, load):
    load()
    before = register(world)
    again = load()
    assert (again.stored.added_count, again.stored.changed_count) == (0, 0)
    assert register(world)[:4] == before[:4]


def test_sealed_values_are_sealed(world, load):
    load()
    with world.as_root(), connection.cursor() as cursor:
        cursor.execute("select phone from register_person where name = '欧阳明'")
        assert unseal(cursor.fetchone()[0], purpose="person.phone") == "13812342076"
