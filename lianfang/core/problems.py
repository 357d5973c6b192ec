"""Every error that a person may see: its code, HTTP status and words, in one table.

A message says what happened and what to do. `{names}` are filled from the payload, which must never
carry a personal value: messages reach logs.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def N_(message: str) -> str:
    """Mark for translation. Django's own asks the settings, which are not there yet when this file is read."""
    return message


PROBLEMS: dict[str, tuple[int, str]] = {
    # access
    "access.sign_in": (401, N_("请先登录。")),
    "access.denied": (403, N_("您的岗位没有这项权限。需要的话，请找数据专员开通。")),
    "access.no_role": (403, N_("您的账号还没有岗位，或岗位已到期。请找数据专员开通。")),
    "access.bad_login": (400, N_("用户名或密码不对。连错5次要等15分钟。")),
    "access.locked": (429, N_("连错次数太多，请{minutes}分钟后再试。")),
    "access.unknown_role": (400, N_("没有“{role}”这个岗位。可用的有：{roles}。")),
    "access.user_exists": (409, N_("用户名“{username}”已有人用，请换一个。")),
    "access.role_above": (403, N_("您不能给出或收回“{role}”这个岗位。")),
    "access.role_misplaced": (400, N_("“{role}”不能放在{area}这一级。请选{levels}。")),
    "access.own_account": (403, N_("自己的岗位和密码不能在这里改。密码请在“我的权限”里改。")),
    "access.bad_username": (400, N_("用户名要2到60个字，不能有空格。")),
    "access.name_required": (400, N_("请填写姓名，不超过60个字。")),
    "access.bad_end": (400, N_("到期日要在今天或以后、一年以内。")),
    "access.unknown_account": (404, N_("没有这个账号，或不在您的辖区内。")),
    "access.grant_ended": (409, N_("这个岗位已经到期或收回，请刷新后再看。")),
    "access.wrong_password": (400, N_("现在的密码不对。")),
    "access.weak_password": (400, N_("新密码至少{count}位，并且不能和用户名一样。")),
    "access.choose_areas": (400, N_("请选一到4片。相邻的辖区算一片。")),
    # devices
    "devices.unknown": (401, N_("服务器不认识这台手机。请让带队的人重新给一个邀请码。")),
    "devices.revoked": (401, N_("这台手机已停用。没交的记录还在，请交给村负责人。")),
    "devices.expired": (401, N_("这台手机的使用时间到了。要继续用，请找带队的人。")),
    "devices.bad_code": (400, N_("邀请码不对，请重新扫码。")),
    "devices.used_code": (409, N_("这个邀请码已经用过了，请让带队的人再给一个。")),
    "devices.expired_code": (410, N_("邀请码过期了，请让带队的人再给一个。")),
    "devices.too_many_tries": (429, N_("试得太多了，请{minutes}分钟后再试。")),
    "devices.bad_person": (400, N_("请写自己的姓名和本人手机号的后四位。")),
    "devices.bad_phone": (400, N_("手机送来的内容不对：{detail}。")),
    "devices.unknown_device": (404, N_("没有这台手机，或不在您的辖区内。")),
    "devices.unknown_invitation": (404, N_("没有这个邀请，或不在您的辖区内。")),
    "devices.unknown_newcomer": (404, N_("没有这个人的申请，或不在您的辖区内。")),
    "devices.not_for_you": (403, N_("不能给{name}发手机：这个账号不在您的辖区内，或岗位不比您低。")),
    "devices.no_field_role": (409, N_("{name}的岗位不登记上门，用不上手机。")),
    "devices.reason_required": (400, N_("请写明为什么。")),
    "devices.already_ended": (409, N_("这台手机已经停用，请刷新后再看。")),
    "devices.still_running": (409, N_("这台手机没有停用，请刷新后再看。")),
    "devices.has_forgotten": (409, N_("这台手机已经清空，恢复不了。请重新邀请。")),
    "devices.bad_shift": (400, N_("下班时间要晚于现在，最多24小时。")),
    "devices.shift_too_wide": (400, N_("{area}太大，一班人不能都看到。请选一个村、社区或更小的辖区。")),
    "devices.already_decided": (409, N_("这个申请已经有人处理了，请刷新后再看。")),
    "devices.shift_over": (409, N_("这一班已经结束，请开新的一班。")),
    "scope.outside": (403, N_("这不在您负责的辖区内。")),
    "scope.too_many": (409, N_("您负责的辖区超过4片，请先选定今天用哪几片。")),
    "scope.reason_required": (400, N_("请写明查看原因。")),
    # areas
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
    # register
    "register.file_unreadable": (400, N_("文件读不了：{detail}。请另存为 .xlsx 或 UTF-8 的 .csv 再试。")),
    "register.no_header": (
        400,
        N_("没有认出表头。第一张表里至少要有“姓名”一列和住址类的一列（村、组、楼栋、房号等）。"),
    ),
    "register.rejects_xlsx": (400, N_("标出错误的副本只能写成 .xlsx，请把 --rejects 的文件名改成 .xlsx。")),
    "register.out_unwritable": (500, N_("写不了文件 {path}：{detail}。请检查目录和磁盘空间。")),
    "register.unknown_file": (404, N_("没有这份上传的表，或不在您的辖区内。")),
    "register.already_taken": (409, N_("这份表已经收过了，再收一遍也不会变。要更新请上传新的表。")),
    "register.file_empty": (400, N_("没有内容。请选一份表，或把文字粘贴进来。")),
    "register.file_too_large": (400, N_("超过{size}MB，这里收不下。请拆开上传，或在服务器上载入。")),
    "register.file_moved_on": (409, N_("这份表的状态已经变了，没有照做。请看现在的情况再定。")),
    "register.no_sheet_chosen": (400, N_("一个工作表都没有勾。请至少勾一个要读的表。")),
    "register.column_claimed_twice": (400, N_("“{sheet}”里有两列都认作“{field}”。请只留一列。")),
    "register.name_column_missing": (400, N_("“{sheet}”里没有一列认作姓名。请指定，或不勾这个表。")),
    "register.stopped": (409, N_("已停下，没有收任何一行。")),
    "register.unknown_row": (404, N_("这一行没有另存原来的写法，或不在您的辖区内。")),
    "register.bad_id": (400, N_("证件号不能用：{detail}")),
    "register.sheet_too_wide": (403, N_("名单一次只能下载一个村、社区或更小的辖区，请先点进去。")),
    "register.id_and_name": (400, N_("辖区外查人要同时填完整证件号和姓名。请照证件填写。")),
    "register.unknown_person": (404, N_("没有找到这个人，或不在您的辖区内。")),
    "register.unknown_household": (404, N_("没有找到这一户，或不在您的辖区内。")),
    "register.unread_unknown": (404, N_("没有这条待认地址，或不在您的辖区内。")),
    "register.unread_settled": (409, N_("这条地址已由别人处理。请刷新后看下一条。")),
    "register.unread_not_in_text": (
        400,
        N_("“{name}”不在这条地址里，不能记住。请从地址里选一段地名，或者不记。"),
    ),
    "register.unread_no_village": (400, N_("“{name}”不是村或社区。请选到村、社区或更小的辖区。")),
    "register.unknown_double": (404, N_("没有这一对，或不全在您的辖区内。跨村的由两边都管的上级核对。")),
    "register.double_decided": (409, N_("这一对已经核过了。请刷新后看下一对。")),
    "register.not_two": (409, N_("这两条不能合并：有一条已迁走、去世或合并过。请刷新后再看。")),
    "register.searching": (409, N_("正在查这个辖区，查完会列出来。")),
    "register.unknown_merge": (404, N_("没有这次合并，或不在您的辖区内。")),
    "register.merge_undone": (409, N_("这次合并已经撤销过了。")),
    "register.merge_too_old": (409, N_("合并超过30天，不能撤销。确是两个人的，请重新登记其中一个。")),
    "register.merge_changed": (409, N_("合并以后这个人又改过，不能撤销。请先核对后来改了什么。")),
    "register.door_required": (400, N_("请写明门牌，像门上写的或当地说的那样。")),
    "register.bad_phone": (400, N_("电话不对：{detail}。")),
    "register.bad_field": (400, N_("“{field}”这一项的值不在可选的里面。")),
    "register.bad_name": (400, N_("“{name}…”这个姓名读不出来，请检查。")),
    "register.day_required": (400, N_("请写明是哪一天的事，按年月日填。")),
    "register.event_future": (400, N_("日期在今天之后。请填已经发生的那一天。")),
    "register.event_before_birth": (400, N_("日期比{name}的出生日期还早，请核对。")),
    "register.event_before_last": (
        409,
        N_("{name}在{day}还有一次变动，这次不能比它早。请先更正那一次，或核对日期。"),
    ),
    "register.not_living_here": (409, N_("{name}现在不在这一户，请刷新后再看。")),
    "register.already_here": (409, N_("{name}已经在这一户。")),
    "register.is_dead": (409, N_("{name}在底册里已登记死亡。如果登记错了，请先更正那一次。")),
    "register.id_of_another": (
        409,
        N_("这个证件号在底册里是另一个姓名。请照证件核对号码和姓名；确实改过名的，找数据专员。"),
    ),
    "register.nobody_selected": (400, N_("请先勾选是哪几个人。")),
    "register.head_needed": (400, N_("户主要离开这一户，请选定新户主。")),
    "register.bad_head": (400, N_("新户主要从这一户的人里选。")),
    "register.same_household": (400, N_("选的就是这一户，请另选一户。")),
    "register.where_required": (400, N_("请写明迁到哪里：选一户、选一个村，或写县外的地方。")),
    "register.split_nobody_left": (400, N_("分户不能一户全走。全家搬走请用“迁出”。")),
    "register.no_home_there": (
        409,
        N_("那个门里有{count}户，合不了。请核对门牌；没有住户的，不要勾“合为一户”。"),
    ),
    "register.village_unclear": (
        400,
        N_("县内叫这个名的村有{count}个。请写全，重名的前面加上乡镇，像“司马冲镇杨梅村”。"),
    ),
    "register.event_unknown": (404, N_("没有这次变动，或不在您的辖区内。")),
    "register.event_not_last": (409, N_("这次变动以后，{name}又有变动。请从最近的一次开始更正。")),
    "register.event_cancelled": (409, N_("这次变动已经更正过了。")),
    "register.event_not_yours": (403, N_("这次变动由外辖区办理，请找办理的村更正，或找数据专员。")),
    "register.cancel_reason": (400, N_("请写明为什么更正。")),
    "register.pattern_empty": (400, N_("还没有写楼栋或门牌。一行一种，如：1-62栋 2单元 6层 2户。")),
    "register.pattern_unread": (
        400,
        N_(
            "第{line}行的“{text}”没看懂。一行一种，如：1-62栋 2单元 6层 2户；1-60号 单号；没有4栋、3栋2单元501。"
        ),
    ),
    "register.pattern_too_long": (400, N_("写得太长了，一次不超过{most}个字。请分几次。")),
    "register.pattern_too_large": (
        400,
        N_("这样有{count}个门，一次最多{most}个。请检查层数户数，或分几次。"),
    ),
    "register.pattern_place": (400, N_("“{place}”下面不能直接放{level}。请换一个地方，或填上小区名。")),
    "register.unknown_run": (404, N_("没有这一批门，或不在您的辖区内。")),
    "register.run_undone": (409, N_("这一批已经撤过了。")),
    "register.contact_required": (400, N_("请写明谁来答：联系人的姓名。")),
    "register.line_unread": (400, N_("名册第{line}行读不出姓名。一行一人，如：某某 男 证件号 电话。")),
    "register.members_outside": (409, N_("登记新的人要在自己的辖区内。请交给这一片的负责人办理。")),
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
    # intake
    "intake.bad_operation": (400, N_("这条记录格式不对：{detail}。原文已收下，在“待处理”里。")),
    "intake.malformed": (400, N_("送来的内容不是约定的格式：{detail}。一条也没有收下，请检查程序后再送。")),
    "visits.two_answers": (409, N_("另有人登记得不一样。两次都已收下，等村负责人确认。")),
    "sync.too_many_doors": (409, N_("这里超过{most}户，一部手机放不下。请选一个村、小区或网格。")),
    "sync.busy": (429, N_("现在同时联系的手机太多，{seconds}秒后会自动再试。记录都在手机里，不会丢。")),
    "sync.after_revocation": (409, N_("这部手机已停用，停用以后的记录先收下，等村负责人核对。")),
    "sync.after_shift": (409, N_("这部手机的班次已结束，结束以后的记录先收下，等村负责人核对。")),
    "sync.other_device": (409, N_("这些记录是另一部手机的，没有收下。")),
    "sync.other_contract": (
        409,
        N_("手机上的版本和服务器不合（服务器用第{contract}版约定）。记录留在手机上，更新后再传。"),
    ),
    "handover.unreadable": (400, N_("这一份打不开：不完整，或被改过。请让手机重新生成。")),
    "handover.other_server": (409, N_("这一份是交给另一台服务器的，这里打不开。")),
    "handover.unknown_device": (404, N_("这一份来自没有在这里登记过的手机，没有收下。")),
    "handover.not_a_file": (400, N_("这不是手机生成的交接文件（.lianfang）。")),
    "handover.too_large": (413, N_("这份文件太大，一次最多16MB、3000条。")),
    "handover.no_frames": (400, N_("没有读到手机上的二维码。")),
    "handover.nothing_given": (400, N_("还没有选文件，也没有扫到二维码。")),
    "sync.backup_in_future": (400, N_("备份的时间晚于现在，请检查。")),
    "intake.not_yet_known": (409, N_("它说的那一户或那个人还没有传到，到了会自动入账。")),
    "intake.unknown_operation": (404, N_("没有这条记录，或不在您的辖区内。")),
    "intake.unknown_conflict": (404, N_("没有这一处不一致，或不在您的辖区内。")),
    "intake.nothing_left": (409, N_("那次登记已被更正或已到期删除，请打开这一户重新登记。")),
    "intake.already_settled": (409, N_("这条记录已经处理过，请刷新查看。")),
    "intake.set_aside": (409, N_("这条记录已退回：{reason}。原文还在，需要的话请重新登记。")),
    "intake.other_body": (
        409,
        N_(
            "这条记录已经登记过，这次填的不一样。原来的没有动，这次的放在“待处理”里。要改原来的，请在那次上门上点“更正”。"
        ),
    ),
    "intake.sheet_too_large": (413, N_("这份表超过{limit}MB，请只留要交回的那一张再传。")),
    "intake.sheet_too_many_rows": (413, N_("这份表超过{most}行，请按组、小区分开交回。")),
    "intake.sheet_elsewhere": (
        400,
        N_("这份走访单不是{area}的：户号、人号都不在这里。一行也没有收，请到印这张单子的村、组去交。"),
    ),
    "intake.sheet_no_numbers": (
        400,
        N_("这份表里没有走访单的户号、人号，看不出是哪些户。请打开它那个组、小区的单子，在那里交回。"),
    ),
    "intake.sheet_empty": (400, N_("这份表里没有填好的行。请选填好的走访单（Excel、WPS）。")),
    "intake.no_sheet": (400, N_("还没有选文件。请选填好的走访单（Excel、WPS）。")),
    "papers.not_a_photo": (400, N_("这不是能看的照片。请用手机拍成 JPG 或 PNG 再传；HEIC 请先转成 JPG。")),
    "papers.too_large": (413, N_("照片超过{limit}MB，请拍小一些，或分页拍。")),
    "papers.none_chosen": (400, N_("还没有选照片。")),
    "papers.unknown": (404, N_("没有这张纸质登记，或不在您的辖区内。")),
    "papers.not_yours": (403, N_("别人传的、别人删的纸质登记，由本人或村负责人处理。")),
    "intake.sheet_too_long": (400, N_("这里超过{count}户，一张单子放不下。请选一个组、小区或楼栋再录。")),
    "intake.draft_elsewhere": (
        409,
        N_("这张单子在别的窗口里改过，这里的还没有存。可以重新打开看那边的，也可以用这里的盖过去。"),
    ),
    "intake.no_draft": (404, N_("没有可以找回的单子。")),
    "intake.too_large": (413, N_("一次最多50条、256KB，请分批送。")),
    # verification
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
    # running
    "start.port_taken": (
        500,
        N_("端口 {port} 已被占用。请先停掉占用它的程序，或用 LIANFANG_PORT 换一个端口。"),
    ),
    "start.disk_full": (500, N_("磁盘空间不足：{path} 只剩 {free}MB，至少要 200MB。请清理后再启动。")),
    "start.database_unreachable": (
        500,
        N_("连不上数据库：{detail}。请检查 LIANFANG_DATABASE_URL 和数据库是否在运行。"),
    ),
    "start.keys_missing": (
        500,
        N_("缺少密钥文件 {name}。请从备份恢复密钥目录，不要新建：新密钥读不了旧数据。"),
    ),
    "start.home_unusable": (
        500,
        N_("目录 {path} 不能用：{detail}。请检查权限，或用 LIANFANG_HOME 换一个目录。"),
    ),
    "start.postgres_failed": (500, N_("内置的 PostgreSQL 起不来：{detail}。详情在 log/postgres.log。")),
    "start.postgres_version": (
        500,
        N_(
            "数据目录是 PostgreSQL {made_by} 建的，现有程序是 {binaries}。请用 {made_by} 的程序（LIANFANG_PG_BIN）启动并导出数据。"
        ),
    ),
    "start.app_role_too_strong": (
        500,
        N_(
            "数据库角色 {role} 权限过大，行级隔离会失效。请收回它的超级用户、BYPASSRLS、建库建角色权限和所有者身份。"
        ),
    ),
    "start.app_role_refused": (
        500,
        N_(
            "数据库角色 {role} 登录不了：{detail}。请从备份恢复 keys/app_password，或把该角色的密码改成文件里的。"
        ),
    ),
    "start.migration_failed": (500, N_("数据表升级没有做完：{detail}。数据没有丢，请先处理原因再启动。")),
    "start.server_failed": (500, N_("网页服务起不来：{detail}。详情在 {log}。")),
    "start.no_certificate": (
        500,
        N_("还没有证书 {path}。请先运行 lianfang certificate 加上本机的名字或地址。"),
    ),
    "start.not_a_demo": (409, N_("{path} 里已有真实数据，不能用来演示。请用 LIANFANG_HOME 换一个空目录。")),
    "start.demo_outside": (
        409,
        N_("只有内置数据库里的演示数据能重新装载。请先清空 LIANFANG_DATABASE_URL 指向的数据库。"),
    ),
    "phone.not_built": (404, N_("这台服务器上还没有手机端。请运行 make setup，或安装带手机端的安装包。")),
    "http.not_found": (404, N_("没有这个页面。请从左边的菜单进入。")),
    "http.failed": (500, N_("系统出错了，刚才的操作没有保存。请再试一次；仍不行，请把时间告诉数据专员。")),
    "http.bad_request": (400, N_("提交的内容不完整：{detail}。请返回检查后再交。")),
    "http.csrf": (403, N_("页面放得太久了，请刷新后再提交。")),
}


class Problem(Exception):
    """A refusal with a code of `PROBLEMS`. `payload` fills the message and goes out with the JSON."""

    def __init__(self, code: str, /, **payload: Any) -> None:
        if code not in PROBLEMS:
            raise KeyError(f"unknown problem code {code!r}: add it to core/problems.py")
        self.code = code
        self.payload = payload
        super().__init__(code)

    @property
    def status(self) -> int:
        return PROBLEMS[self.code][0]

    @property
    def message(self) -> str:
        return _(PROBLEMS[self.code][1]).format(**self.payload)

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "detail": {k: v if isinstance(v, list) else str(v) for k, v in self.payload.items()},
        }
