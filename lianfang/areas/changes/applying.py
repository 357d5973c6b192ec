"""Applying: the tree and everything that hangs on it change in one transaction.

A village that goes into another becomes a section of it (原杨梅村): its groups, doors, people, whoever answers for them
and whoever may see them stay together, and every path changes by its beginning alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lianfang.areas.changes.plan import Step, section_name
from lianfang.areas.models import Adjustment, Area, AreaAlias, AreaChange, AreaMove
from lianfang.areas.pinyin import initials
from lianfang.areas.rules import LONGEST_INITIALS, RANK, next_codes, path_of
from lianfang.core import audit
from lianfang.core.arrays import columns
from lianfang.core.clock import now, today
from lianfang.core.following import Moved, follow, hanging
from lianfang.core.problems import Problem
from lianfang.core.scope import crossing, subtree

VILLAGE = RANK["village"]
LAST = 100_000  # sections stand behind the village's own groups
OWN_RANKS = [key for key, rank in RANK.items() if rank > VILLAGE]


def steps_of(adjustment: Adjustment) -> list[Step]:
    return [Step(*row) for row in adjustment.steps]


@transaction.atomic
def apply_adjustment(*, adjustment: Adjustment, by: int | None) -> dict[str, int]:
    """Everything that lives follows, in this transaction. Returns the rows that went along, by table."""
    if adjustment.effective_on > today():
        raise Problem("areas.change_not_due", day=adjustment.effective_on.isoformat())
    Area.objects.select_for_update().get(pk=adjustment.area_id)  # one change of a county at a time
    with crossing("areas.change", actor_id=by):
        work = _Work(adjustment, by)
        work.begin()
        work.rename()
        work.settle_villages()
        work.settle_above()
        counts = work.write()
    adjustment.state, adjustment.applied_at = Adjustment.State.APPLIED, work.moment
    adjustment.save(update_fields=["state", "applied_at"])
    audit.record(
        "area.change",
        "adjustment",
        adjustment.pk,
        by=by,
        path=adjustment.area.path,
        tables=counts,
    )
    return counts


@dataclass
class _Root:
    """An area whose rows, and all below it, go to `new` (itself, where only its path changes)."""

    old: Area
    new: Area
    new_parent: Area | None
    change: AreaChange
    is_wider: bool = False
    is_alone: bool = False  # only what hangs on the area itself; what lies below goes its own way
    village_path: str = ""


@dataclass
class _Work:
    adjustment: Adjustment
    by: int | None
    moment: dt.datetime = field(default_factory=now)
    changes: list[AreaChange] = field(default_factory=list)
    roots: list[_Root] = field(default_factory=list)
    ended: list[Area] = field(default_factory=list)
    staying: set[str] = field(default_factory=set)  # codes that live on until a person has decided

    def __post_init__(self) -> None:
        self.steps = steps_of(self.adjustment)
        codes = {code for step in self.steps for code in (step.old, step.new, step.parent) if code}
        self.areas = {
            area.code: area for area in Area.objects.filter(code__in=codes).select_related("parent")
        }
        paths = {self.areas[step.old].path for step in self.steps if step.old in self.areas}
        self.hanging = hanging(paths, {"now": self.moment})
        self.has_below = set(
            Area.objects.filter(parent__in=self.areas.values(), level__in=OWN_RANKS).values_list(
                "parent__code", flat=True
            )
        )

    def of(self, *kinds: str) -> list[Step]:
        return [
            step for step in self.steps if step.kind in kinds and (not step.old or step.old in self.areas)
        ]

    def is_peopled(self, code: str) -> bool:
        return code in self.has_below or bool(self.hanging.get(self.areas[code].path))

    def note(
        self, kind: str, old: Area, new: Area | None, new_name: str = "", *, waits: bool = False
    ) -> AreaChange:
        change = AreaChange(
            adjustment=self.adjustment,
            kind=kind,
            effective_on=self.adjustment.effective_on,
            old=old,
            new=new,
            old_name=old.name,
            new_name=new_name or (new.name if new else ""),
            source=self.adjustment.document,
            recorded_by=self.by,
            recorded_at=self.moment,
            applied_at=None if waits else self.moment,
        )
        change.save(force_insert=True)
        self.changes.append(change)
        return change

    def begin(self) -> None:
        for step in self.of("begin"):
            if step.new in self.areas and self.areas[step.new].is_living:
                continue
            parent = self.areas.get(step.parent) or Area.objects.get(code=step.parent)
            self.areas[step.parent] = parent
            known = self.areas.get(step.new)
            if known is not None:  # it lived once, and lives again
                known.valid_to = None
                known.save(update_fields=["valid_to"])
                continue
            self.areas[step.new] = self.made(step.new, step.new_name, step.level, parent)

    def made(self, code: str, name: str, level: str, parent: Area, walk_order: int = 0) -> Area:
        return Area.objects.create(
            code=code,
            name=name,
            level=level,
            parent=parent,
            path=path_of(code, parent.code, parent.path),
            initials=initials(name)[:LONGEST_INITIALS],
            walk_order=walk_order,
            valid_from=self.adjustment.effective_on,
        )

    def rename(self) -> None:
        for step in self.of("rename"):
            area = self.areas[step.old]
            self.note("rename", area, area, step.new_name)
            area.name, area.initials = step.new_name, initials(step.new_name)[:LONGEST_INITIALS]
            area.save(update_fields=["name", "initials"])

    def settle_villages(self) -> None:
        """Villages first: where a township goes depends on whether any village is left in it."""
        for step in self.of("recode", "merge"):
            if step.level == "village":
                old, new = self.areas[step.old], self.areas[step.new]
                change = self.note(step.kind, old, new)
                if step.kind == "merge" and self.is_peopled(old.code):
                    section = self.section(old, new)
                    self.roots.append(_Root(old, section, new, change, village_path=new.path))
                elif step.kind == "recode":
                    self.roots.append(_Root(old, new, new.parent, change, village_path=new.path))
                self.ended.append(old)
        for step in self.of("split", "end"):
            if step.level == "village":
                self.leave_open(step)
        for step in self.of("move"):
            if step.level == "village":
                self.move(self.areas[step.old], self.areas[step.parent])

    def section(self, old: Area, village: Area) -> Area:
        taken = Area.objects.filter(parent=village).values_list("code", flat=True)
        name = section_name(old.name)
        if Area.objects.filter(parent=village, name=name).exists():
            name = f"{name}({old.parent.name if old.parent else old.code})"
        code = next(next_codes(village.code, "section", taken))
        return self.made(code, name, "section", village, LAST)

    def leave_open(self, step: Step) -> None:
        """Nobody has said where its people belong: it lives on until somebody does. Without people it just ends."""
        old, new = self.areas[step.old], self.areas.get(step.new) if step.new else None
        is_peopled = self.is_peopled(old.code)
        self.note(step.kind, old, new, waits=is_peopled)
        if not is_peopled:
            if old not in self.ended:
                self.ended.append(old)
            return
        if old.code in self.staying:
            return
        self.staying.add(old.code)
        town = self.one_successor(old.parent) if old.parent else None
        if town is not None:
            self.move(old, town)

    def one_successor(self, town: Area | None) -> Area | None:
        """The township that the village's township went into, if there is exactly one."""
        found = [
            step.new
            for step in self.steps
            if town and step.old == town.code and step.kind in ("recode", "merge")
        ]
        return self.areas[found[0]] if len(found) == 1 else None

    def move(self, area: Area, parent: Area) -> None:
        if area.parent_id == parent.pk:
            return
        change = self.note("move", area, area)
        path = path_of(area.code, parent.code, parent.path)
        self.roots.append(_Root(area, area, parent, change, village_path=path))

    def settle_above(self) -> None:
        """Townships, then counties: they end when nothing that lives is left in them."""
        for level in ("township", "county"):
            for code in dict.fromkeys(
                step.old for step in self.of("recode", "merge", "split", "end") if step.level == level
            ):
                self.settle_one(self.areas[code])
            for step in self.of("move"):
                if step.level == level:
                    self.move(self.areas[step.old], self.areas[step.parent])

    def settle_one(self, old: Area) -> None:
        steps = [
            step
            for step in self.steps
            if step.old == old.code and step.kind in ("recode", "merge", "split", "end")
        ]
        leaving = {root.old.pk for root in self.roots if not root.is_alone} | {area.pk for area in self.ended}
        left = Area.objects.filter(parent=old, valid_to__isnull=True).exclude(pk__in=leaving).exists()
        news = [self.areas[step.new] for step in steps if step.new]
        for step in steps:
            change = self.note(step.kind, old, self.areas.get(step.new), waits=left)
        if left or (not news and self.is_peopled(old.code)):
            return
        if news:
            is_wider = steps[0].kind != "recode"
            self.roots.append(_Root(old, news[0], news[0].parent, change, is_wider, is_alone=True))
        self.ended.append(old)

    def write(self) -> dict[str, int]:
        moves = [move for root in self.roots for move in _moves(root, self.moment)]
        _write_areas(self.roots, moves)
        AreaMove.objects.bulk_create(moves, batch_size=2000)
        counts = follow(
            [_moved(move, root) for root in self.roots for move in moves if move.change_id == root.change.pk],
            {"now": self.moment, "reason": _("辖区已并入其他辖区")},
        )
        Area.objects.filter(pk__in=[area.pk for area in self.ended]).update(
            valid_to=self.adjustment.effective_on
        )
        for root in self.roots:
            if root.old.pk != root.new.pk and not root.is_wider:
                goal = root.new.parent if root.new.level == "section" else root.new
                AreaAlias.objects.filter(area=root.old).update(area=goal)
        return counts


