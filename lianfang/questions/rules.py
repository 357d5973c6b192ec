"""What an answer must look like, and which questions of a form are open. Pure functions over plain values.

Conditions are CEL over the answers of the form, every question present, unanswered = null. A condition that raises
counts as false (design section 7). Answers are given to CEL by the type of their question, in one place: `typed`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cel

from lianfang.core.problems import N_
from lianfang.questions import condition_syntax

Answers = Mapping[str, Any]
ROSTER_FRESH_HOURS = 72
# Whole numbers up to here are the same on every phone; a JavaScript number ends there.
LARGEST_INTEGER = 2**53 - 1
_EPOCH = dt.date(1970, 1, 1).toordinal()
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class QuestionDefinition:
    key: str
    about: str  # household, person
    type: str  # boolean, integer, decimal, text, date, choice, choices
    label: str
    privacy: str  # plain, personal, sensitive
    choices: tuple[tuple[str, str], ...] = ()
    low: float | None = None
    high: float | None = None
    fresh_hours: int = 72
    proxy_allowed: bool = True
    purposes: tuple[str, ...] = ()
    version: int = 1
    unit: str = ""
    headers: tuple[str, ...] = ()  # names under which sheets carry it, besides the label
    show_if: str = ""  # when it makes sense at all; a form that holds the named questions takes it over
    exclusive: tuple[str, ...] = ()  # of choices: codes that stand alone (没有)


@dataclass(frozen=True)
class Item:
    question: QuestionDefinition
    is_required: bool = False
    show_if: str = ""
    require_if: str = ""


@dataclass(frozen=True)
class FormDefinition:
    key: str
    version: int
    title: str
    purpose: str
    proxy_allowed: bool
    items: tuple[Item, ...] = ()
    by_key: Mapping[str, Item] = field(default_factory=dict, compare=False)
    roster_fresh_hours: int = ROSTER_FRESH_HOURS  # how long it stays known who of a household was met

    def about(self, subject: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.question.about == subject)


@dataclass(frozen=True)
class Fault:
    """One answer that cannot be taken: which question, and why, in words."""

    question: str
    detail: str


class TypedAnswers(dict[str, Any]):
    """Answers as conditions read them: every question of the form, by its type; None where there is no answer."""


def fault_of(question: QuestionDefinition, value: Any) -> str:
    """Why `value` is no answer to `question`, in the county's words; empty when it is one. Values are JSON: dates are
    'YYYY-MM-DD'. `checking.fault_words` says it in the language of who looks."""
    template = fault_template(question, value)
    return template.format(**fault_blanks(question, value)) if template else ""


def fault_blanks(question: QuestionDefinition, value: Any) -> dict[str, Any]:
    """What fills the blanks of `fault_template`. `alone`: the label of a choice that stands beside others and may not."""
    chosen = value if isinstance(value, list) else []
    labels = [label for code, label in question.choices if code in question.exclusive and code in chosen]
    alone = labels[0] if labels and len({str(code) for code in chosen}) > 1 else ""
    return {"low": question.low, "high": question.high, "alone": alone}


def fault_template(question: QuestionDefinition, value: Any) -> str:
    """`fault_of` before its blanks are filled in: what can be translated."""
    match question.type:
        case "boolean":
            return "" if isinstance(value, bool) else N_("要答“是”或“否”")
        case "integer":
            if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_INTEGER:
                return N_("要填整数")
            return _range_fault(question, value)
        case "decimal":
            if not _is_number(value):
                return N_("要填数")
            return _range_fault(question, value)
        case "choice":
            return "" if isinstance(value, str) and value in _codes(question) else N_("不是可选的一项")
        case "choices":
            if not isinstance(value, list) or not value:
                return N_("至少选一项")
            known = _codes(question)
            if not all(isinstance(code, str) and code in known for code in value):
                return N_("有不是可选的项")
            return N_("“{alone}”不能和别的一起选") if fault_blanks(question, value)["alone"] else ""
        case "date":
            return "" if _days(value) is not None else N_("要填日期，如2026-08-07")
        case "text":
            return (
                "" if isinstance(value, str) and value.strip() and len(value) <= 400 else N_("要填1到400个字")
            )
    return N_("题型不认识")


def typed(questions: Iterable[QuestionDefinition], answers: Answers) -> TypedAnswers:
    """What conditions read: integer → int, decimal → double, date → days since 1970-01-01, choices → list of codes.
    An answer that does not fit its question's type is none."""
    return TypedAnswers(
        {question.key: typed_value(question, answers.get(question.key)) for question in questions}
    )


