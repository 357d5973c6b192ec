"""Loading a sheet at the desk: it is stored first, checked, shown, and taken when a person says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.core.desk_format import table_time
from lianfang.core.downloads import XLSX, attachment, xlsx_response
from lianfang.core.problems import PROBLEMS, Problem
from lianfang.register import filing, jobs
from lianfang.register.doubles.reading import OfFile, doubles_of_file
from lianfang.register.file_queries import (
    FileFilter,
    FindingFilter,
    file_counts,
    files_of,
    files_page,
    finding_counts,
    findings_page,
    get_file,
    raw_rows,
    short_words_of,
    words_of,
)
from lianfang.register.layouts import views_of
from lianfang.register.models import ImportFile
from lianfang.register.recognising import SheetView
from lianfang.register.views.browsing import area_here

State = ImportFile.State
MOST_LISTED = 20_000


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The files that came, and where the next one is given. What was sent is kept whatever is wrong with it."""
    problem = None
    if request.method == "POST":
        try:
            file = _received(request)
        except Problem as refused:
            problem = refused
        else:
            jobs.ask(file_id=file.pk, state=State.CHECKING, scope=request.scope, by=request.actor.id)
            return redirect("register_file", file.pk)
    counted = file_counts(request.scope)
    wanted = _wanted_files(request)
    context = {
        "nav_key": "register",
        "area": area_here(request),
        "page": files_page(request.scope, wanted),
        "wanted": wanted,
        "shows": [(key, word, counted[key]) for key, word in _shows()],
        "pasted": request.POST.get("text", ""),
        "problem": problem,
    }
    return render(request, "register/load.html", context, status=problem.status if problem else 200)


def _wanted_files(request: HttpRequest) -> FileFilter:
    return FileFilter(
        show=request.GET.get("show", ""),
        text=request.GET.get("q", "").strip()[:40],
        sort=request.GET.get("sort", "-received"),
        number=_number(request),
    )


@require_GET
def files_sheet(request: HttpRequest) -> HttpResponse:
    """The list of files as a sheet: names and counts, nothing of what stands in them."""
    files = list(files_of(request.scope, _wanted_files(request))[:MOST_LISTED])
    request.looked_at = {"path": request.scope.ranges[0][0], "count": len(files)}
    header = (_("文件"), _("状态"), _("收到"), _("行"), _("可收"), _("不能收"), _("收下"))
    lines = (
        (
            file.name,
            file.get_state_display(),
            table_time(file.received_at),
            *((file.row_count, file.taken_count, file.rejected_count) if file.checked_at else ("", "", "")),
            table_time(file.taken_at) if file.taken_at else "",
        )
        for file in files
    )
    return xlsx_response(_("收到的表"), header, lines)


def _received(request: HttpRequest) -> ImportFile:
    area, by = area_here(request), request.actor.id
    if "text" in request.POST:
        return filing.receive_text(text=request.POST["text"], area=area, scope=request.scope, by=by)
    sent = request.FILES.get("file")
    if sent is None or not sent.name or sent.size is None:
        raise Problem("register.file_empty")
    if sent.size > filing.LARGEST_UPLOAD:
        raise Problem("register.file_too_large", size=filing.LARGEST_UPLOAD >> 20)
    return filing.receive_file(content=sent.read(), name=sent.name, area=area, scope=request.scope, by=by)


def _shows() -> list[tuple[str, str]]:
    return [
        ("", _("全部")),
        ("waiting", _("等着处理")),
        ("taken", _("已收")),
        ("failed", _("没收成")),
        ("removed", _("已删除")),
    ]


def _number(request: HttpRequest) -> int:
    wanted = request.GET.get("page", "1")
    return int(wanted) if wanted.isdecimal() and 0 < int(wanted) < 100_000 else 1


@require_GET
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    return _file_page(request, get_file(request.scope, file_id))


def _file_page(
    request: HttpRequest,
    kept: ImportFile,
    *,
    problem: Problem | None = None,
    shown: dict[str, Any] | None = None,
) -> HttpResponse:
    wanted = FindingFilter(
        code=request.GET.get("code", "")[:60],
        show=request.GET.get("show", ""),
        sort=request.GET.get("sort", "row"),
        number=_number(request),
    )
    page = findings_page(request.scope, kept, wanted)
    kept_rows = raw_rows(request.scope, kept, [(row.sheet, row.row) for row in page.rows])
    counts = finding_counts(request.scope, kept)
    sheets = views_of(kept)
    request.looked_at = {"path": kept.area_path, "count": kept.row_count}
    context = {
        "nav_key": "register",
        "file": kept,
        "outcome": kept.outcome,
        "result": _result(kept),
        "doubles": _doubles(request, kept),
        "placed": _placed(kept),
        "unread_count": kept.outcome.get("unread_count", 0),
        "reason": reason_of(kept),
        "is_forsaken": jobs.is_forsaken(kept),
        "sheets": sheets,
        "refused_columns": _by_sheet(kept.outcome.get("refused_columns", ())),
        "unknown_columns": _by_sheet(kept.outcome.get("unknown_columns", ())),
        "unread_sheets": _unread_sheets(kept, sheets),
        "counts": [(each, short_words_of(each.code)) for each in counts],
        "rejected_finding_count": sum(each.count for each in counts if not each.is_taken),
        "wanted": wanted,
        "page": page,
        "rows": [(row, words_of(row), (row.sheet, row.row) in kept_rows) for row in page.rows],
        "problem": problem,
        "shown": shown,
        "one_row": _one_row(request, kept),
    }
    response = render(request, "register/file.html", context, status=problem.status if problem else 200)
    response["Cache-Control"] = "no-store"
    return response


