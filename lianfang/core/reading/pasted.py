"""Lines pasted from a chat: #接龙 (a numbered chain to which everybody adds a line), or one person a line.

Each line becomes a row of tokens under the header of its 例 line, or under one made here from what the tokens look
like; its row number is that of the line. What is no person is told by `lines` [(row, code)] and never dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from lianfang.core.reading.rows import Cell, Gathered, Message

_NUMBERED = re.compile(r"\s*(\d{1,4})\s*[.、．。)）:：]\s*(?=\S)")
_EXAMPLE = re.compile(r"\s*(?:例如?|示例|格式|模板)\s*[:：]?\s*")
_CORRECTION = re.compile(
    r"(?:更正|改正|修改|纠正|订正|作废|删除|取消)|第\s*\d+\s*[条号行个].{0,6}(?:改|错|应|不是)"
)
_CUT = re.compile(r"[\s,，;；、|｜/]+")
_LABEL = re.compile(
    r"^(姓名|身份证号?码?|证件号码?|电话号?码?|手机号?码?|联系电话|联系方式|性别|现?住址|地址|家庭住址|现住在?|家住|住在|住|村|组)\s*[:：]?\s*(?=\S)"
)
_ID = re.compile(r"\d{17}[\dXx×]|\d{15}")
_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
_LIKE_NUMBER = re.compile(r"[\d*+\-]{7,}[XxＸ×]?")
_PLACE = re.compile(r"[镇乡村组栋幢]|街道|社区|单元|小区|\d号")
# 长沙市岳麓区: nothing but divisions, down to no street. 疫区, 景区, 超市 are none.
_NO_DIVISION = re.compile(r"[疫景校病险离防管控封社园厂库矿林牧时城超门本外夜早菜][市县区省]$|^[本外全各]")
_DIVISIONS = re.compile(r"(?:[一-鿿]{2,7}?(?:省|自治区|自治州|市|地区|县|区|旗))+")
_NAME = re.compile(r"[一-鿿䶮𠀀-𲎯]{2,4}(?:[(（].*[)）])?|[一-鿿]+[·•.．][一-鿿]+")
_DAY = re.compile(r"\d{1,4}[-./年月]\d{1,2}(?:[-./月]\d{1,2})?[日号]?|\d{1,2}月\d{1,2}[日号]?")
_PICTURES = re.compile("[\U0001f000-\U0001faff\ufe0f\u200d\u20e3]+")  # 😀 🙏: not a part of any name
HEADER = ("序号", "姓名", "身份证号码", "联系电话", "性别", "现住址", "备注")
_FIELDS = {
    **dict.fromkeys(("身份证号码", "身份证号", "身份证", "证件号", "证件号码"), 2),
    **dict.fromkeys(("电话", "电话号", "电话号码", "手机", "手机号", "手机号码", "联系电话", "联系方式"), 3),
    "姓名": 1,
    "性别": 4,
    "住址": 5,
    "现住址": 5,
    "地址": 5,
    "家庭住址": 5,
    **dict.fromkeys(("现住", "现住在", "家住", "住在", "住"), 5),
    "村": 5,
    "组": 5,
}


def is_chain(lines: list[str]) -> bool:
    if any("接龙" in line for line in lines[:5]):
        return True
    numbered = sum(bool(_NUMBERED.match(line)) for line in lines)
    return numbered >= 2 and numbered * 2 >= len(lines) and not any("\t" in line for line in lines)


def messages(title: str, lines: list[str]) -> Iterator[Message]:
    reader = _Lines(title)
    for number, line in enumerate(lines, 1):
        if line.strip():
            plain = _PICTURES.sub(" ", unicodedata.normalize("NFKC", line)).strip()
            if plain:
                yield from reader.take(number, plain)
    yield from reader.gathered.rest()


class _Lines:
    def __init__(self, title: str) -> None:
        self.gathered = Gathered(title, False)
        self.example: list[str] | None = None
        self.more: list[str] = []  # columns behind the example's, for numbers that it does not ask for
        self.has_header = False
        self.last = 0
        self.seen: set[int] = set()

    def take(self, number: int, line: str) -> Iterator[Message]:
        if match := _NUMBERED.match(line):
            self._count(number, int(match[1]))
            tokens = _tokens(line[match.end() :])
            if _CORRECTION.search(line):
                yield from self._told(number, "correction", line)
            elif tokens:
                yield from self._person(number, match[1], tokens)
            return
        if match := _EXAMPLE.match(line):
            tokens = [token for token in _CUT.split(line[match.end() :]) if token]
            if tokens and self.example is None and tokens[0].startswith(("姓名", "名字")):
                self.example = tokens
                self.has_header = True
                self.more = _lacking(tokens)
                yield from self.gathered.add(number, ["序号", *tokens, *self.more])
            else:
                yield from self._told(number, "example", line)
            return
        if line.startswith("#") or "接龙" in line:
            yield from self._told(number, "title", line)
            return
        yield from self._unnumbered(number, line)

    def _unnumbered(self, number: int, line: str) -> Iterator[Message]:
        tokens = _tokens(line)
        is_person = any(_ID.fullmatch(t) or _PHONE.fullmatch(t) or _LIKE_NUMBER.fullmatch(t) for t in tokens)
        if _CORRECTION.search(line):
            yield from self._told(number, "correction", line)
        elif is_person and any(_NAME.fullmatch(token) for token in tokens):
            yield from self._person(number, "", tokens)
        elif not self.seen and not self.has_header and len(line) <= 40:
            yield from self._told(number, "title", line)  # it may name the village
        else:
            yield from self._told(number, "chat", line)

    def _count(self, row: int, count: int) -> None:
        if count in self.seen:
            self.gathered.note("lines", (row, "repeat"))
        elif count > self.last + 1 and self.seen:
            self.gathered.note("lines", (row, "gap"))
        self.seen.add(count)
        self.last = max(self.last, count)

    def _told(self, number: int, code: str, line: str) -> Iterator[Message]:
        self.gathered.note("lines", (number, code))
        yield from self.gathered.add(number, [line])

    def _person(self, number: int, count: str, tokens: list[str]) -> Iterator[Message]:
        if not self.has_header:
            self.has_header = True
            self.gathered.notes["header"] = list(HEADER)
        if self.example is not None and len(tokens) == len(self.example) and _is_as(tokens, self.example):
            yield from self.gathered.add(number, [count, *tokens])
            return
        if self.example is not None:
            yield from self.gathered.add(number, [count, *_by_look(tokens, self.example + self.more)])
            return
        yield from self.gathered.add(number, [count, *_arranged(tokens)])


def _is_as(tokens: list[str], example: list[str]) -> bool:
    """As many as the example asks for, and no number where it asks for words: 张三 and 李四, each with a phone."""
    return all(
        re.search("身份证|证件|电话|手机|联系|号", header)
        or not (_ID.fullmatch(token) or _PHONE.fullmatch(token))
        for token, header in zip(tokens, example, strict=True)
    )


def _lacking(example: list[str]) -> list[str]:
    asked = "".join(example)
    id_number = [] if re.search("身份证|证件", asked) else ["身份证号码"]
    return id_number + ([] if re.search("电话|手机|联系", asked) else ["联系电话"])


def _tokens(line: str) -> list[str]:
    """A line cut at its signs and at numbers that stick to words: 张三13812342076杨梅村."""
    tokens: list[str] = []
    for part in _CUT.split(line):
        rest = part
        while match := _ID.search(rest) or _PHONE.search(rest):
            tokens += [rest[: match.start()], match[0]]
            rest = rest[match.end() :]
        tokens.append(rest)
    return [token.strip(" :：。.") for token in tokens if token.strip(" :：。.")]


def _arranged(tokens: list[str]) -> list[Cell]:
    """Under HEADER without its first: each token where its look or its label says."""
    cells: list[list[str]] = [[] for _ in HEADER]
    wanted, last = None, 0
    for token in tokens:
        if token in _FIELDS:
            wanted = _FIELDS[token]
            continue
        if ":" in token and _NAME.fullmatch(token.rpartition(":")[2]) and not cells[1]:
            token = token.rpartition(":")[2]  # 请核查:张三
        label = _LABEL.match(token)
        if label and label[1] in _FIELDS and label.end() < len(token) and not _NAME.fullmatch(token):
            wanted, token = _FIELDS[label[1]], token[label.end() :]
        # A second name right behind the first is a second person; further on the same look is a town or a remark.
        last = wanted or _column(token, bool(cells[1]) and last != 1)
        cells[last].append(token)
        wanted = None
    return ["、".join(cell) or None for cell in cells[1:]]


def _column(token: str, has_name: bool) -> int:
    if _ID.fullmatch(token) or re.fullmatch(r"[\d*]{13,}[XxＸ×]?", token):
        return 2
    if _PHONE.fullmatch(token) or _LIKE_NUMBER.fullmatch(token):
        return 3
    if token in ("男", "女"):
        return 4
    if _PLACE.search(token) or _is_of_divisions(token):
        return 5
    if _NAME.fullmatch(token) and not has_name:
        return 1
    return 6


def _is_of_divisions(token: str) -> bool:
    return (
        len(token) <= 24 and bool(_DIVISIONS.fullmatch(token)) and not _NO_DIVISION.search(token)
    )  # not longer: the pattern tries every way to cut it


def _by_look(tokens: list[str], example: list[str]) -> list[Cell]:
    """Fewer or more tokens than the example has: ids, phones and names to their places, the rest behind."""
    kinds = {
        "姓名": 1,
        "名字": 1,
        "身份证": 2,
        "证件": 2,
        "电话": 3,
        "手机": 3,
        "联系": 3,
        "性别": 4,
        "住": 5,
        "地址": 5,
        "村": 5,
    }
    at: dict[int, int] = {}
    for place, header in enumerate(example):
        for word, kind in kinds.items():
            if word in header:
                at.setdefault(kind, place)
    cells: list[list[str]] = [[] for _ in range(len(example) + 1)]
    days = [place for place, header in enumerate(example) if "日" in header or "时间" in header]
    name_at, last = at.get(1, 0), -1
    for token in tokens:
        has_name = bool(cells[name_at]) and last != name_at
        place = days[0] if days and _DAY.fullmatch(token) else at.get(_column(token, has_name), len(example))
        last = place
        cells[place].append(token)
    return ["、".join(cell) or None for cell in cells]
