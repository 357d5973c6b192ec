"""两处不一致: both values side by side, who said them and when, and one tap for the one that is right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lianfang.campaigns.models.visits import Presence
from lianfang.core import clock, desk_format
from lianfang.core.downloads import xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.scope import Scope
from lianfang.intake import typed
from lianfang.intake.conflicts.operations import settle_conflict
from lianfang.intake.conflicts.queries import (
    HIDDEN,
    OneSaid,
    OpenConflict,
    open_rows,
    with_sides,
    with_values,
)
from lianfang.intake.differing import PRESENCE
from lianfang.intake.models import Conflict
from lianfang.intake.queries import door_in_words, held_counts, households_of
from lianfang.questions.queries import newest_definition, question_said
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.models import Person
from lianfang.register.rules import masked_id, masked_phone

MOST_ROWS = 5000
FIELD_WORDS = {
    "name": gettext_lazy("姓名"),
    "sex": gettext_lazy("性别"),
    "birth_on": gettext_lazy("出生日期"),
    "relation": gettext_lazy("与户主关系"),
    "phone": gettext_lazy("手机号"),
    "id_number": gettext_lazy("证件号"),
}


def conflicts(request: HttpRequest, tabs: Mapping[str, Any]) -> HttpResponse:
    """The list, within the areas for which one settles; the oldest first, or as sorted."""
    rows = _worded(request.scope, open_rows(request.scope))
    if request.GET.get("sort") == "-received":
        rows = rows.order_by("-opened_at", "-pk")
    if "xlsx" in request.GET:
        return _sheet(request, _lines(request, with_values(rows[:MOST_ROWS])))
    counts = held_counts(request.scope)
    pages = Paginator(rows, PAGE)
    pages.count = counts["conflicts"]
    page = pages.get_page(request.GET.get("page"))
    request.looked_at = {"path": request.actor.home.area_path, "count": len(page)}
    context = {
        "nav_key": "held",
        "show": "conflicts",
        "page": page,
        "rows": _lines(request, with_values(page)),
        "tabs": [(key, label, counts.get(key, 0)) for key, label in tabs.items()],
    }
    return render(request, "intake/conflicts.html", context)


@require_POST
def conflict_settle(request: HttpRequest, conflict_id: int) -> HttpResponse:
    settle_conflict(
        conflict_id=conflict_id,
        side=request.POST.get("side", ""),
        scope=request.scope,
        by=request.actor.id,
    )
    messages.success(request, _("已确认。两处原来的登记都留着。"))
    return redirect(f"{reverse('held')}?show=conflicts")


def _worded(scope: Scope, rows: QuerySet[Conflict]) -> QuerySet[Conflict]:
    """With who it is about and what was asked, in the same statement."""
    person = Person.objects.filter(scope.q(), pk=OuterRef("person_id"))
    return with_sides(scope, rows).annotate(
        person_name=Subquery(person.values("name")), definition=newest_definition("question")
    )


def _lines(request: HttpRequest, found: list[OpenConflict]) -> list[dict[str, Any]]:
    households = households_of(request.scope, [one.conflict.household_id for one in found])
    now = clock.now()
    lines = []
    for one in found:
        home = households.get(one.conflict.household_id)
        definition, person = one.conflict.definition, one.conflict.person_name
        question = question_said(definition) if definition else None
        lines.append(
            {
                "id": one.conflict.pk,
                "door": f"{door_in_words(home)} {home.head_name}" if home else "—",
                "url": reverse("visit", args=[home.pk]) if home else "",
                "who": (person or "") if one.person_id else _("这一户"),
                "what": _question(one.question, question),
                "sides": [
                    _side(one.question, question, side, name, now)
                    for name, side in (("first", one.first), ("second", one.second))
                ],
            }
        )
    return lines


def _question(key: str, question: QuestionDefinition | None) -> str:
    if key == PRESENCE:
        return _("在不在家")
    if question is not None:
        return question.label
    return str(FIELD_WORDS.get(key.removeprefix("person."), key))


def _side(
    key: str, question: QuestionDefinition | None, side: OneSaid, name: str, now: dt.datetime
) -> dict[str, Any]:
    return {
        "name": name,
        "value": _value(key, question, side.value),
        "is_there": side.value is not None,
        "by": side.by or _("底册（表格或桌面）"),
        "at": desk_format.night(side.at, now) if side.at else "",
    }


def _value(key: str, question: QuestionDefinition | None, value: Any) -> str:
    if value is None:
        return _("已不在")
    if key == PRESENCE:
        return str(Presence(value).label) if value in Presence.values else str(value)
    if key in HIDDEN:
        return masked_id(value) if key.endswith("id_number") else masked_phone(value)
    if question is None:
        for choices in (Person.Sex, Person.Relation):
            if value in choices.values:
                return str(choices(value).label)
        return str(value)
    if question.privacy == "sensitive":
        return _("已登记（敏感，不显示）")
    return typed.in_words(question, value, _("是"), _("否"))[:120]


def _sheet(request: HttpRequest, lines: list[dict[str, Any]]) -> HttpResponse:
    header = [_("门户"), _("谁"), _("填报项"), _("先收到"), _("登记人"), _("后收到"), _("登记人")]
    rows = [
        [
            line["door"],
            line["who"],
            line["what"],
            *(part for side in line["sides"] for part in (side["value"], side["by"])),
        ]
        for line in lines
    ]
    return xlsx_response(_("两处不一致"), header, rows)
