"""Planning and confirming: nothing changes before a person has looked at it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.db.models import Q

from lianfang.areas.changes.applying import apply_adjustment
from lianfang.areas.changes.plan import Step, by_day, plan_changes, told_by
from lianfang.areas.models import Adjustment, Area, AreaChange
from lianfang.areas.pinyin import initials
from lianfang.areas.rules import LONGEST_INITIALS, LONGEST_PATH, RANK, common_path, path_of
from lianfang.areas.succession import Former, Place, is_history
from lianfang.core import audit
from lianfang.core.clock import now, today
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, subtree

log = logging.getLogger(__name__)
VILLAGE = RANK["village"]
REGISTER = {"code", "name", "level", "parent"}


def register_now(counties: Iterable[str] | None = None) -> dict[str, Place]:
    """The tree down to villages as it lives now; of these counties and what lies above them, or all of it."""
    found = Area.objects.filter(
        valid_to__isnull=True, level__in=[key for key in RANK if RANK[key] <= VILLAGE]
    )
    if counties is not None:
        within = Q(pk__in=[])
        for path in Area.objects.filter(code__in=list(counties)).values_list("path", flat=True):
            low, high = subtree(path)
            within |= Q(path__gte=low, path__lt=high)
        found = found.filter(within)
    rows = found.order_by("path").values_list("code", "name", "level", "parent__code")
    return {code: Place(code, name, level, parent or "") for code, name, level, parent in rows}


@dataclass(frozen=True)
class Planned:
    """What a file asks for: one adjustment for each day it names, and old codes and names to be remembered."""

    adjustments: tuple[Adjustment, ...]
    formers: tuple[Former, ...]


@transaction.atomic
def plan_file(
    *,
    rows: Sequence[Mapping[str, str]],
    document: str,
    effective_on: dt.date,
    scope: Scope,
    by: int | None,
) -> Planned:
    """Compare a file with the tree. Nothing changes yet: what it asks for waits to be looked at.

    Raises `areas.history_unreadable`, `areas.no_change`, `areas.unknown`, `scope.outside`.
    """
    columns = set(rows[0]) if rows else set()
    if not is_history(columns) and not columns >= REGISTER:
        raise Problem("areas.history_unreadable", columns=",".join(sorted(columns))[:120])
    adjustments: list[Adjustment] = []
    formers: list[Former] = []
    for day, part in by_day(rows, effective_on):
        codes = {code for row in part for code in _codes_in(row)}
        known = list(Area.objects.filter(code__in=codes | {code[:6] for code in codes}, level="county"))
        if not known:
            raise Problem("areas.unknown", code=min(codes, default="—"))
        for county in known:
            scope.within(county.path)
            own = [row for row in part if any(code[:6] == county.code for code in _codes_in(row))]
            before = register_now([county.code])
            told = told_by(own, before, day.year)
            after = {code: place for code, place in told.after.items() if RANK[place.level] >= RANK["county"]}
            formers += told.formers
            steps = plan_changes(before, after, told.links)
            _require_known_and_within(scope, county, steps)
            if steps:
                planned = Adjustment(document=document[:200], area=county, effective_on=day, recorded_by=by)
                planned.steps, planned.recorded_at = [list(step) for step in steps], now()
                planned.save(force_insert=True)
                adjustments.append(planned)
    formers = _not_noted(formers)
    if not adjustments and not formers:
        raise Problem("areas.no_change")
    for adjustment in adjustments:
        audit.record(
            "area.plan_change",
            "adjustment",
            adjustment.pk,
            by=by,
            path=adjustment.area.path,
            count=len(adjustment.steps),
        )
    return Planned(tuple(adjustments), tuple(formers))


def _not_noted(formers: Sequence[Former]) -> list[Former]:
    codes = [former.code for former in formers]
    noted = set(AreaChange.objects.filter(old__code__in=codes).values_list("old__code", "old_name"))
    return [former for former in formers if (former.code, former.name) not in noted]


def _require_known_and_within(scope: Scope, county: Area, steps: Iterable[Step]) -> None:
    """A row of one's own county may name a parent in another one: its people would go where nobody agreed."""
    named = {code for step in steps for code in (step.new, step.parent) if code}
    known = dict(Area.objects.filter(code__in=named).values_list("code", "path"))
    for path in known.values():
        if not county.path.startswith(path):
            scope.within(path)
    missing = named - known.keys() - {step.new for step in steps if step.kind == "begin"}
    if missing:  # a slip in a parent's code: said now, not on the day it takes effect
        raise Problem("areas.unknown", code=min(missing))


