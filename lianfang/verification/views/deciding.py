"""What a person decides: who is meant by a row that looks like somebody, and where a row belongs that says no place."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import named_in
from lianfang.campaigns.views.request import attempt, number_of, own_area, page_of
from lianfang.core import clock
from lianfang.core.downloads import LARGEST_ROWS, xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.register.doubles.reading import compared_digits, marked
from lianfang.register.models import Person
from lianfang.register.queries import PlaceNames
from lianfang.verification.models import PushedList, PushedRow
from lianfang.verification.operations import sending
from lianfang.verification.queries import get_list, get_row, rows_of, said_in
from lianfang.verification.queries.waiting import HAND_BACK, NO_PLACE, desk_rows
from lianfang.verification.rules import hidden_id, hidden_phone
from lianfang.verification.views.rows import shown

State = PushedRow.State
MOST_SHOWN = 3  # candidates side by side: a fourth has never been the one
MOST_AREAS = 800  # a county's townships and villages to choose from


@require_GET
def list_decide(request: HttpRequest, list_id: int) -> HttpResponse:
    """One `deciding` row after the other. `?row=`: this one; else the first."""
    found = get_list(request.scope, list_id)
    waiting = list(
        rows_of(request.scope, list_id=list_id, picked={"state": State.DECIDING}).values_list("pk", flat=True)
    )
    wanted = number_of(request.GET.get("row"))
    row_id = wanted if wanted in waiting else (waiting[0] if waiting else None)
    context: dict[str, Any] = {"nav_key": "lists", "list": found, "waiting_count": len(waiting)}
    if row_id is not None:
        at = waiting.index(row_id)
        context |= _beside(request, get_row(request.scope, row_id))
        context |= {
            "number": at + 1,
            "before": waiting[at - 1] if at else None,
            "after": waiting[at + 1] if at + 1 < len(waiting) else None,
        }
    request.looked_at = {"path": found.area_path, "count": 1 + len(context.get("people", ()))}
    return render(request, "verification/decide.html", context)


def _beside(request: HttpRequest, row: PushedRow) -> dict[str, Any]:
    """The row and the register's people whom it may mean, line by line, what agrees marked. Numbers stay masked."""
    said = said_in(row)
    offered = row.candidates[:MOST_SHOWN]
    people = {
        person.pk: person
        for person in Person.objects.filter(
            request.scope.q(), pk__in=[one["person_id"] for one in offered]
        ).select_related("household__door")
    }
    places = PlaceNames({person.area_path for person in people.values()})
    shown_people = [
        {
            "person": people[one["person_id"]],
            "key": n,
            "reasons": marked(one["reasons"]),
            "about": {code.split(".")[0]: kind for code, kind, _weight in one["reasons"]},
        }
        for n, one in enumerate((one for one in offered if one["person_id"] in people), 1)
    ]
    phone = next(iter(said.get("phones", ())), "")
    lines = [
        _line(_("姓名"), "name", row.name, shown_people, lambda p: p.name),
        _line(
            _("性别"),
            "sex",
            str(dict(Person.Sex.choices).get(row.sex, "")),
            shown_people,
            lambda p: p.get_sex_display(),
        ),
        _line(_("出生"), "birth", _day(row.birth_on), shown_people, lambda p: _day(p.birth_on)),
        _digits(_("证件号"), "id", said.get("id_number", ""), shown_people, is_phone=False),
        _digits(_("电话"), "phone", phone, shown_people, is_phone=True),
        _line(
            _("住址"),
            "place",
            said.get("address") or f"{said.get('town_said', '')}{said.get('village_said', '')}",
            shown_people,
            lambda p: f"{places.of(p.area_path)} {p.household.door.label}",
        ),
        _line(_("户主"), "", "", shown_people, lambda p: p.household.head_name),
    ]
    return {"row": row, "people": shown_people, "lines": lines}


def _day(value: Any) -> str:
    return value.isoformat() if value else ""


def _line(label: str, about: str, left: str, people: list[dict[str, Any]], read: Any) -> dict[str, Any]:
    cells = [{"text": read(one["person"]), "kind": one["about"].get(about, "")} for one in people]
    return {"label": label, "left": left, "cells": cells, "is_number": False}


