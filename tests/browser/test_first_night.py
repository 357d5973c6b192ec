"""The first night in a browser: type the buildings, see them counted, make them, knock, and write down who lives there."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from lianfang.register.models import DoorRun, Household, Person
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
PICTURES = os.environ.get("LIANFANG_PICTURES", "")  # a folder: then what is tested is also photographed
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATTERN = "1-62栋 2单元 6层 2户\n没有4栋、14栋、3栋2单元501"
COUNT = 62 * 24 - 2 * 24 - 1


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    with desk(build()) as running:
        yield running


def shown(page: Page, name: str) -> None:
    """Nothing scrolls sideways at either width."""
    for size, suffix in ((WIDE, "wide"), (NARROW, "narrow")):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, suffix)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{suffix}.png", full_page=True)
    page.set_viewport_size(WIDE)


def test_from_the_street_to_the_register(served: Desk):
    page = served.context("邓永福").new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)

    open_page(page, f"{served.url}/register/doors/new?area={served.world.areas['杨梅村'].code}")
    shown(page, "doors-empty")
    page.fill("#id_estate", "桂花园小区")
    page.fill("#id_pattern", "1-62栋 六七八")
    page.wait_for_selector("#seen :text('第1行')")
    shown(page, "doors-unread")
    page.fill("#id_pattern", PATTERN)
    page.wait_for_selector(f"#seen button:text('造这{COUNT:,}个门')")
    assert "62栋2单元602" in page.inner_text("#seen")
    shown(page, "doors-seen")
    with page.expect_navigation():
        page.click("#seen button.pri")
    assert f"造{COUNT:,}个门" in page.inner_text("main")
    shown(page, "doors-made")

    found = served.world.campaign("杨梅村")
    with served.world.as_root():
        run = DoorRun.objects.get()
        homes = Household.objects.filter(door__run=run).order_by("door__area_path", "door__walk_order")
        home, dormitory = homes[0], homes[0].door.area
    open_page(page, f"{served.url}/visits/households/{home.pk}?round={found.pk}")
    page.keyboard.insert_text("赵一")  # the cursor stands in the first name
    page.keyboard.press("Enter")
    page.keyboard.insert_text("43058119870312451")
    page.fill("[name=name_n2]", "钱二")
    page.select_option("[name=p_n2]", "away")
    page.fill("[name=place_n2]", "东莞")
    page.fill("[name=q_returned_count]", "0")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".note, [class*=note]")
    assert page.input_value("[name=name_n1]") == "赵一", "what was typed is not lost"
    page.fill("[name=id_n1]", "")
    shown(page, "visit-unnamed")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    with served.world.as_root():
        assert set(Person.objects.filter(household=home).values_list("name", flat=True)) == {"赵一", "钱二"}
    open_page(page, f"{served.url}/coverage/{found.pk}/{served.world.areas['杨梅村'].code}")
    assert f"还有{COUNT - 1:,}个门不知道住着谁" in page.inner_text("main")
    shown(page, "coverage")
    open_page(page, f"{served.url}/register?area={dormitory.code}")
    shown(page, "register")
    assert not [fault for fault in faults if "422" not in fault]


def test_a_contact_answers_for_a_dormitory(served: Desk):
    page = served.context("邓永福").new_page()
    open_page(page, f"{served.url}/register/collectives/new")
    shown(page, "collective-new")
    page.fill("#id_door", "三号工地宿舍")
    page.fill("#id_contact", "曾工头")
    page.fill("#id_phone", "13812340000")
    page.fill("#id_expected", "12")
    page.fill("#id_roster", "1. 赵一 男 13812340001\n2. 钱二 女\n3. 孙三")
    with page.expect_navigation():
        page.click("button.pri")
    shown(page, "collective")
    found = served.world.campaign("杨梅村")
    with served.world.as_root():
        home = Household.objects.get(kind="collective")
    open_page(page, f"{served.url}/visits/households/{home.pk}?round={found.pk}")
    page.keyboard.press("d")
    page.fill("[name=q_returned_count]", "0")
    shown(page, "visit-collective")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    with served.world.as_root():
        home.refresh_from_db()
        assert home.people.count() == 3
