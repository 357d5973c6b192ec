"""A form out of a header row by the keyboard alone, in far less than a minute of keys."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from lianfang.campaigns.models import Visit
from lianfang.questions.models import Form, Question
from tests.browser.phones import Phone
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
HEADER = "\t".join(
    (
        "序号",
        "户主姓名",
        "家庭住址",
        "联系电话",
        "是否养犬",
        "养犬数量（只）",
        "饮水来源（自来水/井水/山泉水）",
        "最近一次消毒日期",
        "民族",
        "备注",
    )
)


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    with desk(build()) as running:
        yield running


def page_of(served: Desk, name: str, faults: list[str]) -> Page:
    page = served.context(name).new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)
    return page


def make_form(page: Page, url: str, header: str, title: str) -> None:
    """By keys, until the page of the form that is made."""
    page.goto(f"{url}/forms/new")
    page.wait_for_function("document.activeElement.id === 'id_purpose'")
    page.keyboard.press("ArrowDown")  # 入户排查, the first
    page.keyboard.press("Tab")
    page.keyboard.insert_text(header)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.wait_for_function("document.activeElement.id === 'id_title'")
    page.keyboard.insert_text(title)
    for _ in range(3):  # 用途, 家人可以代答, 同意新建
        page.keyboard.press("Tab")
    with page.expect_response(lambda answer: answer.url.endswith("/check")):
        page.keyboard.press("Space")
    page.wait_for_selector("#check .phone .seg")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")


def test_a_form_out_of_a_pasted_header_without_a_mouse(served: Desk):
    faults: list[str] = []
    page = page_of(served, "周敏", faults)
    began = time.monotonic()
    make_form(page, served.url, HEADER, "养犬饮水摸底")
    assert time.monotonic() - began < 60
    assert page.inner_text("h1") == "养犬饮水摸底"
    assert faults == []
    with served.world.acting("周敏"):
        form = Form.objects.latest("pk")
        asked = [Question.objects.get(key=item["question"]).definition for item in form.definition["items"]]
    assert [(each["label"]["zh-Hans"], each["type"], each["about"]) for each in asked] == [
        ("是否养犬", "boolean", "household"),
        ("养犬数量", "integer", "household"),
        ("饮水来源", "choice", "household"),
        ("最近一次消毒日期", "date", "household"),
    ]


def done_of(page: Page) -> list[int]:
    """应排查 and 已排查 of the newest round, as the campaign's page says them."""
    said = re.sub(r"\s+", " ", page.inner_text(".eq >> nth=0"))
    return [int(re.search(rf"{name} (\d+)", said)[1]) for name in ("应排查", "已排查")]


def test_from_a_pasted_header_to_a_figure_by_way_of_a_desk_and_a_phone(served: Desk):
    """A form that did not exist this evening is asked at two doors, and the county counts both."""
    faults: list[str] = []
    county = page_of(served, "周敏", faults)
    make_form(county, served.url, "户主姓名\t是否养犬\t养犬数量（只）", "养犬摸底")
    county.click("text=用这张表下达任务")
    county.wait_for_function("document.activeElement.id === 'id_name'")
    county.fill("#id_name", "养犬摸底")
    county.fill("#id_department", "畜牧局")
    village = county.locator("#id_area option", has_text="杨梅村").get_attribute("value")
    county.select_option("#id_area", village)
    with county.expect_navigation():
        county.locator("#declare button.pri").click()
    due, done = done_of(county)
    assert (due > 1, done) == (True, 0)

    at_desk, on_phone = (served.world.households[f"杨梅村/1组/{number}"].pk for number in (1, 2))
    door = page_of(served, "王小红", faults)
    open_page(door, f"{served.url}/visits/households/{at_desk}")
    door.keyboard.press("a")
    door.get_by_role("radiogroup", name="是否养犬").get_by_text("是").click()
    door.get_by_label("养犬数量").fill("2")
    with door.expect_navigation():
        door.keyboard.press("Control+Enter")

    context = served.browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    phone = Phone(served, context)
    phone.enrol("王小红")
    home = phone.do("return field.doors.get(given).door.head", on_phone)
    phone.page.locator(".line", has_text=home).first.click()
    phone.page.click("text=全家在家")
    for title, answer in (("是否养犬", "否"), ("养犬数量", "0")):
        phone.page.get_by_role("group", name=title).get_by_role("button", name=answer, exact=True).click()
    phone.page.locator(".foot .btn.pri").click()
    phone.until("field.counts.confirmed === 1 && field.counts.waiting === 0")

    county.reload()
    assert done_of(county) == [due, 2]
    assert faults + phone.faults == []
    context.close()
    with served.world.as_root():
        answers = [list(visit.answers.values()) for visit in Visit.objects.order_by("id")]
    assert answers == [[True, 2], [False, 0]]
