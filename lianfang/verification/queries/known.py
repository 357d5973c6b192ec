"""What answers a row before anybody is called: who was checked lately, on a list or at the door, and what is owed
nothing any more. Crosses scope over the county: who sorts its lists has the right to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from lianfang.core.arrays import literal
from lianfang.core.clock import local, now
from lianfang.core.scope import Scope, crossing
from lianfang.verification.models import AnswerCode, PushedList
from lianfang.verification.rows import ListRow
from lianfang.verification.triage import Earlier, Known

# Answers that tell where the person is: who could not be reached has not been checked.
_TELLS = (
    AnswerCode.CONTROLLED,
    AnswerCode.ALREADY_CHECKED,
    AnswerCode.NOT_HERE,
    AnswerCode.PAST_PERIOD,
    AnswerCode.PASSED_THROUGH,
)


def known_of(found: PushedList, people: Collection[int], rows: Sequence[ListRow]) -> Known:
    """Of the people whom the rows mean: the newest answer on an earlier list, and the newest visit that met them, both
    of the last `checked_days`. Two statements."""
    since = now() - dt.timedelta(days=found.checked_days)
    wanted = literal(sorted(people)) if people else "{}"
    with crossing("verification.known", actor_id=None) as everywhere, connection.cursor() as cursor:
        scope = everywhere.within(found.area_path)
        earlier = _visits(cursor, scope, wanted, since)
        earlier |= _answers(cursor, scope, wanted, since, found.pk)
    return Known(
        earlier=earlier,
        period_days=found.period_days,
        today=local(found.received_at).date(),
        watched=frozenset(),
    )


_ANSWERED = """
select distinct on (person_id) person_id, answer, answered_at, l.number from verification_pushedrow r
join verification_pushedlist l on l.id = r.list_id
where person_id = any(%s::bigint[]) and verdict = 'same' and answered_at >= %s and answer = any(%s) and list_id <> %s
  and {range} order by person_id, answered_at desc
"""
_MET = """
select distinct on (n.person_id) n.person_id, v.happened_at, v.channel from campaigns_visitline n
join campaigns_visit v on v.id = n.visit_id
where n.person_id = any(%s::bigint[]) and n.presence in ('seen', 'answered_for') and v.happened_at >= %s
  and not exists (select 1 from campaigns_visit w where w.supersedes = v.id) and {range}
order by n.person_id, v.happened_at desc
"""


def _answers(
    cursor: object, scope: Scope, wanted: str, since: dt.datetime, list_id: int
) -> dict[int, Earlier]:
    condition, values = scope.sql("r.area_path")
    cursor.execute(  # type: ignore[attr-defined]
        _ANSWERED.format(range=condition), [wanted, since, [str(code) for code in _TELLS], list_id, *values]
    )
    return {
        person: Earlier(code, at, _("名单{number}上已答").format(number=number))
        for person, code, at, number in cursor.fetchall()  # type: ignore[attr-defined]
    }


def _visits(cursor: object, scope: Scope, wanted: str, since: dt.datetime) -> dict[int, Earlier]:
    condition, values = scope.sql("n.area_path")
    cursor.execute(_MET.format(range=condition), [wanted, since, *values])  # type: ignore[attr-defined]
    words = {"door": _("上门见到"), "phone": _("电话核实")}
    return {
        person: Earlier(AnswerCode.ALREADY_CHECKED, at, words.get(channel, _("已登记")))
        for person, at, channel in cursor.fetchall()  # type: ignore[attr-defined]
    }
