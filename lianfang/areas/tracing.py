"""From one register to the next: which village carries another's name on, and which township took over another. Pure.

A village goes to the village that carries its name on: first in its own township, then in its county, and only where
one old and one new village share the name. Where two could be meant nothing is said. A township goes where its villages
went. See docs/algorithms/area-succession.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from lianfang.areas.naming import fold
from lianfang.areas.rules import RANK

# The share of its traced villages that makes one township the successor. Of 岳池's 21 dead townships one (九龙镇)
# was really cut in two, half and half; the others lost at most a village in six to a neighbour.
MAIN_SHARE = 0.8
# Below it, a township that took fewer than this is a chance namesake, not a part of the split.
PART_SHARE = 0.1

_BODY = re.compile(r"(?:村民委员会|居民委员会|村民委|居民委|村委会|居委会|委员会|村委|居委)$")
_TOWN = re.compile(
    r"(?:人民政府|街道办事处|办事处|管理委员会|管委会|管理处|街道|民族乡|镇|乡|国营|国有|农场|林场)+$"
)


class Place(NamedTuple):
    """An area as one register has it. `level` is a key of areas.rules.RANK."""

    code: str
    name: str
    level: str
    parent: str


# --- names ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 17)
def stem(name: str, level: str) -> tuple[str, str]:
    """(what is left of a name without its kind, the kind). 建中村委会, 建中村民委员会 and 建中村村委会 are
    ("建中", "村"); 凉亭社区居委会 is ("凉亭", "社区"); 觅儿寺镇 is ("觅儿寺", "")."""
    text = fold(name)
    if level != "village":
        return _TOWN.sub("", text) or text, ""
    body = _BODY.search(text)
    rest = text[: body.start()] if body else text
    kind = ""
    if rest.endswith("社区") or (body and body[0].startswith("居")):
        kind = "社区"
    elif rest.endswith("村") or (body and body[0].startswith("村")):
        kind = "村"
    bare = re.sub(r"(?:社区|村)+$", "", rest)
    return bare or rest or text, kind


# --- two registers --------------------------------------------------------------------------------------------------


def trace(before: Mapping[str, Place], after: Mapping[str, Place]) -> dict[str, Counter[str]]:
    """Where every area of `before` that `after` lacks has gone: code → {new code: how much says so}.

    Empty counters for what left no trace. Groups, grids and buildings are not looked at: a register has none.
    """
    gone = [place for code, place in before.items() if code not in after and RANK[place.level] <= 5]
    links: dict[str, Counter[str]] = {place.code: Counter() for place in gone}
    if not gone:
        return links
    came = [place for code, place in after.items() if code not in before]
    counties = _counties_gone(gone, came, before, after)
    for old, new in counties.items():
        links[old][new] += 1
    towns = {code: place for code, place in before.items() if place.level == "township"}

    def county_of(place: Place, register: Mapping[str, Place]) -> str:
        town = register.get(place.parent)
        code = town.parent if town else place.parent[:6]
        return counties.get(code, code)

    pairs = _village_pairs(gone, came, before, after, county_of)
    for old, new in pairs.items():
        links[old][new] += 1
    votes = _town_votes(before, after, pairs)
    for code in towns:
        if code in links:
            links[code] = votes.get(code) or _town_by_name(towns[code], came, counties)
    return links


def _counties_gone(
    gone: Sequence[Place], came: Sequence[Place], before: Mapping[str, Place], after: Mapping[str, Place]
) -> dict[str, str]:
    """A county that was recoded (a county made a city or district), by the townships it still has."""
    dead = {place.code for place in gone if place.level == "county"}
    born = {place.code for place in came if place.level == "county"}
    if not dead or not born:
        return {}
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for place in after.values():
        if place.level == "township" and place.parent in born:
            names[stem(place.name, "township")].add(place.parent)
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for place in before.values():
        if place.level == "township" and place.parent in dead:
            votes[place.parent].update(names[stem(place.name, "township")])
    return {old: counted.most_common(1)[0][0] for old, counted in votes.items() if counted}


def _village_pairs(
    gone: Sequence[Place],
    came: Sequence[Place],
    before: Mapping[str, Place],
    after: Mapping[str, Place],
    county_of: Callable[[Place, Mapping[str, Place]], str],
) -> dict[str, str]:
    """Old village → new village, where one old and one new one share a name; the surest first."""
    old = {place.code: place for place in gone if place.level == "village"}
    new = {place.code: place for place in came if place.level == "village"}
    pairs: dict[str, str] = {}

    def match(old_key: Callable[[Place], object], new_key: Callable[[Place], object]) -> None:
        taken = set(pairs.values())
        waiting = _by(old_key, (place for code, place in old.items() if code not in pairs))
        free = _by(new_key, (place for code, place in new.items() if code not in taken))
        for key, olds in waiting.items():
            news = free.get(key, ())
            if key is not None and len(olds) == 1 and len(news) == 1:
                pairs[olds[0].code] = news[0].code

    def full(place: Place) -> tuple[str, str]:
        return stem(place.name, "village")

    def bare(place: Place) -> str:
        return full(place)[0]

    def same_town(place: Place) -> object:
        return place.parent, full(place)

    match(same_town, same_town)
    match(lambda o: (county_of(o, before), full(o)), lambda n: (county_of(n, after), full(n)))
    # Names that stand twice in a county: the one in the township that took over the others.
    main = {
        town: successors[0]
        for town, votes in _town_votes(before, after, pairs).items()
        if len(successors := settled(votes)) == 1
    }
    match(lambda o: (main.get(o.parent, o.parent), full(o)), same_town)
    # A village that became a community, or the other way round.
    match(lambda o: (o.parent, bare(o)), lambda n: (n.parent, bare(n)))
    match(lambda o: (county_of(o, before), bare(o)), lambda n: (county_of(n, after), bare(n)))
    return pairs | _namesakes_next_door(old, before, after, pairs)


def _namesakes_next_door(
    old: Mapping[str, Place],
    before: Mapping[str, Place],
    after: Mapping[str, Place],
    paired: Mapping[str, str],
) -> dict[str, str]:
    """Old village → the village of its township that goes on under their one name, for those not paired yet."""

    def place_and_name(place: Place) -> tuple[str, str]:
        return place.parent, stem(place.name, "village")[0]

    pairs = dict(paired)
    # Taken in by its namesake next door (a village and a community of one name), if that is in the same township.
    stayed = _by(
        place_and_name,
        (place for code, place in after.items() if place.level == "village" and code in before),
    )
    for code, place in old.items():
        found = stayed.get(place_and_name(place), [])
        if code not in pairs and len(found) == 1:
            pairs[code] = found[0].code
    # Both of them gone, and one new one under their name.
    beside = {place_and_name(old[code]): new for code, new in pairs.items()}
    for code, place in old.items():
        if code not in pairs and place_and_name(place) in beside:
            pairs[code] = beside[place_and_name(place)]
    return pairs


def _by(key: Callable[[Place], object], places: Iterable[Place]) -> dict[object, list[Place]]:
    found: defaultdict[object, list[Place]] = defaultdict(list)
    for place in places:
        found[key(place)].append(place)
    return found


def _town_votes(
    before: Mapping[str, Place], after: Mapping[str, Place], pairs: Mapping[str, str]
) -> dict[str, Counter[str]]:
    """How many villages of each township that is gone now lie in which township."""
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for code, place in before.items():
        if place.level == "village" and place.parent not in after:
            now = after.get(pairs.get(code, code))
            if now is not None:
                votes[place.parent][now.parent] += 1
    return votes


def _town_by_name(town: Place, came: Sequence[Place], counties: Mapping[str, str]) -> Counter[str]:
    """No village of it could be traced: a new township of its name (朝阳乡, 朝阳街道), if there is one."""
    county = counties.get(town.parent, town.parent)
    found = [
        place.code
        for place in came
        if place.level == "township"
        and place.parent == county
        and stem(place.name, "township") == stem(town.name, "township")
    ]
    return Counter(found) if len(found) == 1 else Counter()


def settled(votes: Mapping[str, int]) -> tuple[str, ...]:
    """The successors that votes speak for: one with MAIN_SHARE of them, else all that took a real part."""
    total = sum(votes.values())
    ranked = sorted(votes, key=lambda code: (-votes[code], code))
    if not ranked:
        return ()
    if votes[ranked[0]] >= MAIN_SHARE * total:
        return (ranked[0],)
    return tuple(code for code in ranked if votes[code] >= PART_SHARE * total)


def names_carried(before: Mapping[str, Place], after: Mapping[str, Place]) -> dict[tuple[str, str], str]:
    """Codes that were dealt out anew inside a township: the name went to another code, and is found there."""
    by_name = _by(
        lambda place: (place.parent, stem(place.name, place.level)),
        (place for place in after.values() if place.level == "village"),
    )
    carried = {}
    for code, place in before.items():
        now = after.get(code)
        if now is None or place.level != "village" or now.name == place.name:
            continue
        if stem(now.name, "village")[0] != stem(place.name, "village")[0]:
            found = by_name.get((place.parent, stem(place.name, "village")), ())
            if len(found) == 1:
                carried[code, place.name] = found[0].code
    return carried
