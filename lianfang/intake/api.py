"""`POST /api/v1/intake/operations`: a batch of operations in, a receipt for each out."""

from __future__ import annotations

import json
import zlib
from typing import Any, NoReturn
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.intake.operations import (
    MOST_BYTES,
    MOST_OPERATIONS,
    OperationInput,
    Receipt,
    filer,
    home_of,
    receive,
)
from lianfang.intake.rules import instant, is_kind


@require_POST
def operations(request: HttpRequest) -> JsonResponse:
    """Only what is no list of operations at all is refused; whatever can be stored is stored, and has a receipt."""
    given = _operations(request)
    parsed = [_operation(raw, number) for number, raw in enumerate(given)]
    in_turn = sorted(range(len(parsed)), key=lambda at: _turn(given[at], at))
    rights = filer(request.actor)
    receipts = receive(
        [parsed[at] for at in in_turn],
        source="phone",
        scope=rights.scope,
        home_path=home_of(request.actor),
        by=rights.by,
        others=rights.others,
    )
    answers = dict(zip(in_turn, receipts, strict=True))
    return JsonResponse({"receipts": [_as_json(answers[at]) for at in range(len(parsed))]})


def _operations(request: HttpRequest) -> list[Any]:
    try:
        given = json.loads(_text(request), parse_constant=_no_constant)
    except (ValueError, RecursionError):  # JSON and UTF-8 alike
        raise Problem("intake.malformed", detail="JSON") from None
    ops = given.get("ops") if isinstance(given, dict) else None
    if not isinstance(ops, list):
        raise Problem("intake.malformed", detail="ops")
    if len(ops) > MOST_OPERATIONS:
        raise Problem("intake.too_large")
    return ops


def _text(request: HttpRequest) -> bytes:
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise Problem("intake.too_large")
    text = request.body
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
        text = _unpacked(text)
    if len(text) > MOST_BYTES:
        raise Problem("intake.too_large")
    return text


def _unpacked(packed: bytes) -> bytes:
    """At most one byte more than is taken, so that a small bomb stays small."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(packed, MOST_BYTES + 1)
    except zlib.error:
        raise Problem("intake.malformed", detail="gzip") from None
    if len(text) <= MOST_BYTES and not unpacking.eof:
        raise Problem("intake.malformed", detail="gzip")
    return text


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _operation(raw: Any, number: int) -> OperationInput:
    """The envelope. Without an id and a kind no receipt can be given; anything else is for whoever empties the queue."""
    if not isinstance(raw, dict):
        raise Problem("intake.malformed", detail=f"ops.{number}")
    try:
        op_id = UUID(raw.get("op_id"))
    except (AttributeError, TypeError, ValueError):
        raise Problem("intake.malformed", detail=f"ops.{number}.op_id") from None
    if not is_kind(raw.get("kind")):
        raise Problem("intake.malformed", detail=f"ops.{number}.kind")
    body = raw.get("body")
    strange = {
        key: value for key, value in raw.items() if key not in ("op_id", "seq", "kind", "happened_at", "body")
    }
    try:
        happened_at = instant(raw.get("happened_at"), "happened_at")
    except Problem:
        happened_at, strange = now(), {**strange, "happened_at": raw.get("happened_at")}
    if strange:  # kept with the body, where it is refused by name when it is judged
        body = {**body, **strange} if isinstance(body, dict) else {"body": body, **strange}
    return OperationInput(op_id, raw["kind"], happened_at, body)


def _turn(raw: Any, at: int) -> tuple[int, int]:
    """One phone's operations are filed in the order in which they were made."""
    seq = raw.get("seq")
    return (seq if isinstance(seq, int) else 0, at)


def _as_json(receipt: Receipt) -> dict[str, Any]:
    answer: dict[str, Any] = {"op_id": str(receipt.op_id), "status": receipt.status}
    if receipt.code:
        answer |= {"code": receipt.code, "detail": dict(receipt.detail)}
    return answer
