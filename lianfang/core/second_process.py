"""One more process of this program, for work that keeps Python busy on one core while another stands idle."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection as pipes
from threading import Thread
from typing import Any

import django
from django.db import connection


def second_process() -> ProcessPoolExecutor:
    """With settings, models and a connection of its own. Started anew, not forked: this process has threads, and
    connections that must not be shared. It ends with the executor, or when this process ends."""
    fresh = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        1, mp_context=fresh, initializer=_begin, initargs=(dict(connection.settings_dict),)
    )


def _begin(database: dict[str, Any]) -> None:
    """Its settings come from the environment, as every process's do, but for the database: that may have been chosen
    later, as tests do."""
    Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    connection.settings_dict.update(database)


def _end_with_parent() -> None:
    """One that is killed says nothing, and what it asked for would be done for nobody, with rows in the open."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - it was started by one
    pipes.wait([parent.sentinel])
    os._exit(1)
