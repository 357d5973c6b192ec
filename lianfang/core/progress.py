"""How far a job is, told to the pages while its own transaction is still open."""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from lianfang.core.scope import Scope

log = logging.getLogger(__name__)
BEAT_SECONDS = 0.5  # a page asks every two or three


class Telling:
    """A connection of its own: what the job writes is seen by nobody before it commits.

    `statement`: an update that takes first how much is done, then `values`, with `{range}` for the scope's areas."""

    def __init__(self, scope: Scope, statement: str, *values: Any) -> None:
        self._scope, self._values = scope, values
        clause, self._bounds = scope.sql("area_path")
        self._statement = statement.format(range=clause)
        self._connection: BaseDatabaseWrapper | None = None
        self._told_at = 0.0

    def __enter__(self) -> Self:
        self._connection = connections.create_connection("default")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    def tell(self, done: int) -> bool:
        """Not more often than every BEAT_SECONDS. False where the row that is told is not there any more. That it
        cannot be told costs the job nothing."""
        if time.monotonic() - self._told_at < BEAT_SECONDS:
            return True
        self._told_at = time.monotonic()
        assert self._connection is not None  # noqa: S101 - entered before it is called
        try:
            return self._told(self._connection, done)
        except DatabaseError:
            log.warning("a page is not told how far its job is", exc_info=True)
            self._connection.close()  # the next time opens it again
            return True

    def _told(self, connection: BaseDatabaseWrapper, done: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select set_config('lianfang.token', %s, true)", [self._scope.token()])
            cursor.execute(self._statement, [done, *self._values, *self._bounds])
            is_there = cursor.rowcount == 1
            cursor.execute("commit")
        return is_there
