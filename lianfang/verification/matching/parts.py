"""A list in parts, each matched where a core is free, and handed on in the order of the list."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from itertools import chain
from typing import TypeVar

from django.db import connection

from lianfang.areas.models import Area
from lianfang.core.memory import all_stays
from lianfang.core.scope import crossing
from lianfang.core.set_wise import row_by_row
from lianfang.verification.matching.beside import Beside, Part, helper_for
from lianfang.verification.matching.places import Places, places_of
from lianfang.verification.matching.searching import Search
from lianfang.verification.rows import ListRow, Match

AT_ONCE = 5_000  # rows: what is looked up and held in memory together
WORKERS = 2
T = TypeVar("T")
Then = Callable[[Sequence[ListRow], list[Match], Places], list[T]]


def match(rows: Sequence[ListRow], *, county: Area, places: Places | None = None) -> list[Match]:
    """Whom each row means, in the order of the rows. Crosses scope over the county: who asks has the right to."""
    parts = match_parts(_nothing_more, [rows], county=county, places=places)
    return [match for _rows, matches in parts for match in matches]


def match_parts(
    then: Then[T],
    batches: Iterable[Sequence[ListRow]],
    *,
    county: Area,
    places: Places | None = None,
    by: int | None = None,
    helper: Executor | None = None,
) -> Iterator[tuple[Sequence[ListRow], list[T]]]:
    """The rows in parts, in their order, each with what `then` makes of the rows and whom they mean. `then` is called
    where the part was matched: here or by `helper` (`helper_of`), which must know it by name. Batches are asked for
    while earlier parts are being matched."""
    where, bearers = places, dict[str, int]()
    if where is None:
        with crossing("verification.match", actor_id=by):
            where = places_of(county)
    parts = _parts(batches)
    first, second = next(parts, None), next(parts, None)
    if first is not None and second is None:
        with crossing("verification.match", actor_id=by), row_by_row():
            found = then(first, Search(first, where, bearers).run(), where)
        yield first, found
    elif first is not None and second is not None:
        here: Part[T] = partial(_apart, then, where, bearers, by)
        one = Beside(helper, here, partial(_elsewhere, then, county, by)) if helper else here
        yield from _in_order(one, chain((first, second), parts))


def _parts(batches: Iterable[Sequence[ListRow]]) -> Iterator[Sequence[ListRow]]:
    """Of AT_ONCE rows each; the last has what is left."""
    waiting: list[ListRow] = []
    for batch in batches:
        waiting += batch
        while len(waiting) > AT_ONCE:
            yield waiting[:AT_ONCE]
            waiting = waiting[AT_ONCE:]
    if waiting:
        yield waiting


def _in_order(
    one: Part[T], parts: Iterable[Sequence[ListRow]]
) -> Iterator[tuple[Sequence[ListRow], list[T]]]:
    waiting: deque[tuple[Sequence[ListRow], Future[list[T]]]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for part in parts:
                waiting.append((part, pool.submit(one, part)))
                while waiting and waiting[0][1].done():
                    rows, found = waiting.popleft()
                    yield rows, found.result()
            while waiting:
                rows, found = waiting.popleft()
                yield rows, found.result()
        finally:
            pool.shutdown(cancel_futures=True)  # whoever asked has gone, or a part has failed


def _nothing_more(_rows: Sequence[ListRow], matches: list[Match], _places: Places) -> list[Match]:
    return matches


def _apart(
    then: Then[T], places: Places, bearers: dict[str, int], by: int | None, rows: Sequence[ListRow]
) -> list[T]:
    """In a thread, with a connection of its own: while PostgreSQL looks up for one part, Python judges another."""
    try:
        with crossing("verification.match", actor_id=by), row_by_row():
            return then(rows, Search(rows, places, bearers).run(), places)
    finally:
        connection.close()


# ---------- in a process beside ----------


def helper_of(byte_count: int, county: Area, by: int | None) -> AbstractContextManager[Executor | None]:
    """The process beside for a list of so many bytes, asked for before the list is read."""
    return helper_for(byte_count, _learn, county, by)


_known: dict[str, tuple[Places, dict[str, int]]] = {}  # there: read once for all its parts


def _learn(county: Area, by: int | None) -> None:
    if county.path not in _known:
        with crossing("verification.match", actor_id=by):
            _known[county.path] = places_of(county), {}


def _elsewhere(then: Then[T], county: Area, by: int | None, rows: Sequence[ListRow]) -> list[T]:
    """In a process of its own, with what it needs to know of the county."""
    with all_stays():
        _learn(county, by)
        return _apart(then, *_known[county.path], by, rows)
