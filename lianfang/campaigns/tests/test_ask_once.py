"""Ask once: what was answered before a round opened counts while it is fresh, and is not asked again."""

from __future__ import annotations

import datetime as dt

import pytest

from lianfang.campaigns.models import Round, Target, Task
from lianfang.campaigns.operations.carrying import LineInput
from lianfang.campaigns.operations.freshness import ask_stale_again
from lianfang.campaigns.operations.rounds import freeze_round, judge_meanwhile, recount
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.asking import questions_of
from lianfang.campaigns.queries.saving import Saved, saved_by, saved_in
from lianfang.campaigns.tests.test_kernel import EVENING, HOME, equation, record, recounted, target, visit
from lianfang.core.clock import at, frozen, now
from lianfang.questions.models import Form, Question
from tests.world import TONIGHT, World

MORNING = at(dt.date(2026, 8, 7), 8)  # when a round of the world opens


@pytest.fixture
def root(world):
    with world.as_root() as scope:
        yield scope


def hours_before(hours: float) -> dt.datetime:
    return MORNING - dt.timedelta(hours=hours)


def form(key: str, purpose: str, *questions: str, **more: object) -> tuple[str, int]:
    """A form of questions of the dictionary, all required; `required=()` names those that are."""
    required = more.pop("required", questions)
    items = [
        {"question": one, "version": Question.objects.filter(key=one).latest("version").version}
        | {"required": one in required}
        for one in questions
    ]
    definition = {
        "key": key,
        "version": 1,
        "title": {"zh-Hans": key},
        "purpose": purpose,
        "items": items,
        **more,
    }
    Form.objects.create(key=key, version=1, title=key, definition=definition, created_at=MORNING)
    return key, 1


def asks(world: World, household: str = HOME) -> dict[str, bool]:
    """What the household itself is asked, and which of it is known."""
    pk = world.households[household].pk
    with world.acting("王小红") as scope:
        return {one.question.key: one.is_known for one in questions_of(scope, [pk], TONIGHT)[pk].household}


# ---------- who may not ----------


def test_a_neighbour_learns_no_question_of_a_door_that_is_not_hers(world):
    world.campaign()
    pk = world.households[HOME].pk
    with world.acting("谭小英") as scope:
        assert questions_of(scope, [pk], TONIGHT)[pk].household == ()


# ---------- born complete ----------


def test_a_campaign_declared_later_is_born_complete_and_says_by_which_visit(world, root):
    before = visit(world, happened_at=hours_before(20))
    record(world, before)
    found = world.campaign()
    born = target(found, before.household_id)
    assert (born.state, born.settled_by, born.is_born, born.attempt_count) == (
        "done",
        before.visit_id,
        True,
        0,
    )
    assert equation(found) == (18, 1, 0, 0, 17)
    (task,) = Task.objects.filter(round=found, household_id=before.household_id)
    assert (task.closed_as, task.visit_id) == ("done", before.visit_id)
    assert recounted(found)


@pytest.mark.parametrize(("hours", "state"), [(71, "done"), (73, "open")])
def test_an_answer_counts_while_it_is_fresh(world, root, hours, state):
    record(world, visit(world, happened_at=hours_before(hours)))
    assert target(world.campaign(), world.households[HOME].pk).state == state


def test_an_answer_for_another_purpose_counts_for_nothing(world, root):
    """Water is asked for vector control; a sweep for returnees may not take it, whatever its form says."""
    record(world, visit(world, happened_at=hours_before(2), answers={"standing_water": "none"}))
    key, version = form("odd", "household_sweep", "standing_water")
    found = world.campaign(form_key=key, form_version=version)
    assert target(found, world.households[HOME].pk).state == "open"


def test_where_everything_is_asked_anew_nothing_from_before_counts(world, root):
    record(world, visit(world, happened_at=hours_before(2)))
    assert equation(world.campaign(asks_anew=True))[1] == 0


