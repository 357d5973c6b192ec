"""The queue of unread addresses by the keyboard alone: choose, seek, learn, undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lianfang.areas.models import AreaAlias
from lianfang.register import importing
from lianfang.register.models import UnreadAddress
from lianfang.register.unread.operations import Unread, note_unread
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
LAKE, CLOUD, STREET = "佘湖山社区3组12号", "云十村2组", "外县老街"


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    with world.acting("周敏"):
        file = importing.keep_file(content=b"-", name="表.xlsx", county=world.areas["武冈市"], by=None)
        rows = [Unread("表1", row, LAKE, ["430581107222"]) for row in (3, 4, 5)]
        rows += [Unread("表1", row, CLOUD) for row in (6, 7)] + [Unread("表1", 8, STREET)]
        note_unread(file=file, unread=rows, neighbours={("表1", 3): {"430581107221": 4}})
    with desk(world) as running:
        yield running


def test_three_addresses_without_a_mouse(served: Desk):
    page = served.context("周敏").new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)
    open_page(page, f"{served.url}/register/addresses")

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def shown() -> str:
        return page.inner_text("#h-text")

    assert shown() == LAKE
    press("2")  # 杨梅村, where four rows around it lie
    press("l")
    with page.expect_navigation():
        press("Enter")
    assert shown() == CLOUD
    press("f")
    page.keyboard.insert_text("泉塘")
    press("Enter")
    with page.expect_navigation():
        press("Enter")
    assert shown() == STREET
    with page.expect_navigation():
        press("x")
    with page.expect_navigation():
        press("u")  # that was a slip
    assert shown() == STREET
    with page.expect_navigation():
        press("s")
    assert faults == []
    with served.world.acting("周敏"):
        answered = {
            each.text: (each.state, each.answer and each.answer.name) for each in UnreadAddress.objects.all()
        }
        assert answered == {
            LAKE: ("read", "杨梅村"),
            CLOUD: ("read", "泉塘村"),
            STREET: ("set_aside", None),
        }
        assert [alias.text for alias in AreaAlias.objects.all()] == ["佘湖山社区"]


def test_a_click_on_the_map_chooses(served: Desk):
    page = served.context("周敏").new_page()
    open_page(page, f"{served.url}/register/addresses")
    page.click('[data-pick="430581101201"]')
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with served.world.acting("周敏"):
        assert UnreadAddress.objects.get(state="read").answer.name == "泉塘村"


def test_without_script_the_form_works(served: Desk):
    page = served.context("周敏", java_script_enabled=False).new_page()
    open_page(page, f"{served.url}/register/addresses")
    page.select_option("[data-villages]", "430581101201")
    page.click("button[value=read]")
    with served.world.acting("周敏"):
        assert UnreadAddress.objects.get(state="read").answer.name == "泉塘村"
