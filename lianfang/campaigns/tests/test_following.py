"""Lists follow the register: whoever moves, is born or dies while a round is open is owed once, where they live."""

from __future__ import annotations

import datetime as dt

import pytest

from lianfang.campaigns.models import Exemption, Fact, Round, Target, Task, Visit
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.exemptions import decide_exemption
from lianfang.campaigns.operations.following import follow_events, follow_waiting
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.core import sealing
from lianfang.core.clock import at
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.sealing import lookup_token
from lianfang.register import importing, life
from lianfang.register.life import Newcomer, Told, Whereto
from lianfang.register.models import Household, LifeEvent, LookupToken, Person
from lianfang.register.operations import MemberDetails
from lianfang.register.tests.sheets_made import an_id, xlsx
from tests.world import TONIGHT

HOME, NEXT, FAR = "杨梅村/1组/1", "杨梅村/1组/2", "田心村/1组/1"
EVENING = at(dt.date(2026, 8, 7), 19, 40)
TODAY = dt.date(2026, 8, 7)


def happen(world, operation, name="周敏", **given):
    """An event as the desk writes it, and the lists after it."""
    with world.acting(name) as scope:
        change = operation(scope=scope, by=world.users[name].pk, **given)
        follow_events(events=[change.event], by=world.users[name].pk)
    return change


def told(day=TODAY):
    return Told(new_id(), day)


def members(world, household):
    with world.as_root():
        return list(Person.objects.filter(household_id=household, is_current=True).order_by("pk"))


def knock(world, household, lines, *, name="王小红", hour=19, answers=None, **more):
    """A visit of the household (its id) with these (person, presence)."""
    given = VisitInput(
        visit_id=new_id(),
        household_id=household,
        channel="door",
        outcome="met",
        happened_at=EVENING.replace(hour=hour),
        lines=tuple(LineInput(person, presence) for person, presence in lines),
        answers={"returned_count": 0} if answers is None else answers,
        **more,
    )
    with world.acting(name) as scope:
        record_visits([given], scope=scope, by=world.users[name].pk)
    return given.visit_id


def target(world, found, household, person=0):
    with world.as_root():
        return Target.objects.filter(round=found, household_id=household, person_id=person).first()


def state(world, found, household, person=0):
    one = target(world, found, household, person)
    return (one.state, one.reason, one.origin) if one else None


def equation(world, found, area="武冈市"):
    with world.as_root() as scope:
        return coverage_of(scope, found, world.areas[area], TONIGHT)


def with_id(world, person, order=77):
    number = an_id(order=order)
    with world.as_root():
        person.id_number = number
        person.save()
        LookupToken.objects.create(
            token=lookup_token("id", number), area_path=person.area_path, person_id=person.pk
        )
    return Newcomer(MemberDetails(person.name, id_text=number))


def move(world, person, to, name="周敏"):
    return happen(world, life.move_in, name, household_id=to, newcomer=with_id(world, person), told=told())


# ---------- households ----------


def test_nobody_waits_at_the_old_door_for_who_moved(world):
    found = world.campaign()
    here, there = world.households[HOME].pk, world.households[FAR].pk
    head, spouse, child = members(world, here)
    knock(world, here, [(head.pk, "seen"), (spouse.pk, "seen")])
    assert state(world, found, here)[:2] == ("not_met", "partly")
    move(world, child, there)
    assert state(world, found, here)[0] == "done"
    assert state(world, found, there)[0] == "open"  # as it was: nobody knocked there
    with world.as_root():
        assert not Task.objects.filter(round=found, household_id=here, closed_at__isnull=True).exists()
    assert equation(world, found).balances


def test_a_household_that_was_done_owes_whoever_moved_in_unmet(world):
    found = world.campaign()
    here, there = world.households[HOME].pk, world.households[NEXT].pk
    knock(world, there, [(person.pk, "seen") for person in members(world, there)])
    child = members(world, here)[2]
    move(world, child, there)
    assert state(world, found, there)[:2] == ("not_met", "partly")
    with world.as_root():
        assert Task.objects.filter(
            round=found, household_id=there, person_id=child.pk, closed_at__isnull=True
        ).exists()


