"""The column sets of the county's lists (domain, section 4), each under five wordings: whose column is it?

A line is header=field; a field of `words.FIELDS`, or nothing for what says nothing about whom and where.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from lianfang.register.tests.sheets_made import an_id, xlsx
from lianfang.verification.reading import read

TODAY = dt.date(2022, 11, 23)
CELLS = {
    "name": ["某甲", "某乙", "某丙"],
    "sex": ["男", "女", "男"],
    "birth_on": ["1987-03-12", "1990.1.1", "2001年5月6日"],
    "age": ["35", "32岁", "21"],
    "id_number": [an_id(), an_id("19900101", 122), an_id("20010506", 13)],
    "phones": ["13812342076", "16612342077", "19912342078"],
    "county": ["武冈市"] * 3,
    "town_said": ["司马冲镇", "邓元泰镇", "迎春亭街道"],
    "village_said": ["杨梅村", "木瓜村", "春光社区"],
    "town_village": ["司马冲镇杨梅村", "邓元泰镇木瓜村", "迎春亭街道春光社区"],
    "address": ["3组12号", "5组", "阳光小区3栋501"],
    "estate": ["阳光小区"] * 3,
    "building": ["3栋", "4栋", "5栋"],
    "unit": ["1单元"] * 3,
    "room": ["501", "502", "503"],
    "registered_place": ["湖南省武冈市"] * 3,
    "phone_origin": ["湖南长沙", "湖南省邵阳市", "上海"],
    "came_from": ["武汉", "上海", "广州"],
    "came_on": ["2022-11-20", "2022.11.19", "11月18日"],
    "came_by": ["G1", "K2", "湘E12345"],
    "companions": ["某丁", "", "某戊、某己"],
    "other": ["某庚", "某辛", "某壬"],
    "ordinal": [1, 2, 3],
    "": ["是", "否", "是"],
}

A = """
姓名=name 身份证号码=id_number 性别=sex 手机号码=phones 来源省份=came_from 来源地市=came_from 来源县市区=came_from 来源街道乡镇=came_from 来源社区村=came_from 目的地详细地址=address 目的地县市区=county 目的地街道乡镇=town_said 目的地社区村=village_said 返乡原因= 返乡时间=came_on 交通方式=came_by 航班/班车/车牌号=came_by 来自地区的风险等级= 人员类型= 目的地联系人=other 目的地联系电话=other 申报时间=came_on
序号=ordinal 返乡人员姓名=name 证件号=id_number 联系方式=phones 手机号归属地=phone_origin 出发省=came_from 出发市=came_from 出发县=came_from 现住乡镇=town_said 现住村=village_said 现住详细地址=address 返回日期=came_on 车次=came_by 家中联系人=other 家中联系人电话=other
姓*名=name 公民身份号码=id_number 联系电话(本人)=phones 从何地返回=came_from 到达时间=came_on 所属乡镇（街道）=town_said 所属村（社区）=village_said 居住地址=address 交通工具及班次=came_by 同行人员=companions 包保人=other 包保人电话=other
返回人员=name 身份证=id_number 手机=phones 性别=sex 年龄=age 来源地=came_from 抵达日期=came_on 镇街=town_said 村居=village_said 家庭住址=address 填报人=other 填报单位=other
人员姓名=name 居民身份证号码=id_number 手机号=phones 返乡前居住地=came_from 返乡日期=came_on 乡镇=town_said 村=village_said 详细住址=address 户籍地址=registered_place 村负责人=other
"""
B = """
姓名=name 手机=phones 性别=sex 身份证=id_number 户籍地址=registered_place 车次/航班号=came_by 始发地=came_from 途经地=came_from 目的地=county 车牌号=came_by 居住类别= 街道村社区=town_village 小区名称=estate 楼栋号=building 门牌号=room 用工类型= 返邵日期=came_on 是否已满14天观察=
姓名=name 联系电话=phones 证件号码=id_number 户籍所在地=registered_place 班次=came_by 出发地=came_from 来邵日期=came_on 乡镇街道=town_said 村社区=village_said 小区=estate 栋=building 单元=unit 房号=room
来邵人员姓名=name 电话号码=phones 公民身份证号码=id_number 户口所在地=registered_place 来自何地=came_from 抵邵时间=came_on 现住址=address 所在街道=town_said 所在社区=village_said
返邵人员姓名=name 本人手机=phones 身份证件号码=id_number 户籍地详址=registered_place 离开地=came_from 到邵时间=came_on 街道=town_said 社区=village_said 详细地址=address 单位负责人=other
姓名=name 联系方式=phones 身份证号=id_number 籍贯=registered_place 起始地=came_from 乘车日期=came_on 航班号=came_by 居住地详细地址=address 居住地街道=town_said 居住地社区=village_said
"""
C = """
卡口名称= 被检查人姓名=name 身份证号=id_number 车辆信息=came_by 联系方式=phones 出发地=came_from 目的地=county 检查时间=came_on
卡点= 姓名=name 证件号码=id_number 车牌号码=came_by 手机号码=phones 始发地=came_from 前往地=county 查验时间=came_on 检查人=other
检查点= 被登记人=name 身份证=id_number 车牌=came_by 电话=phones 来源地=came_from 目的地详细地址=address 登记时间=came_on 登记人=other
卡口名称= 驾乘人员姓名=name 身份证号码=id_number 联系电话=phones 出发地点=came_from 目的地址=address 日期=came_on 值班民警=other
序号=ordinal 被查验人=name 公民身份号码=id_number 移动电话=phones 从哪里来=came_from 到哪里去=county 时间=came_on 负责人=other 负责人手机=other
"""
D = """
日期=came_on 车次=came_by 到站=came_by 出发地=came_from 姓名=name 证件号码=id_number 联系电话=phones 健康码= 是否国外来= 处置结果=answer_result
乘车日期=came_on 列车车次=came_by 发站=came_from 旅客姓名=name 身份证号=id_number 手机号=phones 处置结果=answer_result 移交人=other
到达日期=came_on 班次=came_by 上车站=came_from 乘客=name 证件号=id_number 联系方式=phones 核查情况=answer_result
发车时间=came_on 车次号=came_by 始发站=came_from 旅客=name 身份证=id_number 电话=phones 座位号=came_by 落实情况=answer_result
到站时间=came_on 航班号=came_by 出发城市=came_from 乘机人姓名=name 身份证件号=id_number 手机号码=phones 反馈情况=answer_result 接站人=other 接站人电话=other
"""
E = """
姓名=name 身份证号=id_number 发现时间=came_on 核酸结果=answer_test 疑似被接触人员=other 联系方式=phones 途径位置=came_from 责任街道=town_said 责任社区=village_said
密接者姓名=name 证件号码=id_number 联系电话=phones 末次接触时间=came_on 关联病例=other 责任乡镇=town_said 责任村=village_said 现住址=address
密切接触者姓名=name 身份证号码=id_number 手机号=phones 末次暴露时间=came_on 暴露地点=came_from 指示病例姓名=other 居住地址=address 管控措施=answer_measure
姓名=name 身份证=id_number 手机=phones 隔离地址=address 户籍地址=registered_place 责任街道=town_said 责任社区=village_said 核酸结果=answer_test 开始= 结束= 是否核酸=
对象姓名=name 公民身份号码=id_number 本人电话=phones 接触日期=came_on 被接触者姓名=other 被接触者电话=other 所属镇街=town_said 所属社区=village_said 隔离点名称=address 房间号=room
"""
F = """
姓名=name 身份证号=id_number 手机号=phones 码发放地=came_from 首次申请时间=came_on 是否民航= 轨迹时间=came_on 是否铁路= 来源省市=came_from
身份证号=id_number 手机号=phones 户籍地详址=registered_place 户籍地派出所= 来鲁方式=came_by 车次班次=came_by 核查结果=answer_result 现住址=answer_place 管控措施=answer_measure 核酸=answer_test 核查人=answer_checker 核查时间=answer_checked_on
核查对象=name 公民身份号码=id_number 联系电话1=phones 联系电话2=phones 户籍地=registered_place 来湘时间=came_on 目的地市州=county 目的地县市区=county 责任单位=other 核实结果=answer_result 核实人=answer_checker 核实时间=answer_checked_on 备注=answer_remark
序号=ordinal 被协查人姓名=name 证件号=id_number 手机=phones 轨迹地点=came_from 轨迹时间=came_on 推送单位=other 推送时间= 反馈结果=answer_result 反馈人=answer_checker 反馈时间=answer_checked_on 反馈单位=other
姓名=name 身份证=id_number 电话=phones 备用电话=phones 赋码地=came_from 赋码时间=came_on 居住地=address 是否属实=answer_result 现居住地=answer_place 核酸检测结果=answer_test 落实管控措施=answer_measure 排查人=answer_checker 排查日期=answer_checked_on 说明=answer_remark
"""
SETS = {"A": A, "B": B, "C": C, "D": D, "E": E, "F": F}
CASES = [
    pytest.param([word.rpartition("=")[::2] for word in line.split()], id=f"{key}{n}")
    for key, lines in SETS.items()
    for n, line in enumerate(lines.strip().splitlines(), 1)
]


def rows_of(columns: list[tuple[str, str]]) -> list[list[object]]:
    return [[CELLS[field][n] if field in CELLS else None for _, field in columns] for n in range(3)]


@pytest.mark.parametrize("columns", CASES)
def test_every_column_is_known_for_what_it_is(tmp_path: Path, columns: list[tuple[str, str]]) -> None:
    for seed in range(2):
        shuffled = list(columns)
        if seed:  # any order, but for a phone without an owner behind somebody's name
            random.Random(seed).shuffle(shuffled)
            keep = [name for name in shuffled if name[1] != "other"] + [
                name for name in shuffled if name[1] == "other"
            ]
            shuffled = keep
        header = [name for name, _ in shuffled]
        path = xlsx(tmp_path / f"{seed}.xlsx", [["关于核查有关人员的名单"], header, *rows_of(shuffled)])
        sheet = read(path, today=TODAY).sheets[0]
        assert {c.header: c.field for c in sheet.columns} == dict(shuffled)
        assert len(sheet.rows) == 3
        named = "name" in dict(shuffled).values()
        assert [row.name for row in sheet.rows] == (CELLS["name"] if named else ["", "", ""])
        assert [row.id_number for row in sheet.rows] == CELLS["id_number"]
        assert all(
            (row.phones and not row.doubts) or row.doubts == ("register.day_completed",) for row in sheet.rows
        )
        assert not any(
            other in str((row.name, row.companions)) for row in sheet.rows for other in CELLS["other"]
        )
        if "came_on" in dict(shuffled).values():
            assert [row.came_on for row in sheet.rows] == [dt.date(2022, 11, day) for day in (20, 19, 18)]