def _moves(root: _Root, moment: dt.datetime) -> list[AreaMove]:
    """The area itself and everything that lives below it, by the beginning of its path."""
    new_path = (
        path_of(root.old.code, root.new_parent.code, root.new_parent.path)
        if root.old.pk == root.new.pk and root.new_parent
        else root.new.path
    )
    low, high = subtree(root.old.path)
    found = [root.old]
    if not root.is_alone:
        below = Area.objects.filter(path__gt=low, path__lt=high, valid_to__isnull=True).select_related(
            "parent"
        )
        found += below.order_by("path")
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


def _moved(move: AreaMove, root: _Root) -> Moved:
    return Moved(move.old_path, move.new_path, move.old_id, move.new_id, root.village_path, move.is_wider)


def _write_areas(roots: Sequence[_Root], moves: Sequence[AreaMove]) -> None:
    """Areas that keep their identity get their new place: one statement, so that no two paths meet on the way."""
    parents = {root.old.pk: root.new.pk for root in roots if root.old.pk != root.new.pk}
    own = {
        root.old.pk: root.new_parent.pk for root in roots if root.old.pk == root.new.pk and root.new_parent
    }
    rows = [
        (
            move.old_id,
            own.get(move.old_id) or parents.get(move.old_parent_id or 0) or move.old_parent_id,
            move.new_path,
        )
        for move in moves
        if move.old_id == move.new_id
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update areas_area a set parent_id = v.parent, path = v.path"
            " from unnest(%s::bigint[], %s::bigint[], %s::text[]) v(id, parent, path) where a.id = v.id",
            columns(rows),
        )
