"""What a target's state is, from what happened at its door. Pure: the same facts give the same state, whatever
the order or the path by which they arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from lianfang.questions.rules import FormDefinition, Item, QuestionDefinition, owed

# A member is settled when somebody knows what is to be known of them.
SETTLED = frozenset({"seen", "away", "moved", "dead", "exempt"})
BY_PROXY = "answered_for"
# An outcome that asks for the household to leave the list: it becomes a request, never a silent exemption.
ASKS_EXEMPTION = frozenset({"moved_away", "vacant", "demolished", "duplicate"})
# What is known of somebody from another door, carried along when they moved: it settles them, and nobody knocked.
RECORDED = "recorded"
# A visit that tells answers and nobody's presence: too long before the round opened, or one that met only others.
NO_KNOCK = ""
STALE = "stale"  # why a target is open again: what was known of it is no longer fresh
GONE_MOVED, GONE_DEAD = (
    "moved",
    "dead",
)  # a household or person nobody is left of, by a dated event of the register
ATTEMPTS_BEFORE_NOT_REACHED = 3  # at different hours of the day

FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)
DONE, EXEMPT, NOT_MET, OPEN = "done", "exempt", "not_met", "open"
CHASE_AREAS = 20  # a longer text is not read in a chat group
THRESHOLDS = (50, 75, 90, 100)  # percent of the window at which the one who answers hears of what is open


@dataclass(frozen=True, slots=True)
class Line:
    person_id: int
    presence: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    back_on: dt.date | None = None  # of one who is away


@dataclass(frozen=True, slots=True)
class Attempt:
    """A visit that stands (not superseded), with its lines and what was answered: JSON values by question key."""

    visit_id: UUID
    happened_at: dt.datetime
    outcome: str
    lines: tuple[Line, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)  # of the household


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when what happens at a door counts for one round, as of one moment (ask-once.md)."""

    opens_at: dt.datetime
    closed_at: dt.datetime | None = None
    purpose: str = ""
    looks_back: bool = False  # what was answered before it opened counts while fresh
    keeps_fresh: bool = False  # what is no longer fresh counts no more, though the round runs
    as_of: dt.datetime = FOREVER  # now; of a round that is closed, its end
    opens_on: dt.date | None = None  # the day of opens_at, as the county counts days

    @property
    def ends_at(self) -> dt.datetime:
        return self.closed_at or FOREVER


def counts_from(question: QuestionDefinition, window: Window) -> dt.datetime:
    """The instant from which on an answer to this question counts for a round: whether a target is done, what is
    still asked and what is shown as known all follow from it."""
    fresh = dt.timedelta(hours=question.fresh_hours)
    since = window.opens_at
    if window.looks_back and window.purpose in question.purposes:
        since -= fresh
    if window.keeps_fresh:
        since = max(since, min(window.as_of, window.ends_at) - fresh)
    return since


def roster_counts_from(form: FormDefinition, window: Window) -> dt.datetime:
    """The instant from which on it counts who was met, away or gone."""
    hours = form.roster_fresh_hours if window.looks_back else 0
    return window.opens_at - dt.timedelta(hours=hours)


def reaches_back_to(form: FormDefinition, window: Window) -> dt.datetime:
    """Before this nothing can settle a target of the round. Questions that nothing depends on settle nothing."""
    needed = [counts_from(item.question, window) for item in form.items if matters(item, form)]
    return min([window.opens_at, roster_counts_from(form, window), *needed])


def matters(item: Item, form: FormDefinition) -> bool:
    """Can the answer decide whether something required is missing? What a condition names is not read here: where
    there is one, every question of the same subject may be named."""
    if item.is_required or item.require_if:
        return True
    return any(other.show_if or other.require_if for other in form.about(item.question.about))


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
    is_born: bool = False  # done by a visit of before the round opened


def judge(subject: Subject, attempts: Iterable[Attempt], form: FormDefinition, window: Window) -> Verdict:
    """The state of one target from the standing attempts at its door, in whatever order they came.

    Done means: every member of the base is settled, and every required question is answered of the household and of
    each member who was there or answered for, each from when on that counts (`Window`). It is settled by the visit
    from which on that held, so that going there once more changes nothing. A knock is one of the round itself.
    """
    known = sorted(
        (attempt for attempt in attempts if attempt.happened_at < window.ends_at),
        key=lambda attempt: (attempt.happened_at, attempt.visit_id.bytes),
    )
    tries = _counting(known, form, window)
    knocks = [
        attempt
        for attempt in tries
        if attempt.outcome not in (RECORDED, NO_KNOCK) and attempt.happened_at >= window.opens_at
    ]
    last = knocks[-1] if knocks else None
    trail: dict[str, Any] = {
        "attempt_count": len(knocks),
        "last_visit_at": last.happened_at if last else None,
    }
    if subject.is_exempt:
        return Verdict(EXEMPT, **trail)
    if subject.gone and not subject.base:
        return _nobody_left(subject, tries, form, window, trail)
    if _is_complete(subject, tries, form):
        return _done(_settling(subject, tries, form), window, trail)
    since = _stale_since(subject, known, form, window) if window.keeps_fresh else None
    if since and (last is None or last.happened_at < since):
        return Verdict(OPEN, reason=STALE, **trail)
    if last is None:
        return Verdict(OPEN)
    presence = presences(tries, proxy_allowed=form.proxy_allowed)
    missing = _missing(subject, presence, form)
    was_met = any(attempt.outcome == "met" for attempt in knocks)
    return Verdict(
        NOT_MET,
        reason=_reason(last, was_met, missing, presence),
        missing=missing,
        not_met=missing if was_met else frozenset(),
        **trail,
    )


