"""Which column of a sheet holds what: headers by their many names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from lianfang.register.rules import Cell


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# field → headers; the first is the one our own export writes.
SYNONYMS: dict[str, str] = {
    "reference": "编号 人员编号 人员ID 唯一编号",
    "name": "姓名 人员姓名 居民姓名 成员姓名 名字",
    "relation": "与户主关系 户主关系 与户主的关系 关系 家庭关系 成员关系 与户主",
    "sex": "性别",
    "birth_on": "出生日期 出生年月 出生年月日 生日 出生",
    "id_number": "身份证号码 身份证 身份证号 证件号 证件号码 公民身份号码 公民身份证号码 居民身份证号码 居民身份证 身份证件号码"
    " 身份号码",
    "phone": "联系电话 电话 手机 手机号 手机号码 电话号码 联系方式 联系手机 本人电话 移动电话",
    "village_code": "区划代码 村代码 村社区代码 行政区划代码",
    "township": "乡镇街道 乡镇 街道 镇 乡 乡镇办 所属乡镇 所在乡镇 镇街 街镇 乡镇名称",
    "village": "村社区 村 社区 村居 村名 村委会 所属村 所在村 行政村 社区村 村居委会 所属社区 所在社区 村名称 社区名称",
    "estate": "小区 小区名称 所在小区 所属小区",
    "grid": "网格 所属网格 所在网格 网格名称 网格号",
    "group": "组 村民小组 小组 组别 村组 组名 所属组 村小组 居民小组",
    "building": "楼栋 栋 幢 楼 楼号 楼栋号 栋号 幢号 楼幢 几栋",
    "unit": "单元 单元号",
    "floor": "楼层 层",
    "room": "房号 门牌 门牌号 室 门牌号码 房间号 室号 户室 房屋号",
    "label": "门址",
    "walk_order": "走访顺序",
    "household_reference": "户编号 户号 家庭编号 户口编号 户ID 户编码",
    "household_kind": "户类型 户别",
    "head_name": "户主 户主姓名 联系人 户主名",
    "occupancy": "房屋状态 居住状态 房屋使用状态",
    "is_registered_here": "户籍 户籍人口 是否户籍 是否户籍人口 是否本地户籍 户籍是否在本地",
    "is_living_here": "常住 常住人口 是否常住 是否常住人口",
    "is_here_tonight": "今晚在家 在家 是否在家 今晚是否在家 是否今晚在家",
    "registered_place": "户籍地 户籍地址 户籍所在地 户口所在地 户籍详细地址",
    "present_place": "现住址 现居住地 现居住地址 居住地址 现居地 目前所在地 家庭住址 住址",
    "away_place": "外出地点 外出地 外出去向 务工地点 外出务工地 滞留地",
}
FIELDS = {name: field for field, names in SYNONYMS.items() for name in names.split()}
PLACES = _words("village_code township village estate grid group building unit room label")
# A response needs none of this, and the law forbids asking it of everybody.
REFUSED = [
    "民族",
    "宗教",
    "信仰",
    "政治面貌",
    "党派",
    "党员",
    "团员",
    "上访",
    "信访",
    "维稳",
    "举报",
    "检举",
    "通话记录",
    "短信",
    "聊天",
    "微信内容",
    "涉稳",
]
SEARCHED_ROWS = 30  # a header stands below a title or two, never further down
_IGNORED = _words("序号 错误 备注")
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_SIGNS = re.compile(r"[\s*＊:：、/\\.。_-]+")


def plain_header(cell: Cell) -> str:
    folded = unicodedata.normalize("NFKC", cell) if isinstance(cell, str) else ""
    return _SIGNS.sub("", _BRACKETS.sub("", folded))


@dataclass(frozen=True)
class Columns:
    """What a header row says. `at` and `headers` go by field; numbers count from 0 in the delivered row."""

    row: int  # as the spreadsheet counts
    at: dict[str, int]
    headers: dict[str, str]
    refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    width: int = 0
    cells: tuple[Cell, ...] = field(default=(), repr=False)

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def is_repeated_in(self, row: Sequence[Cell]) -> bool:
        """A header printed again at the top of each page."""
        at = self.at["name"]
        return at < len(row) and row[at] == self.cells[at] and tuple(row[: self.width]) == self.cells


def find_header(rows: Sequence[Sequence[Cell]], first_row: int = 1) -> Columns | None:
    """The row that names most columns among the first; it must name 姓名 and something of an address."""
    best: Columns | None = None
    for number, row in enumerate(rows[:SEARCHED_ROWS]):
        found = read_header(row, first_row + number)
        if found and (best is None or len(found.at) > len(best.at)):
            best = found
    return best


def read_header(row: Sequence[Cell], number: int) -> Columns | None:
    at: dict[str, int] = {}
    refused: list[str] = []
    unknown: list[str] = []
    for place, cell in enumerate(row):
        plain = plain_header(cell)
        if not plain:
            continue
        known = FIELDS.get(plain)
        if any(word in plain for word in REFUSED):
            refused.append(str(cell).strip())
        elif known and known not in at:
            at[known] = place
        elif plain not in _IGNORED:
            unknown.append(str(cell).strip())
    if "name" not in at or not (PLACES & at.keys() or len(at) >= 3):
        return None
    headers = {name: str(row[place]).strip() for name, place in at.items()}
    return Columns(number, at, headers, tuple(refused), tuple(unknown), len(row), tuple(row))
