"""The `lianfang` command. Exit codes: 0 done, 2 bad usage, 1 failed, with one clear line on stderr.

`LIANFANG_DEBUG=1` adds the traceback.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psycopg
from django.db import Error as DjangoDatabaseError
from django.utils import translation

from lianfang.config import terminal
from lianfang.config.commands import COMMANDS
from lianfang.core.database import one_line
from lianfang.core.problems import Problem

HIDDEN = ("serve", "work")


def main(argv: list[str] | None = None) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.config.settings")
    arguments = _parser().parse_args(argv)
    # So that `finally` runs and an embedded database is stopped; `up` puts its own in place.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return arguments.run(arguments) or 0
    except KeyboardInterrupt:
        return _fail("interrupted")
    except BrokenPipeError:
        return 1
    except Exception as error:  # noqa: BLE001 - the one place where everything becomes a line
        if os.environ.get("LIANFANG_DEBUG") == "1":
            traceback.print_exc()
        return _fail(_line(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lianfang", description="Named doors, named people, answered in time."
    )
    subparsers = parser.add_subparsers(required=True, metavar="command", title="commands")
    for module in COMMANDS:
        module.add_arguments(subparsers)
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(line: str) -> int:
    print(f"lianfang: {line}", file=sys.stderr)
    return 1


def _line(error: Exception) -> str:
    """One line that says what happened and what to do."""
    problem = _as_problem(error)
    if problem is None:
        return f"{type(error).__name__}: {one_line(error)} (LIANFANG_DEBUG=1 shows where)"
    terminal.ready_to_translate()
    with translation.override(terminal.language()):
        return " ".join(problem.message.split())


def _as_problem(error: Exception) -> Problem | None:
    for cause in _causes(error):
        if isinstance(cause, Problem):
            return cause
        full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or isinstance(cause, psycopg.errors.DiskFull):
            return Problem("start.disk_full", path=os.environ.get("LIANFANG_HOME", Path.cwd()), free=0)
    if isinstance(error, psycopg.OperationalError) or (
        isinstance(error, DjangoDatabaseError) and isinstance(error.__cause__, psycopg.OperationalError)
    ):
        return Problem("start.database_unreachable", detail=one_line(error))
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


if __name__ == "__main__":
    sys.exit(main())
