"""What somebody says of a door, and what of it goes along to the door where a person lives now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
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


def carried_on(visit: VisitInput, lives: Mapping[int, int]) -> list[VisitInput]:
    """What a visit knows of people who live behind another door now (`lives`: person → household), as records there:
    a worker who met them before they moved has asked them, and nobody asks them again. One for each, whose id follows
    from both, so that carrying it twice is carrying it once."""
    if visit.outcome == RECORDED:
        return []
    return [
        VisitInput(
            visit_id=uuid5(visit.visit_id, f"{lives[line.person_id]}/{line.person_id}"),
            household_id=lives[line.person_id],
            channel=Channel.RECORD.value,
            outcome=RECORDED,
            happened_at=visit.happened_at,
            worker_id=visit.worker_id,
            lines=(LineInput(line.person_id, line.presence, answers=line.answers),),
        )
        for line in visit.lines
        if line.person_id in lives and line.presence in (Presence.SEEN, Presence.ANSWERED_FOR)
    ]


def taken_back(visits: Sequence[VisitInput], lives: Mapping[int, int]) -> list[VisitInput]:
    """A correction says that somebody, who lives elsewhere now, was not met after all: what had been carried there
    is corrected too."""
    unmet = {
        uuid5(visit.supersedes, f"{lives[line.person_id]}/{line.person_id}"): (visit, line.person_id)
        for visit in visits
        if visit.supersedes
        for line in visit.lines
        if line.person_id in lives and line.presence not in (Presence.SEEN, Presence.ANSWERED_FOR)
    }
    standing = Visit.objects.filter(pk__in=unmet).exclude(
        pk__in=Visit.objects.filter(supersedes__in=unmet).values("supersedes")
    )
    return [
        VisitInput(
            visit_id=uuid5(unmet[copy][0].visit_id, f"{lives[unmet[copy][1]]}/{unmet[copy][1]}"),
            household_id=lives[unmet[copy][1]],
            channel=Channel.RECORD.value,
            outcome=RECORDED,
            happened_at=unmet[copy][0].happened_at,
            lines=(LineInput(unmet[copy][1], Presence.NOT_MET.value),),
            supersedes=copy,
        )
        for copy in standing.values_list("pk", flat=True)
    ]
