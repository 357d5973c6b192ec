"""Which doors changed since when: what triggers have noted (versions.py), read for phones and for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from lianfang.core.scope import Scope


@dataclass(frozen=True, slots=True)
class Versions:
    """Of the households of some areas, as one statement saw them."""

    watermark: int  # every transaction below it had ended: what it changed is seen
    by_household: dict[int, int]  # in the order of their ids


def versions_in(scope: Scope, most: int) -> Versions:
    """At most `most` + 1 households, so that who asks sees that there are too many."""
    within, bounds = scope.sql("area_path")
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS.format(within=within), [*bounds, most + 1])
        watermark, households, versions = cursor.fetchone()
    return Versions(watermark, dict(zip(households or (), versions or (), strict=True)))


_VERSIONS = """
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint, array_agg(household_id), array_agg(version)
from (select household_id, version from register_doorversion where {within} order by household_id limit %s) v
"""


def doors_by_area(scope: Scope) -> dict[str, int]:
    """How many households hang on each area itself, by its path."""
    within, bounds = scope.sql("area_path")
    with connection.cursor() as cursor:
        cursor.execute(
            f"select area_path, count(*) from register_doorversion where {within} group by area_path",  # noqa: S608
            bounds,
        )
        return dict(cursor.fetchall())


def gone_since(scope: Scope, watermark: int) -> list[int]:
    """Households that left these areas by a transaction of the watermark or later. Some may have come back."""
    within, bounds = scope.sql("area_path")
    with connection.cursor() as cursor:
        cursor.execute(
            f"select distinct household_id from register_doorgone where {within} and version >= %s order by 1",  # noqa: S608
            [*bounds, watermark],
        )
        return [row[0] for row in cursor.fetchall()]


def renew_versions() -> int:
    """After a restore transactions are counted anew: every door is as if it had changed now. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("update register_doorversion set version = pg_current_xact_id()::text::bigint")
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class WatermarkAge:
    """How far what phones are told lags behind: everything that began after the oldest running writer waits with it."""

    seconds: float
    transaction_count: int


def watermark_age() -> WatermarkAge:
    """Seconds are those of the oldest running transaction that has written; those of other roles are not seen, but
    they are counted."""
    with connection.cursor() as cursor:
        cursor.execute(_AGE)
        seconds, count = cursor.fetchone()
    return WatermarkAge(float(seconds), int(count))


_AGE = """
select coalesce((select extract(epoch from clock_timestamp() - min(xact_start)) from pg_stat_activity
    where backend_xid is not null and pid <> pg_backend_pid()), 0),
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""
