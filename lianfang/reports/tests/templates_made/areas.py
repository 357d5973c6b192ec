"""Templates of one row an area."""

from lianfang.reports.tests.templates_made.drawing import (
    NUMBER,
    OWN,
    TOWNSHIPS,
    UNKNOWN,
    VILLAGES,
    Made,
    Paper,
    asked,
    counted,
    figure,
    formula,
    made,
    place,
)


@made
def daily_with_merged_groups():
    """今日/累计 over pairs, villages listed, sums below, people sign at the foot."""
    paper = Paper()
    paper.title("入户排查日报表", 7)
    paper.put(2, 1, "填报单位：              填报时间：    年  月  日")
    paper.merge("A2:G2")
    paper.put(3, 1, "序号", "村（社区）", "今日", None, "累计", None, "备注", bold=True)
    paper.put(4, 3, "排查户数", "排查人数", "排查户数", "排查人数", bold=True)
    paper.merge("A3:A4", "B3:B4", "C3:D3", "E3:F3", "G3:G4")
    for at, village in enumerate(VILLAGES):
        paper.put(5 + at, 1, at + 1, village)
    paper.put(11, 1, "合计")
    paper.merge("A11:B11")
    for column in "CDEF":
        paper.sheet[f"{column}11"] = f"=SUM({column}5:{column}10)"
    paper.frame(3, 1, 11, 7)
    paper.put(12, 1, "填报人：            审核人：            联系电话：")
    paper.merge("A12:G12")
    paper.widths(6, 16, 12, 12, 12, 12, 20)
    return Made(
        "daily_with_merged_groups",
        paper.bytes(),
        "village",
        (
            NUMBER,
            place("village"),
            figure("households", "today"),
            figure("people", "today"),
            figure("households", "total"),
            figure("people", "total"),
            UNKNOWN,
        ),
        header=(3, 4),
        body=(5, 10),
        listed=VILLAGES,
        totals=(11,),
        footer=12,
        blanks=(
            ("unit", "A2"),
            ("filled_on", "A2"),
            ("reporter", "A12"),
            ("reviewer", "A12"),
            ("phone", "A12"),
        ),
    )


@made
def daily_without_merges_or_frames():
    paper = Paper()
    paper.put(1, 1, "疫情防控排查情况统计")
    paper.put(2, 1, "序号", "村名", "今日", None, "累计", None)
    paper.put(3, 3, "排查户数", "排查人数", "排查户数", "排查人数")
    for at, village in enumerate(VILLAGES):
        paper.put(4 + at, 1, at + 1, village)
    paper.put(10, 2, "合计")
    return Made(
        "daily_without_merges_or_frames",
        paper.bytes(),
        "village",
        (
            NUMBER,
            place("village"),
            figure("households", "today"),
            figure("people", "today"),
            figure("households", "total"),
            figure("people", "total"),
        ),
        header=(2, 3),
        body=(4, 9),
        listed=VILLAGES,
        totals=(10,),
    )


@made
def three_rows_units_and_numbers():
    paper = Paper("排查表")
    paper.title("全县排查进度统计表", 8)
    paper.put(2, 1, "填报单位：", None, None, None, None, "截至时间：   年  月  日  时")
    paper.merge("A2:E2", "F2:H2")
    paper.put(3, 1, "乡镇（街道）", "排查情况", None, None, None, None, "返乡人员", None)
    paper.put(4, 2, "应排查", "今日", None, "累计", None, "今日", "累计")
    paper.put(5, 3, "户数", "人数", "户数", "人数")
    paper.put(6, 1, None, "户", "户", "人", "户", "人", "人", "人")
    paper.put(7, 1, "甲", 1, 2, 3, 4, 5, 6, 7)
    paper.merge("A3:A5", "B3:F3", "G3:H3", "B4:B5", "C4:D4", "E4:F4", "G4:G5", "H4:H5")
    for at, town in enumerate(TOWNSHIPS):
        paper.put(8 + at, 1, town)
    paper.put(12, 1, "合计", *[f"=SUM({column}8:{column}11)" for column in "BCDEFGH"])
    paper.frame(3, 1, 12, 8)
    paper.put(13, 1, "单位负责人：", None, None, "填表人：", None, None, "联系电话：")
    return Made(
        "three_rows_units_and_numbers",
        paper.bytes(),
        "township",
        (
            place("township"),
            figure("due"),
            figure("households", "today"),
            figure("people", "today"),
            figure("households", "total"),
            figure("people", "total"),
            figure("returned", "today"),
            figure("returned", "total"),
        ),
        sheet="排查表",
        header=(3, 7),
        body=(8, 11),
        listed=TOWNSHIPS,
        totals=(12,),
        footer=13,
        blanks=(("unit", "A2"), ("as_of", "F2"), ("head", "B13"), ("reporter", "E13"), ("phone", "H13")),
    )


