"""What comes in is stored before it is judged, and the same comes out whatever the order, the batches, the repeats."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from unittest import mock

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import DeadlockDetected

from lianfang.campaigns.models import Coverage, Fact, Round, Target, Task, Visit
from lianfang.campaigns.operations.rounds import recount
from lianfang.core import clock
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake import operations as intake
from lianfang.intake.models import Operation
from lianfang.intake.operations import OperationInput, Receipt, filer, home_of, receive
from tests.world import TONIGHT, World

HOME = "杨梅村/1组/1"
EVENING = TONIGHT - dt.timedelta(hours=1)


@pytest.fixture
def root(world: World) -> Iterator[Scope]:
    with world.as_root() as scope, clock.frozen(TONIGHT):
        yield scope


def operation(world: World, door: str = HOME, **fields: object) -> OperationInput:
    """A visit at which all were seen, as a phone sends it."""
    people = world.people(door)
    known = {"op_id", "kind", "happened_at"}
    body = {
        "household": world.households[door].pk,
        "channel": "door",
        "outcome": "met",
        "lines": [{"person": person.pk, "presence": "seen"} for person in people],
        "answers": {"returned_count": 0},
        **{key: value for key, value in fields.items() if key not in known},
    }
    return OperationInput(
        **{
            "op_id": new_id(),
            "kind": "visit",
            "happened_at": EVENING,
            "body": body,
            **{key: value for key, value in fields.items() if key in known},
        }
    )


def send(world: World, *operations: OperationInput, name: str = "王小红") -> list[Receipt]:
    actor = world.actor(name)
    who = filer(actor)
    with clock.frozen(TONIGHT):
        return receive(
            operations,
            source="phone",
            scope=who.scope,
            home_path=home_of(actor),
            by=actor.id,
            others=who.others,
        )


MOST_STATEMENTS = 23  # of a batch, however many doors


def test_two_doors_cost_as_many_statements_as_one_and_few(world, root, django_assert_max_num_queries):
    doors = [door for door in world.households if world.people(door)][:2]
    send(world, operation(world))  # forms are read once a process
    counts = []
    for chosen in (doors[:1], doors):
        batch = [operation(world, door, answers={"standing_water": "none"}) for door in chosen]
        with django_assert_max_num_queries(MOST_STATEMENTS) as counted:
            assert [receipt.status for receipt in send(world, *batch)] == ["filed"] * len(batch)
        counts.append(len(counted))
    assert counts[0] == counts[1]


def only(receipts: list[Receipt]) -> tuple[str, str]:
    (receipt,) = receipts
    return receipt.status, receipt.code


# ---------- who may not ----------


def test_a_worker_cannot_file_in_the_name_of_another(world, root):
    world.campaign()
    other = world.workers["曾祥林"].pk
    assert only(send(world, operation(world, worker=other))) == ("held", "visits.other_worker")
    assert not Visit.objects.exists()


def test_a_village_lead_files_for_a_worker_of_the_village_and_for_nobody_elsewhere(world, root):
    world.campaign()
    assert only(send(world, operation(world, worker=world.workers["王小红"].pk), name="邓永福")) == (
        "filed",
        "",
    )
    assert Visit.objects.get().worker_id == world.workers["王小红"].pk
    elsewhere = operation(world, "田心村/1组/1", worker=world.workers["谭小英"].pk)
    assert only(send(world, elsewhere, name="邓永福")) == ("held", "visits.other_worker")


def test_a_visit_elsewhere_is_kept_credited_and_marked(world, root):
    world.campaign()
    assert only(send(world, operation(world, "田心村/1组/1"))) == ("filed", "")
    visit = Visit.objects.get()
    assert (visit.is_out_of_scope, visit.worker_id) == (True, world.workers["王小红"].pk)


def test_nobody_rewrites_the_visit_of_a_stranger(world, root):
    world.campaign()
    first = operation(world)
    send(world, first)
    again = operation(world, supersedes=str(first.op_id))
    assert only(send(world, again, name="谭小英")) == ("held", "visits.not_yours")
    assert only(send(world, operation(world, supersedes=str(first.op_id)), name="邓永福")) == ("filed", "")


def test_the_app_cannot_change_or_delete_what_was_given(world, root):
    send(world, operation(world))
    for statement in ("update intake_operation set body = ''", "delete from intake_operation"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_raw_operation_is_sealed(world, root):
    send(world, operation(world, note="住在学堂后面"))
    stored = Operation.objects.get()
    assert "学堂" not in bytes(stored.body).decode("latin-1")
    assert intake.body_of(stored)["note"] == "住在学堂后面"


# ---------- nothing is lost ----------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"household": 999_999_999}, "register.unknown_household"),
        ({"household": "7"}, "intake.bad_operation"),
        ({"household": True}, "intake.bad_operation"),
        ({"household": None}, "intake.bad_operation"),
        ({"outcome": "fled"}, "visits.bad_outcome"),
        ({"lines": {"person": 1}}, "intake.bad_operation"),
        ({"lines": [1]}, "intake.bad_operation"),
        ({"answers": {"returned_count": 99}}, "visits.bad_answer"),
        ({"answers": {"returned_count": [{}]}}, "intake.bad_operation"),
        ({"answers": {"religion": "x"}}, "visits.unknown_question"),
        ({"answers": {"fever": True}}, "visits.unknown_question"),  # asked of a person, not of a household
        ({"note": "x" * 501}, "intake.bad_operation"),
        ({"note": "a\0b"}, "intake.bad_operation"),
        ({"note": "\ud800"}, "intake.bad_operation"),
        ({"gps": "26.7,110.6"}, "intake.bad_operation"),
        ({"back_at": "2026-08-08T09:00:00"}, "intake.bad_operation"),  # whose clock?
        ({"supersedes": "x"}, "intake.bad_operation"),
        ({"supersedes": str(uuid.UUID(int=7))}, "visits.unknown_visit"),
        ({"kind": "poem"}, "intake.bad_operation"),
        ({"happened_at": TONIGHT + dt.timedelta(hours=1)}, "visits.future"),
    ],
)
def test_what_cannot_be_taken_is_stored_and_held_with_its_reason(world, root, fields, code):
    world.campaign()
    bad = operation(world, **fields)
    assert only(send(world, bad)) == ("held", code)
    stored = Operation.objects.get()
    assert (stored.status, stored.code, intake.body_of(stored)) == ("held", code, bad.body)
    assert not Visit.objects.exists()


def test_a_fault_of_ours_is_held_and_not_lost(world, root):
    world.campaign()
    with mock.patch.dict(intake.EFFECTS, {"visit": mock.Mock(side_effect=ZeroDivisionError)}):
        assert only(send(world, operation(world))) == ("held", "intake.bad_operation")
    assert Operation.objects.get().status == "held"


def test_one_bad_operation_does_not_hold_up_the_others(world, root):
    world.campaign()
    good, bad = operation(world), operation(world, "杨梅村/1组/2", outcome="fled")
    assert [receipt.status for receipt in send(world, good, bad)] == ["filed", "held"]
    assert Visit.objects.get().pk == good.op_id


def test_more_than_fifty_are_refused_before_anything_is_stored(world, root):
    with pytest.raises(Problem) as refused:
        send(world, *[operation(world) for _ in range(51)])
    assert refused.value.code == "intake.too_large"
    assert not Operation.objects.exists()


def test_whoever_asks_again_learns_the_same(world, root):
    world.campaign()
    good, bad = operation(world), operation(world, outcome="fled")
    send(world, good, bad)
    assert [(r.status, r.code) for r in send(world, good, bad)] == [
        ("already_filed", ""),
        ("held", "visits.bad_outcome"),
    ]


def test_the_same_operation_twice_in_a_batch_counts_once(world, root):
    world.campaign()
    once = operation(world)
    assert [receipt.status for receipt in send(world, once, once)] == ["filed", "already_filed"]
    assert Visit.objects.count() == 1


# ---------- corrections ----------


def test_a_correction_that_comes_first_waits_for_what_it_corrects(world, root):
    found = world.campaign()
    first = operation(world)
    correction = operation(world, outcome="nobody_home", lines=[], answers={}, supersedes=str(first.op_id))
    assert only(send(world, correction)) == ("held", "visits.unknown_visit")
    assert only(send(world, first)) == ("filed", "")
    assert only(send(world, correction)) == ("already_filed", "")
    assert Target.objects.get(round=found, household_id=world.households[HOME].pk).reason == "nobody_home"


def test_a_correction_brings_back_what_an_earlier_visit_had_said_sensitive_answers_too(world, root):
    world.campaign()
    child = world.people(HOME)[2]

    def seen(fever: bool, count: int, minutes: int, **fields: object) -> OperationInput:
        lines = [{"person": child.pk, "presence": "seen", "answers": {"fever": fever}}]
        at = EVENING + dt.timedelta(minutes=minutes)
        return operation(world, lines=lines, answers={"returned_count": count}, happened_at=at, **fields)

    earlier, later = seen(False, 1, 0), seen(True, 4, 10)
    send(world, earlier, later)
    assert Fact.objects.get(question="fever").visit_id == later.op_id
    send(world, operation(world, outcome="refused", lines=[], answers={}, supersedes=str(later.op_id)))
    facts = {fact.question: fact for fact in Fact.objects.all()}
    assert {fact.visit_id for fact in facts.values()} == {earlier.op_id}
    assert facts["returned_count"].value == 1
    assert facts["fever"].value is None
    assert intake.sealing.unseal(facts["fever"].sealed_value, purpose="fact") == "false"


# ---------- the same whatever the way ----------

HOUSES = (HOME, "杨梅村/1组/2", "田心村/1组/1")
PRESENCES = ("seen", "answered_for", "away", "refused", "not_met", "moved")


@st.composite
def histories(draw: st.DrawFn) -> list[dict]:
    """Visits at three doors, some of them corrections of the one before at that door."""
    plans = []
    for number in range(draw(st.integers(1, 6))):
        house = draw(st.sampled_from(HOUSES))
        before = [
            index for index, plan in enumerate(plans) if plan["house"] == house and not plan["corrected"]
        ]
        corrects = draw(st.sampled_from(before)) if before and draw(st.booleans()) else None
        if corrects is not None:
            plans[corrects]["corrected"] = True
        plans.append(
            {
                "house": house,
                "minutes": number * 7 + draw(st.integers(0, 3)),
                "outcome": draw(st.sampled_from(["met", "met", "met", "nobody_home", "absent", "refused"])),
                "presences": draw(st.lists(st.sampled_from(PRESENCES), min_size=3, max_size=3)),
                "count": draw(st.sampled_from([None, 0, 3])),
                "fever": draw(st.sampled_from([None, True, False])),
                "corrects": corrects,
                "corrected": False,
            }
        )
    return plans


def operations_of(world: World, plans: list[dict]) -> list[OperationInput]:
    made: list[OperationInput] = []
    for plan in plans:
        lines = [
            {"person": person.pk, "presence": presence}
            | ({"answers": {"fever": plan["fever"]}} if plan["fever"] is not None else {})
            for person, presence in zip(world.people(plan["house"]), plan["presences"], strict=True)
        ]
        fields: dict[str, object] = (
            {"supersedes": str(made[plan["corrects"]].op_id)} if plan["corrects"] is not None else {}
        )
        made.append(
            operation(
                world,
                plan["house"],
                outcome=plan["outcome"],
                lines=lines if plan["outcome"] in ("met", "absent") else [],
                answers={} if plan["count"] is None else {"returned_count": plan["count"]},
                happened_at=EVENING + dt.timedelta(minutes=plan["minutes"]),
                **fields,
            )
        )
    return made


def picture(rounds: list[Round]) -> dict[str, list]:
    """What the desk would show. A closed task says when it was closed, which depends on what came when; whether
    something is owed does not."""
    return {
        "targets": sorted(
            map(
                str,
                Target.objects.values_list(
                    "round_id",
                    "household_id",
                    "person_id",
                    "state",
                    "reason",
                    "attempt_count",
                    "last_visit_at",
                    "settled_by",
                ),
            )
        ),
        "owed": sorted(
            Task.objects.filter(closed_at=None).values_list("round_id", "household_id", "person_id")
        ),
        "facts": sorted(
            (*row[:-1], intake.sealing.unseal(row[-1], purpose="fact") if row[-1] else "")
            for row in Fact.objects.values_list(
                "household_id", "person_id", "question", "visit_id", "value", "sealed_value"
            )
        ),
        "counters": sorted(
            Coverage.objects.values_list(
                "round_id", "village_path", "due", "done", "exempt", "not_met", "open"
            )
        ),
    }


def outcome(world: World, rounds: list[Round], batches: list[list[OperationInput]]) -> dict:
    """What these batches lead to, in a transaction that is undone."""
    with transaction.atomic():
        receipts = {}
        for batch in batches:
            receipts.update({receipt.op_id: receipt for receipt in send(world, *batch)})
        found = picture(rounds)
        statuses = sorted(Operation.objects.values_list("op_id", "status", "code"))
        for counted in rounds:
            recount(counted)
        assert picture(rounds)["counters"] == found["counters"]
        for task in Task.objects.filter(closed_at=None, person_id=0):
            target = Target.objects.get(round_id=task.round_id, household_id=task.household_id, person_id=0)
            assert target.state in ("open", "not_met")
        transaction.set_rollback(True)
    return {**found, "statuses": statuses, "receipts": receipts}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), plans=histories())
def test_order_repeats_and_batches_change_nothing(world, root, data, plans):
    if not (rounds := list(Round.objects.all())):
        rounds = [world.campaign(), world.campaign("杨梅村", name="再排查")]
    given_operations = operations_of(world, plans)
    straight = outcome(world, rounds, [given_operations])
    straight.pop("receipts")

    repeated = given_operations + data.draw(st.lists(st.sampled_from(given_operations), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    size = data.draw(st.integers(1, len(shuffled)))
    batches = [list(shuffled[at : at + size]) for at in range(0, len(shuffled), size)]
    otherwise = outcome(world, rounds, batches)
    otherwise.pop("receipts")
    assert otherwise == straight


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), plans=histories())
def test_a_batch_does_what_its_operations_do_one_by_one(world, root, data, plans):
    """Receipts, states and the whole history of tasks."""
    if not (rounds := list(Round.objects.all())):
        rounds = [world.campaign(), world.campaign("杨梅村", name="再排查")]
    batch = data.draw(st.permutations(operations_of(world, plans)))

    def history() -> list:
        return sorted(
            Task.objects.values_list(
                "round_id", "household_id", "person_id", "attempt", "closed_as", "visit_id"
            ),
            key=str,
        )

    def run(*, whole: bool) -> tuple:
        with transaction.atomic():
            if whole:
                receipts = send(world, *batch)
            else:
                with mock.patch.object(intake, "_file_whole", return_value=None):
                    receipts = send(world, *batch)
            found = (receipts, picture(rounds), history())
            transaction.set_rollback(True)
        return found

    assert run(whole=True) == run(whole=False)


def test_two_batches_that_wait_for_each_other_are_tried_again(world, root):
    world.campaign()
    calls = []
    filing = intake.EFFECTS["visit"]

    def deadlocked_once(*given, **rights):
        calls.append(given)
        if len(calls) == 1:
            raise OperationalError from DeadlockDetected()
        filing(*given, **rights)

    with mock.patch.dict(intake.EFFECTS, {"visit": deadlocked_once}):
        assert only(send(world, operation(world))) == ("filed", "")
    assert Visit.objects.count() == 1


def test_who_was_met_stays_met_when_a_later_knock_misses_them(world, root):
    found = world.campaign()
    send(world, operation(world))
    missed = [{"person": person.pk, "presence": "not_met"} for person in world.people(HOME)]
    send(world, operation(world, lines=missed, happened_at=EVENING + dt.timedelta(minutes=30)))
    target = Target.objects.get(round=found, household_id=world.households[HOME].pk)
    assert (target.state, target.attempt_count) == ("done", 2)


def test_a_correction_of_who_was_missed_moves_the_task_to_them(world, root):
    world.campaign()
    head, spouse, child = world.people(HOME)

    def missing(person: int, **fields: object) -> OperationInput:
        lines = [
            {"person": one.pk, "presence": "not_met" if one.pk == person else "seen"}
            for one in (head, spouse, child)
        ]
        return operation(world, lines=lines, **fields)

    wrong = missing(spouse.pk)
    send(world, wrong)
    send(world, missing(child.pk, supersedes=str(wrong.op_id)))
    owed = Task.objects.filter(person_id__gt=0).order_by("person_id")
    assert list(owed.values_list("person_id", "closed_as")) == [(spouse.pk, "done"), (child.pk, "")]


def test_a_late_record_finds_the_answers_of_its_own_round(world, root):
    """Found while hardening: the newest facts belong to the next round by then."""
    first = world.campaign()
    send(world, operation(world, happened_at=first.opens_at + dt.timedelta(hours=1)))
    Round.objects.filter(pk=first.pk).update(closed_at=first.opens_at + dt.timedelta(hours=4))
    send(world, operation(world, answers={"returned_count": 2}))
    late = operation(
        world, outcome="nobody_home", lines=[], answers={}, happened_at=first.opens_at + dt.timedelta(hours=2)
    )
    send(world, late)
    assert Target.objects.get(round=first, household_id=world.households[HOME].pk).state == "done"
