"""The county's real tree, and invented groups, estates, buildings and doors below it.

An area row is a tuple (code, name, level, parent_code). Real areas keep the codes of the
statistics register; below the village a code is its parent's with a letter and a number:
G03 for a group or grid, E01 for an estate, B12 for a building.
"""

import csv
import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise

AreaRow = tuple[str, str, str, str]
LEVELS = ("province", "prefecture", "county", "township", "village")

COUNTY = "430581"
WHOLE_TOWNSHIP = "430581107"  # made whole by 组, half of its people away
ESTATE_COMMUNITY = "430581002002"  # holds the one whole estate
ESTATE_VILLAGE = "430581107221"  # groups, and a small estate of resettled families
ESTATE_NAME = "桂花园小区"
SMALL_ESTATE_NAME = "安置小区"

GRID_HOUSEHOLDS = 180  # what one grid worker of a town can keep up with
VACANT_SHARE = 0.06  # doors where nobody lives, beside the households

# The estate village's groups: with them one worker answers for 3组 to 6组, 164 households.
SMALL_ESTATE_HOUSEHOLDS = 180
ESTATE_VILLAGE_GROUPS = (33, 31, 42, 44, 40, 38, 30, 29, 31, 30, 29, 29)

HOUSE_NAMES = [
    "屋场坪",
    "老学堂",
    "油榨坊",
    "大院子",
    "塘边上",
    "碾子屋",
    "井边",
    "祠堂边",
    "竹山里",
    "岭脚下",
    "水口上",
    "老屋里",
    "枫树下",
    "石桥边",
    "垅里",
    "湾里",
    "坳上",
    "仓屋里",
    "茶山脚",
    "渡口边",
]
ESTATE_NAMES = [
    "春晖园",
    "清溪小区",
    "云岭小区",
    "水岸新村",
    "和顺苑",
    "百合园",
    "枫林小区",
    "南门新村",
    "丰乐苑",
    "金桔园",
    "星光小区",
    "翠竹园",
    "康乐小区",
    "福盈苑",
    "书香里",
    "松涛小区",
    "东风新村",
    "紫荆园",
    "安居小区",
    "兴旺苑",
]
# (units, floors, doors a floor): walk-ups of six and seven floors, and a few towers.
BUILDINGS = ((2, 6, 2), (2, 7, 2), (1, 11, 3), (3, 6, 2), (1, 18, 2), (3, 7, 2), (4, 6, 2), (1, 18, 3))
TYPICAL_BUILDINGS = (0, 1, 3, 3, 3, 4, 5, 6)  # as drawn first; the sum is mended afterwards


@dataclass(slots=True)
class Door:
    """A place where people may live. `label` is what is said below its area: 2单元402, 12号."""

    key: int
    area_code: str
    building: str
    unit: str
    floor: str
    room: str
    label: str
    walk_order: int
    use: str  # family, vacant, or what kind of collective: site, dormitory, nursing_home


@dataclass(frozen=True, slots=True)
class VillagePlan:
    """How one village is to be made. `style` is groups, estates, one_estate or mixed."""

    code: str
    name: str
    style: str
    household_count: int
    is_sample: bool


def said_name(official: str) -> str:
    """Fold the register's name into the one people say: 杨梅村委会 → 杨梅村."""
    for ending, said in (("社区居委会", "社区"), ("居委会", "社区"), ("村村委会", "村"), ("村委会", "村")):
        if official.endswith(ending):
            return official.removesuffix(ending) + said
    return official


@cache
def county(is_official: bool = False) -> tuple[AreaRow, ...]:
    """Return province, prefecture, county, townships and villages, parents first.

    Names are as people say them unless `is_official`.
    """
    text = files(__package__).joinpath("data/wugang_areas.csv").read_text(encoding="utf-8")
    rows = [
        (
            r["code"],
            r["name"] if is_official else said_name(r["name"]),
            LEVELS[int(r["level"]) - 1],
            r["parent"],
        )
        for r in csv.DictReader(text.splitlines())
    ]
    return tuple(sorted(rows, key=lambda row: (LEVELS.index(row[2]), row[0])))


@cache
def villages() -> tuple[AreaRow, ...]:
    """Return the village rows of the county, by code."""
    return tuple(row for row in county() if row[2] == "village")


