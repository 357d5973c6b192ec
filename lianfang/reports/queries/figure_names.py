"""The list behind a figure of the day's work: visits, or people, in the same words of SQL as the figure's own count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.targets import MOVED_ELSEWHERE, UNNAMED
from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.reports.queries.day import KNOCKED, MET, STANDING, Day
from lianfang.reports.queries.doors import name_then, village_and_door

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


def names_behind(
    scope: Scope,
    round: Round,
    area: Area,
    day: Day,
    key: str,
    *,
    is_today: bool,
    text: str = "",
    page: int = 1,
    size: int = PAGE,
) -> NamePage:
    """`key`: one of KEYS; `is_today`: of the day alone, else since the round opened. Raises `scope.outside`,
    `reports.unknown_figure`."""
    low, high = scope.within(area.path).ranges[0]
    values: dict[str, Any] = {
        "round": round.pk,
        "low": low,
        "high": high,
        "opens": round.opens_at,
        "begin": day.begin if is_today else round.opens_at,
        "end": day.midnight if day.is_over else day.now + dt.timedelta(minutes=10),
        "met": list(MET),
        "text": text,
        "limit": size,
        "offset": (max(page, 1) - 1) * size,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(counted=_counted(key)), values)
        rows = cursor.fetchall()
    total_count = rows[0][-1] if rows else 0
    return NamePage(tuple(_name_row(row) for row in rows), total_count, max(page, 1))


def _name_row(row: tuple[Any, ...]) -> NameRow:
    household_id, person_id, village, place, name, *rest, _total = row
    called = name if name else str(MOVED_ELSEWHERE if name is None else UNNAMED)
    return NameRow(household_id, person_id, village, place, called, *rest)


def _counted(key: str) -> str:
    if key in OF_VISITS:
        return _VISITS.format(clause=OF_VISITS[key])
    if key in OF_ANSWERS:
        question, clause = OF_ANSWERS[key]
        return _ANSWERS.format(question=question, clause=clause)
    if key in OF_LINES:
        return _LINES.format(clause=OF_LINES[key])
    raise Problem("reports.unknown_figure")


_FROM = f"""
  from (select distinct household_id, settled_by, state from campaigns_target
    where round_id = %(round)s and area_path >= %(low)s and area_path < %(high)s and last_visit_at >= %(opens)s) t
  join campaigns_visit v on v.household_id = t.household_id and v.happened_at >= %(opens)s and v.happened_at < %(end)s
    and {STANDING} and {KNOCKED}"""
_COLUMNS = "v.household_id, v.area_path, v.happened_at, v.channel, v.outcome, v.worker_id"
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
select c.household_id, c.person_id, {village_and_door("c.area_path")},
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
