"""Who may change a county's areas while who hangs things on them: one lock, the row of the county.

Whoever hangs something new on an area (a door, a household, a group) holds its areas and reads the path after that.
Whoever moves paths, or loads a sheet that must find everybody who is there, is alone in the county. It is the first lock
of either: before households, persons and counters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection

from lianfang.areas.models import Area
from lianfang.areas.queries import gone, prefixes


def hold(area: Area) -> Area:
    """Until the transaction ends no area of this one's county merges, splits or moves, and no sheet is loaded there.
    Waits for whoever is at it. Returns the area as it is now; raises `areas.gone` when it is no more."""
    hold_paths([area.path])
    area.refresh_from_db(fields=["name", "path", "parent", "valid_to"])
    if not area.is_living:
        raise gone(area)
    return area


def hold_paths(paths: Iterable[str]) -> None:
    """The same for the counties of many paths, in one order."""
    _lock({step for path in paths for step in prefixes(path)}, "for share")


def be_alone(area: Area) -> None:
    """Until the transaction ends nobody else holds the areas of this one's county, or is alone there."""
    if not _lock(prefixes(area.path), "for no key update"):
        Area.objects.select_for_update(no_key=True).get(pk=area.pk)


def _lock(paths: Collection[str], strength: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from areas_area where path = any(%s) and level = 'county' order by id " + strength,  # noqa: S608 - constants
            [list(paths)],
        )
        return bool(cursor.fetchall())
