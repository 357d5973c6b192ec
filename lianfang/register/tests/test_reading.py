"""Files of every kind a county sends, read by what they hold and not by what they are called."""

from __future__ import annotations

import datetime as dt
import zipfile

import pytest
import xlsxwriter

from lianfang.core.problems import Problem
from lianfang.core.reading import files, texts
from lianfang.core.sheets import chunks
from lianfang.register.tests.files_made import about_sheet, book, checked, rows, said, zipped
from lianfang.register.tests.sheets_made import an_id

ID = an_id()
LINES = [["姓名", "身份证号", "村", "组"], ["欧阳明", ID, "杨梅村", "3组"], ["单雄", "", "田心村", ""]]
TEXT = "\n".join("\t".join(line) for line in LINES)
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'


def taken(path):
    return [(entry.name, entry.id_number, entry.village.name) for entry in checked(path).entries]


@pytest.mark.parametrize("separator", ["\t", ",", ";", "，", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_text_with_any_separator_in_any_encoding(tmp_path, encoding, separator):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.replace("\t", separator).encode(encoding))
    assert taken(path)[0] == ("欧阳明", ID, "杨梅村")


def test_big5_is_told_from_gb_by_what_makes_sense():
    text = "姓名,身份證號碼,聯絡電話,鄉鎮,村\n歐陽明,430581198703124512,13812342076,司馬沖鎮,楊梅村\n"
    assert texts.decoded(text.encode("big5")) == text
    assert texts.decoded("姓名,身份证,电话,村\n欧阳明,1,2,杨梅村\n".encode("gbk")).startswith("姓名,身份证")


def test_a_quote_that_never_ends_loses_no_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('姓名,村,组\n欧阳"明,杨梅村,1\n单雄,石桥村,2\n', encoding="utf-8")
    assert checked(path).row_count == 2


def test_two_stray_quotes_far_apart_swallow_no_row_between_them(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"欧阳明{n % 9},杨梅村,{'“' if n % 2 else ''}1" for n in range(500)]
    rows[3], rows[450] = '"单雄,石桥村,2', '单雄,石桥村,2"'
    path.write_text("\n".join(["姓名,村,组", *rows]), encoding="utf-8")
    assert checked(path).row_count == 500


@pytest.mark.parametrize("more", ["", ",住址"])
@pytest.mark.parametrize("apart", [2, 3, 17, 97, 250])
def test_two_stray_quotes_swallow_no_row_between_them(tmp_path, apart, more):
    path = tmp_path / "a.csv"
    rows = [f"欧阳明{n},杨梅村,1{more}" for n in range(300)]
    rows[3], rows[3 + apart] = f'"单雄,石桥村,2{more}', f'单雄,石桥村,2{more}"'
    path.write_text("\n".join([f"姓名,村,组{more}", *rows]), encoding="utf-8")
    assert checked(path).row_count == 300


@pytest.mark.parametrize("line", ["走访情况很长", "上午来，下午走", "甲,乙", ""])
def test_a_long_report_in_one_cell_of_a_sound_csv_is_one_cell(tmp_path, line):
    path = tmp_path / "a.csv"
    page = "\n".join([line] * 300)
    rows = [f"欧阳明{n},杨梅村,1,住在{n}号" for n in range(200)]
    path.write_text("\n".join(["姓名,村,组,备注", *rows, f'单雄,石桥村,2,"{page}"']), encoding="utf-8")
    assert checked(path).row_count == 201


def test_a_whole_page_in_one_cell_costs_no_row(tmp_path):
    path = tmp_path / "a.csv"
    page = "很长" * 600_000
    path.write_text(f'姓名,村,组,备注\n欧阳明,杨梅村,1,"{page}"\n单雄,石桥村,2,\n', encoding="utf-8")
    assert checked(path).row_count == 2


def test_a_short_file_leaves_the_long_one_beside_it_readable(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"姓名,村,组,备注\n欧阳明,杨梅村,1,{'很长' * 100}\n", encoding="utf-8")
    beside = texts.messages(path)
    next(beside)
    (tmp_path / "b.csv").write_text("姓名,村\n单雄,石桥村\n", encoding="utf-8")
    list(texts.messages(tmp_path / "b.csv"))
    list(beside)


def test_a_web_page_called_xls(tmp_path):
    path = tmp_path / "a.xls"
    page = "<html><meta charset='gb2312'><table><tr><th>姓名</th><th>身份证号</th><th>村</th></tr>"
    page += f"<tr><td>欧阳明</td><td>{ID}</td><td rowspan=2>杨梅村</td></tr><tr><td><s>单雄</s></td><td></td></tr>"
    path.write_bytes((page + "</table></html>").encode("gbk"))
    found = checked(path)
    assert [(e.name, e.village.name) for e in found.entries] == [("欧阳明", "杨梅村")]
    assert said(found) == [(3, "", "row_struck")]


def test_the_xml_workbook_of_2003(tmp_path):
    cells = "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in LINES[0])
    more = '<Cell><Data ss:Type="String">欧阳明</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">杨梅村</Data></Cell>'
    path = tmp_path / "a.xls"
    path.write_text(
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>'
        f'<Row>{cells}</Row><Row ss:Index="4">{more}</Row></Table></Worksheet></Workbook>',
        encoding="utf-8",
    )
    assert [(e.row, e.name, e.village.name) for e in checked(path).entries] == [(4, "欧阳明", "杨梅村")]


def test_the_tables_of_a_word_document(tmp_path):
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    table = "".join("<w:tr>" + "".join(cell.format(text) for text in line) + "</w:tr>" for line in LINES[:2])
    document = f'<w:document xmlns:w="{w}"><w:body><w:tbl>{table}</w:tbl></w:body></w:document>'
    assert taken(zipped(tmp_path / "a.docx", {"word/document.xml": document})) == [("欧阳明", ID, "杨梅村")]


# ---------- xlsx ----------


def parts(sheet, *, styles="", strings="", properties=""):
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    found = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><workbookPr {properties}/><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{relations}/styles" Target="styles.xml"/><Relationship Id="r3" Type="{relations}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    if styles:
        found["xl/styles.xml"] = f'<styleSheet xmlns="{main}">{styles}</styleSheet>'
    if strings:
        found["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{strings}</sst>'
    return found


CELLS = '<sheetData><row r="2"><c r="B2" t="inlineStr"><is><t>a&amp;b_x000A_c</t></is></c><c r="D2"><v>3</v></c></row></sheetData>'


@pytest.mark.parametrize(
    "sheet",
    [
        SHEET.format(CELLS),
        SHEET.format(CELLS.replace('"', "'")),
        SHEET.format(CELLS).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
        SHEET.format("<!-- x -->" + CELLS),
        SHEET.format(
            CELLS.replace(' r="B2"', "")
            .replace(' r="D2"', "")
            .replace("<c t", "<c/><c t")
            .replace("<c><v>", "<c/><c><v>")
        ),
    ],
)
def test_every_lawful_spelling_of_a_sheet_reads_the_same(tmp_path, sheet):
    assert rows(zipped(tmp_path / "a.xlsx", parts(sheet))) == [[], [None, "a&b\nc", None, 3]]


def test_numbers_days_and_texts_of_cells(tmp_path):
    styles = '<numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="[Red]0.00"/></numFmts>'
    styles += '<fonts><font/><font><strike/></font></fonts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
    cells = (
        '<c r="A1" s="1"><v>31848</v></c><c r="B1" s="2"><v>31848.5</v></c><c r="C1" s="3"><v>31848</v></c>'
    )
    cells += '<c r="D1"><v>430581198703124518</v></c><c r="E1"><v>1.3812342076E10</v></c><c r="F1" t="b"><v>1</v></c><c r="G1" t="e"><v>#REF!</v></c>'
    cells += '<c r="H1" t="s"><v>0</v></c><c r="I1" t="str"><f>A1</f><v>x</v></c>'
    strings = (
        '<si><r><rPr><strike/></rPr><t>旧</t></r><r><t>新</t></r><rPh sb="0" eb="1"><t>ピ</t></rPh></si>'
    )
    sheet = SHEET.format(f'<sheetData><row r="1">{cells}</row></sheetData>')
    path = zipped(tmp_path / "a.xlsx", parts(sheet, styles=styles, strings=strings))
    read = rows(path)[0]
    assert read[:3] == ["1987-03-12", "1987-03-12T12:00:00", 31848]
    assert isinstance(read[3], float)  # its end is lost already
    assert read[4:] == [13812342076, True, "#REF!", "新", "x"]
    path = zipped(
        tmp_path / "b.xlsx", parts(sheet, styles=styles, strings=strings, properties='date1904="1"')
    )
    assert rows(path)[0][0] == "1991-03-13"


def test_what_openpyxl_and_xlsxwriter_write_is_read_back(tmp_path):
    import openpyxl

    made = openpyxl.Workbook()
    line = ["欧阳明", 7, 1.5, dt.date(1987, 3, 12), True, None, "x\ny"]
    made.active.append(line)
    made.save(tmp_path / "a.xlsx")
    assert rows(tmp_path / "a.xlsx") == [["欧阳明", 7, 1.5, "1987-03-12", True, None, "x\ny"]]
    assert rows(book(tmp_path / "b.xlsx", {"a": [["一", None, 2], [], ["三"]]})) == [
        ["一", None, 2],
        [],
        ["三"],
    ]


def test_a_far_cell_and_far_rows_cost_nothing(tmp_path):
    made = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    page = made.add_worksheet()
    for number, line in enumerate(LINES):
        page.write_row(number, 0, line)
    page.write_string(1048575, 16383, "x")
    page.write_string(900_000, 0, "单雄")
    made.close()
    assert sum(len(message[4]) for message in files.messages(tmp_path / "a.xlsx")) < 100
    assert "cells_far" in about_sheet(checked(tmp_path / "a.xlsx"))
    assert [name for name, *_ in taken(tmp_path / "a.xlsx")] == ["欧阳明"]


def test_hidden_columns_and_filters_are_told(tmp_path):
    made = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    page = made.add_worksheet("杨梅村")
    for number, line in enumerate(LINES[:2]):
        page.write_row(number, 0, line)
    page.set_column(1, 1, None, None, {"hidden": True})
    made.close()
    found = checked(tmp_path / "a.xlsx")
    assert (about_sheet(found), found.entries[0].id_number) == (["columns_hidden"], ID)


# ---------- what cannot be read ----------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), "Word"),
        (b"PK\x03\x04 cut off", "不完整"),
        (b"\x00\x01\x02\x03 program", "不是表格"),
        (b"\x89PNG\r\n", "图片"),
        (b"%PDF-1.4", "PDF"),
    ],
)
def test_what_is_no_sheet_says_what_it_is(tmp_path, content, words):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(Problem) as refused:
        list(chunks(path))
    assert refused.value.code == "register.file_unreadable"
    assert words in str(refused.value.payload["detail"])


