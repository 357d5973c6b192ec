"""Lists pushed down and checked back."""

from __future__ import annotations

from lianfang.core.problems.words import N_

PROBLEMS: dict[str, tuple[int, str]] = {
    "verification.empty": (400, N_("名单是空的。请选择文件，或粘贴文字。")),
    "verification.too_large": (413, N_("文件超过 {size} MB。请分成几份再传。")),
    "verification.file_gone": (410, N_("这份名单的原件已随应急响应终止销毁，只留下条数。")),
    "verification.due_passed": (400, N_("到期时间要晚于收到的时间。")),
    "verification.number_taken": (409, N_("编号{number}已经用过，请换一个。")),
    "verification.unknown_list": (404, N_("没有这份核查名单，或不在您的辖区内。")),
    "verification.unknown_row": (404, N_("没有这一条，或不在您的辖区内。")),
    "verification.moved_on": (409, N_("这一条已经退回或改派，先留着，由现在的单位处理。")),
    "verification.later_answer": (409, N_("另有人后来答复过，先以后来的为准。这次的等村里确认。")),
    "verification.not_sorted": (409, N_("名单还没有分拣。请先点“分拣”。")),
    "verification.already_out": (409, N_("名单已经派发，或已经有人判断过，不能重新分拣。")),
    "verification.sorting": (409, N_("正在分拣，请稍后刷新。")),
    "verification.not_returned": (409, N_("名单还没有反馈，不能关闭。")),
    "verification.closed": (409, N_("这份名单已经关闭。")),
    "verification.already_decided": (409, N_("这一条已经有人判断过了，请刷新后再看。")),
    "verification.not_offered": (400, N_("只能从列出的人里选一个，或选“都不是”。")),
    "verification.answered": (409, N_("这一条已经答复了，请刷新后再看。")),
    "verification.area_above": (400, N_("请选本县下面的乡镇、村或网格。")),
    "verification.not_out": (409, N_("这一条没有派发下来，或已经答复。")),
    "verification.proposal_required": (400, N_("退回时请写明应该归哪里。")),
    "verification.taken": (409, N_("已有人正在拨打，请稍后再看。")),
    "verification.night": (409, N_("22:00到次日7:00只拨打紧急的，其余先按“在核”回复。")),
    "verification.spoken_to": (409, N_("这个人已经为另一份名单接通过电话，请直接用那次的结果。")),
    "verification.unknown_outcome": (400, N_("请从列出的拨打结果里选一个。")),
    "verification.note_required": (400, N_("请写明本人有什么异议。")),
    "verification.unknown_answer": (400, N_("请从列出的核查结果里选一个。")),
    "verification.place_required": (400, N_("请写明现在在哪里，或去了哪里。")),
    "verification.owner_required": (400, N_("填“在核”要写明在哪里、由谁负责。")),
    "verification.not_tried": (409, N_("要在不同的时间打过三次，才能填“查无此人”。")),
    "verification.own_answer": (409, N_("自己答复的不能由自己确认，请村里另一位负责人或乡镇确认。")),
    "verification.confirmed_below": (409, N_("村里那一级是您确认的，乡镇请由另一个人确认。")),
    "verification.confirm_order": (409, N_("村里还没有确认，乡镇不能确认。")),
    "verification.unanswered": (409, N_("还有{count}条没有答复。请先补齐，或按“在核”回复。")),
    "verification.return_unbalanced": (
        409,
        N_(
            "反馈不平：来单{rows}条，有结果的{answers}条，写进去{written}条，没有发出。请补上没有结果的行，在核的写“在核”。"
        ),
    ),
    "verification.none_ticked": (400, N_("请先勾选要办的条目。")),
    "verification.unknown_reminder": (404, N_("没有这条提醒，或不在您的辖区内。")),
}
