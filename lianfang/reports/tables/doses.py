"""Counts of people by how many doses they have had: 接种0剂, 2针, 3剂及以上, 未接种人数."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.tables.meaning import Meaning
from lianfang.reports.tables.phrases import Phrase, bare

Found = tuple[Meaning, float, tuple[Meaning, ...]]
_DIGITS = str.maketrans("〇零一二两三四五", "00122345")
# 第一剂 is not among them: who has had two doses has had the first.
_DOSES = re.compile(
    r"(?:已|仅|只|共)?(?:新冠)?(?:疫苗)?(?:已|仅|只)?(?:接种|打|种)?(?:了|过|满)?(\d)(?:剂次?|针次?)(及其?以上|以上)?(?:的)?(?:人数|人员|人|数)?"
)
_NONE = re.compile(r"(?:未|没有?|从未|尚未)(?:接种|打|种)(?:疫苗|新冠疫苗)?(?:的)?(?:总?人数|人员|人|数)?")
_SOME = re.compile(
    r"(?:已|至少)?(?:接种|打)(?:过)?(?:疫苗)?(?:总?人数|总人数|的人数)|至少(?:接种)?一[剂针](?:次)?(?:人数)?"
)
_ASKED = re.compile(r"(?:已)?(?:摸底|摸排|排查|调查|询问|问到|登记)(?:的)?(?:总?人数|对象|总?数)")
_OF_DOSES = re.compile(r"疫苗|接种|剂次|针次")
_OTHER_VACCINES = re.compile(
    r"流感|狂犬|水痘|乙肝|麻|脊灰|HPV|宫颈|带状|肺炎球菌|百白破|卡介|猪|禽|犬|鸡|牛|羊|口蹄"
)
_NAMES_DOSES = re.compile(r"剂次|剂数|几剂|针次")


def doses_of(phrase: Phrase, title: str, questions: Sequence[QuestionDefinition]) -> Found | None:
    """None where the table is about another vaccine, or no question asks for doses."""
    context = title + phrase.whole
    if phrase.span == "other" or _OTHER_VACCINES.search(context):
        return None
    question = _question(questions)
    if question is None:
        return None
    span = phrase.span if phrase.span in ("today", "total") else ""
    core = bare(phrase.core)
    if match := _DOSES.fullmatch(core.translate(_DIGITS)):
        choice = f"{match[1]}-" if match[2] else match[1]
        return _count(question, choice, span), 0.9, ()
    if not _OF_DOSES.search(context):
        return None
    if _NONE.fullmatch(core):
        return _count(question, "0", span), 0.85, ()
    if _SOME.fullmatch(core):
        return _count(question, "1-", span), 0.75, ()
    return (_count(question, "", span), 0.86, ()) if _ASKED.fullmatch(core) else None


def _question(questions: Sequence[QuestionDefinition]) -> QuestionDefinition | None:
    found = [
        one
        for one in questions
        if one.type == "integer"
        and one.about == "person"
        and any(_NAMES_DOSES.search(name) for name in (one.label, *one.headers))
    ]
    return found[0] if len(found) == 1 else None


def _count(question: QuestionDefinition, choice: str, span: str) -> Meaning:
    return Meaning("question", question.key, span, "count", choice)
