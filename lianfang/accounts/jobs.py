"""What the worker process does for accounts."""

from __future__ import annotations

from procrastinate.contrib.django import app

from lianfang.accounts.devices.inviting import purge_newcomers as purge


@app.periodic(cron="40 3 * * *")
@app.task(name="lianfang.purge_newcomers", queue="clock", queueing_lock="purge_newcomers")
def purge_newcomers(timestamp: int) -> int:
    """Who asked to join a shift long over."""
    return purge()
