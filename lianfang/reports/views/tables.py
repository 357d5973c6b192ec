"""部门报表: the list with the place where a file is dropped, one table, its file and its fillings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.accounts.models import User
from lianfang.areas.models import Area
from lianfang.areas.queries import area_in, children
from lianfang.campaigns.forms.words import purpose_word
from lianfang.campaigns.models import Emergency
from lianfang.campaigns.queries.emergencies import running_emergencies
from lianfang.core.clock import local, now, today
from lianfang.core.desk_format import table_time
from lianfang.core.downloads import XLSX, attachment, xlsx_response
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.questions.queries import known_questions
from lianfang.reports import jobs
from lianfang.reports.listing import said_of
from lianfang.reports.models import DepartmentTable, TableFilling
from lianfang.reports.operations import fillings, tables
from lianfang.reports.queries.table_values import REASONS
from lianfang.reports.queries.table_values.asking import NAMED_ROWS
from lianfang.reports.queries.tables import (
    SHOWS,
    TableFilter,
    confirmed_sheets,
    content_of,
    fillings_of,
    get_table,
    table_counts,
    tables_in,
    tables_page,
    template_of,
    with_counts,
)

State = DepartmentTable.State
MOST_ROWS = 5_000
USUAL_DAYS = 14


# ---------- the list ----------


@require_GET
def department_tables(request: HttpRequest) -> HttpResponse:
    return _list(request)


def _list(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    wanted = _wanted(request)
    counted = table_counts(request.scope)
    context = {
        "nav_key": "tables",
        "page": tables_page(request.scope, wanted),
        "wanted": wanted,
        "shows": [(key, word, counted[key]) for key, word in _shows()],
        "has_any": any(counted.values()),
        "may_manage": request.actor.may("table.manage"),
        "largest": tables.LARGEST_TEMPLATE >> 20,
        "problem": problem,
    }
    return render(request, "reports/tables.html", context, status=problem.status if problem else 200)


def _wanted(request: HttpRequest) -> TableFilter:
    number = request.GET.get("page", "1")
    show = request.GET.get("show", "")
    return TableFilter(
        show=show if show in SHOWS else "",
        text=request.GET.get("q", "").strip()[:40],
        sort=request.GET.get("sort", "-registered"),
        number=int(number) if number.isdecimal() and 0 < int(number) < 100_000 else 1,
    )


def _shows() -> list[tuple[str, str]]:
    return [
        ("", _("全部")),
        ("waiting", _("等着处理")),
        ("running", _("在用")),
        ("stopped", _("已停用")),
        ("deleted", _("已删除")),
    ]


@require_GET
def department_tables_sheet(request: HttpRequest) -> HttpResponse:
    page = tables_page(request.scope, _wanted(request), size=MOST_ROWS)
    head = [_("表名"), _("要表的单位"), _("用途"), _("状态"), _("自动填报时间"), _("到期日"), _("填了几次"), _("最近一次"), _("免填格数")]  # fmt: skip
    rows = [
        [
            table.title,
            table.department,
            purpose_word(table.purpose),
            str(State(table.state).label),
            " ".join(table.hours),
            table.ends_on.isoformat() if table.ends_on else "",
            table.filling_count,
            table_time(table.filled_at) if table.filled_at else "",
            table.saved_count,
        ]
        for table in page.rows
    ]
    return xlsx_response(f"{_('部门报表')}-{today():%m%d}", head, rows)


@require_POST
def table_upload(request: HttpRequest) -> HttpResponse:
    """A file was dropped or chosen: kept as it came, then read."""
    sent = request.FILES.get("file")
    try:
        if sent is None or not sent.name or not sent.size:
            raise Problem("reports.table_empty")
        if sent.size > tables.LARGEST_TEMPLATE:
            raise Problem("reports.table_too_large", size=tables.LARGEST_TEMPLATE >> 20)
        table = tables.register_table(
            content=sent.read(), name=sent.name, area=_home(request), scope=request.scope, by=request.actor.id
        )
    except Problem as problem:
        if problem.status == 403:
            raise
        return _list(request, problem)
    table = jobs.ask_read(table, scope=request.scope, by=request.actor.id, byte_count=sent.size)
    return redirect("table_columns" if table.state == State.DRAFT else "department_table", table.pk)


def _home(request: HttpRequest) -> Area:
    """Where the actor manages tables: the widest of these areas."""
    scope = request.actor.scope_for("table.manage")
    home = request.actor.home.area
    if scope.covers(home.path):
        return home
    return min(
        (grant.area for grant in request.actor.grants if scope.covers(grant.area_path)),
        key=lambda area: len(area.path),
    )


# ---------- one table ----------


@require_GET
def department_table(request: HttpRequest, table_id: int) -> HttpResponse:
    return _page(request, table_id)


def _page(request: HttpRequest, table_id: int, problem: Problem | None = None) -> HttpResponse:
    found = with_counts(tables_in(request.scope).filter(pk=table_id), request.scope)
    table = found.select_related("area", "campaign", "previous").first()
    if table is None:
        raise Problem("reports.unknown_table")
    listed = fillings_of(request.scope, table)
    last = next((one for one in listed if one.made_at and not one.fault_code), None)
    names = _names(table, listed)
    is_own = request.scope.covers(table.area_path)
    unknown = _unknown(request, table, last) if last else []
    emergencies = list(running_emergencies()) if unknown else []
    context = {
        "nav_key": "tables",
        "table": table,
        "purpose": purpose_word(table.purpose),
        "sheets": _sheets(table, request.scope),
        "names": names,
        "fillings": [(one, _who(one, names), _stands(one)) for one in listed],
        "last": last,
        "unknown": unknown,
        "is_busy": table.state == State.READING or any(_stands(one) == "busy" for one in listed),
        "areas": _areas_to_fill(request, table),
        "may_fill": request.actor.may("table.fill") and table.state == State.APPROVED,
        "may_manage": is_own and request.actor.may("table.manage"),
        "may_approve": is_own and request.actor.may("table.approve") and table.state == State.CONFIRMED,
        "is_confirmer": table.confirmed_by == request.actor.id,
        "may_ask": is_own
        and request.actor.may("campaign.declare")
        and bool(emergencies)
        and any(one["is_askable"] for one in unknown),
        "emergencies": emergencies,
        "due_at": _usual_deadline(emergencies),
        "usual_end": (today() + dt.timedelta(days=USUAL_DAYS)).isoformat(),
        "latest_end": (today() + dt.timedelta(days=tables.LONGEST_DAYS)).isoformat(),
        "longest_days": tables.LONGEST_DAYS,
        "kept_days": tables.KEPT_DAYS,
        "problem": problem,
    }
    return render(request, "reports/table.html", context, status=problem.status if problem else 200)


def _sheets(table: DepartmentTable, scope: Scope) -> list[dict[str, Any]]:
    questions = dict(known_questions(scope)) if table.has_names else {}
    bases = {"living_here": _("常住"), "registered": _("户籍"), "here_tonight": _("今晚在家")}
    return [
        {
            "name": sheet.name,
            "kind": row_kind_word(sheet.row_kind),
            "count": len(sheet.columns),
            "known": sum(meaning.kind != "unknown" for meaning in sheet.meanings),
            "listed": said_of(sheet.who, bases, questions) if sheet.row_kind in NAMED_ROWS else "",
        }
        for sheet in confirmed_sheets(table)
        if sheet.is_taken
    ]


def row_kind_word(kind: str) -> str:
    return {
        "county": _("一行一个县"),
        "township": _("一行一个乡镇、街道"),
        "village": _("一行一个村、社区"),
        "grid": _("一行一个网格"),
        "group": _("一行一个组"),
        "household": _("一行一户"),
        "person": _("一行一个人"),
        "single": _("整张表填一次"),
    }.get(kind, "")


def _names(table: DepartmentTable, listed: list[TableFilling]) -> dict[int, str]:
    ids = {table.registered_by, table.confirmed_by, table.approved_by, *(one.made_by for one in listed)}
    return dict(User.objects.filter(pk__in=[one for one in ids if one]).values_list("pk", "name"))


def _who(one: TableFilling, names: dict[int, str]) -> str:
    return names.get(one.made_by, "") if one.made_by else _("到点自动")


def _stands(one: TableFilling) -> str:
    """busy, failed, gone or ready."""
    if one.made_at is None:
        stale = now() - dt.timedelta(minutes=fillings.STALE_MINUTES)
        return "busy" if one.as_of > stale else "failed"
    if one.fault_code:
        return "failed"
    is_old = one.as_of < now() - dt.timedelta(days=tables.KEPT_DAYS)
    return "gone" if is_old or one.table.state != State.APPROVED else "ready"


def _areas_to_fill(request: HttpRequest, table: DepartmentTable) -> list[Area]:
    """For which areas this person may have it filled: the table's own and those directly below, or one's own."""
    if table.state != State.APPROVED:
        return []
    top = table.area if request.scope.covers(table.area_path) else request.actor.home.area
    if not top.path.startswith(table.area_path) or not request.scope.covers(top.path):
        return []
    return [top, *children(top)] if top.level in ("county", "township") else [top]


def _unknown(request: HttpRequest, table: DepartmentTable, last: TableFilling) -> list[dict[str, Any]]:
    """What the last filling could not know, with what would tell."""
    known = known_questions(request.scope)
    wanted = fillings.askable(last.unknown)
    running = (
        fillings.asked_already(request.scope, table, wanted) if request.scope.covers(table.area_path) else {}
    )
    return [
        {
            **one,
            "why": str(REASONS.get(one["reason"], "")),
            "first": "、".join(one["first"]),
            "label_of": known[one["question"]].label if one["question"] in known else "",
            "campaign": running.get(one["question"]),
            "is_askable": bool(one["question"])
            and one["question"] in known
            and one["question"] not in running,
        }
        for one in last.unknown
    ]


def _usual_deadline(emergencies: list[Emergency]) -> str:
    usual = local(now()).replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=24)
    if emergencies:
        usual = min(usual, local(emergencies[0].ends_at))
    return usual.strftime("%Y-%m-%dT%H:%M")


@require_GET
def table_progress(request: HttpRequest, table_id: int) -> HttpResponse:
    """Asked for by the page while something is being read or filled; once it is over the page comes anew."""
    table = get_table(request.scope, table_id)
    is_busy = table.state == State.READING or any(
        _stands(one) == "busy" for one in fillings_of(request.scope, table, limit=5)
    )
    if is_busy:
        return render(request, "reports/_table_progress.html", {"table": table})
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


@require_POST
def table_approve(request: HttpRequest, table_id: int) -> HttpResponse:
    """The second person says yes, or sends it back."""
    by = request.actor.id
    try:
        if request.POST.get("do") == "send_back":
            tables.send_back_table(
                table_id=table_id, reason=request.POST.get("reason", ""), scope=request.scope, by=by
            )
            messages.success(request, _("已退回，等着重新核对。"))
        else:
            table = tables.approve_table(
                table_id=table_id,
                ends_on=_day(request.POST.get("ends_on", "")),
                seen_at=_instant(request.POST.get("seen_at", "")),
                scope=request.scope,
                by=by,
            )
            messages.success(
                request,
                _("已批准给%(department)s，到%(day)s为止。")
                % {"department": table.department, "day": table.ends_on},
            )
    except Problem as problem:
        return _refused(request, table_id, problem)
    return redirect("department_table", table_id)


def _refused(request: HttpRequest, table_id: int, problem: Problem) -> HttpResponse:
    if problem.code in ("scope.outside", "reports.unknown_table", "access.denied"):
        raise problem
    return _page(request, table_id, problem)


def _instant(text: str) -> dt.datetime:
    """Which confirmation stood on the page. A page that does not say has not shown any."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise Problem("reports.table_moved_on") from None


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Problem("reports.bad_table_end", days=tables.LONGEST_DAYS) from None


