"""What a phone sends besides visits, and what becomes of two who did not know of each other."""

from __future__ import annotations

import base64
import datetime as dt
import struct
import uuid

import pytest

from lianfang.accounts.models import Grant
from lianfang.campaigns.models import Exemption, Fact, Round, Target, Visit
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.intake.conflicts.operations import settle_conflict
from lianfang.intake.conflicts.queries import conflicts_on_phones, open_conflicts
from lianfang.intake.models import Conflict, FieldTold, Operation, Paper, PaperVisit, PhoneKey
from lianfang.intake.operations import OperationInput, receive, retry_held
from lianfang.intake.papers.queries import picture_of
from lianfang.register.models import DoorVersion, Household, Person
from lianfang.sync.tests.phones import HOME, Phone, rooted, visit
from lianfang.sync.tests.test_push import codes
from tests.world import TONIGHT, World

HOUR = dt.timedelta(hours=1)
EARLIER = {"happened_at": (TONIGHT - 2 * HOUR).isoformat()}
WITHOUT_HOUSEHOLD = {"channel": "door", "outcome": "met", "answers": {"returned_count": 1}}


def member(name: str = "石大勇", **fields) -> dict:
    return {"name": name, "presence": "seen", "relation": "head", **fields}


def found(world: World, village: str = "杨梅村/1组", **fields) -> dict:
    return {"area": world.areas[village].pk, "label": "9号", **fields}


# ---------- who may not ----------


def test_a_household_elsewhere_waits_for_whoever_leads_there_and_is_filed_by_their_leave(world):
    phone = Phone.of(world)
    op = phone.make("household", found(world, "杨梅村/2组", head_name="石大勇"))
    assert codes(phone.receipts(op)) == [("held", "scope.outside")]
    assert rooted(world, lambda: Household.objects.filter(head_name="石大勇").count()) == 0
    lead = world.actor("邓永福")
    with world.acting("邓永福") as scope:
        assert retry_held(op_id=uuid.UUID(op["op_id"]), scope=scope, by=lead.id).status == "filed"
    assert rooted(world, lambda: Household.objects.get(head_name="石大勇").door.label) == "9号"


def test_nobody_amends_somebody_elsewhere(world):
    phone = Phone.of(world)
    with world.as_root():
        other = world.people("田心村/1组/1")[0]
    op = phone.make("person", {"person": other.pk, "fields": {"name": "某某"}})
    assert codes(phone.receipts(op)) == [("held", "register.members_outside")]
    assert rooted(world, lambda: Person.objects.get(pk=other.pk).name) == other.name


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("household", {"label": "9号"}),
        ("person", {"person": 1, "fields": {}}),
        ("person", {"person": 1, "fields": {"is_current": False}}),
        ("photo", {"visit": str(uuid.uuid4()), "media_type": "image/svg+xml", "data": ""}),
        ("photo", {"visit": str(uuid.uuid4()), "media_type": "image/jpeg", "data": "§"}),
        ("dial", {}),
        ("dial", {"household": 1, "worker": 1}),
        ("exemption", {"household": 1}),
        ("exemption", {"household": 1, "reason": "lazy"}),
        ("visit", {"household": [1], "channel": "door", "outcome": "met"}),
    ],
)
def test_what_does_not_fit_its_kind_is_kept_for_a_person(world, kind, body):
    phone = Phone.of(world)
    assert codes(phone.receipts(phone.make(kind, body))) == [("held", "intake.bad_operation")]


# ---------- found in the field ----------


def test_a_household_that_no_list_had_is_a_target_of_what_runs_there(world):
    world.campaign()
    phone = Phone.of(world)
    body = found(world, room="9", visit={**WITHOUT_HOUSEHOLD, "members": [member()]})
    op = phone.make("household", body)
    assert codes(phone.receipts(op)) == [("filed", "")]
    with world.as_root():
        household = Household.objects.get(head_name="石大勇")
        assert (household.door.label, household.door.room) == ("9号", "9")
        target = Target.objects.get(household_id=household.pk)
        assert (target.origin, target.state) == ("found_in_field", "done")
        assert Visit.objects.get(pk=op["op_id"]).household_id == household.pk