def _codes_in(row: Mapping[str, str]) -> list[str]:
    return [row[key] for key in ("code", "old_code", "new_code") if row.get(key) and len(row[key]) >= 6]


@transaction.atomic
def confirm(*, adjustment_id: int, effective_on: dt.date, scope: Scope, by: int) -> Adjustment:
    """Today or earlier: applied at once. Later: applied when the day has come, by the clock."""
    adjustment = _waiting(adjustment_id, scope)
    adjustment.effective_on = effective_on
    adjustment.confirmed_by, adjustment.confirmed_at = by, now()
    adjustment.state = Adjustment.State.CONFIRMED
    adjustment.fault = ""
    adjustment.save()
    audit.record("area.confirm_change", "adjustment", adjustment.pk, by=by, path=adjustment.area.path)
    if effective_on <= today():
        apply_adjustment(adjustment=adjustment, by=by)
    return adjustment


@transaction.atomic
def drop(*, adjustment_id: int, scope: Scope, by: int) -> None:
    adjustment = _waiting(adjustment_id, scope)
    adjustment.state = Adjustment.State.DROPPED
    adjustment.save(update_fields=["state"])
    audit.record("area.drop_change", "adjustment", adjustment.pk, by=by, path=adjustment.area.path)


def _waiting(adjustment_id: int, scope: Scope) -> Adjustment:
    adjustment = (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("area")
        .filter(pk=adjustment_id)
        .first()
    )
    if adjustment is None:
        raise Problem("areas.unknown_change")
    scope.within(adjustment.area.path)
    if adjustment.state not in (Adjustment.State.PLANNED, Adjustment.State.CONFIRMED):
        raise Problem("areas.change_done")
    return adjustment


def apply_due() -> int:
    """Those whose day has come. One that fails says why and stays; it does not stop the others."""
    due = Adjustment.objects.filter(state=Adjustment.State.CONFIRMED, effective_on__lte=today(), fault="")
    count = 0
    for adjustment in due.select_related("area").order_by("effective_on", "pk"):
        try:
            with transaction.atomic():
                apply_adjustment(adjustment=adjustment, by=adjustment.confirmed_by)
            count += 1
        except Problem as problem:
            Adjustment.objects.filter(pk=adjustment.pk).update(fault=problem.message[:200])
        except DatabaseError as error:
            log.exception("adjustment %s", adjustment.pk)
            Adjustment.objects.filter(pk=adjustment.pk).update(fault=type(error).__name__)
    return count


@transaction.atomic
def remember(*, formers: Sequence[Former], source: str, by: int | None) -> int:
    """Old codes and names that the tree never had: kept as areas that are no more, so that they still lead somewhere.

    Nothing hangs on them and nothing moves. Returns how many became known.
    """
    codes = {code for former in formers for code in (former.code, former.parent, *former.successors)}
    areas = {area.code: area for area in Area.objects.filter(code__in=codes)}
    told = set(AreaChange.objects.filter(old__in=areas.values()).values_list("old__code", "old_name"))
    moment, count = now(), 0
    paths: list[str] = []
    for former in sorted(formers, key=lambda one: RANK[one.level]):
        if (former.code, former.name) in told:
            continue
        end = dt.date((former.until_year or today().year - 1) + 1, 1, 1)
        area = areas.get(former.code) or _never_known(former, areas, end)
        if area is None or (area.is_living and area.code not in former.successors):
            continue
        areas[area.code] = area
        news: list[Area | None] = [areas[code] for code in former.successors if code in areas]
        kind = "rename" if area.is_living else ("split" if len(news) > 1 else "merge" if news else "end")
        AreaChange.objects.bulk_create(
            AreaChange(
                kind=kind,
                effective_on=end,
                old=area,
                new=new,
                old_name=former.name,
                new_name=new.name if new else "",
                source=source[:200],
                recorded_by=by,
                recorded_at=moment,
                applied_at=moment,
            )
            for new in (news or [None])
        )
        paths += [area.path, *(new.path for new in news if new is not None)]
        count += 1
    if count:
        audit.record("area.remember", "area", "file", by=by, path=common_path(paths), count=count)
    return count


def _never_known(former: Former, areas: dict[str, Area], end: dt.date) -> Area | None:
    parent = areas.get(former.parent)
    if parent is None:
        return None
    path = path_of(former.code, parent.code, parent.path)
    if len(path) > LONGEST_PATH or Area.objects.filter(path=path).exists():
        return None
    return Area.objects.create(
        code=former.code,
        name=former.name,
        level=former.level,
        parent=parent,
        path=path,
        initials=initials(former.name)[:LONGEST_INITIALS],
        valid_to=end,
    )
