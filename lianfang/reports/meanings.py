"""What a column may mean, in words that a person can read, search for and type; and what Lianfang offers for one.

`Vocabulary.say` and `.read` are each other's inverse: the page sends words back, never codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from lianfang.core.letters import column_letter
from lianfang.questions.rules import QuestionDefinition
from lianfang.register.field_words import FIELD_WORDS
from lianfang.reports.figures import BY_KEY, FIGURES, SPANNED, Words
from lianfang.reports.queries.table_values.asking import NAMED_ROWS, NUMERIC
from lianfang.reports.queries.table_values.names import FIELDS
from lianfang.reports.tables import Catalogue, CatalogueFigure, Meaning, TemplateSheet

# How departments call the figures, beside the name that each has of its own.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "households": (
        "排查户数",
        "已排查户数",
        "入户户数",
        "摸排户数",
        "走访户数",
        "完成户数",
        "排查户",
        "已排查",
        "已完成户数",
        "households done",
        "households visited",
        "households checked",
        "households completed",
    ),
    "people": (
        "排查人数",
        "见到人数",
        "摸排人数",
        "走访人数",
        "登记人数",
        "见面人数",
        "people seen",
        "people met",
    ),
    "visits": ("上门次数", "入户次数", "走访次数", "上门人次", "visits", "visits made"),
    "returned": (
        "外地回来人数",
        "返乡人数",
        "返乡人员",
        "外来返回人数",
        "来返人数",
        "返回人数",
        "returnees",
        "people returned",
    ),
    "nobody_home": ("无人应门", "家中无人", "无人在家"),
    "refused": ("拒绝户数", "拒访", "拒绝入户", "拒绝开门", "拒不开门", "refused"),
    "workers": ("上门人员", "投入人员", "出动人员", "投入人力", "工作人员数"),
    "due": ("应排查户数", "应排查", "底数", "households due", "应摸排户数", "总户数(应排查)"),
    "exempt": ("核减户数", "exempt", "households exempt"),
    "not_met": ("未见到户数", "未见到", "not met", "households not met"),
    "open": ("待排查户数", "未排查户数", "未排查", "未完成户数", "households open", "not yet visited"),
    "overdue": ("逾期户数", "households overdue", "overdue"),
    "rate": ("完成率", "排查率", "覆盖率(%)", "进度", "入户率", "coverage", "coverage rate"),
    "found_due": ("新增户数",),
    "water_left": ("有积水未清户数", "积水户数", "未清积水户数", "积水未清理户数", "积水未清户数"),
    "doses_asked": ("已询问剂次人数", "已问剂次人数", "剂次已问人数"),
    "rechecked": ("抽查户数", "复核户数"),
    "held": ("待处理",),
}
_PLACES = {
    "county": lazy("县市区名"),
    "township": lazy("乡镇、街道名"),
    "village": lazy("村、社区名"),
    "group": lazy("组名"),
    "grid": lazy("网格名"),
    "estate": lazy("小区名"),
    "section": lazy("原村片区名"),
    "building": lazy("楼栋名"),
    "answers": lazy("责任人姓名"),
    "code": lazy("区划代码"),
    "path": lazy("完整地址"),
}
_COUNTS: tuple[tuple[str, str, Words], ...] = (
    ("household_count", "", lazy("户数")),
    ("people_count", "", lazy("人口数")),
    ("is_living_here", "true", lazy("常住人口")),
    ("is_registered_here", "true", lazy("户籍人口")),
    ("is_here_tonight", "true", lazy("今晚在家人数")),
    ("is_living_here", "false", lazy("不常住人口")),
    ("sex", "male", lazy("男")),
    ("sex", "female", lazy("女")),
    ("age", "60-", lazy("60岁以上")),
    ("age", "65-", lazy("65岁以上")),
    ("age", "80-", lazy("80岁以上")),
    ("age", "-2", lazy("2岁以下")),
    ("age", "3-6", lazy("3到6岁")),
    ("age", "6-15", lazy("6到15岁")),
    ("age", "-17", lazy("17岁以下")),
    ("age", "18-", lazy("18岁以上")),
    ("age", "18-59", lazy("18到59岁")),
)
_OTHER_FIELDS = {
    "age": lazy("年龄"),
    "visited_on": lazy("最近上门日期"),
    "door": lazy("住址"),
    "head_phone": lazy("户主电话"),
    "head_id_number": lazy("户主证件号"),
}
_AGES = re.compile(
    r"(?:(\d{1,3})\s*(?:到|至|-|—|~)\s*(\d{1,3})\s*岁|(\d{1,3})\s*岁(及)?以上|(\d{1,3})\s*岁(及)?以下)"
)


_AGES_IN_ENGLISH = re.compile(
    r"(?:(\d{1,3}) to (\d{1,3}) years|(\d{1,3}) and (older)|(\d{1,3}) and (younger))"
)


def catalogue(questions: Iterable[QuestionDefinition], villages: Iterable[str]) -> Catalogue:
    """What there is to fill a column with, as `tables.propose` wants it. The words of the county: Chinese."""
    spanned = {key for spans in SPANNED.values() for key in spans.values()}
    figures = [
        CatalogueFigure(
            key,
            tuple(dict.fromkeys((*_own_names(key), *SYNONYMS.get(key, ())))),
            tuple(spans),
            str(_unit_of(key)),
        )
        for key, spans in SPANNED.items()
    ]
    figures += [
        CatalogueFigure(one.key, (str(one.name), *SYNONYMS.get(one.key, ())), (), str(one.unit))
        for one in FIGURES
        if one.key not in spanned
    ]
    return Catalogue(tuple(figures), tuple(questions), frozenset(villages))


def _own_names(key: str) -> list[str]:
    """今日排查户数 is the figure 排查户数 with a span."""
    names = [str(BY_KEY[one].name) for one in SPANNED[key].values()]
    return [re.sub(r"^(今日|本轮|累计)", "", name) for name in names]


def _unit_of(key: str) -> str:
    return str(next(iter(BY_KEY[one].unit for one in SPANNED[key].values())))


@dataclass(frozen=True)
class Vocabulary:
    """The words for one kind of row."""

    row_kind: str
    questions: tuple[QuestionDefinition, ...]

    @cached_property
    def choices(self) -> dict[str, Meaning]:
        """Words → meaning, in the order in which they are offered."""
        found: dict[str, Meaning] = {_("序号"): Meaning("number")}
        for key, word in _PLACES.items():
            found[_("地方：%(word)s") % {"word": word}] = Meaning("place", key)
        if self.row_kind in NAMED_ROWS:
            self._of_names(found)
        else:
            self._of_figures(found)
        if self.row_kind != "person":
            self._of_counts(found)
        for question in self.questions:
            self._of_question(found, question)
        found[_("模板自己的公式")] = Meaning("formula")
        return found

    def _of_names(self, found: dict[str, Meaning]) -> None:
        for key in FIELDS[self.row_kind]:
            word = FIELD_WORDS.get(key) or _OTHER_FIELDS[key]
            found[_("底册：%(word)s") % {"word": word}] = Meaning("register", key, measure="value")

    def _of_counts(self, found: dict[str, Meaning]) -> None:
        for key, choice, word in _COUNTS:
            found[_("底册：%(word)s") % {"word": word}] = Meaning(
                "register", key, measure="count", choice=choice
            )

    def _of_figures(self, found: dict[str, Meaning]) -> None:
        spanned = {key for spans in SPANNED.values() for key in spans.values()}
        for key, spans in SPANNED.items():
            for span, own in spans.items():
                found[_("指标：%(word)s") % {"word": BY_KEY[own].name}] = Meaning("figure", key, span)
        for figure in FIGURES:
            if figure.key not in spanned:
                found[_("指标：%(word)s") % {"word": figure.name}] = Meaning("figure", figure.key)

    def _of_question(self, found: dict[str, Meaning], question: QuestionDefinition) -> None:
        is_named = self.row_kind in NAMED_ROWS
        ask = Meaning("question", question.key)
        each: list[tuple[str, Meaning]] = []
        if is_named:
            each.append((_("回答"), replace(ask, measure="value")))
        if not is_named and question.type in NUMERIC:
            each.append((_("合计"), replace(ask, measure="sum")))
        if not is_named:
            each.append((_("问到的数"), replace(ask, measure="count")))
        if question.privacy != "sensitive":
            for code, word in _coded(question):
                each.append(
                    (_("“%(word)s”的数") % {"word": word}, replace(ask, measure="count", choice=code))
                )
                if not is_named:
                    each.append(
                        (_("“%(word)s”的占比") % {"word": word}, replace(ask, measure="share", choice=code))
                    )
        for word, meaning in each:
            said = _("填报项：%(label)s，%(word)s") % {"label": question.label, "word": word}
            if said in found:
                said += f"（{question.key}）"
            found[said] = meaning
            if meaning.measure != "share":
                found[_("%(said)s，今日") % {"said": said}] = replace(meaning, span="today")

    @cached_property
    def _words(self) -> dict[Meaning, str]:
        return {meaning: words for words, meaning in reversed(list(self.choices.items()))}

    def say(self, meaning: Meaning, layout: TemplateSheet) -> str:
        """'' for what is not known."""
        if meaning.kind == "unknown":
            return ""
        if meaning.kind == "text":
            return _("固定文字：%(text)s") % {"text": meaning.text}
        if meaning.kind == "formula" and meaning.text:
            return self._say_formula(meaning.text, layout)
        if meaning.kind == "register" and meaning.key == "age" and meaning.measure == "count":
            return self._words.get(meaning) or _("底册：%(word)s") % {"word": _age_words(meaning.choice)}
        return (
            self._words.get(meaning)
            or self._words.get(replace(meaning, span="", text=""))
            or self._words.get(replace(meaning, span="total", text=""))
            or self._words.get(replace(meaning, measure="count", span="", text=""))
            or self._words.get(replace(meaning, measure="value", span="", text=""))
            or self._unsaid(meaning)
        )

    def _unsaid(self, meaning: Meaning) -> str:
        """A meaning that this kind of row has no words for: what a person must look at."""
        return f"{meaning.kind}:{meaning.key}"

    def _say_formula(self, text: str, layout: TemplateSheet) -> str:
        how, _sep, places = text.partition(":")
        letters = [_letter(layout, place) for place in places.split(",") if place.isdecimal()]
        if how == "quotient" and len(letters) > 1:
            return _("占比：%(of)s") % {"of": f"{letters[0]}÷{'+'.join(letters[1:])}"}
        return _("合计：%(of)s") % {"of": "+".join(letters)}

    def read(self, text: str, layout: TemplateSheet) -> Meaning | None:
        """The meaning of what was typed or chosen; None when it is nothing that exists. Empty is not known."""
        text = text.strip()
        if not text:
            return Meaning("unknown")
        if text in self.choices:
            return self.choices[text]
        if fixed := _said_in(text, _("固定文字：%(text)s")):
            return Meaning("text", text=fixed)
        if summed := _said_in(text, _("合计：%(of)s")):
            return _formula("sum", summed.split("+"), layout)
        if divided := _said_in(text, _("占比：%(of)s")):
            part, _sep, whole = divided.replace("/", "÷").partition("÷")
            return _formula("quotient", [part, *whole.strip("()（）").split("+")], layout)
        if self.row_kind != "person" and (ages := _AGES.search(text) or _AGES_IN_ENGLISH.search(text)):
            return Meaning("register", "age", measure="count", choice=_age_choice(ages))
        alike = [words for words in self.choices if text in words]
        return self.choices[alike[0]] if len(alike) == 1 else None


def _coded(question: QuestionDefinition) -> list[tuple[str, str]]:
    if question.type == "integer":  # how many have had two doses; in how many households anybody came back
        return [(code, _number_words(code)) for code in _NUMBERS[question.about]]
    if question.type == "boolean":
        return [("true", _("是")), ("false", _("否"))]
    return list(question.choices)


def _said_in(text: str, template: str) -> str:
    """What stands in `text` where `template` has its blank, which is its end; empty when it is something else."""
    head = template.partition("%(")[0].rstrip()
    return text.removeprefix(head).strip() if text.startswith(head) else ""


_NUMBERS = {"person": ("0", "1", "2", "3", "4", "1-", "2-", "3-", "4-"), "household": ("0", "1-")}


def _number_words(code: str) -> str:
    number, more, _high = code.partition("-")
    return _("%(number)s及以上") % {"number": number} if more else number


def _letter(layout: TemplateSheet, place: str) -> str:
    at = int(place)
    return column_letter(layout.columns[at].index - 1) if at < len(layout.columns) else "?"


def _formula(how: str, letters: Iterable[str], layout: TemplateSheet) -> Meaning | None:
    by_letter = {column_letter(column.index - 1): at for at, column in enumerate(layout.columns)}
    places = [by_letter.get(letter.strip().upper()) for letter in letters]
    if not places or None in places or (how == "quotient" and len(places) < 2):
        return None
    return Meaning("formula", text=f"{how}:{','.join(str(one) for one in places)}")


def _age_choice(match: re.Match[str]) -> str:
    low, high, above, _and, below, _also = match.groups()
    return f"{low}-{high}" if low else f"{above}-" if above else f"-{below}"


def _age_words(choice: str) -> str:
    low, _sep, high = choice.partition("-")
    if low and high:
        return _("%(low)s到%(high)s岁") % {"low": low, "high": high}
    return _("%(age)s岁以上") % {"age": low} if low else _("%(age)s岁以下") % {"age": high}
