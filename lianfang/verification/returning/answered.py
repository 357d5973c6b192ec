"""What a row is answered with, and the words for it in the sender's sheet. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lianfang.core.clock import local
from lianfang.verification.models import AnswerCode

# field of reading.words → header of the column that is added where the sender has none; in this order.
TITLES: dict[str, str] = {
    "answer_result": "核查结果",
    "answer_place": "现住址",
    "answer_measure": "管控措施",
    "answer_test": "核酸",
    "answer_checker": "核查人",
    "answer_checked_on": "核查时间",
}
WIDTHS = dict(zip(TITLES, (24, 30, 20, 12, 12, 18), strict=True))  # of an added column, in signs
# 信息有误 is the sender's word; what was wrong stands behind it.
RESULTS: dict[str, str] = {
    AnswerCode.CONTROLLED: "属实已管控",
    AnswerCode.ALREADY_CHECKED: "已排查重复",
    AnswerCode.WRONG_PHONE: "信息有误（号码非本人）",
    AnswerCode.TICKET_REFUNDED: "信息有误（退票未乘）",
    AnswerCode.NAMESAKE: "信息有误（同名）",
    AnswerCode.NOBODY: "查无此人",
    AnswerCode.DEAD_NUMBER: "空号",
    AnswerCode.NOT_HERE: "不在本地",
    AnswerCode.PAST_PERIOD: "超期",
    AnswerCode.PASSED_THROUGH: "途经未停留",
    AnswerCode.REFUSED: "拒绝",
    AnswerCode.IN_PROGRESS: "在核",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer of one row. `code`: of `AnswerCode`. `place`: where the person lives now, or of `not_here` is.

    `held_by`: of `in_progress`, the place and the owner who has it. `town`: who answered, for the summary; "" is the
    county.
    """

    code: str
    place: str = ""
    measure: str = ""
    test: str = ""
    checker: str = ""
    checked_at: dt.datetime | None = None
    remark: str = ""
    held_by: str = ""
    town: str = ""

    @property
    def result(self) -> str:
        """As the sender reads it."""
        word = RESULTS[self.code]
        if self.code == AnswerCode.NOT_HERE and self.place:
            return f"{word}（去向：{self.place}）"
        return f"{word}（{self.held_by}）" if self.code == AnswerCode.IN_PROGRESS and self.held_by else word

    @property
    def cells(self) -> dict[str, str]:
        """field → what is written; without what is not known."""
        checked = local(self.checked_at).strftime("%Y-%m-%d %H:%M") if self.checked_at else ""
        said = {
            "answer_result": self.result,
            "answer_place": "" if self.code == AnswerCode.NOT_HERE else self.place,
            "answer_measure": self.measure,
            "answer_test": self.test,
            "answer_checker": self.checker,
            "answer_checked_on": checked,
            "answer_remark": self.remark,
        }
        return {name: text for name, text in said.items() if text}
