"""Cells put into a worksheet's XML: every other byte of it stays, but for the hints at its width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lianfang.core.letters import column_letter
from lianfang.core.workbooks.cells import text_cell
from lianfang.core.workbooks.faults import WorkbookFault
from lianfang.core.workbooks.package import damaged

_ROOT = re.compile(r"<((?:\w+:)?)worksheet\b")
_REF = re.compile(r"\br=[\"']([A-Z]{1,3})(\d+)[\"']")
_NUMBER = re.compile(r"\br=[\"'](\d+)[\"']")
_STYLE = re.compile(r"\bs=[\"'](\d+)[\"']")
_SPANS = re.compile(r"(\bspans=[\"']\d+:)(\d+)")
_MERGED = re.compile(r"\bref=[\"']([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)[\"']")
FAR = 1 << 20


def column_of(letters: str) -> int:
    """A → 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Worksheet:
    """One sheet, cut into rows. Raises WorkbookFault where its XML is lawful and yet not to be cut by expressions."""

    def __init__(self, raw: bytes, name: str) -> None:
        self.text = raw.decode("utf-8")
        root = _ROOT.search(self.text[:4000])
        if root is None or "<![CDATA[" in self.text or "<!--" in self.text:
            raise damaged(name)
        p = self.prefix = root[1]
        self._row = re.compile(rf"<{p}row\b([^>]*?)(?:/>|>(.*?)</{p}row>)", re.DOTALL)
        self._cell = re.compile(rf"<{p}c\b([^>]*?)(?:/>|>(.*?)</{p}c>)", re.DOTALL)
        begin = re.search(rf"<{p}sheetData\s*(/?)>", self.text)
        if begin is None or begin[1]:
            raise damaged(name)
        self.start, self.end = begin.end(), self.text.index(f"</{p}sheetData>")

    def rows(self) -> Iterator[tuple[int, re.Match[str]]]:
        number = 0
        for match in self._row.finditer(self.text, self.start, self.end):
            given = _NUMBER.search(match[1])
            number = int(given[1]) if given else number + 1
            yield number, match

    def cells(self, inside: str) -> Iterator[tuple[int, re.Match[str]]]:
        place = -1
        for match in self._cell.finditer(inside):
            given = _REF.search(match[1])
            place = column_of(given[1]) if given else place + 1
            yield place, match

    def extent(self, first_row: int) -> tuple[int, frozenset[int]]:
        """How many columns hold something, and which of them hold formulas. Merged cells from `first_row` on count."""
        width = 0
        formulas: set[int] = set()
        value, formula, inline = f"<{self.prefix}v", f"<{self.prefix}f", f"<{self.prefix}is"
        has_formulas = formula in self.text
        for _, row in self.rows():
            if not has_formulas and self._last(row[2] or "") < width:
                continue
            for place, cell in self.cells(row[2] or ""):
                said = cell[2]
                if not said:
                    continue
                if formula in said:
                    formulas.add(place)
                if place >= width and (value in said or inline in said or formula in said):
                    width = place + 1
        for _, _, right, bottom in _MERGED.findall(self.text[self.end :]):
            if int(bottom) >= max(first_row, 1) and column_of(right) < 300:
                width = max(width, column_of(right) + 1)
        return width, frozenset(formulas)

    def _last(self, inside: str) -> int:
        """The column of the last cell of a row, without looking at the others; a far one where that cannot be told."""
        begin = inside.rfind(f"<{self.prefix}c ")
        found = _REF.search(inside, begin) if begin >= 0 else None
        return column_of(found[1]) if found else (FAR if inside.strip() else -1)

    # ---------- writing ----------

    def filled(self, cells: Mapping[int, Mapping[int, str]], added: Mapping[int, int]) -> bytes:
        """`cells`: row → column → words; `added`: columns that were not there before, and their widths in signs."""
        parts = [self._head(added)]
        at = self.start
        left = set(cells)
        for number, row in self.rows():
            if number in cells:
                left.discard(number)
                parts += [self.text[at : row.start()], self._filled_row(number, row, cells[number], added)]
                at = row.end()
        if left:
            raise WorkbookFault("damaged", f"rows {sorted(left)[:3]} are not in the sheet", "")
        parts.append(self.text[at:])
        return "".join(parts).encode("utf-8")

    def _filled_row(
        self, number: int, row: re.Match[str], cells: Mapping[int, str], added: Mapping[int, int]
    ) -> str:
        inside = row[2] or ""
        attributes = _SPANS.sub(
            lambda match: match[1] + str(max(int(match[2]), *(place + 1 for place in cells))), row[1]
        )
        begin = inside.rfind(f"<{self.prefix}c ")
        if begin >= 0 and self._last(inside) < min(cells):  # all of it goes behind what is there
            own = _STYLE.search(inside[begin : inside.index(">", begin)])
            style = f' s="{own[1]}"' if own else ""
            behind = "".join(self._cell_of(place, number, style, cells[place]) for place in sorted(cells))
            return f"<{self.prefix}row{attributes}>{inside}{behind}</{self.prefix}row>"
        there = dict(self.cells(inside))
        beside = self._style_beside(there, added)
        pieces: list[tuple[int, str]] = [(place, match[0]) for place, match in there.items()]
        pieces = [(place, said) for place, said in pieces if place not in cells]
        for place, said in cells.items():
            own = _STYLE.search(there[place][1]) if place in there else None
            style = f' s="{own[1]}"' if own else beside if place not in there else ""
            pieces.append((place, self._cell_of(place, number, style, said)))
        pieces.sort(key=lambda piece: piece[0])
        return f"<{self.prefix}row{attributes}>{''.join(said for _, said in pieces)}</{self.prefix}row>"

    def _cell_of(self, place: int, number: int, style: str, said: str) -> str:
        return text_cell(self.prefix, f"{column_letter(place)}{number}", style, said)

    @staticmethod
    def _style_beside(there: Mapping[int, re.Match[str]], added: Mapping[int, int]) -> str:
        """A new cell looks as the last one of the sender's in its row."""
        last = max((place for place in there if place < min(added, default=0)), default=None)
        found = _STYLE.search(there[last][1]) if last is not None else None
        return f' s="{found[1]}"' if found else ""

    def _head(self, added: Mapping[int, int]) -> str:
        head = self.text[: self.start]
        if not added:
            return head
        p, last = self.prefix, max(added)
        head = re.sub(
            rf"(<{p}dimension\b[^>]*ref=[\"'][A-Z]+\d+:)([A-Z]+)(\d+)",
            lambda m: m[1] + column_letter(max(last, column_of(m[2]))) + m[3],
            head,
        )
        covered = {
            place
            for low, high in re.findall(rf"<{p}col\b[^>]*?\bmin=[\"'](\d+)[\"'][^>]*?\bmax=[\"'](\d+)", head)
            for place in range(int(low) - 1, min(int(high), 400))
        }
        new = [place for place in added if place not in covered]
        if not new:
            return head
        widths = "".join(
            f'<{p}col min="{place + 1}" max="{place + 1}" width="{added[place]}" customWidth="1"/>'
            for place in new
        )
        if f"</{p}cols>" in head:
            return head.replace(f"</{p}cols>", f"{widths}</{p}cols>", 1)
        at = head.rindex(f"<{p}sheetData")
        return f"{head[:at]}<{p}cols>{widths}</{p}cols>{head[at:]}"
