"""Reads the rows of one sheet under its header. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lianfang.register import rules
from lianfang.register.checking.context import (
    Context,
    is_example,
    is_footer,
    is_sum,
    is_title,
    of_title,
    section,
    written,
)
from lianfang.register.checking.entries import Entry, Village
from lianfang.register.checking.filling import Filler
from lianfang.register.checking.places import Place, PlaceReader
from lianfang.register.columns import Columns, recognise_columns
from lianfang.register.columns.headers import FIELDS, known_field, plain_header
from lianfang.register.findings import RowError
from lianfang.register.rules import Cell

if TYPE_CHECKING:
    from lianfang.register.checking.checker import Checker

_LONGEST = {"reference": 40, "household_reference": 40, "head_name": 60}
_LONGEST_PLACE = 400
_LONGEST_USUAL = 4  # characters of a Chinese name
_COLLECTIVES = frozenset({"collective_kind", "expected_count", "contact_phone"})
_MOST_EXPECTED = 99_999  # as at the desk; more is a number of something else
_BASES = ("is_registered_here", "is_living_here", "is_here_tonight")
_TONIGHT = 2
_MOST_BIRTHS = 100_000
_HEADERS = 3  # known words in a row make it a header
_TELLING = 8  # characters of an id cell that was not taken, and still tells two people apart
# With these a sum or a footer begins in the first column; rows of people that do are looked at more closely.
_NOT_PEOPLE = frozenset("合小总共本全以累填审制统登调摸录经负责备说注报截单盖签第 　")


class RowReader(PlaceReader):
    """Reads the rows of one sheet under its header."""

    def __init__(
        self,
        checker: Checker,
        columns: Columns,
        sheet: str,
        context: Context,
        filler: Filler,
        titles: frozenset[str],
    ) -> None:
        super().__init__(checker.villages, checker.checked, columns, sheet, context)
        self.checker, self.today, self.numbers = checker, checker.today, checker.numbers
        self.filler, self.titles = filler, titles
        self.new_header: Columns | None = None
        self.is_1904 = False
        self.width = max((*columns.at.values(), *(p for spare in columns.spare.values() for p in spare))) + 1
        self._hidden: set[int] = set()
        self._struck: set[int] = set()
        self._odd: dict[int, list[tuple[int, str]]] = {}
        self._nameless: dict[tuple, int] = {}
        self._tells_collectives = not _COLLECTIVES.isdisjoint(columns.at)
        self._births: dict[str, tuple[dt.date | None, str | None]] = {}
        at = columns.at
        self.name_at, self.household_at = at["name"], at.get("household_reference")
        self._household_above: tuple[Cell, str] = (None, "")
        self.id_at, self.phone_at = at.get("id_number"), at.get("phone")
        self.sex_at, self.birth_at = at.get("sex"), at.get("birth_on")
        self._base_at = [(n, (name, at[name])) for n, name in enumerate(_BASES) if name in at]
        self._words = FIELDS.keys() | columns.words | {columns.headers["name"]}

    # ---------- what was noted beside the rows ----------

    def note(self, notes: Mapping[str, Any]) -> None:
        if not self.checker.choices.takes_hidden_rows:
            self._hidden = set(notes.get("hidden_rows", ()))
        self._struck = set(notes.get("struck_rows", ()))
        self._odd = {}
        for key, code in (("struck_cells", "register.cell_struck"), ("no_value", "register.formula_empty")):
            for row, place in notes.get(key, ()):
                self._odd.setdefault(row, []).append((place - self.first_column, code))
        if count := notes.get("far_cells"):
            self._report(0, "", "register.cells_far", count=count)

    def take_notes_of(self, other: RowReader) -> None:
        self._hidden, self._struck, self._odd = other._hidden, other._struck, other._odd

    # ---------- a row ----------

    def read(self, number: int, row: list[Cell]) -> None:
        self.new_header = None
        if len(row) < self.width:
            row = row + [None] * (self.width - len(row))
        if self._odd and number in self._odd:
            row = self._without_odd(number, row)
        name, name_code = rules.person_name(row[self.name_at])
        if self._may_be_nobody(row, name, name_code) and self._is_nobody(number, row, name):
            return
        self.checked.row_count += 1
        # A row that is left out says all the same where the rows below it lie.
        cells = self._place_cells(row)
        is_as_above = self._above_place is not None and cells == self._above
        if not is_as_above or self.filler.fills_blanks:
            row = self.filler.fill(number, row)
        self.filler.above = row
        if number in self._struck or number in self._hidden:
            self.checked.rejected_count += 1
            self._report(
                number, "", "register.row_struck" if number in self._struck else "register.row_hidden"
            )
            return
        if name_code == "register.name_missing" and self._is_vacant(row):
            name_code = None
        if beside := self.columns.spare.get("name"):
            self._tell_beside(number, row, name, beside)
        if name_code and not name:
            self._where(number, row)  # says what is wrong with it as well
            place = None
        else:
            place = self._above_place if is_as_above else self._place(number, row)
        if name_code:
            self._report(number, "name", name_code)
        entry = self._entry(number, row, name, place) if place is not None else None
        if entry is None:
            self.checked.rejected_count += 1
            if place is None:
                self._report_rest(number, row)
        else:
            self.checked.entries.append(entry)

    def _tell_beside(self, number: int, row: list[Cell], name: str, places: tuple[int, ...]) -> None:
        """Two lists side by side on one page: who stands on the right is said, not lost."""
        for place in places:
            other, _ = rules.person_name(row[place] if place < len(row) else None)
            if other and other != name:
                header = self.columns.views[place].header if place < len(self.columns.views) else ""
                self.checked.errors.append(
                    RowError(
                        self.sheet, number, header, "register.name_beside", (), place + self.first_column
                    )
                )

    def _without_odd(self, number: int, row: list[Cell]) -> list[Cell]:
        """Cells that were struck out, or whose formula has no result, are empty and said."""
        row = row.copy()
        by_place = {place: name for name, place in self.at.items()}
        for place, code in self._odd[number]:
            if place < len(row) and place in by_place:
                row[place] = None
                self._report(number, by_place[place], code)
        return row

    # ---------- rows that are nobody ----------

    def _may_be_nobody(self, row: list[Cell], name: str, code: str | None) -> bool:
        """Quick, since every row is asked: whether it must be looked at more closely."""
        if code or not name or name in self._words:
            return True
        first = row[0]
        return (type(first) is str and first[:1] in _NOT_PEOPLE) or row.count(None) >= len(row) - 2

    def _is_nobody(self, number: int, row: list[Cell], name: str) -> bool:
        """Sums, footers, titles and headers printed again, examples, and lines that say where the next rows are."""
        if self.columns.is_repeated_in(row) or self._is_header_again(row):
            return True
        cells = written(row)
        if not cells:
            return True
        place, first = cells[0]
        if is_sum(first) or is_sum(row[self.at["name"]]):
            return True
        own = row[self.at["name"]]
        if is_footer(own) or (
            is_footer(first)
            and (not name or own == first or place not in self.at.values() or ":" in rules.text(first))
        ):
            return True
        if any(is_example(cell) for _, cell in cells[:2]):
            self._report(number, "", "register.line_example")
            return True
        if len(cells) <= 2 and self._is_section(row, cells):
            return True
        if not name and all(_is_ordinal(cell) and at not in self.at.values() for at, cell in cells):
            return True  # numbered in advance, and nobody on it
        if len(cells) == 1 and place == self.at["name"] and len(name) > _LONGEST_USUAL:
            said = of_title(name, self.villages)
            if said.village is not None:  # 司马冲镇杨梅村外出: a title above a second list
                self._enter(said)
                return True
        if len(cells) == 1 and place != self.at["name"] and isinstance(first, str) and not _is_ordinal(first):
            return self._is_loose_line(number, rules.text(first))
        return False

    def _is_section(self, row: list[Cell], cells: list[tuple[int, Cell]]) -> bool:
        text = rules.text(cells[0][1])
        if text in self.titles or is_title(cells[0][1]):
            self.hear_title(text)
            return True
        if len(cells) == 2 and not _is_count(cells[1][1]):
            return False
        if found := section(text, self.villages, self.context):
            self._enter(found)
            return True
        return False

    def _is_loose_line(self, number: int, text: str) -> bool:
        """A line of words that is neither. It is told and counted, so that nothing is dropped."""
        said = of_title(text, self.villages)
        if said.village is not None:  # a title above a second list
            self._enter(said)
            return True
        self.checked.row_count += 1
        self.checked.rejected_count += 1
        self._report(number, "", "register.line_unread")
        return True

    def _is_header_again(self, row: list[Cell]) -> bool:
        """A row of our own header, or the header of another list with its columns in another order."""
        plain = [plain_header(cell) for cell in row]
        if sum(map(bool, plain)) > 1 and self._stands_above(plain):
            return True
        known = [known_field(each) for each in plain if each]
        said = {each for each in plain if each}
        is_ours = len(said) > 1 and said <= self.columns.words
        if "name" not in known or len({each for each in known if each}) < _HEADERS:
            return is_ours
        found = recognise_columns([row], self.columns.row)
        if found is not None:
            moved = any(found.at[name] != self.at[name] for name in found.at.keys() & self.at.keys())
            self.new_header = found if moved or not is_ours else None
        return True

    def _stands_above(self, plain: list[str]) -> bool:
        """Each word stands in our header over its own column: one of its rows, printed again."""
        views = self.columns.views
        return all(
            not word
            or (place < len(views) and word in {plain_header(p) for p in views[place].header.split(".")})
            for place, word in enumerate(plain)
        )

    def _is_vacant(self, row: list[Cell]) -> bool:
        at = self.at.get("occupancy")
        return at is not None and (rules.is_vacant(row[at]) or rules.is_unnamed(row[at]))

    def _is_unnamed(self, row: list[Cell], name: str) -> bool:
        at = self.at.get("occupancy")
        return not name and at is not None and rules.is_unnamed(row[at])

    # ---------- who ----------

    def _report_rest(self, number: int, row: list[Cell]) -> None:
        """Of a row that is not taken the other cells are checked all the same: all errors come at once."""
        id_number, _ = self._numbers(number, row)
        self._birth_and_sex(number, row, id_number)

    def _entry(self, number: int, row: list[Cell], name: str, place: Place) -> Entry | None:
        at = self.at
        id_number, phone = self._numbers(number, row)
        own_sex, own_birth, id_number = self._birth_and_sex(number, row, id_number)
        if id_number and (twice := self.numbers.claim_id(id_number, number, name)):
            code, other = twice
            self._report(number, "id_number" if code.endswith("id_twice") else "name", code, other=other)
            if code == "register.person_twice":
                return None
            id_number = None
        own_name = row[self.name_at]
        note = rules.name_note(own_name) if name and own_name != name else ""
        if note == "gone":
            self._report(number, "name", "register.name_gone")
        away = self._said(row, "away_place") if "away_place" in at else ""
        registered, living, tonight = self._bases(number, row, bool(away) or note == "away")
        walk_order = self._text(row, "walk_order") if "walk_order" in at else ""
        if id_number:
            own_sex, own_birth = rules.id_sex(id_number), rules.id_birth(id_number)
        # A column that the sheet does not have is not asked for, row after row.
        entry = Entry(
            sheet=self.sheet,
            row=number,
            name=name,
            village=place.village,
            chain=place.chain,
            door=place.door,
            walk_order=int(walk_order) if walk_order.isdecimal() and len(walk_order) < 9 else None,
            household_reference=self._household_reference(number, row),
            household_kind=rules.household_kind(self._text(row, "household_kind"))
            if "household_kind" in at
            else "",
            head_name=self._short(number, row, "head_name") if "head_name" in at else "",
            reference=self._reference(number, row, place.village) if "reference" in at else "",
            relation=self._relation(number, row),
            sex=own_sex,
            birth_on=own_birth,
            id_number=id_number,
            phone=phone,
            is_registered_here=registered,
            is_living_here=living,
            is_here_tonight=tonight,
            registered_place=self._text(row, "registered_place")[:_LONGEST_PLACE]
            if "registered_place" in at
            else "",
            present_place=(away or self._text(row, "present_place"))[:_LONGEST_PLACE]
            if away or "present_place" in at
            else "",
            is_unnamed=not name and self._is_unnamed(row, name),
        )
        if self._tells_collectives:
            self._add_collective(number, row, entry)
        if id_number is None and self._is_repeated(entry, self._text(row, "id_number")):
            return None
        return entry

    def _is_repeated(self, entry: Entry, id_text: str) -> bool:
        """Somebody without id and number, twice in the same household with nothing to tell them apart."""
        if entry.id_number or entry.reference or not entry.name:
            return False
        key = (
            *(entry.village, entry.chain, entry.door, entry.household_reference, entry.head_name),
            *(entry.name, entry.birth_on, entry.phone, entry.relation, id_text),
        )
        if entry.door is None and not entry.household_reference and len(id_text) < _TELLING:
            return False
        other = self._nameless.setdefault(key, entry.row)
        if other == entry.row:
            return False
        self._report(entry.row, "name", "register.person_twice", other=other)
        return True

    def _add_collective(self, number: int, row: list[Cell], entry: Entry) -> None:
        """What the row says of a 集体户; a family has none of it."""
        kind = rules.collective_kind(row[self.at["collective_kind"]]) if "collective_kind" in self.at else ""
        if kind and not entry.household_kind:
            entry.household_kind = "collective"
        if entry.household_kind != "collective":
            return
        entry.collective_kind = kind
        if (at := self.at.get("expected_count")) is not None:
            entry.expected_count, code = rules.count(row[at])
            if entry.expected_count is not None and entry.expected_count > _MOST_EXPECTED:
                entry.expected_count, code = None, "register.count_unreadable"
            if code:
                self._report(number, "expected_count", code)
        if (at := self.at.get("contact_phone")) is not None:
            entry.contact_phone, code = rules.phone(row[at])
            if code:
                self._report(number, "contact_phone", code)

    def _numbers(self, number: int, row: list[Cell]) -> tuple[str | None, str | None]:
        """Id and phone, which people put into each other's column. What is certain is taken where it belongs."""
        id_at, phone_at = self.id_at, self.phone_at
        id_number, id_code = rules.id_number(row[id_at], self.today) if id_at is not None else (None, None)
        phone, phone_code = rules.phone(row[phone_at]) if phone_at is not None else (None, None)
        if id_number and not self.is_own and type(row[id_at or 0]) is str and self._is_wreck(id_number):
            id_number, id_code = None, "register.id_number_cell"
        if id_number and phone:  # as most are
            if phone_code:
                self._report(number, "phone", phone_code)
            return id_number, phone
        if id_code == "register.id_is_phone" and phone is None and not phone_code and phone_at is not None:
            phone, id_code = rules.phone(row[id_at or 0])[0], "register.phone_moved"
        if phone_code == "register.phone_is_id" and id_number is None and not id_code and id_at is not None:
            id_number, fault = rules.id_number(row[phone_at or 0], self.today)
            phone_code = phone_code if fault else "register.id_moved"
        if phone is None and not phone_code and self.columns.spare:
            phone = self._spare_phone(row)
        if id_code:
            self._report(number, "id_number", id_code)
        if phone_code:
            self._report(number, "phone", phone_code)
        return id_number, phone

    def _is_wreck(self, number: str) -> bool:
        return rules.ends_in_zeros(number) or self.numbers.is_damaged(number)

    def _spare_phone(self, row: list[Cell]) -> str | None:
        """From another phone column, when the first is empty."""
        for place in self.columns.spare.get("phone", ()):
            if found := rules.phone(row[place])[0]:
                return found
        return None

    def _birth_and_sex(
        self, number: int, row: list[Cell], id_number: str | None
    ) -> tuple[str, dt.date | None, str | None]:
        """What the row's own cells say, and the id unless both speak against it: then it is somebody else's."""
        sex, born = "", None
        if self.sex_at is not None:
            sex, code = rules.sex(row[self.sex_at])
            if code:
                self._report(number, "sex", code)
        if self.birth_at is not None:
            born, code = self._birth_day(row[self.birth_at])
            if code:
                self._report(number, "birth_on", code)
        if id_number is None:
            return sex, born, None
        sex_differs = sex != "" and sex != rules.id_sex(id_number)
        if sex_differs and not self.is_own and rules.may_be_float(id_number):
            self._report(number, "id_number", "register.id_number_cell")
            return sex, born, None
        id_birth = rules.id_birth(id_number)
        birth_differs = born is not id_birth and born is not None and born != id_birth
        if sex_differs and birth_differs:
            self._report(number, "id_number", "register.id_of_another")
            return sex, born, None
        if sex_differs:
            self._report(number, "sex", "register.sex_differs")
        if birth_differs:
            self._report(number, "birth_on", "register.birth_differs")
        return sex, born, id_number

    def _birth_day(self, cell: Cell) -> tuple[dt.date | None, str | None]:
        """Days of birth are some thirty thousand, and people share them."""
        if type(cell) is not str:
            return rules.birth_day(cell, self.today, is_1904=self.is_1904)
        known = self._births.get(cell)
        if known is None:
            known = rules.birth_day(cell, self.today, is_1904=self.is_1904)
            if len(self._births) < _MOST_BIRTHS:
                self._births[cell] = known
        return known

    def _bases(
        self, number: int, row: list[Cell], is_away: bool
    ) -> tuple[bool | None, bool | None, bool | None]:
        found: list[bool | None] = [None, None, None]
        is_said = False
        for place, (name, at) in self._base_at:
            value, code = rules.yes_no(row[at])
            if code:
                self._report(number, name, code)
                is_said = is_said or place == _TONIGHT
            found[place] = value
        if is_away and found[_TONIGHT] is None and not is_said:
            found[_TONIGHT] = (
                False  # who is written down as being elsewhere is not here, unless the sheet says so
            )
        return found[0], found[1], found[2]

    def _relation(self, number: int, row: list[Cell]) -> str:
        at = self.at.get("relation")
        if at is None:
            return ""
        value, code = rules.relation(row[at])
        if code:
            self._report(number, "relation", code)
        return value

    def _short(self, number: int, row: list[Cell], name: str) -> str:
        value = self._text(row, name)
        if len(value) > _LONGEST[name]:
            self._report(number, name, "register.text_too_long")
            return ""
        return value

    def _household_reference(self, number: int, row: list[Cell]) -> str:
        """People of a household stand together."""
        at = self.household_at
        if at is None:
            return ""
        cell = row[at]
        if not self._household_above[1] or type(cell) is not str or cell != self._household_above[0]:
            self._household_above = (cell, self._short(number, row, "household_reference"))
        return self._household_above[1]

    def _reference(self, number: int, row: list[Cell], village: Village) -> str:
        reference = self._short(number, row, "reference")
        if reference and (other := self.numbers.claim_reference(village.code, reference, number)):
            self._report(number, "reference", "register.reference_twice", other=other)
            return ""
        return reference


def _is_ordinal(cell: Cell) -> bool:
    return (isinstance(cell, int) and not isinstance(cell, bool) and 0 <= cell < 100_000) or (
        isinstance(cell, str) and cell.strip().isdecimal() and len(cell.strip()) <= 5
    )


def _is_count(cell: Cell) -> bool:
    """共56人, 12户, 56: how many follow below a line that says where."""
    text = rules.text(cell).strip("()（）:：共计合 ")
    return text.rstrip("人户口名").isdecimal()
