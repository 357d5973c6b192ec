"""From a list to what becomes of its rows: matched with the register, sorted, placed. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lianfang.areas.models import Area
from lianfang.core.clock import now
from lianfang.core.memory import all_stays
from lianfang.core.scope import crossing
from lianfang.verification import rules
from lianfang.verification.matching import match, places_of
from lianfang.verification.queries.known import Asker, known_of
from lianfang.verification.reading import read
from lianfang.verification.rows import Bucket, Checked, ListRow, Triage, Verdict
from lianfang.verification.triage import Known, judge

Knowing = Callable[[Collection[int]], Known]
# What a freshly checked row is: PushedRow.State.
_STATUS = {Bucket.DECIDE: "deciding", Bucket.UNROUTABLE: "desk", Bucket.OUT: "ready"}


def status_of(triage: Triage) -> str:
    """deciding, desk, ready; answered for what needs nobody's call."""
    return _STATUS.get(triage.bucket, "answered")


def check_file(
    file: Path, *, county: Area, period_days: int | None = None, by: int | None = None
) -> list[Checked]:
    """Every row of every sheet, in the file's order, as if it had come now. `period_days`: after so many days the
    protocol asks nothing any more. Raises `register.file_unreadable`."""
    asker = Asker(None, county.path, now(), rules.CHECKED_DAYS, period_days)
    with all_stays():
        rows = [row for sheet in read(file).sheets for row in sheet.rows]
        return check_rows(rows, county=county, known=lambda people: known_of(asker, people, rows), by=by)


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
