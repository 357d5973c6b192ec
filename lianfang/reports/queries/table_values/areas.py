"""Rows that are areas: each named by the sheet, or all of their level in walking order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Q

from lianfang.areas.dividing import Division
from lianfang.areas.models import Area
from lianfang.areas.naming import fold, township_stem, village_stem
from lianfang.areas.queries import prefixes
from lianfang.areas.rules import RANK
from lianfang.core.scope import subtree
from lianfang.reports.figures import BY_KEY, PlacesReading, figure_of, read_places
from lianfang.reports.queries.table_values.asking import SheetAsk, is_foreign, refusal
from lianfang.reports.queries.table_values.counting import answers_by_place, measured, register_counts
from lianfang.reports.queries.table_values.suppressing import suppress
from lianfang.reports.tables import Listed, Meaning, TemplateSheet, Value
from lianfang.workforce.queries import Answering, who_answers

_ABOVE = ("county", "township", "village")
_PLACES = ("county", "township", "village", "section", "estate", "grid", "group", "building")
_COUNTS = frozenset({"household_count", "people_count"})


@dataclass(frozen=True, slots=True)
class Tree:
    """All areas above and below one, by path."""

    by_path: dict[str, Area]
    answers: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def around(cls, area: Area) -> Tree:
        low, high = subtree(area.path)
        found = Area.objects.filter(
            Q(path__gte=low, path__lt=high) | Q(path__in=prefixes(area.path)), valid_to__isnull=True
        )
        return cls({one.path: one for one in found})

    def steps(self, path: str) -> dict[str, Area]:
        """level → the area of that level in which a path lies."""
        return {area.level: area for one in prefixes(path) if (area := self.by_path.get(one))}

    def said(self, path: str, key: str) -> Value:
        """The place of a row: an area's name by level, its code, or all of the address down to it."""
        steps = self.steps(path)
        if key == "code":
            deepest = next((steps[level] for level in reversed(_ABOVE) if level in steps), None)
            return deepest.code if deepest else None
        if key == "answers":
            return self.answering([path]).get(path)
        if key == "path":
            return "".join(steps[level].name for level in _PLACES if level in steps) or None
        if key == "grid" and key not in steps:
            key = "group"
        return steps[key].name if key in steps else None

    def answering(self, paths: Iterable[str]) -> dict[str, str | None]:
        """Name of who answers for each of these areas. Nobody above a village stands in for somebody of it: the head
        of a county is no 包村干部. Asked for once."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self.answers]
        if wanted:
            found = who_answers(wanted)
            self.answers.update({path: self._near(path, found.get(path)) for path in wanted})
        return self.answers

    def _near(self, path: str, found: Answering | None) -> str | None:
        area = self.by_path.get(path)
        own = RANK[area.level] if area else RANK["village"]
        is_near = found is not None and RANK[found.area_level] >= min(own, RANK["village"])
        return found.name if found is not None and is_near else None


ELSEWHERE = "-"  # stands for the path of a row that somebody else answers for


def area_rows(ask: SheetAsk) -> Iterator[tuple[str, Sequence[Value]]]:
    """(path, values) a row; no values where a listed row is no area ('') or lies outside what is filled (ELSEWHERE)."""
    own = ask.table.area
    tree = Tree.around(ask.table.top if ask.layout.listed and ask.table.top else own)
    asked = list(_asked(ask, tree))
    if any(column.place for column in ask.layout.columns):
        yield own.path, _across(ask, tree)
        return
    inside = [area for area in asked if area and area.path.startswith(own.path)]
    values: dict[str, list[Value]] = {}
    for level in dict.fromkeys(area.level for area in inside):
        paths = [area.path for area in inside if area.level == level]
        values |= _values(ask, tree, Division.of(paths), is_fine=RANK[level] > RANK["village"])
    for area in asked:
        if area is None:
            yield "", ()
        elif area.path in values:
            yield area.path, values[area.path]
        else:
            yield ELSEWHERE, ()


def _across(ask: SheetAsk, tree: Tree) -> list[Value]:
    """One row for a sheet with places side by side: each cell is of the place of its column, the others of the whole."""
    own = ask.table.area
    columns = ask.layout.columns
    names = [Listed(0, name) for name in dict.fromkeys(column.place for column in columns)]
    listed = replace(ask.layout, listed=tuple(names), row_kind="village")
    found = match_listed(listed, _inside(tree, own), tree)
    areas = {name.label: area for name, area in zip(names, found, strict=True)} | {"": own}
    values: dict[str, list[Value]] = {}
    wanted = [area for area in areas.values() if area is not None]
    for level in dict.fromkeys(area.level for area in wanted):
        paths = [area.path for area in wanted if area.level == level]
        values |= _values(ask, tree, Division.of(paths), is_fine=RANK[level] > RANK["village"])
    row: list[Value] = []
    for at, column in enumerate(columns):
        area = areas[column.place]
        row.append(values[area.path][at] if area is not None else None)
    return row


def _asked(ask: SheetAsk, tree: Tree) -> Iterable[Area | None]:
    own, kind = ask.table.area, ask.layout.row_kind
    if kind == "single":
        return [own]
    if ask.layout.listed:
        top = ask.table.top or own
        return match_listed(ask.layout, _inside(tree, top), tree)
    inside = _inside(tree, own)
    # A village without grids has its groups for them: whoever answers for a part of it answers for a group.
    levels = ("grid", "group") if kind == "grid" else (kind,)
    found = [area for area in inside if area.level in levels]
    return sorted(found, key=lambda area: _walk(area, tree))


def _inside(tree: Tree, area: Area) -> list[Area]:
    low, high = subtree(area.path)
    return [one for one in tree.by_path.values() if low <= one.path < high]


def _walk(area: Area, tree: Tree) -> list[tuple[int, str]]:
    return [(step.walk_order, step.code) for step in tree.steps(area.path).values()]


def match_listed(layout: TemplateSheet, inside: Iterable[Area], tree: Tree) -> list[Area | None]:
    """The area that each listed row names; None where there is none, or more than one."""
    by_name: dict[str, list[Area]] = {}
    for area in inside:
        for name in {fold(area.name), _stem(area)}:
            by_name.setdefault(name, []).append(area)
    return [_the_one(row.label, row.within, by_name, tree, layout.row_kind) for row in layout.listed]


def _the_one(label: str, within: str, by_name: dict[str, list[Area]], tree: Tree, level: str) -> Area | None:
    found = by_name.get(fold(label)) or by_name.get(village_stem(fold(label))) or []
    found = found or by_name.get(township_stem(fold(label)), [])
    if len(found) > 1:
        found = [area for area in found if area.level == level] or found
    if len(found) > 1 and within:
        above = {fold(within), township_stem(fold(within))}
        found = [
            area
            for area in found
            if any({fold(step.name), _stem(step)} & above for step in tree.steps(area.path).values())
        ]
    return found[0] if len(found) == 1 else None


def _stem(area: Area) -> str:
    folded = fold(area.name)
    if area.level == "township":
        return township_stem(folded)
    return village_stem(folded) if area.level == "village" else folded


def _values(ask: SheetAsk, tree: Tree, places: Division, *, is_fine: bool) -> dict[str, list[Value]]:
    """By path: one value a column. Three groups of statements, whatever the number of areas and columns."""
    given = [meaning for meaning in ask.meanings if not refusal(ask, meaning)]
    figures = {key for one in given if one.kind == "figure" and (key := figure_of(one.key, one.span))}
    counted = [one for one in given if one.kind == "register"]
    keys = [one.key for one in given if one.kind == "question"]
    table = ask.table
    said: dict[str, dict[str, Value]] = {}
    if figures and table.round:
        reading = PlacesReading(
            table.scope, table.round, table.area, table.day, places=places, is_fine=is_fine
        )
        said = {
            path: dict(found)
            for path, found in read_places(reading, [BY_KEY[key] for key in sorted(figures)]).items()
        }
    register = register_counts(table, places, counted)
    answers = answers_by_place(table, places, keys)
    if any(one.kind == "place" and one.key == "answers" for one in ask.meanings):
        tree.answering(places.paths)

    def cell(path: str, meaning: Meaning) -> Value:
        if meaning.kind == "place":
            return tree.said(path, meaning.key)
        if refusal(ask, meaning):
            return None
        if meaning.kind == "figure":
            return said.get(path, {}).get(figure_of(meaning.key, meaning.span) or "")
        if meaning.kind == "register":
            choice = "" if meaning.key in _COUNTS else meaning.choice
            return register.get(path, {}).get((meaning.key, choice))
        if meaning.kind == "question":
            return measured(table, meaning, answers.get(path, {}).get(meaning.key))
        return None  # 序号, words and formulas are written by the filling itself

    rows = {path: [cell(path, meaning) for meaning in ask.meanings] for path in places.paths}
    asked = {
        (path, at): found.answered[1 if one.span == "today" else 0]
        for at, one in enumerate(ask.meanings)
        if one.measure == "share"
        for path in places.paths
        if (found := answers.get(path, {}).get(one.key))
    }
    suppress(ask.meanings, [is_foreign(ask, one) for one in ask.meanings], rows, asked)
    return rows
