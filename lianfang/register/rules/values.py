"""Sex, yes and no, relations, counts, doses: cells with few values, each written in many ways. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from lianfang.register.rules.texts import INVISIBLE, NOTHING, Cell, is_ditto, is_error, text, words

_SEX = {
    **dict.fromkeys(("男", "男性", "1", "M", "m", "male"), "male"),
    **dict.fromkeys(("女", "女性", "2", "F", "f", "female"), "female"),
}


@lru_cache(maxsize=4096, typed=True)
def sex(cell: Cell) -> tuple[str, str | None]:
    plain = text(cell).strip("性 ")
    if plain in NOTHING:
        return "", None
    found = _SEX.get(plain)
    return (found, None) if found else ("", "register.sex_unknown")


# J, R, P, ü, þ: what a reader of scans, or a font of signs, makes of √.
_YES = words(
    "是 有 √ ✓ ✔ ☑ ✅ 对 J R P ü þ ∨ v V 1 Y y yes YES 在 在家 常住 户籍 本地 本村 本社区 本地户籍 本村户籍 true TRUE"
)
_NO = words(
    "否 无 没 没有 × ✗ ✘ ✕ ☒ ❌ Х х x X 0 N n no NO 不 不是 不在 不在家 外出 外地 非户籍 非常住 外地户籍 流动 false FALSE"
)


# 外出广东, 在浙江务工: not at home, and where; the words themselves stay with the raw row.
_AWAY = re.compile(
    r"(?:已|长期|常年)?(?:外出|在外|出外|未在家|不在家|未回|没回)|在.{1,12}(?:务工|打工|读书|上学|经商)$"
)


@lru_cache(maxsize=4096, typed=True)
def yes_no(cell: Cell) -> tuple[bool | None, str | None]:
    """None when nothing is written: the base is then not known from this sheet."""
    if cell is None or cell == "":
        return None, None
    plain = text(cell).translate(INVISIBLE).replace(" ", "")
    if plain in _YES:
        return True, None
    if plain in _NO or _AWAY.match(plain):
        return False, None
    if is_error(cell):
        return None, "register.cell_error"
    return (None, None) if plain in NOTHING or plain in ("□", "☐", "○") else (None, "register.base_unknown")


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


_BRACKETS = re.compile(r"[(（].*?[)）]")


@lru_cache(maxsize=4096, typed=True)
def relation(cell: Cell) -> tuple[str, str | None]:
    """长子, 儿媳 → child; an unknown word is taken as other and reported; "" when the cell is empty."""
    plain = text(cell)
    if plain in NOTHING:
        return "", None
    if is_ditto(cell):
        return "", "register.ditto_here"
    if is_error(cell):
        return "", "register.cell_error"
    bare = _BRACKETS.sub("", plain).replace(" ", "").strip("、,，.。:：")
    found = (
        _RELATION.get(plain)
        or _RELATION.get(bare)
        or _RELATION.get(bare.removeprefix("户主之").removeprefix("户主"))
    )
    return (found, None) if found else ("other", "register.relation_unknown")


def is_relation(plain: str) -> bool:
    return plain in _RELATION


_KINDS = {"家庭户": "family", "家庭": "family", "集体户": "collective", "集体": "collective"}


@lru_cache(maxsize=4096, typed=True)
def household_kind(cell: Cell) -> str:
    return _KINDS.get(text(cell), "")


_COLLECTIVES = {
    "dormitory": "宿舍 集体宿舍 员工宿舍 学生宿舍 职工宿舍",
    "site": "工地 建筑工地 工棚",
    "nursing_home": "养老院 敬老院 养老机构 福利院",
    "boat": "船上 船 渔船 船舶",
    "street": "街面、无固定住处 街面 无固定住处 流浪",
}
_COLLECTIVE = {word: kind for kind, words in _COLLECTIVES.items() for word in words.split()}


@lru_cache(maxsize=4096, typed=True)
def collective_kind(cell: Cell) -> str:
    """What a 集体户 is; a word that is none of ours is "other", "" when the cell is empty."""
    plain = text(cell)
    return "" if plain in NOTHING or is_error(cell) else _COLLECTIVE.get(plain, "other")


def is_vacant(cell: Cell) -> bool:
    return text(cell) in {"空置", "空房", "空户", "无人居住", "空置房"}


def is_unnamed(cell: Cell) -> bool:
    """A door of which nobody has said yet who lives there."""
    return text(cell) == "未登记"


# ---------- amounts ----------

_COUNT = re.compile(r"(?:共计?|约)?\s*(\d[\d,]*)(\.\d+)?\s*(万)?\s*(?:人|户|口|个|名|次|针|剂|套|岁)?")
_HAN_COUNT = re.compile(r"([一二两三四五六七八九十百]{1,5})(?:人|户|口|个|名)?")
_HAN_DIGITS = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))


def count(cell: Cell) -> tuple[int | None, str | None]:
    """3人, 三, 2,557 → a number. 42.93万 is rounded, so the people behind it are not known: refused."""
    if cell is None or isinstance(cell, bool):
        return None, None
    if isinstance(cell, int):
        return (cell, None) if cell >= 0 else (None, "register.count_unreadable")
    plain = unicodedata.normalize("NFKC", text(cell)).translate(INVISIBLE).strip()
    if plain in NOTHING:
        return None, None
    if match := _COUNT.fullmatch(plain):
        if match[3] or match[2]:
            return None, "register.count_rounded"
        return int(match[1].replace(",", "")), None
    if match := _HAN_COUNT.fullmatch(plain):
        return _han(match[1]), None
    return None, "register.count_unreadable"


def _han(written: str) -> int:
    total, current = 0, 0
    for char in written:
        if char in "十百":
            total, current = total + (current or 1) * (10 if char == "十" else 100), 0
        else:
            current = _HAN_DIGITS[char]
    return total + current


_DOSE = re.compile(r"(?:已?(?:接种|打)?了?)?(?:第)?([0-4一二两三四])(?:针|剂|剂次|次)?(?:次)?")
_NO_DOSE = words("未接种 未打 没打 未种 0针 未 禁忌 禁忌症 拒绝 拒打 不打 未接 不能打")


def doses(cell: Cell) -> tuple[int | None, str | None]:
    """How many doses: 2针, 两剂 → 2; 加强 → 3; 第一针6.1二针7.3 → 2. 全程 depends on the vaccine: reported."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return (cell, None) if 0 <= cell <= 4 else (None, "register.doses_unreadable")
    plain = unicodedata.normalize("NFKC", text(cell)).translate(INVISIBLE).replace(" ", "")
    if plain in NOTHING:
        return None, None
    if plain in _NO_DOSE:
        return 0, None
    if "加强" in plain:
        return (None, "register.doses_unreadable") if re.search("未|没", plain) else (3, None)
    if match := _DOSE.fullmatch(plain):
        return int(match[1]) if match[1].isdigit() else _han(match[1]), None
    numbered = re.findall(r"第?([一二三四1-4])[针剂]", plain)
    if numbered and not re.search("未|没", plain):
        return max(int(one) if one.isdigit() else _han(one) for one in numbered), None
    return None, "register.doses_whole" if "全程" in plain else "register.doses_unreadable"
