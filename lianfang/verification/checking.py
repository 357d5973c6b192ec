"""From rows to what becomes of them: matched with the register, sorted, placed. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from lianfang.areas.models import Area
from lianfang.core.scope import crossing
from lianfang.verification.matching import match, places_of
from lianfang.verification.rows import Checked, ListRow, Verdict
from lianfang.verification.triage import Known, judge

Knowing = Callable[[Collection[int]], Known]


def check_rows(
    rows: Sequence[ListRow], *, county: Area, known: Knowing | None = None, by: int | None = None
) -> list[Checked]:
    """One for each row, in their order. `known` is asked once, about everybody whom the rows mean for certain."""
    with crossing("verification.check", actor_id=by):
        places = places_of(county)
        matches = match(rows, county=county, places=places, by=by)
        sure = {m.candidates[0].person_id for m in matches if m.verdict == Verdict.SAME}
        facts = known(sure) if known else Known()
        found = judge(rows, matches, places, facts)
    return [Checked(*each) for each in zip(rows, matches, found, strict=True)]
