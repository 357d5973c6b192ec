"""Looking for doubles: candidates set-wise in the database, their likeness in Python, pairs kept.

People are compared within their county. Candidates share an id, a phone, a phone's end with the name, or a name with
the birthday (lookup tokens); or initials and birthday; or, in one village, initials or the birthday. What is plain
under row-level security is compared as it stands: it needs no tokens (decision 0019).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, children, prefixes
from lianfang.areas.rules import RANK
from lianfang.core import audit
from lianfang.core.arrays import columns, literal
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, crossing, scoped, subtree
from lianfang.core.sealing import unseal
from lianfang.core.set_wise import whole_area
from lianfang.register.likeness import Frequencies, Likeness, Subject, Thresholds, compare
from lianfang.register.models import Double, DoubleSearch, Person

FEW = 2_000  # people; more are joined by hashing, and in a job
SHARED_BY = 30  # people; a phone or id on more rows than that is an office's, or a filler
PAIRS_AT_ONCE = 5_000
KEPT_SECONDS = 600  # for which the names of a county are counted

Pair = tuple[int, int]


def find_for(
    *,
    person_ids: Collection[int],
    by: int | None,
    found_by: str = "",
    counted: dict[str, Frequencies] | None = None,
) -> int:
    """Compare these people with everybody in their county and keep the pairs; how many pairs are open afterwards.

    What was decided before is not asked again; an open pair that no longer looks alike goes. `counted`: how often the
    names of a county occur, kept here from one call to the next by who calls it for all of its people.
    """
    ids = sorted(set(person_ids))
    if not ids:
        return 0
    with crossing("register.find_doubles", actor_id=by) as everywhere:
        paths = list(Person.objects.filter(everywhere.q(), pk__in=ids).values_list("area_path", flat=True))
        by_county: dict[str, list[str]] = defaultdict(list)
        counties = _counties(paths)
        for path in paths:
            by_county[counties[path]].append(path)
        return sum(_find_in(county, ids, found_by, counted) for county in sorted(by_county))


def _counties(paths: Iterable[str]) -> dict[str, str]:
    """The county of each path; without one, the highest area that there is."""
    wanted = set(paths)
    known = by_path({step for path in wanted for step in prefixes(path)})
    found = {}
    for path in wanted:
        steps = [known[step] for step in prefixes(path) if step in known]
        above = [area for area in steps if RANK[area.level] <= RANK["county"]]
        found[path] = above[-1].path if above else ROOT
    return found


def _find_in(county: str, ids: Sequence[int], found_by: str, counted: dict[str, Frequencies] | None) -> int:
    names = village_paths(county)
    with connection.cursor() as cursor:
        _stage(cursor, ids, county, names)
        with whole_area() if len(ids) > FEW else nullcontext():
            for statement in _CANDIDATES:
                cursor.execute(statement, {"low": county, "high": subtree(county)[1], "shared": SHARED_BY})
        cursor.execute(_PAIRS)
        pairs = cursor.fetchall()
    if counted is None:
        frequencies = frequencies_among(county, pairs)
    else:
        if county not in counted:
            counted[county] = frequencies_of(county)
        frequencies = counted[county]
    limits = Thresholds(*settings.SAME_PERSON)
    judged: dict[Pair, Likeness] = {}
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        some = pairs[start : start + PAIRS_AT_ONCE]
        people = subjects_of({person for pair in some for person in pair}, names)
        for a, b in some:
            if a in people and b in people:
                found = compare(people[a][0], people[b][0], frequencies=frequencies, limits=limits)
                if _is_one_number(found):  # one of the two rows is wrong, whoever they are: a person looks
                    found = replace(found, verdict=Double.Verdict.PROBABLY)
                if found.verdict in Double.Verdict.values:
                    judged[a, b] = found
    return _keep(judged, _paths(judged), found_by)


def _is_one_number(found: Likeness) -> bool:
    """Two whole ids that agree, and the names do not."""
    return found.verdict not in Double.Verdict.values and any(
        (about, level) == ("id", "equal") for about, level, _shares in found.findings
    )


def _stage(cursor: Any, ids: Sequence[int], county: str, villages: Collection[str]) -> None:
    cursor.execute("drop table if exists double_focus, double_pair")
    cursor.execute(
        "create temporary table double_focus on commit drop as select p.id, p.name, p.initials, p.birth_on,"
        ' v.low collate "C" as low, v.high collate "C" as high from register_person p'
        " join unnest(%s::bigint[]) as f(id) on f.id = p.id left join lateral (select u.low, u.high"
        ' from unnest(%s::text[], %s::text[]) as u(low, high) where p.area_path >= u.low collate "C"'
        ' and p.area_path < u.high collate "C" limit 1) v on true'
        " where p.is_current and p.area_path >= %s and p.area_path < %s",
        [literal(ids), list(villages), [subtree(path)[1] for path in villages], *subtree(county)],
    )
    cursor.execute("create temporary table double_pair (a bigint, b bigint) on commit drop")
    cursor.execute("analyze double_focus")


_CANDIDATES = (
    # a token in common
    """
