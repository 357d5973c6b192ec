"""What the headers of lists mean, whatever they are called. Pure.

A list names more people than those it is about: who filled it in, who is to be rung at the destination, whom a contact
met. What belongs to them is `other`, and never becomes part of the row's person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lianfang.core.problems import N_
from lianfang.register.columns import HeaderWords
from lianfang.register.columns.headers import known_field

# field → what a county calls it. A field may have several columns: parts of an address, two phones.
FIELDS: dict[str, str] = {
    "name": N_("姓名"),
    "former_names": N_("曾用名"),
    "sex": N_("性别"),
    "birth_on": N_("出生日期"),
    "age": N_("年龄"),
    "id_number": N_("身份证号码"),
    "phones": N_("联系电话"),
    "county": N_("现在所在县市区"),
    "town_said": N_("乡镇、街道"),
    "village_said": N_("村、社区"),
    "town_village": N_("乡镇和村写在一起"),
    "group": N_("组"),
    "estate": N_("小区"),
    "building": N_("楼栋"),
    "unit": N_("单元"),
    "floor": N_("楼层"),
    "room": N_("房号"),
    "address": N_("住址"),
    "place": N_("地点"),
    "registered_place": N_("户籍地"),
    "phone_origin": N_("号码归属地"),
    "came_from": N_("从哪里来"),
    "came_on": N_("来返或轨迹时间"),
    "came_by": N_("交通方式、车次"),
    "companions": N_("同行人"),
    "ordinal": N_("序号"),
    "other": N_("别人的信息"),
    "answer_result": N_("核查结果"),
    "answer_place": N_("现住址（要填）"),
    "answer_measure": N_("管控措施"),
    "answer_test": N_("核酸"),
    "answer_checker": N_("核查人"),
    "answer_checked_on": N_("核查时间"),
    "answer_remark": N_("备注、反馈"),
}
ANSWERS = tuple(name for name in FIELDS if name.startswith("answer_"))
OF_A_PERSON = ("name", "id_number", "phones")

_OF_REGISTER = {
    "name": "name",
    "sex": "sex",
    "birth_on": "birth_on",
    "id_number": "id_number",
    "phone": "phones",
    "township": "town_said",
    "village": "village_said",
    "estate": "estate",
    "grid": "group",
    "group": "group",
    "building": "building",
    "unit": "unit",
    "floor": "floor",
    "room": "room",
    "label": "address",
    "registered_place": "registered_place",
    "is_registered_here": "registered_place",
    "present_place": "address",
    "head_name": "other",
    "contact_phone": "other",
}
_EXACT = {
    **dict.fromkeys(("序号", "序", "编号", "序列号", "no", "no.", "行号", "条号", "流水号"), "ordinal"),
    **dict.fromkeys(
        ("备注", "说明", "备注说明", "反馈", "反馈内容", "反馈备注", "备注反馈", "其他说明"), "answer_remark"
    ),
    **dict.fromkeys(("年龄", "岁数", "周岁", "age"), "age"),
    **dict.fromkeys(("日期", "时间", "date"), "came_on"),
    **dict.fromkeys(
        ("乘客", "旅客", "密接", "密接者", "密切接触者", "核查对象", "被核查人", "对象", "人员"), "name"
    ),
    **dict.fromkeys(("落脚点", "隔离点", "隔离点名称"), "address"),
    **dict.fromkeys(
        ("目的地", "到达地", "前往地"), "county"
    ),  # mostly a town; the columns beside it say more
    **dict.fromkeys(
        ("县", "区", "市", "省", "省份", "县市区", "区县", "县区", "市县", "市州", "州市"), "county"
    ),
    **dict.fromkeys(("联系地址", "隔离酒店", "酒店名称", "宾馆名称", "入住酒店"), "address"),
    "来返目的地": "county",
    "地点": "place",
    **dict.fromkeys(("来源", "来源地", "始发", "出发", "发站", "来自"), "came_from"),
    **dict.fromkeys(("措施", "管控"), "answer_measure"),
    **dict.fromkeys(("街道", "乡镇", "镇街"), "town_said"),
    **dict.fromkeys(("社区", "村"), "village_said"),
}
_PERSON = re.compile(
    r"^(?:被(?!接触)[一-鿿]{1,4}?(?:人员?|者|对象)|(?:返[一-鿿]|来[一-鿿]|返回|入境|外来|流入|涉疫|重点|风险|核查|协查|排查|管控|隔离|密切?接触?|"
    r"次密接|驾乘|乘车|乘机|同车|同机|旅居|推送)(?:人员?|者|对象)|旅客|乘客|本人|当事人|对象|人员)"
)
# Anybody else who is named by what they do: 移交人, 接站人电话, 值班民警.
_ANYONE = re.compile(
    r"^.{1,8}(?:人|员|者|[组村队站所班][长主任]|民警|干部|主任|书记)(?:的)?(?:姓名|名字|电话|手机|手机号码?|号码|联系(?:方式|电话)|身份证.{0,3}|证件.{0,3}|职务|签[名字])?$"
)
_OTHERS = re.compile(
    r"联系人|联络[人员]|目的地联系|紧急|责任人|负责人|包保|包联|网格[员长]|填[报表写]|审核|登记人|采集人|录入|上报|推送(?!时间)|检查人|经办|"
    r"被接触|接触(?:对象|的人)|(?:关联|指示|涉及|相关|源头?)(?:病例|阳性|感染者)|病例|首诊|监护|家长|父亲|母亲|配偶|亲属|家属(?:姓名|电话)|房东|业主|"
    r"干部|民警|医生|采样人|检测人|司机|乘务|户主|[组村队班]长|派出所|单位|学校|邻居|代办|同[行乘住].{0,4}(?:电话|手机|证|方式)|受理|转办|下发|负责"
)
_COMPANIONS = re.compile(
    r"(?:同行|同乘|随行|同住|共同居住|共同生活|陪同)(?:的)?(?:人员?|者|家属|亲友|密接)?(?:姓名|名单|情况|信息)?$|^家庭成员$|^家属$"
)
_CHECK = r"(?:核查|核实|排查|反馈|落实|核对|处置|摸排|协查|追踪|调查|回复|研判|流调)"
_ANSWERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("answer_checker", re.compile(rf"^{_CHECK}(?:人员?|者|干部|责任人|工作人员)(?:姓名|签[字名])?$")),
    ("other", re.compile(rf"^{_CHECK}(?:人员?|者|单位|部门|干部|责任人).+|^{_CHECK}(?:单位|部门)$")),
    ("answer_checked_on", re.compile(rf"^{_CHECK}(?:完成)?(?:的)?(?:时间|日期)$")),
    (
        "answer_result",
        re.compile(
            rf"^(?:是否)?(?:已)?{_CHECK}(?:的)?(?:反馈|核查|情况)?(?:结果|情况|结论|状态|意见|反馈|属实)?$|^是否属实$|^情况反馈$|^结果反馈$"
        ),
    ),
    (
        "answer_measure",
        re.compile(
            r"管控(?:措施|情况|方式|状态|类型|落实|级别)|采取.{0,6}措施|^(?:落实)?(?:防控|健康管理|隔离)(?:措施|方式|情况)"
        ),
    ),
    (
        "answer_test",
        re.compile(
            r"^(?:最近|首次|末次|最近一次|落地|三日内)?(?:一次)?核酸(?:检测|采样)?(?:结果|情况|状态)?$|^采样结果$"
        ),
    ),
)
_PHONE_ORIGIN = re.compile(r"^.{0,4}(?:手机|电话|号码|号段).{0,4}归属(?:地|省|市|省市|城市|地区|省份)*$")
# Of a phone or an id, and not the number itself.
_ABOUT_A_NUMBER = re.compile(r"归属|运营商|类型|种类|类别|有效期|照片|签发|机型|型号")
_NOT_A_PLACE = re.compile(
    r"风险|等级|类型|方式|派出所|编码|代码|是否|有无|状态|原因|检测|采样|机构|单位|性质|人数|史$|电话|手机|姓名|健康码|归属"
)
_WHEN = re.compile(r"时间|日期|年月日|日$|轨迹时")
_NOT_WHEN = re.compile(
    r"出生|核酸|采样|检测|接种|疫苗|开始|结束|解除|隔离|推送|下发|截止|截至|时限|反馈|核查|核实|排查|转办|填[报表]|报送|有效|预计|签收|上报|更新|导入|派单|派发|创建|购票|导出|生成|接收|分配|交办"
)
# The nearer to the person's coming a day is, the sooner it is the one meant: rank → what the header says.
RANKS: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"到达|抵达|到站|返[乡回家]|入境|来[^源]{0,3}(?:时间|日期)|^[返来抵回到][^岗]{0,4}(?:时间|日期)|落地|进入"
    ),
    re.compile(r"轨迹|末次|接触|暴露|活动|到访|停留|旅居|途[经径]"),
    re.compile(r"乘|发车|开车|出发|离|航班|车次"),
    re.compile(r"首次|申请|申领|发放|赋码|领码|转码|注册"),
    re.compile(r"发现|判定|检查|查验|^日期$|^时间$"),
    re.compile(""),
)
_REGISTERED = re.compile(r"^(?:户籍|户口|籍贯|原籍|身份证(?:地址|住址|所在))")
_CAME = re.compile(
    r"^(?:来源|始发|出发|来自|起点|起始|上车|发站|旅居|途[经径]|码?发放地|申[请领]地|离开|暴露|轨迹(?:地|位置|说明|点)|来[源自从]|[返来离回].{0,2}前|原居住|从何|从哪|哪里来|外出|务工|赋码地|"
    r"(?:民航|铁路|公路)?轨迹说明)"
)
_PRESENT = re.compile(
    r"^(?:现|目前|当前|目的|落地|到达|居住|常住|住|隔离|家庭|详细|具体|责任|所[属在]|管辖|属地|辖区|返乡|返回|抵达|落脚|暂住|前往|拟|实际|到站|本地|在.{1,3}住)"
)
_TO = re.compile(r"^[到去往](?:哪|何|什么)|^(?:到达|目的)(?:城市|地区|地?省市?)$")
_WAY = re.compile(
    r"车次|航班|班次|车牌|车辆|船次|交通方式|交通工具|来.{1,2}方式|返.{1,2}方式|席位|座位|车厢|到站$"
)
_DISTRICT = re.compile(
    r"(?:省份?|省市|地市|市州|州市|市|县|区|县市区?|区县|市县区?|省市县区?|行政区划?|区划|所在地市?)$"
)
_BOTH = re.compile(r"^(?:.{0,4})(?:街道|乡镇|镇街?|乡)(?:及|和)?(?:村社区?|社区村?|村居?|居委会)$")
_TOWN = re.compile(r"(?:乡镇?街?道?|街道(?:乡镇|办事处)?|镇街?道?|街镇|乡镇办|街办)(?:名称?)?$")
_VILLAGE = re.compile(r"(?:社区村?|村社区?|村居?|行政村|居委会|村委会|居村|村居社区)(?:名称?)?$")
_FORMER = re.compile(r"曾用名|别名|又名|原名|化名")


@lru_cache(maxsize=4096)
def field_of_word(plain: str) -> str | None:
    """The field that a folded header names; None when it names none."""
    if not plain or len(plain) > 30:
        return None
    if exact := _EXACT.get(plain.lower()):
        return exact
    if _COMPANIONS.search(plain):
        return "companions"
    for field, pattern in _ANSWERS:
        if pattern.search(plain):
            return field
    if _FORMER.search(plain):
        return "former_names"
    if _PHONE_ORIGIN.match(plain):
        return "phone_origin"
    if _ABOUT_A_NUMBER.search(plain) or known_field(plain) == "relation":
        return None
    own = _PERSON.sub("", plain)
    if not own:
        return "name"
    if _OTHERS.search(own):
        return None if _REGISTERED.match(own) else "other"
    if own != plain and (exact := _EXACT.get(own.lower())):
        return exact
    if own == plain and _ANYONE.match(plain) and known_field(plain) != "name":
        return "other"
    return _place_or_time(own) or _OF_REGISTER.get(known_field(own) or "")


def _place_or_time(plain: str) -> str | None:
    if _WHEN.search(plain):
        return None if _NOT_WHEN.search(plain) else "came_on"
    if _WAY.search(plain):
        return "came_by"
    if re.search(r"年龄|周岁", plain):
        return "age"
    if _NOT_A_PLACE.search(plain):
        return None
    if _REGISTERED.match(plain):
        return "registered_place"
    if _CAME.match(plain):
        return "came_from"
    if _TO.search(plain):
        return "county"
    if _BOTH.match(plain):
        return "town_village"
    if not _PRESENT.match(plain):
        return None
    if plain.endswith(("小区", "小区名称")):
        return "estate"
    for field, pattern in (("town_said", _TOWN), ("village_said", _VILLAGE), ("county", _DISTRICT)):
        if pattern.search(plain):
            return field
    for word, field in (
        ("小区", "estate"),
        ("楼栋", "building"),
        ("单元", "unit"),
        ("房号", "room"),
        ("门牌", "room"),
    ):
        if word in plain:
            return field
    return "address" if re.search(r"地址|住址|详址|住所|住处|居住地|住地|地$|地点|位置|点$", plain) else None


@lru_cache(maxsize=4096)
def field_of_path(path: tuple[str, ...]) -> str | None:
    """Of a header in several rows, from the group down to the leaf: 目的地.社区村, 被接触人.姓名, 核查反馈.备注."""
    if not path:
        return None
    leaf, group = path[-1], "".join(path[:-1])
    if not group:
        return field_of_word(leaf)
    if under := _under_answers(group, leaf):
        return under[0]
    own = _PERSON.sub("", group)
    if (
        _OTHERS.search(own) or (own == group and group.endswith(("人", "者", "人员")))
    ) and not _REGISTERED.match(group):
        return "other"
    if _REGISTERED.match(group) or _CAME.match(group):
        joined = field_of_word(group + leaf)
        return joined if joined or _WHEN.search(leaf) else field_of_word(group + "地")
    alone, joined = field_of_word(leaf), field_of_word(group + leaf)
    if alone in ("county", None) or (alone in ("town_said", "village_said") and joined):
        return joined or alone
    return alone


_OF_ANSWERS = re.compile(rf"^(?:.{{0,4}}{_CHECK}|反馈)(?:的)?(?:反馈|情况|结果|信息|栏|内容)*$")
_OF_MEASURES = re.compile(
    r"^(?:.{0,4}(?:管控|隔离|核酸|疫苗|检测|采样|接种))(?:措施|检测|采样|情况|信息|结果|接种)*$"
)
_LEAVES: tuple[tuple[str, str], ...] = (
    ("answer_checked_on", r"时间|日期"),
    ("answer_place", r"住址|地址|居住|在哪"),
    ("answer_measure", r"管控|措施"),
    ("answer_test", r"核酸"),
    ("answer_remark", r"备注|说明"),
    ("answer_checker", r"人员?$|人姓名$"),
    ("answer_result", r"结果|情况|属实|状态|结论"),
)


def _under_answers(group: str, leaf: str) -> tuple[str | None] | None:
    """What stands under 核查反馈 or 核酸; None when the group is neither."""
    if _OF_ANSWERS.match(group):
        return (next((name for name, words in _LEAVES if re.search(words, leaf)), field_of_word(leaf)),)
    if _OF_MEASURES.match(group):
        if re.search(r"时间|日期|地点|机构|类型", leaf):
            return (None,)
        return (field_of_word(group + leaf) or field_of_word(leaf),)
    return None


def is_a_step(path: tuple[str, ...]) -> bool:
    """来源地市, 户籍县: one step of a ladder whose other steps stand beside it."""
    plain = "".join(path)
    return any(pattern.search(plain) for pattern in (_DISTRICT, _TOWN, _VILLAGE)) or plain.endswith(
        ("地址", "组")
    )


def rank_of(path: tuple[str, ...]) -> int:
    """How near to the person's coming a day of this column is; 0 is nearest."""
    plain = "".join(path)
    return next(rank for rank, pattern in enumerate(RANKS) if pattern.search(plain))


def _is_a_list(fields: Mapping[str, list[int]]) -> bool:
    """Somebody is named by name, id or phone, and a second thing is said: a title with 联系电话 in it is no header."""
    told = sum(len(places) for places in fields.values())
    return told > 1 and any(name in fields for name in OF_A_PERSON)


OF_LISTS = HeaderWords(field_of_path, field_of_word, _is_a_list)
