"""A cell read as the answer to a question, however it is written: √, 是, 两个, 2人, 有，清了, 8月7日. Pure.

What can be meant in one way is taken and shown as understood; anything else is a fault with the choices there are.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from lianfang.core.problems import N_, Problem
from lianfang.intake.typed import typed_date
from lianfang.questions.checking import fault_words
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.rules import NOTHING, count, doses, report_day, text, words, yes_no

_NONE = words("无 没 没有 否 零 没得 不需要 不用 未 暂无 × x X 0")
_DECIMAL = re.compile(r"(-?\d{1,9}(?:\.\d{1,6})?)\s*(?:℃|度|°C|°|kg|公斤|米|元|%)?", re.IGNORECASE)
_SIGNS = re.compile(r"[\s,，、;；.。:：()（）/]+")
_NOT = re.compile("[不没无未非]")
_SPLIT = re.compile(r"[\s,，、;；/+&]+|和|及")
YES, NO = N_("是"), N_("否")
_REMEDIES = {
    "boolean": N_("写是或否，也可以写1、0"),
    "integer": N_("写一个数"),
    "decimal": N_("写一个数"),
    "date": N_("写0820、8月20日、2026-08-20"),
    "text": N_("写1到400个字"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` is JSON, None when nothing is written; `shown` the text as understood; `code` what is wrong."""

    value: Any = None
    shown: str = ""
    code: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


def read_answer(question: QuestionDefinition, cell: str, near: dt.date, *, is_coded: bool) -> Reading:
    """`near`: the day of the sheet, by which days without a year are read. `is_coded`: digits stand for choices."""
    plain = text(cell)
    if not plain or (plain in NOTHING and plain not in _NONE and not question.choices):
        return Reading()
    match question.type:
        case "boolean":
            value: Any = yes_no(plain)[0]
        case "integer":
            value = _whole(question, plain)
        case "decimal":
            value = _decimal(plain)
        case "date":
            return read_day(cell, near, question.label)
        case "choice":
            value = _choice(question, plain, is_coded=is_coded)
        case "choices":
            value = _choices(question, plain, is_coded=is_coded)
        case _:
            value = plain
    if value is None and plain in NOTHING:
        return Reading()
    if value is None or (detail := fault_words(question, value)):
        why = fault_words(question, plain) if value is None else detail
        return Reading(
            None, cell, "answer", {"text": plain[:20], "detail": why, "remedy": remedy_of(question)}
        )
    return Reading(value, shown_as(question, value))


def remedy_of(question: QuestionDefinition) -> str:
    """What may be written, in words."""
    if question.choices:
        choices = "、".join(f"{at}{label}" for at, (_code, label) in enumerate(question.choices, 1))
        return _("写其中一项：%(choices)s") % {"choices": choices}
    remedy = _(_REMEDIES[question.type])
    if question.type in ("integer", "decimal") and question.low is not None and question.high is not None:
        return _("写%(low)g到%(high)g之间的数") % {"low": question.low, "high": question.high}
    return remedy


def shown_as(question: QuestionDefinition, value: Any) -> str:
    """An answer as the sheet shows it, and reads it again as the same answer."""
    if value is None:
        return ""
    if question.type == "boolean":
        return _(YES) if value else _(NO)
    names = dict(question.choices)
    if isinstance(value, list):
        return "、".join(names.get(str(code), str(code)) for code in value)
    if isinstance(value, float):
        return f"{value:g}"
    return names.get(str(value), str(value))


def read_day(cell: str, near: dt.date, label: str = "") -> Reading:
    """A day near the sheet's: 8月7日, 8.7, 0807, 昨天. A lone 8.1 may be what a spreadsheet made of 8.10."""
    plain = unicodedata.normalize("NFKC", text(cell))
    if re.fullmatch(r"\d{1,2}\.[123]", plain):
        return Reading(None, cell, "date_zero", {"text": plain})
    number = int(plain) if re.fullmatch(r"[34]\d{4}", plain) else plain  # a spreadsheet's day number
    day, code = report_day(number, near)
    if day is None and code != "register.birth_lunar":
        try:
            day = typed_date(plain, near)
        except Problem:
            day = None
    if day is None:
        wrong = "lunar" if code == "register.birth_lunar" else "date"
        return Reading(None, cell, wrong, {"text": plain[:20]})
    return Reading(day.isoformat(), day.isoformat())


def _whole(question: QuestionDefinition, plain: str) -> int | None:
    if plain in _NONE:
        return 0
    folded = unicodedata.normalize("NFKC", plain)
    if match := re.fullmatch(r"(-?\d{1,9})\.0+", folded):
        return int(match[1])
    if re.fullmatch(r"-\d{1,9}", folded):
        return int(folded)
    found, _code = count(folded)
    if found is None and re.search("[剂针]", question.label + question.unit):
        found, _code = doses(folded)
    return found


def _decimal(plain: str) -> float | None:
    match = _DECIMAL.fullmatch(unicodedata.normalize("NFKC", plain).replace("。", ".").replace("，", "."))
    return float(match[1]) if match else None


def _choice(question: QuestionDefinition, plain: str, *, is_coded: bool) -> str | None:
    digit = unicodedata.normalize("NFKC", plain)
    if is_coded and digit.isdigit():
        return question.choices[int(digit) - 1][0] if 0 < int(digit) <= len(question.choices) else None
    if plain in dict(question.choices):
        return plain
    said = _bare(plain)
    labels = {code: _bare(label) for code, label in question.choices}
    exact = [code for code, label in labels.items() if label == said]
    # 3空置, ③其他: our own sheets print the number before the word.
    exact = exact or [code for code, label in labels.items() if label == re.sub(r"^\d{1,2}", "", said)]
    if not exact and plain in _NONE:
        exact = [code for code, label in labels.items() if label in _NONE]
    if not exact:  # 清了 of 有，清了; but 接种 is no part of 不接种
        exact = [code for code, label in question.choices if said in map(_bare, _SPLIT.split(label))]
    if not exact and not _NOT.match(said):  # 空 of 空置, where nothing else begins so
        exact = [code for code, label in labels.items() if label.startswith(said)]
    return exact[0] if len(exact) == 1 else None


def _choices(question: QuestionDefinition, plain: str, *, is_coded: bool) -> list[str] | None:
    digits = unicodedata.normalize("NFKC", plain)
    if is_coded and digits.isdigit() and len(question.choices) < 10:
        parts = list(digits)  # 24 is the second and the fourth
    else:
        whole = _choice(
            question, plain, is_coded=is_coded
        )  # a label may hold a sign by which others are parted
        parts = [plain] if whole else [part for part in _SPLIT.split(plain) if part]
    found: list[str] = []
    for part in parts:
        code = _choice(question, part, is_coded=is_coded)
        if code is None:
            return None
        if code not in found:
            found.append(code)
    return found or None


def _bare(words: str) -> str:
    return _SIGNS.sub("", unicodedata.normalize("NFKC", words)).lower()
