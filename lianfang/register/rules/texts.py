"""Text and names of people as they stand in cells. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

Cell = str | int | float | bool | None


def words(line: str) -> frozenset[str]:
    return frozenset(line.split())


INVISIBLE = dict.fromkeys(
    [
        *map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\ufe0e\ufe0f"),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)
NOTE = re.compile(r"[(（\[【].*[)）\]】]?$")
NOTHING = frozenset(
    {
        *(
            "",
            "无",
            "空",
            "/",
            "//",
            "\\",
            "-",
            "--",
            "---",
            "—",
            "——",
            "－",
            "_",
            "、",
            "不详",
            "暂无",
            "没有",
            "无信息",
        ),
        *("null", "NULL", "None", "none", "NA", "N/A", "nan", "NaN", "?", "？", "未知", "未填", "不清楚"),
    }
)
ERRORS = words("#REF! #N/A #VALUE! #NAME? #DIV/0! #NULL! #NUM! #SPILL! #CALC! #GETTING_DATA #FIELD!")
DITTO = words(
    '同上 〃 ″ \'\' " “ ” ”” “” ＂ ′′ ‘’ ’’ `` 々 上同 同前 仝上 仝 "" 〞 ⺀ ,, 同上户 同上一行 ditto'
)
_FULL_WIDTH = "\uff00"
_DOTS = dict.fromkeys(map(ord, "•‧∙⋅・･．●⸱᛫"), "·")
_LONGEST_NAME = 60
_TWO = re.compile(r"[、/;；,，&＆+]|(?<=[一-鿿])(?:和|与|及)(?=[一-鿿]{2})|\n")
_ORDINAL = re.compile(r"^\d{1,4}[.、．)）]\s*(?=\D)")
_AWAY = re.compile(r"外出|在外|务工|打工|不在家|外地|滞留|上学|读书|当兵|服役")
_GONE = re.compile(r"已?故|死亡|去世|亡|迁出|已?迁|出嫁|嫁出|已嫁|注销|销户|搬走|离婚")
# 杨老, 李师傅, 老王: what people are called, which finds nobody in another list.
_CALLED = re.compile(
    r"[一-鿿](?:老|总|工|婶|伯|叔|姐|哥|嫂|爷|奶|婆|妈|爹|姨|某|某某)$|[一-鿿](?:师傅|老师|奶奶|爷爷|大爷|大妈|大娘|大伯|阿姨|"
    r"叔叔|婶婶|嫂子|老板|医生|主任|书记|先生|女士|小姐|某某|氏|家)$|[老小][一-鿿]$"
)
_CALLED_LENGTH = 4
_CALLED_SIGNS = frozenset(
    "老总工婶伯叔姐哥嫂爷奶婆妈爹姨某傅师娘子板生任记士氏家"
)  # with one of these each of them ends
# Most people bear one of these.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾"
    "夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧"
    "耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉"
    "缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
    "官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢扶奚萧傅阎谌粟冼蔺阚漆阙劳禹"
)
COMPOUND = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "尉迟",
    "令狐",
    "皇甫",
    "夏侯",
    "东方",
    "慕容",
    "司徒",
    "端木",
    "公孙",
    "轩辕",
    "长孙",
)


def text(cell: Cell) -> str:
    """Folded to one line of half-width signs; "" for an empty cell. A leading ' is the spreadsheet's, not ours."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        # Letters and digits alone, none of them of full width: nothing to fold. Most cells are so.
        if cell.isalnum() and (cell.isascii() or max(cell) < _FULL_WIDTH):
            return cell
        plain = cell
    elif isinstance(cell, bool):
        return "是" if cell else "否"
    else:
        plain = str(cell)
    if plain.isascii() and "  " not in plain:
        if plain.isprintable() and plain[:1] not in " '" and plain[-1] != " ":
            return plain
        return (
            plain.strip().removeprefix("'").strip()
            if plain.isprintable()
            else " ".join(plain.split()).removeprefix("'").strip()
        )
    return _folded(plain)


