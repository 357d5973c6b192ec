"""What `lianfang register load` and `export` do, with nobody signed in: the whole county, as the system."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from lianfang.areas.models import Area
from lianfang.areas.queries import get_area
from lianfang.core.problems import Problem
from lianfang.core.scope import crossing
from lianfang.register import exporting, importing, making
from lianfang.register.columns import Choices
from lianfang.register.importing import Outcome
from lianfang.register.marking import write_marked
from lianfang.register.patterns import read_pattern

SAID_ERRORS = 20


def load(
    *,
    file: Path,
    county: str,
    dry_run: bool = False,
    rejects: Path | None = None,
    as_json: bool = False,
    choices: Choices | None = None,
) -> int:
    """Returns 0 also when rows were rejected: the file was worked through, and says so."""
    if rejects is not None and rejects.suffix.lower() != ".xlsx":
        raise Problem("register.rejects_xlsx")
    with crossing("register.load", actor_id=None):
        area = _county(county)
        if dry_run:
            outcome = importing.check(file, county=area, choices=choices)[1]
        else:
            outcome = importing.load(file, county=area, by=None, choices=choices)
    if rejects is not None:
        write_marked(file, outcome.errors, rejects, columns=outcome.columns)
    if as_json:
        json.dump(outcome.as_json(), sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        print("\n".join(said(outcome)))
    return 0


def export(*, county: str, out: Path, reason: str) -> int:
    with crossing("register.export", actor_id=None):
        count = exporting.export(county=_county(county), out=out, reason=reason, by=None)
    print(_("写出{count}行：{out}").format(count=count, out=out))
    return 0


def doors(*, area: str, estate: str, lines: Sequence[str], dry_run: bool = False) -> int:
    """Doors from a pattern in a village or an area below it, one line of the pattern each."""
    pattern = read_pattern("\n".join(lines))
    with crossing("register.doors", actor_id=None) as everywhere:
        place = get_area(area)
        seen = making.preview(pattern=pattern, place=place, estate=estate, scope=everywhere)
        print(
            _("{doors}个门，其中{known}个已经有了；{first} … {last}").format(
                doors=seen.door_count,
                known=seen.known_count,
                first=seen.first[0].said if seen.first else "",
                last=(seen.last or seen.first)[-1].said if seen.first else "",
            )
        )
        if dry_run:
            print(_("只看，没有造。"))
            return 0
        run = making.make_doors(pattern=pattern, place=place, estate=estate, scope=everywhere, by=None)
    if run is None:
        print(_("这些门都有了，没有新造。"))
    else:
        print(_("造了{count}个门，第{run}批。").format(count=run.door_count, run=run.pk))
    return 0


def _county(code: str) -> Area:
    return get_area(code)


def said(outcome: Outcome) -> Iterable[str]:
    """The outcome in lines, most important first."""
    yield _("共{rows}行，收{taken}行，未收{rejected}行，有问题{errors}处。").format(
        rows=outcome.rows, taken=outcome.taken, rejected=outcome.rejected, errors=len(outcome.errors)
    )
    if stored := outcome.stored:
        same = outcome.taken - stored.added_count - stored.changed_count
        yield _("新增{added}人，更新{changed}人，{same}行不变；新增{households}户、{doors}个门。").format(
            added=stored.added_count,
            changed=stored.changed_count,
            same=same,
            households=stored.household_count,
            doors=stored.door_count,
        )
    else:
        yield _("只检查，没有存。")
    for sheet, header in outcome.refused_columns:
        yield _("“{sheet}”的“{header}”一列按规定不得收集，没有读。").format(sheet=sheet, header=header)
    for sheet, header in outcome.unknown_columns:
        yield _("“{sheet}”的“{header}”一列不认识，没有读。").format(sheet=sheet, header=header)
    for sheet in outcome.unread_sheets:
        yield _("表“{sheet}”没有认出表头或已隐藏，没有读。").format(sheet=sheet)
    for error in outcome.errors[:SAID_ERRORS]:
        yield _("{sheet} 第{row}行 {column}：{message}").format(
            sheet=error.sheet, row=error.row, column=error.column, message=error.message
        )
    if len(outcome.errors) > SAID_ERRORS:
        yield _("还有{count}处，用 --rejects 写出标好的副本。").format(
            count=len(outcome.errors) - SAID_ERRORS
        )
