"""The names that an area may be written with, taken apart: what is its own and what is only its kind.

杨梅村村民委员会, 杨梅村委会 and 杨梅村 are the stem 杨梅 and the kind 村; 霍吉尔特蒙古族乡 is also 霍吉尔特乡 and 霍吉尔特.
All names here are folded (see folding.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇"
    "|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固"
    "|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_PEOPLE = re.compile(
    rf"(?:(?:{_PEOPLES})族)+(?=自治|乡|镇|街道|$)|(?:各族|蒙古|哈萨克|柯尔克孜|塔吉克|锡伯)(?=自治)"
)
# 东乡族自治县, 鄂温克族自治旗: nothing is left without the people.
_AUTONOMOUS = re.compile(r"自治(?:州|县|旗)$")
_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]?")

# --- villages ---

# What follows a village's own name, longest first. The groups say which kind of place it is.
VILLAGE_KIND = re.compile(
    r"(?P<village>村村民委员会|村村委会|村民委员会|村委会|村委(?!会)|村居委会|行政村|自然村|村村(?=[民委]|$)|(?:生产)?大队(?=第?[\d〇一二三四五六七八九十]|$)|村(?!民小组)|嘎查村?民?委?员?会?)"
    r"|(?P<community>社区居民委员会|社区居委会|社区村民委员会|社区村委会|社区委员会|社区|居民委员会|居委会|居委)"
    r"|(?P<other>生活区|虚拟社区|管理区|作业区|生产队|连队)"
)
_BODY = re.compile(
    r"(?:社区)?(?:村民委员会|居民委员会|村委会|居委会|委员会|村民委|居民委)$|(?:虚拟生活区|生活区|虚拟社区)$"
)
_KIND_AT_END = re.compile(r"(?:社区|村|嘎查)$")


class VillageName(NamedTuple):
    stem: str
    kind: str  # "village", "community" or "other"
    is_derived: bool = False  # 光明 of 光明村社区: counts only where no village is plainly called so


def village_names(folded: str) -> list[VillageName]:
    """The ways to write one village, the usual one first. Stems are without kind: 新村村委会 is 新 and 新村."""
    plain = (_BRACKETS.sub("", folded) or folded) if "(" in folded else folded
    kind = "other"
    body = _BODY.search(plain)
    stem = plain[: body.start()] if body else plain
    if body:
        said = body[0]
        kind = "community" if "居" in said or "社区" in said else "village" if "村" in said else "other"
    end = _KIND_AT_END.search(stem)
    names = []
    if end:
        kind = "community" if end[0] == "社区" else "village" if kind != "community" else kind
        if body and end[0] == "村" and "村" not in body[0]:  # 光明村居委会: its name ends in 村
            names.append(VillageName(stem, kind))
        stem = stem[: end.start()]
        if stem.endswith("村") and end[0] == "社区":  # 光明村社区, said 光明社区 or 光明村
            names += [VillageName(stem, kind), VillageName(stem[:-1], kind, is_derived=True)]
            stem = ""
    if stem:
        names.append(VillageName(stem, kind, is_derived=bool(names)))
    if len(stem) == 1 and kind == "village":
        names.append(VillageName(f"{stem}村", kind))
    return [name for name in names if len(name.stem) > 1] or [VillageName(plain, kind)]


# --- townships ---

TOWN_KIND = re.compile(
    r"(?:街道办事处|街道办|街道(?!路)|地区办事处|(?:[^\W\d]{1,4}族)?乡(?![村镇])|镇(?!中)|苏木|办事处)"
    r"(?:人民政府|镇政府|乡政府|政府(?!路|街)|办事处)?"
)
TOWN_BODY = re.compile(r"办事处|人民政府|政府(?!路|街)")
_TOWN_END = re.compile(
    r"(?:街道办事处|街道|地区办事处|地区|民族乡|镇|乡|苏木|办事处|虚拟镇|虚拟街道|虚拟乡)$"
)


class TownName(NamedTuple):
    full: str
    stem: str  # "" when it is too short or too common to stand alone


def town_names(folded: str) -> list[TownName]:
    plain = _BRACKETS.sub("", folded) if "(" in folded else folded
    names = [plain]
    short = _PEOPLE.sub("", plain)
    if short != plain and len(short) > 2:
        names.append(short)
    return [TownName(name, _stem_of(name, _TOWN_END)) for name in names]


def _stem_of(name: str, end: re.Pattern[str]) -> str:
    stem = end.sub("", name)
    return stem if stem != name and len(stem) > 1 else ""


# --- province, prefecture, county ---

_UPPER_END = {
    "province": re.compile(r"(?:维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|省|市)$"),
    "prefecture": re.compile(r"(?:地区|市|盟|自治州|州)$"),
    "county": re.compile(r"(?:自治县|自治旗|林区|特区|新区|矿区|县|市|区|旗)$"),
}
_NO_NAME = re.compile(r"(?:市辖区|县|.*直辖.*)")
_ZONE = re.compile(r"(?:开发区|园区|新区|新城|管理区|示范区|度假区|保税区|合作区|名胜区)$")
_ZONE_KIND = re.compile(r"(?:国家级|省级)?(?:(?:经济技术|高新技术产业|高新技术|经济|高新)(?:产业)?)+开发区$")


def upper_names(folded: str, level: str) -> tuple[list[str], list[str]]:
    """(whole names, short names) of a province, prefecture or county. 靖州苗族侗族自治县: whole also 靖州自治县 and
    靖州县; short 靖州. 恩施土家族苗族自治州: 恩施州, 恩施."""
    if _NO_NAME.fullmatch(folded):
        return [], []
    whole, short = [folded], []
    bare = _PEOPLE.sub("", folded)
    if _AUTONOMOUS.search(folded):
        kind = folded[-1]
        stem = _AUTONOMOUS.sub("", bare)
        if len(stem) < 2:  # 东乡族自治县, 鄂温克族自治旗
            stem = _AUTONOMOUS.sub("", folded).removesuffix("族")
        whole += [f"{stem}自治{kind}", f"{stem}{kind}"]
        short.append(stem)
    else:
        stem = _UPPER_END[level].sub("", folded)
        if len(stem) > 1 and stem != folded:
            short.append(stem)
            if level == "province" and not folded.endswith(("省", "市")):
                whole.append(f"{stem}省")  # 广西省, as people write
                if len(stem) > 2:
                    short.append(stem[:2])  # 内蒙
    return list(dict.fromkeys(whole)), short


def zone_names(folded: str, above: Sequence[str]) -> list[str]:
    """长春净月高新技术产业开发区 below 吉林省, 长春市: 净月高新技术产业开发区, 净月高新区, 净月开发区, 净月区. Of a zone whose name
    says no place of its own (河北邢台经济开发区) 经济开发区, 经开区: names that only its prefecture tells apart."""
    if not _ZONE.search(folded):
        return []
    own = folded
    for name in above:
        own = own.removeprefix(name) if own.startswith(name) else own.removeprefix(name[:-1] or name)
    own = own.removeprefix("省").removeprefix("市")
    kind = _ZONE_KIND.search(own)
    if kind is None:
        return [own]
    place = own[: kind.start()]
    ends = ["高新区", "高新技术开发区"] if "高新" in kind[0] else ["经开区", "经济开发区", "经济技术开发区"]
    return [own, *(place + end for end in (*ends, "开发区", *(["区"] if place else [])))]
