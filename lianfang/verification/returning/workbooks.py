"""An .xlsx of the sender with cells put in: each part of it goes out as it came, but for the sheets that are filled."""

from __future__ import annotations

import io
import zipfile

from lianfang.core.workbooks.calculation import calculated_anew
from lianfang.core.workbooks.package import Package
from lianfang.verification.reading import ListFile, ListSheet
from lianfang.verification.returning.answered import Answered
from lianfang.verification.returning.counting import Tally
from lianfang.verification.returning.placing import Places, places_of
from lianfang.verification.returning.worksheets import Worksheet

_LEVEL = 4  # of compression: a quarter of the time of 6, a tenth more bytes


def filled_workbook(
    data: bytes, listed: ListFile, answers: dict[tuple[str, int], Answered], tally: Tally
) -> bytes:
    """Raises WorkbookFault where the file cannot be written into."""
    package = Package(data)
    by_name = {sheet.name: sheet for sheet in listed.sheets if sheet.rows}
    changed: dict[str, bytes] = {}
    for entry in package.sheets:
        sheet = by_name.pop(entry.name, None)
        if sheet is not None:
            worksheet = Worksheet(package.read(entry.part), entry.name)
            changed[entry.part] = _filled(worksheet, sheet, answers, tally)
    has_formulas = any(b"<f" in raw or b":f" in raw for raw in changed.values())
    if has_formulas:  # sums over the answers are reckoned when the file is opened
        workbook = package.read(package.workbook_part).decode("utf-8")
        changed[package.workbook_part] = calculated_anew(workbook).encode("utf-8")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for info in package.archive.infolist():
            # Without the hour: the same answers give the same bytes.
            with archive.open(zipfile.ZipInfo(info.filename), "w", force_zip64=False) as into:
                into.write(changed.get(info.filename) or package.unchanged(info.filename))
    return out.getvalue()


def _filled(
    worksheet: Worksheet, sheet: ListSheet, answers: dict[tuple[str, int], Answered], tally: Tally
) -> bytes:
    width, formulas = worksheet.extent(sheet.header_rows[0])
    places = places_of(sheet, width, formulas)
    cells = cells_of(sheet, places, answers, tally)
    return worksheet.filled(cells, places.widths)


def cells_of(
    sheet: ListSheet, places: Places, answers: dict[tuple[str, int], Answered], tally: Tally
) -> dict[int, dict[int, str]]:
    """row → column → words, headers of added columns included. Rows without an answer stay as they are."""
    cells: dict[int, dict[int, str]] = {row: dict(places.added) for row in places.title_rows if places.added}
    for row in sheet.rows:
        answered = answers.get((sheet.name, row.row))
        if answered is not None:
            cells[row.row] = places.cells(answered)
            tally.take(answered)
    return cells
