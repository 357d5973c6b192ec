"""Which county, when nothing but the text is known.

Names are weighed by how many places bear them: a county named with its prefecture is sure; a township is, where the
country has one of that name, or one in the province that the text names, or one with the village that follows. What
stays between several counties is answered with all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from lianfang.areas.address.gazetteer import Gazetteer
from lianfang.areas.address.places import Seeker
from lianfang.areas.address.renamed import CUT
from lianfang.areas.address.saying import Found, TownSaid, VillageSaid
from lianfang.areas.address.uppers import NOWHERE, Head

BY_TOWN, BY_PAIR, BY_HINT, BY_VILLAGE, BY_SIBLING = 0.95, 0.98, 0.85, 0.85, 0.75


def locate(gazetteer: Gazetteer, seeker: Seeker, head: Head) -> Found | None:
    if head.short_at >= 0 and seeker.is_town_longer(gazetteer.nation_towns(), head):
        head = head.without_short()
    if head.codes:
        known = tuple(code for code in head.codes if gazetteer.is_near(code))
        if not known:
            return None  # of elsewhere: nothing here lies there
        head = head._replace(codes=known)
    counties = tuple(code for code in head.codes if gazetteer.level(code) == "county")
    if len(counties) == 1 and len(head.codes) == 1:
        if found := _in_one(gazetteer, seeker, head, counties[0]):
            return found
        head, counties = NOWHERE, ()
    if found := _by_names_below(gazetteer, seeker, head, is_county_said=bool(counties)):
        return found
    if not head.codes or not head.is_whole:
        return None
    if 1 < len(counties) < 9 and (only := _only_fitting(seeker, counties, head.end)):
        return only
    below = counties or tuple(_counties_below(gazetteer, head.codes))
    return (
        Found("", "", "", head.end, 0.5, below) if len(below) > 1 else _sole(gazetteer, seeker, head, below)
    )


def _sole(gazetteer: Gazetteer, seeker: Seeker, head: Head, below: Sequence[str]) -> Found | None:
    return seeker.seek(below[0], head.end) if below else None


def _in_one(gazetteer: Gazetteer, seeker: Seeker, head: Head, county: str) -> Found | None:
    """The text names one county. A short name alone (武冈) needs something of that county behind it."""
    found = seeker.seek(county, head.end)
    if found.town or found.village or found.candidates:
        return found
    for other in CUT.get(county, ()):
        if gazetteer.level(other) == "county":
            moved = seeker.seek(other, head.end)
            if moved.town:
                return moved._replace(sureness=moved.sureness * BY_SIBLING)
    if not head.is_whole and (
        further := _county_further_on(gazetteer, seeker, NOWHERE._replace(end=head.end))
    ):
        return further
    if head.is_whole or head.names > 1 or head.end == len(seeker.text):
        return found
    return None


def _only_fitting(seeker: Seeker, counties: Sequence[str], at: int) -> Found | None:
    """青山区钢花街道: of the counties of one name, the one that has what follows."""
    fitting = [found for county in counties if (found := seeker.seek(county, at)).town or found.village]
    return fitting[0]._replace(sureness=fitting[0].sureness * BY_HINT) if len(fitting) == 1 else None


def _counties_below(gazetteer: Gazetteer, codes: Sequence[str]) -> list[str]:
    found: list[str] = []
    for code in codes:
        for child in gazetteer.children.get(code, ()):
            if gazetteer.levels[child] == "county":
                found.append(child)
            elif gazetteer.levels[child] == "prefecture":
                found += _counties_below(gazetteer, [child])
    return found


def _by_names_below(
    gazetteer: Gazetteer, seeker: Seeker, head: Head, *, is_county_said: bool
) -> Found | None:
    """By a township, or a village, within what the head says; or by a county that is named further on."""
    towns = gazetteer.nation_towns()
    at = seeker.skip(head.end)
    said = _within(gazetteer, head, seeker.town_at(towns, at))
    if said is not None and said.is_bare:
        if found := _bare_pair(gazetteer, seeker, said):
            return found
        said = None
    if said is None and not is_county_said and (found := _county_further_on(gazetteer, seeker, head)):
        return found
    said = said or _within(gazetteer, head, seeker.town_further_on(towns, at))
    if said is not None:
        return _one_of_towns(gazetteer, seeker, head, said)
    return _by_village(gazetteer, seeker, head, at)


def _within(gazetteer: Gazetteer, head: Head, said: TownSaid | None) -> TownSaid | None:
    """The townships of that name that lie in what the head says."""
    if said is None or not head.codes:
        return said
    codes = tuple(code for code in said.codes if _is_below(gazetteer, code, head.codes))
    return said._replace(codes=codes, bearers=codes) if codes else None


def _is_below(gazetteer: Gazetteer, town: str, heads: Sequence[str]) -> bool:
    lineage = gazetteer.uppers.lineage.get(gazetteer.county_of(town), ())
    return any(code in lineage for code in heads)


def _bare_pair(gazetteer: Gazetteer, seeker: Seeker, said: TownSaid) -> Found | None:
    """司马冲杨梅村3组: a township without its kind and a village of it."""
    pairs = _pairs(gazetteer, seeker, said)
    if len(pairs) != 1:
        return None
    town, village = pairs[0]
    found = seeker.combined(gazetteer.county_of(town), said._replace(codes=(town,)), village)
    return found._replace(sureness=found.sureness * BY_TOWN)


def _pairs(gazetteer: Gazetteer, seeker: Seeker, said: TownSaid) -> list[tuple[str, VillageSaid]]:
    """The townships of that name whose village follows in the text."""
    at = seeker.skip(said.end)
    found = []
    for town in said.codes:
        village = seeker.village_at(gazetteer.villages(town), at, is_lenient=len(said.codes) == 1)
        if village is not None and village.codes:
            found.append((town, village))
    return found


def _one_of_towns(gazetteer: Gazetteer, seeker: Seeker, head: Head, said: TownSaid) -> Found:
    counties = list(dict.fromkeys(gazetteer.county_of(code) for code in said.codes))
    sureness = BY_TOWN
    if len(counties) > 1:
        counties, sureness = _decided(gazetteer, seeker, said, counties)
    if len(counties) > 1:
        return _county_further_on(gazetteer, seeker, head) or Found("", "", "", said.end, 0.5, said.codes)
    county = counties[0]
    own = tuple(code for code in said.codes if gazetteer.county_of(code) == county)
    bearers = tuple(dict.fromkeys((*said.bearers, *own)))
    found = seeker.with_town(county, gazetteer.towns(county), said._replace(codes=own, bearers=bearers))
    return found._replace(sureness=found.sureness * (1.0 if head.codes else sureness))


def _decided(
    gazetteer: Gazetteer, seeker: Seeker, said: TownSaid, counties: list[str]
) -> tuple[list[str], float]:
    """Which of several counties with a township of that name: by the village that follows, or by a name in the text."""
    pairs = _pairs(gazetteer, seeker, said)
    if pairs:
        with_village = list(dict.fromkeys(gazetteer.county_of(town) for town, _ in pairs))
        if len(with_village) == 1:
            return with_village, BY_PAIR
        counties = with_village
    hinted = [county for county in counties if _is_hinted(gazetteer, seeker, county, said.start, said.end)]
    return (hinted, BY_HINT) if len(hinted) == 1 else (counties, 0.5)


def _is_hinted(gazetteer: Gazetteer, seeker: Seeker, county: str, said_at: int, said_end: int) -> bool:
    """Is the county or its prefecture named anywhere, as in 顺丰产业园·武汉?"""
    whole, short = gazetteer.uppers.names_of(county)
    text = seeker.text
    for name in whole:
        if name in text:
            return True
    for name in short:
        at = text.find(name)
        while at >= 0:
            if not said_at <= at < said_end and gazetteer.uppers.may_stand_alone(text, at + len(name)):
                return True
            at = text.find(name, at + 1)
    return False


def _by_village(gazetteer: Gazetteer, seeker: Seeker, head: Head, at: int) -> Found | None:
    village = seeker.village_at(gazetteer.nation_villages(seeker.text[at : at + 2]), at, is_lenient=False)
    if village is None or not village.codes:
        return None
    codes = village.codes
    if head.codes:
        codes = tuple(code for code in codes if _is_below(gazetteer, code, head.codes))
    if not codes:
        return None
    counties = {gazetteer.county_of(code) for code in codes}
    if len(counties) > 1:
        hinted = tuple(
            code
            for code in codes
            if _is_hinted(gazetteer, seeker, gazetteer.county_of(code), at, village.end)
        )
        if len({gazetteer.county_of(code) for code in hinted}) != 1:
            return Found("", "", "", village.end, 0.4, codes)
        codes = hinted
    found = seeker.combined(gazetteer.county_of(codes[0]), None, village._replace(codes=codes))
    return found._replace(sureness=found.sureness * BY_VILLAGE)


def _county_further_on(gazetteer: Gazetteer, seeker: Seeker, head: Head) -> Found | None:
    """A county written out behind a name that is none: 某学院(都江堰市天府大道聚源段9号)."""
    uppers, text = gazetteer.uppers, seeker.text
    for place in range(head.end + 1, min(seeker.limit - 2, 60)):
        if text[place : place + 2] not in uppers.lengths or not seeker.begins_name(place):
            continue
        further = uppers.head(text, place)
        if not further.is_whole or len(further.codes) != 1:
            continue
        if gazetteer.level(further.codes[0]) != "county":
            continue
        if head.codes and not any(uppers.is_consistent(code, further.codes[0]) for code in head.codes):
            continue
        found = seeker.seek(further.codes[0], further.end)
        return found._replace(sureness=found.sureness * BY_HINT)
    return None
