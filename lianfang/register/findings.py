"""What can be wrong with a row of a sheet: code, whether the row is still taken, and the words for the county."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lianfang.core.problems import N_

# In the order of the row: who, what identifies them, where.
FINDINGS: dict[str, tuple[bool, str]] = {
    "register.name_missing": (False, N_("没有姓名，这一行没有收。请补上姓名。")),
    "register.name_too_long": (False, N_("姓名超过60个字，这一行没有收。请检查是否填错了列。")),
    "register.name_note": (True, N_("姓名后面的括号说明已去掉，只收了姓名。")),
    "register.name_two": (False, N_("一格里有两个人，这一行没有收。请一人写一行。")),
    "register.name_beside": (True, N_("这一行右边还写着一个人，没有收。请一人写一行。")),
    "register.name_called": (True, N_("像是称呼，不是全名，先照样收了。请补上全名。")),
    "register.name_gone": (True, N_("姓名后面写着已故或已迁出，先收了。请核对是否还在册。")),
    "register.cell_error": (True, N_("这一格是出错的公式，没有收。请直接填内容。")),
    "register.formula_empty": (True, N_("这一格的公式没有算出结果，没有收。请用Excel或WPS打开存一次再传。")),
    "register.cell_struck": (True, N_("这一格划了删除线，当作已删除，没有收。")),
    "register.ditto_here": (True, N_("“同上”只能用于住址和户主，这里没有收。请照实填写。")),
    "register.id_two": (True, N_("一格里有两个证件号，分不清是谁的，都没有收。请分开填。")),
    "register.id_other": (True, N_("不是居民身份证号（护照、通行证等），没有收进证件号，人已收。")),
    "register.id_is_phone": (True, N_("这是电话号码，不是证件号，没有收。")),
    "register.id_moved": (True, N_("电话一列里是证件号，已放到证件号。请核对。")),
    "register.phone_moved": (True, N_("证件号一列里是电话，已放到电话。请核对。")),
    "register.id_of_another": (
        True,
        N_("性别和出生日期都与证件号不一致，像是别人的证件号，没有收。请照证件核对。"),
    ),
    "register.id_number_cell": (
        True,
        N_("证件号按数字存放，末几位已丢失，没有收。请把这一列设为文本，照证件重填。"),
    ),
    "register.id_masked": (True, N_("证件号打了星号，没有收。请填完整号码。")),
    "register.id_unreadable": (True, N_("证件号里有不该有的字符，没有收。请照证件重填。")),
    "register.id_length": (True, N_("证件号不是18位，没有收。请照证件重填。")),
    "register.id_check_digit": (True, N_("证件号最后一位对不上，至少有一位填错，没有收。请照证件核对。")),
    "register.id_region": (True, N_("证件号开头的地区码不存在，没有收。请照证件核对。")),
    "register.id_birth": (True, N_("证件号里的出生日期不存在，没有收。请照证件核对。")),
    "register.id_twice": (True, N_("这个证件号在第{other}行已用于另一个姓名，这里没有收。请核对是谁的。")),
    "register.sex_unknown": (True, N_("性别只能填“男”或“女”，没有收。")),
    "register.sex_differs": (True, N_("性别与证件号不一致，已按证件号。请核对。")),
    "register.birth_unreadable": (True, N_("出生日期认不出来，没有收。请写成1987-03-12这样。")),
    "register.birth_no_day": (True, N_("只有年月，没有日，没有收出生日期。请补全。")),
    "register.birth_two_digits": (True, N_("年份只有两位，分不清是哪个世纪，没有收。请写四位年份。")),
    "register.birth_lunar": (True, N_("这是农历日期，没有换算，没有收。请写公历。")),
    "register.birth_impossible": (True, N_("出生日期太早或在今天之后，没有收。")),
    "register.birth_differs": (True, N_("出生日期与证件号不一致，已按证件号。请核对。")),
    "register.phone_number_cell": (True, N_("电话按小数或科学计数存放，没有收。请把这一列设为文本重填。")),
    "register.phone_masked": (True, N_("电话打了星号，没有收。请填完整号码。")),
    "register.phone_unreadable": (True, N_("电话不是11位手机号，也不是带区号的座机，没有收。")),
    "register.phone_is_id": (True, N_("电话一列里是证件号，没有收。请填电话。")),
    "register.phone_short": (True, N_("这是短号，外面打不通，没有收。请填完整号码。")),
    "register.phone_no_area": (True, N_("座机没有区号，没有收。请补上区号。")),
    "register.phone_of_relative": (True, N_("写的是家人的电话，这里没有号码可收。请填号码。")),
    "register.phone_note": (True, N_("电话旁边还有说明，只收了号码。请核对是谁的电话。")),
    "register.phone_two": (True, N_("一格里有两个电话，只收了第一个。")),
    "register.relation_unknown": (True, N_("与户主关系认不出来，先记为“其他”。")),
    "register.count_unreadable": (True, N_("人数认不出来，没有收。请填整数。")),
    "register.count_rounded": (True, N_("人数是约数或用了“万”，没有收。请填整数。")),
    "register.base_unknown": (True, N_("这一格只能填“是”或“否”，没有收。")),
    "register.reference_twice": (True, N_("编号在第{other}行已用过，这里没有收编号。")),
    "register.text_too_long": (True, N_("内容太长，没有收。")),
    "register.person_moved": (
        True,
        N_("这个人已登记为搬走或去世，没有照表移回来。请核对现在住在哪里，要改就在现在的户里登记。"),
    ),
    "register.person_twice": (False, N_("与第{other}行是同一个人，只收了第一次。")),
    "register.row_struck": (False, N_("这一行划了删除线，当作已删除，没有收。")),
    "register.row_hidden": (False, N_("这一行被隐藏或筛选掉了，没有收。要收请先取消隐藏和筛选。")),
    "register.line_unread": (False, N_("这一行读不出是谁，没有收。请看原文。")),
    "register.line_correction": (False, N_("这一行是更正，没有自动改。请照它改前面那一行。")),
    "register.line_example": (True, N_("这一行是填写示例，没有收。")),
    "register.line_gap": (True, N_("接龙的序号到这里跳了，前面可能少了人。请核对。")),
    "register.line_repeat": (True, N_("接龙的序号到这里重了，可能有人被盖掉。请核对。")),
    "register.place_unread": (
        False,
        N_("住址读不出是哪个村或社区，这一行不收；收下这份表后，到待认地址里认。"),
    ),
    "register.village_missing": (False, N_("没有写村或社区，这一行没有收。请补上。")),
    "register.village_unknown": (
        False,
        N_("{county}没有这个村或社区，这一行没有收。请照区划名称填写，或先载入区划。"),
    ),
    "register.village_ambiguous": (
        False,
        N_("有{count}个乡镇都有这个村名，这一行没有收。请补上乡镇、街道。"),
    ),
    "register.township_unknown": (False, N_("{county}没有这个乡镇、街道，这一行没有收。请照区划名称填写。")),
    # About the sheet as a whole (row 0).
    "register.columns_hidden": (True, N_("有{count}列被隐藏，也读了。")),
    "register.rows_filtered": (True, N_("表里开着筛选，筛掉的行没有收。")),
    "register.cells_far": (True, N_("离表很远的地方还有{count}格，没有读。")),
    # About a column, told once a sheet (row 0).
    "register.column_contradicts": (True, N_("表头与内容不符，已按内容认。请核对这一列。")),
    "register.column_by_content": (True, N_("表头空着或不认识，按内容认出。请核对这一列。")),
    "register.column_ordinal": (True, N_("这一列只是顺序号，没有当作人员编号。")),
    "register.column_twice": (True, N_("有两列写的是同一项，只读了更合适的一列。")),
    "register.area_name_bad": (True, N_("组、网格、小区或楼栋的名称太长，没有用。人已收到上一级。")),
}


@dataclass(frozen=True, slots=True)
class RowError:
    """One fault of one cell. `row` counts from 1 as the spreadsheet does (0: the sheet as a whole); `column` is the
    header's text."""

    sheet: str
    row: int
    column: str
    code: str
    payload: tuple[tuple[str, Any], ...] = ()
    place: int | None = None  # of the column, from 0 at column A; None: the row or sheet as a whole

    @property
    def is_taken(self) -> bool:
        return FINDINGS[self.code][0]

    @property
    def message(self) -> str:
        return _(FINDINGS[self.code][1]).format(**dict(self.payload))

    def as_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "message": self.message,
        }
