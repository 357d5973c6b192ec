"""The gazetteer of a county as the database has it: living areas, what became of those that are gone, learned names."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any

from django.db.models import Q

from lianfang.areas.address import Alias, Gazetteer
from lianfang.areas.models import Area, AreaAlias, AreaChange
from lianfang.areas.queries import ancestors, prefixes
from lianfang.areas.succession import Former
from lianfang.core.scope import subtree

_NAMED = ("province", "prefecture", "county", "township", "village")


def gazetteer_of(area: Area) -> Gazetteer:
    """Of the county that `area` is or lies in. Four statements; made anew only when something in it changed."""
    county = next((each for each in ancestors(area) if each.level == Area.Level.COUNTY), area)
    low, high = subtree(county.path)
    areas = Area.objects.filter(
        Q(path__in=prefixes(county.path)) | Q(path__gte=low, path__lt=high), level__in=_NAMED, valid_to=None
    )
    found = list(areas.order_by("path").values_list("path", "code", "name", "level", "parent__code"))
    rows = tuple((code, name, level, parent or "") for _path, code, name, level, parent in found)
    at = {path: code for path, code, *_ in found}
    return _made(rows, _formers(county, frozenset(at.values())), _aliases(county, at))


@lru_cache(maxsize=4)
def _made(rows: tuple[Any, ...], formers: tuple[Former, ...], aliases: tuple[Alias, ...]) -> Gazetteer:
    return Gazetteer.from_rows(rows, former=formers, aliases=aliases)


def _formers(county: Area, living: frozenset[str]) -> tuple[Former, ...]:
    """Areas that are gone and old names of living ones, with what they are today. A chain of changes is followed to
    its end: an area merged in 2017 and again in 2020 is what it became in 2020."""
    low, high = subtree(county.path)
    changes = AreaChange.objects.filter(
        old__path__gte=low, old__path__lt=high, old__level__in=("township", "village")
    ).exclude(applied_at=None)
    rows = list(
        changes.order_by("effective_on").values_list(
            "old__code", "old_name", "old__level", "old__parent__code", "new__code", "effective_on", "kind"
        )
    )
    became: dict[str, set[str]] = defaultdict(set)
    for old, _name, _level, _parent, new, _day, kind in rows:
        if new and kind != AreaChange.Kind.RENAME:
            became[old].add(new)
    return tuple(
        Former(old, name, level, parent or "", day.year - 1, tuple(sorted(_ends(old, became) & living)))
        for old, name, level, parent, _new, day, _kind in rows
    )


def _ends(code: str, became: dict[str, set[str]], depth: int = 20) -> set[str]:
    if code not in became or not depth:
        return {code}
    return {last for new in became[code] if new != code for last in _ends(new, became, depth - 1)}


def _aliases(county: Area, at: dict[str, str]) -> tuple[Alias, ...]:
    """A name learned for a group or a building tells its village."""
    rows = AreaAlias.objects.filter(county_path=county.path, area__valid_to=None).order_by("pk")
    found = []
    for text, path, kind in rows.values_list("text", "area__path", "kind"):
        code = next((at[step] for step in reversed(prefixes(path)) if step in at), None)
        if code:
            found.append(Alias(text, code, "estate" if kind == AreaAlias.Kind.ESTATE else "alias"))
    return tuple(found)
