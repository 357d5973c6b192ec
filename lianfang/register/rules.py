"""Cells of a register sheet: cleaned, checked, never guessed. Pure.

Each reader returns a pair: the value (None or "" when there is none) and the code of what is wrong (None when
nothing is). A cell is str, int, float, bool or None as `reading` delivers it; a whole number too long for a
spreadsheet arrives as float, and its last digits are lost already.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import cache, lru_cache
from operator import mul

Cell = str | int | float | bool | None


def words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# ---------- text ----------

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202c\u202d"))
_DOTS = dict.fromkeys(map(ord, "•‧∙⋅・･．●"), "·")
_NOTE = re.compile(r"[(（].*[)）]?$")
NOTHING = frozenset({"", "无", "空", "/", "\\", "-", "--", "—", "——", "不详", "暂无", "null", "NULL", "None"})


def text(cell: Cell) -> str:
    """Folded to one line of half-width signs; "" for an empty cell. A leading ' is the spreadsheet's, not ours."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        plain = cell
    elif isinstance(cell, bool):
        return "是" if cell else "否"
    else:
        plain = str(cell)
    if plain.isascii() and "  " not in plain:
        return plain.strip().removeprefix("'").strip() if plain.isprintable() else " ".join(plain.split())
    return _folded(plain)


@lru_cache(maxsize=100_000)
def _folded(plain: str) -> str:
    half = "".join(
        unicodedata.normalize("NFKC", c) if "\uff00" <= c <= "\uffef" or c in "\u3000\u00a0" else c
        for c in plain
    )
    return " ".join(half.translate(_INVISIBLE).split()).removeprefix("'").strip()


def person_name(cell: Cell) -> tuple[str, str | None]:
    """张　三 → 张三; the dot of long names is always ·; a remark in brackets is cut off and reported."""
    name = text(cell)
    if name.isalpha() and not name.isascii():
        return (name, None) if len(name) <= 60 else ("", "register.name_too_long")
    name = name.translate(_DOTS)
    code = None
    if "(" in name or "（" in name:
        name, code = _NOTE.sub("", name).strip(), "register.name_note"
    if not name.isascii():
        name = name.replace(" ", "")
        name = re.sub(r"(?<=\w)\.(?=\w)", "·", name)
    if name in NOTHING or not any(c.isalpha() for c in name):
        return "", "register.name_missing"
    return (name, code) if len(name) <= 60 else ("", "register.name_too_long")


