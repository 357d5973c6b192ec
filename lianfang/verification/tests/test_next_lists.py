"""Who stands on two lists, or twice on one, and what goes back of them."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from lianfang.register.models import Person
from lianfang.register.tests.sheets_made import an_id
from lianfang.verification.models import Answer, AnswerCode
from lianfang.verification.operations import answering, returns
from lianfang.verification.queries.returned import answered_rows
from lianfang.verification.tests.conftest import Take, row_of
from lianfang.verification.tests.test_operations import (
    answered,
    give_back,
    refused,
    rows,
    send,
    sent,
    sort_again,
)
from tests.world import World

pytestmark = pytest.mark.django_db


# ---------- the next list ----------


def test_who_waits_on_another_open_list_is_doubled_whether_the_register_knows_them_or_not(
    world: World, take: Take, yang: Person
):
    stranger = "不在册,,13700000000,武冈市司马冲镇杨梅村"
    first = take(row_of(yang), stranger)
    send(world, first)
    again = take(row_of(yang), stranger, number="0807-2")
    assert [(row.bucket, "0807-1" in row.bucket_reason) for row in rows(world, again)] == [
        ("doubled", True)
    ] * 2


def test_who_has_yet_to_be_decided_on_one_list_is_no_second_decision_on_the_next(
    world: World, take: Take, yang: Person
):
    alike = f"{yang.name[:-1]}墙,,{yang.phone},武冈市司马冲镇杨梅村1组"
    (first,) = rows(world, take(alike))
    (again,) = rows(world, take(alike, number="0807-2"))
    assert (first.bucket, again.bucket, again.same_as_id) == ("decide", "doubled", first.pk)


def test_what_waits_on_another_list_goes_back_as_that_one_stands(world: World, take: Take, yang: Person):
    first = sent(world, take, row_of(yang))
    again = take(row_of(yang), number="0807-2")
    assert rows(world, again)[0].same_as_id == first.pk
    send(world, again)
    assert give_back(world, again.pk) == {"in_progress": 1}
    with world.acting("周敏"):
        told = Answer.objects.filter(row__list=again).latest("pk")
    assert (told.owner_id, told.note) == (world.workers["王小红"].pk, "司马冲镇杨梅村1组")
    with world.acting("周敏") as scope:
        (back,) = answered_rows(scope, again).values()
    assert back.held_by == "司马冲镇杨梅村1组，王小红"
    answered(world, "王小红", first, AnswerCode.NOT_HERE, present_place="长沙")
    assert give_back(world, again.pk) == {"not_here": 1}
    with world.acting("周敏") as scope:
        (back,) = answered_rows(scope, again).values()
    assert (back.code, back.place) == ("not_here", "长沙")


def test_a_row_on_which_another_list_rests_is_not_made_anew(world: World, take: Take, yang: Person):
    first = take(row_of(yang))
    (again,) = rows(world, take(row_of(yang), number="0807-2"))
    sort_again(world, first)
    assert [row.pk for row in rows(world, first)] == [again.same_as_id]


def test_whom_no_register_knows_is_asked_once_all_the_same(world: World, take: Take):
    stranger = "不在册,,13700000000,武冈市司马冲镇杨梅村"
    row = sent(world, take, stranger)
    answered(world, "邓永福", row, AnswerCode.PASSED_THROUGH)
    again = take(stranger, number="0807-2")
    (checked,) = rows(world, again)
    assert (checked.bucket, checked.answer) == ("checked", "already_checked")
    # What no call answered is not handed on: the third list rests on the first, not on the second.
    third = take(stranger, number="0807-3")
    assert "0807-1" in rows(world, third)[0].bucket_reason


def test_the_reader_of_a_reason_chooses_its_language_and_the_sender_gets_the_countys(
    world: World, take: Take, yang: Person
):
    answered(world, "王小红", sent(world, take, row_of(yang)), AnswerCode.CONTROLLED)
    with override("en"):
        again = take(row_of(yang), number="0807-2")
        (checked,) = rows(world, again)
        assert checked.bucket_reason.endswith(": answered on list 0807-1")
        with world.acting("周敏") as scope:
            (back,) = answered_rows(scope, again).values()
    assert "名单0807-1上已答" in checked.bucket_reason
    assert back.remark == checked.bucket_reason


def test_whoever_stands_elsewhere_with_this_id_under_another_name_is_asked(world: World, take: Take):
    said = f"{{}},{an_id()},,武冈市司马冲镇杨梅村"
    first = sent(world, take, said.format("龙飞燕"))
    waiting = take(said.format("单雄"), number="0807-2")
    assert [row.bucket for row in rows(world, waiting)] == ["out"]
    send(world, waiting)
    answered(world, "邓永福", first, AnswerCode.PASSED_THROUGH)
    assert [row.state for row in rows(world, waiting)] == ["out"]
    third = take(said.format("单雄"), said.format("龙飞燕"), number="0807-3")
    assert [row.bucket for row in rows(world, third)] == ["doubled", "checked"]


def test_an_answer_about_a_number_says_nothing_of_the_person(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    answered(world, "王小红", row, AnswerCode.WRONG_PHONE)
    assert [each.bucket for each in rows(world, take(row_of(yang), number="0807-2"))] == ["out"]


def test_a_list_is_closed_when_it_went_back_with_everything(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang))
    by = world.users["周敏"].pk
    with world.acting("周敏") as scope:
        with refused("verification.not_returned"):
            returns.close_list(list_id=row.list_id, scope=scope, by=by)
        answering.answer_interim(list_id=row.list_id, scope=scope, by=by)
        returns.return_list(list_id=row.list_id, scope=scope, by=by)
        with refused("verification.unanswered"):
            returns.close_list(list_id=row.list_id, scope=scope, by=by)
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    with world.acting("周敏") as scope:
        assert returns.close_list(list_id=row.list_id, scope=scope, by=by).closed_at
    with refused("verification.closed"):
        answered(world, "王小红", row, AnswerCode.REFUSED)


# ---------- what goes back of a row that stands twice ----------


def test_a_second_row_goes_back_as_the_first_one_stands(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang), row_of(yang))
    assert give_back(world, row.list_id) == {"in_progress": 2}
    answered(world, "王小红", row, AnswerCode.NOT_HERE, present_place="长沙")
    assert give_back(world, row.list_id) == {"not_here": 2}
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    assert give_back(world, row.list_id) == {"controlled": 2}
    with world.acting("周敏"):
        count = Answer.objects.filter(row__list_id=row.list_id).count()
    assert give_back(world, row.list_id) == {"controlled": 2}
    with world.acting("周敏"):  # nothing new, nothing written
        assert Answer.objects.filter(row__list_id=row.list_id).count() == count
    assert [each.state for each in rows(world, row.list)] == ["answered"] * 2


def test_what_somebody_answered_for_the_second_row_itself_stays(world: World, take: Take, yang: Person):
    row = sent(world, take, row_of(yang), row_of(yang))
    answered(world, "周敏", rows(world, row.list)[1], AnswerCode.TICKET_REFUNDED)
    answered(world, "王小红", row, AnswerCode.CONTROLLED)
    assert give_back(world, row.list_id) == {"controlled": 1, "ticket_refunded": 1}
