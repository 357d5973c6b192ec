"""Campaigns, their rounds, and visits."""

from __future__ import annotations

from lianfang.core.problems.words import N_

PROBLEMS: dict[str, tuple[int, str]] = {
    # campaigns
    "campaigns.unknown": (404, N_("没有这项任务，或不在您的辖区内。")),
    "campaigns.no_emergency": (409, N_("没有进行中的应急响应，不能下达任务。请先由指令启动本轮应急响应。")),
    "campaigns.emergency_ended": (409, N_("本轮应急响应已终止，不能再登记。请查看是否有新的指令。")),
    "campaigns.already_signed": (409, N_("{area}已于{at}签收过这份指令。")),
    "campaigns.second_person": (409, N_("要由另一个人来办：申请人和批准人不能是同一人。")),
    "campaigns.bad_eligibility": (400, N_("对象条件“{field}”不能用。可用的有：{fields}。")),
    "campaigns.bad_deadline": (400, N_("截止时间要晚于现在，并在本轮应急响应终止（{ends}）之前。")),
    "campaigns.nobody_eligible": (409, N_("按这个条件没有一户符合，请放宽条件或检查辖区的人口底册。")),
    "campaigns.unknown_order": (404, N_("没有这份指令，或不是发给您的辖区的。")),
    "campaigns.order_exists": (409, N_("{issuer}的{number}已经登记过，请在指令列表里打开。")),
    "campaigns.unknown_emergency": (404, N_("没有这轮应急响应。")),
    "campaigns.renewal_waiting": (409, N_("已有一份申请在等另一个人批准，请先处理那一份。")),
    "campaigns.no_renewal": (409, N_("没有等待批准的申请，请刷新查看。")),
    "campaigns.closed": (409, N_("这项任务或这一轮已经结束。")),
    "campaigns.name_required": (400, N_("请写明要做什么。")),
    "campaigns.too_many_questions": (400, N_("自己选的填报项最多{limit}项，请去掉几项或选一张现成的表。")),
    "campaigns.no_common_purpose": (
        400,
        N_("选中的填报项用途不同，不能放在一张表里。请只选同一用途的：{purposes}。"),
    ),
    "campaigns.freezing": (409, N_("这一轮的底数正在冻结，请等它做完。")),
    "campaigns.unknown_reminder": (404, N_("没有这条提醒，或不在您的辖区内。")),
    "campaigns.not_yours": (403, N_("这几户不归您负责，不能由您交回。")),
    "campaigns.already_frozen": (409, N_("这一轮的底数已经冻结，不能再改。要改请开下一轮。")),
    "campaigns.not_frozen": (409, N_("这一轮的底数还没有冻结。")),
    "campaigns.not_a_target": (409, N_("这一户不在这一轮的底数里。如是新发现的住户，请用“现场新增”。")),
    "campaigns.already_decided": (409, N_("这份核减申请已有结论，请刷新查看。")),
    "campaigns.reason_required": (400, N_("请写明理由。")),
    "campaigns.nothing_selected": (400, N_("没有选中任何一户，请先勾选。")),
    # visits
    "visits.bad_outcome": (400, N_("上门结果“{value}”不在可选的里面，请从列表里选。")),
    "visits.bad_presence": (400, N_("“{value}”不是成员情况的选项。")),
    "visits.bad_answer": (400, N_("“{question}”的回答不对：{detail}。")),
    "visits.unknown_question": (400, N_("表里没有“{question}”这一项。")),
    "visits.not_of_household": (400, N_("有人不是这一户的成员，请刷新名单后再填。")),
    "visits.future": (400, N_("上门时间不能晚于现在，请检查时间。")),
    "visits.away_place_required": (400, N_("外出的人请写明在哪里。")),
    "visits.unknown_visit": (404, N_("要更正的那次上门不存在。")),
    "visits.already_superseded": (409, N_("那次上门已被更正过，请在最新的一次上更正。")),
    "visits.bad_time": (400, N_("时间没看懂。可以写 2105、9点半、昨天1940、8月6日19:40。")),
    "visits.bad_date": (400, N_("日期没看懂。可以写 0820、8月20日、2026-08-20。")),
    "visits.nothing_entered": (400, N_("还没有填：见到了谁，或者为什么没见到。")),
    "visits.both_ways": (400, N_("又填了成员，又选了没见到人，请只留一样。")),
    "visits.too_few_attempts": (409, N_("“三次未遇”要在不同钟点去过三次，现在才{count}次。请换个钟点再去。")),
    "visits.member_twice": (400, N_("同一个人填了两行，请只留一行。")),
    "visits.other_worker": (403, N_("只能登记自己上门的情况。替别人补录，请由村负责人以上的人来登记。")),
    "visits.not_yours": (403, N_("这次上门不是您登记的，也不在您的辖区内，不能由您更正。")),
}
