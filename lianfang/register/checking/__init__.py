"""Rows of a sheet into entries that can be stored, and everything that is wrong with them. Pure: no database.

A row is taken when its name and its village are good; any other bad cell is left empty and reported. A row that is
not taken is rejected with a reason: rows = entries + rejected.
"""

from lianfang.register.checking.checker import Checker
from lianfang.register.checking.entries import Checked, Entry, MergedVillage, UnreadPlace, Village
from lianfang.register.checking.villages import VillageIndex

__all__ = ["Checked", "Checker", "Entry", "MergedVillage", "UnreadPlace", "Village", "VillageIndex"]
