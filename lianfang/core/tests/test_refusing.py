"""Subjects that nobody may be asked about, by whatever words; and words that only look like them."""

from __future__ import annotations

import pytest

from lianfang.core.refusing import refused_choices, refused_subject

REFUSED = {
    "民族": "民族;民　族;民_族;族别;是否少数民族;是否回族;请填写您的民族;民族(汉/其他);种族;ethnicity;EthnicGroup;ethnic_group;race;minzu",
    "宗教信仰": "宗教;宗 教;宗教信仰;是否信教;有无信仰;去教堂次数;religion;Religion:;是否穆斯林;信什么佛教",
    "政治面貌": "政治面貌;政治面貌(党员/群众);政治\n面貌;是否党员;党员人数;身份（党员）;是否为中共党员;入党时间;所在党支部;团员;家庭成分;黨員;"
    "political_status;party_member",
    "信访": "信访;上访情况;是否上访户;信访重点人员;维稳对象;進京上訪;參加過遊行嗎;petitioner",
    "举报他人": "举报;舉報;举报人;被举报人;举报线索;检举他人;邻居是否瞒报;身边是否有人隐瞒行程;知道哪些人从武汉回来未报告;发现邻居有可疑行为",
    "手机内容": "通话记录;短信;短信内容;微信聊天记录;聊天;朋友圈截图;手机内照片;手机里装了哪些APP;手机通讯录;手机相册;call_log;SMS",
}
LET_THROUGH = """民族路12号;民族小区;民族中学;土家族乡;住址（民族路）;回族自治县;民族团结大道;水族馆;家族史;亲族;民族宗教局;党员先锋岗;包保党员;包保党员电话;
党员突击队人数;党员志愿服务队;党群服务中心;临时党支部;集团员工数;社团员;政治学院;举报电话;张贴举报电话数;海报是否有举报电话;信访局;采访次数;随访;
晚上访问;网上访视;走访人;短信提醒;是否收到短信提醒;接收短信;是否会聊天;微信支付;微信群名;微信号;手机号码;有无智能手机;村干部通讯录;健康码截图;行程码;
礼拜天;道教室;群众;发动群众人数;满意度;白天;邻居姓名;周围有无积水;身边有无发热病人;聚集性活动;检测结果;trace;traced_contact;embrace;informed"""


@pytest.mark.parametrize(
    ("text", "subject"), [(text, subject) for subject, texts in REFUSED.items() for text in texts.split(";")]
)
def test_a_refused_subject_is_found_by_whatever_words(text, subject):
    assert refused_subject(text) == subject


@pytest.mark.parametrize("text", LET_THROUGH.replace("\n", "").split(";"))
def test_what_only_looks_like_one_is_let_through(text):
    assert refused_subject(text) is None


@pytest.mark.parametrize(
    ("choices", "subject"),
    [
        (("汉族", "回族", "其他"), "民族"),
        (("汉", "苗", "其他"), "民族"),
        (("Han", "Hui", "Other"), "民族"),
        (("佛教", "其他"), "宗教信仰"),
        (("党员", "群众"), "政治面貌"),
        (("正常", "上访户"), "信访"),
        (("满", "半满", "空"), None),
        (("干部", "群众", "商户"), None),
        (("市民族宗教局", "卫健局"), None),
        ((), None),
    ],
)
def test_choices_tell_the_subject_whatever_the_label_says(choices, subject):
    assert refused_choices(choices) == subject
