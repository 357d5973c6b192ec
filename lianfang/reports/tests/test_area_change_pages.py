"""区划调整 at the desk: upload, look, confirm, divide, take back; and what an area that is gone says."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lianfang.areas.models import Adjustment, Area, AreaChange
from lianfang.core import clock
from lianfang.register.importing import load
from lianfang.register.models import Person
from tests.world import TONIGHT

LIST = "administration/areas/changes"
HEAD = "原代码,原名称,新代码,变更类型\n"
MERGE = HEAD + "430581107221,杨梅村,430581107222,merge\n"
SPLIT = HEAD + "430581107221,杨梅村,430581107222,split\n430581107221,杨梅村,430581101201,split\n"


@pytest.fixture
def officer(world, client):
    world.campaign()
    client.force_login(world.users["周敏"])
    with clock.frozen(TONIGHT):
        yield client


def upload(client, text: str, day: str = "2026-08-07"):
    file = SimpleUploadedFile("调整.csv", text.encode())
    return client.post(f"/{LIST}/plan", {"file": file, "effective_on": day, "document": "武民〔2026〕3号"})


@pytest.mark.parametrize("who", ["刘志远", "戴春燕", "邓永福", "王小红", "申志文"])
def test_only_who_manages_the_tree_comes_here(world, client, who):
    client.force_login(world.users[who])
    with clock.frozen(TONIGHT):
        assert client.get(f"/{LIST}", headers={"Accept": "application/json"}).status_code == 403
        assert upload(client, MERGE).status_code == 403
    assert not Adjustment.objects.exists()


def test_a_file_that_says_nothing_new_or_nothing_at_all_is_refused_with_words(officer):
    assert upload(officer, "a,b\n1,2\n").status_code == 400
    assert upload(officer, "").status_code == 400
    same = "code,name,level,parent\n430581,武冈市,3,4305\n"
    # A register without the county's townships would end them all: that is a plan to look at, not a change.
    response = upload(officer, same)
    assert response.status_code == 302
    assert Area.objects.filter(valid_to__isnull=False).count() == 0


def test_before_confirming_phones_that_owe_something_are_named(officer, world, device_of):
    device_of(world.users["王小红"], last_seq=4, stored_count=1)
    page = officer.get(upload(officer, MERGE)["Location"]).content.decode()
    assert "还有1台手机没交齐" in page
    assert "王小红 3 待传，还没联系过" in page


def test_the_plan_says_who_goes_along_before_anything_moves(officer, django_assert_max_num_queries):
    response = upload(officer, MERGE)
    with django_assert_max_num_queries(12):
        page = officer.get(response["Location"]).content.decode()
    assert "并入" in page
    assert "武民〔2026〕3号" in page
    for count in ("6", "18"):  # households, people
        assert f'<b class="num">{count}</b>' in page
    assert Area.objects.get(code="430581107221").is_living
    sheet = officer.get(response["Location"] + ".xlsx")
    assert sheet["Content-Type"].endswith("sheet")


def test_a_line_that_has_only_a_new_name_renames_and_ends_nothing(officer):
    """Sent with the heads counties write, and no code: nothing else about a renamed village is new."""
    head = "变动,原代码,原名称,新代码,新名称,日期\n"
    url = upload(officer, head + "更名,430581107221,杨梅村,,新梅村,2026-08-01\n")["Location"]
    assert officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-08-01"}).status_code == 302
    village = Area.objects.get(code="430581107221")
    assert (village.name, village.is_living) == ("新梅村", True)
    # A name that a neighbour bears says whom it went to: that is for a person to settle.
    plan = officer.get(upload(officer, head + ",430581107221,新梅村,,田心村,2026-08-02\n")["Location"])
    assert "待划分" in plan.content.decode()


def test_confirmed_shown_and_taken_back(officer, django_assert_max_num_queries):
    url = upload(officer, MERGE)["Location"]
    assert officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-08-07"}).status_code == 302
    assert "撤回这次调整" in officer.get(url).content.decode()
    with django_assert_max_num_queries(12):
        page = officer.get("/administration/areas?at=430581107221").content.decode()
    assert "已于2026-08-07撤销" in page
    assert "杨梅村并入田心村" in page
    assert "?at=430581107222" in page
    with django_assert_max_num_queries(12):
        town = officer.get("/administration/areas?at=430581107&gone=1").content.decode()
    assert "杨梅村" in town
    assert ">田心村</a>" not in town
    found = officer.get("/administration/areas?at=430581107&q=杨梅村").content.decode()
    assert ">田心村</a>" in found, "found by the name of what it took in"
    again = officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-08-07"})
    assert again.status_code == 409
    assert officer.post(f"{url}/act", {"do": "undo"}).status_code == 302
    assert Area.objects.get(code="430581107221").is_living
    assert not AreaChange.objects.exists()


def test_a_later_day_waits_and_can_be_dropped(officer):
    url = upload(officer, MERGE, "2026-09-01")["Location"]
    officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-09-01"})
    assert Adjustment.objects.get().state == "confirmed"
    assert Area.objects.get(code="430581107221").is_living
    officer.post(f"{url}/act", {"do": "drop"})
    assert Adjustment.objects.get().state == "dropped"


def test_a_split_village_is_divided_by_group(officer, world, django_assert_max_num_queries):
    url = upload(officer, SPLIT)["Location"]
    officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-08-07"})
    with django_assert_max_num_queries(12):
        assert "待划分" in officer.get(f"/{LIST}").content.decode()
    with django_assert_max_num_queries(12):
        page = officer.get("/administration/areas/divide/430581107221").content.decode()
    assert "1组" in page
    assert "泉塘村" in page
    act = "/administration/areas/divide/430581107221/act"
    assert (
        officer.post(act, {"to_430581107221G01": "430581107222", "rest": "430581107222"}).status_code == 400
    )
    both = {
        "to_430581107221G01": "430581107222",
        "to_430581107221G02": "430581101201",
        "rest": "430581107222",
    }
    assert officer.post(act, both).status_code == 302
    assert not Area.objects.get(code="430581107221").is_living
    assert "不用划分" in officer.get("/administration/areas/divide/430581107221").content.decode()


def test_a_village_that_ended_without_a_successor_is_not_called_done(officer):
    """撤销 with people in it: until somebody says where they belong, nothing has happened to them."""
    url = upload(officer, HEAD + "430581107221,杨梅村,,end\n")["Location"]
    act = {"do": "confirm", "effective_on": "2026-08-07"}
    said = officer.post(f"{url}/act", act, follow=True).content.decode()
    assert "1个村的人归哪里还要划分" in said
    assert "都跟过去了" not in said
    for page in (url, f"/{LIST}"):
        shown = officer.get(page).content.decode()
        assert "待划分" in shown
    assert "已生效" not in officer.get(url).content.decode()
    officer.post(
        "/administration/areas/divide/430581107221/act",
        {"rest": "430581107222", "to_430581107221G01": "430581107222", "to_430581107221G02": "430581107222"},
    )
    assert "已生效" in officer.get(url).content.decode()


def test_a_village_of_a_township_that_was_cut_in_two_is_offered_the_villages_of_both(officer):
    """九龙镇, half to one and half to the other: its lost village has no other village beside it any more."""
    cut = (
        "430581107222,田心村,430581101222,recode\n430581107,司马冲镇,430581101,split\n"
        "430581107,司马冲镇,430581102,split\n430581107221,杨梅村,,end\n"
    )
    url = upload(officer, HEAD + cut)["Location"]
    officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-08-07"})
    assert Area.objects.get(code="430581107").is_living, "until its last village is placed"
    page = officer.get("/administration/areas/divide/430581107221").content.decode()
    assert "泉塘村（湾头桥镇）" in page
    both = {f"to_430581107221G0{number}": "430581101222" for number in (1, 2)}
    act = "/administration/areas/divide/430581107221/act"
    assert officer.post(act, {**both, "rest": "430581101222"}).status_code == 302
    assert not Area.objects.get(code="430581107").is_living


def test_the_evening_before_opens_from_the_page_of_the_area_that_is_gone(officer, world):
    url = upload(officer, MERGE)["Location"]
    with clock.frozen(TONIGHT + dt.timedelta(hours=11)):
        officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-08-08"})
        page = officer.get("/administration/areas?at=430581107221").content.decode()
        assert "/close/430581107221?day=2026-08-07" in page
        evening = officer.get("/close/430581107221?day=2026-08-07")
        assert evening.status_code == 200
        assert "杨梅村" in evening.content.decode()


def test_a_sheet_that_names_the_merged_village_finds_its_section(officer, world, tmp_path):
    """Both villages have a 1组: the sheet's is that of the village it names, and no third one is made."""
    url = upload(officer, MERGE)["Location"]
    officer.post(f"{url}/act", {"do": "confirm", "effective_on": "2026-08-07"})
    path = tmp_path / "旧表.csv"
    path.write_text(
        "姓名,乡镇,村,组,门牌\n莫小二,司马冲镇,杨梅村,1组,77号\n莫小三,,司马冲镇杨梅村,1组,78号\n"
    )
    areas = Area.objects.count()
    with world.as_root():
        outcome = load(path, county=world.areas["武冈市"], by=None)
        assert (outcome.rejected, Area.objects.count()) == (0, areas)
        for person in Person.objects.filter(name__in=["莫小二", "莫小三"]).select_related(
            "household__door__area"
        ):
            group = person.household.door.area
            section = group.parent
            assert (group.name, section.level, section.parent.name) == ("1组", "section", "田心村")
        assert Person.objects.filter(name__in=["莫小二", "莫小三"]).count() == 2
