"""What becomes of a row before anybody is called, and where the rest is to be checked. Pure.

First what the row itself tells (the same row again, its period over), then what rests on whom it means, and only where
that is sure: `same`. What is `probably` somebody waits for a person's decision, and nothing is answered on the strength
of it. A place is the register's, then the address's, then the sender's, and never a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lianfang.core.clock import local
from lianfang.register.likeness.characters import folded
from lianfang.register.likeness.numbers import cleaned_id, is_valid_id
from lianfang.verification.matching.places import Places
from lianfang.verification.persons import Key, People, Who
from lianfang.verification.reasons import Reason
from lianfang.verification.rows import Bucket, ListRow, Match, Triage, Verdict

_MEANT = (Verdict.SAME, Verdict.PROBABLY)
# Answers that speak of a number or of somebody else: they say nothing of the person when the next list comes.
NOT_OF_THE_PERSON = frozenset(
    {"", "in_progress", "wrong_phone", "namesake", "nobody", "dead_number", "ticket_refunded"}
)
WHOLE_PHONE = 7  # digits; a shorter one is a filler


class Seat(NamedTuple):
    """A place as codes; empty where it is not known. `elsewhere`: the county or what lies above it that is named
    instead of this one."""

    town: str = ""
    village: str = ""
    elsewhere: str = ""


_NOWHERE = Seat()


class Seats(NamedTuple):
    """Where each of those who might know says that a row belongs."""

    register: Seat = _NOWHERE  # of the one meant, or of all who may be meant
    address: Seat = _NOWHERE
    sender: Seat = _NOWHERE
    registered: Seat = _NOWHERE  # 户籍地
    phone: Seat = _NOWHERE  # 号码归属地


class Seen(NamedTuple):
    """One row with its `keys_of`, whom it means, and where it may belong."""

    row: ListRow
    match: Match
    keys: Sequence[Key]
    id_token: bytes  # b"" without a whole id
    seats: Seats = Seats()

    @property
    def who(self) -> Who:
        names = (self.row.name, *self.row.former_names) if self.row.name else self.row.former_names
        return Who(self.id_token, names, _sure(self.match))


@dataclass(frozen=True, slots=True)
class Earlier:
    """Somebody was checked before: what was answered, when, and how, as the end of a reason's code (`on_list` with the
    `number` of the list, `at_door`, `by_phone`, `on_record`)."""

    code: str
    at: dt.datetime
    how: str
    number: str = ""
    row_id: int = 0  # of that list
    said: Sequence[Who] = ()  # there, by that row and by those that rest on it


class Elsewhere(NamedTuple):
    """On another list that is still open: what to call it, the row, and what that row and those that rest on it say."""

    title: str
    row_id: int
    said: Sequence[Who] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a list is sorted. `earlier`: by person, no older than the county lets it count;
    `period_days`: after so many days the protocol asks nothing any more; `watched`: people under watch already;
    `tonight`: keys (`keys_of`) and people of other open lists → where they wait."""

    earlier: Mapping[int, Earlier] = field(default_factory=dict)
    period_days: int | None = None
    today: dt.date | None = None
    watched: Collection[int] = frozenset()
    earlier_keys: Mapping[Key, Sequence[Earlier]] = field(default_factory=dict)  # not in the register
    tonight: Mapping[Key, Sequence[Elsewhere]] = field(default_factory=dict)
    tonight_people: Mapping[int, Elsewhere] = field(default_factory=dict)


def keys_of(row: ListRow) -> list[Key]:
    """What makes two rows the same one: the whole id; name and phone. Never a name, nor a phone that a family
    shares."""
    number = cleaned_id(row.id_number)
    keys: list[Key] = [("id", number)] if is_valid_id(number) else []
    if row.name:
        name = folded(row.name)
        keys += [
            ("phone", name, phone) for phone in row.phones if len(phone) >= WHOLE_PHONE and phone.isdigit()
        ]
    return keys


def seats_of(row: ListRow, match: Match, places: Places) -> Seats:
    """The places that the register, the row's address, the sender and its 户籍地 tell."""
    register = _seat_of(match, places)
    if match.verdict == Verdict.SAME and register.town:
        return Seats(register)  # nobody else is asked where they live
    said, where = places.said(row.town_said, row.village_said), places.read(row.address)
    registered = places.read(row.registered_place)
    return Seats(
        register,
        Seat(where.town, where.village, where.elsewhere),
        Seat(said.town, said.village),
        Seat(registered.town, registered.village, registered.elsewhere),
        Seat(elsewhere=places.number_from(row.phone_origin)),
    )


def _seat_of(match: Match, places: Places) -> Seat:
    """Where the register has the one meant; of several who could be, what is the same of all."""
    if match.verdict == Verdict.SAME:
        meant = [each for each in match.candidates[:1] if each.is_current]
    elif match.verdict == Verdict.UNKNOWN:
        meant = [each for each in match.candidates if each.verdict in _MEANT]
    else:
        meant = []  # a person says first whether it is they
    chains = {places.chain(each.area_path)[:2] for each in meant}
    towns, villages = {town for town, _ in chains}, {village for _, village in chains}
    if len(towns) != 1:
        return Seat()
    return Seat(towns.pop(), villages.pop() if len(villages) == 1 else "")


