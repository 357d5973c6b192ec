"""What is asked of one sheet, and why a column of it cannot be given. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.core.scope import Scope
from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.queries.day import Day
from lianfang.reports.tables import Meaning, TemplateSheet

PLACE_ROWS = frozenset({"county", "township", "village", "grid", "group", "single"})
NAMED_ROWS = frozenset({"person", "household"})
# Whole numbers of a person: given out only in full, and only to whom the table was approved for.
NUMBERS = frozenset({"id_number", "phone", "contact_phone", "head_phone", "head_id_number"})
NUMERIC = frozenset({"integer", "decimal"})

REASONS = {
    "no_meaning": _("还没有口径"),
    "no_question": _("没有这个填报项"),
    "no_figure": _("没有这个指标"),
    "no_field": _("底册里没有这一栏"),
    "no_round": _("没有相应的任务在做"),
    "other_purpose": _("这个填报项不为这个用途收集，只能给合计数，不能逐人给出"),
    "sensitive": _("敏感内容不进报表，只能给已问人数"),
    "not_approved": _("证件号、电话要批准了接收单位和用途才给"),
    "not_per_person": _("这是一片地方的数，不是一个人、一户的"),
    "not_per_place": _("这是每个人、每户的内容，一个村一行的表里没有"),
    "no_number": _("这个填报项的回答不是数，不能相加"),
    "unknown_row": _("没有叫这个名字的辖区，或不在范围内"),
    "not_counted": _("没有可算的数"),
    "not_asked": _("还没有问过"),
    "not_in_register": _("底册里是空的"),
}


@dataclass(frozen=True, slots=True)
class Who:
    """Which people or households a sheet of names lists: a base and conditions as of campaigns/eligibility.py, and
    answers that they gave: ((question, value), …)."""

    base: str = "living_here"
    conditions: tuple[dict[str, Any], ...] = ()
    answers: tuple[tuple[str, Any], ...] = ()
    is_everybody: bool = False  # said so: without a condition, ids of everybody go out

    @property
    def is_narrowed(self) -> bool:
        return bool(self.conditions or self.answers)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Who:
        answers = tuple((str(one[0]), one[1]) for one in raw.get("answers", ()))
        return cls(
            raw.get("base", "living_here"),
            tuple(raw.get("conditions", ())),
            answers,
            bool(raw.get("everybody", False)),
        )

    def written(self) -> dict[str, Any]:
        return {
            "base": self.base,
            "conditions": list(self.conditions),
            "answers": [list(one) for one in self.answers],
            "everybody": self.is_everybody,
        }


@dataclass(frozen=True, slots=True)
class TableAsk:
    """Of whom and when a table is filled. `round`: whose figures it carries. `purpose`: what it was approved for."""

    scope: Scope
    area: Area
    day: Day
    round: Round | None
    purpose: str
    questions: Mapping[str, QuestionDefinition]
    may_show_numbers: bool = False
    top: Area | None = (
        None  # of the whole table: a row that names an area of it outside `area` is somebody else's
    )
    asked_by_round: frozenset[str] = frozenset()  # keys of the questions that the round itself asks

    def since(self, question: QuestionDefinition) -> dt.datetime:
        """From when on an answer counts: what was fresh when the round opened, or is now where there is none. What the
        round itself asks counts in the table as it counts for the round: asked anew, or kept fresh."""
        fresh = dt.timedelta(hours=question.fresh_hours)
        if self.round is None:
            return self.day.now - fresh
        since = self.round.opens_at - fresh
        if question.key in self.asked_by_round:
            since = self.round.opens_at if not self.round.looks_back else since
            if self.round.campaign.keeps_fresh:
                since = max(since, min(self.day.end, self.round.closed_at or self.day.end) - fresh)
        return since


@dataclass(frozen=True, slots=True)
class SheetAsk:
    table: TableAsk
    layout: TemplateSheet
    meanings: tuple[Meaning, ...]
    who: Who = field(default_factory=Who)

    @property
    def has_names(self) -> bool:
        return self.layout.row_kind in NAMED_ROWS


def is_foreign(ask: SheetAsk, meaning: Meaning) -> bool:
    """Was the question not asked for this table's purpose? Then only numbers go out, and no small ones."""
    question = ask.table.questions.get(meaning.key) if meaning.kind == "question" else None
    return question is not None and ask.table.purpose not in question.purposes


def refusal(ask: SheetAsk, meaning: Meaning) -> str:
    """Why no cell of a column can be given, as a key of REASONS; '' when cells can."""
    from_kind = _REFUSALS.get(meaning.kind)
    return from_kind(ask, meaning) if from_kind else ""


def _of_unknown(ask: SheetAsk, meaning: Meaning) -> str:
    return "no_meaning"


def _of_figure(ask: SheetAsk, meaning: Meaning) -> str:
    if ask.has_names:
        return "not_per_person"
    return "" if ask.table.round else "no_round"


def _of_question(ask: SheetAsk, meaning: Meaning) -> str:
    question = ask.table.questions.get(meaning.key)
    if question is None:
        return "no_question"
    if question.privacy == "sensitive" and not (meaning.measure == "count" and not meaning.choice):
        return "sensitive"
    if ask.has_names:
        if question.privacy == "sensitive":
            return "sensitive"
        # What is asked for one thing is not shown for another: of a person or household not even a count of one.
        return "" if ask.table.purpose in question.purposes else "other_purpose"
    if meaning.measure in ("sum", "value") and question.type not in NUMERIC:
        return "no_number"
    return ""


def _of_register(ask: SheetAsk, meaning: Meaning) -> str:
    is_count = meaning.measure == "count" or meaning.key in ("household_count", "people_count")
    if not is_count and not ask.has_names:
        return "not_per_place"
    if meaning.key in NUMBERS and not ask.table.may_show_numbers:
        return "not_approved"
    return ""


_REFUSALS = {
    "unknown": _of_unknown,
    "figure": _of_figure,
    "question": _of_question,
    "register": _of_register,
}
