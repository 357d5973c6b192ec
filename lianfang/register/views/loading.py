"""Loading a sheet at the desk: it is stored first, checked, shown, and taken when a person says so."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.core.downloads import XLSX, attachment
from lianfang.core.problems import Problem
from lianfang.register import importing
from lianfang.register.marking import write_marked
from lianfang.register.models import ImportFile
from lianfang.register.queries import get_file, recent_files
from lianfang.register.views.browsing import area_here

LARGEST_UPLOAD = 64 * 1024 * 1024  # more goes by `lianfang register load`


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    problem = None
    if request.method == "POST":
        try:
            return redirect("register_file", _received(request).pk)
        except Problem as refused:
            problem = refused
    context = {
        "nav_key": "register",
        "area": area_here(request),
        "files": recent_files(request.scope),
        "problem": problem,
    }
    return render(request, "register/load.html", context, status=problem.status if problem else 200)


def _received(request: HttpRequest) -> ImportFile:
    """The uploaded file, kept and then checked. Raises `register.file_unreadable`, `register.no_header`; what
    cannot be read is kept all the same, so that somebody can look at it."""
    sent = request.FILES.get("file")
    if sent is None or not sent.name or sent.size is None:
        raise Problem("register.file_unreadable", detail=_("没有选文件"))
    if sent.size > LARGEST_UPLOAD:
        raise Problem("register.file_unreadable", detail=f"> {LARGEST_UPLOAD >> 20} MB")
    area = area_here(request)
    content = sent.read()
    file = importing.keep_file(content=content, name=sent.name, county=area, by=request.actor.id)
    with _on_disk(content, sent.name) as path:
        outcome = importing.check(path, county=area)[1]
    importing.note_outcome(file, outcome)
    return file


@contextmanager
def _on_disk(content: bytes, name: str) -> Iterator[Path]:
    """The reader is another process and needs a file; it is this account's alone and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lianfang-") as folder:
        path = Path(folder) / (Path(name).stem[:80] + Path(name).suffix[:5])
        path.write_bytes(content)
        yield path


@require_GET
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    kept = get_file(request.scope, file_id)
    request.looked_at = {"path": kept.area_path, "count": kept.row_count}
    shown = kept.outcome.get("errors", [])
    context = {
        "nav_key": "register",
        "file": kept,
        "outcome": kept.outcome,
        "errors": shown,
        "rest_count": kept.outcome.get("error_count", 0) - len(shown),
    }
    return render(request, "register/file.html", context)


@require_POST
def take(request: HttpRequest, file_id: int) -> HttpResponse:
    kept = get_file(request.scope, file_id)
    if kept.taken_at is not None:
        raise Problem("register.already_taken")
    with _on_disk(importing.file_content(kept), kept.name) as path:
        outcome = importing.load(path, county=kept.county, by=request.actor.id, kept=kept)
    stored = outcome.stored
    if stored is not None:
        messages.success(
            request,
            _("已收%(taken)s行：新增%(added)s人，更新%(changed)s人，新增%(households)s户。")
            % {
                "taken": outcome.taken,
                "added": stored.added_count,
                "changed": stored.changed_count,
                "households": stored.household_count,
            },
        )
    return redirect("register_file", kept.pk)


@require_GET
def marked(request: HttpRequest, file_id: int) -> HttpResponse:
    """The sheet as it came, each fault marked in it."""
    kept = get_file(request.scope, file_id)
    request.looked_at = {"path": kept.area_path, "count": kept.row_count}
    with _on_disk(importing.file_content(kept), kept.name) as path:
        outcome = importing.check(path, county=kept.county)[1]
        out = path.with_name("marked.xlsx")
        write_marked(path, outcome.errors, out)
        content = out.read_bytes()
    return attachment(content, f"{Path(kept.name).stem}-{_('错误已标出')}.xlsx", XLSX)
