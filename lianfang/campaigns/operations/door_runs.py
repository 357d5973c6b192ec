"""Taking back doors that were made from a pattern: what a list or a visit names by now stays."""

from __future__ import annotations

from django.db import transaction

from lianfang.campaigns.models import Target, Visit
from lianfang.core.scope import Scope
from lianfang.register.making import get_run, lock_unnamed, remove_run


@transaction.atomic
def undo_doors(*, run_id: int, scope: Scope, by: int | None) -> int:
    """Remove the doors of a run that nobody used. Returns how many went.

    Raises `register.unknown_run`, `register.run_undone`.
    """
    unnamed = lock_unnamed(get_run(scope, run_id))
    keep = set(
        Target.objects.filter(scope.q(), household_id__in=unnamed).values_list("household_id", flat=True)
    )
    keep |= set(
        Visit.objects.filter(scope.q(), household_id__in=unnamed).values_list("household_id", flat=True)
    )
    return remove_run(run_id=run_id, keep=keep, scope=scope, by=by)
