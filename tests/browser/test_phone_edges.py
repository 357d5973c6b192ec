"""The first and the last screens of a phone, by what a person taps: enrolled by a link, a PIN, locked, wiped, sent down
tonight, handed over; and nothing that a screen reader could not use."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from lianfang.accounts.devices.inviting import admit, invite, open_shift, refuse
from lianfang.accounts.models import Newcomer
from lianfang.core import clock
from tests.browser.phones import Phone, assert_usable
from tests.browser.serving import Desk, chromium, desk
from tests.world import TONIGHT, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
WORKER, PIN, OTHER = "王小红", "246813", "704193"


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    world.campaign()
    with desk(world) as running:
        yield running


@pytest.fixture
def phone(served: Desk) -> Iterator[Phone]:
    # `bypass_csp` lets axe in; the app itself ran under its policy in test_phone_offline.
    small = {"viewport": {"width": 360, "height": 640}, "locale": "zh-CN", "bypass_csp": True}
    context = served.browser.new_context(**small)
    made = Phone(served, context)
    yield made
    assert made.faults == []
    context.close()


def invited(phone: Phone) -> str:
    world = phone.desk.world
    with clock.frozen(TONIGHT):
        return invite(user=world.users[WORKER], giver=world.actor("周敏")).code


def tap_pin(page: Page, pin: str) -> None:
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).click()


def enrolled(phone: Phone) -> Page:
    phone.page.close()
    page = phone.open(f"#i={invited(phone)}")
    page.get_by_role("button", name="用这台手机").click()
    expect(page.get_by_role("heading", name="给这台手机定一个六位PIN")).to_be_visible()
    tap_pin(page, PIN)
    expect(page.get_by_role("heading", name="再输一次")).to_be_visible()
    tap_pin(page, PIN)
    phone.until("field.phase === 'open' && field.head !== null && !field.syncing")
    return page


def at(page: Page, place: str) -> Page:
    page.evaluate("place => { location.hash = place }", place)
    return page


def test_a_used_code_and_weak_or_different_pins_are_refused_with_a_reason(phone: Phone):
    page = phone.page
    page.get_by_label("扫不了").fill("给我进")
    page.get_by_role("button", name="用这台手机").click()
    expect(page.get_by_role("alert")).to_contain_text("不是邀请码")
    assert_usable(page, "invited")

    code = invited(phone)
    page.get_by_label("扫不了").fill(f"{phone.desk.url}/phone/#i={code}")
    page.get_by_role("button", name="用这台手机").click()
    expect(page.get_by_role("heading", name="给这台手机定一个六位PIN")).to_be_visible()
    tap_pin(page, "123456")
    expect(page.get_by_role("alert")).to_contain_text("连着的数")
    page.keyboard.type("111111")
    expect(page.get_by_role("alert")).to_contain_text("六个数一样")
    page.keyboard.type(PIN)
    page.keyboard.type(OTHER)
    expect(page.get_by_role("alert")).to_contain_text("两次不一样")
    assert_usable(page, "set_pin")
    assert phone.do("return field.phase") == "set_pin"

    second = Phone(phone.desk, phone.desk.browser.new_context())
    second.open(f"#i={code}").get_by_role("button", name="用这台手机").click()
    expect(second.page.get_by_role("alert")).to_contain_text("已经用过")
    second.context.close()


def test_locked_it_names_nobody_and_opens_by_the_pin_alone(phone: Phone):
    page = enrolled(phone)
    at(page, "#/me").get_by_role("button", name="锁上").click()
    expect(page.get_by_role("heading", name="输PIN打开")).to_be_visible()
    assert WORKER not in page.inner_text("body")
    assert_usable(page, "locked")
    tap_pin(page, OTHER)
    expect(page.get_by_role("alert")).to_contain_text("还能试4次")
    page.reload()
    expect(page.get_by_text("前面输错过，还能试4次")).to_be_visible()
    assert_usable(page, "locked, with four tries left")
    for left in ("还能试3次", "还能试2次", "还能试1次"):
        tap_pin(page, OTHER)
        expect(page.get_by_role("alert")).to_contain_text(left)
    page.reload()
    expect(page.get_by_text("还能试1次，再错就清空")).to_be_visible()
    page.keyboard.type(PIN)
    expect(page.get_by_role("navigation")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="输PIN打开")).to_be_visible()
    assert "还能试" not in page.inner_text("body")
    page.keyboard.type(PIN)
    expect(page.get_by_role("navigation")).to_be_visible()


def test_five_wrong_pins_wipe_and_what_was_not_sent_is_still_handed_over(phone: Phone):
    page = enrolled(phone)
    phone.context.set_offline(True)
    phone.visit(phone.do("return [...field.doors.keys()][0]"))
    at(page, "#/me").get_by_role("button", name="锁上").click()
    expect(page.get_by_text("1件待传")).to_be_visible()
    for left in (4, 3, 2, 1):
        tap_pin(page, OTHER)
        expect(page.get_by_role("alert")).to_contain_text(f"还能试{left}次")
    tap_pin(page, OTHER)
    expect(page.get_by_role("heading", name="PIN连错五次")).to_be_visible()
    expect(page.get_by_text("还有1件没交")).to_be_visible()
    page.get_by_role("button", name="二维码交").click()
    expect(page.get_by_role("img", name=re.compile(r"二维码，第\d+张，共\d+张"))).to_be_visible()
    assert_usable(page, "wiped")


def test_what_waits_is_listed_and_handed_over_as_a_series_and_as_a_file(phone: Phone):
    page = enrolled(phone)
    phone.context.set_offline(True)
    for door in phone.do("return [...field.doors.keys()].slice(0, 3)"):
        phone.visit(door, outcome="nobody_home")
    at(page, "#/me")
    expect(page.get_by_role("heading", name="没有信号，照常做")).to_be_visible()
    expect(page.get_by_text("没人应门")).to_have_count(3)
    assert_usable(page, "me")
    with page.expect_download() as download:
        page.get_by_role("button", name="文件交").click()
    assert download.value.suggested_filename.endswith(".lianfang")

    page.get_by_role("button", name="二维码交").click()
    picture = page.get_by_role("img", name=re.compile("二维码"))
    expect(picture).to_have_attribute("aria-label", re.compile(r"第1张，共[2-9]张"))
    expect(picture).to_have_attribute("aria-label", re.compile("第2张"), timeout=4_000)  # by itself
    page.get_by_role("button", name="上一张").click()
    expect(picture).to_have_attribute("aria-label", re.compile("第1张"))
    assert_usable(page, "series")


@pytest.mark.parametrize("accepted", [True, False])
def test_a_newcomer_asks_and_the_leader_decides(phone: Phone, accepted: bool):
    world = phone.desk.world
    leader = world.actor("邓永福")
    with clock.frozen(TONIGHT):
        code = open_shift(
            area=world.areas["杨梅村"], works_until=TONIGHT + dt.timedelta(hours=6), giver=leader
        ).code
    phone.page.close()
    page = phone.open(f"#i={code}")
    page.get_by_role("button", name="用这台手机").click()
    expect(page.get_by_text("邓永福")).to_be_visible()
    page.get_by_role("button", name="请带队的人同意").click()
    expect(page.get_by_role("alert")).to_have_count(2)
    assert_usable(page, "newcomer")
    page.get_by_label("您的姓名").fill("林小满")
    page.get_by_label("后四位").fill("2044")
    page.get_by_role("button", name="请带队的人同意").click()
    expect(page.get_by_role("heading", name="等带队的人同意")).to_be_visible()
    assert_usable(page, "waiting")
    page.reload()  # the phone was put away meanwhile
    expect(page.get_by_role("heading", name="等带队的人同意")).to_be_visible()
    expect(page.get_by_text("邓永福")).to_be_visible()
    expect(page.get_by_text("杨梅村")).to_be_visible()

    with clock.frozen(TONIGHT), world.as_root():
        (admit if accepted else refuse)(newcomer_id=Newcomer.objects.get().pk, giver=leader)
    words = "给这台手机定一个六位PIN" if accepted else "带队的人没有同意"
    expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=12_000)


def test_the_lists_the_card_and_the_practice_door_which_sends_nothing(phone: Phone):
    page = enrolled(phone)
    for part in ("confirmed", "waiting", "refused"):
        at(page, f"#/me/{part}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("0件")
        assert_usable(page, part)
    at(page, "#/card")
    expect(page.get_by_text("120")).to_be_visible()
    assert_usable(page, "card")

    at(page, "#/practice")
    expect(page.get_by_text("练习，不上报")).to_be_visible()
    page.get_by_role("button", name="全家在家").click()
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="照样保存").click()
    expect(page.get_by_role("dialog", name="练好了")).to_contain_text("3人见到，2张表")
    assert phone.counts() == {"confirmed": 0, "waiting": 0, "refused": 0}


def test_night_large_type_and_english_are_chosen_and_kept(phone: Phone):
    page = enrolled(phone)
    at(page, "#/me")
    page.get_by_role("switch", name="大字").click()
    page.get_by_role("switch", name="夜里用").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Everything is sent")).to_be_visible()
    assert_usable(page, "me in English, large, at night")
    page.reload()
    expect(page.get_by_role("heading", name="Enter the PIN")).to_be_visible()
    assert page.evaluate(
        "[document.documentElement.dataset.size, document.documentElement.dataset.theme]"
    ) == ["large", "night"]
