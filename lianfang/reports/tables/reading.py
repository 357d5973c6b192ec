"""An .xlsx as it came → what it asks."""

from __future__ import annotations

from lianfang.reports.tables.layout import Template


def read_template(data: bytes) -> Template:
    """Raises TemplateFault."""
    raise NotImplementedError
