"""The county's own areas below a village: groups, grids, estates, buildings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from django.db import transaction

from lianfang.areas.holding import hold_paths
from lianfang.areas.learning import is_whose
from lianfang.areas.models import Area, AreaAlias
from lianfang.areas.pinyin import initials
from lianfang.areas.queries import ancestors, get_area, gone
from lianfang.areas.rules import (
    LETTER,
    LONGEST_INITIALS,
    LONGEST_NAME,
    OWN_LEVELS,
    codes_taken,
    common_path,
    may_hold,
    next_codes,
    path_of,
)
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem

BATCH = 2000


class Wanted(NamedTuple):
    """An own area that has to be there. Without a code it gets the next free one of its parent (…221G03)."""

    parent_code: str
    level: str
    name: str
    code: str = ""
    walk_order: int = 0
    is_sample: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return self.parent_code, self.level, self.name


@transaction.atomic
def ensure_below(*, wanted: Iterable[Wanted], by: int | None) -> dict[tuple[str, str, str], Area]:
    """Find or make areas, set-wise: four statements whatever their number. Keyed by (parent code, level, name).

    Parents must be there: make estates first, their buildings in a second call. Raises `areas.unknown` and
    `areas.wrong_place`.
    """
    wanted = list({each.key: each for each in wanted}.values())
    codes = {each.parent_code for each in wanted}
    hold_paths(Area.objects.filter(code__in=codes).values_list("path", flat=True))
    parents = _locked_parents(codes)
    found: dict[tuple[str, str, str], Area] = {}
    taken: dict[str, set[str]] = {code: set() for code in parents}
    for area in Area.objects.filter(parent__in=parents.values()).select_related("parent"):
        assert area.parent is not None  # noqa: S101 - by the filter
        found[area.parent.code, area.level, area.name] = area
        taken[area.parent.code].update(codes_taken(area.parent.code, area.code, area.path))
    missing = [each for each in wanted if each.key not in found]
    made = _made(missing, parents, taken)
    for each, area in zip(missing, Area.objects.bulk_create(made, batch_size=BATCH), strict=True):
        found[each.key] = area
    if made:
        audit.record(
            "area.add",
            "area",
            made[0].code,
            by=by,
            path=common_path(area.path for area in made),
            count=len(made),
        )
    return {each.key: found[each.key] for each in wanted}


def add_area(*, parent: Area, level: str, name: str, by: int) -> Area:
    """One more own area. Raises `areas.bad_name`, `areas.wrong_place` and `areas.name_taken`."""
    name = _clean(name)
    if level not in OWN_LEVELS:
        raise Problem("areas.wrong_place", level=level, parent=parent.name)
    if Area.objects.filter(parent=parent, name=name).exists():
        raise Problem("areas.name_taken", parent=parent.name, name=name)
    wanted = Wanted(parent.code, level, name)
    return ensure_below(wanted=[wanted], by=by)[wanted.key]


@transaction.atomic
def rename_area(*, area: Area, name: str, by: int) -> None:
    """Change what an own area is called. Its code and path stay: everything hangs on them."""
    name = _clean(name)
    if area.level not in OWN_LEVELS:
        raise Problem("areas.not_own")
    if Area.objects.filter(parent_id=area.parent_id, name=name).exclude(pk=area.pk).exists():
        raise Problem("areas.name_taken", parent=area.parent.name if area.parent else "", name=name)
    area.name, area.initials = name, initials(name)[:LONGEST_INITIALS]
    area.save(update_fields=["name", "initials"])
    audit.record("area.rename", "area", area.code, by=by, path=area.path)


@transaction.atomic
def learn_alias(*, area: Area, text: str, kind: str, by: int | None) -> AreaAlias | None:
    """Remember another name of an area, or an estate in it, for its county. None when it was known already.

    Raises `areas.bad_alias` for what is no name: one character, a number, more than 40 characters, somebody's house.
    """
    longest = AreaAlias._meta.get_field("text").max_length or 0
    is_door = re.fullmatch(r"[\d#-]+\D?", text)
    if not 2 <= len(text) <= longest or is_door or text.isascii() or is_whose(text):
        raise Problem("areas.bad_alias", text=text[:20])
    county = next((each for each in ancestors(area) if each.level == Area.Level.COUNTY), area)
    alias, is_new = AreaAlias.objects.get_or_create(
        area=area,
        county_path=county.path,
        text=text,
        defaults={"kind": kind, "confirmed_by": by, "confirmed_at": now()},
    )
    if not is_new:
        return None
    audit.record("area.learn_alias", "area", area.code, by=by, path=area.path, alias=text)
    return alias


@transaction.atomic
def forget_alias(*, alias: AreaAlias, by: int | None) -> None:
    """The name was learned by mistake."""
    audit.record("area.forget_alias", "area", alias.area.code, by=by, path=alias.area.path, alias=alias.text)
    alias.delete()


def _clean(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Problem("areas.bad_name")
    return name


def _locked_parents(codes: Collection[str]) -> dict[str, Area]:
    """Locked, so that two who add at once do not draw the same code."""
    parents = {
        area.code: area for area in Area.objects.select_for_update().filter(code__in=codes).order_by("pk")
    }
    for code in codes:
        if code not in parents:
            get_area(code)  # raises with the right words
        elif not parents[code].is_living:
            raise gone(parents[code])
    return parents


def _made(missing: list[Wanted], parents: dict[str, Area], taken: dict[str, set[str]]) -> list[Area]:
    for each in missing:
        if each.code:
            taken[each.parent_code].add(each.code)
    # Groups and grids of a parent share the letter G, so they draw from one row of numbers.
    drawn: dict[tuple[str, str], Iterator[str]] = {}
    made = []
    for each in missing:
        parent = parents[each.parent_code]
        if each.level not in OWN_LEVELS or not may_hold(parent.level, each.level):
            raise Problem("areas.wrong_place", level=each.level, parent=parent.name)
        row = (parent.code, LETTER[each.level])
        if row not in drawn:
            drawn[row] = next_codes(parent.code, each.level, taken[parent.code])
        code = each.code or next(drawn[row])
        made.append(
            Area(
                code=code,
                name=each.name,
                level=each.level,
                parent=parent,
                path=path_of(code, parent.code, parent.path),
                initials=initials(each.name)[:LONGEST_INITIALS],
                walk_order=each.walk_order,
                is_sample=each.is_sample,
            )
        )
    return made
