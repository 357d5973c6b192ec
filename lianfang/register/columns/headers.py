"""Headers by their many names. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from lianfang.core.refusing import refused_subject
from lianfang.register.rules import Cell, words

# field → headers; the first is the one our own export writes.
SYNONYMS: dict[str, str] = {
    "reference": "编号 人员编号 人员ID 唯一编号",
    "name": "姓名 人员姓名 居民姓名 成员姓名 名字 家庭成员姓名 被登记人姓名 被调查人姓名 被接种人姓名 返乡人员姓名 人员 name",
    "relation": "与户主关系 户主关系 与户主的关系 关系 家庭关系 成员关系 与户主 家庭成员关系 与户主之关系 同户主关系 称谓"
    " relation",
    "sex": "性别 男女 sex gender",
    "birth_on": "出生日期 出生年月 出生年月日 生日 出生 出生时间 birthday",
    "id_number": "身份证号码 身份证 身份证号 证件号 证件号码 公民身份号码 公民身份证号码 居民身份证号码 居民身份证 身份证件号码"
    " 身份号码 居民身份证号 公民身份证号 身份证件号 有效证件号码 有效证件号 本人身份证号码 本人身份证号 身份证编号 idcard"
    " idnumber id",
    "phone": "联系电话 电话 手机 手机号 手机号码 电话号码 联系方式 联系手机 本人电话 移动电话 联系号码 联系手机号 联系电话号码"
    " 本人手机 本人手机号 手机电话 手机联系方式 联络电话 本人联系电话 本人联系方式 号码 phone mobile tel",
    "village_code": "区划代码 村代码 村社区代码 行政区划代码",
    "township": "乡镇街道 乡镇 街道 镇 乡 乡镇办 所属乡镇 所在乡镇 镇街 街镇 乡镇名称 镇街道 街道乡镇 所属镇街 乡街道 所属街道"
    " 所在街道 乡镇街 所属乡镇街道 目的地街道乡镇 目的地乡镇 township",
    "village": "村社区 村 社区 村居 村名 村委会 所属村 所在村 行政村 社区村 村名称 村居委会 所属社区 所在社区 社区名称 居委会"
    " 所属村社区 所在村社区 村社 村居名称 村社区名称 小区村 责任社区 街道村社区 目的地社区村 目的地村 居村 village",
    "section": "原村片区 并村前村名 合并前村名",
    "estate": "小区 小区名称 所在小区 所属小区 居住小区 楼盘",
    "grid": "网格 所属网格 所在网格 网格名称 网格号",
    "group": "组 村民小组 小组 组别 村组 组名 所属组 村小组 居民小组 所在组 屋场 自然村 生产队 队 社 屯",
    "building": "楼栋 栋 幢 楼 楼号 楼栋号 栋号 幢号 楼幢 几栋 楼座 座",
    "unit": "单元 单元号",
    "floor": "楼层 层",
    "room": "房号 门牌 门牌号 室 门牌号码 房间号 室号 户室 房屋号 房间 门号",
    "label": "门址",
    "walk_order": "走访顺序",
    "household_reference": "户编号 户号 家庭编号 户口编号 户ID 户编码 户序号 户口簿号 户口本号",
    "household_kind": "户类型 户别",
    "head_name": "户主 户主姓名 联系人 户主名 户主名字 户代表",
    "occupancy": "房屋状态 居住状态 房屋使用状态",
    "collective_kind": "集体户类别 集体户种类 集体户类型",
    "expected_count": "应住人数 应有人数 应到人数",
    "contact_phone": "集体户电话 集体户联系电话 集体户联系人电话",
    "is_registered_here": "户籍 户籍人口 是否户籍 是否户籍人口 是否本地户籍 户籍是否在本地",
    "is_living_here": "常住 常住人口 是否常住 是否常住人口",
    "is_here_tonight": "今晚在家 在家 是否在家 今晚是否在家 是否今晚在家 目前是否在家 现是否在家",
    "registered_place": "户籍地 户籍地址 户籍所在地 户口所在地 户籍详细地址 户籍地详址 户籍住址 户籍地详细地址 户口地址"
    " 身份证地址",
    "present_place": "现住址 现居住地 现居住地址 居住地址 现居地 目前所在地 家庭住址 住址 地址 详细地址 家庭地址 居住地"
    " 现住地址 常住地址 住址详址 居住详细地址 现居住地详细地址 现住地 常住地 家庭详细住址 家庭详细地址 详细住址 住所"
    " 目的地详细地址 现住详细地址 address",
    "away_place": "外出地点 外出地 外出去向 务工地点 外出务工地 滞留地 务工地 外出务工地点 外出务工地址 去向",
}
FIELDS = {name.lower(): field for field, names in SYNONYMS.items() for name in names.split()}
PLACES = words("village_code township village section estate grid group building unit room label")
# Somebody else than the person of the row.
_OTHERS = re.compile(
    r"户主|监护|家长|父亲|母亲|配偶|紧急|包保|包联|联系人|联络人|负责人|责任人|网格[员长]|组长|村医|医生|干部|填[报表写]|"
    r"审核|登记人|调查人|核查人|经办|录入|摸排|走访人|房东|业主|单位|学校|来源|出发|始发|途经|推送|邻居|亲属"
)
_IGNORED = words("序号 错误 备注 序 号 行号 no 签名 签字")
_BRACKETS = re.compile(r"[(（\[【<《].*?[)）\]】>》]")
_SIGNS = re.compile(r"[\s*＊:：、/\\.。_,，;；·'\"“”?？!！#+|-]+")
_ORDINAL = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?=[一-鿿])")
# Written by those who write traditional characters; a sheet's header, no more.
_TRADITIONAL = str.maketrans(
    "號碼證電話機聯絡鄉鎮區別關係與戶主門樓棟幢單現籍組網齡縣為現機",
    "号码证电话机联络乡镇区别关系与户主门楼栋幢单现籍组网龄县为现机",
)
# What a header says in more words than a synonym: tried in this order when no synonym fits.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("id_number", re.compile(r"身份证(?!.*(?:地址|住址|有效|照片|复印|签发))|^(?:有效)?证件号|公民身份号")),
    ("phone", re.compile(r"手机|电话|联系方式|微信同号")),
    ("birth_on", re.compile(r"^(?:本人)?出生(?:年月|日期|时间)|^生日")),
    ("relation", re.compile(r"与(?:本)?户主.{0,3}关系|户主之?关系")),
    ("head_name", re.compile(r"^(?:家庭)?户主(?:人)?(?:的)?(?:姓名|名称|名)?$")),
    ("sex", re.compile(r"^性别")),
    ("name", re.compile(r"姓名$|^姓名")),
    ("registered_place", re.compile(r"户[籍口].{0,4}(?:地址|住址|所在地)|身份证.{0,3}(?:地址|住址)")),
    (
        "present_place",
        re.compile(
            r"^(?:现|目前|常|家庭|实际|详细|本人)*(?:居住|住房|房屋|住|所在)?(?:详细)?(?:地址|住址|住处)$"
        ),
    ),
    ("township", re.compile(r"^(?:所[属在])?(?:乡镇?|镇)(?:街道?|办事处)?(?:名称?)?$")),
    ("village", re.compile(r"^(?:所[属在])?(?:行政村|村|社区)(?:社区|居委会?|委会|民委员会|名称?)*$")),
    ("group", re.compile(r"^(?:所[属在])?(?:村民?|居民?)?小?组(?:别|名|号)?$")),
    ("away_place", re.compile(r"^(?:外出|务工|流出|滞留)(?:务工)?(?:地|去向|地点|地址)")),
    ("is_here_tonight", re.compile(r"是否.{0,3}在家")),
    ("is_living_here", re.compile(r"^是否.{0,3}常住")),
)


def plain_header(cell: Cell) -> str:
    """Folded: without brackets, signs, ordinals; 《1、姓 名*(必填)》 gives 姓名."""
    return _plain(cell) if isinstance(cell, str) else ""


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_TRADITIONAL)
    plain = _SIGNS.sub("", _BRACKETS.sub("", folded)) or _SIGNS.sub("", folded.strip("()[]【】<>《》"))
    return _ORDINAL.sub("", plain) if plain.lower() not in FIELDS else plain


def is_ignored(plain: str) -> bool:
    return plain.lower() in _IGNORED


def is_of_another(plain: str) -> bool:
    """户主电话, 监护人姓名, 包保人: what stands there is not the row's person."""
    return bool(_OTHERS.search(plain)) and plain.lower() not in FIELDS


