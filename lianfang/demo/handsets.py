"""The phones that workers of the whole township carry: nearly all heard of within the hour, one that owes two doors,
one that was lost. The holder of the demonstration's own phone has none yet: that is what the tour gives her."""

from __future__ import annotations

import datetime as dt
import os
import random

from django.db.models import Count

import lianfang
from lianfang.accounts.models import Device, Grant, Role, User
from lianfang.areas.models import Area
from lianfang.campaigns.models import Visit
from lianfang.core import audit
from lianfang.core.clock import at, frozen
from lianfang.core.scope import crossing, subtree
from lianfang.demo import names, people, phones, places

BEHIND = "demo-second-grid-worker"  # no signal in the stairwells since half past seven
LOST = "demo-neighbour-grid-worker"
LAST_HEARD = at(dt.date(2026, 8, 7), 19, 31)
STANDS_AT = at(dt.date(2026, 8, 7), 21, 5)
GIVEN = at(dt.date(2026, 7, 22), 9)
MODELS = ("HONOR X50", "Redmi Note 12", "HUAWEI nova 11", "vivo Y78", "OPPO A97", "荣耀 Play 8T")


def hand_out() -> None:
    rng = names.seeded(f"{people.SEED}/handsets")
    with frozen(STANDS_AT), crossing("demo.load", actor_id=None):
        township = Area.objects.get(code=places.WHOLE_TOWNSHIP)
        low, high = subtree(township.path)
        grants = Grant.objects.filter(role=Role.GRID_WORKER, area_path__gte=low, area_path__lt=high)
        holders = list(
            grants.exclude(user__username=phones.USERNAME).order_by("area_path", "pk").select_related("user")
        )
        first = {grant.user_id: grant for grant in reversed(holders)}  # the widest of those who hold several
        made = dict(
            Visit.objects.filter(area_path__gte=low, area_path__lt=high, recorded_by__in=first)
            .values_list("recorded_by")
            .annotate(count=Count("pk"))
        )
        Device.objects.bulk_create(
            _device(grant.user, grant.area_path, made.get(user, 0), rng)
            for user, grant in sorted(first.items())
        )
        with frozen(
            GIVEN
        ):  # the clock of the demo stands where its newest trace stands (loading.clock_offset)
            audit.record("demo.load", "device", "handsets", by=None, count=len(first))


def _device(user: User, path: str, count: int, rng: random.Random) -> Device:
    given = GIVEN + dt.timedelta(minutes=rng.randrange(600))
    device = Device(
        user=user,
        area_path=path,
        secret_digest=os.urandom(32),  # nobody knows a secret that fits
        name=f"{rng.choice(MODELS)} · Chrome {rng.choice((109, 120, 131))}",
        app=lianfang.__version__,
        enrolled_at=given,
        last_contact_at=STANDS_AT - dt.timedelta(minutes=rng.choice((1, 2, 2, 3, 5, 8, 13, 24, 41, 55))),
        last_seq=count,
        stored_count=count,
    )
    if user.username == BEHIND:
        device.last_contact_at, device.waiting_count, device.last_seq = LAST_HEARD, 2, count + 2
    if user.username == LOST:
        device.revoked_at = STANDS_AT - dt.timedelta(hours=26)
        device.revoked_reason = "手机掉进水库，换了新的"
        device.last_contact_at = device.revoked_at - dt.timedelta(minutes=50)
    return device