def test_who_was_met_before_they_moved_is_not_asked_again(world):
    found = world.campaign()
    here, there = world.households[HOME].pk, world.households[FAR].pk
    knock(world, there, [(person.pk, "seen") for person in members(world, there)], name="谭小英")
    family = members(world, here)
    first = knock(world, here, [(person.pk, "seen") for person in family])
    move(world, family[2], there)
    assert state(world, found, there)[0] == "done"
    with world.acting("谭小英"):
        carried = Visit.objects.get(household_id=there, outcome="recorded")
        assert (carried.channel, carried.worker_id) == ("record", world.workers["王小红"].pk)
    # The first record was wrong: the child had not been met. The neighbour is told so too.
    knock(
        world,
        here,
        [(family[0].pk, "seen"), (family[1].pk, "seen"), (family[2].pk, "not_met")],
        supersedes=first,
    )
    assert state(world, found, here)[0] == "done"
    assert state(world, found, there)[:2] == ("not_met", "partly")


def test_a_record_that_comes_after_the_move_is_kept_and_counts_where_they_live(world):
    found = world.campaign()
    here, there = world.households[HOME].pk, world.households[FAR].pk
    knock(world, there, [(person.pk, "seen") for person in members(world, there)], name="谭小英")
    family = members(world, here)
    move(world, family[2], there)
    assert state(world, found, there)[0] == "not_met"
    knock(world, here, [(person.pk, "seen") for person in family], hour=9)
    assert state(world, found, here)[0] == "done"
    assert state(world, found, there)[0] == "done"
    stranger = members(world, world.households[NEXT].pk)[0]
    with pytest.raises(Problem, check=lambda refused: refused.code == "visits.not_of_household"):
        knock(world, here, [(stranger.pk, "seen")])


def test_all_gone_is_done_by_record_and_says_so(world):
    found = world.campaign()
    here = world.households[HOME].pk
    everybody = [person.pk for person in members(world, here)]
    change = happen(
        world,
        life.move_out,
        household_id=here,
        person_ids=everybody,
        whereto=Whereto(text="广东"),
        told=told(),
    )
    assert state(world, found, here) == ("done", "moved", "frozen")
    assert target(world, found, here).settled_by is None
    counted = equation(world, found)
    assert (counted.due, counted.done, counted.open) == (18, 1, 17)
    happen(world, life.cancel_event, event=change.event, key=new_id(), reason="没有搬")
    assert state(world, found, here) == ("open", "", "frozen")
    with world.as_root():
        assert Task.objects.filter(round=found, household_id=here, closed_at__isnull=True).count() == 1


def test_the_dead_are_not_owed_and_it_says_dead(world):
    found = world.campaign(subject="person")
    here = world.households[HOME].pk
    head, spouse, _child = members(world, here)
    happen(world, life.note_death, person_id=head.pk, head_id=spouse.pk, told=told())
    assert state(world, found, here, head.pk) == ("done", "dead", "frozen")
    assert state(world, found, here, spouse.pk)[0] == "open"
    counted = equation(world, found)
    assert (counted.due, counted.done, counted.open) == (54, 1, 53)


def test_a_split_household_joins_the_list_apart_unless_all_of_it_was_met(world):
    found = world.campaign()
    here, beside = world.households[HOME].pk, world.households[NEXT].pk
    child = members(world, here)[2]
    happen(
        world, life.split_household, household_id=here, person_ids=[child.pk], whereto=Whereto(), told=told()
    )
    with world.as_root():
        new = Person.objects.get(pk=child.pk).household_id
    assert state(world, found, new) == ("open", "", "found_in_field")
    assert (equation(world, found).due, equation(world, found).found_due) == (18, 1)
    knock(world, beside, [(person.pk, "seen") for person in members(world, beside)])
    met = members(world, beside)[2]
    happen(
        world, life.split_household, household_id=beside, person_ids=[met.pk], whereto=Whereto(), told=told()
    )
    with world.as_root():
        assert not Target.objects.filter(household_id=Person.objects.get(pk=met.pk).household_id).exists()


def test_who_moves_behind_a_door_that_left_the_list_as_vacant_is_asked_for(world):
    found = world.campaign()
    here, there = world.households[HOME].pk, world.households[NEXT].pk
    with world.acting("王小红") as scope:
        record_visits(
            [VisitInput(new_id(), there, "door", "vacant", EVENING)], scope=scope, by=world.users["王小红"].pk
        )
    with world.acting("邓永福"):
        asked = Exemption.objects.get(household_id=there)
        decide_exemption(exemption_id=asked.pk, approve=True, note="空的", by=world.users["邓永福"].pk)
    child = members(world, here)[2]
    move(world, child, there)
    assert state(world, found, there)[0] == "exempt"
    assert state(world, found, there, child.pk) == ("not_met", "vacant", "found_in_field")


