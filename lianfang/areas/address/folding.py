"""One spelling for matching: what people and machines write in several ways becomes one, character for character.

`clean` may change the length of a text (white space goes, ⑫ becomes 12); `fold` never does, so that a place in the
folded text is the same place in the clean one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from lianfang.areas.address.traditional import SIMPLIFIED
from lianfang.areas.pinyin import READINGS

LONGEST_READ = 400  # signs; a longer cell is a story, and its areas stand at its head

# Signs that names of places write in two ways; each pair is one word, said alike.
_VARIANTS = dict(
    zip(
        "塆垅咀冈邱氹卲垻俆〇○零壹贰叁肆伍陆柒捌玖拾",
        "湾垄嘴岗丘凼邵坝徐〇〇〇一二三四五六七八九十",
        strict=True,
    )
)
_DIGITS = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
_DASHES = dict.fromkeys("—–−‐‑‒―－", "-")
_SIMPLER = str.maketrans(SIMPLIFIED)
_FOLD = str.maketrans({**SIMPLIFIED, **_VARIANTS, **_DIGITS, **_DASHES})

# Signs that are taken for each other because they look alike (those that sound alike need no table).
_SHAPES = {
    sign: group[0]
    for group in [
        "组祖",
        "板坂阪",
        "墟圩",
        "原塬",
        "末未",
        "土士",
        "日曰",
        "己已巳",
        "人入",
        "干千",
        "坊妨",
        "泊汩",
        "幸辛",
        "茶荼",
        "杨扬汤",
        "戌戊戍",
        "兔免",
        "折析",
        "佳住",
        "候侯",
        "今令",
        "微徽",
        "拔拨",
        "课棵裸",
        "乌鸟",
        "楼搂缕",
        "埔浦",
        "垌洞峒",
        "敦墩",
        "度渡",
        "湾塆",
        "坝坎",
        "堡保",
        "铺浦",
        "西酉",
        "洪供",
        "柱桂",
        "社杜",
        "段叚",
        "苗菌",
        "冶治",
        "沅沉",
        "栗粟",
        "陕峡",
    ]
    for sign in group
}

# Pictures, quotes and stars say nothing; → > \\ stand between levels; 【】 are brackets.
_PICTURES = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\"'“”‘’「」『』《》`^!?]"
_DECORATED = re.compile(f"{_PICTURES}|[\\\\>→【】〔〕{{}}]|^[^\\w]|^[现家暂居常住户地]")
_DECORATIONS = {
    **{ord(sign): "-" for sign in "\\>→"},
    **dict(zip(map(ord, "【〔{】〕}"), "((()))", strict=True)),
    **{ord(sign): None for sign in "\"'“”‘’「」『』《》`^!?"},
    **dict.fromkeys([*range(0x1F000, 0x1FB00), *range(0x2600, 0x27C0), *range(0x2B00, 0x2C00), 0xFE0F]),
}
_BEFORE = re.compile(
    r"^[-,，.。:：;；、/|=+_\s]*(?:(?:(?:现|家|暂|常|户籍|家庭|实际|目前|详细)+居?住(?:地址|址|地)?|居住(?:地址|地)?|住址|地址)"
    r"(?:为|是|在|于)?[:：]?)?"
)


def clean(text: str) -> str:
    """NFKC, with no white space and nothing that cannot be seen. At most LONGEST_READ signs."""
    text = text[: 2 * LONGEST_READ]
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if not text.isprintable() or " " in text:
        text = "".join([sign for sign in text if sign.isprintable() and sign != " "])
    return (_undecorated(text) if _DECORATED.search(text) else text)[:LONGEST_READ]


def _undecorated(text: str) -> str:
    """Without the words and signs that people put before an address, and with one kind of brackets and dashes."""
    text = _BEFORE.sub("", text.translate(_DECORATIONS))
    if text[:1] == "(" and (end := text.find(")")) > 0:  # 【司马冲镇】杨梅村
        text = text[1:end] + text[end + 1 :]
    return text


def simplified(text: str) -> str:
    return text.translate(_SIMPLER)


def fold(text: str) -> str:
    """Simplified characters, one variant of each, digits as 一二三. As long as it was."""
    return text.translate(_FOLD)


@cache
def _sound(sign: str) -> str:
    """The usual reading without its tone; what has none stands for itself."""
    sign = _SHAPES.get(sign, sign)
    said = READINGS.get(ord(sign), "").partition(",")[0]
    if not said:
        return sign
    return "".join(c for c in unicodedata.normalize("NFD", said) if not unicodedata.combining(c)) + " "


def likeness(folded: str) -> str:
    """Two names with the same likeness sound alike, or differ by signs that look alike."""
    return "".join([_sound(sign) for sign in folded])
