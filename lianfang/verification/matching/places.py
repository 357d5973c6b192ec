"""Where a row says that somebody is: its address, read with the county's gazetteer, as paths and codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

from lianfang.areas.address import Gazetteer, read
from lianfang.areas.address.tail import read_tail
from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.areas.reading import gazetteer_of
from lianfang.core.scope import subtree
from lianfang.verification.rows import ListRow

# 湖北省武汉市洪山区…: what may be told of an address elsewhere; the street and the door are left out.
# No city has a name of one sign (邵东市两市塘街道), and 社区, 小区 are no districts.
_COUNTY = r"(?:[^\W\d]{1,6}?(?:县|(?<![社小园])区|旗)|[^\W\d]{2,6}?市)"
_ELSEWHERE = re.compile(
    r"[^\W\d]{2,8}?(?:省|自治区|特别行政区)(?:[^\W\d]{1,10}?(?:市|自治州|州|盟|地区))?" + f"{_COUNTY}?"
    r"|[^\W\d]{1,10}?(?:市|自治州|州|盟|地区)" + f"{_COUNTY}?"
    r"|[^\W\d]{1,8}?(?:县|旗)"
)


_PROVINCE = re.compile(
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|"
    "内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)


@dataclass(frozen=True, slots=True)
class Where:
    """A place as a text tells it. `village`, `town`: codes, empty when it does not say or two would fit; `path`: of
    the village; `door`: equal for one door; `elsewhere`: another county or what lies above it, by its name."""

    town: str = ""
    village: str = ""
    path: str = ""
    door: str = ""
    elsewhere: str = ""


NOWHERE = Where()


class Places:
    """The townships and villages of a county, and its gazetteer. Each text is read once."""

    def __init__(
        self,
        county: Area,
        gazetteer: Gazetteer,
        rows: list[tuple[str, str, str]],
        above: Sequence[str],
    ) -> None:
        """`above`: the names of province, prefecture and county."""
        self.county, self._gazetteer = county, gazetteer
        self._province, self._above = above[0].rstrip("省市"), [name[:2] for name in above[1:]]
        self.paths = {code: path for path, code, _level in rows}
        self.towns = {path: code for path, code, level in rows if level == Area.Level.TOWNSHIP}
        self.villages = {path: code for path, code, level in rows if level == Area.Level.VILLAGE}
        self._read: dict[str, Where] = {}
        self._one_at_a_time = Lock()  # a gazetteer spells its names when they are first asked for
        self._chains: dict[str, tuple[str, str, str]] = {}

    def chain(self, path: str) -> tuple[str, str, str]:
        """Code of the township, code and path of the village in which an area lies; empty where it lies in none."""
        found = self._chains.get(path)
        if found is None:
            steps = prefixes(path)
            village = next((step for step in steps if step in self.villages), "")
            town = next((self.towns[step] for step in steps if step in self.towns), "")
            found = self._chains[path] = (town, self.villages.get(village, ""), village)
        return found

    def read(self, text: str) -> Where:
        found = self._read.get(text)
        if found is None:
            with self._one_at_a_time:
                found = self._read[text] = self._where(text) if text.strip() else NOWHERE
        return found

    def of(self, row: ListRow) -> Where:
        """Where a row says that somebody is: its address, with what the sender's columns say where it is silent."""
        where = self.read(row.address)
        if where.path or where.elsewhere or not (row.town_said or row.village_said):
            return where
        said = self.said(row.town_said, row.village_said)
        if not said.path or (where.town and where.town != said.town):
            return where if where.town else said
        return replace(said, door=_door(row.address))

    def said(self, town: str, village: str) -> Where:
        """What the sender's own columns say: names, whole addresses or codes."""
        for code in (village.strip(), town.strip()):
            if code in self.paths:
                chain = self.chain(self.paths[code])
                return Where(chain[0], chain[1], chain[2])
        if not town and not village:
            return NOWHERE
        whole = self.read(village if town in village else town + village)
        return Where(whole.town, whole.village, whole.path)

    def number_from(self, text: str) -> str:
        """Where a number was bought, as the sender's column tells it (湖南长沙, 广东省东莞市); "" for the county's own
        prefecture, which is as far as numbers tell, for its province alone, and for what names none (未知, 中国移动)."""
        plain = "".join(text.split())[:20]
        is_ours = any(name in plain for name in self._above)
        return (
            plain if _PROVINCE.match(plain) and not is_ours and plain.rstrip("省") != self._province else ""
        )

    def _where(self, text: str) -> Where:
        reading = read(self._gazetteer, text, sent_by=self.county.code)
        if reading.status == "outside":
            named = _ELSEWHERE.match(text.strip().removeprefix("中国"))
            return Where(elsewhere=named[0] if named else "")
        if reading.county != self.county.code:
            return NOWHERE
        path = self.paths.get(reading.village, "")
        return Where(reading.town, reading.village if path else "", path, _door(text) if path else "")


def _door(text: str) -> str:
    tail = read_tail(text)
    return door_of(tail.group, tail.building, tail.unit, tail.room or tail.house)


def door_of(group: str, building: str, unit: str, room: str) -> str:
    """A door within its village in one spelling; "" when the house itself is not told."""
    if not room:
        return ""
    return f"{building}/{unit}/{room}" if building else f"{group}/{room}"


def places_of(county: Area) -> Places:
    low, high = subtree(county.path)
    areas = Area.objects.filter(
        path__gte=low, path__lt=high, level__in=(Area.Level.TOWNSHIP, Area.Level.VILLAGE), valid_to=None
    )
    steps = Area.objects.filter(path__in=prefixes(county.path)).order_by("path")
    above = list(steps.values_list("name", flat=True))
    return Places(county, gazetteer_of(county), list(areas.values_list("path", "code", "level")), above)
