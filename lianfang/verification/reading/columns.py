"""The columns of a list: by their headers, by what stands in them, or as a person said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lianfang.core.letters import column_letter
from lianfang.register.columns import best_header, contents, layout_key, plain_header
from lianfang.register.columns.headers import is_refused
from lianfang.register.columns.layout import LOOKED_AT_ROWS, Header, Range
from lianfang.register.rules import NOTHING, Cell, text
from lianfang.verification.reading.sheets import ListColumn
from lianfang.verification.reading.words import (
    ANSWERS,
    FIELDS,
    OF_A_PERSON,
    OF_LISTS,
    field_of_word,
    is_a_step,
    rank_of,
)

_SURE = 0.7  # of the cells fit: known by content
_FEW = 2  # cells; fewer prove nothing where there is a header
_BY_CONTENT = (
    ("id_number", "id_number"),
    ("phones", "phone"),
    ("sex", "sex"),
    ("address", "present_place"),
    ("name", "name"),
)
_MANY = frozenset(
    {
        "phones",
        "registered_place",
        "phone_origin",
        "came_from",
        "came_on",
        "came_by",
        "county",
        "address",
        "companions",
        "former_names",
    }
)


@dataclass(frozen=True)
class ListHeader:
    """`at`: field → places of its columns counted from 0 in a row as delivered; `last`: index of the header's last row
    among the rows looked at, -1 without one. `names`: of each column, for a person and as key of the row's cells."""

    first: int
    last: int
    at: Mapping[str, tuple[int, ...]]
    names: tuple[str, ...]
    refused: frozenset[int]
    columns: tuple[ListColumn, ...]
    layout: str
    words: tuple[Cell, ...]
    ranks: Mapping[int, int]
    steps: frozenset[int]  # places of columns that say one step of a place: 来源地市


def recognise(
    rows: Sequence[Sequence[Cell]],
    first_row: int = 1,
    *,
    first_column: int = 0,
    merged: Sequence[Range] = (),
    chosen: Mapping[int, str] | None = None,
    chosen_as: str = "chosen",
) -> ListHeader | None:
    """None: there is nothing in it that names anybody."""
    header = _first_header(rows, tuple(merged), first_row, first_column)
    finder = _Finder(header, rows)
    finder.take_chosen({place - first_column: name for place, name in (chosen or {}).items()}, chosen_as)
    finder.take_named()
    finder.take_by_content()
    found = finder.fields
    if not any(name in OF_A_PERSON for name in found.values()):
        return None
    return finder.header_of(first_column)


def _first_header(
    rows: Sequence[Sequence[Cell]], merged: Sequence[Range], first_row: int, first_column: int
) -> Header:
    """The one above the first people: a second list further down may have a fuller header, and the first is not to be
    lost for it. Without any, the words right above the first people, if there are some."""
    header = best_header(rows, merged, first_row, first_column, OF_LISTS)
    while header is not None:
        above = rows[: header.first]
        people = [n for n, row in enumerate(above) if _names_somebody(row)]
        if not people:
            return header
        earlier = best_header(above, merged, first_row, first_column, OF_LISTS)
        if earlier is None and len(people) < 2:  # a line of the sender's own with a phone in it
            return header
        header = earlier
    width = max((len(row) for row in rows), default=0)
    first = next((n for n, row in enumerate(rows) if _names_somebody(row, 1)), 0)
    if not first or not all(cell is None or isinstance(cell, str) for cell in rows[first - 1]):
        return Header(0, -1, ((),) * width, {})
    paths = tuple((plain,) if (plain := plain_header(cell)) else () for cell in rows[first - 1])
    return Header(first - 1, first - 1, paths + ((),) * (width - len(paths)), {})


def _names_somebody(row: Sequence[Cell], least: int = 2) -> bool:
    said = [cell for cell in row if cell not in (None, "")]
    return len(said) >= least and any(
        contents.kinds_of(cell, None)[:1] in (("id_number",), ("phone",)) for cell in said
    )


