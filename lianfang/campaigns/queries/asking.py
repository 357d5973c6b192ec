"""What a door is asked: the union over the rounds that run there, each question once, and what of it is known."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Exemption, Fact, Target
from lianfang.campaigns.models.targets import State
from lianfang.campaigns.queries.windows import Taken, taken_by
from lianfang.core.scope import Scope
from lianfang.questions.rules import Item, QuestionDefinition
from lianfang.register.models import Person


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of one subject, once, whatever number of rounds ask it."""

    question: QuestionDefinition
    is_required: bool  # of each subject, by one of the forms at least
    conditions: tuple[tuple[str, str], ...]  # show_if and require_if of each form that asks it
    rounds: tuple[int, ...]
    departments: tuple[str, ...]  # who wants the answer: a unit, else the name of the campaign
    since: dt.datetime  # an answer from then on serves every round that asks
    fact: Fact | None = None  # the newest answer, whether or not it still counts

    @property
    def is_known(self) -> bool:
        """Not to be asked again. An answer that serves only some of the rounds is still asked for the others."""
        return self.fact is not None and self.fact.happened_at >= self.since

    @property
    def is_conditional(self) -> bool:
        """Does every form that asks it ask it of some only?"""
        return all(show_if or require_if for show_if, require_if in self.conditions)


@dataclass(frozen=True, slots=True)
class DoorQuestions:
    household: tuple[Asked, ...] = ()
    people: Mapping[int, tuple[Asked, ...]] = field(
        default_factory=dict
    )  # by id; whom no round asks is not in it
    anyone: tuple[Asked, ...] = ()  # what somebody is asked of whom nothing is known yet
    taken: Mapping[int, Taken] = field(
        default_factory=dict
    )  # by round: its form, and from when on what counts

    @property
    def roster_since(self) -> dict[int, dt.datetime]:
        """By round, from when on it counts who was met."""
        return {pk: one.roster_since for pk, one in self.taken.items()}

    @property
    def open(self) -> tuple[Asked, ...]:
        return tuple(asked for asked in self.household if not asked.is_known)


class AskingTarget(Protocol):
    """A target with whom of its household an approved exemption has `freed`."""

    @property
    def round_id(self) -> int: ...
    @property
    def household_id(self) -> int: ...
    @property
    def person_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def freed(self) -> Iterable[int]: ...


class AskedPerson(Protocol):
    """Somebody with the three bases (`BASE_COLUMN`) that a campaign can name."""

    @property
    def pk(self) -> int: ...
    @property
    def household_id(self) -> int: ...
    @property
    def is_current(self) -> bool: ...


@dataclass(slots=True)
class _Door:
    """Which rounds ask this household, and whom they ask."""

    rounds: dict[int, Taken] = field(default_factory=dict)
    homes: dict[int, frozenset[int]] = field(default_factory=dict)  # that ask all in their base but these
    asked_of: dict[int, dict[int, Taken]] = field(default_factory=lambda: defaultdict(dict))  # by person


def questions_of(scope: Scope, household_ids: Collection[int], now: dt.datetime) -> dict[int, DoorQuestions]:
    """By household, those too that no round asks. Four statements, however many doors and rounds."""
    ids = sorted(set(household_ids))
    targets = list(targets_asking(scope, ids, now))
    asked = sorted({target.household_id for target in targets})
    people = Person.objects.filter(scope.q(), is_current=True, household_id__in=asked).order_by("pk")
    facts = Fact.objects.filter(scope.q(), household_id__in=asked)
    return put_together(ids, targets, people.only("household_id", *_MARKS) if asked else (), facts, now)


def targets_asking(scope: Scope, household_ids: Collection[int], now: dt.datetime) -> QuerySet[Target]:
    """Targets at these doors in rounds that run, what is due first before the others. `freed`: whom of the household
    an approved exemption has taken off the list, each by themselves."""
    freed = Exemption.objects.filter(
        household_id=OuterRef("household_id"),
        round_id=OuterRef("round_id"),
        person_id__gt=0,
        decision=Exemption.Decision.APPROVED,
    )
    return (
        Target.objects.filter(
            scope.q(),
            household_id__in=list(household_ids),
            round__opens_at__lte=now,
            round__closed_at__isnull=True,
        )
        .select_related("round__campaign")
        .annotate(freed=ArraySubquery(freed.values("person_id")))
        .order_by("round__due_at", "round_id", "person_id")
    )


def put_together(
    household_ids: Iterable[int],
    targets: Collection[Target],
    people: Iterable[Person],
    facts: Iterable[Fact],
    now: dt.datetime,
    taken: Mapping[int, Taken] | None = None,
) -> dict[int, DoorQuestions]:
    """The same from what the caller has read: `targets` of `targets_asking`, people and facts of these doors, and what
    their rounds take, if that is known."""
    owing = [target for target in targets if target.state != State.EXEMPT]
    # `freed` is an annotation of `targets_asking`.
    doors = _who_is_asked(household_ids, owing, people, taken or rounds_taken(owing, now))  # type: ignore[arg-type]
    known = {(fact.household_id, fact.person_id, fact.question): fact for fact in facts}
    unions: _Unions = {}
    return {pk: _questions(pk, door, known, unions) for pk, door in doors.items()}


