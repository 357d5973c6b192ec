"""From rows to matches, in steps that cost more the less a row says; each step leaves fewer rows to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from lianfang.core.arrays import literal
from lianfang.core.scope import subtree
from lianfang.core.sealing import lookup_token
from lianfang.register.likeness import Frequencies, Likeness, Subject, Thresholds, choose, compare
from lianfang.register.likeness.characters import folded
from lianfang.register.likeness.names import compare_names, is_surely_other
from lianfang.verification.matching import candidates
from lianfang.verification.matching.asking import (
    Asked,
    asked,
    near_initials,
    placed,
    sealed_tokens,
    slip_tokens,
)
from lianfang.verification.matching.people import Known, People, by_id_alone
from lianfang.verification.matching.places import Places
from lianfang.verification.rows import Candidate, ListRow, Match, Verdict

MOST_CANDIDATES = 5
# All of that name in the village have been seen, so only who is not in the register could be meant instead.
RARE_IN_VILLAGE = 3.0
KEPT_SECONDS = 600  # for which the people of a county are counted
_CLOSE = frozenset({"equal", "variant", "homophone", "alike", "dropped", "swapped", "hidden"})
_MEANT = (Verdict.SAME, Verdict.PROBABLY)


@dataclass(slots=True)
class _Judged:
    """What was found for one row so far: by person, and who they are."""

    likeness: dict[int, Likeness] = field(default_factory=dict)
    known: dict[int, Known] = field(default_factory=dict)


class Search:
    """One batch of rows. `bearers`: how many bear a name, as far as batches before this one have counted them."""

    def __init__(self, rows: Sequence[ListRow], places: Places, bearers: dict[str, int]) -> None:
        self.rows, self.places, self.bearers = rows, places, bearers
        self.county = places.county.path
        self.asked = [asked(row) for row in rows]
        self.judged = [_Judged() for _ in rows]
        self.people = People(places)
        self.limits = replace(Thresholds(*settings.SAME_PERSON), rare_in_village=RARE_IN_VILLAGE)
        self.count = cache.get_or_set(f"register:people:{self.county}", self._count, KEPT_SECONDS) or 1
        self.frequencies = Frequencies(people=self.count)
        self.open = list(range(len(rows)))

    def run(self) -> list[Match]:
        self._by_whole_ids()
        self._leave_settled()
        if self.open:
            for n in self.open:
                self.asked[n] = placed(self.asked[n], self.rows[n], self.places)
            self._leave_out_fillers()
            self.frequencies = self._frequencies()
            self._judge(candidates.by_tokens(self.county, list(self._tokens(sealed_tokens))))
            self._leave_settled()
        if self.open:
            self._judge(self._fuzzy())
        return [_match(judged, self.limits) for judged in self.judged]

    # ---------- steps ----------

    def _by_whole_ids(self) -> None:
        """Seven rows in ten have a whole id, and most of those agree with a name: nothing has to be opened for them."""
        numbers = {n: one.number for n, one in enumerate(self.asked) if one.number}
        tokens = [(n, lookup_token("id", number)) for n, number in numbers.items()]
        for n, known in by_id_alone(candidates.by_tokens(self.county, tokens), numbers):
            found = compare(
                self.asked[n].subject, known.subject, frequencies=self.frequencies, limits=self.limits
            )
            self.judged[n].likeness[known.id] = found
            self.judged[n].known[known.id] = known

    def _leave_out_fillers(self) -> None:
        """Two strangers who gave the phone of one office agree in nothing."""
        tokens = {
            phone: lookup_token("phone", phone) for n in self.open for phone in self.asked[n].subject.phones
        }
        fillers = candidates.of_many(self.county, set(tokens.values()))
        if not fillers:
            return
        for n in self.open:
            one = self.asked[n]
            own = tuple(phone for phone in one.subject.phones if tokens[phone] not in fillers)
            self.asked[n] = replace(one, subject=replace(one.subject, phones=own))

    def _tokens(
        self, of: Callable[[Asked], Iterator[bytes]], rows: Iterable[int] | None = None
    ) -> Iterator[tuple[int, bytes]]:
        for n in self.open if rows is None else rows:
            for token in of(self.asked[n]):
                yield n, token

    def _fuzzy(self) -> set[candidates.Pair]:
        """Names misheard or misread in their village; on the birthday; the same name where something else may agree;
        a name in the household that has the phone."""
        open_rows = self.open
        in_village = [n for n in open_rows if self.asked[n].villages]
        nowhere = [n for n in open_rows if not self.asked[n].villages]
        found = candidates.by_tokens(self.county, list(self._tokens(slip_tokens, nowhere)))
        named = [
            (n, name, path)
            for n in in_village
            for path in self.asked[n].villages
            for name in self.asked[n].names
        ]
        found |= set(candidates.by_village_name(named))
        near = [
            (n, letters, path)
            for n in in_village
            if self._may_be_near(self.asked[n])
            for path in self.asked[n].villages
            for letters in set().union(*map(near_initials, self.asked[n].names))
        ]
        found |= self._close(candidates.by_village(near))
        born = [(n, day) for n in open_rows if (day := self.asked[n].born)]
        found |= self._of_birthday(candidates.by_birth(self.county, born))
        years = [
            (n, name, self.asked[n].born, self.asked[n].subject.birth_year)
            for n in open_rows
            if self._has_more(self.asked[n])
            for name in self.asked[n].names
        ]
        found |= set(candidates.by_name(self.county, years))
        phones = [
            (n, lookup_token("phone", phone)) for n in open_rows for phone in self.asked[n].subject.phones
        ]
        found |= self._close(candidates.by_phone_of_household(self.county, phones))
        return found

    @staticmethod
    def _may_be_near(one: Asked) -> bool:
        """A name that is only near needs something beside its village. Who shares the birthday or the phone is found
        by those; the door, the year and what is left of an id have no index of their own."""
        subject = one.subject
        return bool(subject.door or subject.birth_year or (subject.id_number and not one.number))

    @staticmethod
    def _has_more(one: Asked) -> bool:
        """Of people of one name in a whole county, only who has more in common can be meant."""
        return bool(one.born or one.subject.birth_year or (one.subject.id_number and not one.number))

    def _close(self, found: Iterable[tuple[int, int, str]]) -> set[candidates.Pair]:
        return {(n, person) for n, person, name in found if self._is_close(n, name)}

    def _is_close(self, n: int, name: str) -> bool:
        return any(
            not is_surely_other(mine, name) and compare_names(mine, name) in _CLOSE
            for mine in self.asked[n].names
        )

    def _of_birthday(self, found: Iterable[tuple[int, int, str, str]]) -> set[candidates.Pair]:
        """Forty people of a county were born on one day: those whose name is near, or whose village is the same and
        whose name is not quite another."""
        pairs = set()
        for n, person, name, path in found:
            is_there = any(path.startswith(village) for village in self.asked[n].villages)
            if self._is_close(n, name) or (is_there and self._has_of_it(n, name)):
                pairs.add((n, person))
        return pairs

    def _has_of_it(self, n: int, name: str) -> bool:
        return any(compare_names(mine, name) in ("one_other", "given") for mine in self.asked[n].names)

    # ---------- judging ----------

    def _judge(self, pairs: Iterable[candidates.Pair]) -> None:
        by_row: dict[int, set[int]] = defaultdict(set)
        for n in self.open:
            by_row[n] = set(self.judged[n].known)  # judged by their ids alone until now
        for n, person in pairs:
            by_row[n].add(person)
        self.people.fetch({person for people in by_row.values() for person in people})
        for n, people in by_row.items():
            one, judged = self.asked[n], self.judged[n]
            for person in people:
                known = self.people.found.get(person)
                if known is None or judged.known.get(person) is known:
                    continue
                judged.likeness[person] = compare(
                    one.beside(known.subject.village, known.subject.door, known.door_said),
                    known.subject,
                    frequencies=self.frequencies,
                    limits=self.limits,
                )
                judged.known[person] = known

    def _leave_settled(self) -> None:
        self.open = [n for n in self.open if not self._is_settled(n)]

    def _is_settled(self, n: int) -> bool:
        best = _chosen(self.judged[n], self.limits)
        return best is not None and self.judged[n].likeness[best].verdict == Verdict.SAME

    # ---------- how common a name is ----------

    def _count(self) -> int:
        """The planner's estimate where there is one: that is near enough, and no county is counted for it."""
        with connection.cursor() as cursor:
            cursor.execute("select reltuples::bigint from pg_class where oid = 'register_person'::regclass")
            (estimate,) = cursor.fetchone()
            if estimate >= 20_000:
                return int(estimate)
            cursor.execute(
                "select count(*) from register_person where area_path >= %s and area_path < %s and is_current",
                subtree(self.county),
            )
            return int(cursor.fetchone()[0])

    def _frequencies(self) -> Frequencies:
        names = {folded(name) for n in self.open for name in self.asked[n].names}
        if new := sorted(names - self.bearers.keys()):
            with connection.cursor() as cursor:
                cursor.execute(_COUNTED, [*subtree(self.county), literal(new)])
                self.bearers.update(cursor.fetchall())
        counted = {name: self.bearers[name] for name in names}
        return Frequencies(counted, people=self.count, among=self.count)


