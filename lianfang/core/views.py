"""Pages that belong to no room: health, the first page of an empty installation, and what went wrong."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from lianfang.core import sample_desk
from lianfang.core.problems import Problem


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 when it does not: for a load balancer or a watchdog."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    return JsonResponse({"status": "ok"})


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """One refusal, as a page for people, as JSON for programs, as a note for htmx."""
    if request.path.startswith("/api/") or request.headers.get("Accept") == "application/json":
        return JsonResponse(problem.as_json(), status=problem.status)
    template = "core/problem_note.html" if getattr(request, "htmx", False) else "core/problem.html"
    return render(request, template, {"problem": problem}, status=problem.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(request, Problem("http.bad_request", detail=type(exception).__name__))


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(request, Problem("access.denied"))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem_response(request, Problem("http.csrf"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(request, Problem("http.not_found"))


def failed(request: HttpRequest) -> HttpResponse:
    return problem_response(request, Problem("http.failed"))


def looks(request: HttpRequest) -> HttpResponse:
    """Every component of the desk on one page (demonstration and development only)."""
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    return render(request, "core/looks.html", {**sample_desk.frame(), **sample_desk.components()})
