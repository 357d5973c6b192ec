"""What becomes of a row before anybody is called: first what must not be answered by itself. Pure."""

import datetime as dt
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.register.rules import check_digit
from lianfang.verification.persons import Who
from lianfang.verification.reasons import words_of
from lianfang.verification.rows import (
    NEEDS_NO_CALL,
    Bucket,
    Candidate,
    ListRow,
    Match,
    Verdict,
)
from lianfang.verification.triage import Earlier, Elsewhere, Judge, Known, Seat, Seats, Seen, counted, keys_of

TODAY = dt.date(2026, 8, 7)
NUMBER = "43058119870312451" + check_digit("43058119870312451")
OTHER = "43058119870312453" + check_digit("43058119870312453")
HERE, THERE = Seat("430581107", "430581107221"), Seat("430581107", "430581107222")
ABROAD = Seat(elsewhere="洞口县")
YESTERDAY = dt.datetime(2026, 8, 6, 20, tzinfo=dt.UTC)


def candidate(person=7, verdict=Verdict.SAME, **changed):
    values = {"reference": "P7", "area_path": "cn.43.05.81.107.221.", "is_current": True, "weight": 20.0}
    return Candidate(person_id=person, verdict=verdict, **{**values, **changed})


def meant(verdict=Verdict.SAME, person=7, **changed):
    return Match(verdict, (candidate(person, verdict, **changed),))


NOBODY = Match()


def row(number=2, **said):
    return ListRow("名单", number, **{"name": "易国强", **said})


def told(said, match, *seats, **more):
    """A row, whom it means, and where it may belong."""
    keys = keys_of(said)
    token = next((key[1].encode() for key in keys if key[0] == "id"), b"")
    return Seen(said, match, keys, token, Seats(*seats, **more))


def judged(seen, known):
    return [triage for _seen, triage in Judge()(seen, known)]


def buckets(*seen, **facts):
    return [each.bucket for each in judged(seen, Known(today=TODAY, **facts))]


def one(seen, **facts):
    (found,) = judged([seen], Known(today=TODAY, **facts))
    return found


ANSWERED = {"earlier": {7: Earlier("controlled", YESTERDAY, "on_list", "0807-1")}}
WATCHED = {"watched": {7}}


# ---------- what must not be answered by itself ----------


@pytest.mark.parametrize(
    "facts", [ANSWERED, WATCHED, {"tonight_people": {7: Elsewhere("昨晚的名单", 5)}}], ids=str
)
def test_who_is_only_probable_is_answered_by_nothing_that_rests_on_it(facts):
    assert one(told(row(), meant(Verdict.PROBABLY), HERE), **facts).bucket == Bucket.DECIDE


def test_two_rows_that_probably_mean_one_person_are_not_one_row():
    seen = [told(row(n, name=f"易{n}"), meant(Verdict.PROBABLY), HERE) for n in (2, 3)]
    assert buckets(*seen) == [Bucket.DECIDE, Bucket.DECIDE]


def test_who_probably_moved_away_is_decided_first():
    assert one(told(row(), meant(Verdict.PROBABLY, is_current=False))).bucket == Bucket.DECIDE


@pytest.mark.parametrize("verdict", [Verdict.UNLIKE, Verdict.UNKNOWN])
def test_who_is_not_meant_is_answered_by_nobodys_answer(verdict):
    found = one(told(row(), meant(verdict), address=HERE), **ANSWERED, **WATCHED)
    assert found.bucket == Bucket.OUT


@pytest.mark.parametrize("code", ["wrong_phone", "namesake", "nobody", "dead_number", "in_progress", ""])
def test_an_answer_about_a_number_or_about_somebody_else_answers_for_no_person(code):
    assert one(told(row(), meant(), HERE), earlier={7: Earlier(code, YESTERDAY, "")}).bucket == Bucket.OUT


def test_an_address_elsewhere_does_not_send_away_whom_the_register_has_here():
    found = one(told(row(), meant(), HERE, ABROAD))
    assert (found.bucket, found.village, found.by) == (Bucket.OUT, HERE.village, "register")


def test_a_name_alone_is_no_repetition():
    assert buckets(*[told(row(n), NOBODY, address=HERE) for n in (2, 3)]) == [Bucket.OUT] * 2


def test_two_on_one_phone_are_two():
    seen = [
        told(row(n, name=name, phones=("13807392076",)), NOBODY, address=HERE)
        for n, name in ((2, "易国强"), (3, "易子涵"))
    ]
    assert buckets(*seen) == [Bucket.OUT] * 2


