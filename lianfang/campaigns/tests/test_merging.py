"""What running rounds make of a merge: one person is due once, nobody is missed, and undone means as before."""

import datetime as dt

import pytest
from django.db import connection

from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.campaigns.models import Exemption, Fact, Target, Task
from lianfang.campaigns.operations import merging as everything
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.following import follow_events
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.operations.settling import unsettled
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.register import life
from lianfang.register.doubles import merging
from lianfang.register.life import Told, Whereto
from lianfang.register.models import Household, Person
from lianfang.register.tests.pairs import (  # noqa: F401 - fixtures
    HERE,
    THERE,
    own_birthdays,
    pair_of_a_village,
    problem,
)
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db


def merge(world, pair, *, take=None, by="邓永福"):
    with world.acting(by) as scope:
        return everything.merge_people(
            keep_id=pair[0].pk, drop_id=pair[1].pk, take=take, scope=scope, by=world.users[by].pk
        )


def undo(world, done, by="邓永福"):
    with world.acting(by) as scope:
        return everything.undo_merge(merge_id=done.pk, scope=scope, by=world.users[by].pk)


def everything_of(world):
    """All rows that a merge may touch, as they are stored."""
    found = {}
    with world.as_root(), connection.cursor() as cursor:
        for table in (
            "register_person",
            "register_household",
            "campaigns_target",
            "campaigns_fact",
            "campaigns_coverage",
        ):
            cursor.execute(f"select to_jsonb(t)::text from {table} t order by 1")
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def test_the_neighbour_village_merges_nobody_here(world, pair):
    with world.acting("谭小英") as scope, problem("register.unknown_person"):
        everything.merge_people(keep_id=pair[0].pk, drop_id=pair[1].pk, take=None, scope=scope, by=1)


@pytest.mark.parametrize("subject", ["household", "person"])
def test_undone_means_as_before(world, pair, subject):
    world.campaign(subject=subject)
    before = everything_of(world)
    done = merge(world, pair, take=["name", "phone", "is_here_tonight"])
    assert everything_of(world) != before
    undo(world, done)
    assert everything_of(world) == before


def test_a_household_that_nobody_is_left_in_leaves_the_list(world, pair):
    found = world.campaign()
    with world.as_root():
        home = world.households[THERE]
        Person.objects.filter(household=home).exclude(pk=pair[1].pk).update(is_current=False)
    done = merge(world, pair)
    with world.as_root():
        assert Target.objects.get(round=found, household_id=home.pk).state == "exempt"
    undo(world, done)
    with world.as_root():
        assert Household.objects.get(pk=home.pk).is_current
        assert Target.objects.get(round=found, household_id=home.pk).state == "open"


def test_nobody_is_missed_whose_other_row_was_not_on_the_list(world, pair):
    """The row that stays was not due (it said: does not live here); the one that goes was. The person stays due."""
    with world.as_root():
        Person.objects.filter(pk=pair[0].pk).update(is_living_here=False)
    found = world.campaign(subject="person")
    merge(world, pair, take=["is_living_here"])
    with world.as_root():
        target = Target.objects.get(round=found, person_id=pair[0].pk)
        assert (target.state, target.origin) == ("open", "found_in_field")
        assert Target.objects.get(round=found, person_id=pair[1].pk).state == "exempt"


def test_what_a_merge_added_to_a_list_leaves_it_with_the_merge(world, pair):
    with world.as_root():
        Person.objects.filter(pk=pair[0].pk).update(is_living_here=False)
    found = world.campaign(subject="person")
    before = everything_of(world)
    done = merge(world, pair, take=["is_living_here"])
    undo(world, done)
    assert everything_of(world) == before
    with world.as_root():
        assert not Task.objects.filter(round=found, person_id=pair[0].pk).exists()


# ---------- who was met as the other row ----------


def met(world, row, presence="seen", *, correcting=None):
    """The household of this row is visited, and this row met."""
    visit_id = new_id()
    lines = (LineInput(row.pk, presence),)
    visit = VisitInput(
        visit_id,
        row.household_id,
        "door",
        "met",
        TONIGHT - dt.timedelta(hours=1),
        lines=lines,
        supersedes=correcting,
    )
    with world.acting("王小红") as scope, clock.frozen(TONIGHT):
        record_visits([visit], scope=scope, by=world.users["王小红"].pk)
    return visit_id


