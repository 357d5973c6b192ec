"""The register's tables, by noun."""

from lianfang.register.models.files import NEXT, ImportFile, RawRow, RowFinding, SheetLayout
from lianfang.register.models.people import Door, Household, LookupToken, Person

__all__ = [
    "NEXT",
    "Door",
    "Household",
    "ImportFile",
    "LookupToken",
    "Person",
    "RawRow",
    "RowFinding",
    "SheetLayout",
]
