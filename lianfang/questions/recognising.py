"""Which question of the dictionary a header of somebody's sheet asks for. Pure.

Never a wrong one rather than one more: a header is taken when, without its hints, numbering and filling words, it says
the same as a name of exactly one question, and its hints (units, yes/no) fit the question's type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

from lianfang.core.refusing import refused_subject
from lianfang.questions.rules import QuestionDefinition


@dataclass(frozen=True)
class Recognised:
    question: QuestionDefinition
    confidence: float  # 1 = the very words of the dictionary, down to 0.7 = but for a slip of the keyboard


_TRADITIONAL = str.maketrans(
    "現體溫發熱檢測覈種劑數時間離開達來從國風險區觸狀況過無沒們積漬處陽業務學號證員獨殘疾裡幾疊紅綠碼樣車場飛機後歲",
    "现体温发热检测核种剂数时间离开达来从国风险区触状况过无没们积渍处阳业务学号证员独残疾里几叠红绿码样车场飞机后岁",
)
_BRACKETS = re.compile(r"[(\[【<《〔{]([^)\]】>》〕}]*)[)\]】>》〕}]")
_SIGNS = re.compile(r"[\s​-‏⁠﻿*＊:：、/\\。_,，;；·'\"“”‘’?？!！#+|~〜—–-]+")
_ORDINAL = re.compile(r"^(?:[(（]?\d{1,2}[)）.、．]|[一二三四五六七八九十]{1,2}[、.．]|第?[①-⑳])\s*")
_NUMBERED = re.compile(r"^\d{1,2}(?=[一-鿿]{2})(?!\d*[天日周月年人个户小岁剂])")
# A colon with the answers behind it: 疫苗剂次：0/1/2/3, 现有症状：无/发热/咳嗽.
_ANSWERS = re.compile(r"[:：]\s*(.+)$")
_CHINESE_NUMBERS = str.maketrans("〇零一二两三四五六七八九", "001223456789")
_DAYS = re.compile(r"十([一二三四五六七八九])(?=[天日])|([二三])十([一二三四五六七八九])?(?=[天日])")
# Words that change nothing of what is asked. 是否 and 有无 are looked at before they go.
_YES_NO = re.compile(r"是否|有无|有没有|是不是|能否|能不能|是/否|有/无")
_FILLERS = re.compile(
    r"是否|有无|有没有|是不是|请(?:如实)?填[写报]|请选择|必[填选]|选填|单选|多选|本人|您的?|被登记人|被调查人|居民|"
    r"目前|当前|现在|现阶段|情况|登记|信息|的|地?有|为|是|曾|内|所|请问|该户|该人|等|及|和|与|或"
)
_SPANS = re.compile(r"^(?:今日|当日|本日|今天|累计|总计|合计|小计|新增|本期|本次|本轮|目前|截至目前|其中)+$")
# Words over a group of columns that say nothing about who or what is meant.
_NEUTRAL = re.compile(
    r"^(?:本人|个人|人员|居民|家庭|户|住户|家庭成员|成员|基本|基础|详细|主要|其他|其它|相关|有关|本户|入户|摸排|排查|调查|登记|核查|填报|走访|检查|监测|"
    r"问卷|内容|信息|情况|数据|资料|项目|明细|记录|结果|表|健康|状况|部分|一|二|三|四|五)+$"
)
# Words over a group that tell the purpose of what stands below.
_TOPICS = (
    (re.compile(r"学生|就学|就读|教育|在校|学籍"), "school"),
    (re.compile(r"返乡|来返|返回|行程|旅居|外地"), "returnee_watch"),
    (re.compile(r"疫苗|接种"), "vaccination"),
    (re.compile(r"积水|容器|孳生|蚊|登革|基孔"), "vector_control"),
    (re.compile(r"救助|民政|困难|帮扶|关爱"), "civil_affairs"),
    (re.compile(r"需求|困难|帮扶"), "care"),
)
# Somebody else than the person of the row, or another time than the question means.
_OTHERS = re.compile(
    r"户主|监护|家长|父亲|母亲|父母|配偶|子女|孩子|小孩|老人(?!.{0,2}独居)|紧急|包保|包联|联系人|联络人|负责人|责任人|网格[员长]|组长|村医|医生|干部|审核|登记人|"
    r"调查人|核查人|摸排人|经办|录入|房东|业主|推送|邻居|亲属|家人|同住|同行人|共同居住|密接者|接触者|病例|司机|驾驶员|乘客|单位|企业|他人"
)
_NEXT = re.compile(
    r"^(?:下次|下一|上次|上一|第[一二三四五六123456]|首[次针剂]|初次|原|曾|拟|计划|预计|应|未|不|无需|复[查检])"
)
# Hints: what stands in brackets or behind the words.
_UNIT_HINTS = {
    "℃": ("decimal",),
    "度": ("decimal",),
    "摄氏度": ("decimal",),
    **dict.fromkeys(
        re.findall(r"\S+", "人 名 个 处 户 次 人次 件 份 台 针 剂 天 日 元 岁 户次 只 套 支 瓶 组 辆"),
        ("integer", "decimal"),
    ),
    **dict.fromkeys(("%", "％"), ()),
    **dict.fromkeys(("年月日", "年/月/日", "yyyymmdd", "年月日时", "月日", "格式20210807"), ("date",)),
}
_YES_NO_HINT = re.compile(
    r"^(?:[1打]?[是有√yY][20×xXnN]?[/、,，;；或]?[20]?[否无没×nN]有?)$|^是否$|^有无$|^1是[20]否$|^是1否[20]$|^打[√✓勾]"
)
_COUNT_ENDS = re.compile(r"(?:人数|户数|人次|总数|合计|数量|率|占比|比例)$")
# Pairs of one sound and two meanings: no slip of the keyboard.
_NOT_SLIPS = (
    ("检", "监"),
    ("只", "支"),
    ("离", "立"),
    ("来", "赖"),
    ("住", "注"),
    ("时", "实"),
    ("护", "户"),
    ("形", "行"),
)
_WEIGHTY = re.compile(r"[不未无没非否男女老幼首末初前后上下来去进出离抵返0-9一二三四五六七八九十县市省村户]")


def find_question(header: str, known: Iterable[QuestionDefinition]) -> Recognised | None:
    """The question a header asks for; its path parts are joined by "." (来返.抵达日). None when it is not sure, when it
    asks for a count of people or households (发热人数), and for refused subjects."""
    if not header or len(header) > 120 or refused_subject(header):
        return None
    index = _index(tuple(known))
    parts = _parts(header)
    if not parts:
        return None
    hints, types = _hints(parts)
    if types == ():
        return None
    found = _of_path(parts, index)
    if found is None:
        return None
    question = found.question
    if types is not None and question.type not in types:
        return None
    if _YES_NO.search(header) and not _takes_yes_no(question, parts, index):
        return None
    if any(_YES_NO_HINT.match(_SIGNS.sub("", hint)) for hint in hints) and not _takes_yes_no(
        question, parts, index
    ):
        return None
    return found


@dataclass(frozen=True)
class _Names:
    """Every name of every question: as it stands, without fillers, by sound; None where two questions share it."""

    exact: dict[str, QuestionDefinition | None]
    plain: dict[str, QuestionDefinition | None]
    asked: dict[str, QuestionDefinition | None]  # of names that say 是否 or 有无
    sounds: dict[str, tuple[str, QuestionDefinition] | None]
    words: dict[str, frozenset[str]]


@lru_cache(maxsize=32)
def _index(known: tuple[QuestionDefinition, ...]) -> _Names:
    names = _Names({}, {}, {}, {}, {})
    for question in known:
        pairs: set[str] = set()
        for name in (question.label, *question.headers, question.key):
            exact = _fold(name)
            plain = _plain(exact)
            bare = names.asked if _YES_NO.search(exact) else names.plain
            for table, text in ((names.exact, exact), (bare, plain)):
                if len(text) >= 2:
                    table[text] = question if table.get(text, question) == question else None
            if len(plain) >= 3 and not plain.isascii():
                sound = _sound(plain)
                before = names.sounds.get(sound, (plain, question))
                names.sounds[sound] = before if before is None or before[1] == question else None
            pairs |= _pairs(plain)
        names.words[question.key] = frozenset(pairs)
    return names


def _parts(header: str) -> list[str]:
    """The parts of a path, without spans of time and repeated groups. A dot between digits is no path: 37.3."""
    text = unicodedata.normalize("NFKC", header).translate(_TRADITIONAL).strip()
    text = _ORDINAL.sub("", text)
    parts = [part.strip() for part in re.split(r"(?<![0-9])\.|\.(?![0-9])", text)]
    kept: list[str] = []
    for part in parts:
        plain = _fold(part)
        if part and not _SPANS.match(plain) and (not kept or _fold(kept[-1]) != plain):
            kept.append(part)
    return kept


def _of_path(parts: list[str], names: _Names) -> Recognised | None:
    leaf, groups = parts[-1], parts[:-1]
    whole = "".join(parts)
    if (found := _named(whole, names)) is not None:
        return found
    if not groups:
        return None
    if _OTHERS.search("".join(groups)):
        return None
    near = groups[-1] + leaf
    found = _named(near, names) if len(groups) > 1 else None
    if found is None and (found := _named(leaf, names)) is not None and _NEXT.match(_fold(groups[-1])):
        return None
    if found is None:
        return None
    # Every word over the leaf must be neutral or speak of the same thing: 疫苗接种.末次日期, not 孩子.末次日期.
    for group in groups:
        plain = _plain(_fold(group))
        if not plain or _NEUTRAL.match(plain) or _SPANS.match(plain) or _NEUTRAL.match(_fold(group)):
            continue
        if not _pairs(plain) & names.words[found.question.key] and not _is_topic(plain, found.question):
            return None
    return Recognised(found.question, round(found.confidence * 0.95, 2))


def _is_topic(group: str, question: QuestionDefinition) -> bool:
    return any(topic.search(group) and purpose in question.purposes for topic, purpose in _TOPICS)


def _named(text: str, names: _Names) -> Recognised | None:
    """By the whole text, else without what stands in brackets or behind a colon, else without fillers, else by sound."""
    whole = _fold(text, keeps_brackets=True)
    bare = _fold(text)
    for folded in (whole, bare):
        if (question := names.exact.get(folded)) is not None:
            return Recognised(question, 1.0)
    if _COUNT_ENDS.search(bare):
        return None
    plain = _plain(bare)
    if (question := names.plain.get(plain)) is not None:
        return Recognised(question, 0.9)
    # 密接 without 是否 is a kind of people, counted elsewhere; 滞留在外 can hardly be read in two ways.
    is_clear = plain not in names.plain and (_YES_NO.search(bare) is not None or len(plain) >= 4)
    if is_clear and (question := names.asked.get(plain)) is not None:
        return Recognised(question, 0.9)
    return _slip(plain, names)


def _slip(plain: str, names: _Names) -> Recognised | None:
    """Another character of the same sound, as Chinese keyboards give: 疫苗济次."""
    if not 4 <= len(plain) <= 20 or plain.isascii():
        return None
    near = names.sounds.get(_sound(plain))
    if near is None or len(near[0]) != len(plain):
        return None
    changed = [(a, b) for a, b in zip(plain, near[0], strict=True) if a != b]
    if len(changed) != 1 or any(_WEIGHTY.match(a) or _WEIGHTY.match(b) for a, b in changed):
        return None
    if any(pair in _NOT_SLIPS or pair[::-1] in _NOT_SLIPS for pair in changed):
        return None
    return Recognised(near[1], 0.75)


def _hints(parts: list[str]) -> tuple[list[str], tuple[str, ...] | None]:
    """What stands in brackets, and the types that a unit among it allows: None when there is none, () when no question
    can carry it (a rate)."""
    found = [hint.strip() for part in parts for hint in _BRACKETS.findall(part)]
    for hint in found:
        plain = hint.removeprefix("单位").strip().lstrip(":").lower().replace(" ", "")
        if plain in _UNIT_HINTS:
            return found, _UNIT_HINTS[plain]
    return found, None


def _takes_yes_no(question: QuestionDefinition, parts: list[str], names: _Names) -> bool:
    """是否 and 有无 ask for yes or no: a boolean, choices with 没有, or a name of the dictionary that says so itself."""
    if question.type == "boolean":
        return True
    if question.type == "choices" and any(code == "none" for code, _ in question.choices):
        return True
    for text in ("".join(parts), parts[-1]):
        exact = _fold(text)
        if _YES_NO.search(exact) and names.exact.get(exact) == question:
            return True
    return False


@lru_cache(maxsize=8192)
def _fold(text: str, keeps_brackets: bool = False) -> str:
    """Without brackets, signs, numbering, and the answers behind a colon."""
    folded = unicodedata.normalize("NFKC", text).translate(_TRADITIONAL).strip()
    folded = _ORDINAL.sub("", folded)
    if not keeps_brackets:
        folded = _BRACKETS.sub("", folded) or folded
        folded = _ANSWERS.sub("", folded) or folded
    folded = _DAYS.sub(_arabic, folded)
    plain = _SIGNS.sub("", folded).strip("()[]【】<>《》").lower()
    return _NUMBERED.sub("", plain)


def _arabic(match: re.Match[str]) -> str:
    if match[1]:
        return f"1{match[1].translate(_CHINESE_NUMBERS)}"
    return f"{match[2].translate(_CHINESE_NUMBERS)}{(match[3] or '0').translate(_CHINESE_NUMBERS)}"


@lru_cache(maxsize=8192)
def _plain(folded: str) -> str:
    return _FILLERS.sub("", folded) or folded


@lru_cache(maxsize=8192)
def _sound(plain: str) -> str:
    return " ".join(lazy_pinyin(plain))


def _pairs(plain: str) -> set[str]:
    return {plain[place : place + 2] for place in range(len(plain) - 1)}
