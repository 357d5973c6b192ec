"""An .xlsx as rows, one row after the other: memory does not grow with the sheet, and what only the file's own XML
says (struck, hidden, merged, formulas without a result) comes with it.

Sheets as spreadsheets write them are cut by expressions, which is as fast as the readers in other languages; a sheet
in another, equally lawful, spelling of XML goes through a parser.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from typing import IO, Any, NamedTuple

from lianfang.core.letters import column_letter
from lianfang.core.reading.rows import COLUMNS, Cell, Gathered, Message, day, number

_BLOCK = 1 << 20
_ROW = re.compile(r"<row((?: [\w:]+=\"[^\"]*\")*) ?>")
_CELL = re.compile(
    r'<c(?: r="([A-Z]{1,3})\d+")?((?: [\w:]+="[^"]*")*) ?'
    r"(?:/>|>(?:<v>([^<]*)</v>|<is><t(?: [^>]*)?>([^<]*)</t></is>|(.*?))</c>)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_VALUE = re.compile(r"<v(?: [^>]*)?>([^<]*)</v>")
_RUN = re.compile(r"<r>(.*?)</r>|<t(?: [^>]*)?>([^<]*)</t>", re.DOTALL)
_TEXT = re.compile(r"<t(?: [^>]*)?>([^<]*)</t>")
_PHONETIC = re.compile(r"<rPh.*?</rPh>", re.DOTALL)
_STRUCK_RUN = re.compile(r'<strike(?! val="(?:0|false)")')
_STRING = re.compile(r"<si>(?:<t(?: [^>]*)?>([^<]*)</t></si>|(.*?)</si>)|<si/>", re.DOTALL)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_LISTS = re.compile(rb"<(?:x14:)?dataValidation\b([^>]*)>(.*?)</(?:x14:)?dataValidation>", re.DOTALL)
_LISTED = re.compile(rb"<(?:x14:)?formula1>(?:<xm:f>)?(.*?)</", re.DOTALL)
_LIST_AT = re.compile(rb'sqref="([^"]*)"|<xm:sqref>(.*?)</xm:sqref>', re.DOTALL)
_HIDDEN_COLUMNS = re.compile(rb"<col [^>]*>")
_TRUE = ("1", "true")
_DATE_FORMATS = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
_NOT_A_DATE = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')


_PLACES = {column_letter(place): place for place in range(COLUMNS)}
FAR = COLUMNS  # stands for every column beyond


class Style(NamedTuple):
    is_date: bool
    is_struck: bool


class _Text(NamedTuple):
    """A shared string of which all was struck out."""

    text: str


class _Book(NamedTuple):
    strings: list[str | _Text]
    styles: list[Style]
    is_1904: bool


def messages(path: Path) -> Iterator[Message]:
    with zipfile.ZipFile(path) as archive:
        workbook_name, related = _workbook(archive)
        workbook = _tree(archive, workbook_name)
        properties = workbook.find("workbookPr")
        is_1904 = properties is not None and properties.get("date1904", "0") in _TRUE
        parts = {kind: name for kind, name in related.values() if kind in ("sharedStrings", "styles")}
        book = _Book(
            _strings(archive, parts.get("sharedStrings")), _styles(archive, parts.get("styles")), is_1904
        )
        names = {
            each.get("name", ""): (each.text or "")[:200]
            for each in workbook.iter("definedName")
            if not each.get("name", "").startswith("_xlnm")
        }
        for sheet in workbook.iter("sheet"):
            kind, name = related.get(sheet.get("id", ""), ("", ""))
            if kind == "worksheet" and name in archive.NameToInfo:
                is_hidden = sheet.get("state", "visible") != "visible"
                for message in _sheet(archive, name, sheet.get("name", ""), is_hidden, book):
                    if "lists" in message[5]:
                        lists = message[5]["lists"]
                        message[5]["lists"] = [(cells, names.get(source, source)) for cells, source in lists]
                    yield message


# ---------- the small parts ----------


def _tree(archive: zipfile.ZipFile, name: str) -> ET.Element:
    root = ET.fromstring(archive.read(name))  # noqa: S314 - in a child process with limits
    _strip(root)
    return root


def _strip(root: ET.Element) -> None:
    """Names without their namespace: strict and transitional files use different ones."""
    for element in root.iter():
        element.tag = _local(element.tag)
        for key in [key for key in element.attrib if "}" in key]:
            element.attrib[_local(key)] = element.attrib.pop(key)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _workbook(archive: zipfile.ZipFile) -> tuple[str, dict[str, tuple[str, str]]]:
    """The name of the workbook, and its relations: id → (kind, name)."""
    name = "xl/workbook.xml"
    if "_rels/.rels" in archive.NameToInfo:
        for relation in _tree(archive, "_rels/.rels"):
            if relation.get("Type", "").endswith("/officeDocument"):
                name = relation.get("Target", name).lstrip("/")
    if name not in archive.NameToInfo:
        raise ValueError("archive")
    folder = posixpath.dirname(name)
    related = {}
    relations = f"{folder}/_rels/{posixpath.basename(name)}.rels"
    for relation in _tree(archive, relations.lstrip("/")):
        target = relation.get("Target", "")
        whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        related[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], whole)
    return name, related


def _styles(archive: zipfile.ZipFile, name: str | None) -> list[Style]:
    if name is None or name not in archive.NameToInfo:
        return []
    root = _tree(archive, name)
    formats = {int(each.get("numFmtId", 0)): each.get("formatCode", "") for each in root.iter("numFmt")}
    fonts = root.find("fonts")
    struck = []
    for font in fonts if fonts is not None else ():
        strike = font.find("strike")
        struck.append(strike is not None and strike.get("val", "1") in _TRUE)
    cells = root.find("cellXfs")
    found = []
    for each in cells if cells is not None else ():
        format_id, font_id = int(each.get("numFmtId", 0)), int(each.get("fontId", 0))
        is_date = format_id in _DATE_FORMATS or _is_date_format(formats.get(format_id, ""))
        found.append(Style(is_date, font_id < len(struck) and struck[font_id]))
    return found


def _is_date_format(code: str) -> bool:
    plain = _NOT_A_DATE.sub("", code.partition(";")[0]).lower()
    return "general" not in plain and "@" not in plain and any(sign in plain for sign in "ymdhs年月日")


def _strings(archive: zipfile.ZipFile, name: str | None) -> list[str | _Text]:
    if name is None or name not in archive.NameToInfo:
        return []
    content = archive.read(name)
    head = content[:1000]
    if (
        b"<sst" not in head
        or (b"utf-8" not in head[:200].lower() and head.startswith(b"<?xml"))
        or b"<![CDATA[" in content
    ):
        return [_text_of(item) for item in ET.fromstring(content)]  # noqa: S314
    text = content.decode("utf-8").replace("\r\n", "\n")
    del content
    return [_string(match) for match in _STRING.finditer(text)]


def _text_of(item: ET.Element) -> str:
    parts = [each.text or "" for each in item.iter() if _local(each.tag) == "t"]
    spoken = [
        t.text or ""
        for each in item.iter()
        if _local(each.tag) == "rPh"
        for t in each.iter()
        if _local(t.tag) == "t"
    ]
    return _unescaped("".join(parts[: len(parts) - len(spoken)]))


def _string(match: re.Match[str]) -> str | _Text:
    simple, rich = match[1], match[2]
    if simple is not None:
        return simple if "&" not in simple and "_x" not in simple else _readable(simple)
    return _rich(rich or "")


def _readable(text: str) -> str:
    return _unescaped(unescape(text))


def _unescaped(text: str) -> str:
    """_x000A_ is how a workbook writes a sign that XML cannot hold."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _rich(content: str) -> str | _Text:
    """Text in runs. Struck runs are what somebody deleted: they count only when all of it is struck."""
    kept: list[str] = []
    struck: list[str] = []
    for run, alone in _RUN.findall(_PHONETIC.sub("", content)):
        text = _readable("".join(_TEXT.findall(run)) if run else alone)
        (struck if run and _STRUCK_RUN.search(run) else kept).append(text)
    whole = "".join(kept)
    return whole if whole.strip() or not struck else _Text("".join(struck))


