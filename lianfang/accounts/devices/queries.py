"""Finding a device by its key; the phones of an area, and which of them owe something; who asks to join."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils.translation import gettext as _

from lianfang.accounts.devices import codes
from lianfang.accounts.devices.rules import EMPTYING, QUIET_HOURS, RUNNING, SHIFT_DAYS, state_of
from lianfang.accounts.models import Device, Grant, Invitation, Newcomer
from lianfang.accounts.queries import Actor
from lianfang.accounts.rules import FIELD_ROLES, may_invite
from lianfang.areas.changes.notices import Notice
from lianfang.areas.models import Area
from lianfang.core.clock import now
from lianfang.core.desk_format import night
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope

MOST_NAMED = 12  # phones in a notice
MOST_SHOWN = 400  # people to choose from: a township's
NEWCOMER_TITLE = "临时支援"  # a title in the data, as 村支书 is


def find_device(header: str) -> Device | None:
    """The device whose key an `Authorization` header carries, running or not. None for a wrong one."""
    read = codes.read_authorization(header)
    if read is None:
        return None
    device_id, secret = read
    device = Device.objects.select_related("user").filter(pk=device_id).first()
    if not codes.is_same(secret, device.secret_digest if device else bytes(32)):
        return None
    return device


BEHIND, ENDED, ALL = "behind", "ended", "all"
SORTS = {
    "worker": "user__name",
    "area": "area_path",
    "contact": "last_contact_at",
    "waiting": "waiting_count",
    "refused": "refused_count",
    "gap": "gap",
    "app": "app",
    "until": "until",
}
_RUNNING = Q(revoked_at__isnull=True, forgotten_at__isnull=True)


@dataclass(frozen=True)
class DeviceFilter:
    text: str = ""
    state: str = RUNNING
    sort: str = "contact"


def devices_in(scope: Scope, wanted: DeviceFilter) -> QuerySet[Device]:
    """Phones whose user is at home within `scope`, with `gap`, `until` (the end of the shift, else of the role that
    runs longest), `area_name` and `title`."""
    moment = now()
    grants = Grant.objects.filter(user=OuterRef("user"), starts_at__lte=moment, ends_at__gt=moment)
    found = (
        Device.objects.filter(scope.q())
        .select_related("user", "revoked_by")
        .annotate(
            gap=_GAP,
            until=Coalesce("works_until", Subquery(grants.order_by("-ends_at").values("ends_at")[:1])),
            area_name=Subquery(Area.objects.filter(path=OuterRef("area_path")).values("name")),
            above_name=Subquery(Area.objects.filter(path=OuterRef("area_path")).values("parent__name")),
            area_level=Subquery(Area.objects.filter(path=OuterRef("area_path")).values("level")),
            title=Subquery(grants.order_by("area_path", "pk").values("title")[:1]),
        )
    )
    runs = _RUNNING & (Q(works_until__isnull=True) | Q(works_until__gt=moment))
    if wanted.state == RUNNING:
        found = found.filter(runs)
    elif wanted.state == BEHIND:
        found = found.filter(_behind(moment))
    elif wanted.state == ENDED:
        found = found.exclude(runs)
    if wanted.text:
        named = Area.objects.filter(scope.q("path"), name__contains=wanted.text).values("path")
        found = found.filter(
            Q(user__name__contains=wanted.text) | Q(name__icontains=wanted.text) | Q(area_path__in=named)
        )
    key = SORTS.get(wanted.sort.removeprefix("-"), "last_contact_at")
    order = F(key).desc(nulls_last=True) if wanted.sort.startswith("-") else F(key).asc(nulls_first=True)
    return found.order_by(order, "pk")


_GAP = Greatest(F("last_seq") - F("stored_count"), 0)


def _behind(moment: dt.datetime) -> Q:
    """Something made on it is not here; or it runs, and nobody has heard of it for hours."""
    quiet = moment - dt.timedelta(hours=QUIET_HOURS)
    runs = _RUNNING & (Q(works_until__isnull=True) | Q(works_until__gt=moment))
    silent = Q(last_contact_at__lt=quiet) | Q(last_contact_at__isnull=True, enrolled_at__lt=quiet)
    return Q(gap__gt=0) | (runs & silent)


@dataclass(frozen=True, slots=True)
class Behind:
    """A phone that has not handed in everything, or has not been heard of."""

    device_id: uuid.UUID
    name: str  # of its user
    gap: int
    last_contact_at: dt.datetime | None
    is_ended: bool
    area_path: str


def behind(scope: Scope, area: Area) -> list[Behind]:
    """Phones of an area that owe something, most first: to be asked before the area merges or its evening is closed.
    Raises `scope.outside`."""
    moment = now()
    rows = (
        Device.objects.filter(scope.within(area.path).q())
        .annotate(gap=_GAP)
        .filter(_behind(moment))
        .select_related("user")
        .order_by("-gap", F("last_contact_at").asc(nulls_first=True), "pk")
    )
    return [
        Behind(
            row.pk,
            row.user.name,
            row.gap,
            row.last_contact_at,
            state_of(row, moment) not in (RUNNING, EMPTYING),
            row.area_path,
        )
        for row in rows
    ]


def notice_of(found: Sequence[Behind], area: Area, moment: dt.datetime) -> Notice | None:
    """还有3台手机没交齐, and which: for pages before something is closed or changed. None when all is in."""
    if not found:
        return None
    owing = sum(one.gap > 0 for one in found)
    silent = len(found) - owing
    if owing and silent:
        title = _("还有%(owing)s台手机没交齐，%(silent)s台久没联系") % {"owing": owing, "silent": silent}
    elif owing:
        title = _("还有%(owing)s台手机没交齐") % {"owing": owing}
    else:
        title = _("%(silent)s台手机久没联系") % {"silent": silent}
    lines = [_line(one, moment) for one in found[:MOST_NAMED]]
    if len(found) > MOST_NAMED:
        lines.append(_("还有%(count)s台，见手机一页") % {"count": len(found) - MOST_NAMED})
    return Notice(title, lines, f"{reverse('devices')}?area={area.code}&state={BEHIND}")


def _line(one: Behind, moment: dt.datetime) -> str:
    """王小红 2 待传，今天19:31最后联系"""
    owed = _("%(count)s 待传") % {"count": one.gap} if one.gap else _("没有报待传")
    if one.last_contact_at is None:
        heard = _("还没联系过")
    else:
        heard = _("%(time)s最后联系") % {"time": night(one.last_contact_at, moment)}
    return f"{one.name} {owed}，{heard}" + (_("，已停用") if one.is_ended else "")


def phones_before_change(scope: Scope, area: Area, paths: Collection[str]) -> Notice | None:
    """Phones that owe something, of areas that are to merge, split or move."""
    begins = tuple(paths)
    found = [one for one in behind(scope, area) if one.area_path.startswith(begins)] if begins else []
    return notice_of(found, area, now())


def get_invitation(scope: Scope, invitation_id: int) -> Invitation:
    found = Invitation.objects.filter(scope.q(), pk=invitation_id).select_related(
        "user", "area__parent", "device", "made_by"
    )
    invitation = found.first()
    if invitation is None:
        raise Problem("devices.unknown_invitation")
    return invitation


def shifts_in(scope: Scope) -> QuerySet[Invitation]:
    """Shifts that run, and those of the last days, newest first, with how many joined and wait."""
    since = now() - dt.timedelta(days=SHIFT_DAYS)
    return (
        Invitation.objects.filter(scope.q(), user__isnull=True, expires_at__gt=since)
        .select_related("area__parent", "made_by")
        .annotate(
            waiting=Count("newcomers", filter=Q(newcomers__state=Newcomer.State.WAITING)),
            accepted=Count("newcomers", filter=Q(newcomers__state=Newcomer.State.ACCEPTED)),
        )
        .order_by("-expires_at", "-pk")
    )


def newcomers_of(scope: Scope, shift: Invitation) -> QuerySet[Newcomer]:
    """Who asks to join, those first who wait; `is_known`: worked here before, or asked twice."""
    others = Newcomer.objects.filter(area_path=OuterRef("area_path"), same_as=OuterRef("same_as"))
    return (
        Newcomer.objects.filter(scope.q(), invitation=shift)
        .select_related("device", "decided_by")
        .annotate(
            is_known=Exists(others.filter(user__isnull=False).exclude(pk=OuterRef("pk"))),
            rank=Case(When(state=Newcomer.State.WAITING, then=0), default=1, output_field=IntegerField()),
        )
        .order_by("rank", "-asked_at", "-pk")
    )


def may_give_phone(giver: Actor, owner: Actor) -> bool:
    """To oneself; else every role of theirs lies in the giver's areas, below one that the giver has there."""
    if giver.id == owner.id:
        return True
    return all(
        any(
            Scope.over([own.area_path]).covers(grant.area_path) and may_invite([own.role], grant.role)
            for own in giver.grants
        )
        for grant in owner.grants
    )