def _digits(
    label: str, about: str, left: str, people: list[dict[str, Any]], *, is_phone: bool
) -> dict[str, Any]:
    cells = []
    for one in people:
        theirs = str((one["person"].phone if is_phone else one["person"].id_number) or "")
        cells.append(
            {
                "digits": compared_digits(left, theirs, is_phone=is_phone)[1] if theirs else [],
                "kind": one["about"].get(about, ""),
            }
        )
    masked = hidden_phone(left) if is_phone else hidden_id(left)
    return {"label": label, "left": masked, "cells": cells, "is_number": True}


@require_POST
def list_row_decide(request: HttpRequest, row_id: int) -> HttpResponse:
    row = get_row(request.scope, row_id)
    person_id = number_of(request.POST.get("person"))

    def act() -> str:
        if person_id is None and request.POST.get("person") != "none":
            raise Problem("verification.not_offered")
        made = sending.decide(row_id=row_id, person_id=person_id, scope=request.scope, by=request.actor.id)
        return _("已定，可派发") if made.state == State.READY else _("都不是。归哪里，请在“分不下去”里定")

    attempt(request, act)
    following = number_of(request.POST.get("following"))
    address = reverse("list_decide", args=[row.list_id])
    return redirect(f"{address}?row={following}" if following else address)


def _desk(request: HttpRequest, found: PushedList) -> tuple[QuerySet[PushedRow], dict[str, str]]:
    said = request.GET
    waits = said.get("waits", "")
    wanted = {"waits": waits if waits in (HAND_BACK, NO_PLACE) else "", "text": said.get("q", "").strip()}
    return desk_rows(request.scope, found.pk, **wanted, sort=said.get("sort", "row")), wanted


def _said_place(one: dict[str, Any]) -> dict[str, Any]:
    said = said_in(one["row"])
    return {
        **one,
        "said": said.get("address") or f"{said.get('town_said', '')}{said.get('village_said', '')}",
    }


@require_GET
def list_desk(request: HttpRequest, list_id: int) -> HttpResponse:
    """分不下去: rows without a place, and those that came back with another area proposed."""
    found = get_list(request.scope, list_id)
    listed, wanted = _desk(request, found)
    page = Paginator(listed, PAGE).get_page(page_of(request))
    rows = [_said_place(one) for one in shown(list(page.object_list))]
    request.looked_at = {"path": own_area(request).path, "count": len(rows)}
    areas = (
        Area.objects.filter(request.scope.q("path"), level__in=("township", "village"), valid_to__isnull=True)
        .select_related("parent")
        .order_by("path")[:MOST_AREAS]
    )
    context = {
        "nav_key": "lists",
        "list": found,
        "page": page,
        "rows": rows,
        "wanted": wanted,
        "waits": [(NO_PLACE, _("没有去处的")), (HAND_BACK, _("退回来的"))],
        "areas": areas if rows else [],
        "now": clock.now(),
    }
    return render(request, "verification/desk.html", context)


@require_GET
def list_desk_sheet(request: HttpRequest, list_id: int) -> HttpResponse:
    """The same rows as a file, masked as on the page."""
    found = get_list(request.scope, list_id)
    listed, _wanted = _desk(request, found)
    rows = [_said_place(one) for one in shown(list(listed[:LARGEST_ROWS]))]
    request.looked_at = {"path": own_area(request).path, "count": len(rows), "reason": "xlsx"}
    header = [_("行"), _("姓名"), _("证件号"), _("电话"), _("名单上的地址"), _("说应归"), _("为什么分不下去")]
    lines = (
        (
            one["row"].row,
            one["row"].name,
            one["id_number"],
            one["phones"],
            one["said"],
            one["row"].proposed,
            one["row"].bucket_reason,
        )
        for one in rows
    )
    return xlsx_response(f"{_('分不下去')}{found.number}", header, lines)


@require_POST
def list_row_place(request: HttpRequest, row_id: int) -> HttpResponse:
    row = get_row(request.scope, row_id)

    def act() -> str:
        area = named_in(request.scope, request.POST.get("area", ""))
        sending.place(row_id=row_id, area=area, scope=request.scope, by=request.actor.id)
        return _("已定到%(area)s") % {"area": area.name}

    attempt(request, act)
    return redirect("list_desk", row.list_id)
