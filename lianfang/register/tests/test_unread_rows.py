"""From a sheet with a place nobody can read, to a person's answer, to the row in the register."""

import openpyxl
import pytest
from django.urls import reverse

from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.areas.models import Area
from lianfang.core import clock
from lianfang.register import filing, importing, jobs, life
from lianfang.register.life import Whereto
from lianfang.register.marking import write_marked
from lianfang.register.models import Household, Person, UnreadAddress, UnreadRow
from lianfang.register.tests.lives import told
from lianfang.register.tests.sheets_made import xlsx
from lianfang.register.unread import operations, queries
from tests import world as cast

ROWS = [
    ["姓名", "现住址"],
    ["欧阳明", "司马冲镇杨梅村1组9号"],
    ["单雄", "佘湖山社区3组12号"],
    ["曾巧", "佘湖山社区3组 12号"],
    ["覃小满", "司马冲镇杨梅村2组3号"],
]


@pytest.fixture
def world(db):
    return cast.build()


@pytest.fixture
def sheet(tmp_path):
    return xlsx(tmp_path / "返乡.xlsx", ROWS)


def load(world, sheet):
    return importing.load(sheet, county=world.areas["武冈市"], by=world.users["周敏"].pk)


def test_a_place_nobody_can_read_waits_with_its_row_and_its_surroundings(world, sheet):
    with world.acting("周敏"):
        outcome = load(world, sheet)
        address = UnreadAddress.objects.get()
    assert (outcome.taken, outcome.rejected) == (2, 2)
    assert (address.text, address.row_count, address.state) == ("佘湖山社区3组12号", 2, "waiting")
    assert address.neighbours == {"430581107221": 4}


def test_an_answer_brings_the_rows_in_when_the_sheet_is_taken_again(world, sheet):
    with world.acting("周敏") as scope:
        load(world, sheet)
        operations.settle(
            address_id=UnreadAddress.objects.get().pk,
            area=world.areas["田心村"],
            learn="",
            scope=scope,
            by=world.users["周敏"].pk,
        )
        again = load(world, sheet)
        assert (again.taken, again.rejected) == (4, 0)
        assert again.stored is not None
        assert again.stored.added_count == 2
        assert Person.objects.get(name="单雄").area_path.startswith(world.areas["田心村"].path)


def kept(world, sheet):
    return importing.keep_file(
        content=sheet.read_bytes(), name=sheet.name, county=world.areas["武冈市"], by=None, state="taking"
    )


def take(world, sheet, file):
    file.state = "taking"
    file.save(update_fields=["state"])
    return importing.load(sheet, county=world.areas["武冈市"], by=None, kept=file)


def test_an_answer_that_was_mended_moves_its_people_and_adds_nobody(world, sheet):
    """They have neither 编号 nor id: nothing but the row tells who they are."""
    with world.acting("周敏") as scope:
        file = kept(world, sheet)
        take(world, sheet, file)
        answer(world, "泉塘村")
        take(world, sheet, file)
        address = UnreadAddress.objects.get()
        operations.reopen(address_id=address.pk, scope=scope, by=world.users["周敏"].pk)
        answer(world, "田心村")
        mended = take(world, sheet, file)
        assert (mended.rejected, mended.stored.added_count, mended.stored.changed_count) == (0, 0, 2)
        people = Person.objects.filter(name__in=("单雄", "曾巧"), is_current=True)
        assert [p.area_path.startswith(world.areas["田心村"].path) for p in people] == [True, True]
        left = Household.objects.filter(area_path__startswith=world.areas["泉塘村"].path, head_name="单雄")
        assert not left.filter(is_current=True).exists()


def test_who_moved_since_stays_there_when_the_sheet_is_taken_again(world, sheet):
    with world.acting("周敏") as scope:
        file = kept(world, sheet)
        take(world, sheet, file)
        person = Person.objects.get(name="覃小满")
        life.move_out(
            household_id=person.household_id,
            person_ids=[person.pk],
            whereto=Whereto(household_id=world.households["田心村/1组/1"].pk),
            told=told(),
            scope=scope,
            by=world.users["周敏"].pk,
        )
        answer(world, "田心村")
        assert take(world, sheet, file).stored.added_count == 2
        moved = Person.objects.get(name="覃小满")
        assert (moved.pk, moved.household) == (person.pk, world.households["田心村/1组/1"])


def test_a_name_that_was_learned_reads_every_door_of_that_place(world, sheet, tmp_path):
    with world.acting("周敏") as scope:
        load(world, sheet)
        operations.settle(
            address_id=UnreadAddress.objects.get().pk,
            area=world.areas["田心村"],
            learn="佘湖山社区",
            scope=scope,
            by=world.users["周敏"].pk,
        )
        other = xlsx(tmp_path / "二.xlsx", [["姓名", "现住址"], ["米兰", "佘湖山社区7组1号"]])
        assert load(world, other).rejected == 0


def test_an_unknown_name_in_the_village_column_is_asked_too(world, tmp_path):
    path = xlsx(tmp_path / "村.xlsx", [["姓名", "村"], ["单雄", "佘湖山社区"], ["曾巧", "田心村"]])
    with world.acting("周敏"):
        assert load(world, path).rejected == 1
        assert UnreadAddress.objects.get().text == "佘湖山社区"


