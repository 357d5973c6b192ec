"""日清日结: the evening of an area on one screen, its signature, the second look, and the day's sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.accounts.devices.queries import behind, notice_of
from lianfang.areas.queries import area_in
from lianfang.campaigns.models import Round
from lianfang.campaigns.queries.coverage import Equation
from lianfang.campaigns.queries.targets import Pick, targets_in
from lianfang.campaigns.rules import chase_text
from lianfang.core import clock
from lianfang.core.desk_format import left, night
from lianfang.core.downloads import XLSX, attachment
from lianfang.core.problems import Problem
from lianfang.reports import rules, wording
from lianfang.reports.books import NamedBook, books_of
from lianfang.reports.day_sheet import day_sheet_file, mop_up_file
from lianfang.reports.operations.closing import (
    may_sign_as,
    record_recheck,
    recount_rounds,
    revise_close,
    sign_close,
)
from lianfang.reports.queries.closing import ClosePage, close_page, sample_rows
from lianfang.reports.queries.day import Day, work_by_child, work_of
from lianfang.reports.queries.ledgers import Nameless, nameless_households, nameless_people
from lianfang.reports.queries.places import Place
from lianfang.reports.views.asking import asked_day, asked_round_id

MOST_NAMES = 5_000  # of one's own area; more than this is an export, with a second person
AREAS_SHOWN = 8


@require_GET
def close(request: HttpRequest) -> HttpResponse:
    return redirect("close_area", request.actor.home.area.code)


@require_GET
def close_area(request: HttpRequest, code: str) -> HttpResponse:
    """Names stand here only where a ledger does not balance, and only for who may see them; each look is recorded."""
    page = _page(request, code, is_full=request.GET.get("check") == "1")
    books = books_of(page)
    wrong = [_wrong(request, page, book) for book in books if book.ledger and not book.is_balanced]
    request.looked_at = {
        "path": page.area.path,
        "count": sum(len(one["names"]) for one in wrong),
        "reason": "close",
    }
    return render(request, "reports/close.html", _context(request, page, books, wrong))


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
    return redirect(_url(code, day))


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
    return redirect(_url(code, day))


@require_POST
def close_recount(request: HttpRequest, code: str) -> HttpResponse:
    area, day = area_in(request.scope, code), asked_day(request.POST.get("day", ""))
    recount_rounds(area=area, scope=request.scope, by=request.actor.id)
    messages.success(request, _("已按名单重新计数。"))
    return redirect(_url(code, day))


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
        "lot": _lot(verdicts),
        "may_record": request.actor.may("recheck.record")
        and request.actor.scope_for("recheck.record").covers(area.path),
        "own": request.actor.id,
        "round_id": round_id,
        "back_url": _url(code, day),
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


@require_GET
def mop_up_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Tomorrow's list as Excel: by area, and by door. Recorded like a look at the names."""
    page = _page(request, code)
    if page.main is None:
        raise Problem("reports.nothing_to_close", area=page.area.name)
    pick = Pick("missing", size=MOST_NAMES, total_count=page.equations[page.main.pk].missing)
    listed = targets_in(request.scope, page.main, page.area, page.day.now, pick)
    request.looked_at = {"path": page.area.path, "count": len(listed.rows), "reason": "xlsx mop_up"}
    content = mop_up_file(page.area, _work(page.main), _mop_up(page)["rows"], listed.rows, page.day.now)
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
        _work(page.main),
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


# ---------- what the page shows ----------


def _page(request: HttpRequest, code: str, *, is_full: bool = False) -> ClosePage:
    day = asked_day(request.GET.get("day", ""))
    return close_page(request.scope, code, day, round_id=asked_round_id(request), is_full=is_full)


def _url(code: str, day: Day, **more: str) -> str:
    values = {**({} if not day.is_over else {"day": day.date.isoformat()}), **more}
    return reverse("close_area", args=[code]) + (f"?{urlencode(values)}" if values else "")


def _refused(request: HttpRequest, problem: Problem, code: str, day: Day) -> HttpResponse:
    """Back to the page, which then shows what stands in the way; rights are refused as they are anywhere."""
    if problem.status in (403, 404):
        raise problem
    messages.error(request, problem.message)
    more = {"check": "1"} if problem.code == "reports.unbalanced" else {}
    return redirect(_url(code, day, **more))


def _work(found: Round) -> str:
    return wording.work_name(found.campaign.name, found.number)


