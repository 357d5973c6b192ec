"""The kernel on a county that can be added up by hand: 18 households of 3 in three villages."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from lianfang.campaigns.models import Coverage, Exemption, Fact, Round, Target, Task, Visit
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.exemptions import decide_exemption
from lianfang.campaigns.operations.rounds import freeze_round, generate_targets, recount
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core.clock import at
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from tests.world import World

EVENING = at(dt.date(2026, 8, 7), 19, 40)
HOME = "杨梅村/1组/1"


def visit(
    world: World, household: str = HOME, *, outcome: str = "met", presence: str = "seen", **fields
) -> VisitInput:
    """A visit at which every member had the same presence and the form was answered."""
    people = world.people(household)
    lines = tuple(LineInput(person.pk, presence) for person in people) if outcome == "met" else ()
    return VisitInput(
        **{
            "visit_id": new_id(),
            "household_id": world.households[household].pk,
            "channel": "door",
            "outcome": outcome,
            "happened_at": EVENING,
            "lines": lines,
            "answers": {"returned_count": 0} if outcome == "met" else {},
            **fields,
        }
    )


def record(world: World, *visits: VisitInput, name: str = "王小红") -> None:
    with world.acting(name) as scope:
        record_visits(visits, scope=scope, by=world.users[name].pk)


def target(found: Round, household: int) -> Target:
    return Target.objects.get(round=found, household_id=household, person_id=0)


def equation(found: Round) -> tuple[int, ...]:
    rows = Coverage.objects.filter(round=found).values_list("due", "done", "exempt", "not_met", "open")
    return tuple(map(sum, zip(*rows, strict=True)))


def recounted(found: Round) -> list[tuple]:
    """The counters as kept, and as counted again from the targets: they must be the same rows."""
    kept = sorted(Coverage.objects.filter(round=found).values_list())
    recount(found)
    assert sorted(Coverage.objects.filter(round=found).values_list()) == kept
    return kept


def test_neighbour_sees_no_target_of_the_village(world):
    found = world.campaign()
    with world.acting("谭小英"):
        mine = set(Target.objects.filter(round=found).values_list("area_path", flat=True))
    assert mine == {world.areas["田心村/1组"].path}


def test_targets_cannot_be_read_without_a_scope(world):
    found = world.campaign()
    with pytest.raises(DatabaseError, match="without a scope token"), transaction.atomic():
        list(Target.objects.filter(round=found))


def test_every_eligible_household_is_frozen_with_a_task_and_a_deadline(world):
    found = world.campaign()
    with world.as_root():
        assert equation(found) == (18, 0, 0, 0, 18)
        assert Task.objects.filter(round=found, closed_at__isnull=True, due_at=found.due_at).count() == 18


def test_generating_again_changes_nothing(world):
    found = world.campaign()
    with world.as_root():
        before = sorted(Task.objects.filter(round=found).values_list())
        assert generate_targets(found) == 0
        assert sorted(Task.objects.filter(round=found).values_list()) == before


def test_a_frozen_list_is_not_frozen_again(world):
    found = world.campaign()
    with world.as_root(), pytest.raises(Problem) as refused:
        freeze_round(round_id=found.pk, by=1)
    assert refused.value.code == "campaigns.already_frozen"


def test_people_away_tonight_make_no_target_of_their_base(world):
    with world.as_root():
        for person in world.people(HOME):
            person.is_here_tonight = False
            person.save()
    found = world.campaign(base="here_tonight")
    with world.as_root():
        assert equation(found)[0] == 17


def test_a_household_that_was_met_and_answered_is_done(world, root):
    found = world.campaign()
    record(world, visit(world))
    done = target(found, world.households[HOME].pk)
    assert (done.state, done.attempt_count) == ("done", 1)
    assert equation(found) == (18, 1, 0, 0, 17)
    assert recounted(found)


@pytest.fixture
def root(world):
    with world.as_root():
        yield


def test_an_unanswered_required_question_leaves_it_not_met(world, root):
    found = world.campaign()
    record(world, visit(world, answers={}))
    assert (target(found, world.households[HOME].pk).state, equation(found)) == ("not_met", (18, 0, 0, 1, 17))


def test_a_member_not_met_becomes_a_person_task(world, root):
    found = world.campaign()
    head, spouse, child = world.people(HOME)
    lines = (LineInput(head.pk, "seen"), LineInput(spouse.pk, "seen"), LineInput(child.pk, "not_met"))
    record(world, visit(world, lines=lines))
    assert target(found, head.household_id).reason == "partly"
    assert list(Task.objects.filter(round=found, person_id__gt=0).values_list("person_id", flat=True)) == [
        child.pk
    ]


def test_the_missing_member_met_later_completes_the_household(world, root):
    found = world.campaign()
    head, spouse, child = world.people(HOME)
    first = visit(world, lines=(LineInput(head.pk, "seen"), LineInput(spouse.pk, "seen")))
    record(world, first)
    record(
        world, visit(world, lines=(LineInput(child.pk, "seen"),), happened_at=EVENING + dt.timedelta(hours=1))
    )
    assert target(found, head.household_id).state == "done"
    assert not Task.objects.filter(
        round=found, household_id=head.household_id, closed_at__isnull=True
    ).exists()


def test_nobody_home_is_not_met_with_its_reason_and_stays_owed(world, root):
    found = world.campaign()
    record(world, visit(world, outcome="nobody_home"))
    tried = target(found, world.households[HOME].pk)
    assert (tried.state, tried.reason, tried.attempt_count) == ("not_met", "nobody_home", 1)
    assert (
        Task.objects.filter(round=found, household_id=tried.household_id, closed_at__isnull=True).count() == 1
    )


def test_a_household_wholly_away_is_settled_without_questions(world, root):
    found = world.campaign()
    lines = tuple(LineInput(person.pk, "away", away_place="广东省东莞市") for person in world.people(HOME))
    record(world, visit(world, outcome="absent", lines=lines, channel="record"), name="邓永福")
    assert target(found, world.households[HOME].pk).state == "done"


def test_the_same_visit_twice_counts_once(world, root):
    found = world.campaign()
    once = visit(world)
    record(world, once)
    record(world, once)
    assert (Visit.objects.count(), equation(found)) == (1, (18, 1, 0, 0, 17))


def test_a_correction_supersedes_and_reopens_as_a_second_attempt(world, root):
    found = world.campaign()
    wrong = visit(world)
    record(world, wrong)
    record(world, visit(world, outcome="nobody_home", supersedes=wrong.visit_id))
    household = world.households[HOME].pk
    assert target(found, household).state == "not_met"
    assert not Fact.objects.filter(household_id=household).exists()
    tasks = Task.objects.filter(round=found, household_id=household).order_by("attempt")
    assert [(task.attempt, task.closed_as) for task in tasks] == [(1, "done"), (2, "")]
    assert recounted(found)


def test_a_visit_cannot_be_corrected_twice(world, root):
    world.campaign()
    wrong = visit(world)
    record(world, wrong)
    record(world, visit(world, supersedes=wrong.visit_id))
    with pytest.raises(Problem) as refused:
        record(world, visit(world, supersedes=wrong.visit_id))
    assert refused.value.code == "visits.already_superseded"


def test_the_app_cannot_edit_or_delete_a_visit(world, root):
    world.campaign()
    record(world, visit(world))
    for statement in ("update campaigns_visit set outcome = 'met'", "delete from campaigns_visit"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_visit_outside_the_grid_is_kept_and_marked(world, root):
    found = world.campaign()
    record(world, visit(world, "杨梅村/2组/1"), name="王小红")
    assert Visit.objects.get().is_out_of_scope
    assert target(found, world.households["杨梅村/2组/1"].pk).state == "done"


def test_vacant_asks_for_an_exemption_and_does_not_grant_it(world, root):
    found = world.campaign()
    record(world, visit(world, outcome="vacant"))
    assert equation(found) == (18, 0, 0, 1, 17)
    assert Exemption.objects.get().decision == "pending"


def test_an_exemption_counts_once_another_person_approves(world, root):
    found = world.campaign()
    record(world, visit(world, outcome="vacant"))
    asked = Exemption.objects.get()
    with pytest.raises(Problem) as refused:
        decide_exemption(exemption_id=asked.pk, approve=True, note="", by=world.users["王小红"].pk)
    assert refused.value.code == "campaigns.second_person"
    decide_exemption(exemption_id=asked.pk, approve=True, note="看过", by=world.users["邓永福"].pk)
    assert equation(found) == (18, 0, 1, 0, 17)
    assert recounted(found)


def test_the_database_refuses_one_person_deciding_alone(world, root):
    world.campaign()
    record(world, visit(world, outcome="vacant"))
    asked = Exemption.objects.get()
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        Exemption.objects.filter(pk=asked.pk).update(decision="approved", decided_by=asked.requested_by)


def test_the_database_refuses_a_count_that_does_not_balance(world, root):
    found = world.campaign()
    with pytest.raises(IntegrityError, match="balances"), transaction.atomic():
        Coverage.objects.filter(round=found).update(done=3)


def test_a_visit_before_the_round_opened_does_not_count_where_everything_is_asked_anew(world, root):
    found = world.campaign(asks_anew=True)
    record(world, visit(world, happened_at=found.opens_at - dt.timedelta(hours=1)))
    assert equation(found) == (18, 0, 0, 0, 18)


def test_an_answer_out_of_range_is_refused_by_name(world, root):
    world.campaign()
    with pytest.raises(Problem) as refused:
        record(world, visit(world, answers={"returned_count": 99}))
    assert refused.value.code == "visits.bad_answer"
    assert "0到30" in refused.value.message


def test_somebody_of_another_household_is_refused(world, root):
    world.campaign()
    stranger = world.people("杨梅村/1组/2")[0]
    with pytest.raises(Problem) as refused:
        record(world, visit(world, lines=(LineInput(stranger.pk, "seen"),)))
    assert refused.value.code == "visits.not_of_household"


def test_a_visit_completes_every_round_it_serves(world, root):
    first, second = world.campaign(), world.campaign("杨梅村", name="再排查")
    record(world, visit(world))
    assert equation(first) == (18, 1, 0, 0, 17)
    assert equation(second) == (6, 1, 0, 0, 5)


def test_a_person_campaign_counts_people(world, root):
    found = world.campaign(
        subject="person",
        form_key="vaccination_survey",
        eligibility=[{"field": "age", "op": ">=", "value": 18}],
    )
    assert equation(found) == (36, 0, 0, 0, 36)
    head, *_ = world.people(HOME)
    record(world, visit(world, lines=(LineInput(head.pk, "seen", answers={"dose_count": 3}),), answers={}))
    assert equation(found) == (36, 1, 0, 0, 35)
    assert recounted(found)
