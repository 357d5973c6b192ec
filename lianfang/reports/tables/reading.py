"""An .xlsx as it came → what it asks."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from django.utils.translation import gettext as _

from lianfang.core.workbooks.faults import WorkbookFault as TemplateFault
from lianfang.core.workbooks.package import Package, SheetEntry, damaged
from lianfang.reports.tables.blanks import find_blanks
from lianfang.reports.tables.bodies import Body, find_body, keeps_examples
from lianfang.reports.tables.forms import form_cells, form_columns, vertical_columns
from lianfang.reports.tables.grid import Grid, grid_of
from lianfang.reports.tables.headers import Head, find_head, is_header_start
from lianfang.reports.tables.labels import NOTE_SHEET, SERIAL, blank_key, is_footer, level_of
from lianfang.reports.tables.layout import Template, TemplateColumn, TemplateSheet
from lianfang.reports.tables.phrases import field_of
from lianfang.reports.tables.sheet_part import SheetPart, read_sheet
from lianfang.reports.tables.validations import choices_at

MOST_SHEETS = 60
_VENUE = re.compile(
    r"(?:学校|企业|公司|商户|门店|药店|场所|机构|园区|幼儿园|医院|诊所|项目|工地|养老院|酒店|宾馆)(?:名称)?$"
)
# 附件2: before the title, or alone.
_ATTACHED = re.compile(r"^附[件表]\s*[\d一二三四五六七八九十-]*\s*[:、.]?\s*")
_ENDS_TITLE = re.compile(r"(?:表|台账|名单|名册|清单|日报|快报|周报|月报|统计|汇总)(?:\(.*\))?$")
_DAY = re.compile(r"^(?:日期|时间|月份|填报日期)$")


def read_template(data: bytes) -> Template:
    """Raises TemplateFault, whatever the file holds: numbers that are none, styles that are not there."""
    try:
        return _read(data)
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as broken:
        raise damaged() from broken


def _read(data: bytes) -> Template:
    package = Package(data)
    sheets = tuple(_read_sheet(package, entry) for entry in package.sheets[:MOST_SHEETS])
    if not any(sheet.is_fillable for sheet in sheets):
        shown = [sheet for sheet in sheets if not sheet.is_hidden] or sheets
        raise TemplateFault(
            "no_table",
            _("没有看出要填的表：%s") % next((sheet.note for sheet in shown if sheet.note), ""),
            _("改成一个村、一户或一个人一行，再放进来；在校学生、务工人员可以按住户问，一人一行出名单。")
            if any(sheet.header_rows for sheet in shown)
            else _("表头至少要有两列，每列一个名称；请检查是不是放错了文件。"),
            sheet=sheets[0].name,
        )
    notes = []
    if package.has_outside_links:
        notes.append(_("有公式引用别的文件，那些格子照原样留着。"))
    notes += [note for sheet in sheets if (note := sheet.beside)]
    if hidden := [sheet.name for sheet in sheets if sheet.is_hidden]:
        notes.append(_("有隐藏的工作表，照原样留着：%s") % "、".join(hidden))
    return Template(sheets, tuple(notes))


def _read_sheet(package: Package, entry: SheetEntry) -> TemplateSheet:
    part = read_sheet(package, entry.part, entry.name)
    grid = grid_of(package, part)
    if NOTE_SHEET.search(entry.name):
        return _left_alone(entry, grid, _("这是说明或字典，照原样留着。"))
    if not grid.last_column:
        return _left_alone(entry, grid, _("这张工作表是空的。"))
    if cells := form_cells(grid):
        return _form(package, part, entry, grid, cells)
    head = find_head(grid)
    if head is None or len(head.paths) < 2:
        return _left_alone(entry, grid, _("没有看出表头。"))
    body = find_body(grid, head)
    if body.is_vertical:
        found = _vertical(entry, grid, head, body)
    else:
        found = _table(package, part, entry, grid, head, body)
    return replace(found, beside=_beside(entry, grid, head, body))


def _beside(entry: SheetEntry, grid: Grid, head: Head, body: Body) -> str:
    """A second table below the first, or to its right: what is not read is said."""
    below = body.footer or 0
    for row in range(below, grid.last_row if below else 0):
        is_framed = grid.border_share(row, head.first_column, head.last_column) >= 0.5
        if is_framed and is_header_start(grid, row) and not is_footer(grid.texts(row)[0][1]):
            said = _(
                "工作表“%(sheet)s”第%(row)d行起还有一张表，这里只填上面的一张；把它移到另一张工作表就能填。"
            )
            return said % {"sheet": entry.name, "row": row}
    return ""


def _left_alone(entry: SheetEntry, grid: Grid, note: str) -> TemplateSheet:
    return TemplateSheet(entry.name, _title(grid, grid.last_row + 1), is_hidden=entry.is_hidden, note=note)


def _title(grid: Grid, before: int) -> str:
    """The longest line above the table that is not a blank to fill and not 附件1."""
    best = ""
    for row in range(1, min(before, 12)):
        texts = grid.texts(row)
        if len(texts) != 1:
            continue
        column, text = texts[0]
        if text.isascii():  # its words keep the spaces between them
            text = " ".join(grid.raw(row, column).split())
        said = _ATTACHED.sub("", text)
        label = said.partition(":")[0]
        if said and (":" not in said or (_ENDS_TITLE.search(said) and blank_key(label) is None)):
            best = max(best, said, key=len)
    return best


def _layout(columns: list[TemplateColumn], kind: str) -> str:
    said = "\n".join([kind, *("\t".join(column.path) for column in columns)])
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


# ---------- one row each ----------


def _table(
    package: Package, part: SheetPart, entry: SheetEntry, grid: Grid, head: Head, body: Body
) -> TemplateSheet:
    columns = _columns(part, grid, head, body)
    kind, note = _row_kind(columns, body)
    rows = range(body.first, body.last + 1)
    outside = [*range(1, head.first), *range(body.footer or grid.last_row + 1, grid.last_row + 1)]
    examples = () if keeps_examples(grid) else tuple(body.examples)
    if kind == "single":
        columns = [_with_row(column, body.first) for column in columns]
    return TemplateSheet(
        entry.name,
        _title(grid, head.first),
        tuple(columns),
        range(head.first, head.last + 1),
        body.first,
        rows,
        kind,
        tuple(body.listed),
        examples,
        tuple(body.totals),
        body.footer,
        tuple(find_blanks(grid, outside)),
        entry.is_hidden,
        note,
        _layout(columns, kind),
    )


def _columns(part: SheetPart, grid: Grid, head: Head, body: Body) -> list[TemplateColumn]:
    found = []
    first = body.first if body.last >= body.first else 0
    sampled = body.examples + [listed.row for listed in body.listed[:3]]
    for column, path in head.paths.items():
        said = grid.said(first, column) if first else None
        formula = _formula(grid, body, column)
        samples = tuple(dict.fromkeys(text for row in sampled if (text := grid.raw(row, column).strip())))
        found.append(
            TemplateColumn(
                column,
                path,
                samples[:3],
                head.units.get(column, ""),
                0,
                formula,
                choices_at(part, grid, first, column) if first else (),
                said.style.number_format if said else "",
                letters=head.letters.get(column, ""),
            )
        )
    return found


def _formula(grid: Grid, body: Body, column: int) -> str:
    for row in (body.first, body.first + 1, *body.examples):
        said = grid.said(row, column)
        if said is not None and said.formula:
            return said.formula
    return ""


def _with_row(column: TemplateColumn, row: int) -> TemplateColumn:
    return TemplateColumn(
        column.index,
        column.path,
        column.samples,
        column.unit,
        row,
        column.formula,
        column.choices,
        column.number_format,
        letters=column.letters,
    )


def _row_kind(columns: list[TemplateColumn], body: Body) -> tuple[str, str]:
    """What one row is, and why it is nothing that can be filled."""
    fields = [field_of(column.path) for column in columns]
    if body.listed and (level := level_of([listed.label for listed in body.listed])):
        return level, ""
    if "name" in fields or ("id_number" in fields and "head_name" not in fields):
        return "person", ""
    if "head_name" in fields or any(field in ("household_reference", "room", "label") for field in fields):
        return "household", ""
    first = next((column for column in columns if not SERIAL.fullmatch(column.path[-1])), columns[0])
    if _VENUE.search(first.path[-1]):
        return "", (
            _("每行是一个“%s”，底册里没有这样的名单，由它们自己填。要由住户来数，就改成一个村一行。")
            % first.path[-1]
        )
    for kind in ("group", "grid", "village", "township"):
        if kind in fields:
            return kind, ""
    if re.search(r"单位|地区|辖区|区划|片区|名称", first.path[-1]) or body.listed:
        return "village", ""
    if _DAY.search(first.path[-1]) or body.last <= body.first:
        return "single", ""
    return "", _("看不出一行填的是村、户还是人。")


# ---------- asked once ----------


def _form(
    package: Package, part: SheetPart, entry: SheetEntry, grid: Grid, cells: list[tuple[int, int, str]]
) -> TemplateSheet:
    columns = form_columns(grid, cells)
    first, last = cells[0][0], max(row for row, _, _ in cells)
    outside = [row for row in range(1, grid.last_row + 1) if row not in {row for row, _, _ in cells}]
    footer = next((row for row in range(last + 1, grid.last_row + 1) if not grid.is_blank_row(row)), None)
    return TemplateSheet(
        entry.name,
        _title(grid, first),
        tuple(columns),
        range(first, first),
        first,
        range(first, last + 1),
        "single",
        footer_row=footer,
        blanks=tuple(find_blanks(grid, outside)),
        is_hidden=entry.is_hidden,
        layout=_layout(columns, "form"),
    )


def _vertical(entry: SheetEntry, grid: Grid, head: Head, body: Body) -> TemplateSheet:
    columns = vertical_columns(grid, head, body)
    outside = [*range(1, head.first), *range(body.footer or grid.last_row + 1, grid.last_row + 1)]
    return TemplateSheet(
        entry.name,
        _title(grid, head.first),
        tuple(columns),
        range(head.first, head.last + 1),
        body.first,
        range(body.first, body.last + 1),
        "single",
        footer_row=body.footer,
        blanks=tuple(find_blanks(grid, outside)),
        is_hidden=entry.is_hidden,
        layout=_layout(columns, "vertical"),
    )
