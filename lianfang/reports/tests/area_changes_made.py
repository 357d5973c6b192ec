"""Changes of areas for tests: what a file says, planned and confirmed, and what is counted afterwards."""

from __future__ import annotations

import datetime as dt

from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.areas.models import Area
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.core.clock import at
from lianfang.core.ids import new_id
from tests.world import TONIGHT, World

TODAY = dt.date(2026, 8, 7)
OFFICER = "周敏"


def listed(*rows: str) -> list[dict[str, str]]:
    """A list of changes, one a line: old_code old_name new_code kind [new_name new_parent]."""
    columns = ("old_code", "old_name", "new_code", "kind", "new_name", "new_parent")
    cells = (row.split() for row in rows)
    return [dict(zip(columns, [*row, "", ""], strict=False)) for row in cells]


MERGE = listed("430581107221 杨梅村 430581107222 merge")


def change(world: World, rows: list[dict[str, str]], *, who: str = OFFICER, day: dt.date = TODAY):
    with world.acting(who) as scope:
        by = world.users[who].pk
        planned = plan_file(rows=rows, document="测试", effective_on=day, scope=scope, by=by)
        for adjustment in planned.adjustments:
            confirm(adjustment_id=adjustment.pk, effective_on=day, scope=scope, by=by)
    return planned


def visit(world: World, household: str, by: str = "王小红", **fields) -> None:
    with world.acting(by) as scope:
        people = world.people(household)
        record_visits(
            [
                VisitInput(
                    **{
                        "visit_id": new_id(),
                        "household_id": world.households[household].pk,
                        "channel": "door",
                        "outcome": "met",
                        "happened_at": at(TODAY, 19, 40),
                        "lines": tuple(LineInput(person.pk, "seen") for person in people),
                        "answers": {"returned_count": 0},
                        **fields,
                    }
                )
            ],
            scope=scope,
            by=world.users[by].pk,
        )


def named(code: str) -> Area:
    return Area.objects.get(code=code)


def equation(world: World, round, area: Area):
    with world.as_root() as scope:
        return coverage_of(scope, round, area, TONIGHT)


TOWNS = listed(
    "430581107221 杨梅村 430581101221 recode 杨梅村",
    "430581107222 田心村 430581101222 recode 田心村",
    "430581107 司马冲镇 430581101 merge",
)
SPLIT = listed(
    "430581107221 杨梅村 430581107222 split",
    "430581107221 杨梅村 430581101201 split",
)
