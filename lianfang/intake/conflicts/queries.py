"""What is open for the village, with both values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lianfang.accounts.queries import names_of
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


def with_values(scope: Scope, rows: Iterable[Conflict]) -> list[OpenConflict]:
    """Conflicts with what both sides said. Three statements, however many."""
    rows = list(rows)
    if not rows:
        return []
    wanted = {pk for row in rows for pk in (row.first, row.second) if pk and not row.said}
    visits = {visit.pk: visit for visit in Visit.objects.filter(scope.q(), pk__in=wanted)}
    lines = {
        (line.visit_id, line.person_id): line
        for line in VisitLine.objects.filter(scope.q(), visit_id__in=wanted)
    }
    names = names_of(by for row in rows for by in (row.first_by, row.second_by))
    found = []
    for row in rows:
        first, second = _values(row, visits, lines)
        found.append(
            OpenConflict(
                row,
                OneSaid(first, row.first_at, names.get(row.first_by or 0, "")),
                OneSaid(second, row.second_at, names.get(row.second_by, "")),
            )
        )
    return found


def _values(
    row: Conflict, visits: Mapping[UUID, Visit], lines: Mapping[tuple[UUID, int], VisitLine]
) -> tuple[Any, Any]:
    if row.said:
        said = sealing.unseal_json_left(row.said, purpose=SAID) or {}
        return said.get("first"), said.get("second")
    return (
        _value(row, visits.get(row.first) if row.first else None, lines),
        _value(row, visits.get(row.second), lines),
    )


def _value(row: Conflict, visit: Visit | None, lines: Mapping[tuple[UUID, int], VisitLine]) -> Any:
    """None where it is not there any more, or died with its emergency."""
    if visit is None:
        return None
    line = lines.get((visit.pk, row.person_id))
    if row.question == PRESENCE:
        return line.presence if line else None
    answers = visit.answers if not row.person_id else line.answers if line else {}
    if row.question in answers:
        return answers[row.question]
    return hidden_answers(visit.sealed_answers).get(str(row.person_id), {}).get(row.question)


def open_conflicts(scope: Scope, household_ids: Collection[int]) -> dict[int, list[OpenConflict]]:
    """By household: what a pack shows of doors that are asked about."""
    found: dict[int, list[OpenConflict]] = {}
    for one in with_values(scope, open_rows(scope).filter(household_id__in=list(household_ids))):
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
