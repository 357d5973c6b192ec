"""Declaring what is to be done, opening its rounds, ending it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns import eligibility, jobs
from lianfang.campaigns.models import Campaign, Emergency, Order, Round
from lianfang.campaigns.operations.rounds import freeze_round
from lianfang.campaigns.queries.born import earlier_visits
from lianfang.campaigns.queries.eligible import eligible_count
from lianfang.core import audit
from lianfang.core.clock import local, now
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope
from lianfang.questions.models import Form
from lianfang.questions.operations import make_form
from lianfang.questions.queries import dictionary, get_form

AT_ONCE = (
    20_000  # households that are frozen while the page waits: under 2 seconds; more is a job with progress
)
VISITS_AT_ONCE = 2_000  # earlier visits that are judged for it meanwhile: about a second
MOST_QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one page asks of who declares a campaign. Either a form (key, version) or the keys of a few questions."""

    name: str
    area: Area
    emergency_id: int
    due_at: dt.datetime
    base: str = Campaign.Base.LIVING_HERE
    subject: str = Campaign.Subject.HOUSEHOLD
    conditions: Sequence[dict[str, Any]] = ()
    form: tuple[str, int] | None = None
    question_keys: Sequence[str] = ()
    order_id: int | None = None
    department: str = ""  # the unit that wants it
    asks_anew: str = ""  # why what was answered before does not count; empty: it counts while fresh
    keeps_fresh: bool = False  # an answer that is no longer fresh is asked for again while a round runs


@transaction.atomic
def declare_campaign(declaration: Declaration, *, scope: Scope, by: int) -> Campaign:
    """下达: the campaign and its first round, open from now, not yet frozen."""
    said = declaration
    scope.within(said.area.path)
    emergency = _running_emergency(said.emergency_id)
    if not said.area.path.startswith(emergency.area_path):
        raise Problem("scope.outside")
    if not said.name.strip():
        raise Problem("campaigns.name_required")
    if said.order_id and not Order.objects.filter(pk=said.order_id, area_path__in=prefixes(said.area.path)):
        raise Problem("campaigns.unknown_order")
    eligibility.parse(list(said.conditions))
    _check_deadline(said.due_at, emergency)
    key, version = _offered_form(said) or _own_form(said, scope=scope, by=by)
    moment = now()
    campaign = Campaign.objects.create(
        emergency=emergency,
        order_id=said.order_id or emergency.order_id,
        name=said.name.strip(),
        purpose=get_form(key, version).purpose,
        subject=said.subject,
        base=said.base,
        area=said.area,
        area_path=said.area.path,
        eligibility=list(said.conditions),
        form_key=key,
        form_version=version,
        department=said.department.strip(),
        asks_anew=bool(said.asks_anew.strip()),
        asks_anew_reason=said.asks_anew.strip(),
        keeps_fresh=said.keeps_fresh,
        declared_at=moment,
        declared_by=by,
    )
    if not eligible_count(campaign)["households"]:
        raise Problem("campaigns.nobody_eligible")
    Round.objects.create(campaign=campaign, number=1, opens_at=moment, due_at=said.due_at)
    audit.record(
        "campaign.declare", "campaign", campaign.pk, by=by, path=campaign.area_path, base=campaign.base
    )
    return campaign


def _offered_form(said: Declaration) -> tuple[str, int] | None:
    """The form that was chosen: one that is offered where the campaign is declared."""
    if said.form is None:
        return None
    key, version = said.form
    above = [ROOT, *prefixes(said.area.path)]
    if not Form.objects.filter(key=key, version=version, area_path__in=above).exists():
        raise Problem("questions.unknown_form", key=key, version=version)
    return key, version