def test_a_second_round_of_a_campaign_asks_again(world, root):
    first = world.campaign()
    record(world, visit(world, happened_at=MORNING + dt.timedelta(hours=1)))
    opens_at = MORNING + dt.timedelta(hours=4)
    second = Round.objects.create(
        campaign=first.campaign, number=2, opens_at=opens_at, due_at=opens_at + dt.timedelta(hours=9)
    )
    freeze_round(round_id=second.pk, by=1)
    assert (equation(first)[1], equation(second)[1]) == (1, 0)


def test_who_was_met_longer_ago_than_the_form_allows_is_met_again_but_not_asked(world, root):
    record(world, visit(world, happened_at=hours_before(60), answers={"standing_water": "none"}))
    key, version = form("water_day", "vector_control", "standing_water", roster_fresh_hours=24)
    found = world.campaign(form_key=key, form_version=version, purpose="vector_control")
    assert target(found, world.households[HOME].pk).state == "open"
    assert asks(world) == {"standing_water": True}
    record(world, visit(world, answers={}))
    assert target(found, world.households[HOME].pk).state == "done"


def test_who_should_be_back_by_now_is_not_taken_for_away(world, root):
    lines = tuple(
        LineInput(person.pk, "away", away_place="东莞", back_on=dt.date(2026, 8, 7))
        for person in world.people(HOME)
    )
    record(world, visit(world, outcome="absent", lines=lines, happened_at=hours_before(20)))
    assert target(world.campaign(), world.households[HOME].pk).state == "open"


def test_half_known_is_open_and_no_knock(world, root):
    """Somebody was met and somebody was not, the day before: nobody has knocked for this round."""
    head, spouse, _child = world.people(HOME)
    lines = (LineInput(head.pk, "seen"), LineInput(spouse.pk, "refused"))
    record(world, visit(world, lines=lines, happened_at=hours_before(20)))
    found = target(world.campaign(), head.household_id)
    assert (found.state, found.reason, found.attempt_count, found.last_visit_at) == ("open", "", 0, None)
    assert not Task.objects.filter(household_id=head.household_id, person_id__gt=0).exists()


def test_what_a_phone_brings_late_counts_for_a_round_that_was_frozen_meanwhile(world, root):
    found = world.campaign()
    record(world, visit(world, happened_at=hours_before(20)))
    assert equation(found) == (18, 1, 0, 0, 17)


def test_knocks_between_opening_and_freezing_count(world, root):
    found = world.campaign(frozen=False)
    record(world, visit(world, outcome="nobody_home"))
    freeze_round(round_id=found.pk, by=1)
    assert equation(found) == (18, 0, 0, 1, 17)


def test_a_correction_of_what_was_said_before_reopens_what_it_settled(world, root):
    before = visit(world, happened_at=hours_before(20))
    record(world, before)
    found = world.campaign()
    record(
        world,
        visit(world, outcome="nobody_home", supersedes=before.visit_id, happened_at=hours_before(19)),
    )
    again = target(found, before.household_id)
    assert (again.state, again.is_born, equation(found)) == ("open", False, (18, 0, 0, 0, 18))
    tasks = Task.objects.filter(round=found, household_id=before.household_id).order_by("attempt")
    assert [task.closed_as for task in tasks] == ["done", ""]
    assert recounted(found)


# ---------- the union ----------


def test_several_departments_ask_one_list_each_question_once(world, root):
    world.campaign(department="卫健局")
    key, version = form("care", "care", "household_needs")
    world.campaign(form_key=key, form_version=version, purpose="care", department="民政局")
    pk = world.households[HOME].pk
    with world.acting("王小红") as scope:
        asked = {one.question.key: one for one in questions_of(scope, [pk], TONIGHT)[pk].household}
    assert sorted(asked) == ["dwelling_state", "household_needs", "returned_count"]
    needs = asked["household_needs"]
    assert (needs.departments, len(needs.rounds), needs.is_required) == (("卫健局", "民政局"), 2, True)


