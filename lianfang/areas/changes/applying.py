"""Applying an adjustment: its steps become changes, in one transaction with everything that follows."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from lianfang.areas.changes.changing import Changing, Root
from lianfang.areas.changes.plan import Step
from lianfang.areas.holding import be_alone
from lianfang.areas.models import Adjustment, Area
from lianfang.areas.pinyin import initials
from lianfang.areas.rules import LONGEST_INITIALS, RANK
from lianfang.core import audit
from lianfang.core.clock import today
from lianfang.core.following import hanging
from lianfang.core.problems import Problem
from lianfang.core.scope import crossing

OWN_RANKS = [key for key, rank in RANK.items() if rank > RANK["village"]]
GOING = ("recode", "merge", "split", "end")


def steps_of(adjustment: Adjustment) -> list[Step]:
    return [Step(*row) for row in adjustment.steps]


@transaction.atomic
def apply_adjustment(*, adjustment: Adjustment, by: int | None) -> dict[str, int]:
    """Everything that lives follows, in this transaction. Returns the rows that went along, by table.

    Raises `areas.change_not_due`.
    """
    if adjustment.effective_on > today():
        raise Problem("areas.change_not_due", day=adjustment.effective_on.isoformat())
    be_alone(adjustment.area)
    with crossing("areas.change", actor_id=by):
        work = Applying(adjustment, by)
        work.begin()
        work.rename()
        work.settle_villages()
        work.settle_above()
        counts = work.write()
    adjustment.state, adjustment.applied_at = Adjustment.State.APPLIED, work.moment
    adjustment.save(update_fields=["state", "applied_at"])
    audit.record("area.change", "adjustment", adjustment.pk, by=by, path=adjustment.area.path, tables=counts)
    return counts


@dataclass
class Applying(Changing):
    staying: set[str] = field(default_factory=set)  # codes that live on until a person has decided

    def __post_init__(self) -> None:
        self.steps = steps_of(self.adjustment)
        codes = {code for step in self.steps for code in (step.old, step.new, step.parent) if code}
        self.areas = {
            area.code: area for area in Area.objects.filter(code__in=codes).select_related("parent")
        }
        going = [self.areas[step.old] for step in self.steps if step.kind in GOING and step.old in self.areas]
        self.hanging = hanging({area.path for area in going}, {"now": self.moment})
        self.has_below = set(
            Area.objects.filter(parent__in=going, level__in=OWN_RANKS, valid_to__isnull=True).values_list(
                "parent__code", flat=True
            )
        )

    def of(self, *kinds: str, level: str = "") -> list[Step]:
        """Steps whose old area still lives: a file may be loaded twice."""
        return [
            step
            for step in self.steps
            if step.kind in kinds
            and level in ("", step.level)
            and (not step.old or (step.old in self.areas and self.areas[step.old].is_living))
        ]

    def is_peopled(self, area: Area) -> bool:
        return area.code in self.has_below or bool(self.hanging.get(area.path))

    def begin(self) -> None:
        for step in self.of("begin"):
            known = self.areas.get(step.new)
            if known is None:
                parent = self.areas.get(step.parent) or Area.objects.get(code=step.parent)
                self.areas[step.parent] = parent
                self.areas[step.new] = self.made(step.new, step.new_name, step.level, parent)
            elif not known.is_living:  # it lived once, and lives again
                known.valid_to = None
                known.save(update_fields=["valid_to"])

    def rename(self) -> None:
        for step in self.of("rename"):
            area = self.areas[step.old]
            change = self.note("rename", area, area, step.new_name)
            self.remember_name(change, area)
            area.name, area.initials = step.new_name, initials(step.new_name)[:LONGEST_INITIALS]
            area.save(update_fields=["name", "initials"])

    def settle_villages(self) -> None:
        """Villages first: where a township goes depends on whether any village is left in it."""
        for step in self.of("recode", "merge", level="village"):
            old, new = self.areas[step.old], self.areas[step.new]
            change = self.note(step.kind, old, new)
            if step.kind == "recode":
                self.roots.append(Root(old, new, new.parent, change, new.path))
            elif self.is_peopled(old):
                self.roots.append(Root(old, self.section(old, new), new, change, new.path))
            self.ended.append(old)
        for step in self.of("split", "end", level="village"):
            self.leave_open(step)
        for step in self.of("move", level="village"):
            self.move(self.areas[step.old], self.areas[step.parent])

    def leave_open(self, step: Step) -> None:
        """Nobody has said where its people belong: it lives on until somebody does. Without people it just ends."""
        old, new = self.areas[step.old], self.areas.get(step.new) if step.new else None
        is_peopled = self.is_peopled(old)
        self.note(step.kind, old, new, waits=is_peopled)
        if not is_peopled:
            self.ended.append(old)
        elif old.code not in self.staying:
            self.staying.add(old.code)
            town = self.one_successor(old.parent) if old.parent else None
            if town is not None:
                self.move(old, town)

    def one_successor(self, town: Area) -> Area | None:
        """The township that the village's township went into, if there is exactly one."""
        found = [step.new for step in self.of("recode", "merge") if step.old == town.code]
        return self.areas[found[0]] if len(found) == 1 else None

    def settle_above(self) -> None:
        """Townships, then counties: they end when nothing that lives is left in them."""
        for level in ("township", "county"):
            for code in dict.fromkeys(step.old for step in self.of(*GOING, level=level)):
                self.settle_one(self.areas[code])
            for step in self.of("move", level=level):
                self.move(self.areas[step.old], self.areas[step.parent])

    def settle_one(self, old: Area) -> None:
        steps = [step for step in self.of(*GOING) if step.old == old.code]
        news = [self.areas[step.new] for step in steps if step.new]
        waits = self.lives_on(old) or (not news and self.is_peopled(old))
        changes = [self.note(step.kind, old, self.areas.get(step.new), waits=waits) for step in steps]
        if waits:
            return
        if news:
            is_wider = steps[0].kind != "recode"
            self.roots.append(
                Root(old, news[0], news[0].parent, changes[0], is_wider=is_wider, is_alone=True)
            )
        self.ended.append(old)
