"""The areas that an address may name, ready to be looked up by any of their spellings. Pure, no database.

A whole nation has 665,276 areas, and a sheet rarely names more than a few counties: nothing but the tree is made at
the start, and the spellings of a county, of a township's villages and of the nation when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lianfang.areas.address.folding import fold, likeness
from lianfang.areas.address.spelling import town_names, village_names
from lianfang.areas.address.uppers import Uppers
from lianfang.areas.rules import BY_NUMBER, level_of
from lianfang.areas.succession import Former

Row = tuple[str, str, str, str]  # code, name, level, parent


class Alias(NamedTuple):
    """Another name of an area, or an estate that lies in it; learned from what people confirmed."""

    text: str
    code: str
    kind: Literal["alias", "estate"]


class Spelled(NamedTuple):
    """What one spelling means. `codes`: living areas, several when the area that bore the name was split, none when
    it is gone and only `within` (a township) tells where it lay."""

    codes: tuple[str, ...]
    kind: str
    within: str = ""
    is_derived: bool = False


class Names:
    """Spellings and what they mean. `lengths` tells, for the first two signs of a text, how long a name that begins
    so may be, longest first: most places of a text are done with after one look.

    Villages `wait` unspelled until a text has their first two signs; then `lengths` says None, and `spell` them.
    """

    __slots__ = ("lengths", "meanings", "waiting")

    def __init__(self) -> None:
        self.meanings: dict[str, list[Spelled]] = {}
        self.lengths: dict[str, tuple[int, ...] | None] = {}
        self.waiting: dict[str, list[tuple[str, tuple[str, ...], str, bool]]] = {}

    def add(self, name: str, meaning: Spelled) -> None:
        meanings = self.meanings.get(name)
        if meanings is not None:
            if meaning not in meanings:
                meanings.append(meaning)
            return
        self.meanings[name] = [meaning]
        head, length = name[:2], len(name)
        lengths = self.lengths.get(head)
        if not lengths:
            self.lengths[head] = (length,)
        elif length not in lengths:
            self.lengths[head] = tuple(sorted((*lengths, length), reverse=True))

    def wait(
        self, village: str, codes: tuple[str, ...], within: str = "", *, is_confirmed: bool = False
    ) -> None:
        """`village`: its folded name. `is_confirmed`: somebody confirmed just these words, so they stand alone."""
        head = village[:2]
        waiting = self.waiting.get(head)
        if waiting is None:
            self.waiting[head] = [(village, codes, within, is_confirmed)]
            self.lengths[head] = None
        else:
            waiting.append((village, codes, within, is_confirmed))
        if head[0] in "([【":  # (氵甸)沽村: its spellings begin otherwise
            self.spell(head)

    def spell(self, head: str) -> tuple[int, ...]:
        """The lengths of the names that begin so, now that they are wanted."""
        for village, codes, within, is_confirmed in self.waiting.pop(head, ()):
            if is_confirmed:
                self.add(village, Spelled(codes, "alias", within))
            for name in village_names(village):
                self.add(name.stem, Spelled(codes, name.kind, within, name.is_derived))
        return self.lengths.get(head) or ()

    def alike(self) -> dict[str, list[str]]:
        """Names by what they sound and look like."""
        for head in list(self.waiting):
            self.spell(head)
        found: dict[str, list[str]] = {}
        for name in self.meanings:
            found.setdefault(likeness(name), []).append(name)
        return found


@dataclass(slots=True)
class Towns:
    """The townships of a county (or of the nation) by whole name and by stem."""

    whole: Names
    stems: Names


class Gazetteer:
    """Made by `Gazetteer.from_rows`."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.levels: dict[str, str] = {}
        self.children: dict[str, list[str]] = {}
        self.formers: dict[str, list[Former]] = {}  # by parent
        self.former_codes: dict[str, Former] = {}
        self.aliases: dict[str, list[Alias]] = {}  # by the area they belong to
        self.estates: dict[str, list[Alias]] = {}  # by county
        self.uppers = Uppers()
        self._has_estates = False
        self._near: set[str] | None = None
        self._towns: dict[str, Towns] = {}
        self._villages: dict[str, Names] = {}
        self._villages_by_head: dict[str, Names] = {}
        self._heads: dict[str, list[str]] | None = None
        self._alike: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._estates: dict[str, Names] = {}

    @classmethod
    def from_rows(
        cls, rows: Iterable[Row], *, former: Iterable[Former] = (), aliases: Iterable[Alias] = ()
    ) -> Gazetteer:
        """`rows`: code, name, level (1-5, a key or a word; '' to be told from the code's length), parent."""
        made = cls()
        names, parents, levels, children = made.names, made.parents, made.levels, made.children
        for code, name, level, parent in rows:
            names[code] = name
            parents[code] = parent
            levels[code] = BY_NUMBER.get(level) or level_of(level) or _level_by_length(code)
            below = children.get(parent)
            if below is None:
                children[parent] = [code]
            else:
                below.append(code)
        made._has_estates = "estate" in levels.values()
        made._add_missing_counties()
        for area in former:
            made.former_codes[area.code] = area
            made.formers.setdefault(area.parent, []).append(area)
        for alias in aliases:
            made._add_alias(alias)
        made.uppers.fill(made)
        return made

    def _add_missing_counties(self) -> None:
        """A list of towns names its counties only as parents."""
        for parent in [code for code in self.children if code and code not in self.names]:
            level = {"township": "county", "village": "township", "county": "prefecture"}.get(
                self.levels[self.children[parent][0]]
            )
            if level is None:
                continue
            self.names[parent], self.levels[parent], self.parents[parent] = "", level, ""

    def _add_alias(self, alias: Alias) -> None:
        if alias.code not in self.names:
            return
        if alias.kind == "alias" and self.levels[alias.code] in ("township", "village"):
            self.aliases.setdefault(self.parents[alias.code], []).append(alias)
        else:
            self.estates.setdefault(self.county_of(alias.code), []).append(alias)

    # --- the tree ---

    def level(self, code: str) -> str:
        return self.levels.get(code, "")

    def county_of(self, code: str) -> str:
        """The county that a code lies in, the code itself when it is one; '' above or when it is unknown."""
        return self._above(code, "county")

    def town_of(self, code: str) -> str:
        return self._above(code, "township")

    def village_of(self, code: str) -> str:
        return self._above(code, "village")

    def _above(self, code: str, level: str) -> str:
        levels, parents = self.levels, self.parents
        for _ in range(9):
            if not code or levels.get(code) == level:
                return code
            code = parents.get(code, "")
        return ""

    def is_near(self, code: str) -> bool:
        """Is it one of the areas here, or above one of them?"""
        if self._near is None:
            lineage = self.uppers.lineage
            self._near = {above for county in self.counties() for above in lineage.get(county, ())}
        return code in self._near or code in self.names

    def counties(self) -> Iterator[str]:
        return (code for code, level in self.levels.items() if level == "county")

    # --- spellings ---

    def towns(self, county: str) -> Towns:
        found = self._towns.get(county)
        if found is None:
            found = self._towns[county] = self._make_towns([county])
        return found

    def nation_towns(self) -> Towns:
        found = self._towns.get("")
        if found is None:
            found = self._towns[""] = self._make_towns(list(self.counties()))
        return found

    def _make_towns(self, counties: list[str]) -> Towns:
        towns = Towns(Names(), Names())
        for county in counties:
            for code in self.children.get(county, ()):
                if self.levels[code] == "township":
                    _add_town(towns, self.names[code], Spelled((code,), code))
            for alias in self.aliases.get(county, ()):
                _add_town(towns, alias.text, Spelled((alias.code,), alias.code))
        for county in counties:
            for area in self.formers.get(county, ()):
                if area.level == "township":
                    self._add_former_town(towns, area)
        return towns

    def _add_former_town(self, towns: Towns, area: Former) -> None:
        """A living township of the same county keeps its name; one that is gone leads to its successors."""
        codes = tuple(code for code in area.successors if code in self.names)
        if not codes:
            return
        for name in town_names(fold(area.name)):
            living = towns.whole.meanings.get(name.full, ())
            if not any(self._same_county(area, meaning) for meaning in living):
                towns.whole.add(name.full, Spelled(codes, area.code))
            if name.stem and name.stem not in towns.stems.meanings:
                towns.stems.add(name.stem, Spelled(codes, area.code))

    def _same_county(self, area: Former, meaning: Spelled) -> bool:
        return (
            any(self.county_of(code) == area.parent for code in meaning.codes) and meaning.kind != area.code
        )

    def villages(self, town: str) -> Names:
        """Of one township, living or gone."""
        found = self._villages.get(town)
        if found is None:
            found = self._villages[town] = Names()
            self._fill_villages(found, town)
        return found

    def county_villages(self, county: str) -> Names:
        """Of all townships of a county, those that are gone too."""
        found = self._villages.get(county)
        if found is None:
            found = self._villages[county] = Names()
            for town in self.children.get(county, ()):
                self._fill_villages(found, town)
            for former in self.formers.get(county, ()):
                if former.level == "township":
                    self._fill_villages(found, former.code)
        return found

    def nation_villages(self, head: str) -> Names:
        """The villages of all the country whose names begin with these two signs."""
        found = self._villages_by_head.get(head)
        if found is None:
            found = self._villages_by_head[head] = Names()
            for code in self._village_heads().get(head, ()):
                found.wait(fold(self.names[code]), (code,))
        return found

    def _village_heads(self) -> dict[str, list[str]]:
        """Codes by the first two signs of the name. All names are folded at one go: that is ten times faster."""
        if self._heads is None:
            codes = [code for code, level in self.levels.items() if level == "village"]
            names = fold("\n".join([self.names[code] for code in codes])).split("\n")
            if len(names) != len(codes):  # none at all, or a name of two lines
                names = [fold(self.names[code]) for code in codes]
            self._heads = {}
            for code, name in zip(codes, names, strict=True):
                self._heads.setdefault(name[:2], []).append(code)
        return self._heads

    def _fill_villages(self, found: Names, town: str) -> None:
        for code in self.children.get(town, ()):
            if self.levels[code] == "village":
                found.wait(fold(self.names[code]), (code,))
        for alias in self.aliases.get(town, ()):
            found.wait(fold(alias.text), (alias.code,), is_confirmed=True)
        for area in self.formers.get(town, ()):
            codes = tuple(code for code in area.successors if code in self.names)
            within = "" if codes else self._living_town(town)
            if codes or within:
                found.wait(fold(area.name), codes, within)

    def _living_town(self, town: str) -> str:
        """The township where a gone one lies now; '' when it was split or nothing is known."""
        if town in self.names:
            return town
        former = self.former_codes.get(town)
        return former.successors[0] if former and len(former.successors) == 1 else ""

    def county_estates(self, county: str) -> Names:
        found = self._estates.get(county)
        if found is None:
            found = self._estates[county] = Names()
            estates = [(alias.text, alias.code) for alias in self.estates.get(county, ())]
            if self._has_estates:
                estates += self._own_estates(county)
            for name, code in estates:
                if len(name) > 1:
                    found.add(fold(name), Spelled((code,), "estate"))
        return found

    def _own_estates(self, county: str) -> Iterator[tuple[str, str]]:
        """Estates of the areas file itself, with the village they lie in."""
        for town in self.children.get(county, ()):
            for village in self.children.get(town, ()):
                for code in self.children.get(village, ()):
                    if self.levels[code] == "estate":
                        yield self.names[code], village

    def alike(self, kind: Literal["town", "village"], code: str) -> dict[str, list[str]]:
        """Spellings of a county's towns, or of a town's or county's villages, by what they sound and look like."""
        found = self._alike.get((kind, code))
        if found is None:
            if kind == "town":
                found = self.towns(code).stems.alike()
            else:
                is_county = self.levels.get(code) == "county"
                found = (self.county_villages(code) if is_county else self.villages(code)).alike()
            self._alike[kind, code] = found
        return found


def _level_by_length(code: str) -> str:
    return {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village"}.get(len(code), "")


def _add_town(towns: Towns, name: str, meaning: Spelled) -> None:
    for spelled in town_names(fold(name)):
        towns.whole.add(spelled.full, meaning)
        if spelled.stem:
            towns.stems.add(spelled.stem, meaning)
