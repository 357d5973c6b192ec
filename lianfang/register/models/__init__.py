"""The register's tables, by noun."""

from lianfang.register.models.doubles import Double, DoubleSearch, Merge
from lianfang.register.models.files import NEXT, ImportFile, RawRow, RowFinding, SheetLayout
from lianfang.register.models.life import LifeEvent
from lianfang.register.models.people import Door, Household, LookupToken, Person
from lianfang.register.models.runs import DoorRun
from lianfang.register.models.unread import UnreadAddress, UnreadRow
from lianfang.register.models.versions import DoorGone, DoorVersion

__all__ = [
    "NEXT",
    "Door",
    "DoorGone",
    "DoorRun",
    "DoorVersion",
    "Double",
    "DoubleSearch",
    "Household",
    "ImportFile",
    "LifeEvent",
    "LookupToken",
    "Merge",
    "Person",
    "RawRow",
    "RowFinding",
    "SheetLayout",
    "UnreadAddress",
    "UnreadRow",
]
