"""The one validator through which every question and every form goes: shipped, made at the desk, from Excel, from
XLSForm. Says all that is wrong at once, in words that say what to do. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lianfang.core.refusing import refused_choices, refused_subject
from lianfang.questions.condition_syntax import RESERVED, SyntaxFault
from lianfang.questions.conditions import check_condition, names_in
from lianfang.questions.rules import QuestionDefinition, fault_blanks, fault_template

MOST_ITEMS = 60
MOST_CHOICES = 60
MOST_HOURS = 24 * 366
LONGEST_LABEL = 80
TYPES = ("boolean", "integer", "decimal", "text", "date", "choice", "choices")
SUBJECTS = ("household", "person")
PRIVACY = ("plain", "personal", "sensitive")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_QUESTION_FIELDS = _words(
    "key version about type privacy label choices exclusive range unit purposes fresh_hours proxy_allowed headers show_if"
)
_FORM_FIELDS = _words("key version title purpose proxy_allowed roster_fresh_hours items")
_ITEM_FIELDS = _words("question version required show_if require_if")


@dataclass(frozen=True)
class QuestionFault:
    """What is wrong with a dictionary entry: which field of it, and why."""

    field: str
    detail: str


@dataclass(frozen=True)
class FormFault:
    """What is wrong with a form: which item (from 0; None = the form itself), which field, and why."""

    item: int | None
    field: str
    detail: str


def fault_words(question: QuestionDefinition, value: Any) -> str:
    """Why `value` is no answer to `question`, in the language of who looks; empty when it is one."""
    template = fault_template(question, value)
    return _(template).format(**fault_blanks(question, value)) if template else ""


def form_faults(
    definition: Mapping[str, Any], questions: Mapping[tuple[str, int], QuestionDefinition]
) -> list[FormFault]:
    """All that is wrong with a form as it is stored (see models.Form); `questions` by (key, version)."""
    found = [FormFault(None, fault.field, fault.detail) for fault in _heading_faults(definition)]
    items = definition.get("items")
    if not isinstance(items, list) or not items:
        return [*found, FormFault(None, "items", _("表里至少要有一项"))]
    if len(items) > MOST_ITEMS:
        found.append(
            FormFault(
                None,
                "items",
                _("一张表最多%(most)s项，现在有%(count)s项，请分成几张")
                % {"most": MOST_ITEMS, "count": len(items)},
            )
        )
        return found
    asked = [_item_faults(place, item, definition, questions, found) for place, item in enumerate(items)]
    _check_unique(asked, found)
    _check_conditions(items, asked, found)
    return sorted(found, key=lambda fault: -1 if fault.item is None else fault.item)


def _heading_faults(definition: Mapping[str, Any]) -> list[QuestionFault]:
    found = []
    if unknown := sorted(set(definition) - _FORM_FIELDS):
        found.append(QuestionFault(unknown[0], _("表里没有“%(field)s”这个字段") % {"field": unknown[0]}))
    if not _matches(_KEY, definition.get("key")):
        found.append(QuestionFault("key", _("表的代码用小写字母开头，只用小写字母、数字和下划线")))
    if not _is_count(definition.get("version")):
        found.append(QuestionFault("version", _("版本是从1起的整数")))
    found += _label_faults("title", definition.get("title"))
    if not _matches(_KEY, definition.get("purpose")):
        found.append(QuestionFault("purpose", _("表要有一个用途，如 household_sweep")))
    if not isinstance(definition.get("proxy_allowed", True), bool):
        found.append(QuestionFault("proxy_allowed", _("是否可以代答，只能是 true 或 false")))
    hours = definition.get("roster_fresh_hours", 72)
    if not isinstance(hours, int) or isinstance(hours, bool) or not 0 <= hours <= MOST_HOURS:
        found.append(
            QuestionFault(
                "roster_fresh_hours", _("见过谁算多少小时，0到%(most)s的整数") % {"most": MOST_HOURS}
            )
        )
    return found


def _item_faults(
    place: int,
    item: Any,
    definition: Mapping[str, Any],
    questions: Mapping[tuple[str, int], QuestionDefinition],
    found: list[FormFault],
) -> QuestionDefinition | None:
    """Notes what is wrong with an item by itself; returns its question."""

    def note(field: str, detail: str) -> None:
        found.append(FormFault(place, field, detail))

    if not isinstance(item, dict):
        note("question", _("这一项读不了"))
        return None
    if unknown := sorted(set(item) - _ITEM_FIELDS):
        note(unknown[0], _("项里没有“%(field)s”这个字段") % {"field": unknown[0]})
    if not isinstance(item.get("required", False), bool):
        note("required", _("是否必填，只能是 true 或 false"))
    for field in ("show_if", "require_if"):
        if not isinstance(item.get(field, ""), str):
            note(field, _("条件要是一段文字"))
    key, version = item.get("question"), item.get("version")
    question = questions.get((key, version)) if isinstance(key, str) and isinstance(version, int) else None
    if question is None:
        note("question", _("词典里没有“%(key)s”第%(version)s版") % {"key": key, "version": version})
        return None
    if definition.get("purpose") not in question.purposes:
        note(
            "question",
            _("“%(label)s”不能用于这张表的用途；它的用途是%(purposes)s")
            % {"label": question.label, "purposes": "、".join(question.purposes) or _("（没有）")},
        )
    if subject := _refused_in(question):
        note(
            "question",
            _("“%(text)s”涉及%(subject)s，不得收集") % {"text": question.label, "subject": _(subject)},
        )
    return question


def _check_unique(asked: list[QuestionDefinition | None], found: list[FormFault]) -> None:
    seen: dict[str, int] = {}
    for place, question in enumerate(asked):
        if question is None:
            continue
        if question.key in seen:
            found.append(
                FormFault(
                    place,
                    "question",
                    _("“%(label)s”和第%(number)s项重复")
                    % {"label": question.label, "number": seen[question.key] + 1},
                )
            )
        seen.setdefault(question.key, place)


def _check_conditions(
    items: list[Any], asked: list[QuestionDefinition | None], found: list[FormFault]
) -> None:
    shows: dict[str, tuple[str, ...]] = {}
    for place, question in enumerate(asked):
        if question is None:
            continue
        same = {one.key: one for one in asked if one and one.about == question.about}
        for field in ("show_if", "require_if"):
            text = items[place].get(field, "")
            if not isinstance(text, str) or not text:
                continue
            faults = check_condition(text, same)
            found += [
                FormFault(
                    place, field, _("第%(at)s个字：%(detail)s") % {"at": fault.at + 1, "detail": fault.detail}
                )
                for fault in faults
            ]
            if field == "show_if" and not faults:
                shows.setdefault(question.key, names_in(text))
    for place, question in enumerate(asked):
        if question and question.key in _reached(question.key, shows):
            found.append(FormFault(place, "show_if", _("显示条件绕了一圈又要看自己，永远问不出来")))


def _reached(start: str, shows: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All questions on which the showing of `start` hangs, over any number of steps."""
    reached: set[str] = set()
    waiting = list(shows.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += shows.get(name, ())
    return reached


def question_faults(raw: Mapping[str, Any]) -> list[QuestionFault]:
    """All that is wrong with a dictionary entry as it is stored (see docs/new-feature.md)."""
    found = []
    if unknown := sorted(set(raw) - _QUESTION_FIELDS):
        found.append(QuestionFault(unknown[0], _("填报项没有“%(field)s”这个字段") % {"field": unknown[0]}))
    if not _matches(_KEY, raw.get("key")) or raw.get("key") in RESERVED:
        found.append(
            QuestionFault("key", _("代码用小写字母开头，只用小写字母、数字和下划线，不能用条件里的保留词"))
        )
    if not _is_count(raw.get("version")):
        found.append(QuestionFault("version", _("版本是从1起的整数")))
    for field, known in (("about", SUBJECTS), ("type", TYPES), ("privacy", PRIVACY)):
        if raw.get(field) not in known:
            found.append(QuestionFault(field, _("只能是%(known)s") % {"known": "、".join(known)}))
    found += _label_faults("label", raw.get("label"))
    found += _choices_faults(raw) or _exclusive_faults(raw)
    found += _range_faults(raw)
    found += _use_faults(raw)
    show_if = raw.get("show_if", "")
    if not isinstance(show_if, str):
        found.append(QuestionFault("show_if", _("条件要是一段文字")))
    elif show_if:
        try:
            names_in(show_if)
        except SyntaxFault as fault:
            found.append(
                QuestionFault(
                    "show_if", _("第%(at)s个字：%(detail)s") % {"at": fault.at + 1, "detail": fault.detail}
                )
            )
    return found or _subject_faults(raw)


def version_faults(old: QuestionDefinition, new: QuestionDefinition) -> list[QuestionFault]:
    """Why `new` is no later version of `old`. A version may only add (labels, headers, choices, a wider range, freshness,
    purposes), so that old answers keep their meaning and facts stay keyed by the question alone; else it is a new key."""
    found = []

    def note(field: str, detail: str) -> None:
        found.append(
            QuestionFault(field, _("%(detail)s；这样要用新的代码，不是新的版本") % {"detail": detail})
        )

    if new.version <= old.version:
        found.append(QuestionFault("version", _("新版本要大于%(version)s") % {"version": old.version}))
    for field, words in (
        ("key", _("代码变了")),
        ("type", _("题型变了")),
        ("about", _("问户还是问人变了")),
        ("proxy_allowed", _("能不能代答变了")),
    ):
        if getattr(old, field) != getattr(new, field):
            note(field, words)
    if old.unit and old.unit != new.unit:
        note("unit", _("单位变了"))
    known = {code for code, _ in new.choices}
    if gone := [label for code, label in old.choices if code not in known]:
        note("choices", _("少了选项%(names)s") % {"names": "、".join(gone)})
    if alone := [label for code, label in old.choices if code in set(new.exclusive) - set(old.exclusive)]:
        note("exclusive", _("选项%(names)s不能和别的一起选了") % {"names": "、".join(alone)})
    if new.low is not None and (old.low is None or new.low > old.low):
        note("range", _("最小值变窄了"))
    if new.high is not None and (old.high is None or new.high < old.high):
        note("range", _("最大值变窄了"))
    if PRIVACY.index(new.privacy) < PRIVACY.index(old.privacy):
        note("privacy", _("保密级别变低了"))
    if lost := sorted(set(old.purposes) - set(new.purposes)):
        note("purposes", _("少了用途%(names)s") % {"names": "、".join(lost)})
    return found


def _refused_in(question: QuestionDefinition) -> str | None:
    for text in (question.label, question.key, *question.headers):
        if subject := refused_subject(text):
            return subject
    return refused_choices(label for _, label in question.choices)


def _subject_faults(raw: Mapping[str, Any]) -> list[QuestionFault]:
    for field, texts in (
        ("key", (raw["key"],)),
        ("label", raw["label"].values()),
        ("headers", raw.get("headers", ())),
    ):
        for text in texts:
            if subject := refused_subject(text):
                return [
                    QuestionFault(
                        field,
                        _("“%(text)s”涉及%(subject)s，不得收集") % {"text": text, "subject": _(subject)},
                    )
                ]
    for column in (1, 2):
        if subject := refused_choices(
            choice[column] for choice in raw.get("choices", ()) if len(choice) > column
        ):
            return [QuestionFault("choices", _("选项涉及%(subject)s，不得收集") % {"subject": _(subject)})]
    return []


def _label_faults(field: str, label: Any) -> list[QuestionFault]:
    chinese = label.get("zh-Hans") if isinstance(label, dict) else None
    if not isinstance(chinese, str) or not chinese.strip() or len(chinese) > LONGEST_LABEL:
        return [QuestionFault(field, _("要有1到%(most)s个字的中文名称") % {"most": LONGEST_LABEL})]
    if not all(isinstance(text, str) and len(text) <= 200 for text in label.values()):
        return [QuestionFault(field, _("名称太长"))]
    if field == "title" and (subject := refused_subject(chinese)):
        return [
            QuestionFault(
                field, _("“%(text)s”涉及%(subject)s，不得收集") % {"text": chinese, "subject": _(subject)}
            )
        ]
    return []


def _choices_faults(raw: Mapping[str, Any]) -> list[QuestionFault]:
    choices = raw.get("choices", [])
    if raw.get("type") not in ("choice", "choices"):
        return [QuestionFault("choices", _("只有单选和多选才有选项"))] if choices else []
    if not isinstance(choices, list) or not 2 <= len(choices) <= MOST_CHOICES:
        return [QuestionFault("choices", _("单选和多选要有2到%(most)s个选项") % {"most": MOST_CHOICES})]
    for choice in choices:
        if not (
            isinstance(choice, list)
            and 2 <= len(choice) <= 3
            and all(isinstance(part, str) and 0 < len(part) <= LONGEST_LABEL for part in choice)
        ):
            return [QuestionFault("choices", _("每个选项写 [代码, 中文, 英文]"))]
        if not _CODE.fullmatch(choice[0]):
            return [
                QuestionFault(
                    "choices", _("选项代码“%(code)s”只能用小写字母、数字和下划线") % {"code": choice[0]}
                )
            ]
    for column, words in ((0, _("代码")), (1, _("名称"))):
        texts = [choice[column] for choice in choices]
        if doubled := [text for place, text in enumerate(texts) if text in texts[:place]]:
            return [
                QuestionFault(
                    "choices", _("选项%(words)s“%(said)s”重复") % {"words": words, "said": doubled[0]}
                )
            ]
    return []


def _exclusive_faults(raw: Mapping[str, Any]) -> list[QuestionFault]:
    """Choices that stand alone, as 没有: some of a multiple choice, and not all."""
    given = raw.get("exclusive")
    if given is None:
        return []
    if raw.get("type") != "choices":
        return [QuestionFault("exclusive", _("只有多选才有“不能和别的一起选”的选项"))]
    codes = {choice[0] for choice in raw["choices"]}
    if not isinstance(given, list) or not all(isinstance(code, str) and code in codes for code in given):
        return [QuestionFault("exclusive", _("只能写选项里有的代码"))]
    return [] if len(set(given)) < len(codes) else [QuestionFault("exclusive", _("总要有能一起选的选项"))]


def _range_faults(raw: Mapping[str, Any]) -> list[QuestionFault]:
    given = raw.get("range")
    if given is None:
        return []
    if raw.get("type") not in ("integer", "decimal"):
        return [QuestionFault("range", _("只有数才有范围"))]
    if not isinstance(given, list) or len(given) != 2:
        return [QuestionFault("range", _("范围写 [最小, 最大]，没有的写 null"))]
    for bound in given:
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | float)):
            return [QuestionFault("range", _("范围写 [最小, 最大]，没有的写 null"))]
    if None not in given and given[0] > given[1]:
        return [QuestionFault("range", _("最小值比最大值大"))]
    return []


