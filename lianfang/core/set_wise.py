"""Telling PostgreSQL what it cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def whole_area() -> Iterator[None]:
    """For statements over a whole county: join by hashing.

    Row-level security compares with bounds that the planner sees only when it runs, so it expects a handful of rows
    of each table and would loop through 760,000 of them one by one (measured: minutes instead of seconds).
    """
    with connection.cursor() as cursor:
        cursor.execute("set local enable_nestloop = off")
        yield
        # After a failure the rollback takes the setting back by itself.
        cursor.execute("set local enable_nestloop = on")


@contextmanager
def row_by_row() -> Iterator[None]:
    """For statements that look up some hundreds of values among a million rows: by index, each by itself.

    With so many the planner would rather read and hash the whole table (measured: 680 ms instead of 40). Tables are
    joined in the order in which they are written: of a small county it would rather begin with all doors (800 ms). A
    statement begins with the values and asks for some thousands at most: a part of a list has 5,000.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SWITCH.format("off") + "; set local join_collapse_limit = 1")
        yield
        cursor.execute(_SWITCH.format("on") + "; set local join_collapse_limit to default")


_SWITCH = "set local enable_hashjoin = {0}; set local enable_mergejoin = {0}; set local enable_seqscan = {0}"
