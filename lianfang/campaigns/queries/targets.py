"""The names behind every number of the equation, one area at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy

from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation, coverage_by_child, coverage_of
from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.workforce.queries import Answering, who_answers

ATTEMPTS_SHOWN = 3
UNNAMED = gettext_lazy("未登记")
CONTACT = gettext_lazy("联系人%(name)s")
MOVED_ELSEWHERE = gettext_lazy("（这一户的底册已转到别的辖区，请上一级查看）")

# What a number shows → which targets stand behind it.
SHOWS = {
    "due": "t.origin <> 'found_in_field'",
    "done": "t.origin <> 'found_in_field' and t.state = 'done'",
    "exempt": "t.origin <> 'found_in_field' and t.state = 'exempt'",
    "not_met": "t.origin <> 'found_in_field' and t.state = 'not_met'",
    "open": "t.origin <> 'found_in_field' and t.state = 'open'",
    "missing": "t.origin <> 'found_in_field' and t.state in ('open', 'not_met')",
    "overdue": "t.origin <> 'found_in_field' and t.state in ('open', 'not_met') and t.due_at < %(now)s",
    "born": "t.origin <> 'found_in_field' and t.is_born",
    "found": "t.origin = 'found_in_field'",
}
SORTS = {
    "attempts": "t.attempt_count desc, t.area_path, d.walk_order",
    "due": "t.due_at, t.area_path, d.walk_order",
    "last": "t.last_visit_at nulls first, t.area_path, d.walk_order",
    "state": "t.state, t.area_path, d.walk_order",
}
# As one walks: estate by estate, building by building, door by door.
_WALKING = "t.village_path, a.parent_id, a.walk_order, t.area_path, d.walk_order"
# Above a township nobody walks, and only the order of the index gives a page without reading the rest.
_BY_PATH = "t.area_path, d.walk_order"


@dataclass(frozen=True, slots=True)
class Attempt:
    happened_at: dt.datetime
    channel: str
    outcome: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target as a list shows it: the door, who lives there, what was tried, who goes."""

    household_id: int
    person_id: int  # 0: the household
    area_path: str
    village: str
    place: str  # areas below the village: 安置小区3栋, 2组; a grid is no address where a building is known
    door: str
    name: str  # of the person, or of the household's head
    people_count: int  # members whom the campaign's base includes
    is_collective: bool
    is_unnamed: bool  # a door of whom nobody knows yet who lives there
    state: str
    reason: str
    origin: str
    due_at: dt.datetime
    is_overdue: bool
    attempt_count: int
    attempts: tuple[Attempt, ...]  # of this round, the last three, oldest first
    exemption_id: int | None  # asked for, not decided yet
    exemption_reason: str
    worker_id: int | None
    worker_name: str
    worker_title: str
    born_at: dt.datetime | None = (
        None  # of one that was done before the round opened: when that visit was made
    )
    born_by: str = ""  # and by whom

    @property
    def where(self) -> str:
        return f"{self.place}{self.door}"


@dataclass(frozen=True, slots=True)
class TargetPage(Paged):
    rows: tuple[TargetRow, ...]
    total_count: int
    number: int
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """How many of an area's targets one worker has: all of the round, and those in the list."""

    worker_id: int
    name: str
    title: str
    due_count: int
    shown_count: int


@dataclass(frozen=True, slots=True)
class Pick:
    """Which of an area's names: `show` is a key of SHOWS, `q` part of a name or door, `direct` only those that
    hang on the area itself, `total_count` the number that was pressed, where the caller has it."""

    show: str = "due"
    q: str = ""
    sort: str = ""
    page: int = 1
    size: int = PAGE
    direct: bool = False
    total_count: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """A page of names, who has how many of them, and who answers for each area that was asked about on the way."""

    page: TargetPage
    loads: list[WorkerLoad]
    answering: dict[str, Answering]


def targets_in(
    scope: Scope, round: Round, area: Area, now: dt.datetime, pick: Pick | None = None
) -> TargetPage:
    """The targets behind one number of an area. Raises `scope.outside`, `http.bad_request`."""
    return names_behind(scope, round, area, now, pick or Pick(), with_loads=False).page


