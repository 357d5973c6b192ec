"""A list is out, and a village becomes part of its neighbour: its rows are counted where they are now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.core import clock
from lianfang.register.models import Person
from lianfang.verification.models import PushedRow
from lianfang.verification.operations import sending
from lianfang.verification.queries import rows_of
from lianfang.verification.tests.conftest import Take, row_of
from tests.world import TONIGHT, World

pytestmark = pytest.mark.django_db
ROWS = [{"old_code": "430581107221", "old_name": "杨梅村", "new_code": "430581107222", "kind": "merge"}]


@pytest.fixture(autouse=True)
def tonight() -> Iterator[None]:
    with clock.frozen(TONIGHT):
        yield


def merge(world: World) -> None:
    """杨梅村 becomes a section of 田心村."""
    with world.acting("周敏") as scope:
        by, day = world.users["周敏"].pk, clock.today()
        (planned,) = plan_file(rows=ROWS, document="测试", scope=scope, by=by, effective_on=day).adjustments
        confirm(adjustment_id=planned.pk, scope=scope, by=by, effective_on=day)


def test_rows_that_are_out_go_by_the_code_of_the_village_they_came_to(world: World, take: Take, yang: Person):
    found = take(row_of(yang), "郝新来,,13711112222,武冈市司马冲镇杨梅村", "柏无处,,13711113333,")
    with world.acting("周敏") as scope:
        sending.dispatch(list_id=found.pk, scope=scope, by=world.users["周敏"].pk)
    merge(world)
    new = world.areas["田心村"]
    with world.acting("周敏") as scope:
        home, stranger, nowhere = PushedRow.objects.filter(scope.q(), list=found).order_by("row")
        assert home.area_path.startswith(new.path)
        assert stranger.area_path.startswith(new.path)
        assert [row.village_code for row in (home, stranger, nowhere)] == [new.code, new.code, ""]
        assert [row.town_code for row in (home, stranger, nowhere)] == ["430581107", "430581107", ""]
        assert rows_of(scope, list_id=found.pk, picked={"village_code": new.code}).count() == 2
