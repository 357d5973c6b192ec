"""What waits for somebody: rows to be checked here, rows without a place, people who object. Across the lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from lianfang.core.scope import Scope
from lianfang.verification.models import Call, PushedRow
from lianfang.verification.queries.desk import OWED
from lianfang.verification.queries.finding import rows_of

State = PushedRow.State
HAND_BACK, NO_PLACE = "back", "no_place"
OPEN, DONE = "open", "done"
OBJECTION_SORTS = {
    "said": ("objected_at", "pk"),
    "name": ("name", "pk"),
    "place": ("area_path", "pk"),
    "state": ("state", "pk"),
}


@dataclass(frozen=True, slots=True)
class Owed:
    """Rows to be checked within one's areas, and how many of them this worker has."""

    rows: QuerySet[PushedRow]
    all_count: int
    mine_count: int


def owed_rows(
    scope: Scope, worker_id: int | None, picked: Mapping[str, str], *, sort: str, moment: dt.datetime
) -> Owed:
    """`picked`: state, text and "1" for those that are late. One statement."""
    rows = rows_of(scope, picked={**picked, "state": ""}, sort=sort).filter(state__in=OWED).defer(None)
    if picked.get("state") in OWED:
        rows = rows.filter(state=picked["state"])
    if picked.get("late"):
        rows = rows.filter(due_at__lte=moment)
    counts = rows.order_by().aggregate(
        all=Count("pk"), mine=Count("pk", filter=Q(worker_id=worker_id if worker_id else -1))
    )
    return Owed(rows, counts["all"], counts["mine"])


def desk_rows(
    scope: Scope, list_id: int, *, waits: str = "", text: str = "", sort: str = "row"
) -> QuerySet[PushedRow]:
    """分不下去: rows of a list without a place (`no_place`), and those that came back with another area proposed
    (`back`)."""
    rows = rows_of(scope, list_id=list_id, picked={"text": text}, sort=sort)
    back = Q(state__in=(State.DESK, *OWED)) & ~Q(proposed="")
    wanted = {HAND_BACK: back, NO_PLACE: Q(state=State.DESK, proposed="")}
    return rows.filter(wanted.get(waits, back | Q(state=State.DESK))).defer(None)


def objections(scope: Scope, *, show: str = OPEN, text: str = "", sort: str = "said") -> QuerySet[PushedRow]:
    """Rows of every list whose person objects: those whom nobody has answered since (`open`), those whom somebody has
    (`done`), or all. `objected_at`: when they last said so."""
    said = Call.objects.filter(scope.q(), row_id=OuterRef("pk"), outcome=Call.Outcome.OBJECTED)
    last = said.order_by("-happened_at", "-pk").values("happened_at")[:1]
    rows = rows_of(scope, picked={"text": text}).filter(Exists(said)).annotate(objected_at=Subquery(last))
    waits = Q(answered_at__isnull=True) | Q(objected_at__gt=F("answered_at"))
    if show in (OPEN, DONE):
        rows = rows.filter(waits if show == OPEN else ~waits)
    sign = "-" if sort.startswith("-") else ""
    key = OBJECTION_SORTS.get(sort.removeprefix("-"), OBJECTION_SORTS["said"])
    return rows.order_by(*(sign + name for name in key)).defer(None)


def words_of(scope: Scope, row_ids: list[int]) -> dict[int, str]:
    """Row → what its person objected last, in their words. One statement."""
    calls = Call.objects.filter(scope.q(), row_id__in=row_ids, outcome=Call.Outcome.OBJECTED)
    return {call.row_id: str(call.note or "") for call in calls.order_by("happened_at", "pk")}