def names_behind(
    scope: Scope,
    round: Round,
    area: Area,
    now: dt.datetime,
    pick: Pick,
    *,
    with_loads: bool = True,
    also: Collection[str] = (),
) -> Names:
    """The names with the loads of their workers. Loads read the whole area: for a township or less. `also`: further
    area paths for which it is asked who answers, so that one statement serves the page."""
    rows = _page_rows(scope, round, area, now, pick)
    counts = _load_rows(scope, round, area, now, pick) if with_loads else []
    answering = who_answers({row[2] for row in rows} | {row[0] for row in counts} | set(also), now)
    total_count = pick.total_count
    if pick.q:
        total_count = rows[0][-1] if rows else 0
    elif total_count is None:
        total_count = _count(scope, round, area, now, pick)
    page = TargetPage(
        tuple(_row(row, round.late_before(now), answering) for row in rows),
        total_count,
        max(pick.page, 1),
        pick.size,
    )
    return Names(page, _loads(counts, answering), answering)


def worker_loads(
    scope: Scope, round: Round, area: Area, now: dt.datetime, pick: Pick | None = None
) -> list[WorkerLoad]:
    """Who has how many of the targets behind a number, the most first."""
    counts = _load_rows(scope, round, area, now, pick or Pick())
    return _loads(counts, who_answers({row[0] for row in counts}, now))


def _page_rows(scope: Scope, round: Round, area: Area, now: dt.datetime, pick: Pick) -> list[tuple[Any, ...]]:
    where, values = _where(scope, round, area, now, pick)
    if pick.q:
        where += " and (position(%(q)s in h.head_name) > 0 or position(%(q)s in d.label) > 0)"
    order = SORTS.get(pick.sort) or (_BY_PATH if RANK[area.level] < RANK["township"] else _WALKING)
    statement = _PAGE.format(
        where=where,
        order=f"{order}, t.household_id, t.person_id",
        counted="count(*) over ()" if pick.q else "0",
        base=BASE_COLUMN[round.campaign.base],
    )
    values |= {
        "q": pick.q,
        "limit": pick.size,
        "offset": (max(pick.page, 1) - 1) * pick.size,
        "opens": round.opens_at,
        "closed": round.closed_at or dt.datetime.max.replace(tzinfo=dt.UTC),
        "attempts": ATTEMPTS_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _load_rows(scope: Scope, round: Round, area: Area, now: dt.datetime, pick: Pick) -> list[tuple[Any, ...]]:
    """(area path, own worker or None, name, title, all of the round, those of the list) of each place in the area."""
    every = "found" if pick.show == "found" else "due"
    where, values = _where(scope, round, area, now, replace(pick, show=every))
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.area_path, t.worker_id, w.name, w.title, count(*),"
            f" count(*) filter (where {SHOWS[require_show(pick.show)]})"
            f" from campaigns_target t left join workforce_worker w on w.id = t.worker_id where {where}"
            " group by 1, 2, 3, 4",
            values,
        )
        return cursor.fetchall()


def _loads(rows: Sequence[tuple[Any, ...]], answering: Mapping[str, Answering]) -> list[WorkerLoad]:
    counts: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for path, worker_id, name, title, due_count, shown_count in rows:
        who = (worker_id, name, title) if worker_id else _named(answering.get(path))
        counts[who][0] += due_count
        counts[who][1] += shown_count
    loads = [WorkerLoad(*who, *numbers) for who, numbers in counts.items() if numbers[1]]
    return sorted(loads, key=lambda load: (-load.shown_count, load.worker_id))


def require_show(show: str) -> str:
    if show not in SHOWS:
        raise Problem("http.bad_request", detail="show")
    return show


def _where(
    scope: Scope, round: Round, area: Area, now: dt.datetime, pick: Pick
) -> tuple[str, dict[str, Any]]:
    low, high = scope.within(area.path).ranges[0]
    clause = (
        "t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and "
        + SHOWS[require_show(pick.show)]
    )
    bounds = {"low": low, "high": f"{low}!" if pick.direct else high}
    return clause, {"round": round.pk, "now": round.late_before(now), **bounds}


def _count(scope: Scope, round: Round, area: Area, now: dt.datetime, pick: Pick) -> int:
    """The number that was pressed, so that the list and the number cannot differ by how they were counted."""
    if pick.direct:
        found = coverage_by_child(scope, round, area, now)
        equation = next((counts for child, counts in found if child.pk == area.pk), Equation())
    else:
        equation = coverage_of(scope, round, area, now)
    return equation.number(pick.show)


def _named(found: Answering | None) -> tuple[int, str, str]:
    return (found.worker_id, found.name, found.title) if found else (0, "", "")


