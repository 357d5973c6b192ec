"""A file, or what was pasted, as the draft of a form. Strange files are read by the child process of the register."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.utils.translation import gettext as _

from lianfang.campaigns.forms.columns import Known, lines_of, settle
from lianfang.campaigns.forms.header import Range, TableHeader, find_header
from lianfang.core.problems import Problem
from lianfang.core.scratch import scratch
from lianfang.core.sheets import chunks
from lianfang.questions.drafting import ASK, REGISTER, Draft, Finding, Line
from lianfang.questions.xlsform import SheetRows, is_xlsform, read_xlsform
from lianfang.register.rules import Cell, text

LARGEST_UPLOAD = 20 << 20
LONGEST_PASTED = 20_000
ROWS_KEPT = (
    5_100  # of a sheet: a header and its samples, or an XLSForm; of a longer one the rest is not looked at
)
SHEETS_KEPT = 40
_CELLS = re.compile(r"([A-Z]{1,3})(\d*)(?::([A-Z]{1,3})(\d*))?")
_SOURCE = re.compile(r"^=?(?:'?([^'!]+)'?!)?\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?$")


@dataclass
class SheetRead:
    """A sheet as far as it was kept. `lists`: (cells, source) of its drop-down lists."""

    name: str
    is_hidden: bool
    first_row: int
    first_column: int
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    lists: list[tuple[str, str]] = field(default_factory=list)

    @property
    def plain(self) -> SheetRows:
        return SheetRows(self.name, self.rows, self.first_row, self.first_column)


def read_file(content: bytes, name: str, *, known: Known) -> Draft:
    """Raises `register.file_empty`, `register.file_too_large`, `register.file_unreadable`, `forms.no_header`."""
    if not content:
        raise Problem("register.file_empty")
    if len(content) > LARGEST_UPLOAD:
        raise Problem("register.file_too_large", size=LARGEST_UPLOAD >> 20)
    stem = Path(name).stem[:60]
    with scratch() as folder:
        path = folder / f"form{Path(name).suffix[:8]}"
        path.write_bytes(content)
        sheets = _sheets(path)
    for sheet in sheets:  # a text file is one sheet under the name of the file that it was read from
        if sheet.name == path.stem:
            sheet.name = stem
    draft = draft_of(sheets, known)
    return replace(draft, file=Path(name).name[:120], title=draft.title or stem, purpose=known.purpose)


def _sheets(path: Path) -> list[SheetRead]:
    found: dict[str, SheetRead] = {}
    for chunk in chunks(path):
        sheet = found.get(chunk.sheet)
        if sheet is None:
            if len(found) >= SHEETS_KEPT:
                break
            sheet = found[chunk.sheet] = SheetRead(
                chunk.sheet,
                chunk.is_hidden,
                chunk.first_row,
                chunk.first_column,
                merged=[(a, b, c, d) for a, b, c, d in chunk.notes.get("merged", ())[:2000]],
                lists=[(cells, source) for cells, source in chunk.notes.get("lists", ())],
            )
        gap = chunk.first_row - sheet.first_row - len(sheet.rows)
        room = ROWS_KEPT - len(sheet.rows)
        if 0 <= gap < room:
            sheet.rows.extend([] for _ in range(gap))
            sheet.rows.extend(chunk.rows[: room - gap])
        elif any(any(row) for row in chunk.rows) and len(chunk.rows) <= 50:
            # Far below the rest: a line by itself, told with its own number.
            found[f"{chunk.sheet}\0{chunk.first_row}"] = SheetRead(
                chunk.sheet, True, chunk.first_row, chunk.first_column, list(chunk.rows)
            )
    return list(found.values())


def draft_of(sheets: Sequence[SheetRead], known: Known) -> Draft:
    """An XLSForm by its three sheets, else the first sheet that has a header."""
    plain = [sheet.plain for sheet in sheets]
    if is_xlsform(plain):
        return read_xlsform(plain, settle=lambda line: settle(line, known))
    best: tuple[SheetRead, TableHeader] | None = None
    others = []
    for sheet in sorted(sheets, key=lambda one: one.is_hidden):
        header = find_header(sheet.rows, sheet.first_row, sheet.first_column, sheet.merged)
        if header is None:
            continue
        if best is None:
            best = (sheet, header)
        elif not sheet.is_hidden:
            others.append(sheet.name)
    if best is None:
        raise Problem("forms.no_header")
    sheet, header = best
    known = replace(known, allowed=_allowed(sheet, sheets, header))
    lines = lines_of(header, known)
    findings = [
        Finding(name, "", _("这个工作表没有读"), _("一次做一张表；要用它，请单独上传")) for name in others
    ]
    if _is_summary(header, lines):
        findings.insert(
            0,
            Finding(
                sheet.name,
                f"A{header.first}",
                _("这张表一行是一个村或单位，不是一户一人"),
                _("上门问不到；请在“部门表”里放，数由系统自己填"),
            ),
        )
    if not any(line.kind == ASK for line in lines):
        findings.append(
            Finding(
                sheet.name,
                lines[0].cell,
                _("表头认在这一行，没有一列是要上门问的"),
                _("表头不在这一行的，请把表头复制出来粘贴；要另问的，在下面加一项"),
            )
        )
    return Draft(header.title, lines=lines, findings=tuple(findings), source="table")


def _is_summary(header: TableHeader, lines: Iterable[Line]) -> bool:
    """A row names a village and nobody in it: the table of a department, which is filled from what was answered."""
    fields = {line.reason for line in lines if line.kind == REGISTER}
    whose = {
        "name",
        "id_number",
        "head_name",
        "phone",
        "present_place",
        "room",
        "label",
        "household_reference",
    }
    return (
        bool(fields & {"village", "township"})
        and not fields & whose
        and any(line.kind == ASK for line in lines)
    )


# ---------- drop-down lists ----------


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _allowed(
    sheet: SheetRead, sheets: Sequence[SheetRead], header: TableHeader
) -> Mapping[int, Sequence[str]]:
    """Place of a column → the entries of the drop-down list that stands below its heading."""
    found: dict[int, tuple[str, ...]] = {}
    for cells, source in sheet.lists:
        entries = _entries(source, sheet, sheets)
        if len(entries) < 2:
            continue
        for left, _top, right, bottom in _CELLS.findall(cells):
            if bottom and int(bottom) <= header.last:
                continue
            for place in range(_place(left), min(_place(right or left), 300) + 1):
                found.setdefault(place, entries)
    return found


def _entries(source: str, sheet: SheetRead, sheets: Sequence[SheetRead]) -> tuple[str, ...]:
    if source.startswith('"'):
        parts = [part.strip() for part in re.split(r"[,，]", source.strip('"'))]
        return tuple(dict.fromkeys(part for part in parts if part))[:60]
    match = _SOURCE.match(source)
    if match is None:
        return ()
    where = match[1] or sheet.name
    other = next((one for one in sheets if one.name == where), None)
    if other is None:
        return ()
    top, bottom = int(match[3]), int(match[5] or match[3])
    left, right = _place(match[2]), _place(match[4] or match[2])
    said = []
    for number in range(top, min(bottom, top + 400) + 1):
        row = other.rows[number - other.first_row] if 0 <= number - other.first_row < len(other.rows) else []
        said += [
            text(cell) for cell in row[max(0, left - other.first_column) : right - other.first_column + 1]
        ]
    return tuple(dict.fromkeys(each for each in said if each))[:60]


# ---------- pasted ----------


def read_pasted(pasted: str, *, known: Known) -> Draft:
    """A header row out of a spreadsheet (cells between tabs, several rows), or headings written one below the other or
    with signs between them. Raises `register.file_empty`, `register.file_too_large`, `forms.no_header`."""
    if not pasted.strip():
        raise Problem("register.file_empty")
    if len(pasted) > LONGEST_PASTED:
        raise Problem("register.file_too_large", size=1)
    lines = [line for line in pasted.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    if any("\t" in line for line in lines):
        rows: list[list[Cell]] = [
            [cell.strip() or None for cell in line.split("\t")] for line in _joined(pasted)
        ]
    elif len(lines) >= 2:
        rows = [[line.strip() for line in lines]]
    else:
        rows = [list(_cut(lines[0]))]
    if len(rows) == 1:
        rows = [[cell for cell in rows[0] if cell]]
        if len(rows[0]) == 1:
            rows[0].append(None)
    header = find_header(rows)
    if header is None:
        raise Problem("forms.no_header")
    return Draft(header.title, known.purpose, lines_of(header, known), source="pasted")


def _joined(pasted: str) -> list[str]:
    """Rows as a spreadsheet copies them: a cell with a line break stands in quotes."""
    whole = re.sub(
        r'"((?:[^"\t]|"")*\n(?:[^"\t]|"")*)"',
        lambda m: m[1].replace("\n", " ").replace('""', '"'),
        pasted.replace("\r\n", "\n"),
    )
    return [line for line in whole.split("\n") if line.strip()]


def _cut(line: str) -> list[str]:
    """姓名、身份证号、是否发热（是/否）: cut at signs, but not inside brackets."""
    for signs in ("、", ",，", ";；", "|｜", " \u3000"):
        parts, depth, start = [], 0, 0
        for at, sign in enumerate(line):
            depth += (sign in "（([【") - (sign in "）)]】")
            if sign in signs and depth <= 0:
                parts.append(line[start:at])
                start = at + 1
        parts = [part.strip() for part in [*parts, line[start:]] if part.strip()]
        if len(parts) >= 2:
            return parts
    return [line.strip()]
