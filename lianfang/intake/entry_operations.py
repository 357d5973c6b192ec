"""Writes of the clerk's sheet: the draft that survives the closing of a tab, and the doors that are saved as visits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from lianfang.areas.models import Area
from lianfang.core import audit, sealing
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, crossing
from lianfang.intake.corrections import completed, originals, unmet
from lianfang.intake.entries import Block, CellFault, DoorReading, EntryForm, read_door
from lianfang.intake.entries.draft import DoorDraft, Draft, read_draft
from lianfang.intake.entries.visits import read_hour
from lianfang.intake.models import EntryDraft
from lianfang.intake.operations import Filer, OperationInput, Receipt, correct_held, receive

_PURPOSE = "entry.draft"
KEPT_DAYS = 30  # a sheet on which nobody writes
FILED = ("filed", "already_filed")


@dataclass(frozen=True, slots=True)
class KeptDraft:
    version: int
    content: Mapping[str, Any]  # as the page sent it
    saved_at: dt.datetime | None
    has_discarded: bool


@dataclass(frozen=True, slots=True)
class SavedDoor:
    """What became of one door: a receipt, or the faults that keep it on the sheet."""

    household_id: int
    op_id: UUID
    receipt: Receipt | None = None
    faults: tuple[CellFault, ...] = ()

    @property
    def is_filed(self) -> bool:
        return self.receipt is not None and self.receipt.status in FILED


def find_draft(scope: Scope, area: Area, *, by: int) -> KeptDraft:
    """What this clerk has on this village's sheet. Where villages merged there may be two: they are one from then on."""
    rows = _rows(scope, area, by)
    found: dict[str, Any] = {}
    for row in reversed(rows):  # the newest last, so that what it says holds
        if row.content:
            content = _opened(row.content)
            doors = {**found.get("doors", {}), **content.get("doors", {})}
            found = {
                **found,
                **content,
                "doors": doors,
                "kept": found.get("kept", []) + content.get("kept", []),
            }
    newest = rows[0] if rows else None
    return KeptDraft(
        newest.version if newest else 0,
        found,
        newest.saved_at if newest and newest.content else None,
        any(row.discarded for row in rows),
    )


def _rows(scope: Scope, area: Area, by: int) -> list[EntryDraft]:
    found = EntryDraft.objects.filter(scope.q(), user_id=by, area_path=area.path)
    return list(found.order_by("-saved_at", "-pk"))


@transaction.atomic
def keep_draft(
    *, area: Area, content: Mapping[str, Any], version: int, force: bool, scope: Scope, by: int
) -> int:
    """Write the draft over what is kept, and say its new version. A page that has not seen the kept version is told
    so (`intake.draft_elsewhere`) unless it insists. No audit line: nothing is said of anybody yet."""
    if not scope.covers(area.path):
        raise Problem("scope.outside")
    sealed = sealing.seal(json.dumps(content), key="intake", purpose=_PURPOSE)
    row, is_new = EntryDraft.objects.get_or_create(
        user_id=by,
        area_code=area.code,
        defaults={"area_path": area.path, "content": sealed, "version": 1, "saved_at": now()},
    )
    if is_new:
        return 1
    row = EntryDraft.objects.select_for_update().get(pk=row.pk)
    if row.version != version and not force:
        raise Problem("intake.draft_elsewhere")
    row.version += 1
    row.content, row.saved_at, row.area_path = sealed, now(), area.path
    row.save(update_fields=["version", "content", "saved_at", "area_path"])
    EntryDraft.objects.filter(scope.q(), user_id=by, area_path=area.path).exclude(pk=row.pk).delete()
    return row.version


@transaction.atomic
def write_draft(
    *, area: Area, blocks: Sequence[Block], kept: Sequence[Mapping[str, Any]], scope: Scope, by: int
) -> None:
    """What sheets that are given back say, over what is written of the same cells already; nothing is filed."""
    content = dict(find_draft(scope, area, by=by).content)
    doors = dict(content.get("doors") or {})
    for block in blocks:
        for household, texts in block.texts.items():
            was = doors.get(str(household)) or {"op": str(uuid4()), "cells": {}, "same": {}}
            cells = {who: dict(row) for who, row in was["cells"].items()}
            same = {who: list(columns) for who, columns in was["same"].items()}
            for who, row in texts.items():
                cells.setdefault(who, {}).update(row)
                by_last = block.repeated.get(household, {}).get(who, frozenset())
                same[who] = sorted({*same.get(who, ())} - set(row) | by_last)
            doors[str(household)] = {**was, "cells": cells, "same": same}
    content |= {"doors": doors, "kept": [*content.get("kept", ()), *kept]}
    read_draft(content)  # no more of it than the page may send
    keep_draft(area=area, content=content, version=0, force=True, scope=scope, by=by)


@transaction.atomic
def discard_draft(*, area: Area, scope: Scope, by: int) -> None:
    """Clear the sheet. What stood on it is kept until the next is thrown away."""
    rows = [row for row in _rows(scope, area, by) if row.content]
    if not rows:
        raise Problem("intake.no_draft")
    kept = find_draft(scope, area, by=by)
    row = rows[0]
    row.discarded = sealing.seal(json.dumps(kept.content), key="intake", purpose=_PURPOSE)
    row.content, row.version, row.saved_at = None, row.version + 1, now()
    row.save()
    audit.record("entry.discard", "entry", area.code, by=by, path=area.path)


