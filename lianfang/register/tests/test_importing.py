"""Loading a sheet: what is refused, what is taken, and that a second time changes nothing."""

from __future__ import annotations

import pytest
import xlsxwriter
from django.db import connection

from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import scoped
from lianfang.register import importing
from lianfang.register.columns import Choices
from lianfang.register.doubles.finding import find_for
from lianfang.register.models import Door, Double, Household, ImportFile, LookupToken, Person
from lianfang.register.tests.sheets_made import an_id, csv_file, xlsx
from tests import world as cast

pytestmark = pytest.mark.django_db
HEADER = ["编号", "姓名", "与户主关系", "身份证号码", "手机号码", "乡镇", "村", "组", "门牌", "户编号"]


@pytest.fixture
def world():
    return cast.build()


@pytest.fixture
def load(world, tmp_path):
    """Load rows below HEADER as the data officer; returns the outcome."""

    def run(*rows, header=HEADER, name="表.xlsx"):
        path = xlsx(tmp_path / name, [header, *rows])
        with world.acting("周敏"):
            return importing.load(path, county=world.areas["武冈市"], by=world.users["周敏"].pk)

    return run


def row(
    name="欧阳明",
    *,
    ref="",
    relation="户主",
    number="",
    phone="",
    village="杨梅村",
    group="9",
    door="7",
    household="",
):
    return [ref, name, relation, number, phone, "司马冲镇", village, group, door, household]


def codes(outcome):
    return [(error.row, error.column, error.code) for error in outcome.errors]


def everything(world):
    with world.as_root():
        people = Person.objects.order_by("id").values_list(
            "id",
            "household_id",
            "area_path",
            "name",
            "initials",
            "sex",
            "birth_on",
            "relation",
            "reference",
            "is_registered_here",
            "is_living_here",
            "is_here_tonight",
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "select id, id_number, phone, registered_place, present_place from register_person order by id"
            )
            sealed = [
                tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in r)
                for r in cursor.fetchall()
            ]
        tokens = LookupToken.objects.order_by("token", "person_id").values_list(
            "token", "area_path", "person_id"
        )
        return (
            list(people),
            sealed,
            [(bytes(t), p, i) for t, p, i in tokens],
            list(Door.objects.order_by("id").values_list()),
            list(Household.objects.order_by("id").values_list()),
        )


def test_a_village_lead_cannot_load_into_the_neighbour_village(world, tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [HEADER, row(village="田心村")])
    with world.acting("邓永福"):
        outcome = importing.load(path, county=world.areas["杨梅村"], by=None)
    assert (outcome.taken, codes(outcome)) == (0, [(2, "村", "register.village_unknown")])


def test_the_database_refuses_rows_outside_the_scope(world, tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [HEADER, row(village="田心村")])
    with pytest.raises(Exception, match="row-level security"), world.acting("邓永福"):
        importing.load(path, county=world.areas["武冈市"], by=None)


def test_without_a_scope_nothing_can_be_stored(world, tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [HEADER, row()])
    with pytest.raises(Exception, match="without a scope token"):
        importing.load(path, county=world.areas["武冈市"], by=None)


def test_rows_without_name_or_with_an_unknown_village_are_rejected_and_the_rest_taken(load):
    outcome = load(row(""), row(village="桃花村"), row("欧阳明"), row("", number="43058119870312451"))
    assert (outcome.rows, outcome.taken, outcome.rejected) == (4, 1, 3)
    assert codes(outcome) == [
        (2, "姓名", "register.name_missing"),
        (3, "村", "register.village_unknown"),
        (5, "姓名", "register.name_missing"),
        (5, "身份证号码", "register.id_length"),
    ]


def test_a_row_with_a_bad_id_and_phone_is_taken_without_them(load, world):
    outcome = load(row(number="430581198703124517", phone="1381234"))
    assert [code for *_, code in codes(outcome)] == ["register.id_check_digit", "register.phone_unreadable"]
    with world.as_root():
        person = Person.objects.get(name="欧阳明")
        assert (person.id_number, person.phone, person.initials) == (None, None, "oym")
        assert not LookupToken.objects.filter(person=person).exists()


