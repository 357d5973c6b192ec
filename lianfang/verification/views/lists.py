"""核查名单: the lists that run, one list with its board, and taking one in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.queries.emergencies import running_emergency
from lianfang.campaigns.views.request import attempt, moment_of, number_of, own_area, page_of
from lianfang.core import clock
from lianfang.core.desk_format import left, night, number, table_time
from lianfang.core.downloads import XLSX, attachment, xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.verification import jobs, rules
from lianfang.verification.models import PushedList
from lianfang.verification.operations import answering, returns, sending, taking, understanding
from lianfang.verification.queries import board_of, get_list, lists_of
from lianfang.verification.queries.board import Board
from lianfang.verification.queries.desk import (
    Card,
    cards_of,
    last_list,
    objected,
    ready_town_count,
    running_lists,
    unfinished_lists,
    unsigned_count,
)
from lianfang.verification.reading import FIELDS, message_of
from lianfang.verification.views.many import reminders_here
from lianfang.verification.views.wording import bar_of, chase_words, parts_of
from lianfang.workforce.queries import who_answers

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST_DAYS = 365
MOST_LISTS = 1_000  # a county of a million had 400 in its worst month
SHOWS = {"open": "", "returned": "returned,closed", "all": ""}


@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    cards, wanted = _cards(request)
    page = Paginator(cards, PAGE).get_page(page_of(request))
    now = clock.now()
    context = {
        "nav_key": "lists",
        "page": page,
        "rows": [
            {"card": card, "is_late": card.is_late(now), "finishes_at": card.finishes_at(now)}
            for card in page.object_list
        ],
        "wanted": wanted,
        "shows": [("open", _("没办完")), ("returned", _("已反馈")), ("all", _("全部"))],
        "may_take": request.actor.may("list.take"),
        "now": now,
    }
    return render(request, "verification/lists.html", context)


@require_GET
def lists_sheet(request: HttpRequest) -> HttpResponse:
    cards, _wanted = _cards(request)
    header = [
        _("编号"),
        _("名单"),
        _("推送单位"),
        _("收到"),
        _("到期"),
        _("状态"),
        _("条数"),
        _("不用打电话"),
        _("待核和在核"),
        _("已核"),
    ]
    rows = (
        (
            card.list.number,
            card.list.title,
            card.list.sender,
            table_time(card.list.received_at),
            table_time(card.list.due_at),
            card.list.get_state_display(),
            card.row_count,
            card.no_call_count,
            card.owed_count,
            card.answered_count,
        )
        for card in cards
    )
    return xlsx_response(_("核查名单"), header, rows)


def _cards(request: HttpRequest) -> tuple[list[Card], dict[str, str]]:
    said = request.GET
    show = said.get("show", "open")
    wanted = {
        "show": show if show in SHOWS else "open",
        "text": said.get("q", "").strip(),
        "sort": said.get("sort", "due"),
    }
    is_open = wanted["show"] == "open"
    found = (
        unfinished_lists(request.scope) if is_open else lists_of(request.scope, state=SHOWS[wanted["show"]])
    )
    cards = cards_of(request.scope, found[:MOST_LISTS])
    if not request.actor.may("list.take"):  # a list without a row here is nobody's business here
        cards = [card for card in cards if card.row_count]
    if text := wanted["text"]:
        cards = [c for c in cards if text in f"{c.list.number} {c.list.title} {c.list.sender}"]
    keys: dict[str, Any] = {
        "number": lambda c: c.list.number,
        "title": lambda c: c.list.title,
        "received": lambda c: c.list.received_at,
        "due": lambda c: c.list.due_at,
        "rows": lambda c: c.row_count,
        "out": lambda c: c.owed_count,
    }
    key = wanted["sort"].removeprefix("-")
    return sorted(cards, key=keys.get(key, keys["due"]), reverse=wanted["sort"].startswith("-")), wanted


@require_GET
def list_urgent(request: HttpRequest) -> HttpResponse:
    """The most urgent list, fetched by the first page when it stands: the clock of the page does not wait for it.
    Nothing where no list runs here."""
    cards = cards_of(request.scope, running_lists(request.scope)[:MOST_LISTS])
    if not request.actor.may("list.take"):
        cards = [card for card in cards if card.owed_count]
    if not cards:
        return HttpResponse()
    context = {**card_context(request, cards[0]), "now": clock.now()}
    return render(request, "verification/urgent.html", context)


# ---------- one list ----------


@require_GET
def list_one(request: HttpRequest, list_id: int) -> HttpResponse:
    found = get_list(request.scope, list_id)
    (card,) = cards_of(request.scope, [found])
    now, here = clock.now(), own_area(request)
    board = board_of(request.scope, found) if card.row_count else None
    may_take = _may_take(request, found)
    is_unsorted = may_take and found.state == PushedList.State.RECEIVED
    read = _read(found) if is_unsorted else None
    context = {
        **card_context(request, card),
        "nav_key": "lists",
        "towns": _towns(board, now),
        "total": board.total if board else None,
        "chase": _chase(found, board, now),
        "unsigned_count": 0 if may_take else unsigned_count(request.scope, found, here),
        "area": here,
        "may_dial": request.actor.may("worker.dial"),
        "read": read,
        "objected_count": objected(request.scope, found).count() if card.row_count else 0,
        "reminders": reminders_here(request.scope, found, here),
        "finishes_at": card.finishes_at(now),
        "sorting": jobs.sorting(list_id) if is_unsorted else None,
        "rows_done": found.file.rows_done if is_unsorted else 0,
        "now": now,
    }
    return render(request, "verification/list.html", context)


def _may_take(request: HttpRequest, found: PushedList) -> bool:
    """A list is the county's: the data officer of a township sees it as the township does."""
    return request.actor.may("list.take") and request.scope.covers(found.area_path)