def test_two_good_ids_are_two_though_name_and_phone_are_one():
    same = {"phones": ("13807392076",)}
    seen = [
        told(row(n, id_number=number, **same), NOBODY, address=HERE)
        for n, number in ((2, NUMBER), (3, OTHER))
    ]
    assert buckets(*seen) == [Bucket.OUT] * 2


@pytest.mark.parametrize("name", ["易子涵", "唐桂花", "易国华"])
def test_an_id_copied_down_a_column_makes_nobody_of_another_name_a_repetition(name: str):
    first, copied, again = (
        told(row(n, name=who, id_number=NUMBER), NOBODY, address=HERE)
        for n, who in ((2, "易国强"), (3, name), (4, name))
    )
    assert buckets(first, copied, again) == [Bucket.OUT, Bucket.OUT, Bucket.DOUBLED]
    key = ("id", NUMBER)
    there = [Who(NUMBER.encode(), ("易国强",))]
    assert one(copied, tonight={key: [Elsewhere("高铁名单", 5, there)]}).bucket == Bucket.OUT
    answered = Earlier("not_here", YESTERDAY, "on_list", "0806-1", 6, there)
    assert one(copied, earlier_keys={key: [answered]}).bucket == Bucket.OUT
    assert one(first, earlier_keys={key: [answered]}).bucket == Bucket.CHECKED


def people_of(rows, found):
    """Row that is asked → what the rows say that rest on it."""
    rests = {}
    for seen, triage in zip(rows, found, strict=True):
        asked = triage.same_as or (seen.row.sheet, seen.row.row)
        rests.setdefault(asked, []).append(seen.row)
    return rests.values()


VAGUE = ({}, {"id_number": NUMBER}, {"id_number": OTHER})


@pytest.mark.parametrize("order", list(permutations(VAGUE)), ids=str)
def test_a_row_that_says_little_makes_no_two_people_one_in_whatever_order(order):
    rows = [
        told(row(n, phones=("13807392076",), **said), NOBODY, address=HERE) for n, said in enumerate(order, 2)
    ]
    found = judged(rows, Known(today=TODAY))
    assert [triage.bucket for triage in found].count(Bucket.OUT) == 2
    for said in people_of(rows, found):
        assert len({each.id_number for each in said} - {""}) == 1


@pytest.mark.parametrize("order", list(permutations(("易**", "易国强", "易志远"))), ids=str)
def test_a_hidden_name_makes_no_two_people_one(order):
    rows = [
        told(row(n, name=name, id_number=NUMBER), NOBODY, address=HERE) for n, name in enumerate(order, 2)
    ]
    found = judged(rows, Known(today=TODAY))
    assert [triage.bucket for triage in found].count(Bucket.OUT) == 2


@pytest.mark.parametrize("facts", ["tonight", "earlier_keys"])
def test_one_vague_row_of_another_list_answers_for_one_of_two(facts):
    key = ("phone", "易国强", "13807392076")
    vague = [Who(names=("易国强",))]
    where = Elsewhere("高铁名单", 5, vague)
    if facts == "earlier_keys":
        where = Earlier("not_here", YESTERDAY, "on_list", "0806-1", 5, vague)
    judge, found = Judge(), []
    for n, number in ((2, NUMBER), (3, OTHER), (4, NUMBER)):  # each in a part of its own
        seen = told(row(n, id_number=number, phones=("13807392076",)), NOBODY, address=HERE)
        found += [
            triage.bucket for _seen, triage in judge([seen], Known(today=TODAY, **{facts: {key: [where]}}))
        ]
    assert found[0] in (Bucket.DOUBLED, Bucket.CHECKED)
    assert found[1] == Bucket.OUT
    assert found[2] == Bucket.DOUBLED


def test_what_rests_on_a_row_of_another_list_keeps_others_off_it():
    key = ("phone", "易国强", "13807392076")
    there = [Who(names=("易国强",)), Who(NUMBER.encode(), ("易国强",))]
    other = told(row(id_number=OTHER, phones=("13807392076",)), NOBODY, address=HERE)
    assert one(other, tonight={key: [Elsewhere("高铁名单", 5, there)]}).bucket == Bucket.OUT


def test_a_row_rests_on_the_one_that_is_asked_never_on_one_that_rests_itself():
    phone = {"phones": ("13807392076",)}
    said = [{"id_number": NUMBER}, {"id_number": NUMBER, **phone}, phone]
    found = judged(
        [told(row(n, **each), NOBODY, address=HERE) for n, each in enumerate(said, 2)], Known(today=TODAY)
    )
    assert [triage.same_as for triage in found] == [None, ("名单", 2), ("名单", 2)]


