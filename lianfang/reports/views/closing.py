"""日清日结: the evening of an area on one screen, its signature, the second look, and the day's sheet."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.accounts.devices.queries import behind, notice_of
from lianfang.areas.queries import area_in
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.core import clock
from lianfang.core.downloads import XLSX, attachment
from lianfang.core.problems import Problem
from lianfang.reports import wording
from lianfang.reports.books import books_of
from lianfang.reports.day_sheet import day_sheet_file, mop_up_file
from lianfang.reports.operations.closing import record_recheck, recount_rounds, revise_close, sign_close
from lianfang.reports.queries.closing import ClosePage, close_page, sample_rows
from lianfang.reports.queries.day import Day, work_by_child, work_of
from lianfang.reports.views.asking import asked_day, asked_round_id
from lianfang.reports.views.closing_page import (
    close_url,
    context_of,
    lot_of_verdicts,
    mop_up_of,
    unbalanced,
    work_name,
)

MOST_NAMES = 5_000  # of one's own area; more than this is an export, with a second person


@require_GET
def close(request: HttpRequest) -> HttpResponse:
    return redirect("close_area", request.actor.home.area.code)


@require_GET
def close_area(request: HttpRequest, code: str) -> HttpResponse:
    """Names stand here only where a ledger does not balance, and only for who may see them; each look is recorded."""
    page = _page(request, code, is_full=request.GET.get("check") == "1")
    books = books_of(page)
    wrong = [unbalanced(request, page, book) for book in books if book.ledger and not book.is_balanced]
    request.looked_at = {
        "path": page.area.path,
        "count": sum(len(one["names"]) for one in wrong),
        "reason": "close",
    }
    return render(request, "reports/close.html", context_of(request, page, books, wrong))


@require_GET
def close_phones(request: HttpRequest, code: str) -> HttpResponse:
    """Phones that have not handed in everything, for whoever is about to sign: a part of the page above, fetched when
    it stands."""
    area = area_in(request.scope, code)
    may_open = request.actor.may("device.manage") and request.actor.scope_for("device.manage").covers(
        area.path
    )
    context = {"notice": notice_of(behind(request.scope, area), area, clock.now()), "may_open": may_open}
    return render(request, "reports/_close_phones.html", context)


@require_POST
def close_sign(request: HttpRequest, code: str) -> HttpResponse:
    area = area_in(request.scope, code)
    silent = {
        key.removeprefix("silent_"): str(value)
        for key, value in request.POST.items()
        if key.startswith("silent_")
    }
    day = asked_day(request.POST.get("day", ""))
    try:
        closes = sign_close(area=area, date=day.date, scope=request.scope, by=request.actor.id, silent=silent)
    except Problem as problem:
        return _refused(request, problem, code, day)
    messages.success(
        request, _("%(area)s已结账，%(count)d项任务的数已冻结。") % {"area": area.name, "count": len(closes)}
    )
    return redirect(close_url(code, day))


@require_POST
def close_revise(request: HttpRequest, code: str) -> HttpResponse:
    area, day = area_in(request.scope, code), asked_day(request.POST.get("day", ""))
    try:
        closes = revise_close(
            area=area,
            date=day.date,
            scope=request.scope,
            by=request.actor.id,
            note=request.POST.get("note", ""),
        )
    except Problem as problem:
        return _refused(request, problem, code, day)
    messages.success(
        request, _("已签第%(revision)d次修订，原来的数留着。") % {"revision": closes[0].revision}
    )
    return redirect(close_url(code, day))


@require_POST
def close_recount(request: HttpRequest, code: str) -> HttpResponse:
    area, day = area_in(request.scope, code), asked_day(request.POST.get("day", ""))
    recount_rounds(area=area, scope=request.scope, by=request.actor.id)
    messages.success(request, _("已按名单重新计数。"))
    return redirect(close_url(code, day))


@require_GET
def recheck(request: HttpRequest, code: str) -> HttpResponse:
    """The sampled doors with what was written down, for who looks again."""
    area, day = area_in(request.scope, code), asked_day(request.GET.get("day", ""))
    round_id = asked_round_id(request)
    rows = sample_rows(request.scope, area, day.date, round_id) if round_id else []
    request.looked_at = {"path": area.path, "count": len(rows), "reason": "recheck"}
    verdicts = [row.verdict for row in rows]
    context = {
        "area": area,
        "day": day,
        "rows": [{"row": row, "lines": _lines_said(row.lines)} for row in rows],
        "lot": lot_of_verdicts(verdicts),
        "may_record": request.actor.may("recheck.record")
        and request.actor.scope_for("recheck.record").covers(area.path),
        "own": request.actor.id,
        "round_id": round_id,
        "back_url": close_url(code, day),
        "nav_key": "close",
    }
    return render(request, "reports/recheck.html", context)


@require_POST
def recheck_record(request: HttpRequest, code: str, sample_id: int) -> HttpResponse:
    area, day = area_in(request.scope, code), asked_day(request.POST.get("day", ""))
    back = f"{reverse('recheck', args=[code])}?{urlencode({'day': day.date.isoformat(), 'round': request.POST.get('round', '')})}"
    try:
        record_recheck(
            sample_id=sample_id,
            agrees=request.POST.get("verdict") == "agrees",
            note=request.POST.get("note", ""),
            scope=request.scope,
            by=request.actor.id,
            area=area,
        )
    except Problem as problem:
        messages.error(request, problem.message)
    return redirect(back)


def _lines_said(lines: str) -> str:
    """'seen:2 away:1' → 见到2 外出1."""
    words = wording.presence_words()
    return " ".join(f"{words[key]}{count}" for key, count in (one.split(":") for one in lines.split()))


@require_GET
def mop_up_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Tomorrow's list as Excel: by area, and by door. Recorded like a look at the names."""
    page = _page(request, code)
    if page.main is None:
        raise Problem("reports.nothing_to_close", area=page.area.name)
    pick = Pick("missing", size=MOST_NAMES, total_count=page.equations[page.main.pk].missing)
    listed = targets_in(request.scope, page.main, page.area, page.day.now, pick)
    request.looked_at = {"path": page.area.path, "count": len(listed.rows), "reason": "xlsx mop_up"}
    content = mop_up_file(page.area, work_name(page.main), mop_up_of(page)["rows"], listed.rows, page.day.now)
    return attachment(content, f"{page.area.name}-明日补漏-{page.day.date:%m%d}.xlsx", XLSX)


