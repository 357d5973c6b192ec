import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianfang.areas.models import Area
from lianfang.core import clock
from tests import world as cast

pytestmark = pytest.mark.django_db
HEADER = "代码,名称,级别,上级\n"


@pytest.fixture
def world(db):
    with clock.frozen(cast.TONIGHT):
        yield cast.build()


@pytest.fixture
def officer(world):
    """The data officer, whose role is cut down to 司马冲镇 here."""
    grant = world.actor("周敏").home
    grant.area = world.areas["司马冲镇"]
    grant.area_path = grant.area.path
    grant.save()
    client = Client()
    client.force_login(world.users["周敏"])
    return client


def upload(client, text, name="own.csv"):
    return client.post(
        "/administration/areas/load",
        {"at": "430581107", "file": SimpleUploadedFile(name, text.encode("gb18030"))},
    )


def test_without_a_named_area_the_right_ends_where_it_ends(world, officer):
    """Inspector of the whole county besides: the desk opens at the county, the tree does not."""
    held = world.actor("周敏").home
    type(held).objects.create(
        user=held.user,
        role="inspector",
        area=world.areas["武冈市"],
        area_path=world.areas["武冈市"].path,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
    )
    sheet = officer.get("/administration/areas.csv").content.decode()
    assert "司马冲镇" in sheet
    assert "湾头桥镇" not in sheet


@pytest.mark.parametrize("verb", ["add", "rename"])
def test_nothing_outside_ones_areas_is_added_or_renamed(world, officer, verb):
    response = officer.post(
        f"/administration/areas/{verb}", {"at": "430581101201", "level": "group", "name": "9组"}
    )
    assert response.status_code == 403
    assert not Area.objects.filter(name="9组").exists()


def test_the_tree_of_others_is_not_opened_for_administration(officer):
    assert officer.get("/administration/areas?at=430581101").status_code == 403
    assert officer.get("/administration/areas.csv?at=430581").status_code == 403
    assert officer.get("/administration/areas?at=404").status_code == 404


def test_a_file_with_a_row_outside_or_of_the_official_tree_is_refused_whole(world, officer):
    response = upload(
        officer,
        HEADER
        + "430581107221G03,3组,组,430581107221\n430581101201G03,3组,组,430581101201\n430581107223,新村,5,430581107\n",
    )
    page = response.content.decode()
    assert response.status_code == 400
    assert "430581101201G03 不在您负责的辖区内" in page
    assert "430581107223 是村或以上" in page
    assert "共2处" in page
    assert not Area.objects.filter(code="430581107221G03").exists()


def test_no_file_and_a_file_of_something_else_are_answered_in_words(officer):
    assert officer.post("/administration/areas/load", {"at": "430581107"}).status_code == 400
    assert upload(officer, "姓名,电话\n").status_code == 400


def test_what_is_downloaded_loads_again_unchanged(world, officer):
    text = officer.get("/administration/areas.csv?at=430581107").content.decode("utf-8-sig")
    assert text.splitlines()[1] == "430581107,司马冲镇,township,430581"
    columns = ("pk", "code", "name", "level", "parent", "path")
    before = list(Area.objects.order_by("pk").values(*columns))
    assert upload(officer, text).status_code == 302
    assert list(Area.objects.order_by("pk").values(*columns)) == before


def test_own_areas_are_added_browsed_and_renamed(world, officer, django_assert_max_num_queries):
    assert (
        officer.post(
            "/administration/areas/add", {"at": "430581107221", "level": "estate", "name": "安置小区"}
        ).status_code
        == 302
    )
    with django_assert_max_num_queries(12):
        page = officer.get("/administration/areas?at=430581107221&q=azxq").content.decode()
    assert "430581107221E01" in page
    assert "1组" not in page
    officer.post("/administration/areas/rename", {"at": "430581107221E01", "name": "安置新村"})
    assert Area.objects.get(code="430581107221E01").name == "安置新村"


def test_a_name_that_is_taken_is_said_on_the_page(world, officer):
    response = officer.post(
        "/administration/areas/add", {"at": "430581107221", "level": "group", "name": "1组"}
    )
    assert response.status_code == 409
    assert "已经有“1组”" in response.content.decode()
