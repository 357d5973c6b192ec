"""Where a household lives, as the columns of a sheet say it: in full, in parts, or once for all its members."""

from __future__ import annotations

import random
from typing import Any

from tests.messy import places
from tests.messy.columns import Columns
from tests.messy.habits import Habits
from tests.messy.people import House, Village
from tests.messy.truth import TAKE, Row, Want

FILLED = (
    "group",
    "house",
    "head",
    "estate",
    "building",
    "unit",
    "room",
)  # said once a household in some sheets


class Addresses:
    """Writes the address of each row of a page."""

    def __init__(self, rng: random.Random, columns: Columns, habits: Habits) -> None:
        self.rng, self.columns, self.habits = rng, columns, habits

    def cells(self, house: House, row: Row, *, is_first: bool) -> dict[str, Any]:
        rng, habits, columns = self.rng, self.habits, self.columns
        row.wants["village"] = Want((house.village.code,), TAKE, f"village.{habits.place}")
        cells: dict[str, Any] = {}
        in_township = habits.place == "township_column"
        if "township" in columns:
            forms = places.township_forms(house.village.township)
            trap = habits.drawn(rng, "township", "township.plain")
            cells["township"] = forms[trap]
            row.traps.add(trap)
        if "village" in columns:
            cells["village"] = self._village(house.village, in_township, row)
        if "village_group" in columns:
            cells["village_group"] = f"{house.village.name}{places.group_text(rng, house.group or 1)}"
            if places.is_twin(house.village):
                cells["village_group"] = house.village.township + cells["village_group"]
        if "address" in columns:
            cells["address"] = self._full_address(house)
        if house.group and ("group" in columns or habits.place in ("joined", "address", "group_section")):
            row.wants["group"] = Want((f"{house.group}组",), TAKE, "group")
        if "group" in columns and house.group:
            cells["group"] = f"{house.group}组" if rng.random() < 0.5 else places.group_text(rng, house.group)
        if "house" in columns and house.number:
            cells["house"] = f"{house.number}号" if rng.random() < 0.5 else places.house_text(rng, house)
        if house.estate and "room" in columns:
            cells["estate"] = house.estate
            cells["building"] = places.building_text(rng, house.building or 1)
            cells["unit"] = places.unit_text(rng, house.unit or 1)
            cells["room"] = places.room_text(rng, house.room or 101)
        if ("room" in columns and house.estate) or ("house" in columns and house.number):
            row.wants["door"] = Want((house.door,), TAKE, "door")
        if "household" in columns:
            cells["household"] = house.reference
        if "head" in columns and house.residents:
            cells["head"] = house.residents[0].name
        if "head_phone" in columns and house.residents:
            cells["head_phone"] = house.residents[0].phone
        if "occupancy" in columns and house.residents:
            cells["occupancy"] = rng.choice(("自住", "出租"))
        if not is_first:
            self._repeat(cells, row)
        return cells

    def _village(self, village: Village, in_township: bool, row: Row) -> str:
        forms = places.village_forms(village, in_township)
        trap = self.habits.drawn(self.rng, "village", self.habits.village_form or "village.plain")
        if trap not in forms:
            trap = "village.plain" if "village.plain" in forms else "village.with_township"
        row.traps.add(trap)
        return forms[trap]

    def _full_address(self, house: House) -> str:
        rng, village = self.rng, house.village
        head = rng.choice(
            ("", village.township, f"武冈市{village.township}", f"湖南省武冈市{village.township}")
        )
        if places.is_twin(village):
            head = head or village.township
        if house.estate:
            tail = rng.choice(
                (
                    f"{house.building}栋{house.unit}单元{house.room}",
                    f"{house.building}-{house.unit}-{house.room}",
                    f"{house.building}#{house.unit}-{house.room}",
                    f"{places.chinese(house.building or 1)}栋{house.unit}单元{house.room}室",
                )
            )
            return f"{head}{village.name}{house.estate}{tail}"
        group = rng.choice(
            (f"{house.group}组", f"{places.chinese(house.group or 1)}组", f"第{house.group}组")
        )
        return f"{head}{village.name}{group}" + (f"{house.number}号" if rng.random() < 0.7 else "")

    def _repeat(self, cells: dict[str, Any], row: Row) -> None:
        """The further members of a household: their address said once, or again, or by a sign."""
        merged = self.habits.merged
        if merged in ("merged", "blank"):
            for name in self.columns.of_household():
                cells.pop(name, None)
            row.traps.add(f"filled.{merged}")
        elif merged == "ditto":
            for name in (*FILLED, "village", "township", "address"):
                if name in cells and self.rng.random() < 0.7:
                    cells[name] = self.rng.choice(places.DITTO)
            row.traps.add("filled.ditto")