def card_context(request: HttpRequest, card: Card) -> dict[str, Any]:
    """What `_card.html` needs."""
    found = card.list
    return {
        "card": card,
        "list": found,
        "parts": parts_of(card),
        "bar": bar_of(card),
        "town_count": ready_town_count(request.scope, found) if card.states["ready"] else 0,
        "may_take": _may_take(request, found),
        "may_place": request.actor.may("list.confirm"),
        "no_call": ",".join(p["key"] for p in parts_of(card) if p["kind"].startswith("done")),
    }


def _towns(board: Board | None, now: dt.datetime) -> list[dict[str, Any]]:
    if board is None:
        return []
    answering_here = who_answers({line.area.path for line in board.towns if line.area}, now)
    return [
        {"line": line, "who": answering_here.get(line.area.path) if line.area else None}
        for line in board.towns
    ]


def _chase(found: PushedList, board: Board | None, now: dt.datetime) -> str:
    """Areas, counts, deadline and duty phone: a text that goes into a chat has no resident in it."""
    lines = board.towns if board else []
    owed = rules.chase_areas(
        (line.area.name, line.out_count + line.in_progress_count) for line in lines if line.area
    )
    if not owed:
        return ""
    return chase_words(
        number=found.number,
        owed=owed,
        due=night(found.due_at, now),
        left=left(found.due_at, now),
        phone=found.call_back or settings.DUTY_PHONE,
    )


def _read(found: PushedList) -> dict[str, Any]:
    """What was understood of a list that nobody has sorted yet; samples are masked. A large one is read by the worker:
    the page waits for it."""
    try:
        if jobs.is_being_read(found.pk):
            return {"is_waiting": True}
        told = understanding.read_now(found)
    except Problem as problem:
        return {"problem": problem.message}
    if "problem" in told:
        return told
    doubts = [(message_of(code), count) for code, count in told["doubts"].items()]
    unnamed = Path(taking.name_to_read(found.file.name)).stem  # the only sheet of a file that has none
    return {
        **told,
        "sheets": [
            {**sheet, "title": "" if sheet["name"] == unnamed else sheet["name"]} for sheet in told["sheets"]
        ],
        "fields": [(key, _(label)) for key, label in FIELDS.items()],
        "doubts": sorted(doubts, key=lambda d: -d[1]),
    }


@require_POST
def list_act(request: HttpRequest, list_id: int) -> HttpResponse:
    """The buttons of a list: 分拣, 派发, 按“在核”回复, 反馈."""
    common: dict[str, Any] = {"list_id": list_id, "scope": request.scope, "by": request.actor.id}

    def act() -> str:
        wanted = request.POST.get("act", "")
        if wanted == "sort":
            found = get_list(request.scope, list_id)
            request.scope.within(found.area_path)
            found = jobs.ask_sort(byte_count=len(taking.content_of(found)[1]), **common)
            if found.state == PushedList.State.RECEIVED:
                return _("正在分拣，可以先做别的")
            return _("已分拣%(count)s条") % {"count": number(found.row_count)}
        if wanted == "dispatch":
            return _("已派发%(count)s条") % {"count": number(sending.dispatch(**common))}
        if wanted == "interim":
            return _("%(count)s条先按“在核”回复") % {"count": number(answering.answer_interim(**common))}
        if wanted == "return":
            return _("已记下第%(count)s次反馈") % {"count": returns.return_list(**common).number}
        raise Problem("http.bad_request", detail="act")

    attempt(request, act)
    return redirect("list_one", list_id)


@require_POST
def list_columns(request: HttpRequest, list_id: int) -> HttpResponse:
    """当作: what a person says of the columns. Only what is said otherwise than it was read is kept."""

    def act() -> str:
        found = get_list(request.scope, list_id)
        request.scope.within(found.area_path)
        sheets: dict[str, dict[int, str]] = {}
        for at, sheet in enumerate(understanding.read_now(found).get("sheets", ())):
            for column in sheet["columns"]:
                said = request.POST.get(f"column-{at}-{column['place']}")
                if said is not None and said != column["field"]:
                    sheets.setdefault(sheet["name"], {})[column["place"]] = said
        if sheets:
            taking.choose_columns(list_id=list_id, sheets=sheets, scope=request.scope, by=request.actor.id)
            size = len(taking.content_of(found)[1])
            jobs.ask_understand(list_id=list_id, byte_count=size, scope=request.scope, by=request.actor.id)
        return _("列已改好，请再看一遍") if sheets else _("没有改动")

    attempt(request, act)
    return redirect("list_one", list_id)


