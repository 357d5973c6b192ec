"""待处理: what was stored and could not be filed. Judged again, put right, or given back with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from lianfang.accounts.queries import names_of
from lianfang.campaigns.models.visits import Channel, Outcome, Presence
from lianfang.core import clock, desk_format
from lianfang.core.downloads import xlsx_response
from lianfang.core.problems import Problem
from lianfang.intake import typed
from lianfang.intake.doubts import TWO_ANSWERS
from lianfang.intake.envelopes import reason_of
from lianfang.intake.models import WAITING, Operation
from lianfang.intake.operations import body_of, retry_held, set_aside
from lianfang.intake.queries import (
    SHOWS,
    HeldPage,
    door_in_words,
    get_operation,
    held_operations,
    held_page,
    households_of,
)
from lianfang.intake.views.conflicts import FIELD_WORDS, conflicts
from lianfang.intake.words import KINDS, SOURCES
from lianfang.questions.queries import questions_by_key
from lianfang.register.models import Household, Person
from lianfang.verification.models import AnswerCode, Call, TestResult
from lianfang.verification.queries.finding import row_in_words

SHOWN = {
    "waiting": gettext_lazy("待处理"),
    "conflicts": gettext_lazy("两处不一致"),
    "set_aside": gettext_lazy("已退回"),
    "replaced": gettext_lazy("已改正入账"),
}
STATUS_KIND = {
    "held": "hold",
    "conflict_kept": "hold",
    "quarantined": "hold",
    "set_aside": "off",
    "replaced": "done",
    "filed": "done",
}
MOST_ROWS = 5000


@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """The list: what, from whom, when, and why in words; nothing of what they hold."""
    show = request.GET.get("show", "waiting")
    if show == "conflicts":
        return conflicts(request, SHOWN)
    show = show if show in SHOWS else "waiting"
    code = request.GET.get("code", "")
    newest = request.GET.get("sort") == "-received"
    if "xlsx" in request.GET:
        return _sheet(request, show, code)
    number = int(request.GET["page"]) if request.GET.get("page", "").isdigit() else 1
    page = held_page(request.scope, show=show, code=code, newest_first=newest, number=number)
    request.looked_at = {"path": request.actor.home.area_path, "count": page.shown_count}
    context = {
        "nav_key": "held",
        "page": page,
        "rows": [_line(row, page) for row in page.rows],
        "show": show,
        "code": code,
        "tabs": [(key, label, page.counts.get(key, 0)) for key, label in SHOWN.items()],
    }
    return render(request, "intake/held.html", context)


def _line(row: Operation, page: HeldPage) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": row.pk,
        "kind": KINDS.get(row.kind, row.kind),
        "source": SOURCES.get(row.source, row.source),
        "sender": page.senders.get(row.actor_id, _("未知账号")),
        "happened": desk_format.night(row.happened_at, now),
        "received": desk_format.night(row.received_at, now),
        "why": reason_of(row.code, row.detail),
        "status_kind": STATUS_KIND.get(row.status, "hold"),
        "status": row.get_status_display(),
        "settled_reason": row.settled_reason,
    }


def _sheet(request: HttpRequest, show: str, code: str) -> HttpResponse:
    found = list(held_operations(request.scope, show=show, code=code)[:MOST_ROWS])
    senders = names_of(row.actor_id for row in found)
    header = [_("内容"), _("来自"), _("登记人"), _("上门时间"), _("收到时间"), _("原因"), _("状态")]
    rows = [
        [
            str(KINDS.get(row.kind, row.kind)),
            str(SOURCES.get(row.source, row.source)),
            senders.get(row.actor_id, ""),
            desk_format.table_time(row.happened_at),
            desk_format.table_time(row.received_at),
            reason_of(row.code, row.detail),
            row.get_status_display(),
        ]
        for row in found
    ]
    return xlsx_response(str(SHOWN[show]), header, rows)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, op_id: UUID) -> HttpResponse:
    """One of them in words, and what can be done. The look is recorded."""
    problem: Problem | None = None
    if request.method == "POST":
        try:
            done = _act(request, op_id)
            if done is not None:
                return done
        except Problem as refused:
            problem = refused
    row = get_operation(request.scope, op_id)
    request.looked_at = {"path": row.area_path, "count": 1}
    body = body_of(row)
    given = body if isinstance(body, dict) else {}
    household = next(iter(households_of(request.scope, [given.get("household")]).values()), None)
    context = {
        "nav_key": "held",
        "row": _line(row, HeldPage([row], names_of([row.actor_id, row.settled_by]), 1, 1)),
        "is_waiting": row.status in WAITING and row.code != TWO_ANSWERS,
        "settled_at": row.settled_at,
        "settler": names_of([row.settled_by]).get(row.settled_by or 0, ""),
        "content": _in_words(given, household) if row.kind == "visit" else _plain(row.kind, given, household),
        "unreadable": _unreadable(row.kind, given),
        "is_visit": row.kind == "visit",
        "is_quarantined": row.status == Operation.Status.QUARANTINED,
        "household": household,
        "correct_url": _correct_url(household, row) if household else "",
        "problem": problem,
    }
    return render(request, "intake/held_one.html", context, status=422 if problem else 200)


def _act(request: HttpRequest, op_id: UUID) -> HttpResponse | None:
    match request.POST.get("act"):
        case "retry":
            receipt = retry_held(op_id=op_id, scope=request.scope, by=request.actor.id)
            if receipt.status == "held":
                raise Problem(receipt.code, **receipt.detail)
            messages.success(request, _("已入账。"))
        case "set_aside":
            set_aside(
                op_id=op_id, reason=request.POST.get("reason", ""), scope=request.scope, by=request.actor.id
            )
            messages.success(request, _("已退回，原文留着。"))
        case "correct":
            row = get_operation(request.scope, op_id)
            wanted = request.POST.get("household", "").strip()
            found = Household.objects.filter(request.scope.q(), reference=wanted, is_current=True).first()
            if not wanted or found is None:
                raise Problem("register.unknown_household")
            return redirect(_correct_url(found, row))
        case _:
            raise Problem("http.bad_request", detail="act")
    return redirect("held")


def _correct_url(household: Household, row: Operation) -> str:
    """The desk's own page for the door, filled with what was given: putting right is entering it once more."""
    return f"{reverse('visit', args=[household.pk])}?{urlencode({'replaces': row.pk})}"


