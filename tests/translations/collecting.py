"""Every text that is marked for translation, from code and templates; and `make extract`, which brings the English file
up to date: new texts are added without words, those that are gone are dropped, the rest stays as it is.

GNU gettext is not needed: Django turns templates into something that reads like Python, and Babel reads Python.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "lianfang" / "locale" / "en" / "LC_MESSAGES" / "django.po"
WIDTH = 110
HEADER = """\
# The English words of Lianfang. The source is Chinese; docs/glossary.md has the terms, `make extract` adds what is new.
msgid ""
msgstr ""
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")  # a code has none of these, and no blanks
# As Python spells them in this project; `N_` marks without translating (core/problems/words.py).
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "gettext_noop": None,
}


@dataclass(frozen=True)
class Text:
    """A marked text: (singular,) or (singular, plural), with its context and where it stands."""

    words: tuple[str, ...]
    context: str | None
    place: str


def marked_texts() -> Iterator[Text]:
    package = ROOT / "lianfang"
    for path in sorted((*package.rglob("*.py"), *package.rglob("*.html"), *package.rglob("*.txt"))):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield from _texts_of(path)


def _texts_of(path: Path) -> Iterator[Text]:
    source = path.read_text()
    if path.suffix != ".py":
        # Indentation means nothing in a template and everything in Python.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    found = extract_python(io.BytesIO(source.encode()), tuple(KEYWORDS), (), {"encoding": "utf-8"})
    for _line, function, given, _comments in found:
        arguments = (given,) if isinstance(given, str) else tuple(given or ())
        spec = KEYWORDS[function]
        context = None
        if spec and isinstance(spec[0], tuple):
            context, arguments = arguments[0], arguments[1:]
        count = 2 if function.removesuffix("_lazy") in ("ngettext", "npgettext") else 1
        words = tuple(word for word in arguments[:count] if isinstance(word, str))
        if len(words) == count and (CHINESE.search(words[0]) or "%(" in words[0]):
            yield Text(words, context, str(path.relative_to(ROOT)))


def read_english() -> Catalog:
    if not ENGLISH.exists():
        return Catalog(locale="en", charset="utf-8")
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def write_english(catalog: Catalog) -> None:
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    with ENGLISH.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalog, width=WIDTH, omit_header=True, include_lineno=False, sort_output=True)


def bring_up_to_date() -> tuple[int, int, int]:
    """Rewrite the English file; how many texts there are, how many are new, how many are gone."""
    old, new = read_english(), Catalog(locale="en", charset="utf-8", fuzzy=False)
    for text in marked_texts():
        key = text.words if len(text.words) > 1 else text.words[0]
        known = old.get(text.words[0], text.context)
        new.add(key, known.string if known else "", locations=[(text.place, None)], context=text.context)
    write_english(new)
    before = {(message.id, message.context) for message in old if message.id}
    after = {(message.id, message.context) for message in new if message.id}
    return len(after), len(after - before), len(before - after)


if __name__ == "__main__":
    total, added, dropped = bring_up_to_date()
    print(f"{total} texts, {added} new, {dropped} gone: {ENGLISH.relative_to(ROOT)}")