# ---------- id numbers (GB 11643) ----------

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
_OFFSET = 48 * sum(WEIGHTS)  # the code of '0' once a digit
# Provinces, then residence permits of Hong Kong, Macao and Taiwan, then permanent residents' new card.
_REGIONS = words(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_ID_NOISE = re.compile(r"[\s'’‘`·._-]+")
_LONG_NUMBER = re.compile(r"\d(?:\.\d+)?E\+?1[4-9]", re.IGNORECASE)


def check_digit(first_17: str) -> str:
    return CHECK[(sum(map(mul, WEIGHTS, first_17.encode())) - _OFFSET) % 11]


def id_number(cell: Cell, today: dt.date) -> tuple[str | None, str | None]:
    """18 characters, or the reason why not. 15 digits become 18; nothing else is repaired."""
    if isinstance(cell, str):
        if (
            len(cell) == 18
            and cell.isascii()
            and cell[:17].isdigit()
            and (cell[17].isdigit() or cell[17] == "X")
        ):
            return _judged_id(cell, today)
    elif cell is None:
        return None, None
    elif isinstance(cell, bool):
        return None, "register.id_unreadable"
    elif isinstance(cell, float) or abs(cell) >= 10**15:
        return None, "register.id_number_cell"
    plain = unicodedata.normalize("NFKC", text(cell)).translate(_INVISIBLE)
    if plain in NOTHING:
        return None, None
    if "*" in plain:
        return None, "register.id_masked"
    if _LONG_NUMBER.search(plain):
        return None, "register.id_number_cell"
    plain = _ID_NOISE.sub("", _NOTE.sub("", plain)).upper()
    if plain[-1:] in "×Χ✕╳" and plain[:-1]:
        plain = plain[:-1] + "X"
    return _judged_id(plain, today)


def _judged_id(number: str, today: dt.date) -> tuple[str | None, str | None]:
    if len(number) == 15 and number.isascii() and number.isdigit():
        longer = number[:6] + "19" + number[6:]
        number = longer + check_digit(longer)
    if not (number.isascii() and number[:17].isdigit()):
        return None, "register.id_unreadable"
    if len(number) != 18:
        return None, "register.id_length"
    if check_digit(number[:17]) != number[17]:
        return None, "register.id_check_digit"
    if number[:2] not in _REGIONS and number[0] != "9":
        return None, "register.id_region"
    born = _day(number[6:14])
    if born is None or not (born.year >= 1880 and born <= today):
        return None, "register.id_birth"
    return number, None


@cache
def _day(eight_digits: str) -> dt.date | None:
    try:
        return dt.date(int(eight_digits[:4]), int(eight_digits[4:6]), int(eight_digits[6:]))
    except ValueError:
        return None


def id_birth(number: str) -> dt.date | None:
    return _day(number[6:14])


def id_sex(number: str) -> str:
    return "male" if number[16] in "13579" else "female"


def masked_id(number: str | None) -> str:
    """4305**********4518: the county and the last four."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if number else ""


# ---------- phones ----------

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0(?:10|2\d|[3-9]\d{2}))(\d{7,8})(?:转(\d{1,6}))?")
_SEVERAL = re.compile(r"[/、;；,，或\n]")
_PHONE_NOISE = re.compile(r"[\s\-–—.()'’]+")
_PREFIX = re.compile(r"(?:\+|00)?86(?=1[3-9]\d{9}$|0\d{9,11}$)")


def phone(cell: Cell) -> tuple[str | None, str | None]:
    """An 11-digit mobile, or a landline as 0739-4222222. Of two numbers in a cell the first is taken and said so."""
    if isinstance(cell, str):
        if len(cell) == 11 and cell.isascii() and cell.isdigit() and cell[0] == "1" and cell[1] >= "3":
            return cell, None
    elif cell is None:
        return None, None
    elif isinstance(cell, float):
        return None, "register.phone_number_cell"
    plain = unicodedata.normalize("NFKC", text(cell)).translate(_INVISIBLE)
    if plain in NOTHING:
        return None, None
    if "*" in plain:
        return None, "register.phone_masked"
    if re.fullmatch(r"\d\.\d+E\+?\d+", plain, re.IGNORECASE):
        return None, "register.phone_number_cell"
    several = [part for part in _SEVERAL.split(plain) if part.strip()]
    code = None
    if len(several) > 1:
        plain, code = several[0], "register.phone_two"
    digits = _PREFIX.sub("", _PHONE_NOISE.sub("", plain).replace("(", ""))
    if _MOBILE.fullmatch(digits):
        return digits, code
    if match := _LANDLINE.fullmatch(digits):
        area, number, extension = match.groups()
        return f"{area}-{number}" + (f"转{extension}" if extension else ""), code
    return None, "register.phone_unreadable"


def masked_phone(number: str | None) -> str:
    """138****2076."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) == 11 else f"{number[:-4]}****"


# ---------- days, sex, bases ----------

_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_EPOCH = dt.date(1899, 12, 30)  # day 0 of a spreadsheet


def birth_day(cell: Cell, today: dt.date) -> tuple[dt.date | None, str | None]:
    """1987-03-12, 1987.3.12, 1987年3月12日, 19870312, or a spreadsheet's day number."""
    if cell is None or cell == "":
        return None, None
    day: dt.date | None = None
    if isinstance(cell, int) and not isinstance(cell, bool) and 366 <= cell <= 80_000:
        day = _EPOCH + dt.timedelta(days=cell)
    else:
        plain = unicodedata.normalize("NFKC", text(cell))
        if plain in NOTHING:
            return None, None
        day = _written_day(plain)
    if day is None:
        return None, "register.birth_unreadable"
    return (day, None) if day.year >= 1880 and day <= today else (None, "register.birth_impossible")


@lru_cache(maxsize=100_000)
def _written_day(plain: str) -> dt.date | None:
    if match := _DATE.fullmatch(plain):
        return _day(f"{match[1]}{int(match[2]):02}{int(match[3]):02}")
    return _day(plain) if len(plain) == 8 and plain.isascii() and plain.isdigit() else None


_SEX = {
    **dict.fromkeys(("男", "男性", "1", "M", "m", "male"), "male"),
    **dict.fromkeys(("女", "女性", "2", "F", "f", "female"), "female"),
}


@lru_cache(maxsize=4096, typed=True)
def sex(cell: Cell) -> tuple[str, str | None]:
    plain = text(cell)
    if plain in NOTHING:
        return "", None
    found = _SEX.get(plain)
    return (found, None) if found else ("", "register.sex_unknown")


_YES = words("是 有 √ ✓ ✔ 对 1 Y y yes YES 在 在家 常住 户籍 本地 本村 本社区 本地户籍 本村户籍 true TRUE")
_NO = words(
    "否 无 × ✗ ✘ x X 0 N n no NO 不 不是 不在 不在家 外出 外地 非户籍 非常住 外地户籍 流动 false FALSE"
)


@lru_cache(maxsize=4096, typed=True)
def yes_no(cell: Cell) -> tuple[bool | None, str | None]:
    """None when nothing is written: the base is then not known from this sheet."""
    if cell is None or cell == "":
        return None, None
    plain = text(cell)
    if plain in _YES:
        return True, None
    if plain in _NO:
        return False, None
    return (None, None) if plain in NOTHING else (None, "register.base_unknown")


# ---------- relation to the head of the household ----------

_RELATIONS = {
    "head": "户主 本人 户主本人 本人(户主) 户长 联系人",
    "spouse": "配偶 妻 妻子 夫 丈夫 夫妻 爱人 老婆 老公 之妻 之夫 户主配偶",
    "child": "子女 子 女 儿 儿子 女儿 独生子 独生女 养子 养女 继子 继女 儿媳 媳 媳妇 儿媳妇 女婿 婿 养子女 继子女"
    " 长子 次子 三子 四子 五子 六子 二子 长女 次女 三女 四女 五女 六女 二女 大儿子 二儿子 小儿子 大女儿 二女儿"
    " 小女儿 其他儿子 其他女儿 长媳 次媳 长婿 之子 之女 户主子女",
    "grandchild": "孙辈 孙 孙子 孙女 外孙 外孙子 外孙女 孙媳 孙媳妇 孙女婿 外孙媳妇 外孙女婿 曾孙 曾孙子 曾孙女"
    " 外曾孙 外曾孙女 长孙 次孙 重孙 孙子女",
    "parent": "父母 父 母 父亲 母亲 爸爸 妈妈 公公 婆婆 岳父 岳母 继父 继母 养父 养母 公婆 岳父母 之父 之母",
    "tenant": "租客 租户 承租人 房客 租住 租住人员 租住户 合租 承租户 租房",
    "other": "其他 其它 亲属 其他亲属 非亲属 兄弟姐妹 兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 嫂子 弟媳 侄子 侄女 外甥 外甥女"
    " 祖父 祖母 爷爷 奶奶 外祖父 外祖母 外公 外婆 祖父母 外祖父母 曾祖父 曾祖母 叔父 伯父 姑姑 舅舅 保姆 家政"
    " 同事 工友 同学 朋友 寄居 寄养 员工 学生 老人 集体户成员 成员",
}
_RELATION = {word: relation for relation, words in _RELATIONS.items() for word in words.split()}


@lru_cache(maxsize=4096, typed=True)
def relation(cell: Cell) -> tuple[str, str | None]:
    """长子, 儿媳 → child; an unknown word is taken as other and reported; "" when the cell is empty."""
    plain = text(cell)
    if plain in NOTHING:
        return "", None
    found = _RELATION.get(plain) or _RELATION.get(plain.replace(" ", ""))
    return (found, None) if found else ("other", "register.relation_unknown")


def is_relation(plain: str) -> bool:
    return plain in _RELATION


_KINDS = {"家庭户": "family", "家庭": "family", "集体户": "collective", "集体": "collective"}


@lru_cache(maxsize=4096, typed=True)
def household_kind(cell: Cell) -> str:
    return _KINDS.get(text(cell), "")


def is_vacant(cell: Cell) -> bool:
    return text(cell) in {"空置", "空房", "空户", "无人居住", "空置房"}


def age_on(born: dt.date | None, day: dt.date) -> int | None:
    """Full years. Born on 29 February, one is a year older on 1 March."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
