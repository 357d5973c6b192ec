"""Phone numbers of every kind. Pure."""

from __future__ import annotations

import re
import unicodedata

from lianfang.register.rules.texts import INVISIBLE, NOTHING, Cell, is_ditto, is_error, text

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0(?:10|2\d|[3-9]\d{2}))(\d{7,8})(?:(?:转|[-—]|EXT\.?)(\d{1,6}))?")
_SEVERAL = re.compile(r"[/、;；,，|｜\\或和及&\n]+")
_NOISE = re.compile(r"[\s\-–—－.·()（）'’‘`]+")
_PREFIX = re.compile(r"(?:\+|00)?86(?=1[3-9]\d{9}$|0\d{9,11}$)")
_LABEL = re.compile(
    r"^(?:(?:联系|本人|手机|电话|移动|座机|号码|号|微信同号|TEL|PHONE|MOBILE)+)\s*[:：]?\s*", re.IGNORECASE
)
_NOTE = re.compile(r"[(（\[【][^\d]*[)）\]】]")
_INSIDE = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
_SAME_AS = re.compile(
    r"(?:同|见|与)(?:其?(?:父|母|妻|夫|子|女|兄|姐|弟|妹|爷|奶|户主|上|配偶|家长|监护人))(?:亲|子|儿|上)?(?:的?(?:电话|手机|号码|相同|一样))*|父亲?电话|母亲?电话"
)
_SHORT = re.compile(r"[5-9]\d{3,5}")
_WORDS = re.compile(
    r"停机|空号|关机|欠费|无人接|没有?手机|无电话|无手机|不会用|保密|拒绝(?:提供)?|未提供|换号"
)
_ID = re.compile(r"\d{17}[\dXx]")
_ALMOST = re.compile(r"(?=(?:\*?\d){4})1[\d*]{8,12}|(?=.*\d{4})[\d*]{11}")  # masked, or a digit short or over


def phone(cell: Cell) -> tuple[str | None, str | None]:
    """An 11-digit mobile, or a landline as 0739-4222222. Of two numbers in a cell the first is taken and said so."""
    if isinstance(cell, str):
        if len(cell) == 11 and cell.isascii() and cell.isdigit() and cell[0] == "1" and cell[1] >= "3":
            return cell, None
    elif cell is None:
        return None, None
    elif isinstance(cell, float) and not isinstance(cell, bool):
        return None, "register.phone_number_cell"
    elif not isinstance(cell, bool) and cell and cell % 1_000_000 == 0:
        return None, "register.phone_number_cell"  # 1.38E+10, put in a sheet once more
    plain = unicodedata.normalize("NFKC", text(cell)).translate(INVISIBLE).strip()
    if plain in NOTHING or _WORDS.fullmatch(plain):
        return None, None
    return _read(cell, plain)


def phones(cell: Cell) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every number of a cell in its order, and what is wrong with it. For lists to be matched, where a masked or
    mistyped number still says something: such a one is kept as it is written, without signs."""
    number, code = phone(cell)
    if number and code is None:
        return (number,), ()
    if code is None:
        return (), ()
    plain = unicodedata.normalize("NFKC", text(cell)).translate(INVISIBLE).strip()
    if code in ("register.phone_masked", "register.phone_unreadable"):
        kept = tuple(filter(None, (_kept(part) for part in _SEVERAL.split(plain))))
        return kept, (code,)
    if code != "register.phone_two":
        return ((number,) if number else ()), (code,)
    found: list[str] = []
    for part in _SEVERAL.split(plain if "\n" not in str(cell) else str(cell)):
        inside = [re.sub(r"\D", "", each) for each in _INSIDE.findall(part)]
        found += inside or filter(None, (_one(part)[0],))
    return tuple(dict.fromkeys(found)), ()


def _kept(part: str) -> str | None:
    shown = re.sub(r"(?<=\d)[xX×＊*]{2,}|[＊*]+", lambda match: "*" * len(match[0]), _LABEL.sub("", part))
    shown = _NOISE.sub("", _NOTE.sub("", shown))
    return shown if _ALMOST.fullmatch(shown) else None


def _read(cell: Cell, plain: str) -> tuple[str | None, str | None]:
    if is_ditto(cell):
        return None, "register.ditto_here"
    if is_error(cell):
        return None, "register.cell_error"
    if re.search(r"\d\*|\*\d", plain) or re.search(r"\d[xX×]{3,}", plain):
        return None, "register.phone_masked"
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", plain, re.IGNORECASE):
        return None, "register.phone_number_cell"
    if _SAME_AS.fullmatch(plain):
        return None, "register.phone_of_relative"
    plain = _LABEL.sub("", plain)
    several = [
        part
        for part in _SEVERAL.split(plain if "\n" not in str(cell) else str(cell))
        if re.search(r"\d", part)
    ]
    if len(several) > 1:
        found = [one for one in (_one(part)[0] for part in several) if one]
        return (found[0], "register.phone_two") if found else (None, "register.phone_unreadable")
    mobiles = _INSIDE.findall(plain)
    if len(mobiles) > 1:
        return re.sub(r"\D", "", mobiles[0]), "register.phone_two"
    return _one(several[0] if several else plain)


def _one(plain: str) -> tuple[str | None, str | None]:
    said = _NOTE.sub("", unicodedata.normalize("NFKC", plain).translate(INVISIBLE)).strip()
    code = "register.phone_note" if said != plain.strip() else None
    digits = _NOISE.sub("", _LABEL.sub("", said))
    digits = _PREFIX.sub("", digits)
    if _MOBILE.fullmatch(digits):
        return digits, code
    if match := _LANDLINE.fullmatch(
        _PREFIX.sub(
            "", re.sub(r"[\s().（）'’·]|(?<=^0\d{2})[-—－]|(?<=^0\d{3})[-—－]", "", _LABEL.sub("", said))
        )
    ):
        area, number, extension = match.groups()
        return f"{area}-{number}" + (f"转{extension}" if extension else ""), code
    if match := _LANDLINE.fullmatch(digits):
        return f"{match[1]}-{match[2]}", code
    if _ID.fullmatch(digits):
        return None, "register.phone_is_id"
    if digits.isdigit() and 4 <= len(digits) <= 6 and _SHORT.fullmatch(digits):
        return None, "register.phone_short"
    if digits.isdigit() and len(digits) in (7, 8) and digits[0] != "1":
        return None, "register.phone_no_area"
    inside = _INSIDE.findall(said)
    if len(inside) == 1 and len(re.findall(r"\d", said)) == 11:  # 张三13812342076
        return re.sub(r"\D", "", inside[0]), "register.phone_note"
    return None, "register.phone_unreadable"


def masked_phone(number: str | None) -> str:
    """138****2076."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) == 11 else f"{number[:-4]}****"
