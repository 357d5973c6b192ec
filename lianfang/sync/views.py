"""当面交: a phone without network, or a dead one's file, is taken in at the desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianfang.core import clock, desk_format
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.envelopes import reason_of
from lianfang.intake.models import PhoneKey
from lianfang.intake.queries import door_in_words, households_of
from lianfang.intake.words import KINDS
from lianfang.sync.envelopes import Frames, read_file, read_frames, said_missing
from lianfang.sync.handing_over import HandOver, Taken, take_in

DONE = ("filed", "already_filed")
MOST_SHOWN = 300  # lines; the counts are of all


@require_http_methods(["GET", "POST"])
def handover(request: HttpRequest) -> HttpResponse:
    """A file, or codes read by the camera or pasted. What was carried here counts as its phone's."""
    if request.method == "GET":
        return _page(request, {})
    frames: list[Frames] = []
    typed = request.POST.get("frames", "")
    try:
        envelopes, frames = _given(request, typed)
        if any(one.missing for one in frames):
            return _page(request, {"frames": [_series(one) for one in frames], "typed": typed}, 422)
        result = take_in(envelopes=envelopes, by=request.actor.id)
    except Problem as problem:
        return _page(request, {"problem": problem, "typed": typed}, problem.status)
    return _page(request, {"result": _told(request.scope, result)})


def _page(request: HttpRequest, more: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "sync/handover.html", {"nav_key": "held", **more}, status=status)


def _given(request: HttpRequest, typed: str) -> tuple[list[Any], list[Frames]]:
    if sent := request.FILES.get("file"):
        return read_file(sent.read()), []
    if not typed.strip():
        raise Problem("handover.nothing_given")
    frames = read_frames(typed)
    whole = [one.data for one in frames if one.data is not None]
    return [envelope for data in whole for envelope in read_file(data)], frames


def _series(one: Frames) -> dict[str, Any]:
    return {
        "name": one.series,
        "count": one.count,
        "got": one.count - len(one.missing),
        "missing": said_missing(one.missing),
    }


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    word: str
    door: str
    what: str
    happened: str
    why: str


def _told(scope: Scope, result: HandOver) -> dict[str, Any]:
    """What became of it, door by door; of doors elsewhere only that there were some."""
    taken = result.taken
    statuses = [one.receipt.status for one in taken]
    doors = _doors(scope, taken[:MOST_SHOWN])
    return {
        "count": len(taken),
        "filed": sum(status == "filed" for status in statuses),
        "before": sum(status == "already_filed" for status in statuses),
        "waiting": sum(status not in DONE for status in statuses),
        "phones": [
            f"{one.user.name} · {one.name}" for one in {t.device.pk: t.device for t in taken}.values()
        ],
        "lines": sorted(
            (_line(one, door) for one, door in zip(taken, doors, strict=False)), key=lambda line: line.door
        ),
        "left_out": max(0, len(taken) - MOST_SHOWN),
        "refused": [(place, problem.message) for place, problem in result.refused[:MOST_SHOWN]],
        "refused_count": len(result.refused),
    }


def _doors(scope: Scope, taken: Sequence[Taken]) -> list[str]:
    bodies = [one.sent.operation.body for one in taken]
    named = [body.get("household") if isinstance(body, dict) else None for body in bodies]
    keys = _by_key(scope, taken, named)
    found = households_of(scope, [keys.get(str(name), name) for name in named])
    words = {pk: f"{door_in_words(one)} {one.head_name}" for pk, one in found.items()}
    numbers = [keys.get(str(name)) or (name if type(name) is int else 0) for name in named]
    return [words.get(number, "") for number in numbers]


def _by_key(scope: Scope, taken: Sequence[Taken], named: list[Any]) -> dict[str, int]:
    """Households by the phone's own names: of those found in the field, the operation's id."""
    for at, one in enumerate(taken):
        if one.sent.operation.kind == "household":
            named[at] = str(one.sent.operation.op_id)
    wanted = list(_uuids(named))
    known = PhoneKey.objects.filter(scope.q(), pk__in=wanted, person_id=0) if wanted else []
    return {str(one.key): one.household_id for one in known}


def _uuids(named: Iterable[Any]) -> Iterable[str]:
    return (name for name in named if isinstance(name, str) and len(name) == 36 and name.count("-") == 4)


def _line(one: Taken, door: str) -> Line:
    operation, receipt = one.sent.operation, one.receipt
    words = {"filed": _("已入账"), "already_filed": _("早已收到")}
    return Line(
        "done" if receipt.status in DONE else "hold",
        words.get(receipt.status, _("待处理")),
        door,
        str(KINDS.get(operation.kind, operation.kind)),
        desk_format.night(operation.happened_at, clock.now()) if one.sent.stamp is None else _said_time(one),
        reason_of(receipt.code, dict(receipt.detail)) if receipt.code else "",
    )


def _said_time(one: Taken) -> str:
    return desk_format.night(one.sent.stamp.happened_at, clock.now()) if one.sent.stamp else ""
