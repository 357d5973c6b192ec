"""The page from which a desk or a phone takes the certificate of an inner network."""

from __future__ import annotations

import os
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianfang.core.fingerprints import fingerprint


def authority() -> Path | None:
    """The file that `lianfang certificate` has written, if it has."""
    found = Path(os.environ["LIANFANG_HOME"]) / "tls" / "ca.pem"
    return found if found.exists() else None


@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    """How to trust this server, and what to compare: the fingerprint is read out by telephone, never sent along."""
    found = authority()
    context = {
        "fingerprint": fingerprint(found) if found else "",
        "address": request.get_host().partition(":")[0],
    }
    return render(request, "core/trust.html", context)


@require_safe
def certificate(request: HttpRequest) -> HttpResponse:
    found = authority()
    if found is None:
        raise Http404
    response = HttpResponse(found.read_bytes(), content_type="application/x-x509-ca-cert")
    response["Content-Disposition"] = 'attachment; filename="lianfang-ca.crt"'
    return response
