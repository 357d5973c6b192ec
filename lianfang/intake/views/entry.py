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
from lianfang.campaigns.models.visits import Channel
from lianfang.campaigns.views.request import own_area
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.intake.entries import EntryForm
from lianfang.intake.entries.draft import MOST_DRAFT_BYTES, Draft, read_draft
from lianfang.intake.entries.presence import KEYS, WORDS_OF_OUTCOME, WORDS_OF_PRESENCE
from lianfang.intake.entry_operations import (
    SavedDoor,
    discard_draft,
    file_doors,
    find_draft,
    form_of,
    keep_draft,
    read_doors,
    restore_draft,
)
from lianfang.intake.entry_parts import parts_below
from lianfang.intake.entry_queries import EntrySheet, areas_of, get_sheet, village_of
from lianfang.intake.operations import MOST_OPERATIONS, filer, home_of
from lianfang.intake.papers.operations import link_paper
from lianfang.intake.papers.queries import get_paper
from lianfang.intake.views.entry_json import lacks_json, read_json, saved_json, sheet_json
from lianfang.intake.views.visiting import settling_scope
from lianfang.workforce.queries import choosable

CHANNELS = ("door", "phone", "chat", "record")


@require_GET
def entry(request: HttpRequest) -> HttpResponse:
    """The sheet of a village, or of a part of it; above a village, which one."""
    areas = areas_asked(request, request.GET.get("area"))
    if RANK[areas[0].level] < RANK[Area.Level.VILLAGE]:
        return _choose(request, areas[0])
    try:
        sheet = get_sheet(request.scope, areas, clock.now())
    except Problem as problem:
        if problem.code != "intake.sheet_too_long":
            raise
        return _choose(request, areas[0], problem)
    home = draft_area(request, areas)
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
        "sheet": {**sheet_json(sheet, kept, show), "paper": paper},
        "presence_keys": [
            (key, WORDS_OF_PRESENCE.get(code) or WORDS_OF_OUTCOME[code]) for key, code in KEYS.items()
        ],
    }
    return render(request, "intake/entry.html", context)


def areas_asked(request: HttpRequest, code: str | None) -> list[Area]:
    """The area that is asked for, or one's own, with what is above and below. Raises `scope.outside`."""
    areas = areas_of(code or own_area(request).code)
    request.scope.within(areas[0].path)
    return areas


def _choose(request: HttpRequest, area: Area, problem: Problem | None = None) -> HttpResponse:
    """Above a village, or where it has more doors than one sheet holds: the areas below, to go down to one."""
    request.looked_at = {"path": area.path, "count": 0}
    is_village = RANK[area.level] >= RANK[Area.Level.VILLAGE]
    kept = find_draft(request.scope, draft_area(request, areas_of(area.code)), by=request.actor.id)
    written = [int(household) for household in kept.content.get("doors", {})] if is_village else []
    context = {
        "nav_key": "entry",
        "area": area,
        "is_village": is_village,
        "parts": parts_below(request.scope, area, written, clock.now()),
        "problem": problem,
    }
    return render(request, "intake/entry_choose.html", context)


def draft_area(request: HttpRequest, areas: Sequence[Area]) -> Area:
    """One draft a village; of whoever answers for less, one for that."""
    village = village_of(areas)
    return village if request.scope.covers(village.path) else areas[0]


def _workers(area: Area, sheet: EntrySheet) -> list[tuple[int, str, str]]:
    found = {worker.pk: (worker.pk, worker.name, worker.title) for worker in choosable(area.path)}
    own = sheet.own_worker
    if own:
        found.setdefault(own.pk, (own.pk, own.name, own.title))
    return list(found.values())


# ---------- what the script sends ----------


@require_POST
def entry_draft(request: HttpRequest) -> JsonResponse:
    """Keep the sheet as it is, and say what is wrong with it."""
    given = given_json(request)
    draft = read_draft(given.get("draft"))
    areas, sheet = _sheet(request, given, draft.doors)
    version = _keep(request, areas, given)
    form, at_fault = _form(request, areas, sheet, draft)
    return JsonResponse(
        {"version": version, "at_fault": at_fault, "doors": read_json(read_doors(form, draft))}
    )


@require_POST
def entry_file(request: HttpRequest) -> JsonResponse:
    """Save doors as visits: at most a batch. What is filed leaves the draft in the same transaction."""
    given = given_json(request)
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
    filed = {each.household_id for each in saved if each.is_filed}
    return JsonResponse(
        {
            "version": version,
            "saved": [saved_json(each) for each in saved],
            "lacks": [
                lacks_json(door) for door in after.doors if door.listed.household_id in filed and door.is_owed
            ],
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
    areas = areas_asked(request, request.POST.get("area"))
    discard_draft(area=draft_area(request, areas), scope=request.scope, by=request.actor.id)
    messages.success(request, _("单子已清空。要找回，按“找回清掉的”。"))
    return redirect(f"{reverse('entry')}?area={areas[0].code}")


@require_POST
def entry_restore(request: HttpRequest) -> HttpResponse:
    areas = areas_asked(request, request.POST.get("area"))
    restore_draft(area=draft_area(request, areas), scope=request.scope, by=request.actor.id)
    messages.success(request, _("清掉的内容已找回。"))
    return redirect(f"{reverse('entry')}?area={areas[0].code}")


def given_json(request: HttpRequest) -> dict[str, Any]:
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
    areas = areas_asked(request, str(given.get("area") or ""))
    return areas, get_sheet(request.scope, areas, clock.now(), only)


def _keep(request: HttpRequest, areas: Sequence[Area], given: Mapping[str, Any]) -> int:
    version = given.get("version")
    return keep_draft(
        area=draft_area(request, areas),
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
