"""What a clerk typed is kept as it is typed, says so only when it is, and goes over nobody else's work unread."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.serving import Desk, chromium
from tests.browser.test_entry import PRESENCE, cell, opened, served

__all__ = ["served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


def test_half_an_evening_survives_the_closing_of_the_tab(served: Desk):
    served.world.campaign()
    hands = opened(served)
    hands.press("1", "3", "Tab", "F2")  # the wife is away, and where is not written
    hands.write("广东")
    hands.press("Escape", "Home", "ArrowDown")
    hands.write("半信")
    hands.press("Enter")
    hands.settle()
    hands.page.close()
    hands = opened(served)
    page = hands.page
    page.wait_for_selector("td.bad")
    assert (cell(page, 1, PRESENCE), cell(page, 2, PRESENCE), cell(page, 3, PRESENCE)) == (
        "见到",
        "外出",
        "半信",
    )
    hands.press("F8")
    assert "看不出见到没有" in page.inner_text("[data-status]") or "没写在哪里" in page.inner_text(
        "[data-status]"
    )
    hands.press("Control+Home")
    hands.press("Delete")
    assert cell(page, 1, PRESENCE) == ""
    hands.press("Control+z")
    assert cell(page, 1, PRESENCE) == "见到"
    hands.settle()
    page.click("text=清空单子")
    page.wait_for_selector(".is-ready .cell-box:focus", state="attached")
    assert cell(page, 1, PRESENCE) == ""
    page.click("text=找回清掉的")
    page.wait_for_selector(".is-ready .cell-box:focus", state="attached")
    assert cell(page, 1, PRESENCE) == "见到"
    assert hands.faults == []


def test_nothing_counts_as_kept_while_a_table_is_on_its_way(served: Desk):
    served.world.campaign()
    hands = opened(served)
    slowed = []
    hands.page.route("**/entry/paste", lambda route: slowed.append(route))
    hands.paste("姓名\t情况\n舒国强\t见到")
    with hands.page.expect_response("**/entry/draft"):
        hands.press("F4", *"1930", "Tab")
    hands.page.wait_for_timeout(200)
    assert hands.page.inner_text("[data-kept-state]") != "草稿已存"
    slowed.pop().continue_()
    hands.settle()
    assert cell(hands.page, 1, PRESENCE) == "见到"


@pytest.mark.parametrize("first", ["refusal", "table"])
def test_a_table_on_its_way_does_not_go_over_what_somebody_else_wrote(served: Desk, first: str):
    served.world.campaign()
    hands = opened(served)
    page, tables, drafts = hands.page, [], []
    page.route("**/entry/paste", lambda route: tables.append(route))
    page.route("**/entry/draft", lambda route: drafts.append(route))
    hands.paste("姓名\t情况\n舒国强\t见到")
    hands.press("F4", *"1930", "Tab")
    page.wait_for_timeout(600)

    def refuse():
        with page.expect_response("**/entry/draft"):
            drafts[0].fulfill(status=409, json={})

    def arrive():
        tables[0].continue_()
        expect(page.locator("[data-result]")).to_contain_text("1")

    for step in (refuse, arrive) if first == "refusal" else (arrive, refuse):
        step()
    hands.press("F4", *"2010", "Tab")  # nor does what is typed before the message was read
    page.wait_for_timeout(700)
    assert "按Ctrl+S用这里的盖过去" in page.inner_text("[data-kept-state]")
    assert len(drafts) == 1
    page.unroute("**/entry/draft")
    with page.expect_request("**/entry/draft") as sent:
        hands.press("Control+s")
    assert sent.value.post_data_json["force"]


def test_what_is_saved_goes_over_nothing_that_nobody_has_read(served: Desk):
    served.world.campaign()
    hands = opened(served)
    page, filed = hands.page, []
    page.route("**/entry/draft", lambda route: route.fulfill(status=409, json={}))
    page.on("request", lambda request: filed.append(request) if request.url.endswith("/entry/file") else None)
    hands.press("F4", *"1930", "Tab")
    with page.expect_response("**/entry/draft"):
        hands.press("Control+s")
    page.wait_for_timeout(300)
    assert filed == []
    assert "按Ctrl+S用这里的盖过去" in page.inner_text("[data-kept-state]")
