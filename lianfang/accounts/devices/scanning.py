"""What is held up to a phone's camera."""

from __future__ import annotations

import segno
from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe


def phone_link(request: HttpRequest, code: str) -> str:
    """Where the app takes the code from: behind the #, which no server sees and no log keeps."""
    origin = settings.PHONE_ORIGIN or f"{request.scheme}://{request.get_host()}"
    return f"{origin}/phone/#i={code}"


def can_install(link: str) -> bool:
    """Browsers keep data encrypted only on pages of https, or of their own machine."""
    return link.startswith(("https://", "http://localhost", "http://127.0.0.1"))


def qr(text: str) -> SafeString:
    """Dark on white with its quiet edge in either theme: cameras want it so. As large as its place."""
    code = segno.make(text, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=4, border=4, omitsize=True, dark="#000", light="#fff"))  # noqa: S308 - ours
