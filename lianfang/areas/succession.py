"""What became of areas that are gone: an old code or an old name to the areas that live today. Pure.

Four kinds of file say it, told apart by their columns:
- a register over years (code, name, level, parent, first_year, last_year): successors are derived, year by year;
- a list of old and new townships with the number of villages traced (…, all_targets);
- a list of the fate of villages (…, fate, new_town);
- this system's own list of changes (old_code, old_name, level, old_parent, new_code, effective_on, kind).

How villages and townships are followed from one register to the next stands in tracing.py: a wrong village is worse
than none. See docs/algorithms/area-succession.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from lianfang.areas.rules import level_of
from lianfang.areas.tracing import Place, names_carried, settled, stem, trace
from lianfang.core.problems import Problem

__all__ = ["Former", "Place", "is_history", "read_history", "settled", "stem", "trace"]


@dataclass(frozen=True)
class Former:
    """An area, or an old name of a living one, that the areas file does not have.

    `successors` are codes that live: one, several (a township that was split), or none when only `parent` (itself
    perhaps a Former) tells where it lay. For an old name of a living code they are that code, or the area that
    carries the name now. `until_year`: the last year it was in the register; None when not known or still there.
    """

    code: str
    name: str
    level: str
    parent: str
    until_year: int | None
    successors: tuple[str, ...]


def read_history(rows: Iterable[Mapping[str, str]], living: Collection[str]) -> list[Former]:
    """What `rows` of any known kind tell about areas that `living` (codes of the areas file) lacks.

    Raises `areas.history_unreadable` when the columns are of no known kind.
    """
    rows = list(rows)
    if not rows:
        return []
    reader = _reader_of(rows[0])
    if reader is None:
        raise Problem("areas.history_unreadable", columns=",".join(filter(None, rows[0]))[:120])
    return reader(rows, living)


def is_history(columns: Collection[str]) -> bool:
    """Are these the columns of a file that `read_history` knows?"""
    return _reader_of(dict.fromkeys(columns, "")) is not None


Reader = Callable[[Sequence[Mapping[str, str]], Collection[str]], list[Former]]


def _reader_of(row: Mapping[str, str]) -> Reader | None:
    columns = {(column or "").strip().lstrip("\ufeff") for column in row}
    kinds: list[tuple[set[str], Reader]] = [
        ({"code", "name", "level", "parent", "first_year", "last_year"}, _from_years),
        ({"old_code", "old_name", "new_code", "all_targets"}, _from_townships),
        ({"old_code", "old_name", "new_code", "fate", "old_town"}, _from_fates),
        ({"old_code", "old_name", "new_code"}, _from_changes),
    ]
    return next((reader for wanted, reader in kinds if wanted <= columns), None)


# --- a register over years --------------------------------------------------------------------------------------------


class _Run(NamedTuple):
    """A code under one name, from one year to another."""

    place: Place
    first: int
    last: int


def _runs(rows: Iterable[Mapping[str, str]]) -> list[_Run]:
    runs = []
    for row in rows:
        code, level = (row.get("code") or "").strip(), level_of(row.get("level") or "")
        years = [_year(row.get(column)) for column in ("first_year", "last_year")]
        if code and level and years[0] is not None:
            place = Place(code, (row.get("name") or "").strip(), level, (row.get("parent") or "").strip())
            runs.append(_Run(place, years[0], years[1] if years[1] is not None else 9999))
    return sorted(runs, key=lambda run: (run.first, run.place.code))


def _year(text: str | None) -> int | None:
    match = re.match(r"\s*(\d{4})", text or "")
    return int(match[1]) if match else None


def _from_years(rows: Sequence[Mapping[str, str]], living: Collection[str]) -> list[Former]:
    runs = _runs(rows)
    if not runs:
        return []
    links: dict[str, tuple[str, ...]] = {}  # of the year a code was last seen in
    back: defaultdict[str, list[str]] = defaultdict(list)
    carried: dict[tuple[str, str], str] = {}  # (code, old name) → another code that carries the name on
    # Only years at whose end something changed are compared: a register of ten years changes in three.
    edges = sorted({run.last for run in runs} | {run.first - 1 for run in runs})
    final = max(run.last for run in runs)
    for year in edges:
        before = {run.place.code: run.place for run in runs if run.first <= year <= run.last}
        after = {run.place.code: run.place for run in runs if run.first <= year + 1 <= run.last}
        if year >= final or not before or not after:
            continue
        for code, votes in trace(before, after).items():
            links[code] = settled(votes)
            for new in links[code]:
                back[new].append(code)
        carried.update(names_carried(before, after))
    follow = _Following(links, back, set(living))
    lay_in = {run.place.code: run.place for run in runs}
    return [
        former
        for run in _untold(runs, follow.living)
        for former in [_former_of_run(run, follow, carried, final)]
        if former.successors or follow.lies_in_living(former.parent, lay_in)
    ]


def _untold(runs: Sequence[_Run], living: Collection[str]) -> Iterator[_Run]:
    """The last run of every (code, name) that the areas file has not got: dead codes, and old names."""
    last: dict[tuple[str, str], _Run] = {}
    newest: dict[str, _Run] = {}
    for run in runs:
        key = run.place.code, run.place.name
        if key not in last or last[key].last < run.last:
            last[key] = run
        if run.place.code not in newest or newest[run.place.code].last < run.last:
            newest[run.place.code] = run
    for (code, name), run in last.items():
        if code not in living or newest[code].place.name != name:
            yield run


class _Following:
    """Along the links, year by year, to what lives."""

    def __init__(
        self, links: Mapping[str, tuple[str, ...]], back: Mapping[str, Sequence[str]], living: Collection[str]
    ) -> None:
        self.links, self.back, self.living = links, back, frozenset(living)

    def lies_in_living(self, code: str, lay_in: Mapping[str, Place]) -> bool:
        """Is a township or county above it still told? Else the history is of other counties than the areas."""
        while code and code not in self.living:
            if self.to_living(code):
                return True
            code = lay_in[code].parent if code in lay_in else ""
        return len(code) > 4  # not merely the same province or prefecture

    def to_living(self, code: str) -> tuple[str, ...]:
        found = self._walk(code, lambda at: self.links.get(at, ()))
        # An areas file older than the history: what came later resolves to what it was made of.
        return found or self._walk(code, lambda at: self.back.get(at, ()))

    def _walk(self, code: str, onward: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        seen, waiting = set[str](), [code]
        while waiting:
            at = waiting.pop(0)
            if at in self.living:
                found[at] = None
            elif at not in seen:
                seen.add(at)
                waiting.extend(onward(at))
        return tuple(found)


def _former_of_run(
    run: _Run, follow: _Following, carried: Mapping[tuple[str, str], str], final: int
) -> Former:
    place = run.place
    start = carried.get((place.code, place.name), place.code)
    return Former(
        place.code,
        place.name,
        place.level,
        place.parent,
        run.last if run.last < final else None,
        follow.to_living(start),
    )


# --- lists that say it themselves -------------------------------------------------------------------------------------


def _from_townships(rows: Sequence[Mapping[str, str]], living: Collection[str]) -> list[Former]:
    """`all_targets` is code:name=count;code:name=count."""
    links: dict[str, tuple[str, ...]] = {}
    read: dict[str, tuple[str, int | None]] = {}
    for row in sorted(rows, key=lambda row: row.get("year_before") or ""):
        code = (row["old_code"] or "").strip()
        votes: Counter[str] = Counter()
        for part in (row.get("all_targets") or "").split(";"):
            match = re.fullmatch(r"\s*(\w+):[^=]*=(\d+)\s*", part)
            if match:
                votes[match[1]] += int(match[2])
        new = (row.get("new_code") or "").strip()
        links[code] = settled(votes) or ((new,) if new else ())
        read[code] = (row["old_name"] or "").strip(), _year(row.get("year_before"))
    follow = _Following(links, {}, set(living))
    return [
        Former(code, name, "township", code[:6], year, follow.to_living(code))
        for code, (name, year) in read.items()
        if code not in living
    ]


def _from_fates(rows: Sequence[Mapping[str, str]], living: Collection[str]) -> list[Former]:
    """A village without a successor of its own tells only its township; the townships' fates are counted here."""
    towns: defaultdict[str, Counter[str]] = defaultdict(Counter)
    links: dict[str, tuple[str, ...]] = {}
    villages: list[tuple[str, str, str]] = []
    names: dict[str, str] = {}
    told: dict[str, str] = {}
    for row in rows:
        cell = {key: (value or "").strip() for key, value in row.items() if key}
        code, town = cell["old_code"], cell["old_town"]
        names[town] = cell.get("old_town_name", "")
        links[code] = (cell["new_code"],) if cell["new_code"] else ()
        if cell.get("new_town"):
            told[town] = cell["new_town"]
            if cell["new_code"]:
                towns[town][cell["new_town"]] += 1
        if code not in living:
            villages.append((code, cell["old_name"], town))
    for town in names:
        links[town] = settled(towns[town]) or ((told[town],) if town in told else ())
    follow = _Following(links, {}, set(living))
    dead = [
        Former(town, name, "township", town[:6], None, follow.to_living(town))
        for town, name in names.items()
        if town not in living and name
    ]
    return dead + [
        Former(code, name, "village", town, None, follow.to_living(code)) for code, name, town in villages
    ]


