"""One line in, one line out: a text or a JSON object to the JSON of its reading. Nothing makes it fail."""

from __future__ import annotations

import json
from typing import Any

from lianfang.areas.address.gazetteer import Gazetteer
from lianfang.areas.address.reading import Reading, read
from lianfang.core.problems import Problem

FIELDS = ("text", "county", "sent_by")


def answer(gazetteer: Gazetteer, line: bytes) -> bytes:
    """`line`: UTF-8 or GB18030, without its end. A line that cannot be read is answered in its place, with `error`."""
    text = _decoded(line)
    given: dict[str, str] = {"text": text}
    error = ""
    if text.startswith("{"):
        try:
            given = _object(text)
        except (ValueError, RecursionError):
            error = Problem("areas.line_unreadable").message
    for field in ("county", "sent_by"):
        if code := given.get(field, ""):
            known = _known(gazetteer, code)
            given[field] = known
            error = error if known else Problem("areas.unknown", code=code[:40]).message
    if error:
        reading = Reading(given["text"])
    else:
        reading = read(gazetteer, **given)
    said: dict[str, Any] = reading._asdict()
    if error:
        said["error"] = error
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")


def _known(gazetteer: Gazetteer, code: str) -> str:
    """The code as the areas file writes it: 430581 is also written 430581000000. "" when it has no such area."""
    shorter = [code[:size] for size in (9, 6, 4, 2) if not code[size:].strip("0")]
    for written in (code, *shorter, *[code.ljust(size, "0") for size in (6, 9, 12)]):
        if written in gazetteer.levels or written in gazetteer.former_codes:
            return written
    return ""


def _decoded(line: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding).strip("\ufeff\r\n \t")
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace")


def _object(text: str) -> dict[str, str]:
    """Raises ValueError when it is no JSON object with a text."""
    said = json.loads(text)
    if not isinstance(said, dict) or not isinstance(said.get("text"), (str, int, float)):
        raise ValueError
    return {
        field: str(said[field]).strip() if said.get(field) is not None else ""
        for field in FIELDS
        if field in said
    }
