"""A folder for a file that a reader needs by its path, and that nobody may find afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "lianfang-scratch-"


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder, this account's alone, gone at the end. A process that is killed cannot take its own away: the
    next one that asks, or `sweep`, does."""
    sweep()
    folder, held = _made()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def sweep() -> int:
    """Remove the folders of processes that are gone; how many there were. Nobody holds their lock any more."""
    count = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        held = _opened(folder)
        if held is None:
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
        except BlockingIOError:
            pass  # it is in use
        finally:
            os.close(held)
    return count


def _made() -> tuple[Path, int]:
    """A folder and its lock, which the system lets go of with the process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        held = _opened(folder)
        if held is None:
            continue
        fcntl.flock(held, fcntl.LOCK_EX)
        if folder.exists():  # somebody else may have swept it before it was locked
            return folder, held
        os.close(held)


def _opened(folder: Path) -> int | None:
    """None where it is gone, or another account's."""
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