@require_GET
def day_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The day's sheet as Excel. What was signed is taken as signed; before that, as it stands now."""
    page = _page(request, code)
    if page.main is None:
        raise Problem("reports.nothing_to_close", area=page.area.name)
    signed = page.signed.get(page.main.pk)
    if signed is None:
        rows = live_rows(request, page, page.main)
        whole = work_of(request.scope, page.main, page.area, page.day)
    else:
        rows, whole = signed.figures["rows"], signed.figures["work"]
    content = day_sheet_file(
        page.area,
        work_name(page.main),
        rows,
        whole,
        filled_by=request.actor.user.name,
        checked_by=signed.signer if signed else "",
        as_of=signed.as_of if signed else page.day.end,
        revision=signed.revision if signed else None,
    )
    return attachment(content, f"{page.area.name}-日报表-{page.day.date:%m%d}.xlsx", XLSX)


def live_rows(request: HttpRequest, page: ClosePage, found: Round) -> list[dict[str, Any]]:
    """The rows of the sheet as a signature would freeze them."""
    work = work_by_child(request.scope, found, page.area, page.day)
    signing = {child.path for child in page.children}
    return [
        {
            "code": place.code,
            "name": place.name,
            "is_rest": place.is_rest,
            "is_signed": place.path not in signing or page.has_signed(place),
            "equation": asdict(place.counts[found.pk]),
            "work": work.get(place.path, {}),
        }
        for place in page.places
    ]


def _page(request: HttpRequest, code: str, *, is_full: bool = False) -> ClosePage:
    day = asked_day(request.GET.get("day", ""))
    return close_page(request.scope, code, day, round_id=asked_round_id(request), is_full=is_full)


def _refused(request: HttpRequest, problem: Problem, code: str, day: Day) -> HttpResponse:
    """Back to the page, which then shows what stands in the way; rights are refused as they are anywhere."""
    if problem.status in (403, 404):
        raise problem
    messages.error(request, problem.message)
    more = {"check": "1"} if problem.code == "reports.unbalanced" else {}
    return redirect(close_url(code, day, **more))
