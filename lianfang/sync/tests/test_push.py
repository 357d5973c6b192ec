"""What a phone sends is stored, dated and filed, and each operation has its receipt."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.accounts.models import Device, Grant
from lianfang.campaigns.models import Coverage, Fact, Target, Task, Visit
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.intake.models import Operation
from lianfang.sync import epoch
from lianfang.sync.models import DatabaseEpoch, DeviceOperation
from lianfang.sync.tests.phones import HOME, PUSH, Phone, rooted, visit
from tests.world import TONIGHT, World

HOUR = dt.timedelta(hours=1)


def codes(receipts) -> list[tuple[str, str]]:
    return [(one["status"], one.get("code", "")) for one in receipts]


def counted(world: World) -> int:
    return rooted(world, Operation.objects.count)


# ---------- who may not ----------


def test_nobody_sends_without_a_phones_key(world):
    phone = Phone.of(world)
    phone.headers = {}
    status, answer = phone.push(phone.make())
    assert (status, answer["error"]["code"], answer["error"]["forget"]) == (401, "devices.unknown", True)
    assert counted(world) == 0


def test_a_session_of_the_desk_is_no_phone(world):
    client = Client()
    client.force_login(world.users["王小红"])
    response = client.post(PUSH, {"ops": []}, content_type="application/json")
    assert response.status_code == 401


def test_a_phone_sends_for_itself_alone(world):
    mine, other = Phone.of(world), Phone.of(world, "曾祥林")
    status, answer = mine.push(mine.make(), device=str(other.device.pk))
    assert (status, answer["code"]) == (409, "sync.other_device")
    assert counted(world) == 0


@pytest.mark.parametrize("fields", [{"contract": 2}, {"contract": None}])
def test_a_phone_of_another_contract_keeps_what_it_has(world, fields):
    phone = Phone.of(world)
    assert phone.push(phone.make(), **fields)[1]["code"] == "sync.other_contract"
    assert counted(world) == 0


@pytest.mark.parametrize(
    "ops", ["x", [1], [{"op_id": "x", "kind": "visit"}], [{"op_id": str(uuid.uuid4()), "kind": "?"}]]
)
def test_what_is_no_list_of_operations_is_refused_whole(world, ops):
    phone = Phone.of(world)
    assert phone.push(ops=ops)[0] == 400


# ---------- filed ----------


def test_what_was_done_is_filed_and_said_to_be(world):
    world.campaign()
    phone = Phone.of(world)
    status, answer = phone.push(phone.make(), packed=True)
    assert (status, codes(answer["receipts"])) == (200, [("filed", "")])
    assert answer["missing_seq"] == []
    assert answer["epoch"] == epoch.current().value
    assert (
        answer["now"] == TONIGHT.astimezone(dt.UTC).isoformat()
        or dt.datetime.fromisoformat(answer["now"]) == TONIGHT
    )
    with world.as_root():
        assert Target.objects.get(household_id=world.households[HOME].pk).state == "done"
        assert Operation.objects.get().area_path == world.areas["杨梅村/1组"].path


def test_whoever_asks_again_learns_the_same(world):
    phone = Phone.of(world)
    good, bad = phone.make(), phone.make(body={"household": 1})
    assert codes(phone.receipts(good, bad)) == [("filed", ""), ("held", "intake.bad_operation")]
    assert codes(phone.receipts(bad, good)) == [("held", "intake.bad_operation"), ("already_filed", "")]
    assert counted(world) == 2


def test_a_receipt_says_in_words_what_is_wrong(world):
    phone = Phone.of(world)
    phone.headers = {**phone.headers, "Accept-Language": "zh-CN"}
    receipt = phone.receipts(phone.make(body={"household": 1}))[0]
    assert "待处理" in receipt["message"]


def test_one_phones_operations_are_filed_in_the_order_in_which_they_were_made(world):
    phone = Phone.of(world)
    first = phone.make()
    correction = phone.make(body=visit(world, supersedes=first["op_id"]))
    assert codes(phone.receipts(correction, first)) == [("filed", ""), ("filed", "")]


def test_a_strange_key_or_number_is_kept_for_a_person(world):
    phone = Phone.of(world)
    odd = phone.make()
    odd["seq"] = "7"
    assert codes(phone.receipts(odd)) == [("held", "intake.bad_operation")]
    assert rooted(world, DeviceOperation.objects.count) == 0


def test_what_the_phone_says_of_itself_is_noted(world):
    phone = Phone.of(world)
    phone.push(phone.make(), reported={"waiting": 3, "refused": 1, "last_seq": 9}, app="1.2")
    device = Device.objects.get()
    assert (device.waiting_count, device.refused_count, device.last_seq, device.stored_count) == (3, 1, 9, 1)
    assert (device.app, device.last_contact_at) == ("1.2", TONIGHT)


# ---------- numbers ----------


def test_a_hole_is_told_and_never_waited_for(world):
    phone = Phone.of(world)
    ops = [phone.make() for _ in range(5)]
    answer = phone.push(ops[0], ops[3])[1]
    assert codes(answer["receipts"]) == [("filed", ""), ("filed", "")]
    assert answer["missing_seq"] == [[2, 3]]
    assert phone.push(ops[1], ops[2])[1]["missing_seq"] == []


def test_one_number_twice_is_filed_twice_and_told(world):
    phone = Phone.of(world)
    one, two = phone.make(), phone.make(seq=1)
    assert codes(phone.receipts(one)) + codes(phone.receipts(two)) == [("filed", ""), ("filed", "")]
    assert AuditRow.objects.filter(action="sync.number_twice", detail={"seq": 1}).count() == 1


# ---------- when ----------


def happened(world: World) -> list[dt.datetime]:
    return rooted(
        world, lambda: list(Visit.objects.order_by("happened_at").values_list("happened_at", flat=True))
    )


def test_a_clock_that_is_wrong_is_put_right(world):
    phone = Phone.of(world)
    wrong = dt.timedelta(days=400)
    op = phone.make(happened_at=(TONIGHT - HOUR - wrong).isoformat(), offset_ms=None)
    phone.receipts(op, sent_at=(TONIGHT - wrong).isoformat())
    assert happened(world) == [TONIGHT - HOUR]


def test_a_clock_without_a_battery_is_put_right(world):
    phone = Phone.of(world)
    op = phone.make(happened_at="1970-01-01T00:05:00+00:00", offset_ms=None)
    phone.receipts(op, sent_at="1970-01-01T01:05:00+00:00")
    assert happened(world) == [TONIGHT - HOUR]


def test_a_time_that_nobody_knows_keeps_the_order_and_is_marked_whenever_it_is_asked(world):
    phone = Phone.of(world)
    sure = phone.make(happened_at=(TONIGHT - 2 * HOUR).isoformat())
    doubtful = phone.make(happened_at="2031-01-01T00:00:00+08:00", clock=2, offset_ms=None)
    phone.receipts(sure)
    for _ in range(2):
        receipt = phone.receipts(doubtful, clock=3)[0]
        assert receipt["detail"] == {"clock": "uncertain"}
    assert happened(world) == [TONIGHT - 2 * HOUR, TONIGHT]


def test_a_run_between_two_contacts_is_taken_to_stand_as_they_did(world):
    phone = Phone.of(world)
    ahead = dt.timedelta(hours=3)
    ms = -3 * 3_600_000
    phone.receipts(phone.make(happened_at=(TONIGHT - 2 * HOUR + ahead).isoformat(), offset_ms=ms))
    lonely = phone.make(happened_at=(TONIGHT - HOUR + ahead).isoformat(), clock=2, offset_ms=None)
    receipt = phone.receipts(lonely, clock=3, sent_at=(TONIGHT + ahead).isoformat(), offset_ms=ms)[0]
    assert "detail" not in receipt
    assert happened(world) == [TONIGHT - 2 * HOUR, TONIGHT - HOUR]


def test_a_neighbour_in_doubt_keeps_the_order_and_proves_nothing(world):
    """Both were made in a run three hours ahead and stand where they came, a minute apart."""
    phone = Phone.of(world)
    for minute in (0, 1):
        at = TONIGHT + dt.timedelta(minutes=minute)
        doubtful = phone.make(happened_at=(TONIGHT + 2 * HOUR).isoformat(), clock=2, offset_ms=None)
        receipt = phone.receipts(doubtful, clock=3, at=at)[0]
        assert receipt["detail"] == {"clock": "uncertain"}


# ---------- phones that have ended ----------


def test_a_revoked_phone_dates_nothing_before_what_it_had_sent(world):
    """Whoever holds it may set its clock and say how that stands; the numbers of its operations are given in order."""
    phone = Phone.of(world)
    phone.receipts(phone.make(happened_at=(TONIGHT - 2 * HOUR).isoformat()))
    Device.objects.update(revoked_at=TONIGHT - HOUR)
    lost = phone.make(happened_at="2031-01-01T00:00:00+08:00", clock=2, offset_ms=None)
    assert codes(phone.receipts(lost)) == [("quarantined", "sync.after_revocation")]
    lie = phone.make(happened_at=(TONIGHT - 3 * HOUR).isoformat(), offset_ms=0)
    assert codes(phone.receipts(lie)) == [("quarantined", "sync.after_revocation")]
    honest = phone.make(happened_at=(TONIGHT - HOUR * 1.5).isoformat())
    assert codes(phone.receipts(honest)) == [("filed", "")]


def pulled(phone: Phone, last_seq: int, at: dt.datetime) -> None:
    with clock.frozen(at):
        answer = Client().get("/api/v1/sync/pull", {"last_seq": last_seq}, headers=phone.headers)
    assert answer.status_code == 200


def test_a_revoked_phone_dates_nothing_before_a_contact_at_which_it_was_not_made(world):
    phone = Phone.of(world)
    phone.receipts(phone.make(happened_at=(TONIGHT - 5 * HOUR).isoformat()), at=TONIGHT - 4 * HOUR)
    pulled(phone, 1, TONIGHT - 2 * HOUR)
    Device.objects.update(revoked_at=TONIGHT - HOUR)
    lie = phone.make(happened_at=(TONIGHT - 3 * HOUR).isoformat(), offset_ms=0)
    assert codes(phone.receipts(lie)) == [("quarantined", "sync.after_revocation")]
    honest = phone.make(happened_at=(TONIGHT - HOUR * 1.5).isoformat())
    assert codes(phone.receipts(honest)) == [("filed", "")]


def test_a_clock_moved_and_moved_back_between_two_pulls_is_seen_where_they_contradict_it(world):
    """Three hours ahead while it was made, right before and after."""
    phone = Phone.of(world)
    phone.receipts(phone.make(happened_at=(TONIGHT - 8 * HOUR).isoformat()), at=TONIGHT - 8 * HOUR)
    moved = phone.make(happened_at=(TONIGHT - 3 * HOUR).isoformat(), clock=2, offset_ms=None)
    pulled(phone, 2, TONIGHT - 6 * HOUR)
    (receipt,) = phone.receipts(moved, clock=3, offset_ms=0)
    assert receipt["detail"] == {"clock": "uncertain"}
    assert DeviceOperation.objects.get(seq=2).happened_at == TONIGHT - 6 * HOUR


def test_what_was_done_before_the_phone_was_revoked_counts_and_the_rest_waits(world):
    phone = Phone.of(world)
    before = phone.make(happened_at=(TONIGHT - 2 * HOUR).isoformat())
    after = phone.make(happened_at=(TONIGHT - HOUR).isoformat())
    Device.objects.update(revoked_at=TONIGHT - HOUR * 1.5)
    assert codes(phone.receipts(before, after)) == [("filed", ""), ("quarantined", "sync.after_revocation")]
    assert codes(phone.receipts(before, after)) == [
        ("already_filed", ""),
        ("quarantined", "sync.after_revocation"),
    ]
    assert len(happened(world)) == 1


def test_the_shift_of_a_newcomer_ends_and_what_they_did_in_it_counts(world):
    phone = Phone.of(world, works_until=TONIGHT - HOUR)
    before = phone.make(happened_at=(TONIGHT - 2 * HOUR).isoformat())
    after = phone.make(happened_at=(TONIGHT - HOUR / 2).isoformat())
    Grant.objects.filter(user=phone.device.user).update(ends_at=TONIGHT - HOUR)
    assert codes(phone.receipts(before, after)) == [("filed", ""), ("quarantined", "sync.after_shift")]


# ---------- a database that went back in time ----------


def test_a_database_older_than_the_one_that_was_here_is_noticed(world):
    first = epoch.current().value
    assert epoch.current().value == first
    epoch.advance_mark()
    assert epoch.current().value == first
    DatabaseEpoch.objects.update(mark=0)  # what a restore does
    second = epoch.current().value
    assert second != first
    assert epoch.current().value == second


def test_whoever_restored_says_so(world):
    first = epoch.current().value
    epoch.note_backup(timezone.now())
    assert epoch.note_restored(by=None) == epoch.current().value != first
    assert epoch.current().backed_up_through is None


def test_backups_are_told_with_a_margin(world):
    epoch.current()
    began = clock.now() - HOUR
    epoch.note_backup(began)
    assert epoch.current().backed_up_through == began - dt.timedelta(minutes=10)
    with pytest.raises(Exception, match="备份"):
        epoch.note_backup(clock.now() + HOUR)


# ---------- whatever the order ----------


def state(world: World):
    with world.as_root():
        return (
            sorted(Visit.objects.values_list("id", "happened_at", "supersedes")),
            sorted(Fact.objects.values_list("household_id", "person_id", "question", "value", "visit_id")),
            sorted(Target.objects.values_list("household_id", "state", "reason", "attempt_count")),
            sorted(Task.objects.values_list("household_id", "person_id", "slot", "closed_as")),
            sorted(Coverage.objects.values_list("village_path", "due", "done", "not_met", "open")),
        )


class Undone(Exception):
    """Nothing of it is kept."""


def evening(world: World) -> Phone:
    """What one worker did, with a correction, an attempt, an answer that changed, and one that cannot be filed."""
    phone = Phone.of(world)
    other = "杨梅村/1组/2"
    first = phone.make(op_id=str(uuid.UUID(int=1)))
    phone.make(
        op_id=str(uuid.UUID(int=2)), body=visit(world, other, outcome="nobody_home", lines=[], answers={})
    )
    phone.make(
        op_id=str(uuid.UUID(int=3)),
        body=visit(world, supersedes=first["op_id"], answers={"returned_count": 1}),
    )
    phone.make(op_id=str(uuid.UUID(int=4)), body=visit(world, other, answers={"returned_count": 2}))
    phone.make(op_id=str(uuid.UUID(int=5)), body={"household": 1})
    phone.make(op_id=str(uuid.UUID(int=6)), body=visit(world, other, answers={"returned_count": 3}))
    return phone


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_order_any_repeats_any_batches_end_alike(world, data):
    ends = []
    for shuffles in (False, True):
        try:
            with transaction.atomic():
                world.campaign()
                phone = evening(world)
                order = list(phone.made)
                if shuffles:
                    repeats = data.draw(st.lists(st.sampled_from(range(len(order))), max_size=4))
                    order = data.draw(st.permutations(order + [order[at] for at in repeats]))
                told = {}
                while order:
                    size = data.draw(st.integers(1, len(order))) if shuffles else len(order)
                    piece, order = order[:size], order[size:]
                    for receipt in phone.receipts(*piece):
                        told[receipt["op_id"]] = receipt
                final = {one["op_id"]: one for one in phone.receipts(*phone.made)}
                ends.append((state(world), final, phone.push()[1]["missing_seq"]))
                raise Undone
        except Undone:
            pass
    assert ends[0] == ends[1]
