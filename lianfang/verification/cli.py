"""What `lianfang verification check` does: a file in, a line for each of its rows out, and nothing kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import gettext as _

from lianfang.areas.queries import get_area
from lianfang.verification.checking import check_file, status_of
from lianfang.verification.matching import Places, places_of
from lianfang.verification.reasons import words_of
from lianfang.verification.rows import NEEDS_NO_CALL, Bucket, Checked
from lianfang.verification.triage import counted

COLUMNS = (
    *("row", "verdict", "person_id", "person_ref", "score"),
    *("triage", "town", "village", "status", "reasons"),
)


def check(*, file: Path, county: str, out: Path, period_days: int | None = None) -> int:
    area = get_area(county)
    found = check_file(file, county=area, period_days=period_days)
    write(found, out, places_of(area))
    counts = counted([each.triage for each in found])
    print(
        _("共{rows}条：{free}条不用打电话，{decide}条要人定，{desk}条分不下去，{ready}条可派发。").format(
            rows=len(found),
            free=sum(counts[bucket] for bucket in NEEDS_NO_CALL),
            decide=counts[Bucket.DECIDE],
            desk=counts[Bucket.UNROUTABLE],
            ready=counts[Bucket.OUT],
        )
    )
    return 0


def write(found: Iterable[Checked], out: Path, places: Places) -> None:
    """One line a row, in order. With a mark at its beginning, so that a spreadsheet reads its Chinese."""
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_line(each, places) for each in found)


def _line(checked: Checked, places: Places) -> tuple[str | int, ...]:
    row, match, triage = checked.row, checked.match, checked.triage
    best = match.best
    shown = best or (match.candidates[0] if match.candidates else None)
    town, village = triage.town, triage.village
    if triage.bucket == Bucket.DECIDE and best:  # where it goes if that is who is meant
        town, village, _path = places.chain(best.area_path)
    reasons = ";".join(code for code, _kind, _weight in shown.reasons) if shown else ""
    return (
        row.row,
        match.verdict.value,
        best.person_id if best else "",
        best.reference if best else "",
        f"{shown.weight:.2f}" if shown else "",
        triage.bucket.value,
        town,
        village,
        status_of(triage),
        "；".join(part for part in (words_of(triage.reasons), reasons) if part),
    )
