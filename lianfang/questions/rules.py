"""What an answer must look like, and which questions of a form are open. Pure functions over plain values.

Conditions are CEL over the answers of the form, every question present, unanswered = null. A condition that raises
counts as false (design section 7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cel

Answers = Mapping[str, Any]
ROSTER_FRESH_HOURS = 72


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


def fault_of(question: QuestionDefinition, value: Any) -> str:
    """Why `value` is no answer to `question`; empty when it is one. Values are JSON: dates are 'YYYY-MM-DD'."""
    match question.type:
        case "boolean":
            return "" if isinstance(value, bool) else "要答“是”或“否”"
        case "integer":
            if not isinstance(value, int) or isinstance(value, bool):
                return "要填整数"
            return _range_fault(question, value)
        case "decimal":
            if not isinstance(value, int | float) or isinstance(value, bool):
                return "要填数"
            return _range_fault(question, value)
        case "choice":
            return "" if value in _codes(question) else "不是可选的一项"
        case "choices":
            if not isinstance(value, list) or not value:
                return "至少选一项"
            return "" if set(value) <= _codes(question) else "有不是可选的项"
        case "date":
            return _date_fault(value)
        case "text":
            return "" if isinstance(value, str) and 0 < len(value) <= 400 else "要填1到400个字"
    return "题型不认识"


def is_open(item: Item, answers: Answers) -> bool:
    """Is the question put at all, given the other answers?"""
    return not item.show_if or holds(item.show_if, answers)


def is_required(item: Item, answers: Answers) -> bool:
    if not is_open(item, answers):
        return False
    return item.is_required or bool(item.require_if and holds(item.require_if, answers))


def holds(condition: str, answers: Answers) -> bool:
    try:
        return _compiled(condition).execute(dict(answers)) is True
    except (RuntimeError, TypeError, ValueError):
        return False


def faults(form: FormDefinition, subject: str, answers: Answers) -> list[Fault]:
    """All that is wrong with one subject's answers. Missing answers are no fault: they leave the task open."""
    known = {item.question.key: item for item in form.about(subject)}
    found = []
    for key, value in answers.items():
        if key not in known:
            found.append(Fault(key, "表里没有这一项"))
        elif value is not None and (detail := fault_of(known[key].question, value)):
            found.append(Fault(key, detail))
    return found


def owed(form: FormDefinition, subject: str, answers: Answers) -> list[str]:
    """Keys of the required questions that have no answer yet. `answers` need not hold every question."""
    items = form.about(subject)
    full = {item.question.key: None for item in items} | dict(answers)
    return [
        item.question.key for item in items if full[item.question.key] is None and is_required(item, full)
    ]


@lru_cache(maxsize=1024)
def _compiled(condition: str) -> cel.Program:
    return cel.compile(condition)


def _codes(question: QuestionDefinition) -> set[str]:
    return {code for code, _ in question.choices}


def _range_fault(question: QuestionDefinition, value: float) -> str:
    if (question.low is not None and value < question.low) or (
        question.high is not None and value > question.high
    ):
        return f"要在{question.low:g}到{question.high:g}之间"
    return ""


def _date_fault(value: Any) -> str:
    try:
        dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return "要填日期，如2026-08-07"
    return ""
