"""Doubles of the register: who sees them, how they are found, told apart, merged, and brought back."""

import datetime as dt
import json
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from lianfang.core.ids import new_id
from lianfang.register import life
from lianfang.register.doubles import finding, merging, reading
from lianfang.register.doubles.jobs import compare_people, find_doubles
from lianfang.register.importing import load
from lianfang.register.life.moving import Newcomer, move_in
from lianfang.register.life.recording import Told
from lianfang.register.models import Double, DoubleSearch, Household, LifeEvent, LookupToken, Merge, Person
from lianfang.register.operations import HouseholdDetails, MemberDetails, add_household
from lianfang.register.queries import by_token
from lianfang.register.tests.pairs import (  # noqa: F401 - fixtures
    FAR,
    HERE,
    THERE,
    an_id,
    copy_of,
    find,
    own_birthdays,
    pair_of_a_village,
    pair_of_two_villages,
    problem,
)
from lianfang.register.tokens import refresh_tokens
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db


# ---------- who may not ----------


def test_the_neighbour_village_sees_no_pair_and_cannot_settle_it(world, pair):
    (double,) = find(world, *pair)
    for name in ("谭小英",):
        with world.acting(name) as scope:
            assert not reading.doubles_of(scope, state="open").exists()
            with problem("register.unknown_double"):
                merging.get_double(scope, double.pk)
            with problem("register.unknown_double"):
                merging.keep_apart(double_id=double.pk, scope=scope, by=1)
            with problem("register.unknown_person"):
                merging.merge_people(keep_id=pair[0].pk, drop_id=pair[1].pk, take=None, scope=scope, by=1)


def test_the_database_itself_hides_a_pair_that_spans_more_than_ones_area(world, far_pair):
    find(world, *far_pair)
    with world.acting("邓永福"):
        assert Double.objects.count() == 0


def test_a_pair_across_villages_is_a_number_to_each_and_a_pair_to_who_covers_both(world, far_pair):
    (double,) = find(world, *far_pair)
    with world.acting("邓永福") as scope:
        assert finding.elsewhere_count(scope, by=world.users["邓永福"].pk) == 1
        with problem("register.unknown_double"):
            merging.get_double(scope, double.pk)
    with world.acting("周敏") as scope:
        assert finding.elsewhere_count(scope, by=world.users["周敏"].pk) == 0
        assert merging.get_double(scope, double.pk).area_path == world.areas["武冈市"].path
    with world.acting("谭小英") as scope:
        assert finding.elsewhere_count(scope, by=world.users["谭小英"].pk) == 0


def test_no_merge_with_somebody_outside(world, far_pair):
    with world.acting("邓永福") as scope, problem("register.unknown_person"):
        merging.merge_people(keep_id=far_pair[0].pk, drop_id=far_pair[1].pk, take=None, scope=scope, by=1)


# ---------- found ----------


def test_a_pair_is_found_with_reasons_that_are_codes(world, pair):
    (double,) = find(world, pair[1])
    assert (double.person_a_id, double.person_b_id) == tuple(sorted(p.pk for p in pair))
    assert double.verdict == "probably"
    codes = {code for code, _, _ in double.reasons}
    assert {"name.homophone", "phone.equal", "birth.equal"} <= codes
    assert "13807392076" not in json.dumps(double.reasons)
    assert pair[0].name not in json.dumps(double.reasons, ensure_ascii=False)


def test_families_and_namesakes_are_no_doubles(world):
    with world.as_root():
        people = list(Person.objects.all())
        for person in people:
            person.phone = "138" + f"{person.household_id:08}"  # a family's one phone
            person.save(update_fields=["phone"])
        refresh_tokens([p.pk for p in people])
    assert find(world, *people) == []


def test_finding_again_changes_nothing_and_what_was_decided_is_not_asked_again(world, pair):
    (double,) = find(world, *pair)
    assert [d.pk for d in find(world, *pair)] == [double.pk]
    with world.acting("邓永福") as scope:
        merging.keep_apart(double_id=double.pk, scope=scope, by=world.users["邓永福"].pk)
    (again,) = find(world, *pair)
    assert again.state == "different"
    with world.acting("邓永福") as scope, problem("register.double_decided"):
        merging.keep_apart(double_id=double.pk, scope=scope, by=world.users["邓永福"].pk)
    with world.acting("邓永福") as scope:
        assert merging.ask_again(double_id=double.pk, scope=scope, by=1).state == "open"