def test_an_id_typed_as_a_number_is_never_guessed(load, world):
    outcome = load(row(number=int(an_id(order=452)[:17] + "8")), row("欧阳亮", number=430581870312451))
    assert codes(outcome) == [(2, "身份证号码", "register.id_number_cell")]
    with world.as_root():
        assert Person.objects.get(name="欧阳明").id_number is None
        assert Person.objects.get(name="欧阳亮").id_number == an_id(order=451)  # 15 digits are exact


def test_sex_and_birth_come_from_the_id_and_a_difference_is_reported(load, world):
    header = ["姓名", "性别", "出生日期", "身份证", "村", "组"]
    outcome = load(
        ["欧阳明", "女", "1987-03-12", an_id(order=451), "杨梅村", "3组"],
        ["欧阳亮", "男", "1987-03-13", an_id(order=453), "杨梅村", "3组"],
        header=header,
    )
    assert codes(outcome) == [(2, "性别", "register.sex_differs"), (3, "出生日期", "register.birth_differs")]
    with world.as_root():
        person = Person.objects.get(name="欧阳明")
        assert (person.sex, person.birth_on.isoformat()) == ("male", "1987-03-12")


def test_an_id_against_which_sex_and_birth_both_speak_is_somebody_elses(load, world):
    header = ["姓名", "性别", "出生日期", "身份证", "村", "组"]
    outcome = load(["欧阳明", "女", "1990-05-13", an_id(order=451), "杨梅村", "3组"], header=header)
    assert codes(outcome) == [(2, "身份证", "register.id_of_another")]
    with world.as_root():
        person = Person.objects.get(name="欧阳明")
        assert (person.id_number, person.sex, person.birth_on.isoformat()) == (None, "female", "1990-05-13")


def test_loading_the_same_file_again_changes_nothing(load, world):
    rows = [
        row("欧阳明", ref="A1", number=an_id(order=451), phone="13812345678", household="9-7"),
        row("欧阳亮", relation="长子", phone="13912345678", household="9-7"),
        row(
            "欧阳亮", relation="次子", household="9-7"
        ),  # two of a name, told apart by nothing but their place
        row("莫小二", relation="租客", door="", household=""),
        row("莫小三", door="8"),
        row("单雄", door="8"),
    ]
    first = load(*rows)
    assert first.errors == ()
    assert (first.stored.added_count, first.stored.household_count) == (6, 4)
    before = everything(world)
    again = load(*rows, name="again.xlsx")
    assert (again.stored.added_count, again.stored.changed_count) == (0, 0)
    assert everything(world) == before


def test_a_corrected_sheet_changes_the_person_and_how_they_are_found(load, world):
    load(row("欧阳明", ref="A1", phone="13812345678", number=an_id()))
    outcome = load(row("欧阳鸣", ref="A1", phone="13800000000"), name="b.xlsx")
    assert (outcome.stored.added_count, outcome.stored.changed_count) == (0, 1)
    with world.as_root():
        person = Person.objects.get(reference="A1")
        assert (person.name, person.phone, person.id_number) == ("欧阳鸣", "13800000000", an_id())
        assert LookupToken.objects.filter(person=person).count() == 4


def test_a_name_whose_sign_has_no_reading_can_be_told_a_second_time(load, world):
    """𠮷 stands in no table of readings: there are no initials, which is nothing and not unknown."""
    load(row("𠮷", ref="A1"))
    load(row("𠮷", ref="A1", phone="13800001234"), name="again.xlsx")
    with world.as_root():
        person = Person.objects.get(name="𠮷")
        assert (person.initials, person.phone) == ("", "13800001234")


def test_an_id_of_somebody_with_quite_another_name_renames_nobody_and_is_asked_about(load, world):
    load(row("欧阳明", number=an_id()))
    load(row("欧阳鸣", number=an_id()), name="typo.xlsx")

    def named():
        with world.as_root():
            return sorted(Person.objects.filter(source_file_id__isnull=False).values_list("name", flat=True))

    assert named() == ["欧阳鸣"]  # a name put right
    outcome = load(row("单雄", number=an_id(), door="8"), name="copied.xlsx")
    assert (outcome.stored.added_count, outcome.stored.changed_count) == (1, 0)
    again = load(row("单雄", number=an_id(), door="8"), name="again.xlsx")
    assert (again.stored.added_count, again.stored.changed_count) == (0, 0)
    assert named() == ["单雄", "欧阳鸣"]
    with world.as_root():
        find_for(person_ids=[Person.objects.get(name="单雄").pk], by=None, found_by="test")
        assert Double.objects.filter(state=Double.State.OPEN).count() == 1


