"""Pairs that may be one person: the list of one's areas, and two rows side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.core.downloads import LARGEST_ROWS, xlsx_response
from lianfang.core.paging import PAGE
from lianfang.register.doubles import finding, merging, reading
from lianfang.register.doubles.jobs import start_search
from lianfang.register.file_queries import find_file
from lianfang.register.models import Double
from lianfang.register.views.browsing import area_here

State, Verdict = Double.State, Double.Verdict


@require_GET
def doubles(request: HttpRequest) -> HttpResponse:
    state, verdict, sort = _filters(request)
    file_id = _file_id(request)
    counted = reading.counts_of(request.scope, file_id=file_id)
    listed = reading.doubles_of(request.scope, state=state, verdict=verdict, sort=sort, file_id=file_id)
    paginator = Paginator(listed, PAGE)
    paginator.count = counted[verdict or state] if state == State.OPEN else counted[state]
    page = paginator.get_page(request.GET.get("page"))
    rows = reading.lines(page.object_list)
    here = area_here(request)
    request.looked_at = {"path": here.path, "count": len(rows)}
    context = {
        "nav_key": "register",
        "area": here,
        "page": page,
        "rows": rows,
        "show": state,
        "verdict": verdict,
        "file": find_file(request.scope, file_id) if file_id is not None else None,
        "tabs": [(key, label, counted[key]) for key, label in State.choices],
        "verdicts": [(key, label, counted[key]) for key, label in Verdict.choices],
    }
    return render(request, "register/doubles.html", context)


def _file_id(request: HttpRequest) -> int | None:
    wanted = request.GET.get("file", "")
    return int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None


def _filters(request: HttpRequest) -> tuple[str, str, str]:
    state = request.GET.get("show", "")
    state = state if state in State.values else State.OPEN
    verdict = request.GET.get("verdict", "")
    verdict = verdict if verdict in Verdict.values and state == State.OPEN else ""
    return state, verdict, request.GET.get("sort", "-weight")


@require_GET
def doubles_sheet(request: HttpRequest) -> HttpResponse:
    """The same list as a file: names and places, no number of anybody."""
    state, verdict, sort = _filters(request)
    listed = reading.doubles_of(
        request.scope, state=state, verdict=verdict, sort=sort, file_id=_file_id(request)
    )[:LARGEST_ROWS]
    rows = reading.lines(listed)
    request.looked_at = {"path": request.scope.ranges[0][0], "count": len(rows)}
    header = (_("姓名"), _("住址"), _("另一条姓名"), _("另一条住址"), _("判断"), _("依据"), _("状态"))
    lines = (
        (
            row.first,
            row.first_place,
            row.second,
            row.second_place,
            row.double.get_verdict_display(),
            _("；").join(reason.words for reason in row.reasons),
            row.double.get_state_display(),
        )
        for row in rows
    )
    return xlsx_response(_("疑似同一人"), header, lines)


@require_GET
def double(request: HttpRequest, double_id: int) -> HttpResponse:
    found = merging.get_double(request.scope, double_id)
    request.looked_at = {"path": found.area_path, "count": 2}
    lines = reading.side_by_side(found)
    is_open = found.state == State.OPEN
    keep = _better(found)
    before, after = reading.beside(request.scope, found)
    last = request.GET.get("last", "")
    context = {
        "nav_key": "register",
        "double": found,
        "lines": lines,
        "reasons": reading.marked(found.reasons),
        "is_open": is_open and found.person_a.is_current and found.person_b.is_current,
        "keep": keep,
        "before": before,
        "after": after,
        "counted": reading.counts_of(request.scope)[State.OPEN],
        "merge": reading.merge_of(request.scope, found) if found.state == State.MERGED else None,
        "last_merge": reading.last_merge(request.scope, last),
        "last_apart": int(last[1:]) if last.startswith("d") and last[1:].isdecimal() else None,
    }
    return render(request, "register/double.html", context)


def _better(found: Double) -> str:
    """The side that says more, else the older row: it stays unless the person says otherwise."""
    said = [
        sum(bool(getattr(person, field)) for field in ("id_number", "phone", "birth_on", "sex", "reference"))
        for person in (found.person_a, found.person_b)
    ]
    return "b" if said[1] > said[0] else "a"


@require_POST
def double_decide(request: HttpRequest, double_id: int) -> HttpResponse:
    """不是同一个人, or back to waiting. The next pair follows."""
    common: dict[str, Any] = {"double_id": double_id, "scope": request.scope, "by": request.actor.id}
    if request.POST.get("decision") == "again":
        merging.ask_again(**common)
        messages.success(request, _("已放回待核。"))
        return redirect("double", double_id)
    merging.keep_apart(**common)
    messages.success(request, _("已记下：不是同一个人，以后不再问。"))
    return next_pair(request, last=f"d{double_id}")


def next_pair(request: HttpRequest, *, last: str) -> HttpResponse:
    """On to the pair that the page named, with a way back to what was just decided; else to the list."""
    following = request.POST.get("following", "")
    address = reverse("double", args=[int(following)]) if following.isdecimal() else reverse("doubles")
    return redirect(f"{address}?{urlencode({'last': last})}")


@require_POST
def doubles_search(request: HttpRequest) -> HttpResponse:
    here = area_here(request)
    search = finding.ask_search(area=here, scope=request.scope, by=request.actor.id)
    start_search(search.pk)
    return redirect(f"{reverse('doubles')}?{urlencode({'area': here.code})}")


@require_GET
def doubles_progress(request: HttpRequest) -> HttpResponse:
    """Beside the list: how many pairs reach beyond one's areas, and how far the search of this one is. Asks again by
    itself while a search runs; when it has ended, the list is shown anew."""
    here = area_here(request)
    search = reading.search_in(request.scope, here)
    context = {
        "area": here,
        "search": search,
        "elsewhere_count": finding.elsewhere_count(request.scope, by=request.actor.id),
    }
    response = render(request, "register/_search.html", context)
    if request.GET.get("running") and (search is None or search.finished_at):
        response["HX-Refresh"] = "true"
    return response
