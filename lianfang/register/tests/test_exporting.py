"""What is exported loads again unchanged; and nobody exports without leaving a reason."""

from __future__ import annotations

import csv
import json

import pytest
from django.db import DatabaseError, connection, transaction

from lianfang.areas.models import Area
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.register import cli, exporting
from lianfang.register.collectives import CollectiveDetails, Contact, add_collective
from lianfang.register.models import Door, Household, LookupToken, Person
from lianfang.register.tests.conftest import OUYANG
from lianfang.register.tests.sheets_made import an_id, xlsx


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def empty(world):
    """Nobody lives in the county any more, and it has no areas of its own."""
    with world.as_root():
        LookupToken.objects.all().delete()
        Person.objects.all().delete()
        Household.objects.all().delete()
        Door.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "delete from workforce_assignment where area_id in (select id from areas_area where level = 'group')"
            )
            cursor.execute(
                "delete from workforce_worker where area_id in (select id from areas_area where level = 'group')"
            )
            cursor.execute(
                "delete from accounts_grant where area_id in (select id from areas_area where level = 'group')"
            )
        for level in ("building", "grid", "group", "estate"):
            Area.objects.filter(level=level).delete()


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_there_is_no_file(people, tmp_path, reason):
    with pytest.raises(Problem) as refused:
        cli.export(county="430581", out=tmp_path / "out.csv", reason=reason)
    assert refused.value.code == "scope.reason_required"
    assert list(tmp_path.glob("*out*")) == []


def test_a_village_lead_exports_no_neighbour(people, tmp_path):
    with people.acting("邓永福"):
        exporting.export(county=people.areas["武冈市"], out=tmp_path / "out.csv", reason="x", by=None)
    assert {row[9] for row in read(tmp_path / "out.csv")[1:]} == {"杨梅村"}


def test_the_export_is_recorded_and_readable_by_its_maker_only(people, tmp_path):
    cli.export(county="430581", out=tmp_path / "out.xlsx", reason="年度核对")
    assert (tmp_path / "out.xlsx").stat().st_mode & 0o077 == 0
    row = AuditRow.objects.get(action="register.export")
    assert (row.reason, row.object_id, row.detail) == ("年度核对", "430581", {"count": 58})


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_export_load_export_gives_the_same(people, tmp_path, suffix):
    header = ["姓名", "村", "组", "门牌", "户类型", "户主", "房屋状态", "外出地点", "户籍地"]
    extra = xlsx(
        tmp_path / "extra.xlsx",
        [
            header,
            ["=莫小二", "田心村", "3组", "工棚", "集体户", "+联系人", "", "广东东莞", "湖南邵阳"],
            ["莫小三", "田心村", "3组", "", "", "", "", "", ""],
            ["", "田心村", "3组", "77", "", "", "空置", "", ""],
        ],
    )
    cli.load(file=extra, county="430581")
    with people.as_root(), connection.cursor() as cursor:
        cursor.execute("update register_person set name = '=' || name where name = '莫小二'")
    cli.export(county="430581", out=tmp_path / f"one.{suffix}", reason="核对")
    cli.export(county="430581", out=tmp_path / "one.csv", reason="核对")
    empty(people)
    cli.load(file=tmp_path / f"one.{suffix}", county="430581")
    cli.export(county="430581", out=tmp_path / "two.csv", reason="核对")
    assert len(read(tmp_path / "one.csv")) == 1 + 54 + 4 + 3
    assert read(tmp_path / "one.csv") == read(tmp_path / "two.csv")


def test_a_collective_without_a_roster_comes_back_as_what_it_was(people, tmp_path):
    """Its kind, how many are expected there, and who answers: also where a family lives behind the same door."""
    place = people.areas["杨梅村/2组"]
    with people.acting("邓永福") as scope:
        details = CollectiveDetails(
            "三号工地宿舍", "site", Contact("单雄", "13900001234"), expected_count=120
        )
        add_collective(details=details, area=place, scope=scope, by=people.users["邓永福"].pk)
    cli.export(county="430581", out=tmp_path / "one.xlsx", reason="核对")
    empty(people)
    cli.load(file=tmp_path / "one.xlsx", county="430581")
    for _again in range(2):
        with people.as_root():
            kept = Household.objects.get(kind="collective", head_name="单雄")
            assert (kept.collective_kind, kept.expected_count, kept.is_unnamed) == ("site", 120, True)
            assert (kept.contact_phone, kept.door.label) == ("13900001234", "三号工地宿舍")
            assert not Person.objects.filter(household=kept).exists()
        cli.load(file=tmp_path / "one.xlsx", county="430581")


def test_the_command_prints_the_contract_and_marks_a_copy(people, tmp_path, capsys):
    rows = [
        ["姓名", "身份证号", "村", "组"],
        ["莫小二", OUYANG[0][:-1] + "9", "杨梅村", "3"],
        ["", an_id(), "杨梅村", "3"],
    ]
    path = xlsx(tmp_path / "a.xlsx", rows, sheet="三组")
    before = Person.objects.none()
    assert (
        cli.load(file=path, county="430581", dry_run=True, rejects=tmp_path / "bad.xlsx", as_json=True) == 0
    )
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["taken"], said["rejected"]) == (2, 1, 1)
    assert sorted(said) == ["errors", "rejected", "rows", "taken"]
    assert [sorted(error) for error in said["errors"]] == [["code", "column", "message", "row", "sheet"]] * 2
    assert [(e["sheet"], e["row"], e["column"], e["code"]) for e in said["errors"]] == [
        ("三组", 2, "身份证号", "register.id_check_digit"),
        ("三组", 3, "姓名", "register.name_missing"),
    ]
    assert (tmp_path / "bad.xlsx").exists()
    with people.as_root():
        assert not Person.objects.filter(name="莫小二").exists()
    assert list(before) == []


def test_the_marked_copy_can_be_loaded_as_it_is(people, tmp_path, capsys):
    path = xlsx(tmp_path / "a.xlsx", [["姓名", "电话", "村", "组"], ["莫小二", "123", "杨梅村", "3"]])
    cli.load(file=path, county="430581", rejects=tmp_path / "bad.xlsx", as_json=True)
    cli.load(file=tmp_path / "bad.xlsx", county="430581", as_json=True)
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == second


@pytest.mark.parametrize("table", ["person", "household", "door", "lookuptoken", "importfile"])
def test_a_raw_read_as_the_app_without_a_token_raises(people, table):
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("lianfang_app",)
        with pytest.raises(DatabaseError, match="without a scope token"), transaction.atomic():
            cursor.execute(f"select count(*) from register_{table}")


def test_the_app_in_the_neighbours_scope_reads_no_row(people):
    with people.acting("谭小英"), connection.cursor() as cursor:
        cursor.execute("select count(*) from register_person where name in ('欧阳明', '曾巧')")
        assert cursor.fetchone() == (0,)
