"""Whom a row of a list means: first whom it does not mean, then who is found however the row was damaged."""

import datetime as dt

import pytest
from django.db import connection

from lianfang.register.models import LookupToken, Person
from lianfang.register.tests.pairs import an_id, copy_of, spread_birthdays
from lianfang.register.tokens import refresh_tokens
from lianfang.verification.matching import match, places_of
from lianfang.verification.matching.candidates import MOST_WITH_ONE_PHONE
from lianfang.verification.rows import ListRow, Verdict
from tests import world as cast

pytestmark = pytest.mark.django_db

HERE, THERE, FAR = "杨梅村/1组/1", "杨梅村/2组/1", "泉塘村/1组/1"
NUMBER, PHONE = an_id("43058119870312451"), "13807392076"


@pytest.fixture(name="world")
def a_county():
    """易国强 of 杨梅村 1组 with an id and a phone; the others of the world's people."""
    world = cast.build()
    spread_birthdays(world)
    with world.as_root():
        one = world.people(HERE)[0]
        one.name, one.id_number, one.phone = "易国强", NUMBER, PHONE
        one.initials, one.sex, one.birth_on = "ygq", "male", dt.date(1987, 3, 12)
        one.save()
        refresh_tokens([one.pk])
    world.one = one
    return world


def asked(world, **said):
    (found,) = match([ListRow("名单", 2, **said)], county=world.areas["武冈市"])
    return found


def meant(world, **said):
    found = asked(world, **said)
    return (found.verdict, found.best.person_id) if found.best else (found.verdict, None)


# ---------- who is not meant ----------


def test_a_name_alone_means_nobody(world):
    assert meant(world, name="易国强") == (Verdict.UNKNOWN, None)


def test_a_namesake_with_an_id_of_his_own_is_somebody_else(world):
    other = an_id("43050219600101117")
    found = asked(world, name="易国强", id_number=other, address="武冈市杨梅村1组")
    assert found.best is None


def test_the_son_whose_row_has_the_fathers_id_is_not_the_father(world):
    said = {"name": "易子涵", "birth_on": dt.date(2014, 5, 1), "id_number": NUMBER, "phones": (PHONE,)}
    assert meant(world, **said)[1] is None


def test_the_phone_of_somebody_else_proves_nothing(world):
    assert meant(world, name="唐桂花", phones=(PHONE,))[1] is None


def test_the_phone_of_an_office_proves_nothing(world):
    said = {"name": "易国强", "phones": (PHONE,), "address": "武冈市司马冲镇杨梅村"}
    before = asked(world, **said).candidates[0]
    with world.as_root():
        for n in range(MOST_WITH_ONE_PHONE):
            copy_of(world, world.one, FAR, name=f"路人{n}", id_number=None, birth_on=None)
    after = asked(world, **said).candidates
    assert "phone.equal" in {code for code, _kind, _weight in before.reasons}
    assert not any("phone.equal" in {code for code, _kind, _weight in each.reasons} for each in after)


def test_two_who_fit_are_both_shown_and_none_is_taken(world):
    with world.as_root():
        copy_of(world, world.one, THERE, id_number=an_id("43058119880402113"), birth_on=dt.date(1988, 4, 2))
    found = asked(world, name="易国强", phones=(PHONE,))
    assert found.best is None
    assert len(found.candidates) == 2


def test_whoever_lies_in_another_county_is_not_found(world):
    area = world.areas["武冈市"]
    area.path = "cn.43.05.82."
    (found,) = match(
        [ListRow("名单", 2, name="易国强", id_number=NUMBER)], county=area, places=places_of(area)
    )
    assert (found.verdict, found.candidates) == (Verdict.UNKNOWN, ())


def test_a_row_that_was_merged_into_another_is_found_by_nothing(world):
    with world.as_root():
        other = copy_of(world, world.one, THERE, id_number=None)
        Person.objects.filter(pk=other.pk).update(merged_into=world.one.pk, is_current=False)
    assert meant(world, name="易国强", birth_on=dt.date(1987, 3, 12), phones=(PHONE,)) == (
        Verdict.SAME,
        world.one.pk,
    )


# ---------- who is ----------