class _Finder:
    def __init__(self, header: Header, rows: Sequence[Sequence[Cell]]) -> None:
        self.header = header
        self.below = [row for row in rows[header.last + 1 : header.last + 1 + LOOKED_AT_ROWS] if any(row)]
        self.width = max([len(header.paths), *(len(row) for row in self.below)], default=0)
        self.paths = header.paths + ((),) * (self.width - len(header.paths))
        self.cells = [_written(rows, header, place) for place in range(self.width)]
        self.samples = [
            contents.sample_of(row[place] for row in self.below if place < len(row))
            for place in range(self.width)
        ]
        self.fields: dict[int, str] = {}
        self.reasons: dict[int, str] = {}
        self.doubtful: set[int] = set()
        self.refused = frozenset(
            place
            for place in range(self.width)
            if any(is_refused(part) for part in (self.cells[place], *self.paths[place]))
        )
        self.reasons.update(dict.fromkeys(self.refused, "refused"))

    def share(self, place: int, kind: str) -> float:
        return contents.shares(self.samples[place][:60], None).get(kind, 0.0)

    def take_chosen(self, chosen: Mapping[int, str], reason: str) -> None:
        for place, name in chosen.items():
            if 0 <= place < self.width and place not in self.refused and name in ("", *FIELDS):
                self.reasons[place] = reason
                if name:
                    self.fields[place] = name

    def take_named(self) -> None:
        for place, path in enumerate(self.paths):
            if place in self.reasons:
                continue
            name = OF_LISTS.of_path(path)
            if name and (name in _MANY or name in ANSWERS or name == "other" or not self._has(name)):
                self.fields[place], self.reasons[place] = name, "name"
            elif name:
                self._take_better(place, name)
        self._take_those_of_others()
        self._take_answers()
        self._take_substitutes()
        self._take_places()

    def _take_places(self) -> None:
        """地点 of who comes back is where from, unless it says villages and houses."""
        for place, name in list(self.fields.items()):
            if name == "place":
                is_home = self.share(place, "present_place") + self.share(place, "group") >= 0.5
                is_return = any(field == "came_on" for field in self.fields.values())
                self.fields[place] = "came_from" if is_return and not is_home else "address"
                self.doubtful.add(place)

    def _has(self, name: str) -> bool:
        return name in self.fields.values()

    def _take_better(self, place: int, name: str) -> None:
        """Two columns of one field: the one whose cells look like it, else the first."""
        kind = dict(_BY_CONTENT).get(name)
        before = next(at for at, field in self.fields.items() if field == name)
        if (
            kind
            and self.reasons[before] == "name"
            and self.share(place, kind) > self.share(before, kind) + 0.3
        ):
            self.fields[place], self.reasons[place] = name, "name"
            self.fields[before] = "other"
            self.doubtful |= {place, before}

    def _take_those_of_others(self) -> None:
        """联系电话 right behind 目的地联系人 is that one's, unless the list has no other phone."""
        phones = [
            place for place, name in self.fields.items() if name == "phones" and self.reasons[place] == "name"
        ]
        for place in phones:
            before = self.fields.get(place - 1)
            if before != "other" or len(self.paths[place]) > 1 or not self._is_a_name(place - 1):
                continue
            self.doubtful.add(place)
            if len(phones) > 1 and place != phones[0]:
                self.fields[place] = "other"

    def _is_a_name(self, place: int) -> bool:
        """The column of the other person names them: 联系人, not 户籍地派出所."""
        plain = "".join(self.paths[place])
        return (
            plain.endswith(("人", "人员", "姓名", "者", "户主", "长")) or self.share(place, "name") >= _SURE
        )

    def _take_answers(self) -> None:
        """现住址 without a word in it beside 核查结果 waits for our answer; a result already written is a remark of theirs."""
        has_answers = any(name in ANSWERS and name != "answer_remark" for name in self.fields.values())
        for place, name in list(self.fields.items()):
            if name == "address" and has_answers and self._is_to_fill(place):
                self.fields[place] = "answer_place"

    def _is_to_fill(self, place: int) -> bool:
        if not self.below or self.samples[place]:
            return False
        return "".join(self.paths[place]).startswith(
            ("现", "目前", "当前", "实际", "核实", "具体", "居住", "住址", "地址")
        )

    def _take_substitutes(self) -> None:
        """A list without 姓名 may say 联系人 or 户主 instead, one without a phone 联系人电话."""
        for name, words in (
            ("name", ("联系人", "户主", "户主姓名", "联系人姓名")),
            ("phones", ("联系人电话", "联系人手机", "户主电话")),
        ):
            if self._has(name):
                continue
            for place, path in enumerate(self.paths):
                if path and path[-1] in words and self.reasons.get(place) == "name":
                    self.fields[place] = name
                    self.doubtful.add(place)
                    break

        if not self._has("name"):  # 协查人员 is whom to look for, when nobody else is named
            for place, name in self.fields.items():
                if name == "answer_checker" and self.share(place, "name") >= _SURE:
                    self.fields[place] = "name"
                    self.doubtful.add(place)
                    return

    def take_by_content(self) -> None:
        has_header = self.header.last >= 0
        for name, kind in _BY_CONTENT:
            if self._has(name) or (name == "name" and has_header and not self._may_lack_its_name()):
                continue
            best, best_share = None, _SURE
            for place in range(self.width):
                if place in self.reasons or len(self.samples[place]) < (_FEW if has_header else 1):
                    continue
                if has_header and self.header.fields and field_of_word("".join(self.paths[place])):
                    continue
                share = self.share(place, kind)
                if share > best_share or (share == best_share and best is None):
                    best, best_share = place, share
            if best is not None:
                self.fields[best], self.reasons[best] = name, "content"
                self.doubtful.add(best)

    def _may_lack_its_name(self) -> bool:
        return not self._has("name")

    def header_of(self, first_column: int) -> ListHeader:
        at: dict[str, list[int]] = {}
        for place in sorted(self.fields):
            at.setdefault(self.fields[place], []).append(place)
        names = self._names(first_column)
        header = self.header
        return ListHeader(
            first=header.first,
            last=header.last,
            at={name: tuple(places) for name, places in at.items()},
            names=names,
            refused=self.refused,
            columns=tuple(self._column(place, names[place], first_column) for place in range(self.width)),
            layout=layout_key(self.paths),
            words=tuple(self.cells),
            ranks={place: rank_of(self.paths[place]) for place in at.get("came_on", ())},
            steps=frozenset(place for place in at.get("came_from", ()) if is_a_step(self.paths[place])),
        )

    def _column(self, place: int, name: str, first_column: int) -> ListColumn:
        refused, field = place in self.refused, self.fields.get(place, "")
        return ListColumn(
            place=place + first_column,
            header=name,
            field="" if refused else field,
            is_certain=place not in self.doubtful and not refused,
            reason=self.reasons.get(place, "unknown"),
            is_empty=not any(
                place < len(row) and row[place] not in (None, "") and text(row[place]) for row in self.below
            ),
            samples=()
            if refused
            else tuple(contents.masked(cell, field) for cell in self.samples[place][:3]),
        )

    def _names(self, first_column: int) -> tuple[str, ...]:
        """Each name once, as a row's cells go by them."""
        found: list[str] = []
        for place in range(self.width):
            path = self.paths[place]
            name = ".".join(path) if len(path) > 1 else self.cells[place]
            name = name or f"{column_letter(place + first_column)}列"
            if name in found:
                name = f"{name}({sum(each == name or each.startswith(name + '(') for each in found) + 1})"
            found.append(name)
        return tuple(found)


def _written(rows: Sequence[Sequence[Cell]], header: Header, place: int) -> str:
    """The header as it stands in the sheet: of several rows the lowest that is not empty."""
    for number in range(header.last, header.first - 1, -1):
        row = rows[number]
        if place < len(row) and row[place] not in (None, ""):
            return " ".join(str(row[place]).split())
    return ""


def is_nothing(cell: Cell) -> bool:
    return cell is None or text(cell) in NOTHING
