"""An evening in 杨梅村 that can be added up by hand, for the tests of this room."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import connection

from lianfang.campaigns.models import Exemption, Round
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.exemptions import decide_exemption
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core.clock import at
from lianfang.core.ids import new_id
from tests.world import World

TODAY = dt.date(2026, 8, 7)


def visit(
    world: World,
    household: str,
    outcome: str = "met",
    *,
    hour: int = 19,
    minute: int = 40,
    name: str = "王小红",
    returned: int = 0,
    presences: tuple[str, ...] = ("seen", "seen", "seen"),
    back_hour: int | None = None,
) -> UUID:
    """A knock today. `met`: each member as in `presences`, the form answered."""
    is_met = outcome == "met"
    with world.as_root():
        people = world.people(household)
    given = VisitInput(
        visit_id=new_id(),
        household_id=world.households[household].pk,
        channel="door",
        outcome=outcome,
        happened_at=at(TODAY, hour, minute),
        worker_id=world.workers[name].pk,
        lines=tuple(LineInput(one.pk, what) for one, what in zip(people, presences, strict=True))
        if is_met
        else (),
        answers={"returned_count": returned} if is_met else {},
        back_at=at(TODAY, back_hour) + dt.timedelta(days=1) if back_hour else None,
    )
    with world.acting(name) as scope:
        record_visits([given], scope=scope, by=world.users[name].pk)
    return given.visit_id


def worked(world: World) -> Round:
    """Two done (2 people back from elsewhere), two not met, one of the list by approval, one open."""
    found = world.campaign()
    visit(world, "杨梅村/1组/1", returned=2)
    visit(world, "杨梅村/2组/1", name="曾祥林", presences=("seen", "answered_for", "away"))
    visit(world, "杨梅村/1组/2", "nobody_home", hour=12)
    visit(world, "杨梅村/1组/2", "nobody_home", back_hour=19)
    visit(world, "杨梅村/1组/3", "vacant")
    visit(world, "杨梅村/2组/2", "vacant", name="曾祥林")
    with world.as_root():
        asked = Exemption.objects.get(household_id=world.households["杨梅村/2组/2"].pk)
        decide_exemption(exemption_id=asked.pk, approve=True, note="", by=world.users["邓永福"].pk)
    return found


def spoil(statement: str, *values: object) -> int:
    """Change a row as nobody of the app could: with the session's own role set aside, within the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
