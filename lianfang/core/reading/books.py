"""The binary workbooks (.xls, WPS .et, .xlsb) and .ods, by calamine, which holds a sheet whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lianfang.core.reading.rows import COLUMNS, Gathered, Message, plain

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_OLE = b"\xd0\xcf\x11\xe0"


def messages(path: Path) -> Iterator[Message]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    content = path.read_bytes()
    if content[:4] == _OLE and _ENCRYPTED in content:
        raise ValueError("password")
    if content[:4] == _OLE and _WORD in content:
        raise ValueError("word")
    del content
    workbook = CalamineWorkbook.from_path(path)
    for number, about in enumerate(workbook.sheets_metadata):
        if about.typ not in (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet):
            continue
        sheet = workbook.get_sheet_by_index(number)
        first_column = (sheet.start or (0, 0))[1]
        merged = [(a + 1, b, c + 1, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()]
        gathered = Gathered(
            sheet.name, about.visible != SheetVisibleEnum.Visible, {"merged": merged}, first_column
        )
        for row_number, row in enumerate(sheet.iter_rows(), 1):  # from the first row, empty or not
            cells = [cell if type(cell) is str else plain(cell) for cell in row[:COLUMNS]]
            yield from gathered.add(row_number, [None if cell == "" else cell for cell in cells])
        yield from gathered.rest()