def test_a_fresh_fact_is_not_asked_again_until_it_serves_only_one_of_two(world, root):
    record(world, visit(world, happened_at=hours_before(20)))
    world.campaign(department="卫健局")
    assert asks(world)["returned_count"] is True
    world.campaign(asks_anew=True, department="公安局")
    assert asks(world)["returned_count"] is False


def test_who_is_not_in_the_base_is_asked_nothing(world, root):
    world.campaign(base="here_tonight", form_key="vaccination_survey", purpose="vaccination")
    head, spouse, child = world.people(HOME)
    spouse.is_here_tonight = False
    spouse.save()
    with world.acting("王小红") as scope:
        people = questions_of(scope, [head.household_id], TONIGHT)[head.household_id].people
    assert sorted(people) == sorted([head.pk, child.pk])


def test_forty_doors_cost_as_many_statements_as_one(world, root, django_assert_max_num_queries):
    world.campaign()
    world.campaign(subject="person", form_key="vaccination_survey", purpose="vaccination")
    ids = [home.pk for home in world.households.values()]
    with django_assert_max_num_queries(6):
        found = questions_of(root, ids, TONIGHT)
    assert [len(found[pk].people) for pk in ids] == [3] * 18


# ---------- what it saved ----------


def test_one_visit_fills_three_forms_and_saves_what_they_share(world, root):
    world.campaign(department="卫健局")
    key, version = form("returnees", "returnee_watch", "returned_count")
    world.campaign(form_key=key, form_version=version, purpose="returnee_watch")
    key, version = form("care", "care", "household_needs")
    world.campaign(form_key=key, form_version=version, purpose="care")
    once = visit(world, answers={"returned_count": 0, "household_needs": ["none"]})
    record(world, once)
    # returned_count served two rounds, household_needs two: four cells from two questions.
    assert saved_by(root, [once.visit_id]) == {once.visit_id: Saved(3, 2, 2)}
    assert saved_in(root, world.areas["武冈市"], MORNING, EVENING + dt.timedelta(hours=1)) == Saved(3, 2, 2)


def test_a_round_that_opens_later_adds_to_the_visit_that_brought_the_answer(world, root):
    before = visit(world, happened_at=hours_before(20))
    record(world, before)
    world.campaign()
    assert saved_by(root, [before.visit_id])[before.visit_id] == Saved(1, 0, 1)
    world.campaign()
    assert saved_by(root, [before.visit_id])[before.visit_id] == Saved(2, 1, 1)
    # Asked again all the same: then nothing was saved there.
    after = visit(world)
    record(world, after)
    assert saved_by(root, [before.visit_id, after.visit_id]) == {
        before.visit_id: Saved(2, 0, 1),
        after.visit_id: Saved(2, 1, 1),
    }


def test_what_was_corrected_saved_nothing_and_a_stranger_sees_nothing(world, root):
    wrong = visit(world)
    world.campaign()
    record(world, wrong)
    right = visit(world, supersedes=wrong.visit_id)
    record(world, right)
    assert saved_by(root, [wrong.visit_id, right.visit_id]) == {
        wrong.visit_id: Saved(),
        right.visit_id: Saved(1, 0, 1),
    }
    with world.acting("谭小英") as scope:
        assert saved_by(scope, [right.visit_id]) == {right.visit_id: Saved()}


def test_a_household_settled_as_away_fills_the_form_without_a_question(world, root):
    world.campaign()
    lines = tuple(LineInput(person.pk, "away", away_place="东莞") for person in world.people(HOME))
    away = visit(world, outcome="absent", lines=lines)
    record(world, away)
    assert saved_by(root, [away.visit_id]) == {away.visit_id: Saved(1, 0, 0)}


