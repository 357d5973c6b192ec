"""Loads the demo county, tells its clock and its logins."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from django.db import connection
from django.db.models import Max
from django.utils import translation

from lianfang.accounts.models import Grant
from lianfang.areas.models import Area
from lianfang.core.clock import at, frozen
from lianfang.core.models import AuditRow
from lianfang.core.scope import crossing
from lianfang.demo import (
    evening,
    fates,
    filling,
    handsets,
    homecoming,
    judging,
    names,
    officers,
    people,
    places,
    pushing,
    recording,
    sheets,
    story,
    tables,
)
from lianfang.demo.doorsteps import Beat, Knock, Walker
from lianfang.demo.evening import Asked
from lianfang.demo.fates import Home, Member
from lianfang.demo.filling import Place
from lianfang.demo.judging import Verdicts
from lianfang.demo.people import Batch
from lianfang.demo.staffing import CAST_PREFIX, PASSWORD, Hired, hire

STANDS_AT = at(dt.date(2026, 8, 7), 21, 5)
CHUNK_PEOPLE = 6_000  # written in one transaction
WRITERS = 2  # one prepares rows while PostgreSQL works for the other
REPORT_PEOPLE = 40_000  # between two lines of progress
SINCE = story.OPENED - dt.timedelta(days=30)  # officials are in office
REGISTERED = story.OPENED - dt.timedelta(hours=16)  # the evening before the emergency

Analyze = Callable[[], object]


@dataclass
class Written:
    """What has to wait for the rounds, which need the whole register."""

    people: int = 0
    verdicts: Verdicts = field(default_factory=Verdicts)
    asked: list[Asked] = field(default_factory=list)
    tonight: list[int] = field(default_factory=list)


def load(target_people: int | None = None, *, analyze: Analyze) -> None:
    """Fill an empty database. Without a number: two places whole, ten households in every other village.

    `analyze` tells the planner how many rows there are now: only the tables' owner may.
    """
    started = time.monotonic()
    weaver = people.Weaver()
    cast, opened, upper = _begin(weaver)
    written = Written()
    told = 0
    for part in _write_all(people.population(target_people, weaver=weaver), upper, opened):
        written.people += part.people
        written.verdicts += part.verdicts
        written.asked += part.asked
        written.tonight += part.tonight
        if written.people - told >= REPORT_PEOPLE:
            told = written.people
            _tell(f"{told:,} people", started)
    analyze()
    _tell(f"{written.people:,} people with what happened at their doors", started)
    with translation.override("zh-hans"):  # what is held names its questions as the county's workers see them
        _open_rounds(written, cast, opened, analyze, weaver)
    _tell("campaigns, rounds and states", started)


def _begin(weaver: people.Weaver) -> tuple[story.Cast, story.Opened, dict[str, Place]]:
    """The tree down to the villages, those above them, and the papers."""
    with frozen(REGISTERED), crossing("demo.load", actor_id=None):
        filling.fill_areas(places.county(), by=None)
        upper = filling.places_of(row[0] for row in places.county())
        cast = story.Cast.of(hire(officers.upper_officers(weaver.issuer, weaver.seed), upper, at=SINCE))
    townships = {area.code: area for area in Area.objects.filter(level=Area.Level.TOWNSHIP)}
    county = Area.objects.get(code=places.COUNTY)
    return cast, story.open_emergency(county, townships, cast), upper


def _write_all(batches: Iterator[Batch], upper: dict[str, Place], opened: story.Opened) -> Iterator[Written]:
    waiting: deque[Future[Written]] = deque()
    with ThreadPoolExecutor(WRITERS) as pool:
        for chunk in _chunks(batches):
            waiting.append(pool.submit(_write_chunk, chunk, filling.draw_ids(chunk), upper, opened))
            while len(waiting) > WRITERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


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


def _write_chunk(
    batches: list[Batch], shift: dict[str, int], upper: dict[str, Place], opened: story.Opened
) -> Written:
    """Some villages with their people, workers and visits, in one transaction."""
    try:
        with frozen(REGISTERED), crossing("demo.load", actor_id=None):
            rows = [row for batch in batches for row in batch.areas]
            filling.fill_areas(rows, by=None)
            found = upper | filling.places_of(row[0] for row in rows)
            samples = [batch.village.code for batch in batches if batch.village.is_sample]
            Area.objects.filter(code__in=samples).update(is_sample=True)
            filling.fill_people(batches, found, shift)
            staff = hire([officer for batch in batches for officer in batch.officers], found, at=SINCE)
            written = Written(sum(len(batch.persons) for batch in batches))
            beats, passes = _beats(staff, found), judging.passes(opened.school_form)
            knocks: list[Knock] = []
            for batch in batches:
                knocks += _walk(written, batch, homes_of(batch, found, shift), beats, passes)
            accounts = {h.user_id: found[h.officer.area_codes[0]].path for h in staff if h.user_id}
            recording.write_knocks(knocks, accounts)
            return written
    finally:
        connection.close()  # this thread's own


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


def _walk(
    written: Written,
    batch: Batch,
    homes: list[Home],
    beats: dict[str, Beat],
    passes: dict[str, judging.Pass],
) -> list[Knock]:
    """What happened at the doors of one village, judged."""
    code = batch.village.code
    rng = names.seeded(f"{people.SEED}/story/{code}")
    village = fates.of_village(code, homes, rng)
    walker = Walker(lambda area_code: _beat_of(area_code, beats), rng)
    first = [_open_needs(knock, village) for knock in walker.first_round(homes)]
    second = list(walker.second_round(homes, village))
    written.verdicts.judge("first", passes["first"], homes, first)
    for name in ("second", "water"):
        written.verdicts.judge(name, passes[name], homes, second)
    written.verdicts.judge("school", passes["school"], _with_pupils(homes), first + second)
    written.asked += [
        Asked(knock, village.fates[knock.home.id] == "pending", code[:9])
        for knock in second
        if village.fates.get(knock.home.id) in ("exempt", "pending")
    ]
    written.tonight += sorted(village.tonight)
    return first + second


def _open_needs(knock: Knock, village: fates.VillageFates) -> Knock:
    """The doors of the tour said nothing of their needs the first time: that is still asked there."""
    if knock.home.id not in village.known:
        return knock
    return replace(knock, answers={k: v for k, v in knock.answers.items() if k != "household_needs"})


def _with_pupils(homes: list[Home]) -> list[Home]:
    """Those that the education bureau may ask, by the year of birth; the list itself goes by the day."""
    ages = range(story.YOUNGEST_PUPIL, story.OLDEST_PUPIL + 2)
    return [home for home in homes if any(m.is_living and m.age in ages for m in home.members)]


def _beat_of(area_code: str, beats: dict[str, Beat]) -> Beat:
    """Who answers for a door's area: its own worker, else that of the nearest area above."""
    code = area_code
    while code not in beats:
        code = code[:-3]
    return beats[code]


