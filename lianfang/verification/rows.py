"""What passes between reading, matching and triage: plain values of one row of a list. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from lianfang.verification.reasons import Reason


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row as the sender wrote it, and what was understood of it. What is not said stays empty.

    `sheet` and `row` as the spreadsheet counts, so that the answer finds its way back; `cells`: header → as written.
    """

    sheet: str
    row: int
    name: str = ""
    former_names: tuple[str, ...] = ()
    sex: str = ""  # male, female
    birth_on: dt.date | None = None
    birth_year: int | None = None  # from an age, when the day is not known
    id_number: str = ""  # folded, but maybe damaged or masked: likeness/numbers.py knows which
    phones: tuple[str, ...] = ()
    address: str = ""  # where the sender says that the person is, or is registered
    town_said: str = ""
    village_said: str = ""
    registered_place: str = ""  # 户籍地, where the list tells it apart from the address
    phone_origin: str = ""  # 号码归属地, as the sender tells it: a hint for the county desk, never an answer
    came_from: str = ""
    came_on: dt.date | None = None  # when they came, or were where the list is about: the clock of the period
    companions: tuple[str, ...] = ()  # 同行人, 家属
    cells: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()  # codes of what could not be understood (register/findings.py)


class Verdict(StrEnum):
    """Is it one of the register's people? As `register.likeness` judges."""

    SAME = "same"
    PROBABLY = "probably"
    UNLIKE = "unlike"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the register's people whom a row may mean. `weight`: odds as a power of two; `reasons`: codes with kind."""

    person_id: int
    reference: str  # 编号
    area_path: str
    is_current: bool  # False: moved away or dead
    verdict: Verdict
    weight: float
    reasons: tuple[tuple[str, str, float], ...] = ()  # likeness.Reason: code, kind, weight


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a row means: the verdict of the best candidate, and the others, best first, at most five."""

    verdict: Verdict = Verdict.UNKNOWN
    candidates: tuple[Candidate, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The one meant, where the verdict says that somebody is."""
        return self.candidates[0] if self.verdict in (Verdict.SAME, Verdict.PROBABLY) else None


class Bucket(StrEnum):
    """What becomes of a row before anybody is called. Every row is in one; the buckets add up to the rows."""

    DOUBLED = "doubled"  # 重复: in this list, or on another one of tonight
    CHECKED = "checked"  # 已排查过: answered within so many days
    PAST_PERIOD = "past_period"  # 已过观察期
    WATCHED = "watched"  # 已在管
    NOT_OURS = "not_ours"  # 不在本地
    DECIDE = "decide"  # 像是同一人: a person decides
    UNROUTABLE = "unroutable"  # 分不下去: the county desk
    OUT = "out"  # 可派发


NEEDS_NO_CALL = (Bucket.DOUBLED, Bucket.CHECKED, Bucket.PAST_PERIOD, Bucket.WATCHED, Bucket.NOT_OURS)


@dataclass(frozen=True, slots=True)
class Triage:
    """Why a row is where it is. `town`, `village`: codes of where it is to be checked, empty at the county desk;
    `by`: what the place rests on (register, address, sender)."""

    bucket: Bucket
    reasons: tuple[Reason, ...] = ()
    town: str = ""
    village: str = ""
    by: str = ""
    same_as: tuple[str, int] | None = None  # DOUBLED: sheet and row of the first one
    same_as_id: int | None = None  # DOUBLED: the row of another list, as it is stored
    proposed: str = ""  # NOT_OURS: where the person is said to be


class Kept(NamedTuple):
    """What is stored of a row beside what became of it."""

    said: bytes  # sealed
    candidates: str  # JSON
    id_token: bytes | None
    phone_token: bytes | None  # of the first phone, with the name


@dataclass(frozen=True, slots=True)
class Checked:
    row: ListRow
    match: Match
    triage: Triage
    kept: Kept | None = None  # where it is to be stored