insert into double_pair select distinct x.id, y.id from (
  select t.token, array_agg(t.person_id) as people from register_lookuptoken t
  where t.token in (select m.token from register_lookuptoken m join double_focus f on f.id = m.person_id
      where m.area_path >= %(low)s and m.area_path < %(high)s)
    and t.area_path >= %(low)s and t.area_path < %(high)s
  group by t.token having count(*) between 2 and %(shared)s) s,
  unnest(s.people) x(id), unnest(s.people) y(id)
where x.id <> y.id and exists (select from double_focus f where f.id = x.id)
""",
    # initials and birthday, anywhere in the county
    """
insert into double_pair select f.id, p.id from double_focus f join register_person p
  on p.initials = f.initials and p.birth_on = f.birth_on
where f.initials <> '' and p.id <> f.id and p.area_path >= %(low)s and p.area_path < %(high)s
""",
    # initials in one village, of about the same age
    """
insert into double_pair select f.id, p.id from double_focus f join register_person p
  on p.initials = f.initials and p.area_path >= f.low and p.area_path < f.high
where f.initials <> '' and p.id <> f.id and p.area_path >= %(low)s and p.area_path < %(high)s
  and (p.name = f.name or p.birth_on is null or f.birth_on is null
    or abs(extract(year from p.birth_on) - extract(year from f.birth_on)) <= 1)
""",
    # the birthday in one village: names that were misread do not keep their initials
    """
insert into double_pair select f.id, p.id from double_focus f join register_person p
  on p.birth_on = f.birth_on and p.area_path >= f.low and p.area_path < f.high
where p.id <> f.id and p.area_path >= %(low)s and p.area_path < %(high)s
""",
)
# Members of one household share phones: they are compared only if name or birthday is alike as well.
_PAIRS = """
select distinct least(c.a, c.b), greatest(c.a, c.b) from double_pair c
join register_person x on x.id = c.a join register_person y on y.id = c.b
where x.is_current and y.is_current
  and (x.household_id <> y.household_id or x.initials = y.initials or x.birth_on = y.birth_on)
  and not exists (select from register_double d where d.state <> 'open'
    and d.person_a_id = least(c.a, c.b) and d.person_b_id = greatest(c.a, c.b))
"""


def village_paths(county: str) -> tuple[str, ...]:
    low, high = subtree(county)
    villages = Area.objects.filter(level=Area.Level.VILLAGE, path__gte=low, path__lt=high)
    return tuple(villages.values_list("path", flat=True))


def frequencies_of(county: str) -> Frequencies:
    """How often each name occurs in a county: a second of work and much memory, for who compares all of its people."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select name, count(*) from register_person where area_path >= %s and area_path < %s and is_current"
            " group by name",
            subtree(county),
        )
        return Frequencies(dict(cursor.fetchall()))


def frequencies_among(county: str, pairs: Iterable[Pair]) -> Frequencies:
    """The same for the names of these people only, by the index of names."""
    bounds = subtree(county)
    people = cache.get_or_set(f"register:people:{county}", lambda: _people_in(county), KEPT_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            "select name, count(*) from register_person where area_path >= %s and area_path < %s and is_current"
            " and name in (select name from register_person where id = any(%s::bigint[])) group by name",
            [*bounds, literal(sorted({person for pair in pairs for person in pair}))],
        )
        return Frequencies(dict(cursor.fetchall()), people=people, among=people)


def _people_in(county: str) -> int:
    low, high = subtree(county)
    return Person.objects.filter(area_path__gte=low, area_path__lt=high, is_current=True).count()


def subjects_of(ids: Collection[int], villages: Collection[str]) -> dict[int, tuple[Subject, str]]:
    """Each person as likeness reads them, with their path; two statements however many they are."""
    with connection.cursor() as cursor:
        cursor.execute(_SUBJECTS, [literal(sorted(ids))])
        rows = cursor.fetchall()
        cursor.execute(_MEMBERS, [literal(sorted({row[7] for row in rows}))])
        members = dict(cursor.fetchall())
    known = frozenset(villages)
    return {row[0]: (_subject(row, members.get(row[7], ()), known), row[6]) for row in rows}


_SUBJECTS = """
select p.id, p.name, p.sex, p.birth_on, p.id_number, p.phone, p.area_path, p.household_id, h.door_id
from register_person p join register_household h on h.id = p.household_id where p.id = any(%s::bigint[])
"""
_MEMBERS = """
select household_id, array_agg(name) from register_person
where household_id = any(%s::bigint[]) and is_current group by household_id having count(*) < 30
"""


def _subject(row: Sequence[Any], members: Sequence[str], villages: Collection[str]) -> Subject:
    _id, name, sex, birth_on, number, phone, path, household, door = row
    return Subject(
        name=name,
        sex=sex,
        birth_on=birth_on,
        id_number=unseal(number, purpose="person.id_number") if number else "",
        phones=(unseal(phone, purpose="person.phone"),) if phone else (),
        village=next((step for step in reversed(prefixes(path)) if step in villages), path),
        door=str(door),
        household=str(household),
        household_names=frozenset(members) - {name},
    )


