"""Which columns a sheet has, in which order, under which of their many names."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

HEADERS: dict[str, tuple[str, ...]] = {
    "seq": ("序号", "编号", "No.", "序"),
    "township": ("乡镇", "乡镇街道", "乡镇（街道）", "镇", "所属乡镇", "镇街"),
    "village": ("村", "村社区", "村（社区）", "村/社区", "村名", "所在村", "行政村", "社区（村）", "村居"),
    "village_group": ("村组", "村、组", "村（组）", "所在村组"),
    "address": ("住址", "家庭住址", "详细地址", "现住址", "居住地址", "家庭地址", "住房地址"),
    "group": ("组", "村民小组", "小组", "组别", "所在组", "组名"),
    "house": ("门牌号", "门牌", "门牌号码"),
    "estate": ("小区", "小区名称", "所在小区"),
    "building": ("楼栋", "栋", "幢", "楼号", "栋号"),
    "unit": ("单元", "单元号"),
    "room": ("房号", "室", "房间号", "室号"),
    "household": ("户编号", "户号", "家庭编号"),
    "head": ("户主", "户主姓名"),
    "head_phone": ("户主电话", "户主联系电话"),
    "name": ("姓名", "居民姓名", "成员姓名", "姓 名", "人员姓名", "家庭成员姓名"),
    "relation": ("与户主关系", "关系", "户主关系", "与户主的关系", "家庭关系"),
    "sex": ("性别", "性 别"),
    "birth": ("出生日期", "出生年月日", "出生年月", "生日"),
    "id": (
        *("身份证号码", "身份证号", "身份证", "证件号", "证件号码", "公民身份号码", "居民身份证号码"),
        *("身份证号（18位）", "身份证件号码", "*身份证号码", "身份证 号码", "公民身份证号码"),
    ),
    "phone": (
        *("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "本人电话"),
        *("联系电话（必填）", "电 话", "手机号码：", "联系手机"),
    ),
    "registered": ("是否户籍人口", "是否户籍", "户籍人口"),
    "living": ("是否常住", "常住人口", "是否常住人口"),
    "tonight": ("今晚是否在家", "是否在家", "今晚在家"),
    "occupancy": ("房屋状态", "居住状态"),
    "away": ("外出地点", "外出务工地", "外出去向"),
    "work": ("工作单位", "工作单位/学校", "职业"),
    "vaccine": ("疫苗剂次", "接种剂次"),
    "note": ("备注", "备 注", "说明"),
    "refused": ("民族", "宗教信仰", "政治面貌", "是否党员", "上访情况"),
}
GROUP_LABELS = {
    **dict.fromkeys(
        ("township", "village", "group", "house", "estate", "building", "unit", "room"), "住址情况"
    ),
    **dict.fromkeys(("household", "head", "head_phone"), "家庭情况"),
    **dict.fromkeys(("name", "relation", "sex", "birth", "id", "phone"), "人员基本信息"),
    **dict.fromkeys(("registered", "living", "tonight", "away"), "居住情况"),
}
ADDRESS = (
    "township",
    "village",
    "village_group",
    "address",
    "group",
    "house",
    "estate",
    "building",
    "unit",
    "room",
)
OF_HOUSEHOLD = frozenset((*ADDRESS, "household", "head", "head_phone", "occupancy"))


@dataclass
class Columns:
    """The columns in order; `headers` by field as written ("" for one that lost its header)."""

    fields: list[str]
    headers: dict[str, str]
    height: int = 1  # rows of the header
    extra: dict[str, str] = field(default_factory=dict)

    def at(self, name: str) -> int:
        return self.fields.index(name)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    @property
    def width(self) -> int:
        return len(self.fields)

    def of_household(self) -> list[str]:
        """Those that say the same of all its members."""
        return [name for name in self.fields if name in OF_HOUSEHOLD]


def draw(rng: random.Random, place: str, is_urban: bool, has_vacant: bool) -> Columns:
    """`place`: where the village stands: column, township_column, joined, address, or above the rows."""
    fields = ["seq"] if rng.random() < 0.7 else []
    where = {"column": ["village"], "township_column": ["township", "village"], "joined": ["village_group"]}
    fields += where.get(place, ["address"] if place == "address" else [])
    if place != "address":
        if is_urban:
            fields += ["estate", "building", "unit", "room"]
        else:
            fields += [] if place in ("joined", "group_section") else ["group"]
            fields += ["house"] if rng.random() < 0.8 else []
    fields += [
        name
        for name, share in (("household", 0.25), ("head", 0.45), ("head_phone", 0.1))
        if rng.random() < share
    ]
    fields.append("name")
    shares = {
        "relation": 0.7,
        "sex": 0.7,
        "birth": 0.45,
        "id": 0.93,
        "phone": 0.9,
        "registered": 0.25,
        "living": 0.3,
        "tonight": 0.2,
        "away": 0.2,
        "work": 0.25,
        "vaccine": 0.15,
        "note": 0.4,
        "refused": 0.25,
    }
    fields += [name for name, share in shares.items() if rng.random() < share]
    if has_vacant:
        fields.append("occupancy")
    if rng.random() < 0.35:  # another year's form: the same columns elsewhere
        first, rest = (fields[:1], fields[1:]) if fields[0] == "seq" else ([], fields)
        rng.shuffle(rest)
        fields = first + rest
    headers = {name: rng.choice(HEADERS[name]) for name in fields}
    if rng.random() < 0.1:
        at = rng.choice(fields)
        headers[at] = headers[at][:2] + "\n" + headers[at][2:] if len(headers[at]) > 3 else headers[at]
    columns = Columns(fields, headers, rng.choices((1, 2, 3), (72, 21, 7))[0])
    if rng.random() < 0.06:
        lost = [name for name in ("id", "phone", "sex") if name in fields]
        if lost:
            columns.headers[rng.choice(lost)] = ""
    return columns
