"""What a chat adds to a list: corrections of earlier lines, two people on one line, +1 and chat. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import replace

from lianfang.register import rules
from lianfang.register.columns.contents import looks_like_name
from lianfang.verification.reading.sheets import Told
from lianfang.verification.rows import ListRow

_CHAT = re.compile(r"(?:\+\s*\d|收到|好的?|谢谢|辛苦了?|ok|已填|已报|[!！。.?？~～]|\s)+", re.IGNORECASE)
_TARGET = re.compile(r"第?\s*(\d{1,4})\s*[条号行个楼]|(?:更正|修改|改正|订正|纠正)\s*(\d{1,4})(?!\d)")
_GONE = re.compile(r"作废|删除|取消|删掉|去掉")
_ID = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_NAME = re.compile(
    r"(?:姓名|名字|应为|应是|改为|改成|是|为|[\s:：,，、条])([一-鿿]{2,4})(?=$|[\s,，。、:：\d])"
)
# 11.20武汉返乡, 从上海回来: what people write of their way when nobody asks for columns.
_JOURNEY = re.compile(
    r"(?P<day>\d{1,4}[-./年月]\d{1,2}(?:[-./月]\d{1,2})?[日号]?)?(?:从|自|由)?(?P<place>(?!今|昨|前天)[一-鿿]{2,12}?)?(?:返乡|返回|回来|回乡|回家|返家|来的?|返|回).{0,4}"
)
_NOT_A_NAME = frozenset(
    [
        "电话",
        "手机",
        "号码",
        "手机号",
        "身份证",
        "应为",
        "应是",
        "改为",
        "改成",
        "姓名",
        "地址",
        "不是",
        "错了",
        "写错",
        "更正",
        "以这",
        "为准",
        "本人",
        "日期",
        "返回",
    ]
)


class Chain:
    """The lines of one chat. A later line that corrects an earlier one changes it, and both are told."""

    def __init__(self, told: Told, today: dt.date) -> None:
        self.told, self.today = told, today
        self.by_count: dict[int, int] = {}  # number in the chain → row
        self.corrections: list[tuple[int, str]] = []

    def person(self, row: ListRow, count: str) -> ListRow | None:
        """None: a numbered line that names nobody (+1)."""
        said = " ".join(value for key, value in row.cells.items() if key != "序号")
        if not (row.name or row.id_number or row.phones) and _CHAT.fullmatch(said or " "):
            self.told.tell(row.row, "verification.line_chat", said)
            return None
        if count.isdecimal():
            self.by_count[int(count)] = row.row
        remarks = " ".join(value for key, value in row.cells.items() if key == "备注" or key.endswith("列"))
        others = [part for part in re.split(r"[、\s]+", remarks) if looks_like_name(part)]
        if others and (len(row.phones) > 1 or "register.id_two" in row.doubts):
            return replace(
                row,
                phones=row.phones[:1],
                companions=(*row.companions, *others),
                doubts=(*row.doubts, "register.name_two"),
            )
        return _with_journey(row, self.today) if row.came_on is None and not row.came_from else row

    def correct(self, number: int, line: str) -> None:
        self.corrections.append((number, unicodedata.normalize("NFKC", line)))

    def corrected(self, rows: list[ListRow], sheet: str) -> list[ListRow]:
        """The rows as the corrections have them. One whose line is not found is a row that nobody could read."""
        for number, line in self.corrections:
            at = self._meant(rows, line)
            if at is None:
                self.told.tell(number, "verification.line_correction", line)
                rows.append(_unread(sheet, number, line))
                continue
            rows[at] = _with(rows[at], line)
            self.told.tell(number, "verification.line_corrected", line)
        return sorted(rows, key=lambda row: row.row)

    def _meant(self, rows: list[ListRow], line: str) -> int | None:
        match = _TARGET.search(line)
        if match is None:
            return None
        row = self.by_count.get(int(match[1] or match[2]))
        return next((at for at, each in enumerate(rows) if each.row == row), None)


def _with_journey(row: ListRow, today: dt.date) -> ListRow:
    for key, said in row.cells.items():
        if key not in ("现住址", "备注") and not key.endswith("列"):
            continue
        for part in said.split("、"):
            match = _JOURNEY.fullmatch(part)
            if match is None or not (match["day"] or match["place"]):
                continue
            day, code = rules.report_day(match["day"], today) if match["day"] else (None, None)
            rest = "、".join(each for each in row.address.split("、") if each != part)
            doubts = (*row.doubts, code) if code and code not in row.doubts else row.doubts
            return replace(row, came_on=day, came_from=match["place"] or "", address=rest, doubts=doubts)
    return row


def _with(row: ListRow, line: str) -> ListRow:
    rest = line[match.end() :] if (match := _TARGET.search(line)) else line
    if _GONE.search(line):
        return replace(row, doubts=(*row.doubts, "verification.row_struck"))
    changed: dict[str, object] = {}
    if found := _ID.search(rest):
        changed["id_number"] = rules.folded_id(found[0])
    if phones := _PHONE.findall(_ID.sub(" ", rest)):
        changed["phones"] = (phones[-1],)
    names = [name for name in _NAME.findall(" " + rest) if name not in _NOT_A_NAME and looks_like_name(name)]
    if names:
        changed["name"] = names[-1]
    code = "verification.row_corrected" if changed else "verification.correction_unread"
    return replace(row, **changed, doubts=(*row.doubts, code))  # type: ignore[arg-type]


def _unread(sheet: str, number: int, line: str) -> ListRow:
    return ListRow(sheet, number, cells={"原文": line}, doubts=("verification.line_correction",))
