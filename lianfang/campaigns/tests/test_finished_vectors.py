"""When a door is done: the cases on which server and phone must agree (contract/vectors/README.md). What the phone
promises under 保存 and what the county counts is one thing."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

import pytest

from lianfang.campaigns.rules import DONE, Attempt, Line, Subject, Window, judge
from lianfang.core import resources
from lianfang.questions.rules import FormDefinition, Item, QuestionDefinition

FILE = json.loads(resources.path("contract/vectors/finished.json").read_text("utf-8"))
OPENS = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def form(*, proxy_allowed: bool) -> FormDefinition:
    questions = {
        raw["key"]: QuestionDefinition(
            raw["key"], raw["about"], raw["type"], raw["key"], "plain", (), None, None
        )
        for raw in FILE["questions"]
    }
    items = tuple(
        Item(
            question=questions[raw["question"]],
            is_required=raw["required"],
            show_if=raw.get("show_if", ""),
            require_if=raw.get("require_if", ""),
        )
        for raw in FILE["items"]
    )
    return FormDefinition("f", 1, "f", "", proxy_allowed, items)


def attempt(hour: int, lines: dict[str, str], answers: dict[str, Any]) -> Attempt:
    said = set(lines.values())
    outcome = said.pop() if said in ({"refused"}, {"away"}) else "met"
    told = tuple(
        Line(int(person), presence, answers.get(person, {})) for person, presence in lines.items()
    ) + tuple(
        Line(int(person), "", given)
        for person, given in answers.items()
        if person not in lines and person != "0"
    )
    return Attempt(
        UUID(int=hour),
        OPENS + dt.timedelta(hours=hour),
        "absent" if outcome == "away" else outcome,
        told,
        answers.get("0", {}),
    )


@pytest.mark.parametrize("case", FILE["cases"], ids=[case["about"] for case in FILE["cases"]])
def test_a_door_is_done_or_not(case: dict[str, Any]):
    tries = [attempt(2, case["lines"], case["answers"])]
    if before := case.get("before"):
        tries.insert(0, attempt(1, before["lines"], before["answers"]))
    verdict = judge(
        Subject(frozenset(FILE["people"])),
        tries,
        form(proxy_allowed=case.get("proxy_allowed", True)),
        Window(OPENS),
    )
    assert (verdict.state == DONE) is case["done"], verdict
