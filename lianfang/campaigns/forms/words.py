"""What the pages of forms call things."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from lianfang.questions.drafting import Line, renamed
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.field_words import FIELD_WORDS

PURPOSE_WORDS = {
    "household_sweep": _("入户排查"),
    "returnee_watch": _("返乡人员健康监测"),
    "vaccination": _("疫苗接种"),
    "vector_control": _("病媒防制（登革热、基孔肯雅热）"),
    "care": _("生活保障和照料"),
    "school": _("学校和托幼健康监测"),
    "civil_affairs": _("民政救助"),
}
TYPE_WORDS = {
    "boolean": _("是或否"),
    "integer": _("整数"),
    "decimal": _("小数"),
    "date": _("日期"),
    "choice": _("选一项"),
    "choices": _("可选几项"),
    "text": _("文字"),
}
ABOUT_WORDS = {"household": _("每户"), "person": _("每人")}
PRIVACY_WORDS = {"plain": _("一般"), "personal": _("个人"), "sensitive": _("敏感，加密")}
SOURCE_WORDS = {
    "table": _("Excel表"),
    "pasted": _("粘贴的表头"),
    "xlsform": _("XLSForm"),
    "desk": _("在桌面上做"),
    "version": _("新版本"),
}
# Why a line is not asked.
REASON_WORDS = {
    "derived": _("算得出来，不问"),
    "kept": _("谁、哪天上门，系统自己记"),
    "assigned": _("包保和责任人里有，不再问"),
    "twice": _("与前面一列是同一项，只问一次"),
    "remark": _("上门登记时另有备注，不单问"),
    "nameless": _("没有表头"),
    "note": _("说明文字，不是要答的"),
    "never": _("原表里从不显示"),
    "said": _("您选了不问"),
    "other_purpose": _("词典里有这一项，但不用于这个用途，另立一项"),
}


def purpose_word(key: str) -> str:
    return str(PURPOSE_WORDS.get(key, key))


def purposes_offered(known: Mapping[str, QuestionDefinition]) -> list[tuple[str, str]]:
    """Every purpose that a form can have: those with words of their own, and whatever else the dictionary serves."""
    served = {purpose for question in known.values() for purpose in question.purposes}
    others = sorted(served - set(PURPOSE_WORDS))
    return [*((key, str(word)) for key, word in PURPOSE_WORDS.items()), *((key, key) for key in others)]


_CASES = re.compile(
    r"(?P<name>[A-Za-z_]\w*) (?P<sign>==|!=) (?P<value>true|false|null|'[^']*')|'(?P<code>[^']*)' in (?P<several>[A-Za-z_]\w*)"
)


def condition_words(condition: str, questions: Mapping[str, QuestionDefinition]) -> str:
    """A condition as one reads it: “是否养犬”是“是”并且“几只”> 2. Only for reading; what is evaluated is the CEL."""
    said = _CASES.sub(lambda case: _case_words(case, questions) or case[0], condition)
    said = renamed(said, {name: f"“{question.label}”" for name, question in questions.items()})
    joined = said.replace(" && ", pgettext("condition", "并且")).replace(
        " || ", pgettext("condition", "或者")
    )
    return joined.replace("!(", pgettext("negation", "不是") + "(")


def _case_words(case: re.Match[str], questions: Mapping[str, QuestionDefinition]) -> str:
    question = questions.get(case["name"] or case["several"])
    if question is None:
        return ""
    label, is_not = f"“{question.label}”", case["sign"] == "!="
    if case["value"] == "null":
        return label + (pgettext("condition", "填了") if is_not else pgettext("condition", "没填"))
    if case["value"] in ("true", "false"):
        answer = gettext("是") if case["value"] == "true" else gettext("否")
        return label + _equal_word(is_not) + f"“{answer}”"
    code = case["code"] if case["several"] else case["value"].strip("'")
    answer = dict(question.choices).get(code, code)
    if case["several"]:
        return label + pgettext("condition", "有") + f"“{answer}”"
    return label + _equal_word(is_not) + f"“{answer}”"


def _equal_word(is_not: bool) -> str:
    return pgettext("condition", "不是") if is_not else pgettext("condition", "是")


def reason_of(line: Line) -> str:
    """Why a line is not asked, or why a new question is proposed, in words; "" when there is nothing to say."""
    if line.reason in FIELD_WORDS:
        return str(_("底册里已有“%(field)s”，不再问")) % {"field": FIELD_WORDS[line.reason]}
    if line.kind == "refused":
        return str(_("按规定不得收集（%(subject)s）")) % {"subject": gettext(line.reason)}
    return str(REASON_WORDS.get(line.reason, line.reason))
