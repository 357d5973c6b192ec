"""Whom a sheet of names is about, as its title says it: 60岁以上独居老人花名册, 留守儿童台账. Pure.

A guess for the page, to be looked at. Better one condition too many than the county's whole register with its ids: what
is too narrow is missed by who asked; what is too wide is never given back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.queries.table_values import Who

_ABOVE = re.compile(r"(\d{1,3})(?:周?岁)?(?:\(含\)|（含）)?(?:及其?)?以上")
_BELOW = re.compile(r"(\d{1,3})(?:周?岁)(?P<with>\(含\)|（含）|及其?)?以下|(?:未满|不满)(\d{1,3})周?岁")
_BETWEEN = re.compile(r"(\d{1,3})(?:周?岁)?[-~—至到～](\d{1,3})周?岁")
_OLD, _CHILD = re.compile(r"老年?人|高龄|空巢|养老"), re.compile(r"儿童|未成年|孩子|幼儿|学龄")
_WOMEN, _MEN = re.compile(r"妇女|女性|孕产|育龄"), re.compile(r"男性|适龄男")
# Of these words alone nothing is picked: every form is about a visit.
_POINTLESS = re.compile(r"是否|有无|近?\d+天(?:内)?|这几天|情况|人员|登记|名册")


def who_is_listed(title: str, questions: Sequence[QuestionDefinition]) -> Who:
    """What the title, or the name of the sheet, narrows."""
    conditions: list[dict[str, Any]] = []
    low, high = _ages(title)
    if low is not None:
        conditions.append({"field": "age", "op": ">=", "value": low})
    if high is not None:
        conditions.append({"field": "age", "op": "<=", "value": high})
    if _WOMEN.search(title):
        conditions.append({"field": "sex", "op": "==", "value": "female"})
    elif _MEN.search(title):
        conditions.append({"field": "sex", "op": "==", "value": "male"})
    picked = _picked(title, questions)
    return Who(conditions=tuple(conditions), answers=((picked, True),) if picked else ())


def _ages(title: str) -> tuple[int | None, int | None]:
    if between := _BETWEEN.search(title):
        return int(between[1]), int(between[2])
    low = int(found[1]) if (found := _ABOVE.search(title)) else None
    high = None
    if found := _BELOW.search(title):
        high = int(found[3]) - 1 if found[3] else int(found[1]) - (0 if found["with"] else 1)
    if low is None and high is None:
        low = 60 if _OLD.search(title) else None
        high = 17 if low is None and _CHILD.search(title) else None
    return low, high


def _picked(title: str, questions: Sequence[QuestionDefinition]) -> str:
    """The yes-or-no question about a person whose words stand in the title: the longest, when it is one alone."""
    found: dict[str, int] = {}
    for question in questions:
        if question.type != "boolean" or question.about != "person" or question.privacy == "sensitive":
            continue
        for name in (question.label, *question.headers):
            plain = _POINTLESS.sub("", name)
            if len(plain) >= 2 and (plain in title or (len(plain) >= 4 and plain[:2] in title)):
                size = len(plain) if plain in title else 2
                found[question.key] = max(found.get(question.key, 0), size)
    best = sorted(found.items(), key=lambda item: -item[1])
    return best[0][0] if best and (len(best) == 1 or best[0][1] > best[1][1]) else ""


def said_of(who: Who, bases: dict[str, str], questions: dict[str, QuestionDefinition]) -> str:
    """常住，60岁以上，女，独居老人＝是: for whoever approves it."""
    said = [bases.get(who.base, who.base)]
    words = {">=": _("%(age)s岁以上"), "<=": _("%(age)s岁以下（含）")}
    for one in who.conditions:
        if one["field"] == "age" and one["op"] in words:
            said.append(words[one["op"]] % {"age": one["value"]})
        elif one["field"] == "sex":
            said.append(_("女") if one["value"] == "female" else _("男"))
    for key, value in who.answers:
        question = questions.get(key)
        coded = dict(question.choices) if question else {}
        word = (_("是") if value else _("否")) if isinstance(value, bool) else coded.get(value, str(value))
        said.append(f"{question.label if question else key}＝{word}")
    if len(said) == 1:
        said.append(_("所有人都列"))
    return _("，").join(said)
