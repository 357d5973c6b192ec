"""Forms as a county's desk lists them: those of its own areas, and those offered from above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from lianfang.accounts.queries import names_of
from lianfang.campaigns.models import Campaign
from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.questions.drafting import Draft
from lianfang.questions.forming import draft_of
from lianfang.questions.models import Form, FormDraft
from lianfang.questions.queries import offered

MOST_CAMPAIGNS = 20


@dataclass(frozen=True, slots=True)
class FormLine:
    """One form on the list, in its newest version. `made_by` is "" for what came with the system."""

    form: Form
    title: str
    purpose: str
    question_count: int
    version_count: int
    campaign_count: int
    made_by: str

    @property
    def is_shipped(self) -> bool:
        return self.form.created_by is None


@dataclass(frozen=True, slots=True)
class FormFilter:
    text: str = ""
    purpose: str = ""
    used: str = ""  # used, unused, or "" for both
    sort: str = "-made"
    number: int = 1


@dataclass(frozen=True)
class FormsPage(Paged):
    rows: list[FormLine]
    total_count: int
    number: int
    size: int = PAGE


def forms_offered(scope: Scope) -> list[Form]:
    """The newest version of every form that is offered here, for choosing."""
    return list(Form.objects.filter(offered(scope)).order_by("key", "-version").distinct("key"))


def form_lines(scope: Scope, wanted: FormFilter, language: str) -> list[FormLine]:
    """All that fit, sorted. A county has tens of forms, seldom hundreds: counted and cut in memory."""
    versions: dict[str, int] = {}
    newest: dict[str, Form] = {}
    for form in Form.objects.filter(offered(scope)).order_by("key", "-version"):
        versions[form.key] = versions.get(form.key, 0) + 1
        newest.setdefault(form.key, form)
    uses = dict(
        campaigns_seen(scope).values("form_key").annotate(count=Count("pk")).values_list("form_key", "count")
    )
    names = names_of(form.created_by for form in newest.values())
    lines = [
        FormLine(
            form,
            form.definition["title"].get(language) or form.title,
            form.definition["purpose"],
            len(form.definition["items"]),
            versions[form.key],
            uses.get(form.key, 0),
            names.get(form.created_by or 0, ""),
        )
        for form in newest.values()
    ]
    kept = [line for line in lines if _fits(line, wanted)]
    return sorted(
        kept, key=_SORTS.get(wanted.sort.lstrip("-"), _SORTS["made"]), reverse=wanted.sort.startswith("-")
    )


_SORTS: dict[str, Callable[[FormLine], Any]] = {
    "title": lambda line: line.title,
    "made": lambda line: line.form.created_at,
    "questions": lambda line: line.question_count,
    "uses": lambda line: line.campaign_count,
}


def forms_page(scope: Scope, wanted: FormFilter, language: str) -> FormsPage:
    lines = form_lines(scope, wanted, language)
    number = max(1, min(wanted.number, -(-len(lines) // PAGE) or 1))
    return FormsPage(lines[(number - 1) * PAGE : number * PAGE], len(lines), number)


def _fits(line: FormLine, wanted: FormFilter) -> bool:
    if wanted.purpose and line.purpose != wanted.purpose:
        return False
    if wanted.used and (wanted.used == "used") != bool(line.campaign_count):
        return False
    return wanted.text.lower() in f"{line.title} {line.form.title} {line.made_by}".lower()


def campaigns_seen(scope: Scope) -> QuerySet[Campaign]:
    """Campaigns of these areas, and of those above that reach into them."""
    return Campaign.objects.filter(offered(scope))


def get_offered_form(scope: Scope, key: str, version: int | None = None) -> Form:
    """The newest version unless told otherwise. Raises `questions.unknown_form`."""
    found = Form.objects.filter(offered(scope), key=key)
    if version is not None:
        found = found.filter(version=version)
    form = found.order_by("-version").first()
    if form is None:
        raise Problem("questions.unknown_form", key=key, version=version or 1)
    return form


def versions_of(scope: Scope, key: str) -> list[tuple[Form, str]]:
    """Newest first, each with the name of who made it."""
    found = list(Form.objects.filter(offered(scope), key=key).order_by("-version"))
    names = names_of(form.created_by for form in found)
    return [(form, names.get(form.created_by or 0, "")) for form in found]


def campaigns_of(scope: Scope, key: str) -> list[Campaign]:
    found = campaigns_seen(scope).filter(form_key=key).select_related("area")
    return list(found.order_by("-declared_at")[:MOST_CAMPAIGNS])


@dataclass(frozen=True, slots=True)
class DraftLine:
    draft: FormDraft
    made_by: str


def draft_lines(scope: Scope, *, removed: bool) -> list[DraftLine]:
    """Not made yet, or put away; newest first."""
    found = list(
        FormDraft.objects.filter(scope.q(), form__isnull=True, removed_at__isnull=not removed)
        .defer("content")
        .order_by("-changed_at")[:200]
    )
    names = names_of(draft.created_by for draft in found)
    return [DraftLine(draft, names.get(draft.created_by, "")) for draft in found]


def draft_counts(scope: Scope) -> tuple[int, int]:
    """(open, put away)"""
    counted = FormDraft.objects.filter(scope.q(), form__isnull=True).aggregate(
        opened=Count("pk", filter=Q(removed_at__isnull=True)),
        removed=Count("pk", filter=Q(removed_at__isnull=False)),
    )
    return counted["opened"], counted["removed"]


def get_draft(scope: Scope, draft_id: int) -> tuple[FormDraft, Draft]:
    """Raises `questions.unknown_draft`."""
    kept = FormDraft.objects.filter(scope.q(), pk=draft_id).select_related("form", "area").first()
    if kept is None:
        raise Problem("questions.unknown_draft")
    return kept, draft_of(kept)
