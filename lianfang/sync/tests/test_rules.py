"""What becomes of what a phone sends, as rules on plain values."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.intake.differing import Said, differences, newest, taken
from lianfang.sync.rules import (
    BACKUP_MARGIN,
    Contact,
    Moment,
    Stamp,
    Standing,
    Window,
    as_ranges,
    fate,
    missing_seq,
    safe_through,
    true_times,
)

SIX = dt.datetime(2026, 8, 7, 18, tzinfo=dt.UTC)
DAY = 24 * 3_600_000  # milliseconds
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
ENROLLED = SIX - 10 * 24 * HOUR


def at(hours: float) -> dt.datetime:
    return SIX + hours * HOUR


def of(seq: int, hours: float, clock: int = 1, offset_ms: int | None = None) -> Stamp:
    return Stamp(seq, at(hours), clock, offset_ms)


def told(
    *stamps: Stamp,
    sent: float = 0,
    clock: int = 1,
    stored=None,
    direct: bool = True,
    came=SIX,
    offset_ms=None,
    windows=None,
):
    contact = Contact(clock, at(sent), came, direct, offset_ms)
    return true_times(stamps, contact, stored=stored, enrolled_at=ENROLLED, windows=windows)


# ---------- when it happened ----------


def when(found):
    return {seq: moment.at for seq, moment in found.items()}


def test_a_clock_that_is_right_is_believed():
    found = told(of(1, -2), of(2, -1))
    assert when(found) == {1: at(-2), 2: at(-1)}
    assert not any(moment.is_uncertain for moment in found.values())


def test_a_clock_a_year_behind_is_put_right_by_the_push_of_the_same_run():
    year = 400 * 24
    found = told(of(1, -2 - year), sent=-year)
    assert when(found) == {1: at(-2)}
    assert not found[1].is_uncertain


def test_what_the_phone_had_learnt_goes_before_what_the_push_shows():
    assert when(told(of(1, 22, offset_ms=-DAY), sent=24.5)) == {1: at(-2)}


def test_an_operation_of_the_same_run_lends_its_offset():
    found = told(of(1, 21, clock=1), of(2, 22, clock=1, offset_ms=-DAY), of(3, -1, clock=2), clock=2)
    assert when(found) == {1: at(-3), 2: at(-2), 3: at(-1)}
    assert all(moment.offset is not None for moment in found.values())


def test_a_run_without_contact_is_taken_to_stand_as_before_and_after():
    before = {1: Moment(at(-5), offset=-3 * HOUR)}
    found = told(of(2, -1, clock=2), of(3, 2, clock=3), clock=3, sent=3, stored=before)
    assert found[2] == Moment(at(-4))


def test_a_run_without_contact_between_two_that_disagree_is_marked():
    before = {1: Moment(at(-5), offset=dt.timedelta())}
    found = told(of(2, 0, clock=2), of(3, 2, clock=3), clock=3, sent=3, stored=before)
    assert found[2] == Moment(at(-3), earliest=at(-5), latest=at(-1), is_uncertain=True)


def test_a_push_that_hung_in_the_network_hides_no_clock():
    """Found by the simulator: a clock three minutes ahead, and a push three minutes on its way."""
    before = {1: Moment(at(-5), offset=dt.timedelta())}
    ahead = of(2, -2 + 3 / 60, clock=2)
    sent = {"clock": 3, "sent": 0, "stored": before, "came": at(0) + 3 * MINUTE}
    assert told(ahead, **sent, offset_ms=-180_000)[2].is_uncertain
    assert told(ahead, **sent)[2].is_uncertain  # nothing learnt: the push alone proves nothing
    assert told(ahead, **sent, offset_ms=0)[2] == Moment(at(-2) + 3 * MINUTE)  # it stood as before


def test_a_clock_that_moved_and_moved_back_is_held_between_the_contacts_around():
    before = {1: Moment(at(-9), offset=dt.timedelta())}
    moved = of(2, -3, clock=2)  # as before and after the clock stood, this was at three o'clock
    sent = {"clock": 3, "stored": before, "offset_ms": 0}
    assert told(moved, **sent)[2] == Moment(at(-3))
    made_by_then = {2: Window(told_at=at(-6))}
    assert told(moved, **sent, windows=made_by_then)[2] == Moment(at(-6), None, at(-9), at(-6), True)
    not_made_yet = {2: Window(told_lower_at=at(-1))}
    assert told(moved, **sent, windows=not_made_yet)[2].at == at(-1) - 2 * MINUTE
    assert told(moved, **sent, windows={2: Window(at(-4), at(-2))})[2] == Moment(at(-3))


def test_an_ended_phone_dates_nothing_before_a_contact_at_which_it_was_not_made():
    window = {5: Window(told_lower_at=at(-2))}
    assert after_end(of(5, -3, offset_ms=0), windows=window)[5].is_uncertain
    assert not after_end(of(5, -2, offset_ms=0), windows=window)[5].is_uncertain


def test_an_envelope_that_lay_for_days_tells_no_offset():
    found = told(of(1, -72), sent=-72, direct=False)
    assert (found[1].at, found[1].offset, found[1].is_uncertain) == (at(-72), None, True)


def test_without_an_offset_the_order_is_kept_between_its_neighbours_and_said_so():
    found = told(
        of(2, -9000, clock=2), of(3, 900, clock=2), of(5, -1, clock=3), clock=3, stored={1: Moment(at(-5))}
    )
    assert when(found) == {2: at(-5), 3: at(-1), 5: at(-1)}
    assert [found[seq].is_uncertain for seq in (2, 3, 5)] == [True, True, False]


def test_neighbours_close_by_leave_no_doubt():
    before = {1: Moment(at(-1) - MINUTE)}
    found = told(of(2, -9000, clock=2), of(3, -1, clock=3), clock=3, stored=before)
    assert found[2] == Moment(at(-1) - MINUTE)


def test_nothing_happened_before_the_phone_was_taken_into_use():
    assert told(of(1, -9000, clock=2), clock=3)[1].at == ENROLLED
    assert told(of(1, -9000, offset_ms=0))[1] == Moment(
        ENROLLED, dt.timedelta(), ENROLLED, SIX, is_uncertain=True
    )


def test_a_neighbour_in_doubt_keeps_the_order_and_proves_nothing():
    """Found by the simulator: two operations three hours ahead, both put at the moment they came, seemed to pin each
    other."""
    found = told(of(1, 2, clock=1), of(2, 2, clock=1), clock=2)
    assert [found[seq].is_uncertain for seq in (1, 2)] == [True, True]


moments = st.integers(-1_000_000, 1_000_000).map(lambda minutes: SIX + minutes * MINUTE)
stamps = st.lists(
    st.builds(
        Stamp,
        st.integers(1, 30),
        moments,
        st.integers(1, 4),
        st.none() | st.integers(-(10**12), 10**12),
    ),
    max_size=12,
    unique_by=lambda stamp: stamp.seq,
)


windows = st.dictionaries(
    st.integers(1, 30), st.builds(Window, st.none() | moments, st.none() | moments), max_size=5
)


@given(
    st.booleans(), stamps, st.integers(1, 4), moments, st.dictionaries(st.integers(1, 30), moments), windows
)
def test_whatever_a_phone_says_nothing_happened_after_it_came(
    over, given_stamps, clock, sent_at, stored, told
):
    before = {seq: Moment(min(moment, SIX)) for seq, moment in stored.items()}
    between = {
        seq: Window(window.told_lower_at and min(window.told_lower_at, SIX), window.told_at)
        for seq, window in told.items()
    }
    found = true_times(
        given_stamps,
        Contact(clock, sent_at, SIX),
        stored=before,
        enrolled_at=ENROLLED,
        has_ended=over,
        windows=between,
    )
    assert set(found) == {stamp.seq for stamp in given_stamps}
    assert all(moment.at <= SIX for moment in found.values())


@given(stamps, st.integers(1, 4), moments)
def test_whatever_a_phone_says_unknown_times_keep_the_order_of_what_was_made(given_stamps, clock, sent_at):
    found = true_times(given_stamps, Contact(clock, sent_at, SIX), enrolled_at=ENROLLED)
    unknown = [moment.at for _, moment in sorted(found.items()) if moment.offset is None]
    known = [moment.at for moment in found.values() if moment.offset is not None]
    if not known:
        assert unknown == sorted(unknown)


@given(stamps, st.randoms())
def test_the_order_in_a_batch_changes_no_time(given_stamps, random):
    shuffled = random.sample(given_stamps, len(given_stamps))
    contact = Contact(1, SIX, SIX)
    by_run = {stamp.clock: stamp.offset_ms for stamp in given_stamps if stamp.offset_ms is not None}
    if len({(s.clock, s.offset_ms) for s in given_stamps if s.offset_ms is not None}) == len(by_run):
        assert true_times(shuffled, contact) == true_times(given_stamps, contact)


def after_end(*stamps: Stamp, stored=None, windows=None):
    contact = Contact(1, SIX, SIX, offset_ms=0)
    return true_times(stamps, contact, stored=stored, enrolled_at=ENROLLED, has_ended=True, windows=windows)


def test_an_ended_phone_dates_nothing_before_what_is_stored_of_it():
    stored = {4: Moment(at(-2), dt.timedelta())}
    lie = of(5, -3, offset_ms=0)
    assert after_end(lie, stored=stored)[5] == Moment(at(-2), dt.timedelta(), at(-2), SIX, is_uncertain=True)
    assert fate(after_end(lie, stored=stored)[5], Standing(revoked_at=at(-1)), SIX) == "sync.after_revocation"
    assert told(lie, stored=stored)[5] == Moment(at(-3), dt.timedelta())  # while it is in use it is believed


def test_one_lie_of_an_ended_phone_covers_no_other():
    stored = {4: Moment(at(-2), dt.timedelta())}
    found = after_end(of(5, -4, offset_ms=0), of(6, -3, offset_ms=0), stored=stored)
    assert [found[seq].is_uncertain for seq in (5, 6)] == [True, True]
    # Nor does what comes without an offset, and must fit between.
    found = after_end(of(5, -3, clock=9), of(6, -3, offset_ms=0), stored=stored)
    assert found[5].at >= at(-2)


minutes = st.integers(0, 8 * 60)


@given(
    st.lists(minutes, min_size=1, max_size=12),
    st.lists(st.integers(-59, 59), min_size=12, max_size=12),
    st.data(),
)
def test_an_honest_phone_that_has_ended_is_believed(passed, wrong, data):
    """Its clock stands wrong by any number in every run, and what it learns of that is wrong by up to a minute."""
    times = [SIX - 9 * HOUR + minute * MINUTE for minute in sorted(passed)]
    stamps, truth = [], {}
    for seq, (moment, seconds) in enumerate(zip(times, wrong, strict=False), 1):
        ms = data.draw(st.integers(-(10**11), 10**11))
        said = moment - dt.timedelta(milliseconds=ms) + dt.timedelta(seconds=seconds)
        stamps.append(Stamp(seq, said, seq, ms))
        truth[seq] = moment
    came = data.draw(st.sets(st.sampled_from(sorted(truth))))
    stored = {seq: Moment(truth[seq], dt.timedelta()) for seq in came}
    found = after_end(*(stamp for stamp in stamps if stamp.seq not in came), stored=stored)
    assert not any(moment.is_uncertain for moment in found.values())


@given(stamps, st.dictionaries(st.integers(1, 30), moments, max_size=5))
def test_what_an_ended_phone_says_in_no_doubt_keeps_the_order_of_its_numbers(given_stamps, stored):
    before = {seq: Moment(min(moment, SIX), dt.timedelta()) for seq, moment in stored.items()}
    fresh = [stamp for stamp in given_stamps if stamp.seq not in before]
    found = after_end(*fresh, stored=before)
    lower = None
    for seq in sorted(before | found):
        moment = found[seq] if seq in found else before[seq]
        if seq in found and not moment.is_uncertain and lower is not None:
            assert moment.at >= lower - 2 * MINUTE
        if not moment.is_uncertain:
            lower = moment.at


# ---------- what is missing ----------


@given(st.sets(st.integers(1, 40)), st.integers(0, 45))
def test_what_is_missing_and_what_is_there_make_the_whole(present, last):
    holes = missing_seq(as_ranges(present), last)
    missing = {number for first, end in holes for number in range(first, end + 1)}
    assert missing | present == set(range(1, max([last, *present]) + 1))
    assert not missing & present


def test_what_is_still_on_its_way_is_not_missing():
    assert missing_seq([(1, 3), (6, 6), (2, 4)]) == [(5, 5)]
    assert missing_seq([]) == []


# ---------- what counts ----------

LATER = at(5)


def test_a_phone_that_is_in_use_files():
    assert fate(Moment(at(0)), Standing(), LATER) == ""
    assert fate(Moment(at(0), is_uncertain=True), Standing(works_until=at(8)), LATER) == ""


def test_what_was_done_before_the_end_counts_however_late_it_comes():
    assert fate(Moment(at(-1)), Standing(revoked_at=at(0)), LATER) == ""


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (Standing(revoked_at=at(0)), "sync.after_revocation"),
        (Standing(works_until=at(0)), "sync.after_shift"),
    ],
)
def test_what_was_done_from_the_end_on_waits_for_a_person(standing, code):
    assert fate(Moment(at(0)), standing, LATER) == code
    assert fate(Moment(at(-1), latest=at(1), is_uncertain=True), standing, LATER) == code
    assert fate(Moment(at(-2), latest=at(-1), is_uncertain=True), standing, LATER) == ""


# ---------- what a backup holds ----------


def test_a_push_that_was_being_written_when_the_backup_began_is_not_taken_as_saved():
    assert safe_through(SIX) == SIX - BACKUP_MARGIN
    assert safe_through(None) is None


# ---------- what two people told ----------

ID = [uuid.UUID(int=number) for number in range(9)]


def said(value, by=1, hours=0.0, record=1, version=0, question="fever", person=7) -> Said:
    return Said(person, question, value, at(hours), by, ID[record], version)


def standing(*those: Said):
    return {(one.person, one.question): one for one in those}


def test_two_who_did_not_know_of_each_other_are_asked_about():
    found = differences([said(True)], standing(said(False, by=2, record=2, version=9)), base_version=8)
    assert [(one.mine.value, one.other.value) for one in found] == [(True, False)]


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        (said(True), said(False, by=2, record=2, version=8)),  # it had been seen
        (said(True), said(True, by=2, record=2, version=9)),  # the same
        (said(True), said(False, by=1, record=2, version=9)),  # one's own
        (said(["a", "b"]), said(["b", "a"], by=2, record=2, version=9)),
        (said("13"), said("13 ", by=2, record=2, version=9)),
        (
            said("seen", question="presence"),
            said("answered_for", by=2, record=2, version=9, question="presence"),
        ),
        (said("seen", question="presence"), said("refused", by=2, record=2, version=9, question="presence")),
    ],
)
def test_nobody_is_asked_about(mine, other):
    assert not differences([mine], standing(other), base_version=8)


def test_true_is_not_the_number_one():
    assert differences([said(True)], standing(said(1, by=2, record=2, version=9)), base_version=8)


def test_who_was_away_was_not_seen():
    other = said("away", by=2, record=2, version=9, question="presence")
    assert differences([said("seen", question="presence")], standing(other), base_version=8)


def test_a_desk_that_sees_everything_differs_with_nobody():
    assert not differences([said(True)], standing(said(False, by=2, record=2, version=9)), base_version=None)


def test_different_fields_merge_and_the_newest_of_one_stands():
    phone, name = said("139", question="phone"), said("李", question="name", hours=-2)
    others = standing(said("王", by=2, record=2, version=9, question="name", hours=-1))
    assert taken([phone, name], others) == [phone]
    assert [one.mine for one in differences([phone, name], others, base_version=1)] == [name]


@given(st.permutations([said("a", hours=1, record=1), said("b", hours=1, record=2), said("c", record=3)]))
def test_which_of_them_stands_depends_on_no_order(order):
    stands = order[0]
    for one in order[1:]:
        stands = newest(stands, one)
    assert stands.value == "b"
