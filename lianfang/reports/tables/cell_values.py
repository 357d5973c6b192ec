"""Values as cells of a worksheet's XML."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
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


def writer(
    prefix: str, letter: str, style: str, styles: StyleBook, column: TemplateColumn, meaning: Meaning
) -> Write:
    """How values of one column are written under one style."""
    own = style_attribute(style)
    number_format = styles.format_of(style)
    is_text = number_format == "@"
    always_text = meaning.kind in ("register", "place") and meaning.key in _NUMBERS_AS_TEXT
    opened = f'<{prefix}c r="{letter}'
    is_percent = "%" in number_format
    in_hundred = not is_percent and (
        column.unit in ("%", "％") or bool(_SHARE_IN_HEADER.search(column.path[-1]))
    )
    made: dict[int, str] = {}

    def derived(format_id: int) -> str:
        if format_id not in made:
            made[format_id] = style_attribute(styles.with_format(style, format_id))
        return made[format_id]

    def text(value: str, row: int) -> str:
        is_number = always_text or (
            value.isdigit() and (len(value) > 10 or (value[:1] == "0" and len(value) > 1))
        )
        return text_cell(prefix, f"{letter}{row}", derived(TEXT) if is_number and not is_text else own, value)

    def number(value: str, row: int, attribute: str = own) -> str:
        return f'{opened}{row}"{attribute}><{prefix}v>{value}</{prefix}v></{prefix}c>'

    def share(value: Fraction | Decimal, row: int) -> str:
        if in_hundred:
            return number(_plain(round(float(value * 100), 2)), row)
        return number(_plain(float(value)), row, own if is_percent else derived(PERCENT))

    def day(value: dt.date, row: int) -> str:
        if is_text:
            return text(value.isoformat()[:10], row)
        return number(
            _plain(serial(value) - (1462 if styles.is_1904 else 0)),
            row,
            own if is_date_format(number_format) else derived(DAY),
        )

    def write(value: Value, row: int) -> str:
        kind = type(value)
        if kind is str:
            return text(value, row) if value else f'{opened}{row}"{own}/>'  # type: ignore[arg-type]
        if kind is int:
            return f'{opened}{row}"{own}><{prefix}v>{value}</{prefix}v></{prefix}c>'
        if value is None:
            return f'{opened}{row}"{own}/>'
        if isinstance(value, bool):
            return text("是" if value else "否", row)
        if isinstance(value, Fraction):
            return share(value, row)
        if isinstance(value, dt.date):
            return day(value, row)
        if isinstance(value, float):
            return number(_plain(value), row)
        return number(str(value), row)

    return write


def serial(day: dt.date) -> float:
    """Days since 1899-12-30, as spreadsheets count; the hour as a part of the day."""
    days = (dt.date(day.year, day.month, day.day) - dt.date(1899, 12, 30)).days
    if isinstance(day, dt.datetime):
        return days + (day.hour * 3600 + day.minute * 60 + day.second) / 86_400
    return days


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
