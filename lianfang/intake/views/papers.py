"""纸质登记: photos of the papers from which visits are typed. Each look at a picture is recorded."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.accounts.queries import names_of
from lianfang.areas.queries import area_in
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.models import Paper
from lianfang.intake.papers.operations import bring_back_paper, drop_paper, keep_paper, may_bring_back
from lianfang.intake.papers.queries import get_paper, papers_in, picture_of

MOST_AT_ONCE = 20  # photos: what a village writes in one evening


@require_GET
def papers_here(request: HttpRequest) -> HttpResponse:
    return redirect("papers", request.actor.home.area.code)


@require_http_methods(["GET", "POST"])
def papers(request: HttpRequest, code: str) -> HttpResponse:
    """The papers of an area, and the place to send more. A photo that cannot be kept does not stop the others."""
    area = area_in(request.scope, code)
    problems: list[tuple[str, Problem]] = []
    if request.method == "POST":
        sent = request.FILES.getlist("photos")[:MOST_AT_ONCE]
        for one in sent:
            try:
                keep_paper(area=area, data=one.read(), scope=request.scope, by=request.actor.id)
            except Problem as refused:
                problems.append((str(one.name)[:60], refused))
        if not sent:
            problems.append(("", Problem("papers.none_chosen")))
        if not problems:
            messages.success(request, _("收下%(count)d张纸质登记。") % {"count": len(sent)})
            return redirect("papers", code)
    shows_deleted = request.GET.get("show") == "deleted"
    page = Paginator(papers_in(request.scope, area, is_deleted=shows_deleted), PAGE).get_page(
        request.GET.get("page")
    )
    senders = names_of(paper.received_by for paper in page)
    request.looked_at = {"path": area.path, "count": len(page)}
    context = {
        "area": area,
        "page": page,
        "rows": [
            (
                paper,
                senders.get(paper.received_by, ""),
                shows_deleted and may_bring_back(paper, by=request.actor.id, leads=_leads(request)),
            )
            for paper in page
        ],
        "shows_deleted": shows_deleted,
        "problems": problems,
        "nav_key": "campaigns",
    }
    return render(request, "intake/papers.html", context, status=422 if problems else 200)


@require_GET
def paper(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """The picture large, to type from."""
    found = get_paper(request.scope, paper_id)
    request.looked_at = {"path": found.area_path, "count": 1}
    context = {
        "paper": found,
        "sender": names_of([found.received_by]).get(found.received_by, ""),
        "visit_count": found.visits.count(),
        "nav_key": "campaigns",
    }
    return render(request, "intake/paper.html", context)


@require_GET
def paper_picture(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    found = get_paper(request.scope, paper_id)
    request.looked_at = {"path": found.area_path, "count": 1}
    response = HttpResponse(picture_of(found), content_type=found.media_type)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"  # a picture, whatever it claims to be
    return response


@require_POST
def paper_drop(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    found = drop_paper(paper_id=paper_id, scope=request.scope, by=request.actor.id, leads=_leads(request))
    messages.success(request, _("已删除，可以在“删掉的”里恢复。"))
    return _back(found)


@require_POST
def paper_bring_back(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    found = bring_back_paper(
        paper_id=paper_id, scope=request.scope, by=request.actor.id, leads=_leads(request)
    )
    messages.success(request, _("已恢复。"))
    return _back(found)


def _leads(request: HttpRequest) -> Scope | None:
    return request.actor.scope_for("intake.settle") if request.actor.may("intake.settle") else None


def _back(found: Paper) -> HttpResponse:
    return redirect("papers", found.area.code)
