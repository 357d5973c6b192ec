"""An order comes in and is signed for. Who may not comes first."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from lianfang.campaigns.models import Order, OrderReceipt
from lianfang.campaigns.operations.orders import OrderText, ask_back, enter_order, sign_order
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem

TEXT = OrderText("武防指发〔2026〕8号", "武冈市疫情防控指挥部", "关于第二轮敲门行动的通知")


def enter(world, text: OrderText = TEXT) -> Order:
    with world.acting("周敏") as scope:
        return enter_order(text=text, area=world.areas["武冈市"], scope=scope, by=world.users["周敏"].pk)


def test_nobody_enters_an_order_for_an_area_that_is_not_theirs(world):
    with world.acting("邓永福") as scope, pytest.raises(Problem) as refused:
        enter_order(text=TEXT, area=world.areas["武冈市"], scope=scope, by=world.users["邓永福"].pk)
    assert refused.value.code == "scope.outside"


def test_nobody_signs_for_a_neighbour(world):
    order = enter(world)
    with world.acting("邓永福") as scope, pytest.raises(Problem) as refused:
        sign_order(order_id=order.pk, area=world.areas["田心村"], scope=scope, by=world.users["邓永福"].pk)
    assert refused.value.code == "scope.outside"


def test_nobody_signs_for_an_order_of_another_township(world):
    with world.acting("周敏") as scope:
        elsewhere = enter_order(
            text=TEXT, area=world.areas["湾头桥镇"], scope=scope, by=world.users["周敏"].pk
        )
    with world.acting("邓永福") as scope, pytest.raises(Problem) as refused:
        sign_order(
            order_id=elsewhere.pk, area=world.areas["杨梅村"], scope=scope, by=world.users["邓永福"].pk
        )
    assert refused.value.code == "campaigns.unknown_order"


def test_the_same_number_of_the_same_issuer_comes_in_once(world):
    enter(world)
    with pytest.raises(Problem) as refused:
        enter(world)
    assert refused.value.code == "campaigns.order_exists"
    assert Order.objects.filter(number=TEXT.number).count() == 1


def test_an_order_needs_number_issuer_and_title(world):
    with pytest.raises(Problem):
        enter(world, OrderText("", "指挥部", "通知"))


def test_an_area_signs_once(world):
    order, area, by = enter(world), world.areas["杨梅村"], world.users["邓永福"].pk
    with world.acting("邓永福") as scope:
        sign_order(order_id=order.pk, area=area, scope=scope, by=by)
        with pytest.raises(Problem) as refused:
            sign_order(order_id=order.pk, area=area, scope=scope, by=by)
    assert refused.value.code == "campaigns.already_signed"
    assert "08-07 21:05" in refused.value.message
    assert AuditRow.objects.filter(action="order.sign", object_id=str(order.pk)).count() == 1


def test_a_question_back_is_a_receipt_with_a_question(world):
    order = enter(world)
    with world.acting("邓永福") as scope:
        with pytest.raises(Problem):
            ask_back(
                order_id=order.pk,
                area=world.areas["杨梅村"],
                question=" ",
                scope=scope,
                by=world.users["邓永福"].pk,
            )
        ask_back(
            order_id=order.pk,
            area=world.areas["杨梅村"],
            question="外出户也要列吗？",
            scope=scope,
            by=world.users["邓永福"].pk,
        )
    assert OrderReceipt.objects.get(order=order).question == "外出户也要列吗？"


def test_a_receipt_cannot_be_changed_afterwards(world):
    order = enter(world)
    with world.acting("邓永福") as scope:
        sign_order(order_id=order.pk, area=world.areas["杨梅村"], scope=scope, by=world.users["邓永福"].pk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update campaigns_orderreceipt set question = 'x'")
