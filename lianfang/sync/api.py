"""What phones call."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from lianfang.accounts.devices.enrolling import count_try
from lianfang.accounts.devices.operations import note_contact
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.server_key import public_key
from lianfang.intake.envelopes import read_object, receipt_as_json
from lianfang.intake.operations import MOST_OPERATIONS
from lianfang.intake.rules import LARGEST_NUMBER
from lianfang.sync import epoch
from lianfang.sync.handing_over import take_in
from lianfang.sync.operations import Answer, note_told, receive_push, settled_of
from lianfang.sync.packs.doors import instant
from lianfang.sync.packs.pulling import Asked, Pulled, pull
from lianfang.sync.pushes import read_push
from lianfang.verification.operations import answering
from lianfang.verification.rules import CLAIM

MOST_UNSETTLED = 100  # ids in one address: 3.7 of the 8 kB that a gate lets through
SETTLED_TRIES = 60  # of one phone, in ten minutes
MOST_SEALED = 512 * 1024  # bytes: one operation with a photo, in base64 twice


@require_POST
def sync_push(request: HttpRequest) -> JsonResponse:
    """`POST /api/v1/sync/push`: what was done, one receipt for each operation. A receipt means: stored here."""
    if request.device.forgotten_at:
        # All that it had is here, or sealed without a key: whoever pushes with its key now has found it.
        raise Problem("devices.revoked")
    push = read_push(read_object(request), received_at=now())
    return JsonResponse(answer_as_json(receive_push(device=request.device, push=push)))


def answer_as_json(answer: Answer) -> dict[str, Any]:
    through = answer.backed_up_through
    return {
        "receipts": [receipt_as_json(receipt) for receipt in answer.receipts],
        "missing_seq": [list(hole) for hole in answer.missing_seq],
        "epoch": answer.epoch,
        "backed_up_through": through.isoformat() if through else None,
        "now": answer.now.isoformat(),
    }


@require_POST
def sync_settled(request: HttpRequest) -> JsonResponse:
    """`POST /api/v1/sync/settled`: what became of what a person had to look at, for a phone that was ended: it pulls no
    more. Of its own operations alone, and how they were settled alone: why one was given back may name somebody, and
    whoever finds a phone that has forgotten all can read what it is told."""
    device = request.device
    count_try(b"settled" + device.pk.bytes, SETTLED_TRIES)
    given = read_object(request).get("op_ids")
    if not isinstance(given, list):
        raise Problem("http.bad_request", detail="op_ids")
    settled = settled_of(device=device, op_ids=_ids(given, "op_ids"))
    receipts = [{"op_id": str(receipt.op_id), "status": receipt.status} for receipt in settled]
    return JsonResponse({"settled": receipts, "now": now().isoformat()})


@require_POST
def sync_handover(request: HttpRequest) -> JsonResponse:
    """`POST /api/v1/sync/handover`: what a phone sealed and cannot sign for any more. An envelope without a receipt for
    what is in it was not taken, and stays on the phone."""
    if len(request.body) > MOST_SEALED:
        raise Problem("handover.too_large")
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Problem("intake.malformed", detail="JSON") from None
    envelopes = given.get("envelopes") if isinstance(given, dict) else None
    if not isinstance(envelopes, list) or len(envelopes) > MOST_OPERATIONS:
        raise Problem("intake.malformed", detail="envelopes")
    taken = take_in(envelopes=envelopes, by=None)
    standing = epoch.current()
    through = standing.backed_up_through
    return JsonResponse(
        {
            "receipts": [receipt_as_json(one.receipt) for one in taken.taken],
            "refused": [
                {"envelope": place, "code": problem.code, "message": problem.message}
                for place, problem in taken.refused
            ],
            "epoch": standing.value,
            "backed_up_through": through.isoformat() if through else None,
            "now": now().isoformat(),
        }
    )


@require_POST
def lists_claim(request: HttpRequest) -> JsonResponse:
    """`POST /api/v1/lists/claim`: take a row to ring, so that nobody else rings meanwhile."""
    row_id = read_object(request).get("row")
    if not isinstance(row_id, int) or isinstance(row_id, bool) or not 0 < row_id < LARGEST_NUMBER:
        raise Problem("http.bad_request", detail="row")
    row = answering.claim(row_id=row_id, scope=request.scope, by=request.actor.id)
    taken_at = row.taken_at or now()
    return JsonResponse({"taken_until": instant(taken_at + CLAIM)})


@require_GET
def sync_pull(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/sync/pull`: the pack of this phone, or what changed of it since its cursor."""
    device, moment, standing = request.device, now(), epoch.current()
    asked = Asked(
        cursor=request.GET.get("cursor", ""),
        head=request.GET.get("head", ""),
        lists=request.GET.get("lists", ""),
        area_id=_number(request, "area"),
        is_other_epoch=request.GET.get("epoch", "") != standing.value,
        works_until=device.works_until,
    )
    pulled = pull(request.actor, asked, server_key=public_key(), now=moment)
    _look(request, pulled)
    reported = {name: _number(request, name) for name in ("waiting", "refused", "last_seq")}
    app, contract = request.GET.get("app", ""), _number(request, "contract") or device.contract
    note_contact(device=device, app=app, contract=contract, reported=reported, at=moment)
    note_told(device=device, last_seq=reported["last_seq"], at=moment)
    through = standing.backed_up_through
    settled = settled_of(device=device, op_ids=_op_ids(request))
    answer = {
        **pulled.answer,
        **({"settled": [receipt_as_json(receipt) for receipt in settled]} if settled else {}),
        "epoch": standing.value,
        "now": moment.isoformat(),
        "backed_up_through": through.isoformat() if through else None,
    }
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/json", headers={"Cache-Control": "no-store"})


def _look(request: HttpRequest, pulled: Pulled) -> None:
    """One row a pull, with how many doors and rows of lists went down and how many numbers were opened; none when there was nothing."""
    count = len(pulled.answer["doors"])
    rows = len(pulled.answer.get("lists", {}).get("rows", ()))
    more: dict[str, Any] = {"rows": rows} if rows else {}
    if count or rows or pulled.phone_count:
        audit.record(
            "look",
            "sync_pull",
            request.device.pk,
            by=request.actor.id,
            path=request.actor.home.area_path,
            count=count,
            phones=pulled.phone_count,
            **more,
        )


def _op_ids(request: HttpRequest) -> set[UUID]:
    """Operations that wait for a person as far as the phone knows, separated by commas; it names the rest next time."""
    given = request.GET.get("unsettled", "")
    return _ids(given.split(",") if given else [], "unsettled")


def _ids(texts: list[Any], name: str) -> set[UUID]:
    if len(texts) > MOST_UNSETTLED:
        raise Problem("http.bad_request", detail=name)
    try:
        return {UUID(text) for text in texts}
    except (ValueError, TypeError, AttributeError):
        raise Problem("http.bad_request", detail=name) from None


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Problem("http.bad_request", detail=name)
    return int(text)
