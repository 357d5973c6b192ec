"""The rows of a list, and one row: what it says, whom it means, where it has been, who was rung, what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, prefixes
from lianfang.areas.rules import RANK
from lianfang.campaigns.views.request import attempt, own_area, page_of
from lianfang.core import clock
from lianfang.core.desk_format import number, table_time
from lianfang.core.downloads import LARGEST_ROWS, xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem
from lianfang.register.models import Person
from lianfang.verification import rules
from lianfang.verification.models import Answer, AnswerCode, Call, Hop, PushedList, PushedRow, TestResult
from lianfang.verification.operations import answering, sending
from lianfang.verification.queries import calls_of_person, get_list, get_row, rows_of, said_in
from lianfang.verification.queries.desk import OWED, names_of, objected, workers_of
from lianfang.verification.rules import hidden_id, hidden_phone
from lianfang.verification.views.many import levels_of, workers_below
from lianfang.verification.views.wording import BUCKETS, STATE_KIND
from lianfang.workforce.queries import worker_of

State = PushedRow.State


def _picked(request: HttpRequest) -> dict[str, str]:
    said = request.GET
    return {
        "bucket": said.get("bucket", ""),
        "state": said.get("state", ""),
        "answer": said.get("answer", ""),
        "call": said.get("call", "") if said.get("call") in Call.Outcome.values else "",
        "town_code": said.get("town", ""),
        "text": said.get("q", ""),
    }


def _listed(request: HttpRequest, found: PushedList) -> QuerySet[PushedRow]:
    """The rows as they are filtered. `?waits=objected`: those counted on the page of the list, and no other."""
    sort = request.GET.get("sort", "row")
    listed = rows_of(request.scope, list_id=found.pk, picked=_picked(request), sort=sort).defer(None)
    if request.GET.get("waits") == "objected":
        listed = listed.filter(pk__in=objected(request.scope, found).values("pk"))
    return listed


def shown(rows: list[PushedRow], names: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Rows as a list shows them: ids and phones masked, areas and workers by name. Two statements; one, where the names
    of the areas are known."""
    areas = names if names is not None else names_of(codes_of(rows))
    workers = workers_of([row.worker_id for row in rows])
    return [
        {
            "row": row,
            **masked(row),
            "bucket": BUCKETS[row.bucket][0],
            "place": " ".join(areas[code] for code in (row.town_code, row.village_code) if code in areas),
            "worker": workers.get(row.worker_id or 0, ""),
            "kind": STATE_KIND[row.state],
            "is_owed": row.state in OWED,
        }
        for row in rows
    ]


def codes_of(rows: Iterable[PushedRow]) -> list[str]:
    return [code for row in rows for code in (row.town_code, row.village_code)]


def masked(row: PushedRow) -> dict[str, str]:
    said = said_in(row)
    return {
        "id_number": hidden_id(said.get("id_number", "")),
        "phones": _("、").join(hidden_phone(phone) for phone in said.get("phones", ())),
    }


@require_GET
def list_rows(request: HttpRequest, list_id: int) -> HttpResponse:
    found = get_list(request.scope, list_id)
    picked = _picked(request)
    page = Paginator(_listed(request, found), PAGE).get_page(page_of(request))
    listed = list(page.object_list)
    towns = rows_of(request.scope, list_id=list_id).order_by().values("town_code")
    areas = Area.objects.filter(Q(code__in=towns) | Q(code__in=codes_of(listed)))
    named = list(areas.values_list("code", "name", "level"))
    rows = shown(listed, {code: name for code, name, _level in named})
    request.looked_at = {"path": _path(request, found.area_path), "count": len(rows)}
    may_confirm = request.actor.may("list.confirm")
    confirms = may_confirm and picked["state"] == State.ANSWERED
    gives = may_confirm and not confirms and any(one["is_owed"] for one in rows)
    context = {
        "nav_key": "lists",
        "list": found,
        "page": page,
        "rows": rows,
        "picked": picked,
        "buckets": [(key, word) for key, (word, _kind) in BUCKETS.items()],
        "states": State.choices,
        "answers": AnswerCode.choices,
        "outcomes": Call.Outcome.choices,
        "towns": sorted((code, name) for code, name, level in named if level == Area.Level.TOWNSHIP),
        "is_filtered": any(picked.values()) or "waits" in request.GET,
        "levels": levels_of(request.scope, own_area(request)) if confirms else [],
        "workers": workers_below(request.scope) if gives else [],
        "now": clock.now(),
    }
    return render(request, "verification/rows.html", context)


@require_GET
def list_rows_sheet(request: HttpRequest, list_id: int) -> HttpResponse:
    """The same rows as a file, masked as on the page."""
    found = get_list(request.scope, list_id)
    rows = shown(list(_listed(request, found)[:LARGEST_ROWS]))
    request.looked_at = {"path": _path(request, found.area_path), "count": len(rows), "reason": "xlsx"}
    header = [
        _("工作表"),
        _("行"),
        _("姓名"),
        _("证件号"),
        _("电话"),
        _("归类"),
        _("理由"),
        _("去哪里查"),
        _("谁来核"),
        _("状态"),
        _("核查结果"),
        _("答复时间"),
    ]
    lines = (
        (
            one["row"].sheet,
            one["row"].row,
            one["row"].name,
            one["id_number"],
            one["phones"],
            one["bucket"],
            one["row"].bucket_reason,
            one["place"],
            one["worker"],
            one["row"].get_state_display(),
            one["row"].get_answer_display(),
            table_time(one["row"].answered_at) if one["row"].answered_at else "",
        )
        for one in rows
    )
    return xlsx_response(f"{_('核查名单')}{found.number}", header, lines)