def _own_form(said: Declaration, *, scope: Scope, by: int) -> tuple[str, int]:
    """A form of one to five questions, all of which serve one purpose: what is asked for one thing is not used for
    another."""
    if len(said.question_keys) > MOST_QUESTIONS:
        raise Problem("campaigns.too_many_questions", limit=MOST_QUESTIONS)
    served = {question.key: set(question.purposes) for question in dictionary(scope)}
    wanted = [served[key] for key in said.question_keys if key in served]
    shared = set.intersection(*wanted) if wanted else set()
    if len(wanted) == len(said.question_keys) and wanted and not shared:
        raise Problem("campaigns.no_common_purpose", purposes="、".join(sorted(set.union(*wanted))))
    purpose = min(shared) if shared else ""
    form = make_form(
        title=said.name, purpose=purpose, question_keys=said.question_keys, area_path=said.area.path, by=by
    )
    return form.key, form.version


@transaction.atomic
def open_next_round(*, campaign_id: int, due_at: dt.datetime, scope: Scope, by: int) -> Round:
    """The pass that runs is closed, and the next has a new list, frozen apart."""
    campaign = _open_campaign(campaign_id, scope)
    _check_deadline(due_at, _running_emergency(campaign.emergency_id))
    last = campaign.rounds.order_by("-number").first()
    moment = now()
    if last and not last.closed_at:
        close_round(last, at=moment, by=by)
    number = last.number + 1 if last else 1
    made = Round.objects.create(campaign=campaign, number=number, opens_at=moment, due_at=due_at)
    audit.record("round.open", "round", made.pk, by=by, path=campaign.area_path, number=number)
    return made


@transaction.atomic
def start_freeze(*, round_id: int, scope: Scope, by: int) -> int | None:
    """Fix the list of a round: how many targets it has, or None when so many that a job does it."""
    found = Round.objects.select_related("campaign").filter(pk=round_id).first()
    if found is None:
        raise Problem("campaigns.unknown")
    campaign = _open_campaign(found.campaign_id, scope)
    if found.closed_at:
        raise Problem("campaigns.closed")
    if found.frozen_at:
        raise Problem("campaigns.already_frozen")
    _running_emergency(campaign.emergency_id)
    is_quick = eligible_count(campaign)["households"] <= AT_ONCE
    if is_quick and earlier_visits(found, now(), VISITS_AT_ONCE + 1) <= VISITS_AT_ONCE:
        return freeze_round(round_id=round_id, by=by)
    jobs.ask_freeze(round_id=round_id, by=by)
    audit.record("round.ask_freeze", "round", round_id, by=by, path=campaign.area_path)
    return None


@transaction.atomic
def close_campaign(*, campaign_id: int, reason: str, scope: Scope, by: int) -> Campaign:
    """Nothing more is owed. What was done stays as it is."""
    campaign = _open_campaign(campaign_id, scope)
    if not reason.strip():
        raise Problem("campaigns.reason_required")
    moment = now()
    for found in campaign.rounds.filter(closed_at__isnull=True):
        close_round(found, at=moment, by=by)
    campaign.closed_at = moment
    campaign.save(update_fields=["closed_at"])
    audit.record(
        "campaign.close", "campaign", campaign.pk, by=by, path=campaign.area_path, reason=reason.strip()
    )
    return campaign


def close_round(found: Round, *, at: dt.datetime, by: int) -> None:
    found.closed_at = at
    found.save(update_fields=["closed_at"])
    audit.record("round.close", "round", found.pk, by=by, path=found.campaign.area_path)


def _open_campaign(campaign_id: int, scope: Scope) -> Campaign:
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None:
        raise Problem("campaigns.unknown")
    scope.within(campaign.area_path)
    if campaign.closed_at:
        raise Problem("campaigns.closed")
    return campaign


def _running_emergency(emergency_id: int) -> Emergency:
    emergency = Emergency.objects.filter(pk=emergency_id).first()
    if emergency is None:
        raise Problem("campaigns.no_emergency")
    if emergency.ended_at or emergency.ends_at <= now():
        raise Problem("campaigns.emergency_ended")
    return emergency


def _check_deadline(due_at: dt.datetime, emergency: Emergency) -> None:
    if not now() < due_at <= emergency.ends_at:
        raise Problem("campaigns.bad_deadline", ends=local(emergency.ends_at).strftime("%Y-%m-%d %H:%M"))