def test_whom_the_register_knows_as_two_is_two_though_name_and_phone_are_one():
    rows = [told(row(n, phones=("13807392076",)), meant(person=n), HERE) for n in (7, 8)]
    assert buckets(*rows) == [Bucket.OUT] * 2


@pytest.mark.parametrize("name", ["YI GUOQIANG", "GUOQIANG/YI", "Yi Guo Qiang MR", "易国强先生"])
def test_a_name_as_on_a_ticket_is_the_same_name(name: str):
    rows = [
        told(row(n, name=said, id_number=NUMBER), NOBODY, address=HERE)
        for n, said in ((2, "易国强"), (3, name), (4, "YI ZIHAN"))
    ]
    assert buckets(*rows) == [Bucket.OUT, Bucket.DOUBLED, Bucket.OUT]


def test_a_former_name_is_a_name_of_the_person():
    rows = [
        told(row(2, name="唐桂花", former_names=("刘小妹",), id_number=NUMBER), NOBODY, address=HERE),
        told(row(3, name="刘小妹", id_number=NUMBER), NOBODY, address=HERE),
        told(row(4, name="唐桂花", id_number=NUMBER), NOBODY, address=HERE),
    ]
    assert buckets(*rows) == [Bucket.OUT, Bucket.DOUBLED, Bucket.DOUBLED]


def test_an_id_copied_down_a_long_list_asks_each_name_once_and_takes_no_longer_for_each():
    surnames, given = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "国强秀英桂花建军志明春梅子涵丽娟海燕"
    names = [f"{a}{b}{c}" for a in surnames for b in given[:5] for c in given[5:]]
    rows = [
        told(row(n, name=name, id_number=NUMBER), NOBODY, address=HERE) for n, name in enumerate(names * 2, 2)
    ]
    known = Known(
        today=TODAY,
        tonight={
            ("id", NUMBER): [
                Elsewhere("名单", n, [Who(NUMBER.encode(), (name,))]) for n, name in enumerate(names)
            ]
        },
    )
    found = judged(rows, Known(today=TODAY))
    assert {triage.bucket for triage in found[len(names) :]} == {Bucket.DOUBLED}
    assert {triage.bucket for triage in judged(rows, known)} == {Bucket.DOUBLED}


def test_two_who_fit_equally_well_are_sent_to_neither():
    both = Match(Verdict.UNKNOWN, (candidate(7), candidate(8)))
    found = one(told(row(), both), **ANSWERED)
    assert (found.bucket, found.town, found.village) == (Bucket.UNROUTABLE, "", "")


def test_the_day_of_arrival_that_nobody_knows_is_not_over():
    assert one(told(row(), meant(), HERE), period_days=14).bucket == Bucket.OUT
    late = row(came_on=TODAY - dt.timedelta(days=14))
    assert one(told(late, meant(), HERE), period_days=14).bucket == Bucket.OUT


# ---------- what needs no call ----------


@pytest.mark.parametrize(
    "said",
    [{"id_number": NUMBER}, {"phones": ("13807392076",)}, {"id_number": NUMBER.lower(), "name": "易国墙"}],
    ids=str,
)
def test_the_second_of_two_rows_points_to_the_first(said):
    first, second = judged(
        [told(row(2, **said), NOBODY, address=HERE), told(row(9, **said), NOBODY, address=HERE)],
        Known(today=TODAY),
    )
    assert first.bucket == Bucket.OUT
    assert (second.bucket, second.same_as) == (Bucket.DOUBLED, ("名单", 2))


def test_the_first_of_two_rows_may_have_come_in_an_earlier_part():
    judge, known = Judge(), Known(today=TODAY)
    list(judge([told(row(2, id_number=NUMBER), NOBODY, address=HERE)], known))
    ((_seen, second),) = judge([told(row(9, id_number=NUMBER), NOBODY, address=HERE)], known)
    assert (second.bucket, second.same_as) == (Bucket.DOUBLED, ("名单", 2))


def test_one_person_under_two_names_is_one():
    seen = [told(row(2), meant(), HERE), told(row(3, name="易志远"), meant(), HERE)]
    assert buckets(*seen) == [Bucket.OUT, Bucket.DOUBLED]


def test_what_another_list_of_tonight_has_is_not_called_twice():
    said = row(id_number=NUMBER)
    assert (
        one(told(said, NOBODY), tonight={("id", NUMBER): [Elsewhere("高铁名单", 5)]}).bucket == Bucket.DOUBLED
    )
    assert (
        one(told(row(), meant(), HERE), tonight_people={7: Elsewhere("高铁名单", 5)}).bucket == Bucket.DOUBLED
    )


