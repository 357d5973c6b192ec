"""Whom a row may mean: pairs of a row's number and a person, found set-wise in one county."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection

from lianfang.core.arrays import columns
from lianfang.core.scope import subtree

# A phone that more people have is an office's or a filler: it says nothing of whom a row means.
MOST_WITH_ONE_PHONE = 30
AT_ONCE = 5_000  # values of one statement
Pair = tuple[int, int]


def by_tokens(county: str, tokens: Sequence[tuple[int, bytes]]) -> set[Pair]:
    return set(_run(_TOKENS, tokens, subtree(county)))


def of_many(county: str, tokens: Collection[bytes]) -> set[bytes]:
    """Those of these tokens of phones that more than MOST_WITH_ONE_PHONE people have."""
    return {bytes(token) for (token,) in _run(_OF_MANY, [(token,) for token in tokens], subtree(county))}


def by_village(wanted: Sequence[tuple[int, str, str]]) -> list[tuple[int, int, str]]:
    """Of (row, initials, village): who in that village has these initials, with their names."""
    rows = [(n, letters, *subtree(path)) for n, letters, path in wanted]
    return _run(_INITIALS, rows)


def by_village_name(wanted: Sequence[tuple[int, str, str]]) -> list[Pair]:
    """Of (row, name, village): who in that village has just this name."""
    return _run(_VILLAGE_NAMES, [(n, name, *subtree(path)) for n, name, path in wanted])


def by_birth(county: str, wanted: Sequence[tuple[int, dt.date]]) -> list[tuple[int, int, str, str]]:
    """Who was born on that day, with name and area."""
    return _run(_BORN, wanted, subtree(county))


def by_name(county: str, wanted: Sequence[tuple[int, str, dt.date | None, int | None]]) -> list[Pair]:
    """Of (row, name, day, year): who has that name and was born in that year, or on that day of another; all who
    have it where neither is known."""
    return _run(_NAMES, wanted, subtree(county))


def by_phone_of_household(county: str, tokens: Sequence[tuple[int, bytes]]) -> list[tuple[int, int, str]]:
    """The members of the households in which somebody has that phone, with their names."""
    return _run(_HOUSEHOLD, tokens, subtree(county))


def _run(statement: str, rows: Iterable[Sequence[Any]], more: Sequence[Any] = ()) -> list[Any]:
    asked = list(rows)
    found: list[Any] = []
    with connection.cursor() as cursor:
        for start in range(0, len(asked), AT_ONCE):
            cursor.execute(statement, [*columns(asked[start : start + AT_ONCE]), *more])
            found += cursor.fetchall()
    return found


_TOKENS = """
select distinct w.n, t.person_id from unnest(%s::int[], %s::bytea[]) w(n, token)
join lateral (select t.person_id from register_lookuptoken t where t.token = w.token
  and t.area_path >= %s and t.area_path < %s limit 30) t on true
"""
_OF_MANY = f"""
select w.token from unnest(%s::bytea[]) w(token)
where (select count(*) from (select from register_lookuptoken t where t.token = w.token
  and t.area_path >= %s and t.area_path < %s limit {MOST_WITH_ONE_PHONE + 1}) c) > {MOST_WITH_ONE_PHONE}
"""  # noqa: S608 - a constant
_INITIALS = """
select w.n, p.id, p.name from unnest(%s::int[], %s::text[], %s::text[], %s::text[]) w(n, initials, low, high)
join register_person p on p.initials = w.initials and p.area_path >= w.low collate "C"
  and p.area_path < w.high collate "C"
"""
_VILLAGE_NAMES = """
select w.n, p.id from unnest(%s::int[], %s::text[], %s::text[], %s::text[]) w(n, name, low, high)
join register_person p on p.name = w.name and p.area_path >= w.low collate "C" and p.area_path < w.high collate "C"
"""
_BORN = """
select w.n, p.id, p.name, p.area_path from unnest(%s::int[], %s::date[]) w(n, born)
join register_person p on p.birth_on = w.born and p.area_path >= %s and p.area_path < %s
"""
_NAMES = """
select distinct w.n, p.id from unnest(%s::int[], %s::text[], %s::date[], %s::int[]) w(n, name, born, year)
join register_person p on p.name = w.name and p.area_path >= %s and p.area_path < %s
where (w.born is null and w.year is null) or p.birth_on is null
  or extract(year from p.birth_on) between w.year - 1 and w.year + 1
  or extract(year from p.birth_on) = extract(year from w.born)
  or (extract(month from p.birth_on) = extract(month from w.born)
    and extract(day from p.birth_on) = extract(day from w.born))
"""
_HOUSEHOLD = """
select distinct w.n, m.id, m.name from unnest(%s::int[], %s::bytea[]) w(n, token)
join lateral (select t.person_id from register_lookuptoken t where t.token = w.token
  and t.area_path >= %s and t.area_path < %s limit 30) t on true
join register_person p on p.id = t.person_id
join register_person m on m.household_id = p.household_id and m.is_current
"""
