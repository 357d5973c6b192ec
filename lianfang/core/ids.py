"""Identifiers that are made away from the database, of operations and visits; and numbers of its own, taken ahead."""

from __future__ import annotations

import os
import time
import uuid
from array import array

from django.db import connection, models


def new_id() -> uuid.UUID:
    """A UUID of version 7: sorts by the time of making, so that indexes grow at one end."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def next_ids(model: type[models.Model], count: int) -> array[int]:
    """As many keys from the table's own sequence, for rows that name one another before they are stored. Two people at
    once never get the same, as they would by counting rows."""
    if not count:
        return array("q")
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return array("q", [row[0] for row in cursor.fetchall()])
