"""What a target's state is, from what happened at its door. Pure: the same facts give the same state, whatever
the order or the path by which they arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lianfang.questions.rules import FormDefinition, owed

# A member is settled when somebody knows what is to be known of them.
SETTLED = frozenset({"seen", "away", "moved", "dead", "exempt"})
BY_PROXY = "answered_for"
# An outcome that asks for the household to leave the list: it becomes a request, never a silent exemption.
ASKS_EXEMPTION = frozenset({"moved_away", "vacant", "demolished", "duplicate"})
ATTEMPTS_BEFORE_NOT_REACHED = 3  # at different hours of the day

DONE, EXEMPT, NOT_MET, OPEN = "done", "exempt", "not_met", "open"
THRESHOLDS = (50, 75, 90, 100)  # percent of the window at which the one who answers hears of what is open


@dataclass(frozen=True, slots=True)
class Line:
    person_id: int
    presence: str
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A visit that stands (not superseded), with its lines."""

    visit_id: UUID
    happened_at: dt.datetime
    outcome: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A target as the rule sees it: who of the household its base includes, what it must answer, what is exempt."""

    base: frozenset[int]  # person ids; for a target that is one person: that person alone
    is_exempt: bool = False
    exempt_people: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    state: str
    reason: str = ""  # why not met
    settled_by: UUID | None = None
    attempt_count: int = 0
    last_visit_at: dt.datetime | None = None
    not_met: frozenset[int] = frozenset()  # members still to be met after a visit that met others


def judge(
    subject: Subject,
    attempts: Iterable[Attempt],
    facts: Mapping[tuple[int, str], Any],
    form: FormDefinition,
) -> Verdict:
    """The state of one target.

    `attempts`: those within the round's window. `facts`: (person id or 0, question) → value, those whose answer
    happened within the window. Done means: every member of the base is settled, and every required question is
    answered of the household and of each member who was there or answered for.
    """
    tries = sorted(attempts, key=lambda attempt: (attempt.happened_at, attempt.visit_id.bytes))
    last = tries[-1] if tries else None
    trail: dict[str, Any] = {"attempt_count": len(tries), "last_visit_at": last.happened_at if last else None}
    if subject.is_exempt:
        return Verdict(EXEMPT, **trail)
    newest: dict[int, str] = {}
    for attempt in tries:
        newest.update((line.person_id, line.presence) for line in attempt.lines)
    missing = frozenset(
        person
        for person in subject.base - subject.exempt_people
        if not is_settled(newest.get(person, ""), proxy_allowed=form.proxy_allowed)
    )
    settling = next(
        (attempt for attempt in reversed(tries) if attempt.outcome == "met" or attempt.lines), None
    )
    was_met = any(attempt.outcome == "met" for attempt in tries)
    if settling and not missing and not _owed(subject, newest, facts, form):
        return Verdict(DONE, settled_by=settling.visit_id, **trail)
    if last is None:
        return Verdict(OPEN)
    return Verdict(
        NOT_MET,
        reason=_reason(last, was_met, missing, newest),
        not_met=missing if was_met else frozenset(),
        **trail,
    )


def is_settled(presence: str, *, proxy_allowed: bool) -> bool:
    return presence in SETTLED or (proxy_allowed and presence == BY_PROXY)


def _owed(
    subject: Subject, newest: Mapping[int, str], facts: Mapping[tuple[int, str], Any], form: FormDefinition
) -> bool:
    """Is a required answer missing? Where all are away, moved or dead there is nobody left to ask."""
    present = [person for person in subject.base if newest.get(person) in ("seen", BY_PROXY)]
    if subject.base and not present:
        return False
    household = {question: value for (person, question), value in facts.items() if person == 0}
    if owed(form, "household", household):
        return True
    return bool(form.about("person")) and any(
        owed(form, "person", {question: value for (who, question), value in facts.items() if who == person})
        for person in present
    )


def _reason(last: Attempt, was_met: bool, missing: frozenset[int], newest: Mapping[int, str]) -> str:
    """Why the target is not met: house-level while nobody was met, else what holds for the members left."""
    if last.outcome != "met":
        return last.outcome
    if any(newest.get(person) == "refused" for person in missing):
        return "refused"
    return "partly" if missing else "unanswered"


def not_reached(attempts: Sequence[dt.datetime]) -> bool:
    """Three attempts, not all within the same three hours, before anybody may say 'not reached'."""
    if len(attempts) < ATTEMPTS_BEFORE_NOT_REACHED:
        return False
    hours = sorted(attempts)
    return hours[-1] - hours[0] >= dt.timedelta(hours=3)


def passed_thresholds(opens_at: dt.datetime, due_at: dt.datetime, moment: dt.datetime) -> list[int]:
    """Which reminders are due by now."""
    share = (moment - opens_at) / (due_at - opens_at) * 100
    return [threshold for threshold in THRESHOLDS if share >= threshold]
