"""One page about a returned list: counts by answer and by township. No resident is in it."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from lianfang.core.clock import local
from lianfang.verification.returning.answered import RESULTS
from lianfang.verification.returning.copies import MADE_ON
from lianfang.verification.returning.counting import Counts


@dataclass(frozen=True, slots=True)
class About:
    """Of the list as a whole; what is not known stays empty."""

    title: str
    number: str = ""
    sender: str = ""
    county: str = ""
    received_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    returned_at: dt.datetime | None = None


def write_summary(counts: Counts, about: About) -> bytes:
    """A sheet of one printed page, as xlsx."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": MADE_ON})
    page = _Page(book)
    page.heading(about)
    page.answers(counts)
    page.towns(counts)
    page.finish()
    book.close()
    return out.getvalue()


class _Page:
    def __init__(self, book: Any) -> None:
        self.page = book.add_worksheet("核查汇总")
        frame = {
            "border": 1,
            "border_color": "#9AA7AB",
            "font_name": "宋体",
            "font_size": 11,
            "valign": "vcenter",
        }
        self.title = book.add_format({"bold": True, "font_size": 16, "font_name": "宋体"})
        self.line = book.add_format({"font_name": "宋体", "font_size": 11})
        self.head = book.add_format(
            {**frame, "bold": True, "bg_color": "#EDF1F2", "align": "center", "text_wrap": True}
        )
        self.text = book.add_format({**frame, "text_wrap": True})
        self.number = book.add_format({**frame, "align": "right", "num_format": "0"})
        self.share = book.add_format({**frame, "align": "right", "num_format": "0.0%"})
        self.bold = book.add_format({**frame, "bold": True})
        self.bold_number = book.add_format({**frame, "bold": True, "align": "right"})
        self.row = 0

    def heading(self, about: About) -> None:
        self.page.write_string(0, 0, f"{about.title}核查情况汇总", self.title)
        self.row = 1
        said = [("编号", about.number), ("来单", about.sender), ("反馈", about.county)]
        times = [("收到", about.received_at), ("限时", about.due_at), ("反馈时间", about.returned_at)]
        for line in (
            "　".join(f"{word}：{value}" for word, value in said if value),
            "　".join(f"{word}：{local(value):%Y-%m-%d %H:%M}" for word, value in times if value),
        ):
            if line:
                self.page.write_string(self.row, 0, line, self.line)
                self.row += 1
        self.row += 1

    def answers(self, counts: Counts) -> None:
        for place, word in enumerate(("核查结果", "条数", "占比")):
            self.page.write_string(self.row, place, word, self.head)
        self.row += 1
        for code, count in counts.by_code.items():
            self.page.write_string(self.row, 0, RESULTS[code], self.text)
            self.page.write_number(self.row, 1, count, self.number)
            self.page.write_number(
                self.row, 2, count / counts.row_count if counts.row_count else 0, self.share
            )
            self.row += 1
        self.page.write_string(self.row, 0, "合计（与来单条数相等）", self.bold)
        self.page.write_number(self.row, 1, sum(counts.by_code.values()), self.bold_number)
        self.page.write_string(self.row, 2, f"来单{counts.row_count}条", self.bold)
        self.row += 2

    def towns(self, counts: Counts) -> None:
        codes = [code for code in RESULTS if counts.by_code[code]]
        words = (
            "乡镇、街道",
            "条数",
            *(RESULTS[code].removeprefix("信息有误").strip("（）") for code in codes),
        )
        for place, word in enumerate(words):
            self.page.write_string(self.row, place, word, self.head)
        self.page.set_row(self.row, 48)
        self.row += 1
        for town, by_code in counts.by_town.items():
            self.page.write_string(self.row, 0, town or "县本级", self.text)
            self.page.write_number(self.row, 1, sum(by_code.values()), self.number)
            for place, code in enumerate(codes, 2):
                self.page.write_number(self.row, place, by_code.get(code, 0), self.number)
            self.row += 1

    def finish(self) -> None:
        self.page.set_column(0, 0, 24)
        self.page.set_column(1, 1, 8)
        self.page.set_column(2, 15, 9)
        self.page.set_paper(9)
        self.page.set_landscape()
        self.page.fit_to_pages(1, 1)
        self.page.center_horizontally()
        self.page.hide_gridlines(2)
