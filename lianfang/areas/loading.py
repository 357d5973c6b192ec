"""A division file into the tree: code,name,level,parent as .xlsx, .xls or CSV (UTF-8 or GB18030), plain, .gz or .xz.

Everything is checked before anything is stored, and all faults come back at once. A parent must be in the file or
already in the database; only a province has none. So a county's file alone needs its prefecture and province as its
first two lines: nothing is invented for them, because an invented name would stand on printed sheets.

Loading again changes names and adds areas. It never deletes (people hang on areas) and never moves: another level or
parent for a code that is there is a fault of the file.
"""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from lianfang.areas.pinyin import initials
from lianfang.areas.rules import LONGEST_INITIALS, FileRow, Known, Placed, RowError, check_rows, common_path
from lianfang.areas.tables import LARGEST_BYTES, lines_of, word
from lianfang.core import audit
from lianfang.core.problems import Problem

OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}
COLUMNS = ("code", "name", "level", "parent")
HEADERS = {  # as counties head their own sheets
    "code": "code",
    "代码": "code",
    "区划代码": "code",
    "编码": "code",
    "name": "name",
    "名称": "name",
    "level": "level",
    "级别": "level",
    "层级": "level",
    "parent": "parent",
    "上级": "parent",
    "上级代码": "parent",
    "原代码": "old_code",
    "原名称": "old_name",
    "原上级": "old_parent",
    "新代码": "new_code",
    "新名称": "new_name",
    "新上级": "new_parent",
    "起始年": "first_year",
    "截止年": "last_year",
    "原名": "old_name",
    "新名": "new_name",
    "生效日期": "effective_on",
    "生效时间": "effective_on",
    "变更日期": "effective_on",
    "日期": "effective_on",
    "变更类型": "kind",
    "变更": "kind",
    "变动": "kind",
}
ROWS_IN_MESSAGE = 3
CHUNK_ROWS = 20_000


@dataclass(frozen=True)
class Loaded:
    row_count: int
    added_count: int
    renamed_count: int
    missing_count: int = (
        0  # townships and villages of these counties that the file has not: offered, never deleted
    )

    def __str__(self) -> str:
        same = self.row_count - self.added_count - self.renamed_count
        return (
            f"{self.row_count:,} areas: {self.added_count:,} added, {self.renamed_count:,} renamed,"
            f" {same:,} as before"
        )


