"""The demo's visits into the tables where intake and record_visits would have put them.

Filing four days of a county one batch after the other would take longer than a first start may. So the rows are
copied, operations included, as record_visits would have written them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence

from django.db import connection

from lianfang.campaigns.models import Round, Visit, VisitLine
from lianfang.campaigns.operations.settling import settle
from lianfang.core.clock import frozen
from lianfang.core.models import AuditRow
from lianfang.core.scope import crossing
from lianfang.core.sealing import seal
from lianfang.demo.doorsteps import Knock, body_of
from lianfang.demo.filling import insert
from lianfang.intake.models import Operation

SETTLED_AT_ONCE = 1000  # households

_VISIT = (
    *("id", "household_id", "area_path", "channel", "outcome", "worker_id", "recorded_by", "happened_at"),
    *("received_at", "back_at", "answers", "note", "supersedes", "is_out_of_scope"),
)
_LINE = (
    *("visit_id", "person_id", "area_path", "presence", "answered_by", "away_place", "back_on", "reason"),
    "answers",
)
_OPERATION = (
    *("op_id", "kind", "source", "actor_id", "area_path", "body", "happened_at", "received_at", "status"),
    *("code", "detail"),
)


def write_knocks(knocks: Sequence[Knock], homes: Mapping[int, str]) -> None:
    """Operations as they came in, visits, lines, audit rows. `homes`: user id → area path of the account."""
    insert(
        Operation,
        _OPERATION,
        (
            (
                *(knock.id, "visit", _source(knock), knock.user_id, homes[knock.user_id]),
                seal(body_of(knock), key="intake", purpose="operation"),
                *(knock.happened_at, knock.received_at, "filed", "", "{}"),
            )
            for knock in knocks
        ),
    )
    insert(
        Visit,
        _VISIT,
        (
            (
                *(knock.id, knock.home.id, knock.home.path, knock.channel, knock.outcome, knock.worker_id),
                *(knock.user_id, knock.happened_at, knock.received_at, knock.back_at),
                json.dumps(knock.answers),
                *(_sealed(knock.note, "visit.note"), knock.supersedes, knock.is_out_of_scope),
            )
            for knock in knocks
        ),
    )
    insert(
        VisitLine,
        _LINE,
        (
            (
                *(knock.id, line.person_id, knock.home.path, line.presence, line.answered_by),
                *(_sealed(line.away_place, "line.away_place"), line.back_on, "", "{}"),
            )
            for knock in knocks
            for line in knock.lines
        ),
    )

    insert(
        AuditRow,
        ("at", "actor_id", "action", "object_kind", "object_id", "area_path"),
        (
            (knock.received_at, knock.user_id, "visit.record", "visit", str(knock.id), knock.home.path)
            for knock in knocks
        ),
    )


def _source(knock: Knock) -> str:
    return "desk" if knock.id.int % 11 == 0 else "phone"


def _sealed(text: str, purpose: str) -> bytes | None:
    return seal(text, key="register", purpose=purpose) if text else None


def write_facts(since: dt.datetime, until: dt.datetime) -> None:
    """The newest answers of what happened between two instants, as facts."""
    with crossing("demo.load", actor_id=None), connection.cursor() as cursor:
        cursor.execute(_FACTS, {"since": since, "until": until})


_FACTS = """
insert into campaigns_fact as f (household_id, person_id, question, area_path, value, happened_at, visit_id)
select distinct on (v.household_id, a.key) v.household_id, 0, a.key, v.area_path, a.value, v.happened_at, v.id
from campaigns_visit v, jsonb_each(v.answers) a
where v.happened_at >= %(since)s and v.happened_at < %(until)s
  and not exists (select from campaigns_visit n where n.supersedes = v.id)
order by v.household_id, a.key, v.happened_at desc, v.id desc
on conflict (household_id, person_id, question) do update set value = excluded.value,
  happened_at = excluded.happened_at, visit_id = excluded.visit_id
where excluded.happened_at > f.happened_at
"""


def settle_at(household_ids: Sequence[int], rounds: Sequence[Round], moment: dt.datetime) -> None:
    """Let the kernel judge these households, as it did at that hour."""
    for begin in range(0, len(household_ids), SETTLED_AT_ONCE):
        with frozen(moment), crossing("demo.load", actor_id=None):
            settle(household_ids[begin : begin + SETTLED_AT_ONCE], rounds)
