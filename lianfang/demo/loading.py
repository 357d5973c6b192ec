"""Loads the demo county, tells its clock and its logins. The only part of the demo that writes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db.models import Max

from lianfang.accounts.models import Grant
from lianfang.areas.models import Area
from lianfang.campaigns.models import Visit
from lianfang.core.clock import at
from lianfang.core.scope import crossing
from lianfang.demo import fates, filling, names, officers, people, places, recording, story
from lianfang.demo.doorsteps import Beat, Knock, Walker
from lianfang.demo.fates import Home, Member
from lianfang.demo.filling import Place
from lianfang.demo.people import Batch
from lianfang.demo.staffing import CAST_PREFIX, PASSWORD, Hired, hire
from lianfang.intake.models import Operation

STANDS_AT = at(dt.date(2026, 8, 7), 21, 5)
CHUNK_PEOPLE = 20_000  # written in one transaction


@dataclass
class Loading:
    """What the parts of a load hand on to each other."""

    cast: story.Cast
    opened: story.Opened
    county: Area
    exempt: list[tuple[int, str, str]] = field(default_factory=list)
    tonight: list[int] = field(default_factory=list)


def load(target_people: int | None = None, *, analyze: Callable[[], object]) -> None:
    """Fill an empty database. Without a number: two places whole, ten households in every other village.

    `analyze` tells the planner how many rows there are now; without it, freezing a round takes minutes.
    """
    started = time.monotonic()
    weaver = people.Weaver()
    loading, upper = _begin(weaver)
    count = 0
    for batches in _chunks(people.population(target_people, weaver=weaver)):
        _load_chunk(loading, batches, upper)
        count += sum(len(batch.persons) for batch in batches)
        _tell(f"{count:,} people", started)
    analyze()
    _tell_story(loading, started, analyze)


def _begin(weaver: people.Weaver) -> tuple[Loading, dict[str, Place]]:
    """The tree down to the villages, those above them, and the papers."""
    with crossing("demo.load", actor_id=None):
        filling.fill_areas(places.county(), by=None)
        upper = filling.places_of(row[0] for row in places.county())
        above = officers.upper_officers(weaver.issuer, weaver.seed)
        hired = hire(above, upper, at=story.OPENED - dt.timedelta(days=30))
    cast = story.Cast.of(hired)
    county = Area.objects.get(code=places.COUNTY)
    townships = {area.code: area for area in Area.objects.filter(level=Area.Level.TOWNSHIP)}
    return Loading(cast, story.open_emergency(county, townships, cast), county), upper


def _chunks(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    chunk: list[Batch] = []
    size = 0
    for batch in batches:
        chunk.append(batch)
        size += len(batch.persons)
        if size >= CHUNK_PEOPLE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _load_chunk(loading: Loading, batches: list[Batch], upper: dict[str, Place]) -> None:
    with crossing("demo.load", actor_id=None):
        rows = [row for batch in batches for row in batch.areas]
        filling.fill_areas(rows, by=None)
        found = upper | filling.places_of(row[0] for row in rows)
        samples = [batch.village.code for batch in batches if batch.village.is_sample]
        Area.objects.filter(code__in=samples).update(is_sample=True)
        shift = filling.fill_people(batches, found)
        staff = hire(
            [officer for batch in batches for officer in batch.officers],
            found,
            at=story.OPENED - dt.timedelta(days=30),
        )
        accounts = {h.user_id: found[h.officer.area_codes[0]].path for h in staff if h.user_id}
        beats = _beats(staff, found)
        knocks: list[Knock] = []
        for batch in batches:
            knocks += _walk(loading, batch, homes_of(batch, found, shift), beats)
        recording.write_knocks(knocks, accounts)


def _beats(staff: list[Hired], found: dict[str, Place]) -> dict[str, Beat]:
    return {
        code: Beat(h.worker_id, h.user_id or 0, found[code].path)
        for h in staff
        for code in h.officer.area_codes
    }


def homes_of(batch: Batch, found: dict[str, Place], shift: dict[str, int]) -> list[Home]:
    names_of = {code: name for code, name, _, _ in batch.areas}
    doors = {door.key: door for door in batch.doors}
    members: dict[int, list[Member]] = {}
    for person in batch.persons:
        members.setdefault(person.household_key, []).append(
            Member(
                person.key + shift["person"],
                people.AS_OF.year - person.birth_on.year,
                person.is_registered_here,
                person.is_living_here,
                person.is_here_tonight,
                person.away_place,
            )
        )
    homes = []
    for household in batch.households:
        door = doors[household.door_key]
        homes.append(
            Home(
                household.key + shift["household"],
                found[door.area_code].path,
                door.area_code,
                (names_of[door.area_code], door.label),
                tuple(members[household.key]),
            )
        )
    return homes


def _walk(loading: Loading, batch: Batch, homes: list[Home], beats: dict[str, Beat]) -> list[Knock]:
    rng = names.seeded(f"{people.SEED}/story/{batch.village.code}")
    village = fates.of_village(batch.village.code, homes, rng)
    walker = Walker(lambda code: _beat_of(code, beats), rng)
    knocks = list(walker.first_round(homes))
    second = list(walker.second_round(homes, village))
    outcomes = {knock.home.id: knock for knock in second}
    loading.exempt += [
        (home_id, str(outcomes[home_id].id), fate)
        for home_id, fate in village.fates.items()
        if fate in ("exempt", "pending")
    ]
    loading.tonight += village.tonight
    return knocks + second


def _beat_of(area_code: str, beats: dict[str, Beat]) -> Beat:
    """Who answers for a door's area: its own worker, else that of the nearest area above."""
    code = area_code
    while code not in beats:
        code = code[:-3]
    return beats[code]


