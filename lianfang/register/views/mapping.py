"""Which column of a file is what: as it was recognised, and as a person says it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from lianfang.core.letters import column_letter
from lianfang.core.problems import Problem
from lianfang.register import filing, jobs
from lianfang.register.columns import Choices, ColumnView
from lianfang.register.field_words import FIELD_WORDS, REASON_WORDS
from lianfang.register.file_queries import get_file
from lianfang.register.layouts import choices_of, views_of
from lianfang.register.models import ImportFile
from lianfang.register.recognising import SheetView
from lianfang.register.views.loading import reason_of

State = ImportFile.State
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column on the page. `key` names its select; a refused column has none."""

    key: str
    letter: str
    view: ColumnView
    field: str
    reason: str

    @property
    def is_refused(self) -> bool:
        return self.view.reason == REFUSED


@dataclass(frozen=True, slots=True)
class SheetForm:
    key: str
    view: SheetView
    is_taken: bool
    is_remembered: bool
    columns: tuple[ColumnLine, ...]


@require_GET
def columns(request: HttpRequest, file_id: int) -> HttpResponse:
    return _page(request, get_file(request.scope, file_id))


def _page(request: HttpRequest, kept: ImportFile, problem: Problem | None = None) -> HttpResponse:
    choices = choices_of(kept) or Choices()
    sheets = [_sheet_form(number, view, choices) for number, view in enumerate(views_of(kept))]
    request.looked_at = {"path": kept.area_path, "count": len(sheets)}
    context = {
        "nav_key": "register",
        "file": kept,
        "sheets": sheets,
        "fields": list(FIELD_WORDS.items()),
        "has_hidden": any(sheet.view.is_hidden for sheet in sheets),
        "takes_hidden_rows": choices.takes_hidden_rows,
        "may_change": not kept.is_busy and kept.taken_at is None and kept.removed_at is None,
        "reason": reason_of(kept),
        "problem": problem,
    }
    response = render(
        request, "register/file_columns.html", context, status=problem.status if problem else 200
    )
    response["Cache-Control"] = "no-store"
    return response


def _sheet_form(number: int, view: SheetView, choices: Choices) -> SheetForm:
    lines = tuple(
        ColumnLine(
            f"s{number}-{column.place}",
            column_letter(column.place),
            column,
            column.field or "",
            str(REASON_WORDS.get(column.reason, "")),
        )
        for column in view.columns
    )
    return SheetForm(
        key=f"s{number}",
        view=view,
        is_taken=choices.is_taken(view.name, view.is_hidden)
        and (view.is_register or choices.taken_sheets is not None),
        is_remembered=any(column.reason == "remembered" for column in view.columns),
        columns=lines,
    )


@require_POST
def save(request: HttpRequest, file_id: int) -> HttpResponse:
    """Keep what was said about the columns, remember it for the same headers, and check the file again."""
    kept = get_file(request.scope, file_id)
    sheets = [_sheet_form(number, view, Choices()) for number, view in enumerate(views_of(kept))]
    try:
        choices, layouts = _said(sheets, request.POST)
    except Problem as problem:
        return _page(request, kept, problem)
    filing.choose_columns(
        file_id=file_id,
        choices=choices,
        layouts=layouts if "remember" in request.POST else {},
        scope=request.scope,
        by=request.actor.id,
    )
    jobs.ask(file_id=file_id, state=State.CHECKING, scope=request.scope, by=request.actor.id)
    return redirect("register_file", file_id)


def _said(sheets: Sequence[SheetForm], data: QueryDict) -> tuple[Choices, dict[str, dict[int, str]]]:
    """The choices of the form, and the layouts that a person read otherwise than they were recognised.

    Raises `register.no_sheet_chosen`, `register.column_claimed_twice`, `register.name_column_missing`.
    """
    taken = {sheet.view.name for sheet in sheets if f"take-{sheet.key}" in data}
    if not taken:
        raise Problem("register.no_sheet_chosen")
    chosen: dict[str, dict[int, str]] = {}
    layouts: dict[str, dict[int, str]] = {}
    for sheet in sheets:
        if sheet.view.name not in taken:
            continue
        said = _columns_said(sheet, data)
        if any(said[line.view.place] != line.field for line in sheet.columns if not line.is_refused):
            chosen[sheet.view.name] = said
            if sheet.view.layout:
                layouts[sheet.view.layout] = said
    return (
        Choices(sheets=chosen, taken_sheets=frozenset(taken), takes_hidden_rows="hidden_rows" in data),
        layouts,
    )


def _columns_said(sheet: SheetForm, data: QueryDict) -> dict[int, str]:
    said: dict[int, str] = {}
    for line in sheet.columns:
        if line.is_refused:
            continue
        field = data.get(line.key, "")
        if field and field not in FIELD_WORDS:
            raise Problem("http.bad_request", detail=field[:20])
        if field and field in said.values():
            raise Problem(
                "register.column_claimed_twice", sheet=sheet.view.name, field=str(FIELD_WORDS[field])
            )
        said[line.view.place] = field
    if "name" not in said.values():
        raise Problem("register.name_column_missing", sheet=sheet.view.name)
    return said
