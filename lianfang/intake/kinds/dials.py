"""A number that was dialled from a phone, without being shown: who rang whom is kept as a look, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from lianfang.core import audit
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.kinds.given import Given
from lianfang.intake.kinds.keys import resolve_one
from lianfang.intake.rules import dial_values
from lianfang.register.models import Household, Person
from lianfang.verification.models import PushedRow
from lianfang.workforce.models import Worker


def file_dials(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> None:
    for operation in operations:
        values = dial_values(operation.body)
        resolve_one(values)
        kind, number, path = _whom(values)
        action = {"worker": "worker.dial", "pushed_row": "list.dial"}.get(kind, "household.dial")
        audit.record(action, kind, number, by=by, path=path, at=operation.happened_at.isoformat())


def _whom(values: dict[str, int]) -> tuple[str, int, str]:
    if "worker_id" in values:
        worker = Worker.objects.filter(pk=values["worker_id"]).first()
        if worker is None:
            raise Problem("workforce.unknown_worker")
        return "worker", worker.pk, worker.area_path
    if "row_id" in values:
        row = PushedRow.objects.filter(pk=values["row_id"]).defer("said").first()
        if row is None:
            raise Problem("verification.unknown_row")
        return "pushed_row", row.pk, row.area_path
    household = Household.objects.filter(pk=values["household_id"]).first()
    if household is None:
        raise Problem("register.unknown_household", id=values["household_id"])
    if person := values.get("person_id"):
        path = Person.objects.filter(pk=person).values_list("area_path", flat=True).first()
        if path is None:
            raise Problem("register.unknown_person", id=person)
        return (
            "person",
            person,
            path,
        )  # their own: whatever household the phone names, those who lead there see it
    return "household", household.pk, household.area_path
