"""Which rows speak of one person, before anybody has been asked. Pure.

That two rows may be of one person does not make three so: a row that says little fits two people who are told apart by
their ids. So whoever rests on a row is held against all that was said of its person so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from lianfang.register.likeness.characters import folded
from lianfang.register.likeness.names import are_of_two

Key = tuple[str, ...]  # triage.keys_of
MOST_LOOKED_AT = (
    50  # people beside whom a name that none of them bears is laid; an id may be copied down a whole list
)


class Who(NamedTuple):
    """What one row says of its person."""

    id_token: bytes = b""  # of a whole id
    names: tuple[str, ...] = ()  # today's, then former ones
    person_id: int | None = None  # of the register, where that is sure


def may_be_one(one: Who, other: Who) -> bool:
    """Two whole ids that differ are two people, though name and phone are one; so are two of the register, and two names
    that differ, though the id is one."""
    if one.id_token and other.id_token and one.id_token != other.id_token:
        return False
    if one.person_id and other.person_id and one.person_id != other.person_id:
        return False
    pairs = list(product(one.names, other.names))
    return not pairs or not all(are_of_two(*pair) for pair in pairs)


class Stored(Protocol):
    """A row of another list, and what it and those that rest on it say."""

    @property
    def row_id(self) -> int: ...

    @property
    def said(self) -> Sequence[Who]: ...


T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Asked(Generic[T]):
    """Somebody who is, or was, asked once, and where. `said`: by the row that is asked and by all that rest on it."""

    where: T
    said: list[Who]

    def may_be(self, who: Who) -> bool:
        return all(may_be_one(each, who) for each in self.said)

    def take(self, who: Who) -> None:
        """A name that is known as a former one of somebody stays theirs."""
        known = (each.names for each in self.said if who.names and set(who.names) <= set(each.names))
        said = who._replace(names=next(known, who.names))
        if said not in self.said:
            self.said.append(said)


class People(Generic[T]):
    """Those who are asked, found by what rows say and by whom they surely mean."""

    def __init__(self) -> None:
        self._by_key: dict[Key, list[Asked[T]]] = {}
        self._by_name: dict[tuple[Key, str], Asked[T]] = {}  # with an id; a phone goes with its name
        self._by_person: dict[int, Asked[T]] = {}
        self._stored: dict[int, Asked[T]] = {}

    def by_keys(self, keys: Iterable[Key], who: Who) -> Asked[T] | None:
        """The first who bears one of the keys and may be this one."""
        for key in keys:
            bearers = self._by_key.get(key)
            if not bearers:
                continue
            named = self._by_name.get((key, folded(who.names[0]))) if who.names else None
            if named and named.may_be(who):
                return named
            for each in bearers:
                if each.may_be(who):
                    return each
        return None

    def by_person(self, who: Who) -> Asked[T] | None:
        """Under whatever name; another whole id is another person all the same."""
        asked = self._by_person.get(who.person_id) if who.person_id else None
        return asked if asked and asked.may_be(who._replace(names=())) else None

    def ask(self, where: T, keys: Iterable[Key], who: Who) -> None:
        self._found_by(Asked(where, [who]), keys, who)

    def rest(self, asked: Asked[T], keys: Iterable[Key], who: Who) -> None:
        """One more row of somebody, which rests on the one that is asked."""
        asked.take(who)
        self._found_by(asked, keys, who)

    def _found_by(self, asked: Asked[T], keys: Iterable[Key], who: Who) -> None:
        for key in keys:
            self._bears(asked, key, who.names)
        if who.person_id:
            self._by_person.setdefault(who.person_id, asked)

    def learn(self, by_key: Mapping[Key, Iterable[Stored]], by_person: Mapping[int, Stored]) -> None:
        """Rows of other lists. One of which several parts of a list hear is one."""
        for key, told in by_key.items():
            for one in told:
                self._bears(self._of(one), key, [name for who in one.said for name in who.names])
        for person_id, one in by_person.items():
            self._by_person.setdefault(person_id, self._of(one))

    def _of(self, one: Any) -> Asked[T]:
        return self._stored.setdefault(one.row_id, Asked(one, list(one.said)))

    def _bears(self, asked: Asked[T], key: Key, names: Iterable[str]) -> None:
        if key[0] == "id":
            for name in names:
                self._by_name.setdefault((key, folded(name)), asked)
        bearers = self._by_key.setdefault(key, [])
        if len(bearers) < MOST_LOOKED_AT and asked not in bearers:
            bearers.append(asked)
