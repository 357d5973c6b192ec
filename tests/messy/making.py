"""A file of a seed: the county's clerks, their forms and their slips, drawn and put together."""

from __future__ import annotations

import random
from pathlib import Path

from tests.messy import columns as column_names
from tests.messy import places, spoiling, writing
from tests.messy.columns import Columns
from tests.messy.grid import Page
from tests.messy.habits import Habits
from tests.messy.layout import Clerk, header_texts
from tests.messy.people import House, Maker, Village, villages
from tests.messy.truth import Row, Truth

PLACES = {
    "column": 34,
    "township_column": 20,
    "sheet": 12,
    "title": 8,
    "unit": 5,
    "section": 5,
    "group_section": 5,
    "joined": 6,
    "address": 5,
}
RICH = ("xlsx", "xlsx_rich", "xls", "et", "html", "xml")  # keep which cells are merged
ESTATES = ("桂花园小区", "春晖园", "安置小区", "水岸新村")
CELL_TRAPS: dict[str, tuple[str, ...]] = {
    "id": tuple(spoiling.ID),
    "phone": tuple(spoiling.PHONE),
    "birth": tuple(spoiling.BIRTH),
    "sex": tuple(spoiling.SEX),
    "name": spoiling.NAME_TRAPS,
    "relation": ("decorated", "unknown"),
    "living": ("signs", "typed", "unclear"),
    "tonight": ("signs", "unclear"),
    "registered": ("signs",),
    "township": ("township.short", "township.county", "township.office", "township.spaced"),
    "village": (
        *("village.with_township", "village.with_county", "village.with_all", "village.short_township"),
        *("village.spaced", "village.committee", "village.committee_long", "village.committee_doubled"),
        *("village.community", "village.community_long", "village.bare", "village.bare_township"),
    ),
}
ROW_TRAPS = (
    *(
        "no_name",
        "no_name",
        "long_name",
        "number_for_name",
        "unknown_village",
        "unknown_township",
        "twin_village",
    ),
    *("struck", "id_of_above", "id_in_phone", "sex_wrong", "birth_wrong", "ids_swapped", "twice"),
)


