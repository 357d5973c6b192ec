"""An event that was recorded by mistake is taken back, and everybody is where they were."""

from __future__ import annotations

from lianfang.core.ids import new_id
from lianfang.core.models import AuditRow
from lianfang.register import life
from lianfang.register.life import Newcomer, Whereto
from lianfang.register.lived import residents_on
from lianfang.register.models import Household, LookupToken, Person
from lianfang.register.operations import MemberDetails
from lianfang.register.tests.lives import (
    DAY,
    FAR,
    NEXT,
    TODAY,
    act,
    at,
    home,
    lines,
    out,
    refused,
    told,
    who,
)
from lianfang.register.tokens import refresh_tokens


def snapshot(world):
    with world.as_root():
        return (
            sorted(
                Person.objects.values_list(
                    "pk",
                    "household_id",
                    "area_path",
                    "relation",
                    "is_current",
                    "is_registered_here",
                    "is_living_here",
                    "is_here_tonight",
                )
            ),
            sorted(Household.objects.values_list("pk", "head_name", "is_current")),
            sorted(LookupToken.objects.values_list("person_id", "area_path")),
        )


def cancel(world, change, name="邓永福", reason="录错了人"):
    return act(world, name, life.cancel_event, event=change.event, key=new_id(), reason=reason)


def test_every_event_can_be_taken_back(world):
    with world.as_root():
        refresh_tokens(list(Person.objects.values_list("pk", flat=True)))
    before = snapshot(world)
    head, spouse, child = (who(world, number).pk for number in range(3))
    here, there = home(world).pk, home(world, NEXT).pk
    each = [
        lambda: out(world, [0, 1, 2], Whereto(text="长沙")),
        lambda: out(world, [2], Whereto(household_id=there)),
        lambda: out(world, [0], Whereto(village=world.areas["田心村"]), head_id=spouse),
        lambda: act(world, "邓永福", life.note_death, person_id=head, told=told(), head_id=child),
        lambda: act(
            world, "邓永福", life.join_households, household_id=here, into_household_id=there, told=told()
        ),
        lambda: act(world, "邓永福", life.change_head, household_id=here, head_id=child, told=told()),
    ]
    for happen in each:
        change = happen()
        assert snapshot(world) != before
        cancel(world, change)
        assert snapshot(world) == before
        with world.acting("邓永福") as scope:
            assert lines(scope, here)[0].is_cancelled
            assert len(residents_on(scope, [here], TODAY)[here]) == 3


def test_a_birth_or_an_arrival_taken_back_leaves_nobody(world):
    change = act(
        world,
        "邓永福",
        life.note_birth,
        household_id=home(world).pk,
        child=MemberDetails("易新"),
        told=told(),
    )
    cancel(world, change)
    assert len(at(world)) == 3
    with world.acting("邓永福") as scope:
        assert [p.name for p in residents_on(scope, [home(world).pk], TODAY)[home(world).pk]] == at(world)


def test_only_the_last_event_and_only_once_and_with_a_reason(world):
    first = out(world, [2], Whereto(household_id=home(world, NEXT).pk))
    with world.as_root():
        moved = Person.objects.get(pk__in=first.people)
    second = act(world, "邓永福", life.note_death, person_id=moved.pk, told=told(TODAY))
    with refused("register.event_not_last"):
        cancel(world, first)
    with refused("register.cancel_reason"):
        cancel(world, second, reason=" ")
    cancel(world, second)
    with refused("register.event_cancelled"):
        cancel(world, second)
    cancel(world, first)
    assert len(at(world)) == 3


def test_the_old_village_does_not_fetch_back_whom_another_took_in(world):
    person = who(world, 2)
    out(world, [2], Whereto(village=world.areas["田心村"]))
    taken = act(
        world,
        "周敏",
        life.move_in,
        household_id=home(world, FAR).pk,
        newcomer=Newcomer(person_id=person.pk),
        told=told(),
    )
    with refused("register.event_unknown"):
        cancel(world, taken)  # nothing of it lies in 杨梅村: they had left before
    with refused("register.event_unknown"):
        cancel(world, taken, name="曾祥林")


def test_a_cancelled_day_can_be_told_anew(world):
    change = act(world, "邓永福", life.note_death, person_id=who(world, 2).pk, told=told(TODAY))
    cancel(world, change)
    act(world, "邓永福", life.note_death, person_id=who(world, 2).pk, told=told(DAY))
    with world.as_root():
        assert AuditRow.objects.filter(action="life.cancel").count() == 1
        assert AuditRow.objects.filter(action="life.died").count() == 2
