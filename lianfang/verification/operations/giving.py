"""Who rings and goes there: rows are given to a worker, one or two hundred with one button, in a fixed number of
statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from lianfang.accounts.queries import find_actor
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.areas.queries import prefixes
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.verification.models import Hop, PushedRow
from lianfang.verification.operations import steps
from lianfang.workforce.models import Worker

State = PushedRow.State
MOST = 200  # rows of a page, ticked by hand


@dataclass(frozen=True, slots=True)
class Done:
    """`left`: how many were left as they were, and why the first of them was."""

    count: int
    left: int = 0
    why: Problem | None = None


@transaction.atomic
def give(*, row_id: int, worker_id: int, scope: Scope, by: int) -> PushedRow:
    """One row. Raises `verification.unknown_row`, `verification.not_out`, `workforce.unknown_worker`."""
    done = give_rows(row_ids=[row_id], worker_id=worker_id, scope=scope, by=by)
    if done.why is not None:
        raise done.why
    return PushedRow.objects.get(scope.q(), pk=row_id)


@transaction.atomic
def give_rows(*, row_ids: Sequence[int], worker_id: int, scope: Scope, by: int) -> Done:
    """These rows are rung and visited by this worker from now on. One that lies outside what the worker may see goes to
    the worker's own area; what may not be done to one of them holds up no other.

    Raises `workforce.unknown_worker`."""
    worker = Worker.objects.filter(scope.q(), pk=worker_id, is_active=True).select_related("user").first()
    if worker is None:
        raise Problem("workforce.unknown_worker")
    ids = set(row_ids[:MOST])
    rows = list(
        PushedRow.objects.filter(scope.q(), pk__in=ids)
        .select_related("list")
        .defer("said", "candidates")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    own, why = _areas_of(worker), None if len(rows) == len(ids) else Problem("verification.unknown_row")
    given: list[tuple[PushedRow, str]] = []
    for row in rows:
        end = _where_seen(own, row.area_path)
        if row.state not in (State.OUT, State.IN_PROGRESS):
            why = why or Problem("verification.not_out")
        elif end != row.area_path and not (scope.covers(end) and end.startswith(row.list.area_path)):
            why = why or Problem("workforce.unknown_worker")
        else:
            given.append((row, end))
    if given:
        _give(given, worker, scope, by)
    return Done(len(given), len(ids) - len(given), why)


def _give(given: Sequence[tuple[PushedRow, str]], worker: Worker, scope: Scope, by: int) -> None:
    moment, hops = now(), []
    chains = steps.chains_of({end for row, end in given if end != row.area_path})
    for row, end in given:
        row.worker_id, row.taken_at = worker.pk, None
        if end != row.area_path:
            shared = max((one for one in prefixes(row.area_path) if end.startswith(one)), key=len)
            hops += steps.down(row, end, came=row.area_path, below=shared, by=by, moment=moment)
            steps.put(row, chains[end], row.placed_by)
            row.area_path = end
    with crossing("verification.give", actor_id=by):  # a step on the way may lie above one's own areas
        Hop.objects.bulk_create(hops)
    steps.store([row for row, _end in given], scope)
    told = [(row.pk, row.area_path) for row, _end in given]
    audit.record_each("list.give", "pushed_row", told, by=by, worker=worker.pk)


def _areas_of(worker: Worker) -> list[str]:
    """Where the worker may check rows: what their roles say, else where they belong."""
    actor = find_actor(worker.user) if worker.user else None
    grants = actor.grants if actor else ()
    own = [grant.area_path for grant in grants if "list.check" in ROLE_PERMISSIONS[grant.role]]
    return own or [worker.area_path]


def _where_seen(own: Sequence[str], path: str) -> str:
    """The area itself, if the worker may check rows there; else the nearest of theirs: one below it, or their first."""
    if any(path.startswith(one) for one in own):
        return path
    return next((one for one in own if one.startswith(path)), own[0])
