"""A department's table: who may not, two people, one purpose, what fills itself, and what is asked next."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from lianfang.campaigns.models import Target
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.reports import jobs
from lianfang.reports.filling_hours import next_hour, read_hours
from lianfang.reports.models import DepartmentTable, TableFilling, TableShare, TableTemplate
from lianfang.reports.operations import fillings, tables
from lianfang.reports.operations.fillings import ask_at_next_visit, begin_due_fillings, take_filling
from lianfang.reports.queries.table_values import Who
from lianfang.reports.queries.tables import fillings_of, get_table, seen_sheets, tables_asked, template_of
from lianfang.reports.tables import Meaning
from lianfang.reports.tests.department_files import daily, roster
from lianfang.reports.tests.department_tables import approved, confirmed, proposed, registered
from lianfang.reports.tests.evenings import TODAY, worked
from lianfang.reports.tests.test_table_values import say
from tests.world import TONIGHT

CHILDREN = Who(
    conditions=({"field": "age", "op": ">=", "value": 6}, {"field": "age", "op": "<=", "value": 15})
)


def refused(call, code):
    with pytest.raises(Problem) as problem:
        call()
    assert problem.value.code == code


def fill(world, table, area, name):
    with world.acting(name) as scope:
        return jobs.ask_fill(table_id=table.pk, area=world.areas[area], scope=scope, by=world.users[name].pk)


def taken(world, filling, name):
    with world.acting(name) as scope:
        content, _filling = take_filling(filling_id=filling.pk, scope=scope, by=world.users[name].pk)
    return load_workbook(io.BytesIO(content))


def cells(book, sheet, rows):
    return [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=rows[0], max_row=rows[1])]


# ---------- who may not ----------


def test_a_villages_table_is_nobodys_beside_it(world):
    table = registered(world, daily(), name="周敏", area="杨梅村")
    with world.acting("谭小英") as scope:
        refused(lambda: get_table(scope, table.pk), "reports.unknown_table")
        assert template_of(scope, table) is None


def test_a_village_sees_the_countys_table_and_not_its_file(world):
    table = registered(world, daily())
    with world.acting("邓永福") as scope:
        assert get_table(scope, table.pk).pk == table.pk
        assert template_of(scope, table) is None
        assert list(TableTemplate.objects.all()) == []  # the second wall
        refused(
            lambda: tables.confirm_table(
                table_id=table.pk,
                said=tables.Confirmation("表", "县教育局", "household_sweep", ()),
                scope=scope,
                by=world.users["邓永福"].pk,
            ),
            "scope.outside",
        )


def test_who_confirmed_does_not_approve(world):
    table = confirmed(world, registered(world, daily()))
    with world.acting("周敏") as scope:
        refused(
            lambda: tables.approve_table(
                table_id=table.pk, ends_on=TODAY, scope=scope, by=world.users["周敏"].pk
            ),
            "reports.approve_own",
        )
    with world.as_root(), pytest.raises(IntegrityError), transaction.atomic():
        DepartmentTable.objects.filter(pk=table.pk).update(
            state="approved", ends_on=TODAY, approved_by=world.users["周敏"].pk
        )


@pytest.mark.parametrize("field", ["department", "purpose", "ends_on"])
def test_the_database_takes_no_approval_without_recipient_purpose_and_end(world, field):
    table = confirmed(world, registered(world, daily()))
    values = {
        "state": "approved",
        "department": "县教育局",
        "purpose": "household_sweep",
        "ends_on": TODAY,
        "approved_by": world.users["刘志远"].pk,
        field: None if field == "ends_on" else "",
    }
    with world.as_root(), pytest.raises(IntegrityError), transaction.atomic():
        DepartmentTable.objects.filter(pk=table.pk).update(**values)


def test_what_is_not_approved_or_has_ended_fills_nothing(world):
    table = confirmed(world, registered(world, daily()))
    refused(lambda: fill(world, table, "武冈市", "周敏"), "reports.not_approved")
    over = approved(world, daily(), days=0)
    with clock.frozen(TONIGHT + dt.timedelta(days=1)), world.as_root() as scope:
        refused(
            lambda: fillings.begin_filling(table_id=over.pk, area=over.area, scope=scope, by=None),
            "reports.table_ended",
        )
        assert tables.end_due_tables() == 1
        assert get_table(scope, over.pk).state == "stopped"


def test_nobody_takes_the_file_of_an_area_above_or_beside(world):
    table = approved(world, daily())
    filling = fill(world, table, "司马冲镇", "戴春燕")
    for name in ("邓永福", "谭小英"):
        refused(lambda name=name: taken(world, filling, name), "reports.unknown_filling")
        refused(lambda name=name: fill(world, table, "司马冲镇", name), "scope.outside")


def test_an_end_date_too_far_off_is_refused(world):
    table = confirmed(world, registered(world, daily()))
    with world.acting("刘志远") as scope:
        for day in (TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=tables.LONGEST_DAYS + 1)):
            refused(
                lambda day=day: tables.approve_table(
                    table_id=table.pk, ends_on=day, scope=scope, by=world.users["刘志远"].pk
                ),
                "reports.bad_table_end",
            )


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"department": " "}, "reports.department_required"),
        ({"purpose": "gossip"}, "reports.table_purpose_required"),
        ({"title": ""}, "reports.table_title_required"),
        ({"sheets": []}, "reports.nothing_confirmed"),
        ({"hours": [f"{hour:02}:00" for hour in range(9)]}, "reports.too_many_hours"),
    ],
)
def test_a_confirmation_says_who_what_for_and_at_least_one_column(world, more, code):
    refused(lambda: confirmed(world, registered(world, daily()), **more), code)


def test_nobody_is_picked_by_an_answer_of_another_purpose(world):
    table = registered(world, roster())
    who = Who(answers=(("dose_count", 0),))
    refused(lambda: confirmed(world, table, who=who, purpose="vector_control"), "reports.pick_refused")
    assert confirmed(world, table, who=who, purpose="vaccination").state == "confirmed"


def test_what_is_no_workbook_says_so(world):
    table = registered(world, b"\xd0\xcf\x11\xe0 no workbook", file="旧表.xls")
    assert table.state == "unreadable"
    assert table.fault_detail


# ---------- read and remembered ----------


def test_columns_are_proposed_from_their_headers(world):
    table = registered(world, daily())
    assert table.state == "draft"
    assert table.title == "武冈市疫情防控排查情况日报表"
    found = {
        path[-1] if len(path) == 1 else path: meaning for path, meaning in proposed(world, table)[0].columns
    }
    assert found["排查户数", "今日"] == Meaning("figure", "households", "today")
    assert found["排查户数", "累计"] == Meaning("figure", "households", "total")
    assert found["常住人口"].key == "is_living_here"


def test_the_next_version_of_a_table_is_recognised_and_only_what_is_new_is_open(world):
    first = registered(world, daily())
    sheets = proposed(world, first)
    columns = tuple(
        (
            path,
            Meaning("register", "is_registered_here", measure="count", choice="true")
            if path == ("常住人口",)
            else one,
        )
        for path, one in sheets[0].columns
    )
    confirmed(world, first, sheets=[replace(sheets[0], columns=columns)], hours=["16:00"])
    second = registered(world, daily("学生数"))
    assert (second.previous_id, second.department, second.hours) == (first.pk, "县教育局", ["16:00"])
    with world.acting("周敏") as scope:
        seen = seen_sheets(template_of(scope, second))[0]
    by_path = {seen.layout.columns[one.column].path: one for one in seen.proposals}
    assert by_path["常住人口",].meaning.key == "is_registered_here"
    new = next(at for at, column in enumerate(seen.layout.columns) if column.path == ("学生数",))
    assert new not in seen.remembered


def test_another_kind_of_table_is_no_version_of_it(world):
    confirmed(world, registered(world, daily()))
    assert registered(world, roster()).previous_id is None


# ---------- it fills itself ----------


def test_the_county_gets_every_village_and_a_village_its_own_row(world):
    worked(world)
    table = approved(world, daily())
    filling = fill(world, table, "武冈市", "周敏")
    with world.acting("周敏") as scope:  # a county is filled by the worker
        assert filling.made_at is None
        filling = fillings.make_filling(filling_id=filling.pk, scope=scope)
    assert filling.fault_code == ""
    found = cells(taken(world, filling, "周敏"), "日报", (5, 7))
    assert [row[1:6] for row in found] == [
        ["司马冲镇", "杨梅村", 2, 2, 18],
        ["司马冲镇", "田心村", 0, 0, 18],
        ["湾头桥镇", "泉塘村", 0, 0, 18],
    ]
    own = fill(world, table, "杨梅村", "邓永福")
    found = cells(taken(world, own, "邓永福"), "日报", (5, 7))
    assert [row[3:6] for row in found] == [[2, 2, 18], [None, None, None], [None, None, None]]


def test_every_download_is_in_the_trail_with_whom_it_is_for(world):
    table = approved(world, daily(), purpose_note="掌握学生情况")
    taken(world, fill(world, table, "司马冲镇", "戴春燕"), "戴春燕")
    row = AuditRow.objects.get(action="table.download")
    assert row.reason == "县教育局：掌握学生情况"
    assert row.actor_id == world.users["戴春燕"].pk
    assert row.area_path == world.areas["司马冲镇"].path


def test_a_roster_lists_who_was_asked_for_with_ids_that_were_approved(world):
    with world.as_root():
        child = world.people("杨梅村/1组/1")[2]
        child.id_number = "430581201403120018"
        child.save()
    table = approved(world, roster(), who=CHILDREN)
    assert (table.has_names, table.has_numbers) == (True, True)
    filling = fill(world, table, "杨梅村", "邓永福")
    found = cells(taken(world, filling, "邓永福"), "名册", (3, 8))
    assert [row[1] for row in found] == ["杨梅村"] * 6
    assert found[0][2] == child.name
    assert str(found[0][5]) == "430581201403120018"


def test_it_fills_itself_at_its_hour_once_and_is_counted_for_each_village(world):
    worked(world)
    table = approved(world, daily(), hours=["07:30", "21:30"])
    assert clock.local(table.next_fill_at).strftime("%m-%d %H:%M") == "08-07 21:30"
    with world.as_root():
        assert begin_due_fillings() == []
    half_past = TONIGHT + dt.timedelta(minutes=26)
    with clock.frozen(half_past), world.as_root() as scope:
        (begun,) = begin_due_fillings()
        assert begin_due_fillings() == []
        made = fillings.make_filling(filling_id=begun.pk, scope=scope)
        assert (made.slot, made.made_by) == ("2026-08-07 21:30", None)
        table.refresh_from_db()
        assert clock.local(table.next_fill_at).strftime("%m-%d %H:%M") == "08-08 07:30"
        shares = {one.area_path: one.filled_count for one in TableShare.objects.filter(table=table)}
    assert (
        shares[world.areas["杨梅村"].path] == 5
    )  # township, village, today, total, people; nobody asked about water
    with world.acting("邓永福") as scope:
        (asked,) = tables_asked(scope, world.areas["杨梅村"], TODAY)
        assert (asked.filled_count, asked.unknown_count, asked.slots) == (5, 1, ("2026-08-07 21:30",))


def test_an_hour_missed_until_after_midnight_is_filled_as_the_new_day(world):
    worked(world)
    table = approved(world, daily(), hours=["21:30"])
    with clock.frozen(TONIGHT + dt.timedelta(hours=4)), world.as_root() as scope:
        (begun,) = begin_due_fillings()
        made = fillings.make_filling(filling_id=begun.pk, scope=scope)
        after = clock.local(clock.now())
        assert after.date() == TODAY + dt.timedelta(days=1)
        assert made.slot == after.strftime("%Y-%m-%d %H:%M")
        shares = TableShare.objects.filter(table=table)
        assert {(one.filled_on, one.slot[:10]) for one in shares} == {
            (after.date(), after.date().isoformat())
        }


def test_of_two_people_at_once_one_fills(world):
    table = approved(world, daily())
    with world.acting("戴春燕") as scope:
        asked = {"table_id": table.pk, "area": world.areas["司马冲镇"], "scope": scope}
        first = fillings.begin_filling(**asked, by=None)
        refused(lambda: fillings.begin_filling(**asked, by=None), "reports.still_filling")
    with pytest.raises(IntegrityError), world.as_root():  # the database holds it, whoever looked first
        TableFilling.objects.create(
            table=table, area=first.area, area_path=first.area_path, slot="2026-08-07", as_of=first.as_of
        )


def test_a_filling_that_was_lost_does_not_stop_the_next(world):
    table = approved(world, daily())
    with world.acting("戴春燕") as scope:
        asked = {"table_id": table.pk, "area": world.areas["司马冲镇"], "scope": scope, "by": None}
        lost = fillings.begin_filling(**asked)
        with clock.frozen(lost.as_of + dt.timedelta(minutes=fillings.STALE_MINUTES + 1)):
            fillings.begin_filling(**asked)
        lost.refresh_from_db()
        assert lost.fault_code == "reports.filling_lost"


def test_filled_twice_at_one_hour_is_saved_once(world):
    table = approved(world, daily())
    for _ in range(2):
        fill(world, table, "司马冲镇", "戴春燕")
    with world.as_root():
        assert TableFilling.objects.filter(table=table).count() == 2
        assert TableShare.objects.filter(table=table).count() == 2  # its two villages
        assert {one.slot for one in TableShare.objects.filter(table=table)} == {"2026-08-07"}


def test_the_files_go_when_a_table_is_stopped_and_the_counts_stay(world):
    table = approved(world, daily())
    filling = fill(world, table, "司马冲镇", "戴春燕")
    with world.acting("周敏") as scope:
        tables.stop_table(table_id=table.pk, reason="不用了", scope=scope, by=world.users["周敏"].pk)
    refused(lambda: taken(world, filling, "戴春燕"), "reports.table_ended")
    with world.as_root() as scope:
        assert TableFilling.objects.get(pk=filling.pk).content is None
        assert fillings_of(scope, table)[0].filled_count == filling.filled_count


def test_a_table_stopped_while_it_was_being_filled_keeps_no_file(world):
    table = approved(world, daily())
    with world.acting("周敏") as scope:
        area = world.areas["武冈市"]
        filling = fillings.begin_filling(table_id=table.pk, area=area, scope=scope, by=world.users["周敏"].pk)
        tables.stop_table(table_id=table.pk, reason="不用了", scope=scope, by=world.users["周敏"].pk)
        made = fillings.make_filling(filling_id=filling.pk, scope=scope)
    assert made.fault_code == "reports.not_approved"
    with world.as_root():
        assert TableFilling.objects.get(pk=filling.pk).content is None


def test_the_file_of_a_stopped_table_goes_after_a_month_and_its_meanings_stay(world):
    table = approved(world, daily())
    by = world.users["周敏"].pk
    with world.acting("周敏") as scope:
        tables.stop_table(table_id=table.pk, reason="不用了", scope=scope, by=by)
    for days, count in ((0, 1), (31, 0)):
        with clock.frozen(TONIGHT + dt.timedelta(days=days)):
            tables.purge_tables()
        with world.as_root():
            assert TableTemplate.objects.filter(pk=table.pk).count() == count
    with world.acting("周敏") as scope:
        assert get_table(scope, table.pk).layout


def test_what_was_put_aside_can_be_brought_back_for_a_month(world):
    table = registered(world, daily())
    by = world.users["周敏"].pk
    with world.acting("周敏") as scope:
        tables.delete_table(table_id=table.pk, scope=scope, by=by)
        tables.bring_back_table(table_id=table.pk, scope=scope, by=by)
        assert get_table(scope, table.pk).deleted_at is None
        tables.delete_table(table_id=table.pk, scope=scope, by=by)
    with clock.frozen(TONIGHT):
        assert tables.purge_tables() == 0
    with clock.frozen(TONIGHT + dt.timedelta(days=31)):
        assert tables.purge_tables() == 1
    with world.as_root():
        assert not TableTemplate.objects.filter(pk=table.pk).exists()


# ---------- what it cannot know ----------


def test_what_nobody_asked_is_listed_with_its_question_and_asked_at_the_next_visit(world):
    worked(world)
    table = approved(world, daily(), purpose="vector_control")
    filling = fill(world, table, "司马冲镇", "戴春燕")
    (missing,) = filling.unknown  # 泉塘村 is a row of another township: nobody's fault here
    assert (missing["count"], filling.row_count) == (2, 2)
    assert (missing["label"], missing["reason"], missing["question"]) == (
        "屋内外积水·有,没清",
        "not_asked",
        "standing_water",
    )
    by = world.users["周敏"].pk
    due_at = TONIGHT + dt.timedelta(hours=20)
    with world.acting("周敏") as scope:
        made = ask_at_next_visit(
            table_id=table.pk,
            question_keys=fillings.askable(filling.unknown),
            emergency_id=world.emergency.pk,
            due_at=due_at,
            scope=scope,
            by=by,
        )
        assert made.purpose == "vector_control"
        assert Target.objects.filter(round__campaign=made).count() == 18
        refused(
            lambda: ask_at_next_visit(
                table_id=table.pk,
                question_keys=["standing_water"],
                emergency_id=world.emergency.pk,
                due_at=due_at,
                scope=scope,
                by=by,
            ),
            "reports.already_asked",
        )
    say(world, "杨梅村/1组/1", "standing_water", "left", hour=21)
    filling = fill(world, table, "司马冲镇", "戴春燕")
    assert cells(taken(world, filling, "戴春燕"), "日报", (5, 6))[0][6] == 1


def test_a_question_that_does_not_serve_the_table_is_not_asked_for_it(world):
    table = approved(world, daily(), purpose="vaccination")
    with world.acting("周敏") as scope:
        refused(
            lambda: ask_at_next_visit(
                table_id=table.pk,
                question_keys=["standing_water"],
                emergency_id=world.emergency.pk,
                due_at=TONIGHT + dt.timedelta(hours=20),
                scope=scope,
                by=world.users["周敏"].pk,
            ),
            "reports.column_not_askable",
        )


# ---------- hours ----------


@pytest.mark.parametrize(
    ("text", "hours", "wrong"),
    [
        ("7:30、16点 20：00", ["07:30", "16:00", "20:00"], ""),
        ("16时30分", ["16:30"], ""),
        ("", [], ""),
        ("25:00", [], "25:00"),
        ("下午四点", [], "下午四点"),
        ("08:00 8:00", ["08:00"], ""),
    ],
)
def test_hours_as_people_write_them(text, hours, wrong):
    assert read_hours(text) == (hours, wrong)


def test_the_next_hour_is_later_than_now_also_on_the_hour():
    at_four = clock.at(TODAY, 16)
    assert next_hour(["16:00"], at_four) == clock.at(TODAY + dt.timedelta(days=1), 16)
    assert next_hour(["07:30", "16:00"], clock.at(TODAY, 8)) == at_four
    assert next_hour([], at_four) is None
