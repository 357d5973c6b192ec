"""Codes, levels and paths of areas, and the checking of a whole file of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT

# The order of levels. Below a village a county arranges its own; a building holds nothing further. A section is what
# is left of a village that went into another: its groups, its doors and whoever answers for them stay together.
RANK = {
    "province": 1,
    "prefecture": 2,
    "county": 3,
    "township": 4,
    "village": 5,
    "section": 6,
    "estate": 7,
    "grid": 8,
    "group": 8,
    "building": 9,
}
OWN_LEVELS = ("group", "grid", "estate", "building", "section")  # what a county arranges itself
# Sheets and the national file number the levels 1 to 5; people write the words.
BY_NUMBER = {"1": "province", "2": "prefecture", "3": "county", "4": "township", "5": "village"}
BY_WORD = {
    "省": "province",
    "市": "prefecture",
    "县": "county",
    "乡镇": "township",
    "街道": "township",
    "村": "village",
    "社区": "village",
    "片区": "section",
    "小区": "estate",
    "网格": "grid",
    "楼栋": "building",
    "栋": "building",
    "村民小组": "group",
    "小组": "group",
    "组": "group",
}
LETTER = {"group": "G", "grid": "G", "estate": "E", "building": "B", "section": "S"}  # of a code made here
LONGEST_CODE, LONGEST_NAME, LONGEST_PATH, LONGEST_INITIALS = 40, 80, 120, 40  # the columns of areas.Area


def level_of(text: str) -> str | None:
    """A level's key from '1'…'5', its key or its Chinese word; None when it is no level."""
    text = text.strip().lower()
    return BY_NUMBER.get(text) or BY_WORD.get(text) or (text if text in RANK else None)


def may_hold(parent: str | None, child: str) -> bool:
    """May an area of level `child` lie directly in one of level `parent`? None: at the top."""
    if parent is None:
        return child == "province"
    if RANK[child] <= 5:
        return RANK[child] == RANK[parent] + 1
    return 5 <= RANK[parent] < RANK[child]


def label(code: str, parent_code: str) -> str:
    """What a code adds to its parent's: the label of a path. Never holds a dot, a slash or a comma."""
    own = code[len(parent_code) :] if parent_code and code.startswith(parent_code) else code
    return "".join(c for c in own if c not in "./,;~ ") or code


def path_of(code: str, parent_code: str, parent_path: str | None) -> str:
    """`cn.43.05.81.107.221.`: one label a level, so that a subtree is a range."""
    return f"{parent_path or ROOT}{label(code, parent_code)}."


def common_path(paths: Iterable[str]) -> str:
    """The path of the deepest area that holds all of them."""
    found = sorted(paths) or [ROOT]
    first, last = found[0], found[-1]  # what these two share, all between them share
    shared = next(
        (i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first)
    )
    return first[: first[:shared].rfind(".") + 1] or ROOT


def next_codes(parent_code: str, level: str, taken: Iterable[str]) -> Iterator[str]:
    """Free codes for own areas: the parent's, a letter, a number of two digits or more: …221G03, …E01B12."""
    stem = parent_code + LETTER[level]
    numbers = [
        int(code[len(stem) :]) for code in taken if code.startswith(stem) and code[len(stem) :].isdigit()
    ]
    number = max(numbers, default=0)
    while True:
        number += 1
        yield f"{stem}{number:02d}"


def codes_taken(parent_code: str, code: str, path: str) -> tuple[str, str]:
    """What a child takes of its parent's codes: its own, and the one that would have its place in the tree. After a
    merger or a new code of the parent the two differ: a child keeps its old code and brings its label along."""
    return code, parent_code + path.rstrip(".").rpartition(".")[2]


class FileRow(NamedTuple):
    """A row as it stands in the file. `number` counts as a spreadsheet does: the header is row 1."""

    number: int
    code: str
    name: str
    level: str
    parent: str


class Known(NamedTuple):
    """An area that is in the database already."""

    level: str
    parent: str
    path: str
    name: str


class Placed(NamedTuple):
    number: int
    code: str
    name: str
    level: str
    parent: str
    path: str


@dataclass(frozen=True)
class RowError:
    number: int
    problem: Problem

    def __str__(self) -> str:
        return f"{self.number}: {self.problem.code}: {self.problem.message}"