def test_a_packed_folder_is_told_as_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("表.txt", "x")
    with pytest.raises(Problem) as refused:
        list(chunks(tmp_path / "a.zip"))
    assert "压缩包" in str(refused.value.payload["detail"])


# ---------- lines from a chat ----------


def pasted(tmp_path, text):
    path = tmp_path / "杨梅村.txt"
    path.write_text(text, encoding="utf-8")
    return checked(path)


def test_a_chain_with_an_example_line_gaps_repeats_and_chatter(tmp_path):
    found = pasted(
        tmp_path,
        "#接龙\n杨梅村3组返乡登记\n例 姓名 电话 返回日期 地点\n\n1. 张三 13812342076 8.2 南京\n2. 李四\n4. 王五 13812342077 8.3 长沙\n"
        "4. 赵六 13812342078\n5. 更正第1条 电话是13812342079\n收到，辛苦了\n",
    )
    assert [(e.row, e.name, e.phone, e.village.name) for e in found.entries] == [
        (5, "张三", "13812342076", "杨梅村"),
        (6, "李四", None, "杨梅村"),
        (7, "王五", "13812342077", "杨梅村"),
        (8, "赵六", "13812342078", "杨梅村"),
    ]
    assert said(found) == [
        (7, "", "line_gap"),
        (8, "", "line_repeat"),
        (9, "", "line_correction"),
        (10, "", "line_unread"),
    ]
    assert found.rejected_count == 2


def test_a_chain_without_an_example(tmp_path):
    found = pasted(
        tmp_path,
        f"#接龙\n1、张三，身份证{ID}，电话13812342076\n2、李四 女 13812342077 石桥村2组\n3、王五、赵六\n",
    )
    assert [(e.name, e.id_number, e.phone) for e in found.entries] == [
        ("张三", ID, "13812342076"),
        ("李四", None, "13812342077"),
    ]
    assert [code for *_, code in said(found)] == ["name_two"]


def test_free_lines_one_person_each(tmp_path):
    found = pasted(tmp_path, "大家好\n张三 13812342076 杨梅村3组\n李四：13812342077\n好的\n")
    assert [(e.name, e.phone) for e in found.entries] == [("张三", "13812342076"), ("李四", "13812342077")]
    assert (found.row_count, [row for row, *_ in said(found)]) == (3, [4])
