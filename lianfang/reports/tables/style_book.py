"""The styles of a workbook, with some more derived from them: the same cell, its number written in another way."""

from __future__ import annotations

import re

from lianfang.core.workbooks.package import Package, Style

TEXT, DAY, PERCENT, GENERAL = 49, 14, 10, 0
_FORMATS = re.compile(rb"<((?:\w+:)?)cellXfs\b([^>]*)>(.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_XF = re.compile(rb"<(?:\w+:)?xf\b(?:[^>]*?/>|.*?</(?:\w+:)?xf>)", re.DOTALL)
_COUNT = re.compile(rb'\bcount="\d+"')


class StyleBook:
    def __init__(self, package: Package) -> None:
        self.part = package.styles_part
        self.raw = package.read(self.part) if self.part else b""
        self.known = package.styles
        self.is_1904 = package.is_1904
        self._match = _FORMATS.search(self.raw)
        self._formats = _XF.findall(self._match[3]) if self._match else []
        self._derived: dict[tuple[int, tuple[tuple[str, int], ...]], int] = {}
        self._added: list[bytes] = []

    def of(self, style: str) -> Style | None:
        at = int(style or 0)
        return self.known[at] if at < len(self.known) else None

    def format_of(self, style: str) -> str:
        known = self.of(style)
        return known.number_format if known else ""

    def with_format(self, style: str, format_id: int) -> str:
        """The same style with a number format that every workbook has."""
        return self._with(style, numFmtId=format_id)

    def plain(self, style: str) -> str:
        """Of a header: its frame and place, without its font and colour."""
        return self._with(style, fontId=0, fillId=0, numFmtId=GENERAL)

    def _with(self, style: str, **changed: int) -> str:
        at = int(style or 0)
        if at >= len(self._formats):
            return style
        key = (at, tuple(sorted(changed.items())))
        if key not in self._derived:
            self._derived[key] = len(self._formats) + len(self._added)
            self._added.append(_changed(self._formats[at], changed))
        return str(self._derived[key])

    def written(self) -> bytes:
        if not self._added or self._match is None:
            return self.raw
        attributes = self._match[2]
        count = b'count="%d"' % (len(self._formats) + len(self._added))
        counted = _COUNT.sub(count, attributes) if _COUNT.search(attributes) else attributes + b" " + count
        prefix = self._match[1]
        opened = b"<" + prefix + b"cellXfs" + counted + b">"
        closed = b"</" + prefix + b"cellXfs>"
        start, end = self._match.span()
        return self.raw[:start] + opened + self._match[3] + b"".join(self._added) + closed + self.raw[end:]


_APPLY = {"numFmtId": "applyNumberFormat", "fontId": "applyFont", "fillId": "applyFill"}


def _changed(raw: bytes, changed: dict[str, int]) -> bytes:
    end = raw.index(b">")
    is_empty = raw[end - 1 : end] == b"/"
    tag, rest = (raw[: end - 1], raw[end - 1 :]) if is_empty else (raw[:end], raw[end:])
    for name, value in {**changed, **{_APPLY[name]: 1 for name in changed}}.items():
        key = name.encode()
        tag = re.sub(rb"\s" + key + rb'="[^"]*"', b"", tag)
        tag += b" " + key + b'="%d"' % value
    return tag + rest
