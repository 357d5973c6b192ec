"""One middleware opens the transaction, finds the actor, checks the route's declaration, sets the scope token,
lets the page render inside, rolls back on any failure, and writes the look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from lianfang.accounts.devices.operations import note_home, note_told
from lianfang.accounts.devices.queries import find_device
from lianfang.accounts.devices.rules import refusal_of
from lianfang.accounts.queries import Actor, find_actor, get_actor
from lianfang.core import audit
from lianfang.core.clock import now
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
        request.device = None
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
            if not declared.device:
                return self._inside(request, declared)
            request.user = AnonymousUser()  # whoever sits at this browser is not asked
            with translation.override(_language_of_phone(request)):
                return self._inside(request, declared)

    def _inside(self, request: HttpRequest, declared: Declared) -> HttpResponse:
        try:
            with opened(None):
                if declared.device and declared.permission != PUBLIC:
                    refused = self._identify_device(request, declared)
                    if refused:
                        return refused
                elif declared.permission != PUBLIC:
                    self._identify(request, declared)
                if declared.scope == "actor" and request.scope:
                    enter(request.scope)
                response = self.get_response(request)
                if response.status_code >= 500 or request.failed:
                    transaction.set_rollback(True)
                elif declared.audit == "look" and response.status_code == 200 and request.actor:
                    self._look(request, declared)
        except Problem as problem:
            if problem.code == "access.sign_in" and not request.path.startswith("/api/"):
                return redirect(f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}")
            if problem.code == "scope.too_many" and request.method == "GET" and not declared.device:
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

    def _identify_device(self, request: HttpRequest, declared: Declared) -> HttpResponse | None:
        """Who carries this phone, with the rights of this moment; or the answer that it gets nothing any more."""
        device = request.device = find_device(request.headers.get("Authorization", ""))
        if device is None:
            return forget_response(Problem("devices.unknown"))
        code = refusal_of(device, now())
        actor = find_actor(device.user)
        if code is None and (actor is None or not actor.may(declared.permission)):
            code = "devices.expired"
        if code and declared.device != "ended":
            note_told(device=device)
            return forget_response(Problem(code))
        if actor and not code:
            request.actor = actor
            try:
                request.scope = actor.scope_for(declared.permission)
            except Problem:  # more than four separate areas
                if declared.device != "ended":
                    raise
            note_home(device=device, path=actor.home.area_path)
        return None

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
        by = actor.id if actor else request.device.user_id if request.device else request.user.pk
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


def forget_response(problem: Problem) -> JsonResponse:
    """To a phone that has no business here any more: it wipes what it got, and keeps sealed what it has not sent."""
    said = problem.as_json()
    error = {"code": problem.code, "message": problem.message, "forget": True}
    return JsonResponse({**said, "error": error}, status=problem.status)


def _language_of_phone(request: HttpRequest) -> str:
    """The app says in which language it is shown; it has no cookie."""
    wanted = request.headers.get("Accept-Language", "").lower()
    return "en" if wanted.startswith("en") else "zh-hans"


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
