"""What templates are drawn with: the paper, the names, the catalogue of figures, and where each maker is kept."""

import io
from dataclasses import dataclass, field

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
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
