"""The books of an evening, and who stands behind a number that does not balance.

A round's list and its kept counters are two accounts of the same households; here they are held against each other,
village by village. The people of the done households are held against what was written down about each.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.campaigns.eligibility import BASE_COLUMN
from lianfang.campaigns.models import Campaign, Round
from lianfang.campaigns.queries.windows import taken_by
from lianfang.campaigns.rules import SETTLED
from lianfang.core.clock import local
from lianfang.core.scope import Scope
from lianfang.reports.queries.day import STANDING, Day
from lianfang.reports.queries.doors import HOUSEHOLD_NAME, VILLAGE_AND_DOOR, called_so, village_and_door
from lianfang.reports.queries.places import STATE_AT
from lianfang.reports.rules import BANDS, STATES, Difference, Tries, band_of

NAMES_SHOWN = 20
LIKELY_SHOWN = 5  # a counter cannot say which household it missed; the last ones visited are the likeliest
COUNTED = (*STATES, "found_due", "found_done")


@dataclass(frozen=True, slots=True)
class Check:
    """What came out of holding the list of one round against its counters."""

    differences: tuple[Difference, ...] = ()
    lost_count: int = 0


@dataclass(frozen=True, slots=True)
class Nameless:
    """A household, or a person, that a ledger has no place for."""

    household_id: int
    person_id: int
    village: str
    place: str
    name: str
    about: str  # sex and age of a person; '' for a household
    state: str
    last_visit_at: dt.datetime | None
    since: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Evening:
    """What is read of the books besides the equations, in one statement. A part that was not read is None: above a
    village everybody is not counted again for every look, but when somebody signs."""

    checks: dict[int, Check] | None
    people: dict[int, PeopleCount] | None
    records: RecordCount
    tries: dict[str, Tries]  # of the main round, by path of the area directly below


def evening(
    scope: Scope,
    rounds: Sequence[Round],
    main: Round | None,
    area: Area,
    day: Day,
    *,
    with_checks: bool,
    with_people: bool,
) -> Evening:
    """`scope`: one range, over the area as it lay on that day (`Day.area`)."""
    low, high = scope.ranges[0]
    values: dict[str, Any] = {
        "rounds": [found.pk for found in rounds],
        "round": main.pk if main else 0,
        "area": area.pk,
        "path": area.path,
        "low": low,
        "high": high,
        "begin": day.begin,
        "midnight": day.midnight,
    }
    counted = [found for found in rounds if with_people and has_people(found)]
    since = _counted_since(counted, day)
    pieces = []
    for number, found in enumerate(counted):
        piece = _people_sql(found, day) + _COUNT_PEOPLE.format(round=found.pk)
        own = _people_values(found, area, low, high, day) | {"since": since[found.pk]}
        for name in ("round", "opens", "opens_on", "since", "end", "settled", "form", "version"):
            piece = piece.replace(f"%({name})s", f"%({name}_{number})s")
            values[f"{name}_{number}"] = own[name]
        pieces.append(f"({piece})")
    people = " union all ".join(pieces) or "select null::int where false"
    check = _CHECK if with_checks else "select null::int where false"
    with connection.cursor() as cursor:
        cursor.execute(_EVENING.format(check=check, people=people), values)
        checked, counts, records, tries = cursor.fetchone()
    return Evening(
        _checks(rounds, checked or []) if with_checks else None,
        {row["round"]: PeopleCount(row["total"], *(row[n] for n in PEOPLE)) for row in counts or []}
        if with_people
        else None,
        _records(records or {}),
        _tries(tries or []),
    )


def _checks(rounds: Sequence[Round], rows: list[dict[str, Any]]) -> dict[int, Check]:
    found: dict[int, list[Difference]] = {one.pk: [] for one in rounds}
    lost = dict.fromkeys(found, 0)
    for row in rows:
        lost[row["round"]] += row["lost"]
        found[row["round"]] += [
            Difference(row["village"], state, kept, named)
            for state, kept, named in zip(COUNTED, row["kept"], row["named"], strict=True)
            if kept != named
        ]
    return {pk: Check(tuple(found[pk]), lost[pk]) for pk in found}


def _records(by_status: dict[str, int]) -> RecordCount:
    waiting = ("held", "conflict_kept", "quarantined")
    return RecordCount(
        sum(by_status.values()),
        by_status.get("filed", 0),
        sum(by_status.get(status, 0) for status in waiting),
        by_status.get("replaced", 0),
        by_status.get("set_aside", 0),
    )


def _tries(rows: list[dict[str, Any]]) -> dict[str, Tries]:
    """Rows: path of the child, hour of the last try, hour promised (or null), doors."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["path"], []).append(row)
    found = {}
    for path, own in grouped.items():
        tried, promised = Counter[str](), Counter[str]()
        for row in own:
            tried[band_of(row["tried"])] += row["doors"]
            if row["promised"] is not None:
                promised[band_of(row["promised"])] += row["doors"]
        found[path] = Tries(
            not_met_count=sum(row["doors"] for row in own),
            tried={band: tried[band] for band in BANDS},
            promised={band: promised[band] for band in BANDS},
        )
    return found


