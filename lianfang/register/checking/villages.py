"""Finds the village that a cell, a title or an address names. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from lianfang.areas.address import Gazetteer, read
from lianfang.areas.address.folding import simplified
from lianfang.areas.address.tail import read_tail
from lianfang.areas.naming import fold, township_stem, village_stem
from lianfang.register.checking.entries import MergedVillage, Village

_PARTS = ("group", "estate", "building", "unit", "floor", "room", "house")
_ABOVE = re.compile(r"^[^省]{2,6}(?:省|自治区)|^[^市]{2,6}(?:市|州|地区|盟)(?=.{2,})")
_AFTER_STEM = re.compile(r"$|第?[\d一二三四五六七八九十]{1,4}(?:村民小组|组|队|号)|[,，、\s(（]|老|新屋|院")
_ORDER = re.compile(r"^\d{1,3}[.、．\-_ ]\s*|[(（]\d+[)）]$|[-_ ]?副本.*$|[-_ ]\d+$")
_SHEET_WORDS = re.compile(
    r"(?:常住|户籍|流动|全体|全部)?(?:人口|人员|居民|村民|名单|底册|名册|花名册|登记表|摸排表|信息表?|汇总表?|表|数据)+$"
)
_BEHIND = re.compile(r"^(?:村民|居民)?委员?会")
_LONGEST = 14
_BEFORE_NAME = frozenset("省市县区旗镇乡道办的年度月日于件表册至到回返来和及与跟")


class Located(NamedTuple):
    """Where an address lies; parts below the village by level, as written or in this system's spelling."""

    village: Village | None
    parts: dict[str, str]
    candidates: tuple[str, ...] = ()
    is_outside: bool = False


