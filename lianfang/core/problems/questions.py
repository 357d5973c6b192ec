"""Workforce, and the dictionary of questions."""

from __future__ import annotations

from lianfang.core.problems.words import N_

PROBLEMS: dict[str, tuple[int, str]] = {
    # workforce
    "workforce.unknown_worker": (404, N_("没有这个工作人员，或不在您的辖区内。")),
    "workforce.name_required": (400, N_("请填写姓名。")),
    "workforce.unknown_assignment": (404, N_("没有这项责任，或不在您的辖区内。")),
    "workforce.already_ended": (409, N_("这项责任已经结束，请刷新后再改。")),
    # questions
    "questions.unknown_form": (404, N_("没有这张表：{key} 第{version}版。")),
    "questions.unknown_question": (400, N_("词典里没有这些填报项：{keys}。请从列表里选。")),
    "questions.unknown_draft": (404, N_("没有这份草稿，或不在您的辖区内。")),
    "questions.draft_done": (409, N_("这份草稿已经做成表或已删除，请刷新后再看。")),
    "questions.title_required": (400, N_("请给表起个名字。")),
    "questions.purpose_required": (400, N_("请选这张表的用途。新的填报项只用于这个用途。")),
    "questions.nothing_asked": (400, N_("一项都不问，做不成表。请至少留一项，新的要打勾同意。")),
    "questions.nothing_required": (
        400,
        N_("没有一项必填，任务一下达就算做完。请至少勾一项必填。"),
    ),
    "forms.no_header": (
        400,
        N_("没有认出表头。请检查文件里有没有一行列名，或只把表头那一行复制过来粘贴。"),
    ),
    "questions.changed_without_version": (
        500,
        N_("{key} 第{version}版的内容被改过。改了内容要用新的版本号。"),
    ),
    "questions.bad_contract": (500, N_("{key} 第{version}版不能用：{detail}")),
    "questions.question_refused": (400, N_("填报项“{label}”不能收进词典：{detail}")),
    "questions.form_refused": (400, N_("这张表不能用：{detail}")),
}
