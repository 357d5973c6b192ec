"""What a phone files for the rows of pushed lists: calls, answers, numbers dialled, and a row taken to ring."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from lianfang.campaigns.models import Target
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.intake.models import Operation
from lianfang.intake.operations import retry_held
from lianfang.register.models import Household, Person
from lianfang.sync.tests.phones import HOME, Phone, rooted
from lianfang.sync.tests.test_lists import line, only_row, sent
from lianfang.sync.tests.test_lists import yang as yang
from lianfang.sync.tests.test_pull import pulled
from lianfang.sync.tests.test_push import codes
from lianfang.verification.models import Answer, Call, Hop, PushedList, PushedRow
from lianfang.verification.operations import answering, giving, sending
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
CLAIM = "/api/v1/lists/claim"


@pytest.fixture
def row(world: World, yang: Person) -> PushedRow:
    """A row of somebody of 1组, out to it."""
    return only_row(world, sent(world, line(yang)))


def again(world: World, row: PushedRow) -> PushedRow:
    return rooted(world, lambda: PushedRow.objects.get(pk=row.pk))


def counted(world: World, model: type, **of: object) -> int:
    return rooted(world, lambda: model.objects.filter(**of).count())


def claimed(phone: Phone, row_id: object, at: dt.datetime = TONIGHT) -> tuple[int, dict]:
    with clock.frozen(at):
        response = Client(enforce_csrf_checks=True).post(
            CLAIM, json.dumps({"row": row_id}), content_type="application/json", headers=phone.headers
        )
    return response.status_code, response.json()


def answer_of(row: PushedRow, code: str = "controlled", **said: object) -> dict:
    return {"row": row.pk, "code": code, **said}


# ---------- who may not ----------


def test_the_neighbours_phone_files_nothing_of_a_row_that_was_never_theirs(world, row):
    phone = Phone.of(world, "谭小英")
    ops = [
        phone.make("list_call", {"row": row.pk, "outcome": "reached"}),
        phone.make("list_answer", answer_of(row)),
        phone.make("list_answer", {"row": 10**12, "code": "controlled"}),
    ]
    assert codes(phone.receipts(*ops)) == [("held", "verification.unknown_row")] * 3
    assert (counted(world, Call), counted(world, Answer), again(world, row).state) == (0, 0, "out")


def test_nobody_takes_a_row_elsewhere_or_without_a_phones_key(world, row):
    assert claimed(Phone.of(world, "谭小英"), row.pk)[1]["code"] == "verification.unknown_row"
    client = Client()
    client.force_login(world.users["王小红"])
    refused = client.post(CLAIM, json.dumps({"row": row.pk}), content_type="application/json")
    assert refused.status_code == 401
    assert again(world, row).taken_at is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("list_call", {}),
        ("list_call", {"row": 1}),
        ("list_call", {"row": 1, "outcome": "maybe"}),
        ("list_call", {"row": "1", "outcome": "reached"}),
        ("list_call", {"row": 1, "outcome": "reached", "phone": "13900000000"}),
        ("list_answer", {"row": 1}),
        ("list_answer", {"row": 1, "code": "fine"}),
        ("list_answer", {"row": 1, "code": "controlled", "test_result": "good"}),
        ("list_answer", {"row": 1, "code": "controlled", "tested_on": "yesterday"}),
        ("list_answer", {"row": 1, "code": "controlled", "household": [1]}),
        ("list_answer", {"row": 1, "code": "controlled", "note": "x" * 501}),
        ("dial", {"row": 1, "household": 1}),
    ],
)
def test_what_does_not_fit_its_kind_is_kept_for_a_person(world, kind, body):
    phone = Phone.of(world)
    assert codes(phone.receipts(phone.make(kind, body))) == [("held", "intake.bad_operation")]


def test_nobody_of_that_name_needs_three_tries_and_not_here_a_place(world, row):
    phone = Phone.of(world)
    ops = [
        phone.make("list_answer", answer_of(row, "nobody")),
        phone.make("list_answer", answer_of(row, "not_here")),
        phone.make("list_answer", answer_of(row, "in_progress")),
        phone.make("list_call", {"row": row.pk, "outcome": "objected"}),
    ]
    assert [code for _status, code in codes(phone.receipts(*ops))] == [
        "verification.not_tried",
        "verification.place_required",
        "verification.owner_required",
        "verification.note_required",
    ]


# ---------- a row is rung and answered ----------


def test_a_phone_pulls_a_row_rings_answers_and_sends_it_all_twice(world, row):
    phone = Phone.of(world)
    assert [one["id"] for one in pulled(phone)["lists"]["rows"]] == [row.pk]
    ops = [
        phone.make("dial", {"row": row.pk}),
        phone.make("list_call", {"row": row.pk, "outcome": "no_answer"}),
        phone.make("list_call", {"row": row.pk, "outcome": "reached", "note": "在家"}),
        phone.make(
            "list_answer", answer_of(row, measure="居家隔离", present_place="家里", tested_on="2026-08-06")
        ),
    ]
    assert codes(phone.receipts(*ops)) == [("filed", "")] * 4
    assert codes(phone.receipts(*ops)) == [("already_filed", "")] * 4
    with world.as_root():
        calls = list(Call.objects.filter(row=row).order_by("happened_at"))
        (answer,) = Answer.objects.filter(row=row)
    assert [(call.outcome, call.happened_at) for call in calls] == [
        ("no_answer", dt.datetime.fromisoformat(ops[1]["happened_at"])),
        ("reached", dt.datetime.fromisoformat(ops[2]["happened_at"])),
    ]
    assert (answer.code, answer.measure, answer.present_place) == ("controlled", "居家隔离", "家里")
    assert answer.happened_at == dt.datetime.fromisoformat(ops[3]["happened_at"])
    assert (answer.by, answer.operation_id) == (world.workers["王小红"].pk, uuid.UUID(ops[3]["op_id"]))
    standing = again(world, row)
    assert (standing.state, standing.answer_id, standing.attempt_count) == ("answered", answer.pk, 2)
    dialled = AuditRow.objects.get(action="list.dial")
    assert (dialled.object_kind, dialled.object_id) == ("pushed_row", str(row.pk))
    (told,) = pulled(phone)["lists"]["rows"]
    assert (told["state"], told["answer"]["code"], told["answer"]["mine"]) == ("answered", "controlled", True)


def test_in_progress_names_the_sender_as_who_has_it(world, row):
    phone = Phone.of(world)
    op = phone.make("list_answer", answer_of(row, "in_progress", note="晚上上门"))
    assert codes(phone.receipts(op)) == [("filed", "")]
    with world.as_root():
        assert Answer.objects.get(row=row).owner_id == world.workers["王小红"].pk
    assert again(world, row).state == "in_progress"


def test_a_list_that_was_closed_meanwhile_keeps_the_answer_for_a_person(world, row):
    with world.as_root():
        PushedList.objects.update(state="closed", closed_at=TONIGHT)
    phone = Phone.of(world)
    assert pulled(phone)["lists"]["rows"] == []
    op = phone.make("list_answer", answer_of(row))
    assert codes(phone.receipts(op)) == [("held", "verification.closed")]


# ---------- a row that went elsewhere ----------


def give(world: World, row: PushedRow, to: str, by: str = "邓永福") -> None:
    with world.acting(by) as scope:
        worker = world.workers[to].pk
        giving.give(row_id=row.pk, worker_id=worker, scope=scope, by=world.users[by].pk)


def test_a_row_at_the_village_that_is_given_to_a_grid_worker_goes_down_to_them(world, row):
    village = world.areas["杨梅村"]
    with world.as_root():
        PushedRow.objects.filter(pk=row.pk).update(area_path=village.path, worker_id=None)
        Hop.objects.filter(row=row, area_path__gt=village.path).delete()
    assert pulled(Phone.of(world, "曾祥林"))["lists"]["rows"] == []
    give(world, row, "曾祥林")
    (told,) = pulled(Phone.of(world, "曾祥林"))["lists"]["rows"]
    assert told["worker"] == "mine"
    with world.as_root():
        hop = Hop.objects.filter(row=row).latest("pk")
    grid = world.areas["杨梅村/2组"].path
    assert (hop.kind, hop.from_path, hop.area_path) == ("down", village.path, grid)
    assert again(world, row).area_path == grid


def test_a_row_given_to_who_answers_for_the_village_stays_where_it_is(world, row):
    hops = counted(world, Hop, row=row)
    give(world, row, "邓永福")
    assert again(world, row).area_path == row.area_path
    assert counted(world, Hop, row=row) == hops


def test_what_was_done_before_the_row_was_given_on_counts_and_is_credited(world, row):
    phone = Phone.of(world)
    ops = [
        phone.make("list_call", {"row": row.pk, "outcome": "reached"}),
        phone.make("list_answer", answer_of(row)),
    ]
    give(world, row, "曾祥林")
    assert again(world, row).area_path == world.areas["杨梅村/2组"].path
    assert codes(phone.receipts(*ops)) == [("filed", ""), ("filed", "")]
    with world.as_root():
        assert Answer.objects.get(row=row).by == world.workers["王小红"].pk
    assert again(world, row).state == "answered"


def handed_back(world: World, row: PushedRow, by: str = "王小红") -> None:
    with world.acting(by) as scope:
        sending.hand_back(
            row_id=row.pk, proposed="田心村", reason="不是本组", scope=scope, by=world.users[by].pk
        )


def test_of_a_row_that_was_handed_back_the_call_counts_and_the_answer_waits_for_who_has_it(world, row):
    phone = Phone.of(world)
    call = phone.make("list_call", {"row": row.pk, "outcome": "reached"})
    answer = phone.make("list_answer", answer_of(row))
    handed_back(world, row)
    assert codes(phone.receipts(call, answer)) == [("filed", ""), ("held", "verification.moved_on")]
    assert again(world, row).answer == ""
    lead = world.actor("邓永福")
    with world.acting("邓永福") as scope:  # the village has it now
        assert retry_held(op_id=uuid.UUID(answer["op_id"]), scope=scope, by=lead.id).status == "filed"
    with world.as_root():
        assert Answer.objects.get(row=row).by == world.workers["王小红"].pk
    assert counted(world, Call, row=row) == 1


# ---------- two who answer ----------


def at_desk(world: World, row: PushedRow, code: str = "past_period", by: str = "邓永福") -> Answer:
    with world.acting(by) as scope:
        said = answering.Said(code)
        return answering.answer(row_id=row.pk, said=said, scope=scope, by=world.users[by].pk)


def test_an_older_answer_of_somebody_else_is_kept_and_does_not_stand_until_the_village_says_so(world, row):
    phone = Phone.of(world)
    op = phone.make("list_answer", answer_of(row, measure="居家隔离"))
    later = at_desk(world, row)
    (receipt,) = phone.receipts(op)
    assert (receipt["status"], receipt["code"]) == ("conflict_kept", "verification.later_answer")
    assert receipt["detail"] == {
        "row": row.pk,
        "said": "controlled",
        "standing": "past_period",
        "standing_at": later.happened_at.astimezone(dt.UTC).isoformat(),
        "standing_by": "邓永福",
    }
    assert counted(world, Answer, row=row) == 2
    assert again(world, row).answer_id == later.pk
    assert codes(phone.receipts(op)) == [("conflict_kept", "verification.later_answer")]
    assert counted(world, Answer, row=row) == 2
    with world.acting("邓永福") as scope:  # who has read both files it
        receipt = retry_held(op_id=uuid.UUID(op["op_id"]), scope=scope, by=world.users["邓永福"].pk)
    assert receipt.status == "filed"
    standing = again(world, row)
    assert (standing.answer, rooted(world, lambda: Operation.objects.get(pk=op["op_id"]).status)) == (
        "controlled",
        "filed",
    )


def test_a_later_answer_than_somebody_elses_replaces_it(world, row):
    phone = Phone.of(world)
    at_desk(world, row)
    op = phone.make("list_answer", answer_of(row), happened_at=(TONIGHT + HOUR).isoformat())
    assert codes(phone.receipts(op, at=TONIGHT + 2 * HOUR)) == [("filed", "")]
    assert again(world, row).answer == "controlled"


def test_what_the_clock_answered_gives_way_to_who_rang_before(world, row):
    phone = Phone.of(world)
    op = phone.make("list_answer", answer_of(row))
    with world.acting("周敏") as scope:
        answering.answer_interim(list_id=row.list_id, scope=scope, by=world.users["周敏"].pk)
    assert codes(phone.receipts(op)) == [("filed", "")]
    assert (again(world, row).answer, again(world, row).state) == ("controlled", "answered")


# ---------- taken to ring ----------


def test_a_row_is_taken_by_one_until_a_quarter_of_an_hour_later(world, row):
    assert claimed(Phone.of(world), row.pk) == (200, {"taken_until": "2026-08-07T13:20:00Z"})
    status, answer = claimed(Phone.of(world, "邓永福"), row.pk)
    assert (status, answer["code"]) == (409, "verification.taken")
    assert answer["message"]
    night = TONIGHT + 2 * HOUR
    assert claimed(Phone.of(world), row.pk, night)[1]["code"] == "verification.night"
    at_desk(world, row)
    assert claimed(Phone.of(world), row.pk)[1]["code"] == "verification.answered"
    for wrong in (None, "1", True, -1):
        assert claimed(Phone.of(world), wrong)[0] == 400


def test_a_call_from_before_does_not_let_go_of_who_rings_now(world, row):
    phone = Phone.of(world)
    earlier = phone.make("list_call", {"row": row.pk, "outcome": "busy"})
    claimed(Phone.of(world, "邓永福"), row.pk)
    phone.receipts(earlier)
    assert again(world, row).taken_at == TONIGHT


# ---------- what comes of an answer ----------


def test_who_was_found_at_a_door_is_linked_to_it(world):
    row = only_row(world, sent(world, "石大勇,,13900000009,武冈市司马冲镇杨梅村1组,长沙市"))
    with world.as_root():
        PushedRow.objects.filter(pk=row.pk).update(area_path=world.areas["杨梅村/1组"].path, state="out")
    phone = Phone.of(world)
    member = {"name": "石大勇", "presence": "seen", "relation": "head"}
    met = {"channel": "door", "outcome": "met", "answers": {"returned_count": 1}, "members": [member]}
    area = world.areas["杨梅村/1组"].pk
    door = phone.make("household", {"area": area, "label": "9号", "head_name": "石大勇", "visit": met})
    answer = phone.make("list_answer", answer_of(row, household=door["op_id"]))
    assert codes(phone.receipts(answer)) == [("held", "intake.not_yet_known")]
    assert codes(phone.receipts(door)) == [("filed", "")]
    assert codes(phone.receipts(answer)) == [("already_filed", "")]
    found = again(world, row)
    with world.as_root():
        person = Person.objects.get(name="石大勇")
    assert (found.household_id, found.person_id, found.verdict) == (person.household_id, person.pk, "same")


def test_a_door_elsewhere_is_not_linked_and_a_namesake_born_otherwise_is_not_the_person(world, row):
    with world.as_root():
        PushedRow.objects.filter(pk=row.pk).update(
            person_id=None, household_id=None, verdict="unknown", birth_on=dt.date(1999, 1, 1)
        )
    phone, elsewhere = Phone.of(world), world.households["田心村/1组/1"].pk
    op = phone.make("list_answer", answer_of(row, household=elsewhere))
    assert codes(phone.receipts(op)) == [("held", "scope.outside")]
    op = phone.make("list_answer", answer_of(row, household=world.households[HOME].pk))
    assert codes(phone.receipts(op)) == [("filed", "")]
    found = again(world, row)
    assert (found.household_id, found.person_id, found.verdict) == (
        world.households[HOME].pk,
        None,
        "unknown",
    )


def swept(world: World, yang: Person) -> PushedRow:
    """A sweep runs that had missed yang's door, and a list came."""
    sweep = world.campaign()
    with world.as_root():
        Target.objects.filter(round=sweep, household_id=yang.household_id).delete()
    return only_row(world, sent(world, line(yang)))


