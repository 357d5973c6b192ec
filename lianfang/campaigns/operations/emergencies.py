"""An emergency is opened by an order, ends by itself after 14 days, and goes on only if two people want it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from lianfang.campaigns.models import Campaign, Emergency, EmergencyRenewal, Order, Round
from lianfang.core import audit, keys
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope

RUNS = dt.timedelta(days=14)  # one incubation period: who wants more time says why, again
BY_CLOCK = "到期自动终止"


@dataclass(frozen=True, slots=True)
class EmergencyTerms:
    """What an emergency is declared for, and on which law it stands."""

    name: str
    pathogen: str
    legal_basis: str
    level: str = ""


@transaction.atomic
def open_emergency(*, order_id: int, terms: EmergencyTerms, scope: Scope, by: int) -> Emergency:
    """Open it from an order, for the order's area, with a key of its own that is destroyed when it ends."""
    order = Order.objects.filter(pk=order_id).select_related("area").first()
    if order is None:
        raise Problem("campaigns.unknown_order")
    scope.within(order.area_path)
    if not (terms.name.strip() and terms.pathogen.strip() and terms.legal_basis.strip()):
        raise Problem("campaigns.reason_required")
    moment = now()
    emergency = Emergency.objects.create(
        order=order,
        name=terms.name.strip(),
        pathogen=terms.pathogen.strip(),
        level=terms.level,
        legal_basis=terms.legal_basis.strip(),
        area=order.area,
        area_path=order.area_path,
        opened_at=moment,
        opened_by=by,
        ends_at=moment + RUNS,
    )
    # Before the commit: an emergency without its key could store nothing, a key without emergency harms nobody.
    keys.create(keys.emergency(emergency.pk))
    audit.record(
        "emergency.open", "emergency", emergency.pk, by=by, path=order.area_path, reason=emergency.legal_basis
    )
    return emergency


@transaction.atomic
def request_renewal(*, emergency_id: int, reason: str, scope: Scope, by: int) -> EmergencyRenewal:
    """The first of two people asks for 14 more days."""
    emergency = _running(emergency_id, scope)
    if not reason.strip():
        raise Problem("campaigns.reason_required")
    if emergency.renewals.filter(approved_by__isnull=True).exists():
        raise Problem("campaigns.renewal_waiting")
    renewal = EmergencyRenewal.objects.create(
        emergency=emergency, requested_by=by, requested_at=now(), reason=reason.strip()
    )
    audit.record(
        "emergency.ask_renewal",
        "emergency",
        emergency.pk,
        by=by,
        path=emergency.area_path,
        reason=reason.strip(),
    )
    return renewal


@transaction.atomic
def approve_renewal(*, emergency_id: int, scope: Scope, by: int) -> Emergency:
    """The second person agrees: 14 days from now. Raises `campaigns.second_person` for the one who asked."""
    emergency = _running(emergency_id, scope)
    renewal = emergency.renewals.filter(approved_by__isnull=True).order_by("pk").first()
    if renewal is None:
        raise Problem("campaigns.no_renewal")
    if renewal.requested_by == by:
        raise Problem("campaigns.second_person")
    moment = now()
    renewal.approved_by, renewal.approved_at = by, moment
    renewal.save(update_fields=["approved_by", "approved_at"])
    emergency.renewed_at, emergency.ends_at = moment, moment + RUNS
    # Who wanted to end it has been outvoted by who renewed it: the wish starts again.
    emergency.end_asked_by = emergency.end_asked_at = None
    emergency.ended_reason = ""
    emergency.save(update_fields=["renewed_at", "ends_at", "end_asked_by", "end_asked_at", "ended_reason"])
    audit.record(
        "emergency.renew", "emergency", emergency.pk, by=by, path=emergency.area_path, reason=renewal.reason
    )
    return emergency


@transaction.atomic
def ask_end(*, emergency_id: int, reason: str, scope: Scope, by: int) -> Emergency:
    """The first of two people wants it ended before its time."""
    emergency = _running(emergency_id, scope)
    if not reason.strip():
        raise Problem("campaigns.reason_required")
    if emergency.end_asked_by:
        raise Problem("campaigns.renewal_waiting")
    emergency.end_asked_by, emergency.end_asked_at, emergency.ended_reason = by, now(), reason.strip()
    emergency.save(update_fields=["end_asked_by", "end_asked_at", "ended_reason"])
    audit.record(
        "emergency.ask_end", "emergency", emergency.pk, by=by, path=emergency.area_path, reason=reason.strip()
    )
    return emergency


@transaction.atomic
def end_emergency(*, emergency_id: int, scope: Scope, by: int) -> Emergency:
    """The second person agrees, and it ends now: campaigns and rounds with it."""
    emergency = _running(emergency_id, scope)
    if not emergency.end_asked_by:
        raise Problem("campaigns.no_renewal")
    if emergency.end_asked_by == by:
        raise Problem("campaigns.second_person")
    emergency.ended_by = by
    _end(emergency, at=now(), by=by)
    return emergency


@transaction.atomic
def end_due_emergencies(moment: dt.datetime | None = None) -> int:
    """By the clock: what nobody renewed has ended at its time, whenever this runs."""
    due = Emergency.objects.select_for_update(skip_locked=True).filter(
        ended_at__isnull=True, ends_at__lte=moment or now()
    )
    found = list(due.order_by("pk"))
    for emergency in found:
        emergency.end_asked_by = emergency.end_asked_at = None
        emergency.ended_reason = BY_CLOCK
        _end(emergency, at=emergency.ends_at, by=None)
    return len(found)


def _end(emergency: Emergency, *, at: dt.datetime, by: int | None) -> None:
    """No new campaign, no new round. A visit that arrives afterwards is kept, whenever it happened, but moves no
    number any more: what was counted has been counted."""
    emergency.ended_at = at
    emergency.save(update_fields=["ended_at", "ended_by", "ended_reason", "end_asked_by", "end_asked_at"])
    campaigns = Campaign.objects.filter(emergency=emergency, closed_at__isnull=True)
    rounds = Round.objects.filter(campaign__emergency=emergency, closed_at__isnull=True).update(closed_at=at)
    campaigns.update(closed_at=at)
    audit.record(
        "emergency.end",
        "emergency",
        emergency.pk,
        by=by,
        path=emergency.area_path,
        reason=emergency.ended_reason,
        rounds=rounds,
    )


def _running(emergency_id: int, scope: Scope) -> Emergency:
    """The emergency, locked. It has ended when its time has come, whether or not the clock's job has run."""
    emergency = Emergency.objects.select_for_update().filter(pk=emergency_id).first()
    if emergency is None:
        raise Problem("campaigns.unknown_emergency")
    scope.within(emergency.area_path)
    if emergency.ended_at or emergency.ends_at <= now():
        raise Problem("campaigns.emergency_ended")
    return emergency
