"""The list behind a figure of the day's work: visits, or people, in the same words of SQL as the figure's own count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.changes.queries import PATH_THEN
from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.targets import MOVED_ELSEWHERE, UNNAMED
from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree
from lianfang.reports.queries.day import KNOCKED, MET, STANDING, Day
from lianfang.reports.queries.doors import name_then, village_and_door, village_and_door_then

# Figure → which standing visits (or, below, which lines of them) are counted.
OF_VISITS = {
    "households": "v.id = t.settled_by and t.state = 'done'",
    "visits": "true",
    "nobody_home": "v.outcome in ('nobody_home', 'no_answer')",
    "refused": "v.outcome = 'refused'",
}
# Of a household the newest answer counts.
OF_ANSWERS = {
    "returned": ("returned_count", "x.said ~ '^[0-9]{1,4}$' and x.said::int > 0"),
    "water_left": ("standing_water", "x.said = 'left'"),
}
OF_LINES = {
    "people": "n.presence = any(%(met)s)",
    "doses_asked": "n.answers ? 'dose_count'",
}
KEYS = frozenset({*OF_VISITS, *OF_ANSWERS, *OF_LINES})


@dataclass(frozen=True, slots=True)
class NameRow:
    household_id: int
    person_id: int
    village: str
    place: str
    name: str
    happened_at: dt.datetime
    channel: str
    outcome: str
    said: str  # the answer that is counted, or the presence of a person
    worker: str


@dataclass(frozen=True, slots=True)
class NamePage(Paged):
    rows: tuple[NameRow, ...]
    total_count: int
    number: int


@dataclass(frozen=True, slots=True)
class Behind:
    """Which list: `key` is one of KEYS; `is_today`: of the day alone, else since the round opened."""

    key: str
    is_today: bool
    text: str = ""
    page: int = 1
    size: int = PAGE


def names_behind(scope: Scope, round: Round, area: Area, day: Day, behind: Behind) -> NamePage:
    """Of a day that is over, whom the area had then, under the names that the places had then. Raises `scope.outside`,
    `reports.unknown_figure`."""
    then = day.area(scope, area)
    low, high = then.bounds
    own_low, own_high = subtree(area.path)
    values: dict[str, Any] = {
        "round": round.pk,
        "low": low,
        "high": high,
        "own_low": own_low,
        "own_high": own_high,
        "moment": then.moment,
        "opens": round.opens_at,
        "begin": day.begin if behind.is_today else round.opens_at,
        "end": day.midnight if day.is_over else day.now + dt.timedelta(minutes=10),
        "met": list(MET),
        "text": behind.text,
        "limit": behind.size,
        "offset": (max(behind.page, 1) - 1) * behind.size,
    }
    at = PATH_THEN.format(column="area_path") if then.has_moved else "area_path"
    where = village_and_door_then("c.path_then") if then.has_moved else village_and_door("c.area_path")
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(counted=_counted(behind.key, at), where=where), values)
        rows = cursor.fetchall()
    total_count = rows[0][-1] if rows else 0
    return NamePage(tuple(_name_row(row) for row in rows), total_count, max(behind.page, 1))


def _name_row(row: tuple[Any, ...]) -> NameRow:
    household_id, person_id, village, place, name, *rest, _total = row
    called = name if name else str(MOVED_ELSEWHERE if name is None else UNNAMED)
    return NameRow(household_id, person_id, village, place, called, *rest)


def _counted(key: str, at: str) -> str:
    """`at`: where a target's area lay then, as SQL over its row."""
    if key in OF_VISITS:
        return _VISITS.format(clause=OF_VISITS[key], at=at)
    if key in OF_ANSWERS:
        question, clause = OF_ANSWERS[key]
        return _ANSWERS.format(question=question, clause=clause, at=at)
    if key in OF_LINES:
        return _LINES.format(clause=OF_LINES[key], at=at)
    raise Problem("reports.unknown_figure")


_FROM = f"""
  from (select distinct household_id, settled_by, state, {{at}} path_then from campaigns_target
    where round_id = %(round)s and area_path >= %(low)s and area_path < %(high)s and last_visit_at >= %(opens)s) t
  join campaigns_visit v on v.household_id = t.household_id and v.happened_at >= %(opens)s and v.happened_at < %(end)s
    and {STANDING} and {KNOCKED} and t.path_then >= %(own_low)s and t.path_then < %(own_high)s"""
_COLUMNS = "v.household_id, v.area_path, t.path_then, v.happened_at, v.channel, v.outcome, v.worker_id"
_VISITS = (
    "select distinct v.id, "
    + _COLUMNS
    + ", 0 person_id, '' said"
    + _FROM
    + " where v.happened_at >= %(begin)s and {clause}"
)
_ANSWERS = (
    "select * from (select distinct on (v.household_id) v.id, "
    + _COLUMNS
    + ", 0 person_id, v.answers ->> '{question}' said"
    + _FROM
    + " where v.answers ? '{question}' order by v.household_id, v.happened_at desc) x"
    " where x.happened_at >= %(begin)s and {clause}"
)
_LINES = (
    "select distinct on (n.person_id) v.id, "
    + _COLUMNS
    + ", n.person_id, n.presence said"
    + _FROM
    + " join campaigns_visitline n on n.visit_id = v.id"
    " where v.happened_at >= %(begin)s and {clause} order by n.person_id, v.happened_at desc"
)
_PAGE = f"""
with counted as ({{counted}})
select c.household_id, c.person_id, {{where}},
  coalesce(p.name, case when c.person_id <> 0 then {name_then("c.person_id", "c.household_id")} else h.head_name end), c.happened_at, c.channel, c.outcome, c.said, coalesce(w.name, ''), count(*) over ()
from counted c
left join register_household h on h.id = c.household_id and h.area_path >= %(low)s and h.area_path < %(high)s
left join register_door d on d.id = h.door_id
left join register_person p on p.id = c.person_id
left join workforce_worker w on w.id = c.worker_id
where %(text)s = '' or position(%(text)s in h.head_name) > 0 or position(%(text)s in d.label) > 0
  or position(%(text)s in coalesce(p.name, '')) > 0
order by c.happened_at desc, c.area_path, d.walk_order, c.person_id limit %(limit)s offset %(offset)s
"""
