"""The question of the dictionary that a heading asks for, for a purpose. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lianfang.questions.headings import read_heading
from lianfang.questions.recognising import find_question
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.columns import plain_header


def find(header: str, known: Iterable[QuestionDefinition], purpose: str) -> QuestionDefinition | None:
    """Among those that serve the purpose first: of two forms each with a 是否养犬 of its own, the one is meant that may
    be used here. Two of a name for one purpose are as good as each other: the newer."""
    questions = tuple(known)
    serving = tuple(question for question in questions if purpose in question.purposes)
    if recognised := find_question(header, serving):
        return recognised.question
    if named := _named(header, serving):
        return named
    recognised = find_question(header, questions)
    return recognised.question if recognised else None


def _named(header: str, questions: Iterable[QuestionDefinition]) -> QuestionDefinition | None:
    """By a name exactly, the whole path or its leaf."""
    parts = [part for part in header.split(".") if part]
    texts = {_folded(part) for part in (parts[-1:] or [header])} | {_folded("".join(parts))} - {""}
    found = [
        question
        for question in questions
        if texts & {_folded(name) for name in (question.label, *question.headers)}
    ]
    return max(found, key=lambda question: (len(question.key), question.key), default=None)


def _folded(text: str) -> str:
    return plain_header(read_heading(text).label).lower()
