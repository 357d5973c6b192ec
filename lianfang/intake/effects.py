"""Kind of record → the operations it starts. All on one screen: this is where work rooms meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from lianfang.campaigns.operations.visits import LineInput, VisitInput, record_visits
from lianfang.core.scope import Scope


class Given(Protocol):
    op_id: UUID
    happened_at: dt.datetime
    body: Mapping[str, Any]


def file_visits(operations: Sequence[Given], *, scope: Scope, by: int) -> None:
    record_visits([visit_of(operation) for operation in operations], scope=scope, by=by)


def visit_of(operation: Given) -> VisitInput:
    """A visit from the body of an operation; the operation's id is the visit's."""
    body = operation.body
    return VisitInput(
        visit_id=operation.op_id,
        household_id=int(body["household"]),
        channel=body["channel"],
        outcome=body["outcome"],
        happened_at=operation.happened_at,
        worker_id=body.get("worker"),
        lines=tuple(_line(line) for line in body.get("lines", ())),
        answers=body.get("answers", {}),
        back_at=dt.datetime.fromisoformat(body["back_at"]) if body.get("back_at") else None,
        note=body.get("note", ""),
        supersedes=UUID(body["supersedes"]) if body.get("supersedes") else None,
    )


def _line(line: Mapping[str, Any]) -> LineInput:
    return LineInput(
        person_id=int(line["person"]),
        presence=line["presence"],
        answered_by=line.get("answered_by"),
        away_place=line.get("away_place", ""),
        away_since_on=_date(line.get("away_since")),
        back_on=_date(line.get("back_on")),
        reason=line.get("reason", ""),
        answers=line.get("answers", {}),
    )


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


EFFECTS: dict[str, Callable[..., None]] = {
    "visit": file_visits,
}
