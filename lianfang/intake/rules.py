"""What may stand in an operation. Strict: a key that is not known is refused by name, so that a wrong program is
noticed on its first day and not by the answers that are missing. Pure."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from lianfang.core.problems import Problem

LONGEST_NOTE = 500
LONGEST_PLACE = 120
LONGEST_TEXT = 400  # of an answer
LONGEST_CODE = 20
LONGEST_MEASURE = 30
LONGEST_POINTER = 80  # 7.presence: of whom and what
MOST_LINES = 500  # a dormitory
LONGEST_NAME = 60
LONGEST_NUMBER = 30  # an id or a phone as somebody writes it
MOST_ANSWERS = 100
MOST_CHOICES = 40
LARGEST_PHOTO = 180 * 1024  # bytes: one alone in a push of 256 KB
PHOTOS = ("image/jpeg", "image/webp")
LARGEST_NUMBER = 2**53  # beyond it JSON numbers are not the same everywhere
FIRST_YEAR, LAST_YEAR = 2000, 2100

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

Reader = Callable[[Any, str], Any]


def fault(where: str) -> Problem:
    """`where` names the place (`lines.2.presence`), never what stood there."""
    return Problem("intake.bad_operation", detail=storable(where)[:60])


def storable(text: str) -> str:
    """The text with what PostgreSQL refuses replaced: NUL and half a character. For what is said about a record, never
    for the record itself."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def visit_values(body: Any) -> dict[str, Any]:
    """The fields of a visit, typed, from the body of an operation. Raises `intake.bad_operation` with the place."""
    values = _read(body, "", _VISIT, ("household", "channel", "outcome"))
    values["lines"] = tuple(values.get("lines", ()))
    values["members"] = tuple(values.get("members", ()))
    return values


def household_values(body: Any) -> dict[str, Any]:
    """Of a household that was found in the field: area_id, label and what else is known; `visit` as it was given."""
    return _read(body, "", _HOUSEHOLD, ("area", "label"))


def person_values(body: Any) -> dict[str, Any]:
    """person_id and `fields`: what of somebody in the register is to be otherwise."""
    return _read(body, "", _PERSON, ("person", "fields"))


def photo_values(body: Any) -> dict[str, Any]:
    """visit_id, media_type and the picture as bytes."""
    return _read(body, "", _PHOTO, ("visit", "media_type", "data"))


def dial_values(body: Any) -> dict[str, Any]:
    values = _read(body, "", _DIAL, ())
    if sum(name in values for name in ("household_id", "worker_id", "row_id")) != 1:
        raise fault("household")
    return values


def list_call_values(body: Any) -> dict[str, Any]:
    """row_id, outcome and `note`: somebody was rung for a row of a pushed list."""
    return _read(body, "", _LIST_CALL, ("row", "outcome"))


def list_answer_values(body: Any) -> dict[str, Any]:
    """row_id, code and what else was found out; household_id as a number or a phone's own name."""
    return _read(body, "", _LIST_ANSWER, ("row", "code"))


def exemption_values(body: Any) -> dict[str, Any]:
    return _read(body, "", _EXEMPTION, ("household", "reason"))


def instant(value: Any, where: str) -> dt.datetime:
    if not isinstance(value, str):
        raise fault(where)
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        raise fault(where) from None
    if found.tzinfo is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise fault(where)
    return found


def _read(
    given: Any, where: str, fields: Mapping[str, tuple[str, Reader]], required: tuple[str, ...]
) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise fault(where.rstrip(".") or "body")
    for key in given:
        if key not in fields:
            raise fault(f"{where}{key}")
    for key in required:
        if given.get(key) is None:
            raise fault(f"{where}{key}")
    found = {}
    for key, value in given.items():
        name, reader = fields[key]
        if value is not None:
            found[name] = reader(value, f"{where}{key}")
    return found


