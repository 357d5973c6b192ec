"""Receive, store, judge, answer. Every operation gets a receipt, and every receipt means: stored here."""

from __future__ import annotations

import datetime as dt
import json
import logging
import traceback
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from django.db import InterfaceError, OperationalError, connection, transaction

from lianfang.accounts.models import User
from lianfang.accounts.queries import Actor, get_actor
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.core import audit, sealing
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.intake.doubts import TWO_ANSWERS, Filed
from lianfang.intake.effects import EFFECTS
from lianfang.intake.models import WAITING, Operation
from lianfang.intake.rules import storable

MOST_OPERATIONS = 50
MOST_BYTES = 256 * 1024
TRIES = 4  # when two batches wait for each other
_CONTENTION = ("40P01", "40001")  # deadlock, serialisation failure
_BACK = "intake.set_aside"
# What is held until something else comes, and under which name its receipt says for what.
_WAITING = {"visits.unknown_visit": "visit", "intake.not_yet_known": "key"}
_OTHER = "intake.other_body"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OperationInput:
    op_id: UUID
    kind: str
    happened_at: dt.datetime
    body: Any  # JSON; what it must hold depends on the kind (rules.py)
    refers_to: UUID | None = None
    base_version: int | None = None  # of the door as its sender had seen it; None: it sees everything
    quarantine: str = ""  # a code: stored, and filed only when a person says so


@dataclass(frozen=True, slots=True)
class Receipt:
    """`filed`, `already_filed`, `held`, `conflict_kept`, `quarantined`: all five mean that it is stored."""

    op_id: UUID
    status: str
    code: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filer:
    """On whose behalf operations are filed, with the rights of this moment."""

    by: int
    scope: Scope  # where the actor records visits; elsewhere they are kept and marked
    others: Scope | None = None  # where the actor may enter what somebody else did


def receive(
    operations: Sequence[OperationInput],
    *,
    source: str,
    scope: Scope,
    home_path: str,
    by: int,
    others: Scope | None = None,
) -> list[Receipt]:
    """Store a batch raw, then have it filed: whole if it can be, else one by one, and what fails stays held.

    Two batches that wait for each other are tried again from the start: nothing of either is stored by then.
    """
    if len(operations) > MOST_OPERATIONS:
        raise Problem("intake.too_large")
    filer = Filer(by, scope, others)
    for left in range(TRIES - 1, -1, -1):
        try:
            with crossing("intake", actor_id=by):  # a transaction of its own
                stored = _store(operations, source=source, home_path=home_path, by=by)
                apart = _keep_others(operations, stored, source=source, home_path=home_path, by=by)
                return _answer(operations, stored, filer, apart)
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", "") not in _CONTENTION:
                raise
    raise AssertionError


def _answer(
    operations: Sequence[OperationInput], stored: Mapping[UUID, bool], filer: Filer, kept_apart: set[int]
) -> list[Receipt]:
    once: dict[UUID, OperationInput] = {}
    for op in operations:
        if op.op_id in stored:
            once.setdefault(op.op_id, op)
    fresh = [op for op in once.values() if not op.quarantine]
    outcome = {receipt.op_id: receipt for receipt in _judge(fresh, filer, any(stored.values()))}
    if len(fresh) < len(once):
        apart = [Receipt(op.op_id, "quarantined", op.quarantine) for op in once.values() if op.quarantine]
        _note_held(apart)
        outcome |= {receipt.op_id: receipt for receipt in apart}
    known = {op.op_id for op in operations} - set(outcome)
    before = {receipt.op_id: receipt for receipt in _told_before(known, filer.by)} if known else {}
    answers, answered = [], set()
    for at, op in enumerate(operations):
        if at in kept_apart:
            answers.append(Receipt(op.op_id, "conflict_kept", _OTHER))
            continue
        receipt = before.get(op.op_id) or outcome[op.op_id]
        if op.op_id in answered and receipt.status == "filed":
            receipt = Receipt(op.op_id, "already_filed")
        answered.add(op.op_id)
        answers.append(receipt)
    return answers