def test_rows_of_a_file_that_are_answered_are_offered_and_taken_from_the_page(world, client, sheet):
    with world.acting("周敏") as scope:
        file = importing.keep_file(
            content=sheet.read_bytes(), name=sheet.name, county=world.areas["武冈市"], by=None, state="taking"
        )
        importing.load(sheet, county=world.areas["武冈市"], by=None, kept=file)
        operations.settle(
            address_id=UnreadAddress.objects.get().pk,
            area=world.areas["田心村"],
            learn="",
            scope=scope,
            by=world.users["周敏"].pk,
        )
        assert [(each.file.pk, each.row_count) for each in queries.files_to_take(scope)] == [(file.pk, 2)]
    client.force_login(world.users["周敏"])
    with clock.frozen(cast.TONIGHT):
        answer = client.post(reverse("register_file_act", args=[file.pk]), {"do": "take"})
    assert answer.status_code == 302
    with world.acting("周敏") as scope:
        assert Person.objects.filter(name="单雄").exists()
        assert queries.files_to_take(scope) == []
        assert not UnreadRow.objects.filter(taken_at=None).exists()


def answer(world, village):
    with world.acting("周敏") as scope:
        operations.settle(
            address_id=UnreadAddress.objects.get().pk,
            area=world.areas[village],
            learn="",
            scope=scope,
            by=world.users["周敏"].pk,
        )


def changed(world, *successors):
    """杨梅村 goes into these villages."""
    rows = [
        {"old_code": "430581107221", "old_name": "杨梅村", "new_code": code, "kind": "merge"}
        for code in successors
    ]
    with world.acting("周敏") as scope:
        common = {"scope": scope, "by": world.users["周敏"].pk, "effective_on": clock.today()}
        (planned,) = plan_file(rows=rows, document="测试", **common).adjustments
        confirm(adjustment_id=planned.pk, **common)


def test_an_answer_follows_its_village_into_another(world, tmp_path):
    path = xlsx(
        tmp_path / "村.xlsx", [["姓名", "现住址"], ["单雄", "佘湖山社区3组12号"], ["曾巧", "田心村1组"]]
    )
    with world.acting("周敏"):
        load(world, path)
    answer(world, "杨梅村")
    changed(world, "430581107222")
    with world.acting("周敏"):
        assert load(world, path).rejected == 0
        assert Person.objects.get(name="单雄").area_path.startswith(world.areas["田心村"].path)


def test_an_answer_whose_village_was_split_is_asked_for_again(world, tmp_path):
    """Else its rows would be offered for ever and never taken."""
    path = xlsx(
        tmp_path / "村.xlsx", [["姓名", "现住址"], ["单雄", "佘湖山社区3组12号"], ["曾巧", "田心村1组"]]
    )
    with world.acting("周敏"):
        load(world, path)
    answer(world, "杨梅村")
    with world.as_root():
        Person.objects.filter(area_path__startswith=world.areas["杨梅村"].path).delete()
        Area.objects.filter(pk=world.areas["杨梅村"].pk).update(valid_to=clock.today())
    with world.acting("周敏") as scope:
        assert load(world, path).rejected == 1
        assert UnreadAddress.objects.get().state == "waiting"
        assert queries.files_to_take(scope) == []


def test_rows_taken_by_a_slip_go_where_the_next_answer_says(world, tmp_path):
    rows = [["姓名", "编号", "现住址"], ["单雄", "K7", "佘湖山社区3组12号"], ["曾巧", "K8", "田心村1组"]]
    path = xlsx(tmp_path / "村.xlsx", rows)
    county, by = world.areas["武冈市"], world.users["周敏"].pk
    with world.acting("周敏") as scope:
        file = filing.receive_file(content=path.read_bytes(), name="村.xlsx", area=county, scope=scope, by=by)
        for state in ("checking", "taking"):
            jobs.ask(file_id=file.pk, state=state, scope=scope, by=by)
    answer(world, "杨梅村")
    with world.acting("周敏") as scope:
        jobs.ask(file_id=file.pk, state="taking", scope=scope, by=by)
        assert Person.objects.get(reference="K7").area_path.startswith(world.areas["杨梅村"].path)
        operations.reopen(address_id=UnreadAddress.objects.get().pk, scope=scope, by=by)
        assert UnreadAddress.objects.get().row_count == 1
    answer(world, "田心村")
    with world.acting("周敏") as scope:
        assert [each.file.pk for each in queries.files_to_take(scope)] == [file.pk]
        jobs.ask(file_id=file.pk, state="taking", scope=scope, by=by)
        assert Person.objects.get(reference="K7").area_path.startswith(world.areas["田心村"].path)
        assert queries.files_to_take(scope) == []


def test_an_answer_for_the_village_column_is_used(world, tmp_path):
    path = xlsx(tmp_path / "村.xlsx", [["姓名", "村"], ["单雄", "佘湖山社区"], ["曾巧", "田心村"]])
    with world.acting("周敏"):
        load(world, path)
    answer(world, "杨梅村")
    with world.acting("周敏"):
        assert load(world, path).rejected == 0
        assert UnreadAddress.objects.get().state == "read"


def test_two_sheets_whose_long_names_begin_the_same_are_two(world, tmp_path):
    """Written by a program that does not mind the format's limit of 31 characters."""
    book = openpyxl.Workbook()
    for name in ("返乡人员" * 40 + "甲", "返乡人员" * 40 + "乙"):
        page = book.create_sheet(name)
        for row in ROWS[:3]:
            page.append(row)
    del book["Sheet"]
    book.save(tmp_path / "两张.xlsx")
    with world.acting("周敏"):
        outcome = load(world, tmp_path / "两张.xlsx")
        rows = list(UnreadRow.objects.order_by("sheet").values_list("sheet", "row"))
    assert outcome.rejected == len(rows) == 2
    assert len({sheet for sheet, _ in rows}) == 2
    write_marked(tmp_path / "两张.xlsx", outcome.errors, tmp_path / "out.xlsx")
    assert len(openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames) == 2
