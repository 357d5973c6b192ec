"""Small counts that a department may not see: answers to a question that was not asked for its purpose. Pure.

One child in a village is a child that everybody there can name. See docs/decisions/0026."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from fractions import Fraction

from lianfang.reports.tables import FEW, Meaning, Value

FLOOR = (
    5  # the least that is shown; what official statistics of persons in China and elsewhere take most often
)


def suppress(
    meanings: Sequence[Meaning],
    is_foreign: Sequence[bool],
    rows: Mapping[str, MutableSequence[Value]],
    asked: Mapping[tuple[str, int], int],
) -> None:
    """Puts FEW into the cells of `rows` (by path) that may not be given, of the columns that are `is_foreign`.
    `asked`: of how many a share is, by (path, column).

    First what is small. Then what would give it back: of one question in one row, a number asked beside its only hidden
    choice; in one column, a hidden row whose neighbours and whose total somebody has."""
    columns = [at for at, one in enumerate(meanings) if is_foreign[at] and one.kind == "question"]
    if not columns:
        return
    true = {(path, at): row[at] for path, row in rows.items() for at in columns}
    hidden = {
        (path, at)
        for (path, at), value in true.items()
        if _is_small(value) or _is_small_share(value, asked.get((path, at), 0))
    }
    before = -1
    while (
        len(hidden) > before
    ):  # what is hidden beside may ask for a neighbour, and that for what is beside it
        before = len(hidden)
        _hide_beside(meanings, columns, rows, hidden)
        for at in columns:
            counts = {path: value for path in rows if isinstance(value := true[path, at], int)}
            for group in _groups(counts):
                hidden |= {
                    (path, at) for path in _hidden_too(group, counts, {p for p, a in hidden if a == at})
                }
    for path, at in hidden:
        if rows[path][at] is not None:
            rows[path][at] = FEW


def _is_small(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < FLOOR


def _is_small_share(value: Value, asked: int) -> bool:
    """A share of few, or a share that is few: 2 of 300 is known from 0.67 % and the 300."""
    return isinstance(value, Fraction) and (0 < value * asked < FLOOR or 0 < asked < FLOOR)


def _hide_beside(
    meanings: Sequence[Meaning],
    columns: Sequence[int],
    rows: Iterable[str],
    hidden: set[tuple[str, int]],
) -> None:
    """Of a question with something hidden in a row: how many were asked, and its shares, are hidden there too."""
    of_question: dict[str, list[int]] = defaultdict(list)
    for at in columns:
        of_question[meanings[at].key].append(at)
    for path in rows:
        for places in of_question.values():
            if any((path, at) in hidden for at in places):
                hidden |= {
                    (path, at)
                    for at in places
                    if meanings[at].measure == "share"
                    or (meanings[at].measure == "count" and not meanings[at].choice)
                }


def _groups(paths: Iterable[str]) -> list[list[str]]:
    """Areas by what lies above them: of these a total is known somewhere."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        found[path.rstrip(".").rpartition(".")[0]].append(path)
    return list(found.values())


def _hidden_too(group: Sequence[str], counts: Mapping[str, int], hidden: set[str]) -> set[str]:
    """More of a group, the smallest first, until what is hidden is at least two rows and adds up to the floor: else the
    total less what is shown gives it back."""
    inside = {path for path in group if path in hidden}
    if not inside:
        return set()
    rest = sorted(set(group) - inside, key=lambda path: (counts[path] == 0, counts[path], path))
    while rest and (len(inside) < 2 or sum(counts[path] for path in inside) < FLOOR):
        inside.add(rest.pop(0))
    return inside
