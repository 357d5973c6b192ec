"""The clerk's evening: forty households from paper and from a WPS table, by the keyboard alone."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lianfang.campaigns.models import Round, Target, Visit, VisitLine
from lianfang.campaigns.operations.rounds import freeze_round
from lianfang.core import clock
from lianfang.register.models import Door, Household, Person
from tests.browser.serving import Desk, chromium, desk, listen
from tests.world import SURNAMES, TONIGHT, World, build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
VILLAGE = "430581107221"
DOORS = 40
SECONDS_A_KEY = 0.15  # of somebody who types lists every evening
SECONDS_A_DOOR = 3.0  # for the eye to go to the paper and back, where something is typed
SECONDS_A_LOOK = 4.0  # to read what is said of a red cell
MOST_SECONDS = 300
GIVEN = ("国强", "桂花", "子涵", "秀英")


def fill_village(world: World) -> None:
    """Thirty-four more households to the six of 杨梅村: 40 doors, about 110 people."""
    for number in range(DOORS - 6):
        area = world.areas[f"杨梅村/{'12'[number % 2]}组"]
        surname = (
            SURNAMES[number % len(SURNAMES)] + "永春光明成大中海天元亨利贞安平和顺达"[number // len(SURNAMES)]
        )
        door = Door.objects.create(
            area=area, area_path=area.path, label=f"{number + 10}号", walk_order=number + 10
        )
        household = Household.objects.create(
            door=door, area_path=area.path, head_name=f"{surname}{GIVEN[0]}", reference=f"YM{number + 10:03}"
        )
        Person.objects.bulk_create(
            Person(
                household=household,
                area_path=area.path,
                name=f"{surname}{given}",
                relation=("head", "spouse", "child", "parent")[at],
                birth_on=dt.date(1980 + at, 3, 1),
            )
            for at, given in enumerate(GIVEN[: 2 + number % 3 - (number % 9 == 0)])
        )


@pytest.fixture
def served(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in this thread
    world = build()
    with world.as_root():
        fill_village(world)
    with desk(world) as running:
        yield running


class Hands:
    """Somebody's hands at the keyboard: what they press, and how long a person would take for it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0
        self.pauses = 0.0
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        listen(page, self.faults)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def write(self, words: str) -> None:
        """Through an input method: pinyin and a choice for each sign."""
        self.page.keyboard.insert_text(words)
        self.keys += 4 * len(words)

    def look(self, seconds: float) -> None:
        self.pauses += seconds

    def paste(self, text: str, html: str = "") -> None:
        """Ctrl+V, as a browser hands it over: a page may not read the clipboard by itself."""
        self.keys += 2
        self.page.evaluate(
            """([text, html]) => {
              const data = new DataTransfer();
              data.setData("text/plain", text);
              if (html) data.setData("text/html", html);
              document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
            }""",
            [text, html],
        )

    def settle(self) -> None:
        """Until the sheet is kept and read."""
        expect(self.page.locator("[data-kept-state]")).to_have_text("草稿已存")

    @property
    def seconds(self) -> float:
        return self.keys * SECONDS_A_KEY + self.pauses


def opened(served: Desk, **options: object) -> Hands:
    page = served.context("邓永福", **options).new_page()
    hands = Hands(page)
    page.goto(f"{served.url}/entry?area={VILLAGE}")
    page.wait_for_selector(".is-ready .cell-box:focus", state="attached")
    return hands


