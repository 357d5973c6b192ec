"""What stands around the rows of people: titles, lines between them, sums and footers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lianfang.areas.naming import standard_name
from lianfang.register import rules
from lianfang.register.checking.entries import Village
from lianfang.register.checking.villages import VillageIndex
from lianfang.register.rules import Cell

_SUM = re.compile(
    r"(?:本[页组村户表社栏]|全[村镇县组]|以上|累|总)?\s*(?:合\s*计|小\s*计|总\s*计|共\s*计|总人数|总户数|人数合计)|共\s*\d+\s*[人户]"
)
_FOOTER = re.compile(
    r"(?:填[报表写]|审[核签批]|制表|统计|登记|调查|摸排|录入|经办|负责|村主任|责任|联系|校对|复核|核对|走访)(?:人员|人|单位|日期|时间|者|员)?(?:签[字名章])?\s*[:：(（]|"
    r"(?:填[报表写]|审核|制表)(?:人|单位|日期|时间)?(?:签[字名])?\s*$|(?:备注|说明|注意|注意事项|填表说明|填写说明|注)\s*(?:[:：]|\d|$)|备注|制表|"
    r"(?:单位)?(?:盖章|公章|签[字名])|第\s*\d+\s*页|共\s*\d+\s*页|[-—]\s*\d+\s*[-—]$|\d{4}年\d{1,2}月\d{1,2}日$|单位\s*[:：]|报送|"
    r"(?:填报|上报|截止|截至)(?:日期|时间|单位)?"
)
_TITLE = re.compile(
    r".{0,40}(?:底册|登记[表册]|花名册|名册|名单|汇总表|统计表|摸排表|信息表|采集表|一览表|台账|明细表|情况表)(?:[(（].*[)）])?$"
)
_EXAMPLE = re.compile(r"(?:填写)?(?:示?例|样例|范例|例如|举例)(?:[:：\d].*|子|行)?$")
_GROUP = re.compile(r"第?[\d一二三四五六七八九十]{1,4}(?:村民小组|居民小组|小组|组|队)")
_FRAME = "【】[]「」《》〔〕()（）:：、*＊ -—·.．\t\n"
_COUNTED = re.compile(r"[(（]?(?:共|计|合计)?\s*\d+\s*[人户口名].*$")
_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}|\d{1,2})[、.．]\s*(?=[^\d组队])|^[(（][一二三四五六七八九十\d]{1,3}[)）]\s*"
)


@dataclass
class Context:
    """Where rows lie that do not say it themselves."""

    village: Village | None = None
    township: str = ""
    group: str = ""
    section: str = ""  # of the village: the name that stands there is of one that went into it

    def copy(self) -> Context:
        return Context(self.village, self.township, self.group, self.section)


def written(row: Sequence[Cell]) -> list[tuple[int, Cell]]:
    """(place, cell) of what is not empty."""
    return [
        (place, cell)
        for place, cell in enumerate(row)
        if cell is not None and cell != "" and not (isinstance(cell, str) and not cell.strip())
    ]


def is_sum(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(_SUM.match(rules.text(cell)))


def is_footer(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(_FOOTER.match(rules.text(cell)))


def is_title(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(_TITLE.match(rules.text(cell)))


def is_example(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) <= 12 and bool(_EXAMPLE.match(rules.text(cell)))


def section(text: str, villages: VillageIndex, now: Context) -> Context | None:
    """The context that a line between rows sets (三组, 杨梅村, 一、司马冲镇); None when it sets none."""
    plain = _COUNTED.sub("", _NUMBERING.sub("", text.strip(_FRAME))).strip(_FRAME)
    if not plain or len(plain) > 30:
        return None
    if _GROUP.fullmatch(plain.replace(" ", "")):
        return Context(now.village, now.township, standard_name("group", plain), now.section)
    found = villages.find("", now.township, plain)
    if not isinstance(found, Village):
        found = villages.find("", "", plain)
    if isinstance(found, Village):
        return Context(found, found.township)
    if merged := villages.find_merged("", now.township, plain) or villages.find_merged("", "", plain):
        return Context(merged.village, merged.village.township, section=merged.section)
    if villages.is_township(plain):
        return Context(None, villages.bare_township(plain))
    located = villages.read(plain, now.village)
    if located.village and set(located.parts) <= {"group"} and located.parts:
        return Context(located.village, located.village.township, located.parts["group"])
    return None


def of_titles(texts: Sequence[str], sheet: str, villages: VillageIndex) -> Context:
    """What the sheet's name and the lines above its header say."""
    village, township = villages.of_sheet(sheet)
    for text in texts:
        if village is not None:
            break
        village, named = villages.named_in(text)
        township = township or named
    found = next((each for text in (sheet, *texts) if (each := villages.merged_in(text))), None)
    if found and village in (None, found.village):
        return Context(found.village, found.village.township, section=found.section)
    return Context(village or villages.only, village.township if village else township)


def of_title(text: str, villages: VillageIndex) -> Context:
    """What a line above a list says: a village, also one that went into another, or a township."""
    village, township = villages.named_in(text)
    if village is None and (found := villages.merged_in(text)):
        return Context(found.village, found.village.township, section=found.section)
    return Context(village, village.township if village else township)
