"""Forms as the rules read them. Definitions are immutable, so they are read once a process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery
from django.utils.translation import get_language

from lianfang.areas.queries import prefixes
from lianfang.core.problems import Problem
from lianfang.core.scope import ROOT, Scope
from lianfang.questions.models import Form, Question
from lianfang.questions.rules import ROSTER_FRESH_HOURS, FormDefinition, Item, QuestionDefinition


def get_form(key: str, version: int) -> FormDefinition:
    """The form in the words of the present language."""
    pk = Form.objects.filter(key=key, version=version).values_list("pk", flat=True).first()
    if pk is None:
        raise Problem("questions.unknown_form", key=key, version=version)
    return _form(pk, _language())


def form_of(pk: int) -> FormDefinition:
    """The form that is stored under this id, in the words of the present language; no statement once it was read."""
    return _form(pk, _language())


def get_forms(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], FormDefinition]:
    """Several at once, by key and version: one statement for those that this process has read before."""
    keys = set(wanted)
    if not keys:
        return {}
    rows = Form.objects.filter(key__in=[key for key, _ in keys]).values_list("key", "version", "pk")
    found = {(key, version): pk for key, version, pk in rows if (key, version) in keys}
    if missing := keys - set(found):
        key, version = min(missing)
        raise Problem("questions.unknown_form", key=key, version=version)
    return {about: _form(pk, _language()) for about, pk in found.items()}


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh-Hans"


# By primary key, which is never used again: a key and version whose making was rolled back may be.
@lru_cache(maxsize=256)
def _form(pk: int, language: str) -> FormDefinition:
    stored = Form.objects.get(pk=pk)
    wanted = [(item["question"], item["version"]) for item in stored.definition["items"]]
    questions = {
        (q.key, q.version): question_of(q.definition, language)
        for q in Question.objects.filter(key__in=[key for key, _ in wanted])
    }
    items = tuple(
        Item(
            questions[item["question"], item["version"]],
            item.get("required", False),
            item.get("show_if", ""),
            item.get("require_if", ""),
        )
        for item in stored.definition["items"]
    )
    definition = stored.definition
    title = definition["title"].get(language) or definition["title"]["zh-Hans"]
    return FormDefinition(
        stored.key,
        stored.version,
        title,
        definition["purpose"],
        definition.get("proxy_allowed", True),
        items,
        {item.question.key: item for item in items},
        definition.get("roster_fresh_hours", ROSTER_FRESH_HOURS),
    )


def question_of(raw: dict[str, Any], language: str) -> QuestionDefinition:
    """One entry of the dictionary (contract/questions). A choice is [code, Chinese, English?]."""
    column = 2 if language == "en" else 1
    low, high = raw.get("range", (None, None))
    return QuestionDefinition(
        key=raw["key"],
        about=raw["about"],
        type=raw["type"],
        label=raw["label"].get(language) or raw["label"]["zh-Hans"],
        privacy=raw["privacy"],
        choices=tuple((choice[0], choice[min(column, len(choice) - 1)]) for choice in raw.get("choices", ())),
        low=low,
        high=high,
        fresh_hours=raw.get("fresh_hours", 72),
        proxy_allowed=raw.get("proxy_allowed", True),
        purposes=tuple(raw.get("purposes", ())),
        version=raw["version"],
        unit=raw.get("unit", ""),
        headers=tuple(raw.get("headers", ())),
        show_if=raw.get("show_if", ""),
        exclusive=tuple(raw.get("exclusive", ())),
    )


def offered(scope: Scope) -> Q:
    """Questions and forms that were made here or below, or above and so are offered here. Two counties on one server
    know nothing of each other's: what a county asks its people says what it is looking for."""
    above = {ROOT}
    for low, _high in scope.ranges:
        above.update(prefixes(low))
    return Q(area_path__in=above) | scope.q()


def offered_from(area_path: str) -> list[str]:
    """The areas whose questions and forms an area may take up: its own, and those above."""
    return [ROOT, *prefixes(area_path)]


def questions_by_version(
    keys: Iterable[str], language: str = "zh-Hans", *, area_path: str = ""
) -> dict[tuple[str, int], QuestionDefinition]:
    """Every version of these questions, as the validator of forms takes them; with `area_path` those alone that a form
    of that area may ask."""
    stored = Question.objects.filter(key__in=list(keys))
    if area_path:
        stored = stored.filter(area_path__in=offered_from(area_path))
    return {(one.key, one.version): question_of(one.definition, language) for one in stored}


def definitions_of(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """As they are stored, in all their languages, by key and version: one statement, and one for those that this
    process has not read before."""
    pairs = set(wanted)
    rows = Question.objects.filter(key__in={key for key, _ in pairs}).values_list("key", "version", "pk")
    ids = {pk: (key, version) for key, version, pk in rows if (key, version) in pairs}
    missing = [pk for pk in ids if pk not in _definitions]
    if missing:
        _definitions.update(Question.objects.filter(pk__in=missing).values_list("pk", "definition"))
    return {about: _definitions[pk] for pk, about in ids.items()}


_definitions: dict[int, Mapping[str, Any]] = {}  # by primary key, which is never used again


def dictionary(scope: Scope, language: str = "zh-Hans") -> list[QuestionDefinition]:
    """The newest version of every question that is known here."""
    newest = Question.objects.filter(offered(scope)).order_by("key", "-version").distinct("key")
    return [question_of(question.definition, language) for question in newest]


def known_questions(scope: Scope) -> Mapping[str, QuestionDefinition]:
    """The same by key, in the present language. Asked for with every page, so kept until one is added."""
    return _known(_newest(), _language(), tuple(scope.ranges))


def questions_by_key() -> Mapping[str, QuestionDefinition]:
    """Of all areas, for judging what was answered, by the key that its form gave it. Nothing of it is listed."""
    return _known(_newest(), _language(), None)


def newest_definition(key: str) -> Subquery:
    """Inside another statement: how the question whose key stands in this column is defined, for `question_said`."""
    found = Question.objects.filter(key=OuterRef(key)).order_by("-version")
    return Subquery(found.values("definition")[:1])


def question_said(definition: dict[str, Any]) -> QuestionDefinition:
    """In the words of the present language."""
    return question_of(definition, _language())


def _newest() -> int:
    return Question.objects.aggregate(newest=Max("pk"))["newest"] or 0


@lru_cache(maxsize=64)
def _known(
    newest: int, language: str, ranges: tuple[tuple[str, str], ...] | None
) -> Mapping[str, QuestionDefinition]:
    found = Question.objects.order_by("key", "-version").distinct("key")
    if ranges is not None:
        found = found.filter(offered(Scope(ranges)))
    return MappingProxyType({one.key: question_of(one.definition, language) for one in found})
