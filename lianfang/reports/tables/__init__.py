"""Tables that departments send as Excel files: what a template asks, what its columns mean, and the same file filled.

Pure: bytes and plain values in, plain values and bytes out. `docs/algorithms/department-tables.md` tells how.
"""

from lianfang.core.workbooks.faults import WorkbookFault as TemplateFault
from lianfang.reports.tables.filling import fill, fill_into
from lianfang.reports.tables.layout import (
    Blank,
    Listed,
    Template,
    TemplateColumn,
    TemplateSheet,
    TotalRow,
)
from lianfang.reports.tables.meaning import Catalogue, CatalogueFigure, Meaning, Proposal
from lianfang.reports.tables.proposing import propose
from lianfang.reports.tables.reading import read_template
from lianfang.reports.tables.values import FEW, EmptyCells, Filled, SheetFilling, Value
from lianfang.reports.tables.written import short_words, words_in

__all__ = [
    "FEW",
    "Blank",
    "Catalogue",
    "CatalogueFigure",
    "EmptyCells",
    "Filled",
    "Listed",
    "Meaning",
    "Proposal",
    "SheetFilling",
    "Template",
    "TemplateColumn",
    "TemplateFault",
    "TemplateSheet",
    "TotalRow",
    "Value",
    "fill",
    "fill_into",
    "propose",
    "read_template",
    "short_words",
    "words_in",
]
