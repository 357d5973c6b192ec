"""What the worker process does for questions: drafts of forms hold samples of somebody's table, and go when it is time."""

from __future__ import annotations

from procrastinate.contrib.django import app

from lianfang.questions.forming import purge_drafts


@app.periodic(cron="55 3 * * *")
@app.task(name="lianfang.purge_form_drafts", queue="clock", queueing_lock="purge_form_drafts")
def purge_form_drafts(timestamp: int) -> int:
    return purge_drafts()