def _open_rounds(
    written: Written, cast: story.Cast, opened: story.Opened, analyze: Analyze, weaver: people.Weaver
) -> None:
    county = Area.objects.get(code=places.COUNTY)
    verdicts = written.verdicts
    recording.write_facts(story.FIRST_OPENS, STANDS_AT)
    first = story.declare_sweep(county, opened, cast)
    judging.write_verdicts(first, verdicts.rows["first"])
    second = story.open_second_round(first, cast)
    first = story.read(first.pk)  # closed by now
    recording.settle_at(verdicts.unsettled["first"], [first], story.FIRST_DUE)
    water = story.declare_water_check(county, opened, cast)
    for found, name in ((second, "second"), (water, "water")):
        judging.write_verdicts(found, verdicts.rows[name])
        recording.settle_at(verdicts.unsettled[name], [found], story.LAST_REPORT)
    judging.bring_forward(second, written.tonight, story.SECOND_DUE_EARLY)
    evening.decide_exemptions(written.asked, [second, water], cast)
    story.declare_survey(county, opened, cast)
    analyze()
    evening.tell(second, weaver)
    homecoming.come_home(weaver)
    school = story.declare_school_check(county, opened, cast)
    judging.write_verdicts(school, verdicts.rows["school"])
    evening.settle_village(school)
    evening.sign_evenings()
    sheets.arrive(weaver, by=cast.data_officer)
    tables.arrive(second, cast)
    pushing.arrive(weaver, opened, cast)
    handsets.hand_out()


def _tell(what: str, started: float) -> None:
    print(f"  {time.monotonic() - started:4.0f} s  {what}", flush=True)


def clock_offset() -> float:
    """Seconds to add to the machine's clock. The demo opens at 21:05, and a later start never stands before what was
    recorded since."""
    # Every write leaves its row in the audit trail.
    newest = AuditRow.objects.aggregate(newest=Max("at"))["newest"]
    stands_at = max(STANDS_AT, newest or STANDS_AT)
    return (stands_at - dt.datetime.now(dt.UTC)).total_seconds()


@dataclass(frozen=True, slots=True)
class Logins:
    """The cast, as printed at each start."""

    rows: tuple[tuple[str, str, str, str], ...]  # username, name, title, area

    def __str__(self) -> str:
        lines = [f"  {username:<27} {name}  {title}  {area}" for username, name, title, area in self.rows]
        return "\n".join([f"Sign in with one click, or with the password {PASSWORD!r}:", *lines])


def logins() -> Logins:
    grants = Grant.objects.filter(user__username__startswith=CAST_PREFIX).select_related("user", "area")
    by_user: dict[str, list[Grant]] = {}
    for grant in grants.order_by("area_path", "pk"):
        by_user.setdefault(grant.user.username, []).append(grant)
    return Logins(
        tuple(
            (username, held[0].user.name, held[0].title, "、".join(grant.area.name for grant in held))
            for username, held in by_user.items()
        )
    )
