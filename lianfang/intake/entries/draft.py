"""A half-finished sheet as the page sends and keeps it, read strictly: a wrong program is noticed at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import UUID

from lianfang.core.problems import Problem
from lianfang.intake.entries.form import NEW

MOST_DRAFT_BYTES = 1024 * 1024
LONGEST_CELL = 4000  # what is too long for its cell is said there, not refused here
MOST_KEPT = 5000  # two pastes of the most rows, and none of them listed


@dataclass(frozen=True, slots=True)
class DoorDraft:
    """`op_id` is made once for a door's visit, so that saving twice files once. `corrects`: the visit that this one
    replaces, when the clerk asked for that; `held`: the operation that waits for this door, which this one puts right."""

    op_id: UUID
    cells: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    corrects: UUID | None = None
    held: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    at: str = ""
    worker_id: int | None = None
    channel: str = "door"
    doors: Mapping[int, DoorDraft] = field(default_factory=dict)
    kept: tuple[Mapping[str, Any], ...] = ()  # pasted rows that are nobody's yet, as the page shows them


def read_draft(raw: Any) -> Draft:
    """Raises `intake.malformed` with the place."""
    given = _mapping(raw, "draft")
    worker = given.get("worker") or ""
    if not isinstance(worker, str) or (
        worker and not (worker.isascii() and worker.isdecimal() and len(worker) <= 18)
    ):
        _refuse("worker")
    kept = given.get("kept") or []
    if not isinstance(kept, list) or len(kept) > MOST_KEPT or not all(isinstance(row, dict) for row in kept):
        _refuse("kept")
    doors = {}
    for household, door in _mapping(given.get("doors") or {}, "doors").items():
        if not (household.isascii() and household.isdecimal() and len(household) <= 18):
            _refuse("doors")
        doors[int(household)] = _door(_mapping(door, "doors"))
    at, channel = given.get("at") or "", given.get("channel") or "door"
    return Draft(
        _text(at, "at"), int(worker) if worker else None, _text(channel, "channel"), doors, tuple(kept)
    )


def _door(given: Mapping[str, Any]) -> DoorDraft:
    cells = {
        _who(who): {
            _text(column, "column"): _text(said, column) for column, said in _mapping(row, "cells").items()
        }
        for who, row in _mapping(given.get("cells") or {}, "cells").items()
    }
    same = {}
    for who, columns in _mapping(given.get("same") or {}, "same").items():
        if not isinstance(columns, list):
            _refuse("same")
        same[_who(who)] = tuple(_text(column, "same") for column in columns)
    op_id = _uuid(given.get("op"), "op")
    if op_id is None:
        _refuse("op")
    return DoorDraft(
        op_id, cells, same, _uuid(given.get("corrects"), "corrects"), _uuid(given.get("held"), "held")
    )


def _who(value: str) -> str:
    """The door, a person by id, or somebody new (form.DOOR, form.NEW)."""
    if value not in ("", *NEW) and not (value.isascii() and value.isdecimal() and len(value) <= 18):
        _refuse("who")
    return value


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _refuse(where)
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_CELL:
        _refuse(where)
    return value


def _uuid(value: Any, where: str) -> UUID | None:
    if not value:
        return None
    try:
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        _refuse(where)


def _refuse(where: str) -> NoReturn:
    raise Problem("intake.malformed", detail=where)