class VillageIndex:
    """Finds the village that a row names, by code or by names as people write them.

    `gazetteer` makes the gazetteer of the county when the first address needs it; `county_code` is the county's code
    in it. Without one, addresses are read from the villages' own names.
    """

    def __init__(
        self,
        villages: Iterable[Village],
        county: str,
        *,
        gazetteer: Callable[[], Gazetteer] | None = None,
        county_code: str = "",
        merged: Iterable[MergedVillage] = (),
    ) -> None:
        self.county, self.county_code = county, county_code
        self._make_gazetteer = gazetteer or self._own_gazetteer
        self.by_code: dict[str, Village] = {}
        self.by_name: dict[str, list[Village]] = defaultdict(list)
        self.townships: set[str] = set()
        for village in villages:
            self.by_code[village.code] = village
            stem = village_stem(village.name)
            for name in {stem, village.name, stem.removesuffix("村").removesuffix("社区")}:
                self.by_name[name].append(village)
            self.townships |= township_names(village.township)
        self.county_names = (
            {county, county[:-1]} if len(county) > 2 and county[-1] in "市县区旗" else {county}
        )
        self.answers: Mapping[
            str, str
        ] = {}  # folded text → code of the village, from the queue of unread ones
        self.merged = _Merged(merged)
        self._found: dict[tuple[str, str, str], Village | tuple[str, str]] = {}
        self._read: dict[tuple[str, str], Located] = {}

    @cached_property
    def only(self) -> Village | None:
        """The village, when rows may name only one."""
        return next(iter(self.by_code.values())) if len(self.by_code) == 1 else None

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return self._make_gazetteer()

    def _own_gazetteer(self) -> Gazetteer:
        """Of the county and its villages, by the digits of their codes."""
        self.county_code = next(iter(self.by_code), "")[:6]
        rows = {self.county_code: (self.county_code, self.county, "county", "")}
        for village in self.by_code.values():
            township = village.code[:9]
            rows.setdefault(township, (township, village.township, "township", self.county_code))
            rows[village.code] = (village.code, village.name, "village", township)
        return Gazetteer.from_rows(rows.values())

    def is_village(self, name: str) -> bool:
        return len(name) > 1 and bool(self._candidates(name))

    def is_township(self, name: str) -> bool:
        return self.bare_township(name) in self.townships

    # ---------- a cell that names a village ----------

    def find(self, code: str, township: str, name: str) -> Village | tuple[str, str]:
        """The village, or (field, code of what is wrong)."""
        key = (code, simplified(township), simplified(name))
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, code: str, township: str, name: str) -> Village | tuple[str, str]:
        if code and (village := self.by_code.get(code)):
            return village
        if not name:
            return "village", "register.village_missing"
        candidates = self._candidates(name)
        if township:
            wanted = self.bare_township(township)
            if wanted not in self.townships:
                return "township", "register.township_unknown"
            candidates = [village for village in candidates if wanted in township_names(village.township)]
        if not candidates:
            return "village", "register.village_unknown"
        return candidates[0] if len(candidates) == 1 else ("village", "register.village_ambiguous")

    def bare_township(self, written: str) -> str:
        return township_stem(self._inside_county(fold(written)))

    def _inside_county(self, text: str) -> str:
        """Without province, city and county in front."""
        for name in sorted(self.county_names, key=len, reverse=True):
            at = text.find(name)
            if 0 <= at <= 12 and len(text) > at + len(name):
                return text[at + len(name) :].removeprefix("市" if name != self.county else "")
        return text

    def _candidates(self, name: str) -> list[Village]:
        folded = village_stem(name)
        if found := self.by_name.get(folded):
            return found
        # 司马冲镇杨梅村, 武冈市司马冲镇杨梅村: the cell holds the townships as well.
        tail = self._inside_county(folded)
        if found := self.by_name.get(tail):
            return found
        for township in self._townships_before(tail):
            if found := self.by_name.get(tail.removeprefix(township)):
                return [village for village in found if township in township_names(village.township)]
        return []

    def _townships_before(self, text: str) -> list[str]:
        """Townships with which a text begins, the longest first."""
        return [
            text[:size]
            for size in range(min(_LONGEST, len(text) - 1), 1, -1)
            if text[:size] in self.townships
        ]

    def count(self, name: str) -> int:
        return len(self.by_name.get(village_stem(name), ()))

    def find_merged(self, code: str, township: str, name: str) -> MergedVillage | None:
        """The village that is gone and that a row names: by its old code, else by its name, where no village that
        lives bears it in the township that the row says."""
        if code in self.by_code:
            return None
        if found := self.merged.by_code.get(code):
            return found
        wanted = self.bare_township(township) if township else ""
        named = self.merged.by_name.get(village_stem(name), ()) if name else ()
        if wanted:
            named = [each for each in named if wanted in township_names(each.township)]
        if not named or any(
            not wanted or wanted in township_names(living.township) for living in self._candidates(name)
        ):
            return None
        return named[0] if len(named) == 1 else None

    # ---------- a title or the name of a sheet ----------

    def named_in(self, text: str) -> tuple[Village | None, str]:
        """The one village that a title names, and the township it names ("" when none)."""
        plain = fold(text)
        found: dict[str, Village] = {}
        townships = {name for name in self.townships if len(name) > 2 and name in plain}
        township = max(townships, key=len, default="")
        at = 0
        while at < len(plain):
            named, at = self._named_at(plain, at)
            found.update({village.code: village for village in named})
        if township:
            inside = [v for v in found.values() if township in township_names(v.township)]
            return (inside[0] if len(inside) == 1 else None), township
        return (next(iter(found.values())) if len(found) == 1 else None), ""

    def _named_at(self, plain: str, at: int) -> tuple[list[Village], int]:
        """Villages named at this place, and where to look on: 杨梅村 also where the register writes 杨梅村委会."""
        for size in range(min(_LONGEST, len(plain) - at), 2, -1):
            said = plain[at : at + size]
            named = [
                village
                for village in self.by_name.get(said, ())
                if said == village.name
                or (
                    said.endswith(("村", "社区"))
                    and village_stem(village.name) == said
                    and self._begins(plain, at)
                )
            ]
            if named:
                return named, at + size
        return [], at + 1

    def merged_in(self, text: str) -> MergedVillage | None:
        """The one village that is gone and that a title or the name of a sheet names, by a name that none bears now."""
        plain = fold(text) if self.merged.by_name else ""
        found: dict[str, MergedVillage] = {}
        at = 0
        while at < len(plain):
            sizes = range(min(2 * _LONGEST, len(plain) - at), 1, -1)
            said = next(
                (plain[at : at + size] for size in sizes if plain[at : at + size] in self.merged.by_name), ""
            )
            if said and self._begins(plain, at) and not self.by_name.get(said):
                found |= {each.code: each for each in self.merged.by_name[said]}
            at += len(said) or 1
        return next(iter(found.values())) if len(found) == 1 else None

    def _begins(self, plain: str, at: int) -> bool:
        """Does a name begin here? In 大杨梅村 there is no 杨梅村."""
        before = plain[:at]
        return (
            not before
            or not before[-1].isalpha()
            or before[-1] in _BEFORE_NAME
            or any(before.endswith(name) for name in (*self.county_names, *self.townships))
        )

    def of_sheet(self, name: str) -> tuple[Village | None, str]:
        """杨梅村, 杨梅村(2), 3.杨梅村人口: a sheet for each village, or one for each township."""
        plain = name.strip()
        for sign in (_ORDER, _ORDER, _SHEET_WORDS, _ORDER):
            plain = sign.sub("", plain).strip()
        found = self.find("", "", plain) if len(plain) > 1 else None
        if isinstance(found, Village):
            return found, ""
        if plain and self.is_township(plain):
            return None, self.bare_township(plain)
        return self.named_in(name)

    # ---------- an address ----------

    def read(self, text: str, sent_by: Village | None) -> Located:
        """Where an address lies. `sent_by`: the village that the sheet is about."""
        key = (text, sent_by.code if sent_by else "")
        if key not in self._read:
            if len(self._read) > 200_000:
                self._read.clear()
            found = (
                self._answered(text)
                or self._read_plain(text, sent_by)
                or self._read_merged(text)
                or self._read_closely(text, sent_by)
            )
            self._read[key] = self.merged.with_section(fold(text), found)
        return self._read[key]

    def _answered(self, text: str) -> Located | None:
        """What a person said of this very text in the queue of unread addresses."""
        village = self.by_code.get(self.answers.get(fold(text), "")) if self.answers else None
        return Located(village, _parts_of(text)) if village else None

    def _read_plain(self, text: str, sent_by: Village | None) -> Located | None:
        """The usual address, by the names with which it begins: as good as the close reading, and ten times as quick."""
        plain = self._inside_county(fold(text))
        candidates: list[tuple[Village, str]] = []
        for township in [*self._townships_before(plain), ""]:
            rest = plain.removeprefix(township)
            for size in range(min(_LONGEST, len(rest)), 1, -1):
                for village in self.by_name.get(rest[:size], ()):
                    if township and township not in township_names(village.township):
                        continue
                    behind = rest[size:]
                    if rest[:size] == village.name or _AFTER_STEM.match(behind):
                        candidates.append((village, behind))
                if candidates:
                    break
            if candidates:
                break
        codes = {village.code for village, _ in candidates}
        if len(codes) > 1 and sent_by and sent_by.code in codes:
            candidates = [each for each in candidates if each[0].code == sent_by.code]
        if len({village.code for village, _ in candidates}) == 1:
            village, behind = candidates[0]
            return Located(village, _parts_of(_BEHIND.sub("", behind)))
        if len(codes) > 1:
            return Located(None, {}, tuple(sorted(codes)))
        return None

    def _read_merged(self, text: str) -> Located | None:
        """An address that begins with the name of a village that is gone, and that no other bears."""
        plain = self._inside_county(fold(text)) if self.merged.by_name else ""
        for size in range(min(2 * _LONGEST, len(plain)), 1, -1):
            named = self.merged.by_name.get(plain[:size], ())
            if len(named) == 1:
                return Located(named[0].village, _parts_of(_BEHIND.sub("", plain[size:])))
        return None

    def _read_closely(self, text: str, sent_by: Village | None) -> Located:
        gazetteer = self._gazetteer
        found = read(gazetteer, text, county=self.county_code, sent_by=sent_by.code if sent_by else "")
        parts = {name: getattr(found, name) for name in _PARTS if getattr(found, name, "")}
        village = self.by_code.get(found.village) if found.village else None
        return Located(village, parts, tuple(found.candidates), found.status == "outside")


