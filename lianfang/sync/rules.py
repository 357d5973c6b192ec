"""What becomes of what a phone sends: when it happened, what is missing, what counts, what a backup holds.
Pure: no clock, no database. The server files by these rules, and the simulator of tests/faults runs on the same.

A phone's operations are numbered (`seq`) from 1 without holes, one installation one series. Each carries the phone's
own time, the number of the run of its clock (`clock`: counted up when the app starts and whenever the wall clock jumps
against the monotonic one) and, if it had learnt it in that run, how far that clock is from the server's (`offset_ms`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# What is the same for every path into the house lives in intake; it is named here for whoever reads about sync.
from lianfang.intake.differing import Difference, Said, differences, had_seen, is_same, newest, taken

__all__ = [
    "Bounds",
    "Contact",
    "Difference",
    "Moment",
    "Said",
    "Stamp",
    "Window",
    "as_ranges",
    "differences",
    "fate",
    "had_seen",
    "has_ended",
    "is_same",
    "missing_seq",
    "newest",
    "presumed_time",
    "run_offsets",
    "safe_through",
    "taken",
    "true_time",
    "true_times",
]

CONTRACT = 1
DOUBT = dt.timedelta(minutes=2)  # moved by more than this without a known offset, a time is marked
# Longer than any push may take: what was received this long before a backup began is surely in it.
BACKUP_MARGIN = dt.timedelta(minutes=10)
FIRST_SEQ = 1
EARLIEST, LATEST = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)


# ---------- when it happened ----------


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a phone says of when it made an operation."""

    seq: int
    happened_at: dt.datetime  # the phone's clock
    clock: int
    offset_ms: int | None = None  # server time − phone time, if learnt in that run of the clock


@dataclass(frozen=True, slots=True)
class Contact:
    """One push: when the phone says it sent it, in which run of its clock, and when it came. An envelope that was
    handed over lay for days in between, so its `sent_at` tells no offset: `is_direct` is False then. `offset_ms`: what
    the phone had learnt of its clock in that run."""

    clock: int
    sent_at: dt.datetime  # the phone's clock
    received_at: dt.datetime  # ours
    is_direct: bool = True
    offset_ms: int | None = None

    @property
    def offset(self) -> dt.timedelta | None:
        """What the phone had learnt. How long the push was on its way is in the difference of the two times, so that
        alone proves nothing of other runs: three minutes in a bad network hide a clock that is three minutes ahead."""
        learnt = self.is_direct and self.offset_ms is not None
        return dt.timedelta(milliseconds=self.offset_ms or 0) if learnt else None


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, by the server's clock. `offset`: how far the phone's clock is known to have been from
    ours then; None: nobody knows. `is_uncertain`: it may be wrong by more than two minutes, and the receipt says so;
    outside of `earliest` and `latest` it cannot
    have happened."""

    at: dt.datetime
    offset: dt.timedelta | None = None
    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None
    is_uncertain: bool = False

    @property
    def not_before(self) -> dt.datetime | None:
        return self.earliest if self.is_uncertain else self.at

    @property
    def not_after(self) -> dt.datetime | None:
        return self.latest if self.is_uncertain else self.at


@dataclass(frozen=True, slots=True)
class Window:
    """What contacts show of one number: it was not given before the last at which the phone told a lower one, and not
    after the first at which it told this or a higher one."""

    told_lower_at: dt.datetime | None = None
    told_at: dt.datetime | None = None

    @property
    def not_before(self) -> dt.datetime | None:
        """A contact may have been on its way while the next number was given."""
        return self.told_lower_at and self.told_lower_at - DOUBT


ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which moments an operation of unknown time was made, by its number in the series, and how far the
    phone's clock was from ours the last time before and the first time after it that this was known.

    `after` and `before` are where its neighbours are put, `earliest` and `latest` what is sure: a neighbour whose own
    time is in doubt keeps the order but proves nothing."""

    after: dt.datetime | None
    before: dt.datetime
    earliest: dt.datetime | None
    latest: dt.datetime
    offset_before: dt.timedelta | None = None
    offset_after: dt.timedelta | None = None


