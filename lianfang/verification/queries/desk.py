"""What the pages of the desk show: the lists that run, the card of one, and whom its rows are with. Counts and names of
areas; a row is opened only by the page that shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery

from lianfang.areas.models import Area
from lianfang.core.scope import Scope
from lianfang.verification import rules
from lianfang.verification.models import Call, Hop, PushedList, PushedRow
from lianfang.verification.queries.board import lists_of
from lianfang.verification.rows import NEEDS_NO_CALL, Bucket
from lianfang.workforce.models import Worker

State = PushedRow.State
OPEN_STATES = (PushedList.State.RECEIVED, PushedList.State.SORTED, PushedList.State.OUT)
# What an area below the county still has to do.
OWED = (State.OUT, State.IN_PROGRESS)
SORTS = ("number", "title", "received", "due", "rows", "out")


@dataclass(frozen=True, slots=True)
class Card:
    """One list as its head shows it, counted within one's own areas. `buckets`: Bucket → rows, they add up to
    `row_count`; `states`: PushedRow.State → rows; `town_count`: townships to which what is ready goes."""

    list: PushedList
    buckets: dict[str, int]
    states: dict[str, int]
    town_count: int
    no_call_count: int
    answered_count: int  # by somebody, not by the register
    row_count: int

    @property
    def owed_count(self) -> int:
        return self.states[State.OUT] + self.states[State.IN_PROGRESS]

    @property
    def open_count(self) -> int:
        """Rows without a final answer."""
        return self.row_count - self.states[State.ANSWERED]

    def is_late(self, now: dt.datetime) -> bool:
        return self.open_count > 0 and now >= self.list.due_at

    def finishes_at(self, now: dt.datetime) -> dt.datetime | None:
        """At the present pace; None while nobody has answered yet, or nothing is out."""
        if self.list.sent_at is None or not self.owed_count:
            return None
        since = self.list.sent_at
        return rules.pace(owed=self.owed_count, done=self.answered_count, since=since, now=now).finishes_at


def cards_of(scope: Scope, lists: Iterable[PushedList]) -> list[Card]:
    """The heads of these lists, in their order. One statement."""
    found = list(lists)
    counted = (
        PushedRow.objects.filter(scope.q(), list__in=[one.pk for one in found])
        .order_by()
        .values_list("list_id", "bucket", "state")
        .annotate(count=Count("pk"), towns=Count("town_code", distinct=True, filter=~Q(town_code="")))
    )
    rows: dict[int, list[tuple[str, str, int, int]]] = {}
    for list_id, bucket, state, count, towns in counted:
        rows.setdefault(list_id, []).append((bucket, state, count, towns))
    return [_card(one, rows.get(one.pk, [])) for one in found]


def _card(found: PushedList, rows: list[tuple[str, str, int, int]]) -> Card:
    buckets = dict.fromkeys([str(bucket) for bucket in Bucket], 0)
    states = dict.fromkeys([str(state) for state in State], 0)
    answered = towns = 0
    for bucket, state, count, town_count in rows:
        buckets[bucket] += count
        states[state] += count
        answered += count if state == State.ANSWERED and bucket not in NEEDS_NO_CALL else 0
        towns = max(towns, town_count) if state == State.READY else towns
    return Card(
        list=found,
        buckets=buckets,
        states=states,
        town_count=towns,
        no_call_count=sum(buckets[bucket] for bucket in NEEDS_NO_CALL),
        answered_count=answered,
        row_count=sum(buckets.values()),
    )


def ready_town_count(scope: Scope, found: PushedList) -> int:
    """Townships to which the rows that are ready go, whatever bucket they came from."""
    return (
        PushedRow.objects.filter(scope.q(), list=found, state=State.READY)
        .exclude(town_code="")
        .values("town_code")
        .distinct()
        .count()
    )


def objected(scope: Scope, found: PushedList) -> QuerySet[PushedRow]:
    """Rows whose person objects, and which nobody has answered since they said so."""
    rows = PushedRow.objects.filter(scope.q(), list=found)
    since = Call.objects.filter(row_id=OuterRef("pk"), outcome=Call.Outcome.OBJECTED)
    later = since.filter(happened_at__gt=OuterRef("answered_at"))
    return rows.filter(Q(answered_at__isnull=True) & Exists(since) | Exists(later))


def running_lists(scope: Scope) -> QuerySet[PushedList]:
    """What waits to be sorted, sent or answered, the most urgent first."""
    return lists_of(scope, state=",".join(OPEN_STATES))


def last_list(scope: Scope, emergency_id: int) -> PushedList | None:
    """The newest list of this emergency here: what was said of its days is right for the next one most of the time."""
    return lists_of(scope).filter(emergency_id=emergency_id).order_by("-received_at", "-pk").first()


def unfinished_lists(scope: Scope) -> QuerySet[PushedList]:
    """What runs, and what went back with rows 在核: those are still owed an answer."""
    owed = PushedRow.objects.filter(scope.q(), list=OuterRef("pk"), state__in=OWED)
    returned = Q(state=PushedList.State.RETURNED) & Q(Exists(owed))
    return lists_of(scope).filter(Q(state__in=OPEN_STATES) | returned)


def running_counted(scope: Scope, *, is_county: bool) -> Any:
    """How many lists run, inside another statement: every page shows it, and none should pay for it. Below the county
    those count of which a row is still to be checked there."""
    lists = running_lists(scope).order_by()
    if not is_county:
        owed = PushedRow.objects.filter(scope.q(), list=OuterRef("pk"), state__in=OWED)
        lists = lists.filter(Exists(owed))
    counted = Func(F("pk"), function="count", output_field=IntegerField())
    return Subquery(lists.annotate(counted=counted).values("counted"))


def names_of(codes: Collection[str]) -> dict[str, str]:
    """Area code → name."""
    return dict(Area.objects.filter(code__in={code for code in codes if code}).values_list("code", "name"))


def workers_of(ids: Collection[int | None]) -> dict[int, str]:
    """Names of those who have a row: known to everybody in the response."""
    return dict(Worker.objects.filter(pk__in={one for one in ids if one}).values_list("pk", "name"))


def unsigned_count(scope: Scope, found: PushedList, area: Area) -> int:
    """Steps of a list that came to this very area and were not signed for."""
    return Hop.objects.filter(scope.q(), row__list=found, area_path=area.path, signed_at__isnull=True).count()
