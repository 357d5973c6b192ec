"""The named cast and a county small enough to add up by hand. Tests read as sentences about these people.

Wugang (武冈市) has two townships. 司马冲镇 holds 杨梅村 and 田心村, 湾头桥镇 holds 泉塘村; each village has two groups, each
group three households of three: a couple and a child. Everybody is invented.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lianfang.accounts.models import Grant, Role, User
from lianfang.accounts.queries import Actor, get_actor
from lianfang.areas.models import Area
from lianfang.areas.rules import path_of
from lianfang.campaigns.models import Campaign, Emergency, Order, Round
from lianfang.campaigns.operations.rounds import freeze_round
from lianfang.core import clock, keys
from lianfang.core.scope import ROOT, Scope, scoped
from lianfang.register.models import Door, Household, Person
from lianfang.workforce.models import Assignment, Worker

TONIGHT = clock.at(dt.date(2026, 8, 7), 21, 5)
AREAS = (
    ("43", "湖南省", "province", ""),
    ("4305", "邵阳市", "prefecture", "43"),
    ("430581", "武冈市", "county", "4305"),
    ("430581101", "湾头桥镇", "township", "430581"),
    ("430581107", "司马冲镇", "township", "430581"),
    ("430581101201", "泉塘村", "village", "430581101"),
    ("430581107221", "杨梅村", "village", "430581107"),
    ("430581107222", "田心村", "village", "430581107"),
)
GROUPS = ("1组", "2组")
# (username, name, role, title, area code)
CAST = (
    ("liu", "刘志远", Role.COUNTY_LEAD, "带班领导", "430581"),
    ("zhou", "周敏", Role.DATA_OFFICER, "数据专班", "430581"),
    ("dai", "戴春燕", Role.TOWNSHIP_LEAD, "镇长", "430581107"),
    ("deng", "邓永福", Role.VILLAGE_LEAD, "村支书", "430581107221"),
    ("wang", "王小红", Role.GRID_WORKER, "网格员", "430581107221G01"),
    ("zeng", "曾祥林", Role.GRID_WORKER, "网格员", "430581107221G02"),
    ("tan", "谭小英", Role.GRID_WORKER, "网格员", "430581107222G01"),
    ("qu", "瞿敏", Role.INSPECTOR, "督查员", "430581"),
    ("shen", "申志文", Role.AUDITOR, "审计员", "430581"),
)
SURNAMES = (
    "易",
    "覃",
    "滕",
    "杨",
    "莫",
    "曹",
    "舒",
    "米",
    "肖",
    "唐",
    "蒋",
    "姜",
    "夏",
    "匡",
    "段",
    "钟",
    "粟",
    "毛",
)
ROSTER = (("head", "male", "国强", 1980), ("spouse", "female", "桂花", 1982), ("child", "male", "子涵", 2014))


@dataclass
class World:
    """Areas by name, users by name, households by 'village/group/number'."""

    areas: dict[str, Area] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    households: dict[str, Household] = field(default_factory=dict)
    emergency: Emergency | None = None

    def actor(self, name: str) -> Actor:
        with clock.frozen(TONIGHT):
            return get_actor(self.users[name])

    def scope(self, name: str) -> Scope:
        return self.actor(name).scope_for()

    @contextmanager
    def acting(self, name: str) -> Iterator[Scope]:
        """As this person, at 21:05, within their own areas."""
        with clock.frozen(TONIGHT), scoped(self.scope(name)) as scope:
            yield scope

    @contextmanager
    def as_root(self) -> Iterator[Scope]:
        with scoped(Scope.over([ROOT], purpose="test")) as scope:
            yield scope

    def people(self, household: str) -> list[Person]:
        """The members, head first; needs a scope."""
        return list(Person.objects.filter(household=self.households[household]).order_by("id"))

    def campaign(
        self, area: str = "武冈市", *, frozen: bool = True, hours: int = 24, **fields: object
    ) -> Round:
        """A declared campaign with its first round, frozen unless told otherwise. Opened this morning at 8."""
        opens_at = clock.at(dt.date(2026, 8, 7), 8)
        with clock.frozen(TONIGHT), self.as_root():
            campaign = Campaign.objects.create(
                **{
                    "emergency": self.emergency,
                    "name": "敲门行动",
                    "purpose": "household_sweep",
                    "area": self.areas[area],
                    "area_path": self.areas[area].path,
                    "form_key": "household_sweep",
                    "form_version": 1,
                    "declared_at": opens_at,
                    "declared_by": self.users["周敏"].pk,
                    **fields,
                }
            )
            found = Round.objects.create(
                campaign=campaign, number=1, opens_at=opens_at, due_at=opens_at + dt.timedelta(hours=hours)
            )
            if frozen:
                freeze_round(round_id=found.pk, by=self.users["周敏"].pk)
                found.refresh_from_db()
        return found


def build() -> World:
    """Make the county in the test's transaction. The order and the emergency run since the day before yesterday."""
    world = World()
    with clock.frozen(clock.at(dt.date(2026, 8, 5), 8)), world.as_root():
        _areas(world)
        _cast(world)
        for village in ("泉塘村", "杨梅村", "田心村"):
            for group in GROUPS:
                _households(world, village, group)
        _emergency(world)
    return world


