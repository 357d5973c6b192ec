"""Who the actor is now: read at each request, so that a right that ended has ended."""

from __future__ import annotations

from dataclasses import dataclass

from lianfang.accounts.models import Grant, Role, User
from lianfang.accounts.rules import ROLE_PERMISSIONS
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope


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
        return self.home.title or Role(self.home.role).label


def get_actor(user: User) -> Actor:
    """The actor behind a user. Raises `access.no_role` when no grant runs."""
    moment = now()
    grants = Grant.objects.filter(user=user, starts_at__lte=moment, ends_at__gt=moment).select_related("area")
    found = tuple(grants.order_by("pk"))
    if not found or not user.is_active:
        raise Problem("access.no_role")
    return Actor(user, found)


def users_with_grants(scope: Scope):
    """Accounts whose role lies within `scope`, with those grants, for the desk's list."""
    return (
        Grant.objects.filter(scope.q()).select_related("user", "area").order_by("area_path", "user__username")
    )
