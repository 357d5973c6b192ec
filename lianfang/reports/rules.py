"""The arithmetic of an evening: ledgers that must balance, the recheck sample, how to go to a door again. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

from lianfang.core.desk_format import Ledger, LedgerPart

STATES = ("done", "exempt", "not_met", "open")

# Lot quality assurance sampling. 19 doors is the smallest sample that tells a good lot from a bad one with both
# errors under ten per cent (Valadez 1991, used by WHO and UNICEF since). Here a lot in which 95 of 100 records
# are right is sent back 7 times in 100; one in which only 70 are right gets through 5 times in 100.
SAMPLE_SIZE = 19
GOOD_LOT_ERRORS = 0.05
MOST_GOOD_REFUSED = 0.10


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that the kept counters and the named list do not agree on."""

    village_path: str
    state: str  # one of STATES, or found_due, found_done
    kept: int
    named: int


@dataclass(frozen=True, slots=True)
class Book:
    """One ledger of the evening. `ledger` None: nobody reported it, which is not zero."""

    key: str
    ledger: Ledger | None
    differences: tuple[Difference, ...] = ()
    lost_count: int = 0  # tasks whose target is gone

    @property
    def is_balanced(self) -> bool:
        return self.ledger is not None and self.gap_count == 0

    @property
    def gap_count(self) -> int:
        """How many households or people have no place, or one too many."""
        gap = self.ledger.gap_size if self.ledger else 0
        return max(gap, misplaced_count(self.differences) + self.lost_count)


def misplaced_count(differences: Sequence[Difference]) -> int:
    """One household counted as done instead of open is one household, not two."""
    by_village: dict[str, list[int]] = {}
    for found in differences:
        by_village.setdefault(found.village_path, []).append(found.named - found.kept)
    return sum(
        max(sum(d for d in gaps if d > 0), -sum(d for d in gaps if d < 0)) for gaps in by_village.values()
    )


def stock_ledger(
    words: Mapping[str, str], *, opening: int, new: int, released: int, transferred: int, closing: int
) -> Ledger:
    """opening + new − released − transferred = closing, written as a sum so that it can be checked by eye:
    all that came = released + transferred + what is still there. `words`: total, released, transferred, closing."""
    return Ledger(
        LedgerPart("total", words["total"], opening + new),
        (
            LedgerPart("released", words["released"], released),
            LedgerPart("transferred", words["transferred"], transferred),
            LedgerPart("closing", words["closing"], closing),
        ),
    )


@lru_cache(maxsize=64)
def most_errors(sample_size: int) -> int:
    """How many records of a sample may differ before the lot is done again: a good lot is refused one time in ten
    at most. 19 → 2, so that the third error sends it back."""
    passed = 0.0
    for errors in range(sample_size + 1):
        passed += _chance(sample_size, errors, GOOD_LOT_ERRORS)
        if passed >= 1 - MOST_GOOD_REFUSED:
            return errors
    return sample_size


def chance_to_pass(sample_size: int, share_wrong: float) -> float:
    """How often a lot with this share of wrong records is accepted."""
    return sum(_chance(sample_size, errors, share_wrong) for errors in range(most_errors(sample_size) + 1))


def _chance(sample_size: int, errors: int, share_wrong: float) -> float:
    return comb(sample_size, errors) * share_wrong**errors * (1 - share_wrong) ** (sample_size - errors)


def lot_verdict(sample_size: int, agreeing: int, differing: int) -> str:
    """`redo` as soon as too many differ, `passed` as soon as too few are left to change that, else `open`."""
    if not sample_size:
        return "none"
    allowed = most_errors(sample_size)
    if differing > allowed:
        return "redo"
    left = sample_size - agreeing - differing
    return "passed" if differing + left <= allowed else "open"


# ---------- how to go ----------

MORNING, NOON, AFTERNOON, EVENING = "morning", "noon", "afternoon", "evening"
BANDS = (MORNING, NOON, AFTERNOON, EVENING)
MANY = 3  # doors of three that make a rule for an area: a third


@dataclass(frozen=True, slots=True)
class Tries:
    """What is known of the doors of an area that are still owed."""

    open_count: int = 0  # nobody has been there
    not_met_count: int = 0
    tried: Mapping[str, int] | None = None  # band → doors whose last try fell into it
    promised: Mapping[str, int] | None = None  # band → doors where somebody said when they are back
    partly_count: int = 0  # somebody was met, another was not


def band_of(hour: int) -> str:
    """Which part of the day, by the county's clock."""
    return MORNING if hour < 11 else NOON if hour < 14 else AFTERNOON if hour < 18 else EVENING


def ways(tries: Tries) -> tuple[str, ...]:
    """Codes of how to go, at most two, the one for those not met first.

    `promised_<band>`: many have said when they are back. `evening`: they were tried by day. `phone_early`: they were
    tried in the evening too, so before work by phone. `morning`: nobody has been there.
    """
    found: list[str] = []
    if tries.not_met_count:
        promised = tries.promised or {}
        best = max(BANDS, key=lambda band: promised.get(band, 0))
        if promised.get(best, 0) * MANY >= tries.not_met_count:
            found.append(f"promised_{best}")
        elif (tries.tried or {}).get(EVENING, 0) * 2 > tries.not_met_count:
            found.append("phone_early")
        else:
            found.append("evening")
    if tries.open_count and (not found or tries.open_count * MANY >= tries.not_met_count):
        found.append("morning")
    return tuple(found[:2])


# ---------- signing ----------

UNBALANCED, SILENT, NOT_LEAD, NOTHING, FUTURE, PAST, UNCHANGED = (
    "unbalanced",
    "silent",
    "not_lead",
    "nothing",
    "future",
    "past",
    "unchanged",
)
LATEST_DAYS = 1  # until the end of the next day; later what was not signed stays 未报


def obstacles(
    books: Sequence[Book],
    *,
    day: dt.date,
    today: dt.date,
    silent_count: int,
    is_lead: bool,
    is_signed: bool,
    has_changed: bool,
) -> list[str]:
    """Why an area cannot be signed now; empty when it can. `silent` alone is no wall: each can be named as 未报."""
    found = []
    if not books:
        found.append(NOTHING)
    if any(not book.is_balanced for book in books):
        found.append(UNBALANCED)
    if silent_count and not is_signed:
        found.append(SILENT)
    if is_signed and not has_changed:
        found.append(UNCHANGED)
    if not is_lead:
        found.append(NOT_LEAD)
    if day > today:
        found.append(FUTURE)
    if (today - day).days > LATEST_DAYS and not is_signed:
        found.append(PAST)
    return found


# ---------- paper ----------


def paginate(heights: Sequence[int], *, room: int, last_room: int) -> list[int]:
    """How many blocks of these heights stand on each sheet. The last sheet has less room: `last_room`. A block is
    never torn; one that is higher than a sheet has a sheet of its own."""
    pages: list[list[int]] = [[]]
    for height in heights:
        if pages[-1] and sum(pages[-1]) + height > room:
            pages.append([])
        pages[-1].append(height)
    counts = [len(page) for page in pages]
    if sum(pages[-1]) > last_room:
        if len(pages[-1]) > 1:  # the last door moves over with the lines for doors that are not on the list
            return [*counts[:-1], counts[-1] - 1, 1]
        return [*counts, 0]
    return counts
