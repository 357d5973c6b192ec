"""The question of the dictionary that a heading asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lianfang.questions.headings import read_heading
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.columns import plain_header


def find(header: str, known: Iterable[QuestionDefinition], purpose: str) -> QuestionDefinition | None:
    """By its label or one of its headings, exactly; of two the one that serves the purpose. Rather none than a wrong
    one: a question too many is seen, a wrong one is answered."""
    parts = [part for part in header.split(".") if part]
    texts = {_folded(part) for part in (parts[-1:] or [header])} | {_folded("".join(parts))}
    texts.discard("")
    found = [
        question
        for question in known
        if texts & {_folded(name) for name in (question.label, *question.headers)}
    ]
    return next((one for one in found if purpose in one.purposes), found[0] if found else None)


def _folded(text: str) -> str:
    return plain_header(read_heading(text).label).lower()
