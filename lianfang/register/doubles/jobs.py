"""The search for doubles as a job: it carries the id of a search and nothing else."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.register.doubles.finding import run_search


@app.task(
    name="lianfang.find_doubles",
    queue="register",
    retry=RetryStrategy(max_attempts=3, exponential_wait=5),
)
def find_doubles(search_id: int) -> int:
    return run_search(search_id)


def start_search(search_id: int) -> None:
    """Queue it in the transaction of the request: without a commit there is no job."""
    find_doubles.configure(lock="doubles", queueing_lock=f"doubles-{search_id}").defer(search_id=search_id)
