"""What stands in the cells of a department's table: who may not, which purposes, what is silence and what is zero."""

from __future__ import annotations

import datetime as dt
from copy import copy
from dataclasses import replace
from fractions import Fraction

import pytest

from lianfang.areas.models import Area
from lianfang.campaigns.models import Fact
from lianfang.core.clock import at, local
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.questions.queries import questions_by_key
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.table_values import SheetAsk, TableAsk, Tally, Who, refusal, rows_of
from lianfang.reports.tables import Listed, Meaning, TemplateColumn, TemplateSheet
from lianfang.reports.tests.evenings import TODAY, visit, worked
from lianfang.workforce.queries import who_answers
from tests.world import TONIGHT

DAY = Day(TODAY, TONIGHT)
VILLAGE = Meaning("place", "village")
NAME = Meaning("register", "name", measure="value")
ID = Meaning("register", "id_number", measure="value")


def sheet(kind, meanings, listed=()):
    columns = tuple(TemplateColumn(at + 1, (f"列{at}",)) for at in range(len(meanings)))
    return TemplateSheet("表", columns=columns, row_kind=kind, listed=tuple(listed))


def asked(world, scope, area, kind, *meanings, round=None, purpose="household_sweep", who=None, **more):
    listed = more.pop("listed", ())
    table = TableAsk(scope, world.areas[area], DAY, round, purpose, questions_by_key(), **more)
    return SheetAsk(table, sheet(kind, meanings, listed), tuple(meanings), who or Who())


def rows(ask):
    return [list(row) for row in rows_of(ask, Tally())]


def say(world, household, question, value, *, person=0, hour=19, day=TODAY):
    """An answer as a visit leaves it."""
    found = world.households[household]
    with world.as_root():
        Fact.objects.update_or_create(
            household_id=found.pk,
            person_id=world.people(household)[person - 1].pk if person else 0,
            question=question,
            defaults={
                "area_path": found.area_path,
                "value": value,
                "happened_at": at(day, hour),
                "visit_id": new_id(),
            },
        )


# ---------- who may not ----------


@pytest.mark.parametrize("kind", ["village", "person", "household", "single"])
def test_the_neighbour_village_gets_no_row(world, kind):
    with world.acting("谭小英") as scope, pytest.raises(Problem) as refused:
        rows(asked(world, scope, "杨梅村", kind, NAME))
    assert refused.value.code == "scope.outside"


def test_a_question_of_another_purpose_is_not_shown_for_a_person_but_counted_for_a_village(world):
    say(world, "杨梅村/1组/1", "dose_count", 2, person=1)
    doses = Meaning("question", "dose_count", measure="value")
    with world.acting("邓永福") as scope:
        person = asked(world, scope, "杨梅村", "person", NAME, doses, purpose="vector_control")
        assert refusal(person, doses) == "other_purpose"
        assert {row[1] for row in rows(person)} == {None}
        served = asked(world, scope, "杨梅村", "person", NAME, doses, purpose="vaccination")
        assert 2 in {row[1] for row in rows(served)}
        count = Meaning("question", "dose_count", measure="count")
        assert rows(asked(world, scope, "杨梅村", "village", VILLAGE, count)) == [["杨梅村", 1]]


def test_a_sensitive_answer_stands_in_no_cell(world):
    for measure, choice in (("value", ""), ("count", "true"), ("share", "true")):
        fever = Meaning("question", "fever", measure=measure, choice=choice)
        with world.acting("邓永福") as scope:
            for kind in ("person", "household", "village"):
                ask = asked(world, scope, "杨梅村", kind, VILLAGE, fever)
                assert refusal(ask, fever) == "sensitive", (kind, measure)
                assert {row[1] for row in rows(ask)} == {None}


def test_nobody_is_picked_by_an_answer_that_the_purpose_may_not_see(world):
    """That somebody stands in the list would tell what they said."""
    say(world, "杨梅村/1组/1", "dose_count", 0, person=2)
    who = Who(answers=(("dose_count", 0),))
    with world.acting("邓永福") as scope:
        assert len(rows(asked(world, scope, "杨梅村", "person", NAME, who=who, purpose="vaccination"))) == 1
        with pytest.raises(Problem) as refused:
            rows(asked(world, scope, "杨梅村", "person", NAME, who=who, purpose="vector_control"))
    assert refused.value.code == "reports.pick_refused"


