"""The rows of one person: those that merges joined to the row that goes on."""

from __future__ import annotations

from collections.abc import Collection

from lianfang.register.models import Merge

Joined = dict[
    int, tuple[int, int]
]  # row that went → (row that goes on, the merge by which it came to that one)


def rows_of(people: Collection[int]) -> Joined:
    """Every row that was merged into one of these, by however many steps."""
    found: Joined = {}
    reached = {person: (person, 0) for person in people}
    while reached:
        merges = Merge.objects.filter(kept__in=reached, undone_at__isnull=True)
        steps = merges.values_list("dropped_id", "kept_id", "pk")
        reached = {dropped: (reached[kept][0], reached[kept][1] or pk) for dropped, kept, pk in steps}
        found |= reached
    return found


def kept_of(rows: Collection[int]) -> Joined:
    """Of those of these rows that were merged away, the row that goes on."""
    found: Joined = {}
    asked = {row: (row, 0) for row in rows}
    while asked:
        merges = Merge.objects.filter(dropped__in=[at for at, _ in asked.values()], undone_at__isnull=True)
        steps = {
            dropped: (kept, pk) for dropped, kept, pk in merges.values_list("dropped_id", "kept_id", "pk")
        }
        asked = {row: steps[at] for row, (at, _) in asked.items() if at in steps}
        found |= asked
    return found