def _store(operations: Sequence[OperationInput], *, source: str, home_path: str, by: int) -> dict[UUID, bool]:
    """Insert or leave: the unique key decides which are new, never a look beforehand. Returns those, and whether one
    that came earlier waits for it."""
    if not operations:
        return {}
    rows = [
        (
            operation.op_id,
            operation.kind,
            source,
            by,
            home_path,
            sealing.seal(json.dumps(operation.body), key="intake", purpose="operation"),
            operation.happened_at,
            operation.refers_to,
            operation.base_version,
        )
        # Sorted, so that two batches with the same operations do not wait in a circle. The first of two alike wins.
        for operation in sorted(operations, key=lambda found: found.op_id.bytes)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [now(), *columns(rows)])
        return dict(cursor.fetchall())


def _keep_others(
    operations: Sequence[OperationInput], stored: Mapping[UUID, bool], *, source: str, home_path: str, by: int
) -> set[int]:
    """A record whose id another record has already is kept under an id made of both, for a person to look at: a page
    that was opened again, changed and saved once more must not be told 'filed'. Returns their places in the batch."""
    if len(stored) == len(operations):
        return set()  # all new, and no two alike
    first: dict[UUID, str] = {}
    for op in operations:
        if op.op_id in stored:
            first.setdefault(op.op_id, _said(op.body))
    known = Operation.objects.filter(pk__in={op.op_id for op in operations} - set(first))
    first |= {op.pk: _said(body_of(op)) for op in known}
    others = {at: op for at, op in enumerate(operations) if _said(op.body) != first[op.op_id]}
    if others:
        kept = [
            replace(op, op_id=uuid5(op.op_id, _said(op.body)), refers_to=op.op_id) for op in others.values()
        ]
        fresh = _store(kept, source=source, home_path=home_path, by=by)
        Operation.objects.filter(pk__in=fresh).update(status=Operation.Status.CONFLICT_KEPT, code=_OTHER)
    return set(others)


def _said(body: Any) -> str:
    return json.dumps(body, sort_keys=True)


_STORE = """
insert into intake_operation (received_at, op_id, kind, source, actor_id, area_path, body, happened_at, refers_to,
  base_version, status, code, detail, settled_reason)
select %s, v.*, 'filed', '', '{}'::jsonb, '' from unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[],
  %s::text[], %s::bytea[], %s::timestamptz[], %s::uuid[], %s::bigint[]) v
on conflict (op_id) do nothing returning op_id, exists (
  select from intake_operation w where w.waits_for = intake_operation.op_id and w.status = 'held')
"""


def _told_before(op_ids: Iterable[UUID], by: int) -> list[Receipt]:
    """What was answered about operations that had come already: whoever asks again learns the same. Somebody else
    learns no more than that it is here."""
    found = []
    for op in Operation.objects.filter(pk__in=op_ids).defer("body"):
        is_own = op.actor_id == by
        match op.status:
            case Operation.Status.FILED | Operation.Status.REPLACED:
                found.append(Receipt(op.pk, "already_filed"))
            case Operation.Status.SET_ASIDE:
                found.append(Receipt(op.pk, "held", _BACK, {"reason": op.settled_reason} if is_own else {}))
            case _:
                found.append(Receipt(op.pk, op.status, op.code, op.detail if is_own else {}))
    return found


def settled_receipts(op_ids: Collection[UUID], by: int) -> list[Receipt]:
    """Of operations that waited for a person, those that wait no more: filed, or given back (`set_aside`) with the
    reason. The caller has seen to it that they may be told to `by`; a reason is told to whoever sent it only.

    A record that came under the id of another is kept apart (`_keep_others`), and told by what became of that."""
    with crossing("intake", actor_id=by):
        own = Operation.objects.filter(pk__in=op_ids).defer("body")
        apart = Operation.objects.filter(refers_to__in=op_ids, source="phone", actor_id=by).defer("body")
        found = {op.pk: op for op in own} | {op.refers_to: op for op in apart if op.refers_to}
    receipts = []
    for op_id, op in sorted(found.items()):
        if op.status in (Operation.Status.FILED, Operation.Status.REPLACED):
            receipts.append(Receipt(op_id, "already_filed"))
        elif op.status == Operation.Status.SET_ASIDE:
            reason = {"reason": op.settled_reason} if op.actor_id == by else {}
            receipts.append(Receipt(op_id, "set_aside", _BACK, reason))
    return receipts