def _context(
    request: HttpRequest, page: ClosePage, books: Sequence[NamedBook], wrong: list[dict[str, Any]]
) -> dict[str, Any]:
    tops = [
        area for area in page.chain if area.path.startswith(request.actor.home.area_path) or area is page.area
    ]
    fine = [book for book in books if book.ledger is None or book.is_balanced]
    return {
        "page": page,
        "area": page.area,
        "day": page.day,
        "today": clock.local(page.day.now).date(),
        "yesterday_url": _url(page.area.code, Day(page.day.date - dt.timedelta(days=1), page.day.now)),
        "path": [{"name": area.name, "url": _url(area.code, page.day)} for area in tops],
        "rounds": [
            {
                "name": _work(one),
                "url": _url(page.area.code, page.day, round=str(one.pk)),
                "is_here": one == page.main,
            }
            for one in page.rounds
        ],
        "work": _work(page.main) if page.main else "",
        "wrong": wrong,
        "books": fine,
        "balanced_count": sum(book.ledger is not None for book in fine),
        "silent_book_count": sum(book.ledger is None for book in fine),
        "children": [_child(page, place) for place in page.children],
        "silent_count": len(page.silent),
        "signed_count": len(page.children) - len(page.silent),
        "kind": wording.children_word_of(place.level for place in page.children),
        "asks_phones": not page.day.is_over,
        "mop_up": _mop_up(page),
        "chase": _chase(page),
        "lot": _lot_of(request, page),
        "sign": _sign(request, page, books),
        "revision": _revision(page),
        "round_id": page.main.pk if page.main else "",
        "may_see_names": _may(request, page, "target.read"),
        "may_print": _may(request, page, "print.own_area"),
        "nav_key": "close",
        "now": page.day.now,
        "data_as_of": page.day.end,
    }


def _may(request: HttpRequest, page: ClosePage, permission: str) -> bool:
    return request.actor.may(permission) and request.actor.scope_for(permission).covers(page.area.path)


def _wrong(request: HttpRequest, page: ClosePage, book: NamedBook) -> dict[str, Any]:
    """A ledger that does not balance, with the names behind the difference."""
    names: list[Nameless] = []
    assert book.round is not None  # noqa: S101 - only books of a round can be out of balance
    if _may(request, page, "target.read"):
        if book.kind == "people":
            names = nameless_people(request.scope, book.round, page.area, page.day)
        else:
            names = nameless_households(request.scope, book.round, page.area, page.check(book.round))
    paths = {place.path: place.name for place in page.places} | {page.area.path: page.area.name}
    words = {state: wording.show_word(state) for state in rules.STATES}
    words |= {"found_due": _("现场新增"), "found_done": _("现场新增已排查")}
    return {
        "book": book,
        "names": [{"row": row, "why": _why(row, book)} for row in names],
        "differences": [
            {
                "area": paths.get(one.village_path, one.village_path),
                "word": words[one.state],
                "kept": one.kept,
                "named": one.named,
                "gap": abs(one.named - one.kept),
            }
            for one in book.differences
        ],
    }


def _why(row: Nameless, book: NamedBook) -> str:
    if book.kind == "people":
        return _("这一户已排查，没有写这个人的去处")
    if row.state == "lost":
        return _("有待办，名单里没有这一户的状态")
    return _("名单里是“%(state)s”，最近有变动，差的多半在这几户里") % {"state": wording.show_word(row.state)}


def _child(page: ClosePage, place: Place) -> dict[str, Any]:
    signed = [one for (path, _pk), one in page.signed_below.items() if path == place.path]
    return {
        "place": place,
        "url": _url(place.code, page.day),
        "is_signed": page.has_signed(place),
        "signed": signed[0] if signed else None,
        "answering": page.answering.get(place.path),
    }


def _mop_up(page: ClosePage) -> dict[str, Any]:
    """Who goes where tomorrow, most owed first."""
    rows: list[dict[str, Any]] = []
    if page.main is not None:
        for place in page.places:
            counts = place.counts.get(page.main.pk, Equation())
            if not counts.missing:
                continue
            rows.append(
                {
                    "name": place.name if not place.is_rest else _("%(area)s直属") % {"area": place.name},
                    "open": counts.open,
                    "not_met": counts.not_met,
                    "missing": counts.missing,
                    "ways": wording.ways_word(rules.ways(page.tries(place))),
                    "answering": page.answering.get(place.path),
                    "url": reverse("coverage_names", args=[page.main.pk, place.code]) + "?show=missing",
                }
            )
    rows.sort(key=lambda row: -row["missing"])
    rest = rows[AREAS_SHOWN:]
    counts = page.equations[page.main.pk] if page.main else Equation()
    return {
        "rows": rows,
        "shown": rows[:AREAS_SHOWN],
        "rest": rest,
        "rest_open": sum(row["open"] for row in rest),
        "rest_not_met": sum(row["not_met"] for row in rest),
        "open": counts.open,
        "not_met": counts.not_met,
        "missing": counts.missing,
        "kind": wording.children_word_of(place.level for place in page.places if not place.is_rest),
        "unit": wording.unit(page.main.campaign) if page.main else "",
    }


