"""A list as it was sent, read into rows: any spreadsheet the register can read, or text pasted from a chat. Pure but
for reading the file. Every row of data is a ListRow, also one in which nothing could be read."""

from lianfang.verification.reading.doubts import message_of
from lianfang.verification.reading.reader import PASTED, read, read_text, rows_of
from lianfang.verification.reading.sheets import ListColumn, ListFile, ListFinding, ListSheet
from lianfang.verification.reading.words import ANSWERS, FIELDS

__all__ = [
    "ANSWERS",
    "FIELDS",
    "PASTED",
    "ListColumn",
    "ListFile",
    "ListFinding",
    "ListSheet",
    "message_of",
    "read",
    "read_text",
    "rows_of",
]
