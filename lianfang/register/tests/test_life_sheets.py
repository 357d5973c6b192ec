"""What a later sheet says of who lives where becomes dated events."""

from __future__ import annotations

from lianfang.register import importing, life
from lianfang.register.file_queries import words_of
from lianfang.register.life import Whereto
from lianfang.register.lived import residents_on
from lianfang.register.models import Household, LifeEvent, Person, RowFinding
from lianfang.register.tests.conftest import HEADER, ROWS
from lianfang.register.tests.lives import (
    DAY,
    TODAY,
    act,
    home,
    told,
)
from lianfang.register.tests.sheets_made import xlsx


def sheet(tmp_path, world, rows, name="again.xlsx"):
    path = xlsx(tmp_path / name, [HEADER, *rows])
    with world.acting("周敏"):
        importing.load(path, county=world.areas["武冈市"], by=world.users["周敏"].pk)


def person_named(world, name):
    with world.as_root():
        return Person.objects.select_related("household__door").get(name=name)


def test_the_first_sheet_makes_no_event_and_the_same_again_none(people, tmp_path):
    sheet(tmp_path, people, ROWS)
    with people.as_root():
        assert LifeEvent.objects.count() == 0


def test_a_later_sheet_that_names_another_household_is_a_dated_move(people, tmp_path):
    son = person_named(people, "欧阳小明")
    moved = [*ROWS[1][:5], "田心村", "1组", "", "", "", "9"]
    with people.as_root():
        there = Person.objects.get(name="单雄").household_id
    sheet(tmp_path, people, [ROWS[2], moved])
    with people.as_root():
        assert Person.objects.get(pk=son.pk).household_id == there
        rows = sorted(LifeEvent.objects.values_list("side", "household_id", "kind", "happened_on", "source"))
        assert rows == [
            ("came", there, "moved", TODAY, "sheet"),
            ("left", son.household_id, "moved", TODAY, "sheet"),
        ]
        assert LifeEvent.objects.values("event").distinct().count() == 1
    with people.acting("邓永福") as scope:
        assert [found.name for found in residents_on(scope, [son.household_id], TODAY)[son.household_id]] == [
            "欧阳明"
        ]
        before = residents_on(scope, [son.household_id], DAY)[son.household_id]
        assert [found.name for found in before] == ["欧阳明", "欧阳小明"]


def test_an_old_sheet_does_not_fetch_back_whom_the_desk_has_moved(people, tmp_path):
    son = person_named(people, "欧阳小明")
    act(
        people,
        "邓永福",
        life.move_out,
        household_id=son.household_id,
        person_ids=[son.pk],
        whereto=Whereto(household_id=home(people).pk),
        told=told(),
    )
    sheet(tmp_path, people, ROWS)
    assert person_named(people, "欧阳小明").household_id == home(people).pk
    with people.as_root():  # and the file says which row was not followed
        found = RowFinding.objects.get(code="register.person_moved")
        row = next(number for number, row in enumerate(ROWS, 2) if "欧阳小明" in row)
        assert (found.sheet, found.row, found.is_taken) == ("人口底册", row, True)
        assert "没有照表移回来" in words_of(found)


def test_who_moved_out_and_stands_in_a_sheet_at_another_door_is_back_but_the_dead_are_not(people, tmp_path):
    son, tenant = person_named(people, "欧阳小明"), person_named(people, "曾巧")
    act(
        people,
        "邓永福",
        life.move_out,
        household_id=son.household_id,
        person_ids=[son.pk],
        whereto=Whereto(text="广东"),
        told=told(),
    )
    act(people, "邓永福", life.note_death, person_id=tenant.pk, told=told())
    back = [*ROWS[1][:5], "杨梅村", "2组", "", "", "", "3"]
    risen = [*ROWS[3][:5], "杨梅村", "2组", "", "", "", "3"]
    sheet(tmp_path, people, [back, risen])
    assert person_named(people, "欧阳小明").is_current
    assert not person_named(people, "曾巧").is_current


def test_a_household_that_a_sheet_empties_is_vacant(people, tmp_path):
    tenant = person_named(people, "曾巧")
    sheet(tmp_path, people, [[*ROWS[3][:5], "杨梅村", "1组", "", "", "", "9"]])
    with people.as_root():
        assert not Household.objects.get(pk=tenant.household_id).is_current
