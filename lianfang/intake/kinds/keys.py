"""The names that phones give to what the register does not know yet, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from lianfang.core.problems import Problem
from lianfang.intake.models import PhoneKey


def keep_keys(rows: Sequence[PhoneKey]) -> None:
    """Insert or leave: the first meaning of a name stands."""
    if rows:
        PhoneKey.objects.bulk_create(rows, ignore_conflicts=True)


def meaning_of(keys: Iterable[Any]) -> dict[UUID, PhoneKey]:
    """What these names stand for, as far as it is known. Nothing is asked where nothing is a name."""
    wanted = {key for key in keys if isinstance(key, UUID)}
    return PhoneKey.objects.in_bulk(wanted) if wanted else {}


def resolve_households(values: Sequence[dict[str, Any]]) -> None:
    """`household_id` as a number, in place. Raises `intake.not_yet_known` for a name nobody has explained yet."""
    known = meaning_of(each.get("household_id") for each in values)
    for each in values:
        if isinstance(each.get("household_id"), UUID):
            each["household_id"] = _of(known, each["household_id"]).household_id


def resolve_people(values: Sequence[dict[str, Any]]) -> None:
    """The people that visits name, in place: of lines, of who answered, and of what was said by 同上轮."""
    lines = [line for each in values for line in each["lines"]]
    known = meaning_of(line.get(name) for line in lines for name in ("person_id", "answered_by"))
    if not known:
        _refuse_unknown(lines)
        return
    for line in lines:
        for name in ("person_id", "answered_by"):
            if isinstance(line.get(name), UUID):
                line[name] = person_of(known, line[name])
    for each in values:
        if each.get("as_before"):
            each["as_before"] = tuple(_pointer(said, known) for said in each["as_before"])


def _refuse_unknown(lines: Iterable[Mapping[str, Any]]) -> None:
    for line in lines:
        for name in ("person_id", "answered_by"):
            if isinstance(line.get(name), UUID):
                raise Problem("intake.not_yet_known", key=str(line[name]))


def _pointer(said: str, known: Mapping[UUID, PhoneKey]) -> str:
    who, _, what = said.partition(".")
    try:
        found = known.get(UUID(who))
    except ValueError:
        return said
    return f"{found.person_id}.{what}" if found else said


def person_of(known: Mapping[UUID, PhoneKey], key: UUID) -> int:
    found = _of(known, key).person_id
    if not found:  # the name of a household
        raise Problem("intake.bad_operation", detail="person")
    return found


def _of(known: Mapping[UUID, PhoneKey], key: UUID) -> PhoneKey:
    if key not in known:
        raise Problem("intake.not_yet_known", key=str(key))
    return known[key]


def resolve_one(values: dict[str, Any]) -> None:
    """`household_id` and `person_id` of an operation that names one of each."""
    known = meaning_of((values.get("household_id"), values.get("person_id")))
    if isinstance(values.get("household_id"), UUID):
        values["household_id"] = _of(known, values["household_id"]).household_id
    if isinstance(values.get("person_id"), UUID):
        values["person_id"] = person_of(known, values["person_id"])
