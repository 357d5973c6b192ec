"""A row of a list as a person: what each cell says, and what could not be understood of it. Pure.

Nothing is guessed and nothing is dropped: a number that is masked, mistyped or damaged stays as it is written, because
matching can still use it, and `doubts` says so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from lianfang.register import rules
from lianfang.register.rules import Cell
from lianfang.verification.reading.addresses import Address, joined, split_town_village
from lianfang.verification.reading.columns import ListHeader, is_nothing
from lianfang.verification.rows import ListRow

_KEPT_IDS = frozenset(
    f"register.id_{reason}"
    for reason in ("number_cell", "masked", "unreadable", "length", "check_digit", "region", "birth")
)
_SPLIT = re.compile(r"[、,，;；/\n|｜]+|\s{1,}|(?<=[一-鿿])和(?=[一-鿿])")
_FORMER = re.compile(r"[(（\[【]?(?:曾用名|原名|又名|别名|曾用)\s*[:：]?\s*([一-鿿·]{2,8})[)）\]】]?")
_MASKED_NAME = re.compile(
    r"[一-鿿][*＊xX×某○〇]{1,3}[一-鿿]?|[*＊]{1,3}[一-鿿]{1,2}|[一-鿿]{1,2}[*＊某]{1,2}"
)
_COUNT = re.compile(r"\d+\s*人?|[一二两三四五六七八九十]+人|无|是|否|有")
_AGE = re.compile(r"(\d{1,3})\s*(?:周?岁)?")
_MONTHS = re.compile(r"\d{1,2}\s*个?月|\d{1,3}\s*天")
_STRAY_ID = re.compile(
    r"(?<![\dA-Za-z*])(?:\d{17}[\dXx]|\d{15}|\d{4,6}[*＊]{6,12}\d{2,4}[\dXx]?)(?![\dA-Za-z])"
)
_STRAY_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_RANGE = re.compile(r"\s*(?:至|到|~|～|—+|－+|–|-{2,}|(?<=[日号])-|(?<=\d)\s+-\s+)\s*")
_DIGITS_OF_A_MOMENT = re.compile(r"((?:19|20)\d{6})\d{4,6}")


class PersonReader:
    """Reads rows under one header. `today` is the day about which the list speaks."""

    def __init__(self, header: ListHeader, sheet: str, today: dt.date, *, is_1904: bool = False) -> None:
        self.header, self.sheet, self.today, self.is_1904 = header, sheet, today, is_1904
        self.at = header.at
        self.ranked = sorted(self.at.get("came_on", ()), key=lambda place: header.ranks[place])
        self._days: dict[Cell, tuple[dt.date | None, str | None]] = {}

    def read(self, number: int, row: Sequence[Cell], marks: Sequence[str] = ()) -> ListRow:
        """One row, whatever is in it. `marks`: codes that were found about it before."""
        doubts = list(marks)
        ids, phones = self._numbers(row, doubts)
        name, former, more = self._name(row, doubts, ids, phones)
        born, year = self._birth(row, doubts)
        address = self._address(row)
        if not (name or ids or phones):
            doubts.append("verification.row_nobody")
        return ListRow(
            sheet=self.sheet,
            row=number,
            name=name,
            former_names=former,
            sex=self._sex(row, doubts),
            birth_on=born,
            birth_year=year,
            id_number=ids[0] if ids else "",
            phones=tuple(dict.fromkeys(phones)),
            address=address.text,
            town_said=address.town,
            village_said=address.village,
            registered_place=joined(self._texts("registered_place", row)),
            phone_origin=joined(self._texts("phone_origin", row)),
            came_from=self._came_from(row),
            came_on=self._came_on(row, doubts),
            companions=(*more, *self._companions(row, name)),
            cells=self.cells_of(row),
            doubts=tuple(dict.fromkeys(doubts)),
        )

    # ---------- cells ----------

    def _cell(self, name: str, row: Sequence[Cell]) -> Cell:
        places = self.at.get(name)
        return row[places[0]] if places and places[0] < len(row) else None

    def _texts(self, name: str, row: Sequence[Cell]) -> list[str]:
        places = self.at.get(name)
        if not places:
            return []
        found = [rules.text(row[place]) for place in places if place < len(row) and row[place] is not None]
        return [each for each in found if each not in rules.NOTHING and not rules.is_error(each)]

    def cells_of(self, row: Sequence[Cell]) -> dict[str, str]:
        """As written; without columns that must not be collected."""
        names, refused = self.header.names, self.header.refused
        return {
            names[place]: as_written(cell)
            for place, cell in enumerate(row)
            if cell not in (None, "") and place < len(names) and place not in refused
        }

    # ---------- numbers ----------

    def _numbers(self, row: Sequence[Cell], doubts: list[str]) -> tuple[list[str], list[str]]:
        """Ids and phones, also where one stands in the other's column."""
        ids: list[str] = []
        phones: list[str] = []
        self._take_id(self._cell("id_number", row), ids, phones, doubts)
        for place in self.at.get("phones", ()):
            if place < len(row):
                self._take_phones(row[place], ids, phones, doubts)
        return ids, phones

    def _take_id(self, cell: Cell, ids: list[str], phones: list[str], doubts: list[str]) -> None:
        if cell is None:
            return
        number, code = rules.id_number(cell, self.today)
        if number:
            ids.append(number)
            if isinstance(cell, str) and rules.ends_in_zeros(number):
                doubts.append("verification.id_maybe_cut")
            return
        if code is None:
            return
        if code == "register.id_is_phone":
            phones += rules.phones(cell)[0]
            code = "register.phone_moved"
        elif code in _KEPT_IDS:
            kept = rules.folded_id(cell)
            if sum(map(str.isdigit, kept)) >= 4:
                ids.append(kept)
        doubts.append(code)

    def _take_phones(self, cell: Cell, ids: list[str], phones: list[str], doubts: list[str]) -> None:
        if cell is None:
            return
        if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) >= 10**14:
            code = "register.phone_is_id"
        else:
            found, codes = rules.phones(cell)
            phones += found
            code = codes[0] if codes else ""
            if code and code != "register.phone_is_id" and _STRAY_ID.search(rules.text(cell)):
                code = "register.phone_is_id"
        if code == "register.phone_is_id":
            match = _STRAY_ID.search(rules.text(cell))
            if not ids:
                self._take_id(match[0] if match and isinstance(cell, str) else cell, ids, phones, doubts)
            code = "register.id_moved"
        if code:
            doubts.append(code)

    # ---------- who ----------

    def _name(
        self, row: Sequence[Cell], doubts: list[str], ids: list[str], phones: list[str]
    ) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """The name, former names, and whom else the cell names."""
        cell = self._cell("name", row)
        former = [part for each in self._texts("former_names", row) for part in _SPLIT.split(each) if part]
        if cell is None:
            if "name" in self.at:
                doubts.append("register.name_missing")
            return "", tuple(former), ()
        if isinstance(cell, str) and any(map(str.isdigit, cell)):
            cell = self._without_numbers(cell, doubts, ids, phones)
        if isinstance(cell, str) and (match := _FORMER.search(cell)):
            former.append(match[1])
            cell = cell.replace(match[0], "")
        plain = rules.text(cell).replace(" ", "")
        if _MASKED_NAME.fullmatch(plain):
            doubts.append("verification.name_masked")
            return plain.replace("＊", "*"), tuple(former), ()
        name, code = rules.person_name(cell)
        if code == "register.name_two":
            both = [part for part in _SPLIT.split(str(cell)) if part and rules.text(part)]
            doubts.append(code)
            return (both[0], tuple(former), tuple(both[1:])) if both else ("", tuple(former), ())
        if code:
            doubts.append(code)
        return name, tuple(dict.fromkeys(each for each in former if each != name)), ()

    def _without_numbers(self, cell: str, doubts: list[str], ids: list[str], phones: list[str]) -> str:
        """张三 13812342076 in the column of names."""
        plain = rules.text(cell)
        for pattern, take in ((_STRAY_ID, self._take_id), (_STRAY_PHONE, self._take_phones)):
            for match in pattern.findall(plain):
                if not (take == self._take_id and ids):
                    take(match, ids, phones, doubts)
                plain = plain.replace(match, " ").strip()
        return plain.strip(" :：,，、/")

    def _sex(self, row: Sequence[Cell], doubts: list[str]) -> str:
        cell = self._cell("sex", row)
        if cell is None:
            return ""
        found, code = rules.sex(cell)
        if code:
            doubts.append(code)
        return found

    def _birth(self, row: Sequence[Cell], doubts: list[str]) -> tuple[dt.date | None, int | None]:
        cell = self._cell("birth_on", row)
        born: dt.date | None = None
        year: int | None = None
        if cell is not None:
            born, code = rules.birth_day(cell, self.today, is_1904=self.is_1904)
            if code == "register.birth_no_day" and (match := re.match(r"\d{4}", rules.text(cell))):
                year, code = int(match[0]), None
            if code:
                doubts.append(code)
        aged = self._cell("age", row)
        if born is None and year is None and not is_nothing(aged):
            plain = rules.text(aged)
            if match := _AGE.fullmatch(plain):
                value = int(match[1])
                year = (
                    value
                    if 1900 <= value <= self.today.year
                    else self.today.year - value
                    if value < 130
                    else None
                )
            elif _MONTHS.fullmatch(plain):
                year = self.today.year
            if year is None:
                doubts.append("verification.age_unreadable")
        return born, year

    def _companions(self, row: Sequence[Cell], name: str) -> list[str]:
        found: list[str] = []
        for said in self._texts("companions", row):
            for part in _SPLIT.split(said):
                plain = _STRAY_PHONE.sub("", _STRAY_ID.sub("", re.sub(r"[(（].*?[)）]", "", part))).strip(
                    " :："
                )
                if plain and plain != name and not _COUNT.fullmatch(plain) and plain not in rules.NOTHING:
                    found.append(plain)
        return list(dict.fromkeys(found))

    # ---------- where and when ----------

    def _address(self, row: Sequence[Cell]) -> Address:
        said = {
            name: joined(self._texts(name, row))
            for name in (
                "county",
                "town_said",
                "village_said",
                "group",
                "estate",
                "building",
                "unit",
                "floor",
                "room",
                "address",
            )
            if name in self.at
        }
        if "town_village" in self.at:
            town, village = split_town_village(joined(self._texts("town_village", row)))
            said["town_said"] = said.get("town_said") or town
            said["village_said"] = said.get("village_said") or village
        return Address.of(said)

    def _came_from(self, row: Sequence[Cell]) -> str:
        """The steps of one place together, other places (始发地, 途经地) after each other."""
        steps: list[str] = []
        found: list[str] = []
        for place in self.at.get("came_from", ()):
            said = rules.text(row[place]) if place < len(row) else ""
            if said and said not in rules.NOTHING and not rules.is_error(said):
                (steps if place in self.header.steps else found).append(said)
        found = [joined(steps), *found]
        kept = [
            each for each in found if each and not any(each != other and each in other for other in found)
        ]
        return "、".join(dict.fromkeys(kept))

    def _came_on(self, row: Sequence[Cell], doubts: list[str]) -> dt.date | None:
        """The day nearest to the coming; of several of one kind (rail and air) the latest."""
        best: dt.date | None = None
        rank = -1
        for place in self.ranked:
            if best is not None and self.header.ranks[place] != rank:
                break
            cell = row[place] if place < len(row) else None
            if cell is None or cell == "":
                continue
            day, code = self._day(cell)
            if code:
                doubts.append(code)
            if day is not None:
                best, rank = max(day, best or day), self.header.ranks[place]
        return best

    def _day(self, cell: Cell) -> tuple[dt.date | None, str | None]:
        known = self._days.get(cell) if type(cell) is str else None
        if known is None:
            known = day_said(cell, self.today, is_1904=self.is_1904)
            if type(cell) is str and len(self._days) < 20_000:
                self._days[cell] = known
        return known


