"""A lead gives somebody a phone, and takes in who is sent down tonight: the pages notice by themselves."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianfang.accounts.devices.enrolling import PhoneFacts, add_device
from lianfang.accounts.models import Device
from lianfang.core import clock
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import TONIGHT, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
PICTURES = os.environ.get("LIANFANG_PICTURES", "")  # a folder: then what is tested is also photographed


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    with desk(build()) as running:
        yield running


def photograph(page, name):
    if not PICTURES:
        return
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def fits(page):
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})


def some_phones(world):
    with clock.frozen(TONIGHT):
        for name, minutes, said in (
            ("王小红", 94, {"waiting_count": 2, "last_seq": 41, "stored_count": 39}),
            ("曾祥林", 3, {"last_seq": 57, "stored_count": 57, "refused_count": 1}),
            ("曾祥林", 280, {"last_seq": 12, "stored_count": 12}),
            ("邓永福", 1, {"last_seq": 3, "stored_count": 3}),
        ):
            made = add_device(
                user=world.users[name],
                phone=PhoneFacts("HONOR X50 · Chrome 131", "1.0.3"),
                works_until=None,
                by=None,
            )
            heard = TONIGHT - dt.timedelta(minutes=minutes)
            Device.objects.filter(pk=made.device.pk).update(
                last_contact_at=heard, enrolled_at=TONIGHT - dt.timedelta(days=3), **said
            )
    Device.objects.filter(user=world.users["曾祥林"], refused_count=0).update(
        revoked_at=TONIGHT, revoked_by=world.users["邓永福"], revoked_reason="手机丢了"
    )


def test_a_lead_invites_a_phone_and_sees_it_arrive(served: Desk):
    some_phones(served.world)
    context = served.context("邓永福")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)

    open_page(page, f"{served.url}/devices")
    assert "2 待传" in page.inner_text("main") or "没交齐" in page.inner_text("main")
    photograph(page, "devices")
    fits(page)
    page.click("text=邀请一台手机")
    photograph(page, "invite")
    fits(page)
    page.click("button[aria-label='给王小红邀请码']")
    page.wait_for_selector(".scan-code svg")
    photograph(page, "invitation")
    fits(page)
    before = page.inner_text("[data-left]")
    page.wait_for_function(
        "before => document.querySelector('[data-left]').textContent !== before", arg=before
    )
    code = page.get_attribute("[data-copy]", "data-copy").partition("#i=")[2]
    said = {"code": code, "name": "Redmi Note 12 · Chrome 131", "app": "1.0.3", "contract": 1}
    assert context.request.post(f"{served.url}/api/v1/devices/enrol", data=said).status == 200
    page.wait_for_selector("text=已扫码登记")
    assert page.query_selector(".scan-code") is None, "a used code is not shown"
    page.click("text=看这台手机")
    photograph(page, "device")
    fits(page)
    page.fill("#id_reason", "手机丢了")
    page.click("button:has-text('停用'):not(:has-text('恢复'))")
    page.wait_for_selector("text=已停用，清空了没有还不知道")
    photograph(page, "device-revoked")
    page.click("button:has-text('恢复')")
    page.wait_for_selector("text=已恢复，照常能用")
    assert faults == []


def test_a_newcomer_asks_and_is_taken_in_with_one_tap(served: Desk):
    context = served.context("邓永福")
    page = context.new_page()
    open_page(page, f"{served.url}/devices/tonight")
    photograph(page, "shifts-empty")
    fits(page)
    page.click("text=开班，出二维码")
    page.wait_for_selector(".scan-code svg")
    code = page.get_attribute("[data-copy]", "data-copy").partition("#i=")[2]
    phone = served.browser.new_context()

    def asks(name, last4):
        person = {"name": name, "last4": last4}
        said = {
            "code": code,
            "name": "HUAWEI nova 11 · Chrome 131",
            "app": "1.0.3",
            "contract": 1,
            "person": person,
        }
        answer = phone.request.post(f"{served.url}/api/v1/devices/enrol", data=said)
        return answer.json()["ticket"]

    ticket = asks("陈志强", "4821")
    page.wait_for_selector("text=尾号4821")  # by itself, within two seconds
    asks("李春燕", "0093")
    page.wait_for_selector("text=尾号0093")
    photograph(page, "shift")
    fits(page)
    page.click("li:has-text('陈志强') button:has-text('同意'):not(:has-text('不'))")
    page.wait_for_selector("text=已加入1人")
    answer = phone.request.post(f"{served.url}/api/v1/devices/ticket", data={"ticket": ticket})
    assert answer.json()["user"]["name"] == "陈志强"
    page.wait_for_selector("text=手机在用")
    asks("陈志强", "4821")
    page.wait_for_selector("text=同名同尾号的人加入过")
    photograph(page, "shift-joined")
    fits(page)
    page.click("text=不再收人")
    page.wait_for_selector("text=又可以扫码加入了", state="detached")
    page.click("button:has-text('再收人')")
    page.wait_for_selector(".scan-code svg")
    open_page(page, f"{served.url}/devices/tonight")
    photograph(page, "shifts")
    fits(page)


def test_the_evening_s_page_names_who_is_behind_by_itself(served: Desk):
    some_phones(served.world)
    served.world.campaign()
    page = served.context("邓永福").new_page()
    open_page(page, f"{served.url}/close/430581107221")
    page.wait_for_selector("text=王小红 2 待传，今天19:31最后联系")
    photograph(page, "close")
    fits(page)
    page.click("text=看清单")
    page.wait_for_selector("text=没交齐")
