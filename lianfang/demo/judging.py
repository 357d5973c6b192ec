"""Verdicts of the kernel's own rule on the demo's doors, kept until their rounds are frozen, then written set-wise.

`settle` reads everything back from the database, a thousand households at a time: right for what arrives, too slow
for two rounds of a whole county at once. What the rule says is the same, and a test holds it to that: settling a
loaded county changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from lianfang.campaigns.models import Round, Target, Task
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.rules import DONE, Attempt, Line, Subject, Window, judge
from lianfang.core.clock import local
from lianfang.core.scope import crossing
from lianfang.demo import story
from lianfang.demo.doorsteps import Knock
from lianfang.demo.fates import Home
from lianfang.questions.queries import get_form
from lianfang.questions.rules import FormDefinition

# household, state, reason, attempts, last visit, settling visit, when the task was closed, born complete
Row = tuple[Any, ...]
NAMES = ("first", "second", "water", "school")


@dataclass(frozen=True, slots=True)
class Pass:
    """A round before it exists: who counts, and what is asked."""

    base: str  # here_tonight or living_here
    form: FormDefinition
    window: Window


def passes(school_form: tuple[str, int]) -> dict[str, Pass]:
    """By the names the loader uses: first and second of the sweep, the water check, and the education bureau's check,
    which opened after all these visits and takes what they asked while it is fresh."""
    school = get_form(*school_form)
    sweep, water = get_form("household_sweep", 1), get_form("standing_water", 1)
    return {
        "first": Pass("here_tonight", sweep, Window(story.FIRST_OPENS, story.SECOND_OPENS)),
        "second": Pass("here_tonight", sweep, Window(story.SECOND_OPENS)),
        "water": Pass("living_here", water, Window(story.SECOND_OPENS)),
        "school": Pass(
            "living_here",
            school,
            Window(
                story.SCHOOLS_DECLARED,
                purpose=school.purpose,
                looks_back=True,
                opens_on=local(story.SCHOOLS_DECLARED).date(),
            ),
        ),
    }


@dataclass
class Verdicts:
    """Rows to write by pass, and the households that `settle` has to judge itself."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in NAMES})
    unsettled: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def __iadd__(self, other: Verdicts) -> Verdicts:
        for name in self.rows:
            self.rows[name] += other.rows[name]
            self.unsettled[name] += other.unsettled[name]
        return self

    def judge(self, name: str, found: Pass, homes: Iterable[Home], knocks: Iterable[Knock]) -> None:
        """Judge the visits of one pass; `knocks` are all of its window."""
        by_home: dict[int, list[Knock]] = {}
        for knock in knocks:
            by_home.setdefault(knock.home.id, []).append(knock)
        for home in homes:
            tries = by_home.get(home.id)
            if tries:
                self._judge(name, found, home, tries)

    def _judge(self, name: str, found: Pass, home: Home, tries: Sequence[Knock]) -> None:
        base = frozenset(
            member.id
            for member in home.members
            if (member.is_tonight if found.base == "here_tonight" else member.is_living)
        )
        if not base:
            return  # no target
        verdict = judge(Subject(base), [_attempt(knock) for knock in tries], found.form, found.window)
        if verdict.not_met:  # members are owed tasks of their own
            self.unsettled[name].append(home.id)
            return
        settling = next((knock for knock in tries if knock.id == verdict.settled_by), None)
        self.rows[name].append(
            (
                home.id,
                verdict.state,
                verdict.reason,
                verdict.attempt_count,
                verdict.last_visit_at,
                verdict.settled_by,
                _closed_at(settling, found.window),
                verdict.is_born,
            )
        )


def _closed_at(settling: Knock | None, window: Window) -> dt.datetime | None:
    """A task of before its round opened is closed by the freeze."""
    return max(settling.received_at, window.opens_at) if settling else None


def _attempt(knock: Knock) -> Attempt:
    lines = tuple(Line(line.person_id, line.presence, back_on=line.back_on) for line in knock.lines)
    return Attempt(knock.id, knock.happened_at, knock.outcome, lines, knock.answers)


def write_verdicts(found: Round, rows: Iterable[Row]) -> None:
    """States of targets, tasks that are closed, counters."""
    with crossing("demo.load", actor_id=None), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("copy verdict from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("analyze verdict")
        cursor.execute(_TARGETS, [found.pk])
        cursor.execute(_TASKS, [found.pk, DONE])
        cursor.execute("drop table verdict")
        recount(found)


_STAGE = """
create temporary table verdict (household_id bigint, state text, reason text, attempts int, last_at timestamptz,
  visit uuid, closed_at timestamptz, is_born boolean) on commit drop
"""
_TARGETS = """
update campaigns_target t set state = v.state, reason = v.reason, attempt_count = v.attempts,
  last_visit_at = v.last_at, settled_by = v.visit, is_born = v.is_born
from verdict v where t.round_id = %s and t.household_id = v.household_id and t.person_id = 0
"""
_TASKS = """
update campaigns_task k set closed_at = v.closed_at, closed_as = v.state, visit_id = v.visit
from verdict v where k.round_id = %s and k.household_id = v.household_id and k.person_id = 0 and v.state = %s
"""


def bring_forward(found: Round, household_ids: Sequence[int], due_at: dt.datetime) -> None:
    """An earlier deadline for some households of a round. The counters are kept by deadline: they are made anew."""
    ids = list(household_ids)
    with crossing("demo.load", actor_id=None), connection.cursor() as cursor:
        for model in (Target, Task):
            model.objects.filter(round_id=found.pk, household_id__in=ids).update(due_at=due_at)
        villages = Target.objects.filter(round_id=found.pk, household_id__in=ids)
        paths = sorted(set(villages.values_list("village_path", flat=True)))
        cursor.execute(
            "delete from campaigns_coverage where round_id = %s and village_path = any(%s)",
            [found.pk, paths],
        )
        recount(found)