def is_refused(header: str) -> bool:
    """A subject that must not be collected, also in brackets unless the header itself is a field of ours."""
    plain = plain_header(header)
    if plain.lower() not in FIELDS and refused_subject(plain):
        return True
    return not known_field(plain) and refused_subject(header) is not None


@lru_cache(maxsize=4096)
def known_field(plain: str) -> str | None:
    """The field that a folded header names; None when it names none, or somebody else's."""
    if exact := FIELDS.get(plain.lower()):
        return exact
    if not plain or len(plain) > 20:
        return None
    for field, pattern in _PATTERNS:
        if pattern.search(plain):
            rest = plain.replace("户主关系", "").replace("户主之关系", "")
            if field in ("head_name", "relation") or not _OTHERS.search(rest):
                return field
            return None
    return None


def field_of_path(path: tuple[str, ...]) -> str | None:
    """Of a header in several rows, from the group down to the leaf: 住址.村, 户主.姓名."""
    if not path:
        return None
    leaf, group = path[-1], "".join(path[:-1])
    if group.endswith("户主") and known_field(leaf) == "name":
        return "head_name"
    if group and is_of_another(group) and not known_field(group):
        return None
    if group.startswith("户主") and known_field(leaf) in ("id_number", "phone", "sex", "birth_on"):
        return None
    return (
        known_field(leaf)
        or known_field(group + leaf)
        or (known_field(group) if group and leaf == group else None)
    )
