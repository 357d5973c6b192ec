"""The keys of an installation: 32 random bytes each, in files outside the database.

A backup of the database without these files is unreadable, and destroying a file destroys what it
sealed: that is what 'deleted with proof' rests on.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from lianfang.core.problems import Problem

STANDING = ("secret", "scope", "register", "lookup", "intake", "handover")


def folder() -> Path:
    return Path(os.environ["LIANFANG_HOME"]) / "keys"


def create(name: str) -> None:
    """Make a key unless it is there. Exclusive creation: two processes never overwrite each other."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder() / f"{name}.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(32))
        file.flush()
        os.fsync(file.fileno())


def create_standing() -> None:
    for name in STANDING:
        create(name)


@cache
def get(name: str) -> bytes:
    path = folder() / f"{name}.key"
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise Problem("start.keys_missing", name=path.name) from None
    if len(key) != 32:
        raise Problem("start.keys_missing", name=path.name)
    return key


def emergency(emergency_id: int) -> str:
    """Name of the key of one emergency; destroyed when it ends."""
    return f"emergency-{emergency_id}"
