"""Templates as departments send them, made here, each with what is known to be right about it."""

import io
from dataclasses import dataclass, field

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.tables import Catalogue, CatalogueFigure, Meaning

VILLAGES = ("杨梅村", "石羊村", "大塘村", "白云社区", "龙溪村", "新屋村")
TOWNSHIPS = ("司马冲镇", "龙田乡", "迎春亭街道", "邓元泰镇")
_THIN = Side(style="thin", color="000000")
FRAME = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def _question(key, about, kind, label, choices=(), **more):
    privacy = more.pop("privacy", "plain")
    return QuestionDefinition(key, about, kind, label, privacy, tuple(choices), **more)


QUESTIONS = (
    _question("returned_count", "household", "integer", "近14天有几人从外地回来"),
    _question(
        "dwelling_state",
        "household",
        "choice",
        "房屋状态",
        (("owner", "自住"), ("rented", "出租"), ("vacant", "空置")),
    ),
    _question(
        "standing_water",
        "household",
        "choice",
        "屋内外积水",
        (("none", "没有"), ("removed", "有，清了"), ("left", "有，没清")),
    ),
    _question("fever", "person", "boolean", "这几天发热", privacy="sensitive", headers=("发热", "是否发热")),
    _question(
        "dose_count", "person", "integer", "疫苗接种几剂", privacy="personal", headers=("疫苗接种剂次",)
    ),
    _question("is_pregnant", "person", "boolean", "是否孕妇", privacy="sensitive"),
    _question("school_name", "person", "text", "就读学校", privacy="personal"),
)
CATALOGUE = Catalogue(
    (
        CatalogueFigure("due", ("应排查", "应排查户数", "底数")),
        CatalogueFigure("households", ("排查户数", "已排查户数", "已排查"), ("today", "total"), "户"),
        CatalogueFigure("people", ("排查人数", "见到人数"), ("today", "total"), "人"),
        CatalogueFigure("open", ("待排查", "未排查")),
        CatalogueFigure("exempt", ("核减",)),
        CatalogueFigure("rate", ("覆盖率", "排查率"), (), "%"),
        CatalogueFigure(
            "returned",
            ("外地回来", "返乡人数", "返乡人员", "来返人数", "新报外地回来"),
            ("today", "total"),
            "人",
        ),
        CatalogueFigure("refused", ("拒绝",), ("today",), "次"),
        CatalogueFigure("water_left", ("积水没清", "未清积水户数"), (), "户"),
    ),
    QUESTIONS,
    frozenset((*VILLAGES, *TOWNSHIPS)),
)

NUMBER, UNKNOWN, OWN = Meaning("number"), Meaning("unknown"), Meaning("formula")


def place(key):
    return Meaning("place", key)


def figure(key, span=""):
    return Meaning("figure", key, span)


def field_(key):
    return Meaning("register", key, measure="value")


def counted(key, choice=""):
    return Meaning("register", key, measure="count", choice=choice)


def asked(key, measure="value", choice="", span=""):
    return Meaning("question", key, span, measure, choice)


def formula(text):
    return Meaning("formula", text=text)


@dataclass
class Made:
    """A template and the truth about its first fillable sheet."""

    name: str
    data: bytes
    kind: str
    meanings: tuple
    sheet: str = "Sheet"
    body: tuple = ()  # first and last row
    header: tuple = ()
    listed: tuple = ()
    totals: tuple = ()
    examples: tuple = ()
    blanks: tuple = ()  # (key, cell)
    footer: int | None = None
    left_alone: tuple = field(default=())


class Paper:
    """A sheet being drawn, as somebody in an office does it."""

    def __init__(self, sheet="Sheet", book=None):
        self.book = book or Workbook()
        self.sheet = self.book.active if book is None else self.book.create_sheet(sheet)
        self.sheet.title = sheet

    def put(self, row, column, *texts, bold=False):
        for at, text in enumerate(texts):
            if text is not None:
                cell = self.sheet.cell(row, column + at, text)
                cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
                if bold:
                    cell.font = Font(bold=True)

    def merge(self, *refs):
        for ref in refs:
            self.sheet.merge_cells(ref)

    def frame(self, first_row, first_column, last_row, last_column):
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                self.sheet.cell(row, column).border = FRAME

    def title(self, text, width, row=1):
        cell = self.sheet.cell(row, 1, text)
        cell.font = Font(size=18, bold=True, name="黑体")
        cell.alignment = Alignment(horizontal="center", vertical="center")
        self.sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
        self.sheet.row_dimensions[row].height = 36

    def widths(self, *widths):
        for column, width in enumerate(widths, 1):
            self.sheet.column_dimensions[get_column_letter(column)].width = width

    def bytes(self):
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()


MAKERS = []


def made(maker):
    MAKERS.append(maker)
    return maker


def every():
    return [maker() for maker in MAKERS]


# ---------- one row an area ----------


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


# ---------- one row a person or a household ----------


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


# ---------- asked once ----------


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


# ---------- several sheets ----------


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