# ---------- persons ----------


def test_a_persons_target_does_not_stay_open_where_they_left(world):
    found = world.campaign(subject="person")
    here, there = world.households[HOME].pk, world.households[FAR].pk
    child = members(world, here)[2]
    move(world, child, there)
    assert state(world, found, here, child.pk) == ("done", "moved", "frozen")
    assert state(world, found, there, child.pk) == ("open", "", "found_in_field")
    knock(world, there, [(child.pk, "seen")], name="谭小英")
    assert state(world, found, there, child.pk)[0] == "done"
    assert (equation(world, found).due, equation(world, found).found_done) == (54, 1)
    with world.acting("王小红") as scope:
        rows = targets_in(scope, found, world.areas["杨梅村/1组"], TONIGHT, Pick(show="done")).rows
        assert [row.name for row in rows] == [child.name]  # not the head's: it is the child who left


def test_who_was_met_gets_no_second_target(world):
    found = world.campaign(subject="person")
    here, there = world.households[HOME].pk, world.households[FAR].pk
    child = members(world, here)[2]
    knock(world, here, [(child.pk, "seen")])
    move(world, child, there)
    assert state(world, found, here, child.pk)[0] == "done"
    assert target(world, found, here, child.pk).settled_by is not None
    assert state(world, found, there, child.pk) is None


def test_who_is_not_in_the_base_is_not_added(world):
    with world.as_root():
        Person.objects.filter(household=world.households[HOME]).update(is_registered_here=True)
    found = world.campaign(subject="person", base="registered")
    child = members(world, world.households[HOME].pk)[2]
    move(world, child, world.households[FAR].pk)  # 户口 stays behind
    assert state(world, found, world.households[HOME].pk, child.pk)[:2] == ("done", "moved")
    assert state(world, found, world.households[FAR].pk, child.pk) is None


def test_outside_the_campaigns_area_nobody_is_added(world):
    found = world.campaign("杨梅村", subject="person")
    child = members(world, world.households[HOME].pk)[2]
    move(world, child, world.households[FAR].pk)
    assert state(world, found, world.households[HOME].pk, child.pk)[:2] == ("done", "moved")
    assert state(world, found, world.households[FAR].pk, child.pk) is None


# ---------- what a visit tells ----------


def test_a_line_moved_or_dead_is_a_dated_event_and_a_correction_takes_it_back(world):
    found = world.campaign()
    here = world.households[HOME].pk
    head, spouse, child = members(world, here)
    first = knock(world, here, [(head.pk, "dead"), (spouse.pk, "seen"), (child.pk, "moved")])
    assert [person.pk for person in members(world, here)] == [spouse.pk]
    assert state(world, found, here)[0] == "done"
    with world.acting("邓永福"):
        rows = sorted(
            LifeEvent.objects.values_list("kind", "side", "name", "happened_on", "source", "visit_id")
        )
    assert rows == [
        ("died", "left", head.name, TODAY, "visit", first),
        ("moved_out", "left", child.name, TODAY, "visit", first),
    ]
    knock(world, here, [(p.pk, "seen") for p in (head, spouse, child)], supersedes=first)
    assert len(members(world, here)) == 3
    assert state(world, found, here)[0] == "done"


def test_who_was_written_down_as_gone_by_mistake_is_waited_for_again(world):
    """The lead takes the event back; the line of the visit still says moved, and settles nobody any more."""
    found = world.campaign()
    here = world.households[HOME].pk
    head, spouse, child = members(world, here)
    visit = knock(world, here, [(head.pk, "seen"), (spouse.pk, "seen"), (child.pk, "moved")])
    assert state(world, found, here)[0] == "done"
    with world.as_root():
        event = LifeEvent.objects.get(visit_id=visit).event
    happen(world, life.cancel_event, "邓永福", event=event, key=new_id(), reason="没有搬走")
    assert state(world, found, here)[:2] == ("not_met", "partly")


def test_all_found_moved_or_dead_is_settled_by_that_visit(world):
    found = world.campaign()
    here = world.households[HOME].pk
    visit = knock(world, here, [(person.pk, "moved") for person in members(world, here)], answers={})
    assert (state(world, found, here)[:2], target(world, found, here).settled_by) == (("done", ""), visit)
    with world.as_root():
        assert not Household.objects.get(pk=here).is_current


