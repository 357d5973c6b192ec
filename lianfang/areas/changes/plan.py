"""What has to change so that one register becomes another: steps in words, before anything is touched. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from lianfang.areas.naming import village_stem
from lianfang.areas.rules import RANK, level_of
from lianfang.areas.succession import Former, Place, read_history, settled, trace
from lianfang.core.problems import Problem

VILLAGE = RANK["village"]


class Step(NamedTuple):
    """One change. `begin`: a new area, no old one. `end`: nothing is known of what it became. A split has one step
    for each part. `parent`: the code of the new area's parent."""

    kind: str
    level: str
    old: str
    old_name: str
    new: str = ""
    new_name: str = ""
    parent: str = ""


def plan_changes(
    before: Mapping[str, Place], after: Mapping[str, Place], links: Mapping[str, Sequence[str]]
) -> list[Step]:
    """Steps from `before` to `after`; `links`: where each area that `after` lacks has gone. New areas come first,
    from the top down; what ends comes last, from the bottom up."""
    sources = Counter(new for old, found in links.items() if old not in after for new in found)
    steps = [
        Step("begin", place.level, "", "", code, place.name, place.parent)
        for code, place in sorted(after.items(), key=lambda item: (RANK[item[1].level], item[0]))
        if code not in before
    ]
    for code, place in before.items():
        now = after.get(code)
        if now is not None and now.name != place.name:
            steps.append(Step("rename", place.level, code, place.name, code, now.name, now.parent))
        if now is not None and now.parent != place.parent:
            steps.append(Step("move", place.level, code, place.name, code, now.name, now.parent))
    for code, place in sorted(before.items(), key=lambda item: (-RANK[item[1].level], item[0])):
        if code in after:
            continue
        found = [new for new in links.get(code, ()) if new in after]
        if not found:
            steps.append(Step("end", place.level, code, place.name))
        elif len(found) > 1:
            steps += [_into("split", place, after[new]) for new in found]
        else:
            is_sole = found[0] not in before and sources[found[0]] == 1
            steps.append(_into("recode" if is_sole else "merge", place, after[found[0]]))
    return steps


def _into(kind: str, old: Place, new: Place) -> Step:
    return Step(kind, old.level, old.code, old.name, new.code, new.name, new.parent)


def section_name(village: str) -> str:
    """What the people of a merged village are kept together under: 原杨梅村."""
    return f"原{village_stem(village)}"


class Told(NamedTuple):
    """What a file says: the register as it shall be, where what is gone went, and what was gone long before."""

    after: dict[str, Place]
    links: dict[str, tuple[str, ...]]
    formers: tuple[Former, ...]


def told_by(rows: Sequence[Mapping[str, str]], before: Mapping[str, Place], year: int) -> Told:
    """Read a later register, a register over years or a list of changes against what is known now. Of a register over
    years that of `year` counts, or its last one.

    Raises `areas.history_unreadable`.
    """
    if not rows:
        raise Problem("areas.history_unreadable", columns="—")
    columns = {(column or "").strip() for column in rows[0]}
    if {"first_year", "last_year"} <= columns:
        shown = min(year, max(int(row["last_year"]) for row in rows))
        after = _register(row for row in rows if int(row["first_year"]) <= shown <= int(row["last_year"]))
        formers = tuple(read_history(rows, after))
        links = trace(before, after)
        told = {former.code: former.successors for former in formers}
        return Told(after, {code: told.get(code) or settled(votes) for code, votes in links.items()}, formers)
    if {"code", "name", "level", "parent"} <= columns:
        after = _register(rows)
        return Told(after, {code: settled(votes) for code, votes in trace(before, after).items()}, ())
    return _told_by_list(rows, before)


def _register(rows: Iterable[Mapping[str, str]]) -> dict[str, Place]:
    found = {}
    for row in rows:
        level = level_of(row["level"] or "")
        if level and RANK[level] <= VILLAGE:
            found[row["code"]] = Place(row["code"], row["name"], level, row["parent"] or "")
    return found


def _told_by_list(rows: Sequence[Mapping[str, str]], before: Mapping[str, Place]) -> Told:
    """A list names only what changes: everything else stays as it is."""
    named: dict[str, Place] = {}
    gone: set[str] = set()
    renamed: dict[str, str] = {}
    for row in rows:
        cell = {key: (value or "").strip() for key, value in row.items() if key}
        old = cell.get("old_code", "")
        if _is_rename(cell, before):
            renamed[old] = cell.get("new_name") or before[old].name if old in before else ""
        elif cell.get("fate") != "same_code":
            gone.add(old)
        for place in _places_named(cell, before):
            named.setdefault(place.code, place)
    for code in [code for code in gone if code in before and before[code].level == "village"]:
        # A list of villages' fates names a township's end only by its villages: none of them is left in it.
        town = before[code].parent
        left = [place for place in before.values() if place.parent == town and place.code not in gone]
        if not left and town not in named:
            gone.add(town)
    after = {code: place for code, place in before.items() if code not in gone or code in named}
    after |= {code: place for code, place in named.items() if code not in after}
    after |= {
        code: after[code]._replace(name=name) for code, name in renamed.items() if name and code in after
    }
    formers = read_history(rows, after)
    told = {former.code: former.successors for former in formers if former.code not in after}
    links = {code: told.get(code, ()) for code in before if code not in after}
    return Told(after, links, tuple(former for former in formers if former.code not in before))


def _is_rename(cell: Mapping[str, str], before: Mapping[str, Place]) -> bool:
    """A new name for the same code. A county that writes only the names of 更名 leaves the new code empty; a name that
    another area bears already is no new name but says whom it went to."""
    old, new, name = (cell.get(key, "") for key in ("old_code", "new_code", "new_name"))
    if new or not name or old not in before:
        return bool(new) and new == old
    return not re.search("[撤并划]", cell.get("kind", "")) and all(
        place.name != name for place in before.values() if place.level == before[old].level
    )


def _places_named(cell: Mapping[str, str], before: Mapping[str, Place]) -> Iterable[Place]:
    """The new areas that a row names, its township before its village."""
    new = cell.get("new_code", "")
    if "all_targets" in cell:
        for part in cell["all_targets"].split(";"):
            code, _, rest = part.partition(":")
            if code and code not in before:
                yield Place(code, rest.partition("=")[0], "township", code[:6])
        return
    if not new or new in before:
        return
    old = before.get(cell.get("old_code", ""))
    level = level_of(cell.get("level", "")) or (old.level if old else "village")
    town = cell.get("new_town") or cell.get("new_parent") or new[: 9 if level == "village" else 6]
    if level == "village" and town not in before:
        yield Place(town, cell.get("new_town_name") or town, "township", town[:6])
    yield Place(new, cell.get("new_name") or cell.get("old_name") or new, level, town)


def by_day(
    rows: Iterable[Mapping[str, str]], effective_on: date
) -> list[tuple[date, list[Mapping[str, str]]]]:
    """Rows by the day they name themselves, the earliest first; those that name none by `effective_on`."""
    found: dict[date, list[Mapping[str, str]]] = {}
    for row in rows:
        try:
            day = date.fromisoformat((row.get("effective_on") or "").strip())
        except ValueError:
            day = effective_on
        found.setdefault(day, []).append(row)
    return sorted(found.items())
