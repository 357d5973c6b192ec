"""A department's table dropped on the page, confirmed by the keyboard, approved by another, filled and asked on."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from lianfang.campaigns.models import Campaign
from lianfang.reports.models import DepartmentTable
from lianfang.reports.tests.department_files import daily, roster
from lianfang.reports.tests.department_tables import registered
from lianfang.reports.tests.evenings import worked
from tests.browser.serving import Desk, chromium, desk, listen, picture
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
LOOKS = os.environ.get("LIANFANG_PICTURES", "")  # a folder, where somebody wants to look at the pages
DROP = """([content, name]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  const zone = document.querySelector("[data-drop-zone]");
  for (const kind of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    worked(world)
    with desk(world) as running:
        yield running


def look(served: Desk, name: str, address: str, called: str) -> None:
    if not LOOKS:
        return
    for size, (width, height) in {"desk": (1440, 900), "phone": (390, 844)}.items():
        context = served.context(name, viewport={"width": width, "height": height})
        picture(context, f"{served.url}{address}", Path(LOOKS), f"{called}-{size}")
        context.close()


def faults_of(page: Page) -> list[str]:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    listen(page, faults)
    return faults


def test_from_a_dropped_file_to_the_next_visit(served: Desk):
    officer, lead = served.context("周敏").new_page(), served.context("刘志远").new_page()
    faults = faults_of(officer)
    look(served, "周敏", "/tables", "empty")
    officer.goto(f"{served.url}/tables")
    with officer.expect_navigation(url="**/columns"):
        officer.evaluate(DROP, [base64.b64encode(daily("学生数")).decode(), "日报.xlsx"])
    number = DepartmentTable.objects.get().pk
    look(served, "周敏", f"/tables/{number}/columns", "columns")
    officer.focus("#id_department")
    officer.keyboard.insert_text("县教育局")
    officer.select_option("#id_purpose", "vector_control")
    officer.focus("#id_hours")
    officer.keyboard.insert_text("7:30 16:00")
    officer.focus("input[name=c-s0-7]")  # 学生数: nobody knows that yet, but their ages are known
    officer.keyboard.insert_text("6到15岁")
    with officer.expect_navigation():
        officer.keyboard.press("Enter")
    assert officer.inner_text("h1") == "武冈市疫情防控排查情况日报表"
    lead.goto(f"{served.url}/tables/{number}")
    look(served, "刘志远", f"/tables/{number}", "approve")
    with lead.expect_navigation():
        lead.click("button:has-text('批准')")
    township = served.context("戴春燕").new_page()
    township.goto(f"{served.url}/tables/{number}")
    with township.expect_navigation():
        township.click("button:has-text('现在填一次')")
    with township.expect_download() as download:
        township.click("a:has-text('下载')")
    assert download.value.suggested_filename.startswith("武冈市疫情防控排查情况日报表-司马冲镇-")
    officer.goto(f"{served.url}/tables/{number}")
    look(served, "周敏", f"/tables/{number}", "table")
    with officer.expect_navigation():
        officer.click("button:has-text('加到下次上门')")
    assert "已加到下次上门" in officer.inner_text("body")
    assert Campaign.objects.filter(purpose="vector_control").count() == 1
    look(served, "周敏", f"/tables/{number}", "asked-on")
    look(served, "周敏", "/tables", "list")
    look(served, "邓永福", "/asked/430581107221", "asked")
    look(served, "周敏", "/figures/430581", "figures")
    assert faults == []


def test_another_possibility_is_one_press_away(served: Desk):
    table = registered(served.world, roster("疫苗接种几剂"), file="名册.xlsx")
    page = served.context("周敏").new_page()
    faults = faults_of(page)
    page.goto(f"{served.url}/tables/{table.pk}/columns")
    look(served, "周敏", f"/tables/{table.pk}/columns", "roster")
    buttons = page.locator("[data-say]")
    if buttons.count():
        said = buttons.first.inner_text()
        name = buttons.first.get_attribute("data-say")
        buttons.first.click()
        assert page.input_value(f"input[name={name}]") == said
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert faults == []
