"""What somebody does to many rows with one button: what may not be done to one of them holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.verification.models import Answer, PushedRow
from lianfang.verification.operations.answering import confirm
from lianfang.verification.operations.sending import give
from lianfang.workforce.queries import worker_of

MOST = 200  # rows of a page, ticked by hand


@dataclass(frozen=True, slots=True)
class Done:
    """`left`: how many were left as they were, and why the first of them was."""

    count: int
    left: int = 0
    why: Problem | None = None


def give_rows(*, row_ids: Sequence[int], worker_id: int, scope: Scope, by: int) -> Done:
    """These rows are rung and visited by this worker from now on."""
    count, left, why = 0, 0, None
    for row_id in row_ids[:MOST]:
        try:
            with transaction.atomic():
                give(row_id=row_id, worker_id=worker_id, scope=scope, by=by)
            count += 1
        except Problem as problem:
            left, why = left + 1, why or problem
    return Done(count, left, why)


def confirm_rows(*, row_ids: Sequence[int], level: str, scope: Scope, by: int) -> Done:
    """Stands behind these answers, but for those that are one's own, or that another level has to confirm first.

    Raises as `answering.confirm` where that is so of all of them."""
    ids = list(row_ids[:MOST])
    worker = worker_of(by)
    rows = PushedRow.objects.filter(scope.q(), pk__in=ids, state=PushedRow.State.ANSWERED)
    own = Answer.objects.filter(pk__in=rows.values("answer_id"), by=worker.pk if worker else -1)
    fit = rows.exclude(answer_id__in=own.values("pk"))
    if level == "town":
        fit = fit.filter(Q(village_confirmed_at__isnull=False) | Q(village_code="")).exclude(
            village_confirmed_by=by
        )
    may = list(fit.values_list("pk", flat=True))
    count = confirm(row_ids=may or ids, level=level, scope=scope, by=by)
    return Done(count, len(ids) - len(may))