def can_carry(scope: Scope, giver: Actor, text: str = "") -> list[tuple[Actor, int]]:
    """Whom this lead may give a phone, with how many running phones each has: within `scope`, by name."""
    moment = now()
    grants = Grant.objects.filter(scope.q(), starts_at__lte=moment, ends_at__gt=moment, user__is_active=True)
    grants = grants.filter(role__in=FIELD_ROLES).exclude(title=NEWCOMER_TITLE)
    if text:
        grants = grants.filter(
            Q(user__name__contains=text) | Q(area__name__contains=text) | Q(title__contains=text)
        )
    users = list(
        dict.fromkeys(grants.order_by("area_path", "pk").values_list("user_id", flat=True)[:MOST_SHOWN])
    )
    return _with_phones(users, giver, moment)


def _with_phones(users: Sequence[int], giver: Actor, moment: dt.datetime) -> list[tuple[Actor, int]]:
    held: dict[int, list[Grant]] = {}
    running = Grant.objects.filter(user__in=users, starts_at__lte=moment, ends_at__gt=moment)
    for grant in running.select_related("user", "area__parent").order_by("pk"):
        held.setdefault(grant.user_id, []).append(grant)
    phones = dict(
        Device.objects.filter(_RUNNING, user__in=users)
        .values("user")
        .annotate(count=Count("pk"))
        .values_list("user", "count")
    )
    actors = [Actor(held[user][0].user, tuple(held[user])) for user in users if user in held]
    return [(actor, phones.get(actor.id, 0)) for actor in actors if may_give_phone(giver, actor)]
