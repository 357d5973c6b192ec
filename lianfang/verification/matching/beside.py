"""A second process for lists of ten thousands of rows: Python judges on one core at a time, and there are two."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from threading import Lock

from lianfang.core.second_process import second_process
from lianfang.verification.rows import ListRow, Match

log = logging.getLogger(__name__)
LARGE = 20_000  # rows; below, starting a process (a second or two) costs more than it saves
Part = Callable[[Sequence[ListRow]], list[Match]]


@contextmanager
def helped(count: int, here: Part, there: Callable[..., list[Match]], *about: object) -> Iterator[Part]:
    """How a part of so many rows is matched by one of two threads: `here`, or, where the list is large, by a process
    that runs `there(*about, rows)`. `there` is a function of a module; `about` goes over to the process. Without one
    (none to be had, or it died) all is done here."""
    if count < LARGE or (os.cpu_count() or 1) < 2:
        yield here
        return
    with second_process() as helper:
        yield _Beside(helper, here, partial(there, *about))


class _Beside:
    """Called by two threads: the one that finds the process free gives its part to it, the other works here."""

    def __init__(self, helper: Executor, here: Part, there: Part) -> None:
        self._helper, self._here, self._there = helper, here, there
        self._is_free = Lock()

    def __call__(self, rows: Sequence[ListRow]) -> list[Match]:
        if not self._is_free.acquire(blocking=False):
            return self._here(rows)
        try:
            return self._helper.submit(self._there, rows).result()
        except (BrokenProcessPool, OSError):
            log.warning("lists: the second process is gone, the rest is matched by the first")
            return self._here(rows)
        finally:
            self._is_free.release()
