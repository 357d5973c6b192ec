"""What the worker process does for lists from above. A job carries ids only and opens a scope of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from lianfang.core.problems import Problem
from lianfang.core.progress import Telling
from lianfang.core.scope import Scope, scoped
from lianfang.verification.models import PushedList
from lianfang.verification.operations import understanding
from lianfang.verification.operations.reminding import raise_list_reminders
from lianfang.verification.operations.sorting import sort as sort_rows
from lianfang.verification.operations.sorting import takes_turn
from lianfang.verification.queries import get_list

log = logging.getLogger(__name__)
SORT, READ = "lianfang.sort_list", "lianfang.read_list"
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


_DONE = "update verification_listfile set rows_done = %s where list_id = %s and {range}"


@app.task(name=SORT, queue="files", retry=_RETRY)
def sort(list_id: int, by: int) -> str:
    """Sort a large list. One that went out, or was decided on, in the meantime is left as it is."""
    found = PushedList.objects.get(pk=list_id)
    scope = Scope.over([found.area_path], actor_id=by, purpose="sort_list")
    with scoped(scope), Telling(scope, _DONE, list_id) as telling:
        telling.tell(0)
        try:
            found = sort_rows(list_id=list_id, scope=scope, by=by, told=telling.tell)
        except Problem as problem:
            if problem.code != "verification.already_out":
                raise
    return found.state


@app.task(name=READ, queue="files", retry=_RETRY)
def understand(list_id: int, by: int) -> None:
    """Read a large list once, for the page that shows what was understood of it."""
    found = PushedList.objects.get(pk=list_id)
    scope = Scope.over([found.area_path], actor_id=by, purpose="read_list")
    with scoped(scope):
        understanding.understand(list_id=list_id, scope=scope)


def ask_understand(*, list_id: int, byte_count: int, scope: Scope, by: int) -> None:
    """Read a small list at once; a large one by the worker. Raises `verification.unknown_list`, `scope.outside`."""
    found = get_list(scope, list_id)
    scope.within(found.area_path)
    if byte_count <= AT_ONCE_BYTES:
        understanding.understand(list_id=list_id, scope=scope)
        return
    understand.configure(lock=f"read-list-{found.pk}").defer(list_id=found.pk, by=by)


def ask_sort(*, list_id: int, byte_count: int, scope: Scope, by: int) -> PushedList:
    """Sort a small list at once; a large one, or one that has to wait for another, by the worker, queued in the
    transaction of the request.

    Raises `verification.unknown_list`, `verification.already_out`, `verification.sorting`."""
    found = get_list(scope, list_id)
    if _is_under_way(sorting(list_id)):
        raise Problem("verification.sorting")
    if byte_count <= AT_ONCE_BYTES and takes_turn(found.county_id):
        return sort_rows(list_id=list_id, scope=scope, by=by)
    # One after the other, as `takes_turn` has it: waiting there, they would hold the worker. No queueing lock: with it
    # a job that lost its worker could not be queued again beside a later one, and would hold all lists of the county.
    sort.configure(lock=f"sort-lists-{found.county_id}").defer(list_id=found.pk, by=by)
    return found


@dataclass(frozen=True, slots=True)
class Sorting:
    """A sorting, or a reading, that was asked for: waiting, doing, failed or done."""

    state: str
    attempts: int


_STATES = {"todo": "waiting", "doing": "doing", "succeeded": "done"}


def sorting(list_id: int) -> Sorting | None:
    """How far the sorting of a large list is; None when none was asked for, or when it is long done."""
    return _last(SORT, list_id)


def is_being_read(list_id: int) -> bool:
    """Whether the worker has yet to read a large list, or is reading it."""
    return _is_under_way(_last(READ, list_id))


def _is_under_way(job: Sorting | None) -> bool:
    return job is not None and job.state in ("waiting", "doing")


def _last(task_name: str, list_id: int) -> Sorting | None:
    job = ProcrastinateJob.objects.filter(task_name=task_name, args__list_id=list_id).order_by("-id").first()
    return Sorting(_STATES.get(job.status, "failed"), job.attempts) if job else None
