"""What the worker process does for lists from above. A job carries ids only and opens a scope of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, scoped
from lianfang.verification.models import PushedList
from lianfang.verification.operations import taking
from lianfang.verification.operations.reminding import raise_list_reminders
from lianfang.verification.queries import get_list

log = logging.getLogger(__name__)
SORT = "lianfang.sort_list"
AT_ONCE_BYTES = 200_000  # about 2,000 rows: sorted in the request, in a second or two
# The database may be away for a moment; a list that cannot be read stays unsorted, and the page says so.
_RETRY = RetryStrategy(max_attempts=5, wait=5, retry_exceptions={OperationalError, InterfaceError})


@app.periodic(cron="* * * * *")
@app.task(name="lianfang.remind_lists", queue="clock", queueing_lock="remind_lists")
def remind_lists(timestamp: int) -> int:
    """Who still has rows of a list hears of it before its time is over."""
    raised = raise_list_reminders()
    if raised:
        log.info("lists: %s reminders raised", raised)
    return raised


@app.task(name=SORT, queue="files", retry=_RETRY)
def sort(list_id: int, by: int) -> str:
    """Sort a large list. One that went out, or was decided on, in the meantime is left as it is."""
    found = PushedList.objects.get(pk=list_id)
    scope = Scope.over([found.area_path], actor_id=by, purpose="sort_list")
    with scoped(scope):
        try:
            found = taking.sort(list_id=list_id, scope=scope, by=by)
        except Problem as problem:
            if problem.code != "verification.already_out":
                raise
    return found.state


def ask_sort(*, list_id: int, byte_count: int, scope: Scope, by: int) -> PushedList:
    """Sort a small list at once; a large one by the worker, queued in the transaction of the request.

    Raises `verification.unknown_list`, `verification.already_out`, `verification.sorting`."""
    found = get_list(scope, list_id)
    if byte_count <= AT_ONCE_BYTES:
        return taking.sort(list_id=list_id, scope=scope, by=by)
    lock = f"sort-list-{found.pk}"
    try:
        sort.configure(lock=lock, queueing_lock=lock).defer(list_id=found.pk, by=by)
    except AlreadyEnqueued:
        raise Problem("verification.sorting") from None
    return found


@dataclass(frozen=True, slots=True)
class Sorting:
    """A sorting that was asked for: waiting, doing, failed or done."""

    state: str
    attempts: int


_STATES = {"todo": "waiting", "doing": "doing", "succeeded": "done"}


def sorting(list_id: int) -> Sorting | None:
    """How far the sorting of a large list is; None when none was asked for, or when it is long done."""
    job = ProcrastinateJob.objects.filter(task_name=SORT, args__list_id=list_id).order_by("-id").first()
    return Sorting(_STATES.get(job.status, "failed"), job.attempts) if job else None