_KNOWN_KEYS = (
    "household",
    "channel",
    "outcome",
    "worker",
    "lines",
    "answers",
    "back_at",
    "note",
    "supersedes",
)


def _unreadable(kind: str, given: dict[str, Any]) -> list[str]:
    if kind != "visit":
        return []
    return [str(key)[:40] for key in given if key not in _KNOWN_KEYS] if given else ["body"]


def _plain(kind: str, given: dict[str, Any], household: Household | None) -> list[tuple[str, str]]:
    """What is no visit, item by item as the phone gave it: numbers of people masked, no picture."""
    lines = [(_("门"), f"{door_in_words(household)} {household.head_name}")] if household else []
    said = {**given, **given["fields"]} if isinstance(given.get("fields"), dict) else given
    for key, value in said.items():
        if key in ("household", "fields", "data", "visit") or isinstance(value, dict | list):
            continue
        text = str(value)[:60]
        if kind in LIST_KINDS:
            text = _row_in_words(value) if key == "row" else str(VALUE_WORDS.get(text, text))
        lines.append(
            (str(PLAIN_WORDS.get(key, key))[:40], f"…{text[-4:]}" if key in ("phone", "id_number") else text)
        )
    return lines


LIST_KINDS = ("list_call", "list_answer")
VALUE_WORDS = {**dict(AnswerCode.choices), **dict(Call.Outcome.choices), **dict(TestResult.choices)}
PLAIN_WORDS = {
    "row": gettext_lazy("名单"),
    "outcome": gettext_lazy("拨打结果"),
    "code": gettext_lazy("核查结果"),
    "present_place": gettext_lazy("现在住哪里"),
    "measure": gettext_lazy("管控措施"),
    "tested_on": gettext_lazy("采样日期"),
    "test_result": gettext_lazy("检测结果"),
    "label": gettext_lazy("门牌"),
    "head_name": gettext_lazy("户主"),
    "reason": gettext_lazy("原因"),
    "note": gettext_lazy("备注"),
    **FIELD_WORDS,
}


def _row_in_words(row_id: Any) -> str:
    """Which list and whom, where the reader may see the row; else its number."""
    found = row_in_words(row_id) if isinstance(row_id, int) else None
    return found or str(row_id)[:20]


def _in_words(given: dict[str, Any], household: Household | None) -> list[tuple[str, str]]:
    """What was given, line by line. What cannot be read is shown as it is, cut short."""
    lines: list[tuple[str, str]] = []
    if household:
        lines.append((_("门"), f"{door_in_words(household)} {household.head_name}"))
    else:
        lines.append((_("门"), _("找不到这一户（编号%(id)s）") % {"id": str(given.get("household"))[:20]}))
    lines.append((_("方式"), _named(Channel, given.get("channel"))))
    lines.append((_("结果"), _named(Outcome, given.get("outcome"))))
    if given.get("back_at"):
        lines.append((_("几点再来"), _moment(given["back_at"])))
    members: list[Any] = given["lines"] if isinstance(given.get("lines"), list) else []
    names = _names(household, members)
    for line in members:
        if isinstance(line, dict):
            person = line.get("person")  # whatever a program sent: a list cannot be looked up
            who = names.get(person if isinstance(person, int) else None, _("不是这一户的人"))
            said = [_named(Presence, line.get("presence")), str(line.get("away_place") or "")[:60]]
            said += _answers(line.get("answers"))
            lines.append((who, "，".join(part for part in said if part)))
    lines += [(_("回答"), text) for text in _answers(given.get("answers"))]
    if given.get("note"):
        lines.append((_("备注"), str(given["note"])[:200]))
    if given.get("supersedes"):
        lines.append((_("更正"), _("更正此前的一次上门")))
    return lines


def _named(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else f"“{str(value)[:20]}”"


def _moment(value: Any) -> str:
    try:
        return desk_format.night(dt.datetime.fromisoformat(value), clock.now())
    except (TypeError, ValueError):
        return str(value)[:40]


def _names(household: Household | None, members: list[Any]) -> dict[Any, str]:
    if household is None:
        return {}
    wanted = [line.get("person") for line in members if isinstance(line, dict)]
    people = Person.objects.filter(household=household, pk__in=[pk for pk in wanted if isinstance(pk, int)])
    return dict(people.values_list("pk", "name"))


def _answers(given: Any) -> list[str]:
    """Answers in words; class sensitive only says that there is one."""
    questions = questions_by_key()
    found = []
    for key, value in given.items() if isinstance(given, dict) else ():
        question = questions.get(key)
        if question is None:
            found.append(f"{str(key)[:40]}：{str(value)[:40]}")
        elif question.privacy == "sensitive":
            found.append(_("%(question)s：已登记（敏感，不显示）") % {"question": question.label})
        else:
            found.append(f"{question.label}：{typed.in_words(question, value, _('是'), _('否'))[:80]}")
    return found