def typed_value(question: QuestionDefinition, value: Any) -> Any:
    """One answer as a condition reads it. By type alone: a choice or a range that came with a later version stays."""
    match question.type:
        case "boolean":
            return value if isinstance(value, bool) else None
        case "integer":
            fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER
            return value if fits else None
        case "decimal":
            return float(value) if _is_number(value) else None
        case "date":
            return _days(value)
        case "choices":
            fits = isinstance(value, list) and all(isinstance(code, str) for code in value)
            return list(value) if fits else None
    return value if isinstance(value, str) else None


def is_open(item: Item, answers: TypedAnswers) -> bool:
    """Is the question put at all, given the other answers?"""
    return not item.show_if or holds(item.show_if, answers)


def is_required(item: Item, answers: TypedAnswers) -> bool:
    if not is_open(item, answers):
        return False
    return item.is_required or bool(item.require_if and holds(item.require_if, answers))


def holds(condition: str, answers: TypedAnswers) -> bool:
    """Whether a condition is true; one that raises is not."""
    return _result(condition, answers) is True


def why_raised(condition: str, answers: TypedAnswers) -> str:
    """What the evaluator says when a condition raises with these answers; empty when it does not. For its author."""
    result = _result(condition, answers)
    return result if isinstance(result, str) else ""


def _result(condition: str, answers: TypedAnswers) -> bool | str:
    try:
        return _compiled(condition).execute(dict(answers)) is True
    except (RuntimeError, TypeError, ValueError, ArithmeticError, LookupError) as raised:
        return str(raised).partition("\n")[0] or type(raised).__name__


def faults(form: FormDefinition, subject: str, answers: Answers) -> list[Fault]:
    """All that is wrong with one subject's answers. Missing answers are no fault: they leave the task open."""
    known = {item.question.key: item for item in form.about(subject)}
    found = []
    for key, value in answers.items():
        if key not in known:
            found.append(Fault(key, N_("表里没有这一项")))
        elif value is not None and (detail := fault_of(known[key].question, value)):
            found.append(Fault(key, detail))
    return found


def owed(form: FormDefinition, subject: str, answers: Answers) -> list[str]:
    """Keys of the required questions that have no answer yet. `answers` need not hold every question."""
    items = form.about(subject)
    full = typed((item.question for item in items), answers)
    return [
        item.question.key
        for item in items
        if answers.get(item.question.key) is None and is_required(item, full)
    ]


def shown(form: FormDefinition, subject: str, answers: Answers) -> list[str]:
    """Keys of the questions that are put, given these answers, in the order of the form."""
    items = form.about(subject)
    full = typed((item.question for item in items), answers)
    return [item.question.key for item in items if is_open(item, full)]


@lru_cache(maxsize=1024)
def _compiled(condition: str) -> cel.Program:
    # What our own parser does not take never reaches the library: deep or long text ends its process.
    condition_syntax.read(condition)
    return cel.compile(condition)


def _codes(question: QuestionDefinition) -> set[str]:
    return {code for code, _ in question.choices}


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= LARGEST_INTEGER


def _range_fault(question: QuestionDefinition, value: float) -> str:
    low, high = question.low, question.high
    if (low is None or value >= low) and (high is None or value <= high):
        return ""
    if low is not None and high is not None:
        return N_("要在{low:g}到{high:g}之间")
    return N_("不能小于{low:g}") if low is not None else N_("不能大于{high:g}")


def _days(value: Any) -> int | None:
    """Days since 1970-01-01 of 'YYYY-MM-DD'; None for anything else."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return dt.date.fromisoformat(value).toordinal() - _EPOCH
    except ValueError:
        return None
