"""What is open for the village, with both values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from lianfang.accounts.models import User
from lianfang.campaigns.models import Visit, VisitLine
from lianfang.core import sealing
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.conflicts.finding import FIELD, SAID
from lianfang.intake.corrections import hidden_answers
from lianfang.intake.differing import PRESENCE
from lianfang.intake.models import Conflict
from lianfang.questions.queries import questions_by_key

HIDDEN = (f"{FIELD}phone", f"{FIELD}id_number")  # numbers of people


@dataclass(frozen=True, slots=True)
class OneSaid:
    """One side. `by` is empty and `at` None where it came by a sheet or a desk."""

    value: Any
    at: dt.datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class OpenConflict:
    conflict: Conflict
    first: OneSaid
    second: OneSaid

    @property
    def question(self) -> str:
        return self.conflict.question

    @property
    def person_id(self) -> int:
        return self.conflict.person_id

    @property
    def values(self) -> list[tuple[Any, dt.datetime | None, str]]:
        return [(one.value, one.at, one.by) for one in (self.first, self.second)]


def open_rows(scope: Scope) -> QuerySet[Conflict]:
    return Conflict.objects.filter(scope.q(), settled_at__isnull=True).order_by("opened_at", "pk")


def get_conflict(scope: Scope, conflict_id: int) -> Conflict:
    """One that is open, or `intake.unknown_conflict`; `intake.already_settled` for one that was."""
    found = Conflict.objects.filter(scope.q(), pk=conflict_id).select_for_update().first()
    if found is None:
        raise Problem("intake.unknown_conflict")
    if found.settled_at:
        raise Problem("intake.already_settled")
    return found


def with_sides(scope: Scope, rows: QuerySet[Conflict]) -> QuerySet[Conflict]:
    """With what stands in both records, so that a page of them is one statement (`with_values` reads it)."""
    found: dict[str, Any] = {}
    for side in ("first", "second"):
        visit = Visit.objects.filter(scope.q(), pk=OuterRef(side))
        line = VisitLine.objects.filter(scope.q(), visit_id=OuterRef(side), person_id=OuterRef("person_id"))
        found |= {
            f"{side}_answers": Subquery(visit.values("answers")),
            f"{side}_sealed": Subquery(visit.values("sealed_answers")),
            f"{side}_presence": Subquery(line.values("presence")),
            f"{side}_line": Subquery(line.values("answers")),
            f"{side}_name": Subquery(User.objects.filter(pk=OuterRef(f"{side}_by")).values("name")),
        }
    return rows.annotate(**found)


def with_values(rows: Iterable[Conflict]) -> list[OpenConflict]:
    """Of rows `with_sides`: what both said. No statement of its own."""
    return [OpenConflict(row, _one_said(row, "first"), _one_said(row, "second")) for row in rows]


def _one_said(row: Conflict, side: str) -> OneSaid:
    if row.said:
        value = (sealing.unseal_json_left(row.said, purpose=SAID) or {}).get(side)
    else:
        value = _value(row, side)
    return OneSaid(value, getattr(row, f"{side}_at"), getattr(row, f"{side}_name") or "")


def _value(row: Conflict, side: str) -> Any:
    """None where it is not there any more, or died with its emergency."""
    if row.question == PRESENCE:
        return getattr(row, f"{side}_presence")
    answers = getattr(row, f"{side}_line" if row.person_id else f"{side}_answers") or {}
    if row.question in answers:
        return answers[row.question]
    sealed = getattr(row, f"{side}_sealed")
    return hidden_answers(sealed).get(str(row.person_id), {}).get(row.question)


def open_conflicts(scope: Scope, household_ids: Collection[int]) -> dict[int, list[OpenConflict]]:
    """By household: what a pack shows of doors that are asked about."""
    found: dict[int, list[OpenConflict]] = {}
    rows = open_rows(scope).filter(household_id__in=list(household_ids))
    for one in with_values(with_sides(scope, rows)):
        found.setdefault(one.conflict.household_id, []).append(one)
    return found


def conflicts_on_phones(scope: Scope, household_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """By household, as a pack carries them. What is not to be read off a phone is told without its values."""
    questions = questions_by_key()
    found: dict[int, list[dict[str, Any]]] = {}
    for household, many in open_conflicts(scope, household_ids).items():
        for one in many:
            question = questions.get(one.question)
            hides = one.question in HIDDEN or (question is not None and question.privacy == "sensitive")
            values = [
                {"value": None if hides else value, "at": at and at.isoformat(), "by": by}
                for value, at, by in one.values
            ]
            found.setdefault(household, []).append(
                {"question": one.question, "person": one.person_id, "values": values}
            )
    return found


def is_field(question: str) -> bool:
    return question.startswith(FIELD)
