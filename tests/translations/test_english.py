"""English is complete, says nothing that Chinese does not, and fills the same blanks."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from babel.messages.catalog import Message
from django.utils import translation

from hatch_build import compile_translations
from lianfang.core.problems import PROBLEMS
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
