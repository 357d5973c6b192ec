"""Township and village in one county: where the names stand in the text, and which of them it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lianfang.areas.address.folding import likeness
from lianfang.areas.address.gazetteer import Gazetteer, Names, Spelled, Towns
from lianfang.areas.address.saying import Found, TownSaid, VillageSaid, codes_of, town_said, village_said
from lianfang.areas.address.spelling import TOWN_BODY, TOWN_KIND, VILLAGE_KIND
from lianfang.areas.address.tail import begins_with_door
from lianfang.areas.address.uppers import Head

# How sure a name is by how it was found; they multiply.
WHOLE, OTHER_KIND, BARE, FURTHER_ON, ALIKE, FROM_SENDER = 1.0, 0.95, 0.9, 0.9, 0.75, 0.9

_NUMBERED = r"第?[〇一二三四五六七八九十百]{1,4}"
# What may follow a village named without its kind, so that it is no road, estate or longer name: 杨梅3组.
_GROUP_AFTER = re.compile(
    rf"[-,，、(]?{_NUMBERED}(?:村民小组|居民小组|小组|组(?![团合织])|祖(?![国坟])|队(?![部伍])|社(?!区))"
)
_BARE_AFTER = re.compile(rf"$|[-,，。;；(（]|{_NUMBERED}(?:号(?![楼院店])|$)")
_DIGITS = frozenset("〇一二三四五六七八九十第")
_ROAD_AFTER = re.compile(r"(?:路(?![口边旁])|大道|街(?![道心])|巷(?!口)|弄|小区|花园|公寓|卫生服务)")
_UNKNOWN_UPPERS = re.compile(
    r"(?:中国)?(?:[^\W\d]{2,8}?(?:省|自治区|特别行政区))?(?:[^\W\d]{2,12}?(?:市|自治州|州|盟|地区))*"
)
# Behind 王家埭 these make another name of it; 王家埭横丰路 is a road in 王家埭.
_LONGER_NAME = re.compile(
    r"[东南西北中上下前后新老大小内外〇一二三四五六七八九十]{0,2}"
    r"(?:路|街|大道|道|巷|弄|里|桥|小区|花|苑|公|大厦|广场|家|新|城|府|湾|庭|园|学|中学|小学|医院|市场|酒店|宾馆|站|水库|林场|山|片"
    r"|岭|坡|沟|村|社区|镇|乡|组|队|社|号|栋|幢|国际|名|华|嘉|雅|豪|御|锦|商|加油|收费|高速)"
)
_WORKS_AFTER = re.compile(r"(?:工业|新农村|自然村|经济合作社|农贸|老年|幼儿园|卫生|菜场|市场)")
_ROAD_NAME = frozenset("路街巷道弄里")
_FLATS_AFTER = re.compile(r"第?[〇一二三四五六七八九十A-Z-]{1,5}(?:栋|幢|号楼|座|单元|期)")
_SIGNS = frozenset("_-,，、;；:：/|.。()（） ")
_SIGN_RUN = re.compile(r"[-_,，、;；:：/|.。]*")
# Before a name in the middle of a text: what ends another name.
_BOUNDARY = frozenset(
    "路街巷弄道号栋幢座室楼区园苑城院庄)）(（,，、;；:：-_.。/|和及与〇一二三四五六七八九ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)
# One of these is in every kind of village or township: without it there is nothing to look for.
_VILLAGE_SIGN = re.compile(r"[村社居嘎生管作连]")
_TOWN_SIGN = re.compile(r"[镇乡街苏办地场区处园矿]")
_NAME_ENDS = frozenset("省市州盟县旗司店校心厂局所部站")
_STRONG_BOUNDARY = frozenset("区)）,，、;；:：-_.。/|")
_ELSEWHERE = re.compile(r"除.*|(?:^|[(,，、;；:：])原(?=[^\W\d]{1,8}[村镇乡组社]).*")
_ASIDE = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]?")
_TOWN_TOKEN = re.compile(r"([^\W\d]{2,7}?)(?:街道|镇|乡)")
_VILLAGE_TOKEN = re.compile(r"([^\W\d]{2,6}?)(?:村(?!民小组)|社区|居委会)")
_POI_END = frozenset("站场园厂矿店桥港城区院校局所口")
_STREET_OFFICE = re.compile(r"街(?![〇一二三四五六七八九\d东西南北中上下段道头口号]|$)")


class Seeker:
    """Looks for names of areas in one folded text."""

    __slots__ = ("_asides", "gazetteer", "limit", "plain", "text")

    def __init__(self, gazetteer: Gazetteer, plain: str, folded: str) -> None:
        self.gazetteer = gazetteer
        self.plain, self.text = plain, folded  # sign by sign the same place
        elsewhere = _ELSEWHERE.search(folded) if "除" in folded or "原" in folded else None
        self.limit = elsewhere.start() if elsewhere else len(folded)
        self._asides: list[tuple[int, int]] | None = None

    # --- the whole of a county ---

    def own_name(self, county: str) -> int:
        """Where the rest begins when the county's name stands behind names that the areas file lacks; else 0."""
        name = self.gazetteer.uppers.folded.get(county, "")
        at = self.text.find(name) if len(name) > 1 else -1
        return at + len(name) if at == 0 or (at > 0 and _UNKNOWN_UPPERS.fullmatch(self.text, 0, at)) else 0

    def seek(self, county: str, at: int, sent_by: str = "") -> Found:
        """Always an answer: at least the county."""
        gazetteer = self.gazetteer
        towns = gazetteer.towns(county)
        at = self.skip(at)
        said = self.town_at(towns, at)
        if said is not None and not said.is_bare:
            return self.with_town(county, towns, said)
        if said is not None and (found := self._with_bare_town(county, said)):
            return found
        return self._without_town(county, towns, at, sent_by)

    def with_town(self, county: str, towns: Towns, said: TownSaid) -> Found:
        said = self._once_more(county, towns, said)
        village = self.village_of(said)
        return self.combined(county, said, village)

    def _once_more(self, county: str, towns: Towns, said: TownSaid) -> TownSaid:
        """The levels may be said again: 清泉镇桂东县清泉镇."""
        uppers = self.gazetteer.uppers
        for _ in range(4):
            at = self.skip(said.end)
            begins = self.text[at : at + 2]
            if begins not in uppers.lengths and begins not in towns.whole.lengths:
                return said
            head = uppers.head(self.text, at)
            if (
                head.codes
                and head.is_whole
                and any(uppers.is_consistent(code, county) for code in head.codes)
            ):
                at = self.skip(head.end)
            again = self.town_at(towns, at)
            if again is None or again.is_bare or not set(again.codes) & set(said.codes):
                return said if again is None or at == said.end or again.is_bare or not head.codes else again
            codes = tuple(code for code in said.codes if code in again.codes)
            said = TownSaid(codes, again.bearers, again.end, min(said.sureness, again.sureness))
        return said

    def _named_again(self, county: str, towns: Towns, at: int) -> TownSaid | None:
        """桐乡市妇幼保健院桐乡市梧桐街道: the county once more, and a township behind it."""
        name = self.gazetteer.uppers.folded.get(county, "")
        place = self.text.rfind(name, at + 1, self.limit) if len(name) > 1 else -1
        said = self.town_at(towns, place + len(name)) if place > 0 else None
        return said if said is not None and not said.is_bare else None

    def _with_bare_town(self, county: str, said: TownSaid) -> Found | None:
        """司马冲杨梅村: a township without its kind is one when a village of it follows, or its whole name."""
        towns = self.gazetteer.towns(county)
        again = self.town_at(towns, self.skip(said.end))
        if again is not None and not again.is_bare and set(again.codes) & set(said.codes):
            return self.with_town(county, towns, again)
        village = self._village_among(said.bearers, self.skip(said.end), is_lenient=False)
        if village is not None:
            return self.combined(county, said, village)
        if said.end == self.limit and self.text[said.end - 1] not in _POI_END:
            return self.combined(county, said, None)
        if street := _STREET_OFFICE.match(self.text, said.end):  # 阳逻街 for 阳逻街道
            return self.combined(county, said._replace(end=street.end(), sureness=0.8), None)
        return None

    def _without_town(self, county: str, towns: Towns, at: int, sent_by: str) -> Found:
        gazetteer = self.gazetteer
        sending_town = gazetteer.town_of(sent_by)
        village = (
            self.village_at(gazetteer.villages(sending_town), at, is_lenient=True) if sending_town else None
        )
        if village is not None:
            return self._placed(county, village, FROM_SENDER)
        if further := self.town_further_on(towns, at):
            found = self.with_town(county, towns, further)
            return found._replace(sureness=found.sureness * FURTHER_ON)
        village = self.village_at(gazetteer.county_villages(county), at, is_lenient=False)
        if village is not None and not 0 < self._town_token(at) <= village.end:
            return self._placed(county, village, 1.0)
        if again := self._named_again(county, towns, at):
            return self.with_town(county, towns, again)
        if alike := self._town_alike(county, towns, at):
            return self.with_town(county, towns, alike)
        if (
            village := self.village_further_on(gazetteer.county_villages(county), at, is_in_town=False)
        ) is not None:
            return self._placed(county, village, FURTHER_ON)
        if (village := self._estate(county, at)) is not None:
            return self._placed(county, village, FURTHER_ON)
        if (village := self._village_alike(county, at)) is not None:
            return self._placed(county, village, 1.0)
        return self._as_sent(county, at, sent_by)

    def _as_sent(self, county: str, at: int, sent_by: str) -> Found:
        """3组12号, sent by a village: there, for it begins with the door. But 李家村3组 and 青云街12号, of which nothing
        is known, are not in the sender's village, and 武冈市 alone says no more than it says."""
        gazetteer = self.gazetteer
        town, village = gazetteer.town_of(sent_by), gazetteer.village_of(sent_by)
        if not town or self._town_token(at):
            return Found(county, "", "", at, 0.9)
        rest = self.plain[at:]
        if not any(sign in _DIGITS for sign in self.text[at:]):  # 无, 武冈市: no door of the sender's
            return Found(county, "", "", at, 0.9)
        return Found(county, town, village if begins_with_door(rest) else "", at, 0.8)

    # --- putting together ---

    def _placed(self, county: str, village: VillageSaid, sureness: float) -> Found:
        return self.combined(county, None, village._replace(sureness=village.sureness * sureness))

    def combined(self, county: str, town: TownSaid | None, village: VillageSaid | None) -> Found:
        gazetteer = self.gazetteer
        sureness = (town.sureness if town else 1.0) * (village.sureness if village else 1.0)
        end = village.end if village else town.end if town else 0
        if village and village.codes:
            towns = dict.fromkeys(gazetteer.town_of(code) for code in village.codes)
            one_town = next(iter(towns)) if len(towns) == 1 else ""
            county = gazetteer.county_of(one_town) or county
            if len(village.codes) == 1:
                return Found(county, one_town, village.codes[0], end, sureness)
            return Found(county, one_town, "", end, sureness * 0.5, village.codes)
        codes = town.codes if town else ()
        if village and village.within:
            codes = (village.within,)
        if len(codes) == 1:
            return Found(gazetteer.county_of(codes[0]) or county, codes[0], "", end, sureness)
        return Found(county, "", "", end, sureness * 0.5, codes)

    # --- townships ---

    def is_town_longer(self, towns: Towns, head: Head) -> bool:
        """Is the short name at the end of the head only the beginning of a township's: 苏仙 in 苏仙岭街道?"""
        said = self.town_at(towns, head.short_at)
        if said is None or said.is_bare or said.end <= head.end + 1:
            return False
        lineage, gazetteer = self.gazetteer.uppers.lineage, self.gazetteer
        return not head.outer or any(
            above in lineage.get(gazetteer.county_of(code), ()) for code in said.codes for above in head.outer
        )

    def town_at(self, towns: Towns, at: int) -> TownSaid | None:
        text = self.text
        head = text[at : at + 2]
        whole = towns.whole
        for length in _lengths(whole, head):
            name = text[at : at + length]
            meanings = whole.meanings.get(name)
            if meanings is None:
                continue
            end = at + len(name)
            if VILLAGE_KIND.match(text, end):  # 石桥街道社区 is a village
                continue
            if body := TOWN_BODY.match(text, end):
                end = body.end()
            return town_said(meanings, end, WHOLE, start=at)
        bare = None
        stems = towns.stems
        for length in _lengths(stems, head):
            name = text[at : at + length]
            meanings = stems.meanings.get(name)
            if meanings is None:
                continue
            if kind := TOWN_KIND.match(text, at + len(name)):
                return town_said(meanings, kind.end(), OTHER_KIND, start=at)
            if bare is None:
                bare = town_said(meanings, at + len(name), BARE, is_bare=True)
        return bare

    def town_further_on(self, towns: Towns, at: int) -> TownSaid | None:
        """A township named whole in the middle of the text, behind what ends another name."""
        text = self.text
        lengths = towns.whole.lengths
        if not _TOWN_SIGN.search(text, at, self.limit):
            return None
        for place in range(at + 1, min(self.limit - 2, at + 60)):
            if text[place : place + 2] in lengths and self.begins_name(place):
                said = self.town_at(towns, place)
                if said is not None and not said.is_bare:
                    return said
        return None

    def _town_token(self, at: int) -> int:
        """Where something that looks like a township ends; 0 when there is none at this place."""
        token = _TOWN_TOKEN.match(self.text, at)
        return token.end() if token else 0

    def _town_alike(self, county: str, towns: Towns, at: int) -> TownSaid | None:
        """祖市殿镇 for 祖师殿镇; 渡口镇 for 塘渡口镇 when the village agrees."""
        token = _TOWN_TOKEN.match(self.text, at)
        if token is None:
            return None
        written = token[1]
        names = self.gazetteer.alike("town", county).get(likeness(written), ())
        meanings = [meaning for name in names for meaning in towns.stems.meanings[name]]
        said = town_said(meanings, token.end(), ALIKE) if meanings else None
        if said is not None and len(said.codes) == 1:
            return said
        for name, longer in towns.stems.meanings.items():
            if len(name) > len(written) and (name.endswith(written) or name.startswith(written)):
                said = town_said(longer, token.end(), ALIKE)
                if len(said.codes) == 1 and self._village_among(said.bearers, said.end, is_lenient=False):
                    return said
        return None

    # --- villages ---

    def village_of(self, town: TownSaid) -> VillageSaid | None:
        at = self.skip(town.end)
        if at >= self.limit:
            return None
        if village := self._village_among(town.bearers, at, is_lenient=True):
            return village
        if not _VILLAGE_SIGN.search(self.text, at, self.limit):
            return None
        for bearer in town.bearers:
            if village := self.village_further_on(self.gazetteer.villages(bearer), at):
                return village._replace(sureness=village.sureness * FURTHER_ON)
        if village := self._village_in_brackets(town, at):
            return village
        if len(town.codes) == 1:
            return self._village_alike(town.codes[0], at)
        return None

    def _village_in_brackets(self, town: TownSaid, at: int) -> VillageSaid | None:
        """司马冲镇(杨梅村)3组: the village alone stands in the brackets, and none behind them."""
        if self.text[at : at + 1] != "(":
            return None
        aside = _ASIDE.match(self.text, at)
        after = aside.end() if aside else at
        if _VILLAGE_TOKEN.match(self.text, self.skip(after)):
            return None
        for bearer in town.bearers:
            village = self._village_with_kind(self.gazetteer.villages(bearer), at + 1)
            if village and self.text[village.end : village.end + 1] == ")":
                return village._replace(end=after)
            if village and _GROUP_AFTER.match(self.text, village.end):
                return village
        return None

    def _village_among(self, towns: Sequence[str], at: int, *, is_lenient: bool) -> VillageSaid | None:
        if len(towns) == 1:
            return self.village_at(self.gazetteer.villages(towns[0]), at, is_lenient=is_lenient)
        said = [
            village
            for town in towns
            if (village := self.village_at(self.gazetteer.villages(town), at, is_lenient=is_lenient))
        ]
        if len(said) < 2:
            return said[0] if said else None
        longest = max(village.end for village in said)
        said = [village for village in said if village.end == longest]
        codes = tuple(dict.fromkeys(code for village in said for code in village.codes))
        return VillageSaid(codes, said[0].within if not codes else "", longest, said[0].sureness)

    def village_at(self, names: Names, at: int, *, is_lenient: bool) -> VillageSaid | None:
        """`is_lenient`: its township is known, so that a name without its kind may stand alone."""
        text = self.text
        for length in _lengths(names, text[at : at + 2]):
            name = text[at : at + length]
            meanings = names.meanings.get(name)
            end = at + len(name)
            if meanings is None or end > self.limit:
                continue
            kind = VILLAGE_KIND.match(text, end)
            if kind is not None:
                if _ROAD_AFTER.match(text, kind.end()) or self._is_estate(meanings, kind):
                    continue
                return village_said(meanings, kind.lastgroup or "", kind.end(), WHOLE, is_lenient=is_lenient)
            if name[-1] == "村" and (said := self._namesake(names, name, end, is_lenient=is_lenient)):
                return said
            if self._may_stand_bare(name, meanings, end, is_lenient=is_lenient):
                return village_said(meanings, "", end, BARE, is_lenient=is_lenient)
        return None

    def _namesake(self, names: Names, name: str, end: int, *, is_lenient: bool) -> VillageSaid | None:
        """光明村 in the text, when there are 光明村居委会 and 光明村委会: in one township the one of that very name, else
        either of them."""
        rural = [one for one in names.meanings.get(name[:-1], ()) if one.kind == "village" and one.codes]
        kind = VILLAGE_KIND.match(self.text, end - 1)
        if (
            not rural
            or kind is None
            or kind.lastgroup != "village"
            or _ROAD_AFTER.match(self.text, kind.end())
        ):
            return None
        if not is_lenient and kind.end() == end:
            rural += names.meanings[name]
        return village_said(rural, "", kind.end(), WHOLE, is_lenient=is_lenient)

    def _is_estate(self, meanings: Sequence[Spelled], kind: re.Match[str]) -> bool:
        """船厂村79栋 where the register has 船厂社区: flats that are called a village."""
        return (
            all(meaning.kind != kind.lastgroup for meaning in meanings)
            and _FLATS_AFTER.match(self.text, kind.end()) is not None
        )

    def _may_stand_bare(self, name: str, meanings: Sequence[Spelled], end: int, *, is_lenient: bool) -> bool:
        """杨梅3组 is 杨梅村; 江浦路179号 and 晏家垅683号 of a town are streets, 建设新村5栋 an estate."""
        text = self.text
        if any(meaning.kind == "alias" for meaning in meanings):  # somebody confirmed the whole name
            return not _ROAD_AFTER.match(text, end)
        if name[-1] in _ROAD_NAME:
            return False
        if _GROUP_AFTER.match(text, end):
            return True
        if name[-1] == "村" and name[-2:] != "新村":
            return not _ROAD_AFTER.match(text, end) and not _FLATS_AFTER.match(text, end)
        if not is_lenient:
            return False
        is_rural = len(name) > 2 and all(meaning.kind == "village" for meaning in meanings)
        if is_rural and (_WORKS_AFTER.match(text, end) or not _LONGER_NAME.match(text, end)):
            return True
        return bool(_BARE_AFTER.match(text, end)) and (
            text[end : end + 1] not in _DIGITS or any(meaning.kind == "village" for meaning in meanings)
        )

    def village_further_on(self, names: Names, at: int, *, is_in_town: bool = True) -> VillageSaid | None:
        """A village named with its kind, behind what ends another name. Without a township 解放路新东村 may well be
        an estate."""
        text, lengths = self.text, names.lengths
        if not _VILLAGE_SIGN.search(text, at, self.limit):
            return None
        boundary = _BOUNDARY if is_in_town else _STRONG_BOUNDARY
        for place in range(at + 1, min(self.limit - 2, at + 60)):
            if (
                text[place - 1] in boundary
                and text[place : place + 2] in lengths
                and not self._is_aside(place)
                and (said := self._village_with_kind(names, place))
            ):
                return said
        return None

    def _village_with_kind(self, names: Names, at: int) -> VillageSaid | None:
        text = self.text
        for length in _lengths(names, text[at : at + 2]):
            name = text[at : at + length]
            meanings = names.meanings.get(name)
            kind = VILLAGE_KIND.match(text, at + len(name)) if meanings else None
            if meanings is None or kind is None or kind.end() > self.limit:
                continue
            same = [meaning for meaning in meanings if meaning.kind == kind.lastgroup]
            if same and not _ROAD_AFTER.match(text, kind.end()) and not _FLATS_AFTER.match(text, kind.end()):
                return village_said(meanings, kind.lastgroup or "", kind.end(), WHOLE, is_lenient=True)
        return None

    def _village_alike(self, area: str, at: int) -> VillageSaid | None:
        """杨煤村 for 杨梅村, where only one village sounds or looks so."""
        token = _VILLAGE_TOKEN.match(self.text, at)
        if token is None or token.end() > self.limit or _ROAD_AFTER.match(self.text, token.end()):
            return None
        gazetteer = self.gazetteer
        names = gazetteer.alike("village", area).get(likeness(token[1]), ())
        if len(names) != 1:
            return None
        spellings = (
            gazetteer.villages(area)
            if gazetteer.level(area) == "township"
            else gazetteer.county_villages(area)
        )
        kind = VILLAGE_KIND.match(self.text, token.end(1))
        meanings = [one for one in spellings.meanings[names[0]] if kind and one.kind == kind.lastgroup]
        if not meanings:
            return None
        said = village_said(meanings, "", token.end(), ALIKE, is_lenient=False)
        return said if len(said.codes) == 1 and _shares_a_sign(token[1], names[0]) else None

    def _estate(self, county: str, at: int) -> VillageSaid | None:
        names = self.gazetteer.county_estates(county)
        if not names.lengths:
            return None
        for place in range(at, self.limit - 1):
            for length in _lengths(names, self.text[place : place + 2]):
                if meanings := names.meanings.get(self.text[place : place + length]):
                    return VillageSaid(codes_of(meanings), "", at, WHOLE)
        return None

    # --- signs ---

    def skip(self, at: int) -> int:
        run = _SIGN_RUN.match(self.text, at) if self.text[at : at + 1] in _SIGNS else None
        return run.end() if run else at

    def begins_name(self, place: int) -> bool:
        return place == 0 or self.text[place - 1] in _BOUNDARY or self.text[place - 1] in _NAME_ENDS

    def _is_aside(self, place: int) -> bool:
        if self._asides is None:
            self._asides = [match.span() for match in _ASIDE.finditer(self.text)]
        return any(start <= place < stop for start, stop in self._asides)


def _lengths(names: Names, head: str) -> tuple[int, ...]:
    lengths = names.lengths.get(head, ())
    return names.spell(head) if lengths is None else lengths


def _shares_a_sign(one: str, other: str) -> bool:
    return any(a == b for a, b in zip(one, other, strict=False))
