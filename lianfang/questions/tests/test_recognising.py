"""Which question a header asks for: many styles of one question, and headers that must find nothing."""

from __future__ import annotations

import pytest

from lianfang.questions.operations import shipped_questions
from lianfang.questions.queries import question_of
from lianfang.questions.recognising import find_question

KNOWN = tuple({raw["key"]: question_of(raw, "zh-Hans") for raw in shipped_questions()}.values())

# One a line: another thing, another person, a count, a rate, or nothing that is sure.
NOTHING = """
来来 接种日期 姓名 身份证号 联系电话 与户主关系 性别 年龄 住址 现住址 户籍地址 村 组 门牌号 户主 户主电话 包保人 包保电话 摸排日期 签名 备注 序号 小区 楼栋 单元 房号 户数
人数 排查户数 今日.排查户数 累计.排查户数 发热人数 今日.发热人数 发热（人） 发热（人次） 密接 密接人数 次密接 集中隔离 居家隔离 解除 异常 核酸采样 疫苗目标 接种率 完成率
接种率(%) 体温计 体温计数量 体温枪 第一针时间 第二针日期 第一剂接种日期 疫苗名称 疫苗厂家 接种机构 接种地点 孩子.疫苗剂次 监护人.体温 单位 计量单位 班次 车牌号 风险等级 人群类别
阳性数 学校类型 填报学校 同行人.体温 司机.体温 密接者.抵达日期 包保人.工作单位 户主.工作单位 下次核酸时间 采样时间 采样点 管号 监测时间 健康监测时间 隔离开始日期 隔离结束日期
解除日期 上报时间 填报时间 填报单位 登记日期 核查时间 核查结果 现居住地风险等级名称 民族 政治面貌 是否党员 宗教信仰 信访情况 举报线索 物资需求量 口罩需求数 消杀面积 宣传单 卡口
车辆数 车牌颜色 领取物资 发放体温计 发热门诊 发热门诊名称 日期 时间 原因 类型 状态 结果 地点 数量 方式 是否 有无 情况 是否核酸 是否接种 是否健康码 是否来源地 体温（是/否）
疫苗剂次（是/否） 学校人数 学生人数 老师姓名 班主任 家长电话 在家 是否在家 去向 出生日期 容器指数 布雷图指数 阳性率 积水清理率 来返人员电话 车站 航空公司 症状开始日期 发病日期
症状消失时间 接触人姓名 接触地点 接触方式 核酸检测机构 核酸次数 疫苗接种点 疫苗库存 空置户数 出租屋数 房屋面积 房屋产权 独居老人数 低保户数 残疾证号 血压 血糖 心率 身高 体重
语文成绩 收入 银行卡号 x 1 （℃） 合计 其他
"""
SOMETHING = [
    ("体温（℃）", "temperature"),
    ("体 温", "temperature"),
    ("体温\n(℃)", "temperature"),
    ("今日体温", "temperature"),
    ("1、体温", "temperature"),
    ("是否发热(1是2否)", "fever"),
    ("是否发热", "fever"),
    ("有无发热", "fever"),
    ("3.是否发烧？", "fever"),
    ("現有發熱", "fever"),
    ("疫苗剂次：0/1/2/3", "dose_count"),
    ("疫苗剂次", "dose_count"),
    ("接种剂次(0/1/2/3)", "dose_count"),
    ("疫苗接种.剂次", "dose_count"),
    ("疫苗济次", "dose_count"),
    ("接种针数（针）", "dose_count"),
    ("近14天有无中高风险地区旅居史", "was_in_risk_area"),
    ("十四天内中高风险旅居史", "was_in_risk_area"),
    ("近十四天是否到过中高风险地区", "was_in_risk_area"),
    ("末次接种日期", "last_dose_on"),
    ("疫苗接种.末次日期", "last_dose_on"),
    ("疫苗接种情况.末次接种日期", "last_dose_on"),
    ("未种原因", "not_vaccinated_reason"),
    ("未种原因（代码）", "not_vaccinated_reason"),
    ("未接种疫苗原因", "not_vaccinated_reason"),
    ("来返.来源地", "origin_place"),
    ("来源地", "origin_place"),
    ("来返.抵达日", "arrived_on"),
    ("返乡时间", "arrived_on"),
    ("来返情况.离开日期", "left_origin_on"),
    ("返乡信息.交通方式", "return_transport"),
    ("交通方式", "return_transport"),
    ("航班/班车/车牌号", "transport_number"),
    ("车次/航班号", "transport_number"),
    ("同行人", "travel_companions"),
    ("房屋状态", "dwelling_state"),
    ("房屋状态(自住/出租/空置)", "dwelling_state"),
    ("户内人数", "people_tonight_count"),
    ("户内人数（人）", "people_tonight_count"),
    ("症状", "symptoms"),
    ("有无症状", "symptoms"),
    ("有无发热、咳嗽等症状", "symptoms"),
    ("有无发热咳嗽恶心呕吐腹泻", "symptoms"),
    ("健康信息.症状", "symptoms"),
    ("最近核酸", "last_test_on"),
    ("最近一次核酸检测时间", "last_test_on"),
    ("核酸检测结果", "last_test_result"),
    ("核酸检测.结果", "last_test_result"),
    ("核酸检测.日期", "last_test_on"),
    ("特殊人群", "special_groups"),
    ("特殊人群类型（多选）", "special_groups"),
    ("是否独居老人", "is_elderly_alone"),
    ("需求", "household_needs"),
    ("困难需求", "household_needs"),
    ("有什么需求", "household_needs"),
    ("具体需求", "needs_detail"),
    ("是否滞留在外", "is_stranded"),
    ("滞留地点", "stranded_place"),
    ("预计返回日期", "expected_return_on"),
    ("是否接触", "had_contact"),
    ("有无接触史", "had_contact"),
    ("是否密接", "had_contact"),
    ("检查容器数", "containers_inspected_count"),
    ("检查容器数（个）", "containers_inspected_count"),
    ("阳性容器数(处)", "containers_positive_count"),
    ("今日.检查容器数", "containers_inspected_count"),
    ("累计.阳性容器数", "containers_positive_count"),
    ("容器.检查容器数", "containers_inspected_count"),
    ("积水", "standing_water"),
    ("有无积水", "standing_water"),
    ("是否在校学生", "is_student"),
    ("学段", "school_stage"),
    ("就读学校", "school_name"),
    ("学校", "school_name"),
    ("学校名称", "school_name"),
    ("学生信息.学段", "school_stage"),
    ("健康码颜色", "health_code"),
    ("健康码", "health_code"),
    ("返乡原因", "return_reason"),
    ("来自地区的风险等级", "origin_risk"),
    ("有无三日内核酸阴性证明", "has_test_proof"),
    ("人员状态(0已返1将返)", "return_state"),
    ("途经地", "passed_places"),
    ("居住类别", "stay_kind"),
    ("工作单位", "workplace"),
    ("是否已满14天观察", "has_completed_watch"),
    ("是否低保(低保/五保)", "welfare_kind"),
    ("年级", "school_grade"),
    ("返校日期", "returns_to_school_on"),
    ("*体温", "temperature"),
    ("【必填】是否发热", "fever"),
    ("【健康】体温", "temperature"),
    ("体温（摄氏度）", "temperature"),
    ("14天内有无中高风险地区旅居史（是/否）", "was_in_risk_area"),
    ("来源省份", "origin_province"),
    ("基本情况.房屋状态", "dwelling_state"),
    ("发热（是/否）", "fever"),
    ("fever", "fever"),
    ("dose_count", "dose_count"),
    ("是否留守儿童", "is_left_behind_child"),
    ("自理能力", "self_care"),
    ("生活能否自理", "self_care"),
    ("预计抵达时间", "expected_return_on"),
]


@pytest.mark.parametrize("header", NOTHING.split())
def test_what_is_not_sure_finds_nothing(header):
    assert find_question(header, KNOWN) is None


def test_a_name_that_two_questions_share_finds_neither():
    first, second = KNOWN[:2]
    both = [question_with(first, "某某"), question_with(second, "某某")]
    assert find_question("某某", both) is None
    assert find_question("某某", both[:1]).question.key == first.key


def question_with(question, header):
    return question.__class__(**{**question.__dict__, "headers": (header,)})


@pytest.mark.parametrize(("header", "key"), SOMETHING)
def test_a_header_finds_its_question(header, key):
    found = find_question(header, KNOWN)
    assert found is not None
    assert found.question.key == key
    assert 0.7 <= found.confidence <= 1


@pytest.mark.parametrize("question", KNOWN, ids=lambda question: question.key)
def test_every_name_of_the_dictionary_finds_its_own_question(question):
    for name in (question.label, *question.headers):
        found = find_question(name, KNOWN)
        assert found is not None, name
        assert found.question.key == question.key, name
