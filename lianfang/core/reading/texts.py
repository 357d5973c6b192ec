"""Plain text in any encoding: a table with some separator, or lines as people paste them from a chat."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lianfang.core.reading import pasted
from lianfang.core.reading.rows import Cell, Gathered, Message

_SEPARATORS = "\t,;，；|｜"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_HAN = re.compile(r"[一-鿿]")
_LOOKED_AT = 200  # lines, to find the separator
_MOST_LINES = 200  # of a cell beside one other; a note has ten
# 张三，男，身份证号…，电话…: sentences about people, whose commas cut no columns.
_SPOKEN = re.compile(r"(?:身份证|电话|手机)(?:号码?|号)?(?:是|为)?\s*[:：]?\s*[1-9]\d{9,}")
_COMMON = frozenset(
    "的一是不了人在有我他这中大来上个国到说们为子和你地出道也时年姓名身份证电话号村组乡镇男女户主县市"
)

# Whole pages are pasted into a cell, and the file as such is bounded. The limit is the whole process's: one that
# followed each file would be too small for what is read beside it.
csv.field_size_limit(2**31 - 1)


def messages(path: Path) -> Iterator[Message]:
    text = decoded(path.read_bytes())
    if path.suffix.lower() in (".html", ".htm") and "<table" in text.lower():
        raise ValueError("not_a_sheet")
    lines = text.splitlines()
    separator = separator_of(lines)
    if separator is None:
        yield from pasted.messages(path.stem, lines)
        return
    gathered = Gathered(path.stem, False)
    for number, row in _table(text, separator):
        yield from gathered.add(number, row)
    yield from gathered.rest()


def _table(text: str, separator: str) -> Iterator[tuple[int, list[Cell]]]:
    """(number as a spreadsheet counts it, cells)."""
    for number, row in enumerate(_cut(text, separator, is_quoted=is_quoted(text, separator)), 1):
        yield number, [_bare(cell) if cell else None for cell in row]


def is_quoted(text: str, separator: str) -> bool:
    """Whether quotes enclose cells. One that never ends, or that the next stray one ends many lines below, must not
    swallow the rows between them: then quotes are signs like any other."""
    count = text.count('"')
    if not count or count % 2:
        return not count
    widths, broken = Counter[int](), []
    for row in _cut(text, separator, is_quoted=True):
        cells = [cell for cell in row if "\n" in cell or "\r" in cell]
        broken += cells
        if not cells:
            widths[len(row) - 1] += 1
    width = max(widths, key=widths.__getitem__, default=0)
    return not any(_holds_rows(cell, separator, width) for cell in broken)


def _holds_rows(cell: str, separator: str, width: int) -> bool:
    """Whether a cell is rows of the table itself, which have `width` separators each, between two stray quotes. A page
    that was pasted into a note may be as long."""
    lines = cell.splitlines()[1:-1]
    if len(lines) < (1 if width > 1 else _MOST_LINES):
        return False
    return sum(line.count(separator) == width for line in lines) * 2 > len(lines)


def _cut(text: str, separator: str, *, is_quoted: bool) -> Iterator[list[str]]:
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE,
    )


def _bare(cell: str) -> str:
    """="430581198703124518": how programs keep a spreadsheet from counting with a number."""
    return cell[2:-1] if len(cell) > 3 and cell.startswith('="') and cell.endswith('"') else cell


def separator_of(lines: list[str]) -> str | None:
    """The sign that cuts most lines into the same number of cells; None when none does."""
    looked = [line for line in lines[:_LOOKED_AT] if line.strip()]
    if pasted.is_chain(looked) or sum(bool(_SPOKEN.search(line)) for line in looked) * 2 > len(looked):
        return None
    best, best_score = None, 0.0
    for separator in _SEPARATORS:
        counts = Counter(line.count(separator) for line in looked if separator in line)
        if not counts:
            continue
        width, often = max(counts.items(), key=lambda item: (item[1], item[0]))
        share = often / len(looked)
        if separator not in "，；" or width >= 2:
            score = share * min(width, 6) * (2 if separator == "\t" else 1)
            if share >= 0.5 and score > best_score:
                best, best_score = separator, score
    return best


# ---------- encodings ----------


def decoded(content: bytes) -> str:
    """Raises `not_a_sheet` for what is no text. GB18030 reads nearly every byte, so Big5 must be plainly better."""
    if content[:3] == b"\xef\xbb\xbf":
        return content[3:].decode("utf-8", "replace")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    if wide := _wide(content):
        return wide
    if b"\0" in content[:4096]:
        raise ValueError("not_a_sheet")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if (cut := _almost_utf8(content)) is not None:
        return cut
    return _chinese(content)


def coding_of(content: bytes, text: str) -> str | None:
    """The encoding in which this text is these bytes again, so that a changed text goes back as it came; None: a file
    with broken signs is none."""
    for coding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-8", "gb18030", "big5hkscs"):
        try:
            if encoded(text, coding, content) == content:
                return coding
        except UnicodeEncodeError:
            continue
    return None


def encoded(text: str, coding: str, like: bytes) -> bytes:
    """Back into bytes; of UTF-16 in the order of `like`. Raises UnicodeEncodeError."""
    if coding == "utf-16":
        is_big = like[:2] == b"\xfe\xff"
        return (b"\xfe\xff" if is_big else b"\xff\xfe") + text.encode("utf-16-be" if is_big else "utf-16-le")
    return text.encode(coding)


def _wide(content: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of digits, signs and line ends is 0."""
    head = content[: 4096 - 4096 % 2]
    if len(head) < 4 or b"\0" not in head:
        return None
    for encoding, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros = head[at::2].count(0)
        if zeros and head[1 - at :: 2].count(0) * 10 <= zeros and zeros * 5 >= len(head) // 2:
            try:
                text = content[: len(content) // 2 * 2].decode(encoding)
            except UnicodeDecodeError:
                continue
            if not _CONTROL.search(text[:1000]):
                return text
    return None


def _almost_utf8(content: bytes) -> str | None:
    """UTF-8 with a few broken bytes (a file cut or glued): better than all of it read as something else."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return text if broken * 50 < len(_HAN.findall(text)) else None


def _chinese(content: bytes) -> str:
    text = content.decode("gb18030", "replace")
    try:
        other = content.decode("big5hkscs")
    except UnicodeDecodeError:
        return text
    return other if _plausible(other) > 2 * _plausible(text) + 2 else text


def _plausible(text: str) -> int:
    """How many characters of it every sheet and every letter uses."""
    return sum(char in _COMMON for char in text[:4000].translate(_TO_SIMPLE))


_TO_SIMPLE = str.maketrans("這來個國說們為時號電話證鄉鎮戶縣組", "这来个国说们为时号电话证乡镇户县组")