def _judge(fresh: Sequence[OperationInput], filer: Filer, is_awaited: bool) -> list[Receipt]:
    """File what is new: all at once, or one by one."""
    if not fresh:
        return []
    receipts = None if is_awaited else _file_whole(fresh, filer)
    if receipts is None:
        outcome: dict[UUID, Receipt] = {}
        for operation in fresh:
            # A correction may have come before what it corrects, in this batch or an earlier one.
            outcome |= _file_one(operation, filer)
        receipts = [outcome[op.op_id] for op in fresh]
    return receipts


def _file_whole(operations: Sequence[OperationInput], filer: Filer) -> list[Receipt] | None:
    try:
        with transaction.atomic():
            filed = _file(operations, filer)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001 - whatever it is, one by one shows whose it is
        return None
    receipts = [_receipt(operation, filed) for operation in operations]
    _note_held([receipt for receipt in receipts if receipt.status != "filed"])
    made = [op.op_id for op in operations] + filed.keys
    if _awaited(made):  # came while this batch waited for its households
        for op_id in made:
            _file_awaiting(op_id)
    return receipts


def _file(operations: Sequence[OperationInput], filer: Filer) -> Filed:
    """In the order they were given; what is of one kind and stands together goes at once."""
    found = Filed()
    for kind, chosen in groupby(operations, key=lambda operation: operation.kind):
        if kind not in EFFECTS:
            raise Problem("intake.bad_operation", detail="kind")
        found.add(EFFECTS[kind](list(chosen), scope=filer.scope, by=filer.by, others=filer.others))
    return found


def _receipt(operation: OperationInput, filed: Filed) -> Receipt:
    if doubt := filed.doubts.get(operation.op_id):
        return Receipt(operation.op_id, "conflict_kept", doubt.code, doubt.detail)
    return Receipt(operation.op_id, "filed")


def _file_one(operation: OperationInput, filer: Filer) -> dict[UUID, Receipt]:
    """Nothing that an operation holds may end the request: it is stored, and its receipt says what is wrong. Returns
    that receipt, and those of operations that had waited for this one."""
    try:
        with transaction.atomic():
            filed = _file([operation], filer)
    except Problem as problem:
        detail = {key: storable(str(value))[:80] for key, value in problem.payload.items()}
        return _held(Receipt(operation.op_id, "held", problem.code, detail))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - it is held, and said where
        # Where and what kind, never its words: those of a database quote the row.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("operation %s could not be filed: %s\n%s", operation.op_id, type(error).__name__, where)
        return _held(
            Receipt(operation.op_id, "held", "intake.bad_operation", {"detail": type(error).__name__})
        )
    receipt = _receipt(operation, filed)
    _note_filed(receipt)
    outcome = {operation.op_id: receipt}
    for key in (operation.op_id, *filed.keys):
        outcome |= _file_awaiting(key)
    return outcome


def _held(receipt: Receipt) -> dict[UUID, Receipt]:
    _note_held([receipt])
    return {receipt.op_id: receipt}


def _awaited(op_ids: Sequence[UUID]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from intake_operation where waits_for = any(%s::uuid[]) and status = 'held')",
            [literal(op_ids)],
        )
        return bool(cursor.fetchone()[0])


def _file_awaiting(op_id: UUID) -> dict[UUID, Receipt]:
    """File what was held for want of this operation, each with the rights of whoever had sent it."""
    outcome: dict[UUID, Receipt] = {}
    waiting = Operation.objects.filter(waits_for=op_id, status=Operation.Status.HELD)
    for held in waiting.order_by("received_at", "pk"):
        outcome |= judge_again(held)
    return outcome


def judge_again(held: Operation, settler: Scope | None = None) -> dict[UUID, Receipt]:
    """File a held operation as it is, and what waited for it. Returns the receipts; the caller holds its row.
    `settler`: the areas of whoever says that it is to be filed. A visit stays what its sender was allowed, marked if
    outside, unless its sender's time was over; what else is entered into the register is entered by their leave."""
    from_then = OperationInput(
        held.pk, held.kind, held.happened_at, body_of(held), base_version=held.base_version
    )
    rights = filer_of(held.actor_id)
    if settler is not None and (held.kind != "visit" or held.status == Operation.Status.QUARANTINED):
        rights = replace(rights, scope=settler)
    return _file_one(from_then, rights)


def filer_of(actor_id: int) -> Filer:
    """Somebody's rights of this moment. Who has none any more, or more areas than one can work with at once, is still
    credited; what they did counts as outside. It never refuses: it is asked while somebody else's batch is filed."""
    user = User.objects.filter(pk=actor_id).first()
    try:
        actor = get_actor(user) if user else None
        if actor and actor.may("visit.record"):
            return filer(actor)
    except Problem:
        pass
    return Filer(actor_id, Scope((), actor_id))


