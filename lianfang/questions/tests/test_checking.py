"""What no form and no question may be; and that a form which passes never raises, whatever is answered."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianfang.core.problems import Problem
from lianfang.questions import rules
from lianfang.questions.checking import form_faults, question_faults, version_faults
from lianfang.questions.condition_syntax import SyntaxFault, read
from lianfang.questions.models import Form, Question
from lianfang.questions.operations import add_question, make_form, shipped_forms, shipped_questions, take_form
from lianfang.questions.queries import question_of
from lianfang.questions.rules import FormDefinition, Item, QuestionDefinition, is_open, owed, shown, typed
from lianfang.questions.tests.making import answers, conditions
from lianfang.questions.tests.test_vectors import TYPES

SHIPPED = {(raw["key"], raw["version"]): raw for raw in shipped_questions()}
KNOWN = {key: question_of(raw, "zh-Hans") for key, raw in SHIPPED.items()}


def question(**changes):
    return {
        "key": "well_water",
        "version": 1,
        "about": "household",
        "type": "choice",
        "privacy": "plain",
        "label": {"zh-Hans": "喝什么水"},
        "choices": [["mains", "自来水"], ["well", "井水"]],
        "purposes": ["household_sweep"],
        **changes,
    }


def form(*items, **changes):
    return {
        "key": "some_form",
        "version": 1,
        "title": {"zh-Hans": "某表"},
        "purpose": "household_sweep",
        "proxy_allowed": True,
        "items": [
            {"question": key, "version": 2, "required": True} if isinstance(key, str) else key
            for key in items
        ],
        **changes,
    }


# ---------- what may not be asked ----------


@pytest.mark.parametrize(
    "changes",
    [
        {"label": {"zh-Hans": "民族"}},
        {"label": {"zh-Hans": "是否党员"}},
        {"label": {"zh-Hans": "身份"}, "choices": [["a", "汉族"], ["b", "土家族"]]},
        {"label": {"zh-Hans": "身份"}, "choices": [["a", "党员"], ["b", "群众"]]},
        {"label": {"zh-Hans": "填一项", "en": "Religion"}},
        {"headers": ["上访情况"]},
        {"key": "ethnic_group"},
        {"label": {"zh-Hans": "邻居有没有瞒报"}},
    ],
)
def test_a_refused_subject_is_no_question_by_whatever_words(changes):
    assert any("不得收集" in fault.detail for fault in question_faults(question(**changes)))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("key", {"key": "Water"}),
        ("exclusive", {"exclusive": ["well"]}),
        ("exclusive", {"type": "choices", "exclusive": ["rain"]}),
        ("exclusive", {"type": "choices", "exclusive": ["mains", "well"]}),
        ("key", {"key": "size"}),
        ("version", {"version": 0}),
        ("type", {"type": "geopoint", "choices": []}),
        ("about", {"about": "village"}),
        ("privacy", {"privacy": "secret"}),
        ("label", {"label": {"en": "Water"}}),
        ("choices", {"choices": [["a", "甲"]]}),
        ("choices", {"choices": [["a", "甲"], ["a", "乙"]]}),
        ("choices", {"choices": [["a", "甲"], ["b", "甲"]]}),
        ("choices", {"choices": [["A!", "甲"], ["b", "乙"]]}),
        ("choices", {"type": "integer"}),
        ("range", {"range": [0, 5]}),
        ("range", {"type": "integer", "choices": [], "range": [5, 0]}),
        ("unit", {"unit": "人"}),
        ("purposes", {"purposes": []}),
        ("fresh_hours", {"fresh_hours": 0}),
        ("headers", {"headers": "水"}),
        ("show_if", {"show_if": "a = 1"}),
        ("colour", {"colour": "red"}),
    ],
)
def test_what_is_no_question_says_which_field(field, changes):
    assert [fault.field for fault in question_faults(question(**changes))] == [field]


@pytest.mark.parametrize(
    ("item", "field", "made"),
    [
        (None, "items", form()),
        (None, "items", form(*["returned_count"] * 61)),
        (None, "title", form("returned_count", title={"zh-Hans": "党员排查"})),
        (None, "purpose", form("returned_count", purpose="入户")),
        (0, "question", form("no_such_question")),
        (0, "question", form("returned_count", purpose="vaccination")),
        (1, "question", form("returned_count", "returned_count")),
        (0, "show_if", form({"question": "returned_count", "version": 2, "show_if": "dose_count > 0"})),
        (0, "show_if", form({"question": "returned_count", "version": 2, "show_if": "returned_count > 0"})),
        (
            0,
            "require_if",
            form({"question": "returned_count", "version": 2, "require_if": "returned_count = 0"}),
        ),
        (0, "required", form({"question": "returned_count", "version": 2, "required": "yes"})),
    ],
)
def test_what_is_no_form_says_which_item_and_field(item, field, made):
    found = form_faults(made, KNOWN)
    assert (found[0].item, found[0].field) == (item, field)
    assert all(fault.detail for fault in found)


def test_a_condition_names_questions_of_the_same_subject_only():
    made = form("returned_count", {"question": "dose_count", "version": 2, "show_if": "returned_count > 0"})
    assert [(fault.item, fault.field) for fault in form_faults(made, KNOWN)] == [(1, "show_if")]


def test_two_questions_that_wait_for_each_other_are_never_put():
    made = form(
        {"question": "returned_count", "version": 2, "show_if": "people_tonight_count > 0"},
        {"question": "people_tonight_count", "version": 1, "show_if": "returned_count > 0"},
    )
    assert {fault.item for fault in form_faults(made, KNOWN)} == {0, 1}


# ---------- versions ----------


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("version", {"version": 1}),
        ("type", {"type": "decimal"}),
        ("about", {"about": "person"}),
        ("unit", {"unit": "户"}),
        ("range", {"high": 20}),
        ("range", {"low": 1}),
        ("privacy", {"privacy": "plain"}),
        ("purposes", {"purposes": ("school",)}),
        ("proxy_allowed", {"proxy_allowed": False}),
    ],
)
def test_what_changes_the_meaning_of_old_answers_is_no_version(field, changes):
    old = QuestionDefinition(
        "a",
        "household",
        "integer",
        "几人",
        "personal",
        low=0,
        high=30,
        unit="人",
        purposes=("household_sweep",),
    )
    assert [fault.field for fault in version_faults(old, replace(old, **{"version": 2, **changes}))] == [
        field
    ]


def test_a_version_may_add_and_not_take_away():
    old = QuestionDefinition("a", "household", "choice", "水", "plain", choices=(("x", "甲"), ("y", "乙")))
    more = replace(old, version=2, choices=(*old.choices, ("z", "丙")), headers=("水源",), purposes=("care",))
    assert version_faults(old, more) == []
    assert [fault.field for fault in version_faults(more, replace(old, version=3, purposes=("care",)))] == [
        "choices"
    ]


# ---------- what is shipped ----------


def test_what_is_shipped_passes():
    assert {key: question_faults(raw) for key, raw in SHIPPED.items() if question_faults(raw)} == {}
    assert {
        made["key"]: form_faults(made, KNOWN) for made in shipped_forms() if form_faults(made, KNOWN)
    } == {}
    assert all(
        raw["label"]["en"] and all(len(one) == 3 for one in raw.get("choices", ()))
        for raw in SHIPPED.values()
    )


def test_several_departments_ask_the_same_question():
    purposes = {}
    for made in shipped_forms():
        for item in made["items"]:
            purposes.setdefault(item["question"], set()).add(made["purpose"])
    assert purposes["household_needs"] >= {"household_sweep", "care", "civil_affairs"}
    assert purposes["has_returned"] >= {"household_sweep", "returnee_watch", "school"}


# ---------- stored ----------


def test_a_refused_question_and_a_form_with_faults_are_not_stored(db):
    with pytest.raises(Problem) as refused:
        add_question(definition=question(label={"zh-Hans": "民族"}), area_path="cn.", by=1)
    assert refused.value.code == "questions.question_refused"
    with pytest.raises(Problem) as refused:
        take_form(definition=form("no_such_question"), by=1)
    assert refused.value.code == "questions.form_refused"
    with pytest.raises(Problem) as refused:
        make_form(title="某表", purpose="school", question_keys=["standing_water"], by=1)
    assert refused.value.code == "questions.form_refused"
    assert not Question.objects.filter(key="well_water").exists()
    assert not Form.objects.filter(key="some_form").exists()


def test_a_form_comes_with_its_new_questions_and_their_conditions(db):
    made = take_form(
        definition=form({"question": "well_water", "version": 1, "required": True}),
        new_questions=[question()],
        by=1,
    )
    assert Question.objects.get(key="well_water").version == 1
    assert made.definition["items"][0]["question"] == "well_water"
    own = make_form(
        title="接种", purpose="vaccination", question_keys=["dose_count", "not_vaccinated_reason"], by=1
    )
    assert own.definition["items"][1]["show_if"] == "dose_count == 0"


# ---------- whatever is answered ----------


@given(st.lists(conditions(), min_size=2, max_size=4), answers())
@settings(max_examples=300, deadline=None)
def test_a_form_that_passes_never_raises(texts, said):
    names = ["n", "b", "l", "s"]
    questions = {(key, 1): replace(one, purposes=("p",)) for key, one in TYPES.items()}
    items = [
        {"question": key, "version": 1, "show_if": text, "require_if": text}
        for key, text in zip(names, texts, strict=False)
    ]
    rest = [{"question": key, "version": 1} for key in TYPES if key not in names[: len(texts)]]
    made = {"key": "f", "version": 1, "title": {"zh-Hans": "某表"}, "purpose": "p", "items": [*items, *rest]}
    if any("绕了一圈" not in fault.detail for fault in form_faults(made, questions)):
        raise AssertionError(form_faults(made, questions))
    taken = FormDefinition(
        "f", 1, "", "p", True,
        tuple(
            Item(TYPES[item["question"]], False, item.get("show_if", ""), item.get("require_if", ""))
            for item in made["items"]
        ),
    )  # fmt: skip
    full = typed(TYPES.values(), said)
    assert all(is_open(item, full) in (True, False) for item in taken.items)
    assert set(owed(taken, "person", said)) <= set(shown(taken, "person", said))
    assert rules.faults(taken, "person", said) is not None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000,
        "b && " * 8_000 + "b",
        "!" * 40_000,
        "[" * 40_000,
        "a." * 20_000,
        "'" * 40_000,
        "b ? " * 10_000,
    ],
)
def test_a_hostile_text_never_reaches_the_library(text, monkeypatch):
    monkeypatch.setattr(rules.cel, "compile", lambda *_: pytest.fail("it reached the library"))
    before = time.process_time()
    with pytest.raises(SyntaxFault):
        read(text)
    assert rules.holds(text, typed((), {})) is False
    assert rules.holds(text[:400], typed((), {})) is False
    assert time.process_time() - before < 0.2


def test_none_of_several_goes_with_nothing_else():
    for (key, _version), asked in KNOWN.items():
        if asked.type == "choices" and "none" in dict(asked.choices):
            other = next(code for code, _ in asked.choices if code != "none")
            assert not rules.fault_of(asked, ["none"]), key
            assert not rules.fault_of(asked, [other]), key
            assert "不能和别的一起选" in rules.fault_of(asked, ["none", other]), key
    needs = KNOWN["household_needs", 2]
    assert version_faults(
        replace(needs, exclusive=()), replace(needs, version=3)
    )  # old answers would be wrong
