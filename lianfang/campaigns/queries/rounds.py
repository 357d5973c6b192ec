"""Rounds that somebody's areas take part in."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Round
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope


def rounds_in(scope: Scope) -> QuerySet[Round]:
    """Frozen rounds whose area overlaps the scope, newest first, with their campaign."""
    overlaps = scope.q("campaign__area_path")
    for low, _ in scope.ranges:
        overlaps |= Q(campaign__area_path__in=prefixes(low))  # a county's round is worked in every grid
    found = Round.objects.filter(overlaps, frozen_at__isnull=False)
    return found.select_related("campaign").order_by("-opens_at", "-pk")


def running_rounds(scope: Scope, now: dt.datetime) -> QuerySet[Round]:
    """Those that are worked on now: opened, neither they nor their campaign closed. What is due first comes first.

    A round past its deadline still runs until somebody closes it: what is late must stay in sight.
    """
    running = rounds_in(scope).filter(
        opens_at__lte=now, closed_at__isnull=True, campaign__closed_at__isnull=True
    )
    return running.order_by("due_at", "pk")


def get_round(scope: Scope, round_id: int) -> Round:
    """One round, or `campaigns.unknown` (also when it runs elsewhere: nobody learns what others are doing)."""
    found = rounds_in(scope).filter(pk=round_id).first()
    if found is None:
        raise Problem("campaigns.unknown")
    return found
