"""Id numbers (GB 11643) and what stands in their place. Checked, never guessed, never repaired. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import cache, lru_cache
from operator import mul

from lianfang.register.rules.texts import INVISIBLE, NOTE, NOTHING, Cell, is_ditto, is_error, text, words

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
_OLDEST = dt.date(1880, 1, 1)
_OFFSET = 48 * sum(WEIGHTS)  # the code of '0' once a digit
# Provinces, then residence permits of Hong Kong, Macao and Taiwan, then permanent residents' new card.
_REGIONS = words(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_NOISE = re.compile(r"[\s'’‘`·._\-—–－]+")
_LONG_NUMBER = re.compile(r"\d(?:\.\d+)?E\+?1[4-9]", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:(?:居民|公民|本人)?身份证(?:号码?|件号码?)?|身份号码|证件号码?|ID(?: ?NO\.?)?)\s*[:：]?\s*",
    re.IGNORECASE,
)
_ONE = re.compile(r"(?<![\dA-Za-z])(?:\d{17}[\dXx]|\d{15})(?![\dA-Za-z])")
_MASKED = re.compile(r"[*＊×xX✱•#?？]{3,}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
# Nobody gave this person a number yet, or it is said to be missing: nothing to report.
_NONE_YET = re.compile(
    r"(?:新生儿?|婴儿|婴幼儿|无(?:证|身份证|号)?|未(?:办|办理|上户|落户|登记|入户|报户口|取名)|没有?(?:办|上户|落户|身份证)?|尚?未办|暂无|"
    r"遗失|丢失|待补|待办|办理中|黑户|不详|未提供|拒绝(?:提供)?|外籍).{0,6}"
)
# Passport, permits for Hong Kong, Macao and Taiwan, the old card of foreigners, service cards.
_OTHER = re.compile(
    r"(?:护照|回乡证|港澳|台胞|通行证|居住证|居留|军官|士兵|警官|军|武|政|海|空|文|号|字|第|证|[:：]|\s)*"
    r"(?:[A-Z]{1,3}\d{6,12}|[HMC]\d{8,10}|\d{8}(?:\(?[A-Z0-9]\)?)?|第?\d{6,8}号?)"
)
_OTHER_WORD = re.compile(r"护照|回乡证|港澳|台胞|通行证|居留|军官|士兵证|警官|军字|武字|出生证|出生医学证明")


_SIXTEENS = frozenset(f"{each:04}" for each in range(0, 10_000, 16))


def check_digit(first_17: str) -> str:
    return CHECK[(sum(map(mul, WEIGHTS, first_17.encode())) - _OFFSET) % 11]


def id_number(cell: Cell, today: dt.date) -> tuple[str | None, str | None]:
    """18 characters, or the reason why not. 15 digits become 18; nothing else is repaired."""
    if isinstance(cell, str):
        if (
            len(cell) == 18
            and cell.isascii()
            and (cell.isdigit() or (cell[17] == "X" and cell[:17].isdigit()))
        ):
            return _judged_whole(cell, today)
    elif cell is None:
        return None, None
    elif isinstance(cell, bool):
        return None, "register.id_unreadable"
    elif isinstance(cell, float) or abs(cell) >= 10**15:
        return None, "register.id_number_cell"
    return _read(cell, today)


def _read(cell: Cell, today: dt.date) -> tuple[str | None, str | None]:
    plain = unicodedata.normalize("NFKC", text(cell)).translate(INVISIBLE).strip()
    if plain in NOTHING or _NONE_YET.fullmatch(plain):
        return None, None
    if is_ditto(cell):
        return None, "register.ditto_here"
    if is_error(cell):
        return None, "register.cell_error"
    if _LONG_NUMBER.search(plain):
        return None, "register.id_number_cell"
    plain = _LABEL.sub("", plain).strip()
    if _OTHER_WORD.search(plain):
        return None, "register.id_other"
    if len(_ONE.findall(plain)) > 1 or len(re.findall(r"\d{17}[\dXx]", plain)) > 1:
        return None, "register.id_two"
    if any(map(str.isdigit, plain)) and (_MASKED.search(plain) or "*" in plain):
        return None, "register.id_masked"
    plain = _NOISE.sub("", NOTE.sub("", plain)).upper()
    if plain[-1:] in "×ΧХ✕╳✖" and plain[:-1]:
        plain = plain[:-1] + "X"
    if _MOBILE.fullmatch(plain):
        return None, "register.id_is_phone"
    if not plain[:1].isdigit() and _OTHER.fullmatch(plain):
        return None, "register.id_other"
    return _judged(plain, today) if plain else (None, "register.id_unreadable")


def folded_id(cell: Cell) -> str:
    """What stands in an id cell, valid or not, without labels, signs and remarks: masks as *, a number that a
    spreadsheet kept as a number as its digits came out. For comparing only; `id_number` says what may be taken."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return str(int(cell)) if abs(cell) < 1e20 else ""
    plain = unicodedata.normalize("NFKC", text(cell)).translate(INVISIBLE).strip()
    if _LONG_NUMBER.fullmatch(plain):
        known = plain.upper().partition("E")[0].replace(".", "")
        return known + "*" * (int(re.split("E", plain.upper())[1]) + 1 - len(known))  # what is shown, no more
    plain = _MASKED.sub(lambda match: "*" * len(match[0]), _LABEL.sub("", plain))
    plain = _NOISE.sub("", NOTE.sub("", plain)).upper()
    return plain[:-1] + "X" if plain[:-1] and plain[-1:] in "×ΧХ✕╳✖" else plain