# ---------- a sheet ----------


def _sheet(
    archive: zipfile.ZipFile, name: str, title: str, is_hidden: bool, book: _Book
) -> Iterator[Message]:
    about, is_plain = _about(archive, name)
    gathered = Gathered(title, is_hidden, {**about, "is_1904": book.is_1904})
    reader = _Rows(gathered, book)
    with archive.open(name) as file:
        yield from reader.cut(file) if is_plain else reader.parsed(file)
    yield from gathered.rest()


def _about(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, Any], bool]:
    """What stands before and behind the rows, and whether the sheet is written as spreadsheets do."""
    with archive.open(name) as file:
        head = file.read(8192)
        tail = after = b""
        is_plain = _is_plain(head)
        for block in iter(partial(file.read, _BLOCK), b""):
            is_plain = is_plain and b"<![CDATA[" not in block and b"<!--" not in block
            tail, after = after, block
    content = head + tail + after
    if b"</sheetData>" not in content:  # what stands behind the rows is longer than the blocks that were kept
        content = head + _behind(archive, name)
    about: dict[str, Any] = {}
    if merged := _MERGED.findall(content):
        about["merged"] = [
            (int(top), _place(left), int(bottom), _place(right))
            for left, top, right, bottom in merged
            if _place(left) < COLUMNS
        ]
    about["lists"] = _lists(content)
    about["has_filter"] = b"<autoFilter" in content
    about["hidden_columns"] = [
        place
        for column in _HIDDEN_COLUMNS.findall(head)
        if b' hidden="1"' in column
        for place in _span(column)
    ]
    return about, is_plain


