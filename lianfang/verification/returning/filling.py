"""A sender's list and the answers of its rows → the list back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from lianfang.core.reading.files import OLE, ZIP
from lianfang.core.reading.markup import form_of
from lianfang.core.scratch import scratch
from lianfang.core.workbooks.faults import WorkbookFault
from lianfang.register.columns import Choices
from lianfang.verification.reading import PASTED, ListFile, read
from lianfang.verification.returning.answered import Answered
from lianfang.verification.returning.copies import copied, lines_copied
from lianfang.verification.returning.counting import Counts, Tally
from lianfang.verification.returning.placing import places_of
from lianfang.verification.returning.separated import Separated
from lianfang.verification.returning.workbooks import cells_of, filled_workbook


@dataclass(frozen=True)
class Returned:
    """`name`: of the file, with the ending it has now. `note`: why the layout is not the sender's own, or ""."""

    name: str
    counts: Counts
    note: str = ""


def fill(
    original: Path | bytes,
    answers: Mapping[tuple[str, int], Answered],
    out: Path | BinaryIO,
    *,
    name: str = "",
    listed: ListFile | None = None,
    chosen: Choices | None = None,
) -> Returned:
    """Writes the list with what was found out: (sheet, row as the spreadsheet counts) → answer, one for each row.

    `name`: of the sender's file, needed with bytes (of a text: `PASTED` + .txt). `listed`: the file as it was read.
    Raises `verification.return_unbalanced`, before anything is written, and `register.file_unreadable`.
    """
    with scratch() as folder:
        if isinstance(original, bytes):
            path = folder / Path(name or f"{PASTED}.txt").name
            path.write_bytes(original)
        else:
            path = original
        listed = listed or read(path, chosen=chosen)
        tally = Tally()
        content, suffix, note = _filled(path, listed, dict(answers), tally)
    counts = tally.balanced(len(listed.rows), len(answers))
    if isinstance(out, Path):
        out.write_bytes(content)
        out.chmod(0o600)
    else:
        out.write(content)
    return Returned(Path(name or path.name).stem + suffix, counts, note)


def _filled(
    path: Path, listed: ListFile, answers: dict[tuple[str, int], Answered], tally: Tally
) -> tuple[bytes, str, str]:
    """(content, ending, note)."""
    content = path.read_bytes()
    if content[:4] == ZIP:
        try:
            return filled_workbook(content, listed, answers, tally), ".xlsx", ""
        except WorkbookFault as fault:
            tally.clear()
            return copied(path, listed, answers, tally), ".xlsx", _new(fault.reason)
    if content[:4] == OLE or form_of(content[:4096]):
        return copied(path, listed, answers, tally), ".xlsx", _new(_("这是旧格式的文件。"))
    separated = Separated(content)
    if separated.is_table and len(listed.sheets) == 1:
        sheet = listed.sheets[0]
        places = places_of(sheet, separated.width)
        filled, is_same = separated.filled(cells_of(sheet, places, answers, tally))
        return filled, path.suffix or ".csv", "" if is_same else _("原来的编码写不下这些字，已改为UTF-8。")
    if listed.kind == "text":
        return (
            lines_copied(content, listed, answers, tally),
            ".xlsx",
            _("聊天里的文字按原来的次序放进xlsx，每行右边是核查结果。"),
        )
    return copied(path, listed, answers, tally), ".xlsx", _new("")


def _new(reason: str) -> str:
    return reason + _("不能照原样写回，已另存为xlsx：内容、次序、合并的格子照原样，边框和颜色没有了。")
