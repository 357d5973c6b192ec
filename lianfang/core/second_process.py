"""One more process of this program, for work that keeps Python busy on one core while another stands idle."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
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
    django.setup()
    connection.settings_dict.update(database)
