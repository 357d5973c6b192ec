"""What the worker process does for workforce."""

from __future__ import annotations

from procrastinate.contrib.django import app

from lianfang.workforce.operations import rest_newcomers as rest


@app.periodic(cron="10 * * * *")
@app.task(name="lianfang.rest_newcomers", queue="clock", queueing_lock="rest_newcomers")
def rest_newcomers(timestamp: int) -> int:
    """Whose shift is over stands in no list of people to give work to."""
    return rest()