def test_an_open_pair_goes_when_the_rows_no_longer_look_alike(world, pair):
    find(world, *pair)
    with world.as_root():
        pair[1].name, pair[1].birth_on, pair[1].sex = "唐桂花", dt.date(1955, 1, 2), "female"
        pair[1].initials = "tgh"
        pair[1].save()
        refresh_tokens([pair[1].pk])
    assert find(world, pair[1]) == []


def test_finding_costs_the_same_for_one_and_for_many(world, pair, django_assert_max_num_queries):
    with world.as_root():
        people = list(Person.objects.values_list("id", flat=True))
    with django_assert_max_num_queries(40) as found:
        finding.find_for(person_ids=people[:1], by=None)
    few = len(found)
    with django_assert_max_num_queries(few + 4):
        finding.find_for(person_ids=people, by=None)


def test_a_search_goes_township_by_township_and_resumes(world, pair, far_pair):
    with world.acting("周敏") as scope:
        search = finding.ask_search(area=world.areas["武冈市"], scope=scope, by=world.users["周敏"].pk)
        assert search.step_count == 2
        with problem("register.searching"):
            finding.ask_search(area=world.areas["武冈市"], scope=scope, by=world.users["周敏"].pk)
    with world.as_root():
        DoubleSearch.objects.filter(pk=search.pk).update(
            done_count=1
        )  # the first township was done before a crash
    finding.run_search(search.pk)
    with world.as_root():
        search.refresh_from_db()
        assert search.done_count == 2
        assert search.finished_at
        assert Double.objects.count() == 3
    with world.acting("邓永福") as scope, problem("scope.outside"):
        finding.ask_search(area=world.areas["田心村"], scope=scope, by=1)


def test_who_has_gone_since_is_asked_about_no_more(world, pair):
    find(world, *pair)
    with world.acting("邓永福") as scope:
        assert reading.counts_of(scope)["open"] == 1
        Person.objects.filter(pk=pair[1].pk).update(is_current=False)
        assert reading.counts_of(scope)["open"] == 0
        assert not reading.doubles_of(scope, state="open").exists()


# ---------- side by side ----------


def test_digits_that_agree_are_marked_and_hidden_ones_stay_hidden():
    left, right = reading.compared_digits("430581198703124518", "430581198703124536")
    assert "".join(sign for sign, _ in left) == "4305**********4518"
    assert [agrees for _, agrees in left][-2:] == [False, False]
    assert all(agrees for _, agrees in left[:-2])
    assert [agrees for _, agrees in left] == [agrees for _, agrees in right]


def test_side_by_side_shows_no_number(world, pair):
    find(world, *pair)
    with world.acting("邓永福") as scope:
        double = merging.get_double(scope, Double.objects.get().pk)
        shown = repr(reading.side_by_side(double))
    assert "13807392076" not in shown
    assert pair[0].id_number not in shown


# ---------- merged ----------


def merge(world, pair, *, take=None, by="邓永福"):
    with world.acting(by) as scope:
        return merging.merge_people(
            keep_id=pair[0].pk, drop_id=pair[1].pk, take=take, scope=scope, by=world.users[by].pk
        )


def test_the_kept_row_takes_what_it_lacked_and_the_other_points_to_it(world, pair):
    kept, dropped = pair[1], pair[0]  # the one without an id stays
    done = merge(world, (kept, dropped))
    with world.as_root() as scope:
        kept.refresh_from_db()
        dropped.refresh_from_db()
        assert kept.id_number == dropped.id_number
        assert not dropped.is_current
        assert dropped.merged_into_id == kept.pk
        assert "id_number" in done.taken
        assert [p.pk for p in by_token(scope, "id", kept.id_number)] == [kept.pk]
        assert Double.objects.filter(state="open").count() == 0


def test_chosen_values_are_taken_and_nothing_else(world, pair):
    merge(world, pair, take=["name"])
    with world.as_root():
        one = Person.objects.get(pk=pair[0].pk)
        assert one.name == pair[1].name
        assert one.initials == pair[1].initials
        assert one.id_number


def test_a_merged_row_cannot_be_merged_again(world, pair):
    merge(world, pair)
    with world.acting("邓永福") as scope, problem("register.not_two"):
        merging.merge_people(keep_id=pair[1].pk, drop_id=pair[0].pk, take=None, scope=scope, by=1)


def test_a_person_is_not_merged_with_themselves(world, pair):
    with world.acting("邓永福") as scope, problem("register.not_two"):
        merging.merge_people(keep_id=pair[0].pk, drop_id=pair[0].pk, take=None, scope=scope, by=1)


