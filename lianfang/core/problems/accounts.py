"""Signing in, roles and phones."""

from __future__ import annotations

from lianfang.core.problems.words import N_

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
}