@require_GET
def list_returned(request: HttpRequest, list_id: int) -> HttpResponse:
    """The sender's own file, with the answers."""
    name, content, done = returns.returned_file(list_id=list_id, scope=request.scope, by=request.actor.id)
    request.looked_at = {"path": own_area(request).path, "count": done.counts.row_count}
    return attachment(content, name, "application/octet-stream")


@require_GET
def list_summary(request: HttpRequest, list_id: int) -> HttpResponse:
    """One page of counts for the covering letter."""
    name, content = returns.returned_summary(list_id=list_id, scope=request.scope, by=request.actor.id)
    return attachment(content, name, XLSX)


@require_GET
def list_letter(request: HttpRequest, list_id: int) -> HttpResponse:
    """复函, to be signed and sent with the two files."""
    name, content = returns.returned_letter(list_id=list_id, scope=request.scope, by=request.actor.id)
    return attachment(content, name, DOCX)


@require_POST
def list_sign(request: HttpRequest, list_id: int) -> HttpResponse:
    here = own_area(request)
    get_list(request.scope, list_id)

    def act() -> str:
        count = sending.sign_for(list_id=list_id, area=here, scope=request.scope, by=request.actor.id)
        return _("已签收%(count)s条") % {"count": number(count)}

    attempt(request, act)
    return redirect("list_one", list_id)


# ---------- taking one in ----------


@require_http_methods(["GET", "POST"])
def list_new(request: HttpRequest) -> HttpResponse:
    """A file or pasted text. It is kept first; what was understood of it is shown on its own page, before anybody
    sorts it."""
    error = ""
    if request.method == "POST":
        try:
            made = _take(request)
        except Problem as problem:
            if problem.status >= 500 or problem.status == 403:
                raise
            error = problem.message
        else:
            messages.success(request, _("名单已收下，原件照样存着。请看读得对不对，再分拣。"))
            return redirect("list_one", made.pk)
    now = clock.now()
    emergency = running_emergency()
    before = last_list(request.scope, emergency.pk) if emergency else None
    usual = {
        "checked_days": before.checked_days if before else rules.CHECKED_DAYS,
        "period_days": before.period_days if before else None,
        "call_back": before.call_back if before else "",
    }
    context = {
        "nav_key": "lists",
        "error": error,
        "said": request.POST if request.method == "POST" else usual,
        "usual": usual,
        "received_at": clock.local(now),
        "due_at": clock.local(rules.due_at(now)),
        "emergency_here": emergency,
        "now": now,
    }
    return render(request, "verification/new.html", context, status=422 if error else 200)


def _take(request: HttpRequest) -> PushedList:
    said, emergency = request.POST, running_emergency()
    for key, label in (("number", _("编号")), ("title", _("名称")), ("sender", _("推送单位"))):
        if not said.get(key, "").strip():
            raise Problem("http.bad_request", detail=_("%(label)s没有填") % {"label": label})
    if emergency is None:
        raise Problem("campaigns.no_emergency")
    upload = request.FILES.get("file")
    if upload and (upload.size or 0) > taking.LARGEST:  # before it is in memory
        raise Problem("verification.too_large", size=taking.LARGEST >> 20)
    content = upload.read() if upload else said.get("text", "").encode()
    due = said.get("due_at", "")
    period, checked = number_of(said.get("period_days")), number_of(said.get("checked_days"))
    sent = taking.Sent(
        title=said["title"].strip()[:120],
        number=said["number"].strip()[:40],
        sender=said["sender"].strip()[:80],
        received_at=moment_of(said["received_at"]) if said.get("received_at") else None,
        due_at=moment_of(due) if due else None,
        period_days=min(period, MOST_DAYS) if period else None,
        checked_days=rules.CHECKED_DAYS if checked is None else min(checked, MOST_DAYS),
        case_number=said.get("case_number", "").strip()[:40],
        call_back=said.get("call_back", "").strip()[:20],
        is_urgent=bool(said.get("is_urgent")),
    )
    made = taking.take_in(
        content=content,
        name=(upload.name or "") if upload else "",
        sent=sent,
        emergency_id=emergency.pk,
        county=_county(request),
        scope=request.scope,
        by=request.actor.id,
    )
    size = len(content)
    jobs.ask_understand(list_id=made.pk, byte_count=size, scope=request.scope, by=request.actor.id)
    return made


def _county(request: HttpRequest) -> Area:
    """The county one works in: a list is the county's."""
    here = own_area(request)
    return (
        Area.objects.filter(path__in=[here.path, *prefixes(here.path)], level=Area.Level.COUNTY)
        .order_by("-path")
        .first()
        or here
    )
