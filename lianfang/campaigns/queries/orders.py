"""Orders, and who has signed for them. None of this is personal."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lianfang.accounts.queries import names_of
from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Order, OrderReceipt
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope

# Where an order is signed for: the levels that have an office and somebody on duty.
SIGNING = (Area.Level.TOWNSHIP, Area.Level.VILLAGE)


def reaching(scope: Scope, column: str = "area_path") -> Q:
    """What concerns these areas: what lies in them, and what an area above them was given."""
    found = scope.q(column)
    for low, _ in scope.ranges:
        found |= Q(**{f"{column}__in": prefixes(low)})
    return found


def orders_for(scope: Scope) -> QuerySet[Order]:
    """Orders that were sent to these areas, newest first, with how many have signed within them."""
    signed = Count("receipts", filter=scope.q("receipts__area_path"))
    return (
        Order.objects.filter(reaching(scope))
        .select_related("area")
        .annotate(signed_count=signed)
        .order_by("-received_at", "-pk")
    )


def get_order(scope: Scope, order_id: int) -> Order:
    order = orders_for(scope).filter(pk=order_id).first()
    if order is None:
        raise Problem("campaigns.unknown_order")
    return order


@dataclass(frozen=True, slots=True)
class Signature:
    """One office an order was sent to, with its receipt if it has signed."""

    area: Area
    receipt: OrderReceipt | None
    signed_by: str


def signatures(scope: Scope, order: Order) -> list[Signature]:
    """Every township and village of the order within `scope`, those that have not signed first."""
    low, high = max(scope.ranges[0][0], order.area_path), scope.ranges[0][1]
    receipts = {
        receipt.area_id: receipt
        for receipt in OrderReceipt.objects.filter(scope.q(), order=order).select_related("area")
    }
    offices = Area.objects.filter(path__gte=low, path__lt=high, level__in=SIGNING).order_by("path")
    names = names_of(receipt.signed_by for receipt in receipts.values())
    found = [
        Signature(area, receipt, names.get(receipt.signed_by, "") if receipt else "")
        for area in offices
        for receipt in [receipts.get(area.pk)]
    ]
    return sorted(found, key=lambda signature: signature.receipt is not None)


def office_paths(scope: Scope) -> list[str]:
    """Every office within `scope` that signs for orders."""
    return list(Area.objects.filter(scope.q("path"), level__in=SIGNING).values_list("path", flat=True))
