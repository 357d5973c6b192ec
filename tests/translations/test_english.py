"""English is complete, says nothing that Chinese does not, and fills the same blanks."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from babel.messages.catalog import Message
from django.utils import translation

from hatch_build import compile_translations
from lianfang.core.problems import PROBLEMS
from lianfang.questions.checking import fault_words
from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.meanings import Vocabulary
from lianfang.reports.tables import Meaning, TemplateColumn, TemplateSheet
from tests.translations.collecting import CHINESE, ROOT, marked_texts, read_english

# %(name)s in templates and code, {name} in problems. The width of a number may differ, the name may not.
BLANK = re.compile(r"%\((\w+)\)[-0 #+]*\d*[sdif]|\{(\w+)\}")
CATALOG = read_english()


def messages() -> list[Message]:
    return [message for message in CATALOG if message.id]


def said(words: object) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, tuple | list) else (str(words),)


def blanks(text: str) -> Counter[str]:
    return Counter("".join(found) for found in BLANK.findall(text))


def test_every_marked_text_has_english_words() -> None:
    missing = set()
    for text in marked_texts():
        known = CATALOG.get(text.words[0], text.context)
        # A text that is counted in one place and said in another is one entry, with both forms.
        if known is None or not all(said(known.string)) or said(known.id)[: len(text.words)] != text.words:
            missing.add(f"{text.place}: {text.words[0]}")
    assert sorted(missing) == [], "run `make extract`, then fill in lianfang/locale/en/LC_MESSAGES/django.po"


def test_no_words_are_left_of_texts_that_are_gone() -> None:
    marked = {(text.words[0], text.context) for text in marked_texts()}
    gone = [message.id for message in messages() if (said(message.id)[0], message.context) not in marked]
    assert gone == [], "run `make extract`"


def test_english_fills_the_blanks_of_the_chinese() -> None:
    for message in messages():
        chinese, english = said(message.id), said(message.string)
        allowed = blanks(chinese[-1])
        assert blanks(english[-1]).keys() == allowed.keys(), message.id
        assert blanks(english[0]).keys() <= allowed.keys(), message.id
        if "python-format" in message.flags:
            assert english[-1].count("%%") == chinese[-1].count("%%"), message.id


def test_nothing_was_left_in_chinese() -> None:
    # Column headings, file formats and ways to type a time stay as a Chinese sheet has them.
    mixed = {message.string for message in messages() if CHINESE.search("".join(said(message.string)))}
    assert len(mixed) < len(messages()) / 50, mixed


@pytest.fixture(scope="module")
def english() -> None:
    compile_translations(ROOT)


@pytest.mark.usefixtures("english")
def test_a_refusal_is_said_in_the_language_that_is_set() -> None:
    with translation.override("en"):
        assert translation.gettext(PROBLEMS["access.sign_in"][1]) == "Please sign in."
    with translation.override("zh-hans"):
        assert translation.gettext(PROBLEMS["access.sign_in"][1]) == "请先登录。"


@pytest.mark.usefixtures("english")
def test_an_answer_that_cannot_be_taken_is_told_in_the_language_that_is_set() -> None:
    count = QuestionDefinition("count", "household", "integer", "人数", "plain", low=0, high=30)
    with translation.override("en"):
        assert fault_words(count, 99) == "has to be from 0 to 30"
        assert fault_words(count, 3) == ""
    with translation.override("zh-hans"):
        assert fault_words(count, 99) == "要在0到30之间"


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "meaning",
    [
        Meaning("text", text="无"),
        Meaning("formula", text="sum:0,1"),
        Meaning("formula", text="quotient:0,1"),
        Meaning("register", "age", measure="count", choice="70-"),
        Meaning("register", "age", measure="count", choice="-12"),
        Meaning("register", "age", measure="count", choice="20-29"),
        Meaning("figure", "due"),
    ],
)
def test_the_meaning_of_a_column_is_read_as_it_was_said(language: str, meaning: Meaning) -> None:
    layout = TemplateSheet(
        "表", columns=tuple(TemplateColumn(at, ("列",)) for at in (2, 3)), row_kind="village"
    )
    words = Vocabulary("village", ())
    with translation.override(language):
        said_so = words.say(meaning, layout)
        assert words.read(said_so, layout) == meaning, said_so
