"""The words of what is odd about a list. The register's words say that a cell was not taken; a list is always taken."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lianfang.core.problems import N_
from lianfang.register.findings import FINDINGS

DOUBTS: dict[str, str] = {
    "verification.row_nobody": N_("这一行没有姓名、证件号和电话，认不出是谁。"),
    "verification.row_hidden": N_("这一行在表里被隐藏或筛选掉了，照样收了。"),
    "verification.row_struck": N_("这一行划了删除线或写明作废，照样收了。请核对还查不查。"),
    "verification.row_corrected": N_("已按后面的更正改过。"),
    "verification.correction_unread": N_("后面有一条更正，读不出改什么。请看原文。"),
    "verification.name_masked": N_("姓名打了星号。"),
    "verification.id_maybe_cut": N_("证件号以000结尾，可能是表格存坏了。"),
    "verification.age_unreadable": N_("年龄认不出来。"),
    "verification.day_unreadable": N_("日期认不出来。"),
    "verification.day_of_range": N_("写的是一段时间，按最后一天算。"),
    "verification.line_repeat": N_("接龙的序号到这里重了，可能有人被盖掉。请核对。"),
    "verification.line_gap": N_("接龙的序号到这里跳了，前面可能少了人。请核对。"),
    "verification.line_correction": N_("这一行是更正，找不到它改的是哪一行。请看原文。"),
    "verification.line_corrected": N_("这一行是更正，已改前面那一行。"),
    "verification.line_chat": N_("这一行是聊天，没有人。"),
    "verification.line_title": N_("这一行是标题。"),
    "verification.line_example": N_("这一行是填写示例，没有收。"),
    "verification.line_section": N_("这一行写的是地方，用于下面没写地址的行。"),
    "verification.line_note": N_("这一行是说明，没有人。"),
    "verification.header_again": N_("从这一行起换了表头，按新表头读。"),
    "verification.columns_hidden": N_("有列被隐藏，也读了。"),
    "verification.column_refused": N_("这一列不该收集，没有收。"),
    "verification.sheet_left_out": N_("这一页被隐藏，没有读。要读请选上。"),
    "verification.sheet_unread": N_("这一页认不出名单，没有读。"),
    "verification.list_empty": N_("没有读到一个人。"),
    "register.id_number_cell": N_("证件号按数字存放，末几位已丢失。"),
    "register.id_masked": N_("证件号打了星号。"),
    "register.id_unreadable": N_("证件号里有不该有的字符。"),
    "register.id_length": N_("证件号不是18位。"),
    "register.id_check_digit": N_("证件号最后一位对不上，至少有一位写错。"),
    "register.id_region": N_("证件号开头的地区码不存在。"),
    "register.id_birth": N_("证件号里的出生日期不存在。"),
    "register.id_two": N_("一格里有两个证件号，分不清是谁的。"),
    "register.id_other": N_("不是居民身份证号（护照、通行证等）。"),
    "register.id_moved": N_("电话一列里是证件号，已当作证件号。"),
    "register.phone_moved": N_("证件号一列里是电话，已当作电话。"),
    "register.phone_masked": N_("电话打了星号。"),
    "register.phone_unreadable": N_("电话不是11位手机号，也不是带区号的座机。"),
    "register.phone_number_cell": N_("电话按小数或科学计数存放，已看不出号码。"),
    "register.phone_note": N_("电话旁边还有说明，可能是别人的电话。"),
    "register.phone_of_relative": N_("写的是家人的电话，没有号码。"),
    "register.phone_short": N_("这是短号，外面打不通。"),
    "register.phone_no_area": N_("座机没有区号。"),
    "register.name_missing": N_("没有姓名。"),
    "register.name_note": N_("姓名后面有括号说明，没有算进姓名。"),
    "register.name_two": N_("一行里写了两个人，第二个人记在同行人。"),
    "register.name_called": N_("像是称呼，不是全名。"),
    "register.day_completed": N_("日期没有写年份，按最近的一年算。"),
    "register.day_lost_zero": N_("日期像8.1，分不清是1日还是10日，没有算。"),
    "register.sex_unknown": N_("性别认不出来。"),
}


def message_of(code: str) -> str:
    """What a doubt or finding says to a person."""
    if code in DOUBTS:
        return _(DOUBTS[code])
    return _(FINDINGS[code][1]) if code in FINDINGS else code
