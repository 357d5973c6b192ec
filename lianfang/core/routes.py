"""The route registry. A route without permission, scope, sensitivity and audit kind stops the server.

`route()` stands in every room's `urls.py`, so that what a page needs is read beside its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver, path

PUBLIC = "public"  # nobody needs to be signed in
SIGNED_IN = "signed_in"  # any account with a running role

ScopeKind = Literal["none", "actor"]  # none: no token is set, scoped tables raise
Sensitivity = Literal["none", "counts", "names", "personal"]
AuditKind = Literal["none", "look", "write"]  # look: the registry writes the row; write: the operation does
# True: reached by phones with their own key, never with a cookie, and by nobody else. "ended": also by a phone that was
# revoked or whose shift is over, because what it brings is stored all the same; actor and scope may be None there.
# A public one needs no key yet. None of them knows a cookie, so none asks for a CSRF token.
ForDevices = Literal[False, True, "ended"]

# Third-party routes that carry no data of ours.
UNDECLARED_PREFIXES = ("static/", "i18n/")


@dataclass(frozen=True, slots=True)
class Declared:
    name: str
    permission: str
    scope: ScopeKind
    sensitivity: Sensitivity
    audit: AuditKind
    device: ForDevices = False


def route(
    address: str,
    view: Callable[..., Any],
    *,
    name: str,
    permission: str,
    scope: ScopeKind,
    sensitivity: Sensitivity,
    audit: AuditKind,
    device: ForDevices = False,
) -> URLPattern:
    @wraps(view)
    def declared_view(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    declared = Declared(name, permission, scope, sensitivity, audit, device)
    declared_view.declared = declared  # type: ignore[attr-defined]
    declared_view.csrf_exempt = bool(device)  # type: ignore[attr-defined]
    return path(address, declared_view, name=name)


def page(
    address: str, view: Callable[..., Any], permission: str, sensitivity: Sensitivity, audit: AuditKind
) -> URLPattern:
    """A route within the actor's areas, named as its view: what most pages are."""
    return route(
        address,
        view,
        name=view.__name__,
        permission=permission,
        scope="actor",
        sensitivity=sensitivity,
        audit=audit,
    )


def every_route(patterns: list | None = None, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from every_route(entry.url_patterns, address)
        else:
            yield address, entry.callback


def undeclared() -> list[str]:
    return [
        address
        for address, view in every_route()
        if not hasattr(view, "declared") and not address.startswith(UNDECLARED_PREFIXES)
    ]


def require_declarations() -> None:
    """Called before the server takes its first request."""
    missing = undeclared()
    if missing:
        raise ImproperlyConfigured(
            f"routes without permission, scope, sensitivity and audit kind: {', '.join(missing)}"
        )
