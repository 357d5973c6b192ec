"""When two people have told different things about one subject without knowing of each other. Pure.

Nothing is overwritten in silence: both records stay, the newest by when it happened is what is known, and where the
one that came later had not seen the other, the village is asked (docs/algorithms/sync.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

PRESENCE = "presence"  # the "question" under which it is told whether somebody was there
# Whoever was seen may be answered for an hour later; whoever is away, has moved or has died was not seen.
_TOGETHER = {"seen": "here", "answered_for": "here"}
SAW_NOTHING = 0  # the version of a door of which its sender had been told nothing
_SAYS_NOTHING = frozenset({"refused", "exempt"})  # of where somebody is


@dataclass(frozen=True, slots=True)
class Said:
    """One thing told of one subject. `person` 0 is the household; `question` a key of the dictionary, `presence`, or
    the name of a field of the register. `version`: the transaction in which it was filed, as doors count versions
    (contract of pull); of something that is being filed now it is not asked."""

    person: int
    question: str
    value: Any
    at: dt.datetime  # when it happened, by the server's clock
    by: int  # the account
    record: UUID
    version: int = 0


def is_same(question: str, one: Any, other: Any) -> bool:
    """Do two values say the same? Choices have no order, words no outer blanks; presences count by where they put
    somebody."""
    if question == PRESENCE:
        if one in _SAYS_NOTHING or other in _SAYS_NOTHING:
            return True
        return _TOGETHER.get(one, one) == _TOGETHER.get(other, other)
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip()
    return bool(one == other)


def had_seen(base_version: int | None, version: int) -> bool:
    """Had a phone whose door stood at `base_version` been told of what was filed in `version`? One that does not say
    what it had seen (a desk, a file) is taken to have seen everything."""
    return base_version is None or version <= base_version


def newest(one: Said, other: Said) -> Said:
    """Which of two stands: what happened later; of the same moment, the greater id, so that every order of arrival
    agrees."""
    return max(one, other, key=lambda said: (said.at, said.record.bytes))


@dataclass(frozen=True, slots=True)
class Difference:
    mine: Said
    other: Said

    @property
    def stands(self) -> Said:
        return newest(self.mine, self.other)


def differences(
    mine: Iterable[Said], standing: Mapping[tuple[int, str], Said], base_version: int | None
) -> list[Difference]:
    """What of `mine` the village must be asked about, given what stands at this moment for the same subjects.

    Different questions, and different fields of one person, never differ: they merge. The same one does when somebody
    else has told it otherwise and the sender had not seen that.
    """
    found = []
    for said in mine:
        other = standing.get((said.person, said.question))
        if (
            other is not None
            and other.record != said.record
            and other.by != said.by
            and not had_seen(base_version, other.version)
            and not is_same(said.question, said.value, other.value)
        ):
            found.append(Difference(said, other))
    return found


def taken(mine: Iterable[Said], standing: Mapping[tuple[int, str], Said]) -> list[Said]:
    """Which of `mine` become what is known: those that nothing newer stands against."""
    return [
        said
        for said in mine
        if (other := standing.get((said.person, said.question))) is None or newest(said, other) is said
    ]
