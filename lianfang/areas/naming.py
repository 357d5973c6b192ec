"""One spelling for what people write in ten ways: 第三村民小组, 三组, 3组 and 3 are all 3组. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# As they are written by hand and, so that nobody may change them, on receipts.
_DIGITS = {
    sign: value
    for value, signs in enumerate(
        ("零〇", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for sign in signs
}
_TENS = {"十": 10, "拾": 10, "廿": 20, "卅": 30}
NUMERALS = "".join(_DIGITS) + "".join(_TENS) + "百佰"
_NUMBER = rf"(\d{{1,4}}|[{NUMERALS}]{{1,6}})"
# What may follow the number, and how the whole is written here.
_FORMS = {
    "group": (re.compile(rf"第?{_NUMBER}(?:村民小组|居民小组|小组|组|队)?"), "{}组"),
    "grid": (re.compile(rf"第?{_NUMBER}(?:号网格|网格)?"), "第{}网格"),
    "building": (re.compile(rf"第?{_NUMBER}(?:号楼|号栋|号幢|栋楼|栋|幢|座|#楼|#栋|#|楼)?"), "{}栋"),
}
_BODY = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|委员会)$")


def number_in(text: str) -> int | None:
    """The number in front: '12', '十二', '第3…'. None when there is none."""
    match = re.match(rf"第?{_NUMBER}", text)
    return number_of(match[1]) if match else None


@lru_cache(maxsize=4096)
def number_of(text: str) -> int | None:
    """12, 十二, 廿三, 一百零二 as they are counted; 五零一 and 二三 digit by digit. None: it is no number."""
    if text.isdecimal():
        return int(text)
    if all(sign in _DIGITS for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text)) if text else None
    total, current = 0, 0
    for sign in text:
        if sign in "百佰":
            total, current = total + (current or 1) * 100, 0
        elif sign in _TENS:
            total, current = total + (current or 1) * _TENS[sign], 0
        elif sign in _DIGITS:
            current = _DIGITS[sign]
        else:
            return None
    return total + current


def fold(text: str) -> str:
    """Full width to half, and no white space at all."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=65_536)
def standard_name(level: str, text: str) -> str:
    """The name of an area below a village as this system writes it; what has no number stays as it is."""
    folded = fold(text)
    form = _FORMS.get(level)
    if form is None:
        return folded
    match = form[0].fullmatch(folded)
    return form[1].format(number_of(match[1])) if match else folded


@lru_cache(maxsize=65_536)
def village_stem(text: str) -> str:
    """杨梅村, 杨梅村村民委员会 and 杨梅村委会 give 杨梅村; 城南社区居委会 gives 城南社区."""
    folded = fold(text)
    stem = _BODY.sub("", folded)
    if stem == folded:
        return folded
    if folded.endswith("村委会"):  # 杨梅村委会, but also 杨梅村村委会
        return stem if stem.endswith("村") else f"{stem}村"
    return stem


def township_stem(text: str) -> str:
    """司马冲镇人民政府 → 司马冲镇; 迎春亭街道办事处 → 迎春亭街道."""
    return re.sub(r"(?:人民政府|办事处|政府)$", "", fold(text))