def here(page: Page) -> tuple[str, str]:
    """Door and name of the row where the cursor is."""
    return tuple(  # type: ignore[return-value]
        page.evaluate(
            """() => { const row = document.activeElement.closest("tr");
                 let top = row; while (!top.classList.contains("first")) top = top.previousElementSibling;
                 return [top.children[0].textContent, row.children[1].textContent]; }"""
        )
    )


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("LIANFANG_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def down_to(hands: Hands, group: str) -> None:
    """To the first door of a group: pages, then lines."""
    while not here(hands.page)[0].startswith(group):
        hands.press("PageDown")
    while here(hands.page)[0].startswith(group):
        hands.press("ArrowUp")
    hands.press("ArrowDown")


def homes_of(world: World, group: str) -> list[tuple[Household, list[Person]]]:
    with world.as_root():
        path = world.areas[f"杨梅村/{group}"].path
        homes = Household.objects.filter(area_path=path).select_related("door").order_by("door__walk_order")
        return [(home, list(home.people.order_by("pk"))) for home in homes]


def table_of(homes: list[tuple[Household, list[Person]]]) -> str:
    """As a grid worker keeps it: her own columns, a door's cells merged, words of her own."""
    rows = ["序号\t近14天有几人从外地回来\t门牌\t姓名\t在家情况\t外出地\t备注"]
    for home, people in homes:
        for at, person in enumerate(people):
            said = "√\t" if at < 2 else "外出\t长沙"
            count, label = ("0人", home.door.label) if at == 0 else ("", "")
            rows.append(f"{len(rows)}\t{count}\t{label}\t{person.name}\t{said}\t")
    rows[2] = rows[2].replace("√", "再说")  # nobody knows what that means
    rows.append("99\t\t\t舒满秀\t√\t\t来走亲戚")  # of no door
    return "\n".join(rows)


def test_forty_households_in_under_five_minutes(served: Desk):
    """Half of them pasted from a WPS table and mended, half typed from paper; then saved."""
    world = served.world
    found = world.campaign()
    hands = opened(served)
    page, press = hands.page, hands.press
    started = time.monotonic()
    assert here(page) == ("1组1号", "舒国强")

    press("F4", *"1930", "Tab", "Tab")  # when, and by whom: once for all
    while "王小红" not in page.evaluate("document.activeElement.selectedOptions[0].textContent"):
        press("ArrowDown")
    press("Escape")

    hands.look(5)
    hands.paste(table_of(homes_of(world, "1组")))
    hands.settle()
    picture(page, "entry-pasted")
    assert page.locator("[data-kept] li").count() == 1
    press("F8")
    hands.look(SECONDS_A_LOOK)
    assert "看不出见到没有" in page.inner_text("[data-status]")
    press("1", "F8")  # mended, and on to the row that found no place
    hands.look(SECONDS_A_LOOK)
    assert page.evaluate("document.activeElement.closest('[data-kept]') !== null")
    press("Tab", "Enter")  # a visitor: dismissed
    assert page.locator("[data-kept] li").count() == 0

    down_to(hands, "2组")
    homes = homes_of(world, "2组")
    for at, (home, people) in enumerate(homes):
        hands.look(SECONDS_A_DOOR)
        assert here(page) == (f"2组{home.door.label}", people[0].name)
        if at == 3:
            press("0")  # nobody came to the door
        elif at == 5:
            press("1", "3")  # the wife is away
            hands.write("东莞")
            press("Tab", *"0820", "Enter", *["1"] * (len(people) - 2))
        else:
            press("a")
    # The one question that must be answered, down its column: Enter passes the rows that are not asked.
    press("PageUp", "PageUp", "PageUp", "PageUp")
    down_to(hands, "2组")
    press("Tab")
    for at in range(len(homes)):
        press(*([] if at == 3 else ["0"]), "ArrowDown")
    hands.settle()
    picture(page, "entry-typed")
    assert page.inner_text("[data-ready]") == "40户可以入账"
    press("Control+s")
    expect(page.locator("[data-result]")).to_contain_text("已入账40户", timeout=15_000)
    picture(page, "entry-saved")
    machine = time.monotonic() - started

    assert hands.faults == []
    assert hands.seconds + machine < MOST_SECONDS, (hands.keys, hands.pauses, machine)
    with world.as_root():
        assert Visit.objects.count() == DOORS
        assert set(Visit.objects.values_list("worker_id", flat=True)) == {world.workers["王小红"].pk}
        assert set(Visit.objects.values_list("happened_at", flat=True)) == {clock.at(TONIGHT.date(), 19, 30)}
        nobody = homes[3][0].pk
        states = dict(Target.objects.filter(round=found).values_list("household_id", "state"))
        assert {pk for pk, state in states.items() if state != "done"} & {h.pk for h, _ in homes} == {nobody}
        wife = VisitLine.objects.get(person_id=homes[5][1][1].pk)
        assert (wife.presence, wife.away_place, wife.back_on) == ("away", "东莞", dt.date(2026, 8, 20))
        people = Person.objects.filter(
            household_id__in=states, area_path__startswith=world.areas["杨梅村"].path
        )
        absent = len(homes[3][1])
        assert VisitLine.objects.count() == people.count() - absent
    print(
        f"\n{hands.keys} keys, {hands.pauses:.0f} s of reading, {machine:.1f} s of machine: {hands.seconds + machine:.0f} s"
    )


def cell(page: Page, row: int, column: int) -> str:
    return page.locator(f"tbody tr:nth-child({row}) > :nth-child({column})").inner_text()


PRESENCE, PLACE, BACK, COUNT = 4, 5, 6, 7


def test_a_paste_is_one_step_back_and_keeps_who_is_on_no_list(served: Desk):
    world = served.world
    world.campaign()
    hands = opened(served)
    page = hands.page
    hands.paste("姓名\t门\t情况\t关系\n舒国强\t1组1号\t见到\t\n舒满秀\t1组1号\t代答\t母亲")
    hands.settle()
    assert cell(page, 1, PRESENCE) == "见到"
    hands.press("Control+z")
    assert (cell(page, 1, PRESENCE), page.locator("[data-kept] li").count()) == ("", 0)
    hands.paste("姓名\t门\t情况\t关系\n舒国强\t1组1号\t见到\t\n舒满秀\t1组1号\t代答\t母亲")
    hands.settle()
    picture(page, "entry-kept")
    hands.press("F8", "Enter")  # as a new member of the door that was named
    hands.settle()
    assert (cell(page, 4, 2), cell(page, 4, PRESENCE)) == ("舒满秀", "代答")
    hands.press("Control+s")
    expect(page.locator("[data-result]")).to_contain_text("已入账1户")
    assert hands.faults == []
    with world.as_root():
        assert Person.objects.get(name="舒满秀").relation == "parent"


def test_the_next_fault_is_the_next_even_of_one_row_and_no_enter_throws_a_row_away(served: Desk):
    """Mending moves the cursor down; F8 goes on from where it led, so that the second red cell of a row is not left."""
    served.world.campaign()
    served.world.campaign(name="接种摸底", purpose="vaccination", form_key="vaccination_survey")
    hands = opened(served)
    page, press = hands.page, hands.press
    hands.paste(
        "姓名\t门\t见到情况\t疫苗接种几剂\t上门时间\n"
        "舒国强\t1组1号\t见到\t很多\t25:00\n舒桂花\t\t半信\t\t\n\t1组99号\t无人应门\t\t"
    )
    hands.settle()
    assert page.locator("tbody td.bad").count() == 3  # the hour is the door's: red in its first row only
    mended = []
    for keys in ([*"2", "Enter"], [*"2000", "Enter"], ["1"]):
        press("F8")
        mended.append(page.inner_text("[data-status]"))
        press(*keys)
    assert [said[:3] for said in mended] == ["“很多", "“25", "“半信"]
    press("F8", "Enter")  # the row of no door: asks which one it is
    hands.write("1组2号")
    press("Enter")
    hands.settle()
    assert page.locator("[data-kept] li").count() == 0
    doors = page.locator("tbody tr.first")
    assert doors.nth(1).locator("td").nth(PRESENCE - 2).inner_text() == "无人应门"
    assert hands.faults == []


def test_what_is_asked_no_more_is_shut_as_soon_as_it_is_known(served: Desk):
    served.world.campaign(name="接种摸底", purpose="vaccination", form_key="vaccination_survey")
    hands = opened(served)
    page = hands.page
    dose, why = 7, 8
    reason = page.locator("tbody tr:nth-child(1) > :nth-child(8)")
    assert [cell_.inner_text() for cell_ in page.locator("thead th").all()][dose - 1 : why] == [
        "疫苗接种几剂",
        "没接种的原因",
    ]
    hands.press("1", "ArrowUp", "Tab", "2", "ArrowUp")
    hands.settle()
    expect(reason).to_have_class(re.compile("shut"))
    hands.press("Delete", "0", "ArrowUp")
    expect(reason).to_have_class(re.compile("lacks"))
    expect(reason).not_to_have_class(re.compile("shut"))
    assert hands.faults == []


def test_the_last_door_ends_the_evening_and_the_page_says_so(served: Desk):
    """From the sheet to 还差什么 and back, until the village is through; what the county still lacks stays named."""
    served.world.campaign()
    hands = opened(served)
    page, press = hands.page, hands.press
    press(*["a"] * DOORS)
    hands.settle()
    press("Control+s")
    result = page.locator("[data-result]")
    expect(result).to_contain_text(f"已入账{DOORS}户", timeout=15_000)
    assert f"这里还有{DOORS}户没落实" in result.inner_text()
    assert "还欠：近14天有几人从外地回来" in page.locator("[data-notes] li").first.inner_text()
    page.click("text=还差什么")
    assert page.inner_text("h1") == "杨梅村 还差什么"
    picture(page, "owed-still")
    page.click("main >> text=补录 >> nth=0")
    page.wait_for_selector(".is-ready .cell-box:focus", state="attached")
    press("a", "Control+Home", "Tab")
    for _ in range(DOORS):
        press("0", "ArrowDown")
    press("Control+Home", *["a"] * DOORS)
    hands.settle()
    press("Control+s")
    expect(result).to_contain_text("这里都录完了", timeout=15_000)
    assert page.inner_text("[data-owed-count]") == "0"
    page.click("text=还差什么")
    assert page.inner_text("h1") == "杨梅村 已完成"
    assert "账没有签" in page.inner_text("main")
    picture(page, "owed-done")
    assert hands.faults == []


def test_a_door_of_this_round_is_corrected_by_a_key(served: Desk):
    world = served.world
    world.campaign()
    hands = opened(served)
    hands.press("a")
    hands.settle()
    hands.press("Control+s")
    expect(hands.page.locator("[data-result]")).to_contain_text("已入账1户")
    hands.page.close()
    hands = opened(served)
    page = hands.page
    hands.press("4", "F6")  # refused, after all
    assert "更正上一次" in page.inner_text("[data-status]")
    hands.settle()
    hands.press("Control+s")
    expect(page.locator("[data-result]")).to_contain_text("已入账1户")
    with world.as_root():
        first, second = Visit.objects.order_by("received_at")
        assert second.supersedes == first.pk
    assert hands.faults == []


def test_a_member_in_no_register_is_a_line_more(served: Desk):
    world = served.world
    world.campaign()
    hands = opened(served)
    page = hands.page
    hands.press("a", "Control+Home", "+")
    hands.write("舒桂英")
    hands.press("Tab")
    hands.write("母亲")
    hands.press("Tab", "2")
    hands.settle()
    hands.press("Control+s")
    expect(page.locator("[data-result]")).to_contain_text("已入账1户")
    assert hands.faults == []
    with world.as_root():
        assert Person.objects.get(name="舒桂英").relation == "parent"


def test_the_sheet_fits_a_phone(served: Desk):
    served.world.campaign()
    hands = opened(served, viewport={"width": 390, "height": 844})
    assert hands.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_second_round_is_a_key_a_door_and_what_changed(served: Desk):
    world = served.world
    first = world.campaign()
    hands = opened(served)
    hands.paste(table_of(homes_of(world, "1组")).replace("再说", "√"))
    hands.settle()
    hands.press("Control+s")
    expect(hands.page.locator("[data-result]")).to_contain_text("已入账20户")
    hands.page.close()
    with world.as_root():
        opens_at = TONIGHT - dt.timedelta(minutes=1)
        Round.objects.filter(pk=first.pk).update(closed_at=opens_at)
        second = Round.objects.create(
            campaign=first.campaign,
            number=2,
            opens_at=clock.now(),
            due_at=clock.now() + dt.timedelta(hours=12),
        )
        freeze_round(round_id=second.pk, by=world.users["周敏"].pk)
    hands = opened(served)
    page, press = hands.page, hands.press
    started = time.monotonic()
    homes = homes_of(world, "1组")
    for at, (home, _) in enumerate(homes):
        assert here(page)[0] == f"1组{home.door.label}"
        hands.look(1)
        press("s")
        if at == 4:  # somebody of it came back
            hands.look(SECONDS_A_LOOK)
            press(*["ArrowUp"] * 1, "1")
    hands.settle()
    press("Control+s")
    expect(page.locator("[data-result]")).to_contain_text("已入账20户")
    picture(page, "entry-second")
    assert hands.faults == []
    assert hands.seconds + time.monotonic() - started < 60
    with world.as_root():
        visits = Visit.objects.filter(happened_at__gte=second.opens_at)
        assert all(visit.as_before for visit in visits)
        assert (
            Target.objects.filter(
                round=second, state="done", area_path=world.areas["杨梅村/1组"].path
            ).count()
            == 20
        )
