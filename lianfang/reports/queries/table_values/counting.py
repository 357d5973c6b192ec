"""Counts of the register and of answers, for all areas of a sheet at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.db import connection

from lianfang.areas.dividing import Division, place
from lianfang.core.set_wise import whole_area
from lianfang.reports.queries.table_values.asking import NUMERIC, TableAsk
from lianfang.reports.tables import Meaning, Value

_FLAGS = frozenset({"is_living_here", "is_registered_here", "is_here_tonight"})
_AGE = "extract(year from age(%(today)s::date, p.birth_on))"


@dataclass(slots=True)
class Answers:
    """What is known of one question in one area: (since it counts, today)."""

    answered: tuple[int, int] = (0, 0)
    total: tuple[Value, Value] = (None, None)
    by_choice: dict[str, tuple[int, int]] = field(default_factory=dict)


def register_counts(
    ask: TableAsk, places: Division, meanings: Iterable[Meaning]
) -> dict[str, dict[tuple[str, str], int]]:
    """By path, then by (key, choice). An area of which the register has nobody has no entry: that is no zero."""
    wanted = list(dict.fromkeys((one.key, one.choice) for one in meanings))
    clauses = [clause for key, choice in wanted if (clause := count_clause(key, choice)) is not None]
    if not wanted:
        return {}
    low, high = places.bounds
    values: dict[str, Any] = {"low": low, "high": high, "today": ask.day.date, **places.values}
    for number, (_sql, bounds) in enumerate(clauses):
        values |= {f"from_{number}": bounds[0], "to_" + str(number): bounds[1]}
    counts = "".join(
        f", count(*) filter (where {sql.format(number=number)})" for number, (sql, _) in enumerate(clauses)
    )
    with whole_area(), connection.cursor() as cursor:
        cursor.execute(_PEOPLE.format(counts=counts), values)
        people = {row[0]: row[1:] for row in cursor.fetchall() if row[0]}
        cursor.execute(_HOUSEHOLDS, values)
        households = {row[0]: row[1] for row in cursor.fetchall() if row[0]}
    keyed = [one for one in wanted if count_clause(*one) is not None]
    found: dict[str, dict[tuple[str, str], int]] = {}
    for path in places.paths:
        of_place = dict(zip(keyed, people.get(path, ()), strict=False))
        if ("household_count", "") in wanted and path in households:
            of_place["household_count", ""] = households[path]
        found[path] = of_place
    return found


def count_clause(key: str, choice: str) -> tuple[str, tuple[Any, Any]] | None:
    """A condition over a person `p` with two bounds; None for what is no count of people."""
    if key == "people_count":
        return "true", (None, None)
    if key == "sex" and choice in ("male", "female"):
        return f"p.sex = '{choice}'", (None, None)
    if key in _FLAGS and choice in ("true", "false"):
        return f"p.{key} is {choice}", (None, None)
    if key == "age" and "-" in choice:
        low, high = age_bounds(choice)
        return f"{_AGE} >= %(from_{{number}})s and {_AGE} <= %(to_{{number}})s", (low, high)
    return None


def age_bounds(choice: str) -> tuple[int, int]:
    """'60-' → 60 and older, '-17' → up to 17, '3-6' → from 3 to 6, both in."""
    low, _, high = choice.partition("-")
    return int(low) if low.isdecimal() else 0, int(high) if high.isdecimal() else 200


def answers_by_place(ask: TableAsk, places: Division, keys: Sequence[str]) -> dict[str, dict[str, Answers]]:
    """By path, then by question: how many were asked, what they said. Who moved away or died is not counted."""
    wanted = [ask.questions[key] for key in dict.fromkeys(keys) if key in ask.questions]
    if not wanted:
        return {}
    low, high = places.bounds
    values: dict[str, Any] = {
        "low": low,
        "high": high,
        "begin": ask.day.begin,
        "midnight": ask.day.midnight,
        "keys": [one.key for one in wanted],
        "numbers": [one.key for one in wanted if one.type == "integer"],
        "since": [ask.since(one) for one in wanted],
        **places.values,
    }
    with whole_area(), connection.cursor() as cursor:
        cursor.execute(_ANSWERS, values)
        rows = cursor.fetchall()
    found: dict[str, dict[str, Answers]] = {}
    for path, key, choice, count, today, total, total_today in rows:
        if not path:
            continue
        said = found.setdefault(path, {}).setdefault(key, Answers())
        if choice is None:
            said.answered, said.total = (count, today), (_number(total), _number(total_today))
        else:
            said.by_choice[choice] = (count, today)
    return found


def _number(value: Any) -> Value:
    return None if value is None else int(value) if value == int(value) else float(value)


def measured(ask: TableAsk, meaning: Meaning, said: Answers | None) -> Value:
    """One cell. Where nobody was asked, nothing is known: None, never 0."""
    at = 1 if meaning.span == "today" else 0
    answered = said.answered[at] if said else 0
    if said is None or not answered:
        return None
    if meaning.measure in ("sum", "value"):
        return said.total[at] if ask.questions[meaning.key].type in NUMERIC else None
    counted = (
        _said_so(ask.questions[meaning.key].type in NUMERIC, meaning.choice, said, at)
        if meaning.choice
        else answered
    )
    return Fraction(counted, answered) if meaning.measure == "share" else counted


def _said_so(is_number: bool, choice: str, said: Answers, at: int) -> int:
    if not is_number:
        return said.by_choice.get(choice, (0, 0))[at]
    return sum(count[at] for value, count in said.by_choice.items() if says_number(value, choice))


def says_number(value: Any, choice: str) -> bool:
    """'2' is two, '3-' three and more, '1-2' one or two."""
    low, dash, high = choice.partition("-")
    if not low.isdecimal():
        return False
    number = float(value)
    return int(low) <= number <= (int(high) if high.isdecimal() else float("inf") if dash else int(low))


def since_by_key(ask: TableAsk, keys: Iterable[str]) -> Mapping[str, dt.datetime]:
    return {key: ask.since(ask.questions[key]) for key in keys if key in ask.questions}


_PEOPLE = f"""
select {place("p.area_path")}{{counts}} from register_person p
where p.area_path >= %(low)s and p.area_path < %(high)s and p.is_current group by 1
"""
_HOUSEHOLDS = f"""
select {place("h.area_path")}, count(*) from register_household h
where h.area_path >= %(low)s and h.area_path < %(high)s and h.is_current and not h.is_unnamed group by 1
"""
# A choice is a row of its own beside the row of all who answered (choice null).
_ANSWERS = f"""
with said as materialized (
  select {place("f.area_path")} place, f.question, f.value, f.happened_at >= %(begin)s and f.happened_at < %(midnight)s is_today
  from unnest(%(keys)s::text[], %(since)s::timestamptz[]) w(key, since)
  join campaigns_fact f on f.question = w.key and f.happened_at >= w.since
  join register_household h on h.id = f.household_id and h.is_current
    and h.area_path >= %(low)s and h.area_path < %(high)s
  left join register_person p on p.id = f.person_id and p.household_id = f.household_id and p.is_current
    and p.area_path >= %(low)s and p.area_path < %(high)s
  where f.area_path >= %(low)s and f.area_path < %(high)s and (f.person_id = 0 or p.id is not null))
select place, question, null choice, count(*), count(*) filter (where is_today), sum(n), sum(n) filter (where is_today)
from (select *, case when jsonb_typeof(value) = 'number' then (value #>> '{{}}')::numeric end n from said) x
group by 1, 2
union all
select place, question, choice, count(*), count(*) filter (where is_today), null, null from (
  select place, question, is_today, value #>> '{{}}' choice from said where jsonb_typeof(value) in ('string', 'boolean')
    or question = any(%(numbers)s) and jsonb_typeof(value) = 'number'
  union all
  select place, question, is_today, c.choice from said,
    lateral jsonb_array_elements_text(case when jsonb_typeof(value) = 'array' then value else '[]' end) c(choice)) y
group by 1, 2, 3
"""