@made
def townships_merged_down_with_subtotals():
    """司马冲镇 over three villages and a 小计, the whole above everything."""
    paper = Paper()
    paper.title("各村排查进度表", 5)
    paper.put(2, 1, "乡镇", "村（社区）", "应排查户数", "已排查户数", "覆盖率（%）")
    paper.put(3, 1, "总计", None, "=C7+C11", "=D7+D11", '=IF(C3=0,"",D3/C3)')
    paper.merge("A3:B3")
    paper.put(4, 1, "司马冲镇", "杨梅村")
    paper.put(5, 2, "石羊村")
    paper.put(6, 2, "大塘村")
    paper.put(7, 2, "小计", "=SUM(C4:C6)", "=SUM(D4:D6)")
    paper.put(8, 1, "龙田乡", "白云社区")
    paper.put(9, 2, "龙溪村")
    paper.put(10, 2, "新屋村")
    paper.put(11, 2, "小计", "=SUM(C8:C10)", "=SUM(D8:D10)")
    paper.merge("A4:A7", "A8:A11")
    for row in range(3, 12):
        paper.sheet.cell(row, 5).number_format = "0.0%"
    paper.frame(2, 1, 11, 5)
    return Made(
        "townships_merged_down_with_subtotals",
        paper.bytes(),
        "village",
        (place("township"), place("village"), figure("due"), figure("households", "total"), figure("rate")),
        header=(2, 2),
        body=(4, 10),
        listed=VILLAGES,
        totals=(3, 7, 11),
    )


@made
def open_villages_with_formulas():
    """Empty framed rows with formula columns, a total below."""
    paper = Paper()
    paper.title("返乡人员情况统计表", 6)
    paper.put(2, 1, "序号", "村（社区）", "应排查", "已排查", "未排查", "排查率")
    for row in range(3, 8):
        paper.put(row, 5, f"=C{row}-D{row}", f"=IF(C{row}=0,0,D{row}/C{row})")
        paper.sheet.cell(row, 6).number_format = "0.00%"
    paper.put(8, 1, "合计", None, "=SUM(C3:C7)", "=SUM(D3:D7)", "=SUM(E3:E7)", "=IF(C8=0,0,D8/C8)")
    paper.merge("A8:B8")
    paper.sheet.cell(8, 6).number_format = "0.00%"
    paper.frame(2, 1, 8, 6)
    paper.put(9, 1, "注：1.本表每日17时前报送；2.未排查=应排查-已排查。")
    paper.merge("A9:F9")
    return Made(
        "open_villages_with_formulas",
        paper.bytes(),
        "village",
        (NUMBER, place("village"), figure("due"), figure("households", "total"), OWN, OWN),
        header=(2, 2),
        body=(3, 7),
        totals=(8,),
        footer=9,
    )


@made
def total_above_villages():
    paper = Paper()
    paper.put(1, 1, "附件2")
    paper.title("积水清查情况表", 5, row=2)
    paper.put(3, 1, "单位", "排查户数（户）", "积水情况", None, None)
    paper.put(4, 3, "没有", "有，清了", "有，没清")
    paper.merge("A3:A4", "B3:B4", "C3:E3")
    paper.put(5, 1, "全镇合计", "=SUM(B6:B11)", "=SUM(C6:C11)", "=SUM(D6:D11)", "=SUM(E6:E11)")
    for at, village in enumerate(VILLAGES):
        paper.put(6 + at, 1, village)
    paper.frame(3, 1, 11, 5)
    return Made(
        "total_above_villages",
        paper.bytes(),
        "village",
        (
            place("village"),
            figure("households", "total"),
            asked("standing_water", "count", "none"),
            asked("standing_water", "count", "removed"),
            asked("standing_water", "count", "left"),
        ),
        header=(3, 4),
        body=(6, 11),
        listed=VILLAGES,
        totals=(5,),
    )