def nameless_households(scope: Scope, round: Round, area: Area, check: Check) -> list[Nameless]:
    """Households behind a difference: those whose state is gone, then those of the villages and states in which the
    list has more than the counters (else: all of the differing states), the latest visited first."""
    low, high = scope.within(area.path).ranges[0]
    all_of_them = list(check.differences)
    wanted = [found for found in all_of_them if found.named > found.kept] or all_of_them
    values: dict[str, Any] = {
        "round": round.pk,
        "low": low,
        "high": high,
        "villages": [found.village_path for found in wanted],
        "states": [found.state for found in wanted],
        "most": max(LIKELY_SHOWN, check.lost_count),
        **called_so(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NAMELESS, values)
        return [Nameless(*row) for row in cursor.fetchall()]


# ---------- people ----------

PEOPLE = ("seen", "answered_for", "away", "left", "exempt", "missing")


@dataclass(frozen=True, slots=True)
class PeopleCount:
    """Everybody of the base in the households of a round: what is written down about each."""

    total: int = 0
    seen: int = 0
    answered_for: int = 0
    away: int = 0
    left: int = 0  # moved, dead, taken off
    exempt: int = 0  # of an exempt household
    missing: int = 0  # of a household that is not done

    @property
    def nowhere(self) -> int:
        """Of a household that counts as done, and nobody wrote down what became of them."""
        return self.total - sum(getattr(self, name) for name in PEOPLE)

    def __add__(self, other: PeopleCount) -> PeopleCount:
        return PeopleCount(*(getattr(self, n) + getattr(other, n) for n in ("total", *PEOPLE)))


def has_people(round: Round) -> bool:
    """In a campaign about persons the targets are the people already."""
    return round.campaign.subject == Campaign.Subject.HOUSEHOLD


def nameless_people(scope: Scope, round: Round, area: Area, day: Day) -> list[Nameless]:
    """People of done households about whom nothing is written: born, moved in or written down since the visit."""
    low, high = scope.within(area.path).ranges[0]
    values = _people_values(round, area, low, high, day) | {"most": NAMES_SHOWN}
    values["since"] = _counted_since([round], day)[round.pk]
    with connection.cursor() as cursor:
        cursor.execute(_people_sql(round, day) + _NAME_PEOPLE, values)
        rows = cursor.fetchall()
    return [
        Nameless(household, person, village, place, name, _about(sex, birth, day.date), state, visited)
        for household, person, village, place, name, sex, birth, state, visited in rows
    ]


def _about(sex: str, birth_on: dt.date | None, today: dt.date) -> str:
    word = {"male": "男", "female": "女"}.get(sex, "")
    if birth_on is None:
        return word
    age = today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))
    return f"{word} {age}".strip()


# ---------- records ----------


@dataclass(frozen=True, slots=True)
class RecordCount:
    """Records that arrived on a day. `waiting` wait for somebody to decide."""

    total: int = 0
    filed: int = 0
    waiting: int = 0
    replaced: int = 0
    set_aside: int = 0


# ---------- SQL ----------


def _values(round: Round, area: Area, low: str, high: str, end: dt.datetime) -> dict[str, Any]:
    return {
        "round": round.pk,
        "opens": round.opens_at,
        "end": end,
        "area": area.pk,
        "path": area.path,
        "low": low,
        "high": high,
    }


def _people_values(round: Round, area: Area, low: str, high: str, day: Day) -> dict[str, Any]:
    end = day.midnight if day.is_over else dt.datetime.max.replace(tzinfo=dt.UTC)
    return _values(round, area, low, high, end) | {
        "opens_on": local(round.opens_at).date(),
        "settled": sorted(SETTLED),
        "form": round.campaign.form_key,
        "version": round.campaign.form_version,
    }


def _counted_since(rounds: Sequence[Round], day: Day) -> dict[int, dt.datetime]:
    """From when on each round takes who was met: a round that looks back has its people from before it opened."""
    return {pk: taken.roster_since for pk, taken in taken_by(rounds, day.now).items()} if rounds else {}


def _people_sql(round: Round, day: Day) -> str:
    return _PEOPLE.format(base=BASE_COLUMN[round.campaign.base], state=STATE_AT if day.is_over else "t.state")


