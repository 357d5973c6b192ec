"""Who calls, when a web server of ours stands in between."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The caller's address. What a caller says of themselves counts for nothing: a forwarded address is read only from
    a web server of ours (`LIANFANG_PROXIES`), and of several the last, which that server wrote itself."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if direct not in settings.PROXIES:
        return direct
    return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or direct
