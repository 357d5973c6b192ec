"""An order comes in, is signed for at every level, or comes back as a question."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Order, OrderReceipt
from lianfang.core import audit
from lianfang.core.clock import local, now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope


@dataclass(frozen=True, slots=True)
class OrderText:
    """A written instruction as it arrived."""

    number: str
    issuer: str
    title: str
    body: str = ""
    due_at: dt.datetime | None = None


@transaction.atomic
def enter_order(*, text: OrderText, area: Area, scope: Scope, by: int) -> Order:
    """Write down an order that goes to an area and all below it. The same number of the same issuer comes in once."""
    scope.within(area.path)
    if not (text.number.strip() and text.issuer.strip() and text.title.strip()):
        raise Problem("campaigns.name_required")
    try:
        with transaction.atomic():
            order = Order.objects.create(
                number=text.number.strip(),
                issuer=text.issuer.strip(),
                title=text.title.strip(),
                body=text.body,
                area=area,
                area_path=area.path,
                received_at=now(),
                received_by=by,
                due_at=text.due_at,
            )
    except IntegrityError:
        raise Problem("campaigns.order_exists", issuer=text.issuer, number=text.number) from None
    audit.record("order.enter", "order", order.pk, by=by, path=area.path)
    return order


def sign_order(*, order_id: int, area: Area, scope: Scope, by: int) -> OrderReceipt:
    """签收: once for each area that the order was sent down to. Raises `campaigns.already_signed`."""
    return _receive(order_id, area, scope=scope, by=by, question="")


def ask_back(*, order_id: int, area: Area, question: str, scope: Scope, by: int) -> OrderReceipt:
    """Received, with a question to who sent it: 'until when? for whom?' is answered before the doors are knocked at."""
    if not question.strip():
        raise Problem("campaigns.reason_required")
    return _receive(order_id, area, scope=scope, by=by, question=question.strip())


@transaction.atomic
def _receive(order_id: int, area: Area, *, scope: Scope, by: int, question: str) -> OrderReceipt:
    scope.within(area.path)
    order = Order.objects.filter(pk=order_id, area_path__in=prefixes(area.path)).first()
    if order is None:
        raise Problem("campaigns.unknown_order")
    # Insert or read, never check and then insert: two people of one village press at the same second.
    receipt, is_new = OrderReceipt.objects.get_or_create(
        order=order,
        area=area,
        defaults={"area_path": area.path, "signed_at": now(), "signed_by": by, "question": question},
    )
    if not is_new:
        raise Problem(
            "campaigns.already_signed", area=area.name, at=local(receipt.signed_at).strftime("%m-%d %H:%M")
        )
    action = "order.ask_back" if question else "order.sign"
    audit.record(action, "order", order.pk, by=by, path=area.path)
    return receipt
