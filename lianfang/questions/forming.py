"""Every way in which a form comes to be: stored in one piece with its new questions, or made slowly as a draft."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q

from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.ids import next_ids
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope, crossing
from lianfang.core.sealing import seal_bytes, unseal_bytes
from lianfang.questions.checking import FormFault, form_faults, question_faults
from lianfang.questions.drafting import Draft, renamed
from lianfang.questions.models import Form, FormDraft, Question
from lianfang.questions.operations import take_form
from lianfang.questions.queries import question_of, questions_by_version
from lianfang.questions.rules import QuestionDefinition

PURPOSE = "form_draft.content"
KEPT_DAYS = (
    30  # a draft put away can be brought back so long; one that nobody goes on with is put away by then
)


@transaction.atomic
def store_form(
    definition: dict[str, Any],
    new_questions: Mapping[str, dict[str, Any]],
    *,
    area_path: str = ROOT,
    based_on: str = "",
    by: int,
) -> Form:
    """Store a form and the questions that are new with it. `new_questions`: the name by which the definition calls one
    → its definition; it gets a key of its own. `based_on`: key of the form of which this is the next version.

    Raises `questions.form_refused`, `questions.question_refused`."""
    numbers = next_ids(Question, len(new_questions))
    names = {name: f"q_county_{number}" for name, number in zip(new_questions, numbers, strict=True)}
    key, version = _key_of_form(based_on)
    items = [_renamed_item(item, names) for item in definition["items"]]
    return take_form(
        definition={**definition, "key": key, "version": version, "items": items},
        new_questions=[{**raw, "key": names[name]} for name, raw in new_questions.items()],
        area_path=area_path,
        by=by,
    )


def faults_of(definition: dict[str, Any], made: Iterable[dict[str, Any]]) -> list[FormFault]:
    """What the one validator says of a form and of the questions that are new with it."""
    places = {item["question"]: place for place, item in enumerate(definition["items"])}
    new, found = {}, []
    for raw in made:
        own = question_faults(raw)
        found += [FormFault(places.get(raw["key"]), fault.field, fault.detail) for fault in own]
        new[raw["key"], raw["version"]] = question_of(raw, "zh-Hans")
    stored = questions_by_version({item["question"] for item in definition["items"]})
    return found + list(form_faults(definition, {**stored, **new}))


def draft_faults(draft: Draft, known: Mapping[str, QuestionDefinition]) -> list[FormFault]:
    """The same of a draft, whose new questions still go by the ids of their lines. `FormFault.item` counts the asked
    lines."""
    definition = draft.definition({key: question.version for key, question in known.items()})
    title = (
        definition["title"] if draft.title.strip() else {"zh-Hans": "—"}
    )  # that it lacks one is said by itself
    whole = {**definition, "key": "draft", "version": 1, "title": title}
    return faults_of(whole, draft.new_questions().values())


def _renamed_item(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    found = dict(item)
    found["question"] = names.get(item["question"], item["question"])
    for name in ("show_if", "require_if"):
        if item.get(name):
            found[name] = renamed(item[name], names)
    return found


def _key_of_form(based_on: str) -> tuple[str, int]:
    if not based_on:
        return f"county_{next_ids(Form, 1)[0]}", 1
    with connection.cursor() as cursor:  # two next versions at once would both be the second
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"form {based_on}"])
    newest = Form.objects.filter(key=based_on).aggregate(newest=models.Max("version"))["newest"]
    if newest is None:
        raise Problem("questions.unknown_form", key=based_on, version=1)
    return based_on, newest + 1


# ---------- drafts ----------


@transaction.atomic
def start_draft(draft: Draft, *, area: Area, scope: Scope, by: int) -> FormDraft:
    scope.within(area.path)
    moment = now()
    kept = FormDraft.objects.create(
        area=area, area_path=area.path, created_at=moment, created_by=by, changed_at=moment, **_fields(draft)
    )
    audit.record("form.start", "form_draft", kept.pk, by=by, path=area.path, count=kept.question_count)
    return kept


@transaction.atomic
def save_draft(*, draft_id: int, draft: Draft, scope: Scope, by: int) -> FormDraft:
    """What was said so far. Raises `questions.unknown_draft`, `questions.draft_done`."""
    kept = _open_draft(draft_id, scope)
    for name, value in _fields(draft).items():
        setattr(kept, name, value)
    kept.changed_at = now()
    kept.save()
    audit.record("form.draft", "form_draft", kept.pk, by=by, path=kept.area_path, count=kept.question_count)
    return kept


@transaction.atomic
def finish_draft(*, draft_id: int, known: Mapping[str, QuestionDefinition], scope: Scope, by: int) -> Form:
    """Make the form. Raises `questions.title_required`, `questions.purpose_required`, `questions.nothing_asked`,
    `questions.nothing_required`,     `questions.form_refused`, and what `save_draft` raises."""
    kept = _open_draft(draft_id, scope)
    draft = draft_of(kept)
    if not draft.title.strip():
        raise Problem("questions.title_required")
    if not draft.purpose:
        raise Problem("questions.purpose_required")
    if not draft.asked:
        raise Problem("questions.nothing_asked")
    if not any(line.is_required for line in draft.asked):
        raise Problem("questions.nothing_required")
    form = store_form(
        draft.definition({key: question.version for key, question in known.items()}),
        draft.new_questions(),
        area_path=kept.area_path,
        based_on=draft.based_on[0] if draft.based_on else "",
        by=by,
    )
    kept.form = form
    kept.content = _sealed(draft.without_samples())
    kept.changed_at = now()
    kept.save(update_fields=["form", "content", "changed_at"])
    return form


@transaction.atomic
def remove_draft(*, draft_id: int, scope: Scope, by: int) -> None:
    """Put away, and its samples with it."""
    kept = _open_draft(draft_id, scope)
    kept.content = _sealed(draft_of(kept).without_samples())
    kept.removed_at = now()
    kept.save(update_fields=["content", "removed_at"])
    audit.record("form.remove_draft", "form_draft", kept.pk, by=by, path=kept.area_path)


@transaction.atomic
def bring_back_draft(*, draft_id: int, scope: Scope, by: int) -> None:
    kept = _draft(draft_id, scope)
    kept.removed_at = None
    kept.save(update_fields=["removed_at"])
    audit.record("form.bring_back_draft", "form_draft", kept.pk, by=by, path=kept.area_path)


def purge_drafts() -> int:
    """Drafts that were put away, or that nobody went on with, a month ago go for good. Runs as the system, once a day."""
    with crossing("form.purge_draft", actor_id=None) as scope, transaction.atomic():
        old = now() - dt.timedelta(days=KEPT_DAYS)
        over = Q(removed_at__lt=old) | Q(removed_at__isnull=True, changed_at__lt=old)
        gone = FormDraft.objects.filter(scope.q(), over, form__isnull=True)
        ids = list(gone.values_list("pk", "area_path"))
        FormDraft.objects.filter(pk__in=[pk for pk, _ in ids]).delete()
        audit.record_each("form.purge_draft", "form_draft", ids, by=None)
    return len(ids)


def draft_of(kept: FormDraft) -> Draft:
    return Draft.of_json(json.loads(unseal_bytes(kept.content, purpose=PURPOSE)))


def _fields(draft: Draft) -> dict[str, Any]:
    return {
        "title": draft.title.strip()[:80],
        "source": draft.source,
        "content": _sealed(draft),
        "question_count": len(draft.asked),
        "waiting_count": sum(line.waits for line in draft.lines),
    }


def _sealed(draft: Draft) -> bytes:
    plain = json.dumps(draft.as_json(), ensure_ascii=False).encode()
    return seal_bytes(plain, key="register", purpose=PURPOSE)


def _draft(draft_id: int, scope: Scope) -> FormDraft:
    kept = FormDraft.objects.select_for_update().filter(scope.q(), pk=draft_id).first()
    if kept is None:
        raise Problem("questions.unknown_draft")
    return kept


def _open_draft(draft_id: int, scope: Scope) -> FormDraft:
    kept = _draft(draft_id, scope)
    if kept.form_id or kept.removed_at:
        raise Problem("questions.draft_done")
    return kept
