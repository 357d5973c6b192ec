"""A row goes from one area to another: who signs for it on its way, and where it is then. However many rows go, the number
of statements stays the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from django.db import connection

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, prefixes
from lianfang.core.arrays import columns
from lianfang.core.scope import Scope
from lianfang.verification import rules
from lianfang.verification.models import Hop, PushedRow

AT_ONCE = 5_000  # rows in one statement


def put(row: PushedRow, areas: Iterable[Area], placed_by: str) -> None:
    """Write down where the row is to be checked: the township and the village among these areas, if there is one."""
    at = {area.level: area.code for area in areas}
    row.town_code = at.get(Area.Level.TOWNSHIP, "")
    row.village_code = at.get(Area.Level.VILLAGE, "")
    row.placed_by = placed_by


def chains_of(paths: Collection[str]) -> dict[str, list[Area]]:
    """Each path with its area and those above. One statement."""
    areas = by_path({step for path in paths for step in prefixes(path)})
    return {path: [areas[step] for step in prefixes(path) if step in areas] for path in paths}


def down(
    row: PushedRow, end: str, *, came: str, below: str, by: int | None, moment: dt.datetime
) -> list[Hop]:
    """The steps from `came` to `end` by way of the areas below `below`, which holds both; each of them signs for the row.
    Unsaved."""
    hops = []
    for step in rules.chosen_way(end, below):
        hops.append(
            Hop(row=row, kind=Hop.Kind.DOWN, from_path=came, area_path=step, sent_at=moment, sent_by=by)
        )
        came = step
    return hops


def store(rows: Sequence[PushedRow], scope: Scope) -> None:
    """Where these rows are now, and who has them. One statement; `scope` holds where they were and where they are."""
    condition, values = scope.sql("r.area_path")
    with connection.cursor() as cursor:
        for start in range(0, len(rows), AT_ONCE):
            told = [
                (
                    row.pk,
                    row.area_path,
                    str(row.state),
                    row.worker_id,
                    row.taken_at,
                    row.town_code,
                    row.village_code,
                )
                for row in rows[start : start + AT_ONCE]
            ]
            cursor.execute(_STORE.format(range=condition), [*columns(told), *values])


_STORE = """
update verification_pushedrow r set area_path = v.area_path, state = v.state, worker_id = v.worker_id,
  taken_at = v.taken_at, town_code = v.town_code, village_code = v.village_code
from unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[], %s::text[])
  v(id, area_path, state, worker_id, taken_at, town_code, village_code)
where r.id = v.id and {range}
"""
