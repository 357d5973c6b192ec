"""Whatever happens in an open round, in any order: nobody is missed and nobody is asked twice."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.campaigns.models import Coverage, Target, Task, Visit
from lianfang.campaigns.operations import merging
from lianfang.campaigns.operations.rounds import recount
from lianfang.campaigns.operations.settling import unsettled
from lianfang.campaigns.queries.coverage import coverage_of
from lianfang.campaigns.queries.targets import SHOWS, Pick, targets_in
from lianfang.campaigns.tests.test_following import equation, happen, knock, members, told
from lianfang.core.ids import new_id
from lianfang.core.problems import Problem
from lianfang.register import life
from lianfang.register.life import Whereto
from lianfang.register.models import LifeEvent, Person
from lianfang.register.operations import MemberDetails
from tests.world import TONIGHT

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "knock",
                "knock_some",
                "move",
                "out",
                "die",
                "born",
                "split",
                "head",
                "undo",
                "line",
                "merge",
                "unmerge",
            )
        ),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(0, 2),
    ),
    min_size=3,
    max_size=9,
)
HOMES = ("杨梅村/1组/1", "杨梅村/1组/2", "杨梅村/2组/1", "田心村/1组/1", "田心村/1组/2", "泉塘村/1组/1")


def happen_alone(world, operation, **given):
    with world.acting("周敏") as scope:
        return operation(scope=scope, by=world.users["周敏"].pk, **given)


class Night:
    """What happens in a county, step by step, and what of it can be taken back."""

    def __init__(self, world):
        self.world, self.events, self.merges = world, [], []

    def take(self, what, one, two, number):
        """A step that the register refuses is no step."""
        here, there = (self.world.households[HOMES[at]].pk for at in (one, two))
        family = members(self.world, here)
        try:
            if what in ("undo", "unmerge", "born"):
                getattr(self, what)(here)
            elif family:
                getattr(self, what)(here, there, family, family[number % len(family)])
        except Problem as refused:
            if not refused.code.startswith("register."):
                raise

    def happens(self, operation, **given):
        self.events.append(happen(self.world, operation, told=told(), **given))

    def undo(self, _here):
        if self.events:
            event = self.events.pop().event
            happen(self.world, life.cancel_event, event=event, key=new_id(), reason="错")

    def unmerge(self, _here):
        if self.merges:
            happen_alone(self.world, merging.undo_merge, merge_id=self.merges.pop().pk)

    def born(self, here):
        details = MemberDetails(f"易新{len(self.events)}", relation="child")
        self.happens(life.note_birth, household_id=here, child=details)

    def knock(self, here, _there, family, _person):
        knock(self.world, here, [(each.pk, "seen") for each in family])

    def knock_some(self, here, _there, _family, person, presence="seen"):
        visit = knock(self.world, here, [(person.pk, presence)])
        with self.world.as_root():
            self.events += LifeEvent.objects.filter(visit_id=visit)

    def line(self, here, there, family, person):
        self.knock_some(here, there, family, person, "moved")

    def move(self, here, there, _family, person):
        goes = {"household_id": here, "person_ids": [person.pk]}
        self.happens(life.move_out, whereto=Whereto(household_id=there), **goes)

    def out(self, here, _there, _family, person):
        goes = {"household_id": here, "person_ids": [person.pk]}
        self.happens(life.move_out, whereto=Whereto(text="外"), **goes)

    def die(self, _here, _there, _family, person):
        self.happens(life.note_death, person_id=person.pk)

    def merge(self, _here, there, _family, person):
        other = next((each for each in members(self.world, there) if each.pk != person.pk), None)
        if other is not None:
            two = {"keep_id": person.pk, "drop_id": other.pk, "take": None}
            self.merges.append(happen_alone(self.world, merging.merge_people, **two))

    def split(self, here, _there, _family, person):
        self.happens(life.split_household, household_id=here, person_ids=[person.pk], whereto=Whereto())

    def head(self, here, _there, _family, person):
        self.happens(life.change_head, household_id=here, head_id=person.pk)


def run(world, steps):
    night = Night(world)
    for step in steps:
        night.take(*step)


def met_people(found):
    """Whoever a standing visit of the round has met, wherever."""
    rows = Visit.objects.filter(happened_at__gte=found.opens_at).exclude(
        pk__in=Visit.objects.filter(supersedes__isnull=False).values("supersedes")
    )
    return set(rows.filter(lines__presence="seen").values_list("lines__person_id", flat=True))


@pytest.mark.parametrize("subject", ["household", "person"])
@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_nobody_is_missed_and_nobody_twice_whatever_happens_in_an_open_round(world, subject, steps):
    with transaction.atomic():
        found = world.campaign(subject=subject)
        run(world, steps)
        with world.as_root() as scope:
            met = met_people(found)
            rows = Person.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into_id")
            for _ in range(5):
                met |= {kept for row, kept in rows if row in met}
            targets = {(t.household_id, t.person_id): t for t in Target.objects.filter(round=found)}
            for person in Person.objects.filter(is_current=True, is_living_here=True):
                own = [t for (_, who), t in targets.items() if who == person.pk]
                home = targets.get((person.household_id, 0))
                waits = [t for t in [*own, home] if t and t.state in ("open", "not_met")]
                # Nobody missed: who has not been met is waited for where they live.
                if person.pk not in met:
                    assert any(t.household_id == person.household_id for t in waits), person.name
                # Nobody twice: a person is waited for at one door, and who was met is owed nothing themselves.
                assert {t.household_id for t in waits} <= {person.household_id}
                if person.pk in met:
                    assert [t for t in own if t in waits] == []
                    if subject == "household":
                        assert person.pk not in unsettled(person.household_id, found)[1]
                    open_tasks = Task.objects.filter(round=found, person_id=person.pk, closed_at__isnull=True)
                    assert not open_tasks.exists()
            gone = Person.objects.filter(is_current=False).values_list("pk", flat=True)
            assert not [
                t for (_, who), t in targets.items() if who in set(gone) and t.state in ("open", "not_met")
            ]
            kept = sorted(Coverage.objects.filter(round=found).values_list())
            recount(found)
            assert sorted(Coverage.objects.filter(round=found).values_list()) == kept
            for area in ("武冈市", "杨梅村", "杨梅村/1组", "田心村"):
                counted = coverage_of(scope, found, world.areas[area], TONIGHT)
                assert counted.balances
                for show in SHOWS:
                    rows = targets_in(
                        scope, found, world.areas[area], TONIGHT, Pick(show=show, size=100)
                    ).rows
                    assert len(rows) == counted.number(show)
        assert equation(world, found).due == (18 if subject == "household" else 54)
        transaction.set_rollback(True)