# A task without a target: the household was in the list once, and its state is gone.
_CHECK = """
with kept as (
  select round_id, village_path,
    coalesce(sum(done) filter (where origin <> 'found_in_field'), 0)::int done,
    coalesce(sum(exempt) filter (where origin <> 'found_in_field'), 0)::int exempt,
    coalesce(sum(not_met) filter (where origin <> 'found_in_field'), 0)::int not_met,
    coalesce(sum(open) filter (where origin <> 'found_in_field'), 0)::int open,
    coalesce(sum(due) filter (where origin = 'found_in_field'), 0)::int found_due,
    coalesce(sum(done) filter (where origin = 'found_in_field'), 0)::int found_done
  from campaigns_coverage
  where round_id = any(%(rounds)s) and village_path >= %(low)s and village_path < %(high)s group by 1, 2),
named as (
  select round_id, village_path,
    (count(*) filter (where origin <> 'found_in_field' and state = 'done'))::int done,
    (count(*) filter (where origin <> 'found_in_field' and state = 'exempt'))::int exempt,
    (count(*) filter (where origin <> 'found_in_field' and state = 'not_met'))::int not_met,
    (count(*) filter (where origin <> 'found_in_field' and state = 'open'))::int open,
    (count(*) filter (where origin = 'found_in_field'))::int found_due,
    (count(*) filter (where origin = 'found_in_field' and state = 'done'))::int found_done
  from campaigns_target
  where round_id = any(%(rounds)s) and area_path >= %(low)s and area_path < %(high)s group by 1, 2),
lost as (
  select k.round_id, v.path village_path, count(distinct k.household_id)::int lost
  from campaigns_task k
  join areas_area v on v.level = 'village' and k.area_path >= v.path and k.area_path < left(v.path, -1) || '/'
  where k.round_id = any(%(rounds)s) and k.area_path >= %(low)s and k.area_path < %(high)s
    and not exists (select from campaigns_target t
      where t.round_id = k.round_id and t.household_id = k.household_id)
  group by 1, 2)
select coalesce(k.round_id, n.round_id, l.round_id) round,
  coalesce(k.village_path, n.village_path, l.village_path) village, coalesce(l.lost, 0) lost,
  array[coalesce(k.done, 0), coalesce(k.exempt, 0), coalesce(k.not_met, 0), coalesce(k.open, 0),
    coalesce(k.found_due, 0), coalesce(k.found_done, 0)] kept,
  array[coalesce(n.done, 0), coalesce(n.exempt, 0), coalesce(n.not_met, 0), coalesce(n.open, 0),
    coalesce(n.found_due, 0), coalesce(n.found_done, 0)] named
from kept k full join named n on n.round_id = k.round_id and n.village_path = k.village_path
full join lost l on l.round_id = coalesce(k.round_id, n.round_id)
  and l.village_path = coalesce(k.village_path, n.village_path)
where (k.done, k.exempt, k.not_met, k.open, k.found_due, k.found_done)
  is distinct from (n.done, n.exempt, n.not_met, n.open, n.found_due, n.found_done) or l.lost > 0
"""

_NAMELESS = f"""
with wanted as (select * from unnest(%(villages)s::text[], %(states)s::text[]) w(village_path, state)),
found as (
  select k.household_id, k.area_path, 'lost' state, null::timestamptz last_visit_at, 0 place from campaigns_task k
  where k.round_id = %(round)s and k.area_path >= %(low)s and k.area_path < %(high)s
    and not exists (select from campaigns_target t where t.round_id = k.round_id and t.household_id = k.household_id)
  union
  select t.household_id, t.area_path, t.state, t.last_visit_at, 1 from campaigns_target t
  join wanted w on w.village_path = t.village_path
    and (w.state = t.state and t.origin <> 'found_in_field'
      or w.state like 'found%%' and t.origin = 'found_in_field')
  where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s)
select f.household_id, 0, {village_and_door("f.area_path")}, {HOUSEHOLD_NAME}, '', f.state,
  f.last_visit_at
from found f
left join register_household h on h.id = f.household_id and h.area_path >= %(low)s and h.area_path < %(high)s
left join register_door d on d.id = h.door_id
order by f.place, f.last_visit_at desc nulls last, f.area_path, d.walk_order limit %(most)s
"""

