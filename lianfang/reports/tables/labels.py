"""Words by which a cell is known: a unit, a running number, a total, a footer, an example, a blank to fill."""

from __future__ import annotations

import re

_UNITS = (
    "户|人|人次|户次|户数|人数|个|名|位|%|‰|元|万元|亿元|元/月|次|条|张|栋|幢|间|处|家|份|平方米|㎡|m2|亩|吨|公斤|千克|公里|支|瓶|套|件|辆|"
    "台|天|日|月|年|岁|周岁|℃|度|万人|万户|万人次|剂|剂次|针|针次|只|箱|包|台次|车次|起|例|人/户|批|批次|班|班次|所|场|场次|期|米|座|口|头|"
    "小时|分钟|份数|队|支队|床|张床|组|片|斤|盒|双|桶|升|毫升|ml|kg|km"
)
UNIT = re.compile(rf"\(?(?:单位:)?(?:{_UNITS})(?:[、/,](?:{_UNITS}))*\)?")
UNIT_AT_END = re.compile(rf"^(.+?)\((?:单位:)?((?:{_UNITS})(?:[、/,](?:{_UNITS}))*)\)$")
UNIT_HEADER = re.compile(r"(?:计量|计算|统计)?单位")
_NUMBER_ROW = re.compile(
    r"\(?\d{1,3}\)?|[甲乙丙丁戊己庚辛壬癸]|[①-⑳]|[A-Z]{1,2}|[（(]?[一二三四五六七八九十]{1,3}[)）]?|—|-|/|栏次|列次|序列"
    r"|\(?[\d①-⑳A-Z]{1,3}\)?=[\d①-⑳A-Z+\-*/÷×()%（）]+"
)
LEGEND = re.compile(r"\(?([\d①-⑳A-Z]{1,3})\)?=([\d①-⑳A-Z+\-*/÷×()%]+)")
SERIAL = re.compile(r"序号?|顺序号?|编?号|[Nn][Oo][.:]?|行次|项次|栏次|行号")
TOTAL = re.compile(
    r".{0,12}(?:合计|总计|共计|小计|汇总|累计数|总数|总和)(?:数)?:?|[总合]|全[县市区镇乡村街](?:道)?"
)
SUBTOTAL = re.compile(r"小计|(?:[镇乡村道区组办]|社区)(?:合计|共计)")
EXAMPLE = re.compile(
    r"[(【\[]?(?:示?例|样例|范例|举例|示范|样表|填写示例|示例数据|例如|如)(?:\d{0,2})[)】\]]?(?:[::].*|$)|例\d?$"
)
KEEP_EXAMPLE = re.compile(r"(?:勿|不要|不得|请保留).{0,6}(?:删|示例)|保留示例")
_FOOTER = re.compile(
    r"[(*※]{0,2}(?:填[报表写]|制表|统计|审[核批定]|复核|经办|报送|上报|负责人|责任人|联系[人电方]|分管|主管|主要负责|单位负责|单位\(|"
    r"单位(?:主要)?(?:领导|负责)|备注|说明|注(?:意|释|:|\d|$)|附注|填表说明|填报说明|签[字章名]|盖章|日期:|时间:|村.{0,8}[签盖])"
)
_SIGNED = re.compile(r"签字|签章|盖章|签名")
_NOTE_LINE = re.compile(r"\(?(?:\d{1,2}|[一二三四五六七八九十])[.、)].{6,}")
NOTE_SHEET = re.compile(
    r"(?:填[写报表].{0,2}|使用|指标|表格|填制)?说明|字典|数据源|下拉|选项|代码|编码|参数|须知|样表|示例|样例|枚举|基础数据|hidden|dict|"
    r"readme|lookup|option|list$",
    re.IGNORECASE,
)
PLACE_LABEL = re.compile(
    r"(?:镇|乡|街道|村|社区|办事处|居委会|村委会|村民委员会|街办|居|县|区|市|州|林场|农场|渔场|园|苏木|嘎查|组|队|网格|小区|城关|旗|屯|寨|庄|湾|"
    r"街|办|管委会|工作站|片|片区)(?:\(.*\))?$"
)
INDICATOR_HEADER = re.compile(r"指标|项目|内容|类别|分类|事项|情况|要素|对象|种类|类型|科目")
INDICATOR = re.compile(r"数$|人次|户$|率|量$|情况|其中|总|面积|金额|人[员口]$|是否|有无|多少|几|\(")
_VALUE_HEADER = re.compile(
    r"数[量值据]?$|合计|今日|当日|本日|累计|本期|本周|本月|填报|结果|人数|户数|金额|备注"
)
LEVELS = (
    ("grid", re.compile(r"网格$")),
    ("group", re.compile(r"(?:组|小组|队|屯)$")),
    ("village", re.compile(r"(?:村|社区|居委会|村委会|村民委员会|居|嘎查|寨|庄|湾)(?:\(.*\))?$")),
    ("township", re.compile(r"(?:镇|乡|街道|办事处|街办|办|苏木|城关|园区|管委会|农场|林场)(?:\(.*\))?$")),
    ("county", re.compile(r"(?:县|市|区|旗|州)$")),
)
# Blanks around a table: what is written before the colon → key.
_BLANKS = (
    ("unit", r"(?:填报|填表|报送|上报|报告|制表|统计)?单位(?:名称|全称)?|(?:填报|所属|所在)?(?:乡镇|镇街|街道|村|社区|村社区|乡镇街道)(?:名称)?"
             r"|(?:填报|报送|填表)(?:乡镇|村|社区|部门|地区)|(?:村|社区|乡镇|镇|街道)(?:/|、|或)?(?:村|社区|街道|办)?"),
    ("reporter", r"填[报表写]人(?:员|姓名)?|制表人?|经办人|统计人(?:员)?|报送人|上报人|联系人|登记人|调查人|采集人|录入人|填报员"),
    ("reviewer", r"审核人?(?:员)?|审批人?|复核人?|审签人?|审定人?|核准人?"),
    ("head", r"(?:单位|主要|部门|分管|村|乡镇)*(?:负责人|责任人|领导)"),
    ("phone", r"(?:填报人|联系人|联系|办公|单位|经办人)?(?:电话|手机|手机号|手机号码|电话号码|联系方式)"),
    ("as_of", r"(?:数据|统计|信息)?(?:截[至止](?:时间|日期|时点|到)?)|统计时[间点段]|数据时间"),
    ("filled_on", r"(?:填[报表写制]|上报|报出|报送|报告|制表|报表|登记|统计|调查|编制)?(?:时间|日期)"),
    ("year", r"(?:统计|报告|所属)?年[度份]"),
)  # fmt: skip
BLANK_LABELS = tuple((key, re.compile(pattern)) for key, pattern in _BLANKS)
_BRACKETS = re.compile(r"\(.*?\)")


