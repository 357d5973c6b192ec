"""What comes in as a list of operations, read once for every address that takes one: the JSON, its size, and what of
each operation can be trusted to be there. What an operation must hold is judged later (rules.py)."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Collection
from typing import Any, NoReturn
from uuid import UUID

from django.http import HttpRequest

from lianfang.core.clock import now
from lianfang.core.problems import PROBLEMS, Problem
from lianfang.intake.operations import MOST_BYTES, MOST_OPERATIONS, OperationInput, Receipt
from lianfang.intake.rules import instant, is_kind

KEYS = frozenset({"op_id", "seq", "kind", "happened_at", "body"})


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request, gzipped or not. Raises `intake.malformed`, `intake.too_large`."""
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise Problem("intake.too_large")
    text = request.body
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
        text = unpacked(text, 31)
    return parse_object(text)


def parse_object(text: bytes | str) -> dict[str, Any]:
    if len(text) > MOST_BYTES:
        raise Problem("intake.too_large")
    try:
        given = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # JSON and UTF-8 alike
        raise Problem("intake.malformed", detail="JSON") from None
    if not isinstance(given, dict):
        raise Problem("intake.malformed", detail="ops")
    return given


def read_ops(given: dict[str, Any]) -> list[Any]:
    ops = given.get("ops")
    if not isinstance(ops, list):
        raise Problem("intake.malformed", detail="ops")
    if len(ops) > MOST_OPERATIONS:
        raise Problem("intake.too_large")
    return ops


def unpacked(packed: bytes, wbits: int, most: int = MOST_BYTES) -> bytes:
    """At most one byte more than is taken, so that a small bomb stays small."""
    unpacking = zlib.decompressobj(wbits=wbits)
    try:
        text = unpacking.decompress(packed, most + 1)
    except zlib.error:
        raise Problem("intake.malformed", detail="gzip") from None
    if len(text) <= most and not unpacking.eof:
        raise Problem("intake.malformed", detail="gzip")
    return text


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are no JSON


def read_operation(
    raw: Any, number: int, *, known: Collection[str] = KEYS, happened_at: dt.datetime | None = None
) -> OperationInput:
    """The envelope. Without an id and a kind no receipt can be given; anything else is for whoever empties the queue.
    `happened_at`: when somebody else has read that already."""
    if not isinstance(raw, dict):
        raise Problem("intake.malformed", detail=f"ops.{number}")
    try:
        op_id = UUID(raw.get("op_id"))
    except (AttributeError, TypeError, ValueError):
        raise Problem("intake.malformed", detail=f"ops.{number}.op_id") from None
    if not is_kind(raw.get("kind")):
        raise Problem("intake.malformed", detail=f"ops.{number}.kind")
    body = raw.get("body")
    strange = {key: value for key, value in raw.items() if key not in known}
    if happened_at is None:
        try:
            happened_at = instant(raw.get("happened_at"), "happened_at")
        except Problem:
            happened_at, strange = now(), {**strange, "happened_at": raw.get("happened_at")}
    if strange:  # kept with the body, where it is refused by name when it is judged
        body = {**body, **strange} if isinstance(body, dict) else {"body": body, **strange}
    return OperationInput(op_id, raw["kind"], happened_at, body)


def turn(raw: Any, at: int) -> tuple[int, int]:
    """One phone's operations are filed in the order in which they were made."""
    seq = raw.get("seq") if isinstance(raw, dict) else None
    return (seq if isinstance(seq, int) else 0, at)


def reason_of(code: str, detail: dict[str, Any]) -> str:
    """The words of a code; without its payload when that does not fit any more."""
    if code not in PROBLEMS:
        return code
    try:
        return Problem(code, **detail).message
    except (KeyError, TypeError):
        return Problem("intake.bad_operation", detail="-").message


def receipt_as_json(receipt: Receipt) -> dict[str, Any]:
    answer: dict[str, Any] = {"op_id": str(receipt.op_id), "status": receipt.status}
    detail = dict(receipt.detail)
    if receipt.code:
        answer |= {"code": receipt.code, "message": reason_of(receipt.code, detail)}
    if detail or receipt.code:
        answer["detail"] = detail
    return answer
