"""补录: an evening's paper lists typed into one sheet. The page is a grid of texts; what they mean is read here."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.areas.models import Area
from lianfang.areas.rules import RANK
from lianfang.campaigns.models.visits import Channel, Outcome
from lianfang.campaigns.views.request import own_area
from lianfang.core import clock, desk_format
from lianfang.core.problems import Problem
from lianfang.intake.entries import (
    QUESTION,
    Block,
    CellFault,
    Cursor,
    DoorReading,
    EntryForm,
    UnplacedRow,
    read_block,
)
from lianfang.intake.entries.draft import MOST_DRAFT_BYTES, Draft, read_draft
from lianfang.intake.entries.pasted import rows_of
from lianfang.intake.entries.presence import KEYS, WORDS_OF_OUTCOME, WORDS_OF_PRESENCE
from lianfang.intake.entries.returned import sheets_of
from lianfang.intake.entry_operations import (
    KeptDraft,
    SavedDoor,
    discard_draft,
    file_doors,
    find_draft,
    form_of,
    keep_draft,
    read_doors,
    restore_draft,
)
from lianfang.intake.entry_queries import EntrySheet, SheetDoor, areas_of, get_sheet, village_of
from lianfang.intake.operations import MOST_OPERATIONS, filer, home_of
from lianfang.intake.papers.operations import link_paper
from lianfang.intake.papers.queries import get_paper
from lianfang.intake.views.visiting import settling_scope
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.models import Person
from lianfang.workforce.queries import choosable

CHANNELS = ("door", "phone", "chat", "record")
_COLUMN_WIDTHS = {"boolean": "s", "integer": "s", "decimal": "s", "date": "m", "choice": "m"}


@require_GET
def entry(request: HttpRequest) -> HttpResponse:
    """The sheet of a village, or of a part of it; above a village, which one."""
    areas = _areas(request, request.GET.get("area"))
    if RANK[areas[0].level] < RANK[Area.Level.VILLAGE]:
        return _choose(request, areas[0])
    try:
        sheet = get_sheet(request.scope, areas, clock.now())
    except Problem as problem:
        if problem.code != "intake.sheet_too_long":
            raise
        return _choose(request, areas[0], problem)
    home = _draft_area(request, areas)
    kept = find_draft(request.scope, home, by=request.actor.id)
    show = "all" if request.GET.get("show") == "all" else "owed"
    paper = request.GET.get("paper", "")  # the photo that is being typed from
    request.looked_at = {
        "path": areas[0].path,
        "count": sum(len(door.listed.members) for door in sheet.doors),
    }
    others = request.actor.may("visit.record_for_others")
    workers = _workers(areas[0], sheet) if others else []
    context = {
        "nav_key": "entry",
        "area": areas[0],
        "path": [
            {"name": found.name, "url": f"{reverse('entry')}?area={found.code}"}
            for found in sheet.chain
            if request.scope.covers(found.path)
        ],
        "parts": [
            part for part in sheet.parts if part.level != Area.Level.BUILDING or len(sheet.parts) <= 40
        ],
        "show": show,
        "rounds": sheet.rounds,
        "owed_count": sheet.owed_count,
        "door_count": len(sheet.doors),
        "doors": sheet.doors,
        "channels": [(value, Channel(value).label) for value in CHANNELS],
        "workers": workers,
        "own_worker": sheet.own_worker,
        "has_discarded": kept.has_discarded,
        "saved_at": kept.saved_at,
        "paper": get_paper(request.scope, _paper_id(paper)) if paper else None,
        "sheet": {**_as_json(sheet, kept, show), "paper": paper},
        "presence_keys": [
            (key, WORDS_OF_PRESENCE.get(code) or WORDS_OF_OUTCOME[code]) for key, code in KEYS.items()
        ],
    }
    return render(request, "intake/entry.html", context)


def _areas(request: HttpRequest, code: str | None) -> list[Area]:
    areas = areas_of(code or own_area(request).code)
    request.scope.within(areas[0].path)
    return areas


def _choose(request: HttpRequest, area: Area, problem: Problem | None = None) -> HttpResponse:
    """Above a village, or where it has more doors than one sheet holds: the areas below, to go down to one."""
    request.looked_at = {"path": area.path, "count": 0}
    children = Area.objects.filter(parent=area, valid_to__isnull=True).order_by("walk_order", "code")
    context = {"nav_key": "entry", "area": area, "children": list(children), "problem": problem}
    return render(request, "intake/entry_choose.html", context)


def _draft_area(request: HttpRequest, areas: Sequence[Area]) -> Area:
    """One draft a village; of whoever answers for less, one for that."""
    village = village_of(areas)
    return village if request.scope.covers(village.path) else areas[0]


def _workers(area: Area, sheet: EntrySheet) -> list[tuple[int, str, str]]:
    found = {worker.pk: (worker.pk, worker.name, worker.title) for worker in choosable(area.path)}
    own = sheet.own_worker
    if own:
        found.setdefault(own.pk, (own.pk, own.name, own.title))
    return list(found.values())


# ---------- the sheet as the script reads it ----------


def _as_json(sheet: EntrySheet, kept: KeptDraft, show: str) -> dict[str, Any]:
    """Columns are what is open somewhere on the list; with all doors shown, what is known as well."""
    is_open = {item.question.key for door in sheet.doors for items in door.open.values() for item in items}
    relations = {value: str(label) for value, label in Person.Relation.choices}
    return {
        "area": sheet.area.code,
        "version": kept.version,
        "draft": kept.content,
        "show": show,
        "owed": sheet.owed_count,
        "columns": _columns([one for one in sheet.questions if show == "all" or one.key in is_open]),
        "doors": [_door_json(door, relations) for door in sheet.doors],
        "seen": WORDS_OF_PRESENCE["seen"],
        "outcomes": list(WORDS_OF_OUTCOME.values()),
        "batch": MOST_OPERATIONS,
        "urls": {what: reverse(f"entry_{what}") for what in ("draft", "paste", "sheet", "file")},
        "words": _words(),
    }


def _columns(questions: Sequence[QuestionDefinition]) -> list[dict[str, Any]]:
    keys = {key: WORDS_OF_PRESENCE.get(code) or WORDS_OF_OUTCOME[code] for key, code in KEYS.items()}
    fixed: list[dict[str, Any]] = [
        {"key": "presence", "label": _("见到情况"), "width": "m", "keys": keys},
        {"key": "place", "label": _("外出地"), "width": "m"},
        {"key": "back", "label": _("何时回"), "width": "m"},
    ]
    asked = [
        {
            "key": QUESTION + question.key,
            "label": question.label,
            "width": _COLUMN_WIDTHS.get(question.type, "l"),
            "about": "door" if question.about == "household" else "person",
            "keys": _keys(question),
            "many": question.type == "choices",  # 24 is the second and the fourth
            "hint": "、".join(f"{at}{label}" for at, (_code, label) in enumerate(question.choices, 1)),
        }
        for question in questions
    ]
    rest: list[dict[str, Any]] = [
        {"key": "note", "label": _("备注"), "width": "l", "about": "door"},
        {"key": "at", "label": _("上门时间"), "width": "m", "about": "door"},
        {"key": "worker", "label": _("谁上的门"), "width": "m", "about": "door"},
        {
            "key": "sex",
            "label": _("性别"),
            "width": "s",
            "about": "new",
            "keys": {"1": _("男"), "2": _("女")},
        },
        {"key": "id_number", "label": _("身份证号"), "width": "l", "about": "new"},
        {"key": "phone", "label": _("电话"), "width": "m", "about": "new"},
    ]
    return [{"about": "person", **column} for column in (*fixed, *asked, *rest)]


def _keys(question: QuestionDefinition) -> dict[str, str]:
    """One key that is the whole answer: digits of a choice, 1 and 0 of yes and no."""
    if question.type == "boolean":
        return {"1": _("是"), "0": _("否")}
    if question.type in ("choice", "choices") and len(question.choices) < 10:
        return {str(at): label for at, (_code, label) in enumerate(question.choices, 1)}
    return {}


def _door_json(door: SheetDoor, relations: Mapping[str, str]) -> dict[str, Any]:
    before = door.before
    told = ""
    if before:
        told = f"{desk_format.night(before.happened_at, clock.now())} {Outcome(before.outcome).label} {before.worker}"
    return {
        "id": door.listed.household_id,
        "where": door.where,
        "state": door.state,
        "told": told.strip(),
        "visit": str(before.visit_id) if before and before.is_this_round else "",
        "unnamed": door.is_unnamed,
        "rows": [
            {
                "who": str(member.person_id),
                "name": member.name,
                "relation": str(relations.get(member.relation, "")),
                "out": member.person_id not in door.in_base,
            }
            for member in door.listed.members
        ],
        "asked": {who: [QUESTION + item.question.key for item in items] for who, items in door.open.items()},
        "known": door.known,
        "last": door.last,
    }


def _words() -> dict[str, str]:
    """What the script says."""
    return {
        "new": _("新增成员"),
        "saved": _("已入账"),
        "held": _("待处理"),
        "lacks": _("还差"),
        "row": _("%(door)s %(name)s"),
        "saving": _("正在存草稿"),
        "kept": _("草稿已存"),
        "lost": _("草稿没存上，连上网会再试，先不要关"),
        "elsewhere": _("这张单子在别的窗口改过，这里的还没有存。按Ctrl+S用这里的盖过去，或刷新看那边的。"),
        "nothing": _("还没有可以入账的户"),
        "filed": _("已入账%(filed)s户，待处理%(held)s户"),
        "stays": _("%(count)s户有红格，没有入账"),
        "pasted": _("粘贴了%(count)s格"),
        "unread": _("%(count)s行没有找到该放哪里，在下面"),
        "place": _("放到这里"),
        "as_new": _("作为新增成员"),
        "dismiss": _("不要这一行"),
        "no_last": _("上轮没有这一项"),
        "correct": _("更正这一次"),
        "correcting": _("这次会更正上一次登记"),
        "again": _("这一户这轮已经登记过，再存是又一次上门；按F6改成更正"),
        "faults": _("%(count)s处要改，按F8逐个看"),
        "good": _("没有红格"),
        "ready": _("%(count)s户可以入账"),
        "open": _("这里还有%(count)s户没见"),
        "through": _("这里都录完了"),
        "shut": _("这一格不问这个人"),
        "failed": _("没有连上，请稍后再试。打的字都还在。"),
        "undone": _("已撤销"),
        "which": _("放到哪里"),
    }


# ---------- what the script sends ----------


@require_POST
def entry_draft(request: HttpRequest) -> JsonResponse:
    """Keep the sheet as it is, and say what is wrong with it."""
    given = _given(request)
    draft = read_draft(given.get("draft"))
    areas, sheet = _sheet(request, given, draft.doors)
    version = _keep(request, areas, given)
    form, at_fault = _form(request, areas, sheet, draft)
    return JsonResponse(
        {"version": version, "at_fault": at_fault, "doors": _read_json(read_doors(form, draft))}
    )


@require_POST
def entry_paste(request: HttpRequest) -> JsonResponse:
    """A block from the clipboard, put to its rows and columns; nothing is kept yet."""
    given = _given(request)
    _found, sheet = _sheet(request, given)
    form = sheet.form(clock.now())
    cursor = given.get("cursor") or {}
    try:
        at = Cursor(
            tuple((int(household), str(who)) for household, who in cursor.get("rows") or ()),
            tuple(str(column) for column in cursor.get("columns") or ()),
        )
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise Problem("intake.malformed", detail="cursor") from None
    if any(household not in form.by_household for household, _who in at.rows):
        raise Problem("intake.malformed", detail="cursor")
    rows = rows_of(str(given.get("text") or ""), str(given.get("html") or ""))
    return JsonResponse(_block_json([read_block(rows, form, at)]))


@require_POST
def entry_sheet(request: HttpRequest) -> JsonResponse:
    """A sheet that is given back, filled in: put to its rows and columns as a pasted block; nothing is kept yet."""
    sent = request.FILES.get("sheet")
    if sent is None:
        raise Problem("intake.no_sheet")
    _found, sheet = _sheet(request, request.POST)
    form = sheet.form(clock.now())
    rows = sheets_of(str(sent.name), sent.chunks())
    return JsonResponse(_block_json([read_block(each, form) for each in rows]))


# Wrong cells show in the sheet; of these the sheet shows nothing.
_TOLD = ("ditto_name", "ditto_first", "no_last", "two_values", "past_end")


def _block_json(blocks: Sequence[Block]) -> dict[str, Any]:
    return {
        "cells": [
            [household, who, column, said, column in block.repeated.get(household, {}).get(who, ())]
            for block in blocks
            for household, cells in block.texts.items()
            for who, row in cells.items()
            for column, said in row.items()
        ],
        "kept": [_kept_json(row) for block in blocks for row in block.unplaced],
        "told": [
            {"row": fault.row, "column": fault.column, "detail": fault.detail, "remedy": fault.remedy}
            for block in blocks
            for fault in block.faults
            if fault.row == 0 or fault.code in _TOLD
        ],
        "has_header": any(block.has_header for block in blocks),
    }


@require_POST
def entry_file(request: HttpRequest) -> JsonResponse:
    """Save doors as visits: at most a batch. What is filed leaves the draft in the same transaction."""
    given = _given(request)
    draft = read_draft(given.get("draft"))
    wanted = given.get("doors")
    if not isinstance(wanted, list) or not all(isinstance(each, int) for each in wanted):
        raise Problem("intake.malformed", detail="doors")
    if len(wanted) > MOST_OPERATIONS:
        raise Problem("intake.too_large")
    areas, sheet = _sheet(request, given, wanted)
    rights = filer(request.actor)
    form, at_fault = _form(request, areas, sheet, draft)
    if at_fault:
        raise Problem("visits.bad_time")
    saved = file_doors(
        form=form,
        draft=draft,
        households=wanted,
        home_path=home_of(request.actor),
        filer=rights,
        settling=settling_scope(request.actor),
    )
    _link_paper(request, given, saved)
    content = _without(given["draft"], saved)
    version = _keep(request, areas, {**given, "draft": content})
    after = get_sheet(request.scope, areas, clock.now())
    return JsonResponse(
        {
            "version": version,
            "saved": [_saved_json(each) for each in saved],
            "states": {door.listed.household_id: door.state for door in after.doors},
            "owed": after.owed_count,
        }
    )


def _link_paper(request: HttpRequest, given: Mapping[str, Any], saved: Sequence[SavedDoor]) -> None:
    """Typed from the photo of a paper: what stood on it can be looked at again from each door."""
    if not given.get("paper"):
        return
    filed = [each.receipt.op_id for each in saved if each.is_filed and each.receipt]
    link_paper(
        paper_id=_paper_id(str(given["paper"])), visit_ids=filed, scope=request.scope, by=request.actor.id
    )


def _paper_id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise Problem("papers.unknown") from None


@require_POST
def entry_discard(request: HttpRequest) -> HttpResponse:
    areas = _areas(request, request.POST.get("area"))
    discard_draft(area=_draft_area(request, areas), scope=request.scope, by=request.actor.id)
    messages.success(request, _("单子已清空。要找回，按“找回清掉的”。"))
    return redirect(f"{reverse('entry')}?area={areas[0].code}")


@require_POST
def entry_restore(request: HttpRequest) -> HttpResponse:
    areas = _areas(request, request.POST.get("area"))
    restore_draft(area=_draft_area(request, areas), scope=request.scope, by=request.actor.id)
    messages.success(request, _("清掉的内容已找回。"))
    return redirect(f"{reverse('entry')}?area={areas[0].code}")


def _given(request: HttpRequest) -> dict[str, Any]:
    if int(request.headers.get("Content-Length") or 0) > MOST_DRAFT_BYTES:
        raise Problem("intake.too_large")
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Problem("intake.malformed", detail="JSON") from None
    if not isinstance(given, dict):
        raise Problem("intake.malformed", detail="JSON")
    return given


def _sheet(
    request: HttpRequest, given: Mapping[str, Any], only: Collection[int] | None = None
) -> tuple[list[Area], EntrySheet]:
    areas = _areas(request, str(given.get("area") or ""))
    return areas, get_sheet(request.scope, areas, clock.now(), only)


def _keep(request: HttpRequest, areas: Sequence[Area], given: Mapping[str, Any]) -> int:
    version = given.get("version")
    return keep_draft(
        area=_draft_area(request, areas),
        content=given["draft"],
        version=version if isinstance(version, int) else 0,
        force=given.get("force") is True,
        scope=request.scope,
        by=request.actor.id,
    )


def _form(
    request: HttpRequest, areas: Sequence[Area], sheet: EntrySheet, draft: Draft
) -> tuple[EntryForm, str]:
    """The form of the evening, and what is wrong with the hour above the sheet."""
    form = sheet.form(clock.now())
    if request.actor.may("visit.record_for_others"):
        form = replace(form, workers=tuple((pk, name) for pk, name, _title in _workers(areas[0], sheet)))
    try:
        return form_of(form, draft), ""
    except Problem as problem:
        return form_of(form, replace(draft, at="")), problem.message


def _without(content: Mapping[str, Any], saved: Sequence[SavedDoor]) -> dict[str, Any]:
    filed = {str(each.household_id) for each in saved if each.is_filed}
    return {**content, "doors": {key: door for key, door in content["doors"].items() if key not in filed}}


def _read_json(readings: Mapping[int, DoorReading]) -> dict[str, Any]:
    return {
        str(household): {
            "ready": reading.entry is not None,
            "faults": [_fault_json(fault) for fault in reading.faults],
            "shown": reading.shown,
            "lacking": [list(each) for each in reading.lacking],
        }
        for household, reading in readings.items()
    }


def _fault_json(fault: CellFault) -> list[str]:
    return [str(fault.row), str(fault.column), fault.detail, fault.remedy]


def _kept_json(row: UnplacedRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "cells": list(row.cells),
        "texts": dict(row.texts),
        "name": row.name,
        "door": row.door,
        "detail": row.fault.detail,
        "remedy": row.fault.remedy,
        "candidates": [list(each) for each in row.candidates],
    }


def _saved_json(each: SavedDoor) -> dict[str, Any]:
    receipt = each.receipt
    told = ""
    if receipt is not None and not each.is_filed:
        told = Problem(receipt.code, **receipt.detail).message if receipt.code else ""
    return {
        "door": each.household_id,
        "status": "filed" if each.is_filed else receipt.status if receipt else "faults",
        "op": str(receipt.op_id) if receipt else "",
        "told": told,
        "faults": [_fault_json(fault) for fault in each.faults],
    }
