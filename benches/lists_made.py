"""Lists as they are pushed down, made from known people: what each row says, damaged as such lists are, and whom it means.

Seeded, and apart from the matcher: it knows nothing of `register.likeness` nor of `verification.matching`. A list is
made from people of the demo's kind, so that names, families and addresses are as in a county.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lianfang.areas.pinyin import READINGS
from lianfang.register.rules import check_digit
from lianfang.verification.rows import ListRow

TODAY = dt.date(2026, 8, 7)
# Taken for one another by hand, on photos and by shape typing.
SHAPES = (
    "伟炜 明朋 国囯 建健 华毕 红江 丽两 静净 敏繁 秀季 英央 梅海 玲铃 辉晖 宇字 杰木 俊峻 波坡 斌武 刚冈 平乎 军车 桂佳 芳劳 兰三 洁浩"
    " 欣掀 婷停 雪雷 超起 强弱 文交 志忘 春者 林材 勇男 金全 云去 玉王 凤风 霞霖 娟捐 莲连 珍诊 萍苹 峰锋 龙尤 东车 成咸 永水 生主 福副"
    " 荣劳 未末 杨扬 陈阵 刘刻 周同 徐除 邓郑 曾曹 肖尚 余佘 沈沉 谭潭 候侯 戴载 向何"
)
TRADITIONAL = dict(
    zip("国华伟丽张陈刘杨黄军红兰凤龙东庆贵学", "國華偉麗張陳劉楊黃軍紅蘭鳳龍東慶貴學", strict=True)
)
PET_NAMES = ("毛毛", "妹陀", "满崽", "小宝", "细妹", "伢子", "丫丫", "豆豆")


@dataclass(frozen=True, slots=True)
class Resident:
    """One of the register's people, as its sheets have them. `key` is what a row's truth points to."""

    key: str
    name: str
    sex: str
    birth_on: dt.date
    id_number: str
    phone: str
    town: str
    village: str
    village_code: str
    below: str  # 3组12号, 桂花园小区3栋2单元402
    household: int


@dataclass(frozen=True, slots=True)
class Made:
    """A row, whom it means (None: nobody of the register), and what was done to it."""

    row: ListRow
    truth: str | None
    damage: tuple[str, ...]


def make_list(residents: Sequence[Resident], count: int, seed: int, *, strange: float = 0.12) -> list[Made]:
    """`strange`: the share of people whom the register has not; half of them are kin or namesakes of residents."""
    return _Maker(residents, seed).make(count, strange)


class _Maker:
    def __init__(self, residents: Sequence[Resident], seed: int) -> None:
        self.residents = residents
        self.chance = random.Random(seed)
        self.by_sound = self._sounds(one.name for one in residents[:20_000])
        self.shapes = {c: w.replace(c, "") for w in SHAPES.split() for c in w}
        self.families: dict[int, list[Resident]] = defaultdict(list)
        for one in residents:
            self.families[one.household].append(one)
        self.namesakes = self._namesakes()

    @staticmethod
    def _sounds(names: Iterable[str]) -> dict[str, str]:
        """Characters of names, by how they are read."""
        groups: dict[str, set[str]] = defaultdict(set)
        for char in {char for name in names for char in name}:
            reading = READINGS.get(ord(char), "").split(",")[0]
            if reading:
                groups[reading].add(char)
        return {c: "".join(sorted(group - {c})) for group in groups.values() for c in group}

    def _namesakes(self) -> list[Resident]:
        """Two of one name in one village: the hardest to tell apart."""
        seen: dict[tuple[str, str], list[Resident]] = defaultdict(list)
        for one in self.residents:
            seen[one.village_code, one.name].append(one)
        return [one for group in seen.values() if len(group) > 1 for one in group]

    def make(self, count: int, strange: float) -> list[Made]:
        made = []
        for number in range(count):
            one = self.chance.choice(self.residents)
            roll = self.chance.random()
            truth: str | None = one.key
            if roll < strange:
                one, truth = self._stranger(one), None
            elif roll < strange + 0.02 and self.namesakes:
                one = self.chance.choice(self.namesakes)
                truth = one.key
            made.append(self._damaged(number + 2, one, truth))
        return made

    # ---------- who is not in the register ----------

    def _stranger(self, near: Resident) -> Resident:
        chance = self.chance
        other = chance.choice(self.residents)
        day = dt.date(1945, 1, 1) + dt.timedelta(days=chance.randrange(27_000))
        kind = chance.random()
        if kind < 0.2:  # a namesake from the same village
            return replace(
                near,
                birth_on=day,
                id_number=self._id(day, near.sex),
                phone=self._phone(),
                below="",
                household=-1,
            )
        if kind < 0.3:  # the twin of somebody: one day, one door, one phone
            name = near.name[:-1] + other.name[-1]
            name = name if name != near.name else near.name + other.name[-1]
            return replace(near, name=name, id_number=self._id(near.birth_on, near.sex))
        if kind < 0.5:  # kin who are not registered: surname, door and phone agree
            name = near.name[:1] + other.name[1:]
            return replace(near, name=name, sex=other.sex, birth_on=day, id_number=self._id(day, other.sex))
        name = other.name[:1] + chance.choice(self.residents).name[1:]
        return replace(
            near,
            name=name,
            sex=other.sex,
            birth_on=day,
            id_number=self._id(day, other.sex),
            phone=self._phone(),
            below=other.below,
            household=-1,
        )

    def _phone(self) -> str:
        return (
            self.chance.choice(("138", "139", "150", "177", "186", "199"))
            + f"{self.chance.randrange(10**8):08}"
        )

    def _id(self, day: dt.date, sex: str) -> str:
        order = self.chance.randrange(500) * 2 + (sex == "male")
        first = f"{self.chance.choice(('430581', '430581', '430502', '510104'))}{day:%Y%m%d}{order % 1000:03}"
        return first + check_digit(first)

    # ---------- what is done to a row ----------

    def _damaged(self, number: int, one: Resident, truth: str | None) -> Made:
        damage: list[str] = []
        name, former = self._name(one, damage)
        id_number = self._number(one.id_number, damage)
        phones = self._phones(one, damage)
        address, town, village = self._address(one, damage)
        chance = self.chance
        has_birth = chance.random()
        born = one.birth_on if has_birth < 0.25 else None
        if born and chance.random() < 0.03 and born.day <= 12:
            born = born.replace(month=born.day, day=born.month)
            damage.append("birth_swapped")
        row = ListRow(
            "名单",
            number,
            name=name,
            former_names=former,
            sex=one.sex if chance.random() < 0.6 else "",
            birth_on=born,
            birth_year=TODAY.year - _age(one.birth_on) if not born and has_birth < 0.5 else None,
            id_number=id_number,
            phones=phones,
            address=address,
            town_said=town,
            village_said=village,
        )
        return Made(row, truth, tuple(damage))

    def _name(self, one: Resident, damage: list[str]) -> tuple[str, tuple[str, ...]]:
        name, kind = one.name, self.chance.random()
        n = self.chance.randrange(len(name))
        ways: tuple[tuple[float, str, Callable[[], str]], ...] = (
            (0.05, "sound", lambda: self._swap(name, n, self.by_sound.get(name[n], ""))),
            (0.08, "shape", lambda: self._swap(name, n, self.shapes.get(name[n], ""))),
            (0.095, "dropped", lambda: name[:n] + name[n + 1 :] if len(name) > 2 else name),
            (0.105, "traditional", lambda: "".join(TRADITIONAL.get(c, c) for c in name)),
            (0.11, "order", lambda: name[0] + name[:0:-1] if len(name) == 3 else name),
            (0.115, "wrong", lambda: self._swap(name, n, self.chance.choice(self.residents).name[-1])),
        )
        for limit, code, way in ways:
            if kind < limit:
                written = way()
                if written != name:
                    damage.append(f"name_{code}")
                return written, ()
        if kind < 0.125:  # the register's name stands in the column of former names
            damage.append("name_former")
            return name[:1] + self.chance.choice(self.residents).name[1:], (name,)
        if kind < 0.13 and _age(one.birth_on) < 14:
            damage.append("name_pet")
            return name[:1] + self.chance.choice(PET_NAMES), (name,)
        return name, ()

    def _swap(self, name: str, n: int, others: str) -> str:
        return name[:n] + self.chance.choice(others) + name[n + 1 :] if others else name

    def _number(self, number: str, damage: list[str]) -> str:
        kind, chance = self.chance.random(), self.chance
        n = chance.randrange(16)
        wrong = str((int(number[n]) + chance.randrange(1, 10)) % 10)
        ways = (
            (0.30, "missing", ""),
            (0.33, "digit", number[:n] + wrong + number[n + 1 :]),
            (0.35, "swapped", number[:n] + number[n + 1] + number[n] + number[n + 2 :]),
            (0.365, "lost", number[:n] + number[n + 1 :]),
            (0.38, "wreck", number[:15] + "000"),
            (0.40, "masked", number[:4] + "*" * 10 + number[-4:]),
            (0.42, "masked", number[:6] + "*" * 8 + number[-4:]),
            (0.43, "masked", number[:14] + "****"),
        )
        for limit, code, written in ways:
            if kind < limit:
                damage.append(f"id_{code}")
                return written
        return number

    def _phones(self, one: Resident, damage: list[str]) -> tuple[str, ...]:
        kind, chance, number = self.chance.random(), self.chance, one.phone
        family = [p.phone for p in self.families.get(one.household, ()) if p.phone and p.phone != number]
        if family and (_age(one.birth_on) < 16 or kind < 0.03):
            damage.append("phone_of_family")
            return (chance.choice(family),)
        if not number or kind < 0.14:
            damage.append("phone_missing")
            return ()
        n = chance.randrange(3, 11)
        if kind < 0.26:
            damage.append("phone_changed")
            return (self._phone(),)
        if kind < 0.29:
            damage.append("phone_digit")
            return (number[:n] + str((int(number[n]) + 1 + chance.randrange(9)) % 10) + number[n + 1 :],)
        if kind < 0.30:
            damage.append("phone_lost")
            return (number[:n] + number[n + 1 :],)
        if kind < 0.31:
            damage.append("phone_of_another")
            return (chance.choice(self.residents).phone,) if chance.choice(self.residents).phone else ()
        if kind < 0.33:
            return (number, self._phone())
        return (number,)

    def _address(self, one: Resident, damage: list[str]) -> tuple[str, str, str]:
        """Address, and what the sender's own columns say of town and village."""
        kind, chance = self.chance.random(), self.chance
        here = one
        if kind < 0.07:
            here = chance.choice(self.residents)
            damage.append("address_old")
        if kind < 0.40:
            return f"湖南省邵阳市武冈市{here.town}{here.village}{here.below}", "", ""
        if kind < 0.55:
            return f"{here.town}{here.village}{here.below}", "", ""
        if kind < 0.70:
            return f"武冈市{here.town}{here.village}", "", ""
        if kind < 0.78:
            return here.below, here.town, here.village
        damage.append("address_missing")
        if kind < 0.84:
            return f"武冈市{here.town}", "", ""
        return ("湖南省武冈市", "", "") if kind < 0.92 else ("", "", "")


def _age(born: dt.date) -> int:
    return TODAY.year - born.year