def _number(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_NUMBER:
        raise fault(where)
    return value


def _number_or_key(value: Any, where: str) -> int | UUID:
    """An id of ours, or the name a phone gave to what it entered itself."""
    return _uuid(value, where) if isinstance(value, str) else _number(value, where)


def _text(longest: int) -> Reader:
    def read(value: Any, where: str) -> str:
        if not isinstance(value, str) or len(value) > longest or not _is_storable(value):
            raise fault(where)
        return value

    return read


def _is_storable(text: str) -> bool:
    """PostgreSQL takes neither NUL nor half a character."""
    return not _UNSTORABLE.search(text)


def _uuid(value: Any, where: str) -> UUID:
    try:
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise fault(where) from None


def _day(value: Any, where: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise fault(where) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise fault(where)
    return found


def _birthday(value: Any, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise fault(where) from None


def _answers(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > MOST_ANSWERS:
        raise fault(where)
    for key, answer in value.items():
        if not _is_storable(key) or not _is_answer(answer):
            raise fault(f"{where}.{key}")
    return value


def _is_answer(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and _is_storable(value)
    if isinstance(value, list):
        return len(value) <= MOST_CHOICES and all(
            isinstance(item, str) and _is_answer(item) for item in value
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) <= LARGEST_NUMBER
    return value is None or isinstance(value, bool)


def _lines(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_LINES:
        raise fault(where)
    return [
        _read(line, f"{where}.{number}.", _LINE, ("person", "presence")) for number, line in enumerate(value)
    ]


def _members(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_LINES:
        raise fault(where)
    return [
        _read(member, f"{where}.{number}.", _MEMBER, ("name", "presence"))
        for number, member in enumerate(value)
    ]


def _pointers(value: Any, where: str) -> tuple[str, ...]:
    """Which lines and answers were said by 同上轮."""
    if not isinstance(value, list) or len(value) > MOST_LINES * 4:
        raise fault(where)
    return tuple(_text(LONGEST_POINTER)(each, f"{where}.{at}") for at, each in enumerate(value))


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise fault(where)
    return value


def _fields(value: Any, where: str) -> dict[str, Any]:
    found = _read(value, f"{where}.", _FIELDS, ())
    if not found:
        raise fault(where)
    return found


def _media_type(value: Any, where: str) -> str:
    if value not in PHOTOS:
        raise fault(where)
    return str(value)


def _picture(value: Any, where: str) -> bytes:
    if not isinstance(value, str) or len(value) > LARGEST_PHOTO * 4 // 3 + 4:
        raise fault(where)
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise fault(where) from None


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise fault(where)
    return value


# key of the body → field of the record, and how it is read. null stands for a key left out.
_LINE: dict[str, tuple[str, Reader]] = {
    "person": ("person_id", _number_or_key),
    "presence": ("presence", _text(LONGEST_CODE)),
    "answered_by": ("answered_by", _number_or_key),
    "away_place": ("away_place", _text(LONGEST_PLACE)),
    "away_since": ("away_since_on", _day),
    "back_on": ("back_on", _day),
    "reason": ("reason", _text(LONGEST_CODE)),
    "answers": ("answers", _answers),
}
# Somebody who was met and is in no register yet: who they are, and their line.
_MEMBER: dict[str, tuple[str, Reader]] = {
    **{key: reader for key, reader in _LINE.items() if key not in ("person", "answered_by")},
    "key": ("key", _uuid),  # the phone's own name for them, so that later visits may name them
    "name": ("name", _text(LONGEST_NAME)),
    "relation": ("relation", _text(LONGEST_CODE)),
    "sex": ("sex", _text(LONGEST_CODE)),
    "birth_on": ("birth_on", _birthday),
    "id_number": ("id_text", _text(LONGEST_NUMBER)),
    "phone": ("phone_text", _text(LONGEST_NUMBER)),
    "registered": ("is_registered_here", _flag),
}
_VISIT: dict[str, tuple[str, Reader]] = {
    "household": ("household_id", _number_or_key),
    "channel": ("channel", _text(LONGEST_CODE)),
    "outcome": ("outcome", _text(LONGEST_CODE)),
    "worker": ("worker_id", _number),
    "lines": ("lines", _lines),
    "members": ("members", _members),
    "answers": ("answers", _answers),
    "back_at": ("back_at", instant),
    "note": ("note", _text(LONGEST_NOTE)),
    "supersedes": ("supersedes", _uuid),
    "as_before": ("as_before", _pointers),
}
_HOUSEHOLD: dict[str, tuple[str, Reader]] = {
    "area": ("area_id", _number),
    "label": ("door_label", _text(LONGEST_NAME)),
    "unit": ("unit", _text(12)),
    "floor": ("floor", _text(8)),
    "room": ("room", _text(12)),
    "kind": ("kind", _text(LONGEST_CODE)),
    "head_name": ("head_name", _text(LONGEST_NAME)),
    "visit": ("visit", _object),
}
_FIELDS: dict[str, tuple[str, Reader]] = {
    "name": ("name", _text(LONGEST_NAME)),
    "sex": ("sex", _text(LONGEST_CODE)),
    "birth_on": ("birth_on", _birthday),
    "relation": ("relation", _text(LONGEST_CODE)),
    "phone": ("phone", _text(LONGEST_NUMBER)),
    "id_number": ("id_number", _text(LONGEST_NUMBER)),
}
_PERSON: dict[str, tuple[str, Reader]] = {
    "person": ("person_id", _number_or_key),
    "fields": ("fields", _fields),
}
_PHOTO: dict[str, tuple[str, Reader]] = {
    "visit": ("visit_id", _uuid),
    "media_type": ("media_type", _media_type),
    "data": ("data", _picture),
}
_DIAL: dict[str, tuple[str, Reader]] = {
    "household": ("household_id", _number_or_key),
    "person": ("person_id", _number_or_key),
    "worker": ("worker_id", _number),
    "row": ("row_id", _number),
}
_LIST_CALL: dict[str, tuple[str, Reader]] = {
    "row": ("row_id", _number),
    "outcome": ("outcome", _text(LONGEST_CODE)),
    "note": ("note", _text(LONGEST_NOTE)),
}
_LIST_ANSWER: dict[str, tuple[str, Reader]] = {
    "row": ("row_id", _number),
    "code": ("code", _text(LONGEST_CODE)),
    "note": ("note", _text(LONGEST_NOTE)),
    "present_place": ("present_place", _text(LONGEST_PLACE)),
    "measure": ("measure", _text(LONGEST_MEASURE)),
    "tested_on": ("tested_on", _day),
    "test_result": ("test_result", _text(LONGEST_CODE)),
    "household": ("household_id", _number_or_key),
}
_EXEMPTION: dict[str, tuple[str, Reader]] = {
    "household": ("household_id", _number_or_key),
    "person": ("person_id", _number_or_key),
    "reason": ("reason", _text(LONGEST_CODE)),
    "note": ("note", _text(200)),
}


def is_kind(value: Any) -> bool:
    """A kind of operation as it may be named, known or not."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= 30
        and value.replace("_", "a").isascii()
        and value.replace("_", "a").isalnum()
    )
