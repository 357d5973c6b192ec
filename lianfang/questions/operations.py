"""Taking the shipped dictionary in, adding a question, and making a form. All of it goes through `checking`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.core import audit, resources
from lianfang.core.clock import now
from lianfang.core.ids import next_ids
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT
from lianfang.questions.checking import FormFault, form_faults, question_faults, version_faults
from lianfang.questions.conditions import usual_condition
from lianfang.questions.models import Form, Question
from lianfang.questions.queries import offered_from, question_of, questions_by_version
from lianfang.questions.rules import QuestionDefinition

Raw = Mapping[str, Any]


def load_contract(owner: Any = None) -> None:
    """Store what `contract/` ships and is not stored yet. A changed definition without a new version is refused:
    answers given under the old words must keep their meaning."""
    using = owner.alias if owner is not None else "default"
    questions, forms = shipped_questions(), shipped_forms()
    with transaction.atomic(using=using):
        stored = {(one.key, one.version): one.definition for one in Question.objects.using(using).all()}
        new = _not_stored(questions, stored)
        for raw in new:
            if faults := question_faults(raw):
                _bad(raw, faults[0].detail)
        _check_versions([*stored.values(), *new])
        Question.objects.using(using).bulk_create(
            Question(key=raw["key"], version=raw["version"], definition=raw) for raw in new
        )
        known = {
            key: question_of(raw, "zh-Hans")
            for key, raw in {**stored, **{(raw["key"], raw["version"]): raw for raw in new}}.items()
        }
        stored = {(one.key, one.version): one.definition for one in Form.objects.using(using).all()}
        new = _not_stored(forms, stored)
        for raw in new:
            if form_problems := form_faults(raw, known):
                _bad(raw, in_words(form_problems))
        Form.objects.using(using).bulk_create(
            Form(
                key=raw["key"],
                version=raw["version"],
                definition=raw,
                title=raw["title"]["zh-Hans"],
                created_at=now(),
            )
            for raw in new
        )


def shipped_questions() -> list[dict[str, Any]]:
    """All entries of the dictionary in `contract/questions/`, by subject and in order."""
    files = sorted(resources.path("contract/questions").glob("*.json"))
    return [raw for file in files for raw in json.loads(file.read_text("utf-8"))["questions"]]


def shipped_forms() -> list[dict[str, Any]]:
    return [
        json.loads(file.read_text("utf-8"))
        for file in sorted(resources.path("contract/forms").glob("*.json"))
    ]


def _not_stored(
    shipped: Sequence[dict[str, Any]], stored: Mapping[tuple[str, int], Raw]
) -> list[dict[str, Any]]:
    new: dict[tuple[str, int], dict[str, Any]] = {}
    for raw in shipped:
        key = raw["key"], raw["version"]
        before = stored.get(key, new.get(key))
        if before is not None and before != raw:
            raise Problem("questions.changed_without_version", key=raw["key"], version=raw["version"])
        if before is None:
            new[key] = raw
    return list(new.values())


def _check_versions(raws: Sequence[Raw]) -> None:
    last: dict[str, QuestionDefinition] = {}
    for raw in sorted(raws, key=lambda raw: (raw["key"], raw["version"])):
        question = question_of(dict(raw), "zh-Hans")
        if question.key in last and (faults := version_faults(last[question.key], question)):
            _bad(raw, faults[0].detail)
        last[question.key] = question


def _bad(raw: Raw, detail: str) -> None:
    raise Problem("questions.bad_contract", key=raw["key"], version=raw["version"], detail=detail)


def in_words(faults: Sequence[FormFault]) -> str:
    """The first three faults of a form in one line."""
    said = [
        fault.detail
        if fault.item is None
        else _("第%(number)s项：%(detail)s") % {"number": fault.item + 1, "detail": fault.detail}
        for fault in faults[:3]
    ]
    return "；".join(said)


@transaction.atomic
def add_question(*, definition: Raw, area_path: str, by: int) -> QuestionDefinition:
    """A new question of an area, or a later version of its own. Raises `questions.question_refused`, and
    `questions.unknown_question` for a key that is somebody else's."""
    raw = dict(definition)
    faults = question_faults(raw)
    if not faults:
        question = question_of(raw, "zh-Hans")
        newest = Question.objects.filter(key=question.key).order_by("-version").first()
        if newest is not None and newest.area_path != area_path:
            raise Problem("questions.unknown_question", keys=question.key)
        if newest is not None:
            faults = version_faults(question_of(newest.definition, "zh-Hans"), question)
    if faults:
        label = raw.get("label", {}).get("zh-Hans", "") if isinstance(raw.get("label"), dict) else ""
        raise Problem("questions.question_refused", label=label, detail=faults[0].detail)
    stored = Question.objects.create(
        key=question.key, version=question.version, definition=raw, area_path=area_path
    )
    audit.record(
        "question.add",
        "question",
        stored.pk,
        by=by,
        path=area_path,
        key=question.key,
        version=question.version,
    )
    return question


@transaction.atomic
def take_form(*, definition: Raw, by: int, new_questions: Sequence[Raw] = (), area_path: str = ROOT) -> Form:
    """Store a form, together with the questions that come with it; it is offered in the area and below. Raises
    `questions.form_refused`, `questions.question_refused`."""
    for raw in new_questions:
        add_question(definition=raw, area_path=area_path, by=by)
    wanted = [item.get("question", "") for item in definition.get("items", ()) if isinstance(item, dict)]
    faults = form_faults(definition, questions_by_version(wanted, area_path=area_path))
    if faults:
        raise Problem("questions.form_refused", detail=in_words(faults))
    key, version = definition["key"], definition["version"]
    if Form.objects.filter(key=key, version=version).exists():
        raise Problem("questions.changed_without_version", key=key, version=version)
    form = Form.objects.create(
        key=key,
        version=version,
        title=definition["title"]["zh-Hans"],
        definition=dict(definition),
        created_at=now(),
        created_by=by,
        area_path=area_path,
    )
    audit.record("form.make", "form", form.pk, by=by, path=area_path, questions=wanted)
    return form


@transaction.atomic
def make_form(
    *, title: str, purpose: str, question_keys: Sequence[str], area_path: str = ROOT, by: int
) -> Form:
    """A form of a few questions of the dictionary, as the declaration of a campaign needs it. All are required where
    they are put; a question with a condition of its own brings it along."""
    newest = {
        question.key: question_of(question.definition, "zh-Hans")
        for question in Question.objects.filter(key__in=question_keys, area_path__in=offered_from(area_path))
        .order_by("key", "-version")
        .distinct("key")
    }
    missing = [key for key in question_keys if key not in newest]
    if missing or not question_keys:
        raise Problem("questions.unknown_question", keys="、".join(missing) or "—")
    asked = [newest[key] for key in question_keys]
    definition = {
        "key": f"county_{next_ids(Form, 1)[0]}",
        "version": 1,
        "title": {"zh-Hans": title},
        "purpose": purpose,
        "proxy_allowed": True,
        "items": [item_of(question, asked) for question in asked],
    }
    return take_form(definition=definition, by=by, area_path=area_path)


def item_of(question: QuestionDefinition, asked: Sequence[QuestionDefinition]) -> dict[str, Any]:
    """A required item for a question in a form of `asked`, with its own condition when the form can decide it."""
    item: dict[str, Any] = {"question": question.key, "version": question.version, "required": True}
    if condition := usual_condition(question, asked):
        item["show_if"] = condition
    return item
