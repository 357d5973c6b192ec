"""What the worker process does for areas: changes that were confirmed for a later day."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from lianfang.areas.changes.operations import apply_due

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="lianfang.areas_every_minute", queue="clock", queueing_lock="areas_every_minute")
def every_minute(timestamp: int) -> None:
    """Adjustments whose day has come."""
    if count := apply_due():
        log.info("every minute: %s adjustments of areas took effect", count)