def still_asked(world, found, household):
    """Who of a household has not been met yet in a round."""
    with world.as_root():
        return unsettled(household.pk, found)[1]


@pytest.mark.parametrize("presence", ["seen", "away"])
def test_who_was_met_as_the_other_row_is_not_asked_again(world, pair, presence):
    found = world.campaign()
    met(world, pair[1], presence)
    assert pair[0].pk in still_asked(world, found, world.households[HERE])
    before = everything_of(world)
    done = merge(world, pair)
    assert pair[0].pk not in still_asked(world, found, world.households[HERE])
    undo(world, done)
    assert everything_of(world) == before
    assert pair[0].pk in still_asked(world, found, world.households[HERE])
    merge(world, pair)
    assert pair[0].pk not in still_asked(world, found, world.households[HERE])


def test_a_record_of_the_other_row_that_comes_after_the_merge_is_of_the_one_person(world, pair):
    """A phone that has not heard of the merge files what it met; then it is put right."""
    found = world.campaign()
    done = merge(world, pair)
    visit = met(world, pair[1])
    assert pair[0].pk not in still_asked(world, found, world.households[HERE])
    met(world, pair[1], "not_met", correcting=visit)
    assert pair[0].pk in still_asked(world, found, world.households[HERE])
    met(world, pair[1])
    undo(world, done)
    assert pair[0].pk in still_asked(world, found, world.households[HERE])


def test_who_was_met_as_the_other_row_and_moves_on_is_not_asked_there(world, pair):
    found = world.campaign()
    met(world, pair[1])
    done = merge(world, pair)
    old, new = world.households[HERE], world.households["杨梅村/2组/2"]
    with world.as_root():
        second = Person.objects.filter(household=old).order_by("pk")[1]
    moves_out(world, pair[:1], old, Whereto(household_id=new.pk), second)
    assert pair[0].pk not in still_asked(world, found, new)
    undo(world, done)
    assert pair[0].pk in still_asked(world, found, new)


def states(world, found, *people):
    with world.as_root():
        return [
            Target.objects.get(round=found, household_id=p.household_id, person_id=p.pk).state for p in people
        ]


def test_one_person_is_due_once_in_a_running_round(world, pair):
    found = world.campaign(subject="person")
    with world.as_root() as scope:
        before = coverage_of(scope, found, world.areas["杨梅村"], TONIGHT)
    done = merge(world, pair)
    assert states(world, found, *pair) == ["open", "exempt"]
    with world.as_root() as scope:
        after = coverage_of(scope, found, world.areas["杨梅村"], TONIGHT)
        assert (after.due, after.exempt, after.open) == (before.due, before.exempt + 1, before.open - 1)
        assert not Task.objects.filter(round=found, person_id=pair[1].pk, closed_at=None).exists()
        recount(found)
        assert coverage_of(scope, found, world.areas["杨梅村"], TONIGHT) == after
    undo(world, done)
    assert states(world, found, *pair) == ["open", "open"]
    with world.as_root() as scope:
        again = coverage_of(scope, found, world.areas["杨梅村"], TONIGHT)
        assert (again.due, again.exempt, again.open) == (before.due, before.exempt, before.open)
        assert Task.objects.filter(round=found, person_id=pair[1].pk, closed_at=None).exists()


def test_nobody_is_asked_twice_when_the_other_row_was_seen(world, pair):
    found = world.campaign(subject="person")
    with world.as_root():
        Target.objects.filter(round=found, person_id=pair[1].pk).update(state="done")
        recount(found)
    with world.as_root(), clock.frozen(TONIGHT):
        # judged anew it would be open again: the visit itself is what counts, so only the choice is looked at
        merge_row = merging.merge_people(
            keep_id=pair[0].pk,
            drop_id=pair[1].pk,
            take=None,
            scope=world.scope("邓永福"),
            by=world.users["邓永福"].pk,
        )
        everything._settle_targets(merge_row, world.users["邓永福"].pk)
        left = Exemption.objects.get(round=found)
    assert left.person_id == pair[0].pk
    assert left.reason == "duplicate"


