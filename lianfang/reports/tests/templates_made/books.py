"""Workbooks of several sheets, and odd layouts."""

from openpyxl.styles import PatternFill

from lianfang.reports.tests.templates_made.drawing import (
    UNKNOWN,
    VILLAGES,
    Made,
    Paper,
    asked,
    field_,
    figure,
    made,
    place,
)


@made
def several_sheets_with_dictionary():
    paper = Paper("填写说明")
    paper.put(1, 1, "一、本表由各村填写。")
    paper.put(2, 1, "二、每日18时前报送。")
    table = Paper("汇总表", paper.book)
    table.put(1, 1, "____镇返乡人员汇总表（截至  月  日）")
    table.merge("A1:E1")
    table.put(2, 1, "所属村", "返乡人数", None, "应排查", "已排查")
    table.put(3, 2, "今日", "累计")
    table.merge("A2:A3", "B2:C2", "D2:D3", "E2:E3")
    table.frame(2, 1, 9, 5)
    words = Paper("字典", paper.book)
    words.put(1, 1, "村", "代码")
    for at, village in enumerate(VILLAGES):
        words.put(2 + at, 1, village, at)
    return Made(
        "several_sheets_with_dictionary",
        paper.bytes(),
        "village",
        (
            place("village"),
            figure("returned", "today"),
            figure("returned", "total"),
            figure("due"),
            figure("households", "total"),
        ),
        sheet="汇总表",
        header=(2, 3),
        body=(4, 9),
        left_alone=("填写说明", "字典"),
        blanks=(("unit", "A1"), ("as_of", "A1")),
    )


@made
def office_grey_and_section_lines():
    """Grey header fill, sections between the villages, 合计 with a space in it."""
    paper = Paper()
    paper.title("房屋出租情况调查表", 4)
    paper.put(2, 1, "村（社区）名称", "出租户数", "空置户数", "其中：返乡人数")
    for column in range(1, 5):
        paper.sheet.cell(2, column).fill = PatternFill("solid", fgColor="D9D9D9")
    paper.put(3, 1, "一、城区")
    paper.put(4, 1, "白云社区")
    paper.put(5, 1, "二、农村")
    paper.put(6, 1, "杨梅村")
    paper.put(7, 1, "石羊村")
    paper.merge("A3:D3", "A5:D5")
    paper.put(8, 1, "合  计")
    paper.frame(2, 1, 8, 4)
    return Made(
        "office_grey_and_section_lines",
        paper.bytes(),
        "village",
        (
            place("village"),
            asked("dwelling_state", "count", "rented"),
            asked("dwelling_state", "count", "vacant"),
            figure("returned", "total"),
        ),
        header=(2, 2),
        body=(3, 7),
        listed=("白云社区", "杨梅村", "石羊村"),
        totals=(8,),
    )


@made
def items_over_two_columns():
    """项目 over two columns of names, which no header parts."""
    paper = Paper("日报")
    paper.put(1, 1, "____镇疫情防控日报（11月__日）")
    paper.merge("A1:D1")
    paper.put(2, 1, "项目", None, "今日新增", "累计")
    paper.merge("A2:B2")
    rows = (
        ("入户排查", "户数"),
        (None, "人数"),
        ("返乡人员", "总人数"),
        ("发热", "人数"),
        ("宣传", "发放传单（份）"),
    )
    for at, row in enumerate(rows):
        paper.put(3 + at, 1, *row)
    paper.merge("A3:A4")
    paper.frame(2, 1, 7, 4)
    return Made(
        "items_over_two_columns",
        paper.bytes(),
        "single",
        (
            figure("households", "today"),
            figure("households", "total"),
            figure("people", "today"),
            figure("people", "total"),
            figure("returned", "today"),
            figure("returned", "total"),
            asked("fever", "count", "true", "today"),
            asked("fever", "count", "true", "total"),
            UNKNOWN,
            UNKNOWN,
        ),
        sheet="日报",
        header=(2, 2),
        blanks=(("unit", "A1"), ("filled_on", "A1")),
    )


@made
def empty_corner():
    paper = Paper()
    paper.put(1, 1, "填报单位: ________  日期:____年__月__日")
    paper.put(2, 2, "今日排查户数", "累计排查户数", "今日返乡", "男")
    for at, village in enumerate(VILLAGES):
        paper.put(3 + at, 1, village)
    paper.frame(2, 1, 8, 5)
    return Made(
        "empty_corner",
        paper.bytes(),
        "village",
        (
            place("village"),
            figure("households", "today"),
            figure("households", "total"),
            figure("returned", "today"),
            UNKNOWN,
        ),
        header=(2, 2),
        body=(3, 8),
        listed=VILLAGES,
        blanks=(("unit", "A1"), ("filled_on", "A1")),
    )


@made
def of_some_people_only():
    """What the register could count of everybody is another number here."""
    paper = Paper()
    paper.title("留守老人走访情况统计表", 7)
    paper.put(2, 1, "村别", "户数", "60-69岁", "70岁以上", "男", "其中：独居老人数", "应排查")
    paper.frame(2, 1, 9, 7)
    paper.put(10, 1, "XX县民政局制")
    return Made(
        "of_some_people_only",
        paper.bytes(),
        "village",
        (place("village"), UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, figure("due")),
        header=(2, 2),
        body=(3, 9),
        footer=None,
    )


@made
def form_of_one_person():
    paper = Paper("登记表")
    paper.title("返乡人员健康登记表", 6)
    paper.put(2, 1, "姓名", None, "性别", "□男 □女", "出生年月", None)
    paper.put(3, 1, "身份证号码")
    paper.merge("B3:D3")
    paper.put(3, 5, "联系电话")
    paper.put(4, 1, "这几天是否发热", "□是 □否", "返乡时间", None, "房屋状态", None)
    paper.frame(2, 1, 4, 6)
    paper.put(5, 1, "本人承诺以上属实。签名：          年   月   日")
    paper.merge("A5:F5")
    return Made(
        "form_of_one_person",
        paper.bytes(),
        "single",
        (
            field_("name"),
            field_("sex"),
            field_("birth_on"),
            field_("id_number"),
            field_("phone"),
            asked("fever"),
            UNKNOWN,
            asked("dwelling_state"),
        ),
        sheet="登记表",
    )
