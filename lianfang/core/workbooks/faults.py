"""What keeps a workbook from being taken."""

from __future__ import annotations


class WorkbookFault(Exception):
    """A workbook that cannot be taken. `reason` and `remedy` are words for the person who brought it.

    `code`: not_a_workbook, old_format, macros, password, too_large, damaged, no_table,
    reaches_out.
    """

    def __init__(self, code: str, reason: str, remedy: str, *, sheet: str = "", cell: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.remedy, self.sheet, self.cell = code, reason, remedy, sheet, cell
