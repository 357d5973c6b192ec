"""What a phone tells of a row it held, hours later perhaps: the row may have gone to somebody else meanwhile, may have
been answered, and may mean somebody whom nobody knew until the worker stood at the door."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from lianfang.campaigns.operations.found_targets import (
    add_found_target,
    keep_found_target,
    take_back_found_target,
)
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register.models import Household, Person
from lianfang.verification.keeping import token_of
from lianfang.verification.models import Answer, AnswerCode, Hop, PushedRow


def told_row(scope: Scope, row_id: int, *, is_call: bool = False, is_locked: bool = True) -> PushedRow:
    """The row, locked unless told otherwise. One that left the areas of `scope` because it was given on is still told
    of, and credited to who tells. Of one that was handed back only a call is kept: whether an answer still counts,
    whoever has it says.

    Raises `verification.unknown_row`, `verification.moved_on`."""
    rows = PushedRow.objects.filter(pk=row_id).select_related("list__county", "list__emergency")
    row = (rows.select_for_update(of=("self",)) if is_locked else rows).first()
    if row is None:
        raise Problem("verification.unknown_row")
    if scope.covers(row.area_path):
        return row
    hops = list(Hop.objects.filter(row=row).order_by("sent_at", "pk").values_list("kind", "area_path"))
    had = [at for at, (_kind, path) in enumerate(hops) if scope.covers(path)]
    if not had:
        raise Problem("verification.unknown_row")
    if not is_call and any(kind == Hop.Kind.BACK for kind, _path in hops[had[-1] + 1 :]):
        raise Problem("verification.moved_on")
    return row


def is_overtaken(row: PushedRow, happened_at: dt.datetime, operation_id: UUID | None) -> bool:
    """Has a person found out something later than this? What the register or the desk's clock said is nobody's word.
    An operation that is filed a second time is filed by somebody who has read both: then it stands."""
    standing = Answer.objects.filter(pk=row.answer_id or 0).first()
    if standing is None or standing.by is None or happened_at >= standing.happened_at:
        return False
    return operation_id is None or not Answer.objects.filter(operation_id=operation_id).exists()


def link_household(row: PushedRow, household_id: int, *, scope: Scope, by: int) -> None:
    """Where the person was found, of whom the register knew nothing: the household, and in it the one of that name, if
    there is just one and neither birthday nor id speak against it. Raises `scope.outside`."""
    household = Household.objects.filter(pk=household_id, is_current=True).first()
    if household is None:
        raise Problem("register.unknown_household", id=household_id)
    if not scope.covers(household.area_path) or not household.area_path.startswith(row.list.area_path):
        raise Problem("scope.outside")
    if row.person_id is not None and row.verdict == "same":
        return
    row.household_id = household.pk
    named = list(Person.objects.filter(household=household, is_current=True, name=row.name)[:2])
    if len(named) == 1 and not _differs(row, named[0]):
        row.person_id, row.verdict = named[0].pk, "same"
        row.decided_by, row.decided_at = by, now()


def _differs(row: PushedRow, person: Person) -> bool:
    if row.birth_on and person.birth_on and row.birth_on != person.birth_on:
        return True
    if row.id_token is None or not person.id_number:
        return False
    return bytes(row.id_token) != token_of(("id", str(person.id_number)))


def add_to_round(row: PushedRow, *, by: int) -> tuple[int, int] | None:
    """属实已管控: whoever the sweep that runs had missed becomes its target, found, once. Returns household and person
    (0: the household itself) of a target that was added."""
    if row.list.round_id is None:
        return None
    with crossing("verification.found_target", actor_id=by):
        household, person = row.household_id, None
        if row.person_id is not None and row.verdict == "same":
            found = Person.objects.filter(pk=row.person_id, is_current=True).first()
            if found is not None:
                household, person = found.household_id, found.pk
        if household is None:
            return None
        return add_found_target(round_id=row.list.round_id, household_id=household, person_id=person, by=by)


def follow_target(row: PushedRow, code: str, *, by: int) -> tuple[int, int] | None:
    """What an answer makes of the sweep: 属实已管控 adds whom it had missed; another answer after it asks to take off
    what the one before had added. Returns the target that this answer stands for."""
    before = Answer.objects.filter(pk=row.answer_id or 0).first()
    added = None
    if before is not None and before.found_household_id is not None:
        added = before.found_household_id, before.found_person_id or 0
    if code == AnswerCode.CONTROLLED and added is None:
        return add_to_round(row, by=by)
    if added is not None and row.list.round_id is not None:
        key = {"round_id": row.list.round_id, "household_id": added[0], "person_id": added[1]}
        with crossing("verification.found_target", actor_id=by):
            if code == AnswerCode.CONTROLLED:
                keep_found_target(**key, by=by)
            else:
                take_back_found_target(**key, by=by)
    return added
