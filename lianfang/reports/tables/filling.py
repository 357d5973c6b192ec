"""A template and its rows → the same file, filled."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import BinaryIO

from lianfang.reports.tables.values import Filled, SheetFilling


def fill(data: bytes, fillings: Mapping[str, SheetFilling]) -> bytes:
    """The workbook with these sheets filled, by sheet name."""
    out = io.BytesIO()
    fill_into(data, fillings, out)
    return out.getvalue()


def fill_into(data: bytes, fillings: Mapping[str, SheetFilling], out: BinaryIO) -> Filled:
    """The same into an open file; memory does not grow with the rows. Raises TemplateFault."""
    raise NotImplementedError