def test_ids_and_phones_need_an_approval(world):
    with world.as_root():
        person = world.people("杨梅村/1组/1")[0]
        person.id_number = "430581198703120006"
        person.save()
    with world.acting("邓永福") as scope:
        without = asked(world, scope, "杨梅村", "person", NAME, ID)
        assert refusal(without, ID) == "not_approved"
        assert {row[1] for row in rows(without)} == {None}
        approved = asked(world, scope, "杨梅村", "person", NAME, ID, may_show_numbers=True)
        assert rows(approved)[0] == [person.name, "430581198703120006"]


# ---------- silence and zero ----------


def test_what_was_not_asked_stays_empty_and_what_was_counted_may_be_zero(world):
    say(world, "杨梅村/1组/1", "standing_water", "removed")
    say(world, "杨梅村/1组/2", "standing_water", "left", day=TODAY - dt.timedelta(days=1))
    left = Meaning("question", "standing_water", measure="count", choice="left")
    none = Meaning("question", "standing_water", measure="count", choice="none")
    today = replace(left, span="today")
    share = Meaning("question", "standing_water", measure="share", choice="left")
    with world.acting("周敏") as scope:
        found = rows(
            asked(
                world, scope, "武冈市", "village", VILLAGE, left, none, today, share, purpose="vector_control"
            )
        )
    assert found == [
        ["泉塘村", None, None, None, None],
        ["杨梅村", 1, 0, 0, Fraction(1, 2)],
        ["田心村", None, None, None, None],
    ]


def test_an_answer_gone_stale_before_the_round_does_not_count(world):
    found = world.campaign()
    hours = questions_by_key()["standing_water"].fresh_hours
    long_ago = (found.opens_at - dt.timedelta(hours=hours + 30)).date()
    say(world, "杨梅村/1组/1", "standing_water", "left", day=long_ago)
    left = Meaning("question", "standing_water", measure="count", choice="left")
    with world.acting("邓永福") as scope:
        assert rows(asked(world, scope, "杨梅村", "single", left, round=found)) == [[None]]


@pytest.mark.parametrize(
    ("more", "count"), [({}, 1), ({"asks_anew": "换了检查办法"}, None), ({"keeps_fresh": True}, None)]
)
def test_an_answer_counts_in_the_table_as_it_counts_for_the_round_that_asks_it(world, more, count):
    found = world.campaign()
    hours = questions_by_key()["standing_water"].fresh_hours
    before = found.opens_at - dt.timedelta(hours=hours - 5)
    say(world, "杨梅村/1组/1", "standing_water", "left", day=local(before).date(), hour=local(before).hour)
    found.campaign = copy(found.campaign)
    for name, value in more.items():
        setattr(found.campaign, name, value)
    later = Day(TODAY, max(TONIGHT, before + dt.timedelta(hours=hours + 1)))
    left = Meaning("question", "standing_water", measure="count", choice="left")
    with world.acting("邓永福") as scope:
        ask = asked(
            world,
            scope,
            "杨梅村",
            "single",
            left,
            round=found,
            purpose="vector_control",
            asked_by_round=frozenset({"standing_water"}),
        )
        ask = replace(ask, table=replace(ask.table, day=replace(later, date=local(later.now).date())))
        assert rows(ask) == [[count]]


def test_who_has_moved_away_is_not_counted(world):
    say(world, "杨梅村/1组/1", "dose_count", 3, person=3)
    count = Meaning("question", "dose_count", measure="sum")
    with world.acting("邓永福") as scope:
        assert rows(asked(world, scope, "杨梅村", "single", count)) == [[3]]
        with world.as_root():
            person = world.people("杨梅村/1组/1")[2]
            person.is_current = False
            person.save()
        assert rows(asked(world, scope, "杨梅村", "single", count)) == [[None]]


def test_a_village_without_a_register_has_no_people_rather_than_none(world):
    counts = [
        Meaning("register", "people_count", measure="count"),
        Meaning("register", "household_count", measure="count"),
        Meaning("register", "age", measure="count", choice="60-"),
        Meaning("register", "age", measure="count", choice="6-15"),
        Meaning("register", "sex", measure="count", choice="female"),
        Meaning("register", "is_living_here", measure="count", choice="true"),
    ]
    with world.as_root():
        parent = world.areas["司马冲镇"]
        Area.objects.create(
            code="430581107223", name="空村", level="village", parent=parent, path=parent.path + "223."
        )
    with world.acting("戴春燕") as scope:
        found = rows(asked(world, scope, "司马冲镇", "village", VILLAGE, *counts))
    assert found == [
        ["杨梅村", 18, 6, 0, 6, 6, 18],
        ["田心村", 18, 6, 0, 6, 6, 18],
        ["空村", None, None, None, None, None, None],
    ]


# ---------- figures ----------


