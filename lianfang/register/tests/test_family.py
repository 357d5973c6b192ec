"""What people are to a new head, and who lived at a door on a day."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from lianfang.register.family import Step, likely_head, relation_after, residents

DAYS = [dt.date(2026, 8, day) for day in range(1, 11)]


def test_what_people_are_to_a_new_head():
    assert relation_after("spouse", "head") == "spouse"
    assert relation_after("spouse", "child") == "child"
    assert relation_after("child", "head") == "parent"
    assert relation_after("child", "spouse") == "parent"
    assert relation_after("child", "child") == "other"  # a brother or sister: the register has no word
    assert relation_after("parent", "child") == "grandchild"
    assert relation_after("grandchild", "child") == "other"  # father or uncle: nobody can know
    assert relation_after("other", "tenant") == "tenant"


def test_the_suggested_head_is_the_spouse_else_the_eldest_never_a_tenant_first():
    old, young = dt.date(1950, 1, 1), dt.date(2014, 1, 1)
    assert likely_head([(1, "child", young), (2, "spouse", None)]) == 2
    assert likely_head([(1, "child", young), (2, "parent", old), (3, "tenant", dt.date(1940, 1, 1))]) == 2
    assert likely_head([(3, "tenant", old)]) == 3
    assert likely_head([]) is None


@given(st.lists(st.sampled_from(DAYS), unique=True).map(sorted), st.booleans(), st.sampled_from(DAYS))
def test_a_day_is_answered_as_if_it_had_been_written_down_that_evening(days, lived_at_first, day):
    """Somebody comes and goes in turn. Replaying forwards from the first sheet gives the same answer for every day."""
    steps, here = [], lived_at_first
    for number, when in enumerate(days):
        here = not here
        steps.append(Step(7, "易新", "child", when, number, here))
    members = [(7, "易新", "child")] if here else []
    expected = lived_at_first
    for step in steps:
        if step.happened_on <= day:
            expected = step.has_come
    # Without any row only today's members tell who was there.
    assert bool(residents(members, reversed(steps), day)) == expected
