"""Single cells as people and spreadsheets spoil them. Each trap: (rng, resident) → the written cell and what is right.

A cell is str, int, float, dt.date, None, or one of the marks below. Traps named in UNTYPED_ONLY or TYPED_ONLY need a
format that forgets or keeps the type of a cell.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lianfang.demo.identity import check_character
from tests.messy.people import Resident
from tests.messy.truth import MAY, REFUSE, SILENT, TAKE, UNSAID, Want


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula; `shown` is what the sheet kept of its result, None: nothing (saved by a program, never opened)."""

    text: str
    shown: str | float | None


Trap = Callable[[random.Random, Resident], tuple[Any, Want]]
FULL_WIDTH = str.maketrans("0123456789X+-()", "０１２３４５６７８９Ｘ＋－（）")


# ---------- ids ----------


def _id(cell: Any, resident: Resident, must: str, trap: str) -> tuple[Any, Want]:
    return cell, Want((resident.id_number,), must, trap)


def looks_wrecked(number: str) -> bool:
    """A real number that is, by chance, what a spreadsheet or a program makes of another: nobody can tell them apart."""
    return number.isdigit() and (number.endswith("000") or int(float(number)) == int(number))


def _check_broken(number: str) -> str:
    return number[:17] + ("5" if number[17] != "5" else "7")


def _spaced(rng: random.Random, number: str) -> str:
    gap = rng.choice((" ", "  ", "\u00a0", "\u3000"))
    return gap.join((number[:6], number[6:14], number[14:]))


def _fifteen(resident: Resident) -> str:
    return resident.id_number[:6] + resident.id_number[8:17]


def _fifteen_want(cell: Any, resident: Resident, trap: str) -> tuple[Any, Want]:
    """The short form says 19.. by law and has no check digit, so a person of this century has none."""
    first = resident.id_number[:6] + "19" + resident.id_number[8:17]
    return cell, Want((first + check_character(first),), TAKE, trap)


