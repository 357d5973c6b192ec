"""What a corrected visit had said, so that its correction loses nothing that it does not change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lianfang.campaigns.models import Visit, VisitLine
from lianfang.campaigns.models.visits import Outcome
from lianfang.core import sealing
from lianfang.core.scope import Scope
from lianfang.intake.entries import DOOR, DoorEntry

_PRESENT = ("seen", "answered_for")


def hidden_answers(blob: bytes | memoryview | None) -> dict[str, dict[str, Any]]:
    """Sensitive answers of a visit: person id or "0" → question → value. They are opened for a correction only: else
    correcting an hour would lose them."""
    return (sealing.unseal_json_left(blob, purpose="visit.answers") or {}) if blob else {}


@dataclass(frozen=True, slots=True)
class Original:
    """A visit that is corrected. `lines` as the body of an operation has them, sensitive answers with them."""

    visit: Visit
    answers: dict[str, Any]  # of the household
    lines: list[dict[str, Any]]


def originals(scope: Scope, visit_ids: Collection[UUID]) -> dict[UUID, Original]:
    """Visits of the scope with all they said. One outside of it is not in it. Two statements."""
    if not visit_ids:
        return {}
    lines: dict[UUID, list[VisitLine]] = {}
    for line in VisitLine.objects.filter(scope.q(), visit_id__in=list(visit_ids)).order_by("person_id"):
        lines.setdefault(line.visit_id, []).append(line)
    found = {}
    for visit in Visit.objects.filter(scope.q(), pk__in=list(visit_ids)):
        hidden = hidden_answers(visit.sealed_answers)
        said = [_line(line, hidden.get(str(line.person_id), {})) for line in lines.get(visit.pk, ())]
        found[visit.pk] = Original(visit, {**visit.answers, **hidden.get("0", {})}, said)
    return found


def _line(line: VisitLine, hidden: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        "person": line.person_id,
        "presence": line.presence,
        "answered_by": line.answered_by,
        "away_place": line.away_place,
        "away_since": line.away_since_on and line.away_since_on.isoformat(),
        "back_on": line.back_on and line.back_on.isoformat(),
        "reason": line.reason,
        "answers": {**line.answers, **hidden},
    }
    return {key: value for key, value in given.items() if value}


def with_unlisted(original: Original, listed: Collection[int], body: Mapping[str, Any]) -> dict[str, Any]:
    """The correction with the lines of those of whom its page shows nothing, because they live elsewhere by now."""
    if not body["outcome"] == Outcome.MET == original.visit.outcome:
        return dict(body)
    unlisted = [line for line in original.lines if line["person"] not in listed]
    return {**body, "lines": [*body["lines"], *unlisted]}


def unmet(entry: DoorEntry, original: Original | None) -> tuple[str, ...]:
    """Who is answered for in a correction of a visit at which they were not met: it has to say how they were met.
    DOOR where the whole house was not. `original`: None where it is not within reach."""
    body = entry.body
    if body["outcome"] != Outcome.MET:
        return ()
    was_met = original is not None and original.visit.outcome == Outcome.MET
    if not was_met and body["answers"] and not (body["lines"] or body.get("members")):
        return (DOOR,)
    was = {line["person"]: line["presence"] for line in original.lines} if original else {}
    return tuple(
        str(line["person"])
        for line in body["lines"]
        if not line["presence"] and was.get(line["person"]) not in _PRESENT
    )


def completed(entry: DoorEntry, original: Original, *, is_dated: bool, others: Scope | None) -> DoorEntry:
    """A correction from the sheet, where only what changes is written, with all that it leaves as it was. `is_dated`:
    somebody wrote when it was; `others`: where its clerk may enter what somebody else did."""
    visit = original.visit
    body = {**entry.body, "supersedes": str(visit.pk)}
    if not body.get("note") and visit.note:
        body["note"] = visit.note
    if not body.get("worker") and visit.worker_id and others is not None and others.covers(visit.area_path):
        body["worker"] = visit.worker_id
    if not body["lines"] and not body["answers"] and not body.get("members"):
        body["outcome"] = visit.outcome  # only its hour, its worker or a note is put right
    if body["outcome"] == Outcome.MET == visit.outcome:
        body["answers"] = {**original.answers, **body["answers"]}
        body["lines"] = _together(original.lines, body["lines"])
        body["as_before"] = _still_before(visit.as_before, entry.body)
    return DoorEntry(entry.household_id, entry.happened_at if is_dated else visit.happened_at, body)


def _together(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = {line["person"]: line for line in before}
    for line in now:
        was = lines.get(line["person"], {})
        if not line["presence"]:
            line = {**was, "answers": line["answers"]}
        if line["presence"] in _PRESENT and was.get("presence") in _PRESENT:
            line = {**line, "answers": {**was.get("answers", {}), **line.get("answers", {})}}
        lines[line["person"]] = line
    return list(lines.values())


def _still_before(before: Collection[str], body: Mapping[str, Any]) -> list[str]:
    """What was taken over from the round before and is not said anew."""
    said = {f"0.{key}" for key in body["answers"]}
    for line in body["lines"]:
        said.add(f"{line['person']}.presence")
        said |= {f"{line['person']}.{key}" for key in line.get("answers", {})}
    return sorted({*body.get("as_before", ()), *(each for each in before if each not in said)})
