"""Dated events of households, beginning with who may not."""

from __future__ import annotations

import datetime as dt

import pytest

from lianfang.accounts.models import Grant
from lianfang.areas.models import Area
from lianfang.core.audit import Survivors
from lianfang.core.models import AuditRow
from lianfang.register import life
from lianfang.register.life import Newcomer, Whereto
from lianfang.register.lived import Wanted, awaited_in, changes_in, life_of, residents_on
from lianfang.register.models import Door, Household, LifeEvent, LookupToken, Person
from lianfang.register.operations import MemberDetails, asked_today
from lianfang.register.queries import by_token
from lianfang.register.tests.lives import (
    DAY,
    FAR,
    HOME,
    NEXT,
    TODAY,
    act,
    at,
    home,
    lines,
    out,
    refused,
    told,
    who,
)
from lianfang.register.tests.sheets_made import an_id
from lianfang.register.tokens import refresh_tokens

# ---------- who may not ----------


def test_the_neighbour_village_changes_no_household_here(world):
    name = "谭小英"
    person = who(world, 2)
    with refused("register.unknown_household"):
        act(world, name, life.note_death, person_id=person.pk, told=told())
    with refused("register.unknown_household"):
        out(world, [2], Whereto(text="广东"), name=name)
    with refused("register.unknown_household"):
        act(world, name, life.change_head, household_id=home(world).pk, head_id=person.pk, told=told())
    with refused("register.unknown_household"):
        act(
            world,
            name,
            life.split_household,
            household_id=home(world).pk,
            person_ids=[person.pk],
            whereto=Whereto(),
            told=told(),
        )
    assert len(at(world)) == 3


def test_nobody_is_sent_into_a_household_of_another_village(world):
    with refused("register.unknown_household"):
        out(world, [2], Whereto(household_id=home(world, FAR).pk))


def with_id(world, person, order=77):
    number = an_id(order=order)
    with world.as_root():
        person.id_number = number
        person.save()
        refresh_tokens([person.pk])
    return Newcomer(MemberDetails(person.name, id_text=number))


def searches():
    """Outside the own area: whom it found, if anybody."""
    rows = AuditRow.objects.filter(action="register.find_outside").order_by("pk")
    return [(row.object_id, row.detail["found"]) for row in rows]


def comes(world, newcomer, name="邓永福", to=HOME):
    return act(
        world, name, life.move_in, household_id=home(world, to).pk, newcomer=newcomer, told=told(note="租房")
    )


def test_nobody_is_fetched_from_another_county(world):
    """Whole id and name reach as far as the county; there they are new, and whoever stands elsewhere stays."""
    parent = Area.objects.get(level="prefecture")
    county = Area.objects.create(
        code="430524", name="隆回县", level="county", parent=parent, path=f"{parent.path}24."
    )
    with world.as_root():
        door = Door.objects.create(area=county, area_path=county.path, label="1号")
        there = Household.objects.create(door=door, area_path=county.path, head_name="易远")
        person = Person.objects.create(household=there, area_path=county.path, name="易远")
    change = comes(world, with_id(world, person))
    assert person.pk not in change.people
    with world.as_root():
        assert Person.objects.get(pk=person.pk, household=there).is_current
    assert searches() == [("none", False)]


def test_who_comes_from_outside_the_own_village_is_looked_for_once_and_that_is_counted(world):
    newcomer = with_id(world, who(world, 2, FAR))
    other = Newcomer(MemberDetails("易别人", id_text=newcomer.details.id_text))
    with (
        Survivors(),
        refused("register.id_of_another"),
    ):  # as a request has it: the work is undone, the look stays
        comes(world, other)
    assert searches() == [("none", False)]
    comes(world, newcomer)
    assert searches()[1:] == [(str(who(world, 3).pk), True)]
    with world.acting("邓永福"):
        assert asked_today(world.users["邓永福"].pk) == 2


def test_who_moves_within_the_own_village_is_no_search_outside(world):
    comes(world, with_id(world, who(world, 2, NEXT)))
    assert searches() == []