def _judged(number: str, today: dt.date) -> tuple[str | None, str | None]:
    if len(number) == 15 and number.isascii() and number.isdigit():
        longer = number[:6] + "19" + number[6:]
        number = longer + check_digit(longer)
    if not (number.isascii() and number[:17].isdigit()):
        return None, "register.id_unreadable"
    if len(number) != 18:
        return None, "register.id_length"
    return _judged_whole(number, today)


def _judged_whole(number: str, today: dt.date) -> tuple[str | None, str | None]:
    """17 digits and one character more. The weighted sum is taken in three parts: neighbours share the county, days of
    birth are some thirty thousand, and the last three digits a thousand."""
    days, born = _day_part(number[6:14])
    if CHECK[(_county_part(number[:6]) + days + _last_part(number[14:17])) % 11] != number[17]:
        return None, "register.id_check_digit"
    if number[:2] not in _REGIONS and number[0] != "9":
        return None, "register.id_region"
    if born is None or not _OLDEST <= born <= today:
        return None, "register.id_birth"
    return number, None


def _weighed(digits: str, place: int) -> int:
    """The part of the weighted sum of these digits, the first of which stands at `place`."""
    return sum(int(digit) * WEIGHTS[at] for at, digit in enumerate(digits, place))


@lru_cache(maxsize=20_000)
def _county_part(six_digits: str) -> int:
    return _weighed(six_digits, 0)


@lru_cache(maxsize=50_000)
def _day_part(eight_digits: str) -> tuple[int, dt.date | None]:
    return _weighed(eight_digits, 6), day_of(eight_digits)


@cache
def _last_part(three_digits: str) -> int:
    return _weighed(three_digits, 14)


def ends_in_zeros(number: str) -> bool:
    """430581198703124000: a spreadsheet keeps 15 digits and writes zeros for the rest, and a tenth of such wrecks
    pass the check. One real number in a thousand ends so."""
    return number.endswith("000")


def may_be_float(number: str) -> bool:
    """430581198703123968: what a program makes of the number as a float. One real number in 64 is such a value."""
    # Of numbers as long as an id and not beginning with 0 only multiples of 16 can be.
    if number[-4:] not in _SIXTEENS and len(number) == 18 and number[0] != "0" and number.isascii():
        return False
    return number.isdigit() and int(float(number)) == int(number)


@cache
def day_of(eight_digits: str) -> dt.date | None:
    try:
        return dt.date(int(eight_digits[:4]), int(eight_digits[4:6]), int(eight_digits[6:]))
    except ValueError:
        return None


def id_birth(number: str) -> dt.date | None:
    return day_of(number[6:14])


def id_sex(number: str) -> str:
    return "male" if number[16] in "13579" else "female"


def masked_id(number: str | None) -> str:
    """4305**********4518: the county and the last four."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if number else ""