def test_answers_go_along_the_newest_wins_and_come_back(world, pair):
    moment = TONIGHT - dt.timedelta(hours=2)
    with world.as_root():
        for person, question, value, hours in (
            (pair[0], "fever", "old", 3),
            (pair[1], "fever", "new", 1),
            (pair[0], "cough", "mine", 1),
            (pair[1], "cough", "older", 5),
            (pair[1], "dose_count", 2, 1),
        ):
            Fact.objects.create(
                household_id=person.household_id,
                person_id=person.pk,
                question=question,
                area_path=person.area_path,
                value=value,
                happened_at=moment - dt.timedelta(hours=hours),
                visit_id=new_id(),
            )
    before = everything_of(world)
    done = merge(world, pair)
    with world.as_root():
        facts = dict(Fact.objects.filter(person_id=pair[0].pk).values_list("question", "value"))
    assert facts == {"fever": "new", "cough": "mine", "dose_count": 2}
    undo(world, done)
    assert everything_of(world) == before


def moves_out(world, people, household, whereto, head=None):
    with world.acting("邓永福") as scope:
        change = life.move_out(
            household_id=household.pk,
            person_ids=[person.pk for person in people],
            whereto=whereto,
            told=Told(new_id(), dt.date(2026, 8, 6)),
            head_id=head.pk if head else None,
            scope=scope,
            by=world.users["邓永福"].pk,
        )
        follow_events(events=[change.event], by=world.users["邓永福"].pk)


def test_who_comes_back_by_an_undo_lives_in_a_household_that_counts(world, pair):
    """The rest of the family left in the meantime, and the household was ended with them."""
    home = world.households[THERE]
    done = merge(world, pair)
    with world.as_root():
        rest = list(Person.objects.filter(household=home, is_current=True))
    moves_out(world, rest, home, Whereto(text="广东"))
    undo(world, done)
    with world.as_root():
        assert Person.objects.get(pk=pair[1].pk, household=home).is_current
        assert Household.objects.get(pk=home.pk).is_current


def test_undone_after_a_move_leaves_no_exemption_without_an_approval(world, pair):
    found = world.campaign(subject="person")
    with world.as_root():
        Target.objects.filter(round=found, person_id=pair[1].pk).update(state="done")
        old = world.households[HERE]
        second = Person.objects.filter(household=old).order_by("pk")[1]
    done = merge(world, pair)
    moves_out(world, pair[:1], old, Whereto(household_id=world.households["杨梅村/2组/2"].pk), second)
    undo(world, done)
    with world.as_root():
        assert not Exemption.objects.filter(round=found, decision="approved").exists()
        assert not Target.objects.filter(round=found, state="exempt").exists()


def test_answers_come_back_to_where_the_person_is_by_then(world, pair):
    """A village was merged in the meantime: an answer on the old path would be seen by nobody."""
    with world.as_root():
        for person, value, hours in ((pair[0], "old", 3), (pair[1], "new", 1)):
            Fact.objects.create(
                household_id=person.household_id,
                person_id=person.pk,
                question="fever",
                area_path=person.area_path,
                value=value,
                happened_at=TONIGHT - dt.timedelta(hours=hours),
                visit_id=new_id(),
            )
    done = merge(world, pair)
    rows = [{"old_code": "430581107221", "old_name": "杨梅村", "new_code": "430581107222", "kind": "merge"}]
    with world.acting("周敏") as scope:
        common = {"scope": scope, "by": world.users["周敏"].pk, "effective_on": clock.today()}
        (planned,) = plan_file(rows=rows, document="测试", **common).adjustments
        confirm(adjustment_id=planned.pk, **common)
    undo(world, done, by="周敏")
    with world.as_root():
        person, fact = Person.objects.get(pk=pair[0].pk), Fact.objects.get(person_id=pair[0].pk)
        assert ".222." in person.area_path
        assert (fact.value, fact.area_path) == ("old", person.area_path)
