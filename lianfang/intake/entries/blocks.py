"""A pasted block of rows, put to the doors and members it speaks of. Pure.

A row finds its place by 人号, else door and name, else by a name that nobody else of the list bears. A name alone
decides nothing where two bear it, and a door that does not fit the name is said, not overlooked. Whatever finds no
place is kept with its cells and with what it may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lianfang.intake.entries.doorways import Doorways
from lianfang.intake.entries.faults import CellFault
from lianfang.intake.entries.finding import Finder, Found, Row, named
from lianfang.intake.entries.form import (
    DOOR,
    NEW,
    OF_DOOR,
    OF_NEW,
    OF_PERSON,
    QUESTION,
    Block,
    EntryForm,
    UnplacedRow,
)
from lianfang.intake.entries.headers import DOOR_PARTS, Columns, find_columns
from lianfang.intake.entries.presence import read_presence
from lianfang.intake.entries.visits import read_door
from lianfang.register.rules import is_ditto, text, yes_no

_TOTAL = re.compile(r"^(?:合计|小计|总计|共计|本页小计|本页合计|累计)(?:[:：].*)?$|^共\d+[户人].*")
_FOOTER = re.compile(
    r"^(?:填报人|填表人|审核人|负责人|制表|填报单位|填表单位|联系电话|填表说明|说明|注|备注|签字|盖章)\s*[:：]"
)
_SECTION = re.compile(r".{0,20}(?:组|队|小区|栋|幢|网格|单元|片|院子|屋场|湾|塆|冲)$")
_SAME = re.compile(r"^(?:=|＝|同上[轮次]|同前[轮次]|上[轮次]一样|和上[轮次]一样|无变化|没变化)$")
_FILLED_DOWN = (*DOOR_PARTS, "head_name", "door_reference")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a block without a header is put: rows (household, who) from there down, columns from there on."""

    rows: tuple[tuple[int, str], ...]
    columns: tuple[str, ...]


@dataclass(slots=True)
class _Gathering:
    texts: dict[int, dict[str, dict[str, str]]] = field(default_factory=dict)
    repeated: dict[int, dict[str, set[str]]] = field(default_factory=dict)
    came_from: dict[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)
    unplaced: list[UnplacedRow] = field(default_factory=list)
    rows_of: dict[tuple[int, str], Row] = field(default_factory=dict)


def read_block(rows: Sequence[Sequence[str]], form: EntryForm, at: Cursor | None = None) -> Block:
    """Rows of cells as text. With a header row the columns may stand in any order, and any may be missing; without
    one they are known by what stands in them, or go where the cursor `at` is."""
    plain = [tuple(str(cell) if cell is not None else "" for cell in row) for row in rows]
    found = find_columns(plain, form)
    if found is None and at is not None and not _names_in(plain, form):
        return _at_cursor(plain, form, at)
    columns = found or _by_contents(plain, form, at)
    gathering = _Gathering(faults=list(columns.faults))
    finder = Finder(form)
    for row in _rows(plain, columns, gathering, form):
        _place(row, finder.find(row), form, gathering)
    return _read(gathering, form, columns.of, has_header=found is not None)


# ---------- the rows of the block ----------


def _rows(
    rows: Sequence[tuple[str, ...]], columns: Columns, gathering: _Gathering, form: EntryForm
) -> Iterable[Row]:
    """Those that speak of somebody: filled down, without titles, sums, repeated headers and footers."""
    above: dict[str, str] = {}
    last: dict[str, str] = {}
    section = ""
    header = {tuple(map(text, rows[at])) for at in columns.header}
    for number, cells in enumerate(rows[columns.first :], columns.first + 1):
        filled = [text(cell) for cell in cells if text(cell)]
        if (
            not filled
            or tuple(map(text, cells)) in header
            or _TOTAL.match(filled[0])
            or _FOOTER.match(filled[0])
        ):
            continue
        if len(set(filled)) == 1 and _SECTION.fullmatch(filled[0]) and "group" not in columns.of.values():
            section, above = filled[0], {}
            continue
        said = {column: cells[at].strip() for at, column in columns.of.items() if at < len(cells)}
        row = Row(
            number,
            cells,
            {k: v for k, v in said.items() if text(v)},
            {c: at + 1 for at, c in columns.of.items()},
        )
        _fill_down(row, above, last, section, gathering)
        yield row
        last = row.said


