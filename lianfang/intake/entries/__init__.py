"""What a clerk types or pastes, and what comes back on a printed sheet, read into visits. Pure: plain values in, plain
values out.

`EntryForm` says which doors, members and questions a sheet is about. `read_door` reads the texts written about one
door; `read_block` puts the rows of a pasted table to their doors first, whatever order its columns have. Both take what
can be meant in one way only, and explain every other cell (`CellFault`).
"""

from lianfang.intake.entries.blocks import Cursor, read_block
from lianfang.intake.entries.faults import CellFault
from lianfang.intake.entries.form import (
    DOOR,
    QUESTION,
    Block,
    DoorEntry,
    DoorReading,
    EntryForm,
    ListedDoor,
    ListedMember,
    OpenQuestion,
    UnplacedRow,
)
from lianfang.intake.entries.visits import read_door

__all__ = [
    "DOOR",
    "QUESTION",
    "Block",
    "CellFault",
    "Cursor",
    "DoorEntry",
    "DoorReading",
    "EntryForm",
    "ListedDoor",
    "ListedMember",
    "OpenQuestion",
    "UnplacedRow",
    "read_block",
    "read_door",
]