@pytest.mark.parametrize(
    "said",
    [
        {"id_number": NUMBER},
        {"id_number": NUMBER, "name": "易囯强", "address": "湖北省武汉市"},
        {"id_number": NUMBER[:16] + str((int(NUMBER[16]) + 2) % 10) + NUMBER[17]},
        {"id_number": NUMBER[:15] + "000"},
        {"id_number": NUMBER[:4] + "*" * 10 + NUMBER[-4:]},
        {"phones": (PHONE,)},
        {"phones": (PHONE[:10] + "1",), "address": "武冈市司马冲镇杨梅村1组"},
        {"phones": ("18912345678",), "birth_on": dt.date(1987, 3, 12)},
        {"name": "易国墙", "sex": "male", "phones": (PHONE,), "address": "杨梅村"},
        {"name": "易强", "birth_on": dt.date(1987, 3, 12), "address": "杨梅村"},
        {"name": "晃国强", "birth_on": dt.date(1987, 3, 12), "phones": (PHONE,)},
        {"name": "易志远", "former_names": ("易国强",), "phones": (PHONE,)},
    ],
    ids=str,
)
def test_the_one_meant_is_found(world, said):
    verdict, person = meant(world, **{"name": "易国强", **said})
    assert verdict in (Verdict.SAME, Verdict.PROBABLY)
    assert person == world.one.pk


def test_a_child_is_found_by_the_phone_of_a_parent(world):
    with world.as_root():
        child = copy_of(
            world,
            world.one,
            HERE,
            name="易子涵",
            initials="yzh",
            id_number=None,
            phone=None,
            birth_on=dt.date(2014, 5, 1),
        )
    assert meant(world, name="易子涵", phones=(PHONE,)) == (Verdict.PROBABLY, child.pk)


def test_who_is_in_the_register_twice_is_found_once(world):
    with world.as_root():
        copy_of(world, world.one, THERE)
    verdict, person = meant(world, name="易国强", id_number=NUMBER)
    assert verdict == Verdict.SAME
    assert person is not None


def test_who_moved_away_is_found_and_said_to_be_gone(world):
    with world.as_root():
        Person.objects.filter(pk=world.one.pk).update(is_current=False)
    found = asked(world, name="易国强", id_number=NUMBER)
    assert (found.verdict, found.best.is_current) == (Verdict.SAME, False)


# ---------- the list as a whole ----------


def test_rows_come_back_in_order_also_those_that_say_nothing(world):
    rows = [
        ListRow("名单", 2),
        ListRow("名单", 3, name="易国强", id_number=NUMBER),
        ListRow("名单", 4, name="?"),
    ]
    found = match(rows, county=world.areas["武冈市"])
    assert [each.verdict for each in found] == [Verdict.UNKNOWN, Verdict.SAME, Verdict.UNKNOWN]


def test_reasons_are_codes_without_a_value(world):
    best = asked(world, name="易国强", id_number=NUMBER, phones=(PHONE,)).best
    assert best.reasons[0][0] == "id.equal"
    assert NUMBER not in repr(best)
    assert PHONE not in repr(best)


def test_statements_do_not_grow_with_the_rows(world, django_assert_max_num_queries):
    rows = [ListRow("名单", n, name=f"易国{n}", phones=(f"138{n:08}",), address="杨梅村") for n in range(60)]
    county = world.areas["武冈市"]
    with django_assert_max_num_queries(32):
        match(rows, county=county)


def test_matching_writes_nothing(world):
    def counted():
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from core_auditrow")
            return cursor.fetchone()[0]

    before = counted()
    with world.as_root():
        people, tokens = Person.objects.count(), LookupToken.objects.count()
    asked(world, name="易国强", id_number=NUMBER)
    with world.as_root():
        assert (Person.objects.count(), LookupToken.objects.count()) == (people, tokens)
    assert counted() == before


@pytest.mark.parametrize(
    ("told", "elsewhere"),
    [
        ("湖南邵阳", ""),
        ("湖南省邵阳市", ""),
        ("武冈", ""),
        ("", ""),
        ("湖南", ""),
        ("未知", ""),
        ("中国移动", ""),
        ("湖南长沙", "湖南长沙"),
        ("广东省 东莞市", "广东省东莞市"),
    ],
)
def test_a_number_of_the_countys_own_prefecture_was_bought_here(world, told, elsewhere):
    assert places_of(world.areas["武冈市"]).number_from(told) == elsewhere
