"""Merged cells of a sheet that was filled: those of the template where they now stand, and of each added row its own."""

from __future__ import annotations

from collections.abc import Iterator

from lianfang.core.letters import column_letter
from lianfang.reports.tables.body_plan import BodyPlan
from lianfang.reports.tables.references import RowMap, range_moved
from lianfang.reports.tables.sheet_part import SheetPart, range_of

_FLUSH = 2000  # rows


def merges_written(part: SheetPart, rows: RowMap, plan: BodyPlan | None) -> Iterator[bytes]:
    """The whole element, in pieces; nothing when no cells are merged any more."""
    prefix = part.prefix
    kept = [moved for ref in part.merges if (moved := range_moved(ref, rows, grows_single=False))]
    kept = [ref for ref in kept if ":" in ref]
    beside = [_merged_in(part, source) for source in plan.sources] if plan else []
    added = plan.added if plan and any(beside) else 0
    count = len(kept) + sum(len(beside[turn % len(beside)]) for turn in range(added))
    if not count:
        return
    yield f'<{prefix}mergeCells count="{count}">'.encode()
    yield "".join(f'<{prefix}mergeCell ref="{ref}"/>' for ref in kept).encode()
    first = plan.first_added if plan else 0
    for start in range(0, added, _FLUSH):
        lines = [
            f'<{prefix}mergeCell ref="{a}{first + turn}:{b}{first + turn}"/>'
            for turn in range(start, min(added, start + _FLUSH))
            for a, b in beside[turn % len(beside)]
        ]
        yield "".join(lines).encode()
    yield f"</{prefix}mergeCells>".encode()


def _merged_in(part: SheetPart, source: int) -> list[tuple[str, str]]:
    """Cells merged side by side within this row."""
    found = []
    for ref in part.merges:
        try:
            first_row, first_column, last_row, last_column = range_of(ref)
        except ValueError:
            continue
        if first_row == last_row == source and last_column > first_column:
            found.append((column_letter(first_column - 1), column_letter(last_column - 1)))
    return found
