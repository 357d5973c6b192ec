"""最近情况: the newest answer to each question of each subject, kept beside the visits for screens and lists.

A projection: what a target's state is follows from the visits themselves (settling.py).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

from lianfang.campaigns.operations.attempts import standing_attempts
from lianfang.core import sealing
from lianfang.core.arrays import columns
from lianfang.questions.rules import QuestionDefinition

_EVER = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
_write = json.JSONEncoder().encode  # what json.dumps does, without asking each time how
Said = tuple[int, int, str, Any, dt.datetime, Any]  # household, person, question, value, happened_at, visit


def keep_facts(
    said: Sequence[Said],
    paths: Mapping[int, str],
    questions: Mapping[str, QuestionDefinition],
    sealing_keys: Mapping[int, str],
) -> None:
    """Note answers, each unless a newer one is known. `sealing_keys`: by household, for class sensitive."""
    newest: dict[tuple[int, int, str], tuple[Any, ...]] = {}
    for household, person, question, value, happened_at, visit_id in sorted(
        said, key=lambda row: (row[4], row[5].bytes)
    ):
        if value is None:
            continue
        text = _write(value)
        if questions[question].privacy == "sensitive":
            kept: tuple[str | None, bytes | None] = (
                None,
                sealing.seal(text, key=sealing_keys[household], purpose="fact"),
            )
        else:
            kept = (text, None)
        newest[household, person, question] = (paths[household], *kept, happened_at, visit_id)
    rows = [(*about, *row) for about, row in sorted(newest.items())]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, columns(rows))


def withdraw_facts(
    corrected: Collection[Any],
    household_ids: Collection[int],
    paths: Mapping[int, str],
    questions: Mapping[str, QuestionDefinition],
    sealing_keys: Mapping[int, str],
) -> None:
    """Take back what these corrected visits had said; where an older visit that stands had answered, that holds again."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [sorted(household_ids), list(corrected)])
        gone = set(cursor.fetchall())
    if not gone:
        return
    attempts = standing_attempts({household for household, _, _ in gone}, _EVER)
    said = [
        (household, person, question, value, attempt.happened_at, attempt.visit_id)
        for household, tries in attempts.items()
        for attempt in tries
        for person, answers in (
            (0, attempt.answers),
            *((line.person_id, line.answers) for line in attempt.lines),
        )
        for question, value in answers.items()
        if (household, person, question) in gone and question in questions
    ]
    keep_facts(said, paths, questions, sealing_keys)


_KEEP = """
insert into campaigns_fact as f (household_id, person_id, question, area_path, value, sealed_value, happened_at,
  visit_id)
select * from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::bytea[],
  %s::timestamptz[], %s::uuid[])
on conflict (household_id, person_id, question) do update set value = excluded.value,
  sealed_value = excluded.sealed_value, happened_at = excluded.happened_at, visit_id = excluded.visit_id
where (excluded.happened_at, excluded.visit_id) >= (f.happened_at, f.visit_id)
"""
_WITHDRAW = """
delete from campaigns_fact where household_id = any(%s) and visit_id = any(%s)
returning household_id, person_id, question
"""