def _row(row: tuple[Any, ...], now: dt.datetime, answering: Mapping[str, Answering]) -> TargetRow:
    *plain, attempts, exemption_id, exemption_reason, worker_id, worker_name, worker_title = row[:-3]
    born_at, born_by = row[-3:-1]
    who = (worker_id, worker_name, worker_title) if worker_id else _named(answering.get(row[2]))
    (
        household_id,
        person_id,
        path,
        village,
        place,
        door,
        name,
        people,
        kind,
        is_unnamed,
        state,
        reason,
        origin,
        due_at,
        tries,
    ) = plain
    return TargetRow(
        household_id=household_id,
        person_id=person_id,
        area_path=path,
        village=village,
        place=place or "",
        door=door or "",
        name=called(name, kind, is_unnamed=is_unnamed, is_person=bool(person_id)),
        people_count=people,
        is_collective=kind == "collective",
        is_unnamed=bool(is_unnamed),
        state=state,
        reason=reason,
        origin=origin,
        due_at=due_at,
        is_overdue=state in ("open", "not_met") and due_at < now,
        attempt_count=tries,
        attempts=tuple(
            Attempt(dt.datetime.fromisoformat(at), channel, outcome)
            for at, channel, outcome in attempts or ()
        ),
        exemption_id=exemption_id,
        exemption_reason=exemption_reason or "",
        worker_id=who[0] or None,
        worker_name=who[1],
        worker_title=who[2],
        born_at=born_at,
        born_by=born_by or "",
    )


def called(name: str | None, kind: str | None, *, is_unnamed: bool | None, is_person: bool) -> str:
    """As a list calls who lives there: a family's head, who answers for a 集体户, or 未登记."""
    if name is None:
        return str(MOVED_ELSEWHERE)
    if kind == "collective" and name and not is_person:
        return CONTACT % {"name": name}
    return str(UNNAMED) if is_unnamed else name


# Whoever is counted has a row, a household too that the register has moved elsewhere since the list was frozen: the
# joins to the register may come to nothing. The page is cut first; only its rows are then looked up further. Every
# table with people carries its own range: row security alone would walk the whole index.
_PAGE = """
with page as materialized (
  select t.*, d.label, d.walk_order, h.head_name, h.kind, h.is_unnamed, a.name area_name, {counted} counted,
    row_number() over (order by {order}) place
  from campaigns_target t
  left join register_household h on h.id = t.household_id and h.area_path >= %(low)s and h.area_path < %(high)s
  left join register_door d on d.id = h.door_id
  join areas_area a on a.path = t.area_path
  where {where}
  order by {order} limit %(limit)s offset %(offset)s)
select t.household_id, t.person_id, t.area_path,
  (select v.name from areas_area v where v.path = t.village_path),
  (select string_agg(u.name, '' order by u.path) from areas_area u
    where u.path > t.village_path and u.path <= t.area_path and t.area_path < left(u.path, -1) || '/'
      and (u.level <> 'grid' or u.path = t.area_path)),
  t.label,
  coalesce((select p.name from register_person p where p.id = t.person_id), case when t.person_id <> 0 then (
    select e.name from register_lifeevent e where e.person_id = t.person_id and e.household_id = t.household_id
    order by e.id desc limit 1) end, t.head_name),
  (select count(*) from register_person p where p.household_id = t.household_id and p.is_current and p.{base}),
  t.kind, t.is_unnamed, t.state, t.reason, t.origin, t.due_at, t.attempt_count,
  (select json_agg(json_build_array(l.happened_at, l.channel, l.outcome) order by l.happened_at) from (
    select v.happened_at, v.channel, v.outcome from campaigns_visit v
    where v.household_id = t.household_id and v.happened_at >= %(opens)s and v.happened_at < %(closed)s
      and not exists (select from campaigns_visit n where n.supersedes = v.id)
    order by v.happened_at desc limit %(attempts)s) l),
  e.id, e.reason, t.worker_id, w.name, w.title, b.happened_at, bw.name, t.counted
from page t
left join campaigns_visit b on t.is_born and b.id = t.settled_by and b.area_path >= %(low)s and b.area_path < %(high)s
left join workforce_worker bw on bw.id = b.worker_id
left join campaigns_exemption e on e.round_id = t.round_id and e.household_id = t.household_id
  and e.person_id = t.person_id and e.decision = 'pending'
left join workforce_worker w on w.id = t.worker_id
order by t.place
"""
