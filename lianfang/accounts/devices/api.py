"""What phones ask of this room: to come in, what became of asking, and to say that they have forgotten."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from lianfang.accounts.devices import enrolling
from lianfang.accounts.devices.enrolling import AskedWho, Enrolled, Ticket
from lianfang.accounts.devices.operations import note_forgotten
from lianfang.accounts.devices.rules import WINDOW
from lianfang.accounts.queries import find_actor
from lianfang.core.caller import address_of
from lianfang.core.problems import Problem
from lianfang.core.server_key import public_key
from lianfang.core.views import problem_response

LARGEST = 8 * 1024  # bytes: a code, a name, four digits


@require_POST
def device_enrol(request: HttpRequest) -> HttpResponse:
    """A code that was scanned: the device's key; or who is it; or a ticket to ask with."""
    address = address_of(request)
    try:
        said = _said(request)
        person = said.get("person")
        answer = enrolling.enrol(
            code=said.get("code", ""),
            phone=enrolling.read_phone(said),
            person=person if isinstance(person, dict) else None,
            address=address,
        )
    except Problem as problem:
        return _refused(request, problem, address)
    if isinstance(answer, AskedWho):
        return JsonResponse({"needs": "newcomer", "area": answer.area, "leader": answer.leader})
    if isinstance(answer, Ticket):
        return JsonResponse({"ticket": answer.ticket})
    return _key(answer)


@require_POST
def device_ticket(request: HttpRequest) -> HttpResponse:
    address = address_of(request)
    try:
        ticket = _said(request).get("ticket", "")
        if not isinstance(ticket, str) or not 40 <= len(ticket) <= 64:
            raise Problem("devices.bad_code")
        answer = enrolling.redeem_ticket(ticket=ticket, address=address)
    except Problem as problem:
        return _refused(request, problem, address)
    return _key(answer) if isinstance(answer, Enrolled) else JsonResponse({"state": answer})


@require_POST
def device_forgotten(request: HttpRequest) -> HttpResponse:
    """It has wiped what was synced. Its key is worth nothing from here on."""
    kept = _said(request).get("kept", 0)
    if type(kept) is not int or not 0 <= kept <= 1_000_000:
        raise Problem("devices.bad_phone", detail="kept")
    note_forgotten(device=request.device, kept_count=kept)
    return JsonResponse({"state": "forgotten"})


def _said(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > LARGEST:
        raise Problem("devices.bad_phone", detail="size")
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Problem("devices.bad_phone", detail="JSON") from None
    if not isinstance(said, dict):
        raise Problem("devices.bad_phone", detail="JSON")
    return said


def _key(made: Enrolled) -> HttpResponse:
    user = made.device.user
    actor = find_actor(user)
    return JsonResponse(
        {
            "device": str(made.device.pk),
            "secret": made.secret,
            "user": {"name": user.name, "title": actor.role_name if actor else ""},
            "server_key": public_key(),
        }
    )


def _refused(request: HttpRequest, problem: Problem, address: str) -> HttpResponse:
    """Answered here and not raised: the count of wrong tries must be kept, and a raised one undoes everything."""
    if problem.code == "devices.bad_code":
        enrolling.count_wrong(address)
    response = problem_response(request, problem)
    if problem.status == 429:
        response["Retry-After"] = str(min(problem.payload["minutes"] * 60, int(WINDOW.total_seconds())))
    return response
