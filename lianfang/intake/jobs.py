"""What the worker process does for intake: what is held of residents beside the register goes when it is done with."""

from __future__ import annotations

from procrastinate.contrib.django import app

from lianfang.intake.entry_operations import purge_drafts
from lianfang.intake.papers.operations import purge_papers


@app.periodic(cron="50 3 * * *")
@app.task(name="lianfang.purge_entries", queue="clock", queueing_lock="purge_entries")
def purge_entries(timestamp: int) -> int:
    """Sheets that nobody went on with, and papers that were taken away or whose emergency is over."""
    return purge_drafts() + purge_papers()
