"""A .csv of the sender with cells put in: encoding, separator, quotes and every other field stay as they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lianfang.core.reading.texts import coding_of, decoded, encoded, is_quoted, separator_of

_BREAKS = "\r\n"
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes for the beginning of a formula


class Separated:
    """The text cut into records and raw fields."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.text = decoded(content)
        self.coding = coding_of(content, self.text)
        self.separator = separator_of(self.text.splitlines()) or ""
        self.is_quoted = bool(self.separator) and is_quoted(self.text, self.separator)
        self.records = self._cut() if self.separator else []

    @property
    def is_table(self) -> bool:
        return bool(self.separator) and self.coding is not None

    def _cut(self) -> list[tuple[list[str], str]]:
        """(raw fields, line end) of each record, counted as the reader counts them."""
        s = re.escape(self.separator)
        plain = rf"[^{s}\r\n]*"
        field = re.compile(rf'"(?:[^"]|"")*"{plain}|{plain}' if self.is_quoted else plain)
        records: list[tuple[list[str], str]] = []
        fields: list[str] = []
        at, text = 0, self.text
        while at < len(text) or fields:
            match = field.match(text, at)
            fields.append(match[0] if match else "")
            at = match.end() if match else at
            if at < len(text) and text[at] == self.separator:
                at += 1
                continue
            end = "\r\n" if text.startswith("\r\n", at) else text[at : at + 1]
            records.append((fields, end))
            fields = []
            at += len(end)
            if not end:
                break
        return records

    @property
    def width(self) -> int:
        return max((len(fields) for fields, _ in self.records), default=0)

    def filled(self, cells: Mapping[int, Mapping[int, str]]) -> tuple[bytes, bool]:
        """row → column → words. The bytes, and whether they kept their encoding: some signs have none in Big5."""
        lines = []
        for number, (fields, end) in enumerate(self.records, 1):
            put = cells.get(number)
            if put:
                fields = fields + [""] * (max(put) + 1 - len(fields))
                for place, said in put.items():
                    fields[place] = self._field(said)
            lines.append(self.separator.join(fields) + end)
        text = "".join(lines)
        try:
            return encoded(text, self.coding or "utf-8-sig", self.content), True
        except UnicodeEncodeError:
            return text.encode("utf-8-sig"), False

    def _field(self, said: str) -> str:
        said = " ".join(said.split())
        if said[:1] in FORMULA:  # words typed at a phone are words, whatever opens the file
            said = f"'{said}"
        if not self.is_quoted:
            return said.replace(self.separator, " ").replace('"', "”")
        if self.separator in said or '"' in said:
            return '"' + said.replace('"', '""') + '"'
        return said