def test_who_was_checked_is_watched_or_is_past_the_period_is_answered_in_that_order():
    past = row(came_on=TODAY - dt.timedelta(days=15))
    assert one(told(past, meant(), HERE), period_days=14, **ANSWERED, **WATCHED).bucket == Bucket.CHECKED
    assert one(told(past, meant(), HERE), period_days=14, **WATCHED).bucket == Bucket.PAST_PERIOD
    assert one(told(row(), meant(), HERE), period_days=14, **WATCHED).bucket == Bucket.WATCHED
    assert one(told(past, meant(Verdict.PROBABLY), HERE), period_days=14).bucket == Bucket.PAST_PERIOD


def test_who_moved_away_or_lives_in_another_county_is_not_ours():
    assert one(told(row(), meant(is_current=False))).bucket == Bucket.NOT_OURS
    found = one(told(row(address="洞口县黄桥镇"), NOBODY, address=ABROAD))
    assert (found.bucket, found.proposed, found.town) == (Bucket.NOT_OURS, "洞口县", "")


# ---------- where the rest goes ----------


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        ({"register": HERE, "address": THERE, "sender": THERE}, ("430581107221", "register")),
        ({"address": THERE, "sender": HERE}, ("430581107222", "address")),
        ({"sender": HERE}, ("430581107221", "sender")),
        ({"address": Seat("430581107"), "sender": HERE}, ("430581107221", "sender")),
        ({"address": Seat("430581107"), "sender": Seat("430581002", "430581002001")}, ("", "address")),
    ],
    ids=str,
)
def test_the_register_comes_before_the_address_and_that_before_the_sender(seats, expected):
    found = one(told(row(), NOBODY, **seats))
    assert (found.bucket, (found.village, found.by)) == (Bucket.OUT, expected)


def test_what_nobody_can_place_goes_to_the_county_desk():
    assert one(told(row(), NOBODY)).bucket == Bucket.UNROUTABLE


def test_where_a_number_was_bought_answers_for_nobody_but_tells_the_desk_where_to_ask():
    found = one(told(row(phone_origin="湖南长沙"), NOBODY, phone=Seat(elsewhere="湖南长沙")))
    assert (found.bucket, found.proposed) == (Bucket.UNROUTABLE, "")
    assert "号码归属地是湖南长沙" in words_of(found.reasons)
    placed = one(told(row(phone_origin="湖南长沙"), NOBODY, address=HERE, phone=Seat(elsewhere="湖南长沙")))
    assert (placed.bucket, placed.village) == (Bucket.OUT, HERE.village)


# ---------- what holds for all ----------

seats = st.sampled_from([Seat(), HERE, THERE, ABROAD, Seat("430581107")])
seens = st.builds(
    told,
    st.builds(
        ListRow,
        st.just("名单"),
        st.integers(2, 9),
        name=st.sampled_from(["", "易国强", "唐桂花"]),
        id_number=st.sampled_from(["", NUMBER, OTHER, NUMBER[:10]]),
        phones=st.sampled_from([(), ("13807392076",)]),
        came_on=st.none() | st.dates(dt.date(2026, 7, 1), TODAY),
    ),
    st.builds(meant, st.sampled_from(list(Verdict)), st.sampled_from([7, 8]), is_current=st.booleans()),
    seats,
    seats,
    seats,
)


@given(st.lists(seens, max_size=12), st.booleans())
def test_every_row_is_in_one_bucket_and_nothing_probable_is_answered_for_the_person(rows, has_facts):
    facts = Known(today=TODAY, period_days=14, **(ANSWERED | WATCHED if has_facts else {}))
    found = judged(rows, facts)
    assert sum(counted(found).values()) == len(rows)
    for seen, triage in zip(rows, found, strict=True):
        if seen.match.verdict == Verdict.PROBABLY:
            assert triage.bucket not in (Bucket.CHECKED, Bucket.WATCHED, Bucket.NOT_OURS)
        if triage.bucket == Bucket.OUT:
            assert triage.town
        if triage.bucket in NEEDS_NO_CALL or triage.bucket == Bucket.UNROUTABLE:
            assert triage.reasons
        assert seen.row.name == "" or seen.row.name not in words_of(triage.reasons)


@given(st.lists(seens, max_size=12))
def test_nobody_who_says_another_id_rests_on_a_row(rows):
    rows = [seen._replace(row=replace(seen.row, row=n)) for n, seen in enumerate(rows)]
    for said in people_of(rows, judged(rows, Known(today=TODAY))):
        ids = {seen.id_token for seen in rows if seen.row in said}
        assert len(ids - {b""}) <= 1
