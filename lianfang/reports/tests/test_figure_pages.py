"""One figure on its page: who sees it, its parts by village, what was signed and revised, which tables use it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from lianfang.core import clock
from lianfang.reports.figures import BY_KEY, FIGURES, HOW
from lianfang.reports.operations.closing import revise_close, sign_close
from lianfang.reports.queries.signed import signed_values
from lianfang.reports.tests.department_files import daily
from lianfang.reports.tests.department_tables import approved
from lianfang.reports.tests.evenings import TODAY, visit, worked
from tests.world import TONIGHT

VILLAGE = "430581107221"


@pytest.fixture
def desk(world):
    def of(name: str) -> Client:
        browser = Client()
        browser.force_login(world.users[name])
        return browser

    with clock.frozen(TONIGHT):
        yield of


def signed(world, found):
    with world.acting("邓永福") as scope:
        return signed_values(scope, found, world.areas["杨梅村"], "done")


def test_a_neighbour_sees_no_figure_and_no_signature(world, desk):
    worked(world)
    assert desk("谭小英").get(f"/figures/{VILLAGE}/due").status_code == 403
    assert desk("邓永福").get(f"/figures/{VILLAGE}/due").status_code == 200
    assert desk("邓永福").get(f"/figures/{VILLAGE}/nothing").status_code == 404


def test_every_figure_says_how_it_is_counted(world, desk):
    worked(world)
    assert set(HOW) == {figure.source for figure in FIGURES}
    for key in BY_KEY:
        page = desk("邓永福").get(f"/figures/{VILLAGE}/{key}")
        assert page.status_code == 200, key
        assert "select" in page.content.decode()


def test_what_was_signed_stays_and_what_changed_is_the_next_revision_with_its_reason(world, desk):
    found = worked(world)
    by = world.users["邓永福"].pk
    with world.acting("邓永福") as scope:
        sign_close(area=world.areas["杨梅村"], date=TODAY, scope=scope, by=by, silent={})
    assert [one.value for one in signed(world, found)] == [2]
    visit(world, "杨梅村/1组/2", hour=20, minute=50)
    page = desk("邓永福").get(f"/figures/{VILLAGE}/done").content.decode()
    assert "签字以后变了，还没有修订" in page
    with clock.frozen(TONIGHT + dt.timedelta(minutes=65)), world.acting("邓永福") as scope:
        revise_close(area=world.areas["杨梅村"], date=TODAY, scope=scope, by=by, note="晚上补敲一户")
    told = signed(world, found)
    assert [(one.revision, one.value, one.note) for one in told] == [(0, 2, ""), (1, 3, "晚上补敲一户")]
    page = desk("邓永福").get(f"/figures/{VILLAGE}/done").content.decode()
    assert "第1次修订" in page
    assert "晚上补敲一户" in page


def test_a_county_opens_to_all_its_villages_and_names_the_tables_that_use_it(world, desk):
    worked(world)
    approved(world, daily())
    page = desk("周敏").get("/figures/430581/households_today?by=village").content.decode()
    for name in ("泉塘村", "杨梅村", "田心村"):
        assert name in page
    assert "武冈市疫情防控排查情况日报表" in page
    assert "县教育局" in page
    assert "figures/430581/questions" in desk("周敏").get("/figures/430581").content.decode()
    catalogue = desk("周敏").get("/figures/430581/questions").content.decode()
    assert "部门报表用到的填报项" in catalogue
    assert "屋内外积水" in catalogue


def test_the_page_costs_a_dozen_statements(world, desk, django_assert_max_num_queries):
    worked(world)
    approved(world, daily())
    for key in ("due", "visits", "held", "exemption_pending"):
        browser, address = desk("周敏"), f"/figures/430581/{key}?by=village"
        browser.get(address)
        with django_assert_max_num_queries(16):  # the dozen, and four of the test's own transaction
            browser.get(address)
