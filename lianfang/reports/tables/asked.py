"""Which question of the dictionary answers a column, by value or by counting."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lianfang.questions.recognising import find_question
from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.tables.meaning import Meaning
from lianfang.reports.tables.phrases import Phrase, bare, same

Found = tuple[Meaning, float, tuple[Meaning, ...]]
NUMERIC = ("integer", "decimal")
_COUNT_END = re.compile(
    r"(?:的)?(?:人员|人口|人|户|家庭)?(?:总?数|人数|户数|人次)$|(?:人数|户数|人次|人员|户|人)$"
)
_SHARE_END = re.compile(r"(?:占比|比例|比率|率)$")
# Choices that say nothing without their question.
_GENERIC = frozenset(
    (
        "没有",
        "无",
        "有",
        "是",
        "否",
        "其他",
        "其它",
        "正常",
        "异常",
        "外出",
        "不详",
        "未知",
        "不清楚",
        "良好",
        "已",
        "未",
    )
)
_OF_THE_SWEEP = re.compile(r"(?:排查|户|房|走访|入户|其中|总|数)+")
_POINTLESS = re.compile(
    r"^(?:近|过去)?\d*(?:天|日|小时)内?|^(?:这几天|目前|现在|今天|最近|是否|有无|有没有|曾|已|正在)+|(?:几人|几个|几|吗|情况|没有)$"
)


def value_of(header: str, questions: Sequence[QuestionDefinition]) -> Found | None:
    """In a row of a person or a household: the answer itself."""
    found = find_question(header, questions)
    if found is None:
        return None
    return Meaning("question", found.question.key, measure="value"), found.confidence, ()


def counted_of(phrase: Phrase, header: str, questions: Sequence[QuestionDefinition]) -> Found | None:
    """In a row of an area: how many said so, or the sum of what they said. None when two would fit."""
    if phrase.span == "other":
        return None
    is_share = bool(_SHARE_END.search(phrase.core))
    core = _stripped(phrase.core)
    span = phrase.span if phrase.span in ("today", "total") else ""
    found: dict[Meaning, float] = {}
    for question in questions:
        for choice, certainty in _choices_said(question, core, phrase, questions):
            measure = "share" if is_share else "count"
            _keep(found, Meaning("question", question.key, span, measure, choice), certainty)
        if question.type == "boolean" and (certainty := _names(question, core, phrase)):
            measure = "share" if is_share else "count"
            _keep(found, Meaning("question", question.key, span, measure, "true"), certainty)
        if question.type in NUMERIC and not is_share and (certainty := _names(question, core, phrase)):
            _keep(found, Meaning("question", question.key, span, "sum"), certainty)
    return _best(found)


def _keep(found: dict[Meaning, float], meaning: Meaning, certainty: float) -> None:
    found[meaning] = max(certainty, found.get(meaning, 0.0))


def _best(found: dict[Meaning, float]) -> Found | None:
    ranked = sorted(found.items(), key=lambda item: -item[1])
    if not ranked:
        return None
    others = tuple(meaning for meaning, _ in ranked[1:4])
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < 0.05:
        return ranked[0][0], 0.5, others
    return ranked[0][0], ranked[0][1], others


def _stripped(core: str) -> str:
    plain = _SHARE_END.sub("", same(core))
    shorter = _COUNT_END.sub("", plain)
    return shorter or plain


def _choices_said(
    question: QuestionDefinition, core: str, phrase: Phrase, questions: Sequence[QuestionDefinition]
) -> list[tuple[str, float]]:
    if question.type not in ("choice", "choices"):
        return []
    context = "".join(phrase.groups)
    is_named = bool(context) and _is_about(question, context)
    found = []
    for code, label, *_ in question.choices:
        for said in _variants(label):
            if core == said:
                if is_named:
                    found.append((code, 0.95))
                elif said not in _GENERIC and len(said) > 1 and not context:
                    found.append((code, 0.85))
                elif said not in _GENERIC and len(said) > 1:
                    found.append((code, 0.62 if _is_near(question, context, questions) else 0.5))
            elif said not in _GENERIC and len(said) > 1 and core in (f"{said}房", f"房{said}", f"{said}房户"):
                found.append((code, 0.85))
            elif core in {f"{subject}{said}" for subject in _subjects(question)} and len(core) > 2:
                found.append((code, 0.9))
    return found


def _variants(label: str) -> list[str]:
    """有，没清 → 有没清; 需要药品 …: a choice as a header may write it."""
    whole = same(label)
    parts = [same(part) for part in re.split(r"[，,、；;（(/)）]", label) if part]
    return list(dict.fromkeys([whole, *[part for part in parts if len(part) > 2]]))


def _subjects(question: QuestionDefinition) -> list[str]:
    names = (question.label, *question.headers)
    return [plain for name in names if (plain := _meant(name))]


def _meant(name: str) -> str:
    previous, plain = "", bare(name)
    while plain != previous:
        previous, plain = plain, _POINTLESS.sub("", plain)
    return same(plain)


def _is_about(question: QuestionDefinition, context: str) -> bool:
    plain = same(context)
    return any(
        plain == subject or plain == f"{subject}情况" or (len(plain) > 1 and plain in subject)
        for subject in (_stripped(name) for name in _subjects(question))
    )


def _is_near(question: QuestionDefinition, context: str, questions: Sequence[QuestionDefinition]) -> bool:
    """学生人数 over 小学 and 初中: another question of the same purpose is about 学生. 教职工 over them is not."""
    plain = _stripped(context)
    if _OF_THE_SWEEP.fullmatch(plain):
        return True
    related = [one for one in questions if set(one.purposes) & set(question.purposes)]
    return len(plain) > 1 and any(plain in name for one in related for name in (one.label, *one.headers))


def _names(question: QuestionDefinition, core: str, phrase: Phrase) -> float:
    """How surely the header names the question itself."""
    wanted = {core, same(phrase.whole), _stripped(phrase.whole), _meant(phrase.core), _meant(phrase.whole)}
    for name in (question.label, *question.headers):
        meant = _meant(name)
        if meant and (meant in wanted or _stripped(meant) in wanted) and len(_stripped(meant)) > 1:
            return 0.9 if not phrase.groups or meant in wanted else 0.8
    return 0.0
