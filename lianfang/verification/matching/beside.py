"""A second process for the largest lists: Python judges on one core at a time, and there are two."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from threading import Lock
from typing import Generic, TypeVar

from lianfang.core.second_process import second_process
from lianfang.verification.rows import ListRow

log = logging.getLogger(__name__)
LARGE = 1_000_000  # bytes, some 15,000 rows; below, starting a process (two seconds) costs more than it saves
T = TypeVar("T")
Part = Callable[[Sequence[ListRow]], list[T]]


@contextmanager
def helper_for(byte_count: int, ready: Callable[..., None], *about: object) -> Iterator[Executor | None]:
    """For a list of so many bytes a process that does `ready(*about)` while this one still reads the list; None where
    the list is small, or where there is no second core."""
    if byte_count < LARGE or (os.cpu_count() or 1) < 2:
        yield None
        return
    with second_process() as helper:
        yield helper if _is_begun(helper, ready, *about) else None


def _is_begun(helper: Executor, ready: Callable[..., None], *about: object) -> bool:
    try:
        helper.submit(ready, *about)
    except (BrokenProcessPool, OSError):
        log.warning("lists: no second process could be started, all is matched by the first")
        return False
    return True


class Beside(Generic[T]):
    """Called by two threads: the one that finds the process free gives its part to it, the other works here. Once the
    process is gone, all is done here."""

    def __init__(self, helper: Executor, here: Part[T], there: Part[T]) -> None:
        self._helper, self._here, self._there = helper, here, there
        self._is_free = Lock()

    def __call__(self, rows: Sequence[ListRow]) -> list[T]:
        if not self._is_free.acquire(blocking=False):
            return self._here(rows)
        try:
            return self._helper.submit(self._there, rows).result()
        except (BrokenProcessPool, OSError):
            log.warning("lists: the second process is gone, the rest is matched by the first")
            return self._here(rows)
        finally:
            self._is_free.release()
