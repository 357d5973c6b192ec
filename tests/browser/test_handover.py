"""当面交 in Chromium: codes are read by this page's own reader, and what is missing is said while they are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from playwright.sync_api import expect

from lianfang.sync.tests.phones import Phone
from lianfang.sync.tests.test_handover import envelope, file_of, frames_of
from tests.browser.serving import Desk, chromium, desk, picture
from tests.world import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
READ = """([rows, scale]) => {
  const size = rows.length * scale, data = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (rows[Math.floor(y / scale)][Math.floor(x / scale)])
    for (let i = 0; i < 3; i++) data[(y * size + x) * 4 + i] = 0;
  return window.jsQR(data, size, size).data;
}"""


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    with desk(build()) as running:
        yield running


def test_codes_are_read_and_what_is_missing_is_said(served, tmp_path: Path):
    phone = Phone.of(served.world)
    codes = frames_of(file_of(phone, [envelope(phone, phone.make())]), 300)
    page = served.context("邓永福").new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{served.url}/handover")
    rows = [[bool(cell) for cell in row] for row in segno.make(codes[0]).matrix_iter(border=4)]
    assert page.evaluate(READ, [rows, 4]) == codes[0]
    page.get_by_label("扫到的内容").fill("\n".join(codes[1:]))
    expect(page.locator("[data-said]")).to_contain_text("还缺第1张")
    page.get_by_label("扫到的内容").fill("\n".join(codes))
    expect(page.locator("[data-said]")).to_contain_text("齐了")
    page.locator("[data-handover]").get_by_role("button", name="收下").click()
    expect(page.get_by_text("收下1条：入账1条")).to_be_visible()
    page.screenshot(path=tmp_path / "taken.png", full_page=True)
    for width, height in ((1440, 900), (390, 844)):
        context = served.context("邓永福", viewport={"width": width, "height": height})
        assert picture(context, f"{served.url}/handover", tmp_path, f"handover-{width}").exists()
    assert faults == []
