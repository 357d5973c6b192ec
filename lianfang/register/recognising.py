"""What a file seems to hold, sheet by sheet and column by column, for a person to look at before it is checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lianfang.core.sheets import Chunk, chunks
from lianfang.register.columns import Choices, Columns, ColumnView, PlaceWords, recognise_columns
from lianfang.register.findings import RowError


@dataclass(frozen=True)
class SheetView:
    """A sheet as a person is shown it. `header_rows`: first and last row of the header, (0, 0) when it has none.

    `layout` is the same for sheets of the same headers: under it a mapping can be remembered; "" without a header.
    """

    name: str
    is_hidden: bool
    row_count: int  # rows below the header that hold something
    header_rows: tuple[int, int]
    layout: str
    columns: tuple[ColumnView, ...]
    findings: tuple[RowError, ...] = ()

    @property
    def is_register(self) -> bool:
        """It names people: it can be taken without a person's help."""
        return any(column.field == "name" for column in self.columns)


def recognise(path: Path, *, county_villages: PlaceWords, choices: Choices | None = None) -> list[SheetView]:
    """Every sheet of a file. Raises `register.file_unreadable`."""
    said = choices or Choices()
    views: dict[str, SheetView] = {}
    for chunk in chunks(path):
        count = sum(1 for row in chunk.rows if any(row))
        if chunk.sheet not in views:
            views[chunk.sheet] = _view(chunk, county_villages, said, count)
        else:
            seen = views[chunk.sheet]
            views[chunk.sheet] = SheetView(**{**vars(seen), "row_count": seen.row_count + count})
    return list(views.values())


def _view(chunk: Chunk, villages: PlaceWords, choices: Choices, count: int) -> SheetView:
    found = columns_of(chunk, villages, choices)
    if found is None:
        return SheetView(chunk.sheet, chunk.is_hidden, count, (0, 0), "", ())
    header = (found.first_row, found.row) if found.cells else (0, 0)
    above = sum(1 for row in chunk.rows[: max(0, found.row - chunk.first_row + 1)] if any(row))
    return SheetView(chunk.sheet, chunk.is_hidden, count - above, header, found.layout, found.views)


def columns_of(chunk: Chunk, villages: PlaceWords, choices: Choices) -> Columns | None:
    """The columns of a sheet from its first chunk."""
    rows, first_row = chunk.rows, chunk.first_row
    if header := chunk.notes.get("header"):  # lines of a chat have none of their own
        rows, first_row = [header, *rows], first_row - 1
    return recognise_columns(
        rows,
        first_row,
        first_column=chunk.first_column,
        merged=[(a, b, c, d) for a, b, c, d in chunk.notes.get("merged", ())[:2000]],
        places=villages,
        chosen=choices.sheets.get(chunk.sheet),
        chosen_as=choices.reason,
    )
