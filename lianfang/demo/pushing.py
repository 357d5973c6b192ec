"""The list that came at 21:00 and waits to be sorted: the first card of the demo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from lianfang.areas.models import Area
from lianfang.campaigns.models import VisitLine
from lianfang.core.clock import at, frozen
from lianfang.core.scope import Scope, crossing, subtree
from lianfang.demo import listed, names, places, story
from lianfang.demo.evening import SILENT
from lianfang.demo.people import Weaver
from lianfang.register.models import Person
from lianfang.verification.operations.taking import Sent, take_in

RECEIVED_AT = at(dt.date(2026, 8, 7), 21)
TAKEN_AT = at(dt.date(2026, 8, 7), 21, 3)
LEFT_OUT = (
    story.UNSIGNED_TOWNSHIP
)  # nobody of this township was on the train: seventeen of eighteen have rows
OLDEST_CHILD = dt.date(2006, 1, 1)
SENT = Sent(
    title=listed.TITLE,
    number="0807-1",
    sender="省专班",
    received_at=RECEIVED_AT,
    period_days=listed.PERIOD_DAYS,
    case_number="武防核0807-1",
    call_back="0739-4220000",
)


def arrive(weaver: Weaver, opened: story.Opened, cast: story.Cast) -> None:
    """Taken in by the county's data officer, not sorted yet. Needs the visits of the evening."""
    county = Area.objects.get(code=places.COUNTY)
    rng = names.seeded(f"{weaver.seed}/list")
    with frozen(TAKEN_AT):
        with crossing("demo.load", actor_id=None):
            townships = list(
                Area.objects.filter(parent=county, level=Area.Level.TOWNSHIP)
                .exclude(code=LEFT_OUT)
                .order_by("code")
            )
            # One each in turn, so that every township has its share.
            met = _in_turn([_people(town, True) for town in townships], listed.CHECKED)
            wanted = listed.PAST + listed.DECIDE + listed.OUT - listed.OUT_UNKNOWN
            others = _in_turn([_people(town, False) for town in townships], wanted)
        issuer = weaver.issuer
        found = listed.rows(
            visited=met,
            unvisited=others,
            numbers=listed.Numbers(
                lambda born, is_male: issuer.id_number("430921", born.toordinal(), is_male), issuer.phone
            ),
            today=RECEIVED_AT.date(),
            rng=rng,
        )
        scope = Scope.over([county.path], actor_id=cast.data_officer)
        with crossing("demo.load", actor_id=cast.data_officer):
            take_in(
                content=listed.workbook(found),
                name=f"{listed.TRAIN}同车人员核查名单.xlsx",
                sent=SENT,
                emergency_id=opened.emergency_id,
                county=county,
                scope=scope,
                by=cast.data_officer,
            )


def _people(town: Area, was_met: bool) -> Iterator[listed.Known]:
    """Grown-ups of a township with an id and a phone of their own, who were met these days or were not."""
    scope = Scope.over([town.path])
    low, high = subtree(Area.objects.get(code=SILENT).path)
    in_tour = Q(area_path__gte=low, area_path__lt=high)
    lines = VisitLine.objects.filter(
        person_id=OuterRef("pk"),
        presence__in=("seen", "answered_for"),
        visit__happened_at__gte=RECEIVED_AT - dt.timedelta(days=SENT.checked_days),
    )
    people: QuerySet[Person] = (
        Person.objects.filter(
            scope.q(), is_current=True, is_living_here=True, birth_on__lt=OLDEST_CHILD, phone__isnull=False
        )
        .filter(Exists(lines) if was_met else ~Exists(lines))
        .exclude(id_number=None)
        .select_related("household__door__area__parent")
        # In the township that the tour walks through, the village of the cast first: its worker has rows to ring.
        .order_by(Case(When(in_tour, then=0), default=1), "household_id", "pk")
    )
    household = 0
    for person in people[:200]:
        if person.household_id == household:
            continue  # one of a family was on the train
        household = person.household_id
        village = next(
            area for area in _above(person.household.door.area) if area.level == Area.Level.VILLAGE
        )
        place = f"湖南省武冈市{town.name}{village.name}{person.household.door.label}"
        yield listed.Known(person.name, person.sex, str(person.id_number), str(person.phone), place)


def _above(area: Area) -> Iterator[Area]:
    found: Area | None = area
    while found is not None:
        yield found
        found = found.parent


def _in_turn(sources: list[Iterator[listed.Known]], count: int) -> list[listed.Known]:
    found: list[listed.Known] = []
    while sources and len(found) < count:
        for source in list(sources):
            one = next(source, None)
            if one is None:
                sources.remove(source)
            elif len(found) < count:
                found.append(one)
    return found
