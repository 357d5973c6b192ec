"""What a target's state is, from what happened at its door. Pure: the same facts give the same state, whatever
the order or the path by which they arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from lianfang.questions.rules import FormDefinition, owed

# A member is settled when somebody knows what is to be known of them.
SETTLED = frozenset({"seen", "away", "moved", "dead", "exempt"})
BY_PROXY = "answered_for"
# An outcome that asks for the household to leave the list: it becomes a request, never a silent exemption.
ASKS_EXEMPTION = frozenset({"moved_away", "vacant", "demolished", "duplicate"})
# What is known of somebody from another door, carried along when they moved: it settles them, and nobody knocked.
RECORDED = "recorded"
GONE_MOVED, GONE_DEAD = (
    "moved",
    "dead",
)  # a household or person nobody is left of, by a dated event of the register
ATTEMPTS_BEFORE_NOT_REACHED = 3  # at different hours of the day

DONE, EXEMPT, NOT_MET, OPEN = "done", "exempt", "not_met", "open"
CHASE_AREAS = 20  # a longer text is not read in a chat group
THRESHOLDS = (50, 75, 90, 100)  # percent of the window at which the one who answers hears of what is open


@dataclass(frozen=True, slots=True)
class Line:
    person_id: int
    presence: str
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A visit that stands (not superseded), with its lines and what was answered: JSON values by question key."""

    visit_id: UUID
    happened_at: dt.datetime
    outcome: str
    lines: tuple[Line, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)  # of the household


@dataclass(frozen=True, slots=True)
class Subject:
    """A target as the rule sees it: who of the household its base includes, what it must answer, what is exempt."""

    base: frozenset[int]  # person ids; for a target that is one person: that person alone
    is_exempt: bool = False
    exempt_people: frozenset[int] = frozenset()
    # Who has left since the list was frozen, and how: nobody is asked for them here any more. Never also in `base`.
    gone: Mapping[int, str] = field(default_factory=dict)
    is_person: bool = False  # one person, not the household


@dataclass(frozen=True, slots=True)
class Verdict:
    state: str
    reason: str = ""  # why not met; of a target that is done because nobody is left: moved or dead
    settled_by: UUID | None = None
    attempt_count: int = 0
    last_visit_at: dt.datetime | None = None
    missing: frozenset[int] = frozenset()  # members of the base who are not settled
    not_met: frozenset[int] = frozenset()  # the same, once a visit has met others: each is owed a task


def judge(subject: Subject, attempts: Iterable[Attempt], form: FormDefinition) -> Verdict:
    """The state of one target from the standing attempts within the round's window, in whatever order they came.

    Done means: every member of the base is settled, and every required question is answered of the household and of
    each member who was there or answered for. It is settled by the visit from which on that held, so that going
    there once more changes nothing.
    """
    tries = sorted(attempts, key=lambda attempt: (attempt.happened_at, attempt.visit_id.bytes))
    knocks = [attempt for attempt in tries if attempt.outcome != RECORDED]
    last = knocks[-1] if knocks else None
    trail: dict[str, Any] = {
        "attempt_count": len(knocks),
        "last_visit_at": last.happened_at if last else None,
    }
    if subject.is_exempt:
        return Verdict(EXEMPT, **trail)
    if subject.gone and not subject.base:
        return _nobody_left(subject, tries, form, trail)
    presence = presences(tries, proxy_allowed=form.proxy_allowed)
    missing = _missing(subject, presence, form)
    if _is_complete(subject, tries, form):
        return Verdict(DONE, settled_by=_settling(subject, tries, form).visit_id, **trail)
    if last is None:
        return Verdict(OPEN)
    was_met = any(attempt.outcome == "met" for attempt in knocks)
    return Verdict(
        NOT_MET,
        reason=_reason(last, was_met, missing, presence),
        missing=missing,
        not_met=missing if was_met else frozenset(),
        **trail,
    )


def _nobody_left(
    subject: Subject, tries: Sequence[Attempt], form: FormDefinition, trail: Mapping[str, Any]
) -> Verdict:
    """All have moved or died, on a day that the register knows: done, by the visit that had settled them if there was
    one, else by the record itself. Whoever moved inside the county is owed at the door they came to."""
    as_members = replace(subject, base=frozenset(subject.gone), gone={})
    if _is_complete(as_members, tries, form):
        return Verdict(DONE, settled_by=_settling(as_members, tries, form).visit_id, **trail)
    all_dead = set(subject.gone.values()) == {GONE_DEAD}
    return Verdict(DONE, reason=GONE_DEAD if all_dead else GONE_MOVED, **trail)


