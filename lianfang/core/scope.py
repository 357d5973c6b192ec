"""Who may see which areas: the first of the two walls, and the token that opens the second.

An area path is `cn.` followed by one label a level (`cn.43.05.81.107.221.`); the subtree of a path is the
half-open range [path, successor). A `Scope` is at most four such ranges. Queries take one and refuse to run
without; beneath them PostgreSQL checks the same ranges from a signed, transaction-local token.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from lianfang.core import keys
from lianfang.core.problems import Problem

ROOT = "cn."
RANGES = 4
_NOTHING = "~"
_LIFETIME = 900  # seconds: longer than any request; work that takes longer commits in pieces

_current: ContextVar[str] = ContextVar("scope_token", default="")


def subtree(path: str) -> tuple[str, str]:
    """The range of an area and all below it. '/' is the character after '.'."""
    return path, path[:-1] + "/"


def merge(ranges: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Join ranges that overlap or touch, so that few remain."""
    joined: list[tuple[str, str]] = []
    for low, high in sorted(set(ranges)):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor may reach now, and for what purpose."""

    ranges: tuple[tuple[str, str], ...]
    actor_id: int | None = None
    purpose: str = "desk"

    def __post_init__(self) -> None:
        if len(self.ranges) > RANGES:
            raise Problem("scope.too_many")

    @classmethod
    def over(cls, paths: Iterable[str], *, actor_id: int | None = None, purpose: str = "desk") -> Scope:
        return cls(merge(subtree(path) for path in paths), actor_id, purpose)

    def covers(self, path: str) -> bool:
        return any(low <= path < high for low, high in self.ranges)

    def within(self, path: str) -> Scope:
        """The same actor, one area: what a list or page of an area works with."""
        if not self.covers(path):
            raise Problem("scope.outside")
        return replace(self, ranges=(subtree(path),))

    def q(self, column: str = "area_path") -> Q:
        """The constant range that every query carries itself (row security alone would walk whole indexes)."""
        found = Q(pk__in=[])
        for low, high in self.ranges:
            found |= Q(**{f"{column}__gte": low, f"{column}__lt": high})
        return found

    def sql(self, column: str) -> tuple[str, list[str]]:
        """The same as a piece of SQL and its parameters."""
        if not self.ranges:
            return "false", []
        clause = " or ".join(f"({column} >= %s and {column} < %s)" for _ in self.ranges)
        return f"({clause})", [bound for pair in self.ranges for bound in pair]

    def token(self, lifetime: int = _LIFETIME) -> str:
        bounds = [bound for pair in self.ranges for bound in pair]
        bounds += [_NOTHING] * (2 * RANGES - len(bounds))
        body = f"1;{int(time.time()) + lifetime};{self.actor_id or 0};{self.purpose};{','.join(bounds)}"
        return f"{body};{hmac.new(keys.get('scope'), body.encode(), hashlib.sha256).hexdigest()}"


@contextmanager
def scoped(scope: Scope) -> Iterator[Scope]:
    """A transaction in which scoped tables can be read and written, within `scope` only."""
    outer = _current.get()
    with transaction.atomic():
        token = scope.token()
        _set(token)
        mark = _current.set(token)
        try:
            yield scope
        finally:
            _current.reset(mark)
        # After a failure the rollback to the savepoint restores the setting by itself.
        _set(outer)


@contextmanager
def opened(scope: Scope | None) -> Iterator[None]:
    """The transaction of a whole request or job. The token dies with it; it may end broken."""
    is_nested = connection.in_atomic_block  # in tests: a savepoint would let the token live on
    mark = _current.set("")
    try:
        with transaction.atomic():
            if scope is not None:
                enter(scope)
            yield
    finally:
        _current.reset(mark)
    if is_nested:
        _set(_current.get())


def enter(scope: Scope) -> None:
    """From here to the end of the transaction, scoped tables answer within `scope`."""
    token = scope.token()
    _set(token)
    _current.set(token)


@contextmanager
def crossing(purpose: str, *, actor_id: int | None) -> Iterator[Scope]:
    """Reach across areas for a named purpose. Only operations may, after checking the actor's right."""
    with scoped(Scope((subtree(ROOT),), actor_id, purpose)) as scope:
        yield scope


def root_token(purpose: str, lifetime: int) -> str:
    return Scope((subtree(ROOT),), None, purpose).token(lifetime)


def _set(token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lianfang.token', %s, true)", [token])


def install_key(owner: BaseDatabaseWrapper) -> None:
    """Give the database the two pads of HMAC-SHA256 over the scope key. Runs as the owner, at each start."""
    key = keys.get("scope").ljust(64, b"\0")
    inner, outer = bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)
    with owner.cursor() as cursor:
        cursor.execute(
            "insert into lianfang_scope_key (id, inner_pad, outer_pad) values (1, %s, %s)"
            " on conflict (id) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad"
            " where lianfang_scope_key.inner_pad <> excluded.inner_pad",
            [inner, outer],
        )
