"""How often a name occurs, by which agreeing on it is worth little or much. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from lianfang.register.likeness.characters import folded
from lianfang.register.likeness.names import split_name

# Shares of the commonest surnames, rounded, as the Ministry of Public Security tells them each year.
_SURNAME_SHARES = {
    **dict.fromkeys("王李", 0.072),
    **dict.fromkeys("张", 0.066),
    **dict.fromkeys("刘", 0.050),
    **dict.fromkeys("陈", 0.046),
    **dict.fromkeys("杨", 0.031),
    **dict.fromkeys("黄赵吴周", 0.020),
    **dict.fromkeys("徐孙马朱胡郭何林高罗", 0.012),
}
_SURNAME = 0.003
# A given name of one character is shared by many more people than one of two.
_GIVEN = {0: 1.0, 1: 4e-3, 2: 2e-4}
_GIVEN_LONG = 2e-5
_GIVEN_LATIN = 3e-3
_TRUST = 5_000  # people whose names would have to be counted to outweigh these defaults


class Frequencies:
    """Counts of the names of a register, mixed with what holds for the whole country.

    `people`: among how many somebody has to be told apart; by default as many as were counted. `among`: `names` are
    only the names in question, counted among so many people; then surnames and given names count as they usually do.
    """

    def __init__(
        self,
        names: Mapping[str, int] | None = None,
        *,
        people: int | None = None,
        among: int | None = None,
        village_people: int = 2_000,
        household_people: float = 4.0,
    ) -> None:
        self._names: Counter[str] = Counter()
        self._surnames: Counter[str] = Counter()
        self._givens: Counter[str] = Counter()
        for name, count in (names or {}).items():
            plain = folded(name)
            surname, given = split_name(plain)
            self._names[plain] += count
            if among is None:
                self._surnames[surname] += count
                self._givens[given] += count
        self.counted = self._names.total() if among is None else among
        self._parts_counted = self._surnames.total()
        self.people = max(people or self.counted, 1_000)
        self.village_people = min(village_people, self.people)
        self.household_people = household_people
        self.name = lru_cache(maxsize=100_000)(self._name)
        self.given = lru_cache(maxsize=100_000)(self._given)
        self.surname = lru_cache(maxsize=10_000)(self._surname)

    @classmethod
    def of(cls, names: Iterable[str], *, people: int | None = None) -> Frequencies:
        return cls(Counter(names), people=people)

    @staticmethod
    def _mixed(count: int, counted: int, usual: float) -> float:
        # Of those who bear it, one is the person in question.
        return (max(count - 1, 0) + _TRUST * usual) / (counted + _TRUST)

    def _name(self, name: str) -> float:
        plain = folded(name)
        surname, given = split_name(plain)
        return self._mixed(
            self._names[plain], self.counted, self._usual_surname(surname) * self._usual_given(given)
        )

    def _given(self, name: str) -> float:
        given = split_name(folded(name))[1]
        return self._mixed(self._givens[given], self._parts_counted, self._usual_given(given))

    def _surname(self, name: str) -> float:
        surname = split_name(folded(name))[0]
        return self._mixed(self._surnames[surname], self._parts_counted, self._usual_surname(surname))

    @staticmethod
    def _usual_surname(surname: str) -> float:
        return _SURNAME_SHARES.get(surname, _SURNAME)

    @staticmethod
    def _usual_given(given: str) -> float:
        if given.isascii() and given:
            return _GIVEN_LATIN
        return _GIVEN.get(len(given), _GIVEN_LONG)
