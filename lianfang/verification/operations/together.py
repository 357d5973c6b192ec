"""Many answers are confirmed with one button: what may not be done to one of them holds up no other."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from lianfang.core.scope import Scope
from lianfang.verification.models import Answer, PushedRow
from lianfang.verification.operations.answering import confirm
from lianfang.verification.operations.giving import MOST, Done
from lianfang.workforce.queries import worker_of


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
