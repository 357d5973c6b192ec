"""One middleware opens the transaction, finds the actor, checks the route's declaration, sets the scope token,
lets the page render inside, rolls back on any failure, and writes the look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlencode

from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse

from lianfang.accounts.queries import Actor, get_actor
from lianfang.core import audit
from lianfang.core.problems import Problem
from lianfang.core.routes import PUBLIC, SIGNED_IN, UNDECLARED_PREFIXES, Declared
from lianfang.core.scope import ROOT, Scope, enter, opened, scoped
from lianfang.core.views import problem_response

CHOSEN = "chosen_grants"  # in the session: ids of the grants that are worked with, for who has many


class AccessMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None
        request.scope = None
        request.failed = False
        try:
            view = resolve(request.path_info).func
        except Resolver404:
            return self.get_response(request)
        declared: Declared | None = getattr(view, "declared", None)
        if declared is None:
            if request.path_info.lstrip("/").startswith(UNDECLARED_PREFIXES):
                return self.get_response(request)
            return problem_response(request, Problem("access.denied"))
        with audit.Survivors():
            return self._inside(request, declared)

    def _inside(self, request: HttpRequest, declared: Declared) -> HttpResponse:
        try:
            with opened(None):
                if declared.permission != PUBLIC:
                    self._identify(request, declared)
                    if declared.scope == "actor":
                        enter(request.scope)
                response = self.get_response(request)
                if response.status_code >= 500 or request.failed:
                    transaction.set_rollback(True)
                elif declared.audit == "look" and response.status_code == 200:
                    self._look(request, declared)
        except Problem as problem:
            if problem.code == "access.sign_in" and not request.path.startswith("/api/"):
                return redirect(f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}")
            if problem.code == "scope.too_many" and request.method == "GET":
                return redirect(f"{reverse('choose_areas')}?{urlencode({'next': request.get_full_path()})}")
            self._refused(request, declared, problem)
            request.failed = True  # rendered outside of any scope: its frame reads nothing of residents
            return problem_response(request, problem)
        if isinstance(response, StreamingHttpResponse) and declared.scope == "actor":
            response.streaming_content = within(request.scope, response.streaming_content)
        return response

    def _identify(self, request: HttpRequest, declared: Declared) -> None:
        if not request.user.is_authenticated:
            raise Problem("access.sign_in")
        request.actor = get_actor(request.user, request.session.get(CHOSEN, ()))
        permission = None if declared.permission == SIGNED_IN else declared.permission
        if permission or declared.scope == "actor":
            request.scope = request.actor.scope_for(permission)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Every failure of a view undoes its work; a Problem is shown with its own words."""
        request.failed = True
        if _is_unstorable(exception):
            exception = Problem("http.bad_request", detail="NUL")
        if isinstance(exception, Problem):
            declared = getattr(request.resolver_match.func, "declared", None)
            if declared and exception.status in (403, 404):
                self._refused(request, declared, exception)
            return problem_response(request, exception)
        return None

    def _refused(self, request: HttpRequest, declared: Declared, problem: Problem) -> None:
        actor: Actor | None = request.actor
        by = actor.id if actor else request.user.pk
        path = actor.home.area_path if actor else ROOT
        audit.survive("refused", "route", declared.name, by=by, path=path, reason=problem.code)

    def _look(self, request: HttpRequest, declared: Declared) -> None:
        actor: Actor = request.actor
        shown = getattr(request, "looked_at", {})  # a view may say what it showed: {"path":…, "count":…}
        audit.record(
            "look",
            declared.name,
            "/".join(str(value) for value in request.resolver_match.kwargs.values()),
            by=actor.id,
            path=shown.get("path", actor.home.area_path),
            reason=str(shown.get("reason", "")),
            count=shown.get("count"),
        )


def _is_unstorable(exception: Exception) -> bool:
    """Signs that no text column takes, in an address or a field: whoever sent them is told, and it is no failure."""
    said = str(exception)
    return (isinstance(exception, DataError) and "NUL" in said) or (
        isinstance(exception, UnicodeEncodeError) and "surrogates" in said
    )


def within(scope: Scope, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A stream is produced after the request's transaction: it gets one of its own, with the same scope."""
    with scoped(scope):
        yield from pieces
