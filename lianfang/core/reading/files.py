"""Which reader a file needs: by what it holds, never by its name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from lianfang.core.reading import books, markup, packed, texts, word
from lianfang.core.reading.rows import Message

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

_OTHER = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
)


def messages(path: Path) -> Iterator[Message]:
    """The rows of a file. Raises whatever a strange file brings about, also late."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip(b"\0 \r\n\t"):
        raise ValueError("empty")
    for sign, what in _OTHER:
        if start.startswith(sign):
            raise ValueError(what)
    if start[:4] == ZIP:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
        if "xl/workbook.bin" in names or "content.xml" in names:
            return books.messages(path)
        if "word/document.xml" in names:
            return word.messages(path)
        return packed.messages(path)
    if start[:4] == OLE:
        return books.messages(path)
    if form := markup.form_of(start):
        return markup.messages(path, form)
    return texts.messages(path)
