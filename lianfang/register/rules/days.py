"""Days as people and spreadsheets write them. Nothing is guessed in silence. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache

from lianfang.register.rules.identity import day_of
from lianfang.register.rules.texts import INVISIBLE, NOTHING, Cell, is_ditto, is_error, text

_TIME = r"(?:日|号)?(?:[ T]*(?:凌晨|早上|上午|中午|下午|晚上|晚)?\d{0,2}(?:[:：点时]\d{0,2}(?:分?(?::\d{2}(?:\.\d+)?)?)?(?:秒)?|(?=$)))?Z?"
_DATE = re.compile(rf"(\d{{4}})[-./年,\\](\d{{1,2}})[-./月,\\](\d{{1,2}}){_TIME}")
_SHORT_YEAR = re.compile(r"'?(\d{2})[-./年](\d{1,2})[-./月](\d{1,2})[日号]?")
_NO_DAY = re.compile(r"(\d{4})(?:[-./年,](\d{1,2})月?|年)|(?:19|20)\d{2}(?:0[1-9]|1[0-2])?")
_NO_YEAR = re.compile(rf"(\d{{1,2}})[-./月](\d{{1,2}}){_TIME}")
_ONLY_DAY = re.compile(r"(\d{1,2})[号日]")
_LUNAR = re.compile(r"农历|阴历|旧历|正月|腊月|冬月|闰|初[一二三四五六七八九十]|廿|年三十|大年|除夕|三十晚")
_RELATIVE = {"今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "前天": -2, "大前天": -3, "明天": 1, "后天": 2}
_HAN = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_HAN_DATE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]"
)
_EPOCH = dt.date(1899, 12, 30)  # day 0 of a spreadsheet
_DAYS_1904 = 1462  # by which the other day count of spreadsheets is behind
_OLDEST = 1880
_FIRST, _LAST = 366, 80_000  # day numbers of 1901 to 2119


def birth_day(cell: Cell, today: dt.date, *, is_1904: bool = False) -> tuple[dt.date | None, str | None]:
    """1987-03-12, 1987.3.12, 1987年3月12日, 19870312, 87.3.12, or a spreadsheet's day number."""
    if cell is None or cell == "":
        return None, None
    day = _iso(cell) if type(cell) is str and len(cell) == 10 else None
    if day is not None:
        return (day, None) if day.year >= _OLDEST and day <= today else (None, "register.birth_impossible")
    if isinstance(cell, int) and not isinstance(cell, bool) and _OLDEST <= cell <= today.year:
        return None, "register.birth_no_day"  # a year; as a day number it would be one of 1905
    if isinstance(cell, int) and not isinstance(cell, bool) and _FIRST <= cell <= _LAST:
        day = _EPOCH + dt.timedelta(days=cell + (_DAYS_1904 if is_1904 else 0))
    else:
        plain = _plain(cell)
        if plain in NOTHING:
            return None, None
        if len(plain) == 5 and plain.isdecimal() and plain.isascii() and _FIRST <= int(plain) <= _LAST:
            # a day number in a sheet saved as text
            return birth_day(int(plain), today, is_1904=is_1904)
        day, code = _written(plain)
        if day is None and (match := _SHORT_YEAR.fullmatch(plain)):
            day, code = _of_short_year(match, today)
        if day is None:
            return None, "register.cell_error" if is_error(cell) else "register.ditto_here" if is_ditto(
                cell
            ) else code
    return (day, None) if day.year >= _OLDEST and day <= today else (None, "register.birth_impossible")


@lru_cache(maxsize=100_000)
def _iso(written: str) -> dt.date | None:
    """1987-03-12, as most programs write it."""
    if written[4] == "-" == written[7] and written.isascii():
        return (
            day_of(written[:4] + written[5:7] + written[8:]) if written.replace("-", "").isdigit() else None
        )
    return None


