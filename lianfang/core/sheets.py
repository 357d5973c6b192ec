"""A spreadsheet as chunks of rows, read by a child process that may die without harm (see reading/)."""

from __future__ import annotations

import fcntl
import marshal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from lianfang.core.problems import Problem
from lianfang.core.reading.rows import Cell

NAME_LENGTH = (
    100  # of a sheet, as tables keep it; the format's own limit is 31, and not every program minds it
)
PIPE_BYTES = 1 << 20  # a message and more: the child reads on while we check


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a sheet, one after the other. `first_row` counts from 1, `first_column` from 0.

    `notes`: what rows alone do not say (merged, hidden, struck …), see reading/__init__.py.
    """

    sheet: str
    is_hidden: bool
    first_row: int
    first_column: int
    rows: list[list[Cell]]
    notes: dict[str, Any] = field(default_factory=dict)


def chunks(path: Path) -> Iterator[Chunk]:
    """All rows of all sheets, in order. Raises `register.file_unreadable`; earlier chunks may have come by then."""
    child = subprocess.Popen(
        [sys.executable, "-m", "lianfang.core.reading", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdout is not None  # noqa: S101 - asked for above
    with suppress(OSError):  # a user may have no more room for pipes: then it is slower, and works
        fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    names: dict[str, str] = {}
    try:
        while (message := _receive(child.stdout)) is not None:
            if message[0] == "" and len(message) == 3:
                raise Problem("register.file_unreadable", detail=_said(message[1], message[2]))
            written, *rest = message
            if written not in names:
                names[written] = distinct(written, names.values(), NAME_LENGTH)
            yield Chunk(names[written], *rest)
        if child.wait(10):
            raise Problem("register.file_unreadable", detail=_said("too_large", ""))
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def distinct(name: str, taken: Collection[str], length: int) -> str:
    """The name cut to `length`, and numbered where another begins the same: rows are told apart by it."""
    known = {each.casefold() for each in taken}
    found, number = name[:length], 1
    while found.casefold() in known:
        number += 1
        tail = f" ({number})"
        found = name[: length - len(tail)] + tail
    return found


def _receive(stream: IO[bytes]) -> tuple | None:
    size = stream.read(4)
    if len(size) < 4:
        return None
    body = stream.read(int.from_bytes(size, "big"))
    # marshal is safe here: the other end is our own program, and cells travel as plain values.
    return marshal.loads(body)  # noqa: S302


def _said(code: str, detail: str) -> str:
    known = {
        "too_large": _("表太大，或内容异常"),
        "password": _("文件有密码，请去掉密码再传"),
        "empty": _("文件是空的"),
        "archive": _("这是压缩包，请解压后一份一份传"),
        "word": _("这是Word文件，里面没有能读的表格，请把表格另存为Excel"),
        "pdf": _("这是PDF，读不了，请传原来的Excel表"),
        "picture": _("这是图片，读不了，请传原来的Excel表，或把内容粘贴成文字"),
        "not_a_sheet": _("这不是表格文件"),
        "cut_off": _("文件不完整，可能没有传完"),
    }
    return known.get(code, detail)
