"""A list from above, once through: pasted from a chat, and as an Excel file; sorted, decided, sent, rung, answered,
confirmed on both levels, given back. Each by the one who does it, in a browser of their own."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from playwright.sync_api import Page

from lianfang.core.scope import Scope
from lianfang.register.tests.pairs import an_id, spread_birthdays
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.models import PushedRow
from tests.browser.serving import Desk, chromium, desk, listen, open_page
from tests.world import World, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
NUMBER, PHONE = an_id("43058119870312451"), "13807392076"
AWAY, LOST = an_id("43050219600101117"), an_id("43050219700101118")
HEADER = ("序号", "姓名", "身份证号码", "联系电话", "现住址")
ROWS = (
    (1, "易国强", NUMBER, PHONE, "武冈市司马冲镇杨梅村1组"),
    (2, "易国強", "", PHONE, ""),  # one sign otherwise: somebody has to look
    (3, "欧阳远", AWAY, "13907390002", "湖北省武汉市洪山区珞喻路1号"),
    (4, "欧阳无址", LOST, "13907390003", ""),
)
CHAT = """#接龙
同车人员，请各村核
1. 陈大山 13907390001 司马冲镇田心村1组"""


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    spread_birthdays(world)
    with world.as_root():
        one = world.people("杨梅村/1组/1")[0]
        one.name, one.id_number, one.phone = "易国强", NUMBER, PHONE
        one.initials, one.sex, one.birth_on = "ygq", "male", dt.date(1987, 3, 12)
        one.save()
        refresh_tokens([one.pk])
    with desk(world) as running:
        yield running


def workbook() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet("名单")
    page.write(0, 0, "G6031次同车人员")
    for number, row in enumerate((HEADER, *ROWS), 1):
        for place, said in enumerate(row):
            page.write(number, place, said)
    book.close()
    return out.getvalue()


def press(page: Page, words: str) -> None:
    """A button of the page, and the page that comes of it."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=words, exact=False).first.click()


def said(page: Page) -> str:
    return page.inner_text("main")


def row_named(world: World, name: str, number: str) -> PushedRow:
    with world.as_root() as scope:
        return _row(scope, name, number)


def _row(scope: Scope, name: str, number: str) -> PushedRow:
    return PushedRow.objects.get(scope.q(), name=name, list__number=number)


class Walk:
    """One window for each of the cast; what a page complains of is kept."""

    def __init__(self, served: Desk) -> None:
        self.served, self.faults, self.pages = served, list[str](), dict[str, Page]()

    def page(self, name: str, **options: object) -> Page:
        if name not in self.pages:
            page = self.pages[name] = self.served.context(name, **options).new_page()
            page.on("pageerror", lambda error: self.faults.append(str(error)))
            listen(page, self.faults)
        return self.pages[name]

    def go(self, name: str, path: str, **options: object) -> Page:
        page = self.page(name, **options)
        page.goto(self.served.url + path)
        return page


def take_in(page: Page, number: str, *, file: bytes = b"", text: str = "") -> str:
    open_page(page, page.url)
    if file:
        page.set_input_files("#id_file", {"name": "名单.xlsx", "mimeType": "", "buffer": file})
    else:
        page.fill("textarea[name=text]", text)
    for field, value in (("number", number), ("sender", "省专班"), ("title", "G6031次同车人员")):
        page.fill(f"#id_{field}", value)
    press(page, "收下")
    return page.url


def test_a_list_goes_down_to_the_worker_and_back_to_its_sender(served: Desk, tmp_path: Path):
    walk, world = Walk(served), served.world

    zhou = walk.go("周敏", "/lists/new")
    address = take_in(zhou, "0807-1", file=workbook())
    assert "4条" in said(zhou)
    assert NUMBER not in said(zhou)
    press(zhou, "分拣")
    assert "还剩4小时" in said(zhou)
    if (second := row_named(world, "易国強", "0807-1")).state == "deciding":
        zhou.goto(f"{address}/decide")
        with zhou.expect_navigation():
            zhou.keyboard.press("1")  # 是这个人
        second.refresh_from_db()
    zhou.goto(f"{address}/desk")
    zhou.locator("tr", has_text="欧阳无址").locator("input[name=area]").fill("430581107221")
    press(zhou, "定")
    zhou.goto(address)
    press(zhou, "派发")
    assert "复制催办" in said(zhou)
    chased = zhou.inner_text(".chat-text")
    assert "司马冲镇" in chased
    assert not any(name in chased for name in ("易国强", "欧阳"))

    # The worker at the telephone, with a small screen.
    row = row_named(world, "易国强", "0807-1")
    wang = walk.go("王小红", f"/lists/rows/{row.pk}", viewport={"width": 390, "height": 844})
    assert PHONE not in said(wang)
    press(wang, "我来打")
    assert PHONE in said(wang)
    press(wang, "接通")
    wang.select_option("#id_code", "controlled")
    wang.fill("#id_measure", "居家健康监测")
    press(wang, "记下核查结果")
    assert "属实已管控" in said(wang)
    assert wang.evaluate("document.documentElement.scrollWidth") <= 390

    for name, words in (("邓永福", "村里确认"), ("戴春燕", "乡镇确认")):
        page = walk.go(name, f"/lists/rows/{row.pk}")
        press(page, words)
        assert "已确认" in said(page)

    zhou.goto(address)
    press(zhou, "按“在核”回复")
    with zhou.expect_navigation():
        zhou.locator("button[value=return]").click()
    with zhou.expect_download() as given:
        zhou.get_by_role("link", name="下载反馈表").click()
    given.value.save_as(tmp_path / "back.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "back.xlsx").active
    back = {line[1]: line for line in sheet.iter_rows(min_row=3, values_only=True)}
    assert [line[1] for line in sheet.iter_rows(min_row=3, values_only=True)] == [line[1] for line in ROWS]
    assert all(back[line[1]][:5] == tuple(one or None for one in line) for line in ROWS)
    assert [back[line[1]][5].split("（")[0] for line in ROWS][2:] == ["不在本地", "在核"]
    assert back["易国强"][5] == "属实已管控"
    assert "司马冲镇杨梅村" in back["欧阳无址"][5]
    assert walk.faults == []


def test_what_is_pasted_from_a_chat_is_read_sorted_and_sent(served: Desk):
    walk = Walk(served)
    zhou = walk.go("周敏", "/lists/new")
    address = take_in(zhou, "0807-2", text=CHAT)
    assert "1条" in said(zhou)
    press(zhou, "分拣")
    press(zhou, "派发1条到1个乡镇")
    row = row_named(served.world, "陈大山", "0807-2")
    assert (row.state, row.village_code) == ("out", "430581107222")
    tan = walk.go("邓永福", "/lists")
    assert "0807-2" not in said(tan)  # another village's
    assert zhou.url == address
    assert walk.faults == []
