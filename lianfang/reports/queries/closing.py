"""The evening of an area: its books, who below has signed, what was signed, what is owed tomorrow. Six statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q

from lianfang.areas.changes.queries import CHILDREN_THEN, Then
from lianfang.areas.models import Area
from lianfang.areas.queries import get_chain
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation, total
from lianfang.campaigns.queries.rounds import rounds_in
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.reports.models import DayClose
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.doors import HOUSEHOLD_NAME, called_so, village_and_door
from lianfang.reports.queries.ledgers import Check, Evening, PeopleCount, evening
from lianfang.reports.queries.places import Place, places
from lianfang.reports.rules import Tries
from lianfang.workforce.queries import Answering, who_answers

# Where an evening is signed for: villages, townships, counties, and above.
SIGNING = frozenset({"province", "prefecture", "county", "township", "village"})
CHECKED_LIVE = RANK["township"]  # from here down the list is held against its counters at every look
PEOPLE_LIVE = RANK["village"]  # and everybody in it is counted again; for a township, when it signs


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest signature under one round's figures of a day."""

    close_id: int
    area_path: str
    round_id: int
    revision: int
    as_of: dt.datetime
    signed_at: dt.datetime
    signed_by: int
    signer: str
    note: str
    figures: Mapping[str, Any]
    verdicts: tuple[str, ...]  # of the recheck sample drawn at the first signature, '' where nobody has been

    @property
    def equation(self) -> Equation:
        return Equation(**self.figures["equation"])

    @property
    def people(self) -> PeopleCount | None:
        stored = self.figures.get("people")
        return PeopleCount(**stored) if stored else None


@dataclass(frozen=True, slots=True)
class ClosePage:
    chain: Sequence[Area]
    day: Day
    rounds: Sequence[Round]  # that have somebody here
    main: Round | None
    places: Sequence[Place]
    evening: Evening
    signed: Mapping[int, Signed]  # of this area, by round
    signed_below: Mapping[tuple[str, int], Signed]  # (area path, round)
    answering: Mapping[str, Answering]
    equations: Mapping[int, Equation] = field(default_factory=dict)

    @property
    def area(self) -> Area:
        return self.chain[-1]

    @property
    def is_signing_level(self) -> bool:
        return self.area.level in SIGNING

    @property
    def children(self) -> list[Place]:
        """The areas below that sign for themselves."""
        return [place for place in self.places if place.level in SIGNING and not place.is_rest]

    @property
    def silent(self) -> list[Place]:
        """Children with somebody to be met who have not signed. That is no zero."""
        return [place for place in self.children if not self.has_signed(place)]

    def has_signed(self, place: Place) -> bool:
        worked = [pk for pk, counts in place.counts.items() if counts != Equation()]
        return all((place.path, pk) in self.signed_below for pk in worked)

    @property
    def is_signed(self) -> bool:
        return bool(self.rounds) and all(found.pk in self.signed for found in self.rounds)

    def check(self, round: Round) -> Check:
        return (self.evening.checks or {}).get(round.pk, Check())

    def people(self, round: Round) -> PeopleCount | None:
        """Everybody of a round: counted here, or added up from what was signed below; None where neither is."""
        if self.evening.people is not None:
            return self.evening.people.get(round.pk)
        signed = self.signed.get(round.pk)
        if signed is not None and signed.people is not None and RANK[self.area.level] >= CHECKED_LIVE:
            return signed.people
        parts = [self.signed_below.get((place.path, round.pk)) for place in self.children]
        told = [part.people for part in parts if part is not None and part.people is not None]
        return sum(told, PeopleCount()) if told else None

    def changed(self, round: Round) -> bool:
        """Does something stand differently now than when it was signed?"""
        signed = self.signed.get(round.pk)
        if signed is None:
            return False
        people = (self.evening.people or {}).get(round.pk)
        return (
            not _same(signed.equation, self.equations[round.pk])
            or (people is not None and signed.people is not None and people != signed.people)
            or (not self.day.is_over and signed.figures.get("records") != asdict(self.evening.records))
        )

    def records_since(self, signed: Signed) -> list[tuple[int, int]]:
        """How many had come in by the signature and by now, where that differs: such a record opens every round again."""
        told = signed.figures.get("records")
        if self.day.is_over or not told:
            return []
        then, now = told.get("total", 0), self.evening.records.total
        return [(then, now)] if then != now else []

    @property
    def has_changed(self) -> bool:
        return any(self.changed(found) for found in self.rounds)

    def tries(self, place: Place) -> Tries:
        """How the doors of a child were tried, of the main round."""
        known = self.evening.tries.get(place.path, Tries())
        counts = place.counts.get(self.main.pk, Equation()) if self.main else Equation()
        return Tries(
            open_count=counts.open,
            not_met_count=counts.not_met,
            tried=known.tried,
            promised=known.promised,
        )


def _same(left: Equation, right: Equation) -> bool:
    """Overdue is not compared: it grows by the clock alone."""
    names = ("due", "done", "exempt", "not_met", "open", "found_due", "found_done")
    return all(getattr(left, name) == getattr(right, name) for name in names)


