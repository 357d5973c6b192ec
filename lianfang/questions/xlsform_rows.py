"""The rows of an XLSForm on their way to a draft: under which conditions each is asked, and which must be answered. Pure.

A row whose condition cannot be carried over is refused. Without it everybody would be asked what was meant for some:
every household whether its pregnant women were vaccinated. That is worse than a question that is missing and named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from django.utils.translation import gettext as _

from lianfang.questions.drafting import ASK, UNTAKEN, Line
from lianfang.questions.xpath import Named, NotTaken, to_cel


class Told(Protocol):
    """Where a finding goes: cell, what, remedy."""

    def __call__(self, cell: str, detail: str, remedy: str = "") -> None: ...


@dataclass
class Row:
    """A row of the survey: its line, its condition and those of the groups around it."""

    line: Line
    name: str
    relevant: list[tuple[str, str]] = field(default_factory=list)  # (cell, XPath), outermost first
    yes_no: dict[str, bool] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # as the file writes them → as they are stored


@dataclass
class Block:
    """A group, repeat or loop that has begun and not ended."""

    kind: str
    relevant: tuple[str, str] | None
    is_refused: str = ""


def take_conditions(rows: Sequence[Row], told: Told) -> None:
    """Each row gets its condition, or is refused. A row that is refused takes along those that ask for its answer."""
    before = -1
    while before != (before := sum(row.line.kind == ASK for row in rows)):
        for row in rows:
            if row.line.kind == ASK and row.relevant:
                _take(row, rows, told)


def _take(row: Row, rows: Sequence[Row], told: Told) -> None:
    names, unknown = _names(row, rows)
    taken: dict[str, None] = {}
    for cell, expression in row.relevant:
        try:
            taken[to_cel(expression, names, unknown)] = None
        except NotTaken as why:
            told(
                cell,
                _("“%(header)s”只在一定条件下问，条件带不过来，没有收：%(why)s")
                % {"header": row.line.header, "why": why},
                _("照着能用的样子改条件，或加一道是否题作条件，再传一次；人人都要问的，删掉条件"),
            )
            row.line = replace(row.line, kind=UNTAKEN, reason=_("条件带不过来"), question="", new=None)
            return
    row.line = replace(
        row.line, show_if=" && ".join(f"({each})" if len(taken) > 1 else each for each in taken)
    )


def _names(about: Row, rows: Sequence[Row]) -> tuple[dict[str, Named], dict[str, str]]:
    """What the condition of a row may name; name → why it may not name the others."""
    names: dict[str, Named] = {}
    unknown: dict[str, str] = {}
    subject = about.line.new.about if about.line.new else None
    for row in rows:
        line = row.line
        if row is about or not row.name:
            continue
        if line.kind == UNTAKEN:
            unknown[row.name] = _("用到的“%(header)s”没有收") % {"header": line.header}
        elif line.kind != ASK or line.new is None:
            unknown[row.name] = _("用到的“%(header)s”不是上门问的，不能作条件") % {"header": line.header}
        elif subject and line.new.about != subject:
            unknown[row.name] = _("用到的“%(header)s”问的不是同一个人或户") % {"header": line.header}
        else:
            names[row.name] = Named(line.name, line.new.type, row.codes, row.yes_no)
    return names, unknown


def require_some(rows: Sequence[Row], told: Told) -> None:
    """A task is done when all that is required is answered: where nothing is, it would be done at once."""
    asked = [row for row in rows if row.line.kind == ASK]
    if asked and not any(row.line.is_required for row in asked):
        for row in asked:
            is_text = row.line.new is not None and row.line.new.type == "text"
            row.line = replace(row.line, is_required=not is_text or len(asked) == 1)
        told("", _("没有一项必填，任务一下达就算做完"), _("除文字题外都设成了必填，请在下面改"))