def _lists(content: bytes) -> list[tuple[str, str]]:
    """(cells, source) of each drop-down list: `"是,否"`, or the cells or the name where its entries stand."""
    found = []
    for given, inside in _LISTS.findall(content)[:200]:
        source, at = _LISTED.search(inside), _LIST_AT.search(given + inside)
        if b'type="list"' in given and source and at:
            cells = (at[1] or at[2] or b"").decode("utf-8", "replace")
            found.append((cells[:500], unescape(source[1].decode("utf-8", "replace"))[:2000]))
    return found


def _is_plain(head: bytes) -> bool:
    start = head[:200].lower()
    is_utf8 = not start.startswith(b"<?xml") or b"encoding" not in start or b"utf-8" in start
    return (
        is_utf8
        and b"<worksheet" in head
        and b"<!--" not in head
        and b"r='" not in head
        and b"\0" not in start
    )


def _behind(archive: zipfile.ZipFile, name: str) -> bytes:
    """Everything from the end of the rows on."""
    found, is_behind = b"", False
    with archive.open(name) as file:
        for block in iter(partial(file.read, _BLOCK), b""):
            found = found + block if is_behind else found[-20:] + block
            if not is_behind and (at := found.find(b"</sheetData>")) >= 0:
                found, is_behind = found[at:], True
    return found if is_behind else b""


def _place(letters: bytes) -> int:
    return _PLACES.get(letters.decode(), FAR)


def _span(column: bytes) -> range:
    given = dict(_ATTRIBUTE.findall(column.decode("utf-8", "replace")))
    return range(int(given.get("min", 1)) - 1, min(int(given.get("max", 0)), COLUMNS))