def test_the_same_number_in_another_village_is_another_person(load, world):
    load(row("欧阳明", ref="1"))
    outcome = load(row("莫小二", ref="1", village="田心村"), name="b.xlsx")
    assert outcome.stored.added_count == 1
    with world.as_root():
        assert set(Person.objects.filter(reference="1").values_list("name", flat=True)) == {
            "欧阳明",
            "莫小二",
        }


def test_one_id_with_two_names_is_kept_by_the_first_only(load, world):
    outcome = load(
        row("欧阳明", number=an_id()),
        row("欧阳亮", number=an_id(), relation="长子"),
        row("欧阳明", number=an_id()),
    )
    assert [(r, code) for r, _, code in codes(outcome)] == [
        (3, "register.id_twice"),
        (4, "register.person_twice"),
    ]
    assert (outcome.taken, outcome.rejected) == (2, 1)
    assert outcome.errors[0].message.count("第2行") == 1


def test_areas_below_the_village_are_made_and_found_however_they_are_written(load, world):
    load(row(group="三组"), row("莫小二", group="第3村民小组", door="8号"), row("莫小三", group="1组"))
    with world.as_root():
        areas = set(Door.objects.filter(area__name="3组").values_list("label", flat=True))
        assert areas == {"7号", "8号"}
        # 1组 of the cast was there already and stays the only one.
        assert Household.objects.get(head_name="莫小三").door.area == world.areas["杨梅村/1组"]


def test_a_group_and_a_grid_in_one_row_leave_the_group(load, world):
    header = ["姓名", "村", "网格", "组", "小区", "楼栋", "单元", "房号"]
    outcome = load(
        ["欧阳明", "杨梅村", "2", "5组", "", "", "", "12"],
        ["莫小二", "杨梅村", "2", "", "安置小区", "3号楼", "2单元", "402"],
        header=header,
    )
    assert outcome.errors == ()
    with world.as_root():
        door = Household.objects.get(head_name="莫小二").door
        assert (door.area.name, door.area.parent.name, door.area.parent.parent.name) == (
            "3栋",
            "第2网格",
            "安置小区",
        )
        assert (door.unit, door.floor, door.room, door.label) == ("2", "4", "402", "2单元402")


def test_a_header_below_a_title_is_found_and_forbidden_columns_are_not_read(load):
    header = ["杨梅村人口底册"]
    outcome = load(
        ["填报单位：杨梅村"],
        ["序号", "姓名", "民族", "政治面貌", "村", "组", "备考"],
        ["1", "欧阳明", "汉", "党员", "杨梅村", "3", "x"],
        ["合计", None, None, None, "1人"],
        ["2", "莫小二", "汉", "", "杨梅村", "3", ""],
        header=header,
    )
    assert outcome.refused_columns == (("人口底册", "民族"), ("人口底册", "政治面貌"))
    assert outcome.unknown_columns == (("人口底册", "备考"),)
    assert (outcome.rows, outcome.taken, outcome.errors) == (2, 2, ())


def test_what_is_no_register_is_refused_whole(world, tmp_path):
    for content in (b"\x00\x01\x02", b"PK\x03\x04 not a workbook"):
        (tmp_path / "x.xlsx").write_bytes(content)
        with pytest.raises(Problem) as refused, world.acting("周敏"):
            importing.load(tmp_path / "x.xlsx", county=world.areas["武冈市"], by=None)
        assert refused.value.code == "register.file_unreadable"
    with pytest.raises(Problem) as refused, world.acting("周敏"):
        importing.load(
            csv_file(tmp_path / "x.csv", [["a", "b"], ["1", "2"]]), county=world.areas["武冈市"], by=None
        )
    assert refused.value.code == "register.no_header"


