"""A worker's phone beside the desk: one sees an answer leave the one and arrive at the other."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from lianfang.demo import phones


@require_safe
@xframe_options_sameorigin
def beside(request: HttpRequest) -> HttpResponse:
    _only_in_a_demo()
    return render(request, "demo/beside.html", {"holder": phones.holder_name(), "desk": phones.DESK})


@require_POST
def invitation(request: HttpRequest) -> JsonResponse:
    """A code for the phone of the frame, as a lead would show it. Nothing of the kind exists outside a demo."""
    _only_in_a_demo()
    return JsonResponse({"code": phones.invite()})


def _only_in_a_demo() -> None:
    if not settings.DEMO:
        raise Http404
