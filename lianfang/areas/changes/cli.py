"""`lianfang areas history`: plan, say what it would do, apply."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from django.db import transaction

from lianfang.areas.changes.applying import apply_adjustment, steps_of
from lianfang.areas.changes.operations import plan_file, remember
from lianfang.areas.changes.queries import undivided
from lianfang.areas.loading import read_table
from lianfang.areas.models import Adjustment
from lianfang.core.clock import now, today
from lianfang.core.scope import Scope, crossing

SHOWN = 40


def apply_history(
    file: Path, *, effective_on: dt.date | None, dry_run: bool, say: Callable[[str], object]
) -> None:
    """Raises what `plan_file` and `apply_adjustment` raise; then nothing has changed."""
    rows = read_table(file)
    with crossing("areas.history", actor_id=None) as scope, transaction.atomic():
        planned = plan_file(
            rows=rows, document=file.name, effective_on=effective_on or today(), scope=scope, by=None
        )
        for adjustment in planned.adjustments:
            _say_plan(adjustment, say)
        for adjustment in planned.adjustments:
            _apply(adjustment, scope, say)
        count = remember(formers=planned.formers, source=file.name, by=None)
        if count:
            say(f"{count:,} old codes and names are known now")
        if dry_run:
            transaction.set_rollback(True)
    if dry_run:
        say("dry run: nothing was changed")


def _apply(adjustment: Adjustment, scope: Scope, say: Callable[[str], object]) -> None:
    if adjustment.effective_on > today():
        adjustment.state, adjustment.confirmed_at = Adjustment.State.CONFIRMED, now()
        adjustment.save(update_fields=["state", "confirmed_at"])
        say(f"{adjustment.area.name}: takes effect on {adjustment.effective_on}")
        return
    counts = apply_adjustment(adjustment=adjustment, by=None)
    rows = ", ".join(f"{table} {count:,}" for table, count in counts.items())
    say(f"{adjustment.area.name}: applied. Rows that went along: {rows or 'none'}")
    waiting = undivided(scope.within(adjustment.area.path))
    if waiting:
        names = ", ".join(f"{area.name}({area.code})" for area in waiting[:SHOWN])
        say(f"{adjustment.area.name}: {len(waiting)} to be divided by a person: {names}")


def _say_plan(adjustment: Adjustment, say: Callable[[str], object]) -> None:
    steps = steps_of(adjustment)
    kinds: Mapping[tuple[str, str], int] = Counter((step.level, step.kind) for step in steps)
    told = ", ".join(f"{level} {kind} {count}" for (level, kind), count in sorted(kinds.items()))
    say(f"{adjustment.area.name} ({adjustment.effective_on}): {told}")
    towns = [step for step in steps if step.level == "township" and step.old]
    for step in towns[:SHOWN]:
        goal = f" -> {step.new_name} {step.new}" if step.new else ""
        say(f"  {step.kind:7} {step.old_name} {step.old}{goal}")
