"""A household of five, typed at the desk with the keyboard alone."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianfang.campaigns.models import Target, Visit
from lianfang.core.models import AuditRow
from lianfang.intake.tests.test_operations import operation, send
from lianfang.register.models import Person
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
HOME = "杨梅村/1组/1"
SECONDS_A_KEY = 0.5  # of somebody who looks at a paper sheet between the keys
MOST_SECONDS = 30


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    with world.as_root():
        home = world.households[HOME]
        for name, relation, year in (("舒桂英", "parent", 1951), ("舒子轩", "child", 2019)):
            Person.objects.create(
                household=home,
                area_path=home.area_path,
                name=name,
                relation=relation,
                birth_on=dt.date(year, 3, 1),
            )
    with desk(world) as running:
        yield running


def test_a_household_of_five_in_under_thirty_seconds(served: Desk, tmp_path: Path):
    world = served.world
    found = world.campaign()
    page = served.context("邓永福").new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)
    open_page(page, f"{served.url}/visits/households/{world.households[HOME].pk}?round={found.pk}")
    pressed = 0
    started = time.monotonic()

    def press(*keys: str) -> None:
        nonlocal pressed
        for key in keys:
            page.keyboard.press(key)
            pressed += 1

    press("1", "1", "3")  # head and wife are there, the child is not
    for char in "东莞":
        page.keyboard.insert_text(char)
        pressed += 4  # pinyin and a choice
    press("Enter", "0", "8", "2", "0", "Enter")  # back on 20 August
    press("2", "1")  # the grandmother was answered for, the little one seen
    press("0", "Enter")  # nobody came back from elsewhere
    press("1")  # lives in their own house
    press("2", "4", "Enter")  # medicine, and somebody to look after them
    if folder := os.environ.get("LIANFANG_PICTURES"):
        page.screenshot(path=Path(folder) / "visit-filled.png")
    press("Enter")  # save
    page.wait_for_url(f"**/visits/households/{world.households['杨梅村/1组/2'].pk}?round={found.pk}")
    machine = time.monotonic() - started
    assert faults == []
    assert pressed <= 32, pressed
    assert pressed * SECONDS_A_KEY + machine < MOST_SECONDS
    with world.as_root():
        visit = Visit.objects.get()
        assert visit.answers == {
            "returned_count": 0,
            "dwelling_state": "owner",
            "household_needs": ["medicine", "care"],
        }
        assert list(visit.lines.order_by("person_id").values_list("presence", flat=True)) == [
            "seen",
            "seen",
            "away",
            "answered_for",
            "seen",
        ]
        assert Target.objects.get(round=found, household_id=visit.household_id).state == "done"
        assert AuditRow.objects.filter(action="look", object_kind="visit").exists()


def test_all_at_home_is_eight_keys(served: Desk):
    world = served.world
    found = world.campaign()
    page = served.context("王小红").new_page()
    open_page(page, f"{served.url}/visits/households/{world.households[HOME].pk}?round={found.pk}")
    for key in ("a", "0", "Enter", "1", "1", "Enter", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/visits/households/{world.households['杨梅村/1组/2'].pk}?round={found.pk}")
    with world.as_root():
        assert Target.objects.get(round=found, household_id=world.households[HOME].pk).state == "done"


def test_nobody_at_home_is_typed_and_the_hour_to_come_again(served: Desk):
    world = served.world
    found = world.campaign()
    page = served.context("王小红").new_page()
    open_page(page, f"{served.url}/visits/households/{world.households[HOME].pk}?round={found.pk}")
    for key in ("0", "Enter", *"1930", "Enter", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/visits/households/{world.households['杨梅村/1组/2'].pk}?round={found.pk}")
    with world.as_root():
        visit = Visit.objects.get()
        assert (visit.outcome, visit.lines.count()) == ("nobody_home", 0)
        assert visit.back_at is not None


def test_nothing_stands_alone(served: Desk):
    """没有 takes the others off, and any other takes it off: the server would refuse them together."""
    found = served.world.campaign()
    page = served.context("王小红").new_page()
    open_page(page, f"{served.url}/visits/households/{served.world.households[HOME].pk}?round={found.pk}")
    needs = page.locator("[data-many]").first
    chosen = "els => els.filter(e => e.checked).map(e => e.value)"
    needs.locator("input").first.focus()
    for key, left in (("2", ["medicine"]), ("4", ["medicine", "care"]), ("1", ["none"]), ("2", ["medicine"])):
        page.keyboard.press(key)
        assert needs.locator("input").evaluate_all(chosen) == left


def test_the_page_fits_a_phone(served: Desk):
    world = served.world
    found = world.campaign()
    context = served.context("王小红", viewport={"width": 390, "height": 844})
    page = context.new_page()
    open_page(page, f"{served.url}/visits/households/{world.households[HOME].pk}?round={found.pk}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if folder := os.environ.get("LIANFANG_PICTURES"):
        page.screenshot(path=Path(folder) / "visit-phone.png", full_page=True)


def test_without_script_the_form_still_works(served: Desk):
    world = served.world
    found = world.campaign()
    page = served.context("王小红", java_script_enabled=False).new_page()
    open_page(page, f"{served.url}/visits/households/{world.households[HOME].pk}?round={found.pk}")
    for row in page.locator("[data-row]").all():
        row.locator("label", has_text="见到").first.click()
    page.locator("[name=q_returned_count]").fill("0")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(f"**/visits/households/{world.households['杨梅村/1组/2'].pk}?round={found.pk}")
    with world.as_root():
        assert Visit.objects.get().answers == {"returned_count": 0}


def test_pictures_of_the_queue_and_of_a_door_tried_before(served: Desk):
    """Nothing throws and nothing overflows; with LIANFANG_PICTURES the pages can be looked at."""
    world = served.world
    found = world.campaign()
    with world.acting("王小红"):
        first = operation(world, outcome="nobody_home", lines=[], answers={}, note="邻居说晚饭后在")
        bad = operation(world, "杨梅村/1组/2", answers={"returned_count": 99})
        send(world, first, bad)
    faults: list[str] = []
    door = f"visits/households/{world.households[HOME].pk}?round={found.pk}"
    for theme in ("light", "dark"):
        context = served.context("邓永福")
        context.add_cookies([{"name": "theme", "value": theme, "url": served.url}])
        for name, address in (("door", door), ("held", "held"), ("held-one", f"held/{bad.op_id}")):
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            open_page(page, f"{served.url}/{address}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 1440
            if folder := os.environ.get("LIANFANG_PICTURES"):
                page.screenshot(path=Path(folder) / f"{name}-{theme}.png")
    assert faults == []
