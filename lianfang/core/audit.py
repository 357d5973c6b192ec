"""The audit trail. `record` belongs to the work and commits with it; `survive` is for refusals and looks
that must stay even when the work is rolled back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from django.db import connection

from lianfang.core.arrays import columns
from lianfang.core.clock import now
from lianfang.core.models import AuditRow
from lianfang.core.scope import ROOT

_surviving: ContextVar[list[AuditRow] | None] = ContextVar("surviving_audit", default=None)


def _row(
    action: str, kind: str, object_id: Any, *, by: int | None, path: str, reason: str, detail: dict
) -> AuditRow:
    return AuditRow(
        at=now(),
        actor_id=by,
        action=action,
        object_kind=kind,
        object_id=str(object_id),
        area_path=path,
        reason=reason,
        detail=detail,
    )


def record(
    action: str,
    kind: str,
    object_id: Any,
    *,
    by: int | None,
    path: str = ROOT,
    reason: str = "",
    **detail: Any,
) -> None:
    """One row, now, in the running transaction. `detail` carries counts and codes, never personal values."""
    _row(action, kind, object_id, by=by, path=path, reason=reason, detail=detail).save(force_insert=True)


def record_each(
    action: str, kind: str, objects: Sequence[tuple[Any, str]], *, by: int | None, **detail: Any
) -> None:
    """A row for each object (its id, its area path) in one statement, for work that comes in batches; none for none.
    `detail` is the same in all of them."""
    if not objects:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into core_auditrow (at, actor_id, action, object_kind, object_id, area_path, reason, detail)"
            " select %s, %s, %s, %s, v.id, v.path, '', %s::jsonb from unnest(%s::text[], %s::text[]) v(id, path)",
            [
                now(),
                by,
                action,
                kind,
                json.dumps(detail),
                *columns([(str(found), path) for found, path in objects]),
            ],
        )


def survive(
    action: str,
    kind: str,
    object_id: Any,
    *,
    by: int | None,
    path: str = ROOT,
    reason: str = "",
    **detail: Any,
) -> None:
    """A row that is written after the request's transaction has ended, however it ended."""
    row = _row(action, kind, object_id, by=by, path=path, reason=reason, detail=detail)
    waiting = _surviving.get()
    if waiting is None:
        row.save(force_insert=True)
    else:
        waiting.append(row)


class Survivors:
    """Collects what `survive` was told during a request, and writes it at the end."""

    def __enter__(self) -> Survivors:
        self._mark = _surviving.set([])
        return self

    def __exit__(self, *_: object) -> None:
        rows = _surviving.get() or []
        _surviving.reset(self._mark)
        if rows:
            AuditRow.objects.bulk_create(rows)