def test_a_household_that_nobody_is_left_in_ends_and_comes_back(world, pair):
    with world.as_root():
        home = world.households[THERE]
        Person.objects.filter(household=home).exclude(pk=pair[1].pk).update(is_current=False)
    done = merge(world, pair)
    with world.as_root():
        assert not Household.objects.get(pk=home.pk).is_current
    undo(world, done)
    with world.as_root():
        assert Household.objects.get(pk=home.pk).is_current


# ---------- undone ----------


def undo(world, done, by="邓永福"):
    with world.acting(by) as scope:
        return merging.undo_merge(merge_id=done.pk, scope=scope, by=world.users[by].pk)


def everything_of(world):
    """All rows that a merge may touch, as they are stored."""
    found = {}
    with world.as_root(), connection.cursor() as cursor:
        for table in (
            "register_person",
            "register_household",
            "register_lookuptoken",
        ):
            cursor.execute(f"select to_jsonb(t)::text from {table} t order by 1")
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def test_undone_means_as_before(world, pair):
    before = everything_of(world)
    done = merge(world, pair, take=["name", "phone", "is_here_tonight"])
    assert everything_of(world) != before
    undo(world, done)
    assert everything_of(world) == before
    with world.acting("邓永福") as scope, problem("register.merge_undone"):
        merging.undo_merge(merge_id=done.pk, scope=scope, by=1)


def test_undo_is_not_for_the_neighbour_not_after_30_days_and_not_over_a_later_change(world, pair):
    done = merge(world, pair, take=["name"])
    with world.acting("谭小英") as scope, problem("register.unknown_merge"):
        merging.undo_merge(merge_id=done.pk, scope=scope, by=1)
    with world.as_root():
        Merge.objects.filter(pk=done.pk).update(merged_at=TONIGHT - dt.timedelta(days=31))
    with problem("register.merge_too_old"):
        undo(world, done)
    with world.as_root():
        Merge.objects.filter(pk=done.pk).update(merged_at=TONIGHT)
        Person.objects.filter(pk=pair[0].pk).update(phone="15012345678")
    with world.as_root():
        Person.objects.filter(pk=pair[0].pk).update(name="易志远")
    with problem("register.merge_changed"):
        undo(world, done)


values = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["易国强", "易国墙", "易強", "张伟"]),
        "sex": st.sampled_from(["", "male", "female"]),
        "birth_on": st.none() | st.dates(dt.date(1940, 1, 1), dt.date(2020, 1, 1)),
        "id_number": st.none() | st.just(an_id("43058119800501451")),
        "phone": st.none() | st.sampled_from(["13807392076", "15012345678"]),
        "present_place": st.none() | st.just("深圳"),
        "is_here_tonight": st.booleans(),
        "relation": st.sampled_from(Person.Relation.values),
    },
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=values, theirs=values, take=st.sets(st.sampled_from(merging.FIELDS)), same_home=st.booleans())
def test_merge_then_undo_is_nothing(world, mine, theirs, take, same_home):
    with world.as_root():
        one = copy_of(world, world.people(HERE)[0], HERE, **mine)
        other = copy_of(world, one, HERE if same_home else THERE, **theirs)
    before = everything_of(world)
    done = merge(world, (one, other), take=take)
    undo(world, done)
    assert everything_of(world) == before


def test_tokens_of_a_merge_are_those_of_its_values(world, pair):
    merge(world, pair, take=["name"])
    with world.as_root():
        one = Person.objects.get(pk=pair[0].pk)
        stored = {bytes(t.token) for t in LookupToken.objects.filter(person=one)}
        refresh_tokens([one.pk])
        assert {bytes(t.token) for t in LookupToken.objects.filter(person=one)} == stored


# ---------- as rows come in ----------


def test_whom_a_file_brings_is_compared_with_everybody(world, tmp_path):
    with world.as_root():
        one = world.people(HERE)[0]
        one.phone = "13807392076"
        one.save()
        refresh_tokens([one.pk])
    sheet = tmp_path / "再来一份.csv"
    sheet.write_text(
        f"村,组,门牌,姓名,性别,出生日期,电话\n田心村,2组,3号,{one.name},男,{one.birth_on:%Y-%m-%d},13807392076\n",
        encoding="utf-8",
    )
    with world.acting("周敏"):
        outcome = load(sheet, county=world.areas["武冈市"], by=world.users["周敏"].pk)
    assert outcome.taken == 1
    with world.as_root():
        search = DoubleSearch.objects.get()
    assert search.found_by.startswith("file ")
    find_doubles(search.pk)
    with world.as_root():
        double = Double.objects.get()
        assert double.person_a_id == one.pk
        assert double.found_by == search.found_by
        assert double.verdict == "same"