def day_said(cell: Cell, today: dt.date, *, is_1904: bool = False) -> tuple[dt.date | None, str | None]:
    """A day or moment; of 1月6日至1月21日 the last, from which every period is counted."""
    if isinstance(cell, float) and 20_000 < cell < 80_000:
        cell = int(cell)
    day, code = rules.report_day(cell, today, is_1904=is_1904)
    if day is not None or not isinstance(cell, str):
        return day, _told(code)
    plain = rules.text(cell)
    if match := _DIGITS_OF_A_MOMENT.fullmatch(plain):
        day, code = rules.report_day(match[1], today)
        return day, _told(code)
    parts = [part for part in _RANGE.split(plain) if part]
    if len(parts) < 2:
        parts = [part for part in re.split(r"[、,，;；\n]+", plain) if part]
    if len(parts) > 1:
        return _last_of(parts, today)
    return None, _told(code)


def _last_of(parts: Sequence[str], today: dt.date) -> tuple[dt.date | None, str | None]:
    """2020年1月6日至21日: the year and month of the first go with the last."""
    first, _ = rules.report_day(parts[0], today)
    for part in reversed(parts):
        day, _ = rules.report_day(part, first or today)
        if day is None and first and (match := re.fullmatch(r"(\d{1,2})[日号]?", part)):
            day = _of_month(first, int(match[1]))
        if day is not None:
            return (max(day, first) if first else day), "verification.day_of_range"
    return None, "register.birth_unreadable"


def _of_month(first: dt.date, day: int) -> dt.date | None:
    try:
        return first.replace(day=day)
    except ValueError:
        return None


def _told(code: str | None) -> str | None:
    """The register speaks of births; here it is the day of a journey."""
    return "verification.day_unreadable" if code and code.startswith("register.birth_") else code


def as_written(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e20:
        return str(int(cell))
    return str(cell) if cell is not None else ""