class _Rows:
    """Reads the rows of a sheet, cell by cell, and what is odd about them."""

    def __init__(self, gathered: Gathered, book: _Book) -> None:
        self.gathered, self.book = gathered, book
        self.row = 0
        self.far_count = 0
        # attributes as written → (kind of cell, is date, is struck, place): few spellings in a sheet
        self.known: dict[str, tuple[str, bool, bool, int | None]] = {"": ("n", False, False, None)}

    def cut(self, file: IO[bytes]) -> Iterator[Message]:
        decode = codecs.getincrementaldecoder("utf-8")()
        rest = ""
        for block in iter(partial(file.read, _BLOCK), b""):
            text = rest + decode.decode(block).replace("\r\n", "\n")
            end = text.rfind("</row>")
            if end < 0:
                rest = text if "<row" in text or len(text) < _BLOCK else text[-100:]
                continue
            rest = text[end + 6 :]
            for piece in text[:end].split("</row>"):
                yield from self._row(piece)
        yield from self._end()

    def _row(self, piece: str) -> Iterator[Message]:
        begin = piece.rfind("<row")
        given = _ROW.match(piece, begin)
        if given is None:
            return
        attributes = given[1]
        self.row = self._number(attributes)
        if " hidden=" in attributes and dict(_ATTRIBUTE.findall(attributes)).get("hidden") in _TRUE:
            self.gathered.note("hidden_rows", self.row)
        cells: list[Cell] = []
        struck: list[int] = []
        strings, known, places = self.book.strings, self.known, _PLACES
        for letters, spelled, value, inline, other in _CELL.findall(piece, given.end()):
            kind, is_date, is_struck, place = known.get(spelled) or self._attributes(spelled)
            if place is None:
                place = places.get(letters, FAR) if letters else len(cells)
            if place >= FAR:
                self.far_count += bool(value or inline or other)
                continue
            cell: Cell
            if kind == "inlineStr" and inline:
                cell = inline if "&" not in inline and "_x" not in inline else _readable(inline)
            elif kind == "s" and value:
                shared = strings[int(value)]
                if type(shared) is str:
                    cell = shared
                else:
                    cell, is_struck = shared[0], True
            else:
                cell = self._cell(kind, is_date, value, inline, other, place)
            gap = place - len(cells)
            if gap:
                if gap < 0:
                    cells[place] = cell
                    continue
                cells.extend([None] * gap)
            cells.append(cell)
            if is_struck:
                struck.append(place)
        if struck:
            self._note_struck(cells, struck)
        yield from self.gathered.add(self.row, cells)

    def _number(self, attributes: str) -> int:
        if attributes.startswith(' r="'):
            return int(attributes[4 : attributes.index('"', 4)])
        return int(dict(_ATTRIBUTE.findall(attributes)).get("r", self.row + 1))

    def _attributes(self, spelled: str) -> tuple[str, bool, bool, int | None]:
        given = dict(_ATTRIBUTE.findall(spelled))
        style = int(given.get("s", 0))
        styles = self.book.styles
        is_date, is_struck = styles[style] if style < len(styles) else (False, False)
        place = None
        if "r" in given:
            place = _PLACES.get(given["r"].rstrip("0123456789"), FAR)
        found = (given.get("t", "n"), is_date, is_struck, place)
        if place is None:
            self.known[spelled] = found
        return found

    def _cell(self, kind: str, is_date: bool, value: str, inline: str, other: str, place: int) -> Cell:
        if other:
            value = match[1] if (match := _VALUE.search(other)) else ""
            if "<is" in other:
                rich = _rich(other)
                return rich if isinstance(rich, str) else rich.text
            if not value and "<f" in other:
                self.gathered.note("no_value", (self.row, place))
        return self._valued(kind, is_date, value) if value else _readable(inline) if inline else None

    def _valued(self, kind: str, is_date: bool, value: str) -> Cell:
        if kind == "n":
            found = number(value)
            if is_date and isinstance(found, (int, float)) and (moment := day(found, self.book.is_1904)):
                return moment
            return found
        if kind == "s":
            shared = self.book.strings[int(value)]
            return shared if isinstance(shared, str) else shared.text
        if kind == "b":
            return value in _TRUE
        return _readable(value)

    def _note_struck(self, cells: list[Cell], struck: list[int]) -> None:
        """Most of what a row holds is struck: somebody deleted the row. Else the cells alone."""
        written = {place for place, cell in enumerate(cells) if cell not in (None, "")}
        gone = written.intersection(struck)
        if gone and len(gone) * 3 >= len(written) * 2:
            self.gathered.note("struck_rows", self.row)
        else:
            for place in sorted(gone):
                self.gathered.note("struck_cells", (self.row, place))

    def _end(self) -> Iterator[Message]:
        if self.far_count:
            self.gathered.notes["far_cells"] = self.far_count
        return iter(())

    # ---------- any lawful XML ----------

    def parsed(self, file: IO[bytes]) -> Iterator[Message]:
        for _, element in ET.iterparse(file, events=("end",)):  # noqa: S314
            if _local(element.tag) == "row":
                yield from self._parsed_row(element)
                element.clear()
        yield from self._end()

    def _parsed_row(self, row: ET.Element) -> Iterator[Message]:
        self.row = int(row.get("r", self.row + 1))
        if row.get("hidden") in _TRUE:
            self.gathered.note("hidden_rows", self.row)
        cells: list[Cell] = []
        struck: list[int] = []
        for element in row:
            letters = (element.get("r") or "").rstrip("0123456789")
            place = _PLACES.get(letters, FAR) if letters else len(cells)
            if place >= FAR:
                self.far_count += 1
                continue
            cell, is_struck = self._parsed_cell(element, place)
            cells.extend([None] * (place + 1 - len(cells)))
            cells[place] = cell
            if is_struck:
                struck.append(place)
        if struck:
            self._note_struck(cells, struck)
        yield from self.gathered.add(self.row, cells)

    def _parsed_cell(self, element: ET.Element, place: int) -> tuple[Cell, bool]:
        kind = element.get("t", "n")
        style = int(element.get("s", 0))
        styles = self.book.styles
        is_date, is_struck = styles[style] if style < len(styles) else (False, False)
        by_name = {_local(each.tag): each for each in element}
        if "is" in by_name:
            return _text_of(by_name["is"]), is_struck
        value = (by_name["v"].text or "") if "v" in by_name else ""
        if not value:
            if "f" in by_name:
                self.gathered.note("no_value", (self.row, place))
            return None, is_struck
        if kind == "s":
            shared = self.book.strings[int(value)]
            return (shared, is_struck) if isinstance(shared, str) else (shared.text, True)
        found = self._valued(kind, is_date, value)
        return found, is_struck