def run_offsets(stamps: Iterable[Stamp], contact: Contact) -> dict[int, dt.timedelta]:
    """How far the phone's clock was from ours, by run: what the phone had learnt itself, else what this push shows of
    the run it was sent in."""
    found: dict[int, dt.timedelta] = {}
    for stamp in stamps:
        if stamp.offset_ms is not None:
            found[stamp.clock] = dt.timedelta(milliseconds=stamp.offset_ms)
    if contact.is_direct:
        learnt = contact.offset
        found.setdefault(contact.clock, contact.received_at - contact.sent_at if learnt is None else learnt)
    return found


def true_time(
    happened_at: dt.datetime,
    offset: dt.timedelta,
    *,
    received_at: dt.datetime,
    enrolled_at: dt.datetime | None = None,
) -> Moment:
    """When one operation happened, made in a run of the phone's clock whose offset is known. Never later than it came,
    never before the phone was taken into use."""
    said = _shifted(happened_at, offset)
    at = min(max(said, enrolled_at or said), received_at)
    if abs(at - said) > DOUBT:
        return Moment(at, offset, enrolled_at, received_at, is_uncertain=True)
    return Moment(at, offset)


def presumed_time(happened_at: dt.datetime, bounds: Bounds) -> Moment:
    """When one operation happened whose clock's run was never in contact. Where the clock stood the same before and
    after that run it is taken to have stood so in between. The order of what was made is kept in any case."""
    sides = (bounds.offset_before, bounds.offset_after)
    agrees = None not in sides and abs(sides[0] - sides[1]) <= DOUBT  # type: ignore[operator]
    offset = next((side for side in reversed(sides) if side is not None), dt.timedelta())
    said = _shifted(happened_at, offset)
    at = min(max(said, bounds.after or said), bounds.before)
    is_pinned = bounds.earliest is not None and bounds.latest - bounds.earliest <= DOUBT
    if not is_pinned and (not agrees or abs(at - said) > DOUBT):
        return Moment(at, None, bounds.earliest, bounds.latest, is_uncertain=True)
    return Moment(at)


def true_times(
    stamps: Sequence[Stamp],
    contact: Contact,
    *,
    stored: Mapping[int, Moment] | None = None,
    enrolled_at: dt.datetime | None = None,
    has_ended: bool = False,
    windows: Mapping[int, Window] | None = None,
) -> dict[int, Moment]:
    """When the operations of one push happened, by seq. `stored`: what was found of operations of the same device that
    came before; of those, the nearest on either side, the nearest with an offset on either side, and the nearest before
    whose time is in no doubt, are enough. `has_ended`: the device does not count any more. `windows`: by seq, what contacts show.

    First those whose offset is known, whatever they say of each other, unless the device has ended; then, in order,
    those that must fit between.
    """
    offsets, windows = run_offsets(stamps, contact), windows or {}
    moments: dict[int, Moment] = dict(stored or {})
    found: dict[int, Moment] = {}
    for stamp in stamps:
        own = stamp.offset_ms
        offset = offsets.get(stamp.clock) if own is None else dt.timedelta(milliseconds=own)
        if offset is not None:
            found[stamp.seq] = true_time(
                stamp.happened_at, offset, received_at=contact.received_at, enrolled_at=enrolled_at
            )
    if has_ended:
        found = _kept_in_order(
            moments, found, windows, contact.received_at
        )  # else the next are fitted between lies
    moments |= found
    for stamp in sorted(stamps, key=lambda each: each.seq):
        if stamp.seq not in found:
            window = windows.get(stamp.seq, ALWAYS)
            bounds = _bounds(stamp.seq, moments, contact, window, enrolled_at)
            moments[stamp.seq] = found[stamp.seq] = presumed_time(stamp.happened_at, bounds)
    return _kept_in_order(stored or {}, found, windows, contact.received_at) if has_ended else found