def _paths(pairs: Iterable[Pair]) -> dict[int, str]:
    ids = {person for pair in pairs for person in pair}
    return dict(Person.objects.filter(pk__in=ids).values_list("id", "area_path")) if ids else {}


def common_path(a: str, b: str) -> str:
    """The smallest area that holds both."""
    shared = []
    for x, y in zip(a.split("."), b.split("."), strict=False):
        if x != y or not x:
            break
        shared.append(x)
    return ".".join(shared) + "."


def _keep(judged: dict[Pair, Likeness], paths: dict[int, str], found_by: str) -> int:
    with connection.cursor() as cursor:
        if judged:
            rows = [
                (
                    a,
                    b,
                    common_path(paths[a], paths[b]),
                    found.verdict,
                    repr(found.weight),
                    json.dumps([[r.code, r.kind, r.weight] for r in found.reasons]),
                )
                for (a, b), found in sorted(judged.items())
            ]
            cursor.execute(_UPSERT, [now(), found_by, *columns(rows)])
        cursor.execute(_STALE, [literal(a for a, _ in judged), literal(b for _, b in judged)])
    return len(judged)


_UPSERT = """
insert into register_double as d (person_a_id, person_b_id, area_path, verdict, weight, reasons, state, found_at,
  found_by)
select v.a, v.b, v.path, v.verdict, v.weight, v.reasons::jsonb, 'open', %s, %s
from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::float8[], %s::text[])
  v(a, b, path, verdict, weight, reasons)
on conflict (person_a_id, person_b_id) do update set verdict = excluded.verdict, weight = excluded.weight,
  reasons = excluded.reasons, area_path = excluded.area_path
where d.state = 'open'
"""
_STALE = """
delete from register_double d using double_focus f
where d.state = 'open' and f.id in (d.person_a_id, d.person_b_id)
  and not exists (select from unnest(%s::bigint[], %s::bigint[]) v(a, b)
    where v.a = d.person_a_id and v.b = d.person_b_id)
"""


# ---------- across ----------


def elsewhere_count(scope: Scope, *, by: int) -> int:
    """Open pairs of somebody here with somebody outside: a number, and not one word of who or where."""
    mine = scope.q("person_a__area_path") | scope.q("person_b__area_path")
    with crossing("register.count_doubles", actor_id=by) as everywhere:
        return Double.objects.filter(everywhere.q(), mine, ~scope.q(), state=Double.State.OPEN).count()


# ---------- on demand ----------


@transaction.atomic
def ask_search(
    *, area: Area, scope: Scope, by: int | None, first_person_id: int = 0, found_by: str = ""
) -> DoubleSearch:
    """Have the people of an area compared, in steps: a township each. Raises `register.searching` while one runs."""
    scope.within(area.path)
    if not found_by and DoubleSearch.objects.filter(area=area, found_by="", finished_at=None).exists():
        raise Problem("register.searching")
    search = DoubleSearch.objects.create(
        area=area,
        area_path=area.path,
        first_person_id=first_person_id,
        found_by=found_by,
        asked_at=now(),
        asked_by=by,
        step_count=len(_steps(area)),
    )
    audit.record("register.find_doubles", "area", area.pk, by=by, path=area.path)
    return search


def name_of(search_id: int) -> str:
    """What a pair says it was found by: file 12, search 3."""
    with crossing("register.find_doubles", actor_id=None) as everywhere:
        found = DoubleSearch.objects.filter(everywhere.q(), pk=search_id).values_list("found_by", flat=True)
        return found.first() or f"search {search_id}"


def run_search(search_id: int) -> int:
    """The steps that are left, each in a transaction of its own: after a crash it goes on where it was."""
    with crossing("register.find_doubles", actor_id=None) as everywhere:
        search = DoubleSearch.objects.select_related("area").get(everywhere.q(), pk=search_id)
    steps = _steps(search.area)
    counted: dict[str, Frequencies] = {}
    for path in steps[search.done_count :]:
        with scoped(Scope.over([ROOT], actor_id=search.asked_by, purpose="register.find_doubles")):
            low, high = subtree(path)
            people = Person.objects.filter(
                area_path__gte=low, area_path__lt=high, is_current=True, pk__gte=search.first_person_id
            )
            ids = list(people.values_list("id", flat=True))
            name = search.found_by or f"search {search.pk}"
            search.found_count += find_for(
                person_ids=ids,
                by=search.asked_by,
                found_by=name,
                counted=counted if len(ids) > FEW else None,
            )
            search.done_count += 1
            search.finished_at = now() if search.done_count == len(steps) else None
            search.save(update_fields=["found_count", "done_count", "finished_at"])
    return search.found_count


def _steps(area: Area) -> list[str]:
    """The areas that are searched one after the other: of a county its townships, else the area itself. People who
    hang on the county itself are nobody's step, and there are none."""
    if RANK[area.level] <= RANK["county"]:
        below = [each.path for each in children(area)]
        if RANK[area.level] < RANK["county"]:
            return [path for each in children(area) for path in _steps(each)] or [area.path]
        return below or [area.path]
    return [area.path]
