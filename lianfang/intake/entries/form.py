"""What a sheet asks, and of whom: the doors of a list in walking order, their members, the questions. Plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lianfang.intake.entries.faults import CellFault
from lianfang.questions.rules import QuestionDefinition

DOOR = ""  # who a row is about: a person's id, n1, n2 … for somebody in no register yet, or the door itself
QUESTION = "q_"  # columns of questions are called q_returned_count; the others:
OF_DOOR = ("note", "at", "worker")
OF_PERSON = ("presence", "place", "back")
OF_NEW = ("name", "relation", "sex", "id_number", "phone")
NEW = tuple(f"n{number}" for number in range(1, 31))

Texts = Mapping[str, Mapping[str, str]]  # who → column → what is written there


@dataclass(frozen=True, slots=True)
class ListedMember:
    person_id: int
    name: str
    relation: str = ""  # a word of the register, as `child`
    reference: str = ""  # 人号, as a printed sheet carries it


@dataclass(frozen=True, slots=True)
class ListedDoor:
    """`places`: the areas above the door from the top, as 武冈市, 司马冲镇, 杨梅村, 1组; what a sheet says of them may be
    any part of that."""

    household_id: int
    label: str
    places: tuple[str, ...] = ()
    members: tuple[ListedMember, ...] = ()
    reference: str = ""  # 户号
    head_name: str = ""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Asked of one subject and not known. `conditions`: (show_if, require_if) of each form that asks."""

    question: QuestionDefinition
    is_required: bool = False
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class EntryForm:
    """`moment`: now, by which days without a year are read. `open`: household → who → what is still to be asked
    there; without it every question is open of everybody. `known`: household → who → question → the answer that counts
    already, which conditions may name. `last`: household → who → column → as it was said last. `settled`: household →
    whose 见到情况 nobody waits for: it counts already, or no round looks for them.
    `is_coded`: digits stand for choices in their order, as they are typed at the desk and printed on our own sheets;
    a sheet of somebody else's has codes of its own."""

    doors: tuple[ListedDoor, ...]
    questions: tuple[QuestionDefinition, ...]
    moment: dt.datetime
    workers: tuple[tuple[int, str], ...] = ()
    worker_id: int | None = None
    channel: str = "door"
    happened_at: dt.datetime | None = None
    open: Mapping[int, Mapping[str, Sequence[OpenQuestion]]] = field(default_factory=dict)
    known: Mapping[int, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    last: Mapping[int, Texts] = field(default_factory=dict)
    settled: Mapping[int, frozenset[str]] = field(default_factory=dict)
    is_coded: bool = False

    @cached_property
    def by_household(self) -> dict[int, ListedDoor]:
        return {door.household_id: door for door in self.doors}

    @cached_property
    def by_column(self) -> dict[str, QuestionDefinition]:
        return {QUESTION + question.key: question for question in self.questions}

    def about_door(self, column: str) -> bool:
        question = self.by_column.get(column)
        return question.about == "household" if question else column in OF_DOOR


@dataclass(frozen=True, slots=True)
class DoorEntry:
    """One visit, as the body of an operation (intake/rules.py) and its hour."""

    household_id: int
    happened_at: dt.datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DoorReading:
    """What the texts of one door come to. `entry` is None while a cell is wrong or nothing is written; `shown`: who →
    column → the text as it was understood; `lacking`: (who, column) of what is still owed and not written, which
    keeps nothing from being filed."""

    entry: DoorEntry | None
    faults: tuple[CellFault, ...] = ()  # row: who; column: its key
    shown: Texts = field(default_factory=dict)
    lacking: tuple[tuple[str, str], ...] = ()
    shut: tuple[tuple[str, str], ...] = ()  # by what is written, no form asks it any more


@dataclass(frozen=True, slots=True)
class UnplacedRow:
    """A row that is nobody's yet. `texts` is what it says by column; `candidates`: (household, who) it may be, who ""
    for a door to which it may be added as a new member."""

    row: int
    cells: tuple[str, ...]
    fault: CellFault
    texts: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    door: str = ""
    candidates: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A block of rows as read. `texts`: household → who → column → text, of every row that found its place, good or
    not; `entries`: the doors of which nothing is wrong; `columns`: place in the block → column, as it was taken."""

    entries: tuple[DoorEntry, ...] = ()
    faults: tuple[CellFault, ...] = ()
    unplaced: tuple[UnplacedRow, ...] = ()
    texts: Mapping[int, Texts] = field(default_factory=dict)
    columns: Mapping[int, str] = field(default_factory=dict)
    has_header: bool = False
    repeated: Mapping[int, Mapping[str, frozenset[str]]] = field(default_factory=dict)  # by 同上轮
    came_from: Mapping[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
