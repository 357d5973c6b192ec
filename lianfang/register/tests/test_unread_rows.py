"""From a sheet with a place nobody can read, to a person's answer, to the row in the register."""

import pytest
from django.urls import reverse

from lianfang.core import clock
from lianfang.register import importing
from lianfang.register.models import Person, UnreadAddress, UnreadRow
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