def _done(settling: Attempt, window: Window, trail: Mapping[str, Any]) -> Verdict:
    is_born = settling.happened_at < window.opens_at
    return Verdict(DONE, settled_by=settling.visit_id, is_born=is_born, **trail)


def _counting(attempts: Sequence[Attempt], form: FormDefinition, window: Window) -> list[Attempt]:
    """What of these attempts counts for the round."""
    if not window.keeps_fresh and all(attempt.happened_at >= window.opens_at for attempt in attempts):
        return list(attempts)
    since = {item.question.key: counts_from(item.question, window) for item in form.items}
    roster = roster_counts_from(form, window)
    return [_as_counted(attempt, since, roster, window) for attempt in attempts]


def _as_counted(
    attempt: Attempt, since: Mapping[str, dt.datetime], roster: dt.datetime, window: Window
) -> Attempt:
    at, was_before = attempt.happened_at, attempt.happened_at < window.opens_at
    if not was_before and not window.keeps_fresh:
        return attempt

    def kept(answers: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in answers.items() if at >= since.get(key, window.opens_at)}

    def presence_of(line: Line) -> str:
        back, opened = line.back_on, window.opens_on
        is_back = line.presence == "away" and back is not None and opened is not None and back <= opened
        return "" if at < roster or (was_before and is_back) else line.presence

    lines = tuple(
        replace(line, presence=presence_of(line), answers=kept(line.answers)) for line in attempt.lines
    )
    outcome = NO_KNOCK if at < roster else attempt.outcome
    return replace(attempt, outcome=outcome, lines=lines, answers=kept(attempt.answers))


def _stale_since(
    subject: Subject, known: Sequence[Attempt], form: FormDefinition, window: Window
) -> dt.datetime | None:
    """Since when a target that had all its answers is open again, because one of them is no longer fresh."""
    tries = _counting(known, form, replace(window, keeps_fresh=False))
    if not _is_complete(subject, tries, form):
        return None
    last_said = {
        (person, key): attempt.happened_at
        for attempt in tries
        for person, answers in _by_subject(attempt)
        for key, value in answers.items()
        if value is not None
    }
    fresh_tries = _counting(known, form, window)
    presence = presences(fresh_tries, proxy_allowed=form.proxy_allowed)
    ran_out = [
        last_said[about] + dt.timedelta(hours=form.by_key[about[1]].question.fresh_hours)
        for about in _owing(subject, presence, fresh_tries, form)
        if about in last_said
    ]
    return min(ran_out, default=min(window.as_of, window.ends_at))


def _nobody_left(
    subject: Subject, tries: Sequence[Attempt], form: FormDefinition, window: Window, trail: Mapping[str, Any]
) -> Verdict:
    """All have moved or died, on a day that the register knows: done, by the visit that had settled them if there was
    one, else by the record itself. Whoever moved inside the county is owed at the door they came to."""
    as_members = replace(subject, base=frozenset(subject.gone), gone={})
    if _is_complete(as_members, tries, form):
        return _done(_settling(as_members, tries, form), window, trail)
    all_dead = set(subject.gone.values()) == {GONE_DEAD}
    return Verdict(DONE, reason=GONE_DEAD if all_dead else GONE_MOVED, **trail)


def presences(tries: Sequence[Attempt], *, proxy_allowed: bool) -> dict[int, str]:
    """What holds for each member after these attempts, oldest first. Who was settled once stays settled: a later
    knock that misses them takes nothing back, only a correction does."""
    found: dict[int, str] = {}
    for attempt in tries:
        for line in attempt.lines:
            if not line.presence:
                continue
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
        for person, answers in _by_subject(attempt):
            given = {question: value for question, value in answers.items() if value is not None}
            if given:
                found.setdefault(person, {}).update(given)
    return found


def _by_subject(attempt: Attempt) -> Iterable[tuple[int, Mapping[str, Any]]]:
    yield 0, attempt.answers
    for line in attempt.lines:
        yield line.person_id, line.answers


def _is_complete(subject: Subject, tries: Sequence[Attempt], form: FormDefinition) -> bool:
    if not any(attempt.outcome == "met" or _tells_presence(attempt) for attempt in tries):
        return False
    presence = presences(tries, proxy_allowed=form.proxy_allowed)
    return not _missing(subject, presence, form) and not _owing(subject, presence, tries, form)


def _tells_presence(attempt: Attempt) -> bool:
    return any(line.presence for line in attempt.lines)


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


def _owing(
    subject: Subject, presence: Mapping[int, str], tries: Sequence[Attempt], form: FormDefinition
) -> list[tuple[int, str]]:
    """The required answers that are missing: person (0: the household) and question. Where all are away, moved or
    dead there is nobody left to ask."""
    present = [person for person in subject.base if presence.get(person) in ("seen", BY_PROXY)]
    if subject.base and not present:
        return []
    # Met at the door where they lived then: what is asked of a household was asked of that one.
    is_carried = subject.is_person and any(
        attempt.outcome == RECORDED and _tells_presence(attempt) for attempt in tries
    )
    answers = said(tries)
    missing = [] if is_carried else [(0, key) for key in owed(form, "household", answers.get(0, {}))]
    if form.about("person"):
        missing += [
            (person, key) for person in present for key in owed(form, "person", answers.get(person, {}))
        ]
    return missing


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
