"""Receive, store, judge, answer. Every operation gets a receipt, and every receipt means: stored here."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from lianfang.core import sealing
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.effects import EFFECTS
from lianfang.intake.models import Operation

MOST_OPERATIONS = 50
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class OperationInput:
    op_id: UUID
    kind: str
    happened_at: dt.datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """`filed`, `already_filed`, `held`, `conflict_kept`, `quarantined`: all five mean that it is stored."""

    op_id: UUID
    status: str
    code: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def receive(
    operations: Sequence[OperationInput], *, source: str, scope: Scope, home_path: str, by: int
) -> list[Receipt]:
    """Store a batch raw, then have it filed: whole if it can be, else one by one, and what fails stays held."""
    if len(operations) > MOST_OPERATIONS:
        raise Problem("intake.too_large")
    stored = _store(operations, source=source, home_path=home_path, by=by)
    fresh = [operation for operation in operations if operation.op_id in stored]
    outcome: dict[UUID, Receipt] = {}
    try:
        with transaction.atomic():
            _file(fresh, scope=scope, by=by)
        outcome = {operation.op_id: Receipt(operation.op_id, "filed") for operation in fresh}
    except (Problem, DatabaseError, LookupError, TypeError, ValueError):
        for operation in fresh:
            outcome[operation.op_id] = _file_one(operation, scope=scope, by=by)
    _note_held([receipt for receipt in outcome.values() if receipt.status != "filed"])
    return [outcome.get(op.op_id) or Receipt(op.op_id, "already_filed") for op in operations]


def _store(operations: Sequence[OperationInput], *, source: str, home_path: str, by: int) -> set[UUID]:
    """Insert or leave: the unique key decides which are new, never a look beforehand."""
    received_at = now()
    rows = [
        (
            operation.op_id,
            operation.kind,
            source,
            by,
            home_path,
            sealing.seal(json.dumps(operation.body, ensure_ascii=False), key="intake", purpose="operation"),
            operation.happened_at,
            received_at,
        )
        for operation in sorted(operations, key=lambda found: found.op_id.bytes)
    ]
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into intake_operation (op_id, kind, source, actor_id, area_path, body, happened_at, received_at,"
            " status, code, detail) select *, 'filed', '', '{}'::jsonb from unnest(%s::uuid[], %s::text[], %s::text[],"
            " %s::bigint[], %s::text[], %s::bytea[], %s::timestamptz[], %s::timestamptz[])"
            " on conflict (op_id) do nothing returning op_id",
            [list(column) for column in zip(*rows, strict=True)],
        )
        return {row[0] for row in cursor.fetchall()}


def _file(operations: Sequence[OperationInput], *, scope: Scope, by: int) -> None:
    """By kind, in the order they were given."""
    kinds = dict.fromkeys(operation.kind for operation in operations)
    for kind in kinds:
        if kind not in EFFECTS:
            raise Problem("intake.bad_operation", detail=kind)
        EFFECTS[kind]([operation for operation in operations if operation.kind == kind], scope=scope, by=by)


def _file_one(operation: OperationInput, *, scope: Scope, by: int) -> Receipt:
    try:
        with transaction.atomic():
            _file([operation], scope=scope, by=by)
        return Receipt(operation.op_id, "filed")
    except Problem as problem:
        return Receipt(operation.op_id, "held", problem.code, {k: str(v) for k, v in problem.payload.items()})
    except (DatabaseError, LookupError, TypeError, ValueError) as error:
        return Receipt(operation.op_id, "held", "intake.bad_operation", {"detail": type(error).__name__})


def _note_held(receipts: Sequence[Receipt]) -> None:
    for receipt in receipts:
        Operation.objects.filter(pk=receipt.op_id).update(
            status=receipt.status, code=receipt.code, detail=dict(receipt.detail)
        )


def body_of(operation: Operation) -> dict[str, Any]:
    """What was given, as it was given."""
    return json.loads(sealing.unseal(operation.body, purpose="operation"))