# Those who moved away or died with them: how common a name is, an index alone tells, in a third of the time.
_COUNTED = """
select w.name, (select count(*) from register_person p
  where p.name = w.name and p.area_path >= %s and p.area_path < %s)
from unnest(%s::text[]) w(name)
"""


def _chosen(judged: _Judged, limits: Thresholds) -> int | None:
    """Whom the row means. Rows of the register that are one person twice do not stand in each other's way."""
    ids = sorted(judged.likeness, key=lambda person: (-judged.likeness[person].weight, person))
    if not ids:
        return None
    best = choose([judged.likeness[person] for person in ids], limits=limits)
    if best is not None:
        return ids[best]
    first = judged.likeness[ids[0]]
    if first.verdict not in _MEANT:
        return None
    rivals = [p for p in ids if first.weight - judged.likeness[p].weight < limits.probably]
    mine = judged.known[ids[0]].subject
    if all(_is_double(mine, judged.known[other].subject) for other in rivals[1:]):
        return min(rivals, key=lambda person: not judged.known[person].is_current)
    return None


def _is_double(one: Subject, other: Subject) -> bool:
    """One person twice in the register: not two of one name, of whom one has the other's phone."""
    found = compare(one, other)
    agreeing = {reason.code for reason in found.reasons}
    return found.verdict in _MEANT and ("id.equal" in agreeing or {"name.equal", "birth.equal"} <= agreeing)


def _match(judged: _Judged, limits: Thresholds) -> Match:
    order = sorted(judged.likeness, key=lambda person: (-judged.likeness[person].weight, person))
    chosen = _chosen(judged, limits)
    if chosen is not None:
        order.remove(chosen)
        order.insert(0, chosen)
        verdict = Verdict(judged.likeness[chosen].verdict)
    elif order and all(found.verdict == Verdict.UNLIKE for found in judged.likeness.values()):
        verdict = Verdict.UNLIKE
    else:
        verdict = Verdict.UNKNOWN
    return Match(verdict, tuple(_candidate(judged, person) for person in order[:MOST_CANDIDATES]))


def _candidate(judged: _Judged, person: int) -> Candidate:
    known, found = judged.known[person], judged.likeness[person]
    return Candidate(
        person_id=person,
        reference=known.reference,
        area_path=known.area_path,
        is_current=known.is_current,
        verdict=Verdict(found.verdict),
        weight=found.weight,
        reasons=tuple((reason.code, reason.kind, reason.weight) for reason in found.reasons),
    )
