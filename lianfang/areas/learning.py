"""Which piece of an address text is the name of a place: what can be learned from a confirmed reading. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lianfang.areas.naming import fold, township_stem, village_stem

SHORTEST, LONGEST = 2, 12  # characters of a name worth keeping
_NUMBER = r"\d一二三四五六七八九十百零〇两①-⑳"
# Where the door begins: a number, or what counts groups, buildings and rooms.
_DOOR = re.compile(
    rf"[{_NUMBER}#A-Za-z]+(?:村民小组|小组|组|社|队|号|栋|幢|座|单元|室|楼|-|#)|第[{_NUMBER}]|[,，、;；(（]"
)
_ESTATE = re.compile(
    r"(?:小区|花园|花苑|家园|新城|公馆|公寓|嘉园|新村|大厦|广场|山庄|别墅|宿舍|家属院|安置房|苑|府|城|园)$"
)


_FAMILY_NAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭"
    "陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤"
)
# 张三家, 李国强屋里; 张家 alone and 下李家 are places.
_FAMILY = re.compile(
    rf"(?:[{_FAMILY_NAMES}]|欧阳|司马|上官|诸葛|皇甫|尉迟|令狐)[^{_FAMILY_NAMES}家屋上下前后]\w?(?:家|屋)里?$"
)
_BESIDE = re.compile(r"隔壁|对面|对门|旁边|门口|附近|那边|后面|前面")


def name_piece(text: str, above: Iterable[str]) -> str:
    """佘湖山社区3组12号 → 佘湖山社区: without the areas above it and without the door. "" when nothing is left.

    `above`: names of province, prefecture, county and township as the register has them; the short forms go as well.
    """
    rest = fold(text)
    forms = sorted({form for name in above for form in _forms(name)}, key=len, reverse=True)
    is_cut = True
    while is_cut:
        is_cut = False
        for form in forms:
            if len(form) > 1 and rest.startswith(form) and len(rest) > len(form):
                rest, is_cut = rest[len(form) :], True
                break
    if match := _DOOR.search(rest):
        rest = rest[: match.start()]
    rest = village_stem(rest).strip("-·.。 ")
    return rest if SHORTEST <= len(rest) <= LONGEST and not rest.isascii() else ""


def is_whose(text: str) -> bool:
    """张三家, 村部对面: said of a door by whom it belongs to or what it is near, no name of a place."""
    return bool(_FAMILY.match(text) or _BESIDE.search(text))


def is_estate_name(text: str) -> bool:
    """桂花园小区, 都梁花苑: people live there in buildings; its village is not in the name."""
    return bool(_ESTATE.search(text))


def _forms(name: str) -> set[str]:
    plain = township_stem(name)
    short = re.sub(r"(?:省|自治区|自治州|地区|市|县|区|街道|镇|乡)$", "", plain)
    return {plain, short, plain + "人民政府", plain + "办事处"}
