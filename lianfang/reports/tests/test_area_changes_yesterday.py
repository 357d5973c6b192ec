"""Areas change in the morning: the figures of yesterday are still the figures of yesterday."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.areas.models import Area
from lianfang.core import clock
from lianfang.core.scope import scoped
from lianfang.register import exporting, importing
from lianfang.register.models import Household, Person
from lianfang.reports.operations.closing import sign_close
from lianfang.reports.queries.closing import close_page, sample_rows
from lianfang.reports.queries.day import Day, work_by_child, work_of
from lianfang.reports.queries.figure_names import KEYS, Behind, names_behind
from lianfang.reports.tests.area_changes_made import (
    MERGE,
    OFFICER,
    TODAY,
    TOWNS,
    change,
    equation,
    listed,
    named,
)
from lianfang.reports.tests.evenings import worked
from tests.world import TONIGHT, World

MORNING = TONIGHT + dt.timedelta(hours=11)
TREE = ("430581", "430581107", "430581107221", "430581107222", "430581101")


def told_of_yesterday(world: World, round) -> dict[str, object]:
    """Everything that the pages and the sheet of last evening say, for the county lead."""
    told: dict[str, object] = {}
    with clock.frozen(MORNING), world.as_root() as scope:
        day = Day(TODAY, clock.now())
        for code in TREE:
            page = close_page(scope, code, day)
            told[code] = {
                "equations": dict(page.equations),
                "places": [(place.path, place.code, place.name, place.counts) for place in page.places],
                "signed": {pk: (one.figures, one.signer, one.as_of) for pk, one in page.signed.items()},
                "below": sorted((path, one.revision) for (path, _), one in page.signed_below.items()),
                "changed": page.has_changed,
                "work": dict(work_of(scope, round, page.area, day)),
                "by_child": dict(work_by_child(scope, round, page.area, day)),
                "names": names_of(scope, round, page.area, day),
                "sample": sorted(one.household_id for one in sample_rows(scope, page.area, TODAY, round.pk)),
            }
    return told


def names_of(scope, round, area, day):
    """Behind each figure of the day's work: who, and where they lived as it was called then."""
    found = {}
    for key in sorted(KEYS):
        rows = names_behind(scope, round, area, day, Behind(key, is_today=False, size=100)).rows
        found[key] = sorted(
            (row.person_id, row.household_id, row.village, row.place, row.name) for row in rows
        )
    return found


def cells(response) -> list[list[object]]:
    rows = load_workbook(
        io.BytesIO(b"".join(response.streaming_content) if response.streaming else response.content)
    )
    return [list(row) for row in rows.active.iter_rows(values_only=True)]


@pytest.fixture
def signed(world):
    """杨梅村 and its township have signed last evening."""
    found = worked(world)
    with world.acting("邓永福") as scope:
        by = world.users["邓永福"].pk
        sign_close(area=world.areas["杨梅村"], date=TODAY, scope=scope, by=by)
    with world.acting("戴春燕") as scope:
        by = world.users["戴春燕"].pk
        sign_close(
            area=world.areas["司马冲镇"], date=TODAY, scope=scope, by=by, silent={"430581107222": "没人"}
        )
    return found


def changed_in_the_morning(world, rows):
    with clock.frozen(MORNING), scoped(world.scope(OFFICER)) as scope:
        for adjustment in plan_file(
            rows=rows, document="x", effective_on=MORNING.date(), scope=scope, by=1
        ).adjustments:
            confirm(adjustment_id=adjustment.pk, effective_on=MORNING.date(), scope=scope, by=1)


@pytest.mark.parametrize("rows", [MERGE, TOWNS, listed("430581107221 杨梅村 430581107321 recode 杨梅社区")])
def test_yesterday_stays_yesterday(world, signed, client, rows):
    client.force_login(world.users["刘志远"])

    def sheets():
        with clock.frozen(MORNING):
            return [
                cells(client.get(f"/close/{code}/sheet.xlsx?day={TODAY}"))
                for code in ("430581107", "430581107221")
            ]

    before, files = told_of_yesterday(world, signed), sheets()
    assert before["430581107221"]["work"]["households"] == (2, 2)
    assert before["430581107221"]["names"]["visits"]
    changed_in_the_morning(world, rows)
    after = told_of_yesterday(world, signed)
    for code in TREE:
        assert after[code] == before[code], code
    assert sheets() == files


def test_today_is_the_sum(world, signed):
    old, taking = world.areas["杨梅村"], world.areas["田心村"]
    before = {area.code: equation(world, signed, area) for area in (old, taking)}
    changed_in_the_morning(world, MERGE)
    assert equation(world, signed, named(taking.code)) == before[old.code] + before[taking.code]
    with clock.frozen(MORNING), world.as_root() as scope:
        page = close_page(scope, taking.code, Day(MORNING.date(), clock.now()))
        expected = before[old.code] + before[taking.code]
        assert replace(page.equations[signed.pk], overdue=0) == expected  # by now their time is up
        assert [place.name for place in page.places] == ["1组", "2组", "原杨梅村"]


def test_a_register_with_a_section_comes_back_as_it_went(world, tmp_path):
    """Out as a sheet and in again: 1组 of the old village is not mixed with 1组 of the new one."""
    change(world, MERGE)
    with world.as_root():
        for home in Household.objects.all():
            home.reference = f"h{home.pk}"
            home.save()
        before = sorted(Person.objects.values_list("name", "area_path"))
        groups = Area.objects.filter(level="group").count()
        exporting.export(county=world.areas["武冈市"], out=tmp_path / "out.xlsx", reason="测试", by=1)
        rows = list(load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True))
        assert {row[rows[0].index("原村片区")] for row in rows[1:]} == {None, "原杨梅村"}
        outcome = importing.load(tmp_path / "out.xlsx", county=world.areas["武冈市"], by=1)
        assert outcome.taken == outcome.rows == 54
        assert sorted(Person.objects.values_list("name", "area_path")) == before
        assert Area.objects.filter(level="group").count() == groups
