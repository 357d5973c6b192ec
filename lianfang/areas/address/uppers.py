"""Province, prefecture and county at the head of an address: doubled, missing, shortened, renamed, separated by signs.

湖南省邵阳县长乐乡 is 邵阳县, not 邵阳市 + "县长乐乡"; 浙江省杭州市西湖区浙江省杭州市余杭区 is 余杭区 (the second is the
address, the first the shop's); 陕西南路 and 上海城 are no provinces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from lianfang.areas.address.folding import fold
from lianfang.areas.address.renamed import OLD_COUNTIES
from lianfang.areas.address.spelling import upper_names, zone_names
from lianfang.areas.rules import BY_NUMBER

if TYPE_CHECKING:
    from lianfang.areas.address.gazetteer import Gazetteer

RANKS = {"province": 1, "prefecture": 2, "county": 3}
# Between two levels: signs, and words that stand for a level that does not exist.
_SKIP = re.compile(
    r"(?:[-_,，、;；:：/|\\·.。'\"+*#>]|中国|中华人民共和国|null|市辖区|省?直辖县级行政(?:区划|单位)|省直辖|自治区直辖"
    r"|其它区|其他区|(?:县|区)(?=[^\W\d]{2,6}?[县区]))+"
)
_SKIP_HEADS = frozenset("-_,，、;；:：/|\\·.。'\"+*#>中n市省自直其县区")
# What makes a short name part of another name: 上海城, 陕西南路, 杭州大厦, 南浔镇.
_NOT_ALONE = re.compile(
    r"[东南西北中上下大小新老前后外内〇一二三四五六七八九十]{0,3}"
    r"(?:路|街|大道|道|巷|弄|里|桥|镇|乡|村|社区|城|站|广场|大厦|商|饭店|酒店|宾馆|小区|花园|苑|公寓|公馆|山庄|银行|医院|学|苏木)"
)
_PLAIN_ENDS = frozenset("县市省旗州盟")


class Head(NamedTuple):
    """What the head of a text says. `codes`: the deepest areas that it may mean, all of one reading; `end`: where the
    rest begins; `is_whole`: one of its names was written out with its kind; `names`: how many names agree."""

    codes: tuple[str, ...]
    end: int
    is_whole: bool
    names: int
    short_at: int = (
        -1
    )  # where the last name begins when it was a short one, which a longer name may swallow: 苏仙岭街道
    outer: tuple[str, ...] = ()  # the areas without that short name
    earlier: tuple[str, ...] = ()  # what stood before and disagrees

    def without_short(self) -> Head:
        return (
            Head(self.outer, self.short_at, self.is_whole, self.names - 1)
            if self.outer
            else NOWHERE._replace(end=self.short_at)
        )


A_NATION = 2000  # counties; a file with as many needs no list of the others


@cache
def _country() -> tuple[tuple[str, str, str, str], ...]:
    """code, name, level, parent of the 3,351 areas of 2023 down to the county (Statistics Bureau)."""
    text = files("lianfang.areas.address").joinpath("upper_levels.csv").read_text(encoding="utf-8")
    rows = (line.split(",") for line in text.splitlines()[1:])
    return tuple((code, name, level, parent) for code, name, level, parent in rows)


NOWHERE = Head((), 0, False, 0)


class Uppers:
    """The names of provinces, prefectures and counties."""

    def __init__(self) -> None:
        self.whole: dict[str, tuple[str, ...]] = {}
        self.short: dict[str, tuple[str, ...]] = {}
        self.lengths: dict[str, tuple[int, ...]] = {}
        self.lineage: dict[str, tuple[str, ...]] = {}  # an area and all above it
        self.rank: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.folded: dict[str, str] = {}
        self.spelled: dict[str, tuple[list[str], list[str]]] = {}  # whole and short names of each
        self._hints: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def fill(self, gazetteer: Gazetteer) -> None:
        own = {code: level for code, level in gazetteer.levels.items() if level in RANKS}
        parents = {code: gazetteer.parents[code] for code in own}
        names = {code: gazetteer.names[code] for code in own}
        if sum(level == "county" and bool(names[code]) for code, level in own.items()) < A_NATION:
            self._add_the_country(own, parents, names)
        for code, level in sorted(own.items(), key=lambda item: RANKS[item[1]]):
            self._name(code, names[code], level, parents)
        for name, _, codes in OLD_COUNTIES:
            living = tuple(code for code in codes if code in self.rank)
            is_taken = any(code[:2] == codes[0][:2] for code in self.whole.get(fold(name), ()))
            if living and not is_taken:
                whole, short = upper_names(fold(name), "county")
                for spelled in whole:
                    self._add(self.whole, spelled, living)
                for spelled in short:
                    if spelled not in self.short:
                        self._add(self.short, spelled, living)

    def _add_the_country(self, own: dict[str, str], parents: dict[str, str], names: dict[str, str]) -> None:
        """The upper levels of the register of 2023 round those of a county's own file, so that a text which names
        another county is known to be of elsewhere. A county of the file keeps its place, whatever its code."""
        for code, name, _, parent in _country():
            if code in own:
                parents[code] = parents[code] or parent
                names[code] = names[code] or name
        for name, code, _ in OLD_COUNTIES:
            if code in own:
                names[code] = names[code] or name
        taken = {(code[:4], fold(name)) for code, name in names.items()}
        for code, name, level, parent in _country():
            if code not in own and (code[:4], fold(name)) not in taken:
                own[code], parents[code], names[code] = BY_NUMBER[level], parent, name
        for code in own:
            if parents[code] not in own and own[code] == "county" and code[:4] in own:
                parents[code] = code[:4]

    def _name(self, code: str, name: str, level: str, parents: dict[str, str]) -> None:
        self.rank[code] = RANKS[level]
        lineage, above = [code], parents.get(code, "")
        while above and above not in lineage:
            lineage.append(above)
            above = parents.get(above, "")
        self.lineage[code] = tuple(lineage)
        self.names[code] = name
        folded = self.folded[code] = fold(name)
        whole, short = upper_names(folded, level) if folded else ([], [])
        for spelled in whole:
            self._add(self.whole, spelled, (code,))
        if level == "county" and folded:
            over = [self.folded.get(area, "") for area in reversed(lineage[1:])]
            short += zone_names(folded, over)
        for spelled in short:
            self._add(self.short, spelled, (code,))
        self.spelled[code] = (whole, short)

    def _add(self, names: dict[str, tuple[str, ...]], name: str, codes: Iterable[str]) -> None:
        if len(name) < 2:
            return
        names[name] = tuple(dict.fromkeys((*names.get(name, ()), *codes)))
        lengths = self.lengths.get(name[:2], ())
        if len(name) not in lengths:
            self.lengths[name[:2]] = tuple(sorted((*lengths, len(name)), reverse=True))

    def is_consistent(self, one: str, other: str) -> bool:
        return one in self.lineage[other] or other in self.lineage[one]

    def names_of(self, county: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The whole and the short names that hint at a county: its own and its prefecture's, where none shares them."""
        found = self._hints.get(county)
        if found is None:
            near = self.lineage.get(county, ())[:2]
            whole = tuple(n for area in near for n in self.spelled[area][0] if len(self.whole[n]) == 1)
            short = tuple(n for area in near for n in self.spelled[area][1] if len(self.short[n]) == 1)
            found = self._hints[county] = (whole, short)
        return found

    def may_stand_alone(self, text: str, end: int) -> bool:
        """May a short name end here?"""
        return not _NOT_ALONE.match(text, end) or self._begins_whole(text, end)

    def head(self, text: str, at: int = 0) -> Head:
        """The names from `at` on, as far as they agree."""
        codes: tuple[str, ...] = ()
        is_whole = False
        names = 0
        short_at, outer = -1, codes
        before_new: tuple[tuple[str, ...], int] = ((), 0)
        while True:
            start = at
            if text[at : at + 1] in _SKIP_HEADS and (skipped := _SKIP.match(text, at)):
                start = skipped.end()
            step = self._step(text, start, codes)
            if step is None:
                break
            before = codes
            codes, at, said_whole, is_new = step
            short_at, outer = (-1, ()) if said_whole else (start, before)
            if is_new and before:
                before_new = (before, names)
            is_whole = said_whole if is_new else is_whole or said_whole
            names = 1 if is_new else names + 1
        if not codes:
            return NOWHERE
        earlier = before_new[0]
        if earlier and max(self.rank[code] for code in codes) < max(self.rank[code] for code in earlier):
            codes, earlier = earlier, codes  # 鄱阳县浙江省梧田街道: the second reading came to no county
            names = before_new[1]
        return Head(codes, at, is_whole, names, short_at, outer, earlier)

    def _step(
        self, text: str, at: int, codes: tuple[str, ...]
    ) -> tuple[tuple[str, ...], int, bool, bool] | None:
        """(areas, end, whether the name was whole, whether it begins a new reading) of the name at `at`."""
        for length in self.lengths.get(text[at : at + 2], ()):
            name = text[at : at + length]
            end = at + len(name)
            if whole := self.whole.get(name):
                if not codes:
                    return whole, end, True, True
                if agreed := self._agreed(codes, whole):
                    return agreed, end, True, False
                if self._starts_anew(codes, whole, name):
                    return whole, end, True, True
            if (short := self.short.get(name)) and self.may_stand_alone(text, end):
                if not codes:
                    return short, end, False, True
                if agreed := self._agreed(codes, short):
                    return agreed, end, False, False
        return None

    def _begins_whole(self, text: str, at: int) -> bool:
        """杭州上城区: what follows is a name itself."""
        return any(text[at : at + length] in self.whole for length in self.lengths.get(text[at : at + 2], ()))

    def _agreed(self, codes: tuple[str, ...], said: tuple[str, ...]) -> tuple[str, ...]:
        """The deeper of each pair that lies on one line; not up again from a county to its province's namesake."""
        lineage = self.lineage
        found = []
        for one in codes:
            for other in said:
                if other in lineage[one]:
                    found.append(one)
                elif one in lineage[other]:
                    found.append(other)
        return tuple(dict.fromkeys(found))

    def _starts_anew(self, codes: tuple[str, ...], said: tuple[str, ...], name: str) -> bool:
        """Does a name that disagrees begin the address once more, after a sender's or a wrong one?"""
        ranks = {self.rank[code] for code in codes}
        said_ranks = {self.rank[code] for code in said}
        if 3 in ranks:
            return 3 not in said_ranks or len(said) == 1
        return said_ranks == {1} or (len(said) == 1 and name[-1] in _PLAIN_ENDS)