def _by_sheet(columns: Iterable[Sequence[str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for sheet, header in columns:
        found.setdefault(sheet, []).append(header)
    return {sheet: "、".join(headers) for sheet, headers in found.items()}


def _unread_sheets(kept: ImportFile, sheets: Iterable[SheetView]) -> list[tuple[str, str]]:
    """(sheet, hidden | headless | ""): why each was left out, as far as its look tells."""
    looks = {sheet.name: sheet for sheet in sheets}

    def why(name: str) -> str:
        look = looks.get(name)
        if look is None:
            return ""
        return "hidden" if look.is_hidden else "" if look.header_rows[1] else "headless"

    return [(name, why(name)) for name in kept.outcome.get("unread_sheets", ())]


def _one_row(request: HttpRequest, kept: ImportFile) -> dict[str, Any] | None:
    """The row that a person of the register came from, when the page was opened from there."""
    sheet, row = request.GET.get("sheet", "")[:120], request.GET.get("row", "")
    if not row.isdecimal() or len(row) > 8:
        return None
    place = (sheet, int(row))
    return {"sheet": sheet, "row": place[1], "has_raw": place in raw_rows(request.scope, kept, [place])}


def _result(kept: ImportFile) -> dict[str, int] | None:
    """Of a taken file: what became of its rows."""
    stored = kept.outcome.get("stored")
    if not stored or kept.taken_at is None:
        return None
    return {**stored, "same": kept.outcome["person_count"] - stored["added"] - stored["changed"]}


def _placed(kept: ImportFile) -> list[dict[str, Any]]:
    """Where the rows of a checked file go, or went: by township, most rows first, its villages below it."""
    towns: dict[str, list[tuple[str, int]]] = {}
    for _code, town, village, count in kept.outcome.get("placed", ()):
        towns.setdefault(town, []).append((village, count))
    found = [
        {
            "name": town,
            "count": sum(count for _name, count in villages),
            "villages": sorted(villages, key=lambda each: -each[1]),
        }
        for town, villages in towns.items()
    ]
    return sorted(found, key=lambda each: -each["count"])


def _doubles(request: HttpRequest, kept: ImportFile) -> OfFile | None:
    """Of a taken file, for whoever may settle pairs."""
    if kept.taken_at is None or not request.actor.may("register.merge"):
        return None
    return doubles_of_file(request.scope, kept.pk)


def reason_of(kept: ImportFile) -> str:
    """Why the last run came to nothing, as the county reads it."""
    if kept.fault_code not in PROBLEMS:
        return ""
    return Problem(kept.fault_code, detail=kept.fault_detail).message


@require_GET
def progress(request: HttpRequest, file_id: int) -> HttpResponse:
    """How far it is, asked for by the page every two seconds; once it is over, the whole page comes anew."""
    kept = get_file(request.scope, file_id)
    if not kept.is_busy or jobs.is_forsaken(kept):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "register/_file_progress.html", {"file": kept})


_ACTS: dict[str, Callable[..., None]] = {
    "stop": filing.stop,
    "remove": filing.remove,
    "bring_back": filing.bring_back,
}
_BEGIN = {"check": State.CHECKING, "take": State.TAKING}


@require_POST
def act(request: HttpRequest, file_id: int) -> HttpResponse:
    """Check, take, stop, put aside or bring back."""
    do = request.POST.get("do", "")
    if do in _BEGIN:
        kept, outcome = jobs.ask(file_id=file_id, state=_BEGIN[do], scope=request.scope, by=request.actor.id)
        if outcome is not None:
            messages.success(request, _("收好了，结果在下面。"))
        return redirect("register_file", kept.pk)
    if do not in _ACTS:
        raise Problem("http.bad_request", detail=do[:20])
    _ACTS[do](file_id=file_id, scope=request.scope, by=request.actor.id)
    if do == "remove":
        messages.success(
            request, _("已删除。%(days)s天内可以在“已删除”里找回。") % {"days": filing.KEPT_DAYS}
        )
        return redirect("register_load")
    return redirect("register_file", file_id)


@require_POST
def raw(request: HttpRequest, file_id: int) -> HttpResponse:
    """The file's page with what one row had written. It is shown once: the page is not kept anywhere."""
    kept = get_file(request.scope, file_id)
    sheet, row = request.POST.get("sheet", ""), request.POST.get("row", "")
    if not row.isdecimal():
        raise Problem("http.bad_request", detail=row[:20])
    try:
        cells = filing.show_raw_row(
            file_id=file_id,
            sheet=sheet,
            row=int(row),
            reason=request.POST.get("reason", ""),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        if problem.code != "scope.reason_required":
            raise
        return _file_page(request, kept, problem=problem)
    return _file_page(request, kept, shown={"sheet": sheet, "row": int(row), "cells": cells})


@require_GET
def marked(request: HttpRequest, file_id: int) -> HttpResponse:
    """The sheet as it came, each fault marked in it."""
    kept = get_file(request.scope, file_id)
    request.looked_at = {"path": kept.area_path, "count": kept.row_count}
    content = filing.marked_copy(file=kept)
    return attachment(content, f"{Path(kept.name).stem}-{_('错误已标出')}.xlsx", XLSX)