def is_number_row(texts: list[str], width: int) -> bool:
    """1 2 3 4, or 甲 乙 1 2: the numbers of columns, under a header."""
    if len(texts) < 2 or len(texts) * 2 < width or not all(_NUMBER_ROW.fullmatch(text) for text in texts):
        return False
    return len(set(texts)) >= len(texts) * 0.7


def is_unit_row(texts: list[str]) -> bool:
    return len(texts) > 1 and all(UNIT.fullmatch(text) or text in ("-", "—", "/") for text in texts)


def is_footer(text: str) -> bool:
    return bool(_FOOTER.match(text) or _SIGNED.search(text) or _NOTE_LINE.fullmatch(text))


def is_total(text: str) -> bool:
    return bool(TOTAL.fullmatch(_BRACKETS.sub("", text)))


def is_value_header(text: str) -> bool:
    return bool(_VALUE_HEADER.search(text))


def blank_key(label: str) -> str | None:
    """Which blank a label asks for; None when it is none of them."""
    plain = _BRACKETS.sub("", label).strip(":*※ ")
    return next((key for key, pattern in BLANK_LABELS if pattern.fullmatch(plain)), None)


def level_of(labels: list[str]) -> str:
    """Of names of places: which level most of them are; "" when most are none."""
    counts = {level: sum(bool(pattern.search(label)) for label in labels) for level, pattern in LEVELS}
    best = max(counts, key=lambda level: counts[level])
    return best if counts[best] * 2 > len(labels) else ""
