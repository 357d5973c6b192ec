"""Kind of record → the operations it starts. All on one screen: this is where work rooms meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

from lianfang.campaigns.operations.visits import LineInput, VisitInput, record_visits
from lianfang.core.scope import Scope
from lianfang.intake.rules import visit_values


class Given(Protocol):
    @property
    def op_id(self) -> UUID: ...
    @property
    def happened_at(self) -> dt.datetime: ...
    @property
    def body(self) -> Any: ...


def file_visits(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> None:
    record_visits([visit_of(operation) for operation in operations], scope=scope, by=by, others=others)


def visit_of(operation: Given) -> VisitInput:
    """A visit from the body of an operation; the operation's id is the visit's."""
    values = visit_values(operation.body)
    lines = tuple(LineInput(**line) for line in values.pop("lines"))
    return VisitInput(visit_id=operation.op_id, happened_at=operation.happened_at, lines=lines, **values)


EFFECTS: dict[str, Callable[..., None]] = {
    "visit": file_visits,
}