def _who_is_asked(
    household_ids: Iterable[int],
    owing: Iterable[AskingTarget],
    people: Iterable[AskedPerson],
    taken: Mapping[int, Taken],
) -> dict[int, _Door]:
    doors = {pk: _Door() for pk in household_ids}
    for target in owing:
        one, door = taken[target.round_id], doors[target.household_id]
        door.rounds[target.round_id] = one
        if target.person_id:
            door.asked_of[target.person_id][target.round_id] = one
        else:
            door.homes[target.round_id] = frozenset(target.freed)
    for person in people:
        door = doors[person.household_id]
        for pk, freed in door.homes.items() if person.is_current else ():
            one = door.rounds[pk]
            if getattr(person, BASE_COLUMN[one.round.campaign.base]) and person.pk not in freed:
                door.asked_of[person.pk][pk] = one
    return doors


@dataclass(frozen=True, slots=True)
class AskingSets:
    """What many doors are asked, said once for all that the same rounds ask. Rounds are in the order in which they
    fall due."""

    doors: Mapping[int, tuple[int, ...]]  # by household, the rounds that ask it
    people: Mapping[int, Mapping[int, tuple[int, ...]]]  # by household and person


def asked_together(about: str, rounds: Iterable[Taken]) -> tuple[Asked, ...]:
    """What these rounds ask a household or a person, each question once."""
    return _union(about, rounds)


def asking_sets(
    household_ids: Iterable[int],
    targets: Iterable[AskingTarget],
    people: Iterable[AskedPerson],
    taken: Mapping[int, Taken],
) -> AskingSets:
    """The same rule as `put_together`, from rows as light as can be: a phone holds 500 doors. `targets`: of rounds
    that are `taken`."""
    owing = [target for target in targets if target.state != State.EXEMPT]
    doors = _who_is_asked(household_ids, owing, people, taken)

    def in_turn(rounds: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted(rounds, key=lambda pk: (taken[pk].round.due_at, pk)))

    return AskingSets(
        {pk: in_turn(door.rounds) for pk, door in doors.items()},
        {
            pk: {person: in_turn(rounds) for person, rounds in door.asked_of.items()}
            for pk, door in doors.items()
        },
    )


def rounds_taken(targets: Iterable[Target], now: dt.datetime) -> dict[int, Taken]:
    return taken_by({target.round_id: target.round for target in targets}.values(), now)


_MARKS = ("is_current", *BASE_COLUMN.values())


# What a set of rounds asks together is worked out once, not at each of a village's doors.
_Unions = dict[tuple[str, tuple[int, ...]], tuple[Asked, ...]]


def _questions(
    household: int, door: _Door, facts: Mapping[tuple[int, int, str], Fact], unions: _Unions
) -> DoorQuestions:
    def union(about: str, rounds: Mapping[int, Taken]) -> tuple[Asked, ...]:
        which = (about, tuple(rounds))
        if which not in unions:
            unions[which] = _union(about, rounds.values())
        return unions[which]

    def asked(about: str, rounds: Mapping[int, Taken], person: int = 0) -> tuple[Asked, ...]:
        return tuple(
            replace(one, fact=fact) if (fact := facts.get((household, person, one.question.key))) else one
            for one in union(about, rounds)
        )

    return DoorQuestions(
        household=asked("household", door.rounds),
        people={person: asked("person", rounds, person) for person, rounds in door.asked_of.items()},
        anyone=union("person", door.rounds),
        taken=door.rounds,
    )


def _union(about: str, rounds: Iterable[Taken]) -> tuple[Asked, ...]:
    """Each question once, in the order of the rounds: what is due first is asked first."""
    union: dict[str, Asked] = {}
    for one in rounds:
        campaign = one.round.campaign
        for item in one.form.about(about):
            before = union.get(item.question.key)
            asked = Asked(
                item.question,
                item.is_required,
                ((item.show_if, item.require_if),),
                (one.round.pk,),
                (campaign.wanted_by,),
                _since(item, one),
            )
            union[item.question.key] = _together(before, asked) if before else asked
    return tuple(union.values())


def _since(item: Item, taken: Taken) -> dt.datetime:
    """What need not be answered is not asked again while it is fresh, by a second pass either: nothing waits for it."""
    since, campaign = taken.since(item.question), taken.round.campaign
    if item.is_required or item.require_if or campaign.asks_anew:
        return since
    if campaign.purpose not in item.question.purposes:
        return since
    return min(since, taken.window.as_of - dt.timedelta(hours=item.question.fresh_hours))


def _together(one: Asked, other: Asked) -> Asked:
    return replace(
        one,
        # A newer version of a question only adds: whoever answers it answers the older one too.
        question=max(one.question, other.question, key=lambda question: question.version),
        is_required=one.is_required or other.is_required,
        conditions=tuple(dict.fromkeys(one.conditions + other.conditions)),
        rounds=one.rounds + other.rounds,
        departments=tuple(dict.fromkeys(one.departments + other.departments)),
        since=max(one.since, other.since),
    )
