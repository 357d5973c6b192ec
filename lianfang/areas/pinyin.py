"""Pinyin initials, by which people type names on a keyboard: 杨梅村 → ymc, 单国强 → sgq."""

from __future__ import annotations

import os
import unicodedata

# We read characters one by one; the dictionary of phrases would take 45 MB and a fifth of a second of every process.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
from pypinyin.pinyin_dict import pinyin_dict

READINGS: dict[int, str] = pinyin_dict  # of each character, by its number; several are separated by commas


class _Letters(dict[str, str]):
    """Sign → its letter, worked out when it is first met."""

    def __missing__(self, char: str) -> str:
        if char.isascii() and char.isalnum():
            letter = char.lower()
        else:
            reading = READINGS.get(ord(char), "")  # the first is the usual one
            letter = unicodedata.normalize("NFD", reading[:1])[:1]
            letter = letter if letter.isascii() else ""
        self[char] = letter
        return letter


_letter = _Letters().__getitem__


def initials(text: str) -> str:
    """The first letter of each character's usual reading; letters and digits stay, other signs go."""
    return "".join(map(_letter, text))


# Surnames that are read otherwise than the same character in other words.
_SURNAMES = dict(
    zip(
        "单曾区仇解查翟乐覃繁缪折召种重句隗祭员阚郗秘贾盛沈石臧逄缴谌瞿朴冼晁宁莘",
        "szoqxzzyqpmssccgwzykxbjssszpjcqpxcns",
        strict=True,
    )
)
_COMPOUND = dict(
    zip(
        ("单于", "尉迟", "万俟", "长孙", "澹台", "令狐", "贺若", "夏侯", "诸葛", "欧阳", "司马"),
        ("cy", "yc", "mq", "zs", "tt", "lh", "hr", "xh", "zg", "oy", "sm"),
        strict=True,
    )
)


def name_initials(name: str) -> str:
    """Of a person's name: the surname by its reading as a surname. 单国强 → sgq, 曾祥林 → zxl."""
    if len(name) > 2 and name[:2] in _COMPOUND:
        return _COMPOUND[name[:2]] + initials(name[2:])
    return _SURNAMES[name[0]] + initials(name[1:]) if name[:1] in _SURNAMES else initials(name)