def test_later_operations_name_it_by_the_phones_own_word_whatever_comes_first(world):
    phone, key = Phone.of(world), str(uuid.uuid4())
    made = phone.make("household", found(world))
    first = phone.make(body={**WITHOUT_HOUSEHOLD, "household": made["op_id"], "members": [member(key=key)]})
    second = phone.make(
        body={
            **WITHOUT_HOUSEHOLD,
            "household": made["op_id"],
            "lines": [{"person": key, "presence": "away"}],
            "as_before": [f"{key}.presence"],
        }
    )
    amended = phone.make("person", {"person": key, "fields": {"phone": "13973912345"}})
    for op in (amended, second, first):
        (receipt,) = phone.receipts(op)
        assert (receipt["status"], receipt["code"]) == ("held", "intake.not_yet_known")
    phone.receipts(made)
    assert codes(phone.receipts(*phone.made)) == [("already_filed", "")] * 4
    with world.as_root():
        person = Person.objects.get(name="石大勇")
        assert person.phone == "13973912345"
        assert Visit.objects.get(pk=second["op_id"]).as_before == [f"{person.pk}.presence"]
        assert PhoneKey.objects.count() == 2


def test_in_one_push_it_is_understood_at_once(world):
    phone, key = Phone.of(world), str(uuid.uuid4())
    made = phone.make("household", found(world))
    first = phone.make(body={**WITHOUT_HOUSEHOLD, "household": made["op_id"], "members": [member(key=key)]})
    again = phone.make(
        body={**WITHOUT_HOUSEHOLD, "household": made["op_id"], "lines": [{"person": key, "presence": "seen"}]}
    )
    assert codes(phone.receipts(made, first, again)) == [("filed", "")] * 3


def test_who_is_entered_twice_under_one_word_is_one_person(world):
    phone, key = Phone.of(world), str(uuid.uuid4())
    first = phone.make(body={**visit(world), "members": [member(key=key)]})
    correction = phone.make(
        body={**visit(world), "members": [member("石大永", key=key)], "supersedes": first["op_id"]}
    )
    assert codes(phone.receipts(first, correction)) == [("filed", ""), ("filed", "")]
    assert rooted(world, lambda: Person.objects.filter(name__startswith="石大").count()) == 1


def test_a_shift_that_is_over_still_enters_whom_it_met(world):
    phone = Phone.of(world, works_until=TONIGHT - HOUR)
    op = phone.make(body={**visit(world), "members": [member()]}, **EARLIER)
    Grant.objects.filter(user=phone.device.user).update(ends_at=TONIGHT - HOUR)
    assert codes(phone.receipts(op)) == [("filed", "")]


# ---------- what else ----------


def jpeg() -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHH", 11, 8, 4, 4) + b"\x01\x01\x11\x00"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00" + b"\x12\x34"
    where = b"\xff\xfe" + struct.pack(">H", 2 + 9) + b"26.7N110E"
    return b"\xff\xd8" + where + frame + scan + b"\xff\xd9"


