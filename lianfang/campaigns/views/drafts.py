"""做一张表: from a file, a pasted header or nothing; the draft on one page, kept by keys alone; made, put away, found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.campaigns.forms.columns import Known
from lianfang.campaigns.forms.editing import edited
from lianfang.campaigns.forms.finding import find
from lianfang.campaigns.forms.phone import definition_of, items_of_draft, screen
from lianfang.campaigns.forms.reading import LARGEST_UPLOAD, read_file, read_pasted
from lianfang.campaigns.forms.words import (
    ABOUT_WORDS,
    PRIVACY_WORDS,
    TYPE_WORDS,
    condition_words,
    purposes_offered,
    reason_of,
)
from lianfang.campaigns.queries.forms import get_draft
from lianfang.campaigns.views.forms import tapped
from lianfang.campaigns.views.request import attempt, done, own_area
from lianfang.core.problems import Problem
from lianfang.questions.drafting import ASK, LONGEST_TITLE, Draft, Line
from lianfang.questions.forming import (
    bring_back_draft,
    draft_faults,
    finish_draft,
    remove_draft,
    save_draft,
    start_draft,
)
from lianfang.questions.models import FormDraft
from lianfang.questions.queries import known_questions
from lianfang.questions.rules import QuestionDefinition


@require_http_methods(["GET", "POST"])
def form_new(request: HttpRequest) -> HttpResponse:
    """Three ways to begin; each ends on the page of a draft."""
    problem = None
    if request.method == "POST":
        try:
            draft = _begun(request)
            kept = start_draft(draft, area=own_area(request), scope=request.scope, by=request.actor.id)
            return redirect("form_draft", kept.pk)
        except Problem as refused:
            if refused.status in (403, 500):
                raise
            problem = refused
    context = {
        "nav_key": "campaigns",
        "area": own_area(request),
        "purposes": purposes_offered(known_questions(request.scope)),
        "said": request.POST,
        "problem": problem,
    }
    return render(request, "campaigns/form_new.html", context, status=problem.status if problem else 200)


def _begun(request: HttpRequest) -> Draft:
    """Raises `questions.purpose_required`, and what reading raises."""
    purpose = request.POST.get("purpose", "")
    if purpose not in dict(purposes_offered(known_questions(request.scope))):
        raise Problem("questions.purpose_required")
    questions = known_questions(request.scope)
    known = Known(lambda header: find(header, questions.values(), purpose), purpose, {}, questions)
    said, sent = request.POST, request.FILES.get("file")
    if sent is not None:
        if sent.size is None or sent.size > LARGEST_UPLOAD:
            raise Problem("register.file_too_large", size=LARGEST_UPLOAD >> 20)
        return read_file(sent.read(), sent.name or "", known=known)
    if said.get("text", "").strip() or (said.get("way") != "desk" and not said.get("title", "").strip()):
        return read_pasted(said.get("text", ""), known=known)
    return Draft(said.get("title", "").strip()[:LONGEST_TITLE], purpose)


@require_http_methods(["GET", "POST"])
def form_draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    kept, draft = get_draft(request.scope, draft_id)
    problem = None
    if request.method == "POST":
        draft = edited(draft, request.POST, known_questions(request.scope))
        try:
            if answer := _saved(request, kept, draft):
                return answer
        except Problem as refused:
            if refused.status in (403, 500):
                raise
            problem = refused
    elif kept.form:
        return redirect("form_version", kept.form.key, kept.form.version)
    context = {
        "nav_key": "campaigns",
        "kept": kept,
        "problem": problem,
        "purposes": purposes_offered(known_questions(request.scope)),
        "types": list(TYPE_WORDS.items()),
        "abouts": list(ABOUT_WORDS.items()),
        "privacies": list(PRIVACY_WORDS.items()),
        "at": request.GET.get("at", ""),
        **_page(request, draft),
    }
    response = render(
        request, "campaigns/form_draft.html", context, status=problem.status if problem else 200
    )
    response["Cache-Control"] = "no-store"
    return response


def _saved(request: HttpRequest, kept: FormDraft, draft: Draft) -> HttpResponse | None:
    common: dict[str, Any] = {"scope": request.scope, "by": request.actor.id}
    save_draft(draft_id=kept.pk, draft=draft, **common)
    do = request.POST.get("do", "")
    if do != "finish":
        here = reverse("form_draft", args=[kept.pk])
        if request.POST.get("add", "").strip():
            return redirect(f"{here}?at=add#id_add")
        return redirect(f"{here}#row-{do.partition(':')[2]}" if ":" in do else here)
    made = finish_draft(draft_id=kept.pk, known=known_questions(request.scope), **common)
    words = _("表做好了，共%(count)s项。") % {"count": len(made.definition["items"])}
    return done(request, words, "form_version", made.key, made.version)


def _page(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    known = known_questions(request.scope)
    asked = {item.question.key: item.question for item in items_of_draft(draft, known)}
    for line in draft.lines:  # one that waits for a yes can be named already
        if line.kind == ASK and line.new:
            asked.setdefault(line.id, definition_of(line.id, line.new, draft.purpose))
    return {
        "draft": draft,
        "lines": [_line(line, known, asked) for line in draft.lines],
        "dictionary": sorted(known.values(), key=lambda one: (draft.purpose not in one.purposes, one.label)),
        "serving": sorted(
            (one for one in known.values() if draft.purpose in one.purposes), key=lambda one: one.label
        ),
        "conditions": conditions_offered(draft, known),
        "waiting_count": sum(line.waits for line in draft.lines),
        "known_count": sum(bool(line.question) and line.kind == ASK for line in draft.lines),
        "skipped_count": sum(line.kind != ASK for line in draft.lines),
        **_checked(request, draft, known),
    }


def _checked(request: HttpRequest, draft: Draft, known: Any) -> dict[str, Any]:
    """What the validator says now, each fault with its line, and the phone."""
    asked = draft.asked
    faults = []
    if draft.purpose and asked:
        for fault in draft_faults(draft, known):
            line = asked[fault.item] if fault.item is not None and fault.item < len(asked) else None
            faults.append((line, label_of(line, known) if line else "", fault.detail))
    return {
        "faults": faults,
        "asked_count": len(asked),
        "required_count": sum(line.is_required for line in asked),
        "phone": screen(items_of_draft(draft, known), tapped(request)),
        "phone_title": draft.title,
    }


def _line(line: Line, known: Any, asked: dict[str, QuestionDefinition]) -> dict[str, Any]:
    question = known.get(line.question)
    new = line.new
    return {
        "line": line,
        "reason": reason_of(line) if line.reason else "",
        "question": question,
        "as": "" if line.kind != ASK else line.question or "new",
        "is_fixed": line.kind in ("refused", "untaken"),
        "new": new,
        "choices": "、".join(label for _code, label, _en in new.choices) if new else "",
        "is_number": bool(new and new.type in ("integer", "decimal")),
        "about": ABOUT_WORDS.get(question.about if question else new.about if new else "", ""),
        "type": TYPE_WORDS.get(question.type if question else new.type if new else "", ""),
        "condition": condition_words(line.show_if, asked),
    }


def label_of(line: Line, known: Any) -> str:
    question = known.get(line.question)
    return question.label if question else line.new.label if line.new else line.header


def conditions_offered(draft: Draft, known: Any) -> list[tuple[str, str]]:
    """(condition, words): each answer of each closed question, to choose from instead of writing CEL."""
    found = []
    for item in items_of_draft(draft, known):
        question = item.question
        options = {
            "boolean": [("true", _("是")), ("false", _("否"))],
            "choice": [(f"'{code}'", label) for code, label in question.choices],
            "choices": [(f"'{code}'", label) for code, label in question.choices],
        }.get(question.type, [])
        for value, label in options:
            text = (
                f"{value} in {question.key}" if question.type == "choices" else f"{question.key} == {value}"
            )
            found.append((text, f"{question.label}：{label}"))
        if question.type == "integer":
            found.append((f"{question.key} > 0", f"{question.label} > 0"))
    return found


@require_POST
def form_draft_check(request: HttpRequest, draft_id: int) -> HttpResponse:
    """What the page asks whenever something changes: faults and the phone, of what stands on it, nothing kept."""
    _kept, draft = get_draft(request.scope, draft_id)
    draft = edited(draft, request.POST, known_questions(request.scope))
    context = _checked(request, draft, known_questions(request.scope)) | {
        "draft": draft,
        "waiting_count": sum(line.waits for line in draft.lines),
    }
    return render(request, "campaigns/_form_check.html", context)


@require_POST
def form_draft_act(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Put a draft away, or bring it back."""
    common: dict[str, Any] = {"draft_id": draft_id, "scope": request.scope, "by": request.actor.id}

    def act() -> str:
        match request.POST.get("do"):
            case "remove":
                remove_draft(**common)
                return _("草稿已删除，在“已删除”里可以找回。")
            case "bring_back":
                bring_back_draft(**common)
                return _("草稿找回来了。")
        raise Problem("http.bad_request", detail="do")

    attempt(request, act)
    return redirect("forms")