def _plain(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", text(cell)).translate(INVISIBLE).strip()


@lru_cache(maxsize=100_000)
def _written(plain: str) -> tuple[dt.date | None, str]:
    """A day with its year of four digits; else what keeps it from being one."""
    if match := _DATE.fullmatch(plain.replace(" ", "") if "年" in plain else plain):
        found = day_of(f"{match[1]}{int(match[2]):02}{int(match[3]):02}")
        return found, "register.birth_unreadable"
    if len(plain) == 8 and plain.isascii() and plain.isdigit():
        return day_of(plain), "register.birth_unreadable"
    if match := _HAN_DATE.fullmatch(plain):
        year, month, day = match[1].translate(_HAN), _han_number(match[2]), _han_number(match[3])
        return day_of(f"{year}{month:02}{day:02}"), "register.birth_unreadable"
    if _LUNAR.search(plain):
        return None, "register.birth_lunar"
    if _NO_DAY.fullmatch(plain):
        return None, "register.birth_no_day"
    return None, "register.birth_unreadable"


def _han_number(written: str) -> int:
    tens, ten, ones = written.rpartition("十")
    value = int(ones.translate(_HAN)) if ones else 0
    return value + (int(tens.translate(_HAN)) if tens else 1) * 10 if ten else value


def _of_short_year(match: re.Match[str], today: dt.date) -> tuple[dt.date | None, str]:
    """87.3.12 is of the last century; 12.3.12 may be of either, and nobody says which."""
    year = int(match[1])
    if year <= today.year % 100:
        return None, "register.birth_two_digits"
    return day_of(f"19{year:02}{int(match[2]):02}{int(match[3]):02}"), "register.birth_unreadable"


def report_day(cell: Cell, near: dt.date, *, is_1904: bool = False) -> tuple[dt.date | None, str | None]:
    """A day about which a sheet of the day `near` speaks: a visit, a return, a test. For rooms above the register.

    Also 8月7日, 8.7, 7号, 昨天: the year or month nearest to `near` is taken and said (`register.day_completed`). A
    number 8.1 may be the first or the tenth (`register.day_lost_zero`); words of the lunar year are not read.
    """
    if cell is None or cell == "" or isinstance(cell, bool):
        return None, None
    if isinstance(cell, int) and _FIRST <= cell <= _LAST:
        return _EPOCH + dt.timedelta(days=cell + (_DAYS_1904 if is_1904 else 0)), None
    plain = _plain(cell)
    if plain in NOTHING:
        return None, None
    if plain in _RELATIVE:
        return near + dt.timedelta(days=_RELATIVE[plain]), "register.day_completed"
    day, code = _written(plain)
    if day:
        return day, None
    if match := _SHORT_YEAR.fullmatch(plain):
        return _sure(day_of(f"20{match[1]}{int(match[2]):02}{int(match[3]):02}"), None)
    if isinstance(cell, float) and re.fullmatch(r"\d{1,2}\.\d", plain) and plain.endswith((".1", ".2", ".3")):
        return None, "register.day_lost_zero"
    if match := _NO_YEAR.fullmatch(plain):
        return _sure(_nearest(int(match[1]), int(match[2]), near), "register.day_completed")
    if match := _ONLY_DAY.fullmatch(plain):
        found = [
            _day(near.year + (near.month + back - 1) // 12, (near.month + back - 1) % 12 + 1, int(match[1]))
            for back in (-1, 0, 1)
        ]
        return _sure(_closest(found, near), "register.day_completed")
    return None, code


def _sure(day: dt.date | None, code: str | None) -> tuple[dt.date | None, str | None]:
    return (day, code) if day else (None, "register.birth_unreadable")


def _nearest(month: int, day: int, near: dt.date) -> dt.date | None:
    return _closest([_day(near.year + step, month, day) for step in (-1, 0, 1)], near)


def _closest(days: list[dt.date | None], near: dt.date) -> dt.date | None:
    real = [day for day in days if day]
    return min(real, key=lambda day: abs(day - near), default=None)


def _day(year: int, month: int, day: int) -> dt.date | None:
    return day_of(f"{year}{month:02}{day:02}") if 1 <= month <= 12 and 1 <= day <= 31 else None


def age_on(born: dt.date | None, day: dt.date) -> int | None:
    """Full years. Born on 29 February, one is a year older on 1 March."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
