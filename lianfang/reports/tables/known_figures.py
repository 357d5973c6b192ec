"""Which figure of the catalogue a header names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lianfang.reports.tables.meaning import CatalogueFigure, Meaning
from lianfang.reports.tables.phrases import Phrase, bare, phrase_of, same

Found = tuple[Meaning, float, tuple[Meaning, ...]]
_UNIT_END = {
    "户": re.compile(r"户数?$|数$"),
    "人": re.compile(r"人[数员]?$|数$"),
    "次": re.compile(r"次数?$|数$|人次$"),
}
_BARE = frozenset(("户数", "人数", "户", "人", "数", "次数", "人次", ""))
_ANY_END = re.compile(r"(?:户数|人数|人员|次数|数|户)$")
_OF_THE_SWEEP = re.compile(r"(?:应?排查|行动|入户|进度|进展|完成|任务|落实|推进|总体|户|其中|数据|数)+")
# Groups that only say of which kind a figure is. 重点场所 is none of them: what is done there is not done at doors.
_CLASS = re.compile(
    r"(?:重点|各类|特殊|特定|流动|管控|关注|外来)?(?:人员|人群|对象|群体|人口)(?:排查|管理|管控)?|(?:环境|爱国)?卫生|环境整治|"
    r"(?:新冠)?疫苗(?:接种)?|(?:疫情)?防控|出行|(?:清理?)?积水(?:清理)?|清积水|孳生地(?:清理)?|翻盆倒罐|人员流动|民生|服务"
)
# What names itself needs no group. 应排查, 户数, 率 are whatever stands above them.
_OF_ANY = re.compile(r"排查|应|未(?!清)|待|已(?!询?问)|率|逾期|核减|新增|抽查|^(?:户|人|次|数|人员)+$")
_FOUND, _LEFT = re.compile(r"(?:其中:?)?发现"), re.compile(r"没|未")
_DONE = re.compile(r"^(?:已经|已完成|完成|已)(?=.)")


def figure_of(phrase: Phrase, unit: str, figures: Sequence[CatalogueFigure]) -> Found | None:
    """By name and synonyms; with the span that the header asks. None: no figure, or none with that span."""
    if phrase.span == "other":
        return None
    found: dict[Meaning, float] = {}
    for figure in figures:
        if _FOUND.match(phrase.core) and _LEFT.search(figure.names[0]):
            continue  # 发现积水 counts also what was cleared on the spot; 积水没清 does not
        for name in figure.names:
            own = phrase_of((name,))
            if own.span and own.core in _BARE:  # 新增户数: 户数 alone would be any count
                own = Phrase(bare(name), (), "", "")
            if same(own.whole) in _BARE:  # 总户数(应排查): its bracket says what is counted
                continue
            certainty = _likeness(phrase, own, unit, figure.unit)
            if certainty and (placed := _with_span(figure, own.span, phrase.span)):
                meaning, share = placed
                found[meaning] = max(found.get(meaning, 0.0), certainty * share)
    ranked = sorted(found.items(), key=lambda item: -item[1])
    if not ranked:
        return None
    others = tuple(meaning for meaning, _ in ranked[1:4])
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < 0.02:
        return ranked[0][0], 0.55, others
    return ranked[0][0], ranked[0][1], others


def _likeness(phrase: Phrase, own: Phrase, unit: str, figure_unit: str) -> float:
    name = same(own.whole)
    context = same("".join(phrase.groups))
    # 应排查 below 排查情况 is the figure; below 重点场所 it is another.
    is_at_home = not context or context in name or bool(_OF_THE_SWEEP.fullmatch(context))
    core = same(phrase.core)
    is_class = bool(_CLASS.fullmatch(context)) and not _OF_ANY.search(core)
    alone = 0.95 if is_at_home else 0.8 if is_class else 0.5
    for said, certainty in ((same(phrase.whole), 0.95), (core, alone)):
        if said in _BARE:
            continue
        if said == name:
            return certainty
        plain, plain_name = _DONE.sub("", said), _DONE.sub("", name)
        if plain == plain_name and plain not in _BARE and not said.startswith(("应", "未", "待")):
            return certainty * 0.95
        if _fits(said, name, unit, figure_unit):
            return certainty * 0.9
    return 0.0


def _fits(said: str, name: str, unit: str, figure_unit: str) -> bool:
    """应排查户数 is 应排查 counted in 户."""
    end = _UNIT_END.get(figure_unit) if figure_unit else _ANY_END
    if end is None:
        return False
    if unit and figure_unit and unit not in (figure_unit, f"{figure_unit}数"):
        return False
    if not figure_unit and re.search(r"人[数员]?$", said) and "人" not in name:
        return False  # 应排查 is counted in what its round is about, and that is mostly households
    shorter = end.sub("", said)
    return bool(shorter) and shorter in (name, end.sub("", name)) and _of_one_unit(said, name)


def _of_one_unit(said: str, name: str) -> bool:
    """户数 never becomes 人数."""
    ends = [
        next((end for end in ("户", "人次", "人", "次") if re.search(f"{end}数?$", text)), "")
        for text in (said, name)
    ]
    return not all(ends) or ends[0] == ends[1]


def _with_span(figure: CatalogueFigure, own: str, asked: str) -> tuple[Meaning, float] | None:
    """A figure that has the span that is asked."""
    if figure.spans:
        if asked:
            return (Meaning("figure", figure.key, asked), 1.0) if asked in figure.spans else None
        if own in figure.spans:
            return Meaning("figure", figure.key, own), 0.9
        span = "total" if "total" in figure.spans else figure.spans[0]
        return Meaning("figure", figure.key, span), 0.9 if len(figure.spans) == 1 else 0.85
    if own == asked or (asked == "total" and not own):
        return Meaning("figure", figure.key), 1.0
    return (Meaning("figure", figure.key), 0.8) if not asked and own == "total" else None
