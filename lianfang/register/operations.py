"""What is written when somebody looks deeper than a page shows: the row of the audit comes before the value."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from lianfang.core import audit, clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.register import rules
from lianfang.register.findings import FINDINGS
from lianfang.register.models import Person
from lianfang.register.queries import PlaceNames, by_token, get_person

REVEALED = ("id_number", "phone")


@transaction.atomic
def reveal(*, person_id: int, what: str, reason: str, scope: Scope, by: int) -> str:
    """The full id number or phone of a person in scope, once. Raises `scope.reason_required`."""
    if what not in REVEALED:
        raise Problem("http.bad_request", detail=what[:20])
    if not reason.strip():
        raise Problem("scope.reason_required")
    person = get_person(scope, person_id)
    audit.record(
        "register.reveal",
        "person",
        person.pk,
        by=by,
        path=person.area_path,
        reason=reason.strip(),
        field=what,
    )
    value = Person.objects.filter(scope.q(), pk=person.pk).values_list(what, flat=True).get()
    return str(value) if value else ""


@dataclass(frozen=True, slots=True)
class OutsideFinding:
    """Where somebody lives, and nothing else of them. `asked_count`: the actor's searches outside today."""

    name: str
    place: str | None  # township and village; None: in no register here
    asked_count: int


@transaction.atomic
def find_outside(*, id_text: str, name: str, reason: str, by: int) -> OutsideFinding:
    """One person by whole id and name, anywhere. Every question is recorded and counted, found or not."""
    if not id_text.strip() or not name.strip():
        raise Problem("register.id_and_name")
    if not reason.strip():
        raise Problem("scope.reason_required")
    number, fault = rules.id_number(id_text, clock.today())
    if number is None:
        raise Problem("register.bad_id", detail=_words(fault))
    wanted, _ = rules.person_name(name)
    with crossing("register.find_outside", actor_id=by) as everywhere:
        found = [person for person in by_token(everywhere, "id", number) if person.name == wanted]
        place = PlaceNames([found[0].area_path]).village(found[0].area_path) if found else None
    audit.record(
        "register.find_outside",
        "person",
        found[0].pk if found else "none",
        by=by,
        reason=reason.strip(),
        found=bool(found),
    )
    return OutsideFinding(wanted, place, asked_today(by))


def asked_today(by: int) -> int:
    since = clock.at(clock.today())
    return AuditRow.objects.filter(actor_id=by, action="register.find_outside", at__gte=since).count()


def _words(code: str | None) -> str:
    return gettext(FINDINGS[code or "register.id_unreadable"][1])
