"""Blocks of rows for the sheet: pasted, or 交回走访单, a printed sheet that comes back as a file. They may hold doors of
the whole village, whatever part of it is open: each row is written where its door is entered, and nothing is filed
before somebody has looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.areas.models import Area
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.intake.entries import Block, Cursor, read_block
from lianfang.intake.entries.pasted import rows_of
from lianfang.intake.entries.returned import sheets_of
from lianfang.intake.entry_operations import write_draft
from lianfang.intake.entry_parts import households_named, part_of, with_households
from lianfang.intake.entry_queries import EntrySheet, areas_of, get_sheet
from lianfang.intake.views.entry import areas_asked, draft_area, given_json
from lianfang.intake.views.entry_json import block_json, kept_json


@require_POST
def entry_paste(request: HttpRequest) -> JsonResponse:
    """A block from the clipboard, put to its rows and columns; nothing is kept yet."""
    given = given_json(request)
    areas = areas_asked(request, str(given.get("area") or ""))
    sheet = get_sheet(request.scope, areas, clock.now())
    rows = rows_of(str(given.get("text") or ""), str(given.get("html") or ""))
    home, wide = _widened(request, areas, sheet, [rows])
    form = wide.form(clock.now())
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
    blocks = [read_block(rows, form, at)]
    return JsonResponse({**block_json(blocks), "elsewhere": _elsewhere(home, wide, blocks, sheet)})


@require_POST
def entry_sheet(request: HttpRequest) -> JsonResponse:
    """Given back on the open sheet: put to its rows and columns as a pasted block; nothing is kept yet."""
    areas = areas_asked(request, request.POST.get("area"))
    sheet = get_sheet(request.scope, areas, clock.now())
    home, wide, blocks = _read(request, areas, sheet)
    return JsonResponse({**block_json(blocks), "elsewhere": _elsewhere(home, wide, blocks, sheet)})


@require_POST
def entry_returned(request: HttpRequest) -> HttpResponse:
    """Given back where the part is chosen: written to the draft of the village."""
    areas = areas_asked(request, request.POST.get("area"))
    chosen = f"{reverse('entry')}?area={areas[0].code}"
    try:
        home, wide, blocks = _read(request, areas, None)
    except Problem as refused:
        messages.error(request, refused.message)
        return redirect(chosen)
    write_draft(
        area=home,
        blocks=blocks,
        kept=[kept_json(row) for block in blocks for row in block.unplaced],
        scope=request.scope,
        by=request.actor.id,
    )
    places = _by_part(home, wide, blocks, set())
    said = "，".join(
        _("%(area)s %(count)s户") % {"count": count, "area": part.name} for part, count in places
    )
    messages.success(
        request, _("走访单写到单子上了，还没有入账：%(parts)s。点开核对，再保存。") % {"parts": said}
    )
    if unplaced := sum(len(block.unplaced) for block in blocks):
        messages.warning(request, _("另有%(count)s行没找到该放哪里，留在单子下面。") % {"count": unplaced})
    return redirect(chosen)


def _read(
    request: HttpRequest, areas: Sequence[Area], sheet: EntrySheet | None
) -> tuple[Area, EntrySheet, list[Block]]:
    """With the area of the draft, and the sheet that knows every door of the file. Raises `intake.no_sheet`; and where
    no row found its place `intake.sheet_elsewhere`, `intake.sheet_no_numbers` or `intake.sheet_empty`."""
    sent = request.FILES.get("sheet")
    if sent is None:
        raise Problem("intake.no_sheet")
    found = sheets_of(str(sent.name), sent.chunks())
    home, known = _widened(request, areas, sheet, found)
    form = known.form(clock.now())
    blocks = [read_block(rows, form) for rows in found]
    unplaced = [row for block in blocks for row in block.unplaced]
    if any(block.texts for block in blocks):
        return home, known, blocks
    if unplaced and all(row.fault.code == "elsewhere" for row in unplaced):
        raise Problem("intake.sheet_elsewhere", area=home.name)
    if unplaced and sheet is None:
        raise Problem("intake.sheet_no_numbers")
    if not any(block.has_header for block in blocks) or not unplaced:
        raise Problem("intake.sheet_empty")
    return home, known, blocks


def _widened(
    request: HttpRequest, areas: Sequence[Area], sheet: EntrySheet | None, blocks: Sequence[list[list[str]]]
) -> tuple[Area, EntrySheet]:
    """The area of the draft, and the sheet with the doors of it that the rows name by our own numbers."""
    home = draft_area(request, areas)
    wide = areas if home == areas[0] else areas_of(home.code)
    rows = (row for block in blocks for row in block)
    named = households_named(request.scope.within(home.path), rows)
    return home, with_households(request.scope, wide, named, clock.now(), sheet)


def _elsewhere(
    home: Area, wide: EntrySheet, blocks: Sequence[Block], sheet: EntrySheet
) -> list[dict[str, str]]:
    """Of which parts besides the open sheet there was something."""
    shown = {door.listed.household_id for door in sheet.doors}
    return [
        {
            "text": _("%(area)s %(count)s户") % {"count": count, "area": part.name},
            "url": f"{reverse('entry')}?area={part.code}",
        }
        for part, count in _by_part(home, wide, blocks, shown)
    ]


def _by_part(
    home: Area, sheet: EntrySheet, blocks: Sequence[Block], shown: set[int]
) -> list[tuple[Area, int]]:
    """How many doors of the file are of which part, those of the open sheet left out."""
    written = {household for block in blocks for household in block.texts} - shown
    doors = [door for door in sheet.doors if door.listed.household_id in written]
    if not doors:
        return []
    parts = list(Area.objects.filter(parent=home, valid_to__isnull=True).order_by("walk_order", "code"))
    counts = Counter(part_of(parts, door) or home for door in doors)
    return [(part, counts[part]) for part in (*parts, home) if part in counts]