def test_nobody_is_looked_for_in_the_name_of_a_household_elsewhere(world):
    newcomer = with_id(world, who(world, 2))
    with refused("register.unknown_household"):
        comes(world, newcomer, to=FAR)
    assert searches() == []


def test_the_old_village_does_not_read_the_new_address(world):
    number = an_id(order=77)
    with world.as_root():
        person = Person.objects.filter(household=home(world)).order_by("pk")[2]
        person.id_number = number
        person.save()
        refresh_tokens([person.pk])
    details = MemberDetails(person.name, id_text=number)
    act(
        world,
        "周敏",
        life.move_in,
        household_id=home(world, FAR).pk,
        newcomer=Newcomer(details),
        told=told(note="租房"),
    )
    with world.acting("邓永福") as scope:
        (line,) = lines(scope, home(world).pk)
        assert (line.kind, line.side, line.other and line.other.pk, line.is_elsewhere) == (
            "moved",
            "left",
            None,
            True,
        )
        assert not Person.objects.filter(scope.q(), pk=person.pk).exists()
        assert "田心" not in repr(line)
        (own,) = life_of(scope, person.pk)
        assert own.home.pk == home(world).pk
    with world.acting("谭小英") as scope:
        (line,) = lines(scope, home(world, FAR).pk)
        assert (line.side, line.other and line.other.pk) == ("came", None)
    with world.acting("周敏") as scope:
        assert lines(scope, home(world).pk)[0].other.pk == home(world, FAR).pk


# ---------- days ----------


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (None, "register.day_required"),
        (dt.date(2026, 8, 8), "register.event_future"),
        (dt.date(2014, 1, 1), "register.event_before_birth"),
    ],
)
def test_a_day_that_cannot_be(world, day, code):
    with refused(code):
        act(world, "邓永福", life.note_death, person_id=who(world, 2).pk, told=told(day))


def test_a_life_is_written_in_its_order(world):
    person = who(world, 2)
    out(world, [2], Whereto(household_id=home(world, NEXT).pk), day=dt.date(2026, 8, 6))
    with refused("register.event_before_last"):
        act(world, "邓永福", life.note_death, person_id=person.pk, told=told(DAY))
    act(world, "邓永福", life.note_death, person_id=person.pk, told=told(dt.date(2026, 8, 6)))


def test_what_is_recorded_twice_is_one_event(world):
    once = told()
    person = who(world, 2)
    first = act(world, "邓永福", life.note_death, person_id=person.pk, told=once)
    again = act(world, "邓永福", life.note_death, person_id=person.pk, told=once)
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.households, again.people) == (first.households, first.people)
    with world.as_root():
        assert LifeEvent.objects.count() == 1


# ---------- each kind ----------


def test_a_known_person_moves_and_is_not_made_twice(world):
    number = an_id(order=88)
    act(
        world,
        "邓永福",
        life.move_in,
        household_id=home(world).pk,
        newcomer=Newcomer(MemberDetails("贺春梅", id_text=number), relation="tenant"),
        told=told(dt.date(2026, 8, 1)),
    )
    act(
        world,
        "周敏",
        life.move_in,
        household_id=home(world, FAR).pk,
        newcomer=Newcomer(MemberDetails("贺春梅", id_text=number)),
        told=told(),
    )
    assert "贺春梅" not in at(world)
    assert "贺春梅" in at(world, FAR)
    with world.as_root() as everywhere:
        (person,) = Person.objects.filter(name="贺春梅")
        assert [found.pk for found in by_token(everywhere, "id", number)] == [person.pk]
        assert set(LookupToken.objects.filter(person=person).values_list("area_path", flat=True)) == {
            home(world, FAR).area_path
        }
        left = LifeEvent.objects.get(person=person, side="left")
        assert (left.kind, left.household_id, left.is_from_outside) == ("moved", home(world).pk, False)
    with refused("register.id_of_another"):
        act(
            world,
            "周敏",
            life.move_in,
            household_id=home(world).pk,
            newcomer=Newcomer(MemberDetails("贺春花", id_text=number)),
            told=told(),
        )
    with refused("register.already_here"):
        act(
            world,
            "周敏",
            life.move_in,
            household_id=home(world, FAR).pk,
            newcomer=Newcomer(MemberDetails("贺春梅", id_text=number)),
            told=told(),
        )