def test_a_cell_at_the_far_corner_does_not_kill_the_server_and_the_good_rows_are_read(world, tmp_path):
    path = tmp_path / "corner.xlsx"
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    for number, line in enumerate([["姓名", "村", "组"], ["欧阳明", "杨梅村", "3组"]]):
        page.write_row(number, 0, line)
    page.write_string(1048575, 16383, "x")
    book.close()
    with world.acting("周敏"):
        outcome = importing.check(path, county=world.areas["武冈市"])[1]
    assert (outcome.rows, outcome.taken) == (1, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding_a_county_sends(world, tmp_path, encoding):
    path = csv_file(tmp_path / "a.csv", [HEADER, row("欧阳明", number="'" + an_id())], encoding)
    with world.acting("周敏"):
        outcome = importing.check(path, county=world.areas["武冈市"])[1]
    assert (outcome.taken, outcome.errors) == (1, ())


def test_the_file_is_kept_sealed_and_the_load_is_recorded(load, world):
    outcome = load(row(number=an_id()))
    with world.as_root():
        file = ImportFile.objects.get()
        assert an_id().encode() not in bytes(file.content)
        assert importing.file_content(file)[:2] == b"PK"
        assert (file.row_count, file.taken_count, file.rejected_count) == (1, 1, 0)
        written = AuditRow.objects.get(action="register.load")
        assert (written.actor_id, written.detail) == (
            world.users["周敏"].pk,
            {"rows": 1, "taken": 1, "added": outcome.stored.added_count, "changed": 0},
        )


def test_checking_alone_stores_nothing(world, tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [HEADER, row()])
    before = everything(world)
    with world.acting("周敏"):
        importing.check(path, county=world.areas["武冈市"])
    assert everything(world) == before


def test_a_household_that_moved_takes_its_people_along(load, world):
    load(row("欧阳明", household="9-7", number=an_id()), row("欧阳亮", household="9-7", relation="长子"))
    load(row("欧阳明", household="9-7", number=an_id(), group="1"), name="b.xlsx")
    with world.as_root():
        people = Person.objects.filter(household__reference="9-7")
        assert {person.area_path for person in people} == {world.areas["杨梅村/1组"].path}
        assert {t.area_path for t in LookupToken.objects.filter(person__in=people)} == {
            world.areas["杨梅村/1组"].path
        }


def test_who_is_written_down_as_away_is_not_here_tonight(load, world):
    header = ["姓名", "村", "组", "常住", "今晚在家", "外出地点"]
    load(
        ["欧阳明", "杨梅村", "3", "", "", "广东东莞"],
        ["莫小二", "杨梅村", "3", "否", "是", ""],
        header=header,
    )
    with world.as_root():
        away, here = Person.objects.get(name="欧阳明"), Person.objects.get(name="莫小二")
        assert (away.is_here_tonight, away.present_place) == (False, "广东东莞")
        assert (here.is_living_here, here.is_here_tonight, here.present_place) == (False, True, None)


def test_today_is_the_county_day(world, tmp_path):
    header = ["姓名", "出生日期", "村", "组"]
    path = xlsx(tmp_path / "a.xlsx", [header, ["欧阳明", "2026-08-08", "杨梅村", "3"]])
    with clock.frozen(cast.TONIGHT), scoped(world.scope("周敏")):
        assert [e.code for e in importing.check(path, county=world.areas["武冈市"])[1].errors] == [
            "register.birth_impossible"
        ]


def test_a_hidden_sheet_is_taken_when_it_is_named(world, tmp_path):
    path = tmp_path / "两张.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for sheet, name in (("今年", "欧阳明"), ("去年", "单雄")):
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, ["姓名", "村"])
        page.write_row(1, 0, [name, "杨梅村"])
        if sheet == "去年":
            page.hide()
    book.close()
    county = world.areas["武冈市"]
    with world.acting("周敏"):
        assert importing.load(path, county=county, by=None).taken == 1
        chosen = Choices(taken_sheets=frozenset({"去年"}))
        assert importing.load(path, county=county, by=None, choices=chosen).taken == 1
        assert Person.objects.filter(name__in=["欧阳明", "单雄"]).count() == 2
