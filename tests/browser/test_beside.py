"""The demo's five seconds that matter: a door answered without a network, the page killed, the receipt, the number that
falls at the desk beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings
from playwright.sync_api import Frame, Page

from lianfang.accounts.models import User
from lianfang.demo import phones
from tests.browser.phones import FIELD, PIN
from tests.browser.serving import Desk, chromium, desk
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    world.campaign()
    User.objects.filter(pk=world.users["王小红"].pk).update(username=phones.USERNAME)
    with override_settings(DEMO=True), desk(world) as running:
        yield running


def phone_of(page: Page, phase: str) -> Frame:
    """The frame of the phone, as soon as its app stands in this phase."""
    page.wait_for_function(
        f"""() => {{ const frame = document.getElementById('phone');
          const app = frame.contentDocument && frame.contentDocument.querySelector('#app');
          if (!app || !app.__vue_app__) return false;
          const given = app.__vue_app__._context.provides;
          const field = given[Object.getOwnPropertySymbols(given).find(each => each.description === 'field')];
          return field.phase === '{phase}' && (field.phase !== 'open' || (field.head && !field.syncing)); }}"""
    )
    return next(frame for frame in page.frames if "/phone/" in frame.url)


def test_an_answer_leaves_the_phone_and_arrives_at_the_desk(served: Desk):
    page = served.context("邓永福").new_page()
    page.goto(f"{served.url}/demo/beside")
    open_doors = page.frame_locator("#desk").locator(".eq").first
    before = open_doors.inner_text()
    phone = phone_of(page, "invited")
    phone.evaluate(
        f"pin => (async field => {{ await field.enrol(field.invitation); await field.set_pin(pin) }})(({FIELD})())",
        PIN,
    )
    phone = phone_of(page, "open")

    page.click("#network")
    phone.locator(".line").first.click()
    phone.click("text=全家在家")
    for seg in phone.locator(".question .seg, .question .choices").all():
        seg.locator("button").first.click()
    phone.locator(".foot .btn.pri").click()
    page.click("#reopen")
    phone = phone_of(page, "locked")
    phone.evaluate(f"pin => ({FIELD})().unlock(pin)", PIN)
    phone.wait_for_function(f"() => ({FIELD})().counts.waiting === 1 && ({FIELD})().counts.confirmed === 0")
    assert open_doors.inner_text() == before

    page.click("#network")
    phone.wait_for_function(f"() => ({FIELD})().counts.confirmed === 1 && ({FIELD})().counts.waiting === 0")
    page.wait_for_function(
        "before => document.getElementById('desk').contentDocument.querySelector('.eq')?.innerText !== before",
        arg=before,
    )
