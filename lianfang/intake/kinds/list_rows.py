"""A row of a pushed list: that somebody was rung for it, and what was found out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from lianfang.core.scope import Scope
from lianfang.intake.doubts import Doubt, Filed
from lianfang.intake.kinds.given import Given
from lianfang.intake.kinds.keys import resolve_one
from lianfang.intake.rules import fault, list_answer_values, list_call_values
from lianfang.verification.models import Answer, AnswerCode, Call, TestResult
from lianfang.verification.operations import answering
from lianfang.verification.queries.desk import workers_of
from lianfang.verification.queries.finding import answer_that_stands
from lianfang.workforce.queries import worker_of

OVERTAKEN = "verification.later_answer"


def file_list_calls(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> None:
    """Raises `verification.unknown_row` for one that never was in the sender's areas, `verification.note_required`."""
    for operation in operations:
        values = list_call_values(operation.body)
        if values["outcome"] not in Call.Outcome.values:
            raise fault("outcome")
        answering.record_call(**values, scope=scope, by=by, happened_at=operation.happened_at)


def file_list_answers(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> Filed:
    """As at the desk (`answering.answer`). Where somebody else has found out something later, both are kept, and the
    village is told."""
    filed = Filed()
    worker = worker_of(by)
    for operation in operations:
        values = list_answer_values(operation.body)
        resolve_one(values)
        row_id = values.pop("row_id")
        if values["code"] not in AnswerCode.values:
            raise fault("code")
        if values.get("test_result", "") not in ("", *TestResult.values):
            raise fault("test_result")
        said = answering.Said(
            **values,
            owner_id=worker.pk if worker and values["code"] == AnswerCode.IN_PROGRESS else None,
            happened_at=operation.happened_at,
            operation_id=operation.op_id,
        )
        made = answering.answer(row_id=row_id, said=said, scope=scope, by=by)
        standing = answer_that_stands(row_id)
        if standing is not None and standing.pk != made.pk and standing.by != made.by:
            filed.doubts[operation.op_id] = Doubt(OVERTAKEN, _detail(row_id, made, standing))
    return filed


def _detail(row_id: int, made: Answer, standing: Answer) -> dict[str, Any]:
    return {
        "row": row_id,
        "said": made.code,
        "standing": standing.code,
        "standing_at": standing.happened_at.astimezone(dt.UTC).isoformat(),
        "standing_by": workers_of([standing.by]).get(standing.by or 0, ""),
    }
