"""What the worker process does for all rooms: a job whose worker was killed is taken up again."""

from __future__ import annotations

import logging

from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

from lianfang.core.scratch import sweep

log = logging.getLogger(__name__)
SILENT_SECONDS = 30  # a living worker gives a sign every ten
MOST_ATTEMPTS = 5  # a job that killed its worker this often is left for a person to look at


@app.periodic(cron="* * * * *")
@app.task(name="lianfang.retry_stalled", queue="clock", queueing_lock="retry_stalled")
def retry_stalled(timestamp: int) -> int:
    """Queue again what a dead worker had begun. Every job commits once at its end, so nothing is half done; what
    it was reading does not stay behind."""
    count = async_to_sync(_retry_stalled)()
    sweep()
    return count


async def _retry_stalled() -> int:
    jobs = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS))
    for job in jobs:
        await _retry(job)
    return len(jobs)


async def _retry(job: Job) -> None:
    log.warning("job %s (%s) lost its worker in attempt %s", job.id, job.task_name, job.attempts)
    if job.attempts < MOST_ATTEMPTS:
        try:
            await app.job_manager.retry_job(job)
            return
        except UniqueViolation:
            log.warning("job %s was asked for again meanwhile: that one does its work", job.id)
    await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