def _fill_down(
    row: Row, above: dict[str, str], last: Mapping[str, str], section: str, gathering: _Gathering
) -> None:
    """Merged cells of a door stand in its first row. 同上 means the row above, for answers too; never for a name."""
    own = {column for column in _FILLED_DOWN if column in row.said and not is_ditto(row.said[column])}
    if "door_reference" in own or "door" in own or "room" in own:
        # A new door: what is finer than what it says is not the door above's.
        for column in ("door_reference", "head_name", "door", "room"):
            if column not in own:
                above.pop(column, None)
    above.update({column: row.said[column] for column in own})
    if section and "section_line" not in above:
        above["section_line"] = section
    for column, said in list(row.said.items()):
        if column in _FILLED_DOWN or not is_ditto(said):
            continue
        if column in ("name", "id_number", "phone", "person_reference"):
            gathering.faults.append(CellFault(row.number, row.at[column], "ditto_name"))
            del row.said[column]
        elif last.get(column):
            row.said[column] = last[column]
        else:
            gathering.faults.append(CellFault(row.number, row.at[column], "ditto_first"))
            del row.said[column]
    inherited = {column: said for column, said in above.items() if column not in own}
    row.said |= inherited
    row.inherited = frozenset(inherited)


def _names_in(rows: Sequence[tuple[str, ...]], form: EntryForm) -> dict[int, int]:
    """place → how many of its cells are names of the list."""
    names = {member.name for door in form.doors for member in door.members}
    found: dict[int, int] = {}
    for row in rows:
        for at, cell in enumerate(row):
            if text(cell) in names:
                found[at] = found.get(at, 0) + 1
    return {at: count for at, count in found.items() if count * 2 >= len(rows)}


def _by_contents(rows: Sequence[tuple[str, ...]], form: EntryForm, at: Cursor | None) -> Columns:
    """Without a header: the column of names, of doors and of 见到情况 are known by what stands in them; what follows
    the names goes as the sheet's columns go, when the block was put at the names' column."""
    of: dict[int, str] = {}
    names = _names_in(rows, form)
    if names:
        of[max(names, key=lambda place: names[place])] = "name"
    doorways = Doorways(form.doors)
    width = max((len(row) for row in rows), default=0)
    for place in range(width):
        cells = [text(row[place]) for row in rows if place < len(row) and text(row[place])]
        if place in of or not cells:
            continue
        if "door" not in of.values() and sum(
            bool(doorways.meant(cell)) and not cell.isdigit() for cell in cells
        ) * 2 > len(cells):
            of[place] = "door"
        elif "presence" not in of.values() and sum(_is_presence(cell) for cell in cells) * 2 > len(cells):
            of[place] = "presence"
    name_at = next((place for place, column in of.items() if column == "name"), None)
    if at and name_at is not None and "name" in at.columns:
        start = name_at - at.columns.index("name")
        for step, column in enumerate(at.columns):
            if start + step >= 0 and column not in of.values():
                of.setdefault(start + step, column)
    faults = tuple(
        CellFault(0, place + 1, "no_header")
        for place in range(width)
        if place not in of
        and any(place < len(row) and text(row[place]) and not text(row[place]).isdigit() for row in rows)
    )
    return Columns({at: c for at, c in of.items() if c != "relation"}, {}, 0, (), faults)


def _is_presence(cell: str) -> bool:
    """A word of 见到情况 or a tick; a digit alone may be anything."""
    return not cell.isdigit() and read_presence(cell) is not None


# ---------- to its place ----------


def _place(row: Row, found: Found, form: EntryForm, gathering: _Gathering) -> None:
    if found.fault or found.household is None:
        _leave(row, found.fault or "who", gathering, found)
        return
    household, who = found.household, found.who
    door = form.by_household[household]
    if who == "n":
        who = _next_new(gathering.texts.get(household, {}), row.said.get("name", ""))
    texts = {column: said for column, said in row.said.items() if _is_taken(column, who)}
    if who == DOOR and "presence" in texts:
        # Of the whole door: it stands in its first row.
        who = str(door.members[0].person_id) if door.members else NEW[0]
    earlier = gathering.rows_of.setdefault((household, who), row)
    if earlier is not row and any(
        said != gathering.texts.get(household, {}).get(_whose(column, who, form), {}).get(column, said)
        for column, said in texts.items()
    ):
        _leave(row, "twice", gathering, found)
        return
    if "same" in row.said and (yes_no(row.said["same"])[0] or _SAME.match(text(row.said["same"]))):
        _repeat_row(row, household, who, form, gathering)
    for column, said in texts.items():
        _write(row, household, who, column, said, form, gathering)


def _is_taken(column: str, who: str) -> bool:
    if column.startswith(QUESTION) or column in OF_PERSON or column in OF_DOOR:
        return True
    return column in OF_NEW and who.startswith("n")


def _whose(column: str, who: str, form: EntryForm) -> str:
    return DOOR if form.about_door(column) else who


