"""Values as cells of a worksheet's XML."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from fractions import Fraction

from lianfang.core.workbooks.cells import style_attribute, text_cell
from lianfang.reports.tables.grid import is_date_format
from lianfang.reports.tables.layout import TemplateColumn
from lianfang.reports.tables.meaning import Meaning
from lianfang.reports.tables.style_book import DAY, PERCENT, TEXT, StyleBook
from lianfang.reports.tables.values import Value

_NUMBERS_AS_TEXT = frozenset(
    {"id_number", "phone", "head_phone", "head_id_number", "contact_phone", "code", "reference"}
)
_SHARE_IN_HEADER = re.compile(r"[%％]")
Write = Callable[[Value, int], str]  # value, row → the cell


class CellWriter:
    """How values of one column are written under one style."""

    def __init__(
        self,
        prefix: str,
        letter: str,
        style: str,
        styles: StyleBook,
        column: TemplateColumn,
        meaning: Meaning,
    ) -> None:
        self.prefix, self.letter, self.style, self.styles = prefix, letter, style, styles
        self.own = style_attribute(style)
        self.number_format = styles.format_of(style)
        self.is_text = self.number_format == "@"
        self.always_text = meaning.kind in ("register", "place") and meaning.key in _NUMBERS_AS_TEXT
        self.is_percent = "%" in self.number_format
        self.in_hundred = not self.is_percent and (
            column.unit in ("%", "％") or bool(_SHARE_IN_HEADER.search(column.path[-1]))
        )
        self.opened, self.closed = f'<{prefix}c r="{letter}', f"</{prefix}v></{prefix}c>"
        self._made: dict[int, str] = {}

    def write(self, value: Value, row: int) -> str:
        kind = type(value)
        if kind is str:
            return self._text(value, row) if value else f'{self.opened}{row}"{self.own}/>'  # type: ignore[arg-type]
        if kind is int:
            return f'{self.opened}{row}"{self.own}><{self.prefix}v>{value}{self.closed}'
        if value is None:
            return f'{self.opened}{row}"{self.own}/>'
        if isinstance(value, bool):
            return self._text("是" if value else "否", row)
        if isinstance(value, Fraction):
            return self._share(value, row)
        if isinstance(value, dt.date):
            return self._day(value, row)
        if isinstance(value, float):
            return self._number(_plain(value), row, self.own)
        return self._number(str(value), row, self.own)

    def _text(self, value: str, row: int) -> str:
        is_number = self.always_text or (
            value.isdigit() and (len(value) > 10 or (value[:1] == "0" and len(value) > 1))
        )
        look = self._derived(TEXT) if is_number and not self.is_text else self.own
        return text_cell(self.prefix, f"{self.letter}{row}", look, value)

    def _number(self, value: str, row: int, look: str) -> str:
        return f'{self.opened}{row}"{look}><{self.prefix}v>{value}{self.closed}'

    def _share(self, value: Fraction, row: int) -> str:
        if self.in_hundred:
            return self._number(_plain(round(float(value * 100), 2)), row, self.own)
        return self._number(
            _plain(float(value)), row, self.own if self.is_percent else self._derived(PERCENT)
        )

    def _day(self, value: dt.date, row: int) -> str:
        if self.is_text:
            return self._text(value.isoformat()[:10], row)
        look = self.own if is_date_format(self.number_format) else self._derived(DAY)
        return self._number(_plain(serial(value) - (1462 if self.styles.is_1904 else 0)), row, look)

    def _derived(self, format_id: int) -> str:
        """The style with another format."""
        if format_id not in self._made:
            self._made[format_id] = style_attribute(self.styles.with_format(self.style, format_id))
        return self._made[format_id]


def serial(day: dt.date) -> float:
    """Days since 1899-12-30, as spreadsheets count; the hour as a part of the day."""
    days = (dt.date(day.year, day.month, day.day) - dt.date(1899, 12, 30)).days
    if isinstance(day, dt.datetime):
        return days + (day.hour * 3600 + day.minute * 60 + day.second) / 86_400
    return days


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
