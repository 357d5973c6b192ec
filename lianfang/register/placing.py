"""Areas below the village that the rows of a sheet name: found, or made where they are missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Q

from lianfang.areas.models import Area
from lianfang.areas.naming import number_in, standard_name
from lianfang.areas.operations import Wanted, ensure_below
from lianfang.core.scope import subtree
from lianfang.register.checking import Entry, Village
from lianfang.register.grouping import UNORDERED

OWN_LEVELS = ("section", "estate", "grid", "group", "building")
FEW = 40  # villages: of as many the areas are asked for one by one, of more those of the whole county
Chain = tuple[tuple[str, str], ...]


class Placing:
    """Places are numbered from 0 as they come; `make` makes what came since. 3组 and 第三组 are one place."""

    def __init__(self, county: Area, by: int | None) -> None:
        self.county, self.by = county, by
        self.area_count = 0  # made
        self.areas: list[tuple[int, str]] = []  # id and path of each place that is there
        self._places: list[tuple[Village, Chain, Chain]] = []  # as written first, and in standard names
        self._written: dict[tuple[Village, Chain], int] = {}
        self._standard: dict[tuple[Village, Chain], int] = {}
        self._is_own_order: bool | None = None

    def number(self, entry: Entry) -> int:
        if self._is_own_order is None:
            self._is_own_order = entry.walk_order is not None
        number = self._written.get((entry.village, entry.chain))
        if number is None:
            standard = tuple((level, standard_name(level, name)) for level, name in entry.chain)
            number = self._standard.setdefault((entry.village, standard), len(self._places))
            if number == len(self._places):
                self._places.append((entry.village, entry.chain, standard))
            self._written[entry.village, entry.chain] = number
        return number

    def make(self) -> None:
        """The missing areas of the places that came since the last time."""
        places = self._places[len(self.areas) :]
        codes: dict[tuple[str, Chain], str] = {(village.path, ()): village.code for village, _, _ in places}
        spelled = self._spellings({village.path for village, chain, _ in places if chain})
        found = _villages(codes)
        for level_group in (("section",), ("estate",), ("grid", "group"), ("building",)):
            wanted: dict[tuple[str, Chain], tuple[Wanted, bool]] = {}
            for village, chain, standard in places:
                for depth, (level, name) in enumerate(chain, 1):
                    key = (village.path, standard[:depth])
                    if level in level_group and key not in wanted:
                        parent = codes[village.path, standard[: depth - 1]]
                        own = spelled.get((parent, *standard[depth - 1]))
                        order = number_in(own or name) or 0
                        wanted[key] = Wanted(parent, level, own or name, walk_order=order), own is None
            if not wanted:
                continue
            areas = ensure_below(wanted=self._in_order(each for each, _ in wanted.values()), by=self.by)
            for key, (each, is_new) in wanted.items():
                area = areas[each.key]
                codes[key] = area.code
                found[area.code] = (area.pk, area.path)
                self.area_count += is_new
        self.areas += [found[codes[village.path, standard]] for village, _, standard in places]

    def _in_order(self, wanted: Iterable[Wanted]) -> list[Wanted]:
        """1组 before 10组; a file of our own brings its order with it."""
        ordered = list(wanted)
        if not self._is_own_order:
            ordered.sort(key=lambda each: each.walk_order or UNORDERED)
        return ordered

    def _spellings(self, villages: Collection[str]) -> dict[tuple[str, str, str], str]:
        """Own areas that are there, by their standard name: a sheet's 3组 finds what was entered as 第三组."""
        inside = Q(pk__in=[])
        for path in villages if len(villages) <= FEW else [self.county.path]:
            low, high = subtree(path)
            inside |= Q(path__gte=low, path__lt=high)
        found = Area.objects.filter(inside, level__in=OWN_LEVELS, valid_to__isnull=True).order_by("path")
        rows = found.values_list("parent__code", "level", "name")
        return {(parent, level, standard_name(level, name)): name for parent, level, name in rows}


def _villages(codes: Mapping[tuple[str, Chain], str]) -> dict[str, tuple[int, str]]:
    wanted = set(codes.values())
    return {a.code: (a.pk, a.path) for a in Area.objects.filter(code__in=wanted).only("pk", "code", "path")}