# Everybody of the base and every line about them, laid under each other and grouped by person. No join: row security
# makes the planner expect a handful of rows, and a township of them would be compared each with each.
_PEOPLE = f"""
with listed as materialized (
  select t.round_id, t.household_id, t.last_visit_at, r.frozen_at, {{state}} state from campaigns_target t
  join campaigns_round r on r.id = t.round_id
  where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and t.person_id = 0
    and t.origin <> 'found_in_field'),
said as (
  select l.household_id, l.state, l.last_visit_at, p.id, true is_base, null::int best
  from listed l join register_person p on p.household_id = l.household_id and p.is_current and p.{{base}}
    and p.area_path >= %(low)s and p.area_path < %(high)s
  union all
  select l.household_id, l.state, l.last_visit_at, n.person_id, false,
    case n.presence when 'seen' then 1 when 'answered_for' then 2 when 'away' then 3 else 4 end
  from listed l join campaigns_visit v on v.household_id = l.household_id
  join campaigns_visitline n on n.visit_id = v.id
  where v.happened_at >= %(since)s and v.happened_at < %(end)s and {STANDING}
    and (v.happened_at >= %(opens)s or n.presence <> 'away' or n.back_on is null or n.back_on > %(opens_on)s)
    and (n.presence = any(%(settled)s) or n.presence = 'answered_for' and (
      select coalesce((f.definition ->> 'proxy_allowed')::boolean, true) from questions_form f
      where f.key = %(form)s and f.version = %(version)s))
  union all
  select l.household_id, l.state, l.last_visit_at, e.person_id, true, 0
  from listed l join register_lifeevent e on e.household_id = l.household_id
  where e.side = 'left' and e.area_path >= %(low)s and e.area_path < %(high)s and e.recorded_at >= l.frozen_at
    and not exists (select from register_lifeevent c where c.cancels = e.event) and e.cancels is null
    and not exists (select from register_person p where p.id = e.person_id and p.household_id = e.household_id
      and p.is_current)
  union all
  select l.household_id, l.state, l.last_visit_at, e.person_id, false, 4
  from listed l join campaigns_exemption e on e.round_id = l.round_id and e.household_id = l.household_id
  where e.person_id <> 0 and e.decision = 'approved' and e.decided_at < %(end)s),
base as (
  select household_id, id, state, last_visit_at, case
    when state = 'exempt' then 'exempt' when min(best) = 0 then 'left'
    when min(best) = 1 then 'seen' when min(best) = 2 then 'answered_for' when min(best) = 3 then 'away'
    when min(best) = 4 then 'left'
    when state in ('open', 'not_met') then 'missing'
    else 'nowhere' end became
  from said group by household_id, id, state, last_visit_at having bool_or(is_base))
"""
_EACH_PEOPLE = ", ".join(f"(count(*) filter (where became = '{name}'))::int \"{name}\"" for name in PEOPLE)
_COUNT_PEOPLE = "select {round} round, count(*)::int total, " + _EACH_PEOPLE + " from base"
_NAME_PEOPLE = f"""
select b.household_id, b.id, {VILLAGE_AND_DOOR}, p.name, p.sex, p.birth_on, b.state, b.last_visit_at
from base b join register_person p on p.id = b.id join register_household h on h.id = b.household_id and h.area_path >= %(low)s and h.area_path < %(high)s
join register_door d on d.id = h.door_id
where b.became = 'nowhere' order by h.area_path, d.walk_order, b.id limit %(most)s
"""

# How the doors that are still owed were tried last, by the area directly below.
_TRIES = f"""
select c.path, l.tried, l.promised, count(*)::int doors
from campaigns_target t
join areas_area c on (c.parent_id = %(area)s and t.area_path >= c.path and t.area_path < left(c.path, -1) || '/')
  or (c.id = %(area)s and t.area_path = c.path)
join campaigns_round r on r.id = t.round_id
join lateral (
  select h.at tried, h.back promised
  from campaigns_visit v
  cross join lateral (select extract(hour from v.happened_at at time zone 'Asia/Shanghai')::int at,
    extract(hour from v.back_at at time zone 'Asia/Shanghai')::int back) h
  where v.household_id = t.household_id and v.happened_at >= r.opens_at and {STANDING}
  order by v.happened_at desc limit 1) l on true
where t.round_id = %(round)s and t.area_path >= %(low)s and t.area_path < %(high)s and t.state <> 'done'
  and t.state = 'not_met' and t.origin <> 'found_in_field'
group by 1, 2, 3
"""
_EVENING = f"""
select (select json_agg(x) from ({{check}}) x), (select json_agg(x) from ({{people}}) x),
  (select json_object_agg(status, n) from (select o.status, count(*)::int n from intake_operation o
    where o.area_path >= %(low)s and o.area_path < %(high)s and o.received_at >= %(begin)s
      and o.received_at < %(midnight)s group by 1) x),
  (select json_agg(x) from ({_TRIES}) x)
"""