@made
def offset_with_attachment_line():
    paper = Paper()
    paper.put(1, 2, "附件1：")
    paper.put(3, 2, "房屋使用情况摸底表")
    paper.merge("B3:H3")
    paper.put(4, 2, "填报单位（盖章）：")
    paper.merge("B4:D4")
    paper.put(5, 2, "序号", "乡镇", "村", "房屋状态", None, None, None)
    paper.put(6, 5, "自住", "出租", "空置", "合计")
    paper.merge("B5:B6", "C5:C6", "D5:D6", "E5:H5")
    paper.frame(5, 2, 12, 8)
    return Made(
        "offset_with_attachment_line",
        paper.bytes(),
        "village",
        (
            NUMBER,
            place("township"),
            place("village"),
            asked("dwelling_state", "count", "owner"),
            asked("dwelling_state", "count", "rented"),
            asked("dwelling_state", "count", "vacant"),
            formula("sum:3,4,5"),
        ),
        header=(5, 6),
        body=(7, 12),
        blanks=(("unit", "B4"),),
    )


@made
def ages_of_the_register():
    paper = Paper("人口")
    paper.title("人口基本情况统计表", 9)
    paper.put(2, 1, "村（社区）", "总户数", "总人口", "性别", None, "年龄段", None, None, "常住人口")
    paper.put(3, 4, "男", "女", "0-3岁", "18岁以下（含）", "60周岁及以上")
    paper.merge("A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:H2", "I2:I3")
    paper.frame(2, 1, 13, 9)
    return Made(
        "ages_of_the_register",
        paper.bytes(),
        "village",
        (
            place("village"),
            counted("household_count"),
            counted("people_count"),
            counted("sex", "male"),
            counted("sex", "female"),
            counted("age", "0-3"),
            counted("age", "-18"),
            counted("age", "60-"),
            counted("is_living_here", "true"),
        ),
        sheet="人口",
        header=(2, 3),
        body=(4, 13),
    )


@made
def legend_under_the_header():
    """3=2/1: the numbers of the columns say how one follows from the others."""
    paper = Paper()
    paper.title("学前儿童入园情况统计表", 6)
    paper.put(2, 1, "村（社区）", "应入园人数", "已入园人数", "入园率", "3-6岁儿童人数", "学位缺口数")
    paper.put(3, 1, "甲", 1, 2, "3=2/1", 4, 5)
    for at, village in enumerate(VILLAGES):
        paper.put(4 + at, 1, village)
        paper.sheet.cell(4 + at, 4).number_format = "0.0%"
    paper.put(10, 1, "合 计")
    paper.sheet.cell(10, 4).number_format = "0.0%"
    paper.frame(2, 1, 10, 6)
    return Made(
        "legend_under_the_header",
        paper.bytes(),
        "village",
        (place("village"), UNKNOWN, UNKNOWN, formula("quotient:2,1"), counted("age", "3-6"), UNKNOWN),
        header=(2, 3),
        body=(4, 9),
        listed=VILLAGES,
        totals=(10,),
    )


@made
def groups_of_a_village():
    paper = Paper()
    paper.title("杨梅村各组排查登记", 5)
    paper.put(2, 1, "组别", "今日排查户数", "今日排查人数", "今日新报外地回来", "物资发放（份）")
    for at in range(5):
        paper.put(3 + at, 1, f"{at + 1}组")
    paper.frame(2, 1, 7, 5)
    return Made(
        "groups_of_a_village",
        paper.bytes(),
        "group",
        (
            place("group"),
            figure("households", "today"),
            figure("people", "today"),
            figure("returned", "today"),
            UNKNOWN,
        ),
        header=(2, 2),
        body=(3, 7),
        listed=("1组", "2组", "3组", "4组", "5组"),
    )


@made
def spans_we_do_not_have():
    paper = Paper()
    paper.title("周报", 6)
    paper.put(2, 1, "单位名称", "本周", None, "上周", None, "增减")
    paper.put(3, 2, "排查户数", "返乡人数", "排查户数", "返乡人数")
    paper.merge("A2:A3", "B2:C2", "D2:E2", "F2:F3")
    paper.frame(2, 1, 9, 6)
    return Made(
        "spans_we_do_not_have",
        paper.bytes(),
        "village",
        (place("village"), UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
        header=(2, 3),
        body=(4, 9),
    )


@made
def merged_column_pairs():
    """Columns made wide by merging two letters in every row."""
    paper = Paper()
    paper.title("社区排查表", 8)
    paper.put(2, 1, "社区", None, "应排查", None, "累计排查户数", None, "待排查", None)
    for row in range(2, 8):
        for column in ("A{0}:B{0}", "C{0}:D{0}", "E{0}:F{0}", "G{0}:H{0}"):
            paper.merge(column.format(row))
    paper.frame(2, 1, 7, 8)
    return Made(
        "merged_column_pairs",
        paper.bytes(),
        "village",
        (place("village"), figure("due"), figure("households", "total"), figure("open")),
        header=(2, 2),
        body=(3, 7),
    )