class Judge:
    """Of one list, part by part. Of rows that say the same person the first one is asked."""

    def __init__(self) -> None:
        self._asked: People[ListRow | Elsewhere] = People()
        self._checked: People[Earlier] = People()

    def __call__(self, rows: Iterable[Seen], known: Known) -> Iterator[tuple[Seen, Triage]]:
        """Each row of the next part with what becomes of it, in their order."""
        self._asked.learn(known.tonight, known.tonight_people)
        self._checked.learn(known.earlier_keys, {})
        for seen in rows:
            who = seen.who
            yield seen, self._doubled(seen, who) or self._first(seen, who, known)

    def _doubled(self, seen: Seen, who: Who) -> Triage | None:
        asked, means = self._asked.by_keys(seen.keys, who), ""
        if asked is None:
            asked, means = self._asked.by_person(who), "_person"
        if asked is None:
            return None
        self._asked.rest(asked, seen.keys, who)
        where = asked.where
        if isinstance(where, Elsewhere):
            reason = Reason(f"other_list{means}", {"title": where.title})
            return _placed(Triage(Bucket.DOUBLED, (reason,), same_as_id=where.row_id), seen)
        reason = Reason("same_person" if means else "same_row", {"row": where.row})
        return _placed(Triage(Bucket.DOUBLED, (reason,), same_as=(where.sheet, where.row)), seen)

    def _first(self, seen: Seen, who: Who, known: Known) -> Triage:
        self._asked.ask(seen.row, seen.keys, who)
        return (
            self._checked_before(seen, who, known)
            or _past_period(seen, known)
            or _watched(seen, known)
            or _not_ours(seen)
            or _decide(seen)
            or _routed(seen)
        )

    def _checked_before(self, seen: Seen, who: Who, known: Known) -> Triage | None:
        earlier = known.earlier.get(who.person_id) if who.person_id else None
        if earlier is None and (told := self._checked.by_keys(seen.keys, who)):
            self._checked.rest(told, seen.keys, who)
            earlier = told.where
        if earlier is None or earlier.code in NOT_OF_THE_PERSON:
            return None
        at = local(earlier.at)
        values: dict[str, str | int] = {"month": at.month, "day": at.day}
        if earlier.number:
            values["number"] = earlier.number
        return _placed(Triage(Bucket.CHECKED, (Reason(f"checked_{earlier.how}", values),)), seen)


def _sure(match: Match) -> int | None:
    """The one meant, where nothing has to be decided any more."""
    return match.candidates[0].person_id if match.verdict == Verdict.SAME else None


# ---------- answered without a call ----------


def _past_period(seen: Seen, known: Known) -> Triage | None:
    came = seen.row.came_on
    if came is None or known.period_days is None or known.today is None:
        return None
    passed = (known.today - came).days
    if passed <= known.period_days:
        return None
    reason = Reason("past_period", {"passed": passed, "days": known.period_days})
    return _placed(Triage(Bucket.PAST_PERIOD, (reason,)), seen)


def _watched(seen: Seen, known: Known) -> Triage | None:
    person = _sure(seen.match)
    if person is None or person not in known.watched:
        return None
    return _placed(Triage(Bucket.WATCHED, (Reason("watched"),)), seen)


def _not_ours(seen: Seen) -> Triage | None:
    best = seen.match.best
    if best is not None and best.is_current:
        return None  # the register has them here, whatever an address says
    if best is not None:
        if seen.match.verdict != Verdict.SAME or seen.seats.address.village:
            return None  # to be decided; or they are said to be back
        reason = Reason("left_register")
        return Triage(Bucket.NOT_OURS, (reason,), proposed=seen.seats.address.elsewhere, by="register")
    where = seen.seats.address if seen.row.address else seen.seats.registered
    if not where.elsewhere or seen.seats.sender.town or _has_rivals(seen.match):
        return None
    reason = Reason("address_elsewhere", {"place": where.elsewhere})
    return Triage(Bucket.NOT_OURS, (reason,), proposed=where.elsewhere, by="address")


# ---------- what somebody has to do ----------


def _decide(seen: Seen) -> Triage | None:
    if seen.match.verdict != Verdict.PROBABLY:
        return None
    return _placed(Triage(Bucket.DECIDE, (Reason("looks_like"),)), seen)


def _routed(seen: Seen) -> Triage:
    placed = _placed(Triage(Bucket.OUT), seen)
    has_rivals = _has_rivals(seen.match)
    if not placed.town:
        reasons = [Reason("several_unplaced" if has_rivals else "nobody_unplaced")]
        if seen.seats.phone.elsewhere:
            # People keep the number of where they once worked: it answers for nobody, and the desk asks there first.
            reasons.append(Reason("number_from", {"place": seen.seats.phone.elsewhere}))
        return Triage(Bucket.UNROUTABLE, tuple(reasons))
    if placed.by == "register":
        reasons = [Reason("several_in_one_place" if has_rivals else "by_home")]
    else:
        reasons = [Reason("by_address" if placed.by == "address" else "by_sender")]
    if not placed.village:
        reasons.append(Reason("township_only"))
    return replace(placed, reasons=tuple(reasons))


def _has_rivals(match: Match) -> bool:
    return match.verdict == Verdict.UNKNOWN and any(each.verdict in _MEANT for each in match.candidates)


def _placed(triage: Triage, seen: Seen) -> Triage:
    """With the place that is surest: a village of the register, of the address, of the sender; else a township."""
    where = seen.seats
    seats = (
        ("register", where.register),
        ("address", where.address),
        ("sender", where.sender),
        ("address", where.registered),
    )
    told = [(by, seat) for by, seat in seats if seat.town]
    if not told:
        return triage
    by, seat = told[0]
    if not seat.village:  # the next may tell the village in that township
        by, seat = next(((b, s) for b, s in told if s.village and s.town == seat.town), (by, seat))
    return replace(triage, town=seat.town, village=seat.village, by=by)


def counted(found: Sequence[Triage]) -> dict[Bucket, int]:
    """Rows by bucket; they add up to the rows."""
    counts = dict.fromkeys(Bucket, 0)
    for each in found:
        counts[each.bucket] += 1
    return counts
