"""The tables of a Word document (.docx): villages send lists as they printed them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lianfang.core.reading.markup import note_struck
from lianfang.core.reading.rows import COLUMNS, Cell, Gathered, Message

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"


def messages(path: Path) -> Iterator[Message]:
    with zipfile.ZipFile(path) as archive:
        content = archive.read("word/document.xml").replace(_STRICT[1:-1].encode(), _W[1:-1].encode())
    root = ET.fromstring(content)  # noqa: S314 - in a child process with limits
    body = root.find(f"{_W}body")
    tables = [each for each in body if each.tag == f"{_W}tbl"] if body is not None else []
    if not tables:
        raise ValueError("word")
    for order, table in enumerate(tables, 1):
        yield from _table(table, path.stem if len(tables) == 1 else f"{path.stem} {order}")


def _table(table: ET.Element, name: str) -> Iterator[Message]:
    rows: list[tuple[list[Cell], list[int]]] = []
    merged: list[tuple[int, int, int, int]] = []
    hanging: dict[int, int] = {}  # column → the row at which a merged cell began
    for at, line in enumerate(table.iter(f"{_W}tr"), 1):
        cells: list[Cell] = []
        struck: list[int] = []
        for cell in line.findall(f"{_W}tc"):
            place = len(cells)
            about = cell.find(f"{_W}tcPr")
            across = _number(about, "gridSpan")
            joint = about.find(f"{_W}vMerge") if about is not None else None
            if place + across > COLUMNS:
                break
            text, is_struck = _text(cell)
            if joint is not None and joint.get(f"{_W}val") != "restart":
                text = ""
                merged.append((hanging.get(place, at), place, at, place + across - 1))
            else:
                hanging[place] = at
                if across > 1:
                    merged.append((at, place, at, place + across - 1))
            cells += [text or None, *[None] * (across - 1)]
            if is_struck and text:
                struck.append(place)
        rows.append((cells, struck))
    gathered = Gathered(name, False, {"merged": merged})
    for at, (cells, struck) in enumerate(rows, 1):
        note_struck(gathered, at, cells, struck)
        yield from gathered.add(at, cells)
    yield from gathered.rest()


def _number(about: ET.Element | None, name: str) -> int:
    element = about.find(f"{_W}{name}") if about is not None else None
    return int(element.get(f"{_W}val", "1")) if element is not None else 1


def _text(cell: ET.Element) -> tuple[str, bool]:
    lines, is_struck = [], False
    for paragraph in cell.iter(f"{_W}p"):
        lines.append("".join(each.text or "" for each in paragraph.iter(f"{_W}t")))
    for run in cell.iter(f"{_W}r"):
        strike = run.find(f"{_W}rPr/{_W}strike")
        is_struck = is_struck or (strike is not None and strike.get(f"{_W}val", "1") not in ("0", "false"))
    return "\n".join(line for line in lines if line).strip(), is_struck