def _tell_story(loading: Loading, started: float, analyze: Callable[[], object]) -> None:
    cast = loading.cast
    first = story.declare_sweep(loading.county, loading.opened, cast)
    analyze()
    _tell("round 1 frozen", started)
    recording.write_facts(story.FIRST_OPENS, story.SECOND_OPENS)
    recording.settle_visited([first], story.FIRST_OPENS, story.SECOND_OPENS)
    _tell("round 1 settled", started)
    second = story.open_second_round(first, cast)
    water = story.declare_water_check(loading.county, loading.opened, cast)
    analyze()
    _tell("round 2 frozen", started)
    recording.write_facts(story.SECOND_OPENS, STANDS_AT)
    recording.settle_visited([second, water], story.SECOND_OPENS, STANDS_AT)
    _tell("round 2 settled", started)
    story.declare_survey(loading.county, loading.opened, cast)
    _tell("survey declared", started)


def _tell(what: str, started: float) -> None:
    print(f"  {what}  {time.monotonic() - started:.0f} s", flush=True)


def clock_offset() -> float:
    """Seconds to add to the machine's clock. The demo opens at 21:05, and a later start never stands before what was
    recorded since."""
    with crossing("demo.clock", actor_id=None):
        newest = [
            Visit.objects.aggregate(newest=Max("received_at"))["newest"],
            Operation.objects.aggregate(newest=Max("received_at"))["newest"],
        ]
    stands_at = max([STANDS_AT, *(moment for moment in newest if moment)])
    return (stands_at - dt.datetime.now(dt.UTC)).total_seconds()


@dataclass(frozen=True, slots=True)
class Logins:
    """The cast, as printed at each start."""

    rows: tuple[tuple[str, str, str, str], ...]  # username, name, title, area

    def __str__(self) -> str:
        lines = [f"  {username:<27}{name}  {title}  {area}" for username, name, title, area in self.rows]
        return "\n".join([f"Sign in with one click, or with the password {PASSWORD!r}:", *lines])


def logins() -> Logins:
    grants = Grant.objects.filter(user__username__startswith=CAST_PREFIX).select_related("user", "area")
    by_user = {grant.user.username: grant for grant in grants.order_by("area_path", "-pk")}
    return Logins(tuple((g.user.username, g.user.name, g.title, g.area.name) for g in by_user.values()))
