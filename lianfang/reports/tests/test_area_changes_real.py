"""岳池 2019 → 2020 with its real registers: 43 townships and 882 villages become 27 and 469."""

import csv
import datetime as dt
import os
from pathlib import Path

import pytest

from lianfang.areas.changes.cli import apply_history
from lianfang.areas.changes.queries import undivided
from lianfang.areas.loading import load_rows
from lianfang.areas.models import Area
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.areas.queries import living_area, named_in
from lianfang.areas.rules import FileRow
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, scoped
from lianfang.register.models import Door, Household, Person

SHARED = Path(os.environ.get("LIANFANG_SHARED", Path(__file__).resolve().parents[4] / "shared"))
DIVISIONS = SHARED / "data" / "divisions"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not DIVISIONS.is_dir(), reason="data/divisions is not here; set LIANFANG_SHARED to its folder"
    ),
]
YUECHI = "511621"
DAY = dt.date(2020, 6, 30)
GONE = "511621119212"  # 普安镇吴家沟村


@pytest.fixture
def of_2019(db):
    with (DIVISIONS / "counties_2019.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [
            FileRow(number, row["code"], row["name"], row["level"], row["parent"])
            for number, row in enumerate(csv.DictReader(file), 2)
            if YUECHI.startswith(row["code"]) or row["code"].startswith(YUECHI)
        ]
    with scoped(Scope.over([ROOT], purpose="test")) as scope:
        load_rows(rows, by=None)
        yield scope


def living(level):
    return Area.objects.filter(level=level, valid_to__isnull=True, code__startswith=YUECHI).count()


def moved_in(village: str, group: str) -> Person:
    area = ensure_below(wanted=[Wanted(village, "group", group)], by=None)[village, "group", group]
    door = Door.objects.create(area=area, area_path=area.path, label="1号")
    home = Household.objects.create(door=door, area_path=area.path)
    return Person.objects.create(household=home, area_path=area.path, name="单国强")


def history(tmp_path: Path, **options):
    """Of the eight counties only this one's rows: the others are not loaded."""
    with (DIVISIONS / "counties_history.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *lines = file.read().splitlines()
    own = tmp_path / "history.csv"
    own.write_text(
        "\n".join([header, *(line for line in lines if line.startswith(YUECHI))]), encoding="utf-8"
    )
    said: list[str] = []
    with clock.frozen(clock.at(dt.date(2026, 8, 7), 9)):
        apply_history(own, effective_on=DAY, dry_run=options.get("dry_run", False), say=said.append)
    return "\n".join(said)


def test_a_dry_run_changes_nothing(of_2019, tmp_path):
    said = history(tmp_path, dry_run=True)
    assert "township merge" in said
    assert (living("township"), living("village")) == (43, 882)


def test_43_townships_and_882_villages_become_27_and_469_and_nobody_is_lost(of_2019, tmp_path):
    same, recoded, gone = (
        moved_in("511621119201", "1组"),
        moved_in("511621100001", "1组"),
        moved_in(GONE, "2组"),
    )
    history(tmp_path)
    assert living("township") == 27
    assert living("village") == 469 + 1, (
        "the village that nobody can place lives on until somebody has placed it"
    )
    assert [area.code for area in undivided(of_2019)] == [GONE]
    for person in (same, recoded, gone):
        person.refresh_from_db()
        area = Area.objects.get(path=person.area_path)
        assert area.is_living
        assert area.name in ("1组", "2组")
    assert Area.objects.get(path=recoded.area_path).parent.code == "511621001001"
    assert living_area("511621223").name == "伏龙镇"
    assert living_area("511621100001").code == "511621001001"
    with pytest.raises(Problem) as split:
        living_area("511621100")
    assert split.value.code == "areas.gone"
    assert "九龙街道" in split.value.message
    assert "朝阳街道" in split.value.message
    assert named_in(of_2019, "齐福乡").name == "齐福镇"


def test_the_same_file_twice_asks_for_nothing_more(of_2019, tmp_path):
    history(tmp_path)
    with pytest.raises(Problem) as nothing:
        history(tmp_path)
    assert nothing.value.code == "areas.no_change"


def test_a_register_that_never_was_loaded_is_known_by_its_old_codes(db, tmp_path):
    """The tree is of 2023; the history tells what 大佛乡 was."""
    with (DIVISIONS / "counties_2023.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [
            FileRow(number, row["code"], row["name"], row["level"], row["parent"])
            for number, row in enumerate(csv.DictReader(file), 2)
            if YUECHI.startswith(row["code"]) or row["code"].startswith(YUECHI)
        ]
    with scoped(Scope.over([ROOT], purpose="test")) as scope:
        load_rows(rows, by=None)
        said = history(tmp_path)
        assert "old codes and names are known now" in said
        assert named_in(scope, "大佛乡").name == "罗渡镇"
        assert living("village") == 469