def check_rows(
    rows: Sequence[FileRow],
    known: Mapping[str, Known],
    covers: Callable[[str], bool] = lambda path: True,
    may_write: Callable[[str], bool] = lambda level: True,
) -> tuple[list[Placed], list[RowError]]:
    """Every row with its path, and every fault of every row. `known` holds the areas of the database that
    the rows name; `covers` and `may_write` say which paths and levels whoever loads may write.

    A row whose parent is faulty is not faulty itself: one mistake is one line.
    """
    levels = {row.code: level_of(row.level) for row in rows}
    first: dict[str, FileRow] = {}
    for row in rows:
        if row.code:
            first.setdefault(row.code, row)
    errors = [RowError(row.number, problem) for row in rows for problem in _faults(row, first, levels, known)]
    paths = _paths(first, levels, known)
    errors += [
        RowError(row.number, Problem("areas.row_cycle", code=row.code))
        for row in first.values()
        if paths.get(row.code) is None and _in_cycle(row, first)
    ]
    if not errors:
        errors = _path_faults(first, paths, known, covers, may_write)
    placed = [
        Placed(row.number, row.code, row.name, levels[row.code] or "", row.parent, paths[row.code] or "")
        for row in (() if errors else first.values())
    ]
    return placed, sorted(errors, key=lambda error: error.number)


def _faults(
    row: FileRow,
    first: Mapping[str, FileRow],
    levels: Mapping[str, str | None],
    known: Mapping[str, Known],
) -> Iterator[Problem]:
    if not row.code or not row.name:
        yield Problem("areas.row_empty", column="name" if row.code else "code")
        return
    if first[row.code] is not row:
        yield Problem("areas.row_double", code=row.code, row=first[row.code].number)
        return
    if len(row.code) > LONGEST_CODE or len(row.name) > LONGEST_NAME:
        yield Problem("areas.row_too_long", code=row.code[:LONGEST_CODE])
    level = level_of(row.level)
    if level is None:
        yield Problem("areas.row_bad_level", code=row.code, level=row.level[:20])
        return
    before = known.get(row.code)
    if before and (before.level, before.parent) != (level, row.parent):
        yield Problem("areas.row_moved", code=row.code, level=before.level, parent=before.parent or "—")
        return
    if not row.parent:
        if level != "province":
            yield Problem("areas.row_orphan", code=row.code, parent="")
        return
    if row.parent not in first and row.parent not in known:
        yield Problem("areas.row_orphan", code=row.code, parent=row.parent)
        return
    above = levels.get(row.parent) if row.parent in first else known[row.parent].level
    if above is not None and not may_hold(above, level):
        yield Problem("areas.row_wrong_parent", code=row.code, level=level, parent=row.parent, above=above)


def _paths(
    first: Mapping[str, FileRow], levels: Mapping[str, str | None], known: Mapping[str, Known]
) -> dict[str, str | None]:
    """The path of every code of the file; None where the way up does not reach the top."""
    paths: dict[str, str | None] = {code: area.path for code, area in known.items()}
    for code in first:
        chain: list[FileRow] = []
        seen: set[str] = set()
        at = code
        while at not in paths and at in first and at not in seen:
            seen.add(at)
            chain.append(first[at])
            at = first[at].parent
        for row in reversed(chain):
            above = paths.get(row.parent)
            rooted = above is not None or not row.parent
            paths[row.code] = path_of(row.code, row.parent, above) if rooted else None
    return paths


def _in_cycle(row: FileRow, first: Mapping[str, FileRow]) -> bool:
    at, steps = row.parent, 0
    while at in first and at != row.code and steps < len(first):
        at, steps = first[at].parent, steps + 1
    return at == row.code


def _path_faults(
    first: Mapping[str, FileRow],
    paths: Mapping[str, str | None],
    known: Mapping[str, Known],
    covers: Callable[[str], bool],
    may_write: Callable[[str], bool],
) -> list[RowError]:
    """Two codes that differ only in signs which a path cannot hold, and what the loader may not write."""
    errors, holder = [], dict[str, FileRow]()
    for row in first.values():
        path = paths[row.code] or ""
        other = holder.setdefault(path, row)
        if other is not row:
            errors.append(RowError(row.number, Problem("areas.row_double", code=row.code, row=other.number)))
        elif len(path) > LONGEST_PATH:
            errors.append(RowError(row.number, Problem("areas.row_too_long", code=row.code)))
        elif row.code in known and known[row.code].name == row.name:
            continue
        elif not may_write(level_of(row.level) or ""):
            errors.append(RowError(row.number, Problem("areas.row_official", code=row.code)))
        elif not covers(path):
            errors.append(RowError(row.number, Problem("areas.row_outside", code=row.code)))
    return errors
