"""What the worker process does for campaigns. A job carries ids only and opens a scope of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from lianfang.campaigns.models import Round
from lianfang.campaigns.operations.emergencies import end_due_emergencies
from lianfang.campaigns.operations.following import follow_waiting
from lianfang.campaigns.operations.freshness import ask_stale_again
from lianfang.campaigns.operations.reminders import raise_due_reminders
from lianfang.campaigns.operations.rounds import freeze_round, judge_earlier, judge_meanwhile
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, scoped

log = logging.getLogger(__name__)
FREEZE = "lianfang.freeze_round"


@app.task(name=FREEZE, queue="campaigns", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def freeze(round_id: int, by: int) -> int:
    """Freeze a large round, then settle what is known already, in transactions of a thousand doors. One that was
    frozen, or closed, in the meantime is left as it is; one whose job was killed goes on where it stopped."""
    found = Round.objects.select_related("campaign").get(pk=round_id)
    scope = Scope.over([found.campaign.area_path], actor_id=by, purpose="freeze_round")
    count = 0 if found.frozen_at else _freeze(round_id, scope, by)
    while True:
        with scoped(scope):
            if not judge_earlier(round_id=round_id):
                return count


def _freeze(round_id: int, scope: Scope, by: int) -> int:
    with scoped(scope):
        try:
            return freeze_round(round_id=round_id, by=by, judges_later=True)
        except Problem as problem:
            if problem.code not in ("campaigns.already_frozen", "campaigns.closed"):
                raise
            return 0


@app.periodic(cron="* * * * *")
@app.task(name="lianfang.every_minute", queue="clock", queueing_lock="every_minute")
def every_minute(timestamp: int) -> None:
    """What happens because time passes: emergencies end, who answers hears of it before it is late, and the lists
    of running rounds follow who moved by a sheet."""
    ended, raised, followed = end_due_emergencies(), raise_due_reminders(), follow_waiting()
    if ended or raised or followed:
        log.info(
            "every minute: %s emergencies ended, %s reminders raised, %s moves followed",
            ended,
            raised,
            followed,
        )


@app.periodic(cron="*/5 * * * *")
@app.task(name="lianfang.every_five_minutes", queue="clock", queueing_lock="every_five_minutes")
def every_five_minutes(timestamp: int) -> None:
    """Answers run out, and visits that were being filed while a list was frozen are judged for it."""
    stale, late = ask_stale_again(), judge_meanwhile()
    if stale or late:
        log.info("every five minutes: %s doors asked again, %s judged after a freeze", stale, late)


def ask_freeze(*, round_id: int, by: int) -> None:
    """Queue it in the transaction of the request: without a commit there is no job."""
    lock = f"freeze-{round_id}"
    try:
        freeze.configure(lock=lock, queueing_lock=lock).defer(round_id=round_id, by=by)
    except AlreadyEnqueued:
        raise Problem("campaigns.freezing") from None


@dataclass(frozen=True, slots=True)
class Freezing:
    """A freeze that was asked for: waiting, doing, failed or done."""

    state: str
    attempts: int


_STATES = {"todo": "waiting", "doing": "doing", "succeeded": "done"}


def freezing(round_id: int) -> Freezing | None:
    """How far the freeze of a round is; None when none was asked for."""
    job = ProcrastinateJob.objects.filter(task_name=FREEZE, args__round_id=round_id).order_by("-id").first()
    return Freezing(_STATES.get(job.status, "failed"), job.attempts) if job else None
