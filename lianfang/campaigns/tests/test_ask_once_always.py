"""Whatever is declared, answered and corrected, in whatever order it arrives: the same facts make the same targets and
the same tasks, and nobody is asked what is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.campaigns.models import Campaign, Coverage, Round, Target, Task
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.freshness import ask_stale_again
from lianfang.campaigns.operations.rounds import freeze_round, judge_earlier, recount
from lianfang.campaigns.operations.visits import record_visits
from lianfang.campaigns.queries.asking import questions_of
from lianfang.campaigns.rules import SETTLED
from lianfang.core.clock import at, frozen
from lianfang.questions.models import Form, Question
from lianfang.questions.queries import get_form
from lianfang.questions.rules import FormDefinition, Item, QuestionDefinition, owed

HOMES = ("杨梅村/1组/1", "杨梅村/1组/2")
BASE = at(dt.date(2026, 8, 9), 8)
END = BASE + dt.timedelta(hours=60)  # when all of it is looked at
HOUSEHOLD = {
    "returned_count": (0, 2),
    "dwelling_state": ("owner", "rented"),
    "household_needs": (["none"], ["care"]),
}
HOUSEHOLD |= {"standing_water": ("none", "left")}
PERSON = {"fever": (False, True), "dose_count": (0, 3), "not_vaccinated_reason": ("away", "declined")}
PURPOSES = ("household_sweep", "returnee_watch", "vector_control", "vaccination")


@dataclass(frozen=True)
class Wanted:
    """A campaign before it is one."""

    form: int
    purpose: str
    questions: tuple[tuple[str, bool], ...]  # key, required
    roster_hours: int
    is_person: bool
    opens: int  # hours after BASE
    second: int  # hours after which a second round opened; 0: none
    asks_anew: bool
    keeps_fresh: bool


@dataclass(frozen=True)
class Said:
    number: int
    home: int
    hour: int
    presences: tuple[str, ...]  # of the three who live there; empty: nobody opened
    answers: tuple[tuple[int, str, Any], ...]  # member (0: the household, 1 to 3), question, value
    corrects: int | None  # the place, in the list, of an earlier one


@st.composite
def campaigns(draw: Any) -> list[Wanted]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        keys = draw(st.lists(st.sampled_from([*HOUSEHOLD, *PERSON]), min_size=1, max_size=3, unique=True))
        opens = draw(st.integers(0, 40))
        found.append(
            Wanted(
                number,
                draw(st.sampled_from(PURPOSES)),
                tuple((key, draw(st.booleans())) for key in keys),
                draw(st.sampled_from((24, 72))),
                draw(st.booleans()),
                opens,
                draw(st.sampled_from((0, 0, 10))),
                draw(st.sampled_from((False, False, True))),
                draw(st.sampled_from((False, False, True))),
            )
        )
    return found


@st.composite
def visits(draw: Any) -> list[Said]:
    found: list[Said] = []
    for number in range(draw(st.integers(1, 6))):
        home = draw(st.integers(0, 1))
        free = [
            place
            for place, one in enumerate(found)
            if one.home == home and place not in [each.corrects for each in found]
        ]
        presences = ("seen", "seen", "answered_for", "away", "refused", "not_met")
        met = draw(st.sampled_from((True, True, True, False)))
        is_full = draw(st.booleans())  # all are there and say all that could be asked
        there = (
            tuple("seen" if is_full else draw(st.sampled_from(presences)) for _ in range(3)) if met else ()
        )
        answers = []
        for member in range(4) if met else ():
            for key, values in (PERSON if member else HOUSEHOLD).items():
                if is_full or draw(st.booleans()):
                    answers.append((member, key, draw(st.sampled_from(values))))
        found.append(
            Said(
                number,
                home,
                draw(st.integers(-110, 59)),
                there,
                tuple(answers),
                draw(st.sampled_from([None, None, *free])),
            )
        )
    return found


# ---------- doing it ----------


@contextmanager
def undone(world):
    with transaction.atomic():
        with frozen(END), world.as_root() as scope:
            yield scope
        transaction.set_rollback(True)


def declare(world, wanted: Wanted) -> list[Round]:
    """The rounds of a campaign, not frozen."""
    key = f"always_{wanted.form}"
    items = [
        {
            "question": one,
            "version": Question.objects.filter(key=one).latest("version").version,
            "required": needed,
        }
        for one, needed in wanted.questions
    ]
    for item in items:
        if item["question"] == "not_vaccinated_reason" and "dose_count" in dict(wanted.questions):
            item |= {"required": False, "require_if": "dose_count == 0"}
    definition = {"title": {"zh-Hans": key}, "purpose": wanted.purpose, "items": items}
    definition |= {"roster_fresh_hours": wanted.roster_hours}
    Form.objects.create(key=key, version=1, title=key, definition=definition, created_at=END)
    campaign = Campaign.objects.create(
        emergency=world.emergency,
        name=key,
        purpose=wanted.purpose,
        subject="person" if wanted.is_person else "household",
        area=world.areas["杨梅村/1组"],
        area_path=world.areas["杨梅村/1组"].path,
        form_key=key,
        form_version=1,
        asks_anew=wanted.asks_anew,
        keeps_fresh=wanted.keeps_fresh,
        declared_at=END,
        declared_by=1,
    )
    opens_at = BASE + dt.timedelta(hours=wanted.opens)
    second_at = opens_at + dt.timedelta(hours=wanted.second) if wanted.second else None
    first = Round(campaign=campaign, number=1, opens_at=opens_at, closed_at=second_at)
    rounds = [first]
    if second_at:
        rounds.append(Round(campaign=campaign, number=2, opens_at=second_at))
    for found in rounds:
        found.due_at = found.opens_at + dt.timedelta(hours=100)
        found.save()
    return rounds


def freeze(rounds: Iterable[Round]) -> None:
    """A round that was closed since had been frozen before: what was known by then is judged as it was then."""
    for found in rounds:
        closed_at = found.closed_at
        Round.objects.filter(pk=found.pk).update(closed_at=None)
        freeze_round(round_id=found.pk, by=1, judges_later=True)
        Round.objects.filter(pk=found.pk).update(closed_at=closed_at)
        while judge_earlier(round_id=found.pk):
            pass
        found.refresh_from_db()


def as_input(world, people, said: Said, all_said: list[Said]) -> VisitInput:
    home = world.households[HOMES[said.home]].pk
    by_member: dict[int, dict[str, Any]] = {}
    for member, key, value in said.answers:
        by_member.setdefault(member, {})[key] = value
    lines = tuple(
        LineInput(person, presence, answers=by_member.get(member, {}), away_place="东莞")
        for member, (person, presence) in enumerate(zip(people[said.home], said.presences, strict=False), 1)
    )
    return VisitInput(
        visit_id=UUID(int=said.number + 1),
        household_id=home,
        channel="door",
        outcome="met" if said.presences else "nobody_home",
        happened_at=BASE + dt.timedelta(hours=said.hour),
        lines=lines,
        answers=by_member.get(0, {}),
        supersedes=None if said.corrects is None else UUID(int=all_said[said.corrects].number + 1),
    )


def picture(rounds: list[Round]) -> tuple[Any, ...]:
    """Targets and tasks, without ids of rounds. Of tasks what is open, and how the last of each target was closed."""
    place = {found.pk: index for index, found in enumerate(rounds)}
    targets = {
        (place[row[0]], *row[1:3]): row[3:]
        for row in Target.objects.filter(round__in=rounds).values_list(
            "round_id", "household_id", "person_id", "state", "reason", "attempt_count", "last_visit_at",
            "settled_by", "is_born",
        )
    }  # fmt: skip
    tasks: dict[Any, str] = {}
    for task in Task.objects.filter(round__in=rounds).order_by("attempt"):
        key = (place[task.round_id], task.household_id, task.person_id)
        if task.closed_at is None or key in targets:
            tasks[key] = task.closed_as
        else:
            tasks.pop(key, None)
    counters = sorted(row[1:] for row in Coverage.objects.filter(round__in=rounds).values_list())
    for found in rounds:
        recount(found)
    assert sorted(row[1:] for row in Coverage.objects.filter(round__in=rounds).values_list()) == counters
    return targets, tasks


# ---------- what must hold, said once more and plainly ----------


def counts(question: QuestionDefinition, found: Round, said_at: dt.datetime) -> bool:
    """Does an answer of that hour count for the round, as of END?"""
    campaign, fresh = found.campaign, dt.timedelta(hours=question.fresh_hours)
    end = found.closed_at or END
    if said_at >= end and found.closed_at:
        return False
    if campaign.keeps_fresh and end - said_at > fresh:
        return False
    if said_at >= found.opens_at:
        return True
    looks_back = found.number == 1 and not campaign.asks_anew and campaign.purpose in question.purposes
    return looks_back and found.opens_at - said_at <= fresh


def is_done(
    found: Round, form: FormDefinition, people: list[int], said: list[VisitInput], person: int
) -> bool:
    base = [person] if person else people
    hours = form.roster_fresh_hours if found.number == 1 and not found.campaign.asks_anew else 0
    since, until = found.opens_at - dt.timedelta(hours=hours), found.closed_at or END + dt.timedelta(hours=1)
    settled: dict[int, str] = {}
    answers: dict[int, dict[str, Any]] = {}
    for visit in said:
        if not visit.happened_at < until:
            continue
        for line in visit.lines:
            if visit.happened_at >= since and line.presence in SETTLED | {"answered_for"}:
                settled[line.person_id] = line.presence
        for who, given_answers in [
            (0, visit.answers),
            *((line.person_id, line.answers) for line in visit.lines),
        ]:
            for key, value in given_answers.items():
                if key in form.by_key and counts(form.by_key[key].question, found, visit.happened_at):
                    answers.setdefault(who, {})[key] = value
    if not set(base) <= set(settled):
        return False
    present = [one for one in base if settled[one] in ("seen", "answered_for")]
    if not present:
        return True
    return not owed(form, "household", answers.get(0, {})) and not any(
        owed(form, "person", answers.get(one, {})) for one in present
    )


def may_wait(item: Item, found: Round, moment: dt.datetime) -> bool:
    """What need not be answered is not asked again while it is fresh, unless all is to be asked anew."""
    campaign = found.campaign
    if item.is_required or item.require_if or campaign.asks_anew:
        return False
    is_fresh = moment >= END - dt.timedelta(hours=item.question.fresh_hours)
    return is_fresh and campaign.purpose in item.question.purposes


def check(world, scope, rounds: list[Round], people, said: list[VisitInput]) -> None:
    corrected = {visit.supersedes for visit in said}
    standing = sorted(
        (visit for visit in said if visit.visit_id not in corrected),
        key=lambda visit: (visit.happened_at, visit.visit_id.bytes),
    )
    homes = [world.households[name].pk for name in HOMES]
    forms = {found.pk: get_form(found.campaign.form_key, 1) for found in rounds}
    for target in Target.objects.filter(round__in=rounds, household_id__in=homes):
        found = next(one for one in rounds if one.pk == target.round_id)
        mine = [visit for visit in standing if visit.household_id == target.household_id]
        family = people[homes.index(target.household_id)]
        done = is_done(found, forms[found.pk], family, mine, target.person_id)
        assert (target.state == "done") == done, (target.pk, target.state, target.reason)
    by_id = {found.pk: found for found in rounds}
    for home, door in questions_of(scope, homes, END).items():
        subjects = [(0, door.household), *door.people.items()]
        for who, asked in ((who, one) for who, several in subjects for one in several):
            said_at = [
                visit.happened_at
                for visit in standing
                if visit.household_id == home
                for about, answers in [
                    (0, visit.answers),
                    *((line.person_id, line.answers) for line in visit.lines),
                ]
                if about == who and asked.question.key in answers
            ]
            serves_all = all(
                any(
                    counts(asked.question, by_id[pk], moment)
                    or may_wait(forms[pk].by_key[asked.question.key], by_id[pk], moment)
                    for moment in said_at
                )
                for pk in asked.rounds
            )
            assert asked.is_known == serves_all, (home, who, asked.question.key)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wanted=campaigns(), said=visits(), order=st.randoms(use_true_random=False))
def test_the_same_facts_make_the_same_targets_and_tasks_whatever_the_path(world, wanted, said, order):
    pictures = []
    for path in ("declared_last", "declared_first", "mixed", "batch"):
        with undone(world) as scope:
            people = [[person.pk for person in world.people(name)] for name in HOMES]
            rounds = [declare(world, one) for one in wanted]
            inputs = [as_input(world, people, one, said) for one in said]
            steps = [("freeze", one) for one in rounds], [("visit", [one]) for one in inputs]
            if path == "declared_last":
                todo = steps[1] + steps[0]
            elif path == "batch":
                todo = [*steps[0], ("visit", inputs)]
            else:
                todo = [*steps[0], *steps[1]]
            if path == "mixed":
                order.shuffle(todo)
                todo = in_turn(todo)
            for what, given_to in todo:
                if what == "freeze":
                    freeze(given_to)
                else:
                    record_visits(given_to, scope=scope, by=1, others=scope)
            ask_stale_again()
            flat = [found for several in rounds for found in several]
            pictures.append(picture(flat))
            check(world, scope, flat, people, inputs)
    assert pictures[0] == pictures[1] == pictures[2] == pictures[3]


def in_turn(todo: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The same order, but that a correction comes after what it corrects."""
    found: list[tuple[str, Any]] = []
    filed: set[UUID | None] = {None}
    waiting = list(todo)
    while waiting:
        step = next(each for each in waiting if each[0] == "freeze" or each[1][0].supersedes in filed)
        waiting.remove(step)
        found.append(step)
        if step[0] == "visit":
            filed.add(step[1][0].visit_id)
    return found