def test_a_village_that_takes_somebody_in_tells_the_old_one(world):
    number = an_id(order=99)
    act(
        world,
        "邓永福",
        life.move_in,
        household_id=home(world).pk,
        newcomer=Newcomer(MemberDetails("贺春梅", id_text=number)),
        told=told(dt.date(2026, 8, 1)),
    )
    with world.as_root():
        tan = Grant.objects.get(user=world.users["谭小英"])
        tan.role, tan.area, tan.area_path = "village_lead", world.areas["田心村"], world.areas["田心村"].path
        tan.save()
    act(
        world,
        "谭小英",
        life.move_in,
        household_id=home(world, FAR).pk,
        newcomer=Newcomer(MemberDetails("贺春梅", id_text=number)),
        told=told(),
    )
    with world.acting("邓永福") as scope:
        page = changes_in(scope, Wanted(show="outside"))
        assert [(line.people[0][1], line.side, line.is_elsewhere) for line in page.rows] == [
            ("贺春梅", "left", True)
        ]


def test_out_of_the_county_nobody_counts_them_and_where_is_sealed(world):
    out(world, [2], Whereto(text="东莞市长安镇"))
    assert len(at(world)) == 2
    with world.acting("邓永福") as scope:
        (line,) = lines(scope, home(world).pk)
        assert (line.kind, line.note) == ("moved_out", "东莞市长安镇")
        assert "东莞" not in repr(list(LifeEvent.objects.values_list("before", "name")))


def test_the_last_to_go_leave_a_vacant_door(world):
    out(world, [0, 1, 2], Whereto(text="长沙"))
    with world.as_root():
        assert not Household.objects.get(pk=home(world).pk).is_current
    act(
        world,
        "邓永福",
        life.move_in,
        household_id=home(world).pk,
        newcomer=Newcomer(MemberDetails("贺春梅")),
        told=told(TODAY),
    )
    with world.as_root():
        person = Person.objects.get(name="贺春梅")
        assert person.household_id != home(world).pk
        assert (person.household.door_id, person.relation, person.household.head_name) == (
            home(world).door_id,
            "head",
            "贺春梅",
        )


def test_into_a_village_without_a_door_they_are_awaited_there(world):
    person = who(world, 2)
    out(world, [2], Whereto(village=world.areas["田心村"]))
    with world.acting("周敏") as scope:
        assert awaited_in(scope, world.areas["田心村"].path) == [(person.pk, person.name, DAY)]
    act(
        world,
        "周敏",
        life.move_in,
        household_id=home(world, FAR).pk,
        newcomer=Newcomer(person_id=person.pk),
        told=told(),
    )
    assert person.name in at(world, FAR)
    with world.acting("周敏") as scope:
        assert awaited_in(scope, world.areas["田心村"].path) == []
    with refused("register.unknown_person"):
        act(
            world,
            "周敏",
            life.move_in,
            household_id=home(world).pk,
            newcomer=Newcomer(person_id=person.pk),
            told=told(),
        )


def test_born_into_the_mothers_household(world):
    act(
        world,
        "邓永福",
        life.note_birth,
        household_id=home(world).pk,
        child=MemberDetails("易新", relation="child", sex="male"),
        told=told(),
    )
    with world.as_root():
        child = Person.objects.get(name="易新")
        assert (child.birth_on, child.relation, child.id_number, child.household_id) == (
            DAY,
            "child",
            None,
            home(world).pk,
        )
    with refused("register.event_before_birth"):
        act(world, "邓永福", life.note_death, person_id=child.pk, told=told(dt.date(2026, 8, 4)))


