"""What a person said about the columns of a file, and how a layout was read the last time somebody said so."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction

from lianfang.core.clock import now
from lianfang.core.sealing import seal_bytes, unseal_json
from lianfang.core.sheets import Chunk
from lianfang.register.checking import Checker
from lianfang.register.columns import Choices, ColumnView, PlaceWords, plain_header
from lianfang.register.columns.contents import masked
from lianfang.register.models import ImportFile, SheetLayout
from lianfang.register.recognising import SheetView, columns_of

VIEWS_PURPOSE = "import_file.views"
REMEMBERED = "remembered"
LOOKED_AT_ROWS = 50
LONGEST_HEADER = 12
_DIGIT = re.compile(r"\d")
MOST_COLUMNS = 60
SAMPLES = 3
Layouts = Mapping[
    str, Mapping[int, str]
]  # layout → place of a column → field, "" for a column that is not read


def choices_of(file: ImportFile) -> Choices | None:
    """What was chosen for this file; None when nobody chose anything."""
    return choices_said(file.choices)


def choices_said(said: Mapping[str, Any]) -> Choices | None:
    """What `choices_as_json` wrote, read again."""
    if not said:
        return None
    taken = said.get("taken_sheets")
    return Choices(
        sheets={
            sheet: {int(place): name for place, name in columns.items()}
            for sheet, columns in said.get("sheets", {}).items()
        },
        taken_sheets=None if taken is None else frozenset(taken),
        takes_hidden_rows=bool(said.get("takes_hidden_rows")),
    )


def choices_as_json(choices: Choices) -> dict[str, Any]:
    """For ImportFile.choices."""
    return {
        "sheets": {
            sheet: {str(place): name for place, name in columns.items()}
            for sheet, columns in choices.sheets.items()
        },
        "taken_sheets": None if choices.taken_sheets is None else sorted(choices.taken_sheets),
        "takes_hidden_rows": choices.takes_hidden_rows,
    }


def remembered_layouts(area_path: str) -> Layouts:
    found = SheetLayout.objects.filter(area_path=area_path).values_list("digest", "columns")
    return {digest: {int(place): name for place, name in columns.items()} for digest, columns in found}


@transaction.atomic
def remember_layout(*, area_path: str, layout: str, columns: Mapping[int, str], by: int) -> None:
    """The next sheet with these headers is read like this without being asked."""
    SheetLayout.objects.update_or_create(
        area_path=area_path,
        digest=layout,
        defaults={
            "columns": {str(place): name for place, name in columns.items()},
            "chosen_at": now(),
            "chosen_by": by,
        },
    )


class SheetsSeen:
    """The sheets of a file while it is read: gives the checker what is remembered of their layouts, and keeps how
    each was recognised for the page."""

    def __init__(self, checker: Checker, villages: PlaceWords, layouts: Layouts | None) -> None:
        self._checker, self._villages, self._layouts = checker, villages, layouts or {}
        self._views: dict[str, SheetView] = {}
        self._sheet: str | None = None

    def before(self, chunk: Chunk) -> None:
        """Before the checker takes a chunk: the first of a sheet decides about its columns."""
        count = sum(1 for row in chunk.rows if any(row))
        if seen := self._views.get(chunk.sheet):
            self._views[chunk.sheet] = replace(seen, row_count=seen.row_count + count)
            return
        choices = self._checker.choices
        found = columns_of(chunk, self._villages, choices)
        layout = (found.layout if found else "") or _layout_of_first_row(chunk)
        may_remember = not choices.sheets or choices.reason == REMEMBERED
        if may_remember and (known := self._layouts.get(layout)):
            choices = replace(choices, sheets={**choices.sheets, chunk.sheet: known}, reason=REMEMBERED)
            self._checker.choices = choices
            found = columns_of(chunk, self._villages, choices)
        if found is None:
            self._views[chunk.sheet] = SheetView(
                chunk.sheet, chunk.is_hidden, count, (0, 0), layout, _unknown_columns(chunk)
            )
            return
        above = sum(1 for row in chunk.rows[: max(0, found.row - chunk.first_row + 1)] if any(row))
        header = (found.first_row, found.row) if found.cells else (0, 0)
        self._views[chunk.sheet] = SheetView(
            chunk.sheet, chunk.is_hidden, count - above, header, layout, found.views
        )

    @property
    def views(self) -> tuple[SheetView, ...]:
        return tuple(self._views.values())


def _layout_of_first_row(chunk: Chunk) -> str:
    """Of a sheet whose headers nobody knows: its first row, when it can be one of headers. A row of people has digits."""
    first = next((row for row in chunk.rows if any(row)), [])
    words = [plain_header(cell) for cell in first]
    if not any(words) or any(len(word) > LONGEST_HEADER or _DIGIT.search(word) for word in words):
        return ""
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:16]


def _unknown_columns(chunk: Chunk) -> tuple[ColumnView, ...]:
    """Of a sheet in which nothing was recognised: what stands in each column, for a person to name."""
    rows = chunk.rows[:LOOKED_AT_ROWS]
    width = min(max((len(row) for row in rows), default=0), MOST_COLUMNS)
    views = []
    for place in range(width):
        cells = [row[place] for row in rows if place < len(row) and row[place] not in (None, "")]
        if cells:
            samples = tuple(masked(cell) for cell in cells[:SAMPLES])
            views.append(ColumnView(place + chunk.first_column, "", None, "unknown", samples))
    return tuple(views)


def seal_views(views: Sequence[SheetView]) -> bytes:
    """Samples are masked, and still of somebody: they are sealed with the register key."""
    plain = [
        {
            "name": view.name,
            "is_hidden": view.is_hidden,
            "row_count": view.row_count,
            "header_rows": list(view.header_rows),
            "layout": view.layout,
            "columns": [asdict(column) for column in view.columns],
        }
        for view in views
    ]
    return seal_bytes(json.dumps(plain, ensure_ascii=False).encode(), key="register", purpose=VIEWS_PURPOSE)


def views_of(file: ImportFile) -> list[SheetView]:
    """As the last check saw them; empty for a file that was never checked."""
    if not file.views:
        return []
    return [
        SheetView(
            name=view["name"],
            is_hidden=view["is_hidden"],
            row_count=view["row_count"],
            header_rows=(view["header_rows"][0], view["header_rows"][1]),
            layout=view["layout"],
            columns=tuple(
                ColumnView(**{**column, "samples": tuple(column["samples"])}) for column in view["columns"]
            ),
        )
        for view in unseal_json(file.views, purpose=VIEWS_PURPOSE)
    ]