def test_figures_of_a_day_and_since_the_round_began(world):
    found = worked(world)
    today = Meaning("figure", "households", span="today")
    total = Meaning("figure", "households", span="total")
    due = Meaning("figure", "due")
    with world.acting("周敏") as scope:
        ask = asked(
            world, scope, "武冈市", "township", Meaning("place", "township"), today, total, due, round=found
        )
        assert rows(ask) == [["湾头桥镇", 0, 0, 6], ["司马冲镇", 2, 2, 12]]
        without = asked(world, scope, "武冈市", "township", VILLAGE, today)
        assert refusal(without, today) == "no_round"


def test_listed_rows_keep_their_order_and_an_unknown_name_stays_empty(world):
    people = Meaning("register", "people_count", measure="count")
    listed = [Listed(5, "田心村村委会"), Listed(6, "没有的村"), Listed(7, "杨梅村", "司马冲镇")]
    tally = Tally()
    with world.acting("周敏") as scope:
        ask = asked(world, scope, "武冈市", "village", VILLAGE, people, listed=listed)
        found = [list(row) for row in rows_of(ask, tally)]
    assert found == [["田心村", 18], [], ["杨梅村", 18]]
    assert tally.unknown_rows == [1]


def test_a_village_sees_its_own_row_of_the_countys_list(world):
    people = Meaning("register", "people_count", measure="count")
    listed = [Listed(5, "田心村"), Listed(6, "杨梅村")]
    with world.acting("邓永福") as scope:
        assert rows(asked(world, scope, "杨梅村", "village", VILLAGE, people, listed=listed)) == [
            [],
            ["杨梅村", 18],
        ]


# ---------- people and households ----------


def test_people_stand_in_walking_order_with_what_they_answered(world):
    say(world, "杨梅村/1组/1", "dose_count", 2, person=1)
    say(world, "杨梅村/1组/1", "returned_count", 1)
    meanings = [
        Meaning("number"),
        Meaning("place", "township"),
        VILLAGE,
        Meaning("place", "group"),
        NAME,
        Meaning("register", "sex", measure="value"),
        Meaning("register", "age", measure="value"),
        Meaning("register", "relation", measure="value"),
        Meaning("register", "door", measure="value"),
        Meaning("register", "head_name", measure="value"),
        Meaning("question", "dose_count", measure="value"),
    ]
    with world.acting("邓永福") as scope:
        found = rows(asked(world, scope, "杨梅村", "person", *meanings, purpose="vaccination"))
        head = world.people("杨梅村/1组/1")[0]
    assert len(found) == 18
    assert found[0][:6] == [None, "司马冲镇", "杨梅村", "1组", head.name, "男"]
    assert found[0][6] in (45, 46)
    assert found[0][7:] == ["户主", "1组1号", head.name, 2]


def test_only_children_of_school_age_stand_in_the_table_of_the_schools(world):
    who = Who(
        conditions=({"field": "age", "op": ">=", "value": 6}, {"field": "age", "op": "<=", "value": 15})
    )
    with world.acting("邓永福") as scope:
        found = rows(
            asked(
                world, scope, "杨梅村", "person", NAME, Meaning("register", "age", measure="value"), who=who
            )
        )
    assert len(found) == 6
    assert {row[1] for row in found} <= {11, 12}


def test_a_household_is_one_row_with_its_members_counted(world):
    say(world, "杨梅村/1组/1", "household_needs", ["medicine", "care"])
    meanings = [
        Meaning("register", "head_name", measure="value"),
        Meaning("register", "people_count", measure="count"),
        Meaning("register", "age", measure="count", choice="-17"),
        Meaning("question", "household_needs", measure="value"),
        Meaning("question", "household_needs", measure="count", choice="care"),
    ]
    with world.acting("邓永福") as scope:
        found = rows(asked(world, scope, "杨梅村", "household", *meanings))
    assert len(found) == 6
    assert found[0][1:3] == [3, 1]
    assert found[0][4] == 1
    assert "、" in found[0][3]
    assert found[1][3:] == [None, None]


def test_cells_are_tallied_by_village(world):
    tally = Tally()
    with world.acting("戴春燕") as scope:
        ask = asked(world, scope, "司马冲镇", "person", NAME, VILLAGE, ID)
        assert len(list(rows_of(ask, tally))) == 36
        villages = frozenset(world.areas[name].path for name in ("杨梅村", "田心村"))
    by_village = tally.by_village(villages)
    assert {path: (row.filled, row.unknown) for path, row in by_village.items()} == dict.fromkeys(
        villages, (36, 18)
    )


