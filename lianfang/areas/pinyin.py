"""Pinyin initials, by which people type names on a keyboard: 杨梅村 → ymc, 单国强 → sgq."""

from __future__ import annotations

import unicodedata
from functools import cache

from pypinyin.pinyin_dict import pinyin_dict


@cache
def _initial(char: str) -> str:
    reading = pinyin_dict.get(
        ord(char), ""
    )  # several readings are separated by commas; the first is the usual one
    letter = unicodedata.normalize("NFD", reading[:1])[:1]
    return letter if letter.isascii() else ""


def initials(text: str) -> str:
    """The first letter of each character's usual reading; letters and digits stay, other signs go."""
    return "".join(char.lower() if char.isascii() and char.isalnum() else _initial(char) for char in text)


# Surnames that are read otherwise than the same character in other words.
_COMPOUND = {
    **{"单于": "cy", "尉迟": "yc", "万俟": "mq", "长孙": "zs", "澹台": "tt", "令狐": "lh", "宰父": "zf"},
    **{"鲜于": "xy", "拓跋": "tb", "贺若": "hr", "夏侯": "xh", "诸葛": "zg", "欧阳": "oy", "司马": "sm"},
}
_SURNAMES = {
    **{"单": "s", "曾": "z", "区": "o", "仇": "q", "解": "x", "查": "z", "翟": "z", "乐": "y", "覃": "q"},
    **{"繁": "p", "缪": "m", "折": "s", "召": "s", "种": "c", "重": "c", "句": "g", "隗": "w", "祭": "z"},
    **{"员": "y", "阚": "k", "郗": "x", "秘": "b", "贾": "j", "盛": "s", "沈": "s", "石": "s", "臧": "z"},
    **{"逄": "p", "缴": "j", "谌": "c", "瞿": "q", "朴": "p", "冼": "x", "晁": "c", "宁": "n", "莘": "s"},
}


def name_initials(name: str) -> str:
    """Of a person's name: the surname by its reading as a surname. 单国强 → sgq, 曾祥林 → zxl."""
    if len(name) > 2 and name[:2] in _COMPOUND:
        return _COMPOUND[name[:2]] + initials(name[2:])
    return _SURNAMES[name[0]] + initials(name[1:]) if name[:1] in _SURNAMES else initials(name)