def test_an_old_visit_does_not_undo_what_happened_since(world):
    world.campaign()
    here, there = world.households[HOME].pk, world.households[NEXT].pk
    child = members(world, here)[2]
    move(world, child, there)
    knock(world, here, [(child.pk, "moved")], hour=9)
    assert child.pk in [person.pk for person in members(world, there)]


def test_a_phone_cannot_say_recorded(world):
    given = VisitInput(new_id(), world.households[HOME].pk, "record", "recorded", EVENING)
    with (
        world.acting("王小红") as scope,
        pytest.raises(Problem, check=lambda refused: refused.code == "visits.bad_outcome"),
    ):
        record_visits([given], scope=scope, by=world.users["王小红"].pk)


# ---------- rounds that are over, and the clock ----------


def test_a_late_record_of_a_closed_round_does_not_find_who_moved_since(world):
    found = world.campaign()
    here = world.households[HOME].pk
    head, spouse, child = members(world, here)
    with world.as_root():
        Round.objects.filter(pk=found.pk).update(closed_at=TONIGHT - dt.timedelta(hours=1))
    move(world, child, world.households[FAR].pk)
    knock(world, here, [(head.pk, "seen"), (spouse.pk, "seen")], hour=18)
    assert state(world, found, here)[:2] == ("not_met", "partly")  # the child lived there while it ran
    assert state(world, found, world.households[FAR].pk)[0] == "open"


def test_events_that_nobody_followed_are_followed_by_the_clock(world):
    found = world.campaign()
    here = world.households[HOME].pk
    with world.acting("周敏") as scope:
        life.move_out(
            household_id=here,
            person_ids=[person.pk for person in members(world, here)],
            whereto=Whereto(text="广东"),
            told=told(),
            scope=scope,
            by=world.users["周敏"].pk,
        )
        assert follow_waiting() == 1
        assert follow_waiting() == 0
    assert state(world, found, here)[:2] == ("done", "moved")


def test_whom_a_sheet_has_moved_the_lists_follow_together(world, tmp_path):
    """Three households into one, in one run of the clock."""
    found = world.campaign(subject="person")
    there = world.households[FAR].pk
    moved = [members(world, world.households[f"杨梅村/2组/{number}"].pk)[2] for number in (1, 2, 3)]
    rows = [
        [person.reference, person.name, "田心村", "1组", "1号", world.households[FAR].reference]
        for person in moved
    ]
    path = xlsx(tmp_path / "moved.xlsx", [["编号", "姓名", "村", "组", "门牌", "户编号"], *rows])
    with world.acting("周敏"):
        importing.load(path, county=world.areas["武冈市"], by=world.users["周敏"].pk)
        assert follow_waiting() == 3
    for person in moved:
        assert state(world, found, person.household_id, person.pk)[:2] == ("done", "moved")
        assert state(world, found, there, person.pk) == ("open", "", "found_in_field")
    assert equation(world, found).balances


def test_who_was_met_at_the_other_door_and_comes_back_is_asked_nothing_more(world):
    """They had been moved by mistake; the visit to the wrong door has met them all the same."""
    found = world.campaign(subject="person")
    here, there = world.households[HOME].pk, world.households[NEXT].pk
    spouse = members(world, here)[1]
    event = move(world, spouse, there)
    knock(world, there, [(person.pk, "seen") for person in members(world, there)])
    happen(world, life.cancel_event, event=event.event, key=new_id(), reason="没有搬走")
    assert state(world, found, here, spouse.pk)[0] == "done"


def test_answers_go_along(world):
    """最近情况 of a person stands at the door where they live."""
    world.campaign()
    here, there = world.households[HOME].pk, world.households[NEXT].pk
    child = members(world, here)[2]
    given = VisitInput(
        new_id(),
        here,
        "door",
        "met",
        EVENING,
        lines=(LineInput(child.pk, "seen", answers={"fever": False}),),
        answers={"returned_count": 0},
    )
    with world.acting("王小红") as scope:
        record_visits([given], scope=scope, by=world.users["王小红"].pk)
    move(world, child, there)
    with world.as_root():
        fact = Fact.objects.get(household_id=there, person_id=child.pk)
        assert (fact.question, sealing.unseal(fact.sealed_value, purpose="fact")) == ("fever", "false")