_ACTS: dict[str, Callable[..., object]] = {
    "delete": tables.delete_table,
    "bring_back": tables.bring_back_table,
}


@require_POST
def table_act(request: HttpRequest, table_id: int) -> HttpResponse:
    """Stop, put aside or bring back."""
    do, by = request.POST.get("do", ""), request.actor.id
    try:
        if do == "stop":
            tables.stop_table(
                table_id=table_id, reason=request.POST.get("reason", ""), scope=request.scope, by=by
            )
            messages.success(request, _("已停用，给出过的表已在这里删除。"))
        elif do in _ACTS:
            _ACTS[do](table_id=table_id, scope=request.scope, by=by)
        else:
            raise Problem("http.bad_request", detail=do[:20])
    except Problem as problem:
        return _refused(request, table_id, problem)
    if do == "delete":
        messages.success(
            request, _("已删除。%(days)s天内可以在“已删除”里找回。") % {"days": tables.KEPT_DAYS}
        )
        return redirect("department_tables")
    return redirect("department_table", table_id)


@require_POST
def table_fill(request: HttpRequest, table_id: int) -> HttpResponse:
    try:
        area = area_in(request.scope, request.POST.get("area", ""))
        filling = jobs.ask_fill(table_id=table_id, area=area, scope=request.scope, by=request.actor.id)
    except Problem as problem:
        return _refused(request, table_id, problem)
    if filling.made_at and not filling.fault_code:
        messages.success(
            request,
            _("填好了：%(filled)s格自动填上，%(unknown)s格还不知道。")
            % {"filled": f"{filling.filled_count:,}", "unknown": f"{filling.unknown_count:,}"},
        )
    return redirect("department_table", table_id)


