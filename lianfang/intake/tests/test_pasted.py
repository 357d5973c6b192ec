"""What the clipboard of a sheet holds, as rows of cells."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lianfang.intake.entries.pasted import rows_of


@pytest.mark.parametrize(
    ("plain", "html", "rows"),
    [
        ("姓名\t情况\r\n张三\t见到\r\n", "", [["姓名", "情况"], ["张三", "见到"]]),
        ('张三\t"有狗\n要小心"\n李四\t"说""不"\t3', "", [["张三", "有狗 要小心"], ["李四", '说"不', "3"]]),
        ("张三\t\t见到", "", [["张三", "", "见到"]]),
        ('12"\t见到', "", [['12"', "见到"]]),
        ("甲 乙", "<table><tr><td>甲</td><td>乙<br>丙</td></tr></table>", [["甲", "乙 丙"]]),
        (
            "x",
            "<table><tr><td rowspan=2>1号</td><td>甲</td></tr><tr><td>乙</td></tr><tr><td colspan=2>丙</td></tr></table>",
            [["1号", "甲"], ["", "乙"], ["丙", ""]],
        ),
        ("张三 见到\n李四，外出东莞", "", [["张三", "见到"], ["李四", "外出东莞"]]),
        ("张三", "", [["张三"]]),
        ("", "", [[""]]),
    ],
)
def test_what_the_clipboard_of_a_sheet_holds(plain, html, rows):
    assert rows_of(plain, html) == rows


@given(
    st.lists(
        st.lists(st.text('张三见到1组"\t\n ', max_size=6), min_size=2, max_size=4), min_size=1, max_size=5
    )
)
def test_a_spreadsheet_quotes_what_would_break_a_row(rows):
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set('"\t\n') & set(cell) else cell

    plain = "\n".join("\t".join(map(quoted, row)) for row in rows)
    assume(plain.strip("\n") == plain)
    assert rows_of(plain) == [[" ".join(cell.split()) for cell in row] for row in rows]
