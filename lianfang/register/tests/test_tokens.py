"""Lookup tokens: made again for whoever changed, in statements that do not grow with the people."""

import datetime as dt

import pytest

from lianfang.register.models import LookupToken, Person, UnreadAddress
from lianfang.register.tokens import person_tokens, refresh_tokens
from lianfang.register.unread.queries import village_answers
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db


def kept():
    return sorted(
        (bytes(t), path, pk)
        for t, path, pk in LookupToken.objects.values_list("token", "area_path", "person_id")
    )


def expected():
    return sorted(
        (token, person.area_path, person.pk)
        for person in Person.objects.filter(merged_into=None)
        for token in person_tokens(person.name, person.birth_on, person.id_number, person.phone)
        if token
    )


def test_everybody_is_found_by_what_is_known_of_them_now_and_by_nothing_else(people):
    with people.as_root():
        ids = list(Person.objects.values_list("pk", flat=True))
        refresh_tokens(ids)
        assert kept() == expected()
        one, other, third = (
            Person.objects.exclude(phone=None).order_by("pk")[:1].get(),
            *Person.objects.order_by("-pk")[:2],
        )
        one.phone, one.birth_on = None, dt.date(1950, 3, 8)
        one.save()
        Person.objects.filter(pk=other.pk).update(merged_into=third)
        refresh_tokens(ids)
        assert kept() == expected()
        refresh_tokens(ids)  # and twice is once
        assert kept() == expected()


def test_it_takes_three_statements_however_many_they_are(people, django_assert_num_queries):
    with people.as_root():
        ids = list(Person.objects.values_list("pk", flat=True))
        assert len(ids) > 50
        with django_assert_num_queries(3):
            refresh_tokens(ids)
        with django_assert_num_queries(0):
            refresh_tokens([])


def test_the_answers_of_a_county_are_read_in_two_statements(people, django_assert_max_num_queries):
    """Measured with 20,000 of them: 0.3 s, all of it decrypting. A group tells its village."""
    county, group = people.areas["武冈市"], people.areas["杨梅村/1组"]
    with people.as_root():
        for number in range(40):
            UnreadAddress.objects.create(
                area_path=county.path,
                sent_for=county,
                text=f"老屋场{number}号附近",
                token=bytes([number]) * 16,
                state=UnreadAddress.State.READ,
                found_at=TONIGHT,
                answer=group if number % 2 else people.areas["田心村"],
            )
        with django_assert_max_num_queries(2):
            answers = village_answers(county)
    assert len(answers) == 40
    assert answers["老屋场1号附近"] == people.areas["杨梅村"].code
    assert answers["老屋场2号附近"] == people.areas["田心村"].code
