"""What stands behind the village in an address: group, estate, building, unit, floor, room, house number. Pure.

Only what is sure is read; all else is `rest`, in the order of the text. A list or a range (1幢-10幢, 9、6、5栋) names no
single building, so none is given. A door that is wrong is worse than none: somebody rings there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lianfang.areas.naming import NUMERALS, number_of

LONGEST_READ = 200  # a cell that is longer is a story, not an address


@dataclass(frozen=True, slots=True)
class Tail:
    """The parts of the end of an address in this system's spelling; '' where the text does not say.

    group 3组 or 前进组, grid 第2网格, estate 桂花园小区, building 3栋, unit 2, floor 5, room 501, house 12号 (12-3号,
    12号附1号). `rest`: what was not understood, in order, with a space between its pieces.

    A floor and a room of one or two digits stay as they were said (5楼1号 → floor 5, room 1): whether that door is
    called 501 is known only where the doors are known.
    """

    group: str = ""
    estate: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    house: str = ""
    rest: str = ""
    grid: str = ""

    def said(self) -> str:
        """The parts as one text in this system's spelling, which reads back as the same parts."""
        unit = f"{self.unit}单元" if self.unit else ""
        floor = f"{self.floor}楼" if self.floor else ""
        room = f"{self.room}室" if self.room else ""
        return f"{self.group}{self.grid}{self.house}{self.estate}{self.building}{unit}{floor}{room}"


# ---------- spelling ----------

_DASHES = dict.fromkeys(map(ord, "—–−‐‑‒―"), "-") | {ord("～"): "~", ord("號"): "号", ord("﹟"): "#"}


