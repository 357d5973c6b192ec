"""Who the actor is now: read at each request, so that a right that ended has ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from lianfang.accounts.models import Grant, Role, User
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.areas.models import Area
from lianfang.core.clock import at, now
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.scope import RANGES, ROOT, Scope, merge, subtree


@dataclass(frozen=True)
class Actor:
    """A signed-in user with the grants that run now. `grants` is never empty."""

    user: User
    grants: tuple[Grant, ...]

    @property
    def id(self) -> int:
        return self.user.pk

    @property
    def home(self) -> Grant:
        """The widest grant: where the desk opens."""
        return min(self.grants, key=lambda grant: (len(grant.area_path), grant.pk))

    def may(self, permission: str) -> bool:
        return any(permission in ROLE_PERMISSIONS[grant.role] for grant in self.grants)

    def scope_for(self, permission: str | None = None) -> Scope:
        """The areas in which the actor holds `permission` (None: any role). Rights do not leak between areas:
        an inspector of the county who leads one village may decide exemptions in that village only."""
        paths = [
            grant.area_path
            for grant in self.grants
            if permission is None or permission in ROLE_PERMISSIONS[grant.role]
        ]
        if not paths:
            raise Problem("access.denied")
        return Scope.over(paths, actor_id=self.id)

    @property
    def role_name(self) -> str:
        return self.home.title or str(Role(self.home.role).label)


def get_actor(user: User, chosen: Iterable[int] = ()) -> Actor:
    """The actor behind a user. Raises `access.no_role` when no grant runs.

    Row-level security holds four ranges. Who answers for more works with the grants of `chosen` (their ids) only;
    before choosing, `scope_for` raises `scope.too_many`.
    """
    moment = now()
    grants = Grant.objects.filter(user=user, starts_at__lte=moment, ends_at__gt=moment).select_related(
        "area__parent"
    )
    found = tuple(grants.order_by("pk"))
    if not found or not user.is_active:
        raise Problem("access.no_role")
    wanted = set(chosen)
    if wanted and not fits_ranges(found):
        found = tuple(grant for grant in found if grant.pk in wanted) or found
    return Actor(user, found)


def find_actor(user: User) -> Actor | None:
    """The same, or None when no grant runs."""
    try:
        return get_actor(user)
    except Problem:
        return None


def fits_ranges(grants: Iterable[Grant]) -> bool:
    return len(merge(subtree(grant.area_path) for grant in grants)) <= RANGES


SORTS = {
    "name": "user__name",
    "username": "user__username",
    "role": "role",
    "area": "area_path",
    "ends": "ends_at",
    "seen": "user__last_seen_at",
}
RUNNING, ENDED, ALL = "running", "ended", "all"


@dataclass(frozen=True)
class AccountFilter:
    text: str = ""
    role: str = ""
    state: str = RUNNING
    sort: str = "area"


def grants_in(scope: Scope, wanted: AccountFilter) -> QuerySet[Grant]:
    """Roles held within `scope`, with their accounts, for the list of the desk."""
    moment = now()
    found = Grant.objects.filter(scope.q()).select_related("user", "area__parent")
    if wanted.state == RUNNING:
        found = found.filter(ends_at__gt=moment)
    elif wanted.state == ENDED:
        found = found.filter(ends_at__lte=moment)
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.text:
        text = wanted.text.strip()
        found = found.filter(
            Q(user__name__contains=text) | Q(user__username__startswith=text) | Q(area__name__contains=text)
        )
    key = SORTS.get(wanted.sort.removeprefix("-"), "area_path")
    return found.order_by("-" + key if wanted.sort.startswith("-") else key, "pk")


def get_account(scope: Scope, user_id: int) -> User:
    """An account that holds, or held, a role within `scope`."""
    user = User.objects.filter(pk=user_id, grants__in=Grant.objects.filter(scope.q())).first()
    if user is None:
        raise Problem("access.unknown_account")
    return user


def get_grant(scope: Scope, grant_id: int) -> Grant:
    grant = Grant.objects.filter(scope.q(), pk=grant_id).select_related("user", "area").first()
    if grant is None:
        raise Problem("access.unknown_account")
    return grant


def home_path(user: User) -> str:
    """Where an account is at home, running or not: the place of its rows in the audit trail."""
    paths = Grant.objects.filter(user=user).values_list("area_path", flat=True)
    return min(paths, key=len, default=ROOT)


@dataclass(frozen=True)
class TrailFilter:
    """`since` and `until` are days, both included. `action` is a code or the beginning of one: account."""

    since: dt.date
    until: dt.date
    actor: str = ""
    action: str = ""
    kind: str = ""
    object_id: str = ""


def trail(scope: Scope, wanted: TrailFilter) -> QuerySet[Any]:
    """The audit rows of `scope`, newest first, with `who` and `area_name`. Rows of no area (signing in) go with the
    area of who did it."""
    at_home = Grant.objects.filter(scope.q()).values("user_id")
    rows = AuditRow.objects.filter(
        scope.q() | Q(area_path=ROOT, actor_id__in=at_home),
        at__gte=at(wanted.since),
        at__lt=at(wanted.until + dt.timedelta(days=1)),
    )
    if wanted.actor:
        text = wanted.actor.strip()
        rows = rows.filter(actor_id__in=User.objects.filter(Q(username=text) | Q(name=text)).values("pk"))
    if wanted.action:
        rows = rows.filter(action__startswith=wanted.action)
    if wanted.kind:
        rows = rows.filter(object_kind=wanted.kind)
    if wanted.object_id:
        rows = rows.filter(object_id=wanted.object_id)
    return rows.order_by("-pk").annotate(
        who=Subquery(User.objects.filter(pk=OuterRef("actor_id")).values("name")),
        area_name=Subquery(Area.objects.filter(path=OuterRef("area_path")).values("name")),
    )


def names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in={each for each in user_ids if each}).values_list("pk", "name"))
