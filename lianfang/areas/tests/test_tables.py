"""Lists of areas as counties send them: workbooks with a title, and CSV in two encodings."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import xlsxwriter

from lianfang.areas.loading import read_rows, table_of
from lianfang.areas.tables import LARGEST_BYTES, lines_of
from lianfang.core.problems import Problem

TITLE = ["武冈市村级区划代码表"]
HEADER = ["序号", "代码", "名 称", "级别", "上级代码（9位）"]
VILLAGE = [1, 430581107221, "杨梅村", "村", 430581107]


def workbook(*sheets):
    """Each sheet: (name, rows, is hidden)."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows, is_hidden in sheets:
        page = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    page.write_datetime(r, c, cell, day)
                else:
                    page.write(r, c, cell)
        if is_hidden:
            page.hide()
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", workbook(("表", [], False))],
)
def test_what_is_no_workbook_is_refused_as_such(content):
    for read in (read_rows, table_of):
        with pytest.raises(Problem) as refused:
            read(content)
        assert refused.value.code == "areas.file_unreadable"


def test_a_file_that_would_fill_the_memory_is_refused():
    class Long(bytes):
        def __len__(self):
            return LARGEST_BYTES + 1

    with pytest.raises(Problem) as refused:
        lines_of(Long(), ())
    assert refused.value.code == "areas.file_unreadable"


def test_a_workbook_is_read_below_its_title_and_numbers_are_codes():
    content = workbook(("表", [TITLE, [], HEADER, VILLAGE, ["", "", "", "", ""]], False))
    (row,) = read_rows(content)
    assert (row.number, row.code, row.name, row.level, row.parent) == (
        4,
        "430581107221",
        "杨梅村",
        "村",
        "430581107",
    )


def test_the_sheet_with_the_header_is_taken_and_a_hidden_one_is_not():
    hidden = ("旧", [HEADER, [1, 999, "旧村", "村", 9]], True)
    told = ("说明", [["请按下表填写"], ["谢谢"]], False)
    content = workbook(told, hidden, ("表", [HEADER, VILLAGE], False))
    assert [row.code for row in read_rows(content)] == ["430581107221"]


def test_changes_come_with_their_day():
    rows = [
        ["原代码", "原名称", "新代码", "变更类型", "生效日期"],
        ["430581107221", "杨梅村", "430581107222", "合并", dt.date(2026, 8, 1)],
    ]
    assert table_of(workbook(("表", rows, False))) == [
        {
            "old_code": "430581107221",
            "old_name": "杨梅村",
            "new_code": "430581107222",
            "kind": "合并",
            "effective_on": "2026-08-01",
        }
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_text_may_have_a_title_too(encoding):
    text = "武冈市区划\n\n代码,名称,级别,上级\n430581107221,杨梅村,村,430581107\n"
    (row,) = read_rows(text.encode(encoding))
    assert (row.number, row.code) == (4, "430581107221")
