"""A number that turned out to be somebody else's, or dead, leaves the record that gave it; a correction puts it back."""

from __future__ import annotations

from lianfang.core.problems import Problem
from lianfang.core.scope import crossing
from lianfang.register.amending import amend_person, locked_person
from lianfang.register.models import Person
from lianfang.verification.models import CUTS_NUMBER, Answer, PushedRow
from lianfang.verification.queries import said_in


def cut(row: PushedRow, code: str, *, by: int) -> tuple[int, str] | None:
    """Take the number of the row out of the record of the one it surely means, if it stands there. Returns whose and
    which. Who has the row may: the record may lie in another area of the county."""
    if code not in CUTS_NUMBER or row.person_id is None or row.verdict != "same":
        return None
    phones = said_in(row).get("phones", ())
    with crossing("verification.cut_number", actor_id=by) as scope:
        person = _person(row.person_id)
        if person is None or not person.phone or person.phone not in phones:
            return None
        number = str(person.phone)
        amend_person(person=person, fields={"phone": None}, scope=scope, by=by)
    return person.pk, number


def put_back(answer_id: int | None, code: str, *, by: int) -> None:
    """The answer before was wrong: the number that it took out stands again, unless somebody wrote another one."""
    if answer_id is None or code in CUTS_NUMBER:
        return
    before = Answer.objects.filter(pk=answer_id).first()
    if before is None or before.cut_person_id is None:
        return
    with crossing("verification.put_number_back", actor_id=by) as scope:
        person = _person(before.cut_person_id)
        if person is not None and not person.phone:
            amend_person(person=person, fields={"phone": before.cut_phone}, scope=scope, by=by)


def _person(person_id: int) -> Person | None:
    try:
        return locked_person(person_id)
    except Problem as gone:  # an answer is not lost because somebody left the register meanwhile
        if gone.code != "register.unknown_person":
            raise
        return None
