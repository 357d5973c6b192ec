"""What the codes of the audit trail are called on screen. A code without a word is shown as it is."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from lianfang.accounts.models import Role

ACTIONS = {
    "account.add": _("开账号"),
    "account.bad_password": _("密码输错"),
    "account.change_password": _("改自己的密码"),
    "account.choose_areas": _("选定辖区"),
    "account.end_grant": _("收回岗位"),
    "account.grant": _("给岗位"),
    "account.reset_password": _("重置密码"),
    "account.sign_in": _("登录"),
    "area.add": _("新增辖区"),
    "area.change": _("区划调整生效"),
    "area.confirm_change": _("确认区划调整"),
    "area.divide": _("划分村"),
    "area.drop_change": _("作废区划调整"),
    "area.forget_alias": _("忘掉别名"),
    "area.learn_alias": _("记住别名"),
    "area.load": _("载入区划"),
    "area.plan_change": _("提出区划调整"),
    "area.remember": _("记下旧区划"),
    "area.rename": _("辖区改名"),
    "area.undo_change": _("撤回区划调整"),
    "assignment.end": _("结束责任"),
    "assignment.make": _("定责任人"),
    "assignment.make_many": _("成批定责任人"),
    "audit.download": _("下载查看记录"),
    "campaign.close": _("结束任务"),
    "campaign.declare": _("下达任务"),
    "close.revise": _("结账后修订"),
    "close.sign": _("签字结账"),
    "demo.load": _("载入演示数据"),
    "doors.make": _("按楼栋造门"),
    "doors.undo": _("撤掉造的门"),
    "double.ask_again": _("重新核对"),
    "double.different": _("不是同一个人"),
    "emergency.ask_end": _("申请终止响应"),
    "emergency.ask_renewal": _("申请续期"),
    "emergency.end": _("终止响应"),
    "emergency.open": _("启动响应"),
    "emergency.renew": _("批准续期"),
    "exemption.decide": _("审批核减"),
    "exemption.request": _("申请核减"),
    "exemption.withdraw": _("撤回核减"),
    "form.make": _("新建表"),
    "household.add": _("新增住户"),
    "household.collective": _("建集体户"),
    "household.enter": _("登记住户成员"),
    "intake.correct": _("更正待处理"),
    "intake.retry": _("重新办理"),
    "intake.set_aside": _("搁置待处理"),
    "life.born": _("登记出生"),
    "life.cancel": _("更正变动"),
    "life.died": _("登记死亡"),
    "life.head": _("换户主"),
    "life.joined": _("并户"),
    "life.moved": _("登记县内搬迁"),
    "life.moved_in": _("登记迁入"),
    "life.moved_out": _("登记迁出"),
    "life.split": _("分户"),
    "look": _("查看"),
    "order.enter": _("登记指令"),
    "order.sign": _("签收指令"),
    "recheck.record": _("登记复核"),
    "refused": _("被拒绝"),
    "register.bring_back_file": _("找回上传的表"),
    "register.check": _("检查表格"),
    "register.choose_columns": _("改列的认法"),
    "register.export": _("导出底册"),
    "person.merge": _("合并"),
    "person.undo_merge": _("撤销合并"),
    "register.find_doubles": _("查疑似同一人"),
    "register.find_outside": _("查辖区外的人"),
    "register.load": _("载入底册"),
    "register.purge_file": _("到期删除上传的表"),
    "register.receive": _("收到表格"),
    "register.remove_file": _("删除上传的表"),
    "register.reveal": _("显示完整号码"),
    "register.show_raw": _("看表里原来写的"),
    "register.stop": _("停下检查或收取"),
    "register.unread_outside": _("地址不在本辖区"),
    "register.unread_read": _("认出地址"),
    "register.unread_set_aside": _("地址先放着"),
    "register.unread_waiting": _("地址放回待认"),
    "reminder.acknowledge": _("回应提醒"),
    "reminder.raise": _("发出提醒"),
    "round.ask_freeze": _("申请冻结底数"),
    "round.close": _("结束一轮"),
    "round.freeze": _("冻结底数"),
    "round.open": _("开新一轮"),
    "round.recount": _("重新清点"),
    "target.assign": _("分派"),
    "target.found": _("现场新增"),
    "target.hand_back": _("交回"),
    "target.reassign": _("改派"),
    "target.settle_away": _("成批登记外出"),
    "visit.record": _("登记上门"),
    "worker.add": _("新增工作人员"),
    "worker.dial": _("拨打"),
}
KINDS = {
    "account": _("账号"),
    "accounts_sheet": _("账号表"),
    "administration": _("账号与岗位"),
    "adjustment": _("区划调整"),
    "area": _("辖区"),
    "assign": _("分派"),
    "audit": _("查看记录"),
    "campaign": _("专项任务"),
    "close_area": _("日清日结"),
    "coverage_names": _("覆盖名单"),
    "coverage_names_sheet": _("覆盖名单表"),
    "day_close": _("日清日结"),
    "doors": _("门户"),
    "doors_assign": _("分派"),
    "door_run": _("一批门"),
    "double": _("疑似同一人"),
    "doubles": _("疑似同一人"),
    "doubles_sheet": _("疑似同一人清单"),
    "emergency": _("应急响应"),
    "exemptions": _("核减名单"),
    "exemptions_sheet": _("核减表"),
    "figure_names": _("指标名单"),
    "figure_names_sheet": _("指标名单表"),
    "find": _("查人"),
    "form": _("表"),
    "found_new": _("现场新增"),
    "held": _("待处理"),
    "held_one": _("待处理一条"),
    "household": _("户"),
    "import_file": _("上传的表"),
    "life_form": _("住户变动"),
    "mop_up_sheet": _("补漏表"),
    "operation": _("上报记录"),
    "order": _("指令"),
    "person": _("人"),
    "person_life": _("住过哪里"),
    "recheck": _("复核抽样"),
    "register": _("人口底册"),
    "register_changes": _("人口变动"),
    "register_changes_sheet": _("人口变动表"),
    "register_file": _("上传的表"),
    "register_file_columns": _("列的认法"),
    "register_file_marked": _("标错的副本"),
    "register_sheet": _("底册打印"),
    "unread_address": _("待认地址"),
    "unread_addresses": _("待认地址"),
    "unread_sheet": _("待认地址清单"),
    "round": _("轮次"),
    "route": _("页面"),
    "round_doors": _("按门牌分派"),
    "user": _("账号"),
    "visit": _("上门"),
    "walk_excel": _("入户走访表"),
    "walk_sheet": _("入户走访单"),
    "worker": _("工作人员"),
}
DETAILS = {
    "added": _("新增"),
    "before": _("原来"),
    "count": _("个数"),
    "ends_at": _("到期"),
    "renamed": _("改名"),
    "role": _("岗位"),
    "rows": _("行数"),
    "worker": _("责任人"),
}
ROLES = dict(Role.choices)


def word_of(action: str) -> str:
    return str(ACTIONS.get(action, action))


def kind_of(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def detail_of(detail: dict[str, Any]) -> str:
    """个数 23，岗位 网格员: the counts and codes of a row in words."""
    return "，".join(
        f"{DETAILS.get(key, key)} {_said(value)}" for key, value in detail.items() if value is not None
    )


def _said(value: Any) -> str:
    if isinstance(value, str):
        return str(ROLES.get(value, value)).removesuffix("T00:00:00+08:00")
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)
