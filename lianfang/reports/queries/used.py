"""Questions that the tables of departments count, with what is known of them in an area."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lianfang.areas.dividing import Division
from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.core.scope import Scope
from lianfang.questions.queries import known_questions
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.table_values import TableAsk
from lianfang.reports.queries.table_values.counting import answers_by_place
from lianfang.reports.queries.tables import tables_using
from lianfang.reports.tables import Value


def questions_used(scope: Scope, area: Area, day: Day, found: Round) -> list[dict[str, Any]]:
    """Questions that department tables count, as the catalogue shows them: how many answered, who uses them."""
    using = {key: tables for (kind, key), tables in tables_using(scope).items() if kind == "question"}
    known = known_questions(scope)
    keys = [key for key in using if key in known]
    if not keys:
        return []
    ask = TableAsk(scope.within(area.path), area, day, found, "", known)
    answers = answers_by_place(ask, Division.of([area.path]), keys).get(area.path, {})
    rows = []
    for key in keys:
        said = answers.get(key)
        value: Value = said.answered[0] if said and said.answered[0] else None
        rows.append(
            {
                "label": known[key].label,
                "value": value,
                "today": said.answered[1] if said else None,
                "unit": _("户") if known[key].about == "household" else _("人"),
                "tables": using[key],
            }
        )
    return rows