def _kept_in_order(
    stored: Mapping[int, Moment],
    found: Mapping[int, Moment],
    windows: Mapping[int, Window],
    received_at: dt.datetime,
) -> dict[int, Moment]:
    """Of a phone that has ended: it says itself how its clock stands, and whoever holds it may say any time before the
    end. But numbers are given in order: what is dated before something with a lower number whose time is in no doubt,
    or before a contact at which it did not have that number yet, was made after that, and nobody knows when."""
    sure: dt.datetime | None = None
    kept = dict(found)
    for seq in sorted({*stored, *found}):
        moment = kept[seq] if seq in kept else stored[seq]
        floors = (sure, windows.get(seq, ALWAYS).not_before)
        floor = max((each for each in floors if each is not None), default=None)
        if seq in kept and floor is not None and moment.at < floor - DOUBT:
            moment = kept[seq] = Moment(floor, moment.offset, floor, received_at, is_uncertain=True)
        if not moment.is_uncertain:
            sure = moment.at
    return kept


def _bounds(
    seq: int,
    moments: Mapping[int, Moment],
    contact: Contact,
    window: Window,
    enrolled_at: dt.datetime | None,
) -> Bounds:
    earlier = [moments[each] for each in sorted(moments) if each < seq]
    later = [moments[each] for each in sorted(moments) if each > seq]
    first = [each for each in (enrolled_at, window.not_before) if each]
    ends = [contact.received_at, *([window.told_at] if window.told_at else [])]
    low = [*first, *(moment.at for moment in earlier[-1:])]
    sure = [*first, *(moment.not_before for moment in earlier[-1:] if moment.not_before)]
    before = min([*ends, *(moment.at for moment in later[:1])])
    return Bounds(
        after=min(max(low), before) if low else None,
        before=before,
        earliest=max(sure) if sure else None,
        latest=min([*ends, *(moment.not_after for moment in later[:1] if moment.not_after)]),
        offset_before=next(
            (moment.offset for moment in reversed(earlier) if moment.offset is not None), None
        ),
        offset_after=next((moment.offset for moment in later if moment.offset is not None), contact.offset),
    )


def _shifted(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """A phone may say any number; a moment beyond the calendar is its end."""
    try:
        return moment + by
    except OverflowError:
        return LATEST if by > dt.timedelta() else EARLIEST


# ---------- what is missing ----------


def as_ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as runs without holes: 1, 2, 3, 7 → (1, 3), (7, 7)."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def missing_seq(present: Iterable[tuple[int, int]], last_seq: int = 0) -> list[tuple[int, int]]:
    """The holes in a phone's series: from 1 to the highest number that came, or to `last_seq` if that is given and
    higher. `present`: runs of numbers that are stored, in any order, overlapping or not. What is above the highest
    that came is not missing but on its way: leave `last_seq` out for the answer to a push."""
    holes = []
    expected = FIRST_SEQ
    for first, last in sorted(present):
        if first > expected:
            holes.append((expected, first - 1))
        expected = max(expected, last + 1)
    if last_seq >= expected:
        holes.append((expected, last_seq))
    return holes


# ---------- what counts ----------


@dataclass(frozen=True, slots=True)
class Standing:
    """Until when a device counts. `revoked_at`: somebody took its rights, or it said that it has forgotten all;
    `works_until`: the shift's end."""

    revoked_at: dt.datetime | None = None
    works_until: dt.datetime | None = None


def has_ended(standing: Standing, received_at: dt.datetime) -> bool:
    ends = (standing.revoked_at, standing.works_until)
    return any(end is not None and end <= received_at for end in ends)


def fate(moment: Moment, standing: Standing, received_at: dt.datetime) -> str:
    """What an operation of this device becomes: "" to be filed as any other, else the code under which it is
    quarantined. It is stored in either case.

    What happened before the end was work and counts; from the end on a person looks. So do they at what may have
    happened after it: a phone that was lost may say any time.
    """
    for end, code in (
        (standing.revoked_at, "sync.after_revocation"),
        (standing.works_until, "sync.after_shift"),
    ):
        if end is None or end > received_at:
            continue
        if moment.at >= end or (moment.is_uncertain and (moment.latest or received_at) >= end):
            return code
    return ""


# ---------- what a backup holds ----------


def safe_through(backup_began_at: dt.datetime | None) -> dt.datetime | None:
    """What the server tells as `backed_up_through`. A push that was being written when the backup began may be
    missing from it, so the margin is taken off here, and phones compare plainly."""
    return backup_began_at - BACKUP_MARGIN if backup_began_at else None
