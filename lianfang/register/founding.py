"""The first people of an area go into the register in pieces, while the next rows are still read and checked.

Where nobody is known yet, no row can be somebody else's: each is a person as it stands, and numbers of doors, households
and people can be given before they are stored. So PostgreSQL works on one piece while Python checks the rows of the next
(decision 0018). All of it is one transaction, seen by nobody before it ends.
"""

from __future__ import annotations

import select
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

import psycopg
from django.db import DatabaseError, connection

from lianfang.core.ids import next_ids
from lianfang.register import staging
from lianfang.register.models import Door, Household
from lianfang.register.staging import Bounds


def is_empty(cursor: Any, area: Bounds) -> bool:
    """Nobody lives there, and there is no door behind which somebody could."""
    for table in ("register_person", "register_household", "register_door"):
        cursor.execute(
            f"select exists (select from {table} where area_path >= %s and area_path < %s)",  # noqa: S608 - constants
            area,
        )
        if cursor.fetchone()[0]:
            return False
    return True


class Founding:
    """`store` a piece, go on reading, `store` the next one; `wait` at the end, `leave` whatever happened. What goes
    wrong with a piece is raised by the call after it. Doors and households are named by their numbers in the file."""

    def __init__(self, file_id: int | None, path: str) -> None:
        self.door_ids = array("q")
        self.household_ids = array("q")
        self.person_count = 0
        self.person_ids: tuple[int, int] | None = None  # first and last
        self._file_id, self._path = file_id, path
        self._door_paths: list[str] = []
        self._household_paths: list[str] = []
        self._under_way: ExitStack | None = None
        self._results: Sequence[psycopg.Cursor[Any]] = ()
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)

    def store(
        self,
        doors: Sequence[Sequence[Any]],
        households: Sequence[Sequence[Any]],
        people: Iterable[tuple[int, str]],
        raws: Sequence[Sequence[Any]],
    ) -> None:
        """The next doors (area id, path, unit, floor, room, label, walk order) and households (door, then as
        `_TABLES` has them), people of households (household, `staging.LINE` as text) and raw cells. Returns before
        they are stored."""
        self.wait()
        with connection.cursor() as cursor:
            staging.copy_rows(cursor, "founded_door", self._with_ids(doors))
            staging.copy_rows(cursor, "founded_household", self._behind_doors(households))
            ids, paths = self.household_ids, self._household_paths
            lines = (f"{ids[number]}\t{paths[number]}\t{line}" for number, line in people)
            staging.copy_lines(cursor, f"staged_line (household, area_path, {staging.LINE})", lines)
            staging.copy_rows(cursor, "staged_raw", raws)
        self._send(bool(raws) and self._file_id is not None)

    def _with_ids(self, doors: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        ids = next_ids(Door, len(doors))
        self.door_ids += ids
        self._door_paths += [door[1] for door in doors]
        return [(number, *door) for number, door in zip(ids, doors, strict=True)]

    def _behind_doors(self, households: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        ids = next_ids(Household, len(households))
        paths = [self._door_paths[door] for door, *_ in households]
        self.household_ids += ids
        self._household_paths += paths
        return [
            (number, self.door_ids[door], path, *rest)
            for number, path, (door, *rest) in zip(ids, paths, households, strict=True)
        ]

    def _send(self, has_raws: bool) -> None:
        assert connection.connection is not None  # noqa: S101 - a statement ran on it just now
        statements: list[tuple[str, list[Any] | None]] = [
            (_DOORS, None),
            (_HOUSEHOLDS, None),
            (_PEOPLE, [self._file_id]),
            (_SPAN, None),
            (_TOKENS, None),
            # The keys are looked after here, beside our work, and not by who waits for the end.
            ("set constraints all immediate", None),
            ("set constraints all deferred", None),
            *([(_RAWS, [self._file_id, self._path])] if has_raws else ()),
            ("truncate founded_door, founded_household, staged_line, staged_raw", None),
        ]
        self._under_way = ExitStack()
        self._under_way.enter_context(connection.wrap_database_errors)
        self._under_way.enter_context(connection.connection.pipeline())
        # Django's cursor would wait for each answer. One that fails may say so while the next are still being sent.
        cursors = [psycopg.Cursor(connection.connection) for _ in statements]
        with connection.wrap_database_errors:
            for cursor, (statement, values) in zip(cursors, statements, strict=True):
                cursor.execute(statement, values)
            # So that the answers come when all is done, and are seen without asking (`is_busy`).
            connection.connection.pgconn.send_flush_request()
            connection.connection.pgconn.flush()
        self._results = cursors[2:4]

    @property
    def is_busy(self) -> bool:
        """The piece that was sent is still being stored. May say so a little too long, never too short."""
        if self._under_way is None or connection.connection is None:
            return False
        answers = select.poll()
        answers.register(connection.connection.fileno(), select.POLLIN)
        return not answers.poll(0)

    def wait(self) -> None:
        """Until the piece that was sent is stored."""
        if self._under_way is None:
            return
        under_way, self._under_way = self._under_way, None
        under_way.close()
        people, span = self._results
        self.person_count += people.rowcount
        first, last = span.fetchone() or (None, None)
        if first is not None and last is not None:
            self.person_ids = (self.person_ids[0] if self.person_ids else first, last)

    def leave(self) -> None:
        """The connection is to be rolled back, and cannot be while a piece is under way."""
        with suppress(DatabaseError):
            if self._under_way is not None:
                under_way, self._under_way = self._under_way, None
                under_way.close()

    def finish(self, said_more: Mapping[int, Sequence[Any]], unnamed: Iterable[int]) -> None:
        """After the last piece. `said_more`: households of which a later piece said more (the 户主 of a family that
        stands in two places of the sheet), whole; `unnamed`: doors of which nobody has said yet who lives there."""
        self.wait()
        with connection.cursor() as cursor:
            rows = (
                (self.household_ids[number], None, None, *rest)
                for number, (_, *rest) in sorted(said_more.items())
            )
            staging.copy_rows(cursor, "founded_household", rows)
            cursor.execute(_UPDATE)
            staging.store_unnamed(cursor, [self.door_ids[door] for door in unnamed])
            cursor.execute("drop table founded_door, founded_household, staged_line, staged_raw")


_TABLES = """
create temporary table founded_door (id bigint, area_id bigint, area_path text, unit text, floor text, room text,
  label text, walk_order int) on commit drop;
create temporary table founded_household (id bigint, door_id bigint, area_path text, kind text, reference text,
  head_name text, collective_kind text, expected_count int, contact_phone bytea, is_unnamed boolean) on commit drop
"""
_DOORS = """
insert into register_door (id, area_id, area_path, unit, floor, room, label, walk_order)
select id, area_id, area_path, coalesce(unit, ''), coalesce(floor, ''), coalesce(room, ''), label, walk_order
from founded_door
"""
_HOUSEHOLDS = """
insert into register_household (id, door_id, area_path, kind, reference, head_name, is_current, collective_kind,
  expected_count, contact_phone, is_unnamed)
select id, door_id, area_path, coalesce(kind, 'family'), coalesce(reference, ''), coalesce(head_name, ''), true,
  coalesce(collective_kind, ''), expected_count, contact_phone, is_unnamed
from founded_household
"""
_PEOPLE = staging.insert_people("staged_line", number="n", household="household")
_TOKENS = staging.insert_tokens("staged_line", number="n")
_SPAN = "select min(n), max(n) from staged_line"
_RAWS = staging.INSERT_RAWS.format(
    source="staged_raw r left join (select distinct on (sheet, row) sheet, row, area_path, n as id from staged_line"
    " order by sheet, row, n) s on s.sheet = r.sheet and s.row = r.row"
)
_UPDATE = """
update register_household h set kind = coalesce(f.kind, 'family'), head_name = coalesce(f.head_name, ''),
  collective_kind = coalesce(f.collective_kind, ''), expected_count = f.expected_count,
  contact_phone = f.contact_phone, is_unnamed = f.is_unnamed
from founded_household f where h.id = f.id
"""