def _areas(world: World) -> None:
    by_code: dict[str, Area] = {}

    def add(code: str, name: str, level: str, parent_code: str, key: str) -> None:
        parent = by_code.get(parent_code)
        path = path_of(code, parent_code, parent.path if parent else None)
        by_code[code] = world.areas[key] = Area.objects.create(
            code=code, name=name, level=level, parent=parent, path=path
        )

    for code, name, level, parent in AREAS:
        add(code, name, level, parent, name)
    for code, name, level, _ in AREAS:
        if level == "village":
            for number, group in enumerate(GROUPS, 1):
                add(f"{code}G{number:02}", group, "group", code, f"{name}/{group}")


def _cast(world: World) -> None:
    by_code = {area.code: area for area in world.areas.values()}
    starts_at = clock.now()
    for username, name, role, title, code in CAST:
        area = by_code[code]
        user = User(username=username, name=name)
        user.set_unusable_password()
        user.save()
        world.users[name] = user
        Grant.objects.create(
            user=user,
            role=role,
            title=title,
            area=area,
            area_path=area.path,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(days=90),
        )
        worker = Worker.objects.create(user=user, name=name, title=title, area=area, area_path=area.path)
        world.workers[name] = worker
        if role not in (Role.INSPECTOR, Role.AUDITOR, Role.DATA_OFFICER):
            Assignment.objects.create(worker=worker, area=area, area_path=area.path, starts_at=starts_at)


def _households(world: World, village: str, group: str) -> None:
    area = world.areas[f"{village}/{group}"]
    for number in (1, 2, 3):
        surname = SURNAMES[len(world.households) % len(SURNAMES)]
        door = Door.objects.create(area=area, area_path=area.path, label=f"{number}号", walk_order=number)
        household = Household.objects.create(
            door=door,
            area_path=area.path,
            head_name=f"{surname}{ROSTER[0][2]}",
            reference=f"{area.code}-{number}",
        )
        world.households[f"{village}/{group}/{number}"] = household
        Person.objects.bulk_create(
            Person(
                household=household,
                area_path=area.path,
                name=f"{surname}{given}",
                sex=sex,
                birth_on=dt.date(year, 5, number),
                relation=relation,
                reference=f"{household.reference}-{relation}",
            )
            for relation, sex, given, year in ROSTER
        )


def _emergency(world: World) -> None:
    county, opened_at = world.areas["武冈市"], clock.now()
    order = Order.objects.create(
        number="武防指发〔2026〕7号",
        issuer="武冈市疫情防控指挥部",
        title="关于开展敲门行动的通知",
        area=county,
        area_path=county.path,
        received_at=opened_at,
        received_by=world.users["周敏"].pk,
    )
    world.emergency = Emergency.objects.create(
        order=order,
        name="本轮疫情",
        pathogen="COVID-19",
        legal_basis="中华人民共和国传染病防治法",
        area=county,
        area_path=county.path,
        opened_at=opened_at,
        opened_by=world.users["刘志远"].pk,
        ends_at=opened_at + dt.timedelta(days=14),
    )
    keys.create(keys.emergency(world.emergency.pk))
