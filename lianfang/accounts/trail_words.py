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
    "area.load": _("载入区划"),
    "area.rename": _("辖区改名"),
    "assignment.end": _("结束责任"),
    "assignment.make": _("定责任人"),
    "assignment.make_many": _("成批定责任人"),
    "audit.download": _("下载查看记录"),
    "exemption.decide": _("审批核减"),
    "exemption.request": _("申请核减"),
    "look": _("查看"),
    "refused": _("被拒绝"),
    "round.freeze": _("冻结底数"),
    "visit.record": _("登记上门"),
    "worker.dial": _("拨打"),
}


KINDS = {
    "account": _("账号"),
    "accounts_sheet": _("账号表"),
    "administration": _("账号与岗位"),
    "area": _("辖区"),
    "assign": _("分派"),
    "audit": _("查看记录"),
    "campaign": _("专项任务"),
    "coverage_names": _("覆盖名单"),
    "coverage_names_sheet": _("覆盖名单表"),
    "doors": _("门户"),
    "emergency": _("应急响应"),
    "exemption": _("核减"),
    "exemptions": _("核减名单"),
    "find": _("查人"),
    "form": _("表"),
    "held": _("待处理"),
    "household": _("户"),
    "order": _("指令"),
    "person": _("人"),
    "register": _("人口底册"),
    "register_sheet": _("底册打印"),
    "round": _("轮次"),
    "route": _("页面"),
    "user": _("账号"),
    "visit": _("上门"),
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
