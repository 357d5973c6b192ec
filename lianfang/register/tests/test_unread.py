"""The queue of unread addresses: who may not, noted once, settled once, brought back."""

import re

import pytest
from django.urls import reverse

from lianfang.areas.models import AreaAlias
from lianfang.areas.operations import learn_alias
from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.register import importing
from lianfang.register.models import UnreadAddress
from lianfang.register.unread import operations, queries
from lianfang.register.unread.operations import Unread
from tests import world as cast

# 12 of the page, and the savepoints of the test client.
PAGE_QUERIES = 14
LAKE, CLOUD = "佘湖山社区3组12号", "云十村"


@pytest.fixture
def file(world):
    with world.acting("周敏"):
        return importing.keep_file(
            content=b"-", name="杨梅村.xlsx", county=world.areas["武冈市"], by=world.users["周敏"].pk
        )


@pytest.fixture
def queue(world, file):
    """Two texts: the first said by two rows of one sheet, whose neighbours lie in 杨梅村."""
    unread = [
        Unread("表1", 7, LAKE, ["430581107222"]),
        Unread("表1", 9, "佘湖山社区 3组12号"),
        Unread("表1", 12, CLOUD),
    ]
    with world.acting("周敏"):
        assert (
            operations.note_unread(file=file, unread=unread, neighbours={("表1", 7): {"430581107221": 3}})
            == 2
        )
        return {each.text: each for each in UnreadAddress.objects.filter(sent_for=file.county)}


def settle(world, address, area="田心村", learn="", name="周敏"):
    with world.acting(name) as scope:
        return operations.settle(
            address_id=address.pk,
            area=world.areas[area],
            learn=learn,
            scope=scope,
            by=world.users[name].pk,
        )


def test_a_village_lead_does_not_see_what_the_county_loaded(world, queue):
    with world.acting("邓永福") as scope:
        assert list(queries.addresses(scope, state="waiting")) == []
        with pytest.raises(Problem) as refused:
            queries.get_address(scope, queue[LAKE].pk)
    assert refused.value.code == "register.unread_unknown"


def test_nobody_without_the_right_to_load_opens_the_queue(visit, queue):
    for name in ("邓永福", "王小红", "瞿敏", "申志文"):
        assert visit(name, reverse("unread_addresses")).status_code == 403


def test_the_register_leads_to_the_queue_whoever_may_settle_it(visit, world, queue):
    way = f'href="{reverse("unread_addresses")}"'
    assert way not in visit("邓永福", "/register").content.decode()
    for page in ("/register", "/register/load"):
        assert way in visit("周敏", page).content.decode()


def test_the_registers_first_page_counts_what_waits_for_whoever_may_settle_it(
    visit, client, world, queue, django_assert_max_num_queries
):
    def waiting(name, at="/register"):
        shown = visit(name, at).content.decode().partition('aria-label="等着办的"')[2].partition("</nav>")[0]
        return " ".join(re.sub("<[^>]*>", " ", shown).partition(">")[2].split())

    assert waiting("王小红") == ""
    assert waiting("邓永福") == "疑似同一人 0"
    assert waiting("周敏") == "待认地址 2 3行 疑似同一人 0 等着处理的表 1"
    assert (
        waiting("周敏", f"/register?area={world.areas['杨梅村'].code}") == ""
    )  # what waits is not that village's
    with clock.frozen(cast.TONIGHT), django_assert_max_num_queries(PAGE_QUERIES):
        client.get("/register")


def test_a_text_is_asked_once_however_many_rows_say_it(world, file, queue):
    with world.acting("周敏") as scope:
        assert [(each.text, each.row_count) for each in queries.addresses(scope, state="waiting")] == [
            (LAKE, 2),
            (CLOUD, 1),
        ]
        again = [Unread("表1", 7, LAKE), Unread("表1", 9, LAKE), Unread("表1", 12, CLOUD)]
        assert operations.note_unread(file=file, unread=again, neighbours={}) == 0
        assert queries.counts(scope)["waiting"] == (2, 3)


def test_a_township_is_no_answer(world, queue):
    with pytest.raises(Problem) as refused:
        settle(world, queue[LAKE], area="司马冲镇")
    assert refused.value.code == "register.unread_no_village"


def test_an_answer_outside_ones_own_areas_is_refused(world, queue):
    with world.acting("周敏") as scope, pytest.raises(Problem) as refused:
        operations.settle(
            address_id=queue[LAKE].pk,
            area=world.areas["杨梅村"],
            learn="",
            scope=scope.within(world.areas["湾头桥镇"].path),
            by=world.users["周敏"].pk,
        )
    assert refused.value.code == "scope.outside"


