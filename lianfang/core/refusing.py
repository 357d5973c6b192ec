"""Subjects that nobody may be asked about, by whatever words: one source for sheets, questions and forms. Pure.

A response needs none of them, and the law forbids asking them of everybody: ethnicity, religion, political status,
petitioning, reports on others, contents of phones. A subject is found in the words of a header, label or title, and
in the choices of a question, whatever its label says. Words that only look like one are let through: 民族路 is an
address, 党员先锋岗 a unit, 举报电话 stands on a poster.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from lianfang.core.problems import N_

ETHNICITY = N_("民族")
RELIGION = N_("宗教信仰")
POLITICS = N_("政治面貌")
PETITIONING = N_("信访")
REPORTING = N_("举报他人")
PHONES = N_("手机内容")

_ETHNIC_NAMES = (
    "汉|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|"
    "达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|"
    "门巴|珞巴|基诺|穿青"
)
# What follows the name of a people in a place or an institution: 土家族乡, 苗族自治县, 民族中学, 水族馆.
_PLACE = (
    r"(?:自治[州县旗区]?|[路街道巷乡镇村馆园宫寨屯苑]|大道|广场|公园|小区|社区|新村|中学|小学|学校|学院|大学|医院|药业|药店|药房|药厂|"
    r"饭店|宾馆|酒店|商场|市场|文化|宗教事务|事务|团结|宗教局|宗教委|委员会|局)"
)
# Where words stand beside a unit or a post they name who does the work, not what somebody is.
_OF_A_UNIT = r"(?:局|办公室|办公地|办(?!理)|科|处|中心|接待室|大厅|部门|窗口|专班|专员|系统|干部|条例)"
_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        ETHNICITY,
        rf"少数民族(?!{_PLACE})|(?<!少数)民族(?!{_PLACE})|民宗(?!局|委|办|科)|族[别裔群]|种族|"
        rf"(?<!家)(?:{_ETHNIC_NAMES})族(?!{_PLACE}|[史谱])|minzu|mingzu",
    ),
    (
        RELIGION,
        rf"宗教(?!{_OF_A_UNIT}|事务)|信仰(?!主义)|信教|信奉|教派|教徒|信徒|教众|皈依|受洗|穆斯林|基督|天主|伊斯兰|回教|佛教|道教(?!室|学)|"
        r"东正教|新教徒|邪教|全能神|法轮|做礼拜|礼拜(?![一二三四五六日天堂])|(?:去|到|在|参加)教堂|教会(?!学校|医院|了|他|她|孩|居|群|村)|"
        r"zongjiao|xinyang",
    ),
    (
        POLITICS,
        r"政治(?:面貌|身份|状况|倾向|立场|观点|态度|表现|背景|审查|信仰|成分|成份|归属|派别|情况|属性|关系)|政审|党派|"
        r"(?<!包保)(?<!包联)(?<!联系)(?<!责任)(?<!值班|下沉|结对|带班|报到|驻村|帮扶|在职)党员"
        r"(?!先锋|突击|志愿|示范|服务|责任|活动|中心|之家|联系人|包|干部|教育|远程|下沉|报到|值班|值守|带头|队)|"
        r"(?<![集社财乐剧])团员|入党|入团|党龄|党籍|预备党|[加参]入(?:何|哪)?(?:个)?党|"
        r"(?:所[在属]|本人)党组织|党组织(?:关系|所在|名称)?$|^(?!临时).{0,4}党支部$|党组织关系|组织关系|"
        r"家庭(?:成分|成份|出身)|阶级成|zhengzhi|mianmao",
    ),
    (
        PETITIONING,
        rf"(?<![短微电通])信访(?!{_OF_A_UNIT}|谈|视)|(?<![网线晚早路马天以])上访(?![视谈问])|缠访|闹访|越级访|[进赴]京(?:访|非访|上访)|非访|集体访|"
        r"访民|涉访|维稳(?!办|组|中心|专班)|涉稳|稳控|不稳定(?:因素|人员)|群体性事件|游行|示威|静坐|请愿|拉横幅|告状|shangfang|xinfang",
    ),
    (
        REPORTING,
        r"(?:被)?举报(?!电话|热线|方式|渠道|邮箱|信箱|奖励|平台|二维码|海报|宣传|公告|箱)|检举|揭发|告发|告密|"
        r"(?:邻居|他人|别人|旁人|身边|周[围边]|村里|本村|同事|谁家|哪[家些]).{0,10}(?:隐瞒|瞒报|未报|没报|不报|没登记|可疑|违规|违法|违反|"
        r"聚集|聚众|赌博|偷跑|藏匿|私自)|(?:发现|知道|提供|上报|反映).{0,6}(?:邻居|他人|别人|谁家|哪家).{0,10}(?:隐瞒|瞒报|违规|违法|可疑|线索|问题|行为)|"
        r"(?:瞒报|隐瞒|违法|违规)(?:人员)?线索|jubao",
    ),
    (
        PHONES,
        r"通话(?:记录|清单|详单|内容|录音)|话单|短信(?:内容|记录|截图|往来)|^(?:手机)?短信(?:信息)?$|聊天(?:记录|内容|截图|信息)|^聊天$|"
        r"微信(?:内容|记录|聊天|好友|朋友圈|转账|支付记录|账单)|朋友圈|(?:手机|微信|qq|个人)相册|相册内容|"
        r"手机(?:里|内|上|中)?(?:的)?(?:内容|照片|图片|相片|视频|文件|资料|信息记录|安装|应用|软件|app|密码|解锁|屏幕|检查|查验内容|截屏|录音|通讯录)|"
        r"(?:开机|锁屏|解锁|支付|微信)密码|手机通讯录|通讯录(?:联系人|好友|名单|内容|截图)|^通讯录$|(?:导出|上传|提取|读取)通讯录|"
        r"(?:浏览|上网|搜索|搜索引擎|浏览器)(?:历史)?记录|浏览历史|浏览器历史|(?:支付宝|微信|手机)(?:支付|转账|消费)?(?:记录|账单|流水)|"
        r"qq(?:聊天|记录|好友)|(?:安装|装)(?:了)?(?:哪些|什么|过)(?:app|软件|应用)|翻墙|vpn",
    ),
)
_ENGLISH: tuple[tuple[str, str], ...] = (
    (ETHNICITY, r"ethnic\w*|race|racial|minorit(?:y|ies)|tribe|tribal|caste|han chinese"),
    (
        RELIGION,
        r"religio\w*|faith|church(?:es)?|mosque|muslim|islam\w*|christian\w*|buddhis\w*|taois\w*|catholic\w*|worship\w*",
    ),
    (POLITICS, r"politic\w*|party member\w*|party affiliation|communist\w*|party branch"),
    (PETITIONING, r"petition\w*|protest(?:s|er|ers|ed)?|demonstrators?"),
    (
        REPORTING,
        r"informants?|informers?|whistle ?blow\w*|denounc\w*|tip ?offs?|reports? (?:on|about|against) (?:\w+ )?(?:other|neighbo)\w*|"
        r"suspicious (?:neighbo\w*|people|persons?)",
    ),
    (
        PHONES,
        r"call (?:logs?|records?|history)|text messages?|sms|chat (?:logs?|history|records?)|phone contents?|contacts? list|"
        r"browsing history|search history|photo (?:album|gallery)|wechat (?:messages?|moments)|installed apps?|phone passw\w*|screen lock",
    ),
)
_CHINESE_RULES = tuple((subject, re.compile(pattern)) for subject, pattern in _PATTERNS)
_ENGLISH_RULES = tuple((subject, re.compile(rf"\b(?:{pattern})\b")) for subject, pattern in _ENGLISH)
# Written by those who write traditional characters.
_TRADITIONAL = str.maketrans(
    "黨員團訪舉報檢發貌機話記錄內簡訊聊群眾維穩進體線類別態傾場點關係審屬親隱瞞漢藏滿僮儂瑤輪禮會學習東鮮蘇爾遊靜請願錢帳單號碼戶與關",
    "党员团访举报检发貌机话记录内简讯聊群众维稳进体线类别态倾场点关系审属亲隐瞒汉藏满僮侬瑶轮礼会学习东鲜苏尔游静请愿钱账单号码户与关",
)
_GAPS = re.compile(r"[\s​-‏⁠﻿·・*＊_\-—–|/\\、,，.。:：;；?？!！\"“”'‘’()（）\[\]【】<>《》]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Answers by which a subject is known when nobody wrote what it is. The weak ones say it only in company.
_STRONG_VALUES = {
    ETHNICITY: frozenset(f"{name}族" for name in _ETHNIC_NAMES.split("|")) | {"少数民族", "其他民族"},
    RELIGION: _words(
        "佛教 道教 基督教 天主教 伊斯兰教 新教 东正教 无宗教信仰 有宗教信仰 信教 不信教 无信仰 无神论 buddhism buddhist taoism"
        " christianity christian islam muslim catholic atheist"
    ),
    POLITICS: _words(
        "中共党员 党员 中共预备党员 预备党员 入党积极分子 共青团员 团员 民主党派 无党派 无党派人士 民革党员 民盟盟员 民建会员 民进会员 农工党党员 致公党党员"
        " 九三学社社员 台盟盟员 非党员"
    ),
    PETITIONING: _words("上访 信访 缠访 闹访 上访户 上访人员 信访人员 涉访人员 非访"),
}
_WEAK_VALUES = {
    ETHNICITY: _words("汉 土家 苗 侗 瑶 回 壮 满 藏 彝 维吾尔 蒙古 布依 朝鲜 畲 han hui"),
    POLITICS: frozenset({"群众"}),
}
# By these a column without a header is known. For a column, not for one cell: 满, 回 and 群众 mean other things as well.
REFUSED_VALUES = frozenset().union(*_STRONG_VALUES.values(), *_WEAK_VALUES.values())


def refused_subject(text: str) -> str | None:
    """Which refused subject a header, label or title is about, in Chinese; None when it is about none."""
    return _subject(text) if text else None


@lru_cache(maxsize=8192)
def _subject(text: str) -> str | None:
    folded = unicodedata.normalize("NFKC", text[:2000]).translate(_TRADITIONAL)
    joined = _GAPS.sub("", folded).lower()
    for subject, rule in _CHINESE_RULES:
        if rule.search(joined):
            return subject
    spaced = re.sub(r"[^a-z0-9]+", " ", _CAMEL.sub(" ", folded).lower())
    for subject, rule in _ENGLISH_RULES:
        if rule.search(spaced):
            return subject
    return None


def refused_choices(labels: Iterable[str]) -> str | None:
    """The refused subject that a question's choices ask for, whatever its label says: 汉族/土家族/其他, 党员/群众."""
    plain = [_plain(label) for label in labels]
    for subject, strong in _STRONG_VALUES.items():
        if any(label in strong for label in plain):
            return subject
    for subject, weak in _WEAK_VALUES.items():
        if subject != POLITICS and sum(label in weak for label in plain) >= 2:
            return subject
    for label in plain:
        if (found := refused_subject(label)) is not None:
            return found
    return None


def _plain(text: str) -> str:
    return _GAPS.sub("", unicodedata.normalize("NFKC", text).translate(_TRADITIONAL)).lower()
