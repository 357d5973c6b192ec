"""Areas, and the files that change them."""

from __future__ import annotations

from lianfang.core.problems.words import N_

PROBLEMS: dict[str, tuple[int, str]] = {
    "areas.unknown": (404, N_("没有这个辖区：{code}。请检查代码，或先载入区划。")),
    "areas.ambiguous": (400, N_("辖区里有{count}个“{name}”，请从列表里选，或填代码。")),
    "areas.file_unreadable": (
        400,
        N_("区划文件读不了：{detail}。请传 .xlsx、.xls 或 .csv，要有代码、名称、级别、上级四列。"),
    ),
    "areas.file_rejected": (400, N_("区划文件有 {count} 处错误，一行都没有载入。前几处：{first}")),
    "areas.row_empty": (400, N_("{column} 是空的。")),
    "areas.row_double": (400, N_("代码 {code} 与第{row}行重复。")),
    "areas.row_bad_level": (400, N_("{code} 的级别“{level}”不认识。用 1 到 5，或小区、网格、组、楼栋。")),
    "areas.row_orphan": (400, N_("{code} 的上级“{parent}”既不在文件里，也不在系统里。")),
    "areas.row_wrong_parent": (400, N_("{code}（{level}）不能直接放在 {parent}（{above}）下面。")),
    "areas.row_cycle": (400, N_("{code} 的上级绕了一圈又回到自己。")),
    "areas.row_moved": (
        400,
        N_("{code} 已在系统里，级别是 {level}，上级是 {parent}。载入不改级别和上级，只改名称。"),
    ),
    "areas.row_path_taken": (400, N_("{code} 与已有的 {other} 只差标点，分不开。请换一个代码。")),
    "areas.row_too_long": (400, N_("{code} 的代码或名称太长。")),
    "areas.row_official": (403, N_("{code} 是村或以上，这里只能加村以下的。区划请在服务器上载入。")),
    "areas.row_outside": (403, N_("{code} 不在您负责的辖区内。")),
    "areas.wrong_place": (400, N_("{level}不能放在“{parent}”下面。")),
    "areas.name_taken": (409, N_("“{parent}”下面已经有“{name}”。")),
    "areas.bad_name": (400, N_("名称不能空，也不能超过80个字。")),
    "areas.history_unreadable": (
        400,
        N_(
            "看不出这是哪种区划变更文件，列名是：{columns}。"
            "变更清单要有原代码、原名称、新代码；区划要有代码、名称、级别、上级，历年的再加起始年、截止年。"
        ),
    ),
    "areas.no_change": (409, N_("文件里的区划与系统里的一样，没有要调整的。")),
    "areas.unknown_change": (404, N_("没有这次区划调整，或不在您的辖区内。")),
    "areas.change_done": (409, N_("这次区划调整已经办过了，请刷新后再看。")),
    "areas.change_not_due": (409, N_("{day}还没到，到那天会自动生效。")),
    "areas.change_not_undone": (409, N_("不能撤回：{why}。请另作一次调整改回来。")),
    "areas.gone": (410, N_("“{name}”（{code}）已于{day}撤销，现在是：{now}。请改用现在的辖区。")),
    "areas.gone_nowhere": (
        410,
        N_("“{name}”（{code}）已于{day}撤销，没有记下并到了哪里。请问区划办，或从列表里选。"),
    ),
    "areas.not_divided": (400, N_("“{name}”还没有选归到哪个村。")),
    "areas.line_unreadable": (400, N_("这一行读不了。请写一段地址，或一个 JSON 对象，里面要有 text。")),
    "areas.not_own": (403, N_("村以上的名称按区划文件，不在这里改。请重新载入区划。")),
    "areas.bad_alias": (
        400,
        N_("“{text}”不能当地名记住：要2到40个字，不能只有数字，也不能是谁家、什么旁边。"),
    ),
}