class FileRejected(Problem):
    """Nothing was stored. `errors` has every fault; the message counts them and names the first."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        said = [f"{error.number}: {error.problem.message}" for error in errors[:ROWS_IN_MESSAGE]]
        super().__init__("areas.file_rejected", count=len(errors), first=" ".join(said))
        self.errors = tuple(errors)


def load_file(path: Path, *, by: int | None = None) -> Loaded:
    """Raises `areas.file_unreadable`, or FileRejected with every fault."""
    return load_rows(read_rows(_content(path)), by=by)


def _content(path: Path) -> bytes:
    opener = OPENERS.get(path.suffix.lower(), open)
    try:
        with opener(path, "rb") as file:
            return bytes(file.read(LARGEST_BYTES + 1))
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise Problem("areas.file_unreadable", detail=error) from error


def read_table(path: Path) -> list[dict[str, str]]:
    """Any CSV or workbook as rows by column, headers in our words where they are known. Raises `areas.file_unreadable`."""
    return table_of(_content(path))


def table_of(content: bytes) -> list[dict[str, str]]:
    """The same of what a file holds: CSV, .xlsx or .xls."""
    lines = lines_of(content, HEADERS)
    header = [HEADERS.get(word(name), name.strip()) for name in next(lines, (0, []))[1]]
    rows = [
        {name: cell.strip() for name, cell in zip_longest(header, cells[: len(header)], fillvalue="") if name}
        for _number, cells in lines
    ]
    if not rows:
        raise Problem("areas.file_unreadable", detail="0")
    return rows


def read_rows(content: bytes) -> list[FileRow]:
    """The rows of a CSV, .xlsx or .xls. Raises `areas.file_unreadable` when it is none, or lacks a column."""
    lines = lines_of(content, HEADERS)
    header = [HEADERS.get(word(cell), "") for cell in next(lines, (0, []))[1]]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise Problem("areas.file_unreadable", detail=f"− {','.join(missing)}")
    places = [header.index(column) for column in COLUMNS]
    width = max(places) + 1
    rows = [
        FileRow(number, *(" ".join(cells[place].split()) for place in places))
        for number, line in lines
        for cells in [line + [""] * (width - len(line))]
    ]
    if not rows:
        raise Problem("areas.file_unreadable", detail="0")
    return rows


@transaction.atomic
def load_rows(
    rows: Sequence[FileRow],
    *,
    by: int | None,
    covers: Callable[[str], bool] = lambda path: True,
    may_write: Callable[[str], bool] = lambda level: True,
) -> Loaded:
    """Check all rows, then store all of them in one statement.

    `covers`, `may_write`: which paths and levels the loader may add or rename. A row that changes nothing may lie
    anywhere: a file that was downloaded here holds its own upper levels.
    """
    placed, errors = check_rows(rows, _known(rows), covers, may_write)
    if errors:
        raise FileRejected(errors)
    _stage(placed)
    _refuse_taken_paths()
    missing = _missing()
    added, renamed = _store()
    loaded = Loaded(len(placed), added, renamed, missing)
    audit.record(
        "area.load",
        "area",
        "file",
        by=by,
        path=common_path(area.path for area in placed),
        rows=loaded.row_count,
        added=added,
        renamed=renamed,
    )
    return loaded


def _known(rows: Iterable[FileRow]) -> dict[str, Known]:
    codes = {row.code for row in rows} | {row.parent for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.code, a.level, coalesce(p.code, ''), a.path, a.name from areas_area a"
            " left join areas_area p on p.id = a.parent_id where a.code = any(%s)",
            [list(codes)],
        )
        return {code: Known(*rest) for code, *rest in cursor.fetchall()}


def _stage(placed: Sequence[Placed]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table staged_area (number int, code text, name text, level text, parent text,"
            ' path text collate "C", initials text) on commit drop'
        )
        with cursor.copy("copy staged_area from stdin") as copy:
            for start in range(0, len(placed), CHUNK_ROWS):
                copy.write("".join(map(_line, placed[start : start + CHUNK_ROWS])))
        cursor.execute("analyze staged_area")


def _line(area: Placed) -> str:
    """One row in COPY's text format; reading has folded all white space into blanks."""
    cells = (*area[1:], initials(area.name)[:LONGEST_INITIALS])
    return f"{area.number}\t" + "\t".join(cells).replace("\\", "\\\\") + "\n"


def _refuse_taken_paths() -> None:
    """A path belongs to one code for ever: what hangs on it was counted there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select s.number, s.code, a.code from staged_area s join areas_area a on a.path = s.path"
            " where a.code <> s.code order by s.number"
        )
        taken = cursor.fetchall()
    if taken:
        raise FileRejected(
            [
                RowError(number, Problem("areas.row_path_taken", code=code, other=other))
                for number, code, other in taken
            ]
        )


def _missing() -> int:
    """Living areas that a newer register of their county lacks. A file that holds less than half of a county's
    townships is no register of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with county as (
              select c.path, left(c.path, -1) || '/' high from areas_area c
              join staged_area s on s.code = c.code and s.level = 'county'
              where (select count(*) from staged_area t where t.level = 'township' and t.parent = c.code) * 2
                >= greatest(1, (select count(*) from areas_area t where t.parent_id = c.id
                  and t.level = 'township' and t.valid_to is null)) offset 0)
            select count(*) from county c join areas_area a on a.path >= c.path and a.path < c.high
            left join staged_area s on s.code = a.code
            where a.level in ('township', 'village') and a.valid_to is null and s.code is null
            """
        )
        return int(cursor.fetchone()[0])


def _store() -> tuple[int, int]:
    """Numbers of areas added and renamed. Ids are drawn first, so that children find parents of the same file."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with numbered as materialized (
              select s.*, coalesce(a.id, nextval(pg_get_serial_sequence('areas_area', 'id'))) as id
              from staged_area s left join areas_area a on a.code = s.code
            ), stored as (
              insert into areas_area (id, code, name, level, parent_id, path, initials, walk_order, is_sample)
              select n.id, n.code, n.name, n.level, coalesce(p.id, q.id), n.path, n.initials, 0, false
              from numbered n
              left join numbered p on p.code = n.parent
              left join areas_area q on q.code = n.parent
              order by n.path
              on conflict (code) do update set name = excluded.name, initials = excluded.initials
                where areas_area.name <> excluded.name or areas_area.initials <> excluded.initials
              returning xmax = 0 as added
            )
            select count(*) filter (where added), count(*) filter (where not added) from stored
            """
        )
        added, renamed = cursor.fetchone()
        cursor.execute("drop table staged_area")
    return added, renamed
