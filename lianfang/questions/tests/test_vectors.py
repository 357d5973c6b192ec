"""The vectors that server and phone share (contract/vectors/README.md): both must give these results."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lianfang.core import resources
from lianfang.questions.conditions import check_condition
from lianfang.questions.rules import (
    FormDefinition,
    Item,
    QuestionDefinition,
    fault_of,
    holds,
    owed,
    shown,
    typed,
    why_raised,
)


def read(name: str) -> dict[str, Any]:
    return json.loads(resources.path(f"contract/vectors/{name}.json").read_text("utf-8"))


def question(raw: dict[str, Any]) -> QuestionDefinition:
    low, high = raw.get("range", (None, None))
    codes = tuple((code, code) for code in raw.get("choices", ()))
    key = raw.get("key", "q")
    return QuestionDefinition(
        key,
        raw.get("about", "person"),
        raw["type"],
        key,
        "plain",
        codes,
        low,
        high,
        exclusive=tuple(raw.get("exclusive", ())),
    )


CONDITIONS, REFUSED, ANSWERS, FORMS = map(read, ("conditions", "refused", "answers", "forms"))
TYPES = {raw["key"]: question(raw) for raw in CONDITIONS["questions"]}
FORM = FormDefinition(
    "f",
    1,
    "",
    "",
    True,
    tuple(
        Item(
            {raw["key"]: question(raw) for raw in FORMS["questions"]}[item["question"]],
            item["required"],
            item.get("show_if", ""),
            item.get("require_if", ""),
        )
        for item in FORMS["items"]
    ),
)


def text_of(case: dict[str, Any]) -> str:
    return (
        case["condition"] if "condition" in case else "".join(piece * times for piece, times in case["parts"])
    )


def test_there_are_enough_of_them():
    assert sum(len(one["cases"]) for one in (CONDITIONS, REFUSED, ANSWERS, FORMS)) >= 300


@pytest.mark.parametrize("case", REFUSED["cases"], ids=lambda case: text_of(case)[:60])
def test_a_condition_that_is_refused(case):
    text = text_of(case)
    faults = check_condition(text, TYPES)
    assert case["code"] in [fault.code for fault in faults]
    assert all(fault.detail and 0 <= fault.at <= len(text) for fault in faults)
    if "at" in case:
        assert faults[0].at == case["at"]
    # Even where it was stored unseen, it ends no process: it is false.
    assert holds(text, typed(TYPES.values(), {})) in (True, False)


@pytest.mark.parametrize(
    "case", CONDITIONS["cases"], ids=lambda case: f"{case['condition']} {case['answers']}"
)
def test_a_condition_and_what_comes_of_it(case):
    assert check_condition(case["condition"], TYPES) == []
    answers = typed(TYPES.values(), case["answers"])
    assert holds(case["condition"], answers) is (case["result"] is True)
    assert bool(why_raised(case["condition"], answers)) is (case["result"] == "raises")


@pytest.mark.parametrize(
    "case", ANSWERS["cases"], ids=lambda case: f"{case['question']} {str(case['value'])[:40]}"
)
def test_an_answer_fits_its_question_or_says_why(case):
    assert (fault_of(question(case["question"]), case["value"]) == "") is case["accepted"]


@pytest.mark.parametrize("case", FORMS["cases"], ids=lambda case: f"{case['about']} {case['answers']}")
def test_what_is_shown_and_owed(case):
    assert owed(FORM, case["about"], case["answers"]) == case["owed"]
    assert shown(FORM, case["about"], case["answers"]) == case["shown"]
