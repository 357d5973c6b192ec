"""What may be done with a list, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lianfang.areas.models import Area, AreaChange
from lianfang.campaigns.models import Emergency
from lianfang.core.problems import Problem
from lianfang.register.models import Person
from lianfang.verification.models import Answer, AnswerCode, Call, ListReminder, PushedList, PushedRow
from lianfang.verification.operations import answering, reminding, returns, sending, sorting
from lianfang.verification.queries.desk import unfinished_lists
from lianfang.verification.tests.conftest import Take, row_of
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db
NOBODY_KNOWN = "不在册,,13700000000,"


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Problem) as found:
        yield
    assert found.value.code == code


def sort_again(world: World, found: PushedList) -> PushedList:
    with world.acting("周敏") as scope:
        return sorting.sort(list_id=found.pk, scope=scope, by=world.users["周敏"].pk)


def send(world: World, found: PushedList) -> int:
    with world.acting("周敏") as scope:
        return sending.dispatch(list_id=found.pk, scope=scope, by=world.users["周敏"].pk)


def answered(world: World, name: str, row: PushedRow, code: str, **said: object) -> Answer:
    with world.acting(name) as scope:
        return answering.answer(
            row_id=row.pk, said=answering.Said(code, **said), scope=scope, by=world.users[name].pk
        )


def give_back(world: World, list_id: int) -> dict[str, int]:
    with world.acting("周敏") as scope:
        by = world.users["周敏"].pk
        answering.answer_interim(list_id=list_id, scope=scope, by=by)
        return dict(returns.return_list(list_id=list_id, scope=scope, by=by).counts)


def rows(world: World, found: PushedList) -> list[PushedRow]:
    with world.acting("周敏") as scope:
        return list(PushedRow.objects.filter(scope.q(), list=found).order_by("row"))


# ---------- sorted again ----------


def test_a_list_that_is_out_is_not_sorted_again(world: World, take: Take, yang: Person):
    found = take(row_of(yang))
    send(world, found)
    with refused("verification.already_out"):
        sort_again(world, found)


def test_sorted_again_what_the_register_answered_is_answered_anew(world: World, take: Take, yang: Person):
    found = take(row_of(yang), row_of(yang))
    assert [row.bucket for row in rows(world, found)] == ["out", "doubled"]
    sort_again(world, found)
    assert [row.bucket for row in rows(world, found)] == ["out", "doubled"]


def test_sorted_again_what_somebody_placed_stays_where_they_placed_it(world: World, take: Take, yang: Person):
    found = take(row_of(yang), NOBODY_KNOWN)
    desk = rows(world, found)[1]
    assert desk.state == PushedRow.State.DESK
    with world.acting("周敏") as scope:
        sending.place(row_id=desk.pk, area=world.areas["田心村"], scope=scope, by=world.users["周敏"].pk)
    again = sort_again(world, found)
    placed = rows(world, found)[1]
    assert (placed.pk, placed.state, placed.village_code) == (desk.pk, "ready", "430581107222")
    assert again.row_count == 2


def test_what_the_register_answered_is_kept_as_an_answer_when_the_list_leaves_the_desk(
    world: World, take: Take, yang: Person
):
    found = take(row_of(yang), row_of(yang))
    doubled = rows(world, found)[1]
    assert doubled.answer == AnswerCode.ALREADY_CHECKED
    assert doubled.answer_id is None
    send(world, found)
    send(world, found)
    with world.acting("周敏"):
        (kept,) = Answer.objects.filter(row=doubled)
    assert (kept.code, kept.by, kept.from_row_id) == ("already_checked", None, doubled.same_as_id)
    assert rows(world, found)[1].answer_id == kept.pk


# ---------- the clock ----------


def remind(world: World, share: float, found: PushedList) -> dict[str, int]:
    with world.as_root():
        reminding.raise_list_reminders(found.received_at + (found.due_at - found.received_at) * share)
        return dict(
            ListReminder.objects.filter(
                list=found, threshold=max(t for t in (50, 75, 90, 100) if t <= share * 100)
            ).values_list("area__name", "open_count")
        )


def test_at_half_time_who_has_rows_and_their_village_lead_hear_of_it_and_at_ninety_the_leads_above_too(
    world: World, take: Take, yang: Person
):
    found = take(row_of(yang))
    send(world, found)
    assert remind(world, 0.5, found) == {"1组": 1, "杨梅村": 1}
    assert remind(world, 0.9, found) == {"1组": 1, "杨梅村": 1, "司马冲镇": 1, "武冈市": 1}


def test_a_list_that_nobody_sorted_or_sent_down_is_told_to_the_county(world: World, take: Take, yang: Person):
    unsorted = take(row_of(yang), is_sorted=False)
    waiting = take(NOBODY_KNOWN, number="0807-2")
    assert remind(world, 0.5, unsorted) == {"武冈市": 0}
    assert remind(world, 0.5, waiting) == {"武冈市": 1}


# ---------- answers ----------


def sent(world: World, take: Take, *said: str) -> PushedRow:
    found = take(*said)
    send(world, found)
    return rows(world, found)[0]


def phone_of(world: World, person: Person) -> str | None:
    with world.as_root():
        return Person.objects.get(pk=person.pk).phone


def test_the_neighbour_village_answers_nothing_of_it(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    with refused("verification.unknown_row"):
        answered(world, "谭小英", row, AnswerCode.CONTROLLED)


@pytest.mark.parametrize("code", [AnswerCode.WRONG_PHONE, AnswerCode.DEAD_NUMBER])
def test_a_wrong_number_leaves_the_record_and_a_correction_puts_it_back(
    world: World, take: Take, yang: Person, code: str
):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, code)
    assert phone_of(world, yang) is None
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    assert phone_of(world, yang) == yang.phone


def test_another_number_in_the_record_stays(world: World, take: Take, yang: Person):
    said = f"{yang.name},{yang.id_number},13907399999,武冈市司马冲镇杨梅村"
    answered(world, "王小红", sent(world, take, said), AnswerCode.WRONG_PHONE)
    assert phone_of(world, yang) == yang.phone


def test_a_number_written_since_is_not_overwritten_by_a_correction(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.WRONG_PHONE)
    with world.as_root():
        Person.objects.filter(pk=yang.pk).update(phone="13907398888")
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    assert phone_of(world, yang) == "13907398888"


def test_whom_another_village_spoke_to_is_not_rung_again(world: World, take: Take, yang: Person):
    first = sent(world, take, row_of(yang))
    with world.acting("王小红") as scope:
        answering.record_call(row_id=first.pk, outcome="reached", scope=scope, by=world.users["王小红"].pk)
    moved = take(row_of(yang), number="0807-2")
    second = rows(world, moved)[0]
    with world.as_root():
        village = world.areas["田心村"]
        PushedRow.objects.filter(pk=second.pk).update(area_path=village.path, state="out")
    with world.acting("谭小英") as scope, refused("verification.unknown_row"):
        answering.claim(row_id=second.pk, scope=scope, by=world.users["谭小英"].pk)
    with world.as_root():
        PushedRow.objects.filter(pk=second.pk).update(area_path=world.areas["田心村/1组"].path)
    with world.acting("谭小英") as scope, refused("verification.spoken_to"):
        answering.claim(row_id=second.pk, scope=scope, by=world.users["谭小英"].pk)


# ---------- confirmed on the way up ----------


def confirm(world: World, name: str, row: PushedRow, level: str) -> int:
    with world.acting(name) as scope:
        return answering.confirm(row_ids=[row.pk], level=level, scope=scope, by=world.users[name].pk)


def test_a_worker_confirms_nothing_and_a_village_not_for_its_township(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    with refused("scope.outside"):
        confirm(world, "王小红", row, "village")
    with refused("scope.outside"):
        confirm(world, "邓永福", row, "town")


def test_nobody_confirms_what_they_answered_themselves(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    answered(world, "邓永福", row, AnswerCode.CONTROLLED)
    with refused("verification.own_answer"):
        confirm(world, "邓永福", row, "village")
    assert confirm(world, "戴春燕", row, "village") == 1


def test_the_township_confirms_after_the_village_and_a_correction_is_confirmed_anew(
    world: World, take: Take, yang: Person
):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    with refused("verification.confirm_order"):
        confirm(world, "戴春燕", row, "town")
    assert confirm(world, "邓永福", row, "village") == 1
    assert confirm(world, "戴春燕", row, "town") == 1
    answered(world, "王小红", row, AnswerCode.PASSED_THROUGH)
    with refused("verification.confirm_order"):
        confirm(world, "戴春燕", row, "town")


# ---------- whose list it is ----------


def test_a_township_neither_sorts_nor_sends_nor_returns_the_list_of_its_county(
    world: World, take: Take, yang: Person
):
    found = take(row_of(yang))
    by = world.users["戴春燕"].pk
    for act in (sorting.sort, sending.dispatch, returns.return_list):
        with world.acting("戴春燕") as scope, refused("scope.outside"):
            act(list_id=found.pk, scope=scope, by=by)


def test_a_closed_list_is_not_returned_again(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    give_back(world, row.list_id)
    with world.acting("周敏") as scope:
        by = world.users["周敏"].pk
        returns.close_list(list_id=row.list_id, scope=scope, by=by)
        with refused("verification.closed"):
            returns.return_list(list_id=row.list_id, scope=scope, by=by)


def test_a_township_does_not_confirm_what_it_answered_itself(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    answered(world, "戴春燕", row, AnswerCode.CONTROLLED)
    assert confirm(world, "邓永福", row, "village") == 1
    with refused("verification.own_answer"):
        confirm(world, "戴春燕", row, "town")


def test_whoever_left_the_register_since_is_not_offered(world: World, take: Take, yang: Person):
    row = rows(world, take(row_of(yang)))[0]
    with world.as_root():
        PushedRow.objects.filter(pk=row.pk).update(state="deciding", candidates=[{"person_id": 99_999_999}])
    with world.acting("周敏") as scope, refused("verification.not_offered"):
        sending.decide(row_id=row.pk, person_id=99_999_999, scope=scope, by=world.users["周敏"].pk)


# ---------- two levels are two people ----------


def test_whoever_confirmed_for_the_village_does_not_confirm_for_the_township(
    world: World, take: Take, yang: Person
):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    assert confirm(world, "戴春燕", row, "village") == 1
    with refused("verification.confirmed_below"):
        confirm(world, "戴春燕", row, "town")
    assert confirm(world, "刘志远", row, "town") == 1


def test_a_level_that_there_is_not_confirms_nothing(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    with refused("http.bad_request"):
        confirm(world, "戴春燕", row, "county")


def test_the_village_that_is_there_now_confirms_though_the_row_names_the_old_one(
    world: World, take: Take, yang: Person
):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    with world.as_root():  # as after a merger: the row has gone along, its code is of the village that was
        PushedRow.objects.filter(pk=row.pk).update(village_code="430581101201", town_code="430581101")
    assert confirm(world, "邓永福", row, "village") == 1
    assert confirm(world, "戴春燕", row, "town") == 1


# ---------- pressed twice ----------


def test_the_same_answer_once_more_is_no_new_one_and_takes_no_confirmation_back(
    world: World, take: Take, yang: Person
):
    row = sent(world, take, row_of(yang))
    first = answered(world, "王小红", row, AnswerCode.NOT_HERE, present_place="长沙")
    confirm(world, "邓永福", row, "village")
    again = answered(world, "王小红", row, AnswerCode.NOT_HERE, present_place=" 长沙 ")
    assert again.pk == first.pk
    assert rows(world, row.list)[0].village_confirmed_at is not None
    assert answered(world, "王小红", row, AnswerCode.NOT_HERE, present_place="株洲").pk != first.pk


# ---------- an emergency that is over ----------


def end_emergency(world: World) -> None:
    with world.as_root():
        Emergency.objects.filter(pk=world.emergency.pk).update(ends_at=TONIGHT)


def test_for_an_emergency_that_is_over_nobody_is_sorted_sent_or_rung(world: World, take: Take, yang: Person):
    out = sent(world, take, row_of(yang))
    waiting = take(NOBODY_KNOWN, number="0807-2")
    unsorted = take(NOBODY_KNOWN, number="0807-3", is_sorted=False)
    end_emergency(world)
    with refused("campaigns.emergency_ended"):
        sort_again(world, unsorted)
    with refused("campaigns.emergency_ended"):
        send(world, waiting)
    with world.acting("周敏") as scope, refused("campaigns.emergency_ended"):
        desk, area = rows(world, waiting)[0], world.areas["田心村"]
        sending.place(row_id=desk.pk, area=area, scope=scope, by=world.users["周敏"].pk)
    with world.acting("王小红") as scope, refused("campaigns.emergency_ended"):
        answering.claim(row_id=out.pk, scope=scope, by=world.users["王小红"].pk)
    with world.as_root():
        assert reminding.raise_list_reminders(out.due_at) == 0


def test_what_was_found_out_before_the_end_is_still_taken_and_goes_back(
    world: World, take: Take, yang: Person
):
    row = sent(world, take, row_of(yang))
    end_emergency(world)
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    assert give_back(world, row.list_id) == {"controlled": 1}


# ---------- areas that change while a list waits ----------


def end_village(world: World, name: str, *successors: str) -> None:
    with world.as_root():
        gone = world.areas[name]
        for other in successors:
            AreaChange.objects.create(
                kind="merge",
                old=gone,
                new=world.areas[other],
                old_name=gone.name,
                effective_on=TONIGHT.date(),
                recorded_at=TONIGHT,
                applied_at=TONIGHT,
            )
        Area.objects.filter(pk=gone.pk).update(valid_to=TONIGHT.date())


def placed(world: World, take: Take, village: str) -> PushedRow:
    (row,) = rows(world, take(NOBODY_KNOWN))
    with world.acting("周敏") as scope:
        sending.place(row_id=row.pk, area=world.areas[village], scope=scope, by=world.users["周敏"].pk)
    return row


def test_a_row_for_a_village_that_was_merged_meanwhile_goes_to_what_it_is_now(world: World, take: Take):
    row = placed(world, take, "田心村")
    end_village(world, "田心村", "杨梅村")
    assert send(world, row.list) == 1
    (row,) = rows(world, row.list)
    assert (row.area_path, row.village_code) == (world.areas["杨梅村"].path, "430581107221")


@pytest.mark.parametrize("now", [(), ("杨梅村", "泉塘村")])
def test_a_row_for_a_village_that_is_no_more_waits_at_the_county_desk(
    world: World, take: Take, now: tuple[str, ...]
):
    row = placed(world, take, "田心村")
    end_village(world, "田心村", *now)
    assert send(world, row.list) == 0
    (row,) = rows(world, row.list)
    assert (row.state, row.village_code) == ("desk", "")


def test_what_goes_back_as_in_progress_says_township_village_and_group(
    world: World, take: Take, yang: Person
):
    row = sent(world, take, row_of(yang))
    give_back(world, row.list_id)
    with world.as_root():
        assert Answer.objects.get(row=row).note == "司马冲镇杨梅村1组"


def test_what_went_back_as_in_progress_is_still_owed_and_heard_of(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    give_back(world, row.list_id)
    with world.acting("周敏") as scope:
        assert [found.pk for found in unfinished_lists(scope)] == [row.list_id]
    assert remind(world, 1, row.list) == {"1组": 1, "杨梅村": 1, "司马冲镇": 1, "武冈市": 1}
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    with world.acting("周敏") as scope:
        assert not unfinished_lists(scope).exists()
    assert remind(world, 1.2, row.list) == {
        "1组": 1,
        "杨梅村": 1,
        "司马冲镇": 1,
        "武冈市": 1,
    }  # nobody a second time


def test_whom_another_county_rang_is_that_countys_business(world: World, take: Take, yang: Person):
    first = sent(world, take, row_of(yang))
    with world.acting("王小红") as scope:
        answering.record_call(row_id=first.pk, outcome="reached", scope=scope, by=world.users["王小红"].pk)
    second = rows(world, take(row_of(yang), number="0807-2"))[0]
    with world.as_root():
        PushedRow.objects.filter(pk=second.pk).update(
            area_path=world.areas["杨梅村/1组"].path, state="out", answer="", answer_id=None
        )
        Call.objects.filter(row=first).update(area_path="cn.43.05.21.100.")
    with world.acting("王小红") as scope:
        assert answering.claim(row_id=second.pk, scope=scope, by=world.users["王小红"].pk).taken_at
