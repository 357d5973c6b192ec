"""Somebody of a pushed list, from the phone: rung without the number being seen, answered without a network, returned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lianfang.core import clock
from lianfang.core.models import AuditRow
from lianfang.register.models import Person
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.models import Answer, Call, PushedRow
from lianfang.verification.operations import giving, sending, sorting, taking
from tests.browser.phones import PIN, Phone, assert_usable
from tests.browser.serving import Desk, chromium, desk
from tests.browser.test_phone_screens import DIALLED, SMALL, at, leave_by, tap
from tests.world import TONIGHT, World, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
NUMBER = "13973912345"
HOME = "杨梅村/1组/1"


def sent_down(world: World) -> tuple[Person, list[int]]:
    """Two people of a train: one of the register, with the number the list has too; one whom nobody knows."""
    with clock.frozen(TONIGHT), world.as_root():
        person = world.people(HOME)[0]
        person.id_number, person.phone = "430581198005010019", NUMBER
        person.save(update_fields=["id_number", "phone"])
        refresh_tokens([person.pk])
    text = f"姓名,身份证号,手机号,住址\n{person.name},{person.id_number},{NUMBER},司马冲镇杨梅村\n郝新来,,13711112222,武冈市司马冲镇杨梅村1组\n"
    by = world.users["周敏"].pk
    with clock.frozen(TONIGHT), world.acting("周敏") as scope:
        found = taking.take_in(
            content=text.encode(),
            name="名单.csv",
            sent=taking.Sent(title="G6031次同车人员", number="0807-1", sender="省专班", received_at=TONIGHT),
            emergency_id=world.emergency.pk,
            county=world.areas["武冈市"],
            scope=scope,
            by=by,
        )
        sorting.sort(list_id=found.pk, scope=scope, by=by)
        sending.dispatch(list_id=found.pk, scope=scope, by=by)
        rows = list(
            PushedRow.objects.filter(scope.q(), list=found).order_by("row").values_list("pk", flat=True)
        )
    # The second is known to be of the village and no more: whoever leads there gives it to somebody.
    with clock.frozen(TONIGHT), world.acting("邓永福") as scope:
        worker = world.workers["王小红"].pk
        giving.give(row_id=rows[1], worker_id=worker, scope=scope, by=world.users["邓永福"].pk)
    return person, rows


@pytest.fixture(scope="module")
def served(committed_module: str) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
        world = build()
        world.campaign()
        with desk(world) as running:
            yield running


@pytest.fixture(scope="module")
def person(served: Desk) -> tuple[Person, list[int]]:
    return sent_down(served.world)


@pytest.fixture(scope="module")
def phone(served: Desk, person: object) -> Iterator[Phone]:
    context = served.browser.new_context(**SMALL)
    context.add_init_script(DIALLED)
    context.set_default_timeout(6_000)
    made = Phone(served, context)
    made.device = made.enrol("王小红")
    made.do("await field.sync()")
    yield made
    assert made.faults == []
    context.close()


def to_row(phone: Phone, name: str) -> Page:
    """From the list of today, as one goes there."""
    page = at(phone, "today")
    page.locator("a.rows-entry").click()
    page.get_by_role("button", name="这一片全部").click()
    page.locator("a.line", has_text=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page


def read(phone: Phone, query: Any) -> Any:
    with phone.desk.world.as_root():
        return query()


def test_rung_answered_offline_and_still_there_after_the_app_was_killed(phone: Phone, person):
    somebody, (row_id, _other) = person
    page = at(phone, "today")
    expect(page.locator("a.rows-entry")).to_contain_text("核查名单2人")
    assert_usable(page, "today, with people to check")
    page = to_row(phone, somebody.name)
    assert_usable(page, "somebody of a list")
    tap(page, "拨打")
    expect(page.get_by_text("电话通了吗？")).to_be_visible()
    assert page.evaluate("window.dialled") == [f"tel:{NUMBER}"]
    assert "1397" not in page.locator("#app").inner_html()
    phone.context.set_offline(True)
    tap(page, "通了")
    page.get_by_role("button", name="属实已管控").click()
    assert_usable(page, "what was found out")
    page.get_by_role("button", name="居家隔离").click()
    leave_by(page, page.locator(".sheet .btn.pri"))
    assert read(phone, Answer.objects.count) == 0

    phone.kill()
    phone.open()
    phone.unlock(PIN)
    page = at(phone, "rows")
    expect(page.locator("a.line", has_text=somebody.name)).to_contain_text("待传")

    phone.context.set_offline(False)
    phone.do("await field.sync()")
    phone.until("field.counts.waiting === 0 && !field.syncing")
    answer = read(phone, Answer.objects.get)
    assert (answer.row_id, answer.code, answer.measure) == (row_id, "controlled", "居家隔离")
    assert read(phone, Call.objects.get).outcome == "reached"
    assert read(phone, lambda: AuditRow.objects.filter(action="list.dial").count()) == 1
    assert read(phone, lambda: PushedRow.objects.get(pk=row_id)).state == "answered"
    expect(page.locator("a.line", has_text=somebody.name)).to_contain_text("已核")
    expect(at(phone, "today").locator("a.rows-entry")).to_contain_text("核查名单1人")


def test_what_is_lacking_is_said_before_it_is_stored(phone: Phone, person):
    page = to_row(phone, "郝新来")
    page.get_by_role("button", name="填结果").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="查无此人")).to_be_disabled()
    sheet.get_by_role("button", name="保存").click()
    expect(sheet.get_by_role("alert")).to_have_text("先选一个结果。")
    sheet.get_by_role("button", name="不在本地").click()
    sheet.get_by_role("button", name="保存").click()
    expect(sheet.get_by_role("alert")).to_have_text("写明去了哪里。")
    page.keyboard.press("Escape")
    assert phone.counts()["waiting"] == 0


def test_what_is_being_written_stays_when_the_row_goes_to_somebody_else(phone: Phone, person):
    _somebody, (_row, other) = person
    world = phone.desk.world
    page = to_row(phone, "郝新来")
    page.get_by_role("button", name="填结果").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="不在本地").click()
    page.get_by_label("去了哪里（必填）").fill("长沙")
    lead = world.users["邓永福"].pk
    with clock.frozen(TONIGHT), world.acting("邓永福") as scope:
        giving.give(row_id=other, worker_id=world.workers["曾祥林"].pk, scope=scope, by=lead)
    phone.do("await field.sync()")
    expect(sheet.get_by_role("status")).to_contain_text("改派")
    expect(page.get_by_label("去了哪里（必填）")).to_have_value("长沙")
    assert_usable(page, "an answer about somebody who went elsewhere")
    page.keyboard.press("Escape")
    expect(page.get_by_text("这个人不在您要核的里面了")).to_be_visible()
    with clock.frozen(TONIGHT), world.acting("邓永福") as scope:
        giving.give(row_id=other, worker_id=world.workers["王小红"].pk, scope=scope, by=lead)
    phone.do("await field.sync()")


def test_whom_the_register_does_not_know_gets_a_door(phone: Phone, person):
    _somebody, (_row, other) = person
    page = to_row(phone, "郝新来")
    page.get_by_role("button", name="填结果").click()
    page.get_by_role("button", name="属实已管控").click()
    page.get_by_role("button", name="底册没有，登记这户").click()
    page.get_by_label("门牌或说法").fill("新屋")
    leave_by(page, page.get_by_role("button", name="加上，去登记"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("新屋")
    phone.do("await field.sync()")
    phone.until("field.counts.waiting === 0 && !field.syncing")
    row = read(phone, lambda: PushedRow.objects.get(pk=other))
    home = read(
        phone, lambda: Person._meta.get_field("household").related_model.objects.get(door__label="新屋")
    )
    assert (row.state, row.household_id) == ("answered", home.pk)
