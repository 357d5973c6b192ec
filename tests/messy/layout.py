"""Rows of people between titles, sums, section lines and footers: a page as it is sent."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.messy import places, spoiling
from tests.messy.addresses import Addresses
from tests.messy.columns import GROUP_LABELS, Columns
from tests.messy.grid import Line, Page
from tests.messy.habits import Habits
from tests.messy.people import House, Resident, Village
from tests.messy.truth import MAY, REFUSE, TAKE, Row, Want

ABOVE = (
    "title",
    "unit",
    "sheet",
    "section",
    "group_section",
)  # the village stands above the rows, not in them
UNTYPED_TRAPS = {"id.typed": "id.scientific", "id.fifteen_typed": "id.fifteen"}


class Clerk:
    """Writes the page of some households."""

    def __init__(self, rng: random.Random, page: Page, columns: Columns, habits: Habits) -> None:
        self.rng, self.page, self.columns, self.habits = rng, page, columns, habits
        self.addresses = Addresses(rng, columns, habits)
        self.rows: list[Row] = []
        self.traps: set[str] = {f"place.{habits.place}", f"form.{habits.form}"}
        self._seq = 0
        self._since_header = 0
        self._last_taken: tuple[Row, Resident] | None = None
        self._last_cells: dict[str, Any] = {}

    # ---------- the page ----------

    def write(self, households: Sequence[House], village: Village | None, title: str, unit: str) -> None:
        habits = self.habits
        if habits.has_title:
            self._nobody([title], spans={0: self.columns.width} if self.columns.width > 1 else {})
            self.traps.add("layout.title")
        if habits.has_unit_line:
            line: list[Any] = [f"填报单位：{unit}"] + [None] * (self.columns.width - 1)
            if self.columns.width > 3:
                line[-2] = "填报时间：2026年8月7日"
            self._nobody(line)
            self.traps.add("layout.unit_line")
        self._header()
        if habits.has_example:
            self._example()
        for part in self._sections(households):
            for house in part:
                self._house(house)
            if habits.has_sums and self.rng.random() < 0.6:
                self._sum(self.rng.choice(("小计", "本页小计", "小 计")), part)
        if habits.has_sums:
            self._sum(self.rng.choice(("合计", "总计", "合 计")), households)
        if habits.has_footer:
            self._footer()

    def _sections(self, households: Sequence[House]) -> Iterator[Sequence[House]]:
        """Runs of households with a line above that says where they are."""
        place = self.habits.place
        if place not in ("section", "group_section"):
            yield households
            return
        key: Callable[[House], Any] = (
            (lambda h: h.village) if place == "section" else (lambda h: (h.village, h.group))
        )
        runs: dict[Any, list[House]] = {}
        for house in households:
            runs.setdefault(key(house), []).append(house)
        for run in runs.values():
            village, group = run[0].village, run[0].group
            if place == "section":
                said = self.rng.choice(
                    (village.name, f"{village.township}{village.name}", f"【{village.name}】")
                )
                if places.is_twin(village):
                    said = f"{village.township}{village.name}"
            else:
                said = self.rng.choice(
                    (f"{places.chinese(group or 1)}组", f"{group}组", f"第{group}组", f"{group}组：")
                )
            spans = {0: self.columns.width} if self.rng.random() < 0.5 and self.columns.width > 1 else {}
            self._nobody([said], spans=spans)
            self.traps.add("layout.section_line")
            yield run

    def _nobody(self, cells: list[Any], **more: Any) -> Line:
        cells = [*cells, *[None] * (self.columns.width - len(cells))]
        row = Row("", 0, "nobody", "either")
        self.rows.append(row)
        return self.page.add(cells, row, **more)

    def _header(self) -> None:
        columns = self.columns
        labels = [columns.headers[name] or None for name in columns.fields]
        for line in self._header_lines(labels):
            row = Row("", 0, "nobody", "either")
            self.rows.append(row)
            line.row = row
            self.page.lines.append(line)
            row.sheet, row.row = self.page.name, len(self.page.lines)
        self._since_header = 0

    def _header_lines(self, labels: list[Any]) -> list[Line]:
        height = self.columns.height
        if height == 1:
            return [Line(labels)]
        self.traps.add(f"layout.header_{height}")
        lines = [Line([None] * len(labels)) for _ in range(height)]
        column = 0
        while column < len(labels):
            label = GROUP_LABELS.get(self.columns.fields[column])
            run = column + 1
            while label and run < len(labels) and GROUP_LABELS.get(self.columns.fields[run]) == label:
                run += 1
            if label and run - column > 1:
                lines[0].cells[column] = label
                lines[0].spans[column] = run - column
                for place in range(column, run):
                    lines[1].cells[place] = labels[place]
                    if height == 3:
                        lines[1].heights[place] = 2
            else:
                lines[0].cells[column] = labels[column]
                lines[0].heights[column] = height
            column = run
        return lines

    def _example(self) -> None:
        """The line that shows how to fill the form in, left where it was."""
        cells: list[Any] = [None] * self.columns.width
        values = {
            "seq": "例",
            "name": "张某某",
            "id": "4305811987********",
            "phone": "1380000****",
            "sex": "男",
        }
        for name, value in values.items():
            if name in self.columns:
                cells[self.columns.at(name)] = value
        if "seq" in self.columns:
            self._nobody(cells)
            self.traps.add("layout.example")

    def _sum(self, word: str, households: Sequence[House]) -> None:
        count = sum(len(house.residents) for house in households)
        at = self.columns.at("name") if self.rng.random() < 0.3 else 0
        cells: list[Any] = [None] * self.columns.width
        cells[at] = word
        others = [place for place in range(self.columns.width) if place != at]
        if others:
            cells[self.rng.choice(others)] = self.rng.choice(
                (count, f"{count}人", f"共{count}人", f"{len(households)}户")
            )
        self._nobody(cells)
        self.traps.add("layout.sum")

    def _footer(self) -> None:
        forms = (
            ["填报人：某某", None, "审核人：某某", None, "填报日期：2026.8.7"],
            ["备注：外出人员请填外出地点。"],
            ["注：1.本表每日17时前报送。"],
            ["说明：是否在家填“是”或“否”"],
            ["填表人：", None, "负责人签字："],
            ["制表：村委会"],
        )
        for form in self.rng.sample(forms, self.rng.choice((1, 1, 2))):
            self._nobody(form[: self.columns.width])
        self.traps.add("layout.footer")

    # ---------- households and people ----------

    def _house(self, house: House) -> None:
        habits, rng = self.habits, self.rng
        top = len(self.page.lines)
        if habits.page_length and self._since_header >= habits.page_length:
            self._header()
            self.traps.add("layout.header_again")
            top = len(self.page.lines)
        if habits.has_blank_lines and rng.random() < 0.1:
            self.page.add([None] * self.columns.width)
            self.traps.add("layout.blank_line")
            top = len(self.page.lines)
        if not house.residents:
            self._vacant(house)
            return
        for number, resident in enumerate(house.residents):
            self._person(house, resident, is_first=number == 0)
        self._since_header += len(house.residents)
        if habits.merged == "merged" and len(house.residents) > 1:
            height = len(self.page.lines) - top
            first = self.page.lines[top]
            for name in self.columns.of_household():
                first.heights[self.columns.at(name)] = height
            self.traps.add("layout.merged_down")

    def _vacant(self, house: House) -> None:
        row = Row("", 0, "vacant", "taken")
        cells = self.addresses.cells(house, row, is_first=True)
        cells["occupancy"] = self.rng.choice(("空置", "空房"))
        cells.pop("head", None)
        self._add(cells, row)
        self.traps.add("row.vacant")

    def _person(self, house: House, resident: Resident, *, is_first: bool) -> None:
        row = Row("", 0)
        cells = self.addresses.cells(house, row, is_first=is_first)
        for name in ("name", "relation", "sex", "birth", "id", "phone"):
            if name in self.columns:
                cells[name], row.wants[name] = self._own(name, house, resident)
        if "away" in self.columns and resident.away_place:
            cells["away"] = resident.away_place
        for name in ("registered", "living", "tonight"):
            if name in self.columns:
                cells[name], row.wants[name] = self._base(name, resident)
        self._filler(cells, house)
        if "phone" in cells and cells["phone"] == resident.id_number and "id" in row.wants:
            row.wants["id"] = Want((resident.id_number,), MAY, row.wants["id"].trap)
        row.traps |= {want.trap for want in row.wants.values()}
        trap = self._row_trap()
        if trap:
            self._befall(trap, cells, row, house, resident)
        line = self._add(cells, row)
        line.is_struck, line.is_hidden = row.kind == "struck", row.kind == "hidden"
        if row.fate == "taken" and row.wants.get("id", Want()).must == TAKE:
            self._last_taken, self._last_cells = (row, resident), cells
        if "row.twice" in row.traps:
            self._again(cells, row)

    def _add(self, cells: dict[str, Any], row: Row) -> Line:
        self._seq += 1
        if "seq" in self.columns:
            cells["seq"] = self._seq
        self.rows.append(row)
        return self.page.add([cells.get(name) for name in self.columns.fields], row)

    def _again(self, cells: dict[str, Any], row: Row) -> None:
        """The whole row a second time."""
        again = Row("", 0, fate="rejected", why="twice", wants=dict(row.wants), traps={"row.twice"})
        self._add(dict(cells), again)

    def _filler(self, cells: dict[str, Any], house: House) -> None:
        rng = self.rng
        fillers = {
            "work": lambda: rng.choice((None, "务农", "武冈市某中学", "外出务工")),
            "vaccine": lambda: rng.choice(("2针", "两剂", "全程", "加强", "第一针6.1二针7.3", "禁忌", 3)),
            "note": lambda: rng.choice((None, None, None, "已核", "低保户")),
            "refused": lambda: rng.choice(("汉族", "无", "群众", "否")),
            "head_phone": lambda: house.residents[0].phone,
        }
        for name, make in fillers.items():
            if name in self.columns:
                cells.setdefault(name, make())

    # ---------- who ----------

    def _own(self, name: str, house: House, resident: Resident) -> tuple[Any, Want]:
        rng = self.rng
        trap = self.habits.drawn(self.rng, name, "plain")
        if name == "name":
            trap = trap if trap != "dots" or "·" in resident.name else "plain"
            return spoiling.name(rng, resident, trap)
        if name == "relation":
            return spoiling.relation(rng, resident, trap)
        if name == "sex":
            if not self.columns.headers["sex"]:
                trap = "plain"  # only two words can be known by their look
            plain = ("男" if resident.sex == "male" else "女", Want((resident.sex,), TAKE, "sex.plain"))
            return spoiling.SEX[trap](rng, resident) if trap != "plain" else plain
        if name == "birth":
            plain_day = (resident.birth_on.isoformat(), Want((resident.birth_on,), TAKE, "birth.plain"))
            if trap in ("birth.cell", "birth.serial") and not self.habits.is_typed:
                trap = "birth.slashes"
            return spoiling.BIRTH[trap](rng, resident) if trap != "plain" else plain_day
        if name == "id":
            return self._id(resident, trap)
        return self._phone(house, resident, trap)

    def _id(self, resident: Resident, trap: str) -> tuple[Any, Want]:
        if not self.habits.is_typed:
            trap = UNTYPED_TRAPS.get(trap, trap)
        number = resident.id_number
        does_not_fit = (
            (trap.startswith("id.x_") and not number.endswith("X"))
            or (trap.startswith("id.fifteen") and resident.birth_on.year > 1998)
            or (trap == "id.newborn" and resident.birth_on.year < 2024)
        )
        if trap == "plain" or does_not_fit:
            return number, Want((number,), MAY if spoiling.looks_wrecked(number) else TAKE, "id.plain")
        return spoiling.ID[trap](self.rng, resident)

    def _phone(self, house: House, resident: Resident, trap: str) -> tuple[Any, Want]:
        if resident.phone is None:
            return None, Want((), "silent", "phone.empty")
        if trap == "plain":
            return resident.phone, Want((resident.phone,), TAKE, "phone.plain")
        cell, want = spoiling.PHONE[trap](self.rng, resident)
        if trap == "phone.same_as_father":
            want = Want(tuple(r.phone for r in house.residents if r.phone), MAY, trap)
        return cell, want

    def _base(self, name: str, resident: Resident) -> tuple[Any, Want]:
        truth = not resident.away_place if name != "registered" else resident.relation != "tenant"
        trap = self.habits.drawn(self.rng, name, "plain")
        if trap == "typed" and not self.habits.is_typed:
            trap = "signs"
        cell, want = spoiling.yes_no(self.rng, truth, trap)
        if want.must == REFUSE and name == "tonight" and resident.away_place:
            want = Want((False,), MAY, want.trap)  # the place they are away at says it
        return cell, want

    # ---------- whole rows ----------

    def _row_trap(self) -> str:
        roll = self.rng.random()
        for trap, share in self.habits.rows.items():
            if roll < share:
                return trap
            roll -= share
        return ""

    def _befall(self, trap: str, cells: dict[str, Any], row: Row, house: House, resident: Resident) -> None:
        rng = self.rng
        if trap == "no_name":
            cells["name"] = rng.choice((None, "", "—", "无", " "))
            row.fate, row.why = "rejected", "name_missing"
        elif trap == "long_name":
            cells["name"] = "外出务工未归" * 12
            row.fate, row.why = "rejected", "name_too_long"
        elif trap == "number_for_name":
            cells["name"] = rng.choice((123, "456", 7))
            row.fate, row.why = "rejected", "name_missing"
        elif trap.endswith(("_village", "_township")) and (self.habits.merged or self.habits.is_placed_above):
            return  # another row leans on this cell, or the title says more
        elif trap == "unknown_village" and "village" in cells:
            cells["village"] = rng.choice(places.UNKNOWN_VILLAGES)
            row.fate, row.why = "rejected", "village_unknown"
        elif trap == "unknown_township" and "township" in cells and "village" in cells:
            cells["township"] = rng.choice(places.UNKNOWN_TOWNSHIPS)
            row.fate, row.why = "rejected", "township_unknown"
        elif trap == "twin_village" and self.habits.place == "column" and "village" in cells:
            cells["village"] = rng.choice(places.twins()).name
            row.fate, row.why = "rejected", "village_ambiguous"
        elif trap == "struck" and self.habits.form.startswith("xlsx"):
            row.kind, row.fate, row.why = "struck", "either", "struck"
        elif trap == "id_of_above" and "id" in cells and self._last_taken:
            self._copy_id(cells, row)
            if cells.get("name") == self._last_cells.get("name"):
                row.fate = "either"  # one nickname and one number: nobody could tell them apart
        elif trap == "id_in_phone" and {"id", "phone"} <= cells.keys() and row.wants["id"].must == TAKE:
            cells["phone"], cells["id"] = cells["id"], None
            row.wants["id"] = Want(row.wants["id"].values, MAY, "id.in_phone")
            row.wants["phone"] = Want((), REFUSE, "phone.id_inside")
        elif trap == "sex_wrong" and "sex" in cells and "id" in cells and row.wants["id"].must == TAKE:
            cells["sex"] = "女" if resident.sex == "male" else "男"
            row.wants["sex"] = Want((resident.sex, ""), MAY, "sex.against_id")
        elif trap == "birth_wrong" and {"id", "birth"} <= cells.keys() and row.wants["id"].must == TAKE:
            cells["birth"] = (resident.birth_on + dt.timedelta(days=30)).isoformat()
            row.wants["birth"] = Want((resident.birth_on,), MAY, "birth.against_id")
        elif trap == "ids_swapped" and {"id", "birth", "sex"} <= cells.keys():
            self._swap(cells, row, house, resident)
        elif trap != "twice" or row.wants.get("id", Want()).must != TAKE:
            return
        row.traps.add(f"row.{trap}")

    def _copy_id(self, cells: dict[str, Any], row: Row) -> None:
        """Dragged down: the number of the row above stands here too. Whose it is nobody can see from the sheet alone."""
        assert self._last_taken is not None
        above, owner = self._last_taken
        cells["id"] = owner.id_number
        row.wants["id"] = Want((), REFUSE, "id.of_above")
        above.wants["id"] = Want(above.wants["id"].values, MAY, "id.copied_below")
        row.wants = {
            k: (w if k not in ("birth", "sex") else Want(w.values, MAY, w.trap)) for k, w in row.wants.items()
        }

    def _swap(self, cells: dict[str, Any], row: Row, house: House, resident: Resident) -> None:
        """Man and wife have each other's number: sex and birth both say that it is not theirs."""
        others = [r for r in house.residents if r.sex != resident.sex and r.birth_on != resident.birth_on]
        if not others:
            return
        cells["id"] = others[0].id_number
        cells["birth"], cells["sex"] = resident.birth_on.isoformat(), "男" if resident.sex == "male" else "女"
        row.wants["id"] = Want((), REFUSE, "id.of_spouse")
        row.wants["sex"] = Want((resident.sex,), MAY, "sex.plain")
        row.wants["birth"] = Want((resident.birth_on,), MAY, "birth.plain")


def header_texts(columns: Columns) -> dict[str, str]:
    return {name: columns.headers[name] for name in columns.fields}