def csv_of(world, tmp_path, person, place):
    sheet = tmp_path / "表.csv"
    sheet.write_text(
        f"村,组,门牌,编号,姓名,出生日期,电话\n{place},{person.reference},{person.name},{person.birth_on},15012345678\n",
        encoding="utf-8",
    )
    return sheet


def test_a_sheet_that_knows_the_row_that_went_speaks_of_the_one_that_stayed(world, pair, tmp_path):
    """The same file once more must not bring back whom somebody merged."""
    with world.as_root():
        pair[1].reference = "第二份表-7"
        pair[1].save()
        before = Person.objects.count()
    merge(world, pair)
    sheet = csv_of(world, tmp_path, pair[1], "杨梅村,2组,1号")
    with world.acting("周敏"):
        load(sheet, county=world.areas["武冈市"], by=world.users["周敏"].pk)
    with world.as_root():
        assert Person.objects.count() == before
        kept, dropped = Person.objects.get(pk=pair[0].pk), Person.objects.get(pk=pair[1].pk)
        assert kept.phone == "15012345678"
        assert dropped.phone != "15012345678"
        assert not dropped.is_current


def test_a_sheet_with_both_rows_does_not_bring_back_the_one_that_went(world, pair, tmp_path):
    """At another door: that is no move of somebody, for the row is nobody any more."""
    with world.as_root():
        for person, reference in zip(pair, ("K1", "D1"), strict=True):
            Person.objects.filter(pk=person.pk).update(reference=reference)
    merge(world, pair)
    path = tmp_path / "表.csv"
    path.write_text(
        "编号,姓名,户主姓名,村,组,门牌\n"
        f"K1,{pair[0].name},{pair[0].name},杨梅村,1组,1\nD1,{pair[1].name},{pair[1].name},杨梅村,2组,77\n",
        encoding="utf-8",
    )
    with world.acting("周敏"):
        load(path, county=world.areas["武冈市"], by=world.users["周敏"].pk)
    with world.as_root():
        dropped = Person.objects.get(pk=pair[1].pk)
        assert (dropped.is_current, dropped.household_id) == (False, pair[1].household_id)
        assert not LifeEvent.objects.filter(person=dropped).exists()


def test_an_event_of_a_merged_row_is_not_taken_back(world, pair):
    """Else the row would live again beside the one kept, and the person be due twice."""
    with world.acting("邓永福") as scope:
        common = {"scope": scope, "by": world.users["邓永福"].pk}
        moved = life.move_out(
            household_id=pair[1].household_id,
            person_ids=[pair[1].pk],
            whereto=life.Whereto(household_id=world.households["杨梅村/2组/2"].pk),
            told=life.Told(new_id(), dt.date(2026, 8, 6)),
            **common,
        )
    merge(world, pair)
    with world.acting("邓永福"), problem("register.event_not_last"):
        life.cancel_event(event=moved.event, key=new_id(), reason="录错了", **common)
    with world.as_root():
        assert not Person.objects.get(pk=pair[1].pk).is_current


def test_a_merged_row_is_found_by_nothing(world, pair):
    merge(world, pair)
    with world.as_root():
        assert not LookupToken.objects.filter(person=pair[1]).exists()
        refresh_tokens([pair[1].pk])
        assert not LookupToken.objects.filter(person=pair[1]).exists()


def test_whom_somebody_enters_at_a_door_is_compared(world):
    with world.acting("邓永福") as scope:
        one = world.people(HERE)[0]
        home = add_household(
            details=HouseholdDetails("新9号", [MemberDetails(one.name, sex=one.sex, birth_on=one.birth_on)]),
            area=world.areas["杨梅村/2组"],
            scope=scope,
            by=world.users["邓永福"].pk,
        )
    job = ProcrastinateJob.objects.get(task_name="lianfang.compare_people")
    compare_people(**job.args)
    with world.as_root():
        double = Double.objects.get()
        assert double.found_by == f"household {home.pk}"
        assert {double.person_a_id, double.person_b_id} > {one.pk}


def test_whom_an_event_brings_is_compared_at_once(world):
    """Without an id number nobody knows them again: they may well stand in another household."""
    with world.acting("邓永福") as scope:
        one = world.people(HERE)[0]
        move_in(
            household_id=world.households["杨梅村/2组/3"].pk,
            newcomer=Newcomer(MemberDetails(one.name, sex=one.sex, birth_on=one.birth_on)),
            told=Told(uuid4(), dt.date(2026, 8, 7)),
            scope=scope,
            by=world.users["邓永福"].pk,
        )
    job = ProcrastinateJob.objects.get(task_name="lianfang.compare_people")
    compare_people(**job.args)
    with world.as_root():
        assert Double.objects.get().found_by.startswith("event ")