@lru_cache(maxsize=100_000)
def _folded(plain: str) -> str:
    half = "".join(
        unicodedata.normalize("NFKC", c) if "\uff00" <= c <= "\uffef" or c in "\u3000\u00a0" else c
        for c in plain
    )
    return " ".join(half.translate(INVISIBLE).split()).removeprefix("'").strip()


@lru_cache(maxsize=4096)
def _is_ditto(cell: str) -> bool:
    plain = unicodedata.normalize("NFKC", cell).translate(INVISIBLE)
    return "".join(cell.split()) in DITTO or "".join(plain.split()) in DITTO


def is_ditto(cell: Cell) -> bool:
    """同上, 〃, '' and their like: as above."""
    return isinstance(cell, str) and 0 < len(cell) <= 8 and _is_ditto(cell)


def is_error(cell: Cell) -> bool:
    """#REF! and its like: a formula that came to nothing."""
    return isinstance(cell, str) and cell[:1] == "#" and cell.strip() in ERRORS


def person_name(cell: Cell) -> tuple[str, str | None]:
    """张　三 → 张三; the dot of long names is always ·; a remark in brackets is cut off and reported.

    Two people in a cell are nobody; what people are called (杨老) is taken and reported.
    """
    name = text(cell)
    if name.isalpha() and not name.isascii() and name not in NOTHING:
        if (
            len(name) <= _CALLED_LENGTH
            and (name[-1] in _CALLED_SIGNS or name[0] in "老小")
            and _is_called(name)
        ):
            return name, "register.name_called"
        if len(name) > _CALLED_LENGTH and _is_joined(name):
            return "", "register.name_two"
        return (name, None) if len(name) <= _LONGEST_NAME else ("", "register.name_too_long")
    if is_error(cell):
        return "", "register.cell_error"
    name = _ORDINAL.sub("", name).translate(_DOTS).strip("*＊ :：、,，.。'’‘`\"“”")
    code = None
    if "(" in name or "（" in name or "【" in name or "[" in name:
        shorter = NOTE.sub("", name).strip()
        if not shorter and len(name) > 1 and name[-1] in ")）】]":  # (续表): a remark, and nobody
            return "", "register.name_missing"
        name, code = (shorter, "register.name_note") if shorter else (name, None)
    if _is_two(name, cell):
        return "", "register.name_two"
    if not name.isascii():
        name = name.replace(" ", "")
        name = re.sub(r"(?<=\w)[.．](?=\w)", "·", name)
    if name in NOTHING or not any(c.isalpha() for c in name):
        return "", "register.name_missing"
    if len(name) > _LONGEST_NAME:
        return "", "register.name_too_long"
    return name, code


@lru_cache(maxsize=100_000)
def _is_called(name: str) -> bool:
    return (len(name) <= 3 and bool(_CALLED.fullmatch(name))) or name.endswith(
        ("师傅", "奶奶", "爷爷", "某某")
    )


def _is_two(name: str, cell: Cell) -> bool:
    """张三、李四: each part could be a name of its own."""
    if name.isascii():
        return False
    if " " in name and not name.startswith(COMPOUND) and all(map(_begins_as_name, name.split(" "))):
        return True  # 张三 李四, but 张 三 is one
    parts = [
        part.strip()
        for part in _TWO.split(name if "\n" not in str(cell) else str(cell).strip())
        if part.strip()
    ]
    return len(parts) > 1 and sum(2 <= len("".join(part.split())) <= 4 for part in parts) == len(parts)


def _begins_as_name(part: str) -> bool:
    return 2 <= len(part) <= 4 and (part[0] in SURNAMES or part.startswith(COMPOUND))


def _is_joined(name: str) -> bool:
    """张三和李四."""
    return any(
        _begins_as_name(name[:at]) and _begins_as_name(name[at + 1 :])
        for at, char in enumerate(name)
        if char in "和与及"
    )


def name_note(cell: Cell) -> str:
    """What the remark behind a name says of the person: "away", "gone" (dead, moved out), or "" for anything else."""
    match = NOTE.search(text(cell))
    if match is None:
        return ""
    if _GONE.search(match[0]):
        return "gone"
    return "away" if _AWAY.search(match[0]) else ""
