"""Values as cells of a worksheet's XML."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from lianfang.reports.tables.grid import is_date_format
from lianfang.reports.tables.layout import TemplateColumn
from lianfang.reports.tables.meaning import Meaning
from lianfang.reports.tables.style_book import DAY, PERCENT, TEXT, StyleBook
from lianfang.reports.tables.values import Value

LONGEST = 32_767  # characters of a cell
_UNSAFE = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NUMBERS_AS_TEXT = frozenset(
    {"id_number", "phone", "head_phone", "head_id_number", "contact_phone", "code", "reference"}
)
_SHARE_IN_HEADER = re.compile(r"[%％]")
Write = Callable[[Value, int], str]  # value, row → the cell


def escaped(text: str) -> str:
    if _UNSAFE.search(text):
        text = _LOOKS_ESCAPED.sub("_x005F_", _ILLEGAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def text_cell(prefix: str, name: str, style: str, text: str) -> str:
    """`style` is the whole attribute, or ''."""
    said = escaped(text[:LONGEST])
    kept = (
        ' xml:space="preserve"' if said and (said[0].isspace() or said[-1].isspace() or "\n" in said) else ""
    )
    return f'<{prefix}c r="{name}"{style} t="inlineStr"><{prefix}is><{prefix}t{kept}>{said}</{prefix}t></{prefix}is></{prefix}c>'


def style_attribute(style: str) -> str:
    return f' s="{style}"' if style else ""


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
