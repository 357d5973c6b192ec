"""How far a job is, told to the pages while its own transaction is still open, and whether it may go on."""

from __future__ import annotations

import time
from types import TracebackType

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from lianfang.core.problems import Problem
from lianfang.core.scope import Scope

BEAT_SECONDS = 0.5  # a page asks every two


class Progress:
    """A connection of its own: what the job writes is seen by nobody before it commits."""

    def __init__(self, file_id: int, run: int, scope: Scope) -> None:
        self.file_id, self.run, self.scope = file_id, run, scope
        self._connection: BaseDatabaseWrapper | None = None
        self._told_at = 0.0

    def __enter__(self) -> Progress:
        self._connection = connections.create_connection("default")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    def __call__(self, done: int) -> None:
        """Rows done. Raises `register.stopped` when somebody stopped this run."""
        if time.monotonic() - self._told_at < BEAT_SECONDS:
            return
        self._told_at = time.monotonic()
        if not self._tell(done):
            raise Problem("register.stopped")

    def _tell(self, done: int) -> bool:
        assert self._connection is not None  # noqa: S101 - entered before it is called
        clause, bounds = self.scope.sql("area_path")
        with self._connection.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select set_config('lianfang.token', %s, true)", [self.scope.token()])
            cursor.execute(
                "update register_importfile set rows_done = %s where id = %s and run = %s"  # noqa: S608 - constants
                f" and state in ('checking', 'taking') and {clause}",
                [done, self.file_id, self.run, *bounds],
            )
            is_going_on = cursor.rowcount == 1
            cursor.execute("commit")
        return is_going_on
