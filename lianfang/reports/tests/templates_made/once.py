"""Templates that are asked once: indicators as rows, one row for the unit."""

from lianfang.reports.tests.templates_made.drawing import (
    UNKNOWN,
    Made,
    Paper,
    asked,
    counted,
    figure,
    made,
    place,
)


@made
def household_form():
    paper = Paper("登记表")
    paper.title("家庭情况登记表", 4)
    paper.put(2, 1, "填表日期：    年    月    日")
    paper.merge("A2:D2")
    paper.put(3, 1, "户数", None, "常住人口", None)
    paper.put(4, 1, "户籍人口", None, "60岁以上人数", None)
    paper.put(5, 1, "累计排查户数", None, "待排查", None)
    paper.put(6, 1, "村（社区）")
    paper.merge("B6:D6")
    paper.frame(3, 1, 6, 4)
    paper.put(7, 1, "填表人：")
    return Made(
        "household_form",
        paper.bytes(),
        "single",
        (
            UNKNOWN,
            counted("is_living_here", "true"),
            counted("is_registered_here", "true"),
            counted("age", "60-"),
            figure("households", "total"),
            figure("open"),
            place("village"),
        ),
        sheet="登记表",
        blanks=(("filled_on", "A2"), ("reporter", "B7")),
    )


@made
def indicators_as_rows():
    paper = Paper()
    paper.title("疫情防控日报", 6)
    paper.put(2, 1, "报送单位：", None, None, "数据截至：    月   日   时")
    paper.merge("A2:C2", "D2:F2")
    paper.put(3, 1, "类别", "指标", "单位", "今日", "累计", "备注")
    rows = (
        ("排查", "排查户数", "户"),
        (None, "排查人数", "人"),
        (None, "拒绝", "次"),
        ("返乡", "返乡人数", "人"),
        ("消杀", "消杀面积", "平方米"),
    )
    for at, row in enumerate(rows):
        paper.put(4 + at, 1, *row)
    paper.merge("A4:A6")
    paper.frame(3, 1, 8, 6)
    paper.put(9, 1, "填报人：", None, None, "审核人：")
    return Made(
        "indicators_as_rows",
        paper.bytes(),
        "single",
        (
            figure("households", "today"),
            figure("households", "total"),
            figure("people", "today"),
            figure("people", "total"),
            figure("refused", "today"),
            UNKNOWN,
            figure("returned", "today"),
            figure("returned", "total"),
            UNKNOWN,
            UNKNOWN,
        ),
        header=(3, 3),
        footer=9,
        blanks=(("unit", "A2"), ("as_of", "D2"), ("reporter", "B9"), ("reviewer", "E9")),
    )


@made
def items_and_one_number():
    paper = Paper()
    paper.title("排查工作情况", 3)
    paper.put(2, 1, "序号", "项目", "数量")
    for at, item in enumerate(
        ("应排查户数（户）", "累计排查户数（户）", "核减（户）", "出租房户数", "宣传资料发放（份）")
    ):
        paper.put(3 + at, 1, at + 1, item)
    paper.frame(2, 1, 7, 3)
    return Made(
        "items_and_one_number",
        paper.bytes(),
        "single",
        (
            figure("due"),
            figure("households", "total"),
            figure("exempt"),
            asked("dwelling_state", "count", "rented"),
            UNKNOWN,
        ),
        header=(2, 2),
    )


@made
def one_row_for_the_unit():
    paper = Paper()
    paper.title("每日情况报告", 6)
    paper.put(2, 1, "单位：", None, None, None, "时间：")
    paper.put(
        3,
        1,
        "今日排查户数",
        "今日排查人数",
        "累计排查户数",
        "累计排查人数",
        "今日发热人数",
        "出动车辆（台次）",
    )
    paper.frame(3, 1, 4, 6)
    return Made(
        "one_row_for_the_unit",
        paper.bytes(),
        "single",
        (
            figure("households", "today"),
            figure("people", "today"),
            figure("households", "total"),
            figure("people", "total"),
            asked("fever", "count", "true", "today"),
            UNKNOWN,
        ),
        header=(3, 3),
        body=(4, 4),
        blanks=(("unit", "B2"), ("filled_on", "F2")),
    )