@transaction.atomic
def restore_draft(*, area: Area, scope: Scope, by: int) -> None:
    """Bring back what was thrown away last; doors that were typed since stay as they are."""
    row = next((row for row in _rows(scope, area, by) if row.discarded), None)
    if row is None or row.discarded is None:
        raise Problem("intake.no_draft")
    back = _opened(row.discarded)
    since = find_draft(scope, area, by=by).content
    doors = {**back.get("doors", {}), **since.get("doors", {})}
    merged = {**back, **since, "doors": doors, "kept": back.get("kept", []) + since.get("kept", [])}
    row.content = sealing.seal(json.dumps(merged), key="intake", purpose=_PURPOSE)
    row.discarded, row.version, row.saved_at = None, row.version + 1, now()
    row.save()
    audit.record("entry.restore", "entry", area.code, by=by, path=area.path)


def purge_drafts() -> int:
    """Sheets on which nobody wrote for a month go for good, and what was cleared from them. Runs as the system, once a
    day."""
    with crossing("entry.purge", actor_id=None) as scope, transaction.atomic():
        old = now() - dt.timedelta(days=KEPT_DAYS)
        found = EntryDraft.objects.filter(scope.q(), saved_at__lt=old)
        gone = list(found.select_for_update(skip_locked=True).values_list("pk", "area_code", "area_path"))
        EntryDraft.objects.filter(pk__in=[pk for pk, _, _ in gone]).delete()
        audit.record_each("entry.purge", "entry", [(code, path) for _, code, path in gone], by=None)
    return len(gone)


def _opened(sealed: bytes | memoryview) -> dict[str, Any]:
    found: dict[str, Any] = sealing.unseal_json(sealed, purpose=_PURPOSE)
    return found


# ---------- reading and saving ----------


def form_of(form: EntryForm, draft: Draft) -> EntryForm:
    """With what the draft says once for all doors. Raises `visits.bad_time` when its hour cannot be read."""
    happened_at = read_hour(draft.at, form.moment) if draft.at.strip() else None
    if draft.at.strip() and happened_at is None:
        raise Problem("visits.bad_time")
    return replace(form, happened_at=happened_at, worker_id=draft.worker_id, channel=draft.channel)


def read_doors(form: EntryForm, draft: Draft, only: Collection[int] | None = None) -> dict[int, DoorReading]:
    """Every door of the draft that the form knows, or some of them."""
    return {
        household: read_door(
            form.by_household[household], door.cells, form, door.same, is_correction=door.corrects is not None
        )
        for household, door in draft.doors.items()
        if household in form.by_household and (only is None or household in only)
    }


def file_doors(
    *,
    form: EntryForm,
    draft: Draft,
    households: Iterable[int],
    home_path: str,
    filer: Filer,
    settling: Scope,
) -> list[SavedDoor]:
    """One visit a door, each whole or not at all. A door with a fault stays; one that had been held before is put
    right, not held a second time."""
    households = list(dict.fromkeys(households))
    readings = read_doors(form, draft, households)
    corrected = originals(
        filer.scope, {door.corrects for door in draft.doors.values() if door.corrects is not None}
    )
    saved: list[SavedDoor] = []
    fresh: list[tuple[int, OperationInput]] = []
    for household in households:
        door, reading = draft.doors.get(household), readings.get(household)
        if door is None or reading is None:
            continue
        if reading.entry is None:
            saved.append(SavedDoor(household, door.op_id, None, reading.faults))
            continue
        entry = reading.entry
        if door.corrects is not None:
            original = corrected.get(door.corrects)
            if nobody := unmet(entry, original):
                lacking = tuple(CellFault(who, "presence", "no_presence") for who in nobody)
                saved.append(SavedDoor(household, door.op_id, None, lacking))
                continue
            is_dated = bool(draft.at.strip() or door.cells.get("", {}).get("at", "").strip())
            if original:
                entry = completed(entry, original, is_dated=is_dated, others=filer.others)
            else:
                entry = replace(entry, body={**entry.body, "supersedes": str(door.corrects)})
        operation = OperationInput(door.op_id, "visit", entry.happened_at, entry.body)
        if door.held:
            saved.append(SavedDoor(household, door.op_id, _put_right(door, operation, settling, filer)))
        else:
            fresh.append((household, operation))
    receipts = _received([operation for _, operation in fresh], home_path, filer)
    saved += [
        SavedDoor(household, operation.op_id, receipt)
        for (household, operation), receipt in zip(fresh, receipts, strict=True)
    ]
    return saved


def _received(operations: Sequence[OperationInput], home_path: str, filer: Filer) -> list[Receipt]:
    if not operations:
        return []
    return receive(
        operations, source="desk", scope=filer.scope, home_path=home_path, by=filer.by, others=filer.others
    )


def _put_right(door: DoorDraft, operation: OperationInput, settling: Scope, filer: Filer) -> Receipt:
    try:
        return correct_held(
            op_id=door.held or door.op_id,
            body=operation.body,
            happened_at=operation.happened_at,
            scope=settling,
            settler=filer,
        )
    except Problem as problem:
        if problem.code == "intake.already_settled":
            return Receipt(door.op_id, "already_filed")
        return Receipt(door.op_id, "held", problem.code, problem.payload)
