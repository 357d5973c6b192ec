"""Visits of the demo's days, as rows: who went, when, by which channel, what was said. Pure but for sealing."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from lianfang.core.clock import at
from lianfang.demo.fates import Fate, Home, KnownVisit, Member, VillageFates

YEAR = 2026
ROUND_ONE = (dt.date(YEAR, 8, 4), dt.date(YEAR, 8, 5))
ROUND_TWO = (dt.date(YEAR, 8, 6), dt.date(YEAR, 8, 7))
LAST_VISIT = at(ROUND_TWO[1], 20, 38)
LAST_RECEIVED = at(ROUND_TWO[1], 21, 4) + dt.timedelta(seconds=52)
# Hours at which workers knock, as often as they do: few at noon, most after work.
HOURS = (8, 9, 9, 10, 10, 11, 14, 15, 15, 16, 16, 17, 18, 18, 18, 19, 19, 19, 20)
ELDER, GROWN = 60, 18
MISSES = ("nobody_home",) * 12 + ("no_answer",) * 3 + ("refused",) * 1 + ("absent",) * 2 + ("no_access",)
EXEMPT_OUTCOMES = ("vacant", "moved_away", "moved_away", "duplicate")
NEEDS = (["none"],) * 12 + (["medicine"],) * 3 + (["care"], ["transport"], ["food"])


@dataclass(frozen=True, slots=True)
class Line:
    person_id: int
    presence: str
    answered_by: int | None = None
    away_place: str = ""
    back_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Knock:
    """One visit before it is a row."""

    id: UUID
    home: Home
    channel: str
    outcome: str
    happened_at: dt.datetime
    received_at: dt.datetime
    worker_id: int
    user_id: int
    lines: tuple[Line, ...] = ()
    answers: dict[str, Any] = field(default_factory=dict)
    back_at: dt.datetime | None = None
    note: str = ""
    supersedes: UUID | None = None
    is_out_of_scope: bool = False


@dataclass(frozen=True, slots=True)
class Beat:
    """Who goes to a door."""

    worker_id: int
    user_id: int
    home_path: str  # of the worker's account


def visit_id(moment: dt.datetime, rng: random.Random) -> UUID:
    """A UUID of version 7 as a phone would have made it at that moment; the same for the same seed."""
    value = (int(moment.timestamp() * 1000) << 80) | rng.getrandbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


class Walker:
    """Knocks at the doors of one village."""

    def __init__(self, beat_of: Callable[[str], Beat], rng: random.Random) -> None:
        self.beat_of, self.rng = beat_of, rng

    def first_round(self, homes: Sequence[Home]) -> Iterator[Knock]:
        """The round before: nearly all were met, its list was another one with the same doors."""
        for home in homes:
            if not home.is_due:
                continue
            roll = self.rng.random()
            if roll < 0.978:
                yield from self._met(home, ROUND_ONE, again=0.12)
            elif roll < 0.997:
                yield from self._missed(home, ROUND_ONE)

    def second_round(self, homes: Sequence[Home], village: VillageFates) -> Iterator[Knock]:
        for home in homes:
            fate: Fate | None = village.fates.get(home.id)
            if home.id in village.known:
                yield from self._told(home, village.known[home.id])
            elif fate == "done":
                is_first_day = self.rng.random() < 0.56
                yield from self._met(home, ROUND_TWO[:1] if is_first_day else ROUND_TWO, again=0.2)
            elif fate == "tried":
                yield from self._missed(home, ROUND_TWO)
            elif fate in ("exempt", "pending"):
                outcome = "demolished" if fate == "pending" else self.rng.choice(EXEMPT_OUTCOMES)
                yield self._knock(home, self._moment(ROUND_TWO[0]), "door", outcome)

    def _moment(self, day: dt.date, hours: Sequence[int] = HOURS) -> dt.datetime:
        rng = self.rng
        return at(day, rng.choice(hours), rng.randrange(60)) + dt.timedelta(seconds=rng.randrange(60))

    def _knock(self, home: Home, moment: dt.datetime, channel: str, outcome: str, **more: Any) -> Knock:
        rng, beat = self.rng, self.beat_of(home.area_code)
        if moment > LAST_VISIT:
            moment = LAST_VISIT - dt.timedelta(seconds=rng.randrange(3600))
        lag = (
            rng.randrange(4, 150) if rng.random() < 0.9 else rng.randrange(600, 9000)
        )  # no signal for a while
        received = max(moment, min(moment + dt.timedelta(seconds=lag), LAST_RECEIVED))
        return Knock(
            visit_id(moment, rng),
            home,
            channel,
            outcome,
            moment,
            received,
            beat.worker_id,
            beat.user_id,
            **more,
        )

    def _met(self, home: Home, days: Sequence[dt.date], *, again: float) -> Iterator[Knock]:
        rng = self.rng
        moment = self._moment(days[-1])
        if len(days) > 1 and rng.random() < again:
            earlier = self._moment(days[0])
            yield self._knock(home, earlier, "door", rng.choice(("nobody_home", "nobody_home", "no_access")))
        roll = rng.random()
        channel = "door" if roll < 0.78 else "phone" if roll < 0.93 else "chat"
        yield self._knock(
            home, moment, channel, "met", lines=self._lines(home, moment.date()), answers=self._answers()
        )

    def _missed(self, home: Home, days: Sequence[dt.date]) -> Iterator[Knock]:
        """One to three attempts at different hours; sometimes somebody was there and somebody was not."""
        rng = self.rng
        moments = sorted(self._moment(rng.choice(days)) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))
        outcome = rng.choice(MISSES)
        tonight = [member for member in home.members if member.is_tonight]
        if len(tonight) > 1 and rng.random() < 0.12:
            lines = self._lines(home, moments[-1].date())
            missing = tonight[-1].id
            lines = tuple(
                replace(line, presence="not_met", answered_by=None) if line.person_id == missing else line
                for line in lines
            )
            yield self._knock(home, moments[-1], "door", "met", lines=lines, answers=self._answers())
            return
        for moment in moments:
            channel = "phone" if outcome == "no_answer" else "door"
            yield self._knock(home, moment, channel, outcome)

    def _told(self, home: Home, visits: Sequence[KnownVisit]) -> Iterator[Knock]:
        for visit in visits:
            if not visit.at:
                continue
            back = _written(visit.back) if visit.back else None
            note = f"{back:%H:%M}后在家" if back else ""
            yield self._knock(home, _written(visit.at), visit.channel, visit.outcome, back_at=back, note=note)

    def _lines(self, home: Home, day: dt.date) -> tuple[Line, ...]:
        rng = self.rng
        tonight = [member for member in home.members if member.is_tonight]
        speaker = max(tonight, key=lambda member: (member.age >= GROWN, rng.random()))
        return tuple(self._line(member, speaker, day) for member in home.members)

    def _line(self, member: Member, speaker: Member, day: dt.date) -> Line:
        rng = self.rng
        if not member.is_living:
            return Line(member.id, "away", speaker.id, member.away_place)
        if not member.is_tonight:
            return Line(member.id, "away", speaker.id, back_on=day + dt.timedelta(days=rng.randrange(1, 4)))
        if member is speaker or rng.random() < 0.7:
            return Line(member.id, "seen")
        return Line(member.id, "answered_for", speaker.id)

    def _answers(self) -> dict[str, Any]:
        rng = self.rng
        answers: dict[str, Any] = {"returned_count": 0 if rng.random() < 0.96 else rng.randrange(1, 4)}
        if rng.random() < 0.7:
            answers["dwelling_state"] = "owner" if rng.random() < 0.9 else "rented"
        roll = rng.random()
        if roll < 0.3:
            answers["household_needs"] = rng.choice(NEEDS)
        elif roll < 0.7:  # without another draw: the numbers of the tour hang on the order of the draws
            answers["household_needs"] = NEEDS[int((roll - 0.3) / 0.4 * len(NEEDS))]
        if rng.random() < 0.91:  # the water check rides along where the worker has time for it
            answers["standing_water"] = rng.choice(("none",) * 7 + ("removed",) * 2 + ("left",))
        return answers


def _written(text: str) -> dt.datetime:
    return at(dt.date(YEAR, int(text[:2]), int(text[3:5])), int(text[6:8]), int(text[9:11]))


def body_of(knock: Knock) -> str:
    """The visit as a phone sends it: the body of its operation."""
    body: dict[str, Any] = {
        "household": knock.home.id,
        "channel": knock.channel,
        "outcome": knock.outcome,
        "worker": knock.worker_id,
    }
    if knock.lines:
        body["lines"] = [
            {"person": line.person_id, "presence": line.presence, "answered_by": line.answered_by}
            | ({"away_place": line.away_place} if line.away_place else {})
            | ({"back_on": line.back_on.isoformat()} if line.back_on else {})
            for line in knock.lines
        ]
    if knock.answers:
        body["answers"] = knock.answers
    if knock.back_at:
        body["back_at"] = knock.back_at.isoformat()
    if knock.note:
        body["note"] = knock.note
    if knock.supersedes:
        body["supersedes"] = str(knock.supersedes)
    return json.dumps(body, ensure_ascii=False)