def _id_number_typed(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    if resident.id_number.endswith("X"):  # the spreadsheet cannot make a number of it
        return _id(resident.id_number, resident, TAKE, "id.typed_x")
    return _id(float(int(resident.id_number[:15] + "000")), resident, REFUSE, "id.typed")


def _id_wreck_text(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    """A number cell that was turned into text later: its last digits went long ago."""
    if resident.id_number.endswith("X"):
        return _id(resident.id_number, resident, TAKE, "id.typed_x")
    return _id(resident.id_number[:15] + "000", resident, REFUSE, "id.wreck_000")


def _id_wreck_int(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    """What a program writes that read the number as a float: 430581198703123968."""
    if resident.id_number.endswith("X"):
        return _id(resident.id_number, resident, TAKE, "id.typed_x")
    wreck = str(int(float(resident.id_number)))
    return _id(wreck, resident, MAY if wreck == resident.id_number else REFUSE, "id.wreck_int")


def _id_typo(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    place = rng.randrange(6, 17)
    wrong = rng.choice([d for d in "0123456789" if d != resident.id_number[place]])
    return _id(
        resident.id_number[:place] + wrong + resident.id_number[place + 1 :], resident, REFUSE, "id.typo"
    )


def _id_swapped_digits(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    number = resident.id_number
    places = [i for i in range(6, 16) if number[i] != number[i + 1]]
    i = rng.choice(places)
    return _id(
        number[:i] + number[i + 1] + number[i] + number[i + 2 :], resident, REFUSE, "id.digits_swapped"
    )


def _id_letters(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    number = resident.id_number
    if "0" in number[6:17]:
        place = number.index("0", 6)
        return _id(number[:place] + rng.choice("Oo") + number[place + 1 :], resident, REFUSE, "id.letter_o")
    place = number.index("1", 6) if "1" in number[6:] else 6
    return _id(number[:place] + rng.choice("lI") + number[place + 1 :], resident, REFUSE, "id.letter_l")


ID: dict[str, Trap] = {
    "id.x_small": lambda r, p: _id(p.id_number.lower(), p, TAKE, "id.x_small"),
    "id.x_forms": lambda r, p: _id(p.id_number.replace("X", r.choice("Ｘ×χΧｘ")), p, TAKE, "id.x_forms"),
    "id.full_width": lambda r, p: _id(p.id_number.translate(FULL_WIDTH), p, TAKE, "id.full_width"),
    "id.spaces": lambda r, p: _id(_spaced(r, p.id_number), p, TAKE, "id.spaces"),
    "id.invisible": lambda r, p: _id(
        r.choice(("\u200b", "\ufeff", "\u202d", "\t")) + p.id_number + r.choice((" ", "\u200b", "\n", "")),
        p,
        TAKE,
        "id.invisible",
    ),
    "id.apostrophe": lambda r, p: _id(r.choice("'‘’＇`") + p.id_number, p, TAKE, "id.apostrophe"),
    "id.remark": lambda r, p: _id(
        p.id_number + r.choice(("(本人)", "（本人）", "（已核）")), p, TAKE, "id.remark"
    ),
    "id.label": lambda r, p: _id(r.choice(("身份证:", "身份证号：")) + p.id_number, p, MAY, "id.label"),
    "id.fifteen": lambda r, p: _fifteen_want(_fifteen(p), p, "id.fifteen"),
    "id.fifteen_typed": lambda r, p: _fifteen_want(int(_fifteen(p)), p, "id.fifteen_typed"),
    "id.typed": _id_number_typed,
    "id.scientific": lambda r, p: _id(f"{float(p.id_number[:17]) * 10:.5E}", p, REFUSE, "id.scientific"),
    "id.wreck_000": _id_wreck_text,
    "id.wreck_int": _id_wreck_int,
    "id.seventeen": lambda r, p: _id(p.id_number[:17], p, REFUSE, "id.seventeen"),
    "id.nineteen": lambda r, p: _id(
        p.id_number[: (at := r.randrange(6, 17))] + p.id_number[at] + p.id_number[at:],
        p,
        REFUSE,
        "id.nineteen",
    ),
    "id.typo": _id_typo,
    "id.digits_swapped": _id_swapped_digits,
    "id.check": lambda r, p: _id(_check_broken(p.id_number), p, REFUSE, "id.check"),
    "id.letters": _id_letters,
    "id.masked": lambda r, p: _id(
        p.id_number[:4] + "*" * 10 + p.id_number[-4:] if r.random() < 0.7 else p.id_number[:14] + "xxxx",
        p,
        REFUSE,
        "id.masked",
    ),
    "id.two": lambda r, p: _id(
        p.id_number + r.choice(("/", "、", "\n", " ")) + _other_id(r, p), p, REFUSE, "id.two"
    ),
    "id.passport": lambda r, p: _id(
        r.choice(("护照", "", "")) + f"E{r.randrange(10**8):08}", p, REFUSE, "id.passport"
    ),
    "id.home_return": lambda r, p: _id(f"H{r.randrange(10**8):08}", p, REFUSE, "id.home_return"),
    "id.none_said": lambda r, p: _id(r.choice(("无", "—", "/", "暂无")), p, SILENT, "id.none_said"),
    "id.newborn": lambda r, p: _id(
        r.choice(("新生儿", "未上户", "未办", "婴儿未办证")), p, UNSAID, "id.newborn"
    ),
    "id.error": lambda r, p: _id(Formula("=#REF!", "#REF!"), p, UNSAID, "id.error"),
    "id.formula_kept": lambda r, p: _id(Formula('=A1&""', p.id_number), p, TAKE, "id.formula_kept"),
    "id.formula_lost": lambda r, p: _id(Formula('=A1&""', None), p, UNSAID, "id.formula_lost"),
    "id.region": lambda r, p: _id(_with_check("580581" + p.id_number[6:17]), p, REFUSE, "id.region"),
    "id.no_such_day": lambda r, p: _id(
        _with_check(p.id_number[:10] + "0231" + p.id_number[14:17]), p, REFUSE, "id.no_such_day"
    ),
    "id.future": lambda r, p: _id(
        _with_check(p.id_number[:6] + "2031" + p.id_number[10:17]), p, REFUSE, "id.future"
    ),
}


def _with_check(first: str) -> str:
    return first + check_character(first)


def _other_id(rng: random.Random, resident: Resident) -> str:
    return _with_check(resident.id_number[:14] + f"{rng.randrange(1000):03}")


# ---------- phones ----------


def _phone(cell: Any, resident: Resident, must: str, trap: str, *more: str) -> tuple[Any, Want]:
    own = resident.phone
    return cell, Want((own, *more) if own else more, must, trap)


def _landline(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    own = f"0739-{rng.randrange(5000000, 5999999)}"
    written = rng.choice((own, own.replace("-", ""), f"({own[:4]}){own[5:]}", own.replace("-", "－")))
    return written, Want((own,), TAKE, "phone.landline")


def _two_phones(rng: random.Random, resident: Resident) -> tuple[Any, Want]:
    own = str(resident.phone)
    other = f"1380000{rng.randrange(10_000):04}"
    return _phone(
        own + rng.choice(("/", "、", ";", "；", "或", "，", " ", "\n")) + other,
        resident,
        TAKE,
        "phone.two",
        other,
    )


PHONE: dict[str, Trap] = {
    "phone.spaces": lambda r, p: _phone(_grouped(p, " "), p, TAKE, "phone.spaces"),
    "phone.dashes": lambda r, p: _phone(_grouped(p, r.choice("-－—")), p, TAKE, "phone.dashes"),
    "phone.prefix": lambda r, p: _phone(
        r.choice(("+86", "0086", "86", "+86 ", "（+86）", "+86-")) + str(p.phone), p, TAKE, "phone.prefix"
    ),
    "phone.full_width": lambda r, p: _phone(str(p.phone).translate(FULL_WIDTH), p, TAKE, "phone.full_width"),
    "phone.typed": lambda r, p: _phone(int(str(p.phone)), p, TAKE, "phone.typed"),
    "phone.scientific": lambda r, p: _phone(f"{float(str(p.phone)):.2E}", p, REFUSE, "phone.scientific"),
    "phone.ten": lambda r, p: _phone(str(p.phone)[:10], p, REFUSE, "phone.ten"),
    "phone.twelve": lambda r, p: _phone(
        f"{str(p.phone)[:7]}{r.randrange(10)}{str(p.phone)[7:]}", p, REFUSE, "phone.twelve"
    ),
    "phone.landline": _landline,
    "phone.short": lambda r, p: (
        short := f"6{r.randrange(10_000):04}",
        Want((short,), MAY, "phone.short"),
    ),
    "phone.same_as_father": lambda r, p: _phone(
        r.choice(("同父", "同户主", "同母亲")), p, MAY, "phone.same_as_father"
    ),
    "phone.ditto": lambda r, p: _phone(r.choice(("同上", "〃")), p, REFUSE, "phone.ditto"),
    "phone.two": _two_phones,
    "phone.masked": lambda r, p: _phone(
        str(p.phone)[:3] + "****" + str(p.phone)[7:], p, REFUSE, "phone.masked"
    ),
    "phone.invisible": lambda r, p: _phone(
        r.choice(("\u200b", "\u202d", "'", "\u00a0")) + str(p.phone) + r.choice((" ", "\u202c", "")),
        p,
        TAKE,
        "phone.invisible",
    ),
    "phone.remark": lambda r, p: _phone(
        str(p.phone) + r.choice(("(妻)", "（本人）", "（儿子）")), p, MAY, "phone.remark"
    ),
    "phone.none_said": lambda r, p: _phone(r.choice(("无", "—", "/", "没有")), p, SILENT, "phone.none_said"),
    "phone.words": lambda r, p: _phone(r.choice(("停机", "空号", "不详")), p, UNSAID, "phone.words"),
    "phone.id_inside": lambda r, p: _phone(p.id_number, p, REFUSE, "phone.id_inside"),
}


def _grouped(resident: Resident, sign: str) -> str:
    own = str(resident.phone)
    return sign.join((own[:3], own[3:7], own[7:]))


# ---------- days of birth ----------


def _day(cell: Any, resident: Resident, must: str, trap: str) -> tuple[Any, Want]:
    return cell, Want((resident.birth_on,), must, trap)


def _serial(day: dt.date) -> int:
    return (day - dt.date(1899, 12, 30)).days


BIRTH: dict[str, Trap] = {
    "birth.dots": lambda r, p: _day(_plain(p, "."), p, TAKE, "birth.dots"),
    "birth.slashes": lambda r, p: _day(_plain(p, "/"), p, TAKE, "birth.slashes"),
    "birth.eight": lambda r, p: _day(f"{p.birth_on:%Y%m%d}", p, TAKE, "birth.eight"),
    "birth.eight_typed": lambda r, p: _day(int(f"{p.birth_on:%Y%m%d}"), p, TAKE, "birth.eight_typed"),
    "birth.words": lambda r, p: _day(
        f"{p.birth_on.year}年{p.birth_on.month}月{p.birth_on.day}日", p, TAKE, "birth.words"
    ),
    "birth.full_width": lambda r, p: _day(
        p.birth_on.isoformat().translate(FULL_WIDTH), p, TAKE, "birth.full_width"
    ),
    "birth.clock": lambda r, p: _day(f"{p.birth_on.isoformat()} 00:00:00", p, TAKE, "birth.clock"),
    "birth.cell": lambda r, p: _day(p.birth_on, p, TAKE, "birth.cell"),
    "birth.serial": lambda r, p: _day(_serial(p.birth_on), p, TAKE, "birth.serial"),
    "birth.two_digit_year": lambda r, p: _day(_plain(p, r.choice("./-"))[2:], p, MAY, "birth.two_digit_year"),
    "birth.month_only": lambda r, p: _day(
        r.choice((f"{p.birth_on:%Y}.{p.birth_on.month}", f"{p.birth_on.year}年{p.birth_on.month}月")),
        p,
        REFUSE,
        "birth.month_only",
    ),
    "birth.year_less": lambda r, p: _day(
        f"{p.birth_on.month}月{p.birth_on.day}日", p, REFUSE, "birth.year_less"
    ),
    "birth.float": lambda r, p: _day(8.1, p, REFUSE, "birth.float"),
    "birth.no_such_day": lambda r, p: _day(f"{p.birth_on.year}年2月30日", p, REFUSE, "birth.no_such_day"),
    "birth.lunar": lambda r, p: _day(
        r.choice(("腊月二十九", "正月初二", "大年30", f"{p.birth_on.year}年正月初三")),
        p,
        REFUSE,
        "birth.lunar",
    ),
    "birth.future": lambda r, p: _day("2062-03-12", p, REFUSE, "birth.future"),
    "birth.age_instead": lambda r, p: _day(f"{2026 - p.birth_on.year}岁", p, REFUSE, "birth.age_instead"),
}


def _plain(resident: Resident, sign: str) -> str:
    born = resident.birth_on
    return f"{born.year}{sign}{born.month}{sign}{born.day}"


# ---------- sex, yes and no, relation ----------


def _sex(male: str, female: str, trap: str, must: str = TAKE) -> Trap:
    return lambda r, p: (male if p.sex == "male" else female, Want((p.sex,), must, trap))


SEX: dict[str, Trap] = {
    "sex.codes": _sex("1", "2", "sex.codes"),
    "sex.codes_typed": lambda r, p: (1 if p.sex == "male" else 2, Want((p.sex,), TAKE, "sex.codes_typed")),
    "sex.long": _sex("男性", "女性", "sex.long"),
    "sex.spaced": _sex(" 男", "女　", "sex.spaced"),
    "sex.letters": _sex("M", "F", "sex.letters"),
    "sex.unclear": lambda r, p: ("男/女", Want((p.sex,), REFUSE, "sex.unclear")),
    "sex.unknown": lambda r, p: (r.choice(("不明", "?")), Want((p.sex,), UNSAID, "sex.unknown")),
}
YES = ("是", "有", "√", "✓", "1", "Y", "y", "对", "√ ")
NO = ("否", "无", "×", "0", "N", "n", "不是", "x", "✗")


def yes_no(rng: random.Random, truth: bool, trap: str) -> tuple[Any, Want]:
    """`trap`: "plain", "signs" or "unclear"."""
    if trap == "plain":
        return "是" if truth else "否", Want((truth,), TAKE, "yes_no.plain")
    if trap == "signs":
        return rng.choice(YES if truth else NO), Want((truth,), TAKE, "yes_no.signs")
    if trap == "typed":
        return 1 if truth else 0, Want((truth,), TAKE, "yes_no.typed")
    if truth and rng.random() < 0.4:
        return "J", Want((True,), MAY, "yes_no.scanned")  # what a reader of scans makes of √
    if rng.random() < 0.5:
        return rng.choice(("—", "/", "空")), Want((False, None), MAY, "yes_no.nothing")
    return rng.choice(("正常", "待定", "偶尔")), Want((), REFUSE, "yes_no.unclear")


RELATIONS = {
    "head": ("户主", "本人", "户主本人"),
    "spouse": ("配偶", "妻", "妻子", "丈夫", "夫", "爱人"),
    "child": ("长子", "次子", "长女", "儿子", "女儿", "子", "女", "儿媳", "女婿", "养子", "二女"),
    "grandchild": ("孙子", "孙女", "孙", "外孙", "外孙女", "孙媳"),
    "parent": ("父亲", "母亲", "父", "母", "岳母", "公公"),
    "tenant": ("租客", "租户", "房客"),
    "other": ("其他", "兄弟", "侄子", "保姆", "弟弟"),
}


def relation(rng: random.Random, resident: Resident, trap: str) -> tuple[Any, Want]:
    if trap == "unknown":
        return rng.choice(("干亲", "表舅婆", "老乡")), Want(("other", ""), MAY, "relation.unknown")
    said = rng.choice(RELATIONS[resident.relation])
    if trap == "decorated":
        said = rng.choice((f"{said} ", f" {said}", said + "\u3000"))
    return said, Want((resident.relation,), TAKE, f"relation.{trap}")


# ---------- names ----------


def name(rng: random.Random, resident: Resident, trap: str) -> tuple[Any, Want]:
    own = resident.name
    want = Want((own,), TAKE, f"name.{trap}")
    if trap == "spaced":
        gap = rng.choice((" ", "\u3000", "  ", "\u00a0"))
        return (own[0] + gap + own[1:] if "·" not in own else own + " "), want
    if trap == "dots":
        return own.replace("·", rng.choice("•.．‧・∙⋅")), want
    if trap == "remark":
        return own + rng.choice(("(已外出)", "（外出务工）", "(户主)", "（残疾）")), want
    if trap == "invisible":
        return rng.choice(("\u200b", "\ufeff", "'")) + own + rng.choice(("", "\u200b", "\n")), want
    if trap == "nickname":  # written as it is; nobody can know better
        said = own[0] + "老"
        return said, Want((said,), TAKE, "name.nickname")
    if trap == "traditional":
        said = own[0] + "國" + own[-1]
        return said, Want((said,), TAKE, "name.traditional")
    return own, want


NAME_TRAPS = ("spaced", "dots", "remark", "invisible", "nickname", "traditional")
