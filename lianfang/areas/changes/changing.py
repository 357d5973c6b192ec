"""What is collected while areas change, and written at once: the tree, and everything that hangs on it.

A village that goes into another becomes a section of it (原杨梅村): its groups, doors, people, whoever answers for them
and whoever may see them stay together, and every path changes by its beginning alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext as _

from lianfang.areas.changes.plan import section_name
from lianfang.areas.models import Adjustment, Area, AreaAlias, AreaChange, AreaMove
from lianfang.areas.pinyin import initials
from lianfang.areas.queries import prefixes
from lianfang.areas.rules import LONGEST_INITIALS, codes_taken, next_codes, path_of
from lianfang.core.arrays import columns
from lianfang.core.clock import now
from lianfang.core.following import Moved, follow
from lianfang.core.scope import subtree

LAST = 100_000  # sections stand behind the village's own groups


@dataclass
class Root:
    """An area whose rows, and all below it, go to `new`; to itself, where only its place in the tree changes."""

    old: Area
    new: Area
    new_parent: Area | None
    change: AreaChange
    village_path: str = ""  # under which its rows are counted from now on
    is_wider: bool = False
    is_alone: bool = False  # only what hangs on the area itself; what lies below goes its own way


@dataclass
class Changing:
    adjustment: Adjustment
    by: int | None
    moment: dt.datetime = field(default_factory=now)
    roots: list[Root] = field(default_factory=list)
    ended: list[Area] = field(default_factory=list)

    @property
    def day(self) -> dt.date:
        return self.adjustment.effective_on

    def note(
        self, kind: str, old: Area, new: Area | None, new_name: str = "", *, waits: bool = False
    ) -> AreaChange:
        return AreaChange.objects.create(
            adjustment=self.adjustment,
            kind=kind,
            effective_on=self.day,
            old=old,
            new=new,
            old_name=old.name,
            new_name=new_name or (new.name if new else ""),
            source=self.adjustment.document,
            recorded_by=self.by,
            recorded_at=self.moment,
            applied_at=None if waits else self.moment,
        )

    def remember_name(self, change: AreaChange, area: Area) -> None:
        """A move to where it is: a day before is shown with the name of that day."""
        AreaMove.objects.create(
            change=change,
            old=area,
            new=area,
            old_path=area.path,
            new_path=area.path,
            old_parent_id=area.parent_id,
            old_name=area.name,
            moved_at=self.moment,
        )

    def made(self, code: str, name: str, level: str, parent: Area, walk_order: int = 0) -> Area:
        return Area.objects.create(
            code=code,
            name=name,
            level=level,
            parent=parent,
            path=path_of(code, parent.code, parent.path),
            initials=initials(name)[:LONGEST_INITIALS],
            walk_order=walk_order,
            valid_from=self.day,
        )

    def section(self, old: Area, village: Area) -> Area:
        name = section_name(old.name)
        if Area.objects.filter(parent=village, name=name, valid_to__isnull=True).exists():
            name = f"{name}({old.parent.name if old.parent else old.code})"
        below = Area.objects.filter(parent=village).values_list("code", "path")
        taken = {code for own in below for code in codes_taken(village.code, *own)}
        code = next(next_codes(village.code, "section", taken))
        return self.made(code, name, "section", village, LAST)

    def move(self, area: Area, parent: Area) -> None:
        if area.parent_id == parent.pk:
            return
        change = self.note("move", area, area)
        path = path_of(area.code, parent.code, parent.path) if area.level == "village" else ""
        self.roots.append(Root(area, area, parent, change, path))

    def lives_on(self, old: Area) -> bool:
        """Is anything left in it that neither goes elsewhere nor ends?"""
        leaving = {root.old.pk for root in self.roots if not root.is_alone} | {area.pk for area in self.ended}
        return Area.objects.filter(parent=old, valid_to__isnull=True).exclude(pk__in=leaving).exists()

    def write(self) -> dict[str, int]:
        """One transaction, counters last. Returns the rows that went along, by table."""
        places = [(root, _moves(root, self.roots, self.moment)) for root in self.roots]
        moves = [move for _root, found in places for move in found]
        counted_in = villages_of(move.old_path for move in moves)
        write_areas(
            (move.old_id, _parent_of(move, root), move.new_path)
            for root, found in places
            for move in found
            if move.old_id == move.new_id
        )
        AreaMove.objects.bulk_create(moves, batch_size=2000)
        counts = follow(
            [
                Moved(
                    move.old_path,
                    move.new_path,
                    move.old_id,
                    move.new_id,
                    counted_in.get(move.old_path, ""),
                    root.village_path,
                    root.is_wider,
                )
                for root, found in places
                for move in found
            ],
            {"now": self.moment, "reason": _("辖区已并入其他辖区")},
        )
        Area.objects.filter(pk__in=[area.pk for area in self.ended]).update(valid_to=self.day)
        for root in self.roots:
            if root.old.pk != root.new.pk and not root.is_wider:
                _copy_aliases(root.old, root.new.parent if root.new.level == "section" else root.new)
        return counts


def _copy_aliases(old: Area, new: Area | None) -> None:
    """What people call the old area leads to the new one; the old one keeps it, for a change that is taken back."""
    if new is None:
        return
    AreaAlias.objects.bulk_create(
        (
            AreaAlias(
                area=new,
                county_path=alias.county_path,
                text=alias.text,
                kind=alias.kind,
                confirmed_by=alias.confirmed_by,
                confirmed_at=alias.confirmed_at,
            )
            for alias in AreaAlias.objects.filter(area=old)
        ),
        ignore_conflicts=True,
    )


def _moves(root: Root, roots: Sequence[Root], moment: dt.datetime) -> list[AreaMove]:
    """The area itself and everything that lives below it and has no way of its own, by the beginning of its path."""
    new_path = root.new.path
    if root.old.pk == root.new.pk and root.new_parent:
        new_path = path_of(root.old.code, root.new_parent.code, root.new_parent.path)
    low, high = subtree(root.old.path)
    found = [root.old]
    if not root.is_alone:
        apart = tuple(
            one.old.path for one in roots if one.old.pk != root.old.pk and one.old.path.startswith(low)
        )
        below = Area.objects.filter(path__gt=low, path__lt=high, valid_to__isnull=True).order_by("path")
        found += [area for area in below if not area.path.startswith(apart)]
    return [
        AreaMove(
            change=root.change,
            old=area,
            new=root.new if area.pk == root.old.pk else area,
            old_path=area.path,
            new_path=new_path + area.path[len(low) :],
            old_parent_id=area.parent_id,
            old_name=area.name,
            moved_at=moment,
            is_wider=root.is_wider,
        )
        for area in found
    ]


def _parent_of(move: AreaMove, root: Root) -> int | None:
    if move.old_id == root.old.pk:
        return root.new_parent.pk if root.new_parent else None
    return root.new.pk if move.old_parent_id == root.old.pk else move.old_parent_id


def villages_of(paths: Iterable[str]) -> dict[str, str]:
    """The village in which each of these paths lies, or is."""
    chains = {path: prefixes(path) for path in paths}
    wanted = {prefix for chain in chains.values() for prefix in chain}
    villages = set(
        Area.objects.filter(path__in=wanted, level=Area.Level.VILLAGE).values_list("path", flat=True)
    )
    return {
        path: next((one for one in reversed(chain) if one in villages), "") for path, chain in chains.items()
    }


def write_areas(rows: Iterable[tuple[int, int | None, str]]) -> None:
    """(id, parent id, path) of areas that keep their identity, in one statement: no two paths meet on the way."""
    rows = list(rows)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update areas_area a set parent_id = v.parent, path = v.path"
            " from unnest(%s::bigint[], %s::bigint[], %s::text[]) v(id, parent, path) where a.id = v.id",
            columns(rows),
        )