def _write(
    row: Row, household: int, who: str, column: str, said: str, form: EntryForm, gathering: _Gathering
) -> None:
    whose = _whose(column, who, form)
    cells = gathering.texts.setdefault(household, {}).setdefault(whose, {})
    place = (row.number, row.at.get(column, 0))
    if _SAME.match(text(said)) and column != "note":
        last = form.last.get(household, {}).get(whose, {}).get(column)
        if not last:
            gathering.faults.append(CellFault(*place, "no_last"))
            return
        said = last
        gathering.repeated.setdefault(household, {}).setdefault(whose, set()).add(column)
    before = cells.get(column)
    if before and before != said:
        if column == "note":
            said = f"{before}；{said}"
        elif whose == DOOR:
            gathering.faults.append(CellFault(*place, "two_values"))
            return
    cells[column] = said
    gathering.came_from.setdefault((household, whose, column), place)


def _repeat_row(row: Row, household: int, who: str, form: EntryForm, gathering: _Gathering) -> None:
    """同上轮 ticked: all that was said last of this person, and of the door."""
    last = form.last.get(household, {})
    for whose in dict.fromkeys((who, DOOR)):
        for column, said in last.get(whose, {}).items():
            cells = gathering.texts.setdefault(household, {}).setdefault(whose, {})
            if column not in row.said and column not in cells:
                cells[column] = said
                gathering.repeated.setdefault(household, {}).setdefault(whose, set()).add(column)
                gathering.came_from[household, whose, column] = (row.number, row.at["same"])


def _next_new(texts: Mapping[str, Mapping[str, str]], name: str) -> str:
    for who in NEW:
        if who not in texts or texts[who].get("name") == name:
            return who
    return NEW[-1]


def _leave(row: Row, code: str, gathering: _Gathering, found: Found) -> None:
    fault = CellFault(row.number, row.at.get("name", 0), code, {"count": found.count} if found.count else {})
    texts = {c: said for c, said in row.said.items() if c not in row.inherited and c != "section_line"}
    door = "".join(text(row.said[c]) for c in DOOR_PARTS if c in row.said)
    gathering.unplaced.append(
        UnplacedRow(
            row.number, row.cells, fault, texts, named(row.said.get("name", "")), door, found.candidates
        )
    )


# ---------- at the cursor ----------


def _at_cursor(rows: Sequence[tuple[str, ...]], form: EntryForm, at: Cursor) -> Block:
    """Row by row, column by column from where the cursor stands."""
    gathering = _Gathering()
    width = max((len(row) for row in rows), default=0)
    places = at.rows
    if all(form.about_door(column) for column in at.columns[:width]):
        places = tuple({household: (household, who) for household, who in reversed(at.rows)}.values())[::-1]
    shown = {
        (door.household_id, str(member.person_id)): member.name
        for door in form.doors
        for member in door.members
    }
    last: dict[str, str] = {}
    for number, cells in enumerate(rows, 1):
        said = {column: cell.strip() for column, cell in zip(at.columns, cells, strict=False) if text(cell)}
        row = Row(number, cells, said, {column: place for place, column in enumerate(at.columns, 1)})
        if not said:
            continue
        _fill_down(row, {}, last, "", gathering)
        last = row.said
        if number > len(places):
            _leave(row, "past_end", gathering, Found())
            continue
        household, who = places[number - 1]
        name = named(row.said.get("name", ""))
        if name and (household, who) in shown and shown[household, who] != name:
            _leave(row, "row_differs", gathering, Found(candidates=((household, who),)))
            continue
        _place(row, Found(household, who), form, gathering)
        for place in range(len(at.columns), len(cells)):
            if text(cells[place]):
                gathering.faults.append(CellFault(number, place + 1, "past_end"))
    return _read(gathering, form, dict(enumerate(at.columns)), has_header=False)


def _read(gathering: _Gathering, form: EntryForm, columns: Mapping[int, str], *, has_header: bool) -> Block:
    entries = []
    faults = list(gathering.faults)
    for door in form.doors:
        texts = gathering.texts.get(door.household_id)
        if not texts:
            continue
        repeated = gathering.repeated.get(door.household_id, {})
        reading = read_door(door, texts, form, repeated)
        for fault in reading.faults:
            faults.append(fault.at(*_origin(gathering, door.household_id, fault)))
        if reading.entry:
            entries.append(reading.entry)
    return Block(
        tuple(entries),
        tuple(sorted(faults, key=lambda fault: (int(fault.row), int(fault.column)))),
        tuple(gathering.unplaced),
        gathering.texts,
        columns,
        has_header,
        {
            household: {who: frozenset(found) for who, found in of.items()}
            for household, of in gathering.repeated.items()
        },
        gathering.came_from,
    )


def _origin(gathering: _Gathering, household: int, fault: CellFault) -> tuple[int, int]:
    """Where in the block the cell stands that is wrong; a cell that is missing stands in its row."""
    who, column = str(fault.row), str(fault.column)
    if place := gathering.came_from.get((household, who, column)):
        return place
    row = gathering.rows_of.get((household, who))
    if row is None:
        row = next(found for (of, _who), found in gathering.rows_of.items() if of == household)
    return row.number, row.at.get(column, 0)
