"""Templates as departments send them, made here, each with what is known to be right about it."""

# Each module puts its makers into MAKERS as it is read.
from lianfang.reports.tests.templates_made import areas, books, once, people  # noqa: F401
from lianfang.reports.tests.templates_made.drawing import (
    CATALOGUE,
    MAKERS,
    QUESTIONS,
    UNKNOWN,
    VILLAGES,
    Paper,
    figure,
)

__all__ = ["CATALOGUE", "MAKERS", "QUESTIONS", "UNKNOWN", "VILLAGES", "Paper", "figure"]
