"""指令: enter, sign for, ask back, see who has not signed."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.campaigns.operations.orders import OrderText, ask_back, enter_order, sign_order
from lianfang.campaigns.queries.campaigns import running_emergencies
from lianfang.campaigns.queries.orders import get_order, office_paths, orders_for, signatures
from lianfang.campaigns.views.request import attempt, moment_of, own_area
from lianfang.core.clock import now
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/orders.html", _list(request))


def _list(request: HttpRequest) -> dict[str, Any]:
    """The orders of one's areas, with how many of one's offices have signed."""
    page = Paginator(orders_for(request.scope), PAGE).get_page(request.GET.get("page"))
    area, offices = own_area(request), office_paths(request.scope)
    rows = []
    for order in page:
        office_count = sum(path.startswith(order.area_path) for path in offices)
        rows.append({"order": order, "waiting_count": max(0, office_count - order.signed_count)})
    return {
        "nav_key": "campaigns",
        "page": page,
        "rows": rows,
        "area": area,
        "office_count": sum(path.startswith(area.path) for path in offices),
        "may_enter": request.actor.may("order.enter"),
    }


@require_POST
def order_new(request: HttpRequest) -> HttpResponse:
    said = request.POST
    try:
        order = enter_order(
            text=OrderText(
                said.get("number", ""),
                said.get("issuer", ""),
                said.get("title", ""),
                said.get("body", ""),
                moment_of(said["due_at"]) if said.get("due_at") else None,
            ),
            area=own_area(request),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        context = {**_list(request), "said": said, "problem": problem}
        return render(request, "campaigns/orders.html", context, status=problem.status)
    return redirect("order", order.pk)


@require_GET
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    found, area = get_order(request.scope, order_id), own_area(request)
    signed = signatures(request.scope, found)
    own = next((signature.receipt for signature in signed if signature.area.pk == area.pk), None)
    waiting = [signature for signature in signed if signature.receipt is None]
    context = {
        "nav_key": "campaigns",
        "order": found,
        "area": area,
        "own": own,
        "may_sign": request.actor.may("order.sign")
        and own is None
        and any(signature.area.pk == area.pk for signature in signed),
        "may_declare": request.actor.may("campaign.declare"),
        "may_open": request.actor.may("emergency.open"),
        "waiting": waiting,
        "signed": [signature for signature in signed if signature.receipt],
        "questions": [signature for signature in signed if signature.receipt and signature.receipt.question],
        "emergencies": running_emergencies(request.scope, now()),
    }
    return render(request, "campaigns/order.html", context)


@require_POST
def order_sign(request: HttpRequest, order_id: int) -> HttpResponse:
    question = request.POST.get("question", "")
    area = own_area(request)

    def act() -> str:
        common = {"order_id": order_id, "area": area, "scope": request.scope, "by": request.actor.id}
        if "ask" in request.POST:
            ask_back(question=question, **common)
            return _("已签收，并把问题发给发文单位")
        sign_order(**common)
        return _("已签收")

    attempt(request, act)
    return redirect("order", order_id)