def _chase(page: ClosePage) -> str:
    """What goes into the chat group. Areas, counts, deadline, duty phone; nothing else comes in."""
    if page.main is None or not page.equations[page.main.pk].missing:
        return ""
    areas = [
        (place.name, place.counts[page.main.pk].missing)
        for place in page.places
        if place.counts[page.main.pk].missing
    ]
    return chase_text(
        work=f"{page.area.name}{_work(page.main)}",
        areas=areas,
        due=night(page.main.due_at, page.day.now),
        left=left(page.main.due_at, page.day.now),
        duty_phone=settings.DUTY_PHONE,
        unit=wording.unit(page.main.campaign),
    )


def _lot_of(request: HttpRequest, page: ClosePage) -> dict[str, Any] | None:
    signed = page.signed.get(page.main.pk) if page.main else None
    if signed is None or page.main is None:
        return None
    values = {"day": page.day.date.isoformat(), "round": str(page.main.pk)}
    return {
        **_lot(signed.verdicts),
        "url": f"{reverse('recheck', args=[page.area.code])}?{urlencode(values)}",
    }


def _lot(verdicts: Sequence[str]) -> dict[str, Any]:
    agreeing, differing = verdicts.count("agrees"), verdicts.count("differs")
    order = ["agrees"] * agreeing + ["differs"] * differing + [""] * (len(verdicts) - agreeing - differing)
    return {
        "size": len(verdicts),
        "limit": rules.most_errors(len(verdicts)) + 1,
        "agreeing": agreeing,
        "differing": differing,
        "checked": agreeing + differing,
        "left": len(verdicts) - agreeing - differing,
        "verdict": rules.lot_verdict(len(verdicts), agreeing, differing),
        "dots": [{"x": 6 + 12 * number, "verdict": verdict} for number, verdict in enumerate(order)],
        "width": 12 * len(verdicts),
    }


def _lines_said(lines: str) -> str:
    """'seen:2 away:1' → 见到2 外出1."""
    words = wording.presence_words()
    return " ".join(f"{words[key]}{count}" for key, count in (one.split(":") for one in lines.split()))


def _sign(request: HttpRequest, page: ClosePage, books: Sequence[NamedBook]) -> dict[str, Any]:
    is_lead = any(grant.area_id == page.area.pk and may_sign_as(grant.role) for grant in request.actor.grants)
    walls = rules.obstacles(
        books_that_count(books),
        day=page.day.date,
        today=clock.local(page.day.now).date(),
        silent_count=len(page.silent),
        is_lead=is_lead,
        is_signed=page.is_signed,
        has_changed=page.has_changed,
    )
    gaps = [book for book in books if book.ledger is not None and not book.is_balanced]
    words = {
        rules.UNBALANCED: _("、").join(
            _("%(title)s差%(gap)d%(unit)s") % {"title": book.title, "gap": book.gap_count, "unit": book.unit}
            for book in gaps
        ),
        rules.SILENT: _("%(count)d个%(kind)s未签")
        % {
            "count": len(page.silent),
            "kind": wording.children_word_of(place.level for place in page.children),
        },
        rules.NOT_LEAD: _("要由%(area)s带班领导来签") % {"area": page.area.name}
        if page.is_signing_level
        else _("由所在的村、社区结账"),
        rules.NOTHING: _("没有在做的任务"),
        rules.FUTURE: _("还没到这一天"),
        rules.PAST: _("过了第二天，不能再补签"),
        rules.UNCHANGED: _("已经签过，签字后没有变化"),
    }
    hard = [wall for wall in walls if wall != rules.SILENT]
    signed = next(iter(page.signed.values()), None)
    return {
        "is_open": not hard,
        "needs_reasons": rules.SILENT in walls and not hard,
        "why": [words[wall] for wall in walls],
        "is_signed": page.is_signed,
        "signed": signed,
        "is_revision": page.is_signed and page.has_changed,
        "leads": page.answering.get(page.area.path),
        "silent": page.silent,
    }


def books_that_count(books: Sequence[NamedBook]) -> list[NamedBook]:
    """Those that can stop a signature: what nobody below has told yet is silence, and said as such."""
    return [book for book in books if book.ledger is not None]


def _revision(page: ClosePage) -> list[dict[str, Any]]:
    """签字时 beside 现在, for each round that stands differently."""
    found = []
    for one in page.rounds:
        if not page.changed(one):
            continue
        signed = page.signed[one.pk]
        now = page.equations[one.pk]
        found.append(
            {
                "work": _work(one),
                "signed": signed,
                "rows": [
                    {
                        "word": wording.show_word(key),
                        "then": getattr(signed.equation, key),
                        "now": getattr(now, key),
                        "gap": getattr(now, key) - getattr(signed.equation, key),
                    }
                    for key in ("due", "done", "exempt", "not_met", "open")
                ]
                + [
                    {"word": _("今天收到的记录"), "then": then, "now": later, "gap": later - then}
                    for then, later in page.records_since(signed)
                ],
            }
        )
    return found
