"""Made-up residents and rows that say something damaged of them, for measuring how well they are found again.

Seeded, and apart from the matcher: it draws names from the frequency tables of the shared data (tests only) and knows
nothing of the matcher's tables.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from lianfang.register.rules import check_digit

VILLAGE_PEOPLE = 1_500
# Written for one another by hand and on photos; some of these the matcher's table has, some it has not.
SHAPES = "伟炜 明朋 国囯 建健 华毕 红江 丽两 静净 敏繁 秀季 英央 梅海 玲铃 辉晖 宇字 轩轧 杰木 俊峻 涛祷 波坡 斌武 刚冈 平乎 军车 桂佳 芳劳 兰三 燕热 洁浩 欣掀 佳住 婷停 雪雷 超起 强弱 文交 志忘 春者 林材 勇男 金全 云去 玉王 凤风 霞霖 娟捐 莲连 珍诊 琴琹 萍苹 飞气 鹏朋 峰锋 龙尤 东车 成咸 永水 生主 福副 荣劳"
TRADITIONAL = dict(
    zip("国华伟丽张陈刘杨黄军红兰凤龙东庆贵学", "國華偉麗張陳劉楊黃軍紅蘭鳳龍東慶貴學", strict=True)
)


@dataclass(slots=True)
class Resident:
    key: int
    name: str
    sex: str
    birth_on: dt.date
    id_number: str
    phone: str
    village: str
    door: str
    household: int
    others: frozenset[str] = frozenset()


@dataclass(slots=True)
class Row:
    """What a list says; `truth` is the key of a resident, None for somebody whom the register has not."""

    truth: int | None
    name: str
    sex: str = ""
    birth_on: dt.date | None = None
    id_number: str = ""
    phones: tuple[str, ...] = ()
    village: str = ""
    door: str = ""
    damage: list[str] = field(default_factory=list)


class Tables:
    """The frequency tables of shared/data/linkage."""

    def __init__(self, folder: Path) -> None:
        with (folder / "surnames.csv").open(encoding="utf-8-sig") as file:
            rows = [r for r in csv.DictReader(file) if r["n.1930_2008"].isdigit()]
        self.surnames = [r["surname"] for r in rows]
        self.surname_counts = [int(r["n.1930_2008"]) for r in rows]
        with (folder / "top1000_given_names_hunan_hubei_sichuan.csv").open(encoding="utf-8-sig") as file:
            given = list(csv.DictReader(file))
        self.given = [r["name"] for r in given]
        self.male = [int(r["n.male"]) for r in given]
        self.female = [int(r["n.female"]) for r in given]
        with (folder / "given_name_characters.csv").open(encoding="utf-8-sig") as file:
            chars = list(csv.DictReader(file))
        self.chars = [r["character"] for r in chars]
        self.char_male = [int(r["n.male"]) for r in chars]
        self.char_female = [int(r["n.female"]) for r in chars]
        self.by_sound: dict[str, list[str]] = defaultdict(list)
        self.sounds: dict[str, str] = {}
        for r in chars:
            sound = r["pinyin"].rstrip("0123456789")
            self.by_sound[sound].append(r["character"])
            self.sounds[r["character"]] = sound


def make_residents(tables: Tables, count: int, seed: int) -> list[Resident]:
    """Households of one to six in villages of 1,500; families share phones and doors, villages share surnames."""
    chance = random.Random(seed)
    pool = Names(tables, chance)
    made: list[Resident] = []
    household = 0
    while len(made) < count:
        village = len(made) // VILLAGE_PEOPLE
        path = f"cn.43.05.81.{107 + village // 20}.{201 + village % 20}."
        families = pool.village_surnames(village)
        surname = chance.choice(families) if chance.random() < 0.5 else pool.surname()
        made += _household(pool, chance, len(made), household, surname, path)
        household += 1
    by_household: dict[int, list[Resident]] = defaultdict(list)
    for one in made:
        by_household[one.household].append(one)
    for family in by_household.values():
        names = frozenset(one.name for one in family)
        for one in family:
            one.others = names - {one.name}
    return made[:count]


class Names:
    def __init__(self, tables: Tables, chance: random.Random) -> None:
        self.tables, self.chance = tables, chance
        self._surnames = iter(())
        self._given = {"male": iter(()), "female": iter(())}
        self._chars = {"male": iter(()), "female": iter(())}
        self._of_village: dict[int, list[str]] = {}

    def surname(self) -> str:
        found = next(self._surnames, None)
        if found is None:
            drawn = self.chance.choices(self.tables.surnames, self.tables.surname_counts, k=20_000)
            self._surnames = iter(drawn)
            found = next(self._surnames)
        return found

    def village_surnames(self, village: int) -> list[str]:
        if village not in self._of_village:
            self._of_village[village] = [self.surname() for _ in range(4)]
        return self._of_village[village]

    def _draw(self, kind: dict, names: list[str], male: list[int], female: list[int], sex: str) -> str:
        found = next(kind[sex], None)
        if found is None:
            kind[sex] = iter(self.chance.choices(names, male if sex == "male" else female, k=20_000))
            found = next(kind[sex])
        return found

    def given(self, sex: str) -> str:
        t = self.tables
        if self.chance.random() < 0.35:
            return self._draw(self._given, t.given, t.male, t.female, sex)
        first = self._draw(self._chars, t.chars, t.char_male, t.char_female, sex)
        return first + self.char(sex) if self.chance.random() < 0.9 else first

    def char(self, sex: str) -> str:
        t = self.tables
        return self._draw(self._chars, t.chars, t.char_male, t.char_female, sex)


def _household(
    pool: Names, chance: random.Random, key: int, household: int, surname: str, path: str
) -> list[Resident]:
    born = dt.date(1940, 1, 1) + dt.timedelta(days=chance.randrange(22_000))
    door = f"{chance.randrange(1, 12)}组{chance.randrange(1, 60)}号"
    phone = _phone(chance)
    family: list[Resident] = []

    def add(name: str, sex: str, day: dt.date, number: str) -> None:
        family.append(
            Resident(key + len(family), name, sex, day, _id(chance, day, sex), number, path, door, household)
        )

    add(surname + pool.given("male"), "male", born, phone)
    if chance.random() < 0.8:
        day = born + dt.timedelta(days=chance.randrange(-1500, 2000))
        add(
            pool.surname() + pool.given("female"),
            "female",
            day,
            _phone(chance) if chance.random() < 0.6 else phone,
        )
    generation = pool.char("male") if chance.random() < 0.4 else ""
    day = born + dt.timedelta(days=8_000 + chance.randrange(3_000))
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3))):
        if day > dt.date(2026, 1, 1):
            break
        sex = chance.choice(("male", "female"))
        given = generation + pool.char(sex) if generation else pool.given(sex)
        number = _phone(chance) if chance.random() < 0.5 and day.year < 2008 else phone
        add(surname + given, sex, day, number)
        if chance.random() < 0.015:  # twins: one day, one family, names that go together
            twin = surname + given[:-1] + pool.char(sex)
            add(twin, sex, day, number)
        day += dt.timedelta(days=chance.randrange(400, 1_800))
    return family


def _phone(chance: random.Random) -> str:
    return chance.choice(("138", "139", "150", "177", "186", "199")) + f"{chance.randrange(10**8):08}"


def _id(chance: random.Random, day: dt.date, sex: str) -> str:
    order = chance.randrange(500) * 2 + (sex == "male")
    region = "430581" if chance.random() < 0.85 else chance.choice(("430502", "421181", "510104", "430521"))
    first = f"{region}{day:%Y%m%d}{order % 1000:03}"
    return first + check_digit(first)


# ---------- rows of a list ----------


def make_rows(
    tables: Tables, residents: list[Resident], count: int, seed: int, *, strange: float = 0.15
) -> list[Row]:
    """`strange` of the rows are of people whom the register has not, half of them namesakes or kin of residents."""
    chance = random.Random(seed)
    pool = Names(tables, chance)
    rows = []
    for _ in range(count):
        one = residents[chance.randrange(len(residents))]
        if chance.random() < strange:
            rows.append(_damaged(tables, chance, replace(_stranger(pool, chance, one), key=-1), residents))
        else:
            rows.append(_damaged(tables, chance, one, residents))
    return rows


def _stranger(pool: Names, chance: random.Random, near: Resident) -> Resident:
    sex = chance.choice(("male", "female"))
    day = dt.date(1940, 1, 1) + dt.timedelta(days=chance.randrange(30_000))
    kind = chance.random()
    if kind < 0.25:  # a namesake in the village
        return replace(
            near,
            birth_on=day,
            id_number=_id(chance, day, near.sex),
            phone=_phone(chance),
            door="",
            others=frozenset(),
        )
    if kind < 0.5:  # a brother or sister whom the register has not
        name = near.name[:1] + pool.given(sex)
        return replace(near, name=name, sex=sex, birth_on=day, id_number=_id(chance, day, sex))
    name = pool.surname() + pool.given(sex)
    return replace(
        near,
        name=name,
        sex=sex,
        birth_on=day,
        id_number=_id(chance, day, sex),
        phone=_phone(chance),
        door="",
        others=frozenset(),
    )


def _damaged(tables: Tables, chance: random.Random, one: Resident, residents: list[Resident]) -> Row:
    row = Row(
        None if one.key < 0 else one.key,
        one.name,
        one.sex if chance.random() < 0.8 else "",
        one.birth_on if chance.random() < 0.5 else None,
        one.id_number,
        (one.phone,),
        one.village,
        one.door if chance.random() < 0.6 else "",
    )
    _damage_name(tables, chance, row)
    _damage_id(chance, row)
    _damage_phone(chance, row, residents)
    kind = chance.random()
    if kind < 0.15:
        row.village, row.door = "", ""
    elif kind < 0.22:  # the old address
        row.village, row.door = residents[chance.randrange(len(residents))].village, ""
    if row.birth_on and chance.random() < 0.01 and row.birth_on.day <= 12:
        row.birth_on = row.birth_on.replace(month=row.birth_on.day, day=row.birth_on.month)
        row.damage.append("birth_swapped")
    return row


def _damage_name(tables: Tables, chance: random.Random, row: Row) -> None:
    kind, name = chance.random(), row.name
    n = chance.randrange(len(name))
    if kind < 0.05:
        others = tables.by_sound.get(tables.sounds.get(name[n], ""), ())
        if len(others) > 1:
            row.name, code = name[:n] + chance.choice(others) + name[n + 1 :], "homophone"
        else:
            return
    elif kind < 0.08:
        near = [w.replace(name[n], "") for w in SHAPES.split() if name[n] in w]
        if not near:
            return
        row.name, code = name[:n] + near[0] + name[n + 1 :], "look_alike"
    elif kind < 0.10 and len(name) > 2:
        row.name, code = name[:n] + name[n + 1 :], "dropped"
    elif kind < 0.11:
        row.name, code = "".join(TRADITIONAL.get(c, c) for c in name), "traditional"
    elif kind < 0.115:
        row.name, code = name[:n] + chance.choice(tables.chars) + name[n + 1 :], "wrong_character"
    else:
        return
    row.damage.append(code)


def _damage_id(chance: random.Random, row: Row) -> None:
    kind, number = chance.random(), row.id_number
    n = chance.randrange(17)
    if kind < 0.30:
        row.id_number, code = "", "id_missing"
    elif kind < 0.34:
        wrong = str((int(number[n]) + chance.randrange(1, 10)) % 10)
        row.id_number, code = number[:n] + wrong + number[n + 1 :], "id_digit"
    elif kind < 0.36:
        n = min(n, 15)
        row.id_number, code = number[:n] + number[n + 1] + number[n] + number[n + 2 :], "id_swapped"
    elif kind < 0.38:
        row.id_number, code = number[:n] + number[n + 1 :], "id_lost"
    elif kind < 0.40:
        row.id_number, code = number[:15] + "000", "id_wreck"
    elif kind < 0.43:
        row.id_number, code = number[:4] + "*" * 10 + number[-4:], "id_masked"
    elif kind < 0.45:
        row.id_number, code = (
            number[:17] + chance.choice([c for c in "0123456789X" if c != number[17]]),
            "id_check",
        )
    else:
        return
    row.damage.append(code)


def _damage_phone(chance: random.Random, row: Row, residents: list[Resident]) -> None:
    kind, number = chance.random(), row.phones[0]
    n = chance.randrange(3, 11)
    if kind < 0.12:
        row.phones, code = (), "phone_missing"
    elif kind < 0.24:
        row.phones, code = (_phone(chance),), "phone_changed"
    elif kind < 0.28:
        row.phones, code = (number[:n] + number[n + 1 :],), "phone_lost"
    elif kind < 0.29:  # the number had somebody else before
        row.phones, code = (residents[chance.randrange(len(residents))].phone,), "phone_of_another"
    else:
        return
    row.damage.append(code)
