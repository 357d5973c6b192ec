"""Templates of one row a person or a household."""

from openpyxl.styles import Font

from lianfang.reports.tables import Meaning
from lianfang.reports.tests.templates_made.drawing import (
    NUMBER,
    UNKNOWN,
    Made,
    Paper,
    asked,
    field_,
    made,
    place,
)


@made
def roster_with_example():
    paper = Paper("花名册")
    paper.title("返乡人员花名册", 8)
    paper.put(2, 1, "填报单位：____________   填报人：________   填报日期：____年__月__日")
    paper.merge("A2:H2")
    paper.put(3, 1, "序号", "姓名", "性别", "身份证号码", "联系电话", "村（社区）", "家庭住址", "备注")
    paper.put(
        4, 1, "例", "张三", "男", "430581199001010000", "13800000000", "杨梅村", "3组12号", "请按此格式填写"
    )
    for column in range(1, 9):
        paper.sheet.cell(4, column).font = Font(italic=True, color="808080")
    paper.frame(3, 1, 14, 8)
    for row in range(5, 15):
        paper.sheet.cell(row, 4).number_format = "@"
    return Made(
        "roster_with_example",
        paper.bytes(),
        "person",
        (
            NUMBER,
            field_("name"),
            field_("sex"),
            field_("id_number"),
            field_("phone"),
            place("village"),
            field_("door"),
            UNKNOWN,
        ),
        sheet="花名册",
        header=(3, 3),
        body=(5, 14),
        examples=(4,),
        blanks=(("unit", "A2"), ("reporter", "A2"), ("filled_on", "A2")),
    )


@made
def roster_without_body():
    """A header, and the signatures directly below."""
    paper = Paper()
    paper.put(1, 1, "学生信息采集表")
    paper.merge("A1:G1")
    paper.put(2, 1, "姓名", "身份证号", "年龄", "就读学校", "监护人", None, "户籍地址")
    paper.put(3, 5, "姓名", "联系电话")
    paper.merge("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:F2", "G2:G3")
    paper.frame(2, 1, 3, 7)
    paper.put(4, 1, "填表人：")
    paper.put(4, 4, "负责人：")
    return Made(
        "roster_without_body",
        paper.bytes(),
        "person",
        (
            field_("name"),
            field_("id_number"),
            field_("age"),
            asked("school_name"),
            UNKNOWN,
            UNKNOWN,
            field_("registered_place"),
        ),
        header=(2, 3),
        body=(4, 3),
        footer=4,
        blanks=(("reporter", "B4"), ("head", "E4")),
    )


@made
def households_one_row():
    paper = Paper()
    paper.title("住户情况登记表", 8)
    paper.put(2, 1, "编号", "村", "组", "户主姓名", "户主联系电话", "家庭人口", "房屋状态", "发热人数")
    paper.frame(2, 1, 3, 8)
    return Made(
        "households_one_row",
        paper.bytes(),
        "household",
        (
            NUMBER,
            place("village"),
            place("group"),
            field_("head_name"),
            field_("head_phone"),
            Meaning("register", "people_count", measure="value"),
            asked("dwelling_state"),
            asked("fever", "count", "true"),
        ),
        header=(2, 2),
        body=(3, 3),
    )


@made
def roster_with_unmarked_sample():
    paper = Paper()
    paper.put(1, 1, "序号", "姓名", "与户主关系", "出生日期", "手机号码", "疫苗接种剂次")
    paper.put(2, 1, 1, "李某", "户主", "1980-02-03", "13900000000", 3)
    paper.frame(1, 1, 12, 6)
    return Made(
        "roster_with_unmarked_sample",
        paper.bytes(),
        "person",
        (
            NUMBER,
            field_("name"),
            field_("relation"),
            field_("birth_on"),
            field_("phone"),
            asked("dose_count"),
        ),
        header=(1, 1),
        body=(3, 12),
        examples=(2,),
    )


@made
def refused_columns():
    paper = Paper()
    paper.title("人员信息统计", 7)
    paper.put(2, 1, "姓名", "民族", "政治面貌", "证件号码", "现住址", "是否孕妇", "签字")
    paper.frame(2, 1, 8, 7)
    return Made(
        "refused_columns",
        paper.bytes(),
        "person",
        (
            field_("name"),
            UNKNOWN,
            UNKNOWN,
            field_("id_number"),
            field_("door"),
            asked("is_pregnant"),
            UNKNOWN,
        ),
        header=(2, 2),
        body=(3, 8),
    )


@made
def names_given_to_be_completed():
    paper = Paper()
    paper.title("在校学生返乡核查表", 5)
    paper.put(2, 1, "序号", "姓名", "身份证号", "就读学校", "联系电话")
    for at, name in enumerate(("陈一", "周二", "吴三", "郑四", "王五")):
        paper.put(3 + at, 1, at + 1, name, f"43058120100101{at:04d}")
    paper.frame(2, 1, 7, 5)
    return Made(
        "names_given_to_be_completed",
        paper.bytes(),
        "person",
        (NUMBER, field_("name"), field_("id_number"), asked("school_name"), field_("phone")),
        header=(2, 2),
        body=(3, 7),
        listed=("陈一", "周二", "吴三", "郑四", "王五"),
    )