def webp() -> bytes:
    frame = b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 4, 4) + b"\x00\x00"
    chunks = b"VP8X" + struct.pack("<I", 10) + b"\x08\0\0\0\x03\0\0\x03\0\0"
    chunks += (
        b"VP8 " + struct.pack("<I", len(frame)) + frame + b"EXIF" + struct.pack("<I", 10) + b"26.7N110E!"
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


@pytest.mark.parametrize(("media_type", "picture"), [("image/jpeg", jpeg()), ("image/webp", webp())])
def test_a_photo_waits_for_its_visit_and_loses_where_it_was_taken(world, media_type, picture):
    phone = Phone.of(world)
    at_door = phone.make()
    data = base64.b64encode(picture).decode()
    photo = phone.make("photo", {"visit": at_door["op_id"], "media_type": media_type, "data": data})
    assert codes(phone.receipts(photo)) == [("held", "visits.unknown_visit")]
    assert codes(phone.receipts(at_door, photo)) == [("filed", ""), ("already_filed", "")]
    with world.as_root():
        paper = Paper.objects.get()
        assert (paper.area.name, paper.media_type) == ("杨梅村", media_type)
        assert PaperVisit.objects.get().visit_id == uuid.UUID(at_door["op_id"])
        assert b"26.7N" not in picture_of(paper)


def test_a_number_that_was_dialled_is_a_look(world):
    phone = Phone.of(world)
    with world.as_root():
        head = world.people(HOME)[0]
    ops = [
        phone.make("dial", {"household": head.household_id, "person": head.pk}),
        phone.make("dial", {"worker": world.workers["邓永福"].pk}),
    ]
    assert codes(phone.receipts(*ops)) == [("filed", ""), ("filed", "")]
    rows = AuditRow.objects.filter(action__endswith=".dial").order_by("pk")
    assert [(row.action, row.object_kind, row.actor_id) for row in rows] == [
        ("household.dial", "person", world.users["王小红"].pk),
        ("worker.dial", "worker", world.users["王小红"].pk),
    ]


def test_a_request_from_the_door_waits_for_somebody_elses_decision(world):
    world.campaign()
    phone = Phone.of(world)
    home = world.households[HOME].pk
    ops = [
        phone.make("exemption", {"household": home, "reason": "vacant", "note": "门锁着，邻居说空了两年"}),
        phone.make("exemption", {"household": home, "reason": "not_reached"}),
    ]
    assert codes(phone.receipts(*ops)) == [("filed", ""), ("held", "visits.too_few_attempts")]
    asked = rooted(world, Exemption.objects.get)
    assert (asked.household_id, asked.decision, asked.requested_by) == (home, "pending", phone.device.user_id)


# ---------- two who did not know of each other ----------


@pytest.fixture
def two(world) -> tuple[Phone, Phone]:
    world.campaign()
    with clock.frozen(TONIGHT - 9 * HOUR):
        return Phone.of(world), Phone.of(world, "邓永福")


def version_of(world: World, door: str = HOME) -> int:
    return rooted(world, lambda: DoorVersion.objects.get(household_id=world.households[door].pk).version)


def answers(world, count: int, presence: str = "seen", **fields) -> dict:
    body = visit(world, answers={"returned_count": count}, **fields)
    return {**body, "lines": [{**line, "presence": presence} for line in body["lines"]]}


def test_two_answers_both_stand_and_the_village_is_asked(world, two):
    mine, other = two
    seen = version_of(world) - 1
    mine.receipts(mine.make(body=answers(world, 0), base_version=seen))
    late = other.make(body=answers(world, 2), base_version=seen, **EARLIER)
    (receipt,) = other.receipts(late)
    assert (receipt["status"], receipt["code"]) == ("conflict_kept", "visits.two_answers")
    assert receipt["detail"]["question"] == "returned_count"
    assert (receipt["detail"]["mine"], receipt["detail"]["other"]) == (2, 0)
    assert receipt["detail"]["other_by"] == "王小红"
    assert codes(other.receipts(late)) == [("conflict_kept", "visits.two_answers")]
    with world.as_root() as scope:
        assert Visit.objects.count() == 2
        assert Fact.objects.get(question="returned_count").value == 0  # the newest by when it happened
        home = world.households[HOME].pk
        (told,) = open_conflicts(scope, [home])[home]
        assert [value for value, _, _ in told.values] == [0, 2]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_which_of_them_is_known_depends_on_no_order(world, two, order):
    seen = version_of(world) - 1
    ops = [
        two[0].make(body=answers(world, 0), base_version=seen),
        two[1].make(body=answers(world, 2), base_version=seen, **EARLIER),
    ]
    for at in order:
        two[at].receipts(ops[at])
    assert rooted(world, lambda: Fact.objects.get(question="returned_count").value) == 0
    assert rooted(world, Conflict.objects.count) == 1


def test_who_had_seen_the_other_answer_changes_it(world, two):
    mine, other = two
    mine.receipts(mine.make(body=answers(world, 0), base_version=0))
    op = other.make(body=answers(world, 2), base_version=version_of(world))
    assert codes(other.receipts(op)) == [("filed", "")]
    assert rooted(world, Conflict.objects.count) == 0


def test_who_had_seen_it_in_a_database_that_is_gone_has_not(world, two):
    mine, other = two
    mine.receipts(mine.make(body=answers(world, 0), base_version=0))
    op = other.make(body=answers(world, 2), base_version=version_of(world))
    assert codes(other.receipts(op, epoch="another")) == [("conflict_kept", "visits.two_answers")]


def test_the_same_answer_twice_and_ones_own_are_nothing_to_ask_about(world, two):
    mine, other = two
    mine.receipts(mine.make(body=answers(world, 0), base_version=0))
    assert codes(other.receipts(other.make(body=answers(world, 0), base_version=0))) == [("filed", "")]
    assert codes(mine.receipts(mine.make(body=answers(world, 0, "answered_for"), base_version=0))) == [
        ("filed", "")
    ]


def test_one_who_saw_them_and_one_who_heard_they_are_away(world, two):
    mine, other = two
    mine.receipts(mine.make(body=answers(world, 0), base_version=0))
    (receipt,) = other.receipts(other.make(body=answers(world, 0, "away"), base_version=0))
    assert receipt["detail"]["question"] == "presence"
    assert rooted(world, Conflict.objects.count) == 3  # of each member


def test_a_phone_that_names_no_version_had_seen_nothing(world, two):
    mine, other = two
    mine.receipts(mine.make(body=answers(world, 0), base_version=0))
    (receipt,) = other.receipts(other.make(body=answers(world, 2), base_version=None))
    assert (receipt["status"], receipt["code"]) == ("conflict_kept", "visits.two_answers")


def test_a_correction_of_a_door_that_left_the_pack_asks_about_what_came_since(world, two):
    mine, other = two
    first = other.make(body=answers(world, 1), base_version=None, **EARLIER)
    other.receipts(first)
    mine.receipts(mine.make(body=answers(world, 0), base_version=version_of(world)))
    body = answers(world, 2, supersedes=first["op_id"])
    (receipt,) = other.receipts(other.make(body=body, base_version=None))
    assert receipt["status"] == "conflict_kept"
    assert (receipt["detail"]["mine"], receipt["detail"]["other"]) == (2, 0)


def at_the_desk(world: World, count: int, name: str = "邓永福", at: dt.datetime = TONIGHT) -> str:
    body = answers(world, count)
    with world.acting(name) as scope:
        given = OperationInput(uuid.uuid4(), "visit", at, body)
        home, by = world.areas["杨梅村"].path, world.users[name].pk
        (receipt,) = receive([given], source="desk", scope=scope, home_path=home, by=by)
    return receipt.status


def test_a_desk_sees_everything_and_is_never_asked_about(world, two):
    two[0].receipts(two[0].make(body=answers(world, 0), base_version=0))
    assert at_the_desk(world, 2) == "filed"
    assert rooted(world, Conflict.objects.count) == 0


LONG_AGO = TONIGHT - dt.timedelta(days=365)


def a_round_long_ago(world: World, closed_at: dt.datetime | None) -> None:
    """Of the same doors as the one that runs."""
    with world.as_root():
        (running,) = Round.objects.all()
        before = Round.objects.create(
            campaign_id=running.campaign_id,
            number=2,
            opens_at=LONG_AGO - HOUR,
            due_at=LONG_AGO + HOUR,
            closed_at=closed_at,
        )
        Target.objects.bulk_create(
            Target(
                round=before,
                household_id=found.household_id,
                person_id=found.person_id,
                area_path=found.area_path,
                village_path=found.village_path,
                due_at=before.due_at,
            )
            for found in Target.objects.filter(round=running)
        )


def test_what_was_told_in_a_round_that_ended_long_ago_is_no_conflict(world, two):
    a_round_long_ago(world, closed_at=LONG_AGO + HOUR)
    assert at_the_desk(world, 0, at=LONG_AGO) == "filed"
    mine = two[0].make(body=answers(world, 2), base_version=None)
    assert codes(two[0].receipts(mine)) == [("filed", "")]


def test_what_was_told_in_a_round_that_still_runs_is_one(world, two):
    a_round_long_ago(world, closed_at=None)
    assert at_the_desk(world, 0, at=LONG_AGO) == "filed"
    (receipt,) = two[0].receipts(two[0].make(body=answers(world, 2), base_version=None))
    assert receipt["status"] == "conflict_kept"


def test_a_phone_amends_whom_it_entered_itself_unasked(world, two):
    mine, _ = two
    key = str(uuid.uuid4())
    body = {**answers(world, 0), "members": [member("易新来", key=key, relation="other")]}
    assert codes(mine.receipts(mine.make(body=body))) == [("filed", "")]
    made = mine.make("person", {"person": key, "fields": {"name": "易新人"}}, base_version=None)
    assert codes(mine.receipts(made)) == [("filed", "")]
    assert rooted(world, Conflict.objects.count) == 0


def settled(world: World, side: str, name: str = "邓永福", which: int = 0) -> Conflict:
    with world.as_root():
        pk = list(Conflict.objects.order_by("pk").values_list("pk", flat=True))[which]
    with world.acting(name) as scope:
        return settle_conflict(conflict_id=pk, side=side, scope=scope, by=world.users[name].pk)


def test_another_villages_lead_settles_nothing_here(world, two):
    test_two_answers_both_stand_and_the_village_is_asked(world, two)
    with pytest.raises(Problem) as refused:
        settled(world, "first", "谭小英")
    assert refused.value.code == "intake.unknown_conflict"


def test_the_village_says_which_is_right_and_the_receipt_is_plain_again(world, two):
    test_two_answers_both_stand_and_the_village_is_asked(world, two)
    settled(world, "second")
    with world.as_root():
        assert Fact.objects.get(question="returned_count").value == 2
        newest = Visit.objects.order_by("-happened_at").first()
        assert (newest.channel, newest.recorded_by) == ("desk", world.users["邓永福"].pk)
        assert Visit.objects.count() == 3
    assert codes(two[1].receipts(*two[1].made)) == [("already_filed", "")]
    with pytest.raises(Problem) as refused:
        settled(world, "first")
    assert refused.value.code == "intake.already_settled"


def test_where_somebody_was_is_settled_with_where(world, two):
    test_one_who_saw_them_and_one_who_heard_they_are_away(world, two)
    row = settled(world, "second")
    with world.as_root():
        line = Visit.objects.order_by("-happened_at").first().lines.get()
        assert (line.person_id, line.presence) == (row.person_id, "away")


# ---------- fields of the register ----------


def amend(who: Phone, base: int | None = 0, at: dt.timedelta = HOUR, **fields) -> dict:
    with who.world.as_root():
        head = who.world.people(HOME)[0]
    made = {"happened_at": (TONIGHT - at).isoformat(), "base_version": base}
    return who.make("person", {"person": head.pk, "fields": fields}, **made)


def head(world: World) -> Person:
    return rooted(world, lambda: world.people(HOME)[0])


def test_different_fields_of_one_person_merge(world, two):
    mine, other = two
    seen = version_of(world)
    assert codes(mine.receipts(amend(mine, seen, phone="13973912345"))) == [("filed", "")]
    assert codes(other.receipts(amend(other, seen, name="易国强二", sex="male"))) == [("filed", "")]
    person = head(world)
    assert (person.phone, person.name) == ("13973912345", "易国强二")
    assert rooted(world, lambda: Household.objects.get(pk=person.household_id).head_name) == "易国强二"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_same_field_told_by_two_keeps_the_newest_and_asks(world, two, order):
    two[0].receipts(amend(two[0], None, relation="head"))  # else the whole row might be a sheet's
    seen = version_of(world) - 1
    ops = [amend(two[0], seen, name="易国强一"), amend(two[1], seen, 2 * HOUR, name="易国强二")]
    told = [two[at].receipts(ops[at])[0]["status"] for at in order]
    assert told == ["filed", "conflict_kept"]
    assert head(world).name == "易国强一"
    with world.as_root() as scope:
        home = world.households[HOME].pk
        (one,) = open_conflicts(scope, [home])[home]
        assert {value for value, _, _ in one.values} == {"易国强一", "易国强二"}
    settled(world, "first" if order == (1, 0) else "second")
    assert head(world).name == "易国强二"
    assert rooted(world, lambda: FieldTold.objects.get(field="name").told_by) == world.users["邓永福"].pk


def test_a_sheet_that_the_phone_had_not_seen_is_not_written_over_unasked(world, two):
    seen = version_of(world) - 1
    with world.as_root():
        Person.objects.filter(pk=head(world).pk).update(birth_on=dt.date(1979, 5, 1))
    (receipt,) = two[0].receipts(amend(two[0], seen, birth_on="1978-05-01"))
    assert receipt["status"] == "conflict_kept"
    assert receipt["detail"]["other"] == "1979-05-01"
    settled(world, "first")
    assert head(world).birth_on == dt.date(1979, 5, 1)


def test_a_number_that_is_none_is_kept_for_a_person(world, two):
    assert codes(two[0].receipts(amend(two[0], phone="12"))) == [("held", "register.bad_phone")]
    assert rooted(world, lambda: Operation.objects.get().status) == "held"


def test_phones_are_told_of_what_is_open(world, two):
    test_two_answers_both_stand_and_the_village_is_asked(world, two)
    with world.as_root() as scope:
        home = world.households[HOME].pk
        (told,) = conflicts_on_phones(scope, [home])[home]
    assert (told["question"], told["person"]) == ("returned_count", 0)
    assert [(one["value"], one["by"]) for one in told["values"]] == [(0, "王小红"), (2, "邓永福")]