def _use_faults(raw: Mapping[str, Any]) -> list[QuestionFault]:
    found = []
    purposes = raw.get("purposes")
    if not isinstance(purposes, list) or not purposes or not all(_matches(_KEY, one) for one in purposes):
        found.append(QuestionFault("purposes", _("要有至少一个用途，如 household_sweep")))
    hours = raw.get("fresh_hours", 72)
    if not _is_count(hours) or hours > MOST_HOURS:
        found.append(
            QuestionFault("fresh_hours", _("多少小时内不用再问，1到%(most)s的整数") % {"most": MOST_HOURS})
        )
    if not isinstance(raw.get("proxy_allowed", True), bool):
        found.append(QuestionFault("proxy_allowed", _("是否可以代答，只能是 true 或 false")))
    unit = raw.get("unit", "")
    if not isinstance(unit, str) or len(unit) > 10:
        found.append(QuestionFault("unit", _("单位最多10个字")))
    elif unit and raw.get("type") not in ("integer", "decimal"):
        found.append(QuestionFault("unit", _("只有数才有单位")))
    headers = raw.get("headers", [])
    if not isinstance(headers, list) or not all(
        isinstance(one, str) and 0 < len(one) <= 60 for one in headers
    ):
        found.append(QuestionFault("headers", _("表头的叫法是一列文字，每个最多60个字")))
    return found


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