def test_when_the_head_dies_the_family_names_another(world):
    head, spouse = who(world, 0), who(world, 1)
    with refused("register.head_needed"):
        act(world, "邓永福", life.note_death, person_id=head.pk, told=told())
    act(world, "邓永福", life.note_death, person_id=head.pk, told=told(), head_id=spouse.pk)
    with world.as_root():
        family = Household.objects.get(pk=home(world).pk)
        assert family.head_name == spouse.name
        assert [
            p.relation for p in Person.objects.filter(household=family, is_current=True).order_by("pk")
        ] == ["head", "child"]


def test_the_dead_do_not_move_in(world):
    number = an_id(order=66)
    newcomer = Newcomer(MemberDetails("贺春梅", id_text=number))
    came = act(world, "邓永福", life.move_in, household_id=home(world).pk, newcomer=newcomer, told=told())
    (person_id,) = came.people
    act(world, "邓永福", life.note_death, person_id=person_id, told=told(TODAY))
    with refused("register.is_dead"):
        act(
            world,
            "邓永福",
            life.move_in,
            household_id=home(world, NEXT).pk,
            newcomer=newcomer,
            told=told(TODAY),
        )


def test_a_split_makes_a_household_behind_the_same_door_or_another(world):
    child = who(world, 2)
    act(
        world,
        "邓永福",
        life.split_household,
        household_id=home(world).pk,
        person_ids=[child.pk],
        whereto=Whereto(area=world.areas["杨梅村/2组"], door_label="老屋"),
        told=told(),
    )
    with world.as_root():
        person = Person.objects.get(pk=child.pk)
        assert (person.relation, person.household.head_name, person.household.door.label) == (
            "head",
            child.name,
            "老屋",
        )
        assert person.area_path == world.areas["杨梅村/2组"].path
        assert person.is_registered_here  # the village is the same
    with refused("register.split_nobody_left"):
        act(
            world,
            "邓永福",
            life.split_household,
            household_id=home(world).pk,
            person_ids=[who(world, 0).pk, who(world, 1).pk],
            whereto=Whereto(),
            told=told(),
        )
    with refused("register.head_needed"):
        act(
            world,
            "邓永福",
            life.split_household,
            household_id=home(world).pk,
            person_ids=[who(world, 0).pk],
            whereto=Whereto(),
            told=told(),
        )


def test_households_join(world):
    act(
        world,
        "邓永福",
        life.join_households,
        household_id=home(world, NEXT).pk,
        into_household_id=home(world).pk,
        told=told(),
    )
    assert len(at(world)) == 6
    with world.as_root():
        assert not Household.objects.get(pk=home(world, NEXT).pk).is_current
        assert Person.objects.filter(household=home(world), relation="head").count() == 1


def test_a_new_head_renames_the_family_and_what_they_are_to_each_other(world):
    spouse = who(world, 1)
    act(world, "邓永福", life.change_head, household_id=home(world).pk, head_id=spouse.pk, told=told())
    with world.as_root():
        assert [p.relation for p in world.people(HOME)] == ["spouse", "head", "child"]
        assert Household.objects.get(pk=home(world).pk).head_name == spouse.name


# ---------- who lived here when ----------


def test_who_lived_here_on_a_day(world):
    here = home(world).pk
    out(world, [2], Whereto(household_id=home(world, NEXT).pk), day=dt.date(2026, 8, 3))
    act(
        world,
        "邓永福",
        life.move_in,
        household_id=here,
        newcomer=Newcomer(MemberDetails("贺春梅")),
        told=told(dt.date(2026, 8, 5)),
    )
    with world.acting("邓永福") as scope:
        names = {
            day: [found.name[-2:] for found in residents_on(scope, [here], dt.date(2026, 8, day))[here]]
            for day in (2, 3, 4, 5, 7)
        }
    assert names == {
        2: ["国强", "桂花", "子涵"],
        3: ["国强", "桂花"],
        4: ["国强", "桂花"],
        5: ["国强", "桂花", "春梅"],
        7: ["国强", "桂花", "春梅"],
    }
    with world.acting("谭小英") as scope:
        assert residents_on(scope, [here], TODAY) == {here: []}