def test_what_was_settled_answers_the_next_sheet_and_can_be_taken_back(world, queue):
    settled = settle(world, queue[LAKE], learn="佘湖山社区")
    assert settled.learned is not None
    with world.acting("周敏") as scope:
        assert queries.village_answers(world.areas["武冈市"]) == {LAKE: "430581107222"}
        assert AreaAlias.objects.get().text == "佘湖山社区"
        assert [(each.file.name, each.row_count) for each in queries.files_to_take(scope)] == [
            ("杨梅村.xlsx", 2)
        ]
        back = operations.reopen(address_id=queue[LAKE].pk, scope=scope, by=world.users["周敏"].pk)
        assert (back.state, back.answer, back.learned) == ("waiting", None, None)
        assert queries.village_answers(world.areas["武冈市"]) == {}
    assert not AreaAlias.objects.exists()
    actions = AuditRow.objects.values_list("action", flat=True)
    assert {"register.unread_read", "area.learn_alias", "area.forget_alias"} <= set(actions)


def test_a_slip_does_not_forget_a_name_that_was_known_before(world, queue):
    learn_alias(area=world.areas["田心村"], text="佘湖山社区", kind="alias", by=world.users["周敏"].pk)
    settle(world, queue[LAKE], learn="佘湖山社区")
    with world.acting("周敏") as scope:
        operations.reopen(address_id=queue[LAKE].pk, scope=scope, by=world.users["周敏"].pk)
    assert AreaAlias.objects.count() == 1


@pytest.mark.parametrize("name", ["3", "12号", "佘"])
def test_what_is_no_name_is_not_learned(world, queue, name):
    with pytest.raises(Problem) as refused:
        settle(world, queue[LAKE], learn=name)
    assert refused.value.code == "areas.bad_alias"


@pytest.mark.parametrize("name", ["张三家", "云十村", "佘湖山社区张三家", "abc"])
def test_only_a_piece_of_the_text_is_learned(world, queue, name):
    """It answers every sheet of the county from then on."""
    with pytest.raises(Problem) as refused:
        settle(world, queue[LAKE], learn=name)
    assert refused.value.code == "register.unread_not_in_text"
    assert not AreaAlias.objects.exists()


def test_two_people_do_not_settle_the_same_text(world, queue):
    settle(world, queue[LAKE])
    with pytest.raises(Problem) as refused:
        settle(world, queue[LAKE], area="杨梅村")
    assert refused.value.code == "register.unread_settled"


def test_the_map_holds_every_village_once_and_marks_candidates_and_neighbours(world, queue):
    with world.acting("周敏") as scope:
        around = queries.neighbourhood(queries.get_address(scope, queue[LAKE].pk))
    tiles = [tile for block in around.blocks for tile in block.tiles]
    assert sorted(tile.name for tile in tiles) == ["杨梅村", "泉塘村", "田心村"]
    assert [(choice.key, choice.name, choice.neighbour_count) for choice in around.choices] == [
        ("1", "田心村", 0),
        ("2", "杨梅村", 3),
    ]
    assert {tile.name: tile.step for tile in tiles} == {"杨梅村": 5, "泉塘村": 0, "田心村": 0}
    assert around.piece == "佘湖山社区"
    covered = sum(tile.rect.width * tile.rect.height for tile in tiles)
    assert covered > 0.8 * queries.WIDTH * queries.HEIGHT


def test_the_page_shows_one_text_with_its_rows_and_asks_few_questions(
    client, world, queue, django_assert_max_num_queries
):
    client.force_login(world.users["周敏"])
    with clock.frozen(cast.TONIGHT):
        client.get(reverse("unread_addresses"))
        with django_assert_max_num_queries(PAGE_QUERIES):
            page = client.get(reverse("unread_addresses")).content.decode()
    assert LAKE in page
    assert "杨梅村.xlsx" in page
    assert 'data-key="2"' in page


def test_from_one_to_the_next_by_the_form(visit, world, queue):
    address, following = queue[LAKE], queue[CLOUD]
    answer = visit(
        "周敏",
        reverse("unread_settle", args=[address.pk]),
        {
            "decision": "read",
            "area": "430581107222",
            "learn": "1",
            "name": "佘湖山社区",
            "following": following.pk,
        },
    )
    assert answer.status_code == 302
    assert f"at={following.pk}" in answer["Location"]
    page = visit("周敏", answer["Location"]).content.decode()
    assert CLOUD in page
    assert "data-undo" in page
    undo = visit("周敏", reverse("unread_settle", args=[address.pk]), {"decision": "reopen"})
    assert f"at={address.pk}" in undo["Location"]
    for decision in ("outside", "aside"):
        visit("周敏", reverse("unread_settle", args=[following.pk]), {"decision": decision})
        visit("周敏", reverse("unread_settle", args=[following.pk]), {"decision": "reopen"})
    assert visit("周敏", reverse("unread_settle", args=[address.pk]), {"decision": "?"}).status_code == 400


def test_the_list_can_be_taken_along_and_the_look_is_recorded(visit, queue):
    with clock.frozen(cast.TONIGHT):
        answer = visit("周敏", reverse("unread_sheet"))
    assert answer.status_code == 200
    assert AuditRow.objects.filter(action="look", object_kind="unread_sheet").exists()