@require_GET
def table_filling(request: HttpRequest, table_id: int, filling_id: int) -> HttpResponse:
    """The filled file."""
    content, filling = fillings.take_filling(filling_id=filling_id, scope=request.scope, by=request.actor.id)
    if filling.table_id != table_id:
        raise Problem("reports.unknown_filling")
    stamp = local(filling.as_of).strftime("%m%d-%H%M")
    return attachment(content, f"{filling.table.title}-{filling.area.name}-{stamp}.xlsx", XLSX)


@require_GET
def table_template(request: HttpRequest, table_id: int) -> HttpResponse:
    """The file as it came."""
    table = get_table(request.scope, table_id)
    template = template_of(request.scope, table)
    if template is None:
        gone = request.scope.covers(table.area_path)
        raise Problem("reports.template_gone" if gone else "reports.unknown_table")
    request.looked_at = {"path": table.area_path, "count": 1}
    return attachment(content_of(template), template.name, XLSX)


@require_POST
def table_ask(request: HttpRequest, table_id: int) -> HttpResponse:
    """加到下次上门."""
    try:
        campaign = fillings.ask_at_next_visit(
            table_id=table_id,
            question_keys=request.POST.getlist("question"),
            emergency_id=_number(request.POST.get("emergency", "")),
            due_at=_moment(request.POST.get("due_at", "")),
            scope=request.scope,
            by=request.actor.id,
        )
    except Problem as problem:
        return _refused(request, table_id, problem)
    messages.success(
        request, _("已加到下次上门：%(name)s。和别的表一起问，一项只问一次。") % {"name": campaign.name}
    )
    return redirect("department_table", table_id)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=local(now()).tzinfo)
    except ValueError:
        raise Problem("http.bad_request", detail=text[:20]) from None
