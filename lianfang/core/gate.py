"""What a server that faces the open internet answers: phones, and nothing else.

Desks stay inside. In front of the gate stands a web server with the same list (deploy/nginx/gate.conf; a test holds
the two equal); this is the second wall, for the day on which somebody edits the first.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound

PHONE_PATHS = (
    "/phone/",
    "/api/v1/sync/",
    "/api/v1/lists/claim",
    "/api/v1/devices/",
    "/trust/",
    "/healthz",
)


def is_for_phones(path: str) -> bool:
    return path.startswith(PHONE_PATHS)


class OnlyPhonesMiddleware:
    """Says no more about other pages than a server that does not have them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_for_phones(request.path_info):
            return self.get_response(request)
        return HttpResponseNotFound(content_type="text/plain")
