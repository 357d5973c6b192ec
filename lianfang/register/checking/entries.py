"""What checking gives: entries, faults, and addresses that wait for a person. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from lianfang.register.columns import Columns
from lianfang.register.doors import DoorName
from lianfang.register.findings import RowError


class Village(NamedTuple):
    """A village that rows may name."""

    code: str
    name: str
    township: str
    path: str


class MergedVillage(NamedTuple):
    """A village that is gone, and lives on as a section of another."""

    code: str
    name: str
    township: str
    village: Village  # that it lies in now
    section: str


@dataclass(slots=True)
class Entry:
    """One person (or, without a name, one vacant door) as the sheet gives it; "" and None: the cell was empty."""

    sheet: str
    row: int
    name: str
    village: Village
    chain: tuple[tuple[str, str], ...]  # areas below the village: (level, name), from the outside in
    door: DoorName | None
    walk_order: int | None
    household_reference: str
    household_kind: str
    head_name: str
    reference: str
    relation: str
    sex: str
    birth_on: dt.date | None
    id_number: str | None
    phone: str | None
    is_registered_here: bool | None
    is_living_here: bool | None
    is_here_tonight: bool | None
    registered_place: str
    present_place: str
    is_unnamed: bool = False  # 未登记: a door of which nobody has said yet who lives there
    # Of a 集体户, on each of its rows; `head_name` is its contact.
    collective_kind: str = ""
    expected_count: int | None = None
    contact_phone: str | None = None


class UnreadPlace(NamedTuple):
    """A row that is not taken because its address could not be read; `candidates` are codes of areas."""

    sheet: str
    row: int
    text: str
    candidates: tuple[str, ...]


@dataclass
class Checked:
    """What a file holds. `row_count` = entries + rejected."""

    entries: list[Entry] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    row_count: int = 0
    rejected_count: int = 0
    columns: dict[str, Columns] = field(default_factory=dict)  # by sheet
    unread_sheets: list[str] = field(default_factory=list)  # without a header, hidden, or left out by choice
    unread: list[UnreadPlace] = field(default_factory=list)  # addresses that nobody could place yet
