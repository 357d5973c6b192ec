"""Which column of a sheet holds what: by its header, by what stands in it, or as a person said. Pure."""

from lianfang.register.columns.choices import Choices
from lianfang.register.columns.contents import PlaceWords
from lianfang.register.columns.headers import plain_header
from lianfang.register.columns.layout import (
    SEARCHED_ROWS,
    Columns,
    ColumnView,
    Header,
    HeaderWords,
    best_header,
    find_header,
    layout_key,
    recognise_columns,
)

__all__ = [
    "SEARCHED_ROWS",
    "Choices",
    "ColumnView",
    "Columns",
    "Header",
    "HeaderWords",
    "PlaceWords",
    "best_header",
    "find_header",
    "layout_key",
    "plain_header",
    "recognise_columns",
]