def presences(tries: Sequence[Attempt], *, proxy_allowed: bool) -> dict[int, str]:
    """What holds for each member after these attempts, oldest first. Who was settled once stays settled: a later
    knock that misses them takes nothing back, only a correction does."""
    found: dict[int, str] = {}
    for attempt in tries:
        for line in attempt.lines:
            before = found.get(line.person_id, "")
            if is_settled(line.presence, proxy_allowed=proxy_allowed) or not is_settled(
                before, proxy_allowed=proxy_allowed
            ):
                found[line.person_id] = line.presence
    return found


def said(tries: Iterable[Attempt]) -> dict[int, dict[str, Any]]:
    """The newest answers by subject (0: the household), of attempts oldest first. null is no answer."""
    found: dict[int, dict[str, Any]] = {}
    for attempt in tries:
        for person, answers in (
            (0, attempt.answers),
            *((line.person_id, line.answers) for line in attempt.lines),
        ):
            given = {question: value for question, value in answers.items() if value is not None}
            if given:
                found.setdefault(person, {}).update(given)
    return found


def _is_complete(subject: Subject, tries: Sequence[Attempt], form: FormDefinition) -> bool:
    if not any(attempt.outcome == "met" or attempt.lines for attempt in tries):
        return False
    presence = presences(tries, proxy_allowed=form.proxy_allowed)
    if _missing(subject, presence, form):
        return False
    # Met at the door where they lived then: what is asked of a household was asked of that one.
    is_carried = subject.is_person and any(attempt.outcome == RECORDED and attempt.lines for attempt in tries)
    return not _owed(subject, presence, said(tries), form, has_home=not is_carried)


def _settling(subject: Subject, tries: Sequence[Attempt], form: FormDefinition) -> Attempt:
    """The first attempt from which on the target was complete."""
    settling = tries[-1]
    for count in range(len(tries) - 1, 0, -1):
        if not _is_complete(subject, tries[:count], form):
            break
        settling = tries[count - 1]
    return settling


def _missing(subject: Subject, presence: Mapping[int, str], form: FormDefinition) -> frozenset[int]:
    return frozenset(
        person
        for person in subject.base - subject.exempt_people
        if not is_settled(presence.get(person, ""), proxy_allowed=form.proxy_allowed)
    )


def is_settled(presence: str, *, proxy_allowed: bool) -> bool:
    return presence in SETTLED or (proxy_allowed and presence == BY_PROXY)


def _owed(
    subject: Subject,
    presence: Mapping[int, str],
    answers: Mapping[int, Mapping[str, Any]],
    form: FormDefinition,
    *,
    has_home: bool = True,
) -> bool:
    """Is a required answer missing? Where all are away, moved or dead there is nobody left to ask."""
    present = [person for person in subject.base if presence.get(person) in ("seen", BY_PROXY)]
    if subject.base and not present:
        return False
    if has_home and owed(form, "household", answers.get(0, {})):
        return True
    return bool(form.about("person")) and any(
        owed(form, "person", answers.get(person, {})) for person in present
    )


def _reason(last: Attempt, was_met: bool, missing: frozenset[int], presence: Mapping[int, str]) -> str:
    """Why the target is not met: house-level while nobody was met, else what holds for the members left."""
    if last.outcome != "met":
        return last.outcome
    if any(presence.get(person) == "refused" for person in missing):
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


def chase_text(
    *,
    work: str,
    areas: Sequence[tuple[str, int]],
    due: str,
    left: str,
    duty_phone: str = "",
    unit: str = "户",
) -> str:
    """复制催办: what is pasted into a chat group. It can carry areas, counts, the deadline and the duty phone, and
    nothing else, because nothing else comes in: never a resident, never a door.

    `areas`: (name, how many are still to be met), `due` and `left` as people say them (今天20:00, 逾期1小时05分).
    """
    owing = sorted((area for area in areas if area[1]), key=lambda area: -area[1])
    total = sum(count for _, count in owing)
    said = "、".join(f"{name}{count:,}{unit}" for name, count in owing[:CHASE_AREAS])
    more = f"等{len(owing)}处" if len(owing) > CHASE_AREAS else ""
    phone = f"值班电话{duty_phone}。" if duty_phone else ""
    return (
        f"【催办】{work}还有{total:,}{unit}没有落实：{said}{more}。{due}截止，{left}。"
        f"请抓紧上门，见不到的写明原因，并回复安排。{phone}"
    )
