"""What is written anywhere in a workbook, in short: words that may be somebody's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from lianfang.core.workbooks.package import Package, text_of

LONGEST_NAME = 8  # signs; longer runs are sentences
_RUN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff·]+")
_GAP = re.compile("(?<=[\u3400-\u9fff])[ \u3000]+(?=[\u3400-\u9fff])")


def short_words(data: bytes) -> set[str]:
    """Every run of two to eight Chinese signs in any part of the file: cells, hidden sheets, comments, lists, pictures'
    words, who wrote it. Raises TemplateFault."""
    package = Package(data)
    texts = [text_of(item) for item in package.strings]
    for name in package.names:
        if name.endswith((".xml", ".rels", ".vml")):
            texts.append(unescape(package.read(name).decode("utf-8", "replace")))
    return words_in(texts)


def words_in(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        found.update(_RUN.findall(text))
        if "\u3000" in text or " " in text:  # 张　三
            found.update(_RUN.findall(_GAP.sub("", text)))
    return {word for word in found if 2 <= len(word) <= LONGEST_NAME}
