"""Excel files as departments send them, for the tests of the desk."""

from __future__ import annotations

import io

from openpyxl import Workbook


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def daily(*extra: str) -> bytes:
    """One row a village, two-row header with 今日 and 累计; `extra`: columns that this version has besides."""
    book = Workbook()
    sheet = book.active
    sheet.title = "日报"
    sheet.append(["武冈市疫情防控排查情况日报表"])
    sheet.append(["填报单位：", None, None, None, None, "截至时间："])
    sheet.append(["序号", "乡镇", "村（社区）", "排查户数", None, "常住人口", "屋内外积水", *extra])
    sheet.append([None, None, None, "今日", "累计", None, "有，没清", *[None for _ in extra]])
    sheet.merge_cells("D3:E3")
    for letter in "ABCF":
        sheet.merge_cells(f"{letter}3:{letter}4")
    for at, _name in enumerate(extra):
        letter = "HIJK"[at]
        sheet.merge_cells(f"{letter}3:{letter}4")
    rows = (("司马冲镇", "杨梅村"), ("司马冲镇", "田心村"), ("湾头桥镇", "泉塘村"))
    for at, (township, village) in enumerate(rows, 1):
        sheet.append([at, township, village])
    sheet.append(["合计", None, None, "=SUM(D5:D7)", "=SUM(E5:E7)", "=SUM(F5:F7)", "=SUM(G5:G7)"])
    return _saved(book)


def roster(*columns: str) -> bytes:
    """One row a person."""
    book = Workbook()
    sheet = book.active
    sheet.title = "名册"
    sheet.append(["学龄儿童摸底表"])
    sheet.append(["序号", "村（社区）", "姓名", "性别", "年龄", "身份证号码", *columns])
    for at in (1, 2, 3):
        sheet.append([at])
    return _saved(book)