def test_two_heads_of_a_household_do_not_double_its_rows(world):
    with world.as_root():
        second = world.people("杨梅村/1组/1")[1]
        second.relation = "head"
        second.save()
    with world.acting("邓永福") as scope:
        ask = asked(
            world,
            scope,
            "杨梅村",
            "person",
            NAME,
            Meaning("register", "head_phone", measure="value"),
            may_show_numbers=True,
        )
        assert len(rows(ask)) == 18


def test_a_county_of_villages_is_filled_by_a_constant_number_of_statements(
    world, django_assert_max_num_queries
):
    found = worked(world)
    visit(world, "田心村/1组/1", name="谭小英", returned=3)
    meanings = [
        VILLAGE,
        Meaning("figure", "households", span="today"),
        Meaning("figure", "exemption_approved"),
        Meaning("figure", "held"),
        Meaning("question", "returned_count", measure="sum"),
        Meaning("register", "people_count", measure="count"),
        Meaning("register", "household_count", measure="count"),
    ]
    with world.acting("周敏") as scope:
        ask = asked(world, scope, "武冈市", "village", *meanings, round=found)
        with django_assert_max_num_queries(14):
            assert len(rows(ask)) == 3


# ---------- places side by side, doses, visits, who answers ----------


def test_places_side_by_side_each_have_their_own_cell(world):
    found = worked(world)
    columns = tuple(
        TemplateColumn(at + 2, ("已排查户数", name), row=3, place=name if name.endswith("村") else "")
        for at, name in enumerate(("杨梅村", "田心村", "没有的村", "合计"))
    )
    layout = TemplateSheet("表", columns=columns, row_kind="single")
    done = (Meaning("figure", "households", span="total"),) * 4
    with world.acting("周敏") as scope:
        table = TableAsk(scope, world.areas["武冈市"], DAY, found, "household_sweep", questions_by_key())
        assert rows(SheetAsk(table, layout, done)) == [[2, 0, None, 2]]
        # Filled for one village: its neighbour's cell is somebody else's.
        table = TableAsk(scope, world.areas["田心村"], DAY, found, "household_sweep", questions_by_key())
        assert rows(SheetAsk(table, layout, done))[0][0] is None


def test_doses_are_counted_by_their_number(world):
    for person, doses in ((1, 0), (2, 2), (3, 4)):
        say(world, "杨梅村/1组/1", "dose_count", doses, person=person)
    choices = ("0", "2", "3-", "1-", "1-2", "")
    meanings = [Meaning("question", "dose_count", measure="count", choice=choice) for choice in choices]
    share = Meaning("question", "dose_count", measure="share", choice="1-")
    with world.acting("邓永福") as scope:
        assert rows(asked(world, scope, "杨梅村", "village", *meanings, share)) == [
            [1, 1, 1, 2, 1, 3, Fraction(2, 3)]
        ]
        of_a_door = asked(world, scope, "杨梅村", "household", *meanings, purpose="vaccination")
        assert rows(of_a_door)[0] == [1, 1, 1, 2, 1, 3]


def test_the_day_of_the_last_visit_is_of_a_visit_to_the_door(world):
    world.campaign()
    visit(world, "杨梅村/1组/1")
    visited = Meaning("register", "visited_on", measure="value")
    with world.acting("邓永福") as scope:
        found = [row[0] for row in rows(asked(world, scope, "杨梅村", "household", visited))]
    assert found == [TODAY, None, None, None, None, None]


def test_who_answers_for_the_area_is_named_and_not_their_phone(world):
    answers = Meaning("place", "answers")
    with world.acting("周敏") as scope:
        found = rows(asked(world, scope, "武冈市", "village", VILLAGE, answers))
        assert (
            dict(found)["杨梅村"]
            == who_answers([world.areas["杨梅村"].path])[world.areas["杨梅村"].path].name
        )
        assert dict(found)["泉塘村"] is None  # who answers for the county above is not of the village
        people = rows(asked(world, scope, "武冈市", "person", VILLAGE, answers))
        assert all(row[1] for row in people if row[0] == "杨梅村")


def test_a_row_a_grid_takes_the_groups_of_a_village_without_grids(world):
    worked(world)
    due = Meaning("figure", "due")
    grid = Meaning("place", "grid")
    with world.acting("邓永福") as scope:
        found = rows(asked(world, scope, "杨梅村", "grid", VILLAGE, grid, due, round=world.campaign()))
    assert [row[:2] for row in found] == [["杨梅村", "1组"], ["杨梅村", "2组"]]
    assert all(isinstance(row[2], int) for row in found)
