"""Who works here, and who answers for what. Reassigning a grid ends one row and adds one; no task is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

from lianfang.accounts.devices.inviting import admit, refuse
from lianfang.accounts.devices.queries import NEWCOMER_TITLE
from lianfang.accounts.models import Grant, Newcomer
from lianfang.accounts.queries import Actor
from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.workforce.models import Assignment, Unit, Worker
from lianfang.workforce.queries import get_worker, of_areas, of_county


@dataclass(frozen=True, slots=True)
class WorkerDetails:
    """What is written down of a worker. The phone is sealed when stored."""

    name: str
    title: str = ""
    phone: str = ""
    unit_name: str = ""


@transaction.atomic
def add_worker(
    *, details: WorkerDetails, area: Area, scope: Scope, by: int | None, user_id: int | None = None
) -> Worker:
    """Somebody reports for duty in an area. Raises `workforce.name_required`, `scope.outside`."""
    scope.within(area.path)
    if not details.name.strip():
        raise Problem("workforce.name_required")
    unit = Unit.objects.get_or_create(name=details.unit_name, area=area)[0] if details.unit_name else None
    worker = Worker.objects.create(
        user_id=user_id,
        unit=unit,
        name=details.name.strip(),
        title=details.title,
        phone=details.phone or None,
        area=area,
        area_path=area.path,
    )
    audit.record("worker.add", "worker", worker.pk, by=by, path=area.path)
    return worker


@transaction.atomic
def assign_area(
    *,
    area: Area,
    worker_id: int,
    scope: Scope,
    by: int | None,
    part: str = Assignment.Part.A,
    reason: str = "",
) -> Assignment:
    """This worker answers for the area from now on; whoever did so until now stops. Asking for what is so already
    changes nothing."""
    scope.within(area.path)
    worker = get_worker(worker_id, scope)
    running = (
        Assignment.objects.select_for_update().filter(area=area, part=part, ends_at__isnull=True).first()
    )
    if running and running.worker_id == worker.pk:
        return running
    if running:
        running.ends_at, running.ended_reason = now(), reason
        running.save(update_fields=["ends_at", "ended_reason"])
    made = Assignment.objects.create(
        worker=worker, area=area, area_path=area.path, part=part, starts_at=now()
    )
    before = running.worker_id if running else None
    audit.record(
        "assignment.make",
        "area",
        area.pk,
        by=by,
        path=area.path,
        reason=reason,
        worker=worker.pk,
        before=before,
    )
    return made


@transaction.atomic
def assign_grids_in_bulk(
    *,
    pairs: Sequence[tuple[int, int]],
    scope: Scope,
    by: int | None,
    part: str = Assignment.Part.A,
    reason: str = "",
) -> int:
    """Many areas at once: (area id, worker id). Returns how many changed hands; two statements, however many."""
    wanted = dict(pairs)
    areas = {area.pk: area for area in Area.objects.filter(pk__in=wanted)}
    if missing := set(wanted) - set(areas):
        raise Problem("areas.unknown", code=min(missing))
    for area in areas.values():
        scope.within(area.path)
    within = Worker.objects.filter(of_areas(scope), pk__in=wanted.values(), is_active=True)
    known = set(within.values_list("pk", flat=True))
    if set(wanted.values()) - known:
        raise Problem("workforce.unknown_worker")
    running = Assignment.objects.select_for_update().filter(area__in=wanted, part=part, ends_at__isnull=True)
    held = dict(running.order_by("area_id").values_list("area_id", "worker_id"))
    changed = [pk for pk in sorted(wanted) if held.get(pk) != wanted[pk]]
    if not changed:
        return 0
    moment = now()
    running.filter(area__in=changed).update(ends_at=moment, ended_reason=reason)
    Assignment.objects.bulk_create(
        Assignment(
            worker_id=wanted[pk], area=areas[pk], area_path=areas[pk].path, part=part, starts_at=moment
        )
        for pk in changed
    )
    audit.record(
        "assignment.make_many",
        "area",
        changed[0],
        by=by,
        path=min(areas[pk].path for pk in changed),
        reason=reason,
        areas=changed,
    )
    return len(changed)


@transaction.atomic
def end_assignment(*, assignment_id: int, reason: str, scope: Scope, by: int | None) -> Assignment:
    """The worker stops answering for the area. Raises `workforce.already_ended`."""
    found = Assignment.objects.select_for_update().filter(scope.q(), pk=assignment_id).first()
    if found is None:
        raise Problem("workforce.unknown_assignment")
    if found.ends_at:
        raise Problem("workforce.already_ended")
    found.ends_at, found.ended_reason = now(), reason
    found.save(update_fields=["ends_at", "ended_reason"])
    audit.record("assignment.end", "area", found.area_id, by=by, path=found.area_path, reason=reason)
    return found


@transaction.atomic
def hand_over(
    *, from_worker_id: int, to_worker_id: int, scope: Scope, by: int | None, reason: str = ""
) -> list[Area]:
    """All that one worker answers for within `scope` passes to another. Returns the areas."""
    held = Assignment.objects.filter(scope.q(), worker_id=from_worker_id, ends_at__isnull=True)
    areas = [assignment.area for assignment in held.select_related("area").order_by("area_path")]
    for part in Assignment.Part.values:
        pairs = [(pk, to_worker_id) for pk in held.filter(part=part).values_list("area_id", flat=True)]
        assign_grids_in_bulk(pairs=pairs, scope=scope, by=by, part=part, reason=reason)
    return areas


@transaction.atomic
def reveal_phone(*, worker_id: int, scope: Scope, by: int, reason: str) -> tuple[Worker, str]:
    """The number of somebody on duty in one's own county, to ring them. The audit row comes before the number."""
    worker = Worker.objects.filter(of_county(scope), pk=worker_id, is_active=True).first()
    if worker is None:
        raise Problem("workforce.unknown_worker")
    audit.record("worker.dial", "worker", worker.pk, by=by, path=worker.area_path, reason=reason)
    return worker, str(worker.phone or "")


