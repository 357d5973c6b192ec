"""Taking the shipped dictionary in, and making a form of a few questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from lianfang.core import audit, resources
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.questions.models import Form, Question


def load_contract(owner: Any = None) -> None:
    """Store what `contract/` ships and is not stored yet. A changed definition without a new version is refused:
    answers given under the old words must keep their meaning."""
    using = owner.alias if owner is not None else "default"
    with transaction.atomic(using=using):
        for raw in json.loads(resources.path("contract/questions.json").read_text())["questions"]:
            question, _ = Question.objects.using(using).get_or_create(
                key=raw["key"], version=raw["version"], defaults={"definition": raw}
            )
            _unchanged(question.definition, raw)
        for file in sorted(resources.path("contract/forms").glob("*.json")):
            raw = json.loads(file.read_text())
            form, _ = Form.objects.using(using).get_or_create(
                key=raw["key"],
                version=raw["version"],
                defaults={"definition": raw, "title": raw["title"]["zh-Hans"], "created_at": now()},
            )
            _unchanged(form.definition, raw)


def _unchanged(stored: dict[str, Any], shipped: dict[str, Any]) -> None:
    if stored != shipped:
        raise Problem("questions.changed_without_version", key=shipped["key"], version=shipped["version"])


@transaction.atomic
def make_form(*, title: str, purpose: str, question_keys: Sequence[str], by: int) -> Form:
    """A form of a few questions of the dictionary, all required, as the declaration of a campaign needs it."""
    newest = {
        question.key: question
        for question in Question.objects.filter(key__in=question_keys)
        .order_by("key", "-version")
        .distinct("key")
    }
    missing = [key for key in question_keys if key not in newest]
    if missing or not question_keys:
        raise Problem("questions.unknown_question", keys="、".join(missing) or "—")
    items = [{"question": key, "version": newest[key].version, "required": True} for key in question_keys]
    key = f"county_{Form.objects.filter(key__startswith='county_').count() + 1}"
    definition = {
        "key": key,
        "version": 1,
        "title": {"zh-Hans": title},
        "purpose": purpose,
        "proxy_allowed": True,
        "items": items,
    }
    form = Form.objects.create(
        key=key, version=1, title=title, definition=definition, created_at=now(), created_by=by
    )
    audit.record("form.make", "form", form.pk, by=by, questions=list(question_keys))
    return form