def test_targets_of_people_know_what_another_visit_was_told_of_the_household(world, root):
    """The mother answers for the house, the son is met an hour later: nobody asks for the house twice."""
    key, version = form("both", "household_sweep", "returned_count", "fever")
    found = world.campaign(subject="person", form_key=key, form_version=version)
    head, _spouse, child = world.people(HOME)
    record(world, visit(world, lines=(LineInput(head.pk, "seen", answers={"fever": False}),)))
    later = EVENING + dt.timedelta(minutes=30)
    record(
        world,
        visit(
            world,
            lines=(LineInput(child.pk, "seen", answers={"fever": False}),),
            answers={},
            happened_at=later,
        ),
    )
    mine = Target.objects.get(round=found, person_id=child.pk)
    assert (mine.state, mine.attempt_count) == ("done", 1)


# ---------- what goes stale ----------


def test_a_stale_answer_opens_its_target_again_and_only_it_is_owed(world, root):
    key, version = form("daily", "household_sweep", "returned_count", "dwelling_state")
    found = world.campaign(form_key=key, form_version=version, keeps_fresh=True, hours=24 * 7)
    both = {"returned_count": 0, "dwelling_state": "owner"}
    record(world, visit(world, answers=both, happened_at=MORNING + dt.timedelta(hours=1)))
    household = world.households[HOME].pk
    with frozen(MORNING + dt.timedelta(hours=72)):
        assert (ask_stale_again(), target(found, household).state) == (0, "done")
    later = MORNING + dt.timedelta(hours=74)  # returned_count is fresh for 72 hours, dwelling_state for 720
    with frozen(later):
        assert ask_stale_again() == 1
        again = target(found, household)
        assert (again.state, again.reason, again.attempt_count) == ("open", "stale", 1)
        tasks = Task.objects.filter(round=found, household_id=household).order_by("attempt")
        assert [task.closed_as for task in tasks] == ["done", ""]
        asked = questions_of(root, [household], later)[household].household
        assert {one.question.key: one.is_known for one in asked} == {
            "returned_count": False,
            "dwelling_state": True,
        }
        assert ask_stale_again() == 0
        assert recounted(found)
        told = visit(world, lines=(), answers={"returned_count": 1}, channel="phone", happened_at=later)
        record_visits([told], scope=root, by=1)
        assert target(found, household).settled_by == told.visit_id


def test_after_it_went_stale_a_knock_in_vain_is_a_miss(world, root):
    found = world.campaign(keeps_fresh=True, hours=24 * 7)
    record(world, visit(world, happened_at=MORNING + dt.timedelta(hours=1)))
    later = MORNING + dt.timedelta(hours=80)
    with frozen(later):
        record_visits([visit(world, outcome="nobody_home", happened_at=later)], scope=root, by=1)
        missed = target(found, world.households[HOME].pk)
        assert (missed.state, missed.reason, missed.attempt_count) == ("not_met", "nobody_home", 2)


def test_without_it_an_answer_stays_good_until_the_round_ends(world, root):
    found = world.campaign(hours=24 * 7)
    record(world, visit(world))
    with frozen(MORNING + dt.timedelta(hours=24 * 6)):
        assert ask_stale_again() == 0
        record_visits([visit(world, outcome="nobody_home", happened_at=now())], scope=root, by=1)
    assert target(found, world.households[HOME].pk).state == "done"


@pytest.mark.parametrize("minutes", [3, 45])
def test_a_visit_filed_while_the_list_was_frozen_is_judged_by_the_clock(world, root, minutes):
    """Also when the clock stood still, or the judging of a long list took, for three quarters of an hour."""
    found = world.campaign()
    record(world, visit(world))
    home = world.households[HOME].pk
    # As the two transactions would have left it: neither saw the other.
    Target.objects.filter(round=found, household_id=home).update(
        state="open", settled_by=None, attempt_count=0, last_visit_at=None
    )
    recount(found)
    with frozen(TONIGHT + dt.timedelta(minutes=minutes)):
        assert judge_meanwhile() == 1
        assert judge_meanwhile() == (
            1 if minutes < 10 else 0
        )  # nobody can be filing any more: once is enough
    assert target(found, home).state == "done"
    assert recounted(found)