def close_page(
    scope: Scope, code: str, day: Day, *, round_id: int | None = None, is_full: bool = False
) -> ClosePage:
    """Raises `areas.unknown`, `scope.outside`. `is_full`: count everybody again at any level, as signing does."""
    chain = get_chain(code)
    area = chain[-1]
    then = day.area(scope, area)
    rounds = worked_rounds(then.scope, day)
    found = places(scope, rounds, area, day)
    equations = {
        one.pk: total(place.counts[one.pk] for place in found if one.pk in place.counts) for one in rounds
    }
    here = [one for one in rounds if equations[one.pk] != Equation()]
    main = next((one for one in here if one.pk == round_id), here[0] if here else None)
    rank = RANK[area.level]
    read = evening(
        then.scope,
        here,
        main,
        area,
        day,
        # Where areas have changed since then, nothing is counted again: what was signed stands.
        with_checks=not then.has_moved and rank <= RANK["village"] and (is_full or rank >= CHECKED_LIVE),
        with_people=not then.has_moved and (rank >= PEOPLE_LIVE or (is_full and rank >= CHECKED_LIVE)),
    )
    signed = signatures(then, area, day.date)
    answering = who_answers({place.path for place in found} | {area.path}, day.now)
    shown = [place for place in found if any(counts != Equation() for counts in place.counts.values())]
    return ClosePage(
        chain=chain,
        day=day,
        rounds=here,
        main=main,
        places=shown,
        evening=read,
        signed={one.round_id: one for one in signed if one.area_path == area.path},
        signed_below={(one.area_path, one.round_id): one for one in signed if one.area_path != area.path},
        answering=answering,
        equations={one.pk: equations[one.pk] for one in here},
    )


def worked_rounds(scope: Scope, day: Day) -> list[Round]:
    """Rounds that were worked on that day, what is due first coming first."""
    running = Q(closed_at__isnull=True) | Q(closed_at__gt=day.begin)
    not_over = Q(campaign__closed_at__isnull=True) | Q(campaign__closed_at__gt=day.begin)
    found = rounds_in(scope).filter(running, not_over, opens_at__lt=day.end)
    return list(found.order_by("due_at", "pk"))


def signatures(then: Then, area: Area, date: dt.date) -> list[Signed]:
    """The newest signatures of a day: of the area itself with all its figures, and of the areas directly below."""
    low, high = then.bounds
    values: dict[str, Any] = {"area": area.pk, "date": date, "low": low, "high": high, "moment": then.moment}
    with connection.cursor() as cursor:
        cursor.execute(_SIGNED.format(children=CHILDREN_THEN if then.has_moved else _CHILDREN), values)
        rows = cursor.fetchall()
    return [Signed(*(*row[:-1], tuple(row[-1] or ()))) for row in rows]


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One door of a recheck sample, with what had been written down about it."""

    sample_id: int
    household_id: int
    village: str
    place: str
    name: str
    visited_at: dt.datetime | None
    channel: str
    visitor: str
    visitor_user_id: int | None
    recorded_by: int | None
    lines: str  # 见到2 代答1
    verdict: str
    note: str
    checked_at: dt.datetime | None
    checker: str


def sample_rows(scope: Scope, area: Area, date: dt.date, round_id: int) -> list[SampleRow]:
    """The recheck sample of an area's evening, in walking order. Names: for `target.read`."""
    low, high = Day(date, now()).area(scope, area).bounds
    values: dict[str, Any] = {"area": area.pk, "date": date, "round": round_id, "low": low, "high": high}
    values |= called_so()
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, values)
        return [SampleRow(*row) for row in cursor.fetchall()]


def get_close(scope: Scope, area: Area, date: dt.date, round_id: int) -> DayClose:
    """The newest revision, or `reports.not_closed`."""
    scope.within(area.path)
    found = (
        DayClose.objects.filter(area=area, closed_on=date, round_id=round_id).order_by("-revision").first()
    )
    if found is None:
        raise Problem("reports.not_closed", area=area.name)
    return found


_CHILDREN = "select id from areas_area where parent_id = %(area)s"
_SIGNED = """
select distinct on (c.area_id, c.round_id)
  c.id, c.area_path, c.round_id, c.revision, c.as_of, c.signed_at, c.signed_by, u.name, c.note,
  (case when c.area_id = %(area)s then c.figures else jsonb_build_object('people', c.figures -> 'people') end)::json,
  case when c.area_id = %(area)s then (
    select array_agg(s.verdict order by s.id) from reports_rechecksample s join reports_dayclose f on f.id = s.close_id
    where f.area_id = c.area_id and f.round_id = c.round_id and f.closed_on = c.closed_on
      and s.area_path >= %(low)s and s.area_path < %(high)s) end
from reports_dayclose c join accounts_user u on u.id = c.signed_by
where c.closed_on = %(date)s
  and (c.area_id = %(area)s or c.area_id in (select a.id from ({children}) a))
order by c.area_id, c.round_id, c.revision desc
"""
_SAMPLE = f"""
select s.id, s.household_id, {village_and_door("s.area_path")},
  {HOUSEHOLD_NAME}, v.happened_at, coalesce(v.channel, ''), coalesce(w.name, ''), w.user_id, v.recorded_by,
  coalesce((select string_agg(l.presence || ':' || l.n, ' ' order by l.n desc) from (
    select presence, count(*) n from campaigns_visitline where visit_id = v.id group by 1) l), ''),
  s.verdict, s.note, s.checked_at, coalesce(u.name, '')
from reports_rechecksample s
join reports_dayclose c on c.id = s.close_id
left join register_household h on h.id = s.household_id and h.area_path >= %(low)s and h.area_path < %(high)s
left join register_door d on d.id = h.door_id
left join campaigns_target t on t.round_id = c.round_id and t.household_id = s.household_id and t.person_id = 0
left join campaigns_visit v on v.id = t.settled_by
left join workforce_worker w on w.id = v.worker_id
left join accounts_user u on u.id = s.checked_by
where c.area_id = %(area)s and c.closed_on = %(date)s and c.round_id = %(round)s
  and s.area_path >= %(low)s and s.area_path < %(high)s
order by s.area_path, d.walk_order, s.id
"""
