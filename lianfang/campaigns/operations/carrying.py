"""What somebody says of a door, and what of it goes along to the door where a person lives now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from lianfang.campaigns.models import Visit
from lianfang.campaigns.models.visits import Channel, Presence
from lianfang.campaigns.rules import RECORDED


@dataclass(frozen=True, slots=True)
class LineInput:
    person_id: int
    presence: str
    answered_by: int | None = None
    away_place: str = ""
    away_since_on: dt.date | None = None
    back_on: dt.date | None = None
    reason: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VisitInput:
    """One attempt at one household, as phone, desk or file give it. Answers are JSON values by question key."""

    visit_id: UUID
    household_id: int
    channel: str
    outcome: str
    happened_at: dt.datetime
    worker_id: int | None = None
    lines: tuple[LineInput, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    back_at: dt.datetime | None = None
    note: str = ""
    supersedes: UUID | None = None
    as_before: tuple[str, ...] = ()  # said by 同上轮: 7.presence, 0.returned_count


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where somebody whom a visit names is to be found now, and by which row of the register: after a merge it is
    another one."""

    household_id: int
    person_id: int
    merge_id: int = 0

    def copy_of(self, visit_id: UUID) -> UUID:
        """The id of what is carried: it follows from both, so that carrying it twice is carrying it once. A merge
        that was undone and done again carries anew."""
        again = f"/{self.merge_id}" if self.merge_id else ""
        return uuid5(visit_id, f"{self.household_id}/{self.person_id}{again}")

    def knows(self, presence: str) -> bool:
        """Whoever moved away from a door that called them absent may be at home behind the new one; where two rows
        were one person, they are away in both."""
        return presence in _MET or bool(self.merge_id and presence == Presence.AWAY)


_MET = (Presence.SEEN, Presence.ANSWERED_FOR)


def carried_on(visit: VisitInput, lives: Mapping[int, Elsewhere]) -> list[VisitInput]:
    """What a visit knows of people who live behind another door now (`lives`: by the person named), as records there:
    a worker who met them before they moved, or as somebody else's double, has asked them, and nobody asks them again.
    """
    if visit.outcome == RECORDED:
        return []
    return [
        VisitInput(
            visit_id=now.copy_of(visit.visit_id),
            household_id=now.household_id,
            channel=Channel.RECORD.value,
            outcome=RECORDED,
            happened_at=visit.happened_at,
            worker_id=visit.worker_id,
            lines=(LineInput(now.person_id, line.presence, answers=line.answers),),
        )
        for line in visit.lines
        if (now := lives.get(line.person_id)) and now.knows(line.presence)
    ]


def taken_back(visits: Sequence[VisitInput], lives: Mapping[int, Elsewhere]) -> list[VisitInput]:
    """A correction says that somebody, who lives elsewhere now, was not met after all: what had been carried there
    is corrected too."""
    unmet = {
        now.copy_of(visit.supersedes): (now.copy_of(visit.visit_id), now, visit.happened_at)
        for visit in visits
        if visit.supersedes
        for line in visit.lines
        if (now := lives.get(line.person_id)) and not now.knows(line.presence)
    }
    return [_not_met(unmet[copy][0], copy, unmet[copy][1], unmet[copy][2]) for copy in _standing(unmet)]


def parted(visits: Mapping[UUID, dt.datetime], homes: Collection[Elsewhere]) -> list[VisitInput]:
    """A merge is undone: what it had carried from these visits (when each happened) to any of these is corrected."""
    copies = {home.copy_of(visit_id): (home, at) for visit_id, at in visits.items() for home in homes}
    return [_not_met(uuid5(copy, "parted"), copy, *copies[copy]) for copy in _standing(copies)]


def _standing(ids: Collection[UUID]) -> list[UUID]:
    """Those of these visits that there are and nobody corrected."""
    corrected = Visit.objects.filter(supersedes__in=ids).values("supersedes")
    return list(Visit.objects.filter(pk__in=ids).exclude(pk__in=corrected).values_list("pk", flat=True))


def _not_met(visit_id: UUID, copy: UUID, home: Elsewhere, happened_at: dt.datetime) -> VisitInput:
    return VisitInput(
        visit_id=visit_id,
        household_id=home.household_id,
        channel=Channel.RECORD.value,
        outcome=RECORDED,
        happened_at=happened_at,
        lines=(LineInput(home.person_id, Presence.NOT_MET.value),),
        supersedes=copy,
    )
