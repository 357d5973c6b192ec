"""The arithmetic of an evening, without a database."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.core.desk_format import Ledger, LedgerPart
from lianfang.reports import rules
from lianfang.reports.rules import Book, Difference, Tries

WORDS = {"total": "累计纳入", "released": "已解除", "transferred": "转出", "closing": "在管"}


def ledger(total: int, *parts: int) -> Ledger:
    return Ledger(LedgerPart("total", "", total), tuple(LedgerPart(str(n), "", n) for n in parts))


def test_the_five_of_huochezhan_are_seen():
    """49 were watched, 29 released, nobody handed over, 15 still watched: five are in neither number."""
    found = rules.stock_ledger(WORDS, opening=0, new=49, released=29, transferred=0, closing=15)
    book = Book("watch", found)
    assert not book.is_balanced
    assert book.gap_count == 5


def test_a_stock_balances_when_all_that_came_is_somewhere():
    found = rules.stock_ledger(WORDS, opening=20, new=29, released=29, transferred=5, closing=15)
    assert Book("watch", found).is_balanced


def test_silence_does_not_balance():
    assert not Book("samples", None).is_balanced


def test_a_household_in_the_wrong_place_is_one_household():
    shifted = (Difference("v.", "done", 3, 2), Difference("v.", "open", 0, 1))
    book = Book("list", ledger(6, 3, 1, 2, 0), shifted)
    assert (book.is_balanced, book.gap_count) == (False, 1)


def test_gaps_of_two_villages_do_not_cancel():
    one_more, one_less = Difference("a.", "done", 3, 2), Difference("b.", "done", 1, 2)
    assert rules.misplaced_count((one_more, one_less)) == 2


# ---------- the second look ----------


def test_nineteen_doors_and_the_third_error_sends_the_lot_back():
    assert rules.most_errors(rules.SAMPLE_SIZE) == 2
    assert rules.lot_verdict(19, 16, 2) == "open"
    assert rules.lot_verdict(19, 8, 3) == "redo"
    assert rules.lot_verdict(19, 17, 2) == "passed"


def test_the_risks_are_as_written():
    assert 1 - rules.chance_to_pass(19, 0.05) == pytest.approx(0.067, abs=0.001)
    assert rules.chance_to_pass(19, 0.30) == pytest.approx(0.046, abs=0.001)


@given(size=st.integers(1, 19))
def test_a_good_lot_is_refused_one_time_in_ten_at_most(size):
    assert rules.chance_to_pass(size, rules.GOOD_LOT_ERRORS) >= 1 - rules.MOST_GOOD_REFUSED


@given(size=st.integers(1, 19), agreeing=st.integers(0, 19), differing=st.integers(0, 19))
def test_a_verdict_never_turns_back(size, agreeing, differing):
    if agreeing + differing >= size:
        return
    now = rules.lot_verdict(size, agreeing, differing)
    later = {
        rules.lot_verdict(size, agreeing + 1, differing),
        rules.lot_verdict(size, agreeing, differing + 1),
    }
    assert now == "open" or later == {now}


def test_an_empty_lot_has_no_verdict():
    assert rules.lot_verdict(0, 0, 0) == "none"


# ---------- how to go ----------


@pytest.mark.parametrize(
    ("tries", "ways"),
    [
        (Tries(), ()),
        (Tries(open_count=5), ("morning",)),
        (Tries(not_met_count=5, tried={"morning": 5}), ("evening",)),
        (Tries(not_met_count=5, tried={"evening": 3, "noon": 2}), ("phone_early",)),
        (Tries(not_met_count=6, tried={"evening": 6}, promised={"noon": 2}), ("promised_noon",)),
        (Tries(open_count=9, not_met_count=3, tried={"noon": 3}), ("evening", "morning")),
        (Tries(open_count=1, not_met_count=9, tried={"noon": 9}), ("evening",)),
    ],
)
def test_how_to_go_follows_from_how_it_was_tried(tries, ways):
    assert rules.ways(tries) == ways


@pytest.mark.parametrize(("hour", "band"), [(7, "morning"), (11, "noon"), (14, "afternoon"), (18, "evening")])
def test_parts_of_the_day(hour, band):
    assert rules.band_of(hour) == band


# ---------- signing ----------


def obstacles(**more: object) -> list[str]:
    day = dt.date(2026, 8, 7)
    given = {
        "day": day,
        "today": day,
        "silent_count": 0,
        "is_lead": True,
        "is_signed": False,
        "has_changed": False,
        **more,
    }
    return rules.obstacles([Book("list", ledger(2, 2))], **given)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, []),
        ({"silent_count": 2}, ["silent"]),
        ({"is_lead": False}, ["not_lead"]),
        ({"is_signed": True}, ["unchanged"]),
        ({"is_signed": True, "has_changed": True}, []),
        ({"today": dt.date(2026, 8, 8)}, []),
        ({"today": dt.date(2026, 8, 9)}, ["past"]),
        ({"today": dt.date(2026, 8, 6)}, ["future"]),
    ],
)
def test_what_stands_in_the_way_of_a_signature(more, said):
    assert obstacles(**more) == said


# ---------- paper ----------


@given(heights=st.lists(st.integers(30, 900), min_size=1, max_size=40))
def test_every_door_is_on_one_sheet_and_none_is_torn(heights):
    counts = rules.paginate(heights, room=800, last_room=600)
    assert sum(counts) == len(heights)
    at = 0
    for number, count in enumerate(counts):
        page, at = heights[at : at + count], at + count
        room = 600 if number == len(counts) - 1 else 800
        assert count <= 1 or sum(page) <= room
