"""反馈: what the sender gets back, and that it balances."""

from __future__ import annotations

import io
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max

from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register.layouts import choices_said
from lianfang.verification import rules
from lianfang.verification.models import NEXT, PushedList, PushedRow, Return
from lianfang.verification.operations.answers_of_register import follow_first_rows, keep_answers
from lianfang.verification.operations.taking import content_of, name_to_read
from lianfang.verification.queries import get_list
from lianfang.verification.queries.returned import answered_rows
from lianfang.verification.returning import About, Returned, fill, write_letter, write_summary


@transaction.atomic
def return_list(*, list_id: int, scope: Scope, by: int) -> Return:
    """Every row goes back with an answer, if only with 在核, where it is and who has it. As often as the sender asks.

    Raises `verification.unknown_list`, `scope.outside`, `verification.not_sorted`, `verification.closed`,
    `verification.unanswered`."""
    found = get_list(scope, list_id, lock=True)
    scope.within(found.area_path)
    if found.state == PushedList.State.RECEIVED:
        raise Problem("verification.not_sorted")
    if PushedList.State.RETURNED not in NEXT[found.state]:  # history: sending it back opens nothing again
        raise Problem("verification.closed")
    keep_answers(found, scope)
    follow_first_rows(found, scope)
    counts = dict(
        PushedRow.objects.filter(scope.q(), list=found)
        .exclude(answer="")
        .values_list("answer")
        .annotate(Count("pk"))
    )
    missing = rules.difference(found.row_count, counts)
    if missing:
        raise Problem("verification.unanswered", count=missing)
    last = Return.objects.filter(list=found).aggregate(last=Max("number"))["last"] or 0
    made = Return.objects.create(
        list=found,
        area_path=found.area_path,
        number=last + 1,
        counts=counts,
        returned_at=now(),
        returned_by=by,
    )
    found.state, found.returned_at = PushedList.State.RETURNED, made.returned_at
    found.save(update_fields=["state", "returned_at"])
    audit.record(
        "list.return", "pushed_list", found.pk, by=by, path=found.area_path, number=made.number, **counts
    )
    return made


def returned_file(*, list_id: int, scope: Scope, by: int) -> tuple[str, bytes, Returned]:
    """The sender's file with the answers as they stand now: its name, its bytes, what was written. A list that has been
    returned gives it as often as the sender asks.

    Raises `verification.unknown_list`, `verification.not_returned`, `verification.return_unbalanced`."""
    found = get_list(scope, list_id)
    scope.within(found.area_path)
    if found.returned_at is None:
        raise Problem("verification.not_returned")
    name, content = content_of(found)
    out = io.BytesIO()
    chosen = choices_said(found.file.choices)
    done = fill(content, answered_rows(scope, found), out, name=name_to_read(name), chosen=chosen)
    audit.record("list.return_file", "pushed_list", found.pk, by=by, path=found.area_path)
    return Path(name).stem + Path(done.name).suffix, out.getvalue(), done


def returned_summary(*, list_id: int, scope: Scope, by: int) -> tuple[str, bytes]:
    """One page of counts about it: its name and its bytes. Raises as `returned_file`."""
    _name, _content, done = returned_file(list_id=list_id, scope=scope, by=by)
    found = get_list(scope, list_id)
    return f"{found.number}-核查汇总.xlsx", write_summary(done.counts, _about(found))


def returned_letter(*, list_id: int, scope: Scope, by: int) -> tuple[str, bytes]:
    """The covering letter: its name and its bytes. Raises as `returned_file`."""
    _name, _content, done = returned_file(list_id=list_id, scope=scope, by=by)
    found = get_list(scope, list_id)
    phone = found.call_back or settings.DUTY_PHONE
    return f"{found.number}-复函.docx", write_letter(done.counts, _about(found), phone=phone)


def _about(found: PushedList) -> About:
    return About(
        title=found.title,
        number=found.number,
        sender=found.sender,
        county=found.county.name,
        received_at=found.received_at,
        due_at=found.due_at,
        returned_at=found.returned_at,
    )


@transaction.atomic
def close_list(*, list_id: int, scope: Scope, by: int) -> PushedList:
    """The sender asks nothing more: from here on the list is history, and its rows stay where they were answered.

    Raises `verification.unknown_list`, `verification.not_returned`, `verification.unanswered`."""
    found = get_list(scope, list_id, lock=True)
    scope.within(found.area_path)
    if PushedList.State.CLOSED not in NEXT[found.state]:
        raise Problem("verification.not_returned")
    open_count = (
        PushedRow.objects.filter(scope.q(), list=found).exclude(state=PushedRow.State.ANSWERED).count()
    )
    if open_count:
        raise Problem("verification.unanswered", count=open_count)
    found.state, found.closed_at = PushedList.State.CLOSED, now()
    found.save(update_fields=["state", "closed_at"])
    audit.record("list.close", "pushed_list", found.pk, by=by, path=found.area_path)
    return found
