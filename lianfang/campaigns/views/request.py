"""What the pages of this room share: the area somebody works in, and reading a form's fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from lianfang.areas.models import Area
from lianfang.areas.queries import area_in
from lianfang.core.clock import SHANGHAI
from lianfang.core.problems import Problem


def own_area(request: HttpRequest) -> Area:
    """Where this actor's desk opens, within the rights of the page."""
    home = request.actor.home.area
    if request.scope.covers(home.path):
        return home
    return Area.objects.get(path=request.scope.ranges[0][0])


def picked_area(request: HttpRequest) -> Area:
    """The area named by `?area=CODE`, else one's own. Raises `scope.outside`."""
    code = request.GET.get("area") or request.POST.get("area")
    return area_in(request.scope, code) if code else own_area(request)


def moment_of(text: str) -> dt.datetime:
    """What a datetime-local field sends, as the county's wall clock says it."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise Problem("http.bad_request", detail=_("时间"))
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def number_of(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def numbers_of(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isdecimal()]


def page_of(request: HttpRequest) -> int:
    return number_of(request.GET.get("page")) or 1


def done(request: HttpRequest, said: str, to: str, *args: Any) -> HttpResponse:
    messages.success(request, said)
    return redirect(to, *args)


def attempt(request: HttpRequest, act: Callable[[], str]) -> bool:
    """Do what a button asks; a refusal is said on the page one came from, instead of a page of its own."""
    try:
        messages.success(request, act())
    except Problem as problem:
        if problem.status >= 500 or problem.status == 403:
            raise
        messages.error(request, problem.message)
        return False
    return True
