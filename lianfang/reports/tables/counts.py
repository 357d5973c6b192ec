"""Counts that the register can give: households, people, men and women, ages, who lives or is registered here."""

from __future__ import annotations

import re

from lianfang.reports.tables.meaning import Meaning
from lianfang.reports.tables.phrases import Phrase

_HOUSEHOLDS = re.compile(
    r"(?:全[县镇乡村]|本村|辖区|现有|实有)?(?:总|家庭|居民|农)户(?:总?数)?|[Tt]otal[Hh]ouseholds|全[县镇乡村]户数|家庭总户数|住户(?:总)?数"
)
_PEOPLE = re.compile(
    r"(?:全[县镇乡村]|本村|辖区|现有|实有)?(?:[Pp]opulation|[Tt]otal[Pp]opulation|总人口|人口总数|人口数|人口|总人口数|居民(?:总)?人?数)"
)
_LIVING = re.compile(r"(?:实有)?常住(?:人口|居民|人员)?(?:总?数|人数)?")
_REGISTERED = re.compile(r"(?:本地)?户籍(?:总)?(?:人口|居民|人员)?(?:总?数|人数)?|在册人口数?")
_HERE = re.compile(r"(?:目前|现|今晚|实际)?在家(?:居住)?(?:人口|人员|人)(?:总?数)?")
_SEX = re.compile(r"(男|女)(?:性|士)?(?:人口|人员|人|居民)?数?")
_OF_PEOPLE = re.compile(
    r"(?:家庭|户内|总|全村|居民)?人口(?:数|总数|情况|构成|结构)?|总?人数|性别(?:构成)?|按性别|按年龄|年龄(?:段|构成|结构)?|人口年龄|其中|家庭成员(?:情况)?|成员|底数|基本情况|人员(?:构成)?"
)
_AGE = re.compile(
    r"(?:(?P<from>\d{1,3})(?:周?岁)?(?:\(含\))?[-~—至到~](?P<to>\d{1,3})(?:周?岁)|"
    r"(?:未满|不满)(?P<under>\d{1,3})(?:周?岁)|"
    r"(?P<low>\d{1,3})(?:周?岁)(?:\(?含\)?)?(?:及其?)?以上|"
    r"(?P<high>\d{1,3})(?:周?岁)(?P<with>\(?含\)?|及其?)?以下(?P<also>\(含.*?\))?)(?:\(含.*?\))?"
)
_AGED = re.compile(
    r"(?:的)?(?:人口|人员|人|老人|老年人|老龄人口|儿童|婴幼儿|未成年人|青少年|居民|高龄老人)?(?:总?数|人数)?"
)
# A table about some people only: its 男, 女 and 60岁以上 are of these.
_OF_SOME = re.compile(
    r"返|务工|接种|疫苗|密接|隔离|残疾|低保|五保|特困|留守|学生|学校|孕|病|流动|外来|发热|核酸|独居|困难|困境|租|"
    r"党员|医|死亡|出生|低收入|监测|重点人|失业|退役|抗原|阳性"
)
_BY_AGE = re.compile(r"老年人|老人|儿童|高龄|未成年")
_BARE = ("户数", "人数", "总人数", "人口数", "户", "人")


def count_of(
    phrase: Phrase, path: tuple[str, ...], title: str
) -> tuple[Meaning, float, tuple[Meaning, ...]] | None:
    """What an area's row would count. None: nothing that the register knows."""
    if phrase.span in ("today", "other"):
        return None
    context = "".join(phrase.groups)
    is_whole = phrase.core in ("合计", "小计", "总数") and len(phrase.groups) == 1
    is_of_people = not context or is_whole or bool(_OF_PEOPLE.fullmatch(context))
    if not is_of_people:
        return None
    core = phrase.core
    if phrase.groups and core in ("合计", "小计", "总数"):  # 户籍人口.合计
        core, context = phrase.groups[-1], "".join(phrase.groups[:-1])
    is_of_some = bool(_OF_SOME.search(title))
    if found := _age(path[-1], core, is_of_some=is_of_some):
        return found
    for pattern, key, choice in (
        (_LIVING, "is_living_here", "true"),
        (_REGISTERED, "is_registered_here", "true"),
        (_HERE, "is_here_tonight", "true"),
    ):
        if pattern.fullmatch(core):
            return _count(key, choice), 0.9, ()
    match = _SEX.fullmatch(core)
    if match:
        is_sure = not (is_of_some or _BY_AGE.search(title)) and (
            len(core) > 1 or bool(context) or _is_about_register(title)
        )
        return _count("sex", "male" if match[1] == "男" else "female"), 0.9 if is_sure else 0.4, ()
    if _HOUSEHOLDS.fullmatch(core):
        return _count("household_count"), 0.9, ()
    if _PEOPLE.fullmatch(core):
        return _count("people_count"), 0.9, ()
    return _bare(core, title)


def _bare(core: str, title: str) -> tuple[Meaning, float, tuple[Meaning, ...]] | None:
    """户数 and 人数 alone: of the register only where the whole table is about it."""
    if core not in _BARE:
        return None
    meaning = _count("household_count" if core.startswith("户") else "people_count")
    return meaning, 0.8 if _is_about_register(title) else 0.4, ()


def _is_about_register(title: str) -> bool:
    return bool(re.search(r"人口|户籍|底数|底册|基本情况|基础信息|住户", title))


def _age(leaf: str, core: str, *, is_of_some: bool) -> tuple[Meaning, float, tuple[Meaning, ...]] | None:
    match = _AGE.search(leaf) or _AGE.search(core)
    if not match:
        return None
    rest = (match.string[: match.start()] + match.string[match.end() :]).strip("() :")
    if rest and not _AGED.fullmatch(rest.replace("其中", "").replace(":", "")):
        return None
    sure = 0.4 if is_of_some and not re.search(r"老|儿童|婴|青少年|未成年", rest) else 0.9
    if match["from"]:
        return _count("age", f"{int(match['from'])}-{int(match['to'])}"), sure, ()
    if match["under"]:
        return _count("age", f"-{int(match['under']) - 1}"), sure, ()
    if match["low"]:
        return _count("age", f"{int(match['low'])}-"), sure, ()
    high = int(match["high"])
    if match["with"] or match["also"]:
        return _count("age", f"-{high}"), sure, ()
    # 18岁以下 counts those of 18 in the wording of the law, and does not in that of schools.
    return _count("age", f"-{high - 1}"), min(sure, 0.65), (_count("age", f"-{high}"),)


def _count(key: str, choice: str = "") -> Meaning:
    return Meaning("register", key, measure="count", choice=choice)