@cache
def whole_township() -> dict[str, dict[str, str]]:
    """Return code → household_count, lead_name, lead_title of the township that is made whole."""
    text = files(__package__).joinpath("data/whole_township.csv").read_text(encoding="utf-8")
    return {row["code"]: row for row in csv.DictReader(text.splitlines())}


def is_urban_community(code: str) -> bool:
    """Tell the 16 communities of the four streets: residents' committees are 001 to 199."""
    return code[6:9] < "100" and code[9:] < "200"


def subdivide(
    village: VillagePlan, rng: random.Random, first_key: int = 1
) -> tuple[list[AreaRow], list[Door]]:
    """Cut a village into areas with doors; exactly `household_count` doors are not vacant."""
    layout = _Layout(village, rng, first_key)
    count = village.household_count
    if village.style == "groups":
        _add_groups(layout, _group_sizes(village, rng))
    elif village.style == "estates":
        _add_estates(layout)
    elif village.style == "one_estate":
        _add_estate(layout, ESTATE_NAME, count, 62)
    else:
        _add_estate(layout, SMALL_ESTATE_NAME, SMALL_ESTATE_HOUSEHOLDS, 6)
        _add_groups(layout, ESTATE_VILLAGE_GROUPS)
    return layout.areas, layout.doors


class _Layout:
    """The areas and doors of one village while they are made."""

    def __init__(self, village: VillagePlan, rng: random.Random, first_key: int) -> None:
        self.village, self.rng = village, rng
        self.areas: list[AreaRow] = []
        self.doors: list[Door] = []
        self._first_key = first_key
        self._estates = 0

    def add_area(self, code: str, name: str, level: str, parent: str) -> str:
        self.areas.append((code, name, level, parent))
        return code

    def add_door(self, area_code: str, place: tuple[str, str, str, str], label: str, use: str) -> None:
        """Append a door; `place` is (building, unit, floor, room). Walk order is order of making."""
        key = self._first_key + len(self.doors)
        self.doors.append(Door(key, area_code, *place, label, len(self.doors) + 1, use))

    def next_estate_code(self) -> str:
        self._estates += 1
        return f"{self.village.code}E{self._estates:02d}"


def share_out(total: int, weights: list[float]) -> list[int]:
    """Split a whole number by weights; the parts add up to it exactly."""
    scale = total / sum(weights)
    edges = [0] + [round(edge * scale) for edge in accumulate(weights)]
    return [after - before for before, after in pairwise(edges)]


def _group_sizes(village: VillagePlan, rng: random.Random) -> list[int]:
    count = village.household_count
    groups = 2 if village.is_sample else min(20, max(8, round(count / 38)))
    return share_out(count, [rng.uniform(0.7, 1.3) for _ in range(groups)])


def _add_groups(layout: _Layout, sizes: list[int] | tuple[int, ...]) -> None:
    rng, village = layout.rng, layout.village
    collectives = (
        {} if village.is_sample or village.household_count < 200 else _group_collectives(layout, len(sizes))
    )
    for number, size in enumerate(sizes, 1):
        area = layout.add_area(f"{village.code}G{number:02d}", f"{number}组", "group", village.code)
        vacant = 0 if village.is_sample else round(size * VACANT_SHARE * rng.uniform(0.3, 1.7))
        named = rng.sample(HOUSE_NAMES, 0 if size < 12 else rng.randint(1, 3))
        if village.code == ESTATE_VILLAGE:
            named = list(HOUSE_NAMES[:2])  # 屋场坪 and 老学堂: the tour stops there
        uses = ["family"] * (size - (number in collectives)) + ["vacant"] * vacant
        rng.shuffle(uses)
        labels: list[str] = []
        house = 0
        for _ in range(len(uses) - len(named)):
            house += 1
            if rng.random() < 0.04 and village.code != ESTATE_VILLAGE:
                house += 1  # a number of a house since pulled down
            labels.append(f"{house}号")
        for name in named:
            labels.insert(rng.randint(0, len(labels)), name)
        for label, use in zip(labels, uses, strict=True):
            layout.add_door(area, ("", "", "", label if label.endswith("号") else ""), label, use)
        if number in collectives:
            label, use = collectives[number]
            layout.add_door(area, ("", "", "", ""), label, use)