def _from_changes(rows: Sequence[Mapping[str, str]], living: Collection[str]) -> list[Former]:
    """One row a pair of old and new; several rows of one old code are a split."""
    links: defaultdict[str, dict[str, None]] = defaultdict(dict)
    read: dict[tuple[str, str], tuple[str, str, int | None]] = {}
    for row in sorted(rows, key=lambda row: row.get("effective_on") or ""):
        cell = {key: (value or "").strip() for key, value in row.items() if key}
        code, new = cell["old_code"], cell["new_code"]
        if not code:
            continue
        level = level_of(cell.get("level", "")) or ("township" if len(code) == 9 else "village")
        parent = cell.get("old_parent", "") or (code[:9] if level == "village" else code[:6])
        if new and new != code:
            links[code][new] = None
        read[code, cell["old_name"]] = level, parent, _last_year(cell.get("effective_on", ""))
    follow = _Following({code: tuple(new) for code, new in links.items()}, {}, set(living))
    return [
        Former(code, name, level, parent, year, follow.to_living(code))
        for (code, name), (level, parent, year) in read.items()
        if name
    ]


def _last_year(effective_on: str) -> int | None:
    try:
        return (date.fromisoformat(effective_on) - timedelta(days=1)).year
    except ValueError:
        return _year(effective_on)
