"""What each column of a template means, as far as that can be known."""

from __future__ import annotations

from lianfang.reports.tables.layout import TemplateSheet
from lianfang.reports.tables.meaning import Catalogue, Proposal


def propose(sheet: TemplateSheet, catalogue: Catalogue) -> tuple[Proposal, ...]:
    """One for each column, in their order."""
    raise NotImplementedError
