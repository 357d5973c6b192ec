"""表单: the list of forms, and one form with its questions, versions, campaigns and its look on a phone."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.campaigns.forms.phone import PREFIX, screen
from lianfang.campaigns.forms.words import (
    ABOUT_WORDS,
    PRIVACY_WORDS,
    SOURCE_WORDS,
    TYPE_WORDS,
    condition_words,
    purpose_word,
    purposes_offered,
)
from lianfang.campaigns.queries.forms import (
    FormFilter,
    campaigns_of,
    draft_counts,
    draft_lines,
    form_lines,
    forms_page,
    get_offered_form,
    versions_of,
)
from lianfang.campaigns.views.request import own_area, page_of
from lianfang.core.clock import local
from lianfang.core.downloads import xlsx_response
from lianfang.core.problems import Problem
from lianfang.questions.drafting import Draft, Line
from lianfang.questions.forming import start_draft
from lianfang.questions.models import Form
from lianfang.questions.queries import get_form, known_questions
from lianfang.questions.rules import FormDefinition

PHONE_SHOWN = 60


def language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh-Hans"


@require_GET
def forms(request: HttpRequest) -> HttpResponse:
    show = request.GET.get("show", "")
    may_make = request.actor.may("forms.make")
    wanted = _wanted(request)
    opened, removed = draft_counts(request.scope) if may_make else (0, 0)
    is_drafts = may_make and show in ("drafts", "removed")
    context: dict[str, Any] = {
        "nav_key": "campaigns",
        "area": own_area(request),
        "show": show if is_drafts else "",
        "wanted": wanted,
        "purposes": purposes_offered(known_questions(request.scope)),
        "draft_count": opened,
        "removed_count": removed,
        "may_make": may_make,
    }
    if is_drafts:
        lines = draft_lines(request.scope, removed=show == "removed")
        context["drafts"] = [(line, str(SOURCE_WORDS.get(line.draft.source, ""))) for line in lines]
    else:
        page = forms_page(request.scope, wanted, language())
        context |= {"page": page, "lines": [(line, purpose_word(line.purpose)) for line in page.rows]}
    return render(request, "campaigns/forms.html", context)


def _wanted(request: HttpRequest) -> FormFilter:
    return FormFilter(
        text=request.GET.get("q", "").strip()[:40],
        purpose=request.GET.get("purpose", ""),
        used=request.GET.get("used", ""),
        sort=request.GET.get("sort", "-made"),
        number=page_of(request),
    )


@require_GET
def forms_sheet(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, all pages of it."""
    header = [_("表"), _("用途"), _("版本"), _("项数"), _("用在几个任务"), _("谁做的"), _("什么时候")]
    rows = [
        (
            line.title,
            purpose_word(line.purpose),
            line.form.version,
            line.question_count,
            line.campaign_count,
            line.made_by or _("系统自带"),
            local(line.form.created_at).strftime("%Y-%m-%d %H:%M"),
        )
        for line in form_lines(request.scope, _wanted(request), language())
    ]
    return xlsx_response(_("表单"), header, rows)


@require_GET
def form(request: HttpRequest, key: str, version: int | None = None) -> HttpResponse:
    versions = versions_of(request.scope, key)
    stored = next((one for one, _made_by in versions if version in (None, one.version)), None)
    if stored is None:
        raise Problem("questions.unknown_form", key=key, version=version or 1)
    found = get_form(stored.key, stored.version)
    may_make = request.actor.may("forms.make")
    asked = {item.question.key: item.question for item in found.items}
    context = {
        "nav_key": "campaigns",
        "stored": stored,
        "form": found,
        "purpose": purpose_word(found.purpose),
        "items": [
            {
                "item": item,
                "show_if": condition_words(item.show_if, asked),
                "require_if": condition_words(item.require_if, asked),
                "type": TYPE_WORDS.get(item.question.type, item.question.type),
                "about": ABOUT_WORDS.get(item.question.about, ""),
                "privacy": PRIVACY_WORDS.get(item.question.privacy, ""),
                "purposes": "、".join(map(purpose_word, item.question.purposes)),
                "days": item.question.fresh_hours // 24,
            }
            for item in found.items
        ],
        "versions": versions,
        "campaigns": campaigns_of(request.scope, key),
        "may_make": may_make,
        "owns": _owns(request, stored),
        "may_declare": request.actor.may("campaign.declare"),
        **phone_of(found, request),
    }
    return render(request, "campaigns/form.html", context)


def _owns(request: HttpRequest, stored: Form) -> bool:
    """The next version is made where the first was; what came with the system or from above is copied instead."""
    return stored.created_by is not None and request.scope.covers(stored.area_path)


def phone_of(found: FormDefinition, request: HttpRequest) -> dict[str, Any]:
    shown = screen(found.items[:PHONE_SHOWN], tapped(request))
    return {"phone": shown, "phone_title": found.title}


def tapped(request: HttpRequest) -> dict[str, list[str]]:
    """What was tapped in the preview: fields a-KEY."""
    data = request.POST if request.method == "POST" else request.GET
    return {name[len(PREFIX) :]: data.getlist(name) for name in data if name.startswith(PREFIX)}


@require_GET
def form_phone(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """The preview again, after something was tapped in it."""
    stored = get_offered_form(request.scope, key, version)
    context = phone_of(get_form(stored.key, stored.version), request)
    return render(request, "campaigns/_phone.html", context)


@require_POST
def form_copy(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """A draft of the next version; of a form that is not one's own, a draft of a form like it."""
    stored = get_offered_form(request.scope, key, version)
    found = get_form(stored.key, stored.version)
    lines = tuple(
        Line(
            f"n{number}",
            item.question.label,
            question=item.question.key,
            is_required=item.is_required,
            show_if=item.show_if,
            require_if=item.require_if,
        )
        for number, item in enumerate(found.items, 1)
    )
    owns = _owns(request, stored)
    draft = Draft(
        title=stored.definition["title"]["zh-Hans"],
        title_en=stored.definition["title"].get("en", ""),
        purpose=found.purpose,
        lines=lines,
        proxy_allowed=found.proxy_allowed,
        source="version" if owns else "desk",
        based_on=(stored.key, stored.version) if owns else None,
    )
    kept = start_draft(draft, area=own_area(request), scope=request.scope, by=request.actor.id)
    return redirect("form_draft", kept.pk)