def _path(request: HttpRequest, county_path: str) -> str:
    """What was looked at: the county, or what of it one may see."""
    return county_path if request.scope.covers(county_path) else str(own_area(request).path)


# ---------- one row ----------


@require_GET
def list_row(request: HttpRequest, row_id: int) -> HttpResponse:
    row = get_row(request.scope, row_id)
    request.looked_at = {"path": row.area_path, "count": 1}
    return render(request, "verification/row.html", _row_context(request, row))


def _row_context(request: HttpRequest, row: PushedRow) -> dict[str, Any]:
    said = said_in(row)
    person = (
        Person.objects.filter(request.scope.q(), pk=row.person_id).select_related("household__door").first()
        if row.person_id and row.verdict == "same"
        else None
    )
    hops = list(Hop.objects.filter(row=row).order_by("sent_at", "pk"))
    answers = list(Answer.objects.filter(request.scope.q(), row=row).order_by("-received_at", "-pk"))
    homes = prefixes(person.area_path) if person else []
    areas = by_path({row.area_path, *(hop.area_path for hop in hops), *homes})
    workers = workers_of([row.worker_id, *(one.by for one in answers), *(one.owner_id for one in answers)])
    now = clock.now()
    return {
        "nav_key": "lists",
        "row": row,
        "list": row.list,
        "bucket": BUCKETS[row.bucket][0],
        "kind": STATE_KIND[row.state],
        **masked(row),
        "address": said.get("address", ""),
        "came_from": said.get("came_from", ""),
        "person": person,
        "place": _place(person, [areas[path] for path in homes if path in areas]) if person else "",
        "here": areas[row.area_path].name if row.area_path in areas else "",
        "hops": [{"hop": hop, "area": areas[hop.area_path]} for hop in hops if hop.area_path in areas],
        "calls": list(calls_of_person(request.scope, row)[:20]),
        "answers": [
            {
                "answer": one,
                "by": workers.get(one.by or 0),
                "owner": workers.get(one.owner_id or 0),
                "test": dict(TestResult.choices).get(one.test_result, ""),
            }
            for one in answers
        ],
        "worker": workers.get(row.worker_id or 0, ""),
        "is_open": row.state in OWED,
        "may_ring": rules.may_ring(clock.local(now), is_urgent=row.is_urgent),
        "may_confirm": request.actor.may("list.confirm"),
        "has_phone": bool(said.get("phones")) or bool(person and person.phone),
        "outcomes": Call.Outcome.choices,
        "codes": AnswerCode.choices,
        "measures": [_(word) for word in rules.MEASURES],
        "tests": TestResult.choices,
        "now": now,
    }


def _place(person: Person, areas: list[Area]) -> str:
    """Township, village, group and door: whoever looks knows the county."""
    below = [area.name for area in areas if RANK[area.level] > RANK["county"]]
    return " ".join([*below, person.household.door.label])


@require_POST
def list_row_ring(request: HttpRequest, row_id: int) -> HttpResponse:
    """Take a row to ring: nobody else rings meanwhile. The numbers are shown once; that they were is written down."""
    try:
        row = answering.claim(row_id=row_id, scope=request.scope, by=request.actor.id)
    except Problem as problem:
        if problem.status >= 500 or problem.status in (403, 404):
            raise
        refusal = problem

        def refuse() -> str:
            raise refusal

        attempt(request, refuse)
        return redirect("list_row", row_id)
    context = _row_context(request, row)
    person, said = context["person"], said_in(row)
    known = str(person.phone) if person and person.phone else ""
    phones = [(phone, _("名单上写的")) for phone in said.get("phones", ()) if phone != known]
    context["phones"] = [(known, _("底册里登记的")), *phones] if known else phones
    return render(request, "verification/ring.html", context)


@require_POST
def list_row_act(request: HttpRequest, row_id: int) -> HttpResponse:
    """拨打结果, 核查结果, 退回."""
    said = request.POST
    common: dict[str, Any] = {"row_id": row_id, "scope": request.scope, "by": request.actor.id}

    def act() -> str:
        wanted = said.get("act", "")
        if wanted == "call":
            outcome = said.get("outcome", "")
            answering.record_call(**common, outcome=outcome, note=said.get("note", "")[:400])
            return _("拨打结果已记下")
        if wanted == "answer":
            answering.answer(**common, said=_said(request))
            return _("核查结果已记下")
        if wanted == "back":
            proposed, reason = said.get("proposed", ""), said.get("reason", "")
            sending.hand_back(**common, proposed=proposed, reason=reason)
            return _("已退回，等上级改派")
        raise Problem("http.bad_request", detail="act")

    is_done = attempt(request, act)
    if is_done and said.get("act") == "back":  # it is out of one's areas now
        return redirect("list_mine")
    return redirect("list_row", row_id)


def _said(request: HttpRequest) -> answering.Said:
    said, worker = request.POST, worker_of(request.actor.id)
    return answering.Said(
        said.get("code", ""),
        note=said.get("note", "")[:400],
        present_place=said.get("present_place", "")[:200],
        measure=said.get("measure", "")[:30],
        tested_on=parse_date(said.get("tested_on", "")) if said.get("tested_on") else None,
        test_result=said.get("test_result", "")[:10],
        evidence=said.get("evidence", "")[:400],
        owner_id=worker.pk if worker and said.get("code") == AnswerCode.IN_PROGRESS else None,
    )


@require_POST
def list_row_confirm(request: HttpRequest, row_id: int) -> HttpResponse:
    level = "village" if request.POST.get("level") == "village" else "town"

    def act() -> str:
        get_row(request.scope, row_id)
        count = answering.confirm(row_ids=[row_id], level=level, scope=request.scope, by=request.actor.id)
        return _("已确认%(count)s条") % {"count": number(count)}

    attempt(request, act)
    return redirect("list_row", row_id)
