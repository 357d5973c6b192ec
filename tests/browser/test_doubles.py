"""Pairs that may be one person, by the keyboard alone: one person, two people, taken back."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lianfang.core import clock
from lianfang.register.doubles import finding
from lianfang.register.models import Double, Person
from lianfang.register.rules import check_digit
from lianfang.register.tests.pairs import FAR, HERE, THERE, copy_of, spread_birthdays
from lianfang.register.tokens import refresh_tokens
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import TONIGHT, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
PICTURES = os.environ.get("LIANFANG_PICTURES")  # a folder: how the pages look


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    spread_birthdays(world)
    with world.as_root(), clock.frozen(TONIGHT):
        made = []
        for n, person in enumerate(world.people(HERE)):
            first = f"430581{person.birth_on:%Y%m%d}45{2 * n + (person.sex == 'male')}"
            person.id_number, person.phone = first + check_digit(first), "13807392076"
            person.save()
            refresh_tokens([person.pk])
            changed = {"id_number": None, "name": person.name[:2] + "墙"} if n == 0 else {"phone": None}
            made.append(copy_of(world, person, THERE, **changed).pk)
        made.append(copy_of(world, world.people(HERE)[0], FAR).pk)
        finding.find_for(person_ids=made, by=None)
    with desk(world) as running:
        yield running


def test_pairs_are_settled_without_a_mouse(served: Desk):
    page = served.context("邓永福").new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)
    open_page(page, f"{served.url}/register/doubles")
    page.wait_for_selector("#search button")
    assert "另有" in page.inner_text("#search")
    look(served, page, "list")
    with page.expect_navigation():
        page.click("text=从第一对开始核")
    first = page.url

    def press(key: str) -> None:
        with page.expect_navigation():
            page.keyboard.press(key)

    press("j")
    assert page.url != first
    press("k")
    assert page.url == first
    look(served, page, "pair")
    press("s")  # one person: on to the next pair
    assert states(served) == {"merged": 1, "open": 4}
    press("d")  # two people
    assert states(served)["different"] == 1
    look(served, page, "undo")
    press("u")  # no: back to waiting
    assert "different" not in states(served)
    open_page(page, first.split("?")[0])
    press("u")  # the merge as well
    assert states(served) == {"open": 5}
    with served.world.as_root():
        assert not Person.objects.filter(is_current=False).exists()
    assert faults == []


def states(served: Desk) -> dict[str, int]:
    found: dict[str, int] = {}
    with served.world.as_root():
        for state in Double.objects.values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
    return found


def look(served: Desk, page, name: str) -> None:
    if not PICTURES:
        return
    page.screenshot(path=f"{PICTURES}/{name}-1440.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=f"{PICTURES}/{name}-390.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})
