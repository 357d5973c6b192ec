"""What the register answers by itself becomes an answer for good when the list leaves the county's desk, not before:
until then it is sorted again as often as its columns are read otherwise."""

from __future__ import annotations

from django.db import connection

from lianfang.core.scope import Scope
from lianfang.verification.models import PushedList


def keep_answers(found: PushedList, scope: Scope) -> None:
    """Each row of the list that was answered without a call gets its Answer, by nobody. Two statements; again changes
    nothing."""
    condition, values = scope.sql("r.area_path")
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS.format(range=condition), [found.pk, *values])
        cursor.execute(_NEWEST.format(range=condition), [found.pk, *values])


_ANSWERS = """
insert into verification_answer
  (row_id, area_path, code, measure, test_result, channel, happened_at, received_at, from_row_id)
select r.id, r.area_path, r.answer, '', '', 'record', r.answered_at, r.answered_at, r.same_as_id
from verification_pushedrow r where r.list_id = %s and r.answer <> '' and r.answer_id is null and {range} order by r.id
"""
_NEWEST = """
update verification_pushedrow r set answer_id = a.id from verification_answer a
where r.list_id = %s and a.row_id = r.id and r.answer <> '' and r.answer_id is null and {range}
"""