class _Merged:
    """Villages that live on as sections of others, by their old codes and names."""

    def __init__(self, merged: Iterable[MergedVillage]) -> None:
        self.by_code: dict[str, MergedVillage] = {}
        self.by_name: dict[str, list[MergedVillage]] = defaultdict(list)
        self._inside: dict[str, list[MergedVillage]] = defaultdict(list)
        for each in merged:
            self.by_code[each.code] = each
            stem = village_stem(each.name)
            for name in {stem, *(f"{town}{stem}" for town in township_names(each.township))}:
                self.by_name[name].append(each)
            self._inside[each.village.code].append(each)

    def with_section(self, folded: str, located: Located) -> Located:
        """The section too, where the address names its old village and not the one it lies in now."""
        village = located.village
        if village is None or village.code not in self._inside or village_stem(village.name) in folded:
            return located
        named = [each for each in self._inside[village.code] if village_stem(each.name) in folded]
        if len(named) != 1:
            return located
        return located._replace(parts={**located.parts, "section": named[0].section})


def _parts_of(text: str) -> dict[str, str]:
    tail = read_tail(text)
    parts = {name: getattr(tail, name) for name in _PARTS if getattr(tail, name)}
    if tail.rest:
        parts["rest"] = tail.rest
    return parts


def township_names(name: str) -> frozenset[str]:
    """司马冲镇 is also said 司马冲; the short form must not be a single character."""
    if name not in _TOWNSHIP_NAMES:
        plain = township_stem(name)
        short = plain.removesuffix("街道").removesuffix("镇").removesuffix("乡")
        _TOWNSHIP_NAMES[name] = frozenset({plain, short} if len(short) > 1 else {plain})
    return _TOWNSHIP_NAMES[name]


_TOWNSHIP_NAMES: dict[str, frozenset[str]] = {}
