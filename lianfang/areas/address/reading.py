"""An address to the areas that it names. Pure.

From the left: province, prefecture, county, township, village, each perhaps doubled, missing or misspelled; what
stands behind the village is read by tail.py. A wrong village is worse than none: what two areas share, what only looks
like a name, and what the text says of elsewhere (原…, 除…外) decides nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from lianfang.areas.address.folding import clean, fold, simplified
from lianfang.areas.address.gazetteer import Gazetteer
from lianfang.areas.address.nation import locate
from lianfang.areas.address.places import Seeker
from lianfang.areas.address.saying import Found
from lianfang.areas.address.spelling import VILLAGE_KIND
from lianfang.areas.address.tail import read_tail
from lianfang.areas.address.uppers import Head

MOST_CANDIDATES = 100  # more are no help to whoever must choose


class Reading(NamedTuple):
    """What an address says. Areas are codes, '' when not known. `status`: "resolved" to the deepest level given,
    "ambiguous" (one of `candidates`, which are of one level), "outside" (none of the areas known here)."""

    text: str
    county: str = ""
    town: str = ""
    village: str = ""
    group: str = ""
    estate: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    status: str = "outside"
    candidates: tuple[str, ...] = ()
    confidence: float = 0.0


def read(gazetteer: Gazetteer, text: str, *, county: str = "", sent_by: str = "") -> Reading:
    """`county`, `sent_by`: codes of what is known beside the text. With `county` the answer lies in it or is
    "outside"; `sent_by` (a county, township or village) only fills in what the text leaves out."""
    plain = clean(text)
    if not plain:
        return Reading(text)
    folded = fold(plain)
    seeker = Seeker(gazetteer, plain, folded)
    head = gazetteer.uppers.head(folded)
    known = county or gazetteer.county_of(sent_by)
    if known and gazetteer.level(known) != "county":
        known, head = _of_other_level(gazetteer, known, head)
    if known:
        found = _in_county(gazetteer, seeker, head, known, sent_by, is_certain=bool(county))
    else:
        found = locate(gazetteer, seeker, head)
    return _reading(gazetteer, text, plain, found)


def _of_other_level(gazetteer: Gazetteer, known: str, head: Head) -> tuple[str, Head]:
    """What was given as the county is a township (its county is meant) or a prefecture (one of its counties)."""
    if below := gazetteer.county_of(known):
        return below, head
    uppers = gazetteer.uppers
    if known not in uppers.lineage or any(uppers.is_consistent(code, known) for code in head.codes):
        return "", head
    return "", Head((known,), 0, True, 1)


def _in_county(
    gazetteer: Gazetteer, seeker: Seeker, head: Head, county: str, sent_by: str, *, is_certain: bool
) -> Found | None:
    at = 0
    is_elsewhere = False
    if head.codes:
        uppers = gazetteer.uppers
        if head.short_at >= 0 and seeker.is_town_longer(gazetteer.towns(county), head):
            head = head.without_short()
            at = head.end
        elif any(uppers.is_consistent(code, county) for code in head.codes + head.earlier):
            at = head.end
        else:
            is_elsewhere = _names_elsewhere(gazetteer, seeker, head, county)
    elif own := seeker.own_name(county):
        at = own
    if is_elsewhere:
        return None if is_certain else locate(gazetteer, seeker, head)
    return seeker.seek(county, at, sent_by)


def _names_elsewhere(gazetteer: Gazetteer, seeker: Seeker, head: Head, county: str) -> bool:
    """洞口县 and 西安市新城区 are other places, and so is 双清区 beside 武冈市; but 新城区3栋 may be an estate, unless a
    township of that district follows."""
    if VILLAGE_KIND.match(seeker.text, head.end):  # 古县村 of 隰县 is not in 古县
        return False
    if not head.is_whole and head.names < 2:  # 神农架 alone may be a name here; 湖北神农架 is elsewhere
        return False
    names, lineage = gazetteer.uppers.names, gazetteer.uppers.lineage
    if head.names > 1 or any(names[code][-1:] in "省市县旗州盟" for code in head.codes):
        return True
    beside = lineage.get(county, ())[1:2]
    return any(
        lineage[code][1:2] == beside or (gazetteer.is_near(code) and bool(seeker.seek(code, head.end).town))
        for code in head.codes
    )


def _reading(gazetteer: Gazetteer, text: str, plain: str, found: Found | None) -> Reading:
    if found is None:
        return Reading(text)
    candidates = found.candidates if len(found.candidates) <= MOST_CANDIDATES else ()
    if not found.county:
        status = "ambiguous" if found.candidates else "outside"
        return Reading(text, status=status, candidates=candidates, confidence=found.sureness)
    tail = read_tail(simplified(plain[found.end :]))
    return Reading(
        text,
        found.county,
        found.town,
        found.village,
        tail.group,
        found.estate or tail.estate,
        tail.building,
        tail.unit,
        tail.room,
        "ambiguous" if found.candidates else "resolved",
        candidates,
        round(found.sureness, 2),
    )
