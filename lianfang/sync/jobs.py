"""What the worker process does for sync."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from lianfang.register.door_versions import watermark_age
from lianfang.sync.epoch import advance_mark

log = logging.getLogger(__name__)
LONGEST = 120.0  # seconds: no work that is cut in pieces as it should be writes longer than this


@app.periodic(cron="* * * * *")
@app.task(name="lianfang.mark_database", queue="clock", queueing_lock="mark_database")
def mark_database(timestamp: int) -> int:
    """A database that was restored from a backup is noticed by this mark, which its file has passed."""
    watch_watermark()
    return advance_mark()


def watch_watermark() -> float:
    """While one transaction writes for minutes, phones fetch again and again what changed since it began."""
    age = watermark_age()
    if age.seconds > LONGEST:
        log.warning(
            "a transaction has been writing for %d s: phones fetch %d changes again with each pull",
            age.seconds,
            age.transaction_count,
        )
    return age.seconds
