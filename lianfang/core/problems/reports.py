"""Reports, and the tables of departments."""

from __future__ import annotations

from lianfang.core.problems.words import N_

PROBLEMS: dict[str, tuple[int, str]] = {
    # reports
    "reports.unbalanced": (
        409,
        N_("{figure}对不上，差{difference}。不平的数不能签字，请先处理名单里的各户。"),
    ),
    "reports.already_closed": (409, N_("{area}今天已由{by}结账。")),
    "reports.children_open": (409, N_("还有{count}个下级辖区没有结账：{names}。")),
    "reports.not_lead": (403, N_("{area}的账由{area}自己签，请由带班领导登录后签字。")),
    "reports.nothing_to_close": (409, N_("{area}今天没有任务在做，不用结账。")),
    "reports.too_late": (409, N_("{day}的账只能在当天和第二天签。没签的照实写“未报”。")),
    "reports.not_closed": (404, N_("{area}这一天还没有结账。")),
    "reports.unchanged": (409, N_("{area}签字后没有变化，不用再签。")),
    "reports.reason_required": (400, N_("请写明原因。")),
    "reports.unknown_figure": (404, N_("没有这个指标。")),
    "reports.unknown_sample": (404, N_("抽查名单里没有这一户，或不在您的辖区内。")),
    "reports.recheck_own": (403, N_("自己上门、录入或签字的，不能自己核。请换一个人。")),
    "reports.already_checked": (409, N_("这一户已经核过，请刷新查看。")),
    # tables of departments
    "reports.unknown_table": (404, N_("没有这张部门报表，或不在您的辖区内。")),
    "reports.table_empty": (400, N_("请选一份Excel表（.xlsx）。")),
    "reports.table_too_large": (413, N_("这份表超过{size}兆。请删掉不用的工作表再上传。")),
    "reports.table_unreadable": (422, N_("这份表读不了：{detail}{remedy}")),
    "reports.table_moved_on": (409, N_("这张表已经到了下一步，请刷新后再看。")),
    "reports.unknown_meaning": (400, N_("{place}：没有“{said}”这个口径，请从提示里选一个，或清空。")),
    "reports.pick_refused": (409, N_("不能按这个回答挑人：{detail}。")),
    "reports.nothing_confirmed": (409, N_("没有一列有口径，这张表填不出来。请至少定下一列。")),
    "reports.department_required": (400, N_("请写明哪个单位要这张表。")),
    "reports.table_purpose_required": (400, N_("请选用途。用途决定哪些内容可以给出。")),
    "reports.table_title_required": (400, N_("请写明表名。")),
    "reports.bad_hour": (400, N_("“{said}”不是时间。请写成07:30、16:00这样，几个时间用空格隔开。")),
    "reports.too_many_hours": (400, N_("一张表一天最多自动填{most}次。")),
    "reports.bad_table_end": (400, N_("到期日要在今天以后、{days}天以内。")),
    "reports.approve_own": (403, N_("核对的人不能自己批准。请换一个人批准。")),
    "reports.not_approved": (409, N_("这张表还没有批准，不能填。")),
    "reports.table_ended": (409, N_("这张表{day}已到期。还要用，请重新核对并批准。")),
    "reports.no_rows_here": (409, N_("这张表里没有{area}的行。")),
    "reports.template_names_others": (
        409,
        N_("这份模板里写着别处居民的姓名，只能由{area}填好后按片区分发。请与{area}联系。"),
    ),
    "reports.template_broken": (422, N_("这份模板填不了。请用Excel或WPS另存一份，再重新上传。")),
    "reports.still_filling": (409, N_("这张表正在填，请稍等。")),
    "reports.template_gone": (410, N_("这张表停用已满一个月，原件已按期删除。要再用，请把表再拖进来。")),
    "reports.everybody_listed": (
        422,
        N_(
            "“{sheet}”有证件号或电话，还没有说列哪些人。请选年龄、性别或怎么回答的；真要所有人，请勾“所有人都列”。"
        ),
    ),
    "reports.filling_lost": (409, N_("上次没有填完就断了，请再填一次。")),
    "reports.unknown_filling": (404, N_("没有这份填好的表，或不在您的辖区内。")),
    "reports.filling_gone": (410, N_("这份填好的表已按期删除，请重新填。")),
    "reports.already_asked": (409, N_("“{question}”已经在{campaign}里问了。")),
    "reports.column_not_askable": (409, N_("这一列没有填报项可问。请先定下它的口径。")),
    "reports.sheet_too_long": (409, N_("一次最多打印{most}户，这里有{count}户。请按村或组打印。")),
}
