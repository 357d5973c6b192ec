"""What the worker process does for sync."""

from __future__ import annotations

from procrastinate.contrib.django import app

from lianfang.sync.epoch import advance_mark


@app.periodic(cron="* * * * *")
@app.task(name="lianfang.mark_database", queue="clock", queueing_lock="mark_database")
def mark_database(timestamp: int) -> int:
    """A database that was restored from a backup is noticed by this mark, which its file has passed."""
    return advance_mark()