def _group_collectives(layout: _Layout, groups: int) -> dict[int, tuple[str, str]]:
    """Choose which groups hold a household of people who are no family."""
    kinds = [("村小教师宿舍", "dormitory"), ("公路工地板房", "site"), ("砖厂宿舍", "dormitory")]
    if layout.village.code[9:] < "200":  # the township's own seat keeps the home for the old
        kinds = [("敬老院", "nursing_home"), ("卫生院宿舍", "dormitory"), ("市场工地板房", "site")]
    if layout.village.code == ESTATE_VILLAGE:
        return {}  # its one collective household is a known one
    chosen = layout.rng.sample(kinds, layout.rng.randint(1, 2 if kinds[0][1] == "dormitory" else 3))
    return dict(zip(layout.rng.sample(range(1, groups + 1), len(chosen)), chosen, strict=True))


def _add_estates(layout: _Layout) -> None:
    """Give a community of the town its estates, 250 to 900 households each."""
    count, rng = layout.village.household_count, layout.rng
    estates = 1 if layout.village.is_sample else max(1, round(count / 550))
    names = rng.sample(ESTATE_NAMES, min(estates, len(ESTATE_NAMES)))
    parts = share_out(count, [rng.uniform(0.5, 1.5) for _ in names])
    for name, part in zip(names, parts, strict=True):
        _add_estate(layout, name, part, max(1, round(part / 37)))


def _shapes(rng: random.Random, households: int, buildings: int) -> list[tuple[int, int, int]]:
    """Draw shapes for the buildings so that the doors suffice and few too many stand vacant."""
    doors = [units * floors * each for units, floors, each in BUILDINGS]
    drawn = [rng.choice(TYPICAL_BUILDINGS) for _ in range(buildings)]
    least = households if households < 36 else households * 1.04
    most = max(households * 1.1, households + 24)
    while not least <= sum(doors[kind] for kind in drawn) <= most:
        step = 1 if sum(doors[kind] for kind in drawn) < least else -1
        movable = [i for i, kind in enumerate(drawn) if 0 <= kind + step < len(BUILDINGS)]
        if not movable:  # all are of the smallest or largest shape: as near as shapes allow
            if step < 0:
                break
            drawn.append(0)
            continue
        drawn[rng.choice(movable)] += step
    return [BUILDINGS[kind] for kind in drawn]


def _add_estate(layout: _Layout, name: str, households: int, buildings: int) -> None:
    rng, village = layout.rng, layout.village
    estate = layout.add_area(layout.next_estate_code(), name, "estate", village.code)
    is_small = name == SMALL_ESTATE_NAME
    shapes = [(3, 6, 2)] * 5 + [(2, 6, 2)] if is_small else _shapes(rng, households, buildings)
    sizes = [units * floors * each for units, floors, each in shapes]
    collective = [] if is_small or village.is_sample or households < 400 else ["dormitory", "site"]
    lived_in = households - len(collective)
    uses = ["family"] * lived_in + ["vacant"] * (sum(sizes) - lived_in)
    rng.shuffle(uses)

    grids = max(1, round(households / GRID_HOUSEHOLDS))
    before = 0
    grid = ""
    opened = 0
    for number, (shape, size) in enumerate(zip(shapes, sizes, strict=True), 1):
        if before * grids >= opened * sum(sizes):  # this building begins the next share of the doors
            opened += 1
            grid = layout.add_area(f"{estate}G{opened:02d}", f"第{opened}网格", "grid", estate)
            if opened == 1:
                for use in collective:
                    layout.add_door(
                        grid, ("", "", "", ""), {"site": "二期工地板房"}.get(use, "物业宿舍"), use
                    )
        building = layout.add_area(f"{grid}B{number:02d}", f"{number}栋", "building", grid)
        _add_building(layout, building, number, shape, uses[before : before + size])
        before += size


def _add_building(
    layout: _Layout, area: str, number: int, shape: tuple[int, int, int], uses: list[str]
) -> None:
    units, floors, each = shape
    use = iter(uses)
    for unit in range(1, units + 1):
        for floor in range(1, floors + 1):  # from the bottom up: the way a worker climbs
            for side in range(1, each + 1):
                room = f"{floor}{side:02d}"
                place = (f"{number}栋", f"{unit}单元", str(floor), room)
                layout.add_door(area, place, f"{unit}单元{room}", next(use))