def filer(actor: Actor) -> Filer:
    others = actor.scope_for("visit.record_for_others") if actor.may("visit.record_for_others") else None
    return Filer(actor.id, actor.scope_for("visit.record"), others)


def home_of(actor: Actor) -> str:
    """Where an actor's operations wait when they are held: in the widest area in which they record visits, so that
    whoever leads there can ask them."""
    paths = [g.area_path for g in actor.grants if "visit.record" in ROLE_PERMISSIONS[g.role]]
    return min(paths, key=lambda path: (len(path), path))


def body_of(operation: Operation) -> Any:
    """What was given, as it was given."""
    return json.loads(sealing.unseal(operation.body, purpose="operation"))


@transaction.atomic
def retry_held(*, op_id: UUID, scope: Scope, by: int) -> Receipt:
    """Judge a held operation once more, with the rights of whoever had sent it: something else may be right by now."""
    held = _lock_held(op_id, scope)
    with crossing("intake.retry", actor_id=by):
        receipt = judge_again(held, scope)[held.pk]
        _note_settler(held, receipt.status, by=by)
    audit.record(
        "intake.retry",
        "operation",
        held.pk,
        by=by,
        path=held.area_path,
        status=receipt.status,
        code=receipt.code,
    )
    return receipt


@transaction.atomic
def correct_held(
    *,
    op_id: UUID,
    body: Mapping[str, Any],
    happened_at: dt.datetime,
    scope: Scope,
    settler: Filer,
) -> Receipt:
    """File corrected values as a new operation that refers to the held one, which stays as it came. Raises the
    Problem of the new one: what is still wrong is put right at once, not held a second time."""
    held = _lock_held(op_id, scope)
    corrected = OperationInput(new_id(), held.kind, happened_at, body, refers_to=held.pk)
    with crossing("intake.correct", actor_id=settler.by):
        _store([corrected], source="desk", home_path=held.area_path, by=settler.by)
        _file([corrected], settler)
        _file_awaiting(corrected.op_id)
        _close(held, Operation.Status.REPLACED, by=settler.by)
    audit.record("intake.correct", "operation", held.pk, by=settler.by, path=held.area_path, code=held.code)
    return Receipt(corrected.op_id, "filed")


@transaction.atomic
def set_aside(*, op_id: UUID, reason: str, scope: Scope, by: int) -> None:
    """Give a held operation back, with a reason that its sender reads. It is never deleted."""
    if not reason.strip():
        raise Problem("campaigns.reason_required")
    held = _lock_held(op_id, scope)
    _close(held, Operation.Status.SET_ASIDE, by=by, reason=reason.strip()[:200])
    audit.record(
        "intake.set_aside", "operation", held.pk, by=by, path=held.area_path, reason=reason.strip()[:200]
    )


def _lock_held(op_id: UUID, scope: Scope) -> Operation:
    held = Operation.objects.filter(scope.q(), pk=op_id).select_for_update().first()
    if held is None:
        raise Problem("intake.unknown_operation")
    if held.status not in WAITING or held.code == TWO_ANSWERS:
        raise Problem("intake.already_settled")
    return held


def _close(held: Operation, status: str, *, by: int, reason: str = "") -> None:
    Operation.objects.filter(pk=held.pk).update(
        status=status, settled_at=now(), settled_by=by, settled_reason=reason, waits_for=None
    )


def _note_settler(held: Operation, status: str, *, by: int) -> None:
    if status != "held":
        Operation.objects.filter(pk=held.pk).update(settled_at=now(), settled_by=by)


def _note_filed(receipt: Receipt) -> None:
    values = {"status": receipt.status, "code": receipt.code, "detail": dict(receipt.detail)}
    Operation.objects.filter(pk=receipt.op_id).update(**values, waits_for=None)


def _note_held(receipts: Sequence[Receipt]) -> None:
    for receipt in receipts:
        awaited = receipt.detail.get(_WAITING.get(receipt.code, ""))
        Operation.objects.filter(pk=receipt.op_id).update(
            status=receipt.status,
            code=receipt.code,
            detail=dict(receipt.detail),
            waits_for=UUID(awaited) if awaited else None,
        )
