"""Which column each part of an answer goes into: the sender's own where it is there and empty, else a new one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lianfang.verification.reading import ListSheet
from lianfang.verification.returning.answered import TITLES, WIDTHS, Answered


@dataclass(frozen=True)
class Places:
    """`at`: field → column from 0; `added`: those of them that are new → header. `title_rows`: where headers stand."""

    at: Mapping[str, int]
    added: Mapping[int, str]
    title_rows: tuple[int, ...] = ()

    @property
    def widths(self) -> dict[int, int]:
        """Of the added columns, in signs."""
        return {place: WIDTHS[name] for name, place in self.at.items() if place in self.added}

    def cells(self, answered: Answered) -> dict[int, str]:
        """Column → what is written. Without a header row the words say what they are."""
        found = {}
        for name, said in answered.cells.items():
            place = self.at.get(name)
            if place is None:
                continue
            is_bare = not self.title_rows and place in self.added and name != "answer_result"
            found[place] = f"{TITLES[name]}：{said}" if is_bare else said
        return found


def places_of(sheet: ListSheet, width: int, taken: Collection[int] = ()) -> Places:
    """`width`: columns that hold anything in the sender's sheet; `taken`: columns that must not be written (formulas)."""
    at: dict[str, int] = {}
    added: dict[int, str] = {}
    own = {
        column.field: column.place
        for column in reversed(sheet.columns)
        if column.field.startswith("answer_") and column.is_empty and column.place not in taken
    }
    width = max(
        [width, *(column.place + 1 for column in sheet.columns if _is_there(column.header, column.is_empty))]
    )
    for name in TITLES:
        if name in own:
            at[name] = own[name]
        else:
            at[name] = width + len(added)
            added[at[name]] = TITLES[name]
    if "answer_remark" in own:
        at["answer_remark"] = own["answer_remark"]
    last = sheet.header_rows[1]
    return Places(at, added, (last, *sheet.headers_again) if last else ())


def _is_there(header: str, is_empty: bool) -> bool:
    """A column without a name and without a cell (H列) is only a number in our reading."""
    return not (is_empty and header.endswith("列") and header[:-1].isascii())
