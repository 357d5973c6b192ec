"""A household's events by the keyboard, and on the width of a phone: nothing is cut off, nothing scrolls sideways."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianfang.register.models import LifeEvent, Person
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
HOME = "杨梅村/1组/1"
FORMS = ("in", "out", "born", "died", "split", "head")
PICTURES = os.environ.get("LIANFANG_PICTURES", "")  # a folder: then what is tested is also photographed


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    with desk(build()) as running:
        yield running


def test_events_without_a_mouse_and_on_a_narrow_screen(served: Desk):
    home = served.world.households[HOME].pk
    context = served.context("邓永福")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)

    open_page(page, f"{served.url}/register/households/{home}/life/born")
    page.keyboard.insert_text("易念")  # the cursor stands in the name
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "易念" in page.inner_text("main")

    open_page(page, f"{served.url}/register/households/{home}/life/died")
    page.keyboard.press("Space")  # the head, on whom the cursor stands
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    said = page.inner_text(".err")
    assert "新户主" in said
    photograph(page, "died-wants-a-head")
    page.focus("#id_head")
    with page.expect_navigation():
        page.click("button.pri")  # whom the form suggests
    with served.world.as_root():
        assert sorted(LifeEvent.objects.values_list("kind", "side")) == [
            ("born", "came"),
            ("died", "left"),
            ("died", "stayed"),
        ]
        assert Person.objects.get(household_id=home, relation="head", is_current=True).name.endswith("桂花")

    open_page(page, f"{served.url}/register/households/{home}/life/out")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.fill("#id_door", "老屋")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    pages = [f"/register/households/{home}?day=2026-08-07", "/register/changes"]
    pages += [f"/register/households/{home}/life/{what}" for what in FORMS]
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for address in pages:
            open_page(page, served.url + address)
            sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert sideways <= 0, (address, width)
            photograph(page, f"{address.split('?')[0].strip('/').replace('/', '-')}-{width}")
    assert [fault for fault in faults if "400" not in fault] == []


def photograph(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
