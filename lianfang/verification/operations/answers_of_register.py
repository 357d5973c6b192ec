"""What the register answers by itself becomes an answer for good when the list leaves the county's desk, not before:
until then it is sorted again as often as its columns are read otherwise."""

from __future__ import annotations

from django.db import connection
from django.db.models import Exists, OuterRef

from lianfang.core.clock import now
from lianfang.core.scope import Scope
from lianfang.verification.models import AnswerCode, PushedList, PushedRow
from lianfang.verification.operations.interim import store_in_progress
from lianfang.verification.rows import Bucket


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


def follow_first_rows(found: PushedList, scope: Scope) -> int:
    """A row that stands twice goes back with what the first of the two says at that moment: 在核 while that one is being
    checked, then its final answer. Telling the sender 已排查重复 of somebody nobody has reached yet would be untrue. What
    a person answered for the second row itself stays. The first may stand on another list, and be unanswered still.
    Returns how many rows follow."""
    waiting = _wait_for_first(found, scope)
    condition, values = scope.sql("r.area_path")
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW.format(range=condition), [now(), found.pk, *values])
        made = [one for (one,) in cursor.fetchall()]
        if made:
            cursor.execute(_FOLLOWED.format(range=condition), [made, *values])
    return waiting + len(made)


def _wait_for_first(found: PushedList, scope: Scope) -> int:
    """Whose first row nobody has answered in any way: 在核, where that one is and with whom."""
    unanswered = PushedRow.objects.filter(scope.q(), pk=OuterRef("same_as_id"), answer_id=None)
    rows = PushedRow.objects.filter(Exists(unanswered), scope.q(), list=found, bucket=Bucket.DOUBLED).exclude(
        answer=AnswerCode.IN_PROGRESS
    )
    waiting = list(rows.order_by("pk"))
    ids = [row.same_as_id for row in waiting if row.same_as_id]
    firsts = PushedRow.objects.filter(scope.q(), pk__in=ids).in_bulk() if waiting else {}
    made = store_in_progress([(row, firsts[row.same_as_id or 0]) for row in waiting], found)
    if made:
        condition, values = scope.sql("r.area_path")
        with connection.cursor() as cursor:
            cursor.execute(_FOLLOWED.format(range=condition), [[one.pk for one in made], *values])
    return len(made)


_FOLLOW = """
insert into verification_answer (row_id, area_path, code, note, present_place, measure, tested_on, test_result, owner_id,
  channel, happened_at, received_at, from_row_id, supersedes_id)
select r.id, r.area_path, fa.code, fa.note, fa.present_place, fa.measure, fa.tested_on, fa.test_result, fa.owner_id,
  'record', fa.happened_at, %s, f.id, ra.id
from verification_pushedrow r
join verification_pushedrow f on f.id = r.same_as_id
join verification_answer fa on fa.id = f.answer_id
join verification_answer ra on ra.id = r.answer_id
where r.list_id = %s and r.bucket = 'doubled' and ra.from_row_id = f.id
  and (ra.code, ra.note, ra.present_place, ra.measure, ra.test_result, ra.tested_on, ra.owner_id)
    is distinct from (fa.code, fa.note, fa.present_place, fa.measure, fa.test_result, fa.tested_on, fa.owner_id)
  and {range}
order by r.id returning id
"""
_FOLLOWED = """
update verification_pushedrow r set answer = a.code, answer_id = a.id, answered_at = a.received_at,
  state = case when a.code = 'in_progress' then 'in_progress' else 'answered' end,
  village_confirmed_at = null, village_confirmed_by = null, town_confirmed_at = null, town_confirmed_by = null
from verification_answer a where a.id = any(%s::bigint[]) and a.row_id = r.id and {range}
"""