def test_who_is_under_watch_and_was_missed_by_the_sweep_becomes_its_target_once(world, yang):
    row = swept(world, yang)
    phone = Phone.of(world)
    targets = {"household_id": yang.household_id}
    for code, targets_then in (("past_period", 0), ("controlled", 1), ("controlled", 1)):
        assert codes(phone.receipts(phone.make("list_answer", answer_of(row, code)))) == [("filed", "")]
        assert counted(world, Target, **targets) == targets_then
    with world.as_root():
        (target,) = Target.objects.filter(**targets)
        assert Household.objects.get(pk=yang.household_id).area_path == target.area_path
    assert (target.origin, target.state) == ("found_in_field", "open")


def test_a_list_belongs_to_the_round_that_runs_only_if_there_is_just_one(world, yang):
    world.campaign()
    only = sent(world, line(yang))
    world.campaign()
    one_of_two = sent(world, line(yang), number="0807-2")
    assert (only.round_id is not None, one_of_two.round_id) == (True, None)


def test_what_waits_is_read_in_words_by_whoever_leads_there(world, row):
    phone = Phone.of(world)
    op = phone.make("list_answer", answer_of(row, "past_period", test_result="negative"))
    handed_back(world, row)
    assert codes(phone.receipts(op)) == [("held", "verification.moved_on")]
    client = Client()
    client.force_login(world.users["邓永福"])
    with clock.frozen(TONIGHT):
        page = client.get(reverse("held_one", args=[op["op_id"]])).content.decode()
    assert all(
        word in page for word in ("名单核查结果", f"0807-1 · {row.name}", "超期", "阴性", "已经退回或改派")
    )
