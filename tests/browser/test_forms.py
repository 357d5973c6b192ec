"""A form out of a header row by the keyboard alone, in far less than a minute of keys."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lianfang.questions.models import Form, Question
from tests.browser.serving import Desk, chromium, desk
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


def test_a_form_out_of_a_pasted_header_without_a_mouse(served: Desk):
    page = served.context("周敏").new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{served.url}/forms/new")
    page.wait_for_function("document.activeElement.id === 'id_purpose'")
    began = time.monotonic()
    page.keyboard.press("ArrowDown")  # 入户排查, the first
    page.keyboard.press("Tab")
    page.keyboard.insert_text(HEADER)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.wait_for_function("document.activeElement.id === 'id_title'")
    page.keyboard.insert_text("养犬饮水摸底")
    for _ in range(3):  # 用途, 家人可以代答, 同意新建4项
        page.keyboard.press("Tab")
    with page.expect_response(lambda answer: answer.url.endswith("/check")):
        page.keyboard.press("Space")
    page.wait_for_selector("#check .phone .seg")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
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