@transaction.atomic
def accept_newcomer(*, newcomer_id: int, giver: Actor) -> Newcomer:
    """Somebody sent down tonight works here until the shift ends: account, role, and a worker of that account.
    Raises what `admit` raises."""
    newcomer = admit(newcomer_id=newcomer_id, giver=giver)
    shift = newcomer.invitation
    known = Worker.objects.filter(user=newcomer.user).first()
    if known is None:
        add_worker(
            details=WorkerDetails(newcomer.name, title=NEWCOMER_TITLE),
            area=shift.area,
            scope=giver.scope_for("device.manage"),
            by=giver.id,
            user_id=newcomer.user_id,
        )
    elif not known.is_active:
        known.is_active = True
        known.save(update_fields=["is_active"])
    return newcomer


@transaction.atomic
def refuse_newcomer(*, newcomer_id: int, giver: Actor) -> Newcomer:
    """Not tonight, or taken back: they are no worker of this area any more. Raises what `refuse` raises."""
    newcomer = refuse(newcomer_id=newcomer_id, giver=giver)
    if newcomer.user_id:
        Worker.objects.filter(user=newcomer.user).update(is_active=False)
    return newcomer


def rest_newcomers() -> int:
    """Who was sent down and whose shift is over is no worker here until accepted again. Their rights ended by the clock
    already; this clears the lists to choose from. Runs as the system, every hour."""
    moment = now()
    at_work = Grant.objects.filter(user=OuterRef("user"), starts_at__lte=moment, ends_at__gt=moment)
    over = Worker.objects.filter(~Exists(at_work), title=NEWCOMER_TITLE, is_active=True, user__isnull=False)
    return over.update(is_active=False)
