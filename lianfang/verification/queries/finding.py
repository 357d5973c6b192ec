"""One list, one row, and the rows of a list within one's own areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.core.sealing import unseal_json_left
from lianfang.verification.keeping import SAID
from lianfang.verification.models import Answer, Call, PushedList, PushedRow

SORTS = {
    "row": ("sheet", "row"),
    "name": ("name", "pk"),
    "place": ("area_path", "pk"),
    "due": ("due_at", "pk"),
    "state": ("state", "pk"),
    "answered": ("answered_at", "pk"),
}


def get_list(scope: Scope, list_id: int, *, lock: bool = False) -> PushedList:
    """A list of one's county: whoever has one of its areas may know that it runs. Raises `verification.unknown_list`."""
    lists = PushedList.objects.select_related("county", "emergency")
    if lock:
        lists = lists.select_for_update(of=("self",))
    found = lists.filter(pk=list_id).first()
    if found is None or not any(
        low.startswith(found.area_path) or low <= found.area_path < high for low, high in scope.ranges
    ):
        raise Problem("verification.unknown_list")
    return found


def get_row(scope: Scope, row_id: int, *, lock: bool = False) -> PushedRow:
    """Raises `verification.unknown_row`."""
    rows = PushedRow.objects.filter(scope.q(), pk=row_id).select_related("list__county", "list__emergency")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.first()
    if found is None:
        raise Problem("verification.unknown_row")
    return found


def must_run(found: PushedList) -> None:
    """Nobody is sorted, sent, decided on or rung for an emergency that is over. What somebody has found out already is
    still taken, and the list still goes back. Raises `campaigns.emergency_ended`."""
    if found.emergency.ended_at is not None or now() >= found.emergency.ends_at:
        raise Problem("campaigns.emergency_ended")


def row_in_words(row_id: int) -> str:
    """Number of the list and name, for whoever may see the row; else nothing."""
    row = PushedRow.objects.filter(pk=row_id).select_related("list").defer("said").first()
    return f"{row.list.number} · {row.name}" if row else ""


def answer_that_stands(row_id: int) -> Answer | None:
    return Answer.objects.filter(pk__in=PushedRow.objects.filter(pk=row_id).values("answer_id")).first()


def said_in(row: PushedRow) -> dict[str, Any]:
    """What the sender wrote of a row, opened; nothing, where the key of its emergency is gone. Whoever shows it masks
    ids and phones."""
    said: dict[str, Any] = unseal_json_left(row.said, purpose=SAID) or {}
    return said


def rows_of(
    scope: Scope, *, list_id: int | None = None, picked: Mapping[str, str] | None = None, sort: str = "row"
) -> QuerySet[PushedRow]:
    """Rows within one's areas, filtered by bucket, state, answer, area, worker and text of the name."""
    rows = PushedRow.objects.filter(scope.q()).defer("said").select_related("list")
    if list_id is not None:
        rows = rows.filter(list_id=list_id)
    picked = picked or {}
    for field in ("bucket", "state", "answer", "town_code", "village_code", "worker_id"):
        if value := picked.get(field, ""):
            rows = rows.filter(**{f"{field}__in": value.split(",")})
    if picked.get("call"):
        rows = rows.filter(Exists(Call.objects.filter(row_id=OuterRef("pk"), outcome=picked["call"])))
    if text := picked.get("text", "").strip():
        rows = rows.filter(name__startswith=text)
    key = sort.removeprefix("-")
    sign = "-" if sort.startswith("-") else ""
    return rows.order_by(*(sign + name for name in SORTS.get(key, SORTS["row"])))


def calls_of_person(scope: Scope, row: PushedRow) -> QuerySet[Call]:
    """Who was rung for this row's person, for whatever list, as far as the scope goes."""
    same = Q(row_id=row.pk)
    if row.person_id and row.verdict == "same":
        same |= Q(person_id=row.person_id)
    if row.phone_token:
        same |= Q(phone_token=row.phone_token)
    return Call.objects.filter(scope.q(), same).order_by("-happened_at")