def make(seed: int, folder: Path) -> Truth:
    """Write the file of this seed into the folder; the same seed makes the same sheet."""
    rng = random.Random(f"messy/{seed}")
    form = _weighted(rng, writing.FORMATS)
    place = _weighted(rng, PLACES)
    if place == "sheet" and form in (*writing.ONE_PAGE, "html"):
        place = "title"
    maker = Maker(rng)
    homes = _villages(rng, place)
    parts = [[village] for village in homes] if place == "sheet" else [homes]
    pages: list[Page] = []
    truth = Truth(seed, folder)
    for number, part in enumerate(parts):
        page = Page(_page_name(rng, place, part[0], number, pages), has_merges=rng.random() < 0.85)
        pages.append(page)
        _fill(rng, page, form, place, part, maker, truth, count=22 // len(parts) + 1)
    if len(pages) == 1 and form in ("xlsx", "xlsx_rich", "xls", "et", "xml") and rng.random() < 0.12:
        pages.append(_hidden(rng, form, homes, maker, truth))
    has_serials = any("birth.serial" in row.traps for row in truth.rows)  # counted from 1900
    is_1904 = form == "xlsx" and not has_serials and rng.random() < 0.06
    truth.path = writing.write(pages, form, folder, f"s{seed:05}", is_1904=is_1904)
    if is_1904:
        truth.traps.add("form.days_since_1904")
    return truth


def _weighted(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def _villages(rng: random.Random, place: str) -> list[Village]:
    """One village, some of a township, or some of the county."""
    if place in ("title", "unit", "group_section"):
        return [rng.choice(villages())]
    first = rng.choice(places.twins() if rng.random() < 0.1 else villages())
    if place == "column" and rng.random() < 0.5:
        return [first, *rng.sample(villages(), 2)]
    same = [v for v in villages() if v.township == first.township and v != first]
    return [first, *rng.sample(same, min(len(same), rng.choice((1, 2))))]


def _page_name(rng: random.Random, place: str, village: Village, number: int, before: list[Page]) -> str:
    if place != "sheet":
        return rng.choice(("Sheet1", "人口底册", "登记表", "表1"))
    name = village.name if not places.is_twin(village) else f"{village.township}{village.name}"
    said = rng.choice(
        (name, name, f"{name}(2)", f"{number + 1}.{name}", f"{name}人口", f"{village.township}{village.name}")
    )
    return said if said not in {page.name for page in before} else f"{name}（{number}）"


def _fill(
    rng: random.Random,
    page: Page,
    form: str,
    place: str,
    homes: list[Village],
    maker: Maker,
    truth: Truth,
    count: int,
) -> None:
    is_urban = place not in ("joined", "group_section") and rng.random() < 0.2
    has_vacant = place != "group_section" and rng.random() < 0.15
    columns = column_names.draw(rng, place, is_urban, has_vacant)
    habits = _habits(rng, form, place, columns, page.has_merges)
    households = _households(rng, homes, maker, is_urban, count)
    if has_vacant and ("house" in columns or "room" in columns):
        _add_vacant(rng, households, homes)
    clerk = Clerk(rng, page, columns, habits)
    village = homes[0]
    is_above = place in ("title", "unit", "group_section")
    said = f"{village.township}{village.name}" if is_above or rng.random() < 0.3 else ""
    if len(homes) > 1:
        said = village.township if all(v.township == village.township for v in homes) else "武冈市"
    title = (
        f"{said}{rng.choice(('人口摸底登记表', '入户摸排登记表', '常住人口花名册', '2026年人员信息采集表'))}"
    )
    unit = rng.choice((f"{said}", f"{said}村委会".replace("村村委会", "村委会")))
    if place == "unit":
        title = "入户摸排登记表"
    elif place == "title" or "社区" in said:
        unit = said
    habits.is_placed_above = (habits.has_title or habits.has_unit_line) and said not in ("", "武冈市")
    clerk.write(households, village, title, unit)
    truth.rows.extend(clerk.rows)
    truth.traps |= clerk.traps
    truth.headers[page.name] = header_texts(columns)
    if "refused" in columns:
        truth.refused_headers[page.name] = {columns.headers["refused"]}


def _habits(rng: random.Random, form: str, place: str, columns: Columns, has_merges: bool) -> Habits:
    chance = rng.random
    habits = Habits(form, place)
    habits.merged = rng.choices(("", "merged", "blank", "ditto"), (62, 20, 8, 10))[0]
    if not {"relation", "head", "household"} & set(columns.fields) and (form not in RICH or not has_merges):
        habits.merged = ""  # nothing would show who belongs together
    habits.has_title = place in ("title", "group_section") or chance() < 0.4
    habits.has_unit_line = place == "unit" or chance() < 0.2
    habits.has_sums = chance() < 0.2
    habits.has_footer = chance() < 0.25
    habits.has_blank_lines = chance() < 0.1
    habits.page_length = rng.choice((8, 12)) if chance() < 0.12 else 0
    habits.has_example = chance() < 0.05
    for name, traps in CELL_TRAPS.items():
        if name in columns and chance() < (0.85 if name in ("id", "phone") else 0.4):
            chosen = rng.sample(traps, min(len(traps), rng.choice((1, 2, 3))))
            habits.cells[name] = {trap: rng.choice((0.08, 0.2, 0.35)) / len(chosen) ** 0.5 for trap in chosen}
    if "id" in columns and chance() < 0.06:  # a whole column typed as numbers
        habits.cells["id"] = {rng.choice(("id.typed", "id.wreck_000", "id.wreck_int")): 1.0}
    for trap in rng.sample(ROW_TRAPS, rng.choice((0, 1, 2, 3))):
        habits.rows[trap] = rng.choice((0.03, 0.08))
    if place == "column" and chance() < 0.2:
        habits.village_form = rng.choice(CELL_TRAPS["village"])
    return habits


def _households(
    rng: random.Random, homes: list[Village], maker: Maker, is_urban: bool, count: int
) -> list[House]:
    """About `count` people, village by village, group by group."""
    found: list[House] = []
    for village in homes:
        left = max(4, count // len(homes) + rng.randrange(-2, 6))
        spot = 0
        while left > 0:
            spot += 1
            if is_urban:
                house = maker.flat(
                    village,
                    ESTATES[len(village.name) % 4],
                    1 + spot // 6,
                    1 + spot % 2,
                    100 * (1 + spot // 2) + spot % 4,
                )
            else:
                house = maker.house(village, 1 + spot // 4, spot)
            found.append(house)
            left -= len(house.residents)
    return found


def _add_vacant(rng: random.Random, households: list[House], homes: list[Village]) -> None:
    for number in range(rng.choice((1, 2))):
        at = rng.randrange(len(households))
        like = households[at]
        if like.estate:
            house = House(like.village, None, None, like.estate, like.building, 3, 901 + number)
        else:
            house = House(like.village, like.group, 90 + number)
        house.reference = ""
        households.insert(at + 1, house)


def _hidden(rng: random.Random, form: str, homes: list[Village], maker: Maker, truth: Truth) -> Page:
    """Last year's sheet, put out of sight."""
    page = Page("2025年（旧）", is_hidden=True)
    columns = Columns(["name", "id", "village"], {"name": "姓名", "id": "身份证号", "village": "村"})
    page.add(["姓名", "身份证号", "村"])
    for house in _households(rng, homes[:1], maker, False, 5):
        for resident in house.residents:
            row = Row("", 0, "hidden", "rejected", "hidden")
            page.add([resident.name, resident.id_number, house.village.name], row)
    truth.hidden.add(page.name)
    truth.headers[page.name] = header_texts(columns)
    truth.traps.add("layout.hidden_sheet")
    return page