def folded(text: str) -> str:
    """Full width to half, circled digits to plain, every dash to one, no white space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return "".join(text.split())


def house_name(number: str, annex: str = "") -> str:
    """12, 12-3 and 12 with annex 1 → 12号, 12-3号, 12号附1号; the annex alone → 附3号."""
    own = f"{number}号" if number else ""
    return f"{own}附{annex}号" if annex else own


# ---------- tokens ----------

_SMALL = f"[{NUMERALS}]"
_NUMBER = re.compile(rf"\d+[A-Za-z]?(?![A-Za-z])|(?<![A-Za-z])[A-Za-z]\d{{0,3}}(?![A-Za-z])|{_SMALL}+")
# What may follow a number, by what it says the number is. Slips of ear and eye stand beside the right sign: 懂 动 冻
# for 栋, 撞 for 幢, 祖 for 组. A sign that begins another word is none (社区, 动力, 楼村).
_MARK = re.compile(
    r"(?P<group>村民小组|居民小组|村民组|居民组|生产小组|生产队|生产组|小组|小队|组(?![团织长员合])"
    r"|祖(?![国籍庙宗坟屋传])|社(?![区会保团员])|队(?![部员长伍]))"
    r"|(?P<grid>号?网格)"
    r"|(?P<building>号(?:楼|栋|幢|座|公寓楼|住宅楼)|#(?:楼|栋|幢|座)?|(?:栋|幢|棟)楼?|[懂动冻撞憧](?![力车物作])|座(?!落))"
    r"|(?P<unit>单元|单无|门洞|門洞|梯(?![田子])|门(?![面口市诊牌户前后岗卫]))"
    r"|(?P<floor>楼|层|F(?![A-Za-z]))"
    r"|(?P<room>室|号房|号室|房(?![产屋东间管子前后]))"
    r"|(?P<house>号院?(?![桥库线公路门井矿地店厂馆仓车码信国洞坝闸泵塔机工商电]|楼|院子)(?:门牌)?)"
)
_ANNEX = re.compile(rf"(?:附|-|之)(\d{{1,4}}|{_SMALL}{{1,3}})号?院?")
_FIRST = r"(\d{1,3}[A-Za-z]?|[A-Za-z]\d{0,2})"
_THREE = re.compile(
    _FIRST + r"(?:栋|幢|号楼|#)?-(\d{1,2}|[A-Za-z])(?:单元)?-([1-9]\d{0,3}|0\d{3})(?:室|号房|房|号)?(?![-\d])"
)
_TWO = re.compile(_FIRST + r"-([1-9]\d{2,3}|0\d{3})(?:室|号房|房)?(?![-\d号栋幢座])")
_UNIT_ROOM = re.compile(r"-?(\d{1,2})-([1-9]\d{0,3}|0\d{3})(?:室|号房|房|号)?(?![-\d])")
_ROOM_AFTER = re.compile(r"-?(\d{1,4}[A-Za-z]?)(?:室|号房|房)?(?=$|[,、;。.()])")
_ROOM_OF_FLOOR = re.compile(r"(\d{1,2})\d{2}(?:室|号房|房)?(?=$|[,、;(])")
_NOT_A_ROOM = frozenset("弄路街巷期区里村组年月日元户人米")
_JOINS = frozenset("、,;/~至到和及-")
_CLEAN = " ,、;:。.()[]【】_-~/·\"'"
_INSIDE = ("building", "unit", "floor")
_NAMED_GROUP = re.compile(r"[^\d、,;()村镇乡区第]{1,6}组(?![团织长员合一-龥])")
_SPLIT = re.compile(
    r"(?:社区|街道|居委会|村委会|委员会|镇|乡)(?=.{2})|(?<!新)村(?=.{2})(?!子|民|委)"
    r"|路(?=[^\W\d_]{3})(?!小区|花园|家属|公寓|宿舍|社区|大院|新村|安置|[一二三四五六七八九十])"
)
_TOWER = re.compile(r"(?:大厦|商厦|大楼|广场|中心|酒店|市场|局)$")  # of one building: its 7楼 is a floor
_TRAILING = re.compile(r"[、,~-]?\d+$")
_ROAD = re.compile(
    r"(?:路|街|巷|弄|道|段|里|村|社区|镇|乡|组|队|县|市|省)$|(?<!小)(?<![A-Za-z东西南北中上下一二三四五六七八九])区$"
)
_ESTATE = re.compile(
    r"(?:小区|花园|花苑|家园|嘉园|佳园|名园|雅园|公馆|新城|名城|新村|华府|府邸|山庄|庄园|别墅|安置房|安置点|安置区"
    r"|廉租房|公租房|保障房|宿舍楼?|家属[院区楼]|公寓楼?|大院|雅居|名居|新居|丽都|名都|豪庭|华庭|雅苑|名苑|佳苑|名邸"
    r"|半岛|首府|国际城|[^\W\d_]{2,}[苑府])(?:[一二三四五六七八九十\d]期|[A-Z东南西北中][区苑])?$"
)
_CLUSTER = re.compile(r"[^\W\d_]{1,6}(?:塆|湾|垸|屯|院子)$")
_NO_HOME = re.compile(r"(?:幼儿园|公园|工业园|产业园|果园|陵园|市政府|政府)$")
# (3组)12号 says its group; (含底商), (槐荫路581号) are said aside, and another address is no part of this one.
_BRACKETED = re.compile(rf"\((第?(?:\d{{1,3}}|{_SMALL}{{1,3}})(?:村民小组|小组|组|社|栋|幢))\)")
_ASIDE = re.compile(r"\([^()]*\)?")
_OUTSIDE = re.compile(r"除.+[外内]")


def read_tail(text: str) -> Tail:
    """The end of an address, with or without its head. Never raises; what is unsure stays in `rest`.

    >>> read_tail("桂花园小区3幢二单元五零一")
    Tail(group='', estate='桂花园小区', building='3栋', unit='2', floor='', room='501', house='', rest='', grid='')
    """
    plain = folded(text[:LONGEST_READ])
    if not plain:
        return Tail()
    if _OUTSIDE.search(plain):
        return Tail(rest=plain)
    return _Reader(plain).read()


def begins_with_door(text: str) -> bool:
    """3组12号, 三栋二单元: with nothing before it that is not understood, and no estate whose place is not known."""
    tail = read_tail(text)
    is_door = tail.group or tail.building or tail.unit or tail.room or tail.house
    return bool(is_door) and not tail.estate and not (tail.rest and text.startswith(tail.rest[0]))


class _Reader:
    """One text, from left to right: numbers with what they count, and the names between them."""

    __slots__ = ("asides", "at", "found", "last", "pieces", "plain", "unsure")

    def __init__(self, plain: str) -> None:
        if "(" in plain:
            plain = _BRACKETED.sub(r"\1", plain)
        self.plain = plain
        self.asides = [match.span() for match in _ASIDE.finditer(plain)] if "(" in plain else ()
        self.at = 0  # up to here all is read
        self.last = ""  # what the token that ends at `at` was
        self.found: dict[str, str] = {}
        self.unsure: set[str] = set()  # levels of which two were named
        self.pieces: list[tuple[str, str]] = []  # what was written, in order, and the level it was read as

    def read(self) -> Tail:
        plain = self.plain
        at = 0
        while match := _NUMBER.search(plain, at):
            start, end = match.span()
            if self.asides and (stop := self._aside_ends(start)):
                at = stop
            else:
                at = self._number(start, end, match[0])
        self._name(len(plain), "")
        return self._tail()

    def _number(self, start: int, end: int, written: str) -> int:
        """One number at its place; where to go on looking."""
        plain = self.plain
        if plain[end : end + 1] == "-" and (after := self._dashed(start)):
            return after
        mark = _MARK.match(plain, end)
        if mark is None or (kind := mark.lastgroup) is None:
            return self._bare(start, end, written)
        begin = start - 1 if start and plain[start - 1] == "第" else start
        if (before := plain[begin - 1 : begin]) in _JOINS and begin - 1 == self._number_ends(begin - 1):
            self.unsure.add(kind)  # 9、6、5栋: a list
        stop = mark.end()
        value = _value(written, kind)
        if kind == "house":
            return self._house(begin, stop, value, before)
        if kind == "floor" and self._names_building(begin, stop, value):
            kind = "building"
        if kind == "unit" and mark[0].startswith("门") and not self._is_inside():
            return end
        if not value or (kind in ("group", "unit", "floor", "grid") and not _fits(value)):
            return end
        return self._take(kind, value, begin, stop)

    def _aside_ends(self, at: int) -> int:
        """Where the brackets end in which `at` lies; 0 when it lies in none."""
        return next((stop for start, stop in self.asides if start < at < stop), 0)

    def _number_ends(self, at: int) -> int:
        """`at` when a number or a number with its sign ends there."""
        before = self.plain[:at]
        return at if re.search(rf"(?:\d[A-Za-z]?|{_SMALL}|[栋幢座号组])$", before[-2:]) else -1

    def _is_inside(self) -> bool:
        return (
            self.last in _INSIDE and any(kind in self.found for kind in _INSIDE)
        ) or "building" in self.found

    def _names_building(self, begin: int, stop: int, value: str) -> bool:
        """3楼501 cannot be the third floor; 5楼501 is the fifth."""
        if self.found.keys() & {"building", "house"} or _TOWER.search(self.plain, self.at, begin):
            return False
        room = _ROOM_OF_FLOOR.match(self.plain, stop)
        return room is not None and room[1] != value

    def _take(self, kind: str, value: str, begin: int, stop: int) -> int:
        self._name(begin, kind)
        spelled = _SPELLED.get(kind, "{}").format(value)
        if self.found.setdefault(kind, spelled) != spelled:
            self.unsure.add(kind)
        self.pieces.append((self.plain[begin:stop], kind))
        self.at, self.last = stop, kind
        return self._room_after(stop) if kind in ("building", "unit", "floor", "house") else stop

    def _dashed(self, start: int) -> int:
        """3-2-501 is building, unit, room; 13-2021 building and room. A street has no buildings: 老街12-301 stays."""
        plain = self.plain
        if plain[start - 1 : start] == "-":
            return 0
        if "building" not in self.found and (match := _THREE.match(plain, start)):
            parts: tuple[str, ...] = ("building", "unit", "room")
        elif "building" not in self.found and self.last != "house" and (match := _TWO.match(plain, start)):
            if _ROAD.search(plain[self.at : start]):
                return 0
            parts = ("building", "room")
        else:
            return 0
        self._name(start, "building")
        for number, kind in enumerate(parts, start=1):
            self._keep(kind, match[number])
        self.pieces.append((match[0], "building"))
        self.at, self.last = match.end(), "room"
        return match.end()

    def _keep(self, kind: str, written: str) -> None:
        spelled = _SPELLED.get(kind, "{}").format(_value(written, kind))
        if self.found.setdefault(kind, spelled) != spelled:
            self.unsure.add(kind)

    def _room_after(self, at: int) -> int:
        """3栋2-501, 2单元501, 3号楼501: digits that follow at once, up to the end of the text or a stop."""
        plain = self.plain
        if self.last == "building" and (match := _UNIT_ROOM.match(plain, at)):
            self._keep("unit", match[1])
            self._keep("room", match[2])
        elif match := _ROOM_AFTER.match(plain, at):
            if self.last == "house" and len(match[1]) < 3:
                return at
            self._keep("room", match[1])
        else:
            return at
        self.pieces.append((match[0], "room"))
        self.at, self.last = match.end(), "room"
        return match.end()

    def _house(self, begin: int, stop: int, value: str, before: str) -> int:
        """12号 is a house, but behind a building, a staircase or a floor it is a room."""
        plain = self.plain
        if not value:
            return stop
        if before in ("附", "之") and plain[begin - 2 : begin - 1] != "号":
            base = re.search(r"(\d{1,5})$", plain[: begin - 1])
            begin = base.start() if base else begin - 1
            return self._take("house", house_name(base[1] if base else "", value), begin, stop)
        if (
            before == "-"
            and (base := re.search(r"(?<![\d-])(\d{1,5})-$", plain[:begin]))
            and not self._is_inside()
        ):
            self.unsure.discard("house")
            return self._take("house", f"{base[1]}-{value}号", base.start(), stop)
        if self._is_inside() or self.last == "floor":
            return self._take("room", value, begin, stop)
        if annex := _ANNEX.match(plain, stop):
            own = _value(annex[1], "house")
            return self._take("house", house_name(value, own), begin, annex.end())
        return self._take("house", house_name(value), begin, stop)

    def _bare(self, start: int, end: int, written: str) -> int:
        """A number with no sign: 组3, a room said in Chinese, 501 before a name; else it belongs to a name."""
        plain, after = self.plain, self.plain[end : end + 1]
        is_turned_round = plain[start - 1 : start] == "组" and written.isdigit() and len(written) <= 2
        if is_turned_round and not after and "group" not in self.found:
            return self._take("group", written.lstrip("0") or "0", start - 1, end)
        if start == self.at and self.last in ("building", "unit") and after not in _NOT_A_ROOM:
            value = _value(written, "room")
            if len(value) >= 3 and value[:3].isdigit() and after not in _JOINS:
                return self._take("room", value, start, end)
        return end

    # ---------- names ----------

    def _name(self, stop: int, ahead: str) -> None:
        """The text from the last token to `stop`, which is followed by a token of level `ahead`."""
        if stop <= self.at:
            return
        written = self.plain[self.at : stop].strip(_CLEAN)
        if not written:
            return
        if ahead != "building" and (named := list(_NAMED_GROUP.finditer(written))):
            self._named_groups(written, named)
            return
        cut = 0
        for match in _SPLIT.finditer(written):
            cut = match.end()
        if cut:
            self.pieces.append((written[:cut].strip(_CLEAN), ""))
        name = written[cut:].strip(_CLEAN)
        loose = _TRAILING.search(name) if ahead in ("building", "unit") else None
        if loose:  # 翠苑4区8-6单元: the 8 is no part of the name
            name = name[: loose.start()].strip(_CLEAN)
        if name:
            self.pieces.append((name, self._level_of(name, ahead)))
        if loose:
            self.pieces.append((loose[0].strip(_CLEAN), ""))

    def _named_groups(self, written: str, named: list[re.Match[str]]) -> None:
        at = 0
        for match in named:
            if before := written[at : match.start()].strip(_CLEAN):
                self.pieces.append((before, ""))
            if self.found.setdefault("group", match[0]) != match[0]:
                self.unsure.add("group")
            self.pieces.append((match[0], "group"))
            at = match.end()
        if after := written[at:].strip(_CLEAN):
            self.pieces.append((after, ""))

    def _level_of(self, name: str, ahead: str) -> str:
        """Is it an estate or a cluster of houses? A name before a building is an estate, whatever it is called."""
        if self.last in _INSIDE or len(name) < 2 or len(name) > 20 or _NO_HOME.search(name):
            return ""
        is_before_flats = ahead in ("building", "unit") and not _ROAD.search(name)
        is_one_name = "estate" not in self.found and not any(sign in name for sign in "、,;(")
        if is_one_name and (is_before_flats or _ESTATE.search(name)):
            self.found["estate"] = name
            return "estate"
        if ahead not in ("building", "unit") and "group" not in self.found and _CLUSTER.fullmatch(name):
            self.found["group"] = name
            return "group"
        return ""

    def _tail(self) -> Tail:
        found, unsure = self.found, self.unsure
        if unsure:
            # What lies within an unsure level is no more certain than the level.
            for level in _WITHIN:
                if level in unsure:
                    unsure.update(_WITHIN[level])
            for level in unsure:
                found.pop(level, None)
        rest = " ".join(said for said, level in self.pieces if not level or level in unsure)
        return Tail(**found, rest=rest)


_SPELLED = {"group": "{}组", "grid": "第{}网格", "building": "{}栋"}
_WITHIN = {
    "group": ("house",),
    "grid": ("house",),
    "building": ("unit", "floor", "room"),
    "unit": ("floor", "room"),
    "floor": ("room",),
    "house": (),
    "room": (),
}


def _value(written: str, kind: str) -> str:
    """The number as this system writes it; '' when it may mean two things (二三栋: 2 and 3, or 23?)."""
    if written[0].isascii():
        return (written.lstrip("0") or "0").upper()
    value = number_of(written)
    if value is None:
        return ""
    if kind not in ("room", "house") and len(written) > 1 and _is_string_of_digits(written):
        return ""
    return str(value)


def _is_string_of_digits(written: str) -> bool:
    """一二, but not 十二 and not 一〇二."""
    return not any(sign in written for sign in "十拾百廿卅零〇")


def _fits(value: str) -> bool:
    return not value.isdigit() or len(value) <= 4
