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
    r"(?:的)?(?:人员|人口|人|户|家庭|患者|病人|对象|家庭户)?(?:总?数|人数|户数|人次)$|"
    r"(?:人数|户数|人次|人员|患者|病人|对象|户|人)$"
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
_WORDED = (
    (re.compile(r"状况"), "状态"),
    (re.compile(r"已(?=接种)"), ""),
    (re.compile(r"接种(?:新冠)?疫苗(?=剂|针)"), "疫苗接种"),
    (re.compile(r"何地(?=返|回|来)"), "何处"),
    (re.compile(r"(?<=需求)内容$"), ""),
    (re.compile(r"本[县市](?!的)|本辖区"), "本地"),
)
_HAVING = re.compile(r"^(?:家中|家里|户内|家庭|户中)(?:中)?有?")
_CHECKED = re.compile(r"(?:检查|排查|查看|调查|入户|巡查)户数?")
_NEED = re.compile(r"^(?:今日)?(?:急)?需要?(?:帮助|解决|提供|保障)?")
# Cases of the health and disease services are counted by them, not by what people say at the door.
_OFFICIAL = re.compile(r"密接|次密|密切接触者|确诊|疑似|无症状|阳性|病例")
_OF_THE_SWEEP = re.compile(r"(?:排查|户|房|走访|入户|其中|总|数)+")
_POINTLESS = re.compile(
    r"^(?:近|过去)?\d*(?:天|日|小时)内?|^(?:这几天|目前|现在|今天|最近|是否|有无|有没有|曾|已|正在)+|(?:几人|几个|几|吗|情况|没有)$"
)


def value_of(header: str, questions: Sequence[QuestionDefinition]) -> Found | None:
    """In a row of a person or a household: the answer itself."""
    for said, share in _worded(header):
        found = find_question(said, questions)
        if found is not None:
            certainty = round(found.confidence * share, 2)
            return Meaning("question", found.question.key, measure="value"), certainty, ()
    return None


def _worded(header: str) -> list[tuple[str, float]]:
    """The header as it stands, then in the words that the dictionary more often has."""
    said = [(header, 1.0)]
    for pattern, word in _WORDED:
        said += [(pattern.sub(word, text), 0.9) for text, _ in list(said) if pattern.search(text)]
    return said


def counted_of(phrase: Phrase, header: str, questions: Sequence[QuestionDefinition]) -> Found | None:
    """In a row of an area: how many said so, or the sum of what they said. None when two would fit."""
    if phrase.span == "other" or _OFFICIAL.fullmatch(_stripped(phrase.core)):
        return None
    if phrase.groups and same(phrase.core) in ("人数", "户数", "人", "户"):  # 低保对象.人数
        joined = Phrase(phrase.groups[-1] + phrase.core, phrase.groups[:-1], phrase.span, phrase.hint)
        about = "household" if "户" in phrase.core else "person"
        return counted_of(joined, header, [one for one in questions if one.about == about])
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
        if _is_checked(question, phrase):
            _keep(found, Meaning("question", question.key, span, "count"), 0.8)
        if question.type in NUMERIC and not is_share and (certainty := _names(question, core, phrase)):
            _keep(found, Meaning("question", question.key, span, "sum"), certainty)
    return _best(found)


def _is_checked(question: QuestionDefinition, phrase: Phrase) -> bool:
    """清积水.检查户数: households where that was looked at, whatever was found."""
    if question.type != "choice" or question.about != "household" or not phrase.groups:
        return False
    context = re.sub(r"^清理?|(?:清理|检查|排查)$", "", same(phrase.groups[-1]))
    return bool(_CHECKED.fullmatch(bare(phrase.core))) and context in _subjects(question)


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
    context = _HAVING.sub("", "".join(phrase.groups))
    is_named = bool(context) and _is_about(question, context)
    need = _NEED.match(core)
    needed = core[need.end() :] if need and any("需" in name for name in _subjects(question)) else ""
    found = []
    for code, label, *_ in question.choices:
        for said in _variants(label):
            if needed and needed == said and said not in _GENERIC:
                found.append((code, 0.85))
            elif core == said:
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
